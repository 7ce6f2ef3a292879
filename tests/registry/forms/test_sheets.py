"""Spreadsheets as they come from offices: every row is a record, or its cell is named."""

import csv
import io
from datetime import date, datetime

import openpyxl
import pytest
import xlwt

from registry.errors import MalformedRefusal
from registry.forms import reader
from registry.forms.cells import cell_name, column_letters
from registry.forms.columns import FORMS
from registry.forms.files import open_file
from registry.forms.sheets_rows import column_number
from tests.registry.forms.made_sheets import (
    CODE,
    DATE,
    DEFAULTS,
    FINE,
    HEADERS,
    NO,
    add,
    cells,
    good,
    old_sheet,
    read,
    saved,
    sheet,
    told,
)


def at(header: str, row: int, form: str = "penalty") -> str:
    return f"处罚信息!{column_letters(HEADERS[form].index(header) + 1)}{row}"


# ------------------------------------------------------------------ what is read


def test_a_workbook_gives_the_records_that_its_rows_are():
    first, second = good(sheet([cells(1), cells(2)]))
    assert first["decision_no"] == "示例〔2026〕1号"
    assert first["decided_on"] == "2026-03-10"
    assert first["kinds"] == ["罚款", "没收违法所得"]
    assert first["id"] != second["id"]


def test_an_old_workbook_gives_the_same_records_as_a_new_one_and_a_csv():
    rows = [cells(1), cells(2)]
    text = io.StringIO(newline="")
    writer = csv.DictWriter(text, HEADERS["penalty"])
    writer.writeheader()
    writer.writerows(rows)
    salted = [
        [{key: value for key, value in main.items() if key != "salt"} for main in good(data)]
        for data in (
            sheet(rows),
            old_sheet(rows),
            *(text.getvalue().encode(encoding) for encoding in ("utf-8", "gb18030", "utf-16")),
        )
    ]
    assert all(mains == salted[0] for mains in salted)


@pytest.mark.parametrize(
    ("typed", "read_as"),
    [
        ("2024/1/5", "2024-01-05"),
        ("2024.1.5", "2024-01-05"),
        ("2024年1月5日", "2024-01-05"),
        ("２０２４－０１－０５", "2024-01-05"),
        ("20240105", "2024-01-05"),
        (20240105, "2024-01-05"),
        (45296, "2024-01-05"),
        (date(2024, 1, 5), "2024-01-05"),
        (datetime(2024, 1, 5, 8, 30), "2024-01-05"),  # noqa: DTZ001 - as a sheet holds it
    ],
)
def test_dates_in_the_forms_that_people_type(typed, read_as):
    row = cells(1, **{DATE: typed, "公示日期": None})
    assert good(sheet([row]))[0]["decided_on"] == read_as


def test_what_is_equal_to_python_is_read_apart(monkeypatch):
    typed = [True, 1, "1", 1.0, "TRUE", True, "true", "1", 0, False, "0"]
    rows = [cells(n, 备注=value) for n, value in enumerate(typed)]
    shown = ["TRUE", "1", "1", "1", "TRUE", "TRUE", "true", "1", "0", "FALSE", "0"]
    assert [row.form.values["备注"] for row in read(sheet(rows))[1]] == shown
    monkeypatch.setattr(reader, "_KEPT", 2)
    assert [row.form.values["备注"] for row in read(sheet(rows))[1]] == shown


def test_numbers_are_read_as_they_are_shown():
    record = good(
        sheet(
            [
                cells(
                    1,
                    **{
                        FINE: 2.3,
                        NO: 20260012,
                        "没收违法所得、没收非法财物的金额(万元)": 0.1 + 0.2,
                    },
                )
            ]
        )
    )[0]
    assert record["fine_wan_yuan"] == "2.3"
    assert record["confiscated_wan_yuan"] == "0.3"
    assert record["decision_no"] == "20260012"


