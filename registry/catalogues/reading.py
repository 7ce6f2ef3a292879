"""Catalogues of standards as rows for records: good rows go on, odd ones are named.

Pure: text in, rows out, one at a time. The cells are gone through twice, once for the numbers and
what they replace (to resolve relations, find repeats and cycles), once row by row. They are read,
never repaired.
"""

import csv
import io
from collections import defaultdict
from collections.abc import Iterator
from typing import Final

from msgspec import Struct

from registry.catalogues.cells import (
    Cells,
    Fields,
    Index,
    is_project,
    normal,
    split_relations,
)
from registry.catalogues.formats import FORMATS, Format, FormatName
from registry.catalogues.problems import Problem, Summary, Told
from registry.errors import MalformedRefusal, TooLargeRefusal

MAX_CHARACTERS: Final = 64 * 1024 * 1024
MAX_ROWS: Final = 200_000
MAX_CELL: Final = 20_000


class CatalogueRow(Struct, frozen=True):
    """A row: its line, the fields of a `standard` record or None, and what is odd about it."""

    line: int
    fields: Fields | None
    problems: tuple[Problem, ...]


class _Taken(Struct, frozen=True, gc=False):
    """The row that is taken for a number: its line, what it is chosen by, its cells."""

    line: int
    rank: str
    row: list[str]


class Catalogue:
    """An open catalogue; ``summary`` fills while `rows` are read, its relations at once."""

    def __init__(self, text: str, name: FormatName) -> None:
        """Split into cells, look at the header, and go through the numbers and relations.

        Raises:
            MalformedRefusal: columns are missing, or it is no CSV.
            TooLargeRefusal: it has too many characters, rows, or characters in a cell.
        """
        if len(text) > MAX_CHARACTERS:
            raise _too_large("文件超过", "个字符", "characters in the file", MAX_CHARACTERS)
        self._format = FORMATS[name]
        self._header, self._rows = _split(text, self._format)
        self._places = {column: at for at, column in enumerate(self._header)}
        self.summary = Summary()
        self._taken: dict[str, _Taken] = {}
        self._index = self._look()

    def rows(self) -> Iterator[CatalogueRow]:
        """Yield each row, in the order of the file."""
        for line, cells in self._rows:
            row = self._row(line, cells)
            self.summary.rows += 1
            self.summary.good += row.fields is not None
            if row.problems:
                self.summary.codes.update(problem.code for problem in row.problems)
            yield row

    def _row(self, line: int, row: list[str]) -> CatalogueRow:
        told = Told(line)
        fields: Fields = {}
        cells: Cells = dict(zip(self._header, row, strict=False))
        number = normal(cells.get(self._format.number, ""))
        taken = self._taken.get(number)
        if len(row) != len(self._header):
            told.tell(self._header[0], "cells-count", len(row), len(self._header))
        if taken is not None and taken.line != line:
            self._tell_repeat(cells, told, taken, number)
        elif not told.problems:
            fields = self._format.read(cells, self._index, told)
        return CatalogueRow(line, None if told.stops else fields, tuple(told.problems))

    def _tell_repeat(self, cells: Cells, told: Told, taken: _Taken, number: str) -> None:
        other = dict(zip(self._header, taken.row, strict=True))
        differing = [name for name in self._format.columns if cells.get(name) != other[name]]
        code = "repeated-differs" if differing else "repeated-row"
        told.tell(self._format.number, code, number, taken.line, columns=", ".join(differing))

    def _look(self) -> Index:
        """Take one row for each number, and count and resolve what is replaced."""
        named: list[tuple[str, str]] = []
        form, places = self._format, self._places
        for line, row in self._rows:
            if len(row) != len(self._header):
                continue
            number = normal(row[places[form.number]])
            rank = row[places[form.rank]].strip() if form.rank else ""
            best = self._taken.get(number)
            if number and (best is None or rank > best.rank):
                self._taken[number] = _Taken(line, rank, row)
            replaced = row[places[form.replaced]] if form.replaced else ""
            if replaced:
                named += [(number, normal(text) or text) for text in split_relations(replaced)]
        summary = self.summary
        summary.relations = len(named)
        summary.unresolved.update(old for _, old in named if old not in self._taken)
        summary.resolved = summary.relations - summary.unresolved.total()
        pairs = {(new, old) for new, old in named if new != old and not _of_project(new, old)}
        lines = {number: taken.line for number, taken in self._taken.items()}
        return Index(lines, in_cycles(pairs))


def _of_project(new: str, old: str) -> bool:
    return is_project(old) and not is_project(new)


def in_cycles(pairs: set[tuple[str, str]]) -> frozenset[tuple[str, str]]:
    """Return the pairs (newer, older) that may be in a cycle.

    They are left when all is taken away that replaces nothing, or is replaced by nothing, again
    and again.
    """
    return frozenset(_without_ends(_without_ends(pairs, 0), 1))


def _without_ends(pairs: set[tuple[str, str]], side: int) -> set[tuple[str, str]]:
    """Take away, again and again, each pair whose other end begins (``side`` 0) no pair."""
    ends: defaultdict[str, list[tuple[str, str]]] = defaultdict(list)
    degree: defaultdict[str, int] = defaultdict(int)
    for pair in pairs:
        ends[pair[1 - side]].append(pair)
        degree[pair[side]] += 1
    left = set(pairs)
    loose = [name for name in ends if not degree[name]]
    while loose:
        for pair in ends[loose.pop()]:
            left.discard(pair)
            degree[pair[side]] -= 1
            if not degree[pair[side]]:
                loose.append(pair[side])
    return left


def _split(text: str, form: Format) -> tuple[list[str], list[tuple[int, list[str]]]]:
    """Return the header, and of each row that has cells its line in the file and those."""
    reader = csv.reader(io.StringIO(text.removeprefix("\ufeff"), newline=""), strict=True)
    rows: list[tuple[int, list[str]]] = []
    try:
        header = [name.strip() for name in next(reader, [])]
        _require(header, form)
        begins = reader.line_num
        for count, row in enumerate(reader, start=1):
            line, begins = begins + 1, reader.line_num
            if count > MAX_ROWS:
                raise _too_large("超过", "行", "rows", MAX_ROWS)
            if max(map(len, row), default=0) > MAX_CELL:
                raise _too_large(f"第 {line} 行的单元格超过", "个字符", "characters", MAX_CELL)
            if row:
                rows.append((line, row))
    except csv.Error as error:
        at = reader.line_num
        raise MalformedRefusal(
            f"第 {at} 行不是 CSV；应为逗号分隔、双引号成对的文本",
            f"line {at} is no CSV ({error}); right are commas, and quotes in pairs",
            code="catalogue-no-csv",
        ) from error
    return header, rows


def _require(header: list[str], form: Format) -> None:
    if missing := [column for column in form.columns if column not in header]:
        names, right = ", ".join(missing), ", ".join(form.columns)
        raise MalformedRefusal(
            f"缺少列：{names}；应有：{right}",
            f"columns are missing: {names}; right are {right}",
            code="catalogue-columns",
        )


def _too_large(before: str, unit: str, en: str, limit: int) -> TooLargeRefusal:
    return TooLargeRefusal(
        f"{before} {limit} {unit}；请分成几个文件",
        f"more than {limit} {en}; split the file",
        code="catalogue-too-large",
    )
