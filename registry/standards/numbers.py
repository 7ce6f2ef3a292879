"""Numbers of standards: read in the spellings met, written in one normal form."""

import re
import unicodedata
from typing import Final

from msgspec import Struct

_DASHES: Final = str.maketrans(dict.fromkeys("‐‑‒–—―⁃﹘﹣－", "-"))
_NUMBER: Final = re.compile(
    r"(T/[A-Z]+|Q/[A-Z0-9]+|DB\d{2,4}|GB|[A-Z]{2,5}(?:/[A-Z]{2,5})?)(?:[/-]?([TZ]))?\s*"
    r"(\d+(?:\.\d+)?(?:-\d{1,3})?)(?:[-:](\d{4}))?"
)
_KINDS: Final = {
    "T/": "group",
    "Q/": "enterprise",
    "IS": "international",
    "IE": "international",
}


class NumberError(ValueError):
    """No number of a standard; ``suggestions`` are what may be meant."""

    def __init__(self, text: str) -> None:
        """Take what was written."""
        self.code = "standard-number"
        self.zh = f"“{text[:60]}”不是标准编号，应如 GB/T 2260-2007"
        self.en = f"{text[:60]!r} is no number of a standard; it should be like GB/T 2260-2007"
        self.suggestions: tuple[str, ...] = ()
        super().__init__(self.en)


class StandardNumber(Struct, frozen=True):
    """A number in its parts; ``year`` None: whichever edition is in force."""

    prefix: str
    nature: str
    number: str
    part: str
    year: int | None


def parse(text: str) -> StandardNumber:
    """Read a number; raises NumberError."""
    plain = unicodedata.normalize("NFKC", text).translate(_DASHES).strip().upper()
    found = _NUMBER.fullmatch(plain)
    if found is None:
        raise NumberError(text)
    prefix, nature, whole, year = found.groups(default="")
    number, _, part = whole.replace("-", ".").partition(".")
    return StandardNumber(prefix, nature, number, part, int(year) if year else None)


def identity_of(n: StandardNumber) -> str:
    """Return what all editions have in common."""
    nature = f"/{n.nature}" if n.nature else ""
    international = n.prefix.startswith(("ISO", "IEC"))
    part = f"{'-' if international else '.'}{n.part}" if n.part else ""
    return f"{n.prefix}{nature} {n.number}{part}"


def format_number(n: StandardNumber) -> str:
    """Return the normal form."""
    if n.year is None:
        return identity_of(n)
    return f"{identity_of(n)}{':' if n.prefix.startswith(('ISO', 'IEC')) else '-'}{n.year}"


def group_of(n: StandardNumber) -> str:
    """Return what the four provincial issues of a regional standard share, else the identity."""
    return f"DB3x/T {n.number}" if kind_of(n) == "regional" else identity_of(n)


def kind_of(n: StandardNumber) -> str:
    """Return national, industry, province, city, regional, group, enterprise or international."""
    if n.prefix.startswith("DB"):
        regional = n.number.startswith("310") and len(n.number) == len("310012")
        local = "province" if len(n.prefix) == len("DB32") else "city"
        return "regional" if regional and n.nature == "T" else local
    return _KINDS.get(n.prefix[:2], "national" if n.prefix == "GB" else "industry")


def territory_of(n: StandardNumber) -> str | None:
    """Return the division whose standard it is, None where it is none of a place."""
    digits = n.prefix.removeprefix("DB")
    return digits.ljust(6, "0") if digits.isdigit() else None
