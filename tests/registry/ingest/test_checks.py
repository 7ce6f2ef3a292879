"""Every reason has a record that brings it, exactly there, and clean records bring none."""

import re

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from registry.domain.records import TYPES
from registry.ingest import checks
from registry.ingest.checks import check_line, check_made, make_line
from registry.ingest.checks_text import needs_a_look
from registry.ingest.reasons import REASONS
from signing.errors import RecordError
from signing.record import encode_record
from tests.registry.ingest.cases_standards import STANDARDS
from tests.registry.ingest.samples import ABSENT, SAMPLES, line, main

RESIDENT = "11010519491231002X"
SUBJECT = {"kind": "natural_person", "name": "张三"}
CAUSE = {"origin": "xinyong.wuhu.example/credit", "id": "a1", "entry": "ab" * 64}
FIRM_CODE = "91340200MA00000231"


def raw(text: str) -> bytes:
    return text.encode()


def document(number=RESIDENT, **members):
    part = {"name": "张三", "type": "身份证", "number": number, **members}
    return {"subject_document": part}


def plain(kind="penalty", **changes):
    return encode_record(main(kind, **changes), None)


# (code, pointer, line); one row at least for each reason of the catalogue
CASES = [
    ("line-too-long", "", b"{" + b" " * 300_000),
    ("invalid-utf8", "", b'{"a":"\xff"}'),
    ("not-canonical", "", plain().replace(b'"v":1', b'"v": 1')),
    ("too-many-members", "", raw("{" + ",".join(f'"k{i:03d}":1' for i in range(257)) + "}")),
    ("duplicate-key", "", plain().replace(b'"v":1', b'"v":1,"v":1')),
    ("number-not-finite", "", plain().replace(b'"v":1', b'"v":NaN')),
    ("malformed-json", "", plain()[:-1]),
    ("float-not-allowed", "/a", raw('{"a":1.5}')),
    ("integer-too-large", "/a", raw('{"a":9007199254740993}')),
    ("null-character", "/a", raw('{"a":"\\u0000"}')),
    ("nesting-too-deep", "/a" + "/0" * 31, raw('{"a":' + "[" * 40 + "]" * 40 + "}")),
    ("not-an-object", "", b"[]"),
    ("carriage-return", "", plain() + b"\r"),
    ("missing-salt", "", raw('{"v":1}')),
    ("bad-salt", "/salt", raw('{"salt":"AB"}')),
    ("salt-reused", "/restricted/salt", plain() + b'\t{"salt":"' + b"0123456789abcdef" * 2 + b'"}'),
    ("unknown-type", "/type", line(type="fine")),
    ("unknown-type", "/type", line(type=5)),
    ("missing-field", "/type", line(type=ABSENT)),
    ("unknown-field", "/bogus~1~0x", line(**{"bogus/~x": "1"})),
    ("unknown-field", "/subject/uscc2", line(subject__uscc2="1")),
    ("unknown-field", "/restricted/x", line(restricted={"x": 1})),
    ("missing-field", "/facts", line(facts=ABSENT)),
    ("missing-field", "/authority/name", line(authority={})),
    ("missing-field", "/restricted/subject_document/name", line(restricted=document(name=None))),
    ("wrong-type", "/facts", line(facts=None)),
    ("wrong-type", "/kinds", line(kinds="罚款")),
    ("wrong-type", "/kinds/1", line(kinds=["罚款", 2])),
    ("wrong-type", "/subject", line(subject="某公司")),
    ("wrong-type", "/decided_on", line(decided_on=20260310)),
    ("wrong-type", "/publication", line(publication=True)),
    ("wrong-type", "/attachments/0/size", line("rulebook", attachments=[
        {"name": "r", "sha256": "0" * 64, "size": "1", "media_type": "text/plain"}])),
    ("bad-choice", "/publication", line(publication="all")),
    ("bad-choice", "/severity/class", line(severity__class="heavy")),
    ("bad-choice", "/subject/kind", line(subject__kind="法人")),
    ("bad-date", "/decided_on", line(decided_on="2026-02-30")),
    ("bad-date", "/publicity_until", line(publicity_until="2026/3/10")),
    ("too-long", "/subject/name", line(subject__name="长" * 201)),
    ("too-short", "/facts", line(facts="")),
    ("bad-amount", "/fine_wan_yuan", line(fine_wan_yuan="2000元")),
    ("bad-amount", "/fine_wan_yuan", line(fine_wan_yuan="02")),
    ("bad-version", "/v", line(v=2)),
    ("bad-version", "/v", line(v="1")),
    ("bad-version", "/v", line(v=True)),
    ("bad-division", "/authority/division", line(authority__division="3402")),
    ("bad-territory", "/scope/territory/0", line(scope={"territory": ["全国"]})),
    ("bad-digest", "/book_digest", line("rulebook", book_digest="x")),
    ("bad-digest", "/target/entry", line("repair", target__entry="AB" * 64)),
    ("bad-list-code", "/list", line("list_entry", list="欠薪")),
    ("out-of-range", "/attachments/0/size", line("rulebook", attachments=[
        {"name": "r", "sha256": "0" * 64, "size": -1, "media_type": "text/plain"}])),
    ("wrong-count", "/kinds", line(kinds=[])),
    ("wrong-count", "/attachments", line("rulebook", attachments=[])),
    ("bad-origin", "/target/origin", line("repair", target__origin="wuhu")),
    ("bad-origin", "/target/origin", line("withdrawal", target__origin="a.b/c+d")),
    ("bad-origin", "/target/origin", line("list_exit", target__origin="a.b/tile")),
    ("bad-origin", "/target/origin", line("repair", target__origin="a.b/c/d")),
    ("masked-value", "/subject/name", line(subject__name="张*公司")),
    ("masked-value", "/subject/name", line(subject__name="张＊公司")),
    ("masked-value", "/subject/legal_representative", line(subject__legal_representative="***")),
    ("masked-value", "/subject/uscc", line(subject__uscc="9134**********0231")),
    ("masked-value", "/subject/tax_no", line(subject__tax_no="34*")),
    ("masked-value", "/decision_no", line(decision_no="芜*号")),
    ("masked-value", "/restricted/subject_document/number", line(
        restricted=document("1101********002X"))),
    ("masked-value", "/named_persons/0/name", line("list_entry", named_persons=[
        {"name": "李*", "role": "法定代表人"}])),
    ("placeholder-value", "/subject/name", line(subject__name="无")),
    ("placeholder-value", "/authority/name", line(authority__name="/")),
    ("placeholder-value", "/source_unit/name", line(source_unit__name=" - ")),
    ("placeholder-value", "/subject/uscc", line(subject__uscc="undefined")),
    ("placeholder-value", "/subject/registration_no", line(subject__registration_no="null")),
    ("placeholder-value", "/subject/organisation_code", line(subject__organisation_code="不详")),
    ("placeholder-value", "/basis", line(basis="N/A")),
    ("placeholder-value", "/kinds/1", line(kinds=["罚款", "无"])),
    ("placeholder-value", "/decision_no", line(decision_no="无")),
    ("placeholder-value", "/permit_no", line("permit", permit_no="/")),
    ("placeholder-value", "/title", line("rulebook", title="待定")),
    ("placeholder-value", "/former_names/0/name", line("registration", former_names=[
        {"name": "无"}])),
    ("placeholder-value", "/restricted/subject_document/number", line(restricted=document("无"))),
    ("control-character", "/subject/name", line(subject__name="芜湖\t公司")),
    ("control-character", "/facts", line(facts="甲\u0007乙")),
    ("control-character", "/authority/division", line(authority__division="340200\n")),
    ("control-character", "/facts", line(facts="甲\u007f乙")),
    ("control-character", "/restricted/subject_document/number", line(
        restricted=document("E1234\n5678", type="护照"))),
    ("invisible-character", "/subject/name", line(subject__name="芜湖\u200b公司")),
    ("invisible-character", "/authority/name", line(authority__name="芜湖市税务局 ")),
    ("document-number-in-main", "/facts", line(facts=f"当事人身份证{RESIDENT}。")),
    ("document-number-in-main", "/facts", line(facts="证号11010519491231002x")),
    ("document-number-in-main", "/remark", line(remark="１１０１０５１９４９１２３１００２Ｘ")),
    ("document-number-in-main", "/licence", line(licence=f"驾驶证{RESIDENT}")),
    ("document-number-in-main", "/decision_no", line(decision_no=f"罚{RESIDENT}号")),
    ("document-number-in-main", "/subject/tax_no", line(subject__tax_no=f"{RESIDENT}01")),
    ("document-number-in-main", "/named_persons/0/role", line("list_entry", named_persons=[
        {"name": "李示例", "role": f"法定代表人 {RESIDENT}"}])),
    ("document-number-in-main", "/facts", line(facts=f"证号{RESIDENT}", decided_on="昨天")),
    ("phone-number", "/facts", line(facts="电话13912345678")),
    ("phone-number", "/remark", line(remark="电话025-83712345")),
    ("phone-number", "/remark", line(remark="号a-8371234，电话０２５-83712345")),
    ("control-character", "/facts", line(facts='称"甲"\u0001乙')),
    ("control-character", "/facts", line(facts='称"甲"\u007f乙')),
    ("uscc-length", "/subject/uscc", line(subject__uscc="91340200MA0000023")),
    ("uscc-alphabet", "/subject/uscc", line(subject__uscc="91340200MA0000O231")),
    ("uscc-alphabet", "/authority/uscc", line(authority__uscc="11320100MA2320178I")),
    ("uscc-check", "/subject/uscc", line(subject__uscc="91340200MA00000232")),
    ("uscc-orgcode-check", "/subject/uscc", line(subject__uscc="91310115MA1H8R7C6D")),
    ("uscc-department", "/subject/uscc", line(subject__uscc="94340200MA0000023P")),
    ("code-not-normal", "/subject/uscc", line(subject__uscc="91340200ma00000231")),
    ("full-width", "/subject/uscc", line(subject__uscc="９1340200ma00000231")),
    ("code-not-normal", "/subject/registration_no", line(
        subject__registration_no="320000 000021080")),
    ("full-width", "/subject/organisation_code", line(subject__organisation_code="ma000002３")),
    ("full-width", "/subject/tax_no", line(subject__tax_no="３４０2")),
    ("full-width", "/decision_no", line(decision_no="芜市监罚〔２０２６〕123号")),
    ("division-unknown", "/subject/uscc", line(subject__uscc="91320199MA00000156")),
    ("division-zone", "/authority/division", line(authority__division="320191")),
    ("division-zone", "/territory", line("adoption", territory="321091")),
    ("words-in-code", "/subject/uscc", line(
        subject__uscc="统一社会信用代码：91340200MA00000231")),
    ("words-in-code", "/subject/uscc", line(subject__uscc="91340200MA00000231（1/1）")),
    ("kind-and-code", "/subject/kind", line(subject__uscc="92340500MA23405745")),
    ("kind-and-code", "/subject/kind", line(subject__kind="sole_trader")),
    ("person-with-code", "/subject/uscc", line(
        subject={**SUBJECT, "uscc": FIRM_CODE}, restricted=document())),
    ("person-as-organisation", "/subject/name", line(
        subject={"kind": "organisation", "name": "王示例"})),
    ("person-as-organisation", "/subject/name", line(
        subject={"kind": "organisation", "name": "欧阳示例"})),
    ("unknown-document-type", "/restricted/subject_document/type", line(
        subject=SUBJECT, restricted=document(type="学生证"))),
    ("document-of-organisation", "/restricted/subject_document/type", line(
        subject=SUBJECT, restricted=document(type="001", number=FIRM_CODE))),
    ("document-repeats", "/restricted/subject_document/number", line(
        subject=SUBJECT, restricted=document(type="护照", number="张三"))),
    ("placeholder-optional", "/licence", line(licence="无")),
    ("placeholder-optional", "/certificate_name", line("permit", certificate_name="/")),
    ("placeholder-optional", "/remark", line("list_entry", remark="undefined")),
    ("secret-tag", "/remark", line(remark="本案涉密")),
    ("secret-tag", "/remark", line("permit", remark="秘密★1年")),
    ("minor-tag", "/remark", line(remark="当事人系未成年人")),
    ("privacy-tag", "/remark", line(remark="涉及个人隐私")),
    ("address-in-remark", "/remark", line(remark="住址：示例路12号3幢402室")),
    ("document-number-in-main", "/remark", line(remark="身份证号110105491231002")),
    ("document-number-in-main", "/remark", line(remark="护照号码：E12345678")),
    ("class-of-other-scale", "/severity/class", line(severity__class="较重")),
    ("several-kinds-in-one", "/kinds/0", line(kinds=["罚款；没收违法所得"])),
    ("several-kinds-in-one", "/kinds/2", line(kinds=["罚款", "没收违法所得", "警告&警告"])),
    ("unknown-category", "/category", line("permit", category="行政许可")),
    ("publicity-too-long", "/publicity_until", line(publicity_until="2027-03-13")),
    ("division-unknown", "/territory", line("adoption", territory="999999")),
    ("division-unknown", "/scope/territory/1", line(scope={"territory": ["CN", "999999"]})),
    ("division-retired", "/authority/division", line(authority__division="340203")),
    ("division-retired", "/division", line("registration", division="320882")),
    ("regno-malformed", "/subject/registration_no", line(subject__registration_no="3402001")),
    ("regno-check", "/subject/registration_no", line(subject__registration_no="320000000021087")),
    ("orgcode-malformed", "/subject/organisation_code", line(subject__organisation_code="MA1")),
    ("orgcode-check", "/subject/organisation_code", line(subject__organisation_code="MA1B3N1N4")),
    ("code-contradiction", "/subject/organisation_code", line(
        subject__organisation_code="71526726-X")),
    ("organ-code-kind", "/authority/uscc", line(authority__uscc="91340200MA00000231")),
    ("organ-code-kind", "/authority/uscc", line(
        "list_entry", authority__uscc="31321000MA23210744")),
    ("subject-without-code", "/subject", line(subject__uscc=ABSENT)),
    ("subject-without-code", "/subject", line(
        subject={"kind": "organisation", "name": "某公司", "registration_no": "1"})),
    ("person-without-document", "/subject", line(subject=SUBJECT)),
    ("person-without-document", "/subject", line(subject=SUBJECT, restricted={"remark": "略"})),
    ("person-without-document", "/subject", line(
        subject={"kind": "sole_trader", "name": "张三饭店"})),
    ("document-check", "/restricted/subject_document/number", line(
        restricted=document("110105194912310021"))),
    ("document-15", "/restricted/subject_document/number", line(
        restricted=document("110105491231002"))),
    ("impossible-date", "/decided_on", line("withdrawal", decided_on="1949-09-30")),
    ("impossible-date", "/decided_on", line("withdrawal", decided_on="9999-12-31")),
    ("contradicting-dates", "/published_on", line(published_on="2026-03-09")),
    # Seven working days from 2026-03-10 are over on the 19th; those of market regulation, twenty,
    # on 2026-04-08, with the 6th of April off.
    ("late-report", "/published_on", line(
        published_on="2026-03-20", authority={"name": "芜湖市生态环境局", "division": "340200"})),
    ("late-report", "/published_on", line("permit", published_on="2026-03-20")),
    ("late-report", "/published_on", line(published_on="2026-04-09")),
    ("late-report", "/published_on", line(published_on="2026-03-20", procedure="simple")),
    ("contradicting-dates", "/corrected_on", line(corrected_on="2026-03-09")),
    ("contradicting-dates", "/effective_until", line(effective_until="2026-03-09")),
    ("contradicting-dates", "/publicity_until", line(publicity_until="2026-03-09")),
    ("contradicting-dates", "/valid_until", line("permit", valid_from="2031-03-10")),
    ("contradicting-dates", "/listed_until", line("list_entry", listed_until="2026-03-09")),
    ("contradicting-dates", "/effective_on", line("repair", effective_on="2026-03-09")),
    ("contradicting-dates", "/in_force_until", line("adoption", in_force_until="2026-03-31")),
    ("contradicting-dates", "/scope/until", line(
        scope={"from": "2026-03-10", "until": "2026-03-09"})),
    ("suspicious-dates", "/valid_from", line("permit", valid_from="2026-03-09")),
    ("suspicious-dates", "/listed_on", line("list_entry", listed_on="2026-03-09")),
    ("suspicious-dates", "/decided_on", line("registration", registered_on="2026-03-11")),
    ("amount-missing", "/fine_wan_yuan", line(fine_wan_yuan=ABSENT)),
    ("amount-missing", "/confiscated_wan_yuan", line(confiscated_wan_yuan=ABSENT)),
    ("amount-without-kind", "/fine_wan_yuan", line(kinds=["警告", "没收非法财物"])),
    ("amount-without-kind", "/confiscated_wan_yuan", line(kinds=["罚款"])),
    ("amount-unit", "/fine_wan_yuan", line(fine_wan_yuan="100000")),
    ("amount-unit", "/confiscated_wan_yuan", line(confiscated_wan_yuan="123456.78")),
    ("licence-missing", "/licence", line(kinds=["罚款", "没收违法所得", "吊销许可证件"])),
    ("unknown-kind", "/kinds/2", line(kinds=["罚款", "没收违法所得", "批评教育"])),
    ("severity-unfounded", "/severity", line(severity__rule=ABSENT)),
    ("severity-unfounded", "/severity", line(severity={"class": "minor", "rule": "甲"})),
    ("relayed-incomplete", "/provenance", line(provenance={"kind": "relayed"})),
    ("relayed-incomplete", "/provenance", line(
        provenance={"kind": "relayed", "checked_on": "2026-03-10"})),
    ("unknown-list", "/list", line("list_entry", list="local-list")),
    ("unknown-list", "/list", line("list_exit", list="local-list")),
    ("bad-decimal", "/inputs/0/value", line("per_mu", inputs=[
        {"indicator": "亩均税收", "value": "1,5", "unit": "万元/亩"}])),
    ("wrong-type", "/year", line("per_mu", year="2025")),
    ("division-unknown", "/pool", line("per_mu", pool="999999")),
    ("range-narrowed", "/publication", line("evaluation", publication="public")),
    ("range-narrowed", "/publication", line("measure_use", publication="public")),
    ("person-graded", "/subject/kind", line("evaluation", subject=SUBJECT)),
    ("person-graded", "/subject/kind", line("per_mu", subject=SUBJECT)),
    ("replacement-itself", "/replacement/id", line("amendment", replacement__id="a1")),
    ("bad-origin", "/target/origin", line("amendment", target__origin="wuhu")),
    ("contradicting-dates", "/until", line("stay", until="2026-03-31")),
    ("contradicting-dates", "/effective_on", line(
        "reorganisation_shield", plan_approved_on="2026-03-11")),
    ("objection-measure", "/measure", line("objection", measure=ABSENT)),
    ("objection-measure", "/measure", line("objection", about="record")),
    ("outcome-consequence", "/consequence", line("objection_outcome", outcome="rejected")),
    ("outcome-consequence", "/consequence", line("objection_outcome", consequence="none")),
    ("erasure-later", "/decided_on", line("erasure_order", effective_on="2026-03-11")),
    ("unknown-list", "/list", line("honour", list="wage-arrears")),
    ("failed-items", "/failed_items", line("sampling", result="passed")),
    ("failed-items", "/failed_items", line("sampling", failed_items=ABSENT)),
    ("sealed-by-law", "/publication", line("compulsion", basis="《治安管理处罚法》第十条")),
    ("uscc-check", "/third_party/uscc", line(
        "authorisation", third_party__uscc="91320100MA0000015R")),
    ("authorised-itself", "/third_party/uscc", line(
        "authorisation", third_party__uscc="91340200MA00000231")),
    ("unknown-section", "/sections/1", line("authorisation", sections=["permit", "all"])),
    ("report-period", "/period_from", line("report_request", period_from="2021-03-09")),
    ("same-cause-twice", "/causes/1", line("measure_use", causes=[CAUSE, CAUSE])),
    ("use-until", "/until", line("measure_use", result="not_applied", until="2026-06-01")),
    ("contradicting-dates", "/until", line("measure_use", until="2026-05-09")),
    ("bad-origin", "/about/origin", line("measure_reply", about__origin="wuhu")),
    ("division-unknown", "/territory", line("measure_reply", territory="999999")),
    ("placeholder-value", "/reasons", line("measure_reply", reasons="无")),
    ("range-narrowed", "/publication", line("measure_reply", publication="public")),
    ("bad-origin", "/causes/0/origin", line("measure_use", causes=[
        {"origin": "wuhu", "id": "a", "entry": "ab" * 64}])),
    ("bad-origin", "/cause/origin", line("penalty_push", cause__origin="wuhu")),
    ("division-unknown", "/territory", line("clue_transfer", territory="999999")),
    ("division-unknown", "/territories/0", line("risk_alert", territories=["999999"])),
    ("masked-value", "/receiver/name", line("penalty_push", receiver__name="南京*局")),
    ("relation-ends", "/others", line("relation", relation="person_enterprise")),
    ("relation-ends", "/others", line("relation", subject=SUBJECT)),
    ("relation-ends", "/others", line("relation", others=[
        {"subject": {"kind": "natural_person", "name": "李示例"}, "role": "项目负责人"}])),
    ("relation-ends", "/others", line("relation", relation="parent_branch", others=[
        {"subject": {"kind": "organisation", "name": f"示例{n}", "uscc": code}, "role": "总公司"}
        for n, code in enumerate(("91320100MA0000015Q", "91320800MA0000082T"))])),
    ("relation-to-itself", "/others", line("relation", others__0__subject__uscc=FIRM_CODE)),
    ("uscc-check", "/others/0/subject/uscc", line(
        "relation", others__0__subject__uscc="91320100MA0000015R")),
    ("masked-value", "/others/0/subject/name", line("relation", others__0__subject__name="某*司")),
    ("subject-without-code", "/others/0/subject", line(
        "relation", others__0__subject__uscc=ABSENT)),
    ("contradicting-dates", "/valid_until", line("relation", valid_until="2026-02-28")),
    ("placeholder-value", "/role", line("relation", role="无")),
    ("wrong-count", "/others", line("relation", others=[])),
    ("sealed-by-law", "/publication", line(basis="《治安管理处罚法》第四十三条")),
    ("sealed-by-law", "/publication", line("list_entry", basis="《治安管理处罚条例》第十九条")),
    *STANDARDS,
]  # fmt: skip


