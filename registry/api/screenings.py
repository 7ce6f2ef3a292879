"""Screenings of lists for programs: made, looked at by pages, judged, taken away, removed."""

import asyncio
from dataclasses import dataclass
from datetime import date
from typing import Annotated, Final, Literal

from litestar import Request, delete, get, post
from litestar.datastructures import State
from litestar.di import NamedDependency
from litestar.openapi.datastructures import ResponseSpec
from litestar.openapi.spec import (
    OpenAPIFormat,
    OpenAPIMediaType,
    OpenAPIType,
    RequestBody,
    Schema,
)
from litestar.params import FromQuery, JSONBody, PathParameter, QueryParameter, SkipValidation
from litestar.response import Stream

from registry.api.gate import ForAPurpose, ReadsDep
from registry.api.render import coverage_out
from registry.api.schemas import ProblemOut
from registry.api.screening_schemas import (
    JudgedOut,
    MatchOut,
    ScreenedRowOut,
    ScreenedRowsOut,
    ScreeningCountsOut,
    ScreeningJudgement,
    ScreeningOut,
    ScreeningsOut,
)
from registry.issued.voucher import DISCLAIMER_ZH
from registry.screening.desk import FILE_MAX, PAGE_MAX, Screenings, Wanted, Wish
from registry.screening.lists import BODY_MAX, read_list
from registry.screening.model import Match, RowView, ScreeningView
from registry.screening.written import NOT_FOUND, TYPES, Format, file_of

ScreeningsDep = NamedDependency[SkipValidation[Screenings]]
NOT_FOUND_EN: Final = (
    "nothing was found within the coverage; this does not mean that there is no such subject, nor "
    "that it has no records"
)
_PROBLEMS: Final = {
    status: ResponseSpec(ProblemOut, description=text, media_type="application/problem+json")
    for status, text in (
        (400, "no list that can be read, no member's territory, or the purpose is missing"),
        (401, "no credential, or one that is not good"),
        (403, "outside of what the credential grants"),
        (404, "no such screening of yours, or no such row"),
        (413, "more rows, bytes or screenings than at once"),
        (429, "too many requests; `Retry-After` says when to go on"),
        (503, "not now"),
    )
}
Id = Annotated[str, PathParameter(pattern="^[0-9a-f]{32}$", description="32 hex digits")]
Place = Annotated[str, QueryParameter(pattern="^[0-9]{6}$", description="Member code")]
Word = Annotated[str, QueryParameter(max_length=64, pattern=r"^[\w-]*$")]
Kind = Literal["", "found", "uncertain", "not_found", "bad"]
Effect = Literal["", "bar", "restrict", "consider", "manage", "notice", "autonomous", "favour"]


@dataclass
class TakesList(ForAPurpose):
    """An operation whose body is a list, in whichever of three formats."""

    def __post_init__(self) -> None:
        """Name the body, which no annotation of the handler shows."""
        super().__post_init__()
        text = OpenAPIMediaType(schema=Schema(type=OpenAPIType.STRING, format=OpenAPIFormat.BINARY))
        self.request_body = RequestBody(
            content=dict.fromkeys((*TYPES.values(), "application/json"), text),
            required=True,
            description="A CSV or workbook with a column 名称 (name), 统一社会信用代码 (code) or "
            "both, or without headers; JSON: texts or objects with `name` and `code`.",
        )


@post(
    "/screenings",
    status_code=202,
    summary="Have a list screened",
    request_max_body_size=BODY_MAX,
    operation_class=TakesList,
    operation_id="MakeScreening",
    responses=_PROBLEMS,
)
async def make(  # noqa: PLR0913 - one argument for each parameter of the interface
    *,
    request: Request[None, None, State],
    reads: ReadsDep,
    screenings: ScreeningsDep,
    territory: Place,
    matter: Word = "",
    organ_kind: Word = "",
    on: FromQuery[date | None] = None,
    name: Annotated[str, QueryParameter(max_length=FILE_MAX, description="Of the list")] = "",
) -> ScreeningOut:
    """Up to 50,000 rows; the work goes on after the answer, and whatever stops the node."""
    await reads.to_screen(territory, matter)
    listed = await asyncio.to_thread(read_list, await request.body())
    wish = Wish(territory, matter, organ_kind, on or reads.today(), name)
    return screening_out(await screenings.make(reads, wish, listed))


@get("/screenings", summary="Your screenings", responses=_PROBLEMS)
async def screenings_of(reads: ReadsDep, screenings: ScreeningsDep) -> ScreeningsOut:
    """Each is its owner's alone: who showed the credential that it was made with."""
    return ScreeningsOut(tuple(map(screening_out, await screenings.all(reads))))


@get("/screenings/{screening:str}", summary="How a screening stands", responses=_PROBLEMS)
async def screening(screening: Id, reads: ReadsDep, screenings: ScreeningsDep) -> ScreeningOut:
    """Progress, counts, and the known set."""
    return screening_out(await screenings.view(reads, screening))


