"""Every reason by example: a record that brings it, and its twin that does not.

The bad examples are those of ``test_checks``; a twin is the clean sample of the same type, unless
the defect needs something around it, which the twin then has too.
"""

import csv
import json

import pytest

from registry.ingest.check import CheckReport
from registry.ingest.checks import check_line
from registry.ingest.checks_common import elsewhere
from registry.ingest.checks_text import looks_like_a_person
from registry.ingest.reasons import REASONS
from signing.record import split_line
from tests.registry.ingest.samples import ABSENT, SAMPLES, decoded, line
from tests.registry.ingest.test_checks import CASES, FIRM_CODE, SUBJECT, document
from tests.registry.ingest.test_reasons import OF_FORMS

NO_LINE = {
    "malformed-record": "stands in for codes of the strict parser that have no text of their own",
    "duplicate-id": "of two records of a batch; test_ids_of_a_batch below",
    "organ-elsewhere": "of a record and who states it; test_an_organ_of_elsewhere below",
    **dict.fromkeys(OF_FORMS, "of the rows of a form; tests of the forms bring each"),
}
TWINS = {
    "salt-reused": line(restricted={"remark": "略"}),
    "missing-field": line(restricted=document()),
    "document-number-in-main": line(facts="当事人身份证号码已核对。", remark="身份证已核对。"),
    "phone-number": line(facts="电话已核对。"),
    "uscc-check": line(subject__uscc="91320100MA0000015Q"),
    "uscc-orgcode-check": line(subject__uscc="91310115MA1H8R7C41"),
    "uscc-department": line(subject__uscc="93341800MA2341876C"),
    "code-contradiction": line(subject__organisation_code="MA0000023"),
    "orgcode-check": line(subject__uscc=ABSENT, subject__organisation_code="MA1B3N1N2"),
    "orgcode-malformed": line(subject__organisation_code="MA000002-3"),
    "regno-check": line(subject__registration_no="320000000021080"),
    "regno-malformed": line(subject__registration_no="3200002108019"),
    "division-unknown": line(subject__uscc="91320191MA0000015J"),
    "division-retired": line(authority__division="340209"),
    "division-zone": line(authority__division="320100"),
    "organ-code-kind": line(authority__uscc="12340200MA23402750"),
    "kind-and-code": line(subject__kind="sole_trader", subject__uscc="92340500MA23405745"),
    "person-with-code": line(subject=SUBJECT, restricted=document()),
    "person-as-organisation": line(subject=SUBJECT, restricted=document()),
    "person-without-document": line(subject=SUBJECT, restricted=document()),
    "subject-without-code": line(
        subject={"kind": "organisation", "name": "某公司", "registration_no": "320000000021080"}
    ),
    "document-check": line(subject=SUBJECT, restricted=document()),
    "document-15": line(subject=SUBJECT, restricted=document()),
    "unknown-document-type": line(subject=SUBJECT, restricted=document("A1", type="其他-学生证")),
    "document-of-organisation": line(subject=SUBJECT, restricted=document("E1", type="414")),
    "document-repeats": line(subject=SUBJECT, restricted=document("E12345678", type="护照")),
    "placeholder-optional": line(licence="食品经营许可证 JY1", remark="已履行"),
    "secret-tag": line(remark="侵犯商业秘密"),
    "minor-tag": line(remark="当事人系未成年人", publication="government"),
    "privacy-tag": line(remark="涉及个人隐私", publication="authorised"),
    "address-in-remark": line(remark="住址已核对；文书于示例路送达。"),
    "several-kinds-in-one": line(kinds=["罚款", "没收违法所得", "警告"]),
    "unknown-kind": line(kinds=["罚款", "没收违法所得", "其他-批评教育"]),
    "unknown-category": line("permit", category="其他-备案"),
    "licence-missing": line(kinds=["罚款", "没收违法所得", "吊销许可证件"], licence="甲证1号"),
    "publicity-too-long": line(publicity_until="2027-03-12"),
    "sealed-by-law": line(basis="《治安管理处罚法》第四十三条", publication="government"),
    "relayed-incomplete": line(
        provenance={"kind": "relayed", "source": "信用中国", "checked_on": "2026-03-10"}
    ),
    "severity-unfounded": line(severity={"class": "unclassified"}),
    "class-of-other-scale": line(severity__class="serious"),
    "control-character": line(facts="甲\n乙"),
    "relation-ends": line("relation", relation="parent_branch"),
}


