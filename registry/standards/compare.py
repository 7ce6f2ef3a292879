"""Two editions compared, indicator by indicator: who is stricter, and what a report is worth.

Limits are sets of permitted values; one side is stricter where its set lies wholly inside the
other's. So direction, value and unit decide, and nothing is guessed: where neither holds the other,
or a side is in words, there is no order, unless the reviewer has stated one for words. A result
counts for the other side only if it was found by the same method.

Source: domain 8.3; GB/T 20000.2 for what a technical difference is.
"""

import unicodedata
from collections.abc import Iterable
from fractions import Fraction
from functools import cache
from pathlib import Path
from typing import Final, Literal, TypeAlias

import msgspec
from msgspec import UNSET, Struct

from registry.domain.records.standards import Compared, Limit, StandardComparison
from registry.standards.unit_text import UnitError
from registry.standards.units import comparable, read_quantity, read_unit, unit_fault
from registry.standards.written import identity

Relation: TypeAlias = Literal[
    "same", "stricter_a", "stricter_b", "incomparable", "only_a", "only_b"
]
Method: TypeAlias = Literal["same", "another_edition", "other", "unstated"]
Worth: TypeAlias = Literal["satisfied", "on_condition", "not_satisfied", "not_asked"]
Degree: TypeAlias = Literal["full", "conditional", "partial", "none"]
_Range: TypeAlias = tuple[Fraction | None, Fraction | None]
"""The permitted values from and to, both in; None: without end."""

_ORDER_UNKNOWN: Final = frozenset({"words-differ", "words-and-number"})
_SWAPPED: Final[dict[Relation, Relation]] = {
    "stricter_a": "stricter_b",
    "stricter_b": "stricter_a",
    "only_a": "only_b",
    "only_b": "only_a",
}


class Said(Struct, frozen=True, forbid_unknown_fields=True):
    """A text in both languages."""

    zh: str
    en: str


class Judged(Struct, frozen=True):
    """A row as computed: the relation that counts, and beside it the one that was stated.

    ``code`` says why there is no order, or that it is the reviewer's; '' where it is computed.
    ``findings`` are what `check_row` finds; with one the row counts as incomparable.
    """

    row: Compared
    relation: Relation
    method: Method
    code: str
    findings: tuple[str, ...]


class Served(Struct, frozen=True):
    """What a report under one standard is worth for an indicator of the other, and why."""

    indicator: str
    worth: Worth
    code: str


class Serves(Struct, frozen=True):
    """What a report under ``under`` is worth for ``for_``, as a whole and row by row.

    ``full``: for every indicator that the other side asks; ``conditional``: for every one, some on
    a condition; ``partial``: for some; ``none``: for none, or the other side asks nothing here.
    """

    under: str
    for_: str
    degree: Degree
    rows: tuple[Served, ...]

    def of(self, worth: Worth) -> tuple[Served, ...]:
        """Return the rows of one worth."""
        return tuple(row for row in self.rows if row.worth == worth)


class Summary(Struct, frozen=True):
    """A comparison computed: its rows, and what a report under each side is worth on the other."""

    rows: tuple[Judged, ...]
    a_for_b: Serves
    b_for_a: Serves


@cache
def said() -> dict[str, Said]:
    """Return what each code means, in both languages."""
    return msgspec.toml.decode(
        Path(__file__).with_suffix(".toml").read_bytes(), type=dict[str, Said]
    )


def compare_limits(a: Limit, b: Limit) -> Relation:
    """Return which of two limits is stricter, by direction, value and unit.

    Raises:
        UnitError: a value or unit cannot be read, or the two do not convert.
    """
    return _related(a, b)[0]


def check_limit(limit: Limit) -> tuple[str, ...]:
    """Return what is wrong with a limit by itself: ``limit-incomplete``, or a code of units."""
    whole = {
        "words": limit.text is not UNSET and limit.value is UNSET and limit.upto is UNSET,
        "within": limit.value is not UNSET and limit.upto is not UNSET,
    }.get(limit.direction, limit.value is not UNSET and limit.upto is UNSET)
    if not whole:
        return ("limit-incomplete",)
    if limit.direction == "words":
        return ()
    if fault := unit_fault(_unit(limit)):
        return (fault,)
    try:
        low, high = _permitted(limit)
    except UnitError as error:
        return (error.detail_code,)
    backwards = low is not None and high is not None and low > high
    return ("limit-incomplete",) if backwards else ()


def check_row(row: Compared) -> tuple[str, ...]:
    """Return what is wrong with a row, as codes of `said`; none where it may be taken in.

    Units that do not convert are wrong where an order is stated; a row that is stated to be
    incomparable may have them. What is in words has the order that the reviewer states; a note lets
    a row with comparable values be called incomparable.
    """
    a, b = (None if side is UNSET else side for side in (row.a, row.b))
    sides = [code for side in (a, b) if side is not None for code in check_limit(side)]
    if sides:
        return tuple(dict.fromkeys(sides))
    if row.relation in {"only_a", "only_b"}:
        mine, other = (a, b) if row.relation == "only_a" else (b, a)
        return () if mine is not None and other is None else ("side-not-alone",)
    if a is None or b is None:
        return ("side-missing",)
    try:
        found, code = _related(a, b)
    except UnitError as error:
        return () if row.relation == "incomparable" else (error.detail_code,)
    if found == row.relation or code in _ORDER_UNKNOWN:
        return ()
    excused = row.relation == "incomparable" and (
        row.note is not UNSET or method_of(row) in {"other", "another_edition"}
    )
    return () if excused else ("relation-contradicted",)