@get(
    "/screenings/{screening:str}/rows",
    summary="The results, page by page",
    responses=_PROBLEMS,
    operation_class=ForAPurpose,
)
async def rows(  # noqa: PLR0913 - one argument for each parameter of the interface
    *,
    screening: Id,
    reads: ReadsDep,
    screenings: ScreeningsDep,
    after: Annotated[int, QueryParameter(ge=0, le=50_000, description="The last cursor")] = 0,
    kind: FromQuery[Kind] = "",
    effect: FromQuery[Effect] = "",
    limit: Annotated[int, QueryParameter(ge=1, le=PAGE_MAX)] = 50,
) -> ScreenedRowsOut:
    """Who each row is or may be and why, and what applies; by what may be shown now."""
    page = await screenings.page(reads, screening, Wanted(after, kind, effect), limit)
    out = tuple(map(row_out, page.rows))
    coverage = coverage_out(await reads.coverage())
    return ScreenedRowsOut(out, page.after, NOT_FOUND, NOT_FOUND_EN, DISCLAIMER_ZH, coverage)


@get(
    "/screenings/{screening:str}/file",
    summary="The results to take away",
    responses=_PROBLEMS,
    operation_class=ForAPurpose,
)
async def file(
    screening: Id,
    reads: ReadsDep,
    screenings: ScreeningsDep,
    answer: Annotated[Format, QueryParameter(description="Format of the file")] = "xlsx",
) -> Stream:
    """As CSV or workbook, every cell a text that no program calculates."""
    pieces, headers = await file_of(reads, screenings, screening, answer)
    return Stream(pieces, media_type=TYPES[answer], headers=headers)


@post(
    "/screenings/{screening:str}/judgements",
    status_code=200,
    summary="Say whether a row is a subject",
    responses=_PROBLEMS,
    operation_class=ForAPurpose,
)
async def judge(
    screening: Id,
    data: JSONBody[ScreeningJudgement],
    reads: ReadsDep,
    screenings: ScreeningsDep,
) -> ScreenedRowOut:
    """Remembered for your later screenings, and told there with who and when."""
    said = (data.subject, data.judgement, data.reason)
    return row_out(await screenings.judge(reads, screening, data.row, said))


@post(
    "/screenings/{screening:str}/again",
    status_code=202,
    summary="Screen the same rows again",
    responses=_PROBLEMS,
    operation_class=ForAPurpose,
)
async def again(screening: Id, reads: ReadsDep, screenings: ScreeningsDep) -> ScreeningOut:
    """As of the same known set; `same` of `compared` tells whether both say the same."""
    return screening_out(await screenings.again(reads, screening))


@post(
    "/screenings/{screening:str}/resume",
    status_code=202,
    summary="Try a screening again that had failed",
    responses=_PROBLEMS,
)
async def resume(screening: Id, reads: ReadsDep, screenings: ScreeningsDep) -> ScreeningOut:
    """It goes on where the last rows were stored."""
    await screenings.resume(reads, screening)
    return screening_out(await screenings.view(reads, screening))


@delete("/screenings/{screening:str}", summary="Remove a screening", responses=_PROBLEMS)
async def remove(screening: Id, reads: ReadsDep, screenings: ScreeningsDep) -> None:
    """With its rows and results; what was judged is remembered."""
    await screenings.remove(reads, screening)


ROUTES: Final = (make, screenings_of, screening, rows, file, judge, again, resume, remove)


def screening_out(view: ScreeningView) -> ScreeningOut:
    """A screening and how it stands."""
    asked, counts = view.question, view.counts
    reasons = {f"{kind}/{reason}": rows for (kind, reason), rows in counts.reasons.items()}
    return ScreeningOut(
        id=view.id,
        state=view.state,
        lines=view.lines,
        done=view.done,
        made_at=view.made_at,
        kept_until=view.kept_until,
        territory=asked.territory,
        matter=asked.matter,
        organ_kind=asked.organ_kind,
        on=asked.on,
        purpose=asked.asking.purpose,
        file=asked.file,
        header=asked.header,
        left_out=asked.left_out,
        known={origin: f"{size}:{root}" for origin, (size, root) in asked.known.items()},
        counts=ScreeningCountsOut(dict(counts.kinds), reasons, dict(counts.effects)),
        degraded=view.degraded,
        like=asked.like,
        same=view.same,
        compared=view.compared,
    )


def row_out(view: RowView) -> ScreenedRowOut:
    """A row and what came of it."""
    asked, outcome = view.asked, view.outcome
    return ScreenedRowOut(
        *(asked.row, asked.line, asked.name, asked.code, asked.note, asked.same_as),
        *(outcome.kind, outcome.reason, outcome.effect),
        tuple(map(_match_out, outcome.matches)),
        tuple(map(_match_out, outcome.apart)),
        outcome.decision,
    )


def _match_out(match: Match) -> MatchOut:
    return MatchOut(
        *(match.subject_id, match.name, match.code, match.former_names, match.cities),
        *(match.certainty, match.sure, match.reasons),
        _judged_out(match),
    )


def _judged_out(match: Match) -> JudgedOut | None:
    one = match.judged
    if one is None:
        return None
    return JudgedOut(one.judgement, one.judged_by, one.reason, one.judged_at)
