"""What programs may ask about standards: the one question, alone and in bulk, pages, changes.

Everybody is answered alike, as the public: recognitions are made to be relied on.
"""

import asyncio
from dataclasses import dataclass
from datetime import date
from typing import Annotated, Final

import msgspec
from litestar import Request, get, post
from litestar.datastructures import State
from litestar.openapi.datastructures import ResponseSpec
from litestar.openapi.spec import (
    OpenAPIFormat,
    OpenAPIMediaType,
    OpenAPIType,
    Operation,
    RequestBody,
    Schema,
)
from litestar.params import FromQuery, PathParameter, QueryParameter
from litestar.response import Stream

from registry.api.gate import ReadsDep
from registry.api.render import coverage_out
from registry.api.schemas import ProblemOut
from registry.api.standards_schemas import (
    CellOut,
    EditionOut,
    MatrixOut,
    StandardChangeOut,
    StandardChangesOut,
    StandardOut,
    StandardsFoundOut,
    UsableOut,
)
from registry.forms.standards_sheet import BODY_MAX, Asked, Format, asked_rows, written
from registry.query.standards_file import StandardFile
from registry.query.standards_found import TEXT_MAX, Narrow
from registry.query.standards_views import FoundView, MatrixView, UsableView

NUMBER_MAX: Final = 120
PAGE_MAX: Final = 100
WATCHED: Final = 200
"""Numbers that an address can name."""
_TYPES: Final = {
    "jsonl": "application/jsonl",
    "csv": "text/csv; charset=utf-8",
    "xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
}
_CODE: Final = "^[A-Za-z0-9.]{1,20}$"
_PROBLEMS: Final = {
    status: ResponseSpec(ProblemOut, description=text, media_type="application/problem+json")
    for status, text in (
        (400, "what cannot be a number (`suggestions` may say what is meant), no member, no use"),
        (401, "a credential that is not good"),
        (404, "nothing public is recorded about it"),
        (413, "more rows or records than at once"),
        (429, "too many requests; `Retry-After` says when to go on"),
        (503, "not now"),
    )
}
Number = Annotated[
    str, QueryParameter(min_length=1, max_length=NUMBER_MAX, description="As GB/T 2260-2007")
]
Territory = Annotated[str, QueryParameter(max_length=6, description="Member code (GB/T 2260)")]
Use = Annotated[
    str,
    QueryParameter(
        max_length=20,
        description="tender, qualification, certification, funds, supervision, or sale",
    ),
]
Values = Annotated[
    list[Annotated[str, msgspec.Meta(max_length=20)]] | None,
    QueryParameter(max_items=20, description="One of these"),
]
Product = Annotated[str, QueryParameter(max_length=200, description="What it is to be used for")]


@dataclass
class TakesNumbers(Operation):
    """An operation whose body is a list of numbers, in whichever of three formats."""

    def __post_init__(self) -> None:
        """Name the body, which no annotation of the handler shows."""
        text = OpenAPIMediaType(schema=Schema(type=OpenAPIType.STRING, format=OpenAPIFormat.BINARY))
        self.request_body = RequestBody(
            content={kind.partition(";")[0]: text for kind in _TYPES.values()},
            required=True,
            description="JSON Lines of objects with `number` and, if they differ, `territory`, "
            "`use`, `product`; or a CSV or workbook with these "
            "columns (标准编号, 地区, 用途, 产品).",
        )


@get("/standards/usable", summary="May a standard serve there, for that use", responses=_PROBLEMS)
async def usable(  # noqa: PLR0913 - one argument for each parameter of the interface
    *,
    reads: ReadsDep,
    number: Number,
    territory: Territory,
    use: Use,
    on: FromQuery[date | None] = None,
    product: Product = "",
    known_on: FromQuery[date | None] = None,
    bundle: Annotated[bool, QueryParameter(description="With all to replay it offline")] = False,
) -> UsableOut:
    """Law first, then records; `no_document` means that nothing was found, not "not allowed"."""
    asked = (number, territory, use, on or reads.today(), product)
    view = await reads.standards.usable(*asked, known_on=known_on)
    return _usable_out(view, await reads.standards.file(view) if bundle else None)


@post(
    "/standards/usable",
    status_code=200,
    summary="The same for up to 10,000 numbers",
    request_max_body_size=BODY_MAX,
    operation_class=TakesNumbers,
    operation_id="StandardsUsableInBulk",
    responses={
        200: ResponseSpec(
            bytes,
            description="One object, row of a table, or row of a sheet for each row asked",
            media_type=_TYPES["jsonl"],
            generate_examples=False,
        ),
        **_PROBLEMS,
    },
)
async def usable_in_bulk(  # noqa: PLR0913 - one argument for each parameter of the interface
    *,
    request: Request[None, None, State],
    reads: ReadsDep,
    territory: Territory = "",
    use: Use = "tender",
    on: FromQuery[date | None] = None,
    product: Product = "",
    answer: Annotated[Format, QueryParameter(description="Format of the answer")] = "jsonl",
) -> Stream:
    """Row by row: verdict, edition, whether in force, what replaced it; or what is wrong."""
    asked = Asked(territory, use, product)
    rows = await asyncio.to_thread(asked_rows, await request.body(), asked)
    views = reads.standards.many(rows, on or reads.today())
    return Stream(written(views, answer), media_type=_TYPES[answer])


