"""A row of a clerk's file, as it was given and as it was read, and the names of its cells."""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import Final, Literal

from msgspec import Struct

from registry.forms.column import Form
from registry.forms.rows import Part
from registry.ingest.reasons import Finding

_PLAIN_NAME: Final = re.compile(r"[^\W\d][\w.]*")


@dataclass(frozen=True, slots=True)
class LeftOut:
    """What was not read as a record: a row, or with row 0 a sheet; ``text`` is how it begins."""

    why: Literal["note", "header", "unknown-sheet", "hidden-sheet", "example-sheet", "hidden-rows"]
    sheet: str
    row: int = 0
    text: str = ""


class Cells(Mapping[str, str]):
    """The cells of a row by header, with as little of its own as can be."""

    __slots__ = ("_headers", "_texts")

    def __init__(self, headers: Mapping[str, int], texts: tuple[str, ...]) -> None:
        """Take the place of each header, shared by all rows, and the texts of one."""
        self._headers = headers
        self._texts = texts

    def __getitem__(self, header: str) -> str:
        """Return the text under a header."""
        return self._texts[self._headers[header]]

    def __iter__(self) -> Iterator[str]:
        """Give the headers in their order."""
        return iter(self._headers)

    def __len__(self) -> int:
        """Return the number of headers."""
        return len(self._headers)


class FormRow(Struct, frozen=True, gc=False):
    """One row of a file: its number as a spreadsheet counts, its cells, and the parts made of it.

    ``main`` is None when the row is no record at all. ``columns`` maps pointers to headers,
    ``letters`` headers to the letters of their columns; ``sheet`` is empty but for a workbook.
    A Struct because a large file has 100,000 of them.
    """

    row: int
    values: Mapping[str, str]
    main: Part | None
    restricted: Part | None
    findings: tuple[Finding, ...]
    columns: Mapping[str, str] = {}
    letters: Mapping[str, str] = {}
    sheet: str = ""
    form: Form | None = None

    def column(self, pointer: str) -> str:
        """Return the header of the cell a finding is about; the pointer itself without one."""
        at = pointer
        while at:
            if at in self.columns:
                return self.columns[at]
            at = at.rpartition("/")[0]
        inside = (name for at, name in self.columns.items() if at.startswith(f"{pointer}/"))
        return next(inside, pointer) if pointer else ""

    def cell(self, pointer: str) -> str:
        """Return the name of the cell a finding is about, as 处罚信息!H12; empty without one."""
        letters = self.letters.get(self.column(pointer))
        return cell_name(self.sheet, f"{letters}{self.row}") if letters else ""

    def place(self, pointer: str) -> str:
        """Return where a finding stands: its cell, or the row, and of a workbook the sheet."""
        row = f"第{self.row}行"
        return self.cell(pointer) or (f"工作表“{self.sheet}”{row}" if self.sheet else row)


def cell_name(sheet: str, cell: str) -> str:
    """Return a cell's name with its sheet, quoted as spreadsheets do where it has to be."""
    if not sheet:
        return cell
    name = sheet if _PLAIN_NAME.fullmatch(sheet) else "'" + sheet.replace("'", "''") + "'"
    return f"{name}!{cell}"


@lru_cache(maxsize=1024)
def column_letters(number: int) -> str:
    """Return the letters of a column counted from 1."""
    letters = ""
    while number:
        number, rest = divmod(number - 1, 26)
        letters = chr(65 + rest) + letters
    return letters


def describe(row: FormRow, found: Finding) -> str:
    """Return a finding in the clerk's words: “column”: what is wrong."""
    place = row.column(found.pointer)
    note = "" if found.level == "error" else "（提示）"
    return f"{note}“{place}”：{found.zh}" if place else f"{note}{found.zh}"
