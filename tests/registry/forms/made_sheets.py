"""Real workbooks, made as offices make them (openpyxl, xlwt) or as nobody honest does (raw ZIP)."""

import io
import re
import zipfile
from collections.abc import Callable, Mapping, Sequence

import msgspec
import openpyxl
import xlwt
from openpyxl.worksheet.worksheet import Worksheet

from registry.exchange.rows import Known, Row, RowChecker
from registry.forms.columns import FORMS
from registry.forms.files import ClerkFile, FormDefaults, open_file
from registry.forms.sheets_write import template_columns

DEFAULTS = FormDefaults(division="340200")
HEADERS = {
    form: [column.header for column in FORMS[form] if column.code != "CF_CFLB2"] for form in FORMS
}
PERMIT_NO = "行政许可决定文书号"
NO = "行政处罚决定书文号"
DATE = "处罚决定日期"
CODE = "行政相对人代码_1(统一社会信用代码)"
FINE = "罚款金额(万元)"
_EXAMPLES = {
    form: {column.header: column.example for column in template_columns(form)} for form in FORMS
}


def cells(number: int = 1, form: str = "penalty", **changes: object) -> dict[str, object]:
    """Return a good row by header; each number is another decision."""
    number_header = NO if form == "penalty" else PERMIT_NO
    return {**_EXAMPLES[form], number_header: f"示例〔2026〕{number}号", **changes}


def sheet(
    rows: Sequence[Mapping[str, object] | Sequence[object]],
    *,
    before: Sequence[Sequence[object]] = (),
    header: Sequence[str] | None = None,
    name: str = "处罚信息",
    and_then: Callable[[Worksheet], None] = lambda _sheet: None,
) -> bytes:
    """Return a workbook of one sheet: rows before, a header, rows by header or as lists."""
    book = openpyxl.Workbook()
    add(book, name, rows, before=before, header=header, first=True)
    and_then(book.active)
    return saved(book)


def add(
    book: openpyxl.Workbook,
    name: str,
    rows: Sequence[Mapping[str, object] | Sequence[object]],
    *,
    before: Sequence[Sequence[object]] = (),
    header: Sequence[str] | None = None,
    first: bool = False,
) -> Worksheet:
    page = book.active if first else book.create_sheet()
    page.title = name
    heads = list(header or HEADERS["penalty"])
    for row in (*before, heads):
        page.append(list(row))
    for row in rows:
        page.append([row.get(h) for h in heads] if isinstance(row, Mapping) else list(row))
    return page


def saved(book: openpyxl.Workbook) -> bytes:
    out = io.BytesIO()
    book.save(out)
    return out.getvalue()


def old_sheet(
    rows: Sequence[Mapping[str, object]],
    and_then: Callable[[xlwt.Worksheet, list[str]], None] = lambda _sheet, _heads: None,
) -> bytes:
    """Return an XLS of one sheet."""
    book = xlwt.Workbook()
    page = book.add_sheet("处罚信息")
    heads = HEADERS["penalty"]
    for index, head in enumerate(heads):
        page.write(0, index, head)
    for number, row in enumerate(rows, start=1):
        for index, head in enumerate(heads):
            if row.get(head) is not None:
                page.write(number, index, row[head])
    and_then(page, heads)
    out = io.BytesIO()
    book.save(out)
    return out.getvalue()


def read(data: bytes) -> tuple[ClerkFile, list[Row]]:
    """Read and check a file as the publisher's tool does."""
    opened = open_file(data, DEFAULTS)
    salts = (f"{number:032x}" for number in range(10**6))
    checker = RowChecker(lambda: next(salts), Known(None))
    return opened, [checker.check(row) for row in opened.rows]


def told(row: Row) -> set[tuple[str, str]]:
    """Return (cell, code) of everything found about a row."""
    return {(row.form.cell(found.pointer), found.code) for found in row.findings}


def good(data: bytes) -> list[dict[str, object]]:
    """Return the records of a file of which every row passes without a word."""
    _, rows = read(data)
    assert [row.findings for row in rows] == [()] * len(rows)
    return [msgspec.json.decode((row.line or b"").partition(b"\t")[0]) for row in rows]


def repacked(data: bytes, **parts: bytes | Callable[[bytes], bytes] | None) -> bytes:
    """Return a package with parts replaced, changed, added, or (None) taken out.

    A part is named by its path with ``__`` for ``/`` and without what follows the first dot.
    """
    out = io.BytesIO()
    left = dict(parts)
    with zipfile.ZipFile(io.BytesIO(data)) as old, zipfile.ZipFile(out, "w", 8) as new:
        for info in old.infolist():
            key = re.sub(r"\..*", "", info.filename).replace("/", "__").strip("[]")
            change = left.pop(key, b"")
            if change is None:
                continue
            content = old.read(info)
            content = change(content) if callable(change) else change or content
            new.writestr(info.filename, content)
        for key, added in left.items():
            if isinstance(added, bytes):
                new.writestr(f"{key.replace('__', '/')}.bin", added)
    return out.getvalue()
