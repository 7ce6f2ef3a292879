"""Reads how a unit is written: `mg/m³`, `W/(m·K)`, `毫克每立方米`, `CFU/100mL`, `10⁻⁶/K`.

The grammar is closed and small: factors with whole exponents, products, quotients, parentheses.
What has two meanings is refused with both (GB 3101-1993, 3.2: after one solidus no further sign of
multiplication or division without parentheses).
"""

import re
import unicodedata
from dataclasses import dataclass
from difflib import get_close_matches
from fractions import Fraction
from functools import cache
from typing import Final

from registry.errors import MalformedRefusal
from registry.standards.unit_table import known

UNIT_MAX: Final = 32
_DEEP: Final = 3
_EXPONENT_MAX: Final = 12
_SUPER: Final = str.maketrans("⁰¹²³⁴⁵⁶⁷⁸⁹⁻⁺", "0123456789-+")
_RAISED: Final = re.compile("[⁰¹²³⁴⁵⁶⁷⁸⁹⁻⁺]+")
_LENGTHS: Final = re.compile("(平方|立方)((?:千|分|厘|毫|微)?米|公里)")
_NUMBER: Final = re.compile(r"[0-9]{1,6}")
_POWER: Final = re.compile(r"\^\((-?[0-9]{1,2})\)|\^?(-?[0-9]{1,2})")
_THOUSANDS: Final = {"百": 2, "千": 3, "万": 4, "亿": 8}
_TIMES: Final = "·"
_DIFFERENCE: Final = ("Δ", "∆")
_SHOWN: Final = 40
_BELOW_MAX: Final = 1000
_BITS_MAX: Final = 128
NO_UNIT: Final = frozenset({"", "-", "—", "/", "1", "无", "无量纲", "无单位"})


class UnitError(MalformedRefusal):
    """A unit or quantity that cannot be read or compared; ``detail_code`` says why.

    ``suggestions`` are units that may have been meant.
    """

    def __init__(self, code: str, zh: str, en: str, suggestions: tuple[str, ...] = ()) -> None:
        """Take the reason and both texts."""
        super().__init__(zh, en, code=code, extra={"suggestions": list(suggestions)})
        self.suggestions = suggestions


@dataclass(frozen=True, slots=True)
class Written:
    """A unit as read: symbols with exponents in order, a number before them, and Δ or not."""

    factors: tuple[tuple[str, int], ...]
    number: Fraction
    difference: bool = False


class _UnreadError(Exception):
    """Where reading stops: nothing is made of it before somebody wants to be told."""

    def __init__(self, code: str = "unit-unknown") -> None:
        super().__init__(code)
        self.code = code


def read_text(unit: str) -> Written:
    """Return what is written; raises UnitError ``unit-unknown`` or ``unit-ambiguous``."""
    try:
        return _read(unit)
    except _UnreadError as error:
        raise (_unknown if error.code == "unit-unknown" else _ambiguous)(unit) from None


def fault_of(unit: str) -> str:
    """Return the code by which a unit is refused, '' where it can be read.

    Costs microseconds, where looking for what may have been meant costs a millisecond: checks of
    records ask this of whatever a sender writes.
    """
    try:
        _read(unit)
    except _UnreadError as error:
        return error.code
    return ""


def _read(unit: str) -> Written:
    if len(unit) > UNIT_MAX:
        raise _UnreadError
    text = plain(unit)
    difference = text.startswith(_DIFFERENCE)
    factors, number = _Reader(text[difference:]).whole()
    if not (_power_of_ten(number) or (number.numerator == 1 and number.denominator <= _BELOW_MAX)):
        raise _UnreadError  # a value before the unit, as in "30%"
    return Written(_merged(factors), number, difference)


def plain(unit: str) -> str:
    """Return a unit with one spelling for each sign: width, dashes, dots, raised digits, 每."""
    raised = _RAISED.sub(lambda found: "^" + found[0].translate(_SUPER), unit.strip())
    text = unicodedata.normalize("NFKC", raised)
    for sign, one in (("**", "^"), ("⋅", _TIMES), ("∙", _TIMES), ("・", _TIMES), ("•", _TIMES)):
        text = text.replace(sign, one)
    for sign, one in (("*", _TIMES), ("×", _TIMES), ("−", "-"), ("–", "-"), ("每", "/")):
        text = text.replace(sign, one)
    squared = {"平方": "^2", "立方": "^3"}
    text = _LENGTHS.sub(lambda found: found[2] + squared[found[1]], text)
    return re.sub(r"\s*([·/^()])\s*", r"\1", text)


@cache
def _symbols() -> tuple[re.Pattern[str], dict[str, str]]:
    """Return a pattern that finds the longest spelling, and the symbol of each one."""
    of = {plain(said): symbol for said, symbol in known().spellings.items()}
    longest = sorted(of, key=lambda said: (-len(said), said))
    return re.compile("|".join(map(re.escape, longest))), of


