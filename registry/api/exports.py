"""Exports to other doors for programs: made, listed, taken away, and what came back handed in."""

from datetime import date, datetime
from typing import Annotated, Final, Literal

from litestar import Request, Response, get, post
from litestar.datastructures import State
from litestar.di import NamedDependency
from litestar.openapi.datastructures import ResponseSpec
from litestar.params import FromQuery, JSONBody, PathParameter, QueryParameter, SkipValidation
from msgspec import Meta, Struct

from registry.api.gate import ReadsDep
from registry.api.schemas import ProblemOut
from registry.exports.cells import Problem
from registry.exports.desk import Exports, Listed, Matched
from registry.exports.model import MEDIA, Made, Wish, checked, name_of
from registry.exports.returns import BODY_MAX, Unmatched
from registry.exports.templates import Form, Format, Kind, What

ExportsDep = NamedDependency[SkipValidation[Exports]]
Number = Annotated[int, PathParameter(ge=1, le=2**31 - 1, description="Of the member's ledger")]
_PROBLEMS: Final = {
    status: ResponseSpec(ProblemOut, description=text, media_type="application/problem+json")
    for status, text in (
        (400, "not what can be exported, or no file that comes back"),
        (401, "no credential, or one that is not good"),
        (403, "not of the desk's staff, or no reader of identity documents"),
        (404, "no such export of yours"),
        (409, "a record has ended since, or somebody else has exported the same"),
        (413, "more bytes, rows or files than there may be"),
        (429, "too many requests; `Retry-After` says when to go on"),
        (503, "not now, or the file does not come out the same"),
    )
}


class ExportIn(Struct, forbid_unknown_fields=True):
    """What is wanted; days are inclusive, `after` is where the file before ended."""

    door: Annotated[str, Meta(max_length=40)]
    kind: Kind
    form: Form = "entity"
    format: Format = "xlsx"
    what: What = "new"
    department: Annotated[str, Meta(pattern="^[0-9]{4}$")] = "0000"
    unit: Annotated[str, Meta(max_length=200)] = ""
    decided_from: date | None = None
    decided_to: date | None = None
    admitted_from: date | None = None
    admitted_to: date | None = None
    submission: Annotated[str, Meta(max_length=32)] = ""
    parcel: Annotated[int, Meta(ge=0)] = 0
    after: Annotated[int, Meta(ge=0)] = 0


class LeftOut(Struct):
    """A record that is not in the file (`stops`), or may come back; `column` is a code."""

    idx: int
    code: str
    column: str
    length: int
    limit: int
    stops: bool


class MadeOut(Struct):
    """What came of it: number 0 where nothing fits; `more` goes on with `after`."""

    number: int
    records: int
    left_count: int
    more: bool
    after: int
    left: tuple[LeftOut, ...]


class ExportOut(Struct):
    """An export and how many rows were accepted, rejected and not answered."""

    number: int
    at: datetime
    door: str
    kind: str
    form: str
    format: str
    act: str
    unit: str
    file: str
    sha256: str
    size: int
    records: int
    accepted: int
    rejected: int
    open: int
    left_count: int


class ExportsOut(Struct):
    """Exports, the newest first."""

    exports: tuple[ExportOut, ...]


class ExportRowOut(Struct):
    """A row with the record it is about, and what the door said of it."""

    row: int
    idx: int
    number: str
    name: str
    ended: str
    result: str
    reason: str


class ExportRowsOut(Struct):
    """Rows behind `after`."""

    rows: tuple[ExportRowOut, ...]


class ReturnOut(Struct):
    """How many rows of a file that came back fit what was sent, and those that do not."""

    accepted: int
    rejected: int
    unmatched_count: int
    unmatched: tuple[Unmatched, ...]


