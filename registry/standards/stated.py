"""What the checks and the table of competences ask of the number of a standard as it is stated.

One look-up a number: the same standards come again and again.
"""

import re
import unicodedata
from functools import lru_cache
from typing import Final

from msgspec import Struct

_CHINESE: Final = re.compile(
    r"(?P<prefix>T/[A-Z0-9]{1,20}|Q/[A-Z0-9]{1,20}|DB[JS]?[0-9]{0,4}|[A-Z]{2,4})"
    r"(?:/(?P<nature>[TZ]))? (?P<number>[0-9]{1,9})(?:\.(?P<part>[0-9.]{1,12}))?"
    r"(?:-(?P<year>(?:19|20)[0-9]{2}))?"
)
_FOREIGN: Final = re.compile(
    r"(?:ISO|IEC|ITU-T|EN|ASTM|BS|DIN|JIS)(?:[/ ][A-Z]{1,6})* [A-Z]?[0-9][0-9.-]{0,15}"
    r"(?::(?P<year>(?:19|20)[0-9]{2}))?"
)
_DASHES: Final = re.compile(r"\s*[\u2010-\u2015\u2212-]\s*")
_RUN_TOGETHER: Final = re.compile(r"^(GB(?:/[TZ])?)(?=[0-9])")
_KINDS: Final = {"GB": "national", "GBJ": "national", "GBZ": "national"}
_DB: Final = re.compile(r"DB(?P<sort>[JS]?)(?P<place>[0-9]{2}|[0-9]{4})")
_REGIONAL: Final = re.compile(r"310[0-9]{3}")
"""The block of the regional standards of the Yangtze Delta (domain 8.1)."""
_OBLIGATIONS: Final = {"": "mandatory", "T": "voluntary", "Z": "guidance"}
_BY_NATURE: Final = frozenset({"national", "province", "city", "regional"})
"""Kinds whose number says what binds; of industry standards without T some never did."""


class StatedNumber(Struct, frozen=True, gc=False):
    """A number that could be read: its normal form, what tells one standard from another, its year.

    ``territory`` is the division of a local standard, ``obligation`` what its number says of it;
    both '' where it says nothing. ``kind`` is as in `registry.standards.numbers`.
    """

    normal: str
    identity: str
    year: int | None
    kind: str
    territory: str
    obligation: str
    food_safety: bool

    @property
    def stays_at_home(self) -> bool:
        """Whether it binds in its own territory alone: mandatory local ones, and those of food."""
        mandatory = self.kind in {"province", "city"} and self.obligation == "mandatory"
        return self.food_safety or mandatory


@lru_cache(maxsize=8192)
def read_number(text: str) -> StatedNumber | None:
    """Return what a number says; None for a text that cannot be the number of a standard."""
    return _read(text)


def _read(text: str) -> StatedNumber | None:
    """Read normal forms, odd dashes and GB without a space."""
    text = _RUN_TOGETHER.sub(r"\1 ", _DASHES.sub("-", unicodedata.normalize("NFKC", text)).strip())
    if (foreign := _FOREIGN.fullmatch(text)) is not None:
        year, identity = foreign["year"], text.partition(":")[0]
        kind = "international" if text.startswith(("ISO", "IEC", "ITU")) else "foreign"
        return StatedNumber(text, identity, int(year) if year else None, kind, "", "", False)  # noqa: FBT003 - a row
    match = _CHINESE.fullmatch(text)
    if match is None:
        return None
    prefix, nature, year = match["prefix"], match["nature"] or "", match["year"]
    kind, place = _kind(prefix, match["number"])
    binds = _OBLIGATIONS[nature] if kind in _BY_NATURE else "voluntary" if kind == "group" else ""
    identity = text.removesuffix(f"-{year}") if year else text
    food = prefix.startswith("DBS")
    return StatedNumber(
        text, identity, int(year) if year else None, kind, place.ljust(6, "0") if place else "",
        binds, food,
    )  # fmt: skip


def _kind(prefix: str, number: str) -> tuple[str, str]:
    """Return the kind, and the leading digits of the division that a local standard is of."""
    local = _DB.fullmatch(prefix)
    if local is not None:
        if not local["sort"] and _REGIONAL.fullmatch(number):
            return "regional", local["place"]
        return ("province" if len(local["place"]) == len("32") else "city"), local["place"]
    if prefix[:2] in {"T/", "Q/"}:
        return ("group" if prefix[0] == "T" else "enterprise"), ""
    return _KINDS.get(prefix, "industry"), ""
