"""The file system inside an XLS: large and small streams, long tables, chains that never end."""

import io
import struct

import pytest
import xlwt

from registry.errors import Refusal
from registry.forms import sheets_xls
from registry.forms.sheets_xls import MAGIC, walk_xls
from tests.registry.forms.made_sheets import cells, good, old_sheet, read, told

FREE, END, FAT = 0xFFFFFFFF, 0xFFFFFFFE, 0xFFFFFFFD
SECTOR, SMALL = 512, 64
OLD = old_sheet([cells(1), cells(2)])


def entry(name: str, kind: int, start: int, size: int) -> bytes:
    text = name.encode("utf-16-le")
    head = text.ljust(64, b"\0") + struct.pack("<HBB", len(text) + 2, kind, 1)
    return head + struct.pack("<3I", FREE, FREE, 1 if kind == 5 else FREE) + b"\0" * 36 + (
        struct.pack("<III", start, size, 0)
    )  # fmt: skip


def padded(data: bytes, size: int, filler: bytes = b"\0") -> bytes:
    return data + filler * (-len(data) % size)


def in_small_sectors(stream: bytes) -> bytes:
    """Return a compound file whose only stream is so short that it lives in the mini stream."""
    count = -(-len(stream) // SMALL)
    mini = padded(stream, SMALL)
    held = padded(mini, SECTOR)
    table = struct.pack(f"<{count}I", *range(1, count), END)
    sectors = [b"", b"", padded(table, SECTOR, b"\xff")]
    sectors += [held[at : at + SECTOR] for at in range(0, len(held), SECTOR)]
    first, last = 3, len(sectors) - 1
    chain = [FAT, END, END, *range(first + 1, last + 1), END]
    sectors[0] = padded(struct.pack(f"<{len(chain)}I", *chain), SECTOR, b"\xff")
    directory = entry("Root Entry", 5, first, len(mini)) + entry("Workbook", 2, 0, len(stream))
    sectors[1] = padded(directory, SECTOR)
    header = MAGIC + b"\0" * 16 + struct.pack("<5H", 62, 3, 0xFFFE, 9, 6) + b"\0" * 6
    header += struct.pack("<9I", 0, 1, 1, 0, 4096, 2, 1, END, 0) + struct.pack("<I", 0)
    return padded(header, SECTOR, b"\xff") + b"".join(sectors)


def in_long_tables(stream: bytes, start: int) -> bytes:
    """Return a compound file whose table of tables goes on in a sector of its own."""
    count = -(-len(stream) // SECTOR)
    data = padded(stream, SECTOR)
    # Sectors: 0 the further table of tables, 1 directory, 2 allocation table, then the stream.
    chain = [0xFFFFFFFC, END, FAT, *range(4, 3 + count), END]
    table = padded(struct.pack(f"<{len(chain)}I", *chain), SECTOR, b"\xff")
    directory = entry("Root Entry", 5, END, 0) + entry("Workbook", 2, 3, len(stream))
    further = struct.pack("<128I", 2, *[FREE] * 126, END)
    header = MAGIC + b"\0" * 16 + struct.pack("<5H", 62, 3, 0xFFFE, 9, 6) + b"\0" * 6
    header += struct.pack("<9I", 0, 1, 1, 0, 4096, END, 0, start, 1)
    return padded(header, SECTOR, b"\xff") + further + padded(directory, SECTOR) + table + data


def stream_of(data: bytes) -> bytes:
    return sheets_xls._workbook(data)


def short(stream: bytes) -> bytes:
    """Cut the zeros with which the writer fills a stream up."""
    return stream.rstrip(b"\0") + b"\0\0\0"


def test_a_workbook_so_small_that_it_shares_its_sectors():
    small = short(stream_of(old_sheet([cells(1)])))
    assert len(small) < 4096
    assert good(in_small_sectors(small)) == good(old_sheet([cells(1)]))


def test_a_table_that_goes_on_in_a_sector_of_its_own():
    (facts,) = walk_xls(in_long_tables(padded(stream_of(OLD), 4096), 0))
    assert (facts.name, facts.rows) == ("处罚信息", 3)
    with pytest.raises(Refusal) as refused:
        walk_xls(in_long_tables(padded(stream_of(OLD), 4096), END))
    assert refused.value.detail_code == "damaged-spreadsheet"


@pytest.mark.parametrize("number", [0, 3, 5])
def test_a_chain_that_leads_back_is_no_stream(number):
    data = in_small_sectors(short(stream_of(old_sheet([cells(1)]))))
    at = SECTOR + 4 * 3
    looped = data[:at] + struct.pack("<I", 3) + data[at + 4 :]
    mini = SECTOR * 3 + 4 * number
    looped_small = data[:mini] + struct.pack("<I", number) + data[mini + 4 :]
    for broken in (looped, looped_small):
        with pytest.raises(Refusal) as refused:
            read(broken)
        assert refused.value.detail_code == "damaged-spreadsheet"


def test_a_stream_that_says_it_is_longer_than_it_is():
    data = in_small_sectors(short(stream_of(old_sheet([cells(1)]))))
    at = data.index("Workbook".encode("utf-16-le")) + 120
    with pytest.raises(Refusal) as refused:
        walk_xls(data[:at] + struct.pack("<I", 4000) + data[at + 4 :])
    assert refused.value.detail_code == "damaged-spreadsheet"


def test_days_from_1904_are_known_of_an_old_workbook():
    book = xlwt.Workbook()
    book.dates_1904 = True
    book.add_sheet("甲").write(0, 0, "a")
    out = io.BytesIO()
    book.save(out)
    assert walk_xls(out.getvalue())[0].from_1904
    assert not walk_xls(OLD)[0].from_1904


def test_hidden_sheets_and_their_names():
    book = xlwt.Workbook()
    for name in ("plain", "处罚"):
        book.add_sheet(name).write(0, 0, name)
    book.get_sheet(1).visibility = 1
    out = io.BytesIO()
    book.save(out)
    assert [(one.name, one.hidden) for one in walk_xls(out.getvalue())] == [
        ("plain", False),
        ("处罚", True),
    ]


def test_numbers_in_one_record_reach_as_far_as_its_last():
    stream = bytearray(stream_of(OLD))
    at = stream.index(struct.pack("<HH", 0xFD, 10))
    record = struct.pack("<HHHHHIH", 0xBD, 10, 5, 7, 0, 0, 9)[:14]
    stream[at : at + 14] = record
    (facts,) = walk_xls(in_long_tables(padded(bytes(stream), 4096), 0))
    assert facts.rows == 6


def test_texts_with_formats_and_readings_behind_them_are_measured():
    """Runs of fonts and phonetic readings follow a text, and may go on in the next record."""
    plain = struct.pack("<HB", 3, 0) + b"abc"
    rich = struct.pack("<HBH", 2, 8 | 1, 2) + "甲乙".encode("utf-16-le") + b"\0" * 8
    read_aloud = struct.pack("<HBI", 1, 4, 10) + b"x" + b"\0" * 10
    split = struct.pack("<HB", 4, 0) + b"ab"
    first = struct.pack("<II", 6, 5) + plain + rich + read_aloud[:-4]
    second = b"\0" * 4 + split
    third = b"\x01" + "丙丁".encode("utf-16-le") + plain
    assert list(sheets_xls._lengths([first, second, third])) == [3, 2, 1, 4, 3]
    assert list(sheets_xls._lengths([])) == []


def test_a_formula_is_told_by_its_cell_whatever_its_result():
    def formulas(page: xlwt.Worksheet, heads: list[str]) -> None:
        page.write(1, len(heads), xlwt.Formula('"a"&"b"'))
        page.write(2, heads.index("备注"), xlwt.Formula('"a"&"b"'))

    row = {key: value for key, value in cells(2).items() if key != "备注"}
    _, (one, two) = read(old_sheet([cells(1), row], formulas))
    assert one.line is not None
    assert two.line is None
    assert "formula" in {code for _, code in told(two)}