@post("/exports", summary="Export records for another door", responses=_PROBLEMS)
async def make(data: JSONBody[ExportIn], reads: ReadsDep, exports: ExportsDep) -> MadeOut:
    """Of the member's own log, what may be shared today; 50,000 records a file."""
    wish = checked(Wish(**{name: getattr(data, name) for name in ExportIn.__struct_fields__}))
    return made_out(await exports.make(reads, wish))


@get("/exports", summary="Exports that were made", responses=_PROBLEMS)
async def exports_of(
    reads: ReadsDep,
    exports: ExportsDep,
    before: Annotated[int, QueryParameter(ge=0, le=2**31 - 1)] = 0,
) -> ExportsOut:
    """Thirty at a time, before a number."""
    return ExportsOut(tuple(map(export_out, await exports.all(reads, before))))


@get("/exports/{number:int}", summary="How an export stands", responses=_PROBLEMS)
async def export(number: Number, reads: ReadsDep, exports: ExportsDep) -> ExportOut:
    """Its file, digest and counts."""
    return export_out((await exports.view(reads, number))[0])


@get("/exports/{number:int}/rows", summary="The rows of an export", responses=_PROBLEMS)
async def rows(
    *,
    number: Number,
    reads: ReadsDep,
    exports: ExportsDep,
    result: FromQuery[Literal["", "accepted", "rejected", "open"]] = "",
    after: Annotated[int, QueryParameter(ge=0, le=50_000)] = 0,
    limit: Annotated[int, QueryParameter(ge=1, le=500)] = 100,
) -> ExportRowsOut:
    """With what the door said of each."""
    found = await exports.rows(reads, number, result, after, limit)
    return ExportRowsOut(
        tuple(
            ExportRowOut(
                *(one.kept.row, one.kept.idx, one.number, one.name, one.kept.ended),
                *((one.result.result, one.result.reason) if one.result else ("", "")),
            )
            for one in found
        )
    )


@get("/exports/{number:int}/file", summary="The file of an export", responses=_PROBLEMS)
async def file(number: Number, reads: ReadsDep, exports: ExportsDep) -> Response[bytes]:
    """Made anew, and given only if it is the same and nothing in it has ended since."""
    name, body = await exports.file(reads, number)
    headers = {"Content-Disposition": f'attachment; filename="{name}"'}
    return Response(body, media_type=MEDIA[name.rpartition(".")[2]], headers=headers)


@post(
    "/exports/{number:int}/return",
    status_code=200,
    summary="Hand in what a door sent back",
    request_max_body_size=BODY_MAX,
    responses=_PROBLEMS,
)
async def hand_in(
    number: Number,
    request: Request[None, None, State],
    reads: ReadsDep,
    exports: ExportsDep,
    name: Annotated[str, QueryParameter(max_length=100, description="Of the file")] = "",
) -> ReturnOut:
    """A CSV or workbook with document number (or row), result and reason."""
    return return_out(await exports.take(reads, number, name, await request.body()))


ROUTES: Final = (make, exports_of, export, rows, file, hand_in)


def made_out(made: Made) -> MadeOut:
    """What came of a wish."""
    left = tuple(_left(one.idx, one.problem) for one in made.left)
    return MadeOut(made.number, made.records, made.left_count, made.more, made.after, left)


def _left(idx: int, one: Problem) -> LeftOut:
    return LeftOut(idx, one.code, one.column, one.length, one.limit, one.stops)


def export_out(listed: Listed) -> ExportOut:
    """An export."""
    one = listed.one
    return ExportOut(
        *(one.number, one.at, one.door, one.kind, one.form, one.format, one.act, one.unit),
        *(name_of(one), one.sha256.hex(), one.size, one.records),
        *(listed.accepted, listed.rejected, listed.open, one.left_count),
    )


def return_out(matched: Matched) -> ReturnOut:
    """What came back, counted."""
    accepted = sum(one.result == "accepted" for one in matched.results)
    rejected = len(matched.results) - accepted
    return ReturnOut(accepted, rejected, matched.unmatched_count, matched.unmatched)
