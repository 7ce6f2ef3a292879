"""The form in which texts are compared, and the pairs of letters by which an index recalls them.

Width, case, script, punctuation, spaces and line breaks do not matter: what is left are the letters
and digits, in simplified characters. So a phrase is met across a comma or a line's end. Each
character is taken by itself, so that every letter can be traced to its place in the text.
"""

from collections.abc import Iterable
from typing import Final
from zlib import crc32

from search.highlight import Span, letters_of

BETWEEN: Final = "\n"
"""Stands between passages, so that nothing is met across two of them."""
LETTERS_MAX: Final = 20_000
"""Letters of one text that are compared; a longer one is found by its beginning."""
_PAIR: Final = 2


def letters(text: str) -> str:
    """Reduce a text to what is compared."""
    return "".join(map(letters_of, text))


def joined(passages: Iterable[str]) -> str:
    """Return the letters of several passages, apart from each other."""
    return BETWEEN.join(filter(None, map(letters, passages)))[:LETTERS_MAX]


def spans_of(words: Iterable[str], text: str) -> tuple[Span, ...]:
    """Say where a text as written holds these words (which are letters), in its order, merged."""
    cut = [(letter, at) for at, one in enumerate(text) for letter in letters_of(one)]
    there = "".join(letter for letter, _ in cut)
    met: list[Span] = []
    for word in words:
        begins = there.find(word)
        while begins >= 0:
            ends = begins + len(word)
            met.append((cut[begins][1], cut[ends - 1][1] + 1))
            begins = there.find(word, ends)
    merged: list[Span] = []
    for begins, ends in sorted(met):
        if merged and begins <= merged[-1][1]:
            merged[-1] = (merged[-1][0], max(ends, merged[-1][1]))
        else:
            merged.append((begins, ends))
    return tuple(merged)


def pairs(form: str, mark: str = "") -> set[int]:
    """Return the pairs of letters of a form as signed 32-bit numbers.

    They recall alone: two pairs may share a number, once in billions. ``mark`` tells the pairs of
    one part of a text from those of all of it.
    """
    return {
        _number(mark + form[at : at + _PAIR])
        for at in range(len(form) - 1)
        if BETWEEN not in form[at : at + _PAIR]
    }


def _number(pair: str) -> int:
    return int.from_bytes(crc32(pair.encode("utf-8", "surrogatepass")).to_bytes(4), signed=True)
