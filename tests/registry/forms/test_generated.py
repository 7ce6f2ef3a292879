"""Templates of all other record types: each place has its column, each type is known again."""

import csv
import io
from collections.abc import Iterator
from dataclasses import replace
from datetime import date, datetime

import msgspec
import openpyxl
import pytest
from msgspec import inspect

from registry.domain.records import KINDS, TYPES
from registry.domain.records.reference import WORDS
from registry.errors import MalformedRefusal
from registry.exchange.rows import Row
from registry.forms.column import Column
from registry.forms.columns import FORMS, TITLES, form_of, recognise
from registry.forms.files import open_file, read_csv, write_template
from registry.forms.generated import REPEATED, TYPE_COLUMN, wanting
from registry.forms.guide import guide
from registry.forms.rows import read_integer, read_text
from registry.forms.sheets_write import template_columns, to_fix_workbook, workbook_template
from registry.ingest.words import gloss
from signing.record import split_line
from tests.registry.forms.made_sheets import DEFAULTS, cells, good, read, saved, sheet, told
from tests.registry.query.scene import uscc

MADE = sorted(FORMS.keys() - {"penalty", "permit"})
JSON_ALONE = {"rulebook", "standard_comparison", "laboratory_scope"}
FILLED = {"/v", "/id", "/salt", "/provenance/kind", "/severity/class", "/publication"}
"""Required places that the tool fills where a file does not say them."""
TYPE = TYPE_COLUMN.header


def row(form: str, **changes: object) -> dict[str, object]:
    """Return the example row of a template by header."""
    example: dict[str, object] = {one.header: one.example for one in template_columns(form)}
    assert example.keys() >= changes.keys()
    return {**example, **changes}


def workbook(form: str, *rows: dict[str, object], name: str = "Sheet1") -> bytes:
    heads = [column.header for column in template_columns(form)]
    return sheet(rows or [row(form)], header=heads, name=name)


def only(data: bytes) -> Row:
    (one,) = read(data)[1]
    return one


def stated(one: Row) -> dict[str, object]:
    """Return what the line of a row that passed says."""
    assert one.line is not None
    return msgspec.json.decode(split_line(one.line)[0])


def required(kind: inspect.Type, above: str = "") -> Iterator[str]:
    """Give the places that a record has to have, by the definitions alone."""
    if isinstance(kind, inspect.VarTupleType) and above[1:] in {"causes", *REPEATED}:
        kind, above = kind.item_type, f"{above}/0"  # of a list, the first is in its columns
    if not isinstance(kind, inspect.StructType):
        yield above
        return
    for field in kind.fields:
        if field.required:
            yield from required(field.type, f"{above}/{field.encode_name}")


# ------------------------------------------------------------------ what there is


def test_all_types_have_a_template_but_those_that_need_lists_of_objects():
    assert KINDS.keys() - FORMS.keys() == JSON_ALONE
    assert {kind: wanting(kind) for kind in JSON_ALONE} == {
        "rulebook": ("附件",),
        "standard_comparison": ("比对指标",),
        "laboratory_scope": ("能力项目",),
    }
    assert all(wanting(kind) == () for kind in FORMS)
    assert list(FORMS) == [kind for kind in KINDS if kind in FORMS]
    assert all(len(title) <= 31 for title in TITLES.values())


@pytest.mark.parametrize("form", MADE)
def test_every_required_place_has_a_column_with_an_example(form):
    filled = {column.pointer for column in FORMS[form] if column.example}
    assert set(required(inspect.type_info(TYPES[form]))) - FILLED <= filled
    assert FORMS[form][0] == replace(TYPE_COLUMN, example=KINDS[form].zh)
    codes = [column.code for column in FORMS[form]]
    assert len(set(codes)) == len(codes)


@pytest.mark.parametrize("form", MADE)
def test_choices_are_the_words_that_the_checks_tell(form):
    for column in FORMS[form]:
        if column.reading != "choice" or column.pointer == "/list":
            continue
        member = column.pointer.rpartition("/")[2]
        assert [gloss(member, code) for _, code in column.said] == list(guide(form, column).choices)
        assert guide(form, column).strict
        texts = [said for said, _ in column.said]
        assert len(set(texts)) == len(texts)


def test_a_use_of_a_measure_names_one_cause_in_its_row():
    (main,) = good(workbook("measure_use"))
    assert main["causes"] == [{"origin": "log.example.org/wuhu", "id": "a1", "entry": "ab" * 64}]
    bad = only(
        workbook("measure_use", row("measure_use", **{"所依据的信息：所在日志": "芜湖市的日志"}))
    )
    assert [finding.code for finding in bad.findings] == ["bad-origin"]


