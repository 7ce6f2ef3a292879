"""Lists as people hold them: every row is kept and says what it is."""

import csv
import io

import openpyxl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from registry.errors import MalformedRefusal, Refusal, TooLargeRefusal
from registry.screening import lists
from registry.screening.lists import ROWS_MAX, read_list
from registry.store.screenings import KeptRow
from tests.registry.query.scene import uscc

CODE = uscc(1)
WRONG = CODE[:-1] + ("1" if CODE[-1] == "0" else "0")


def said(rows: tuple[KeptRow, ...]) -> list[tuple[object, ...]]:
    return [(one.line, one.name, one.code, one.problem, one.note) for one in rows]


def workbook(*sheets: tuple[str, list[list[object]]], hidden: tuple[str, ...] = ()) -> bytes:
    book = openpyxl.Workbook()
    book.remove(book.active)
    for title, rows in sheets:
        sheet = book.create_sheet(title)
        sheet.sheet_state = "hidden" if title in hidden else "visible"
        for row in rows:
            sheet.append(row)
    out = io.BytesIO()
    book.save(out)
    return out.getvalue()


@pytest.mark.parametrize(
    "name", ["名称", "企业名称", " 单位名称：", "供应商名称", "*行政相对人名称", "NAME", "投标人"]
)
@pytest.mark.parametrize(
    "code", ["统一社会信用代码", "行政相对人代码_1(统一社会信用代码)", "信用代码", "code"]
)
def test_columns_are_known_by_their_headers(name, code):
    text = f"某某市名单,,\n序号,{name},{code}\n1,示例甲公司,{CODE.lower()}\n2,示例乙公司,\n"
    listed = read_list(text.encode("gb18030"))
    assert listed.header == 2
    assert said(listed.rows) == [(3, "示例甲公司", CODE, "", ""), (4, "示例乙公司", "", "", "")]


def test_without_headers_cells_say_what_they_are():
    text = f"1,示例甲公司,{CODE}\n2,{CODE},示例甲公司\n{CODE}\n示例乙公司\n3,示例丙公司\n12345\n"
    listed = read_list(text.encode())
    assert listed.header == 0
    assert [(one.name, one.code) for one in listed.rows] == [
        ("示例甲公司", CODE), ("示例甲公司", CODE), ("", CODE), ("示例乙公司", ""),
        ("示例丙公司", ""), ("12345", ""),
    ]  # fmt: skip
    assert [one.same_as for one in listed.rows] == [0, 1, 0, 0, 0, 0]


def test_one_column_for_names_and_codes():
    rows = read_list(f"企业名称\n示例甲公司\n{CODE}\n".encode("utf-16")).rows
    assert [(one.name, one.code) for one in rows] == [("示例甲公司", ""), ("", CODE)]


def test_a_header_may_stand_alone_in_its_column_and_rows_may_be_short():
    rows = read_list(f"编号,统一社会信用代码\n1,{CODE}\n2\n\n3,{CODE}\n".encode()).rows
    assert said(rows) == [
        (2, "", CODE, "", ""), (3, "", "", "empty-row", ""), (4, "", "", "empty-row", ""),
        (5, "", CODE, "", ""),
    ]  # fmt: skip


def test_odd_rows_are_kept_and_named():
    long, longest = "长" * 200, "长" * 300
    text = "\n".join(
        ["名称,代码", f"{longest},", f"{long},", "示例\x07甲\x00公司,", ",", "  ,\t",
         "示例乙公司,9.13402E+17", ",12", f"示例丙公司,{WRONG}",
         f",{'9' * 300}", "示例 甲　公司,", "\n\n\n"]
    )  # fmt: skip
    rows = read_list(text.encode()).rows
    assert [(one.name[:5], one.problem, one.note) for one in rows] == [
        ("长长长长长", "too-long", ""), ("长长长长长", "", ""),
        ("示例甲公司", "", "control-characters"),
        ("", "empty-row", ""), ("", "empty-row", ""),
        ("示例乙公司", "", "code-malformed"), ("", "code-malformed", ""),
        ("示例丙公司", "", "code-check"), ("", "too-long", ""), ("示例 甲 ", "", ""),
    ]  # fmt: skip
    assert [len(one.name) for one in rows[:2]] == [200, 200]
    assert rows[-1].same_as == rows[2].row == 3
    assert [one.line for one in rows] == list(range(2, 12))


