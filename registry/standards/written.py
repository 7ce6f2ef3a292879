"""What the answer asks of a written number: its identity, year, kind, territory, obligation.

Everything here takes the text in its normal form, as records hold it. The identity is what stands
before the year: the year is the edition.
"""

import re
from functools import lru_cache
from typing import Final, Literal

from registry.domain.records.standards import Obligation

Kind = Literal[
    "national",
    "industry",
    "province",
    "city",
    "regional",
    "group",
    "enterprise",
    "international",
    "foreign",
]
REGIONAL: Final = ("DB31", "DB32", "DB33", "DB34")
"""The prefixes under which a standard of the 310 block is issued four times (domain 8.1)."""

_YEAR: Final = re.compile(r"(?P<identity>.+?)[-:](?P<year>(?:19|20)[0-9]{2})")
_LOCAL: Final = re.compile(r"DB(?P<code>[0-9]{2}(?:[0-9]{2})?)(?P<nature>/[TZ])? .+")
_FOOD: Final = re.compile(r"DBS ?(?P<code>[0-9]{2})/.+")
_BLOCK: Final = re.compile(r"(?P<prefix>DB3[1234])/T (?P<rest>310[0-9]{3}(?:\.[0-9]+)?)")
_WORLD: Final = re.compile(r"(?:ISO|IEC|ITU|CAC|OIML)\b.*")
_NATION: Final = re.compile(r"GB[JZ]?(?:/[TZ])? .+")
_INDUSTRY: Final = re.compile(r"[A-Z]{2,3}(?:/[TZ])? [0-9].*")


@lru_cache(maxsize=4096)
def identity(number: str) -> str:
    """Return the number without its year: `GB/T 2260` of `GB/T 2260-2007`."""
    found = _YEAR.fullmatch(number)
    return found["identity"] if found else number


@lru_cache(maxsize=4096)
def year(number: str) -> int | None:
    """Return the year of a dated number; None for one that means whichever is in force."""
    found = _YEAR.fullmatch(number)
    return int(found["year"]) if found else None


def group(number: str) -> str:
    """Return what the provincial issues of one regional number share; else its identity."""
    found = _BLOCK.fullmatch(identity(number))
    return f"DB3x/T {found['rest']}" if found else identity(number)


def issues(number: str) -> tuple[str, ...]:
    """Return the identities under which a regional standard is issued; none for any other."""
    found = _BLOCK.fullmatch(identity(number))
    return tuple(f"{prefix}/T {found['rest']}" for prefix in REGIONAL) if found else ()


@lru_cache(maxsize=4096)
def kind(number: str) -> Kind:
    """Return whose standard it is."""
    text = identity(number)
    local = _LOCAL.fullmatch(text)
    if local or _FOOD.fullmatch(text):
        if _BLOCK.fullmatch(text):
            return "regional"
        return "city" if local and len(local["code"]) > 2 else "province"  # noqa: PLR2004 - digits
    shapes: tuple[tuple[re.Pattern[str], Kind], ...] = (
        (re.compile("T/.+"), "group"),
        (re.compile("Q/.+"), "enterprise"),
        (_WORLD, "international"),
        (_NATION, "national"),
        (_INDUSTRY, "industry"),
    )
    return next((one for shape, one in shapes if shape.fullmatch(text)), "foreign")


def territory(number: str) -> str | None:
    """Return the division whose local standard it is; None for any other."""
    found = _LOCAL.fullmatch(identity(number)) or _FOOD.fullmatch(identity(number))
    return found["code"].ljust(6, "0") if found else None


def is_food(number: str) -> bool:
    """Tell whether it is a local food-safety standard (DBS), which is mandatory."""
    return _FOOD.fullmatch(identity(number)) is not None


def obligation(number: str) -> Obligation:
    """Return what the number itself says: `/T` voluntary, `/Z` guidance, neither mandatory.

    Its edition says it better: many were made voluntary and kept their number.
    """
    head = identity(number).split()[0]
    public = is_food(number) or kind(number) in {"national", "industry", "province", "city"}
    if public and ("/" not in head or is_food(number)):
        return "mandatory"
    return "guidance" if head.endswith("/Z") else "voluntary"


def covers(reach: str, place: str) -> bool:
    """Tell whether a territory contains a place: itself, its counties, its cities; CN all."""
    if reach in {"CN", "000000", "100000"}:
        return True
    trimmed = reach[:2] if reach.endswith("0000") else reach[:4] if reach.endswith("00") else reach
    return place.startswith(trimmed)
