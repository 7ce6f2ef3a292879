"""What a clerk gets: an empty template that explains itself, and rows to fix, ready to return."""

import csv
import io
import zipfile

import openpyxl
import pytest
from msgspec.structs import replace
from openpyxl.comments import Comment
from openpyxl.worksheet.worksheet import Worksheet

from registry.domain.records import TYPES
from registry.exchange.rows import Row
from registry.forms import sheets_write
from registry.forms.columns import (
    FORMS,
    TITLES,
    WORDS,
    form_of,
    match_header,
    plain_header,
    recognise,
)
from registry.forms.files import read_csv, to_fix_csv
from registry.forms.guide import guide
from registry.forms.sheets_write import (
    PREPARED_ROWS,
    template_columns,
    to_fix_workbook,
    workbook_template,
)
from registry.forms.sheets_xlsx import walk_xlsx
from registry.ingest.words import PENALTY_KINDS
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
    read,
    saved,
    sheet,
    told,
)

ERROR, WARNING = "FFF8CBAD", "FFFFF2CC"


def opened(data: bytes) -> openpyxl.Workbook:
    return openpyxl.load_workbook(io.BytesIO(data))


def headers(page: Worksheet) -> list[str]:
    return [str(cell.value) for cell in page[1]]


def to_fix(rows: list[Row]) -> bytes:
    """Return the to-fix workbook of the rows that did not pass."""
    bad = [replace(row.form, findings=row.findings) for row in rows if row.line is None]
    return to_fix_workbook(bad)


def put(page: Worksheet, row: int, **values: object) -> None:
    for header, value in values.items():
        page.cell(row, headers(page).index(header) + 1).value = value


# ------------------------------------------------------------------ templates


@pytest.mark.parametrize("form", FORMS)
def test_an_empty_template_has_every_place_of_the_form_once(form):
    page = opened(workbook_template(form))[TITLES[form]]
    assert form_of(headers(page), [], TITLES[form]) == form
    assert recognise(headers(page)) == (form if form in {"penalty", "permit"} else None)
    assert len(set(map(plain_header, headers(page)))) == len(headers(page))
    matched = [match_header(form, header) for header in headers(page)]
    assert [column and column.pointer for column in matched] == list(
        dict.fromkeys(column.pointer for column in FORMS[form])
    )
    assert page.max_row == 1
    assert page.freeze_panes == "B2"


@pytest.mark.parametrize("form", FORMS)
def test_an_empty_template_is_no_record_and_its_example_is_never_read(form):
    data = workbook_template(form)
    opening, rows = read(data)
    assert rows == []
    assert {(one.why, one.sheet) for one in opening.left_out} == {
        ("example-sheet", "示例（不读取）"),
        ("example-sheet", "填写说明"),
    }


@pytest.mark.parametrize("form", FORMS)
def test_the_example_moved_to_the_sheet_to_fill_in_is_a_record_without_a_word(form):
    book = opened(workbook_template(form))
    for cell in book["示例（不读取）"][2]:
        book[TITLES[form]].cell(2, cell.column).value = cell.value
    (main,) = good(saved(book))
    assert main["type"] == form
    assert "示例" in main.get("decision_no", main["subject"]["name"])


@pytest.mark.parametrize("form", FORMS)
def test_every_column_is_text_and_explained(form):
    page = opened(workbook_template(form))[TITLES[form]]
    explained = {row[1].value: row for row in opened(workbook_template(form))["填写说明"].rows}
    for cell in page[1]:
        assert page.column_dimensions[cell.column_letter].width or cell.column > 1
        assert cell.comment.text.endswith("。")
        assert explained[cell.value][4].value == cell.comment.text
        assert explained[cell.value][0].value == cell.column_letter
    styles = zipfile.ZipFile(io.BytesIO(workbook_template(form))).read("xl/styles.xml")
    assert b'numFmtId="49"' in styles
    assert b"formatCode" not in styles


def validations(form: str) -> dict[str, object]:
    page = opened(workbook_template(form))[TITLES[form]]
    found = {}
    for rule in page.data_validations.dataValidation:
        area = str(rule.sqref)
        letters = area.partition(":")[0].rstrip("0123456789")
        assert area == f"{letters}2:{letters}{PREPARED_ROWS + 1}"
        found[str(page[f"{letters}1"].value)] = rule
    return found


