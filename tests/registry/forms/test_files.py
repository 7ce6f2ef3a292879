"""Clerks' files: by code and by name, old and new, in the encodings and spellings that arrive."""

import csv
import io
import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from registry.domain.identifiers import uscc_check
from registry.errors import MalformedRefusal
from registry.forms.columns import FORMS, match_header, recognise
from registry.forms.files import (
    FormDefaults,
    FormRow,
    describe,
    fill,
    fill_restricted,
    is_json,
    natural_id,
    read_csv,
    read_file,
    read_jsonl,
    to_fix_csv,
    to_fix_jsonl,
    write_template,
)
from registry.forms.rows import read_amount, read_date, read_kinds
from registry.ingest.checks import check_line
from registry.ingest.reasons import finding
from signing.record import encode_record
from tests.registry.ingest.samples import main

DEFAULTS = FormDefaults(division="340200")
SALTS = ("0" * 32, "f" * 32)

PENALTY = {
    "CF_XDR_MC": "芜湖示例建设有限公司",
    "CF_XDR_LB": "法人及非法人组织",
    "CF_XDR_SHXYM": "91340200MA00000231",
    "CF_FRDB": "张示例",
    "CF_WSH": "芜市监罚〔2026〕123号",
    "CF_WFXW": "生产销售不合格产品",
    "CF_SY": "电线产品经抽样检验不合格。",
    "CF_YJ": "《中华人民共和国产品质量法》第四十九条",
    "CF_CFLB": "罚款；没收违法所得",
    "CF_NR": "罚款20000元，没收违法所得1000元。",
    "CF_NR_FK": "2.000000",
    "CF_NR_WFFF": "0.1",
    "CF_JDRQ": "2026/3/10",
    "CF_YXQ": "2027年3月10日",
    "CF_GSJZQ": "2027-03-10 00:00:00",
    "CF_CFJG": "芜湖市市场监督管理局",
    "CF_CFJGDM": "11320100MA2320178R",
    "CF_SJLY": "芜湖市市场监督管理局",
    "CF_SJLYDM": "11320100MA2320178R",
    "BZ": "",
}
PERMIT = {
    "XK_XDR_MC": "芜湖示例食品有限公司",
    "XK_XDR_LB": "个体工商户",
    "XK_XDR_SHXYM": "92340500MA23405745",
    "XK_XKWS": "准予行政许可决定书",
    "XK_WSH": "芜市监许〔2026〕5号",
    "XK_XKLB": "普通",
    "XK_XKBH": "SC10134020000001",
    "XK_NR": "食品生产许可",
    "XK_JDRQ": "20260310",
    "XK_YXQZ": "2026.3.10",
    "XK_YXQZI": "2099/12/31",
    "XK_XKJG": "芜湖市市场监督管理局",
    "XK_XKJGDM": "11320100MA2320178R",
    "XK_ZT": "1",
    "XK_LYDW": "",
}


def table(*rows, encoding="utf-8", delimiter=",", headers=None):
    out = io.StringIO(newline="")
    writer = csv.writer(out, delimiter=delimiter)
    writer.writerow(headers or rows[0])
    writer.writerows(row.values() for row in rows)
    return out.getvalue().encode(encoding)


def only(data, defaults=DEFAULTS):
    (row,) = read_csv(data, defaults)
    return row


def checked(row):
    restricted = None if row.restricted is None else fill_restricted(row.restricted, SALTS[1])
    return check_line(encode_record(fill(row.main, SALTS[0]), restricted), set())


def by_name(row):
    form = "penalty" if "CF_WSH" in row else "permit"
    names = {column.code: column.header for column in FORMS[form]}
    return {names[code]: value for code, value in row.items()}


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "gb18030"])
@pytest.mark.parametrize("spelling", [dict, by_name])
def test_a_penalty_row_is_a_clean_record(encoding, spelling):
    row = only(table(spelling(PENALTY), encoding=encoding))
    assert row.row == 2
    assert row.findings == ()
    result = checked(row)
    assert result.findings == ()
    record = result.record
    assert record.kinds == ("罚款", "没收违法所得")
    assert (record.fine_wan_yuan, record.confiscated_wan_yuan) == ("2", "0.1")
    assert record.decided_on.isoformat() == "2026-03-10"
    assert record.effective_until.isoformat() == record.publicity_until.isoformat() == "2027-03-10"
    assert record.authority.division == "340200"
    assert record.severity.level == "unclassified"
    assert record.publication == "public"