def test_nested_members_stand_in_columns_of_their_own():
    assert [one.header for one in FORMS["sampling"] if one.pointer.startswith("/product/")] == [
        "产品：名称",
        "产品：商标",
        "产品：规格型号",
        "产品：生产日期或批号",
        "产品：标称生产者",
    ]
    by_pointer = {one.pointer: one for one in FORMS["amendment"]}
    assert by_pointer["/replacement/entry"].header == "更正后的信息：条目"
    assert by_pointer["/target/id"].code == "AMENDMENT_TARGET_ID"
    readings = {one.pointer: one.reading for one in FORMS["registration"]}
    assert readings["/capital/wan_yuan"] == "amount"
    assert readings["/registered_on"] == "date"
    assert "/former_names" not in readings
    assert not any(one.pointer.startswith("/evidence") for one in FORMS["clue_transfer"])


def test_lists_of_objects_stand_in_numbered_columns():
    (main,) = good(workbook("per_mu"))
    assert [one["indicator"] for one in main["inputs"]] == [
        "亩均税收",
        "亩均销售收入",
        "单位能耗税收",
    ]
    assert main["inputs"][2] == {
        "indicator": "单位能耗税收", "value": "0.08", "unit": "万元/吨标准煤",
        "base": "0.1", "weight": "20",
    }  # fmt: skip
    assert [one["organ"] for one in main["adjustments"]] == ["芜湖市应急管理局"]
    second = {
        "关联主体2：名称": "扬州示例建设有限公司", "关联主体2：类别": "法人及非法人组织",
        "关联主体2：身份": "联合体成员", "关联主体2：统一社会信用代码": uscc(5, "321000"),
    }  # fmt: skip
    (main,) = good(workbook("relation", row("relation", **second)))
    assert [one["subject"] for one in main["others"]] == [
        {"kind": "organisation", "name": "南京示例市政工程有限公司", "uscc": "91320100MA0000015Q"},
        {"kind": "organisation", "name": "扬州示例建设有限公司", "uscc": uscc(5, "321000")},
    ]
    needed = {one.pointer: guide("relation", one).required for one in FORMS["relation"]}
    assert needed["/others/0/subject/name"]
    assert not needed["/others/1/subject/name"]


def test_what_is_left_blank_before_a_filled_one_is_named_by_its_column():
    gap = {f"指标数据2：{name}": None for name in ("指标", "数值", "单位", "基准值", "权重（%）")}
    bad = only(workbook("per_mu", row("per_mu", **gap)))
    assert {(one.code, one.pointer) for one in bad.findings} == {
        ("missing-field", f"/inputs/1/{name}") for name in ("indicator", "value", "unit")
    }
    half = only(workbook("relation", row("relation", **{"关联主体2：身份": "联合体成员"})))
    assert [one.pointer for one in half.findings] == ["/others/1/subject"]


# ------------------------------------------------------------------ known again


@pytest.mark.parametrize("form", MADE)
def test_the_rows_say_what_they_are_on_whatever_sheet(form):
    (main,) = good(workbook(form))
    assert main["type"] == form
    (coded,) = good(workbook(form, row(form, **{TYPE: form})))
    assert coded["id"] == main["id"]
    heads = [one.header for one in template_columns(form)]
    assert recognise(heads) is None
    others = [kind for kind in MADE if form_of(heads, [], TITLES[kind]) == form]
    assert others == [form]


@pytest.mark.parametrize("form", MADE)
def test_without_a_word_in_the_rows_the_name_of_the_sheet_tells(form):
    silent = row(form, **{TYPE: None})
    (main,) = good(workbook(form, silent, name=TITLES[form]))
    assert main["type"] == form
    with pytest.raises(MalformedRefusal) as refused:
        list(open_file(workbook(form, silent), DEFAULTS).rows)
    assert refused.value.detail_code == "unknown-template"
    assert "信息类别" in refused.value.zh


@pytest.mark.parametrize("form", MADE)
def test_a_csv_by_the_codes_of_the_columns_is_the_same_record(form):
    out = io.StringIO(newline="")
    columns = template_columns(form)
    csv.writer(out).writerows([[one.code for one in columns], [one.example for one in columns]])
    (by_code,) = good(out.getvalue().encode())
    (by_name,) = good(workbook(form))
    assert {**by_code, "salt": ""} == {**by_name, "salt": ""}


@pytest.mark.parametrize("form", MADE)
def test_an_empty_csv_template_has_no_rows(form):
    data = write_template(form)
    assert list(read_csv(data, DEFAULTS)) == []
    assert data.decode("utf-8-sig").startswith(f"{TYPE},")


