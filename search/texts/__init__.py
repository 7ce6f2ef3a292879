"""Texts found by phrases and words: an index of its own beside that of names, on the same engines.

A text is found by what it says, letter by letter: nothing is stemmed, translated or guessed. An
engine recalls; who may see a text, and what of it, is decided by the caller from current state.
"""
