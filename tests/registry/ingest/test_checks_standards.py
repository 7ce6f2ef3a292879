"""Records about standards that are right, however odd they look, and what is said of the others."""

import pytest

from registry.ingest.checks import check_line
from tests.registry.ingest.cases_standards import LEAST, RECOGNITION, RESULT, row
from tests.registry.ingest.samples import ABSENT, line

WORDS = {"direction": "words", "text": "应标明"}
ISO = "ISO 3166-2:1998"


@pytest.mark.parametrize(
    "good",
    [
        line("standard", adopts=[{"number": ISO, "degree": "IDT"}], state=ABSENT),
        line(
            "standard", number="GB/T 2260-2001", issued_on="2001-04-09", replaces=[],
            adopts=[{"number": ISO, "degree": "EQV"}],
        ),
        line("standard", number="GB 2260-2007", obligation="mandatory", replaces=ABSENT),
        line("standard", number="GB/Z 2260-2007", obligation="guidance", replaces=ABSENT),
        line("standard", number="CJJ 2-2007", obligation="mandatory", replaces=ABSENT),
        line("standard", number="CJJ 2-2007", obligation="voluntary", replaces=ABSENT),
        line("standard", number=ISO, issued_on=ABSENT, adopts=ABSENT, obligation="voluntary"),
        line("standard", issued_on=ABSENT, effective_on=ABSENT, void_on="2030-01-01"),
        line("standard", state="void", void_on="2026-03-10"),
        line("standard", state="upcoming", effective_on="2026-03-11"),
        line(
            "standard", state="upcoming", effective_on="2026-03-11", decided_on="2026-03-12",
            provenance={"kind": "relayed", "source": "示例目录", "checked_on": "2026-03-10"},
        ),
        line("standard", replaced_by=[{"number": "GB/T 2260-2017", "extent": "whole"}]),
        line("standard_notice", event="void", by=ABSENT),
        line("standard_notice", event="reviewed_valid", by=ABSENT),
        line("standard_notice", event="replaced_in_part", clauses="第3章"),
        row(a=WORDS, b=WORDS),
        row(a=WORDS, relation="incomparable"),
        row(b={**LEAST, "unit": "mm"}, relation="incomparable"),
        row(a={"direction": "least", "value": "1"}, b={"direction": "least", "value": "1"}),
        row(b={**LEAST, "value": "30000", "unit": "kPa"}),
        row(b={**LEAST, "value": "31"}, relation="stricter_b"),
        row(
            a={**LEAST, "direction": "most"}, b={**LEAST, "direction": "most", "value": "31"},
            relation="stricter_a",
        ),
        line(RECOGNITION, degree="refused", conditions=ABSENT, reasons="检验方法不同。"),
        line(RECOGNITION, degree="partial", conditions=ABSENT, exclusions=["轻骨料混凝土"]),
        line(RECOGNITION, degree="full", conditions=ABSENT),
        line(RECOGNITION, counterpart=ABSENT, counterpart_territory=ABSENT),
        line(RECOGNITION, stands_for="GB/T 14902", comparison=ABSENT),
        line("recognition_change", change="ended", review_by=ABSENT),
        line("recognition_change", change="extended", review_by=ABSENT, until="2030-03-31"),
        line("result_acceptance", results="either", marks=["CMA", "CNAS", "CCC"]),
        line("result_acceptance", marks=ABSENT, origins=ABSENT),
        line(
            RESULT, kind="certificate", valid_until="2029-03-09", methods=ABSENT, sample=ABSENT,
            sampled_on=ABSENT, tested_on=ABSENT, evidence=ABSENT,
        ),
        line("standard_case", about="declaration", use=ABSENT, number="GB/T 2260"),
        line("standard_case_step", step="incomplete", degree=ABSENT, text="请补充报告。"),
        line("standard_case_step", degree="refused", text="方法不同。", result=ABSENT),
        line("negative_list_item", list="area_industry", activities=["C", "C38", "3831", "C383"]),
        line("registration", industry="C3831"),
    ],
)  # fmt: skip
def test_what_is_no_defect(good):
    assert check_line(good, set()).findings == ()


def test_a_number_is_said_as_it_should_be():
    (found,) = check_line(line("standard", number="ＧＢ/T 2260－2007"), set()).findings
    assert (found.code, found.expected_zh) == ("standard-not-normal", "GB/T 2260-2007")


def test_an_organ_without_competence_is_named_with_the_place():
    (found,) = check_line(line(RECOGNITION, territory="340000"), set()).findings
    assert "芜湖市市场监督管理局不能对安徽省340000作出认可" in found.zh


def test_a_damaged_record_is_checked_as_far_as_it_can_be_read():
    bad = line(RECOGNITION, degree="most", route=7, use="sale", territory="340000", products="甲")
    assert {(one.code, one.pointer) for one in check_line(bad, set()).findings} == {
        ("bad-choice", "/degree"),
        ("wrong-type", "/route"),
        ("bad-choice", "/use"),
        ("wrong-type", "/products"),
        ("competence-territory", "/territory"),
    }


def test_findings_about_many_rows_are_bounded():
    rows = [{"indicator": "甲", "relation": "same", "a": {**LEAST, "method": "某法"}}] * 500
    found = check_line(line("standard_comparison", rows=rows), set()).findings
    assert len(found) == 200
