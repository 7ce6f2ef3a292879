"""A walk through one worksheet part of an XLSX package: its cells, formulas and merged ranges.

Nearly every row of a large sheet has the form of another one: the same cells with other numbers.
With its digits made alike it *is* the other one, so each form is looked at once, and of its rows
only the numbers are taken: the cells' row and the shared texts they name.
"""

import re
from collections.abc import Callable
from functools import lru_cache
from struct import Struct
from typing import TYPE_CHECKING, Final, NamedTuple
from xml.parsers import expat

from registry.forms.sheets_plain import Pieces, not_plain
from registry.forms.sheets_refusals import Merge, SheetFacts, refused

if TYPE_CHECKING:
    from array import array

TRUE: Final = frozenset({"1", "true"})
_REF: Final = re.compile(r"([A-Z]{1,3})([0-9]{1,7})")
_ROW: Final = re.compile(r"[0-9]{1,7}")
_DIGITS: Final = "0123456789"

_BEGIN: Final = b"<sheetData>"
_END: Final = b"</row>"
_ALIKE: Final = bytes.maketrans(b"123456789", b"0" * 9)
_PLAIN_ROW: Final = re.compile(
    rb'<row r="(0{1,7})"((?: [A-Za-z][\w.:]{0,30}="[^"<&]{0,60}"){0,16})>'
)
_PLAIN_CELL: Final = re.compile(
    rb'<c r="([A-Z]{1,3})(0{1,7})"(?: s="0+")?'
    rb'(?: ?/>|></c>| t="s"><v>(0{1,9})</v></c>|(?: t="[nb]")?><v>([-+.E0]+)</v></c>)'
)
_ADDRESS, _SHARED, _VALUE = 2, 3, 4
_HIDDEN: Final = re.compile(rb' hidden="(?!false)')
_KEPT: Final = 4 * 1024 * 1024
"""Bytes of the forms remembered: they differ by the cells and by how long their numbers are."""

Element = Callable[[dict[str, str]], None]


class _Form(NamedTuple):
    """What all rows of one form have: where their numbers stand, and what is alike in them."""

    rows: Struct
    """Takes the number of the row, as it and each of its cells state it."""
    shared: Struct
    """Takes the numbers of the shared texts."""
    columns: int
    """The last column with a value; 0 without one."""
    text: int
    """Characters of the values that are no shared texts."""


@lru_cache(maxsize=1024)
def column_number(letters: str) -> int:
    """Return the number of a column from 1: A is 1, AA is 27."""
    number = 0
    for letter in letters:
        number = number * 26 + ord(letter) - 64
    return number


