"""The file that a door sends back: which rows it took, which not, and why.

A CSV or workbook with the document number or the row, the code or name, a result and a reason, as
platforms give them out; what cannot be matched with a row that was sent is named, never guessed.
"""

import csv
import io
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import islice
from typing import Final, Literal

from msgspec import Struct

from registry.errors import MalformedRefusal, TooLargeRefusal
from registry.exports.model import ROWS_MAX
from registry.exports.templates import RETURNED
from registry.forms.columns import plain_header
from registry.forms.jsonl import decode_text
from registry.forms.sheets import kind_of, read_sheets, walk
from registry.forms.sheets_cells import plain_text
from registry.store.exports import Result

BODY_MAX: Final = 32 * 1024 * 1024
"""Bytes: fifty thousand rows with their reasons are some ten million."""
REASON_MAX: Final = 500
UNMATCHED_MAX: Final = 200
"""Rows that fit none and are listed; the rest is counted."""
_HEADER_ROWS: Final = 20
_CELLS: Final = 200
_LONG_NUMBER: Final = re.compile(r"\d{14,17}[\dXx\uff38\uff58]")
"""Numbers of identity documents, of whatever width: a reason is no place for them."""
_COLUMNS: Final = {
    plain_header(said): column for column, names in RETURNED.headers.items() for said in names
}
_WORDS: Final[dict[str, Literal["accepted", "rejected"]]] = {
    said.upper(): result for result, words in RETURNED.words.items() for said in words
}


class Unmatched(Struct, frozen=True):
    """A row of the file that stands for none that was sent: where, what it says, why it fits none.

    ``why`` is ``no-such-row``, ``several-rows``, ``unknown-result``.
    """

    line: int
    text: str
    why: str


class Sent(Struct, frozen=True):
    """A row that was sent, by what a door knows it."""

    row: int
    number: str
    code: str
    name: str


class Matched(Struct, frozen=True):
    """What a file says of rows that were sent, and what of it fits none."""

    results: tuple[Result, ...]
    unmatched: tuple[Unmatched, ...]
    unmatched_count: int


def read_return(data: bytes, sent: Iterable[Sent], most: int = ROWS_MAX) -> Matched:
    """Match the rows of a file with those that were sent; of a row said twice the last counts.

    Raises:
        MalformedRefusal: no CSV or workbook, or without a header for number or row, and result.
        TooLargeRefusal: too many bytes or rows.
    """
    if len(data) > BODY_MAX:
        size = BODY_MAX // 2**20
        raise TooLargeRefusal(f"文件最大 {size} MiB。", f"A file has at most {size} MiB.")
    known, results, unmatched = _Known(sent), {}, []
    for count, (line, said) in enumerate(_rows(data), start=1):
        if count > most:
            raise TooLargeRefusal(
                f"回执文件最多 {most} 行。",
                f"A file that comes back has {most} rows at most.",
            )
        row, why = known.row(said)
        result = _WORDS.get(said.get("result", "").strip().upper())
        if row and result:
            reason = _LONG_NUMBER.sub(_masked, said.get("reason", "").strip())[:REASON_MAX]
            results[row] = Result(row, result, reason if result == "rejected" else "")
        else:
            shown = _LONG_NUMBER.sub(_masked, " ".join(filter(None, said.values())))[:100]
            unmatched.append(Unmatched(line, shown, why or "unknown-result"))
    listed = tuple(unmatched[:UNMATCHED_MAX])
    return Matched(tuple(results.values()), listed, len(unmatched))


def _masked(found: re.Match[str]) -> str:
    text = found[0]
    return f"{text[:3]}{'*' * (len(text) - 5)}{text[-2:]}"


class _Known:
    """The rows that were sent, by row, by number and code, by number and name, and by number."""

    def __init__(self, sent: Iterable[Sent]) -> None:
        self._by: dict[tuple[str, str], list[int]] = {}
        self._numbers: dict[int, str] = {}
        for one in sent:
            number = _plain(one.number)
            self._numbers[one.row] = number
            for other in {"", _plain(one.code), _plain(one.name)}:
                self._by.setdefault((number, other), []).append(one.row)

    def row(self, said: Mapping[str, str]) -> tuple[int, str]:
        """Return the row that is meant, or 0 and why it is none."""
        number, stated = _plain(said.get("number", "")), said.get("row", "").strip()
        if stated.isascii() and stated.isdigit() and len(stated) < 10:  # noqa: PLR2004 - no file has as many
            at = int(stated)
            if at in self._numbers and number in {"", self._numbers[at]}:
                return at, ""
        others = [_plain(said.get(name, "")) for name in ("code", "name")]
        tried = [(number, other) for other in (*others, "") if other] or [(number, "")]
        for key in tried if number else ():
            found = self._by.get(key, [])
            if len(found) == 1:
                return found[0], ""
            if found:
                return 0, "several-rows"
        return 0, "no-such-row"


def _plain(text: str) -> str:
    return plain_header(text)


def _rows(data: bytes) -> Iterator[tuple[int, dict[str, str]]]:
    """Give the rows below a header as column -> text, with their numbers."""
    for rows in _tables(data):
        head = list(islice(rows, _HEADER_ROWS))
        for at, (_, cells) in enumerate(head, start=1):
            places = _places(cells)
            if "result" in places and ("number" in places or "row" in places):
                yield from _below(places, head[at:], rows)
                return
    raise MalformedRefusal(
        "回执文件中没有找到表头：应有“决定书文号”（或“行号”）和“校验结果”两列，另可有“统一社会信用代码”"
        "“行政相对人名称”“失败原因”。",
        "No header was found in the file: it needs a column 决定书文号 (or 行号) and one 校验结果, "
        "and may have 统一社会信用代码, 行政相对人名称 and 失败原因.",
        code="unknown-return",
    )


def _below(
    places: Mapping[str, int],
    head: list[tuple[int, list[str]]],
    rows: Iterator[tuple[int, list[str]]],
) -> Iterator[tuple[int, dict[str, str]]]:
    for part in (iter(head), rows):
        for line, cells in part:
            said = {n: cells[at].replace("\0", "") for n, at in places.items() if at < len(cells)}
            if any(text.strip() for text in said.values()):
                yield line, said


def _places(cells: Sequence[str]) -> dict[str, int]:
    found: dict[str, int] = {}
    for place, cell in enumerate(cells):
        column = _COLUMNS.get(plain_header(cell))
        if column is not None:
            found.setdefault(column, place)
    return found


def _tables(data: bytes) -> Iterator[Iterator[tuple[int, list[str]]]]:
    kind = kind_of(data)
    if kind == "text":
        yield _csv_rows(decode_text(data))
        return
    for table in read_sheets(data, walk(data, kind), []):
        yield ((line, [plain_text(c) for c in cells[:_CELLS]]) for line, cells in table.rows)


def _csv_rows(text: str) -> Iterator[tuple[int, list[str]]]:
    first = "".join(islice(io.StringIO(text), _HEADER_ROWS))
    delimiter = "\t" if first.count("\t") > first.count(",") else ","
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter)
    yield from ((reader.line_num, cells[:_CELLS]) for cells in reader)
