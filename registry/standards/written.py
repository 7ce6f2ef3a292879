"""What the answer asks of a written number; of one that cannot be read, the text as it stands.

Records hold numbers in their normal form. The identity is what stands before the year: the year is
the edition.
"""

import re
from typing import Final

from registry.domain.records.standards import Obligation
from registry.standards.numbers_prefixes import Kind
from registry.standards.stated import read_number

REGIONAL: Final = ("DB31", "DB32", "DB33", "DB34")
"""The prefixes under which a standard of the 310 block is issued four times (domain 8.1)."""
_GROUP: Final = re.compile("DB3x/T (.+)")


def identity(number: str) -> str:
    """Return the number without its year: `GB/T 2260` of `GB/T 2260-2007`."""
    read = read_number(number)
    return number if read is None else read.identity


def year(number: str) -> int | None:
    """Return the year of a dated number; None for one that means whichever is in force."""
    read = read_number(number)
    return None if read is None else read.year


def group(number: str) -> str:
    """Return what the provincial issues of one regional number share; else its identity."""
    read = read_number(number)
    return number if read is None else read.group


def issues(number: str) -> tuple[str, ...]:
    """Return the identities under which a regional standard is issued; none for any other."""
    found = _GROUP.fullmatch(group(number))
    return tuple(f"{prefix}/T {found[1]}" for prefix in REGIONAL) if found else ()


def kind(number: str) -> Kind:
    """Return whose standard it is."""
    read = read_number(number)
    return "foreign" if read is None else read.kind


def territory(number: str) -> str | None:
    """Return the division whose local standard it is; None for any other."""
    read = read_number(number)
    return None if read is None else read.territory or None


def is_food(number: str) -> bool:
    """Tell whether it is a local food-safety standard (DBS), which is mandatory."""
    read = read_number(number)
    return read is not None and read.food_safety


def obligation(number: str) -> Obligation:
    """Return what the number itself says: `/T` voluntary, `/Z` guidance, neither mandatory.

    Its edition says it better: many were made voluntary and kept their number.
    """
    read = read_number(number)
    return "voluntary" if read is None else read.obligation


def covers(reach: str, place: str) -> bool:
    """Tell whether a territory contains a place: itself, its counties, its cities; CN all."""
    if reach in {"CN", "000000", "100000"}:
        return True
    trimmed = reach[:2] if reach.endswith("0000") else reach[:4] if reach.endswith("00") else reach
    return place.startswith(trimmed)