@pytest.mark.parametrize(("code", "pointer", "bytes_"), CASES)
def test_each_reason_where_it_is(code, pointer, bytes_):
    if code == "missing-field" and "subject_document" in pointer:
        value = document()
        del value["subject_document"]["name"]
        bytes_ = line(restricted=value)
    checked = check_line(bytes_, set())
    found = [(item.code, item.pointer) for item in checked.findings]
    assert (code, pointer) in found
    assert len(set(found)) == len(found)
    assert checked.ok is all(item.level == "warning" for item in checked.findings)
    if REASONS[code].level == "error":
        assert not checked.ok
    for item in checked.findings:
        assert item.level == REASONS[item.code].level
        assert not re.search(r"\{\w", item.zh + item.expected_zh)
        assert RESIDENT not in f"{item.zh}{item.en}{item.expected_zh}{item.expected_en}"


def test_single_defects_bring_single_errors():
    """What one slip brings is one error: nothing follows from a value that was refused."""
    alone = [case for case in CASES if REASONS[case[0]].level == "error"]
    for code, pointer, bytes_ in alone:
        checked = check_line(bytes_, set())
        errors = {(item.code, item.pointer) for item in checked.findings if item.level == "error"}
        extra = errors - {(code, pointer)}
        assert len(extra) <= 1, (code, pointer, extra)