def test_a_date_in_an_old_workbook_and_days_counted_from_1904():
    style = xlwt.easyxf(num_format_str="YYYY-MM-DD")

    def dated(page: xlwt.Worksheet, heads: list[str]) -> None:
        page.write(1, heads.index(DATE), date(2024, 1, 5), style)

    row = {key: value for key, value in cells(1).items() if key not in {DATE, "公示日期"}}
    assert good(old_sheet([row], dated))[0]["decided_on"] == "2024-01-05"
    book = openpyxl.Workbook()
    book.epoch = datetime(1904, 1, 1)  # noqa: DTZ001 - as the library wants it
    add(book, "处罚信息", [cells(1, **{DATE: 45296}), cells(2)], first=True)
    _, rows = read(saved(book))
    assert (at(DATE, 2), "bad-date") in told(rows[0])
    assert rows[1].line is not None


def test_titles_stand_before_a_header_and_old_names_are_known():
    title = [["双公示行政处罚信息表"], ["填报单位：示例局", None, "2026年3月"], []]
    headers = ["序号", *HEADERS["penalty"]]
    headers[headers.index("行政相对人名称")] = "企业名称"
    headers[headers.index(NO)] = "* 处罚决定书文号（必填）"
    row = {"序号": 1, **cells(1)}
    values = [list(row.values())]
    assert list(row)[1:] == HEADERS["penalty"]

    def merged(page: openpyxl.worksheet.worksheet.Worksheet) -> None:
        page.merge_cells("A1:AA1")

    data = sheet(values, before=title, header=headers, and_then=merged)
    assert good(data)[0]["decision_no"] == "示例〔2026〕1号"
    _, (bad,) = read(
        sheet(
            [[*values[0][: headers.index(DATE)], "昨天", *values[0][headers.index(DATE) + 1 :]]],
            before=title,
            header=headers,
        )
    )
    assert ("处罚信息!X5", "bad-date") in told(bad)


def test_a_header_of_two_lines_is_read_as_one():
    upper = [None if head.startswith("行政相对人代码_") else head for head in HEADERS["penalty"]]
    upper[HEADERS["penalty"].index(CODE)] = "行政相对人代码"
    lower = [head if head.startswith("行政相对人代码_") else None for head in HEADERS["penalty"]]
    row = cells(1)
    data = sheet([lower, [row[head] for head in HEADERS["penalty"]]], header=upper)
    assert good(data)[0]["subject"]["uscc"] == row[CODE]


def test_columns_may_begin_anywhere_and_be_in_any_order():
    heads = [None, None, *reversed(HEADERS["penalty"])]
    values = [None, None, *reversed([cells(1)[head] for head in HEADERS["penalty"]])]
    assert good(sheet([values], header=heads))[0]["fine_wan_yuan"] == "2"
    _, (row,) = read(sheet([[None, None, *["x"] * (len(heads) - 2)]], header=heads))
    letters = column_letters(heads.index(DATE) + 1)
    assert (f"处罚信息!{letters}2", "bad-date") in told(row)


def test_each_sheet_is_known_by_its_header_and_others_are_named():
    book = openpyxl.Workbook()
    add(book, "三月处罚", [cells(1)], first=True)
    add(book, "许可", [cells(1, "permit")], header=HEADERS["permit"])
    add(book, "目录", [], header=["目录", "页"])
    add(book, "示例", [cells(2)])
    add(book, "去年", [cells(3)]).sheet_state = "hidden"
    book.create_sheet("空")
    opened, rows = read(saved(book))
    assert [(row.form.sheet, row.form.form) for row in rows] == [
        ("三月处罚", "penalty"),
        ("许可", "permit"),
    ]
    assert all(row.line is not None for row in rows)
    assert {(one.why, one.sheet) for one in opened.left_out} == {
        ("unknown-sheet", "目录"),
        ("example-sheet", "示例"),
        ("hidden-sheet", "去年"),
    }


def test_a_workbook_without_any_form_names_its_sheets():
    with pytest.raises(MalformedRefusal) as refused:
        read(sheet([], header=["甲", "乙"], name="花名册"))
    assert refused.value.detail_code == "unknown-template"
    assert "花名册" in refused.value.zh
    assert "花名册" in refused.value.en


