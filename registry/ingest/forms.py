"""Clerks' files: the double-publicity templates as CSV, and JSON Lines.

A row becomes the parts of a record, without salts, which the publisher's tool draws. What is
wrong *in* the record is said by ``registry.ingest.checks`` on the finished line; findings here are
about the file alone. ``FormRow.column`` leads from a finding back to the cell.
"""

import csv
import io
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Final

import msgspec

from registry.errors import MalformedRefusal
from registry.ingest.forms_columns import (
    EXPECTED_HEADER,
    FORMS,
    IGNORED,
    PROBLEM_HEADER,
    Column,
    Form,
    match_header,
    plain_header,
    recognise,
)
from registry.ingest.forms_rows import (
    FormDefaults,
    Part,
    build,
    fill,
    fill_restricted,
    natural_id,
)
from registry.ingest.reasons import Finding, errors_first, finding
from signing.errors import RecordError
from signing.record import read_plainly

_HEADER_ROWS: Final = 10
_PROBLEMS: Final = "_problems"
csv.field_size_limit(2**31 - 1)  # a cell that is too long is named in its place, by the checks
_BOM: Final = "\ufeff"


@dataclass(frozen=True, slots=True)
class FormRow:
    """One row of a file: its number as a spreadsheet counts, its cells, and the parts made of it.

    ``main`` is None when the row is no record at all. ``columns`` maps pointers to headers.
    """

    row: int
    values: Mapping[str, str]
    main: Part | None
    restricted: Part | None
    findings: tuple[Finding, ...]
    columns: Mapping[str, str] = field(default_factory=dict)

    def column(self, pointer: str) -> str:
        """Return the header of the cell a finding is about; the pointer itself without one."""
        at = pointer
        while at:
            if at in self.columns:
                return self.columns[at]
            at = at.rpartition("/")[0]
        inside = (name for at, name in self.columns.items() if at.startswith(f"{pointer}/"))
        return next(inside, pointer) if pointer else ""


def decode_text(data: bytes) -> str:
    """Return the text of a file in UTF-8 (with or without mark) or GB18030.

    Raises:
        MalformedRefusal: it is neither.
    """
    for encoding in ("utf-8-sig", "gb18030"):
        try:
            return data.decode(encoding)
        except UnicodeDecodeError:
            continue
    raise MalformedRefusal(
        "文件既不是 UTF-8 也不是 GB18030 编码的文本；请另存为 CSV UTF-8",
        "the file is text in neither UTF-8 nor GB18030; save it as CSV UTF-8",
        code="unreadable-text",
    )


def read_csv(data: bytes, defaults: FormDefaults) -> Iterator[FormRow]:
    """Read a penalty or permit template; the header is found by column codes or Chinese names.

    Raises:
        MalformedRefusal: not text, or no row of headers among the first ten rows.
    """
    rows = _rows(decode_text(data))
    form, headers = _header(rows)
    matched = [match_header(form, header) for header in headers]
    columns = _columns(form, zip(matched, headers, strict=True))
    file = _File(form, headers, matched, columns, defaults)
    for number, cells in rows:
        if any(cell.strip() for cell in cells):
            yield _row(number, cells, file)


def _columns(form: Form, found: Iterable[tuple[Column | None, str]]) -> dict[str, str]:
    """Return pointer -> header in the template's order; the file's own spelling where it has one.

    Where two columns have one place, the first stands for it.
    """
    own: dict[str, str] = {}
    for column, header in found:
        if column is not None:
            own.setdefault(column.pointer, header)
    names: dict[str, str] = {}
    for column in FORMS[form]:
        names.setdefault(column.pointer, own.get(column.pointer, column.header))
    return names


@dataclass(frozen=True, slots=True)
class _File:
    """What is the same for all rows of a file."""

    form: Form
    headers: list[str]
    matched: list[Column | None]
    columns: Mapping[str, str]
    defaults: FormDefaults


def _rows(text: str) -> Iterator[tuple[int, list[str]]]:
    """Return (row number from 1, cells) of each; tabs separate where the first line has more."""
    first = text.partition("\n")[0]
    delimiter = "\t" if first.count("\t") > first.count(",") else ","
    return enumerate(csv.reader(io.StringIO(text, newline=""), delimiter=delimiter), start=1)


def _header(rows: Iterator[tuple[int, list[str]]]) -> tuple[Form, list[str]]:
    for number, cells in rows:
        if form := recognise(cells):
            return form, [cell.strip() for cell in cells]
        if number == _HEADER_ROWS:
            break
    raise MalformedRefusal(
        "前十行中没有行政处罚或行政许可模板的表头；"
        "表头应为模板的中文列名或列代码（如 CF_WSH、XK_WSH）",
        "no header of the penalty or permit template in the first ten rows; use the template's "
        "Chinese names or column codes (as CF_WSH, XK_WSH)",
        code="unknown-template",
    )


def _row(number: int, cells: list[str], file: _File) -> FormRow:
    findings: list[Finding] = []
    spare = len(cells) - len(file.headers)
    if spare > 0 and any(cell.strip() for cell in cells[len(file.headers) :]):
        findings.append(finding("extra-cells", "", value=spare))
    padded = cells + [""] * -spare
    values = dict(zip(file.headers, padded, strict=False))
    if swallowed := max((_rows_inside(cell, len(file.headers)) for cell in cells), default=0):
        findings.append(finding("unclosed-quote", "", value=swallowed))
    known = []
    for column, header, cell in zip(file.matched, file.headers, padded, strict=False):
        if column is not None:
            known.append((column, cell))
        elif cell.strip() and plain_header(header) not in IGNORED:
            findings.append(finding("unknown-column", "", column=header))
    main, restricted, left_out = build(file.form, known, file.defaults)
    main["id"] = natural_id(main)
    return FormRow(number, values, main, restricted, (*findings, *left_out), file.columns)


