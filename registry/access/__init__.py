"""Who asks: keys, tokens and sessions, what each may read, how often, and the log of it.

A request becomes an :class:`~registry.access.asker.Asker` in ``gate``; whatever he reads about
subjects goes through ``reads``, which holds him to his scope and purpose and writes it down before
the answer leaves. Nothing here decides what a role may see: that is `registry.domain.disclosure`.
"""