def test_notes_sums_and_repeated_headers_are_left_out_and_told():
    data = sheet(
        [
            ["1", *[None] * 40],
            cells(1),
            HEADERS["penalty"],
            cells(2),
            [],
            ["合计", None, None, "2 条", *[None] * 15, 4],
            ["备注：一、本表由示例局填报。"],
            ["二、金额单位为万元。"],
            [None, "三、完。"],
            cells(3),
            ["填表人：张示例", None, "审核：李示例", None, "2026年3月"],
        ],
        header=HEADERS["penalty"],
    )
    opened, rows = read(data)
    assert [row.form.row for row in rows[1:]] == [3, 5, 11]
    assert [row.line is not None for row in rows] == [False, True, True, True]
    assert [(one.why, one.row) for one in opened.left_out] == [
        ("header", 4),
        ("note", 7),
        ("note", 8),
        ("note", 9),
        ("note", 10),
        ("note", 12),
    ]
    assert opened.left_out[1].text.startswith("合计 2 条")


def test_numbered_rows_that_were_not_filled_in_are_no_records():
    heads = ["序号", *HEADERS["penalty"]]
    rows = [[number, *[None] * len(HEADERS["penalty"])] for number in (2, 3, 4)]
    opened, read_rows = read(sheet([[1, *cells(1).values()], *rows], header=heads))
    assert len(read_rows) == 1
    assert opened.left_out == []


def test_hidden_rows_are_read_and_told():
    def hide(page: openpyxl.worksheet.worksheet.Worksheet) -> None:
        page.row_dimensions[2].hidden = True

    opened, rows = read(sheet([cells(1), cells(2)], and_then=hide))
    assert len(rows) == 2
    assert [(one.why, one.text) for one in opened.left_out] == [("hidden-rows", "1")]


# ------------------------------------------------------------------ what cannot be believed


def test_formulas_are_refused_by_cell_and_only_where_they_matter():
    heads = [*HEADERS["penalty"], "核对"]
    rows = [
        {**cells(1), "核对": "=1+1"},
        {**cells(2), FINE: "=1+1"},
        {**cells(3), DATE: "=TODAY()", NO: '="示例"&"3号"'},
        ["合计", None, "=SUM(T2:T3)"],
    ]
    opened, (one, two, three) = read(sheet(rows, header=heads))
    assert "formula" not in {code for _, code in told(one)}
    assert (at(FINE, 3), "formula") in told(two)
    assert {(at(DATE, 4), "formula"), (at(NO, 4), "formula")} <= told(three)
    assert two.line is three.line is None
    assert [one.row for one in opened.left_out] == [5]


def test_formulas_in_an_old_workbook_are_refused_alike():
    def formula(page: xlwt.Worksheet, heads: list[str]) -> None:
        page.write(2, heads.index(FINE), xlwt.Formula("1+1"))

    row = {key: value for key, value in cells(2).items() if key != FINE}
    _, (one, two) = read(old_sheet([cells(1), row], formula))
    assert one.line is not None
    assert (at(FINE, 3), "formula") in told(two)
    assert two.line is None


def test_codes_that_became_numbers_are_errors_where_digits_are_lost():
    lost = {**cells(1), CODE: 913402000000000231}
    text = {**cells(2), CODE: "9.13402E+17"}
    zeroed = {**cells(3), CODE: "913402007117717000"}
    person = {
        **cells(4, 行政相对人名称="张某", 行政相对人类别="自然人", **{CODE: None}),
        "证件号码(自然人)": 110105194912310021,
    }
    _, rows = read(sheet([lost, text, zeroed, person]))
    for number, row in enumerate(rows[:3], start=2):
        assert (at(CODE, number), "digits-lost") in told(row)
        assert row.line is None
    assert {code for cell, code in told(rows[0]) if cell == at(CODE, 2)} == {"digits-lost"}
    assert (at("证件号码(自然人)", 5), "digits-lost") in told(rows[3])
    assert "1101" not in "".join(found.zh + found.en for found in rows[3].findings)


def test_a_code_kept_whole_as_a_number_is_a_warning():
    number = "行政相对人代码_2(工商注册号)"
    _, (row,) = read(sheet([cells(1, **{number: 320000000021080})]))
    assert (at(number, 2), "number-as-code") in told(row)
    assert row.line is not None
    assert b'"registration_no":"320000000021080"' in row.line