def _rows_inside(cell: str, columns: int) -> int:
    """Count the lines of a cell that are whole rows: a quotation mark before them is not closed."""
    if "\n" not in cell:
        return 0
    enough = max(columns // 2, 3)
    return sum(max(line.count(","), line.count("\t")) >= enough for line in cell.split("\n")[1:])


def read_jsonl(data: bytes) -> Iterator[FormRow]:
    """Read JSON Lines: each a main part, or ``{"main": …, "restricted": …}``; salts may be absent.

    Members named ``_problems`` (our own notes of an earlier run) are left out. Rows are numbered
    by line from 1. Numbers stay exact: what a record may not hold is named by the checks.
    """
    # Not splitlines: texts may hold U+2028 and the like, which JSON does not escape.
    for number, line in enumerate(decode_text(data).split("\n"), start=1):
        text = line.strip()
        if text:
            yield _json_row(number, text)


def _json_row(number: int, text: str) -> FormRow:
    values = {"json": text}
    try:
        whole = msgspec.json.decode(text)
    except (msgspec.DecodeError, RecursionError) as error:
        return _not_a_record(number, values, str(error))
    try:
        read_plainly(text.encode())
    except RecordError as error:
        found = finding(error.code, error.pointer, detail=str(error))
        return FormRow(number, values, None, None, (found,))
    if not isinstance(whole, dict):
        return _not_a_record(number, values, type(whole).__name__)
    whole.pop(_PROBLEMS, None)
    main = whole.get("main", whole)
    restricted = whole.get("restricted") if "main" in whole else None
    spare = set(whole) - {"main", "restricted"} if "main" in whole else set()
    if not isinstance(main, dict) or not isinstance(restricted, dict | None) or spare:
        return _not_a_record(number, values, ", ".join(sorted(spare)) or "main, restricted")
    if not main.get("id"):
        main = {**main, "id": natural_id(main)}
    return FormRow(number, values, main, restricted, ())


def _not_a_record(number: int, values: Mapping[str, str], detail: str) -> FormRow:
    found = finding("not-a-record", "", detail=detail)
    return FormRow(number, values, None, None, (found,))


def is_json(data: bytes) -> bool:
    """Say whether a file looks like JSON Lines rather than a spreadsheet."""
    return data.removeprefix(_BOM.encode()).lstrip()[:1] == b"{"


def read_file(data: bytes, defaults: FormDefaults) -> Iterator[FormRow]:
    """Read JSON Lines or a template, whichever the bytes are."""
    return read_jsonl(data) if is_json(data) else read_csv(data, defaults)


def write_template(form: Form) -> bytes:
    """Return an empty template: one row of Chinese headers, CSV in UTF-8 with mark."""
    return _csv([[column.header for column in FORMS[form] if column.code != "CF_CFLB2"]])


def describe(row: FormRow, found: Finding) -> str:
    """Return a finding in the clerk's words: “column”: what is wrong."""
    place = row.column(found.pointer)
    note = "" if found.level == "error" else "（提示）"
    return f"{note}“{place}”：{found.zh}" if place else f"{note}{found.zh}"


def to_fix_csv(rows: Iterable[FormRow]) -> bytes:
    """Return the rows as they were typed, with what is wrong and what would be right beside them.

    Reading the file again after correction leaves the two added columns out.
    """
    kept = list(rows)
    headers = [
        header
        for header in dict.fromkeys(header for row in kept for header in row.values)
        if header not in {PROBLEM_HEADER, EXPECTED_HEADER}
    ]
    table = [[*headers, PROBLEM_HEADER, EXPECTED_HEADER]]
    for row in kept:
        found = errors_first(row.findings)
        problems = "\n".join(describe(row, item) for item in found)
        expected = "\n".join(item.expected_zh for item in found)
        table.append([*(row.values.get(header, "") for header in headers), problems, expected])
    return _csv(table)


def to_fix_jsonl(rows: Iterable[FormRow]) -> bytes:
    """Return JSON Lines with a member ``_problems`` each; a line that is no JSON stays as it is."""
    lines = []
    for row in rows:
        notes = [
            {
                "pointer": item.pointer,
                "code": item.code,
                "zh": item.zh,
                "expected": item.expected_zh,
            }
            for item in errors_first(row.findings)
        ]
        if row.main is None:
            lines.append(row.values["json"].encode())
            continue
        whole: Part = {"main": row.main, _PROBLEMS: notes}
        if row.restricted is not None:
            whole["restricted"] = row.restricted
        lines.append(msgspec.json.encode(whole))
    return b"".join(line + b"\n" for line in lines)


def _csv(table: list[list[str]]) -> bytes:
    out = io.StringIO(newline="")
    csv.writer(out).writerows(table)
    return (_BOM + out.getvalue()).encode()


__all__ = [
    "FormDefaults",
    "FormRow",
    "describe",
    "fill",
    "fill_restricted",
    "is_json",
    "natural_id",
    "read_csv",
    "read_file",
    "read_jsonl",
    "to_fix_csv",
    "to_fix_jsonl",
    "write_template",
]
