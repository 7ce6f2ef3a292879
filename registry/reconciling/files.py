"""Files of the national side as rows: CSV, workbook or JSON Lines, columns known by their headers.

Nothing is guessed: a table whose header lacks a column that is needed is refused, and says which.
Titles before the header are passed over; a file is read once, row by row, within bounds.
"""

import csv
import io
import re
import unicodedata
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from itertools import chain, islice
from pathlib import Path
from typing import Final, Literal

import msgspec

from registry.errors import MalformedRefusal, TooLargeRefusal
from registry.forms.cells import cell_name, column_letters
from registry.forms.jsonl import decode_text, is_json
from registry.forms.rows import read_date
from registry.forms.sheets import kind_of, read_sheets, walk
from registry.forms.sheets_cells import plain_text
from registry.forms.table import HEADER_ROWS, Table

csv.field_size_limit(2**31 - 1)  # a cell that is too long is told of in its place
BYTES_MAX: Final = 64 * 1024 * 1024
ROWS_MAX: Final = 200_000
CELLS_MAX: Final = 200
"""Columns that are looked at."""
CELL_MAX: Final = 500
"""Characters of a cell: no number, code, name or result is longer."""
HEADER_MAX: Final = 100
"""Characters of a header that are kept: it stands beside each row that is told of."""
Kind = Literal["notice", "status"]
_Names = dict[str, list[str]]


class _Columns(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    notice: _Names
    status: _Names
    needed: dict[Kind, list[str]]
    states: _Names
    classes: _Names
    results: _Names


COLUMNS: Final = msgspec.toml.decode(
    Path(__file__).with_name("columns.toml").read_bytes(), type=_Columns
)
_PLAIN: Final = re.compile(r"\([^)]*\)|[\s*:_\-、]+")
_BRACKETS: Final = re.compile(r"[()]")
_DAY: Final = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")


def plain(text: str) -> str:
    """Return a header, or a word of a closed list, without what does not distinguish it."""
    return _PLAIN.sub("", unicodedata.normalize("NFKC", text)).lower()


def _by_word(names: _Names) -> dict[str, str]:
    return {plain(word): name for name, words in names.items() for word in words}


_HEADERS: Final[dict[Kind, dict[str, str]]] = {
    "notice": _by_word(COLUMNS.notice),
    "status": _by_word(COLUMNS.status),
}
STATES: Final = _by_word(COLUMNS.states)
CLASSES: Final = _by_word(COLUMNS.classes)
RESULTS: Final = _by_word(COLUMNS.results)
_NAMES: Final[dict[Kind, _Names]] = {"notice": COLUMNS.notice, "status": COLUMNS.status}


@dataclass(frozen=True, slots=True)
class Head:
    """The header of a table: the place of each column, and how it is headed there."""

    sheet: str
    places: Mapping[str, int]
    headers: Sequence[str]


@dataclass(frozen=True, slots=True)
class Row:
    """A row as typed: its line as the file counts, and its cells by column; absent ones are ''."""

    line: int
    cells: Mapping[str, str]
    head: Head

    def said(self, column: str) -> str:
        """Return what a cell says."""
        return self.cells.get(column, "")

    @property
    def sheet(self) -> str:
        """The sheet of a workbook; '' for any other file."""
        return "" if self.head.sheet == _JSON else self.head.sheet

    def header(self, kind: Kind, column: str) -> str:
        """Return how a column is headed here, else how it should be."""
        at = self.head.places.get(column)
        return _NAMES[kind][column][0] if at is None else self.head.headers[at]

    def cell(self, column: str) -> str:
        """Return the name of a cell, as 通知!C12; '' where there is none."""
        at = self.head.places.get(column)
        if at is None or self.head.sheet == _JSON:
            return ""
        return cell_name(self.head.sheet, f"{column_letters(at + 1)}{self.line}")


_JSON: Final = "\0json"


def word_of(words: Mapping[str, str], text: str) -> str:
    """Return which of a closed list of words a text is, '' for none.

    None, too, where what stands in brackets is a word for another thing: 终止公示（到期）.
    """
    parts = map(plain, _BRACKETS.split(unicodedata.normalize("NFKC", text)))
    said = {words[part] for part in parts if part in words}
    word = words.get(plain(text), "")
    return word if said <= {word} else ""


def day_of(text: str) -> date | None:
    """Return a date in a usual spelling; None for another text, and for a day that is none."""
    day = read_date(text)
    try:
        return date.fromisoformat(day) if _DAY.fullmatch(day) else None
    except ValueError:
        return None


def read_rows(data: bytes, kind: Kind) -> Iterator[Row]:
    """Give the rows of a file that say anything, each once.

    Raises:
        TooLargeRefusal: it has too many bytes or rows.
        MalformedRefusal: it is no such file, no table has the columns needed
            (``columns-missing``), or it has no row (``no-rows``).
    """
    if len(data) > BYTES_MAX:
        most = BYTES_MAX // 2**20
        raise TooLargeRefusal(f"文件最大 {most} MiB。", f"A file has at most {most} MiB.")
    rows = _json_rows(data, kind) if is_json(data) else _table_rows(data, kind)
    number = 0
    for row in rows:
        if not any(row.cells.values()):
            continue
        number += 1
        if number > ROWS_MAX:
            raise TooLargeRefusal(
                f"一个文件最多 {ROWS_MAX} 行，请分成几个文件。",
                f"A file has at most {ROWS_MAX} rows: send it in parts.",
                code="too-many-rows",
            )
        yield row
    if not number:
        raise MalformedRefusal("文件中没有数据行。", "The file has no rows.", code="no-rows")


def _table_rows(data: bytes, kind: Kind) -> Iterator[Row]:
    lacking: list[str] = []
    found = False
    for table in _tables(data):
        rows = iter(table.rows)
        before = list(islice(rows, HEADER_ROWS))
        at, head = _head(table.sheet, before, kind, lacking)
        if head is None:
            continue
        found = True
        yield from _below(head, chain(before[at:], rows))
    if not found:
        raise _no_columns(kind, lacking)


def _tables(data: bytes) -> Iterator[Table]:
    sort = kind_of(data)
    if sort != "text":
        yield from read_sheets(data, walk(data, sort), [])
        return
    text = decode_text(data)
    first = "".join(islice(io.StringIO(text), HEADER_ROWS))
    delimiter = "\t" if first.count("\t") > first.count(",") else ","
    yield Table("", _csv_rows(text, delimiter))


def _csv_rows(text: str, delimiter: str) -> Iterator[tuple[int, list[str]]]:
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter)
    for cells in reader:
        yield reader.line_num, cells


