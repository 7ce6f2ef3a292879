"""Codes that one slip turns into the code that was typed: a wrong, missing, extra or swapped sign.

Asking for all of them is one look-up of some hundred keys, needs no index of its own, and finds
real codes whose check digit is wrong, too. Only a code that is not there as typed is looked up so.
"""

import re
from collections.abc import Iterator
from typing import Final

LENGTHS: Final = frozenset({9, 13, 15, 18})
"""Signs of an organisation code, registration numbers, and a unified code."""
_LIKE: Final = re.compile(r"(?:[0-9]{12,16}|[0-9A-Z]{17,19})\Z")
_DIGITS_MIN: Final = 7
"""A division and one more: fewer digits are in no code, whatever else is in it."""
_DIGITS: Final = "0123456789"
_SIGNS: Final = "0123456789ABCDEFGHJKLMNPQRTUWXY"


def is_like_code(key: str) -> bool:
    """Tell whether a text has the length of a code, or one sign more or less."""
    return bool(_LIKE.match(key)) and sum(map(str.isdigit, key)) >= _DIGITS_MIN


def slips(key: str) -> list[str]:
    """List the codes that differ from a code's key by one slip."""
    return sorted(set(_slips(key)) - {key})


def _slips(key: str) -> Iterator[str]:
    signs = _DIGITS if key.isdigit() and len(key) not in {17, 18} else _SIGNS
    size = len(key)
    for at in range(size + 1):
        before, after = key[:at], key[at:]
        if size + 1 in LENGTHS:
            yield from (before + sign + after for sign in signs)
        if size - 1 in LENGTHS and after:
            yield before + after[1:]
        if size in LENGTHS and after:
            yield from (before + sign + after[1:] for sign in signs)
            yield before + after[1::-1] + after[2:]