def test_a_permit_row_is_a_clean_record():
    row = only(table(PERMIT))
    result = checked(row)
    assert result.findings == ()
    record = result.record
    assert record.subject.kind == "sole_trader"
    assert record.state == "valid"
    assert record.source_unit.name == "芜湖市市场监督管理局"
    assert record.source_unit.uscc == "11320100MA2320178R"
    assert (record.valid_from.isoformat(), record.valid_until.isoformat()) == (
        "2026-03-10",
        "2099-12-31",
    )


def test_tabs_titles_and_empty_rows():
    data = table(PENALTY, PENALTY, delimiter="\t").decode().splitlines(keepends=True)
    text = "行政处罚信息表\t\r\n\r\n" + data[0] + "\t\t\r\n" + data[1] + data[2]
    rows = list(read_csv(text.encode(), DEFAULTS))
    assert [row.row for row in rows] == [5, 6]
    assert rows[0].main["id"] == rows[1].main["id"]


def test_required_marks_and_full_width_headers():
    headers = [f"*{name.replace('(', '（')}（必填）" for name in by_name(PENALTY)]
    row = only(table(PENALTY, headers=headers))
    assert checked(row).findings == ()
    assert row.column("/subject/uscc").startswith("*行政相对人代码")


def test_the_older_order():
    old = {
        "CF_WSH": "1号",
        "CF_CFMC": "违法排污",
        "CF_CFLB1": "02",
        "CF_CFLB2": "14",
        "CF_XDR_MC": "芜湖示例建设有限公司",
        "CF_XDR_ZDM": "MA000002-3",
        "CF_XDR_GSDJ": "320000000021080",
        "CF_XDR_SFZ": "",
        "CF_FR": "张示例",
        "CF_JG": "罚款并责令关闭",
        "CF_JDRQ": "2016-05-04",
        "CF_XZJG": "芜湖市生态环境局",
        "CF_ZT": "0",
    }
    row = only(table(old))
    assert row.findings == ()
    assert row.main["kinds"] == ["罚款", "责令关闭"]
    assert row.main["subject"]["registration_no"] == "320000000021080"
    assert row.main["subject"]["organisation_code"] == "MA000002-3"
    assert row.main["violation_type"] == "违法排污"
    missing = {item.pointer for item in checked(row).findings if item.code == "missing-field"}
    assert missing == {"/subject/kind", "/facts", "/basis", "/effective_until"}


def test_a_natural_person_goes_into_the_restricted_part():
    person = {
        **PENALTY,
        "CF_XDR_LB": "自然人",
        "CF_XDR_SHXYM": "",
        "CF_XDR_MC": "张三",
        "CF_XDR_ZJHM": "11010519491231002X",
        "CF_XDR_ZJLX": "",
        "CF_FR_ZJLX": "身份证",
    }
    row = only(table(person))
    assert row.main["publication"] == "government"
    assert "11010519491231002X" not in json.dumps(row.main)
    assert row.restricted == {
        "subject_document": {"name": "张三", "type": "身份证", "number": "11010519491231002X"}
    }
    result = checked(row)
    assert result.ok
    assert result.restricted.subject_document.name == "张三"


def test_a_document_without_type_is_asked_for():
    person = {**PENALTY, "CF_XDR_LB": "自然人", "CF_XDR_MC": "", "CF_XDR_ZJHM": "E1234567"}
    row = only(table(person))
    found = {(item.code, item.pointer) for item in checked(row).findings}
    assert ("missing-field", "/restricted/subject_document/type") in found
    assert row.column("/restricted/subject_document/type") == "证件类型(自然人)"


def test_extension_columns_carry_class_range_and_procedure():
    more = {
        **PENALTY,
        "失信信息类别": "严重",
        "类别认定单位": "芜湖市市场监督管理局",
        "类别认定依据": "裁量基准第3条",
        "公示范围": "政务共享",
        "处罚程序": "简易程序",
        "监管领域": "product_quality",
        "公示日期": "2026-03-12",
    }
    result = checked(only(table(more)))
    assert result.findings == ()
    assert result.record.severity.level == "serious"
    assert result.record.publication == "government"
    assert result.record.procedure == "simple"
    assert result.record.field == "product_quality"
    assert result.record.published_on.isoformat() == "2026-03-12"


