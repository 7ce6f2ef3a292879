"""Workbooks for clerks: the empty template of a form, and the rows that have to be fixed.

Both have the same columns in the same order, all as text. What a column may hold (required, how
long, which words) comes from the record types; a to-fix workbook is read again as it is.
"""

import io
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Final

from xlsxwriter import Workbook
from xlsxwriter.format import Format
from xlsxwriter.worksheet import Worksheet

from registry.forms.cells import FormRow, column_letters, describe
from registry.forms.column import Column, Form
from registry.forms.columns import (
    EXPECTED_HEADER,
    FORMS,
    NOTES,
    PLACE_HEADER,
    PROBLEM_HEADER,
    TITLES,
    match_header,
)
from registry.forms.guide import Guide, guide
from registry.ingest.reasons import Finding, errors_first

PREPARED_ROWS: Final = 2000
"""Rows of a template that have drop-downs and the text format."""
MAX_COMMENTS: Final = 20_000
"""Comments of a to-fix workbook; past them the colour and the columns at the end still tell."""
_WIDE, _NARROW, _NOTE_WIDTH = 28, 16, 60
_LONG: Final = 300
_SHEET_NAME: Final = 31
_CELL: Final = 32_767
_LIST_LIMIT: Final = 255
_STYLE: Final = {"font_name": "宋体", "font_size": 11, "valign": "top"}
_TEXT: Final = {**_STYLE, "num_format": 49}  # built in: text
_HEAD: Final = {**_TEXT, "bold": True, "text_wrap": True, "bg_color": "#D9E2EC", "border": 1}
_REQUIRED: Final = {**_HEAD, "bg_color": "#FCE4B5"}
_ERROR: Final = {**_TEXT, "bg_color": "#F8CBAD", "border": 1}
_WARNING: Final = {**_TEXT, "bg_color": "#FFF2CC", "border": 1}
_NOTE: Final = {**_TEXT, "text_wrap": True, "font_color": "#9C2A00"}


def template_columns(form: Form) -> list[Column]:
    """Return the columns of an empty template: one for each place in the record."""
    return list({column.pointer: column for column in reversed(FORMS[form])}.values())[::-1]


class _Book:
    """A workbook being written, with its formats."""

    def __init__(self, book: Workbook) -> None:
        self.book = book
        self.text = book.add_format(_TEXT)
        self.head = book.add_format(_HEAD)
        self.required = book.add_format(_REQUIRED)
        self.error = book.add_format(_ERROR)
        self.warning = book.add_format(_WARNING)
        self.note = book.add_format(_NOTE)

    def header(self, sheet: Worksheet, guides: Sequence[Guide]) -> None:
        """Write the row of headers: names, widths, what to fill in as a comment."""
        sheet.set_row(0, 45)
        sheet.freeze_panes(1, 1)
        for index, one in enumerate(guides):
            width = _WIDE if one.limit > _LONG or one.is_name else _NARROW
            sheet.set_column(index, index, width, self.text)
            style = self.required if one.required else self.head
            sheet.write_string(0, index, one.column.header, style)
            sheet.write_comment(0, index, one.text, {"x_scale": 2, "y_scale": 1.5})

    def validate(self, sheet: Worksheet, guides: Sequence[Guide], rows: int) -> None:
        """Put drop-downs and rules on the cells below the headers."""
        for index, one in enumerate(guides):
            area = (1, index, rows, index)
            if one.choices and sum(map(len, one.choices)) + len(one.choices) <= _LIST_LIMIT:
                kind = "stop" if one.strict else "information"
                told = {"error_title": one.column.header[:32], "error_message": one.text[:255]}
                options = {"validate": "list", "source": list(one.choices), "error_type": kind}
                sheet.data_validation(*area, {**options, **told})
            elif one.is_date:
                first = f"{column_letters(index + 1)}2"
                formula = f'=NOT(ISERROR(DATEVALUE(SUBSTITUTE({first}&"",".","-"))))'
                told = {"error_title": "日期", "error_message": "年-月-日，如 2026-03-10"}
                options = {"validate": "custom", "value": formula, "error_type": "warning"}
                sheet.data_validation(*area, {**options, **told})
            elif one.limit <= _LONG:
                told = {"error_title": "过长", "error_message": f"不超过 {one.limit} 个字符"}
                rule = {"validate": "length", "criteria": "<=", "value": one.limit}
                sheet.data_validation(*area, {**rule, **told})


@contextmanager
def _writing(out: io.BytesIO, *, streamed: bool) -> Iterator[_Book]:
    book = Workbook(out, {"constant_memory": streamed, "in_memory": not streamed})
    yield _Book(book)
    book.close()


def workbook_template(form: Form) -> bytes:
    """Return an empty template as XLSX: the sheet to fill in, an example, and what each column is.

    The example is on a sheet whose name keeps it from being read.
    """
    out = io.BytesIO()
    guides = [guide(form, column) for column in template_columns(form)]
    with _writing(out, streamed=False) as book:
        sheet = book.book.add_worksheet(TITLES[form])
        book.header(sheet, guides)
        book.validate(sheet, guides, PREPARED_ROWS)
        example = book.book.add_worksheet("示例（不读取）")
        book.header(example, guides)
        for index, one in enumerate(guides):
            example.write_string(1, index, one.column.example, book.text)
        _explain(book, guides)
    return out.getvalue()


