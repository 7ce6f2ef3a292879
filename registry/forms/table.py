"""From a table of cells, of a CSV or of a sheet, to the rows of a form.

The header is found by its names; title rows before it, notes and sums behind the rows and headers
that are repeated are no records: they are left out and said to be. A row keeps its cells as they
were typed, so that it can be given back.
"""

import re
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import chain, islice
from operator import getitem
from typing import Final, Literal, TypeVar

from registry.forms.cells import Cells, FormRow, LeftOut, column_letters
from registry.forms.column import Column, Form
from registry.forms.columns import (
    FORMS,
    IGNORED,
    form_of,
    is_header,
    match_header,
    plain_header,
    recognise,
    type_place,
)
from registry.forms.reader import BLANK, ColumnReader
from registry.forms.rows import FormDefaults, build, natural_id
from registry.forms.sheets_cells import plain_text
from registry.forms.sheets_refusals import Merge
from registry.ingest.reasons import Finding, finding

HEADER_ROWS: Final = 20
"""Rows looked at for a header: titles, the reporting unit and the period stand before it."""
_LOOKED_AT: Final = 5
"""Rows below a header looked at for the record type that they state."""
_NOTE: Final = re.compile(
    r"\s*[（(]?(备\s*注|附?\s*注|(填[报表写])?说\s*明|[合总小共]\s*计|填[报表](人|单位|日期)|制表|"
    r"审[核批]|复核|单位负责人|负责人|联系(人|电话|方式))[）)]?\s*([:：0-9一二三1-9、.．(（]|人|日期|$)"
)
_NOTE_CELLS: Final = 5
_FURTHER_CELLS: Final = 2
_SHOWN: Final = 60
T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Table:
    """A table of a file: its rows as (number from 1, cells), and what is special about cells.

    ``sheet`` is empty for a CSV. ``formulas`` are columns from 1 by row.
    """

    sheet: str
    rows: Iterator[tuple[int, Sequence[object]]]
    formulas: Mapping[int, Sequence[int]] = field(default_factory=dict)
    merges: Sequence[Merge] = ()
    serials: bool = False
    check: Callable[[Sequence[str]], Finding | None] = lambda _cells: None
    """Looks for a defect of a whole row."""


def read_table(
    table: Table, defaults: FormDefaults, left_out: list[LeftOut]
) -> Iterator[FormRow] | None:
    """Return the rows of a table that has the header of a form, or None.

    What is left out is added to ``left_out`` as it is met.
    """
    rows = iter(table.rows)
    head = list(islice(rows, HEADER_ROWS + _LOOKED_AT))
    for index, (number, cells) in enumerate(head):
        if number > HEADER_ROWS:
            break
        texts = [plain_text(cell) for cell in cells]
        below = head[index + 1 :]
        if form := _form(texts, [cells for _, cells in below[:_LOOKED_AT]], table.sheet):
            reader = _Reader(table, form, defaults, left_out)
            return reader.read(number, texts, chain(below, rows))
    return None


def reread(
    form: str,
    sheet: str,
    headers: Sequence[str],
    row: tuple[int, Sequence[str]],
    defaults: FormDefaults,
) -> FormRow | None:
    """Read one row again under headers that are known to be those of a form, by its name.

    None: it says so little that it is no record any more, or no more than the headers.
    """
    known = next(one for one in FORMS if one == form)
    reader = _Reader(Table(sheet, iter(())), known, defaults, [])
    return next(reader.read(row[0] - 1, list(headers), iter([row])), None)


def _form(texts: list[str], below: list[Sequence[object]], title: str) -> Form | None:
    """Return the form of a row of headers; an empty table is of any that its headers fit."""
    at = type_place(texts)
    types = [] if at is None else [plain_text(row[at]) for row in below if at < len(row)]
    form = form_of(texts, types, title)
    if form is None and at is not None and not any(map(any, below)):
        form = next((one for one in FORMS if is_header(one, texts)), None)
    return form