def test_drop_downs_come_from_the_words_that_are_understood():
    found = validations("penalty")
    choices = found["行政相对人类别"].formula1.strip('"').split(",")
    assert choices == ["法人及非法人组织", "个体工商户", "自然人"]
    assert {WORDS["subject"][choice] for choice in choices} == {
        "organisation",
        "sole_trader",
        "natural_person",
    }
    kinds = found["处罚类别"]
    assert kinds.formula1.strip('"').split(",") == list(PENALTY_KINDS)
    assert kinds.errorStyle == "information"
    assert found["失信信息类别"].formula1 == '"轻微,一般,严重,待分类"'
    assert validations("permit")["当前状态"].formula1 == '"有效,无效"'


def test_dates_and_lengths_are_watched_in_the_sheet():
    found = validations("penalty")
    assert found[DATE].type == "custom"
    assert "DATEVALUE" in found[DATE].formula1
    assert found[NO].type == "textLength"
    assert found[NO].formula1 == "128"
    assert "违法事实" not in found


def test_what_is_required_comes_from_the_record_types():
    required = {
        column.header for column in template_columns("penalty") if guide("penalty", column).required
    }
    assert required == {
        *(
            "行政相对人名称",
            "行政相对人类别",
            NO,
            "违法行为类型",
            "违法事实",
            "处罚依据",
            "处罚类别",
        ),
        *("处罚内容", DATE, "处罚有效期", "处罚机关"),
    }
    by_header = {column.header: column for column in template_columns("penalty")}
    assert guide("penalty", by_header["备注"]).limit == 20_000
    document = guide("penalty", by_header["证件号码(自然人)"])
    assert "不公开" in document.text
    assert not document.required
    assert "0.2" in guide("penalty", by_header[FINE]).text
    assert not guide("penalty", by_header["当前状态"]).required
    assert set(FORMS) <= set(TYPES)


# ------------------------------------------------------------------ rows to fix


def test_the_wrong_cells_are_coloured_and_the_reason_stands_beside_them():
    _, rows = read(
        sheet([cells(1), cells(2, **{DATE: "昨天", "备注": "电话13912345678"}), cells(3)])
    )
    page = opened(to_fix(rows))["处罚信息"]
    assert page.max_row == 2
    heads = headers(page)
    date = page.cell(2, heads.index(DATE) + 1)
    assert (date.value, date.fill.fgColor.rgb) == ("昨天", ERROR)
    assert date.comment.text.startswith("“昨天”不是有效的日期。\n应为：年-月-日")
    assert page.cell(2, heads.index("备注") + 1).fill.fgColor.rgb == WARNING
    assert page.cell(2, heads.index(NO) + 1).comment is None
    problem, expected, place = (page.cell(2, heads.index(h) + 1).value for h in heads[-3:])
    assert heads[-3:] == ["问题", "应为", "原位置"]
    assert problem.startswith(f"“{DATE}”：“昨天”不是有效的日期。\n（提示）“备注”：")
    assert expected.startswith("年-月-日")
    assert place == "处罚信息!3"


def test_the_columns_are_those_of_the_template_in_its_order_whatever_order_came():
    heads = ["我的列", *reversed(HEADERS["penalty"])]
    values = ["内容", *reversed([cells(1, **{DATE: "昨天"})[head] for head in HEADERS["penalty"]])]
    _, rows = read(sheet([values], header=heads))
    page = opened(to_fix(rows)).active
    template = headers(opened(workbook_template("penalty"))["行政处罚"])
    assert headers(page) == [*template, "我的列", "问题", "应为", "原位置"]
    assert page.cell(2, headers(page).index("我的列") + 1).value == "内容"
    assert page.cell(2, headers(page).index(NO) + 1).value == "示例〔2026〕1号"
    assert all(isinstance(cell.value, str) for cell in page[2] if cell.value is not None)


def test_corrected_and_given_back_as_it_is_the_workbook_passes():
    bad = [
        cells(1, **{DATE: "昨天"}),
        cells(2, **{CODE: 913402000000000231}),
        cells(3, **{FINE: "两万"}),
        cells(4, 处罚有效期="2020-01-01"),
        cells(5, **{NO: None}),
    ]
    _, rows = read(sheet(bad))
    assert all(row.line is None for row in rows)
    book = opened(to_fix(rows))
    page = book.active
    put(page, 2, **{DATE: "2026-03-10"})
    put(page, 3, **{CODE: "91340200MA00000231"})
    put(page, 4, **{FINE: "2"})
    put(page, 5, 处罚有效期="2027年3月10日")
    put(page, 6, **{NO: "示例〔2026〕5号"})
    page["A2"].comment = Comment("已核对", "复核")
    fixed = good(saved(book))
    right = good(sheet([cells(n) for n in range(1, 6)]))
    assert [main["id"] for main in fixed] == [main["id"] for main in right]


