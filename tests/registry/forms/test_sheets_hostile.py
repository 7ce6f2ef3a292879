"""Files that are no honest spreadsheet: each refused by name, in both languages, within bounds."""

import io
import re
import resource
import struct
import zipfile
from collections.abc import Callable

import openpyxl
import pytest
import xlsxwriter
import xlwt
from hypothesis import given, settings
from hypothesis import strategies as st

from registry.errors import Refusal
from registry.forms import sheets_refusals, sheets_xlsx
from registry.forms.sheets_refusals import REFUSALS, SheetFacts, within
from registry.forms.sheets_xls import MAGIC, walk_xls
from registry.forms.sheets_xlsx import walk_xlsx
from tests.registry.forms.made_sheets import (
    CODE,
    add,
    cells,
    old_sheet,
    read,
    repacked,
    saved,
    sheet,
    told,
)

MIB = 1024 * 1024
UNFILLED = re.compile(r"\{[a-z_]+\}")
GOOD = sheet([cells(1)])
OLD = old_sheet([cells(1)])
HEAD = b'<?xml version="1.0" encoding="UTF-8"?>'
NAMESPACE = b'xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"'


def page(content: bytes) -> bytes:
    """Return a workbook whose first sheet holds this."""
    whole = HEAD + b"<worksheet " + NAMESPACE + b"><sheetData>" + content + b"</sheetData>"
    return repacked(GOOD, xl__worksheets__sheet1=whole + b"</worksheet>")


def shared(sheet: bytes, strings: bytes) -> bytes:
    """Return a workbook whose one sheet names these shared texts."""
    out = io.BytesIO()
    with xlsxwriter.Workbook(out) as book:
        book.add_worksheet("处罚信息").write_string(0, 0, "a")
    whole = HEAD + b"<worksheet " + NAMESPACE + b"><sheetData>" + sheet + b"</sheetData>"
    texts = HEAD + b"<sst " + NAMESPACE + b">" + strings + b"</sst>"
    changed = {"xl__worksheets__sheet1": whole + b"</worksheet>", "xl__sharedStrings": texts}
    return repacked(out.getvalue(), **changed)


def bomb() -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(GOOD)) as old, zipfile.ZipFile(out, "w", 8) as new:
        for info in old.infolist():
            new.writestr(info.filename, old.read(info))
        with new.open("xl/media/picture.xml", "w") as part:
            for _ in range(64):
                part.write(b" " * MIB)
    return out.getvalue()


def many_parts() -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as package:
        for number in range(sheets_xlsx.MAX_PARTS + 1):
            package.writestr(f"xl/{number}.xml", b"<a/>")
    return out.getvalue()


def twice() -> bytes:
    out = io.BytesIO(GOOD)
    with zipfile.ZipFile(out, "a") as package, pytest.warns(UserWarning, match="Duplicate"):
        package.writestr("xl/workbook.xml", b"<workbook/>")
    return out.getvalue()


def lying() -> bytes:
    """A part that says it unpacks to less than it does."""
    data = page(b"<row/>" * 10_000)
    with zipfile.ZipFile(io.BytesIO(data)) as package:
        size = package.getinfo("xl/worksheets/sheet1.xml").file_size
    return data.replace(struct.pack("<I", size), struct.pack("<I", 100))


def locked() -> bytes:
    """A package whose parts say that they are encrypted."""
    data = bytearray(GOOD)
    for magic, place in ((b"PK\x03\x04", 6), (b"PK\x01\x02", 8)):
        at = data.find(magic)
        while at >= 0:
            data[at + place] |= 1
            at = data.find(magic, at + 4)
    return bytes(data)


def ole(*names: str) -> bytes:
    """A compound file with a directory and nothing in it."""
    entries = b""
    for number, name in enumerate(("Root Entry", *names)):
        text = name.encode("utf-16-le")
        entry = text.ljust(64, b"\0") + struct.pack("<HB", len(text) + 2, 5 if not number else 2)
        entries += entry.ljust(116, b"\0") + struct.pack("<IIII", 0xFFFFFFFE, 0, 0, 0)[:12]
    entries = entries.ljust(512, b"\0")
    header = MAGIC + b"\0" * 16 + struct.pack("<HHHHH", 62, 3, 0xFFFE, 9, 6)
    header += b"\0" * 10 + struct.pack("<IIIIIIIII", 1, 1, 0, 4096, 0xFFFFFFFE, 0, 0xFFFFFFFE, 0, 0)
    header = header[:44] + struct.pack("<IIIIIIII", 1, 1, 0, 4096, 0xFFFFFFFE, 0, 0xFFFFFFFE, 0)
    header += struct.pack("<I", 0) + b"\xff" * 4 * 108
    fat = struct.pack("<II", 0xFFFFFFFD, 0xFFFFFFFE) + b"\xff" * 504
    return header + fat + entries


