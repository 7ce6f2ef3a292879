"""The quality of data over the interface: figures, what they were divided from, positions."""

from typing import Annotated, Final

from litestar import get
from litestar.di import NamedDependency
from litestar.openapi.datastructures import ResponseSpec
from litestar.params import FromPath, QueryParameter, SkipValidation
from msgspec import Struct

from registry.access.asker import Asker
from registry.api.schemas import ProblemOut
from registry.quality.definitions import DIGEST
from registry.quality.figures import Judged, Value
from registry.quality.views import (
    Line,
    MemberQuality,
    Position,
    Quality,
    month_text,
    parse_month,
)

QualityDep = NamedDependency[SkipValidation[Quality]]
AskerDep = NamedDependency[SkipValidation[Asker]]
Month = Annotated[str, QueryParameter(max_length=7, description="The last month, as 2026-10")]
Unit = Annotated[str, QueryParameter(max_length=200, description="A source unit, by its name")]
_PROBLEMS: Final = {
    status: ResponseSpec(ProblemOut, description=text, media_type="application/problem+json")
    for status, text in (
        (400, "what is no month"),
        (401, "a credential that is not good"),
        (404, "no such member, or a department that you may not see figures of"),
        (429, "too many requests; `Retry-After` says when to go on"),
    )
}


class LineOut(Struct):
    """Figures of a month, type or department; ``few``: too few records to be told about here."""

    key: str
    few: bool
    figures: dict[str, Value]


class MemberQualityOut(Struct):
    """A member over twelve months; ``whole``: with the figures that are not for everybody."""

    member: str
    name: str
    whole: bool
    total: LineOut
    months: tuple[LineOut, ...]
    level: str
    levels: tuple[Judged, ...]


class QualityOut(Struct):
    """Members over the twelve months up to one, by which definitions, from which positions."""

    until: str
    definitions: str
    members: tuple[MemberQualityOut, ...]
    positions: tuple[Position, ...]


class CodeOut(Struct):
    """A finding of the checks: its code, error or warning, and on how many records."""

    code: str
    level: str
    number: int


class StatementOut(Struct):
    """A month of a member or of one of its departments."""

    member: str
    month: str
    unit: str
    whole: bool
    definitions: str
    total: LineOut
    types: tuple[LineOut, ...]
    units: tuple[LineOut, ...]
    findings: tuple[CodeOut, ...]
    positions: tuple[Position, ...]


@get("/quality", summary="The quality of each member's data", responses=_PROBLEMS)
async def quality(quality: QualityDep, until: Month = "") -> QualityOut:
    """Members in the order of the charter, never ranked: the same for whoever asks.

    Shares are in thousandths, days are working days.
    """
    found = await quality.region(parse_month(until) if until else None)
    members = tuple(map(_member, found.members))
    return QualityOut(month_text(found.until), DIGEST, members, found.positions)


@get("/quality/{member:str}", summary="The quality of one member's data", responses=_PROBLEMS)
async def member_quality(
    member: FromPath[str], quality: QualityDep, asker: AskerDep, until: Month = ""
) -> QualityOut:
    """By month, with its level and which criteria fail by how much."""
    asked = parse_month(until) if until else None
    found, last = await quality.member(member, asker.grant, asked)
    positions = await quality.positions()
    return QualityOut(month_text(last), DIGEST, (_member(found),), positions)


@get(
    "/quality/{member:str}/{month:str}",
    summary="The statement of a month",
    responses=_PROBLEMS,
)
async def statement(
    member: FromPath[str],
    month: FromPath[str],
    quality: QualityDep,
    asker: AskerDep,
    unit: Unit = "",
) -> StatementOut:
    """By record type; by department and finding for who sees all of the member's figures."""
    found = await quality.statement(member, asker.grant, parse_month(month), unit)
    return StatementOut(
        *(found.member, month, found.unit, found.whole, DIGEST, _line(found.total)),
        types=tuple(map(_line, found.types)),
        units=tuple(map(_line, found.units)),
        findings=tuple(CodeOut(*one) for one in found.codes),
        positions=found.positions,
    )


def _member(one: MemberQuality) -> MemberQualityOut:
    months = tuple(map(_line, one.months))
    said = (one.member, one.name, one.whole, _line(one.total), months, one.level, one.levels)
    return MemberQualityOut(*said)


def _line(one: Line) -> LineOut:
    return LineOut(one.key, one.few, dict(one.values))


QUALITY: Final = (quality, member_quality, statement)