def test_defaults_fill_only_what_is_absent():
    bare = {key: value for key, value in PENALTY.items() if "CFJG" not in key and "SJLY" not in key}
    defaults = FormDefaults(
        division="340200",
        publication="authorised",
        authority="芜湖市税务局",
        authority_uscc="11320100MA2320178R",
        source_unit="芜湖市数据局",
    )
    row = only(table(bare), defaults)
    assert row.main["authority"] == {
        "division": "340200",
        "name": "芜湖市税务局",
        "uscc": "11320100MA2320178R",
    }
    assert row.main["source_unit"] == {"name": "芜湖市数据局"}
    assert row.main["publication"] == "authorised"
    stated = only(table(PENALTY), defaults)
    assert stated.main["authority"]["name"] == "芜湖市市场监督管理局"
    nobody = only(table(bare))
    found = {item.pointer for item in checked(nobody).findings}
    assert {"/authority/name", "/source_unit/name"} <= found


def test_placeholders_in_a_code_are_errors_and_in_a_remark_are_left_out():
    row = only(table({**PENALTY, "CF_XDR_SHXYM": "无", "BZ": "/", "CF_NR_FK": "0"}))
    assert [(item.code, item.pointer) for item in row.findings] == [
        ("placeholder-left-out", "/remark")
    ]
    assert "remark" not in row.main
    assert row.main["fine_wan_yuan"] == "0"
    assert ("placeholder-value", "/subject/uscc") in {
        (item.code, item.pointer) for item in checked(row).findings
    }


def test_unknown_columns_and_spare_cells_are_said():
    row = only(table({**PENALTY, "我的列": "内容", "空列": "", "问题": "旧的说明", "CF_ZT": "0"}))
    assert [(item.code, item.zh.count("我的列")) for item in row.findings] == [
        ("unknown-column", 1)
    ]
    spare = table(PENALTY).decode().rstrip("\r\n") + ",,多出的\r\n"
    assert [item.code for item in only(spare.encode()).findings] == ["extra-cells"]
    empty = table(PENALTY).decode().rstrip("\r\n") + ",,\r\n"
    assert only(empty.encode()).findings == ()
    short = table(PENALTY).decode().splitlines()
    cut = f"{short[0]}\r\n{','.join(short[1].split(',')[:5])}\r\n"
    assert ("missing-field", "/decided_on") in {
        (item.code, item.pointer) for item in checked(only(cut.encode())).findings
    }


@pytest.mark.parametrize(
    ("data", "code"),
    [
        (b"\xff\xff\xff", "unreadable-text"),
        (b"", "unknown-template"),
        ("名称,代码\r\n甲,乙\r\n".encode(), "unknown-template"),
        (("甲\r\n" * 22).encode() + table(PENALTY), "unknown-template"),
    ],
)
def test_files_that_cannot_be_read(data, code):
    with pytest.raises(MalformedRefusal) as refused:
        list(read_csv(data, DEFAULTS))
    assert refused.value.detail_code == code
    assert refused.value.zh
    assert refused.value.en


@pytest.mark.parametrize(
    ("text", "date"),
    [
        ("2026-03-10", "2026-03-10"),
        ("2026/3/1", "2026-03-01"),
        ("２０２６．３．１０", "2026-03-10"),
        ("2026年3月10日", "2026-03-10"),
        ("20260310", "2026-03-10"),
        ("2026-03-10T08:00:00", "2026-03-10"),
        ("2026-02-30", "2026-02-30"),
        ("三月十日", "三月十日"),
        ("46091", "46091"),
    ],
)
def test_dates(text, date):
    assert read_date(text) == date


@pytest.mark.parametrize(
    ("text", "amount"),
    [
        ("2", "2"),
        ("0.200000", "0.2"),
        (".5", "0.5"),
        ("1,234.50", "1234.5"),
        ("０．２", "0.2"),
        ("2万元", "2"),
        ("007", "7"),
        ("5.", "5"),
        ("0.00", "0"),
        ("2000元", "2000元"),
        (".", "."),
        ("-1", "-1"),
        ("1e3", "1e3"),
    ],
)
def test_amounts(text, amount):
    assert read_amount(text) == amount


def test_kinds():
    assert read_kinds("罚款;没收违法所得、警告,通报批评|01") == [
        "罚款",
        "没收违法所得",
        "警告",
        "通报批评",
        "警告",
    ]


def test_headers():
    assert match_header("penalty", " cf_wsh ").pointer == "/decision_no"
    assert match_header("penalty", "行政相对人代码_2（组织机构代码）").code == "CF_XDR_ZZJG"
    assert match_header("permit", "XK_YXQZ").pointer == "/valid_from"
    assert match_header("permit", "XK_YXQZI").pointer == "/valid_until"
    assert match_header("permit", "没有") is None
    assert recognise(["行政相对人名称", "备注", "统一社会信用代码"]) is None


