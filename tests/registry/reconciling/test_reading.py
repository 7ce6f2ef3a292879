"""Files of the national side: every usual kind is read, any other is refused by name, in bounds."""

import io
import re
from datetime import date

import pytest
import xlsxwriter

from registry.errors import Refusal, TooLargeRefusal
from registry.reconciling import files
from registry.reconciling.files import CELL_MAX, HEADER_MAX, read_rows
from tests.registry.reconciling.test_keys import cases, why

HEADER = ("统一社会信用代码", "决定文号", "认定单位", "状态")


def bytes_of(case: dict[str, str]) -> bytes:
    """The bytes of a case; *140000号 stands for so many of the character, *19题 for rows of it."""
    text = re.sub(r"\*(\d+)题", lambda m: "\n".join(["题"] * int(m[1])), case["text"])
    text = re.sub(r"\*(\d+)(.)", lambda m: m[2] * int(m[1]), text)
    encoding = case.get("encoding", "utf-8")
    return text.encode("latin-1", "ignore") if encoding == "raw" else text.encode(encoding)


@pytest.mark.parametrize("case", cases("files.yaml"), ids=why)
def test_a_file_is_read_or_refused_by_name(case):
    data = bytes_of(case)
    if "refused" in case:
        with pytest.raises(Refusal) as refused:
            list(read_rows(data, "status"))
        assert refused.value.detail_code == case["refused"]
        assert case.get("said", "") in refused.value.zh
        assert refused.value.en
        return
    rows = list(read_rows(data, "status"))
    assert [row.said("decision_no") for row in rows] == case["rows"]
    if "lines" in case:
        assert [row.line for row in rows] == case["lines"]
    assert {row.sheet for row in rows} == {""}


def book(*sheets: tuple[str, list[tuple[object, ...]]]) -> bytes:
    out = io.BytesIO()
    with xlsxwriter.Workbook(out) as made:
        day = made.add_format({"num_format": "yyyy-mm-dd"})
        for name, rows in sheets:
            sheet = made.add_worksheet(name)
            for at, cells in enumerate(rows):
                for place, cell in enumerate(cells):
                    if isinstance(cell, date):
                        sheet.write_datetime(at, place, cell, day)
                    else:
                        sheet.write(at, place, cell)
    return out.getvalue()


def test_every_sheet_with_a_header_is_read_and_each_row_says_where_it_stands():
    data = book(
        ("说明", [("统一社会信用代码", "x"), ("本表每日导出",)]),
        ("封面", [("国家平台",)]),
        ("一", [("标题",), HEADER, ("A", "1号", "局", "公示中")]),
        ("二'月", [("", *HEADER), ("", "B", "2号", "局", "到期")]),
    )
    one, two = read_rows(data, "status")
    assert (one.sheet, one.line, one.cell("decision_no")) == ("一", 3, "一!B3")
    assert (two.sheet, two.line) == ("二'月", 2)
    assert two.cell("state").endswith("!E2")
    assert one.cell("since") == ""
    assert (one.header("status", "state"), one.header("status", "since")) == ("状态", "状态日期")


def test_days_and_numbers_of_a_workbook_are_read_as_they_are_shown():
    rows = [
        (*HEADER, "状态日期", "公示截止日期"),
        ("A", 20260001, "局", "公示中", date(2026, 11, 20), date(2027, 5, 10)),
    ]
    (row,) = read_rows(book(("状态", rows)), "status")
    assert row.said("decision_no") == "20260001"
    assert [files.day_of(row.said(name)) for name in ("since", "until")] == [
        date(2026, 11, 20),
        date(2027, 5, 10),
    ]


def test_a_workbook_whose_sheets_lack_a_column_is_refused_with_what_the_likeliest_lacks():
    data = book(("一", [("甲",)]), ("二", [HEADER[:3], ("A", "1号", "局")]))
    with pytest.raises(Refusal) as refused:
        list(read_rows(data, "status"))
    assert refused.value.zh == "缺少列：状态。"


def test_a_file_is_bounded(monkeypatch):
    monkeypatch.setattr(files, "ROWS_MAX", 2)
    text = ",".join(HEADER) + "\n" + "A,1号,局,公示中\n" * 2
    assert len(list(read_rows(text.encode(), "status"))) == 2
    with pytest.raises(TooLargeRefusal) as refused:
        list(read_rows(f"{text}\n,,,\nB,2号,局,到期\n".encode(), "status"))
    assert refused.value.detail_code == "too-many-rows"
    monkeypatch.setattr(files, "BYTES_MAX", len(text.encode()) - 1)
    with pytest.raises(TooLargeRefusal):
        next(read_rows(text.encode(), "status"))


def test_what_stands_beside_every_row_is_bounded_too():
    """A header of a megabyte would be kept with each of two hundred thousand rows."""
    long = f"状态（{'说' * 5000}）"
    text = f"统一社会信用代码,决定文号,认定单位,{long}\nA,{'号' * 140_000},局,公示中\n"
    for data in (
        text.encode(),
        f'{{"code":"A","decision_no":"{"号" * 140_000}","organ":"局","{long}":"公示中"}}'.encode(),
    ):
        (row,) = read_rows(data, "status")
        assert row.said("state") == "公示中"
        assert len(row.header("status", "state")) == HEADER_MAX
        assert len(row.said("decision_no")) == CELL_MAX + 1, "enough to see that it is too long"


def test_columns_far_to_the_right_are_not_looked_for():
    wide = ["x"] * files.CELLS_MAX
    text = ",".join([*HEADER[:3], *wide, HEADER[3]]) + "\nA,1号,局\n"
    with pytest.raises(Refusal) as refused:
        list(read_rows(text.encode(), "status"))
    assert refused.value.detail_code == "columns-missing"
