"""Quantities with units, compared exactly: what a limit of a standard is in numbers.

A quantity has a *kind*: two are compared only if they are of one kind. The kind is the dimension,
and where that is none, what it is a part of: a share of mass is no share of volume, and a bare per
cent says neither. A temperature is not a difference of temperatures. Values are decimals as
written, and in base units exact fractions.

Source: GB 3100-1993, GB 3101-1993, GB/T 3102 (quantities and units); the table is `units.toml`.
"""

import re
from collections.abc import Mapping
from decimal import ROUND_HALF_EVEN, Context, Decimal
from fractions import Fraction
from functools import lru_cache
from typing import Final

from msgspec import Struct

from registry.standards.unit_table import DEGREES, known, measured, scale
from registry.standards.unit_text import (
    NO_UNIT,
    UnitError,
    Written,
    fault_of,
    plain,
    read_text,
)

_VALUE: Final = re.compile(r"[+-]?[0-9]{1,14}(\.[0-9]{1,6})?")
_DIGITS: Final = 12
"""Significant digits to which a value is told in another unit, where it does not come out even."""
_RAISED: Final = str.maketrans("0123456789-", "⁰¹²³⁴⁵⁶⁷⁸⁹⁻")
_WHOLES: Final = {"mass": "[mass]", "volume": "[length]^3", "": ""}
_NUMBER_KIND: Final = "number"
_BARE_RATIO: Final = "ratio"
_POINT: Final = "temperature"
_BARE_TEMPERATURE: Final = "[temperature]"
_DIFFERENCE: Final = "temperature-difference"
_TEMPERATURES: Final = frozenset({_POINT, _BARE_TEMPERATURE, _DIFFERENCE})
_ALIKE: Final = frozenset({_NUMBER_KIND, "[ph]"})
"""A pH is often stated without a unit: the two are compared with each other."""
_BELOW_MAX: Final = 1000
"""Up to here a number stays where it is written: `CFU/100mL`, `g/(24h·m²)`."""
_DENSITY: Final = "[length]^-3*[mass]"


class Unit(Struct, frozen=True):
    """A unit as read: its normal form, its kind, and what one of it is in base units.

    ``zero`` is where a scale of temperature begins, in base units.
    """

    symbol: str
    kind: str
    factor: Fraction
    zero: Fraction = Fraction(0)


class Quantity(Struct, frozen=True):
    """A value with its unit; ``base`` is the same in base units of its kind."""

    value: Decimal
    unit: Unit
    base: Fraction


@lru_cache(maxsize=4096)
def read_unit(unit: str) -> Unit:
    """Return a unit as it is written; raises UnitError ``unit-unknown``, ``unit-ambiguous``."""
    if plain(unit) in NO_UNIT:
        return Unit("", _NUMBER_KIND, Fraction(1))
    written = read_text(unit)
    if not written.difference and written.number == 1:
        ((symbol, power), *others) = written.factors or (("", 0),)
        if symbol in DEGREES and power == 1 and not others:
            return Unit(symbol, _POINT, *scale(symbol))
    factor, dimensions = measured(written.factors)
    return Unit(_normal(written), _kind(written, _key(dimensions)), factor * written.number)


@lru_cache(maxsize=4096)
def unit_fault(unit: str) -> str:
    """Return the code by which `read_unit` refuses a unit, '' where it does not."""
    return "" if plain(unit) in NO_UNIT else fault_of(unit)


def read_quantity(value: str, unit: str) -> Quantity:
    """Return a value with its unit.

    Raises:
        UnitError: ``not-a-number``, or as `read_unit`.
    """
    if not _VALUE.fullmatch(value):
        raise UnitError(
            "not-a-number",
            f"“{value[:40]}”不是数值，应为十进制数，小数不超过六位，例如 0.15。",
            f"{value[:40]!r} is no number: it should be a decimal with at most six places, as"
            " 0.15.",
        )
    read, number = read_unit(unit), Decimal(value)
    return Quantity(number, read, Fraction(number) * read.factor + read.zero)


def comparable(one: Unit, other: Unit) -> None:
    """Let pass two units of one kind; a number without unit goes with a pH.

    Raises:
        UnitError: ``ratio-unstated``, ``temperature-or-difference``, ``quantities-differ`` (parts
            of different wholes), ``share-of-concentration`` or ``units-differ``.
    """
    kinds = frozenset((one.kind, other.kind))
    if len(kinds) == 1 or kinds == _ALIKE:
        return
    code = _reason(kinds)
    zh, en, suggestions = _DIFFER[code]
    left, right = one.symbol or "1", other.symbol or "1"
    raise UnitError(code, f"“{left}”与“{right}”{zh}", f"{left!r} and {right!r} {en}", suggestions)


