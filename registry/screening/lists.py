"""A list as somebody holds it: CSV, workbook or JSON in, one row after another out.

Nothing is left out in silence: an empty row between others, one that is too long or holds control
characters, and one that repeats another are rows too, and say what they are.
"""

import csv
import io
import re
import unicodedata
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import islice
from typing import Final

import msgspec

from registry.errors import MalformedRefusal, TooLargeRefusal
from registry.forms.jsonl import decode_text
from registry.forms.sheets import kind_of, read_sheets, walk
from registry.forms.sheets_cells import plain_text
from registry.forms.table import HEADER_ROWS
from registry.screening.matching import Asked, code_of
from registry.store.screenings import KeptRow
from search.keys import read
from search.query import TEXT_MAX

BODY_MAX: Final = 16 * 1024 * 1024
"""Bytes of what is sent: fifty thousand rows are some four million, as a workbook less."""
ROWS_MAX: Final = 50_000
CELLS_MAX: Final = 200
"""Columns that are looked at."""
_CELL_MAX: Final = 10_000
"""Characters of a cell that are looked at: what is longer is too long all the same."""
_NAMES: Final = (
    *("名称", "企业名称", "单位名称", "主体名称", "机构名称", "公司名称", "市场主体名称"),
    *("信用主体", "信用主体名称", "行政相对人名称", "供应商名称", "供应商", "投标人", "投标人名称"),
    *("当事人", "当事人名称", "被查询主体", "name", "company", "companyname", "enterprise"),
)
_CODES: Final = (
    *("代码", "信用代码", "社会信用代码", "机构代码", "组织机构代码", "主体代码", "注册号"),
    *("工商注册号", "证件号码", "code", "uscc", "creditcode"),
)
_WHOLE_CODE: Final = "统一社会信用代码"
_PLAIN: Final = re.compile(r"[\s*＊:：_\-]+")
_SERIAL: Final = re.compile(r"[0-9]{1,6}[.、]?\Z")
_CONTROL: Final = frozenset({"Cc", "Cs"})
_BLANK: Final = frozenset("\t\n\r")


@dataclass(frozen=True, slots=True)
class Listed:
    """A list that was read; ``header`` is the line of its headers, 0 where there are none."""

    rows: tuple[KeptRow, ...]
    header: int = 0
    left_out: tuple[str, ...] = ()


@dataclass(slots=True)
class _Reading:
    """Rows as they come, numbered, each told whether an earlier one says the same."""

    rows: list[KeptRow] = field(default_factory=list)
    _met: dict[bytes, int] = field(default_factory=dict)
    _blank_from: int = 0
    _blanks: int = 0

    def add(self, line: int, name: str, code: str) -> None:
        """Add what a line says; empty ones count once another follows.

        Raises:
            TooLargeRefusal: that is one too many (``too-many-rows``).
        """
        if not name.strip() and not code.strip():
            self._blank_from = self._blank_from if self._blanks else line
            self._blanks += 1
            return
        if len(self.rows) + self._blanks >= ROWS_MAX:
            raise TooLargeRefusal(
                f"一次最多筛查 {ROWS_MAX} 行，请分批提交。",
                f"At most {ROWS_MAX} rows are screened at once: send it in parts.",
                code="too-many-rows",
            )
        for blank in range(self._blanks):
            self._keep(self._blank_from + blank, "", "", "empty-row", "")
        self._blanks = 0
        self._keep(line, *_read_row(name, code))

    def _keep(self, line: int, name: str, code: str, problem: str, note: str) -> None:
        key = Asked(name, code).key
        number = len(self.rows) + 1
        same = 0 if problem else self._met.setdefault(key, number)
        self.rows.append(
            KeptRow(number, line, name, code, problem, note, same if same != number else 0, key)
        )


def _read_row(name: str, code: str) -> tuple[str, str, str, str]:
    """Return name, code, why the row cannot be asked about, and what is odd about it."""
    name, odd_name = cleaned(name[:_CELL_MAX])
    code, odd_code = cleaned(code[:_CELL_MAX])
    note = "control-characters" if odd_name or odd_code else ""
    if len(name) > TEXT_MAX or len(code) > TEXT_MAX:
        return name[:TEXT_MAX], code[:TEXT_MAX], "too-long", note
    if not code:
        return name, "", "" if name else "empty-row", note
    normal, wrong = code_of(code)
    if wrong == "code-malformed" and not name:
        return "", code, wrong, note
    return name, code if wrong == "code-malformed" else normal, "", wrong or note


def cleaned(text: str) -> tuple[str, bool]:
    """Return a text in one line without controls, and whether it had any."""
    kept = "".join(" " if char in _BLANK else char for char in text if not _is_control(char))
    return " ".join(kept.split()), any(map(_is_control, text))


def _is_control(char: str) -> bool:
    return char not in _BLANK and unicodedata.category(char) in _CONTROL


