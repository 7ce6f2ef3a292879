"""A walk through an XLS file (MS-CFB, MS-XLS) before it is read: bounds, honesty, formulas, merges.

An XLS is a small file system with one stream of records. Only what decides is looked at: what else
is in the file (macros, an encrypted package), where each sheet begins, and which cells hold what.
"""

import struct
from array import array
from collections.abc import Iterator
from typing import Final

from registry.forms.sheets_refusals import (
    MAX_SHEETS,
    MAX_STRINGS,
    SheetFacts,
    refused,
    within,
)

MAGIC: Final = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
_FREE: Final = 0xFFFFFFFA  # sector numbers from here on are marks, MS-CFB 2.1
_HEADER: Final = 512
_ENTRY: Final = 128
_DIFAT_AT, _DIFAT_HELD = 76, 109
_BOUNDSHEET, _FILEPASS, _SST, _CONTINUE = 0x85, 0x2F, 0xFC, 0x3C
_BOF, _EOF, _FORMULA, _LABELSST, _MERGED, _MULRK = 0x809, 0x0A, 0x06, 0xFD, 0xE5, 0xBD
_LABEL, _DATEMODE, _DIMENSIONS = 0x204, 0x22, 0x200
_CELLS: Final = frozenset({_FORMULA, _LABELSST, _MULRK, _LABEL, 0x203, 0x27E, 0x205, 0xD6})
"""Records of cells that hold something; each begins with row and column."""
_WORKSHEET, _MACROS = 0, frozenset({1, 6})
_WIDE, _EXTENDED, _RICH = 1, 4, 8
_U16: Final = struct.Struct("<H")
_U32: Final = struct.Struct("<I")
_PAIR: Final = struct.Struct("<HH")

Records = Iterator[tuple[int, int, int]]


def walk_xls(data: bytes) -> list[SheetFacts]:
    """Return what is known of each worksheet, in the workbook's order.

    Raises:
        Refusal: not an XLS workbook, one that is encrypted or holds macros, or one beyond bounds.
    """
    try:
        return _walk(_workbook(data))
    except (struct.error, IndexError, UnicodeDecodeError) as error:
        raise refused("damaged-spreadsheet", reason=error) from error


def _workbook(data: bytes) -> bytes:
    """Return the stream of records."""
    files = _Files(data)
    names = set(files.entries)
    if "EncryptedPackage" in names or "EncryptionInfo" in names:
        raise refused("encrypted-spreadsheet")
    if names & {"_VBA_PROJECT_CUR", "_VBA_PROJECT", "VBA"}:
        raise refused("macro-spreadsheet", kind="VBA")
    if "Workbook" not in names:
        if "Book" in names:
            raise refused("unsupported-spreadsheet", kind="Excel 5.0/95")
        raise refused("not-a-spreadsheet", kind="OLE")
    return files.read("Workbook")


