"""Laboratories by name or by a method in their scope: whose licence is valid on a day."""

from datetime import date
from typing import Annotated, Final

import msgspec
from litestar import get
from litestar.openapi.datastructures import ResponseSpec
from litestar.params import FromQuery, QueryParameter
from msgspec import Struct

from registry.api.gate import ReadsDep
from registry.api.render import coverage_out
from registry.api.schemas import CoverageOut, ProblemOut
from registry.api.standards import NUMBER_MAX
from registry.query.laboratories import NAME_MAX

_PROBLEMS: Final = {
    status: ResponseSpec(ProblemOut, description=text, media_type="application/problem+json")
    for status, text in (
        (400, "neither a name nor a method (`nothing-asked`), or what cannot be a number"),
        (401, "a credential that is not good"),
        (429, "too many requests; `Retry-After` says when to go on"),
    )
}


class ScopeItemOut(Struct):
    """What may be tested: object, parameter, and the method in its edition."""

    item: str
    method: str
    parameter: str
    limits: str


class LicenceOut(Struct):
    """A licence as its record states it; ``state`` (not_yet, valid, expired) on the day asked for.

    ``items`` are the first of ``count``; with a method asked for only those of that standard, in
    whichever edition: a report by another edition than is named is not in scope.
    """

    name: str
    uscc: str
    mark: str
    certificate_no: str
    valid_from: date
    valid_until: date
    state: str
    items: tuple[ScopeItemOut, ...]
    count: int
    member: str
    member_name: str
    origin: str
    idx: int


class LaboratoriesOut(Struct):
    """Valid licences first; not ``whole``: there are more. None is not "has no licence"."""

    on: date
    method: str
    licences: tuple[LicenceOut, ...]
    whole: bool
    coverage: CoverageOut


@get("/laboratories", summary="Laboratories and what they may test", responses=_PROBLEMS)
async def laboratories(
    reads: ReadsDep,
    name: Annotated[str, QueryParameter(max_length=NAME_MAX, description="Part of a name")] = "",
    method: Annotated[str, QueryParameter(max_length=NUMBER_MAX, description="GB/T 2423.1")] = "",
    on: FromQuery[date | None] = None,
) -> LaboratoriesOut:
    """By a part of the name, by a method in scope, or both; public records alone."""
    view = await reads.standards.laboratories(name, method, on or reads.today())
    found = tuple(msgspec.convert(one, LicenceOut, from_attributes=True) for one in view.licences)
    return LaboratoriesOut(view.on, view.method, found, view.whole, coverage_out(view.coverage))
