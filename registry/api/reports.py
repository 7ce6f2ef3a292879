"""Reports (都市圈信用信息查询报告) for programs: taken, handed out, asked about by code."""

from datetime import date, datetime
from typing import Annotated, Final, Literal

import msgspec
from litestar import MediaType, Response, get, post
from litestar.di import NamedDependency
from litestar.openapi.datastructures import ResponseSpec
from litestar.params import FromPath, JSONBody, SkipValidation
from msgspec import Meta, Struct

from registry.api.gate import ReadsDep
from registry.api.schemas import ProblemOut
from registry.reports.desk import Reports
from registry.reports.model import State, TakenView, Wish
from registry.reports.sections import SECTIONS
from signing.report import Asked, Proven, Report

ReportsDep = NamedDependency[SkipValidation[Reports]]
Section = Literal[
    "administrative",
    "honest",
    "serious",
    "anomaly",
    "commitment",
    "evaluation",
    "judicial",
    "other",
]
_PROBLEMS: Final = {
    status: ResponseSpec(ProblemOut, description=text, media_type="application/problem+json")
    for status, text in (
        (400, "a field is missing or out of bounds"),
        (401, "no credential, or one that is not good"),
        (404, "no such subject or report, or none of yours"),
        (410, "not handed out any more"),
        (413, "more records than one report holds"),
        (429, "too many reports in a day; `Retry-After` says when to go on"),
        (503, "not now"),
    )
}


class ReportIn(Struct, forbid_unknown_fields=True):
    """What a report is wanted for; whom it is about says the credential.

    Days are those of decision, both in; without them all time. ``territory``, a member's code: what
    measures are indicated there, in a ``matter`` or in every one. Purpose and asker are kept 365
    days, and shown to the subject.
    """

    purpose: str
    since: date | None = None
    until: date | None = None
    sections: tuple[Section, ...] = SECTIONS
    territory: Annotated[str, Meta(pattern="^([0-9]{6})?$")] = ""
    matter: Annotated[str, Meta(pattern=r"^[\w-]{0,64}$")] = ""


class SealedReportOut(Struct):
    """The signed file, format ``registry-report@v1``; keep it byte for byte."""

    format: str
    proven: tuple[Proven, ...]
    report: Report
    signatures: tuple[str, ...]


class ReportOut(Struct):
    """A report by its code: that it was issued, and how it stands now.

    ``state``: ``same`` - asked again now, it says the same; ``changed`` - it no longer reflects the
    present; ``past`` - its content is kept no longer. ``asked`` is given only while it is the same;
    the words must stand beside whatever is told.
    """

    code: str
    digest: str
    issued_at: datetime
    at: datetime
    state: State
    asked: Asked | None
    words_zh: str
    words_en: str


class TakenOut(Struct):
    """A report that somebody took: who, in which role, when, for what, over what."""

    code: str
    digest: str
    issued_at: datetime
    role: str
    taken_by: str
    taken_by_code: str
    purpose: str
    since: date | None
    until: date | None
    sections: tuple[str, ...]


@post(
    "/reports",
    tags=["reports"],
    summary="Take a report",
    responses={201: ResponseSpec(SealedReportOut, description="The signed file"), **_PROBLEMS},
)
async def issue(data: JSONBody[ReportIn], reads: ReadsDep, reports: ReportsDep) -> Response[bytes]:
    """About yourself, or about whom has authorised you for this very purpose."""
    wish = Wish(**msgspec.structs.asdict(data))
    issued = await reports.issue(reads, wish)
    headers = {"Location": f"/api/v1/reports/{issued.code}"}
    return Response(issued.file, media_type=MediaType.JSON, headers=headers)


@get("/reports/{code:str}", tags=["reports"], summary="Check a report", responses=_PROBLEMS)
async def report(code: FromPath[str], reports: ReportsDep) -> ReportOut:
    """Whether this node issued it, its digest, and whether it still reflects the present."""
    view = await reports.view(code)
    words = view.words
    asked = None if view.said is None else view.said.asked
    told = (view.code, view.digest, view.issued_at, view.at, view.state, asked)
    return ReportOut(*told, words.zh, words.en)


@get(
    "/reports/{code:str}/file",
    tags=["reports"],
    summary="The file of a report",
    responses={200: ResponseSpec(SealedReportOut, description="The signed file"), **_PROBLEMS},
)
async def file(code: FromPath[str], reads: ReadsDep, reports: ReportsDep) -> Response[bytes]:
    """For who took it and for its subject, for 30 days, while all of it may be used."""
    found, said, _ = await reports.file(reads, code)
    headers = {"Content-Disposition": f'attachment; filename="report-{said.code}.json"'}
    return Response(found, media_type=MediaType.JSON, headers=headers)


ROUTES: Final = (issue, report, file)


def taken_out(view: TakenView) -> TakenOut:
    """A report in the list that its subject sees."""
    taken = view.taken
    return TakenOut(
        *(view.code, view.digest, view.issued_at, taken.role, taken.name, taken.code),
        *(taken.purpose, taken.since, taken.until, taken.sections),
    )
