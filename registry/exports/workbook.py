"""A template as a workbook: every cell a text that no program computes, equal for equal rows."""

import io
from collections.abc import Iterable, Sequence
from datetime import UTC, datetime
from typing import Final

from xlsxwriter import Workbook

from registry.exports.templates import COLUMNS, TEMPLATES, Form, Kind

TITLES: Final = {"entity": "", "person": "（自然人）"}
_MADE: Final = datetime(2000, 1, 1, tzinfo=UTC).replace(tzinfo=None)
"""Stands for when a workbook was made, so that the same rows are the same bytes."""
_WIDE: Final = 28
_NARROW: Final = 16
_LONG: Final = 300


def template_headers(kind: Kind, form: Form, *, codes: bool) -> list[str]:
    """Return the headers of a template: the Chinese ones, or the codes of the columns."""
    places = TEMPLATES[kind].of(form)
    return [one.code if codes else COLUMNS[kind][one.code].header for one in places]


def template_workbook(
    kind: Kind, form: Form, rows: Iterable[Sequence[str]], *, codes: bool
) -> bytes:
    """Return rows of a template as XLSX."""
    widths = [_WIDE if one.limit >= _LONG else _NARROW for one in TEMPLATES[kind].of(form)]
    title = TEMPLATES[kind].title + TITLES[form]
    return workbook(title, template_headers(kind, form, codes=codes), rows, widths)


def workbook(
    title: str, headers: Sequence[str], rows: Iterable[Sequence[str]], widths: Sequence[int]
) -> bytes:
    """Return a sheet of texts as XLSX."""
    out = io.BytesIO()
    with Workbook(out, {"constant_memory": True}) as book:
        book.set_properties({"created": _MADE})
        text, head = book.add_format({"num_format": 49}), book.add_format({"bold": True})
        sheet = book.add_worksheet(title)
        sheet.freeze_panes(1, 1)
        for column, width in enumerate(widths):
            sheet.set_column(column, column, width, text)
        for column, header in enumerate(headers):
            sheet.write_string(0, column, header, head)
        for number, cells in enumerate(rows, start=1):
            for column, cell in enumerate(cells):
                if cell:
                    sheet.write_string(number, column, cell, text)
    return out.getvalue()