def test_given_back_without_correction_the_same_cells_are_wrong_again():
    bad = [
        cells(1, **{CODE: 913402000000000231}),
        cells(2, **{DATE: "昨天"}),
        cells(3, 违法事实="无"),
    ]
    _, rows = read(sheet(bad))
    _, again = read(to_fix(rows))
    assert all(row.line is None for row in again)
    assert [{code for _, code in told(row)} for row in again] == [
        {code for _, code in told(row)} for row in rows
    ]
    assert again[0].form.cell("/subject/uscc") == "处罚信息!C2"


def test_sheets_of_two_forms_come_back_as_two_sheets():
    book = openpyxl.Workbook()
    add(book, "三月处罚", [cells(1, **{DATE: "昨天"})], first=True)
    add(book, "许可", [cells(1, "permit", 许可决定日期="昨天")], header=HEADERS["permit"])
    _, rows = read(saved(book))
    fixing = opened(to_fix(rows))
    assert fixing.sheetnames == ["三月处罚", "许可"]
    put(fixing["三月处罚"], 2, **{DATE: "2026-03-10"})
    put(fixing["许可"], 2, 许可决定日期="2026-03-10")
    assert [main["type"] for main in good(saved(fixing))] == ["penalty", "permit"]


def test_names_of_sheets_stay_apart_and_comments_have_an_end(monkeypatch):
    names: set[str] = set()
    assert [sheets_write._fresh(name, names) for name in ("甲", "甲", "x" * 40, "X" * 31)] == [
        "甲",
        "甲-2",
        "x" * 31,
        f"{'X' * 27}-2",
    ]
    monkeypatch.setattr(sheets_write, "MAX_COMMENTS", 1)
    _, rows = read(sheet([cells(n, **{DATE: "昨天"}) for n in range(3)]))
    page = opened(to_fix(rows)).active
    column = headers(page).index(DATE) + 1
    marked = [page.cell(row, column) for row in (2, 3, 4)]
    assert [cell.comment is not None for cell in marked] == [True, False, False]
    assert {cell.fill.fgColor.rgb for cell in marked} == {ERROR}


def test_a_text_longer_than_a_cell_is_cut_where_the_cell_ends():
    data = io.StringIO(newline="")
    writer = csv.DictWriter(data, HEADERS["penalty"])
    writer.writeheader()
    writer.writerow(cells(1, 违法事实="长" * 40_000))
    _, rows = read(data.getvalue().encode())
    page = opened(to_fix(rows)).active
    cell = page.cell(2, headers(page).index("违法事实") + 1)
    assert len(cell.value) == 32_767
    assert "40000" in cell.comment.text


def test_a_header_that_was_there_twice_comes_back_once_and_behind():
    heads = [*HEADERS["penalty"], DATE]
    values = [*cells(1, **{DATE: "昨天"}).values(), "前天"]
    _, rows = read(sheet([values], header=heads))
    page = opened(to_fix(rows)).active
    assert headers(page).count(DATE) == 1
    assert page.cell(2, headers(page).index(DATE) + 1).value == "昨天"


def test_the_same_rows_as_csv_have_the_same_reasons():
    data = to_fix_csv(
        [
            replace(row.form, findings=row.findings)
            for row in read(sheet([cells(1, **{DATE: "昨天"})]))[1]
        ]
    )
    (line,) = csv.DictReader(io.StringIO(data.decode("utf-8-sig"), newline=""))
    assert line["问题"].startswith(f"“{DATE}”：“昨天”")
    (again,) = read_csv(data, DEFAULTS)
    assert again.form == "penalty"
    assert again.cell("/decided_on") == "W2"


def test_what_is_written_is_within_the_bounds_of_what_is_read():
    _, rows = read(sheet([cells(n, **{DATE: "昨天"}) for n in range(50)]))
    (facts,) = walk_xlsx(to_fix(rows))
    assert facts.rows == 51
    assert facts.formulas == {}
    assert facts.merges == []
