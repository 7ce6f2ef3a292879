"""Codes that identify organisations and persons, and what can be said about one from its text.

Nothing here is a proof: a code whose check characters are right is *well-formed*, no more. Real
codes exist whose check characters are wrong, so callers flag those and refuse only what cannot
be a code at all (length, alphabet). Every ``*_problems`` function returns an empty tuple for a
well-formed code and otherwise a tuple of stable problem names, in this order:

``length``, ``alphabet``, ``check``, ``orgcode-check``, ``department``, ``birth-date``
"""

import re
import unicodedata
from datetime import date
from functools import lru_cache
from operator import mul
from typing import Final

from registry.domain.tables import KEPT

USCC_ALPHABET: Final = "0123456789ABCDEFGHJKLMNPQRTUWXY"
"""GB 32100-2015: 31 symbols, no I, O, S, V, Z; the value of a symbol is its index."""

_BASE36: Final = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ"
_USCC_WEIGHTS: Final = tuple(pow(3, place, 31) for place in range(17))
_ORGCODE_WEIGHTS: Final = (3, 7, 9, 10, 5, 8, 4, 2)
_RESIDENT_WEIGHTS: Final = tuple(pow(2, 17 - place, 11) for place in range(17))
_RESIDENT_CHECKS: Final = "10X98765432"


def _values(alphabet: str) -> bytes:
    """Return a translation table from ASCII to the value of each symbol."""
    table = bytearray(256)
    for value, symbol in enumerate(alphabet):
        table[ord(symbol)] = value
    return bytes(table)


_USCC_VALUES: Final = _values(USCC_ALPHABET)
_BASE36_VALUES: Final = _values(_BASE36)

_USCC: Final = re.compile(r"[0-9A-HJ-NPQRTUWXY]{2}[0-9]{6}[0-9A-HJ-NPQRTUWXY]{10}")
_ORGCODE: Final = re.compile(r"[0-9A-Z]{8}[0-9X]")
_RESIDENT: Final = re.compile(r"[0-9]{17}[0-9X]")
_SEPARATORS: Final = re.compile(r"[\s\-\u2010-\u2015\u2212\u200b\ufeff]+")

_DEPARTMENTS: Final = frozenset(KEPT["uscc-departments"].by_code)


def normalise_code(text: str) -> str:
    """Return the normal form of a typed code: NFKC, upper case, no spaces and no hyphens."""
    if text.isascii() and text.isalnum():
        return text.upper()
    code = _SEPARATORS.sub("", unicodedata.normalize("NFKC", text)).upper()
    return unicodedata.normalize("NFKC", code)


def _bad_shape(code: str, pattern: re.Pattern[str], lengths: tuple[int, ...]) -> tuple[str, ...]:
    """Return ``length`` or ``alphabet``, or nothing when the code has the right shape."""
    if len(code) not in lengths:
        return ("length",)
    return () if pattern.fullmatch(code) else ("alphabet",)


def uscc_check(code: str) -> str:
    """Return the 18th character that the first 17 demand (GB 32100-2015 annex A, MOD 31)."""
    values = code[:17].encode().translate(_USCC_VALUES)
    return USCC_ALPHABET[-sum(map(mul, values, _USCC_WEIGHTS)) % 31]


def orgcode_check(body: str) -> str:
    """Return the check character of eight body characters (GB 11714-1997, MOD 11).

    Letters count as base 36 (A=10 … Z=35) here, unlike in the unified code's own alphabet.
    """
    values = body[:8].encode().translate(_BASE36_VALUES)
    return "0123456789X"[-sum(map(mul, values, _ORGCODE_WEIGHTS)) % 11]


def uscc_problems(code: str) -> tuple[str, ...]:
    """Return what is wrong with a unified social credit code (统一社会信用代码, GB 32100-2015).

    Positions 3 to 8 are digits; ``check`` is about the 18th character, ``orgcode-check`` about
    the 17th, ``department`` about the first two. Divisions are judged elsewhere: development
    zones use codes that GB/T 2260 never had.
    """
    if shape := _bad_shape(code, _USCC, (18,)):
        return shape
    problems: list[str] = []
    if uscc_check(code) != code[17]:
        problems.append("check")
    if orgcode_check(code[8:16]) != code[16]:
        problems.append("orgcode-check")
    if code[:2] not in _DEPARTMENTS:
        problems.append("department")
    return tuple(problems)


def orgcode_of(uscc: str) -> str:
    """Return the organisation code inside a unified code: its characters 9 to 17."""
    return uscc[8:17]


@lru_cache(maxsize=4096)
def orgcode_problems(code: str) -> tuple[str, ...]:
    """Return what is wrong with an organisation code (组织机构代码, GB 11714-1997)."""
    if shape := _bad_shape(code, _ORGCODE, (9,)):
        return shape
    return () if orgcode_check(code) == code[8] else ("check",)


def regno_check(digits: str) -> str:
    """Return the 15th digit that 14 digits demand (GB/T 17710, hybrid MOD 11,10)."""
    product = 10
    for digit in digits[:14]:
        product = ((product + int(digit)) % 10 or 10) * 2 % 11
    return str((11 - product) % 10)


@lru_cache(maxsize=4096)
def regno_problems(code: str) -> tuple[str, ...]:
    """Return what is wrong with an old registration number (工商注册号).

    Fifteen digits with a check digit; thirteen before 2007, which carry none.
    """
    if len(code) not in {13, 15}:
        return ("length",)
    if not (code.isascii() and code.isdigit()):
        return ("alphabet",)
    if len(code) == 15 and regno_check(code) != code[14]:  # noqa: PLR2004 - see the docstring
        return ("check",)
    return ()


def resident_check(digits: str) -> str:
    """Return the 18th character that 17 digits demand (GB 11643-1999, MOD 11-2)."""
    total = sum(
        int(digit) * weight for digit, weight in zip(digits, _RESIDENT_WEIGHTS, strict=False)
    )
    return _RESIDENT_CHECKS[total % 11]


def birth_date(number: str) -> date | None:
    """Return the birth date inside an 18-character resident number, or None when it is no date."""
    try:
        return date(int(number[6:10]), int(number[10:12]), int(number[12:14]))
    except ValueError:
        return None


def resident_problems(number: str) -> tuple[str, ...]:
    """Return what is wrong with a resident identity number (公民身份号码, GB 11643-1999).

    The address code is never judged: codes of abolished divisions stay valid for life.
    """
    if shape := _bad_shape(number, _RESIDENT, (18,)):
        return shape
    if birth_date(number) is None:
        return ("birth-date",)
    return () if resident_check(number) == number[17] else ("check",)


def resident_18(number: str) -> str:
    """Return the 18-character form of a 15-digit number of before 1999; others unchanged."""
    if len(number) != 15 or not (number.isascii() and number.isdigit()):  # noqa: PLR2004 - old length
        return number
    digits = f"{number[:6]}19{number[6:]}"
    return digits + resident_check(digits)