@get("/standards/matrix", summary="Who recognises a standard, for what", responses=_PROBLEMS)
async def matrix(reads: ReadsDep, number: Number, on: FromQuery[date | None] = None) -> MatrixOut:
    """Every member by every use, each answered like the one question."""
    return _matrix_out(await reads.standards.matrix(number, on or reads.today()))


@get("/standards/changes", summary="What came about numbers", responses=_PROBLEMS)
async def changes(
    reads: ReadsDep,
    number: Annotated[
        list[Annotated[str, msgspec.Meta(max_length=NUMBER_MAX)]],
        QueryParameter(min_items=1, max_items=WATCHED, description="Numbers that are watched"),
    ],
    after: Annotated[int, QueryParameter(ge=0, le=2**53 - 1, description="The last cursor")] = 0,
) -> StandardChangesOut:
    """After a cursor, in the order of commits; years in the numbers make no difference."""
    view = await reads.standards.changes(number, after)
    some = tuple(msgspec.convert(c, StandardChangeOut, from_attributes=True) for c in view.changes)
    return StandardChangesOut(some, view.cursor, view.more, coverage_out(view.coverage))


@get("/standards", summary="Find standards", responses=_PROBLEMS)
async def standards(  # noqa: PLR0913 - one argument for each parameter of the interface
    *,
    reads: ReadsDep,
    q: Annotated[str, QueryParameter(max_length=TEXT_MAX, description="Number or words")] = "",
    ics: Annotated[str | None, QueryParameter(pattern=_CODE, description="Begins so")] = None,
    ccs: Annotated[str | None, QueryParameter(pattern=_CODE, description="Begins so")] = None,
    kind: Annotated[str | None, QueryParameter(pattern="^[a-z]{1,20}$")] = None,
    obligation: Annotated[str | None, QueryParameter(pattern="^[a-z]{1,20}$")] = None,
    territory: Annotated[str | None, QueryParameter(pattern="^[0-9]{6}$")] = None,
    states: Annotated[
        list[Annotated[str, msgspec.Meta(max_length=20)]] | None,
        QueryParameter(name="state", max_items=20, description="One of these, on that day"),
    ] = None,
    prefix: Values = None,
    recognised_in: Values = None,
    use: Values = None,
    on: FromQuery[date | None] = None,
    limit: Annotated[int, QueryParameter(ge=1, le=PAGE_MAX)] = 20,
) -> StandardsFoundOut:
    """By number in whatever spelling, words of the titles, classes; facets of what was found."""
    words = {"ics": ics, "ccs": ccs, "kind": kind, "obligation": obligation, "of": territory}
    filters = [f"{name}:{value}" for name, value in words.items() if value]
    narrow = Narrow(*(tuple(one or ()) for one in (states, prefix, recognised_in, use)))
    day = on or reads.today()
    return _found_out(await reads.standards.search(q, filters, day, limit, narrow))


@get("/standards/{number:path}", summary="A standard", responses=_PROBLEMS)
async def standard(
    reads: ReadsDep,
    number: Annotated[str, PathParameter(max_length=NUMBER_MAX + 1, description="GB/T 2260")],
    on: FromQuery[date | None] = None,
) -> StandardOut:
    """Editions over time, and what replaced it, refers to it, recognises it."""
    view = await reads.standards.view(number.removeprefix("/"), on or reads.today())
    return StandardOut(
        **{
            name: msgspec.convert(getattr(view, name), kind, from_attributes=True)
            for name, kind in _STANDARD.items()
        },
        coverage=coverage_out(view.coverage),
    )


_STANDARD: Final = {
    field.name: field.type
    for field in msgspec.structs.fields(StandardOut)
    if field.name != "coverage"
}
ROUTES: Final = (usable, usable_in_bulk, matrix, changes, standards, standard)


def _usable_out(view: UsableView, bundle: StandardFile | None) -> UsableOut:
    gathered = view.gathered
    logs = dict(gathered.known.named)
    coverage = coverage_out(view.coverage)
    return UsableOut(view.answer, view.known_on, logs, gathered.whole, coverage, bundle)


def _matrix_out(view: MatrixView) -> MatrixOut:
    cells = tuple(msgspec.convert(cell, CellOut, from_attributes=True) for cell in view.cells)
    return MatrixOut(view.number, view.on, cells, coverage_out(view.coverage))


def _found_out(view: FoundView) -> StandardsFoundOut:
    found = tuple(msgspec.convert(one, EditionOut, from_attributes=True) for one in view.editions)
    facets = {name: dict(counts) for name, counts in view.facets.items()}
    return StandardsFoundOut(found, view.total, view.whole, facets, coverage_out(view.coverage))