def _reason(kinds: frozenset[str]) -> str:
    """Return why two kinds are not compared."""
    if all(kind.startswith(_BARE_RATIO) for kind in kinds):
        return "ratio-unstated" if _BARE_RATIO in kinds else "quantities-differ"
    if kinds <= _TEMPERATURES:
        return "temperature-or-difference"
    if _DENSITY in kinds and any(kind.startswith(_BARE_RATIO) for kind in kinds):
        return "share-of-concentration"
    return "units-differ"


_DIFFER: Final = {
    "ratio-unstated": (
        "不能直接换算：须先写明是质量分数还是体积分数，例如 %(m/m)、%(V/V)。",
        "do not convert as they stand: say of what they are parts, as %(m/m) or %(V/V).",
        ("%(m/m)", "%(V/V)"),
    ),
    "quantities-differ": (
        "不是同一种量：是不同整体的分数（质量、体积等），须知密度方可换算。",
        "are different quantities: parts of different wholes, as of mass and of volume.",
        (),
    ),
    "temperature-or-difference": (
        "不能直接换算：须写明是温度还是温差；温差写作 Δ℃ 或 ΔK，温度写作 ℃。",
        "do not convert as they stand: a difference of temperatures is written Δ°C, not °C or K.",
        ("°C", "Δ°C"),
    ),
    "share-of-concentration": (
        "不能换算：一个是分数，一个是质量浓度；须知气体的摩尔质量、温度和压力，本库不代为换算。",
        "do not convert: a share is no concentration without molar mass, temperature and pressure.",
        (),
    ),
    "units-differ": (
        "不能换算：不是同一种量，应改用同一种量的单位。",
        "do not convert: they are units of different quantities.",
        (),
    ),
}


def told_in(quantity: Quantity, unit: Unit) -> tuple[Decimal, bool]:
    """Return a quantity's value in another unit of its kind, and whether that is exact.

    Raises:
        UnitError: as `comparable`.
    """
    comparable(quantity.unit, unit)
    exact = (quantity.base - unit.zero) / unit.factor
    context = Context(prec=_DIGITS, rounding=ROUND_HALF_EVEN)
    told = context.divide(Decimal(exact.numerator), Decimal(exact.denominator))
    return told, Fraction(told) == exact


def _key(dimensions: Mapping[str, int]) -> str:
    """Write dimensions as a text that is the same for the same ones."""
    pairs = sorted(dimensions.items())
    return "*".join(name if power == 1 else f"{name}^{power}" for name, power in pairs)


def _kind(written: Written, key: str) -> str:
    if key == _BARE_TEMPERATURE:
        degrees = any(symbol in DEGREES for symbol, _ in written.factors)
        return _DIFFERENCE if written.difference or degrees else key
    if key:
        return key
    whole = _whole(written)
    return _NUMBER_KIND if whole is None else f"{_BARE_RATIO}:{whole}" if whole else _BARE_RATIO


def _whole(written: Written) -> str | None:
    """Return the dimension of what something without one is a part of; None for a bare number."""
    rows = known().rows
    stated = [ratio for s, _ in written.factors if (ratio := rows[s].ratio) is not None]
    if stated:
        return _WHOLES[next((ratio for ratio in stated if ratio), "")]
    _, above = measured((s, power) for s, power in written.factors if power > 0)
    return _key(above) or None


def _normal(written: Written) -> str:
    """Write a unit the one way, which reads back as the same: `mg/m³`, `W/(m·K)`, `10⁻⁶/K`."""
    above = [_raised(symbol, power) for symbol, power in written.factors if power > 0]
    below = [_raised(symbol, -power) for symbol, power in written.factors if power < 0]
    number, bottom = written.number, ""
    if below and number.numerator == 1 and 1 < number.denominator <= _BELOW_MAX:
        number, bottom = Fraction(1), str(number.denominator)
    top = [] if number == 1 else [_power_of_ten(number)]
    text = "·".join((*top, *above)) or ("1" if below else "")
    if below:
        divided = f"{bottom}{'·'.join(below)}"
        text += f"/({divided})" if len(below) > 1 else f"/{divided}"
    return f"Δ{text}" if written.difference else text


def _power_of_ten(number: Fraction) -> str:
    places = len(str(number.numerator)) - len(str(number.denominator))
    return f"10{str(places).translate(_RAISED)}"


def _raised(symbol: str, power: int) -> str:
    return symbol if power == 1 else f"{symbol}{str(power).translate(_RAISED)}"
