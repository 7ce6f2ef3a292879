"""What programs may ask: search, subjects, decisions, records, logs, rulebook."""

from datetime import date
from typing import Annotated, Final, Literal

from litestar import MediaType, Response, Router, get
from litestar.di import NamedDependency
from litestar.openapi.datastructures import ResponseSpec
from litestar.params import FromPath, FromQuery, PathParameter, QueryParameter, SkipValidation
from msgspec import Meta

from registry.api.book_files import book_file_schema, book_files
from registry.api.comparisons import comparison
from registry.api.entry import entry, permit_item
from registry.api.exports import ROUTES as EXPORTS
from registry.api.feeds import ROUTES as FEEDS
from registry.api.found_schemas import FoundOut
from registry.api.gate import ForAPurpose, ReadsDep
from registry.api.inbox import inbox
from registry.api.laboratories import laboratories
from registry.api.own import own
from registry.api.pushes import board, desk, joint_cases, propagation, use_drafts
from registry.api.quality import QUALITY
from registry.api.render import (
    decision_out,
    detail_out,
    found_out,
    log_out,
    relations_out,
    rulebook_out,
    subject_out,
)
from registry.api.reports import ROUTES as REPORTS
from registry.api.saved import ROUTES as SEARCHES
from registry.api.schemas import (
    DecisionOut,
    LogsOut,
    ProblemOut,
    RecordDetailOut,
    RelationsOut,
    RulebookOut,
    SubjectOut,
)
from registry.api.screenings import ROUTES as SCREENINGS
from registry.api.standard_cases import standard_cases
from registry.api.standards import ROUTES as STANDARDS
from registry.api.suggest import suggest
from registry.api.tables import table, tables
from registry.api.texts import records_search
from registry.api.types import type_schema, types
from registry.clock import Clock, today
from registry.domain.disclosure import State
from registry.domain.records.base import SeverityClass
from registry.issued.bundles import SUFFIX, Bundles
from search.query import FILTER_MAX, LIMIT_MAX, RECALL_MAX, TEXT_MAX, Query

ClockDep = NamedDependency[SkipValidation[Clock]]
SubjectId = Annotated[
    str, PathParameter(pattern="^[0-9a-f]{32}$", description="32 hex digits", title="Subject")
]
Index = Annotated[int, PathParameter(ge=0, le=2**53 - 1)]
Text = Annotated[
    str, QueryParameter(min_length=1, max_length=TEXT_MAX, description="Name, code or number")
]
Kind = Literal["registration", "permit", "penalty", "list_entry"]
Cities = Annotated[
    list[Annotated[str, Meta(pattern="^[0-9]{6}$")]] | None,
    QueryParameter(max_items=FILTER_MAX, description="Member codes (GB/T 2260)"),
]
Kinds = Annotated[list[Kind] | None, QueryParameter(max_items=4, description="Record types")]
Classes = Annotated[
    list[SeverityClass] | None,
    QueryParameter(max_items=4, description="Classes of penalties, lists"),
]
Word = Annotated[str, QueryParameter(max_length=64, pattern=r"^[\w-]*$")]
Place = Annotated[
    str, QueryParameter(pattern="^[0-9]{6}$", description="Member code of the territory")
]


_PROBLEMS: Final = {
    status: ResponseSpec(ProblemOut, description=text, media_type="application/problem+json")
    for status, text in (
        (400, "a parameter is out of bounds, or the purpose is missing"),
        (401, "a credential that is not good"),
        (403, "outside of what the credential grants"),
        (404, "no such thing"),
        (410, "not public, or never existed"),
        (429, "too many requests; `Retry-After` says when to go on"),
        (503, "not now"),
    )
}


@get("/search", summary="Find subjects", responses=_PROBLEMS, operation_class=ForAPurpose)
async def search(  # noqa: PLR0913 - one argument for each parameter of the interface
    *,
    reads: ReadsDep,
    q: Text,
    city: Cities = None,
    type: Kinds = None,  # noqa: A002 - the parameter is called so
    severity: Classes = None,
    record_state: Annotated[
        list[State] | None,
        QueryParameter(name="state", max_items=7, description="What has become of a record"),
    ] = None,
    date_from: FromQuery[date | None] = None,
    date_to: FromQuery[date | None] = None,
    limit: Annotated[int, QueryParameter(ge=1, le=LIMIT_MAX)] = 20,
    offset: Annotated[int, QueryParameter(ge=0, le=RECALL_MAX)] = 0,
) -> FoundOut:
    """Codes and numbers exactly, names by normal forms; every answer says what it spans."""
    query = Query(
        text=q,
        cities=tuple(city or ()),
        types=tuple(type or ()),
        severities=tuple(severity or ()),
        date_from=date_from,
        date_to=date_to,
        limit=limit,
        offset=offset,
    )
    return found_out(await reads.find(query, record_state or ()))


@get(
    "/subjects/{subject_id:str}",
    summary="A subject's file",
    responses=_PROBLEMS,
    operation_class=ForAPurpose,
)
async def subject(
    *,
    reads: ReadsDep,
    subject_id: SubjectId,
    territory: Annotated[
        str, QueryParameter(pattern="^([0-9]{6})?$", description="Member code; empty: no decision")
    ] = "",
    matter: Word = "",
    organ_kind: Word = "",
    on: FromQuery[date | None] = None,
) -> SubjectOut:
    """Names over time, codes, every record that may be shown, and what applies in a territory."""
    day = on or reads.today()
    if not territory:
        return subject_out(await reads.subject_file(subject_id, day))
    asked = (subject_id, (territory,), matter, organ_kind, day)
    file, (decided,) = await reads.decided_file(*asked)
    return subject_out(file, decided)