def test_workbooks_are_read_like_csv_and_other_sheets_are_named():
    data = workbook(
        (
            "名单",
            [["名称", "统一社会信用代码"], ["示例甲公司", CODE], [None, None], ["乙公司", 1234567]],
        ),
        ("第二批", [["名称"], ["示例丙公司"]]),
        ("旧表", [["名称"], ["示例丁公司"]]),
        hidden=("旧表",),
    )
    listed = read_list(data)
    assert (listed.header, listed.left_out) == (1, ("第二批", "旧表"))
    assert [(one.name, one.code, one.problem, one.note) for one in listed.rows] == [
        ("示例甲公司", CODE, "", ""), ("", "", "empty-row", ""),
        ("乙公司", "1234567", "", "code-malformed"),
    ]  # fmt: skip


@pytest.mark.parametrize(
    "text",
    [
        '[{{"name":"示例甲公司"}},{{"code":"{0}"}},"{0}","示例乙公司"]',
        '{{"rows":[{{"name":"示例甲公司"}},{{"code":"{0}"}},"{0}","示例乙公司"]}}',
        '{{"name":"示例甲公司"}}\n\n{{"code":"{0}"}}\n"{0}"\n"示例乙公司"\n',
    ],
)
def test_json_of_any_shape(text):
    rows = read_list(text.format(CODE).encode()).rows
    assert [(one.name, one.code) for one in rows] == [
        ("示例甲公司", ""), ("", CODE), ("", CODE), ("示例乙公司", ""),
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("data", "code"),
    [
        (b"", "empty-file"),
        (b"\n\n,,\n", "no-rows"),
        ("名称,代码\n".encode(), "no-rows"),
        (b"[]", "no-rows"),
        (b"[1]", "bad-line"),
        (b'[{"name":1}]', "bad-line"),
        (b'{"name":"a"}\n{"name"', "bad-line"),
        (b"[" * 100_000, "bad-line"),
        (b"%PDF-1.7", "not-a-spreadsheet"),
        (b"PK\x03\x04nonsense", "damaged-spreadsheet"),
    ],
)
def test_what_is_no_list_is_refused_by_name(data, code):
    with pytest.raises(Refusal) as refused:
        read_list(data)
    assert (refused.value.detail_code, isinstance(refused.value, MalformedRefusal)) == (code, True)


def test_rows_are_bounded_and_what_only_follows_is_not_counted(monkeypatch):
    assert ROWS_MAX == 50_000
    monkeypatch.setattr(lists, "ROWS_MAX", 3)
    assert len(read_list("甲公司\n\n乙公司\n\n\n\n\n".encode()).rows) == 3
    for text in ("甲公司\n乙公司\n丙公司\n丁公司\n", "甲公司\n\n\n乙公司\n"):
        with pytest.raises(TooLargeRefusal) as refused:
            read_list(text.encode())
        assert refused.value.detail_code == "too-many-rows"


def test_a_cell_beyond_the_readers_bound_is_named_by_its_line():
    before = csv.field_size_limit(1_000)
    try:
        with pytest.raises(MalformedRefusal, match="Line 2 is not whole CSV"):
            read_list(b'a\n"' + b"x" * 2_000)
    finally:
        csv.field_size_limit(before)
    (row,) = read_list(("名称\n" + "长" * 100_000).encode()).rows
    assert (len(row.name), row.problem) == (200, "too-long")


@given(
    st.binary(max_size=300)
    | st.text(max_size=200).map(lambda text: text.encode("utf-8", "replace"))
)
def test_whatever_is_sent_is_read_or_refused_by_name(data):
    try:
        listed = read_list(data)
    except Refusal:
        return
    assert [one.row for one in listed.rows] == list(range(1, len(listed.rows) + 1))
    for one in listed.rows:
        assert one.problem or one.name or one.code
        assert max(len(one.name), len(one.code)) <= 200
        assert not any(
            ord(char) < 32 or 0xD800 <= ord(char) < 0xE000 for char in one.name + one.code
        )
        assert one.same_as < one.row
        assert one.same_as == 0 or listed.rows[one.same_as - 1].key == one.key


NAME = st.text('示例建设有限公司南京芜湖甲乙丙12 ,"\n(（', max_size=12)


@given(st.lists(st.tuples(NAME, st.sampled_from(["", CODE, WRONG, "x"])), min_size=1, max_size=9))
def test_no_row_between_others_is_lost(rows):
    out = io.StringIO()
    csv.writer(out).writerows([("名称", "代码"), *rows, ("末行", "")])
    listed = read_list(out.getvalue().encode())
    read = [(" ".join(name.split()), code) for name, code in rows]
    assert [(one.name, one.code) for one in listed.rows] == [*read, ("末行", "")]
    assert len({one.line for one in listed.rows}) == len(listed.rows)
