"""Plain rows and texts are measured without the parser: the same facts, the same refusals."""

from collections.abc import Iterator
from dataclasses import asdict

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from registry.errors import Refusal
from registry.forms import sheets_plain, sheets_rows, sheets_xlsx
from registry.forms.sheets_rows import SheetWalk
from registry.forms.sheets_xlsx import walk_xlsx
from tests.registry.forms.made_sheets import repacked
from tests.registry.forms.test_sheets_hostile import GOOD, HEAD, NAMESPACE, shared

TEXTS = b"<si><t>abc</t></si>" + b"<si><t>de</t></si>" * 9


BOOK = shared(b"", b"")


def workbook(rows: bytes, texts: bytes) -> bytes:
    """Return a workbook of these rows and shared texts."""
    sheet = HEAD + b"<worksheet " + NAMESPACE + b"><sheetData>" + rows + b"</sheetData></worksheet>"
    strings = HEAD + b"<sst " + NAMESPACE + b">" + texts + b"</sst>"
    return repacked(BOOK, xl__worksheets__sheet1=sheet, xl__sharedStrings=strings)


def plain_row(number: int, texts: int = 10) -> bytes:
    """Return a row as spreadsheets write it: shared texts, a number, an empty cell."""
    cells = b"".join(b'<c r="%c%d" t="s"><v>%d</v></c>' % (65 + n, number, n) for n in range(texts))
    rest = b'<c r="Y%d" s="3"><v>-1.5E+3</v></c><c r="AA%d" s="1"/>' % (number, number)
    return b'<row r="%d" spans="1:26" ht="15">%s%s</row>' % (number, cells, rest)


ROWS = [
    *(plain_row(number) for number in (1, 9, 10, 99_999)),
    plain_row(5, texts=0),
    b'<row r="3"></row>',
    b'<row r="3"/>',
    b'<row r="4" hidden="0"><c r="A4"><v>1</v></c></row>',
    b'<row r="4" hidden="1"><c r="A4"><v>1</v></c></row>',
    b'<row r="4" hidden="false"><c r="A4" t="n"><v>1</v></c></row>',
    b'<row r="7"><c r="B7"><f>1+1</f><v>2</v></c></row>',
    b'<row r="7"><c r="C8" t="s"><v>0</v></c></row>',
    b'<row r="7"><c r="C7" t="s"><v>99</v></c></row>',
    b'<row r="7"><c r="D7" t="inlineStr"><is><t>a&amp;b</t></is></c></row>',
    b'<row r="7"><c r="E7" t="str"><v>abc</v></c></row>',
    b'<row r="7"><c r="E7" t="b"><v>1</v></c><c r="F7" ></c></row>',
    b"<row><c><v>1</v></c></row>",
    b'<row r="007"><c r="G007"><v>1</v></c></row>',
    b'<row r="6" r="6"><c r="A6"><v>1</v></c></row>',
    b'<row r="6" a1="" a2=""><c r="A6"><v>1</v></c></row>',
    b'<row r="6" a="\xff"><c r="A6"><v>1</v></c></row>',
    b'<row r="6"><c r="6A"><v>1</v></c></row>',
    b'<row r="6"><c r="A6"><v>1</v></row>',
    b'<!-- <row r="800"><c r="A800"><v>1</v></c></row> -->',
    b'<?x <row r="800"><c r="A800"><v>1</v></c></row>?>',
    b'<row a="' + plain_row(2) + b'"></row>',
    b"</sheetData><sheetData>",
    b'<row r="6"' + b' a="b"' * 20 + b"></row>",
]
STRINGS = [
    TEXTS,
    "<si><t>处罚</t></si>".encode(),
    b'<si><t xml:space="preserve"> a\n</t></si>',
    b'<si><t>a</t><phoneticPr fontId="1" type="noConversion"/></si>',
    b"<si><r><t>bold</t></r><r><t>er</t></r></si>",
    b"<si><t>a&lt;b</t></si>",
    b"<si><t>a\r\nb</t></si>",
    b"<si/>",
    b"<si><t>a]]></t></si>",
    b"<si><t>\x01</t></si>",
    b"<si><t>\xef\xbf\xbf</t></si>",
    b"<si><t>\xff</t></si>",
    b"<!-- <si><t>a</t></si> -->",
]


