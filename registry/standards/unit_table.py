"""The units that are known: ``units.toml``, with SI prefixes put before and every spelling.

The definitions go to pint, over exact fractions: a mu is 2000/3 square metres, and no float or
rounded decimal ever takes part in a comparison. pint is imported when the first unit is read, not
before: commands that compare nothing do not wait for it.
"""

import importlib
from collections.abc import Iterable, Iterator, Mapping
from fractions import Fraction
from functools import cache
from pathlib import Path
from typing import Final, Literal, Protocol, cast

import msgspec
from msgspec import Struct

_PREFIXES: Final = {
    "T": "1000000000000",
    "G": "1000000000",
    "M": "1000000",
    "k": "1000",
    "h": "100",
    "d": "1 / 10",
    "c": "1 / 100",
    "m": "1 / 1000",
    "u": "1 / 1000000",
    "n": "1 / 1000000000",
    "p": "1 / 1000000000000",
}
_CHINESE: Final = {
    "吉": "G",
    "兆": "M",
    "千": "k",
    "百": "h",
    "分": "d",
    "厘": "c",
    "毫": "m",
    "微": "u",
    "纳": "n",
    "皮": "p",
    "大": "k",
}
_MICRO: Final = "μ"
_ASCII: Final = 128
DEGREES: Final = {"°C": Fraction(1), "°F": Fraction(5, 9)}
"""The units that are scales with a zero of their own, and what their degree is in kelvin."""


class Row(Struct, frozen=True, forbid_unknown_fields=True):
    """A unit as the file has it; ``ratio`` None: it is no part of a whole."""

    unit: str
    as_: str = msgspec.field(name="as")
    name: tuple[str, str]
    offset: str = ""
    also: tuple[str, ...] = ()
    prefixes: tuple[str, ...] = ()
    zh: tuple[str, ...] = ()
    ratio: Literal["", "mass", "volume"] | None = None
    read: Literal["full_text", "secondary", "unconfirmed"] = "full_text"
    source: str = ""


class _File(Struct, frozen=True, forbid_unknown_fields=True):
    unit: tuple[Row, ...]


class Known(Struct, frozen=True):
    """The rows by symbol, and the symbol that each spelling stands for."""

    rows: Mapping[str, Row]
    spellings: Mapping[str, str]


@cache
def known() -> Known:
    """Return all units, those with prefixes too; a row of its own goes before a prefixed one."""
    file = msgspec.toml.decode(Path(__file__).with_name("units.toml").read_bytes(), type=_File)
    rows = {row.unit: row for row in file.unit}
    spellings = {said: row.unit for row in file.unit for said in (row.unit, *row.also)}
    for row in file.unit:
        for made, said in _prefixed(row):
            rows.setdefault(made.unit, made)
            for one in said:
                spellings.setdefault(one, made.unit)
    return Known(rows, spellings)


def _prefixed(row: Row) -> Iterator[tuple[Row, tuple[str, ...]]]:
    """Yield the unit with each prefix, and how that is spelled."""
    for prefix in row.prefixes:
        said = [f"{_MICRO}{row.unit}", f"u{row.unit}"] if prefix == "u" else [prefix + row.unit]
        yield _times(row, prefix, said[0]), tuple(said)
    for word in row.zh:
        chinese = tuple(f"{word}{name}" for name in row.also if ord(name[0]) > _ASCII)
        prefix = _CHINESE[word]
        latin = f"{_MICRO if prefix == 'u' else prefix}{row.unit}"
        yield _times(row, prefix, latin), chinese


def _times(row: Row, prefix: str, unit: str) -> Row:
    return msgspec.structs.replace(row, unit=unit, as_=f"{_PREFIXES[prefix]} * {row.unit}", also=())


class _Measured(Protocol):
    @property
    def magnitude(self) -> Fraction: ...

    @property
    def dimensionality(self) -> Mapping[str, Fraction]: ...

    def to_root_units(self) -> "_Measured": ...


class _Units(Protocol):
    """What is used of a pint registry."""

    def define(self, definition: str) -> None: ...

    def Quantity(self, value: Fraction, unit: object) -> _Measured: ...  # noqa: N802 - pint's name

    def Unit(self, powers: object) -> object: ...  # noqa: N802 - pint's name

    def UnitsContainer(self, powers: Mapping[str, Fraction]) -> object: ...  # noqa: N802 - pint's name


class _Pint(Protocol):
    def UnitRegistry(self, file: None, *, non_int_type: type) -> _Units: ...  # noqa: N802 - pint's name


def measured(factors: Iterable[tuple[str, int]]) -> tuple[Fraction, Mapping[str, int]]:
    """Return what a product of powers of units is in base units, and its dimensions.

    A degree is a difference of temperatures here; `scale` is for temperatures.
    """
    registry, names = _registry()
    powers: dict[str, Fraction] = {}
    degrees = Fraction(1)
    for symbol, power in factors:
        name = names["K"] if symbol in DEGREES else names[symbol]
        degrees *= DEGREES.get(symbol, Fraction(1)) ** power
        powers[name] = powers.get(name, Fraction(0)) + power
    one = registry.Quantity(Fraction(1), registry.Unit(registry.UnitsContainer(powers)))
    root = one.to_root_units()
    dimensions = {name: int(power) for name, power in root.dimensionality.items() if power}
    return Fraction(root.magnitude) * degrees, dimensions


def scale(symbol: str) -> tuple[Fraction, Fraction]:
    """Return what one degree of a scale of temperature is in kelvin, and where its zero is."""
    registry, names = _registry()
    zero, one = (registry.Quantity(Fraction(n), names[symbol]).to_root_units() for n in (0, 1))
    return one.magnitude - zero.magnitude, zero.magnitude


@cache
def _registry() -> tuple[_Units, Mapping[str, str]]:
    """Return a registry of nothing but these units, and the name that each symbol has in it."""
    module = cast("_Pint", importlib.import_module("pint"))
    registry = module.UnitRegistry(None, non_int_type=Fraction)
    names = {symbol: f"u{number}" for number, symbol in enumerate(known().rows)}
    for row in known().rows.values():
        said = " ".join(names.get(word, word) for word in row.as_.split())
        offset = f"; offset: {row.offset}" if row.offset else ""
        registry.define(f"{names[row.unit]} = {said}{offset}")
    return registry, names
