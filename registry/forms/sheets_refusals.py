"""Refusals of whole files (``sheets.toml``), bounds of a workbook, and what is known of a sheet.

A workbook comes from a clerk's office, so it may have come from anywhere: before the library that
reads it sees a byte, ``sheets_xlsx`` or ``sheets_xls`` has walked it within these bounds.
"""

from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

import msgspec

from registry.errors import MalformedRefusal, TooLargeRefusal

MAX_FILE: Final = 64 * 1024 * 1024
"""Bytes of a workbook: 100,000 rows of a template are about 10 MiB."""
MAX_ROWS: Final = 200_000
MAX_COLUMNS: Final = 256
MAX_AREA: Final = 8_000_000
"""Rows times columns of a sheet: the reader keeps every cell of that rectangle, empty or not."""
MAX_SHEETS: Final = 64
MAX_STRINGS: Final = 4_000_000
MAX_TEXT: Final = 128 * 1024 * 1024
"""Characters of all cells, a text that is used twice counted twice: the reader copies it."""
MAX_MERGES: Final = 50_000
MAX_FORMULAS: Final = 500_000


class _Texts(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    zh: str
    en: str


_DATA: Final = msgspec.toml.decode(Path(__file__).with_name("sheets.toml").read_bytes())
_WHAT: Final = msgspec.convert(_DATA.pop("what"), dict[str, _Texts])
REFUSALS: Final = msgspec.convert(_DATA, dict[str, _Texts])
"""By code: the texts of a refusal."""


def refused(code: str, **facts: object) -> MalformedRefusal:
    """Return the refusal of a file; ``facts`` fill the places of its texts."""
    texts = REFUSALS[code]
    return MalformedRefusal(texts.zh.format(**facts), texts.en.format(**facts), code=code)


def too_large(what: str, limit: int, sheet: str = "") -> TooLargeRefusal:
    """Return the refusal of a file that has too much of something (a name of ``[what]``)."""
    code, named = "spreadsheet-too-large", _WHAT[what]
    texts, shown = REFUSALS[code], f"{limit:,}"
    return TooLargeRefusal(
        texts.zh.format(what_zh=named.zh.format(sheet=sheet), limit=shown),
        texts.en.format(what_en=named.en.format(sheet=sheet), limit=shown),
        code=code,
    )


def within(what: str, number: int, limit: int, sheet: str = "") -> None:
    """Raise ``spreadsheet-too-large`` when a number is above its limit."""
    if number > limit:
        raise too_large(what, limit, sheet)


Merge = tuple[int, int, int, int]
"""First row, first column, last row, last column, all from 1 and included."""


@dataclass(slots=True)
class SheetFacts:
    """What a walk through a sheet found; rows and columns count from 1.

    ``formulas`` are the columns of the cells with a formula, by row; ``from_1904`` says that days
    are counted from 1904 on, as on an old Macintosh.
    """

    name: str
    hidden: bool = False
    from_1904: bool = False
    rows: int = 0
    columns: int = 0
    hidden_rows: int = 0
    text: int = 0
    formulas: dict[int, list[int]] = field(default_factory=dict)
    merges: list[Merge] = field(default_factory=list)
    _formulas: int = 0
    _merged: int = 0

    def cell(self, row: int, column: int) -> None:
        """Take note of a cell that is not empty."""
        self.rows = max(self.rows, row)
        self.columns = max(self.columns, column)

    def formula(self, row: int, column: int) -> None:
        """Take note of a formula.

        Raises:
            TooLargeRefusal: there are too many.
        """
        self._formulas += 1
        within("formulas", self._formulas, MAX_FORMULAS)
        self.formulas.setdefault(row, []).append(column)

    def merge(self, merge: Merge) -> None:
        """Take note of a merged range.

        Raises:
            TooLargeRefusal: there are too many, or they cover too many rows.
        """
        self._merged += merge[2] - merge[0] + 1
        within("merges", len(self.merges) + 1, MAX_MERGES)
        within("merges", self._merged, MAX_ROWS * 4)
        self.merges.append(merge)

    def bounded(self) -> None:
        """Say whether the sheet fits.

        Raises:
            TooLargeRefusal: too many rows, columns, cells or characters.
        """
        within("rows", self.rows, MAX_ROWS, self.name)
        within("columns", self.columns, MAX_COLUMNS, self.name)
        within("area", self.rows * self.columns, MAX_AREA, self.name)
        within("text", self.text, MAX_TEXT)
