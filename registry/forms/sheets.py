"""Workbooks: what kind of file the bytes are, and the tables in it.

The walk of ``sheets_xlsx`` or ``sheets_xls`` comes first; python-calamine then reads the cells,
one sheet at a time.
"""

import io
import itertools
import re
from collections.abc import Callable, Iterator, Sequence
from typing import Final, Literal, TypeVar

from python_calamine import CalamineError, CalamineWorkbook

from registry.forms.cells import LeftOut
from registry.forms.sheets_refusals import MAX_FILE, SheetFacts, refused, within
from registry.forms.sheets_xls import MAGIC, walk_xls
from registry.forms.sheets_xlsx import walk_xlsx
from registry.forms.table import Table

Kind = Literal["xlsx", "xls", "text"]
T = TypeVar("T")

_FOREIGN: Final = {
    b"%PDF": "PDF",
    b"\x89PNG": "PNG",
    b"\xff\xd8\xff": "JPEG",
    b"GIF8": "GIF",
    b"Rar!": "RAR",
    b"7z\xbc\xaf": "7-Zip",
    b"\x1f\x8b": "gzip",
    b"(\xb5/\xfd": "zstd",
    b"{\\rtf": "RTF",
    b"MZ": "EXE",
}
_PAGE: Final = re.compile(
    rb"\s*<(?:!doctype\s+html|html|head|body|table|meta|style|\?xml|workbook)\b", re.IGNORECASE
)
_UTF16: Final = (b"\xff\xfe", b"\xfe\xff")
_EXAMPLE: Final = re.compile(r"\s*(?:填写)?(?:示例|样例|样表|说明)|\s*example", re.IGNORECASE)


def kind_of(data: bytes) -> Kind:
    """Say what a file is by its bytes, whatever its name: a workbook, or text.

    Raises:
        MalformedRefusal: it is empty, or known to be neither.
    """
    if not data:
        raise refused("empty-file")
    if data.startswith(b"PK"):
        return "xlsx"
    if data.startswith(MAGIC):
        return "xls"
    for magic, name in _FOREIGN.items():
        if data.startswith(magic):
            raise refused("not-a-spreadsheet", kind=name)
    if data.startswith(MAGIC[:4]) or MAGIC.startswith(data):
        raise refused("damaged-spreadsheet", reason="OLE")
    head = data.removeprefix(b"\xef\xbb\xbf")[:1024]
    if _PAGE.match(head):
        kind = "XML" if head.lstrip()[:5].lower() == b"<?xml" else "HTML"
        raise refused("unsupported-spreadsheet", kind=kind)
    if b"\0" in head and not data.startswith(_UTF16):
        raise refused("not-a-spreadsheet", kind="binary")
    return "text"


def walk(data: bytes, kind: Kind) -> list[SheetFacts]:
    """Measure a workbook before it is read.

    Raises:
        Refusal: see ``walk_xlsx`` and ``walk_xls``.
    """
    within("file", len(data), MAX_FILE)
    return walk_xlsx(data) if kind == "xlsx" else walk_xls(data)


def read_sheets(
    data: bytes, facts: Sequence[SheetFacts], left_out: list[LeftOut]
) -> Iterator[Table]:
    """Give the tables of a workbook that may be read; hidden ones and examples are left out.

    Raises:
        MalformedRefusal: the reader cannot make sense of it.
    """
    workbook = _carefully(lambda: CalamineWorkbook.from_filelike(io.BytesIO(data)))
    with workbook:
        for sheet in facts:
            if not sheet.rows:
                continue
            if sheet.hidden:
                left_out.append(LeftOut("hidden-sheet", sheet.name))
            elif _EXAMPLE.match(sheet.name):
                left_out.append(LeftOut("example-sheet", sheet.name))
            else:
                yield _table(workbook, sheet)
                if sheet.hidden_rows:
                    text = str(sheet.hidden_rows)
                    left_out.append(LeftOut("hidden-rows", sheet.name, 0, text))


def _table(workbook: CalamineWorkbook, facts: SheetFacts) -> Table:
    rows = _rows(workbook, facts)
    serials = not facts.from_1904
    return Table(facts.name, rows, facts.formulas, facts.merges, serials)


def _rows(workbook: CalamineWorkbook, facts: SheetFacts) -> Iterator[tuple[int, Sequence[object]]]:
    sheet = _carefully(lambda: workbook.get_sheet_by_name(facts.name))
    before = [""] * (sheet.start[1] if sheet.start else 0)
    rows = sheet.iter_rows()
    for number in itertools.count(1):
        cells = _carefully(lambda: next(rows, None))
        if cells is None:
            return
        yield number, [*before, *cells] if before else cells


def _carefully(call: Callable[[], T]) -> T:
    """Call the reader, which on odd bytes may also panic: that is no ``Exception``."""
    try:
        return call()
    except CalamineError as error:
        raise refused("damaged-spreadsheet", reason=error) from error
    except BaseException as error:
        if type(error).__module__ == "pyo3_runtime":
            raise refused("damaged-spreadsheet", reason=error) from error
        raise