@pytest.mark.parametrize("kind", TYPES)
def test_clean_records_have_no_findings(kind):
    checked = check_line(line(kind), set())
    assert checked.findings == ()
    assert checked.ok
    assert checked.record is not None
    assert checked.record.id == SAMPLES[kind]["id"]
    assert checked.restricted is None


def test_every_type_has_a_sample():
    assert set(SAMPLES) == set(TYPES)


@pytest.mark.parametrize(
    "changes",
    [
        {"subject__uscc": "911101077776591113"},  # eighteen digits are no resident number
        {"facts": "第一项。\n第二项。"},
        {"decision_no": "芜市监罚〔2026〕12345678901号"},
        {"decision_no": "340200202603100017"},  # division, date, serial
        {"facts": "账号622848001234567890123"},
        {"facts": "账号62284819800101123412345"},
        {"facts": "账号123456789012"},
        {"facts": "编号 A13912345678"},
        {"fine_wan_yuan": "0.2"},
        {"kinds": ["警告", "其他-责令改正"], "fine_wan_yuan": "0", "confiscated_wan_yuan": "0.00"},
        {"scope": {"territory": ["CN"], "from": "2026-03-10", "until": "2026-03-10"}},
        {"provenance": {"kind": "relayed", "source": "信用中国", "checked_on": "2026-03-10"}},
        {"severity": {"class": "unclassified"}},
        {"published_on": "2026-04-08"},
        {"published_on": "2026-04-08", "procedure": ABSENT},
        {"decided_on": "2015-06-01", "published_on": "2015-12-31"},  # no rule set a last day yet
        {"subject__organisation_code": "MA000002-3"},
        {"subject__uscc": ABSENT, "subject__registration_no": "3200002108019"},
        {"basis": "《治安管理处罚法》第四十三条", "publication": "government"},
        {"facts": "违法所得**元"},
        {"kinds": ["罚款", "没收违法所得", "暂扣许可证件"], "licence": "许可证甲"},
    ],
)
def test_what_is_no_defect(changes):
    assert check_line(line(**changes), set()).findings == ()