def test_what_became_a_date_or_a_truth_is_not_guessed():
    _, (one, two) = read(sheet([cells(1, **{NO: date(2026, 3, 1)}), cells(2, 违法事实=True)]))
    assert (at(NO, 2), "turned-into-date") in told(one)
    assert one.line is None
    assert one.form.values[NO] == ""
    assert two.form.values["违法事实"] == "TRUE"


def test_a_value_merged_down_a_column_is_every_rows_and_an_amount_is_nobodys():
    heads = HEADERS["penalty"]

    def merge(page: openpyxl.worksheet.worksheet.Worksheet) -> None:
        for head in ("处罚机关", FINE):
            column = heads.index(head) + 1
            page.merge_cells(start_row=2, end_row=4, start_column=column, end_column=column)
        page.merge_cells(start_row=6, end_row=6, start_column=23, end_column=24)

    _, rows = read(sheet([cells(n) for n in range(1, 7)], and_then=merge))
    for number, row in enumerate(rows[:3], start=2):
        assert row.form.values["处罚机关"] == "芜湖市市场监督管理局"
        assert (at(FINE, number), "merged-cells") in told(row)
        assert any("T2:T4" in found.zh for found in row.findings)
    assert rows[3].findings == ()
    assert {("处罚信息!W6", "merged-cells"), ("处罚信息!X6", "merged-cells")} <= told(rows[4])
    assert rows[5].findings == ()


def test_merged_cells_of_an_old_workbook_and_of_a_header():
    def merge(page: xlwt.Worksheet, heads: list[str]) -> None:
        column = heads.index("处罚机关")
        page.write_merge(1, 2, column, column, "芜湖市市场监督管理局")

    rows = [{k: v for k, v in cells(n).items() if k != "处罚机关"} for n in (1, 2)]
    mains = good(old_sheet(rows, merge))
    assert [main["authority"]["name"] for main in mains] == ["芜湖市市场监督管理局"] * 2

    def reaching(page: openpyxl.worksheet.worksheet.Worksheet) -> None:
        page.merge_cells("W1:W2")

    _, (row,) = read(sheet([cells(1)], and_then=reaching))
    assert ("处罚信息!W2", "merged-cells") in told(row)


def test_yuan_entered_as_ten_thousand_yuan_is_a_warning():
    large, said, fine = (
        cells(1, **{FINE: 200000, "处罚内容": "罚款20万元"}),
        cells(2, **{FINE: "20000"}),
        cells(3, **{FINE: "2", "处罚内容": "罚款12元"}),
    )
    _, rows = read(sheet([large, said, fine]))
    for number, row in enumerate(rows[:2], start=2):
        assert (at(FINE, number), "amount-unit") in told(row)
        assert row.line is not None
    assert "amount-unit" not in {code for _, code in told(rows[2])}


def test_a_column_that_is_there_twice_must_say_one_thing():
    heads = [*HEADERS["penalty"], "处罚决定日期"]
    same, differs = (
        [*cells(number).values(), day] for number, day in ((1, "2026-03-10"), (2, "2026-03-11"))
    )
    _, rows = read(sheet([same, differs], header=heads))
    assert rows[0].line is not None
    assert "repeated-column" in {code for _, code in told(rows[1])}


def test_a_row_that_misses_a_whole_column_is_named_by_sheet_and_row():
    heads = [head for head in HEADERS["penalty"] if head != DATE]
    _, (row,) = read(sheet([cells(1)], header=heads))
    (found,) = [item for item in row.findings if item.level == "error"]
    assert (found.code, row.form.column(found.pointer)) == ("missing-field", DATE)
    assert row.form.cell(found.pointer) == ""
    assert row.form.place(found.pointer) == "工作表“处罚信息”第2行"


def test_names_of_cells():
    assert cell_name("", "A1") == "A1"
    assert cell_name("处罚信息", "H12") == "处罚信息!H12"
    assert cell_name("3月 处罚's", "H12") == "'3月 处罚''s'!H12"
    for number in (1, 26, 27, 52, 702, 703, 16384):
        assert column_number(column_letters(number)) == number
    assert column_letters(28) == "AB"


def test_the_total_is_known_before_a_row_is_read():
    opened = open_file(sheet([cells(n) for n in range(5)]), DEFAULTS)
    assert (opened.kind, opened.total) == ("workbook", 6)
    assert all(FORMS)
