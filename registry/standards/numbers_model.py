"""The number of a standard, taken apart."""

from typing import Final

from msgspec import Struct

from registry.standards.numbers_errors import NumberError
from registry.standards.numbers_prefixes import Nature

FIRST_YEAR: Final = 1900
LAST_YEAR: Final = 2099
_TWO_DIGITS_FROM: Final = 49
"""Two digits were usual before 2000; no Chinese standard is older than 1949."""


class StandardNumber(Struct, frozen=True, gc=False, order=True):
    """A number taken apart; `registry.standards.numbers.format_number` puts it together again.

    ``prefix`` says whose it is, as ``GB``, ``DB3201``, ``T/CAS``, ``Q/CSG``, ``ISO/IEC TR``.
    ``number`` and ``part`` are texts, for zeros in front count (``DBS32/ 013``). ``year`` is the
    edition; None means whichever is in force. ``amendment`` is that of one which is itself no
    edition but changes one: ``/XG1-2016`` (修改单), ``/Amd 1:2013``, as they follow the number.
    ``also`` is the second of a dual number, in normal form.
    """

    prefix: str
    nature: Nature
    number: str
    part: str = ""
    year: int | None = None
    amendment: str = ""
    also: str = ""


def read_year(digits: str, text: str) -> int:
    """Return the year of an edition written with four digits, or with two for 1949 to 1999.

    Raises:
        NumberError: it cannot be one.
    """
    year = int(digits) if len(digits) <= len("2007") else 0
    if len(digits) == len("97") and year >= _TWO_DIGITS_FROM:
        return FIRST_YEAR + year
    if not (len(digits) == len("2007") and FIRST_YEAR <= year <= LAST_YEAR):
        raise NumberError("number-year", text, year=digits)
    return year
