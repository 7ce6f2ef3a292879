"""Clerks' files: templates as workbook or CSV, and JSON Lines.

A row becomes the parts of a record, without salts, which the publisher's tool draws. What is
wrong *in* the record is said by ``registry.ingest.checks`` on the finished line; findings here are
about the file alone. ``FormRow.cell`` leads from a finding back to the cell.
"""

import csv
import io
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import Final, Literal

from registry.errors import MalformedRefusal
from registry.forms.cells import FormRow, LeftOut, cell_name, describe
from registry.forms.column import Form
from registry.forms.columns import EXPECTED_HEADER, FORMS, NOTES, PROBLEM_HEADER
from registry.forms.jsonl import decode_text, is_json, read_jsonl, to_fix_jsonl
from registry.forms.rows import FormDefaults, fill, fill_restricted, natural_id
from registry.forms.sheets import kind_of, read_sheets, walk
from registry.forms.table import HEADER_ROWS, Table, read_table
from registry.ingest.reasons import Finding, errors_first, finding

csv.field_size_limit(2**31 - 1)  # a cell that is too long is named in its place, by the checks
_BOM: Final = "\ufeff"


Kind = Literal["json", "csv", "workbook"]


@dataclass(frozen=True, slots=True)
class ClerkFile:
    """An open file: its kind, about how many rows it has, its rows to be read once.

    ``left_out`` fills while the rows are read.
    """

    kind: Kind
    total: int
    rows: Iterator[FormRow]
    left_out: list[LeftOut] = field(default_factory=list)


def open_file(data: bytes, defaults: FormDefaults) -> ClerkFile:
    """Look at a file: JSON Lines, a workbook or a CSV, whichever the bytes are.

    Reading its rows raises as this does.

    Raises:
        Refusal: it is none of them, or (while rows are read) no form is found in it.
    """
    left_out: list[LeftOut] = []
    if is_json(data):
        return ClerkFile("json", _lines(data), read_jsonl(data))
    kind = kind_of(data)
    if kind == "text":
        table = _csv_table(decode_text(data))
        rows = _read([table], defaults, left_out)
        return ClerkFile("csv", _lines(data), rows, left_out)
    facts = walk(data, kind)
    rows = _read(read_sheets(data, facts, left_out), defaults, left_out)
    return ClerkFile("workbook", sum(sheet.rows for sheet in facts), rows, left_out)


def read_file(data: bytes, defaults: FormDefaults) -> Iterator[FormRow]:
    """Read JSON Lines, a workbook or a CSV, whichever the bytes are; raises as `open_file`."""
    return open_file(data, defaults).rows


def _lines(data: bytes) -> int:
    return data.count(b"\n") + 1


def _read(
    tables: Iterable[Table], defaults: FormDefaults, left_out: list[LeftOut]
) -> Iterator[FormRow]:
    """Give the rows of all tables with a known header; the others are left out.

    Raises:
        MalformedRefusal: ``unknown-template``: no table has one.
    """
    known, others = False, []
    for table in tables:
        rows = read_table(table, defaults, left_out)
        if rows is None:
            others.append(table.sheet)
            left_out.append(LeftOut("unknown-sheet", table.sheet))
            continue
        known = True
        yield from rows
    if not known:
        named = "、".join(name for name in others if name)
        zh, en = (f"（工作表：{named}）", f" (sheets: {named})") if named else ("", "")
        raise MalformedRefusal(
            f"前{HEADER_ROWS}行中没有模板的表头{zh}；表头应为模板的中文列名或列代码（如 CF_WSH、"
            "XK_WSH），行政处罚和行政许可以外的表还应有“信息类别”列，每行写明类别（如 信用修复）",
            f"no header of a template in the first {HEADER_ROWS} rows{en}; use its Chinese names "
            "or column codes (as CF_WSH, XK_WSH); a table of neither penalties nor permits also "
            "has the column 信息类别, with the record type's Chinese name in each row (信用修复)",
            code="unknown-template",
        )


def read_csv(data: bytes, defaults: FormDefaults) -> Iterator[FormRow]:
    """Read a template as CSV; the header is found by column codes or Chinese names.

    Raises:
        MalformedRefusal: not text, or no row of headers at its beginning.
    """
    return _read([_csv_table(decode_text(data))], defaults, [])


def _csv_table(text: str) -> Table:
    """Return the rows of a CSV; tabs separate where the first line has more of them."""
    first = text.partition("\n")[0]
    delimiter = "\t" if first.count("\t") > first.count(",") else ","
    rows = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter)
    return Table("", enumerate(rows, start=1), check=_swallowed)


def _swallowed(cells: Sequence[str]) -> Finding | None:
    """Name a quotation mark that is not closed, by the whole rows that a cell took in."""
    rows = max((_rows_inside(cell, len(cells)) for cell in cells if "\n" in cell), default=0)
    return finding("unclosed-quote", "", value=rows) if rows else None


def _rows_inside(cell: str, columns: int) -> int:
    enough = max(columns // 2, 3)
    return sum(max(line.count(","), line.count("\t")) >= enough for line in cell.split("\n")[1:])


def write_template(form: Form) -> bytes:
    """Return an empty template: one row of Chinese headers, CSV in UTF-8 with mark."""
    return _csv([[column.header for column in FORMS[form] if column.code != "CF_CFLB2"]])


def to_fix_csv(rows: Iterable[FormRow]) -> bytes:
    """Return the rows as they were typed, with what is wrong and what would be right beside them.

    Reading the file again after correction leaves the added columns out.
    """
    kept = list(rows)
    headers = [
        header
        for header in dict.fromkeys(header for row in kept for header in row.values)
        if header not in NOTES
    ]
    table = [[*headers, PROBLEM_HEADER, EXPECTED_HEADER]]
    for row in kept:
        found = errors_first(row.findings)
        problems = "\n".join(describe(row, item) for item in found)
        expected = "\n".join(item.expected_zh for item in found)
        table.append([*(row.values.get(header, "") for header in headers), problems, expected])
    return _csv(table)


def _csv(table: list[list[str]]) -> bytes:
    out = io.StringIO(newline="")
    csv.writer(out).writerows(table)
    return (_BOM + out.getvalue()).encode()


__all__ = [
    "ClerkFile",
    "FormDefaults",
    "FormRow",
    "Kind",
    "LeftOut",
    "cell_name",
    "decode_text",
    "describe",
    "fill",
    "fill_restricted",
    "is_json",
    "natural_id",
    "open_file",
    "read_csv",
    "read_file",
    "read_jsonl",
    "to_fix_csv",
    "to_fix_jsonl",
    "write_template",
]
