"""Rules as data: a rulebook is loaded, checked, compiled to an index, and decided with.

Read in this order: ``language`` (what a book may say), ``load`` and ``check`` (what is refused and
where), ``compile`` (the immutable index), ``decide`` (a pure function from named inputs to the
measures that apply, and why). Nothing here reads a file, a clock or the network.
"""