def read_list(data: bytes) -> Listed:
    """Read a list; which columns are meant is known by their headers, else by what stands in them.

    Raises:
        MalformedRefusal: it is no such file, or it holds no row (``no-rows``).
        TooLargeRefusal: it has too many rows, or is no workbook that may be read.
    """
    reading, header = _Reading(), 0
    left_out: list[str] = []
    if data.removeprefix(b"\xef\xbb\xbf").lstrip()[:1] in {b"{", b"["}:
        for line, name, code in _json_rows(decode_text(data)):
            reading.add(line, name, code)
    else:
        for sheet, rows in _tables(data, left_out):
            if reading.rows:
                left_out.append(sheet)
            else:
                header = _read_table(rows, reading)
    if not reading.rows:
        raise MalformedRefusal(
            "文件中没有可以查询的名称或代码。",
            "There is no name and no code in the file.",
            code="no-rows",
        )
    return Listed(tuple(reading.rows), header, tuple(left_out))


def _json_rows(text: str) -> Iterator[tuple[int, str, str]]:
    """Yield rows of an array, of ``{"rows": […]}``, or of one object a line."""
    try:
        whole: object = msgspec.json.decode(text)
    except (msgspec.DecodeError, RecursionError):
        lines = [(at, line) for at, line in enumerate(text.split("\n"), 1) if line.strip()]
        yield from (_json_row(at, _decoded(at, line)) for at, line in lines)
        return
    if isinstance(whole, dict) and isinstance(whole.get("rows"), list):
        whole = whole["rows"]
    for at, one in enumerate(whole if isinstance(whole, list) else [whole], 1):
        yield _json_row(at, one)


def _decoded(at: int, line: str) -> object:
    try:
        found: object = msgspec.json.decode(line)
    except (msgspec.DecodeError, RecursionError) as error:
        raise _bad_line(at) from error
    return found


def _json_row(at: int, one: object) -> tuple[int, str, str]:
    if isinstance(one, str):
        return (at, "", one) if read(one[: TEXT_MAX + 1]) == "code" else (at, one, "")
    if isinstance(one, dict):
        name, code = one.get("name", ""), one.get("code", "")
        if isinstance(name, str) and isinstance(code, str):
            return at, name, code
    raise _bad_line(at)


def _bad_line(at: int) -> MalformedRefusal:
    return MalformedRefusal(
        f'第{at}行不是名称、代码或 {{"name": "…", "code": "…"}}。',
        f'Row {at} is no text and no object as {{"name": "…", "code": "…"}}.',
        code="bad-line",
    )


def _tables(
    data: bytes, left_out: list[str]
) -> Iterator[tuple[str, Iterator[tuple[int, list[str]]]]]:
    kind = kind_of(data)
    if kind == "text":
        text = decode_text(data)
        delimiter = "\t" if "\t" in text.partition("\n")[0] else ","
        yield "", _csv_rows(text, delimiter)
        return
    facts = walk(data, kind)
    for table in read_sheets(data, facts, []):
        rows = ((line, [plain_text(c) for c in cells[:CELLS_MAX]]) for line, cells in table.rows)
        yield table.sheet, rows
    left_out += [one.name for one in facts if one.hidden]


def _csv_rows(text: str, delimiter: str) -> Iterator[tuple[int, list[str]]]:
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter)
    try:
        for cells in reader:
            yield reader.line_num, cells[:CELLS_MAX]
    except csv.Error as error:
        raise MalformedRefusal(
            f"第{reader.line_num}行不是完整的 CSV：{error}",
            f"Line {reader.line_num} is not whole CSV: {error}",
            code="bad-line",
        ) from error


def _read_table(rows: Iterator[tuple[int, list[str]]], reading: _Reading) -> int:
    """Read the rows of a table; return the line of its headers, 0 where there are none."""
    head = list(islice(rows, HEADER_ROWS))
    at, places = _header(head)
    for line, cells in head[at:] if places else head:
        reading.add(line, *_of_cells(cells, places))
    for line, cells in rows:
        reading.add(line, *_of_cells(cells, places))
    return head[at - 1][0] if places else 0


def _header(head: Sequence[tuple[int, list[str]]]) -> tuple[int, Mapping[str, int]]:
    """Return how many rows come before the first below the headers, and where which column is."""
    for at, (_, cells) in enumerate(head, 1):
        found: dict[str, int] = {}
        for place, cell in enumerate(cells):
            if (column := _column(cell)) and column not in found:
                found[column] = place
        if found:
            return at, found
    return 0, {}


def _column(cell: str) -> str:
    plain = _PLAIN.sub("", cell).lower()
    if _WHOLE_CODE in plain or plain in _CODES:
        return "code"
    return "name" if plain in _NAMES else ""


def _of_cells(cells: Sequence[str], places: Mapping[str, int]) -> tuple[str, str]:
    """Return name and code of a row; without headers by what its cells look like."""
    if places:
        name, code = (
            cells[at] if (at := places.get(column, -1)) in range(len(cells)) else ""
            for column in ("name", "code")
        )
        if "code" not in places and read(name.strip()[: TEXT_MAX + 1]) == "code":
            return "", name  # one column for both
        return name, code
    return _by_position(one for one in cells if one.strip())


def _by_position(cells: Iterable[str]) -> tuple[str, str]:
    """Take the first cell that looks like a code, and the first other that is no serial number."""
    name = code = ""
    left = list(cells)
    for cell in left:
        if not code and read(cell.strip()[: TEXT_MAX + 1]) == "code":
            code = cell
        elif not name and (len(left) == 1 or not _SERIAL.match(cell.strip())):
            name = cell
    return name, code