def look(data: bytes) -> object:
    """Return what a walk comes to: the facts of the sheet, or the refusal."""
    try:
        (facts,) = walk_xlsx(data)
    except Refusal as refused:
        return refused.zh, refused.en
    return asdict(facts)


def by_the_parser(data: bytes) -> object:
    """Return what a walk comes to when the parser sees every byte."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(sheets_xlsx, "not_plain_texts", lambda pieces, _lengths: pieces)
        patch.setattr(SheetWalk, "not_plain", lambda _walk, pieces: pieces)
        return look(data)


@pytest.mark.parametrize("row", ROWS)
def test_rows_with_and_without_the_parser_come_to_the_same(row):
    for other in ROWS:
        data = workbook(row + other + ROWS[4], TEXTS)
        assert look(data) == by_the_parser(data)


@pytest.mark.parametrize("text", STRINGS)
def test_texts_with_and_without_the_parser_come_to_the_same(text):
    for other in STRINGS:
        data = workbook(plain_row(1), text + other + TEXTS)
        assert look(data) == by_the_parser(data)


@settings(max_examples=50, deadline=None, derandomize=True)
@given(
    st.lists(st.sampled_from(ROWS[:15]), min_size=4, max_size=12),
    st.lists(st.sampled_from(STRINGS[:8]), max_size=12),
    st.sampled_from([1, 700, 2000]),
)
def test_whatever_the_pieces_of_a_part_a_walk_comes_to_the_same(rows, strings, piece):
    data = workbook(b"".join(rows), b"".join((TEXTS, *strings)))
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(sheets_xlsx, "_PIECE", piece)
        assert look(data) == by_the_parser(data)


@pytest.fixture
def parsed(monkeypatch) -> Iterator[list[str]]:
    """The elements of a sheet that the parser has called for."""
    called: list[str] = []
    start = SheetWalk.start

    def counting(walk: SheetWalk, tag: str, attributes: dict[str, str]) -> None:
        called.append(tag)
        start(walk, tag, attributes)

    monkeypatch.setattr(SheetWalk, "start", counting)
    return called


def test_plain_rows_never_reach_the_parser_and_others_do_between_them(parsed):
    rows = [plain_row(number) for number in range(1, 2001)]
    (facts,) = walk_xlsx(workbook(b"".join(rows), TEXTS))
    assert (facts.rows, facts.columns) == (2000, 25)
    assert facts.text == 2000 * (3 + 9 * 2 + len("-1.5E+3"))
    assert parsed == ["worksheet", "sheetData"]
    parsed.clear()
    rows[1000] = b'<row r="1001"><c r="ZZ1001"><f>A1</f></c></row>'
    (facts,) = walk_xlsx(workbook(b"".join(rows), TEXTS))
    assert parsed == ["worksheet", "sheetData", "row", "c", "f"]
    assert facts.formulas == {1001: [702]}


def test_forms_beyond_those_remembered_are_looked_at_again(parsed, monkeypatch):
    monkeypatch.setattr(sheets_rows, "_KEPT", 1000)
    (facts,) = walk_xlsx(workbook(b"".join(map(plain_row, range(1, 200))), TEXTS))
    assert facts.rows == 199
    assert parsed == ["worksheet", "sheetData"]


def test_what_looks_plain_in_a_comment_is_not_counted():
    rows = plain_row(1) + b"<!-- " + plain_row(2) * 3 + b" -->" + plain_row(3)
    (facts,) = walk_xlsx(workbook(rows, TEXTS))
    assert facts.text == 2 * (3 + 9 * 2 + len("-1.5E+3"))
    assert facts.rows == 3


def test_what_looks_plain_before_the_rows_is_not_counted():
    """The tag stands in an instruction that goes on behind rows."""
    whole = b"<worksheet><?x <sheetData>" + plain_row(1) + b"?><sheetData/></worksheet>"
    (facts,) = walk_xlsx(repacked(GOOD, xl__worksheets__sheet1=whole))
    assert facts.rows == 0


def test_too_many_shared_texts_are_refused_with_and_without_the_parser(monkeypatch):
    monkeypatch.setattr(sheets_plain, "MAX_STRINGS", 5)
    monkeypatch.setattr(sheets_xlsx, "MAX_STRINGS", 5)
    for texts in (TEXTS, b"<si><t>a&amp;</t></si>" * 10):
        with pytest.raises(Refusal) as refused:
            walk_xlsx(workbook(plain_row(1), texts))
        assert refused.value.detail_code == "spreadsheet-too-large"
