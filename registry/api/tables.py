"""The code tables for programs: which there are, and the rows of one, on a date."""

from datetime import date
from typing import Annotated, Final

from litestar import Request, Response, get
from litestar.datastructures import State
from litestar.openapi.datastructures import ResponseSpec
from litestar.params import FromPath, FromQuery, QueryParameter
from litestar.serialization import encode_json
from msgspec import Struct, structs

from registry.api.schemas import ProblemOut
from registry.domain.catalogue import tables as all_tables
from registry.domain.tables import Row, Table
from registry.errors import NotFoundRefusal

ROWS_MAX: Final = 1000
_OFFSET_MAX: Final = 100_000
_KEPT: Final = {"Cache-Control": "public, max-age=300"}
_NO_TABLE: Final = ResponseSpec(
    ProblemOut, description="no such table", media_type="application/problem+json"
)


class TableOut(Struct):
    """A code table without its rows; ``read``: full_text, secondary or unconfirmed.

    ``groups`` name its groups in Chinese and English; ``stands_for`` is the table that the rows'
    ``to`` are codes of.
    """

    name: str
    zh: str
    en: str
    version: str
    digest: str
    source: str
    read: str
    note_zh: str
    note_en: str
    groups: dict[str, tuple[str, str]]
    stands_for: str
    rows: int


class TablesOut(Struct):
    """Every code table of this node."""

    tables: tuple[TableOut, ...]


class TableRowOut(Struct):
    """A row: in force from ``since`` and no longer on ``until``; null is open.

    ``also`` are other spellings met, ``to`` codes of another table; ``source`` and ``read`` are
    the table's where the row has none of its own.
    """

    code: str
    zh: str
    en: str
    since: date | None
    until: date | None
    group: str
    also: tuple[str, ...]
    to: tuple[str, ...]
    organ: str
    months: int
    source: str
    read: str
    note: str


class TableRowsOut(Struct):
    """Rows of a table: ``total`` of them answer, from ``offset`` on these are given."""

    table: TableOut
    on: date | None
    under: str
    total: int
    offset: int
    rows: tuple[TableRowOut, ...]


def found(name: str) -> Table:
    """Return a table by name.

    Raises:
        NotFoundRefusal: there is none (``no-such-table``).
    """
    table = all_tables().get(name)
    if table is None:
        names = ", ".join(all_tables())
        raise NotFoundRefusal(
            f"没有名为“{name[:64]}”的代码表。现有：{names}",
            f"There is no table {name[:64]!r}. There are: {names}",
            code="no-such-table",
        )
    return table


def table_out(table: Table) -> TableOut:
    """A table without its rows."""
    return TableOut(
        table.name,
        table.zh,
        table.en,
        table.version,
        table.digest,
        table.source,
        table.read,
        table.note_zh,
        table.note_en,
        table.groups,
        table.stands_for,
        len(table.rows),
    )


def _row_out(table: Table, row: Row) -> TableRowOut:
    given = structs.asdict(row)
    given |= {"source": row.source or table.source, "read": row.read or table.read}
    return TableRowOut(**given)


@get("/tables", summary="The code tables")
async def tables() -> Response[TablesOut]:
    """Names, versions, sources, how well each was read, and the digest of what it says."""
    body = TablesOut(tuple(table_out(table) for table in all_tables().values()))
    return Response(body, headers=_KEPT)


@get(
    "/tables/{name:str}",
    summary="The rows of a code table",
    responses={
        200: ResponseSpec(TableRowsOut, description="Rows; ETag is the digest of the table"),
        304: ResponseSpec(
            None, description="What you have is still right", generate_examples=False
        ),
        404: _NO_TABLE,
    },
)
async def table(
    *,
    request: Request[None, None, State],
    name: FromPath[str],
    on: FromQuery[date | None] = None,
    under: Annotated[
        str, QueryParameter(max_length=32, description="How the codes begin, as 3201")
    ] = "",
    limit: Annotated[int, QueryParameter(ge=1, le=ROWS_MAX)] = ROWS_MAX,
    offset: Annotated[int, QueryParameter(ge=0, le=_OFFSET_MAX)] = 0,
) -> Response[bytes]:
    """Rows in force on a date (all, without one); retired codes stay for ever with their names."""
    asked = found(name)
    kept = _KEPT | {"ETag": f'"{asked.digest}"'}
    if kept["ETag"] in request.headers.get("If-None-Match", ""):
        return Response(b"", status_code=304, headers=kept)
    rows = asked.chosen(on, under)
    some = tuple(_row_out(asked, row) for row in rows[offset : offset + limit])
    body = TableRowsOut(table_out(asked), on, under, len(rows), offset, some)
    return Response(encode_json(body), media_type="application/json", headers=kept)
