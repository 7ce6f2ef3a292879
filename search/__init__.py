"""Entity search: documents in, explained hits out; knows nothing of logs, records or disclosure.

Search only recalls. Who may see a hit is decided by the caller, from current state, for every hit.
A document is built from a subject's current state; the index is a cache that can be rebuilt.
"""