def test_all_columns_of_the_real_templates_are_known(shared_data):
    with (shared_data / "credit/shuanggongshi_fields.csv").open(encoding="utf-8-sig") as file:
        rows = list(csv.DictReader(file))
    ignored = {"CF_ZT", "DFBM", "SJC"}
    seen = 0
    for row in rows:
        form = "penalty" if "处罚" in row["record_type"] else "permit"
        if "名单" in row["record_type"] or row["field"] in ignored:
            continue
        column = match_header(form, row["field"])
        assert column is not None, row
        if row["name_zh"]:
            assert match_header(form, row["name_zh"]) == column, row
        seen += 1
    assert seen > 60


def test_the_real_answer_in_template_fields(shared_data):
    path = shared_data / "credit/shuanggongshi_2019_penalty_response_sample.json"
    answer = json.loads(path.read_text(encoding="utf-8"))
    row = {key: "" if value is None else str(value) for key, value in answer["rows"][0].items()}
    found = {(item.code, item.pointer) for item in checked(only(table(row))).findings}
    assert ("masked-value", "/subject/legal_representative") in found


@pytest.mark.parametrize("form", ["penalty", "permit"])
def test_templates_are_read_back(form):
    data = write_template(form)
    (headers,) = csv.reader(io.StringIO(data.decode("utf-8-sig"), newline=""))
    assert recognise(headers) == form
    assert len(set(headers)) == len(headers)
    assert all(match_header(form, header) for header in headers)
    assert list(read_csv(data, DEFAULTS)) == []


def test_to_fix_files_say_column_problem_and_what_is_right_and_read_back():
    good = only(table(by_name(PENALTY)))
    bad_values = {**by_name(PENALTY), "处罚决定日期": "昨天", "备注": "电话13912345678"}
    bad = only(table(bad_values))
    bad = FormRow(bad.row, bad.values, bad.main, None, checked(bad).findings, bad.columns)
    data = to_fix_csv([bad])
    (line,) = csv.DictReader(io.StringIO(data.decode("utf-8-sig"), newline=""))
    assert line["处罚决定日期"] == "昨天"
    assert line["问题"].startswith("“处罚决定日期”：“昨天”不是有效的日期")
    assert "（提示）“备注”：" in line["问题"]
    assert "年-月-日" in line["应为"]
    again = only(data)
    assert again.findings == ()
    assert again.main["id"] == good.main["id"]
    twice = to_fix_csv([again])
    assert twice.decode().count("应为") == 1
    nowhere = finding("not-a-record", "", detail="x", detail_zh="x")
    assert describe(bad, nowhere).startswith("该行")


def test_findings_lead_to_the_nearest_column():
    row = only(table(PENALTY))
    assert row.column("/kinds/0") == "CF_CFLB"
    assert row.column("/decided_on") == "CF_JDRQ"
    assert row.column("/licence") == "暂扣或吊销证照名称及编号"
    assert row.column("/subject") == "CF_XDR_MC"
    assert row.column("") == ""
    assert row.column("/bogus") == "/bogus"


# ------------------------------------------------------------------ JSON Lines


def test_json_lines_with_and_without_parts():
    alone = main()
    split = {"main": main(id=""), "restricted": {"remark": "略"}}
    data = f"\ufeff{json.dumps(alone)}\n\n{json.dumps(split)}\n".encode()
    assert is_json(data)
    first, second = read_file(data, DEFAULTS)
    assert (first.row, second.row) == (1, 3)
    assert first.main == alone
    assert first.restricted is None
    assert second.restricted == {"remark": "略"}
    assert second.main["id"] == natural_id(alone)
    assert checked(second).ok


@pytest.mark.parametrize(
    "text",
    [
        "{",
        "[1]",
        '"x"',
        '{"main":1}',
        '{"main":{},"restricted":[]}',
        '{"main":{},"x":1}',
        "[" * 5000,
    ],
)
def test_lines_that_are_no_records(text):
    (row,) = read_jsonl(text.encode())
    assert row.main is None
    assert [item.code for item in row.findings] == ["not-a-record"]
    assert to_fix_jsonl([row]) == text.encode() + b"\n"


def test_to_fix_json_lines_read_back():
    (row,) = read_jsonl(json.dumps({"main": main(v=2), "restricted": {"remark": "略"}}).encode())
    row = FormRow(row.row, row.values, row.main, row.restricted, checked(row).findings)
    data = to_fix_jsonl([row])
    assert json.loads(data)["_problems"][0]["pointer"] == "/v"
    (again,) = read_jsonl(data)
    assert again.main == row.main
    assert again.restricted == row.restricted
    (alone,) = read_jsonl(to_fix_jsonl([FormRow(1, {}, main(), None, ())]))
    assert alone.main == main()


