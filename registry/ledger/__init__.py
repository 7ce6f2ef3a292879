"""Logs kept in the store: append, read, audit, and the memory of what was last cosigned."""