@get(
    "/subjects/{subject_id:str}/relations",
    summary="Who else a subject has to do with",
    responses=_PROBLEMS,
    operation_class=ForAPurpose,
)
async def relations(
    reads: ReadsDep, clock: ClockDep, subject_id: SubjectId, on: FromQuery[date | None] = None
) -> RelationsOut:
    """Branches, parents, consortia, and who else it is or is not judged to be, with reasons."""
    return relations_out(await reads.relations(subject_id, on or today(clock)))


@get(
    "/subjects/{subject_id:str}/decision",
    summary="What applies here, in this matter, then",
    responses=_PROBLEMS,
    operation_class=ForAPurpose,
)
async def decision(  # noqa: PLR0913 - one argument for each parameter of the interface
    *,
    reads: ReadsDep,
    clock: ClockDep,
    subject_id: SubjectId,
    territory: Place,
    matter: Word = "",
    organ_kind: Word = "",
    on: FromQuery[date | None] = None,
    known_on: FromQuery[date | None] = None,
) -> DecisionOut:
    """措施适用提示 with reasons and legal bases; an empty matter means every matter.

    ``on`` is when it is to hold in law, ``known_on`` what was known by the end of that day, as far
    as it may still be shown.
    """
    asked = (subject_id, territory, matter, organ_kind, on or today(clock))
    return decision_out(await reads.decide(*asked, known_on=known_on))


@get(
    "/subjects/{subject_id:str}/decision/file",
    summary="A decision to take away and make again",
    responses=_PROBLEMS,
    operation_class=ForAPurpose,
    media_type=MediaType.JSON,
)
async def decision_file(  # noqa: PLR0913 - one argument for each parameter of the interface
    *,
    reads: ReadsDep,
    clock: ClockDep,
    subject_id: SubjectId,
    territory: Place,
    matter: Word = "",
    organ_kind: Word = "",
    on: FromQuery[date | None] = None,
    known_on: FromQuery[date | None] = None,
) -> Response[bytes]:
    """Everything the decision rests on, as its asker may see it; ``registry replay`` reads it."""
    asked = (subject_id, territory, matter, organ_kind, on or today(clock))
    answer = await reads.decide(*asked, known_on=known_on)
    name = f'attachment; filename="decision-{territory}.json"'
    return Response(await reads.decision_file(answer), headers={"Content-Disposition": name})


@get(
    "/records/{host:str}/{segment:str}/{idx:int}",
    summary="A record with its proof",
    responses=_PROBLEMS,
    operation_class=ForAPurpose,
)
async def record(
    reads: ReadsDep, clock: ClockDep, host: FromPath[str], segment: FromPath[str], idx: Index
) -> RecordDetailOut:
    """410 for what may not be shown and for what never existed, byte for byte alike."""
    return detail_out(await reads.record(f"{host}/{segment}", idx, today(clock)))


@get(
    "/records/{host:str}/{segment:str}/{idx:int}/bundle",
    summary="A record to take away",
    responses=_PROBLEMS,
    operation_class=ForAPurpose,
    media_type=MediaType.TEXT,
)
async def record_bundle(
    reads: ReadsDep,
    clock: ClockDep,
    bundles: NamedDependency[SkipValidation[Bundles]],
    host: FromPath[str],
    segment: FromPath[str],
    idx: Index,
) -> Response[bytes]:
    """The record with all its proof needs, signed; ``python -m signing verify`` reads it offline.

    410 for what may not be passed on and for what never existed, byte for byte alike.
    """
    detail = await reads.record(f"{host}/{segment}", idx, today(clock))
    file = bundles.seal(detail, reads.asker.grant.role)
    name = f'attachment; filename="{segment}-{idx}{SUFFIX}"'
    return Response(file, media_type=MediaType.TEXT, headers={"Content-Disposition": name})


@get("/logs", summary="The logs of the members", responses=_PROBLEMS)
async def logs(reads: ReadsDep) -> LogsOut:
    """Size, root and freshness of every log of the charter."""
    return LogsOut(tuple(log_out(view) for view in await reads.logs()))


@get("/rulebook", summary="The rulebook in force", responses=_PROBLEMS)
async def rulebook(reads: ReadsDep, on: FromQuery[date | None] = None) -> RulebookOut:
    """Rules, and which member adopted which."""
    return rulebook_out(await reads.rulebook(on))


def answers() -> Router:
    """The routes under ``/api/v1``."""
    handlers = [search, subject, relations, decision, decision_file, record, logs, rulebook]
    handlers += [record_bundle, suggest]
    handlers += [desk, board, joint_cases, propagation, use_drafts]
    handlers += [own, inbox, types, type_schema, tables, table, book_files, book_file_schema]
    handlers += [entry, permit_item, standard_cases, comparison, laboratories]
    handlers += [records_search, *FEEDS, *STANDARDS, *SCREENINGS, *QUALITY, *SEARCHES]
    handlers += [*REPORTS, *EXPORTS]
    return Router("/api/v1", route_handlers=handlers, tags=["answers"])