def _head(
    sheet: str, before: Sequence[tuple[int, Sequence[object]]], kind: Kind, lacking: list[str]
) -> tuple[int, Head | None]:
    """Return how many rows there are up to the header, and the header; None where there is none.

    What the likeliest header lacks is added to ``lacking``.
    """
    for at, (_, cells) in enumerate(before, start=1):
        texts = [plain_text(cell).strip() for cell in cells[:CELLS_MAX]]
        places: dict[str, int] = {}
        for place, text in enumerate(texts):
            if column := _HEADERS[kind].get(plain(text)):
                places.setdefault(column, place)
        missing = [column for column in COLUMNS.needed[kind] if column not in places]
        if not missing:
            return at, Head(sheet, places, [text[:HEADER_MAX].replace("\0", "") for text in texts])
        if len(missing) < len(COLUMNS.needed[kind]) and not lacking:
            lacking += missing
    return 0, None


def _below(head: Head, rows: Iterable[tuple[int, Sequence[object]]]) -> Iterator[Row]:
    columns = list(head.places.items())
    for line, cells in rows:
        have = len(cells)
        found = {name: _said(plain_text(cells[place])) for name, place in columns if place < have}
        yield Row(line, found, head)


def _said(text: str) -> str:
    """Return what a cell says, as far as it is looked at; the store takes no U+0000."""
    return text.replace("\0", "").strip()[: CELL_MAX + 1]


def _json_rows(data: bytes, kind: Kind) -> Iterator[Row]:
    names = _HEADERS[kind]
    for line, text in enumerate(decode_text(data).split("\n"), start=1):
        if not text.strip():
            continue
        try:
            whole = msgspec.json.decode(text, type=dict[str, str | int | None])
        except (msgspec.DecodeError, RecursionError) as error:
            raise MalformedRefusal(
                f"第{line}行不是由文字组成的 JSON 对象：{error}",
                f"Line {line} is no JSON object of texts: {error}",
                code="bad-line",
            ) from error
        headers = list(whole)
        places = {names[plain(name)]: at for at, name in enumerate(headers) if plain(name) in names}
        missing = [column for column in COLUMNS.needed[kind] if column not in places]
        if missing:
            raise _no_columns(kind, missing)
        head = Head(_JSON, places, [name[:HEADER_MAX].replace("\0", "") for name in headers])
        cells = {name: _said(str(whole[headers[at]] or "")) for name, at in places.items()}
        yield Row(line, cells, head)


def _no_columns(kind: Kind, lacking: Sequence[str]) -> MalformedRefusal:
    """Return the refusal of a file without the columns that are needed."""
    wanted = "、".join(_NAMES[kind][column][0] for column in lacking or COLUMNS.needed[kind])
    zh = "缺少列" if lacking else f"前{HEADER_ROWS}行中没有表头；须有列"
    en = "columns are missing" if lacking else "there is no header; needed are the columns"
    return MalformedRefusal(f"{zh}：{wanted}。", f"{en}: {wanted}.", code="columns-missing")