def kind_of(bad: bytes) -> str:
    """The type a bad line states; penalty for one that states none."""
    try:
        main = json.loads(split_line(bad)[0])
    except ValueError:
        return "penalty"
    kind = main.get("type") if isinstance(main, dict) else None
    return kind if kind in SAMPLES else "penalty"


def twin(code: str, bad: bytes) -> bytes:
    return TWINS.get(code) or line(kind_of(bad))


def test_every_reason_has_an_example_or_says_why_not():
    assert {case[0] for case in CASES} | NO_LINE.keys() == REASONS.keys()
    assert TWINS.keys() <= {case[0] for case in CASES}


@pytest.mark.parametrize("code", [code for code in REASONS if code not in NO_LINE])
def test_each_reason_has_a_bad_example_and_a_good_twin(code):
    pointer, bad = next((pointer, bad) for name, pointer, bad in CASES if name == code)
    found = [one for one in check_line(bad, set()).findings if one.code == code]
    assert (pointer, REASONS[code].level) in {(one.pointer, one.level) for one in found}
    good = check_line(twin(code, bad), set())
    assert good.findings == (), code
    assert good.ok


def test_ids_of_a_batch():
    first, second = (check_line(line(), set()) for _ in range(2))
    report = CheckReport()
    report.add([first])
    assert (report.good, dict(report.codes)) == (1, {})
    report.add([second])
    assert (report.good, dict(report.codes)) == (1, {"duplicate-id": 1})


@pytest.mark.parametrize(
    ("changes", "territory", "found"),
    [
        ({}, ("340200",), []),
        ({}, ("320100",), ["organ-elsewhere"]),
        ({"authority__division": "340202"}, ("340200",), []),
        ({"authority__division": "340000"}, ("340200",), []),
        ({"authority__division": "340000"}, ("320100",), ["organ-elsewhere"]),
        ({"authority__division": "320400"}, ("320481",), []),
        ({"authority__division": "320413"}, ("320481",), ["organ-elsewhere"]),
        ({"authority__division": ABSENT}, ("320100",), []),
        ({"authority__division": "340200"}, (), []),
        ({"provenance": {"kind": "relayed", "source": "信用中国"}}, ("320100",), []),
    ],
)
def test_an_organ_of_elsewhere(changes, territory, found):
    assert [one.code for one in elsewhere(decoded("penalty", **changes), territory)] == found


def test_an_organ_of_elsewhere_is_named():
    (found,) = elsewhere(decoded("penalty"), ("320100",))
    assert (found.pointer, found.level) == ("/authority/division", "warning")
    assert "芜湖市市场监督管理局" in found.zh
    assert FIRM_CODE not in found.zh


def test_no_real_enterprise_is_taken_for_a_person(shared_data):
    with (shared_data / "uscc/enterprises.csv").open(encoding="utf-8-sig") as file:
        names = [row["name"] for row in csv.DictReader(file)]
    assert len(names) > 30_000
    assert not [name for name in names if looks_like_a_person(name)]


@pytest.mark.parametrize("name", ["王示例", "李明", "欧阳示例", "司马甲", "夏侯一二"])
def test_names_of_persons(name):
    assert looks_like_a_person(name)


@pytest.mark.parametrize(
    "name", ["王", "王记", "张三饭店", "李氏商行", "示例公司", "ABC", "王A", "张示例集团"]
)
def test_names_of_others(name):
    assert not looks_like_a_person(name)