class _Files:
    """The directory of a compound file, and the streams in it."""

    def __init__(self, data: bytes) -> None:
        self._data = data
        (shift,) = _U16.unpack_from(data, 30)
        if shift not in {9, 12}:
            raise refused("damaged-spreadsheet", reason=f"sectors of 2^{shift} bytes")
        self._size = 1 << shift
        self._fat = self._table(self._fat_sectors())
        _, self._cutoff, mini_start = struct.unpack_from("<3I", data, 52)
        directory = b"".join(self._chain(_U32.unpack_from(data, 48)[0]))
        self.entries = dict(self._named(directory))
        self._mini = self._table(self._chain(mini_start)) if mini_start < _FREE else array("I")
        (root,) = _U32.unpack_from(directory, 116)
        self._small = b"".join(self._chain(root)) if self._mini else b""

    def _table(self, sectors: Iterator[bytes]) -> "array[int]":
        table = array("I")
        for sector in sectors:
            table.extend(struct.unpack(f"<{len(sector) // 4}I", sector))
        return table

    def _fat_sectors(self) -> Iterator[bytes]:
        held = struct.unpack_from(f"<{_DIFAT_HELD}I", self._data, _DIFAT_AT)
        for number in held:
            if number < _FREE:
                yield self._sector(number)
        (further,) = _U32.unpack_from(self._data, 68)
        for _ in range(len(self._data) // self._size):
            if further >= _FREE:
                return
            *numbers, further = struct.unpack(f"<{self._size // 4}I", self._sector(further))
            for number in numbers:
                if number < _FREE:
                    yield self._sector(number)

    def _sector(self, number: int) -> bytes:
        at = (number + 1) * self._size
        sector = self._data[at : at + self._size]
        if len(sector) % 4 or not sector:
            raise refused("damaged-spreadsheet", reason=f"sector {number} is missing")
        return sector

    def _chain(self, number: int) -> Iterator[bytes]:
        for _ in range(len(self._fat)):
            if number >= _FREE:
                return
            yield self._sector(number)
            number = self._fat[number]
        if number < _FREE:
            raise refused("damaged-spreadsheet", reason="a chain of sectors without an end")

    @staticmethod
    def _named(directory: bytes) -> Iterator[tuple[str, tuple[int, int]]]:
        for at in range(0, len(directory) - _ENTRY + 1, _ENTRY):
            (length,) = _U16.unpack_from(directory, at + 64)
            name = directory[at : at + max(0, min(length, 64) - 2)].decode("utf-16-le")
            yield name, struct.unpack_from("<II", directory, at + 116)

    def read(self, name: str) -> bytes:
        start, size = self.entries[name]
        if size >= self._cutoff:
            stream = b"".join(self._chain(start))
        else:
            stream = b"".join(self._mini_chain(start))
        if len(stream) < size:
            raise refused("damaged-spreadsheet", reason="the end is missing")
        return stream[:size]

    def _mini_chain(self, number: int) -> Iterator[bytes]:
        for _ in range(len(self._mini)):
            if number >= _FREE:
                return
            yield self._small[number * 64 : number * 64 + 64]
            number = self._mini[number]


def _records(stream: bytes, at: int) -> Records:
    """Give (kind, place, length) of each record from ``at`` to the end of its substream."""
    depth = 0
    while at + 4 <= len(stream):
        kind, length = _PAIR.unpack_from(stream, at)
        yield kind, at + 4, length
        depth += (kind == _BOF) - (kind == _EOF)
        if depth <= 0:
            return
        at += 4 + length
    raise refused("damaged-spreadsheet", reason="the end is missing")


def _walk(stream: bytes) -> list[SheetFacts]:
    found: list[tuple[int, SheetFacts, bool]] = []
    strings: list[bytes] = []
    before, from_1904 = 0, False
    for kind, at, length in _records(stream, 0):
        if kind == _FILEPASS:
            raise refused("encrypted-spreadsheet")
        if kind == _BOUNDSHEET:
            place, state, sort = struct.unpack_from("<IBB", stream, at)
            if sort in _MACROS:
                raise refused("macro-spreadsheet", kind="XLM")
            facts = SheetFacts(_name(stream[at + 6 : at + length]), hidden=state & 3 != 0)
            found.append((place, facts, sort == _WORKSHEET))
        elif kind == _DATEMODE:
            from_1904 = _U16.unpack_from(stream, at)[0] == 1
        elif kind == _SST or (kind == _CONTINUE and before == _SST):
            strings.append(stream[at : at + length])
            kind = _SST  # noqa: PLW2901 - what continues it belongs to it
        before = kind
    within("sheets", len(found), MAX_SHEETS)
    lengths = _lengths(strings)
    for place, facts, _ in found:
        facts.from_1904 = from_1904
        _sheet(stream, place, facts, lengths)
        facts.bounded()
    return [facts for _, facts, is_sheet in found if is_sheet]


def _name(short: bytes) -> str:
    """Return a ShortXLUnicodeString (MS-XLS 2.5.240)."""
    return short[2:].decode("utf-16-le" if short[1] & _WIDE else "latin-1")


def _sheet(stream: bytes, place: int, facts: SheetFacts, lengths: "array[int]") -> None:
    for kind, at, length in _records(stream, place):
        if kind in _CELLS:
            row, column = _PAIR.unpack_from(stream, at)
            if kind == _MULRK:
                (column,) = _U16.unpack_from(stream, at + length - 2)
            facts.cell(row + 1, column + 1)
            if kind == _FORMULA:
                facts.formula(row + 1, column + 1)
            elif kind == _LABELSST:
                (index,) = _U32.unpack_from(stream, at + 6)
                facts.text += lengths[index] if index < len(lengths) else 0
        elif kind == _DIMENSIONS:
            # What the file says of itself: the reader makes room for as much.
            top, rows, left, columns = struct.unpack_from("<IIHH", stream, at)
            if top > rows or left > columns:
                raise refused("damaged-spreadsheet", reason="a sheet that ends before it begins")
            SheetFacts(facts.name, rows=rows, columns=columns).bounded()
        elif kind == _MERGED:
            (count,) = _U16.unpack_from(stream, at)
            for number in range(count):
                one, two, left, right = struct.unpack_from("<4H", stream, at + 2 + 8 * number)
                facts.merge((one + 1, left + 1, two + 1, right + 1))


def _lengths(pieces: list[bytes]) -> "array[int]":
    """Return the lengths of the shared texts (SST, MS-XLS 2.4.265) without making them.

    A text may go on in the next record, which then begins with a byte that says how wide its
    characters are there.
    """
    lengths = array("I")
    if not pieces:
        return lengths
    (count,) = _U32.unpack_from(pieces[0], 4)
    if count > sum(map(len, pieces)):
        raise refused("damaged-spreadsheet", reason=f"{count:,} texts in too little room")
    number, at = 0, 8
    while len(lengths) < count and number < len(pieces):
        if at >= len(pieces[number]):
            number, at = number + 1, 0
            continue
        within("strings", len(lengths) + 1, MAX_STRINGS)
        length, number, at = _past(pieces, number, at)
        lengths.append(length)
    return lengths


def _past(pieces: list[bytes], number: int, at: int) -> tuple[int, int, int]:
    """Return the length of the text at a place, and the place behind it."""
    piece = pieces[number]
    length, flags = struct.unpack_from("<HB", piece, at)
    at += 3
    behind = 0
    if flags & _RICH:
        behind += 4 * _U16.unpack_from(piece, at)[0]
        at += 2
    if flags & _EXTENDED:
        behind += _U32.unpack_from(piece, at)[0]
        at += 4
    left, width = length, 1 + (flags & _WIDE)
    while left > (room := (len(pieces[number]) - at) // width):
        left -= room
        number += 1
        width, at = 1 + (pieces[number][0] & _WIDE), 1
    at += left * width
    while at + behind > len(pieces[number]) and number + 1 < len(pieces):
        behind -= len(pieces[number]) - at
        number, at = number + 1, 0
    return length, number, at + behind