class _Reader:
    """Reads one unit from left to right."""

    def __init__(self, text: str) -> None:
        self._text = text
        self._at = 0

    def whole(self) -> tuple[list[tuple[str, int]], Fraction]:
        factors, number = self._quotient(0)
        if self._at < len(self._text):
            raise _UnreadError
        return factors, number

    def _quotient(self, depth: int) -> tuple[list[tuple[str, int]], Fraction]:
        """Read products and what they are divided by."""
        if depth > _DEEP:
            raise _UnreadError
        factors, number = ([], Fraction(1)) if self._next("/", peek=True) else self._product(depth)
        divided = False
        while self._next("/"):
            if divided:
                raise _UnreadError("unit-ambiguous")
            divided = True
            below, by = self._divisor(depth)
            factors += [(symbol, -power) for symbol, power in below]
            number /= by
            if self._next(_TIMES, peek=True):
                raise _UnreadError("unit-ambiguous")
        return factors, number

    def _divisor(self, depth: int) -> tuple[list[tuple[str, int]], Fraction]:
        """Read one factor, with a number before it where there is one: `/100 mL`."""
        factors, number = self._factor(depth)
        if not factors and self._starts():
            more, times = self._factor(depth)
            return more, number * times
        return factors, number

    def _product(self, depth: int) -> tuple[list[tuple[str, int]], Fraction]:
        factors, number = self._factor(depth)
        while self._next(_TIMES) or self._next(".") or self._starts():
            more, times = self._factor(depth)
            factors += more
            number *= times
        return factors, number

    def _factor(self, depth: int) -> tuple[list[tuple[str, int]], Fraction]:
        self._skip()
        if self._next("("):
            factors, number = self._quotient(depth + 1)
            if not self._next(")"):
                raise _UnreadError
        elif found := _NUMBER.match(self._text, self._at):
            self._at = found.end()
            factors, number = [], Fraction(int(found[0]))
        else:
            factors, number = self._symbol()
        power = self._power()
        return self._raised(factors, power), _to_the(number, power)

    @staticmethod
    def _raised(factors: list[tuple[str, int]], power: int) -> list[tuple[str, int]]:
        """Raise what stands in parentheses; their powers multiply, up to the same bound."""
        if any(abs(one * power) > _EXPONENT_MAX for _, one in factors):
            raise _UnreadError
        return [(symbol, one * power) for symbol, one in factors]

    def _symbol(self) -> tuple[list[tuple[str, int]], Fraction]:
        pattern, of = _symbols()
        found = pattern.match(self._text, self._at)
        if found is not None and not _cut(self._text, found.end()):
            self._at = found.end()
            return [(of[found[0]], 1)], Fraction(1)
        word = self._text[self._at : self._at + 1]
        if word in _THOUSANDS:
            self._at += 1
            return [], Fraction(10 ** _THOUSANDS[word])
        raise _UnreadError

    def _power(self) -> int:
        found = _POWER.match(self._text, self._at)
        if found is None:
            return 1
        power = int(found[1] or found[2])
        if not 0 < abs(power) <= _EXPONENT_MAX:
            raise _UnreadError
        self._at = found.end()
        return power

    def _starts(self) -> bool:
        """Say whether another factor follows without a sign between."""
        self._skip()
        return self._at < len(self._text) and self._text[self._at] not in "/)·."

    def _skip(self) -> None:
        while self._at < len(self._text) and self._text[self._at] == " ":
            self._at += 1

    def _next(self, sign: str, *, peek: bool = False) -> bool:
        self._skip()
        there = self._text.startswith(sign, self._at)
        self._at += len(sign) if there and not peek else 0
        return there


def _to_the(number: Fraction, power: int) -> Fraction:
    """Raise a number before a unit; nobody writes one of hundreds of digits in good faith."""
    longest = max(number.numerator.bit_length(), number.denominator.bit_length())
    if not number or longest * abs(power) > _BITS_MAX:
        raise _UnreadError
    return number**power


def _power_of_ten(number: Fraction) -> bool:
    digits = {str(number.numerator).rstrip("0"), str(number.denominator).rstrip("0")}
    return digits == {"1"} and 1 in {number.numerator, number.denominator}


def _cut(text: str, end: int) -> bool:
    """Say whether a Latin word goes on where a spelling ends: `mg` is not found in `mgl`."""
    return end < len(text) and text[end].isascii() and text[end].isalpha() and _latin(text[end - 1])


def _latin(sign: str) -> bool:
    return sign.isascii() and sign.isalpha()


def _merged(factors: list[tuple[str, int]]) -> tuple[tuple[str, int], ...]:
    """Put together what is above and what is below the solidus: in `g/100g` nothing cancels."""
    powers: dict[tuple[str, bool], int] = {}
    for symbol, power in factors:
        key = (symbol, power > 0)
        powers[key] = powers.get(key, 0) + power
    return tuple((symbol, power) for (symbol, _), power in powers.items())


def _ambiguous(unit: str) -> UnitError:
    before, _, after = plain(unit).partition("/")
    together = f"{before}/({after.replace('/', _TIMES)})"
    return UnitError(
        "unit-ambiguous",
        f"单位“{unit}”有两种读法：斜线之后再有乘号或斜线时须加括号，例如“{together}”。",
        f"The unit {unit!r} can be read in two ways: what follows the solidus needs"
        f" parentheses, as in {together!r}.",
        (together,),
    )


def _unknown(unit: str) -> UnitError:
    near = _near(unit[:UNIT_MAX])
    shown = unit[:_SHOWN]
    zh = f"；是否为：{'、'.join(near)}？" if near else "。"
    en = f"; is it one of {', '.join(near)}?" if near else "."
    return UnitError(
        "unit-unknown",
        f"无法识别单位“{shown}”，应为国家法定计量单位的符号或名称，例如 mg/m³、MPa、dB(A){zh}",
        f"The unit {shown!r} is not known: it should be a symbol or name of a legal unit, as mg/m³,"
        f" MPa or dB(A){en}",
        near,
    )


def _near(unit: str) -> tuple[str, ...]:
    """Return units that look alike: the same but for case first."""
    said = known().spellings
    text = plain(unit)
    same = [symbol for one, symbol in said.items() if one.casefold() == text.casefold()]
    close = [said[one] for one in get_close_matches(text, said, n=3, cutoff=0.75)]
    return tuple(dict.fromkeys((*same, *close)))[:4]