def test_a_spreadsheet_is_not_json():
    assert not is_json(table(PENALTY))
    assert [row.row for row in read_file(table(PENALTY), DEFAULTS)] == [2]


# ------------------------------------------------------------------ ids and salts


def test_ids_by_content():
    made = natural_id(main())
    assert len(made) == 20
    assert int(made, 16) >= 0
    assert natural_id(main(facts="另述", subject__name="别名")) == made
    assert natural_id(main(decision_no=" 芜市监罚〔2026〕 123号")) == made
    assert natural_id(main(subject__uscc="91340200ma00000231")) == made
    assert natural_id(main(decision_no="2号")) != made
    assert natural_id(main(authority__name="芜湖市税务局")) != made
    body = "91340200MA0000058"
    assert natural_id(main(subject__uscc=body + uscc_check(body))) != made
    assert natural_id(main("repair")) != natural_id(main("withdrawal"))
    tie = natural_id(main("relation"))
    assert natural_id(main("relation", others__0__subject__name="别名")) != tie
    assert natural_id(main("relation", others=[])) != tie
    assert natural_id(main("relation", remark="另述")) == tie
    assert natural_id({}) != made
    assert natural_id({"type": "unknown", "subject": 5}) == natural_id({"type": "unknown"})


def test_fill_adds_only_what_is_absent():
    bare = {key: value for key, value in main().items() if key not in {"id", "salt"}}
    assert fill(bare, SALTS[0])["id"] == natural_id(bare)
    assert fill(bare, SALTS[0], "x1")["id"] == "x1"
    assert fill({**bare, "id": "own"}, SALTS[0], "x1")["id"] == "own"
    assert fill(bare, SALTS[0])["salt"] == SALTS[0]
    assert fill_restricted({"remark": "略"}, SALTS[1]) == {"remark": "略", "salt": SALTS[1]}


@given(st.text(max_size=30))
def test_readers_never_raise_and_are_stable(text):
    for read in (read_date, read_amount):
        assert read(read(text)) == read(text)
    assert all(isinstance(kind, str) and kind for kind in read_kinds(text))


STATES = {
    "正常": True, "0": True, "": True,
    "撤销": False, "1": False, "异议": False, "取消公示": False,
}  # fmt: skip


@pytest.mark.parametrize("state", STATES)
def test_a_penalty_that_does_not_stand_is_not_one_to_report(state):
    for header in ("CF_ZT", "当前状态"):
        row = only(table({**PENALTY, header: state}, headers=[*PENALTY, header]))
        found = [(item.code, item.pointer, item.level) for item in row.findings]
        assert found == ([] if STATES[state] else [("not-standing", "/standing", "error")])
        assert "standing" not in row.main


def test_a_quotation_mark_that_is_never_closed_is_named_with_what_it_took_in():
    good = table(PENALTY, PENALTY, PENALTY).decode("utf-8").split("\r\n")
    good[1] = good[1].replace(PENALTY["CF_SY"], '"' + PENALTY["CF_SY"])
    (row,) = read_csv("\r\n".join(good).encode(), DEFAULTS)
    (found,) = [item for item in row.findings if item.code == "unclosed-quote"]
    assert "2 行" in found.zh
    paragraphs = {**PENALTY, "CF_SY": "第一段，一、二、三。\n第二段, 含, 逗号。"}
    assert only(table(paragraphs)).findings == ()


def test_a_very_long_cell_is_a_defect_of_its_row_alone():
    long, short = read_csv(table({**PENALTY, "CF_SY": "x" * 140_000}, PENALTY), DEFAULTS)
    assert "too-long" in {item.code for item in checked(long).findings}
    assert checked(short).findings == ()


def test_json_lines_end_with_lf_alone_and_have_each_key_once():
    lines = ('{"type":"penalty","facts":"一\u2028二\u0085三"}', '{"v":1,"v":2}', '{"v":NaN}', "")
    one, two, three = read_jsonl("\n".join(lines).encode())
    assert one.main["facts"] == "一\u2028二\u0085三"
    assert [item.code for item in two.findings] == ["duplicate-key"]
    assert [item.code for item in three.findings] == ["not-a-record"]


def test_a_class_of_the_older_scale_is_named_and_never_converted():
    """较重 of Jiangsu may be general or serious: the organ says which, not this tool."""
    for said, may in (("较重", "一般、严重"), ("严重失信", "严重")):
        row = only(table({**PENALTY, "X_CLASS": said}))
        assert row.main["severity"]["class"] == said
        (found,) = checked(row).findings
        assert (found.code, found.level) == ("class-of-other-scale", "error")
        assert f"对照：{may}）" in found.expected_zh