def xls_record(kind: int, content: bytes) -> Callable[[bytes], bytes]:
    """Put a record behind the first one (BOF) in place of the ones that follow, length kept."""
    record = struct.pack("<HH", kind, len(content)) + content

    def change(data: bytes) -> bytes:
        at = data.index(b"\x09\x08\x10\x00") + 20
        return data[:at] + record + data[at + len(record) :]

    return change


def sheet_kind(data: bytes) -> bytes:
    """Say of the first sheet that it is one of Excel 4.0 macros."""
    at = data.index(b"\x85\x00")
    return data[: at + 9] + b"\x01" + data[at + 10 :]


MACROS = b"application/vnd.ms-excel.sheet.macroEnabled.main+xml"
XLSX = b"application/vnd.openxmlformats-officedocument.spreadsheetml.sheet.main+xml"
LONG = b"<si><t>" + b"x" * 32_000 + b"</t></si>"
REPEATED = b"".join(
    b'<row r="%d">' % row + b'<c t="s"><v>0</v></c>' * 40 + b"</row>" for row in range(1, 200)
)
ENTITY = (
    HEAD + b'<!DOCTYPE worksheet [<!ENTITY a "b">]><worksheet ' + NAMESPACE + b">&a;</worksheet>"
)
SIZE = re.search(rb"\x00\x02\x0e\x00.{12}", OLD, re.DOTALL)[0]
TEXTS = re.search(rb"\xfc\x00.{2}.{8}", OLD, re.DOTALL)[0]
CASES: dict[str, tuple[Callable[[], bytes], str]] = {
    "nothing": (lambda: b"", "empty-file"),
    "a PDF": (lambda: b"%PDF-1.7 ...", "not-a-spreadsheet"),
    "a picture": (lambda: b"\x89PNG\r\n\x1a\n", "not-a-spreadsheet"),
    "bytes": (lambda: b"abc\0def" * 10, "not-a-spreadsheet"),
    "any ZIP": (lambda: repacked(GOOD, xl__workbook=None), "not-a-spreadsheet"),
    "a page saved as xls": (lambda: b"\xef\xbb\xbf <HTML><table>", "unsupported-spreadsheet"),
    "XML saved as xls": (lambda: b'<?xml version="1.0"?><Workbook/>', "unsupported-spreadsheet"),
    "a binary workbook": (lambda: repacked(GOOD, xl__workbook=None, xl__workbook_=b"x"),
                          "not-a-spreadsheet"),
    "an XLSB": (lambda: repacked(GOOD).replace(b"xl/workbook.xml", b"xl/workbook.bin"),
                "unsupported-spreadsheet"),
    "an ODS": (lambda: GOOD.replace(b"docProps/app.xml", b"content.xml\0\0\0\0\0"),
               "unsupported-spreadsheet"),
    "half of it": (lambda: GOOD[: len(GOOD) // 2], "damaged-spreadsheet"),
    "its first bytes": (lambda: GOOD[:6], "damaged-spreadsheet"),
    "a wrong byte": (lambda: GOOD[:200] + b"\0" * 50 + GOOD[250:], "damaged-spreadsheet"),
    "a size that lies": (lying, "damaged-spreadsheet"),
    "a part twice": (twice, "damaged-spreadsheet"),
    "a part missing": (lambda: repacked(GOOD, xl__worksheets__sheet1=None), "damaged-spreadsheet"),
    "broken XML": (lambda: page(b"<row><c></row>"), "damaged-spreadsheet"),
    "a cell nowhere": (lambda: page(b'<row><c r="1A"><v>1</v></c></row>'), "damaged-spreadsheet"),
    "a password in the package": (locked, "encrypted-spreadsheet"),
    "a password": (lambda: ole("EncryptionInfo", "EncryptedPackage"), "encrypted-spreadsheet"),
    "macros": (lambda: repacked(GOOD, xl__vbaProject=b"x"), "macro-spreadsheet"),
    "Excel 4.0 macros": (lambda: repacked(GOOD, xl__macrosheets__sheet1=b"x"),
                         "macro-spreadsheet"),
    "an XLSM": (lambda: repacked(GOOD, Content_Types=lambda old: old.replace(XLSX, MACROS)),
                "macro-spreadsheet"),
    "a macro sheet by relation": (
        lambda: repacked(GOOD, xl___rels__workbook=lambda old: old.replace(
            b"relationships/worksheet", b"relationships/xlMacrosheet")),
        "macro-spreadsheet"),
    "entities in a sheet": (lambda: repacked(GOOD, xl__worksheets__sheet1=ENTITY),
                            "spreadsheet-entities"),
    "entities elsewhere": (lambda: repacked(GOOD, xl__styles=ENTITY), "spreadsheet-entities"),
    "a bomb": (bomb, "spreadsheet-bomb"),
    "many parts": (many_parts, "spreadsheet-too-large"),
    "a cell far below": (lambda: page(b'<row><c r="A900000"><v>1</v></c></row>'),
                         "spreadsheet-too-large"),
    "a cell far right": (lambda: page(b'<row><c r="XFD1"><v>1</v></c></row>'),
                         "spreadsheet-too-large"),
    "two cells far apart": (
        lambda: page(b'<row><c r="IV1"><v>1</v></c></row><row><c r="A190000"><v>1</v></c></row>'),
        "spreadsheet-too-large"),
    "one long text often": (
        lambda: shared(REPEATED, LONG),
        "spreadsheet-too-large"),
    "one long text often, its number in pieces": (
        lambda: shared(REPEATED.replace(b"<v>0", b"<v>1<x/>0"), b"<si><t>a</t></si>" * 10 + LONG),
        "spreadsheet-too-large"),
    "an old one cut off": (lambda: OLD[:700], "damaged-spreadsheet"),
    "an old one's first bytes": (lambda: OLD[:6], "damaged-spreadsheet"),
    "an old one with a password": (lambda: xls_record(0x2F, b"\0" * 6)(OLD),
                                   "encrypted-spreadsheet"),
    "an old one with macros": (lambda: ole("Workbook", "_VBA_PROJECT_CUR"), "macro-spreadsheet"),
    "an old one with Excel 4.0 macros": (lambda: sheet_kind(OLD), "macro-spreadsheet"),
    "a document": (lambda: ole("WordDocument"), "not-a-spreadsheet"),
    "Excel 95": (lambda: ole("Book"), "unsupported-spreadsheet"),
    "a sheet that says it is huge": (
        lambda: OLD.replace(SIZE, SIZE[:4] + struct.pack("<IIHH", 0, 60_000, 0, 250)),
        "spreadsheet-too-large"),
    "a sheet that says it ends before it begins": (
        lambda: OLD.replace(SIZE, SIZE[:4] + struct.pack("<IIHH", 70_000, 2, 0, 38)),
        "damaged-spreadsheet"),
    "more texts than there is room for": (
        lambda: OLD.replace(TEXTS, TEXTS[:4] + struct.pack("<II", 2**31, 2**31 - 1)),
        "damaged-spreadsheet"),
    "sectors of no size": (lambda: OLD[:30] + b"\x01" + OLD[31:], "damaged-spreadsheet"),
}  # fmt: skip


@pytest.mark.parametrize("name", CASES)
def test_a_file_that_is_none_is_refused_by_name_in_both_languages(name):
    make, code = CASES[name]
    with pytest.raises(Refusal) as refused:
        read(make())
    assert refused.value.detail_code == code
    assert not UNFILLED.search(refused.value.zh + refused.value.en)
    assert any("\u4e00" <= char <= "\u9fff" for char in refused.value.zh)
    assert not any(
        "\u4e00" <= char <= "\u9fff" for char in refused.value.en.replace("处罚信息", "")
    )


def test_every_refusal_has_a_case():
    assert {code for _, code in CASES.values()} == set(REFUSALS)


def test_a_bomb_is_refused_without_being_unpacked():
    data = bomb()
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    with pytest.raises(Refusal):
        read(data)
    assert (resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before) * 1024 < 32 * MIB


def test_a_file_beyond_the_bound_is_not_even_opened(monkeypatch):
    monkeypatch.setattr("registry.forms.sheets.MAX_FILE", 1000)
    with pytest.raises(Refusal) as refused:
        read(GOOD)
    assert refused.value.detail_code == "spreadsheet-too-large"


@pytest.mark.parametrize(
    "what",
    ["file", "parts", "rows", "columns", "area", "sheets", "strings", "text", "merges", "formulas"],
)
def test_every_bound_is_worded(what):
    within(what, 10, 10, "甲")
    with pytest.raises(Refusal) as refused:
        within(what, 11, 10, "甲")
    assert "10" in refused.value.zh
    assert "10" in refused.value.en
    assert not UNFILLED.search(refused.value.zh + refused.value.en)


def test_many_merges_formulas_and_sheets_end_the_walk(monkeypatch):
    facts = SheetFacts("甲")
    with pytest.raises(Refusal):
        facts.merge((1, 1, sheets_refusals.MAX_ROWS * 4 + 1, 1))
    monkeypatch.setattr(sheets_refusals, "MAX_MERGES", 1)
    monkeypatch.setattr(sheets_refusals, "MAX_FORMULAS", 1)
    few = SheetFacts("乙")
    few.merge((1, 1, 2, 1))
    few.formula(1, 1)
    with pytest.raises(Refusal):
        few.merge((3, 1, 4, 1))
    with pytest.raises(Refusal):
        few.formula(2, 1)
    monkeypatch.setattr(sheets_xlsx, "MAX_SHEETS", 1)
    book = openpyxl.Workbook()
    add(book, "甲", [cells(1)], first=True)
    add(book, "乙", [cells(2)])
    with pytest.raises(Refusal):
        read(saved(book))


def test_a_package_of_other_writers_is_understood():
    """Prefixes, no addresses, no row numbers, texts inline: all allowed by the standard."""
    prefixed = (
        HEAD
        + b'<x:worksheet xmlns:x="http://schemas.openxmlformats.org/spreadsheetml/2006/main">'
        + b"<x:sheetData><x:row><x:c t='inlineStr'><x:is><x:t>a</x:t></x:is></x:c>"
        + b"<x:c><x:f>1+1</x:f><x:v>2</x:v></x:c></x:row><x:row><x:c/></x:row></x:sheetData>"
        + b'<x:mergeCells><x:mergeCell ref="A1:B1"/><x:mergeCell ref="C3"/></x:mergeCells>'
        + b"</x:worksheet>"
    )
    (facts,) = walk_xlsx(repacked(GOOD, xl__worksheets__sheet1=prefixed))
    assert (facts.rows, facts.columns, facts.text) == (1, 2, 5)
    assert facts.formulas == {1: [2]}
    assert facts.merges == [(1, 1, 1, 2), (3, 3, 3, 3)]


def test_texts_of_an_old_workbook_are_measured_across_its_records():
    book = xlwt.Workbook()
    texts = [("字" * (n % 700) if n % 3 else "a" * (n % 900)) + str(n) for n in range(3000)]
    one = book.add_sheet("甲")
    for number, text in enumerate(texts):
        one.write(number, 0, text)
    one.write_rich_text(0, 1, ["粗", ("体", xlwt.easyfont("bold true"))])
    out = io.BytesIO()
    book.save(out)
    (facts,) = walk_xls(out.getvalue())
    assert facts.text == sum(map(len, texts)) + 2
    assert (facts.rows, facts.columns) == (3000, 2)


def test_a_formula_that_hides_in_a_later_sheet_is_found_there():
    book = openpyxl.Workbook()
    add(book, "三月", [cells(1)], first=True)
    add(book, "四月", [{**cells(2), CODE: "=A1"}])
    _, (one, two) = read(saved(book))
    assert one.line is not None
    assert ("四月!C2", "formula") in told(two)


@settings(max_examples=150, deadline=None, derandomize=True)
@given(st.sampled_from([GOOD, OLD]), st.data())
def test_no_damage_ends_in_anything_but_a_refusal_or_rows(data, choice):
    broken = bytearray(data)
    for _ in range(choice.draw(st.integers(1, 8))):
        at = choice.draw(st.integers(0, len(broken) - 1))
        broken[at] = choice.draw(st.integers(0, 255))
    cut = choice.draw(st.integers(0, 40))
    broken = broken[: len(broken) - cut]
    try:
        _, rows = read(bytes(broken))
    except Refusal as refused:
        assert refused.zh  # noqa: PT017 - either way is right
    else:
        assert all(row.form.sheet is not None for row in rows)
