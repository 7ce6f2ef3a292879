"""A comparison of two standards, computed: which side is stricter, and what a report is worth."""

from typing import Annotated, Final

from litestar import get
from litestar.openapi.datastructures import ResponseSpec
from litestar.params import FromPath, PathParameter
from msgspec import Struct

from registry.access.standard_reads import compared
from registry.api.gate import ForAPurpose, ReadsDep
from registry.api.schemas import ProblemOut
from registry.standards.compare import Judged, Serves, said

_PROBLEMS: Final = {
    status: ResponseSpec(ProblemOut, description=text, media_type="application/problem+json")
    for status, text in (
        (401, "a credential that is not good"),
        (410, "not public, never existed, or `no-comparison`: no comparison"),
        (429, "too many requests; `Retry-After` says when to go on"),
    )
}
Index = Annotated[int, PathParameter(ge=0, le=2**53 - 1)]


class JudgedOut(Struct):
    """A row as computed: ``relation`` counts, ``stated`` is the record's.

    ``code`` says why there is no order, or that it is the reviewer's; '' where it is computed.
    """

    indicator: str
    relation: str
    stated: str
    method: str
    code: str
    zh: str
    en: str


class WorthOut(Struct):
    """What a report is worth: satisfied, on_condition, not_satisfied, not_asked; and why."""

    indicator: str
    worth: str
    code: str
    zh: str
    en: str


class ServesOut(Struct):
    """What a report under one edition is worth for the other: full, conditional, partial, none."""

    under: str
    for_edition: str
    degree: str
    rows: tuple[WorthOut, ...]


class ComparisonOut(Struct):
    """A comparison computed, in both directions."""

    rows: tuple[JudgedOut, ...]
    a_for_b: ServesOut
    b_for_a: ServesOut


@get(
    "/records/{host:str}/{segment:str}/{idx:int}/comparison",
    summary="A comparison of standards, computed",
    responses=_PROBLEMS,
    operation_class=ForAPurpose,
)
async def comparison(
    reads: ReadsDep, host: FromPath[str], segment: FromPath[str], idx: Index
) -> ComparisonOut:
    """By value and unit, indicator by indicator; a result counts only by the same method."""
    found = compared(await reads.record(f"{host}/{segment}", idx, reads.today())).summary
    rows = tuple(map(_judged, found.rows))
    return ComparisonOut(rows, _serves(found.a_for_b), _serves(found.b_for_a))


def _judged(one: Judged) -> JudgedOut:
    zh, en = _told(one.code)
    row = one.row
    return JudgedOut(row.indicator, one.relation, row.relation, one.method, one.code, zh, en)


def _serves(found: Serves) -> ServesOut:
    rows = tuple(WorthOut(r.indicator, r.worth, r.code, *_told(r.code)) for r in found.rows)
    return ServesOut(found.under, found.for_, found.degree, rows)


def _told(code: str) -> tuple[str, str]:
    """A code in words; '' for none."""
    found = said().get(code)
    return ("", "") if found is None else (found.zh, found.en)