def test_a_document_in_its_place_is_no_defect():
    checked = check_line(line(subject=SUBJECT, restricted=document()), set())
    assert checked.findings == ()
    assert checked.restricted is not None
    assert checked.restricted.subject_document.number == RESIDENT


def test_all_documents_are_looked_at():
    documents = {
        "legal_representative_document": document("1")["subject_document"],
        "named_person_documents": [
            document()["subject_document"],
            document("2")["subject_document"],
        ],
    }
    checked = check_line(line(restricted=documents), set())
    assert [item.pointer for item in checked.findings] == [
        "/restricted/legal_representative_document/number",
        "/restricted/named_person_documents/1/number",
    ]


def test_a_decision_number_may_look_like_a_child():
    """Digits that check by chance: as a birth date it would be a child who cannot be penalised."""
    number = "340200202603100018"
    digits = number[:17]
    from_check = next(d for d in "0123456789X" if _checks(digits + d))
    assert check_line(line(decision_no=digits + from_check), set()).findings == ()
    assert not check_line(line(facts=digits + from_check), set()).ok


def _checks(number):
    weights = [pow(2, 17 - place, 11) for place in range(17)]
    total = sum(int(d) * w for d, w in zip(number, weights, strict=False))
    return "10X98765432"[total % 11] == number[17]


