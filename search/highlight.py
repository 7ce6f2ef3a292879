"""Which characters of a name answer a question: for people, who look for them in a hit."""

from difflib import SequenceMatcher
from functools import lru_cache
from typing import Final

from search.names import fold, normalise, simplify

Span = tuple[int, int]
"""Characters ``[from, to)`` of the text that is shown."""
_PAIR: Final = 2
"""A character alone that both happen to have says nothing, unless it is the whole question."""


def spans(asked: str, name: str) -> tuple[Span, ...]:
    """Say where a name holds what was asked, in the order of the name; compared as names are.

    Width, case, script, brackets and spaces do not matter; a slip leaves a gap.
    """
    wanted = normalise(asked).simplified
    places = [(letter, at) for at, one in enumerate(name) for letter in letters_of(one)]
    there = "".join(letter for letter, _ in places)
    least = min(_PAIR, len(wanted))
    found: list[Span] = []
    for block in SequenceMatcher(None, wanted, there, autojunk=False).get_matching_blocks():
        if not least <= block.size:
            continue
        for _, at in places[block.b : block.b + block.size]:
            begins = found.pop()[0] if found and found[-1][1] >= at else at
            found.append((begins, at + 1))
    return tuple(found)


@lru_cache(maxsize=32_768)
def letters_of(one: str) -> str:
    """Return the letters that one character stands for in comparisons, often itself."""
    return "".join(filter(str.isalnum, simplify(fold(one))))