class _Reader:
    """Reads the rows below one header."""

    def __init__(
        self, table: Table, form: Form, defaults: FormDefaults, left_out: list[LeftOut]
    ) -> None:
        self._table = table
        self._form: Form = form
        self._defaults = defaults
        self._left_out = left_out
        self._notes = False
        self._odd: dict[int, list[tuple[int, str]]] = defaultdict(list)
        self._from_above: dict[int, list[tuple[int, int]]] = defaultdict(list)
        self._above: dict[tuple[int, int], object] = {}

    def read(
        self, number: int, header: list[str], rows: Iterator[tuple[int, Sequence[object]]]
    ) -> Iterator[FormRow]:
        """Give the rows below the header, which may have a second line with finer names."""
        first = next(rows, None)
        if first is not None and self._all_headers(first[1]):
            finer = [plain_text(cell) for cell in first[1]]
            size = max(len(header), len(finer))
            header, finer = _padded(header, size, ""), _padded(finer, size, "")
            header = [low or high for low, high in zip(finer, header, strict=True)]
            number, first = first[0], None
        self._take(header)
        self._spread(number)
        for at, cells in rows if first is None else _before(first, rows):
            if (row := self._row(at, cells)) is not None:
                yield row

    def _all_headers(self, cells: Sequence[object]) -> bool:
        names = [text for cell in cells if (text := plain_text(cell).strip())]
        return bool(names) and all(match_header(self._form, name) for name in names)

    def _take(self, header: list[str]) -> None:
        """Take the header: what each column is, its letters, and where each value is told."""
        self._headers = [text.strip() for text in header]
        self._matched = [match_header(self._form, text) for text in self._headers]
        self._places: dict[str, int] = {}
        for index, text in enumerate(self._headers):
            self._places.setdefault(text, index)
        self._letters = {
            text: column_letters(index + 1) for text, index in self._places.items() if text
        }
        found = zip(self._matched, self._headers, strict=True)
        self._columns = _columns(self._form, found)
        self._spare = [
            index
            for index, text in enumerate(self._headers)
            if self._matched[index] is None and plain_header(text) not in IGNORED
        ]
        known = [index for index, column in enumerate(self._matched) if column is not None]
        codes = {column.code for column in self._matched if column is not None}
        self._telling = [*known, *self._spare]
        self._repeated = len(codes) < len(known)
        serials = self._table.serials
        self._readers = [ColumnReader(column, serials=serials) for column in self._matched]

    def _spread(self, header: int) -> None:
        """Sort merged ranges below the header: down one column they repeat a value, no amount."""
        for top, left, bottom, right in self._table.merges:
            if bottom <= header:
                continue
            column = self._matched[left - 1] if left <= len(self._matched) else None
            plain = left == right and top > header
            name = f"{column_letters(left)}{top}:{column_letters(right)}{bottom}"
            for row in range(max(top, header + 1), bottom + 1):
                if plain and (column is None or column.reading != "amount"):
                    self._from_above[row].append((top, left - 1))
                else:
                    self._odd[row] += [(at - 1, name) for at in range(left, right + 1)]

    def _row(self, number: int, cells: Sequence[object]) -> FormRow | None:
        if self._no_record(number, cells):
            return None
        values = self._filled_from_above(number, cells)
        read = list(map(getitem, self._readers, values))
        read += [BLANK] * (len(self._readers) - len(read))
        texts = tuple([cell.text for cell in read])
        if not any(texts[index].strip() for index in self._telling):
            return None  # no more than its number: a table prepared and not filled in
        filled = [cell for cell in read if cell is not BLANK]
        main, restricted, left_out = build(self._form, filled, self._defaults)
        main["id"] = natural_id(main)
        odd = [cell.odd for cell in filled if cell.odd is not None]
        found = (*odd, *self._about_row(number, values, texts), *left_out)
        held = Cells(self._places, texts)
        shared = (self._columns, self._letters, self._table.sheet, self._form)
        return FormRow(number, held, main, restricted, found, *shared)

    def _no_record(self, number: int, cells: Sequence[object]) -> bool:
        """Tell empty rows, notes, sums and repeated headers from rows; say what was left out."""
        many = len(cells) - cells.count("") > _NOTE_CELLS
        if many and next(cell for cell in cells if cell != "") not in self._places:
            self._notes = False
            return False
        filled = [text for cell in cells if (text := plain_text(cell).strip())]
        if not filled:
            return True
        few = _FURTHER_CELLS if self._notes else 0
        self._notes = len(filled) <= few or (
            len(filled) <= _NOTE_CELLS and _NOTE.match(filled[0]) is not None
        )
        if not self._notes and (filled[0] not in self._places or not self._repeats(filled)):
            return False
        why: Literal["note", "header"] = "note" if self._notes else "header"
        shown = " ".join(filled)
        text = shown if len(shown) <= _SHOWN else f"{shown[: _SHOWN - 1]}…"
        self._left_out.append(LeftOut(why, self._table.sheet, number, text))
        return True

    def _repeats(self, filled: list[str]) -> bool:
        """Whether a row is the header once more, of this form or of another in the same sheet."""
        return is_header(self._form, filled) or recognise(filled) is not None

    def _filled_from_above(self, number: int, cells: Sequence[object]) -> Sequence[object]:
        """Return the cells of a row with the values of the ranges that reach down into it."""
        if number not in self._from_above:
            return cells
        values = _padded(cells, len(self._headers), "")
        for top, index in self._from_above[number]:
            if index >= len(values):
                continue
            if top == number:
                self._above[top, index] = values[index]
            values[index] = self._above.get((top, index), values[index])
        return values

    def _about_row(
        self, number: int, cells: Sequence[object], texts: Sequence[str]
    ) -> Iterator[Finding]:
        """Say what is odd about a row beyond what its cells say one by one."""
        for index in self._spare:
            if texts[index].strip():
                yield finding("unknown-column", "", column=self._headers[index])
        yield from self._oddities(number, texts)
        if self._repeated:
            yield from self._twice(texts)
        width = len(self._headers)
        if len(cells) > width and any(plain_text(cell).strip() for cell in cells[width:]):
            yield finding("extra-cells", "", value=len(cells) - width)
        if (whole := self._table.check(texts)) is not None:
            yield whole

    def _oddities(self, number: int, texts: Sequence[str]) -> Iterator[Finding]:
        """Name the formulas and the doubtful merged ranges of a row's known cells."""
        for at in self._table.formulas.get(number, ()):
            if at <= len(self._matched) and (column := self._matched[at - 1]) is not None:
                cell = f"{column_letters(at)}{number}"
                value = texts[at - 1]
                yield finding("formula", column.pointer, cell=cell, value=value)
        for index, merged in self._odd.get(number, ()):
            column = self._matched[index] if index < len(self._matched) else None
            if column is not None:
                cell = f"{column_letters(index + 1)}{number}"
                yield finding("merged-cells", column.pointer, cell=cell, range=merged)

    def _twice(self, texts: Sequence[str]) -> Iterator[Finding]:
        """Name a column that is there twice and says two things."""
        first: dict[str, str] = {}
        for column, text in zip(self._matched, texts, strict=True):
            if column is None or not text:
                continue
            if first.setdefault(column.code, text).strip() != text.strip():
                yield finding("repeated-column", column.pointer, column=column.header, value=text)


def _padded(cells: Sequence[T], size: int, blank: T) -> list[T]:
    return [*cells, *[blank] * (size - len(cells))]


def _before(
    first: tuple[int, Sequence[object]], rows: Iterable[tuple[int, Sequence[object]]]
) -> Iterator[tuple[int, Sequence[object]]]:
    yield first
    yield from rows


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
