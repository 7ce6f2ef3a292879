"""What the figures are, as data (``definitions.toml``), read once; the words are said there."""

from datetime import date
from hashlib import sha256
from pathlib import Path
from typing import Final, Literal

import msgspec
from msgspec import Struct

Unit = Literal["count", "share", "days"]


class _Row(Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """A table of the file; unknown members are refused."""


class Figure(_Row, frozen=True):
    """One figure: its counters, its names, its formula in words, and where that comes from."""

    key: str
    zh: str
    en: str
    unit: Unit
    top: str
    bottom: str
    public: bool
    good: Literal["high", "low", ""]
    formula_zh: str
    formula_en: str
    source_zh: str
    source_en: str


class Level(_Row, frozen=True):
    """A level of maturity: bounds of public figures, thousandths or working days."""

    key: str
    zh: str
    en: str
    at_least: dict[str, int] = {}
    at_most: dict[str, int] = {}


class Shown(_Row, frozen=True):
    """From how many records on the public is told a number."""

    least: int


class Levels(_Row, frozen=True):
    """Over how many months levels are judged, from how many records on, and after what model."""

    months: int
    least: int
    zh: str
    en: str
    read: Literal["full_text", "secondary", "unconfirmed"]


class Definitions(_Row, frozen=True):
    """The whole file."""

    since: date
    shown: Shown
    levels: Levels
    figure: tuple[Figure, ...]
    columns: dict[str, tuple[str, ...]]
    level: tuple[Level, ...]


_BYTES: Final = Path(__file__).with_suffix(".toml").read_bytes()
DEFINITIONS: Final = msgspec.toml.decode(_BYTES, type=Definitions)
DIGEST: Final = sha256(_BYTES).hexdigest()
"""Of the file: figures are named with it, and counted anew when it changes."""
FIGURES: Final = {one.key: one for one in DEFINITIONS.figure}
