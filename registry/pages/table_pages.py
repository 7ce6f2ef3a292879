"""The code tables as a clerk or lawyer reads them: which there are, and the rows of one."""

from collections.abc import Sequence
from datetime import date, timedelta
from typing import Final

from litestar import Response, get
from litestar.di import NamedDependency
from litestar.params import FromPath, SkipValidation

from registry.domain.catalogue import tables as all_tables
from registry.domain.divisions import city_of
from registry.domain.tables import Row, Table
from registry.errors import NotFoundRefusal
from registry.pages.frame import Frame
from registry.pages.query_params import day_of, number_of, one
from registry.pages.words import day, joined

PER_PAGE: Final = 60
_CODE_MAX: Final = 32
_OF_PLACES: Final = "divisions"
"""The one table of which a region wants its own rows first: it has those of the whole country."""
FrameDep = NamedDependency[SkipValidation[Frame]]


@get("/tables", include_in_schema=False)
async def tables(frame: FrameDep) -> Response[str]:
    """All tables with version, source and how well it was read."""
    return frame.page("tables.html", tables=[_head(frame, one) for one in all_tables().values()])


@get("/tables/{name:str}", include_in_schema=False)
async def table(name: FromPath[str], frame: FrameDep) -> Response[str]:
    """One table, on a date where one is asked for, a page at a time."""
    asked = all_tables().get(name)
    if asked is None:
        raise NotFoundRefusal(
            "没有这张代码表。", "There is no such code table.", code="no-such-table"
        )
    on, under = day_of(one(frame, "on")), one(frame, "code").strip()[:_CODE_MAX]
    rows = [row for row in asked.chosen(on, under) if under or _near(frame, asked, row)]
    start = min(number_of(frame, "offset"), max(len(rows) - 1, 0)) // PER_PAGE * PER_PAGE
    return frame.page(
        "table.html",
        table=_head(frame, asked),
        rows=[_row(frame, asked, row) for row in rows[start : start + PER_PAGE]],
        code=under,
        on=one(frame, "on") if on else "",
        own=asked.name == _OF_PLACES and not under,
        **_columns(asked.rows),
        count=f"{len(rows):,}",
        newer=frame.here(offset=start - PER_PAGE) if start else "",
        older=frame.here(offset=start + PER_PAGE) if start + PER_PAGE < len(rows) else "",
    )


def _near(frame: Frame, table: Table, row: Row) -> bool:
    """Say whether a row is shown when no code is asked for: of divisions those of the region."""
    if table.name != _OF_PLACES:
        return True
    places = {city_of(code)[:4] for code, _ in frame.site.members}
    return row.code[:4] in places or row.code in {f"{place[:2]}0000" for place in places}


def _columns(rows: Sequence[Row]) -> dict[str, bool]:
    """Return which columns a table needs; one that is empty throughout is left out."""
    return {
        "dated": any(row.since or row.until for row in rows),
        "grouped": any(row.group for row in rows),
        "spelled": any(row.also for row in rows),
        "stands": any(row.to for row in rows),
        "limited": any(row.months for row in rows),
        "sourced": any(row.source or row.note or row.read for row in rows),
    }


def _head(frame: Frame, table: Table) -> dict[str, object]:
    zh = frame.lang == "zh"
    return {
        "link": frame.url(f"/tables/{table.name}"),
        "data": f"/api/v1/tables/{table.name}",
        "title": table.zh if zh else table.en,
        "note": table.note_zh if zh else table.note_en,
        "version": table.version,
        "source": table.source,
        "read": frame.t(f"read.{table.read}"),
        "digest": table.digest,
        "count": f"{len(table.rows):,}",
    }


def _row(frame: Frame, table: Table, row: Row) -> dict[str, object]:
    names = (row.zh,) if frame.lang == "zh" or row.en == row.zh else (row.zh, row.en)
    return {
        "code": row.code,
        "names": names,
        "period": _period(frame, table, row),
        "group": _group(frame, table, row.group),
        "months": row.months or "",
        "also": joined("zh", row.also),
        "to": joined(frame.lang, [_named(frame, table.stands_for, code) for code in row.to]),
        "source": row.source,
        "note": row.note,
        "read": frame.t(f"read.{row.read}") if row.read else "",
    }


def _group(frame: Frame, table: Table, group: str) -> str:
    """Name a group: by the table itself, as a row of it, or as a division."""
    if group in table.groups:
        return table.groups[group][frame.lang == "en"]
    if group in table.by_code:
        return _named(frame, table.name, group)
    return _named(frame, _OF_PLACES, group) if group else ""


def _named(frame: Frame, name: str, code: str) -> str:
    row = all_tables()[name].by_code[code]
    return row.zh if frame.lang == "zh" else row.en


def _period(frame: Frame, table: Table, row: Row) -> str:
    """The days a row is in force, the last one in; the years where only those are known."""
    if row.since is None and row.until is None:
        return ""
    since = _edge(frame, table, row.since)
    if row.until is None:
        return frame.t("table.since", since=since)
    until = _edge(frame, table, row.until - timedelta(days=1))
    return frame.t("table.period", since=since, until=until).strip()


def _edge(frame: Frame, table: Table, end: date | None) -> str:
    if end is None:
        return ""
    if table.name == _OF_PLACES:
        return frame.t("table.year", year=end.year)
    return day(frame.lang, end)