def _explain(book: _Book, guides: Sequence[Guide]) -> None:
    sheet = book.book.add_worksheet("填写说明")
    heads = ("列", "列名", "列代码", "必填", "填写要求", "示例")
    for index, (name, width) in enumerate(zip(heads, (6, 34, 16, 8, 70, 34), strict=True)):
        sheet.set_column(index, index, width, book.text)
        sheet.write_string(0, index, name, book.head)
    wrapped = book.book.add_format({**_TEXT, "text_wrap": True})
    for number, one in enumerate(guides, start=1):
        need = "必填" if one.required else ""
        told = (column_letters(number), one.column.header, one.column.code, need)
        for index, text in enumerate((*told, one.text, one.column.example)):
            sheet.write_string(number, index, text, wrapped)


def to_fix_workbook(rows: Iterable[FormRow]) -> bytes:
    """Return the rows as they were typed, the wrong cells coloured, with the reasons beside them.

    One sheet for each sheet they came from, the columns of the template first, then those the
    template does not know, then problem, what would be right, and where the row stood.
    """
    sheets: dict[tuple[str, Form], list[FormRow]] = defaultdict(list)
    for row in rows:
        sheets[row.sheet, row.form or "penalty"].append(row)
    out = io.BytesIO()
    with _writing(out, streamed=True) as book:
        names: set[str] = set()
        comments = 0
        for (name, form), some in sheets.items():
            sheet = book.book.add_worksheet(_fresh(name or TITLES[form], names))
            comments = _Fixing(book, sheet, form, some).write(comments)
    return out.getvalue()


def _fresh(name: str, names: set[str]) -> str:
    """Return a sheet's name that is not taken yet; it came from a workbook, so it is allowed."""
    title, number = name[:_SHEET_NAME], 1
    while title.lower() in names:
        number += 1
        title = f"{name[: _SHEET_NAME - 4]}-{number}"
    names.add(title.lower())
    return title


class _Fixing:
    """One sheet of a to-fix workbook."""

    def __init__(self, book: _Book, sheet: Worksheet, form: Form, rows: list[FormRow]) -> None:
        self._book = book
        self._sheet = sheet
        self._rows = rows
        self._guides = [guide(form, column) for column in template_columns(form)]
        headers = dict.fromkeys(header for row in rows[:1] for header in row.values)
        own = {
            header: column
            for header in headers
            if (column := match_header(form, header)) is not None
        }
        known = {guided.column.pointer: index for index, guided in enumerate(self._guides)}
        # What the file has twice in one place, and what the template lacks, follows behind it.
        self._source: list[str | None] = [None] * len(self._guides)
        self._behind: list[str] = []
        for header in headers:
            at = known[own[header].pointer] if header in own else -1
            if at >= 0 and self._source[at] is None:
                self._source[at] = header
            elif header and header not in NOTES:
                self._behind.append(header)
        self._at = known
        self._width = len(self._guides) + len(self._behind)

    def write(self, comments: int) -> int:
        """Write everything; return how many comments the workbook has by now."""
        self._book.header(self._sheet, self._guides)
        self._book.validate(self._sheet, self._guides, len(self._rows))
        ends = (*self._behind, PROBLEM_HEADER, EXPECTED_HEADER, PLACE_HEADER)
        for index, header in enumerate(ends, start=len(self._guides)):
            width = _NOTE_WIDTH if header in {PROBLEM_HEADER, EXPECTED_HEADER} else _NARROW
            self._sheet.set_column(index, index, width, self._book.text)
            self._sheet.write_string(0, index, header, self._book.head)
        for number, row in enumerate(self._rows, start=1):
            comments = self._row(number, row, comments)
        return comments

    def _row(self, number: int, row: FormRow, comments: int) -> int:
        found = errors_first(row.findings)
        by_cell = self._by_cell(row, found)
        sources = (*self._source, *self._behind)
        for index, header in enumerate(sources):
            text = row.values.get(header, "") if header is not None else ""
            wrong = by_cell.get(index)
            if text or wrong:
                self._cell(number, index, text, self._style(wrong))
            if wrong and comments < MAX_COMMENTS:
                said = "\n".join(f"{item.zh}\n应为：{item.expected_zh}" for item in wrong)
                self._sheet.write_comment(number, index, said[:_CELL], {"x_scale": 2.5})
                comments += 1
        problems = "\n".join(describe(row, item) for item in found)
        expected = "\n".join(item.expected_zh for item in found)
        where = f"{row.sheet}!{row.row}" if row.sheet else str(row.row)
        for index, text in enumerate((problems, expected, where), start=self._width):
            self._cell(number, index, text, self._book.note)
        return comments

    def _by_cell(self, row: FormRow, found: Iterable[Finding]) -> Mapping[int, list[Finding]]:
        """Sort findings by the cell they are about."""
        cells: dict[int, list[Finding]] = defaultdict(list)
        for item in found:
            header = row.column(item.pointer)
            pointer = next((at for at, name in row.columns.items() if name == header), "")
            if pointer in self._at:
                cells[self._at[pointer]].append(item)
        return cells

    def _style(self, wrong: list[Finding] | None) -> Format:
        if not wrong:
            return self._book.text
        return self._book.error if wrong[0].level == "error" else self._book.warning

    def _cell(self, row: int, index: int, text: str, style: Format) -> None:
        """Write a text; the longest go on in no cell, so they are cut where a cell ends."""
        if text:
            self._sheet.write_string(row, index, text[:_CELL], style)
        else:
            self._sheet.write_blank(row, index, None, style)