def test_sheets_of_many_types_stand_in_one_workbook():
    book = openpyxl.Workbook()
    for form in MADE:
        page = book.create_sheet(f"表{len(book.sheetnames)}")
        page.append(["报送单位：示例局"])
        page.append([one.header for one in template_columns(form)])
        page.append(list(row(form).values()))
        page.append([one.header for one in template_columns(form)])
        page.append(list(row(form, 备注="第二条").values()))
    opening, rows = read(saved(book))
    assert [one.form.form for one in rows] == [form for form in MADE for _ in (1, 2)]
    assert [left.why for left in opening.left_out].count("header") == len(MADE)
    assert all(one.form.findings == () for one in rows)


def test_a_penalty_sheet_with_such_a_column_of_its_own_stays_a_penalty():
    heads = [TYPE, *cells()]
    for said in ("行政处罚信息", "失信", ""):
        one = only(sheet([[said, *cells().values()]], header=heads, name="信用修复"))
        assert one.form.form == "penalty"
        assert one.line is not None


def test_headers_that_are_another_types_are_not_taken_for_the_type_that_is_said():
    with pytest.raises(MalformedRefusal):
        list(open_file(sheet([["信用修复", "a"]], header=[TYPE, "甲"]), DEFAULTS).rows)
    assert form_of([TYPE, "甲", "乙"], ["信用修复"], "信用修复") is None


# ------------------------------------------------------------------ what cells say


def test_a_row_that_says_it_is_another_type_is_checked_as_that():
    data = workbook("repair", row("repair"), row("repair", **{TYPE: "撤回公示"}))
    first, second = read(data)[1]
    assert first.line is not None
    assert ("/reason", "missing-field") in {(one.pointer, one.code) for one in second.findings}
    unknown = read(workbook("repair", row("repair"), row("repair", **{TYPE: "修复"})))[1][1]
    assert ("Sheet1!A3", "unknown-type") in told(unknown)


def test_words_of_choices_become_codes_and_other_words_are_named_with_the_right_ones():
    outcome = {"处理结果": "不予支持", "后果": "无"}  # which elsewhere stands for nothing
    (main,) = good(workbook("objection_outcome", row("objection_outcome", **outcome)))
    assert (main["outcome"], main["consequence"]) == ("rejected", "none")
    bad = only(workbook("stay", row("stay", 停止执行的情形="复议")))
    (found,) = bad.findings
    assert (found.code, found.pointer) == ("bad-choice", "/ground")
    assert all(zh in found.expected_zh + found.zh for zh, _ in WORDS["ground"].values())


def test_lists_are_named_by_their_names_and_by_their_codes():
    by_name, by_code = (
        only(workbook("list_entry", row("list_entry", 名单名称=said)))
        for said in ("拖欠农民工工资失信联合惩戒对象名单", "wage-arrears")
    )
    assert stated(by_name)["list"] == stated(by_code)["list"] == "wage-arrears"


@pytest.mark.parametrize(
    ("text", "items"),
    [
        ("导体电阻", ["导体电阻"]),
        ("导体电阻；绝缘厚度", ["导体电阻", "绝缘厚度"]),
        (" 导体电阻 ;\n绝缘厚度；", ["导体电阻", "绝缘厚度"]),
    ],
)
def test_lists_of_texts_are_split(text, items):
    (main,) = good(workbook("sampling", row("sampling", 不合格项目=text)))
    assert main["failed_items"] == items


def test_a_list_that_is_said_to_be_nothing_is_left_out_with_a_word():
    one = only(workbook("sampling", row("sampling", 检验结论="合格", 不合格项目="无")))
    assert one.line is not None
    assert {found.code for found in one.findings} == {"placeholder-left-out"}
    assert "failed_items" not in stated(one)


def test_sections_are_said_in_chinese():
    (main,) = good(
        workbook("report_request", row("report_request", 所需信息类别="行政处罚信息；permit"))
    )
    assert main["sections"] == ["penalty", "permit"]
    bad = only(workbook("report_request", row("report_request", 所需信息类别="处罚")))
    assert {(one.code, one.pointer) for one in bad.findings} == {("unknown-section", "/sections/0")}
    assert bad.form.column("/sections/0") == "所需信息类别"


def test_dates_numbers_and_long_numbers_as_a_spreadsheet_keeps_them():
    native = {"抽样日期": datetime(2026, 2, 20), "产品：生产日期或批号": 20260101}  # noqa: DTZ001
    one = only(workbook("sampling", row("sampling", **native)))
    assert stated(one)["sampled_on"] == "2026-02-20"
    assert stated(one)["product"]["lot"] == "20260101"
    assert one.line is not None
    lost = only(workbook("sampling", row("sampling", **{"产品：生产日期或批号": 10**17})))
    assert {found.code for found in lost.findings} == {"digits-lost"}
    made = only(workbook("repair", row("repair", 说明=date(2026, 3, 1))))
    assert stated(made)["text"] == "2026-03-01"
    (main,) = good(
        workbook("registration", row("registration", **{"注册资本：数额（万元）": 1200.5}))
    )
    assert main["capital"]["wan_yuan"] == "1200.5"


