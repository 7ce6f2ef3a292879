"""The statement of a month to take away: rows for a spreadsheet, and a PDF in Chinese."""

from collections.abc import Iterator, Sequence
from dataclasses import replace
from datetime import UTC, datetime, time
from typing import Final

from registry.clock import SHANGHAI
from registry.pages.fonts import Font
from registry.pages.frame import Frame
from registry.pages.sheet_pdf import BRAND, SOFT, Sheet
from registry.pages.texts import text
from registry.quality.definitions import DIGEST, FIGURES
from registry.quality.views import Line, Statement, month_text
from registry.quality_pages.words import (
    NONE,
    Column,
    cells,
    code_name,
    columns,
    few_text,
    month_name,
    type_name,
)

_WIDTH: Final = 170.0
_NAME: Final = 40.0
_PER_TABLE: Final = 6
"""Figures side by side on a sheet; the others come in a table below."""


def csv_rows(frame: Frame, found: Statement) -> list[list[str]]:
    """Return the statement as a table: kind of line, its name, then value and parts of figures."""
    shown = columns(frame.lang, whole=found.whole)
    head = [frame.t("quality.line"), frame.t("quality.item")]
    for column in shown:
        head += [column.name, frame.t("quality.top"), frame.t("quality.bottom")]
    rows = [head]
    rows += [[kind, name, *_parts(frame, line, shown)] for kind, name, line in _lines(frame, found)]
    rows += [
        [frame.t(f"quality.{level}"), f"{code} {code_name(frame.lang, code)}", str(number)]
        for code, level, number in found.codes
    ]
    where = frame.t("quality.position")
    rows += [[where, one.origin, str(one.size), one.root] for one in found.positions]
    return rows


def _lines(frame: Frame, found: Statement) -> Iterator[tuple[str, str, Line]]:
    yield frame.t("quality.total"), found.unit or found.name, found.total
    for row in found.types:
        yield frame.t("quality.type"), type_name(frame, row.key), row
    for row in found.units:
        yield frame.t("quality.unit"), row.key, row


def _parts(frame: Frame, line: Line, shown: Sequence[Column]) -> Iterator[str]:
    for column in shown:
        value = line.values.get(column.key)
        if value is None or value.value is None:
            yield from (few_text(frame) if line.few else "", "", "")
        else:
            share = FIGURES[value.key].unit == "share"
            yield f"{value.value / 1000:.3f}" if share else str(value.value)
            yield from (str(value.top), str(value.bottom))


def statement_pdf(fonts: Sequence[Font], frame: Frame, found: Statement) -> bytes:
    """Return the bytes of the PDF; the same for the same figures, positions and fonts."""
    frame = replace(frame, lang="zh")
    title = text("zh", "quality.statement")
    name = f"{found.name}{' ' + found.unit if found.unit else ''}"
    month = month_name("zh", found.month)
    at = datetime.combine(found.month, time(), SHANGHAI).astimezone(UTC)
    foot = f"{name}  {month}\n{text('zh', 'quality.definitions')} SHA-256 {DIGEST}"
    sheet = Sheet(fonts, title, at, f"{name}  {month}", foot)
    sheet.heading()
    sheet.ink(12, BRAND)
    sheet.words(f"{name}　{month}", 12, BRAND)
    sheet.words(text("zh", "quality.lead"), 9, SOFT)
    shown = columns("zh", whole=found.whole)
    _table(sheet, frame, text("zh", "quality.by-type"), _typed(frame, found), shown)
    if found.units:
        units = [(row.key, row) for row in found.units]
        _table(sheet, frame, text("zh", "quality.by-unit"), units, shown)
    if found.codes:
        sheet.section(text("zh", "quality.codes"))
        rows = [
            (code_name("zh", code), text("zh", f"quality.{level}"), f"{number:,}")
            for code, level, number in found.codes
        ]
        sheet.grid(
            [text("zh", f"quality.{key}") for key in ("item", "line", "number")],
            rows,
            (110, 30, 30),
        )
    sheet.section(text("zh", "quality.positions"))
    sheet.rows([(one.origin, f"{one.size:,}  {one.root}") for one in found.positions], 7, label=60)
    sheet.words(
        f"{frame.site.public_url}/quality/{found.member}/{month_text(found.month)}", 8, SOFT
    )
    return bytes(sheet.output())


def _typed(frame: Frame, found: Statement) -> list[tuple[str, Line]]:
    total = (text("zh", "quality.total"), found.total)
    return [total, *((type_name(frame, row.key), row) for row in found.types)]


def _table(
    sheet: Sheet,
    frame: Frame,
    title: str,
    lines: Sequence[tuple[str, Line]],
    shown: Sequence[Column],
) -> None:
    sheet.section(title)
    for start in range(0, len(shown), _PER_TABLE):
        some = shown[start : start + _PER_TABLE]
        width = (_WIDTH - _NAME) / len(some)
        rows = [
            (name, *(told for _, told, _ in cells(line, some, few_text(frame))))
            for name, line in lines
        ]
        heads = [text("zh", "quality.item"), *(column.name for column in some)]
        sheet.grid(heads, rows or [(NONE,) * len(heads)], (_NAME, *[width] * len(some)), 8)
        sheet.ln(2)
