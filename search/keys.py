"""Keys under which codes and numbers are looked up, pairs of names, and the reading of a question.

Codes: unified social credit code (GB 32100-2015, 18 characters), registration number (13 or 15
digits), organisation code (GB 11714, eight characters and a check character). Check digits are not
asked for: real registers hold codes that fail them, and whoever types one wants that enterprise.
"""

import re
from collections.abc import Iterable
from typing import Final

from search.codes import is_like_code
from search.mending import mended
from search.names import fold, normalise, simplify
from search.query import TEXT_MAX, Reading
from search.sounds import is_pinyin, spelled

_NOT_CODE: Final = re.compile(r"[^0-9A-Z]")
_CODE_SIGNS: Final = re.compile(r"[0-9A-Z\-‐‑‒–—―−_/.·:]+\Z")
_CODE: Final = re.compile(r"(?=.*[0-9])(?:[0-9A-Z]{18}|[0-9]{15}|[0-9]{13}|[0-9A-Z]{8}[0-9X])\Z")
_UNIFIED: Final = re.compile(r"[0-9A-HJ-NPQRTUWXY]{2}[0-9]{6}[0-9A-HJ-NPQRTUWXY]{10}\Z")
_NUMBER: Final = re.compile(r"\([0-9]{4}\)[^0-9]*[0-9]+(?:-[0-9]+)?号?\Z")
"""Year in brackets, then the running number: 宁市监罚〔2024〕12号."""
_STANDARD: Final = re.compile(
    r"(?:(?:GBJ?|DB[0-9]{2,6}|ISO|IEC)(?:/[A-Z]{1,3})?|[TQ]/[A-Z0-9]{2,12}|[A-Z]{2,4}/[TZ])"
    r"[0-9]{1,7}(?:[.\-:—–][0-9]+)*\Z"
)
"""Prefix and number, without spaces: GB/T2260-2007, DB32/T310012, T/CAS115-2020."""
_LETTERS: Final = re.compile(r"[A-Z]{3,}\Z")
_HAS_DIGIT: Final = re.compile(r"[0-9]")
"""Only a text with a digit can be a code or a document number."""


def code_key(text: str) -> str:
    """Reduce a code to its letters and digits; one with other characters is kept as a number is."""
    folded = fold(text)
    if not _CODE_SIGNS.match(folded):
        return number_key(text)
    return _NOT_CODE.sub("", folded)[:TEXT_MAX]


def number_key(text: str) -> str:
    """Reduce a document number: brackets, width, spaces and 第 do not distinguish two numbers."""
    return simplify(fold(text)).replace("第", "")[:TEXT_MAX]


def codes_with_parts(code: str) -> tuple[str, ...]:
    """Give the keys of a stored code: itself, and the organisation code inside a unified code."""
    key = code_key(code)
    return (key, key[8:17]) if _UNIFIED.match(key) else (key,)


def code_keys(codes: Iterable[str]) -> list[str]:
    """List the distinct keys of stored codes."""
    return sorted({key for code in codes for key in codes_with_parts(code)} - {""})


def number_keys(numbers: Iterable[str]) -> list[str]:
    """List the distinct keys of stored numbers."""
    return sorted({number_key(number) for number in numbers} - {""})


def grams(names: Iterable[str]) -> list[str]:
    """List the distinct pairs of characters of names without legal form, and ``^`` + first ones."""
    found: set[str] = set()
    for name in names:
        forms = normalise(name)
        for form in (forms.body, forms.core):
            found |= {form[i : i + 2] for i in range(len(form) - 1)}
            found.add("^" + form[:1])
    return sorted(found - {"^"})


def has_digit(text: str) -> bool:
    """Tell whether a text could hold a code or a number at all."""
    return _HAS_DIGIT.search(fold(text)) is not None


def read(text: str) -> Reading:
    """Read a question by its shape alone; an exact hit on a code or number overrides this."""
    code, number = code_key(text), number_key(text)
    if _CODE.match(code) or is_like_code(code):
        return "code"
    if _NUMBER.search(number):
        return "number"
    if _STANDARD.match(number):
        return "standard"
    letters = spelled(fold(text))
    if _LETTERS.match(letters):
        return "pinyin" if is_pinyin(letters) or mended(letters) else "initials"
    return "name"