def test_every_bad_field_is_named_and_what_can_be_read_is_checked():
    bad = line(
        decided_on="2026-13-01",
        fine_wan_yuan="2元",
        bogus=1,
        subject__name="张*",
        authority__uscc="1",
        severity={"class": "general", "organ": 7},
        publicity_until="2020-01-01",
        restricted={"x": 1, **document("110105491231002")},
    )
    found = {(item.code, item.pointer) for item in check_line(bad, set()).findings}
    assert found == {
        ("bad-date", "/decided_on"),
        ("bad-amount", "/fine_wan_yuan"),
        ("unknown-field", "/bogus"),
        ("masked-value", "/subject/name"),
        ("uscc-length", "/authority/uscc"),
        ("wrong-type", "/severity/organ"),
        ("unknown-field", "/restricted/x"),
        ("document-15", "/restricted/subject_document/number"),
    }


def test_errors_come_first():
    mixed = check_line(
        line(subject__uscc="91340200MA00000232", publicity_until="2026-01-01"), set()
    )
    levels = [item.level for item in mixed.findings]
    assert levels == ["error", "warning"]


@pytest.mark.parametrize(
    "changes",
    [
        {"kind": "registration", "former_names": [{"name": "无"}] * 9000},
        {"scope": {"territory": [f"99{number:04}" for number in range(9000)]}},
        {f"x{number}": 1 for number in range(230)},
        {"facts": "，".join(f"1{number}000000" for number in range(3000, 9000))[:20000]},
        {"v": 2, "remark": "，".join(f"1{number}000000" for number in range(3000, 9000))[:20000]},
        {"kinds": [1] * 9000},
    ],
)
def test_findings_of_a_hostile_record_are_bounded(changes):
    kind = changes.pop("kind", "penalty")
    checked = check_line(line(kind, **changes), set())
    assert 0 < len(checked.findings) <= 200