def check_comparison(comparison: StandardComparison) -> tuple[tuple[int, str], ...]:
    """Return what is wrong with a comparison: (row, code); row -1 is the comparison itself."""
    found = [(-1, "same-edition")] if comparison.a == comparison.b else []
    seen: set[str] = set()
    for number, row in enumerate(comparison.rows):
        found += [(number, code) for code in check_row(row)]
        name = _words(row.indicator)
        found += [(number, "indicator-twice")] if name in seen else []
        seen.add(name)
    return tuple(found)


def method_of(row: Compared) -> Method:
    """Return whether both sides test by the same method, another edition of it, or another one."""
    a, b = (UNSET if side is UNSET else side.method for side in (row.a, row.b))
    if a is UNSET or b is UNSET:
        return "unstated"
    if a == b:
        return "same"
    return "another_edition" if identity(a) == identity(b) else "other"


def judge(row: Compared) -> Judged:
    """Return a row as computed; with a finding it counts as incomparable."""
    findings = check_row(row)
    method = method_of(row)
    if findings:
        return Judged(row, "incomparable", method, findings[0], findings)
    if row.a is UNSET or row.b is UNSET:
        return Judged(row, row.relation, method, "", ())
    try:
        found, code = _related(row.a, row.b)
    except UnitError as error:
        return Judged(row, "incomparable", method, error.detail_code, ())
    if found == row.relation:
        return Judged(row, found, method, code, ())
    return Judged(row, row.relation, method, "by-reviewer", ())


def summarise(comparison: StandardComparison) -> Summary:
    """Return a comparison computed: what a report under each side is worth for the other."""
    rows = tuple(judge(row) for row in comparison.rows)
    return Summary(
        rows,
        _serves(comparison.a, comparison.b, [(row, row.relation) for row in rows]),
        _serves(
            comparison.b,
            comparison.a,
            [(row, _SWAPPED.get(row.relation, row.relation)) for row in rows],
        ),
    )


def _serves(under: str, for_: str, rows: Iterable[tuple[Judged, Relation]]) -> Serves:
    """Sum up rows whose relation is told with ``under`` as side a."""
    served = tuple(Served(row.row.indicator, *_worth(row, relation)) for row, relation in rows)
    worths = {one.worth for one in served} - {"not_asked"}
    if not worths & {"satisfied", "on_condition"}:
        return Serves(under, for_, "none", served)
    if "not_satisfied" in worths:
        return Serves(under, for_, "partial", served)
    return Serves(under, for_, "conditional" if "on_condition" in worths else "full", served)


_NOT_BY_VALUE: Final[dict[Relation, tuple[Worth, str]]] = {
    "only_a": ("not_asked", "not-asked"),
    "stricter_b": ("not_satisfied", "stricter-there"),
    "only_b": ("not_satisfied", "only-there"),
}
_BY_METHOD: Final[dict[Method, tuple[Worth, str]]] = {
    "same": ("satisfied", "as-strict"),
    "another_edition": ("on_condition", "another-edition"),
    "other": ("not_satisfied", "other-method"),
}


def _worth(row: Judged, relation: Relation) -> tuple[Worth, str]:
    """Return what a result on side a is worth on side b."""
    if relation in _NOT_BY_VALUE:
        return _NOT_BY_VALUE[relation]
    if relation == "incomparable":
        return "not_satisfied", row.code
    if row.method in _BY_METHOD:
        return _BY_METHOD[row.method]
    if row.row.a is UNSET or row.row.a.direction != "words":
        return "on_condition", "method-unstated"
    return ("on_condition", row.code) if row.code else ("satisfied", "in-words")


def _related(a: Limit, b: Limit) -> tuple[Relation, str]:
    """Return the relation of two whole limits, and why there is no order where there is none."""
    if "words" in {a.direction, b.direction}:
        if a.direction != b.direction:
            return "incomparable", "words-and-number"
        alike = _words(_text(a)) == _words(_text(b))
        return ("same", "") if alike else ("incomparable", "words-differ")
    comparable(read_unit(_unit(a)), read_unit(_unit(b)))
    return _ordered(_permitted(a), _permitted(b), {a.direction, b.direction})


def _ordered(one: _Range, other: _Range, directions: set[str]) -> tuple[Relation, str]:
    if one == other:
        return "same", ""
    if _inside(one, other):
        return "stricter_a", ""
    if _inside(other, one):
        return "stricter_b", ""
    apart = _below(one, other) or _below(other, one)
    if directions == {"least", "most"}:
        return "incomparable", "opposite-directions"
    return "incomparable", "ranges-apart" if apart else "ranges-overlap"


def _permitted(limit: Limit) -> _Range:
    first = None if limit.value is UNSET else read_quantity(limit.value, _unit(limit)).base
    if limit.direction == "least":
        return first, None
    if limit.direction == "most":
        return None, first
    if limit.direction == "exactly" or limit.upto is UNSET:
        return first, first
    return first, read_quantity(limit.upto, _unit(limit)).base


def _inside(one: _Range, other: _Range) -> bool:
    (low, high), (lowest, highest) = one, other
    above = lowest is None or (low is not None and low >= lowest)
    return above and (highest is None or (high is not None and high <= highest))


def _below(one: _Range, other: _Range) -> bool:
    return one[1] is not None and other[0] is not None and one[1] < other[0]


def _unit(limit: Limit) -> str:
    return "" if limit.unit is UNSET else limit.unit


def _text(limit: Limit) -> str:
    return "" if limit.text is UNSET else limit.text


def _words(text: str) -> str:
    """Return a requirement without what makes no difference: width, spaces, the final stop."""
    return "".join(unicodedata.normalize("NFKC", text).split()).rstrip("。.；;").casefold()