def test_an_optional_object_is_there_as_a_whole_or_not_at_all():
    assert "use" not in good(workbook("measure_feedback"))[0]
    part = only(
        workbook("measure_feedback", row("measure_feedback", **{"措施使用信息：编号": "a9"}))
    )
    assert ("/use/entry", "missing-field") in {(one.pointer, one.code) for one in part.findings}


def test_types_that_are_never_public_are_not_stated_to_be():
    for form, narrower in (
        ("measure_task", "government"),
        ("clue_reply", "government"),
        ("authorisation", "authorised"),
        ("honour", "public"),
    ):
        (main,) = good(workbook(form, row(form, 公示范围=None)))
        assert main["publication"] == narrower
        wide = only(workbook(form, row(form, 公示范围="社会公开")))
        assert stated(wide)["publication"] == "public"


def test_numbers_of_standards_get_their_normal_form_and_what_is_none_stays_as_typed():
    told = {"标准号": "DB3402/T 9901—2026", "规范性引用文件": "GB/T 7407-2015；GB/T10114－2003"}
    (main,) = good(workbook("standard", row("standard", **told)))
    assert main["number"] == "DB3402/T 9901-2026"
    assert main["references"] == ["GB/T 7407-2015", "GB/T 10114-2003"]
    (main,) = good(workbook("standard_case_step"))
    assert "result" not in main
    bad = only(workbook("self_declaration", row("self_declaration", 标准号="本企业标准")))
    assert {(one.code, one.pointer) for one in bad.findings} == {("standard-number", "/number")}
    left = only(
        workbook("standard_recognition", row("standard_recognition", 可替代的本地标准="无"))
    )
    assert {one.code for one in left.findings} == {"placeholder-left-out"}
    several = {"代替的标准2：标准号": "DB3402/T 9900-2018", "代替的标准2：范围": "部分",
               "代替的标准2：条款": "第3章"}  # fmt: skip
    (main,) = good(workbook("standard", row("standard", **several)))
    assert [one["extent"] for one in main["replaces"]] == ["whole", "part"]
    listed = {"清单名称": "区域产业负面清单", "涉及行业代码（GB/T 4754）": "C；3831"}
    (main,) = good(workbook("negative_list_item", row("negative_list_item", **listed)))
    assert (main["list"], main["activities"]) == ("area_industry", ["C", "3831"])


def test_whole_numbers_are_numbers_and_what_is_none_stays_as_typed():
    year = Column("YEAR", "年度", "/year", "integer")
    assert read_text(year, "2025").value == 2025
    assert read_text(year, " ２０２５ ").value == 2025
    assert [read_integer(text) for text in ("-3", "0", "2025年", "1.5", "007")] == [
        *(-3, 0),
        *("2025年", "1.5", "007"),
    ]


# ------------------------------------------------------------------ back to the clerk


def test_rows_to_fix_come_back_in_the_template_and_pass_when_put_right():
    bad = only(workbook("stay", row("stay", 停止执行的情形="复议"), name="停止执行"))
    fixing = openpyxl.load_workbook(
        io.BytesIO(to_fix_workbook([msgspec.structs.replace(bad.form, findings=bad.findings)]))
    )
    page = fixing["停止执行"]
    heads = [cell.value for cell in page[1]]
    assert heads[: len(template_columns("stay"))] == [c.header for c in template_columns("stay")]
    at = heads.index("停止执行的情形") + 1
    assert page.cell(2, at).comment.text.startswith("“复议”")
    page.cell(2, at).value = "行政诉讼期间停止执行"
    (main,) = good(saved(fixing))
    assert main["ground"] == "litigation"


def test_the_first_column_explains_itself_and_offers_its_type():
    page = openpyxl.load_workbook(io.BytesIO(workbook_template("repair")))["信用修复"]
    assert page["A1"].value == TYPE
    assert "“信用修复”" in page["A1"].comment.text
    (rule,) = (one for one in page.data_validations.dataValidation if str(one.sqref)[:2] == "A2")
    assert rule.formula1 == '"信用修复"'
    failed = next(c for c in template_columns("sampling") if c.pointer == "/failed_items")
    assert "“；”" in guide("sampling", failed).text
    sections = next(c for c in template_columns("report_request") if c.pointer == "/sections")
    assert "行政处罚信息" in guide("report_request", sections).text
    assert not guide("report_request", sections).strict