def test_salts_of_a_batch():
    salts: set[str] = set()
    same = line(restricted={"remark": "略"})
    assert check_line(same, salts).ok
    assert len(salts) == 2
    again = check_line(same, salts)
    assert [(item.code, item.pointer) for item in again.findings] == [
        ("salt-reused", "/salt"),
        ("salt-reused", "/restricted/salt"),
    ]


@settings(max_examples=300)
@given(st.binary(max_size=200))
def test_never_raises_for_bytes(data):
    assert not check_line(data, set()).ok


_JSON = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**53) + 1, 2**53 - 1) | st.text(max_size=8),
    lambda inner: (
        st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3)
    ),
    max_leaves=5,
)


@settings(max_examples=300, deadline=None)
@given(st.sampled_from(sorted(TYPES)), st.data())
def test_never_raises_for_any_member(kind, data):
    """Whatever stands in a member, the record is either decoded or its defects are named."""
    value = main(kind)
    member = data.draw(st.sampled_from(sorted(value)))
    value[member] = data.draw(_JSON)
    try:
        encoded = encode_record(value, None)
    except RecordError:
        return
    checked = check_line(encoded, set())
    assert checked.record is not None or not checked.ok


@pytest.mark.parametrize("kind", TYPES)
def test_the_fast_way_and_the_slow_way_agree(kind):
    """The clean path takes a short cut; what it lets pass, the strict parser lets pass too."""
    text = line(kind)
    assert checks._check_slowly(text, set()) == check_line(text, set())
    for at in range(0, len(text), 7):
        spoilt = text[:at] + bytes([text[at] ^ 1]) + text[at + 1 :]
        fast, slow = check_line(spoilt, set()), checks._check_slowly(spoilt, set())
        assert (fast.record, fast.findings) == (slow.record, slow.findings), spoilt


