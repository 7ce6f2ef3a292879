"""The checks of a comparison of two standards: row by row, each side, and what they come to."""

from collections.abc import Iterator
from decimal import Decimal
from typing import Final

from msgspec import UNSET, UnsetType

from registry.domain.records.standards import Compared, Limit, StandardComparison
from registry.ingest.checks_codes import MAX_FINDINGS, NONE, Findings, at, at_each
from registry.ingest.checks_numbers import number_said, same_number
from registry.ingest.checks_shape import show
from registry.ingest.reasons import Finding, finding
from registry.ingest.words import gloss
from registry.standards.compare import check_row
from registry.standards.compare import said as told

_SIDES: Final = {"only_a": (True, False), "only_b": (False, True)}
"""Relations of which one side is there alone; of all others both are."""
_REASONS: Final = {
    "relation-contradicted": "relation-contradicted",
    "unit-unknown": "unit-unreadable",
    "unit-ambiguous": "unit-unreadable",
}
"""By code of the comparison; all others are of units that do not convert."""
_NEEDS: Final = {
    "least": (True, False),
    "most": (True, False),
    "exactly": (True, False),
    "within": (True, True),
    "words": (False, False),
}
"""By direction: whether a limit has ``value``, and whether it has ``upto``."""


def two_standards(record: StandardComparison) -> Findings:
    """A standard is compared with another one, in one edition each."""
    if same_number(record.a, record.b):
        return (finding("compared-with-itself", "/b", value=show(record.b)),)
    return NONE


def compared_rows(record: StandardComparison) -> Findings:
    """Each row: its sides, their limits, and whether the relation is what they say."""
    found = at_each("/rows", map(_row_findings, record.rows))
    names = [row.indicator for row in record.rows]
    seen: set[str] = set()
    for index, name in enumerate(names):
        if name in seen and len(found) < MAX_FINDINGS:
            found.append(finding("indicator-twice", f"/rows/{index}/indicator", value=show(name)))
        seen.add(name)
    return tuple(found)


def _row_findings(row: Compared) -> Findings:
    found = [*_limit("/a", row.a), *_limit("/b", row.b)]
    there = (row.a is not UNSET, row.b is not UNSET)
    if there != _SIDES.get(row.relation, (True, True)):
        said = {"value_zh": gloss("relation", row.relation), "value": row.relation}
        found.append(finding("row-sides", "/relation", **said))
    if found or row.a is UNSET or row.b is UNSET:
        return tuple(found)
    return tuple(_of_both(row, row.a, row.b))


def _of_both(row: Compared, a: Limit, b: Limit) -> Iterator[Finding]:
    if "words" in {a.direction, b.direction}:
        return
    if (a.unit is UNSET) != (b.unit is UNSET):
        side, unit = ("a", b.unit) if a.unit is UNSET else ("b", a.unit)
        yield finding("unit-one-side", f"/{side}/unit", value=show(unit))
        return
    said = {"value_zh": gloss("relation", row.relation), "value": row.relation}
    for code in check_row(row):
        what = {"detail_zh": told()[code].zh, "detail": told()[code].en}
        yield finding(_REASONS.get(code, "quantities-differ"), "/relation", **said, **what)


def _limit(pointer: str, limit: Limit | UnsetType) -> list[Finding]:
    """Return what is wrong with one side: what its direction needs, its method, its order."""
    if limit is UNSET:
        return []
    found = []
    value, upto = _NEEDS[limit.direction]
    if (
        value is (limit.value is UNSET)
        or upto is (limit.upto is UNSET)
        or (limit.direction == "words") > (limit.text is not UNSET)
    ):
        said = {"value_zh": gloss("direction", limit.direction), "value": limit.direction}
        found.append(finding("limit-incomplete", f"{pointer}/direction", **said))
    elif limit.upto is not UNSET and Decimal(limit.upto) < Decimal(str(limit.value)):
        found.append(finding("limit-upside-down", f"{pointer}/upto", value=limit.upto))
    if limit.method is not UNSET:
        found += at(f"{pointer}/method", number_said(limit.method))
    return found