class SheetWalk:
    """The handlers of one worksheet part."""

    def __init__(self, facts: SheetFacts, lengths: "array[int]") -> None:
        """Take the facts to fill, and how long each shared text is."""
        self._facts = facts
        self._lengths = lengths
        self._row = self._column = 0
        self._digits = ""
        self._columns: dict[str, int] = {}
        self._shared = self._index = False
        self._number = ""
        self._forms: dict[bytes, _Form] = {}
        self._kept = 0
        kinds = {"c": self._cell, "v": self._value, "is": self._inline, "f": self._formula}
        self._kinds: dict[str, Element | None] = {
            **kinds,
            "row": self._begin,
            "mergeCell": self._merge,
        }

    def start(self, tag: str, attributes: dict[str, str]) -> None:
        """Take the start of an element, whatever prefix its name has."""
        kinds = self._kinds
        if tag not in kinds:
            kinds[tag] = kinds.get(tag.rpartition(":")[2]) if ":" in tag else None
        if (kind := kinds[tag]) is not None:
            kind(attributes)

    def text(self, characters: str) -> None:
        """Take characters: a text, or the number of a shared one, which may come in pieces."""
        if not self._index:
            self._facts.text += len(characters)
            return
        self._number += characters
        if self._number.isdigit():
            index = int(self._number)
            self._facts.text += self._lengths[index] if index < len(self._lengths) else 0

    def not_plain(self, pieces: Pieces) -> Pieces:
        """Measure the plain rows of the part; give the rest to the parser."""
        return not_plain(pieces, _BEGIN, _END, self._other_rows)

    def _other_rows(self, rows: bytes) -> Pieces:
        """Take the plain ones of whole rows, give the others."""
        start = 0
        for form in rows.translate(_ALIKE).split(_END)[:-1]:
            end = start + len(form) + len(_END)
            row = rows[start:end]
            start = end
            if not self._plain(form, row):
                yield row

    def _plain(self, alike: bytes, row: bytes) -> bool:
        """Measure a row of a plain form; False when the parser has to."""
        form = self._forms.get(alike)
        if form is None:
            if (form := _form_of(alike)) is None:
                return False
            if self._kept + len(alike) <= _KEPT:
                self._kept += len(alike)
                self._forms[alike] = form
        numbers = form.rows.unpack_from(row)
        if numbers.count(numbers[0]) < len(numbers):
            return False
        try:
            shared = sum(map(self._lengths.__getitem__, map(int, form.shared.unpack_from(row))))
        except IndexError:
            return False
        self._digits = numbers[0].decode()
        self._row = int(self._digits)
        self._index = False
        self._facts.text += form.text + shared
        if form.columns:
            self._facts.cell(self._row, form.columns)
        return True

    def _begin(self, attributes: dict[str, str]) -> None:
        number = attributes.get("r")
        self._digits = number if number and _ROW.fullmatch(number) else str(self._row + 1)
        self._row = int(self._digits)
        self._column = 0
        self._facts.hidden_rows += attributes.get("hidden") in TRUE

    def _cell(self, attributes: dict[str, str]) -> None:
        if reference := attributes.get("r"):
            letters = reference.rstrip(_DIGITS)
            if letters not in self._columns:
                if not _REF.fullmatch(reference):
                    raise refused("damaged-spreadsheet", reason=f"a cell named {reference[:20]}")
                self._columns[letters] = column_number(letters)
            self._column = self._columns[letters]
            if (row := reference[len(letters) :]) != self._digits:
                self._digits, self._row = row, int(row)
        else:
            self._column += 1
        self._shared, self._index = attributes.get("t") == "s", False

    def _value(self, _attributes: dict[str, str]) -> None:
        self._index, self._number = self._shared, ""
        if self._row > self._facts.rows or self._column > self._facts.columns:
            self._facts.cell(self._row, self._column)

    def _inline(self, _attributes: dict[str, str]) -> None:
        self._facts.cell(self._row, self._column)

    def _formula(self, _attributes: dict[str, str]) -> None:
        self._facts.formula(self._row, self._column)

    def _merge(self, attributes: dict[str, str]) -> None:
        first, _, last = attributes.get("ref", "").partition(":")
        one, two = _REF.fullmatch(first), _REF.fullmatch(last or first)
        if one and two:
            self._facts.merge(_range(one, two))


def _range(one: re.Match[str], two: re.Match[str]) -> Merge:
    return (int(one[2]), column_number(one[1]), int(two[2]), column_number(two[1]))


def _form_of(alike: bytes) -> _Form | None:
    """Look at a row with digits made alike; None when it is not plain."""
    row = _PLAIN_ROW.match(alike)
    if row is None or _HIDDEN.search(row[2]) or not _well_formed(row[0]):
        return None
    numbers, shared = [row.span(1)], []
    columns = text = 0
    at = row.end()
    while at < len(alike):
        cell = _PLAIN_CELL.match(alike, at)
        if cell is None:
            return None
        at = cell.end()
        numbers.append(cell.span(2))
        if cell.lastindex == _SHARED:
            shared.append(cell.span(_SHARED))
        elif cell.lastindex == _VALUE:
            text += len(cell[_VALUE])
        if cell.lastindex != _ADDRESS:
            columns = max(columns, column_number(cell[1].decode()))
    return _Form(_taking(numbers), _taking(shared), columns, text)


@lru_cache(maxsize=1024)
def _well_formed(tag: bytes) -> bool:
    """Ask the parser about the start of a row: no attribute twice, no broken character."""
    try:
        expat.ParserCreate().Parse(tag + _END, True)  # noqa: FBT003 - the signature of expat
    except expat.ExpatError:
        return False
    return True


def _taking(spans: list[tuple[int, int]]) -> Struct:
    """Return what takes the bytes of spans out of a row."""
    ends = [0, *(end for _, end in spans)]
    return Struct(
        "".join(
            f"{start - before}x{end - start}s"
            for before, (start, end) in zip(ends, spans, strict=False)
        )
    )