SALT, OTHER = "0123456789abcdef" * 2, "fedcba9876543210" * 2
MADE = [
    *(main(kind) for kind in SAMPLES),
    *(main(type=kind) for kind in ("fine", 5, ABSENT)),
    *(main(decided_on=day) for day in ("2026-2-3", "2026-02-30", "昨天", ABSENT)),
    *(main(fine_wan_yuan=amount) for amount in ("两千", "1.0", "")),
    *(main(kinds=kinds) for kinds in ([], ["罚款", "罚款"], ["罚金"])),
    main(remark="电话13812345678\n"),
    main(remark="\u0000"),
    main(facts="a" * 270_000),
    main(bogus="1"),
    main(v=2),
]
PARTS = [
    None,
    {"salt": OTHER},
    {"salt": SALT},
    {"salt": OTHER, "x": "1"},
    {"salt": OTHER, **document()},
    {"salt": OTHER, **document("110105194912310021")},
]


@pytest.mark.parametrize("restricted", PARTS)
def test_a_record_made_of_parts_is_checked_as_its_line_is(restricted):
    for parts in MADE:
        made = make_line(parts, restricted)
        assert made.line == b"\t".join(
            msgspec.json.encode(part, order="sorted")
            for part in (parts, restricted)
            if part is not None
        )
        for before in (set(), {parts["salt"]}, {OTHER}):
            seen, known = set(before), set(before)
            assert check_made(made, seen) == check_line(made.line, known)
            assert seen == known


def test_what_is_decoded_as_it_is_made_is_not_decoded_again(monkeypatch):
    made = make_line(main(), {"salt": OTHER})
    monkeypatch.setattr(checks, "decode_main", None)
    assert check_made(made, set()).ok


@pytest.mark.parametrize("kind", sorted(SAMPLES))
@pytest.mark.parametrize("day", ["0001-01-01", "0004-02-29", "9995-01-01", "9999-12-31"])
def test_no_date_breaks_a_check(kind, day):
    """A signed batch is never refused for content: a check that raised would stop the log."""
    dates = [
        name
        for name, value in SAMPLES[kind].items()
        if re.fullmatch(r"\d{4}-\d\d-\d\d", str(value))
    ]
    for names in ([name] for name in dates):
        check_line(line(kind, **dict.fromkeys(names, day)), set())
    check_line(line(kind, **dict.fromkeys(dates, day)), set())


def test_quotes_and_ids_by_content_are_no_reason_to_look_closer():
    calm = line(remark='称"优质"产品', id="standard-9712922f04e4fa4cdd85")
    assert not needs_a_look(calm)
    assert needs_a_look(line(remark="甲\\乙"))
