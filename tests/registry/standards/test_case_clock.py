"""Cases about standards: who must act by when, what was late or out of order, and appeals."""

from datetime import date, timedelta

import msgspec
import pytest

from registry.domain.records.base import Organ, Provenance, Severity, Subject, Target
from registry.domain.records.standards import RecognitionChange, StandardCase, StandardCaseStep
from registry.standards.case_clock import (
    ARRANGEMENTS,
    FINDINGS,
    Standing,
    arrangement_on,
    check_suspension,
    may_follow,
    standing,
)

ASKED = date(2026, 6, 1)  # a Monday
TARGET = Target(origin="log.example/city", id="c1", entry="ab" * 64)
ORGAN = Organ(name="南京市市场监督管理局")


def common(identity: str) -> dict[str, object]:
    return {
        "v": 1, "id": identity, "salt": "0" * 32, "authority": ORGAN, "source_unit": ORGAN,
        "subject": Subject(kind="organisation", name="芜湖示例建设有限公司"),
        "decided_on": ASKED, "publication": "government",
        "severity": Severity(level="unclassified"), "provenance": Provenance(kind="original"),
    }  # fmt: skip


def case(asked_on: date = ASKED) -> StandardCase:
    return StandardCase(
        **common("c1"), about="recognition", number="DB34/T 1-2021", territory="320100",
        receiver=ORGAN, asked_on=asked_on, reasons="投标使用", use="tender",
    )  # fmt: skip


def step(name: str, day: date, **more: object) -> StandardCaseStep:
    return StandardCaseStep(**common(f"s-{name}"), case=TARGET, step=name, done_on=day, **more)


def decided(day: date, degree: str = "full", **more: object) -> StandardCaseStep:
    return step("decided", day, degree=degree, **{"text": "理由", **more})


def at(on: date, *steps: StandardCaseStep) -> Standing:
    return standing(case(), steps, on)


def waits(found: Standing) -> list[tuple[str, str, date]]:
    return [(due.term.code, due.term.who, due.last) for due in found.dues]


def codes(found: Standing) -> list[tuple[int, str]]:
    return [(one.step, one.code) for one in found.findings]


def test_the_organ_takes_a_request_in_within_five_working_days():
    found = at(ASKED)
    assert waits(found) == [("receive", "organ", date(2026, 6, 8))]
    assert not found.overdue
    assert at(date(2026, 6, 8)).now == "asked"
    assert waits(at(date(2026, 6, 8))) == waits(found)


def test_silence_takes_it_in_from_the_day_it_came():
    found = at(date(2026, 6, 9))
    assert [code for code, _, _ in waits(found)] == ["decide"]
    assert found.dues[0].since == ASKED
    late = at(date(2026, 7, 1), step("assessing", date(2026, 6, 30)))
    assert late.now == "assessing"
    assert codes(late) == []
    assert codes(at(ASKED, step("assessing", ASKED))) == [(0, "out-of-order")]


def test_who_says_it_too_late_is_told_so():
    found = at(date(2026, 6, 20), step("received", date(2026, 6, 10)))
    assert codes(found) == [(0, "late")]


def test_what_is_missing_is_the_applicants_turn_and_its_time_does_not_count():
    asked = (step("incomplete", date(2026, 6, 3)),)
    found = at(date(2026, 6, 4), *asked)
    assert [(code, who) for code, who, _ in waits(found)] == [("complete", "applicant")]
    assert at(date(2026, 9, 1), *asked).overdue
    whole = at(date(2026, 6, 30), *asked, step("completed", date(2026, 6, 29)))
    assert [(due.term.code, due.since) for due in whole.dues] == [("decide", date(2026, 6, 29))]


HEARD = (step("received", date(2026, 6, 2)), step("heard", date(2026, 6, 30)))
COMMENT_ENDS = date(2026, 7, 21)  # fifteen working days after a Tuesday


def test_the_applicant_has_fifteen_working_days_to_comment():
    found = at(date(2026, 7, 1), *HEARD)
    assert ("comment", "applicant", COMMENT_ENDS) in waits(found)
    assert found.decide_from == COMMENT_ENDS + timedelta(days=1)
    assert "comment" not in [code for code, _, _ in waits(at(date(2026, 7, 22), *HEARD))]


def test_nothing_but_full_recognition_before_he_is_heard():
    early = at(COMMENT_ENDS, *HEARD, decided(COMMENT_ENDS, "refused"))
    assert codes(early) == [(2, "decided-too-early")]
    answered = (*HEARD, step("answered", date(2026, 7, 6)))
    assert codes(at(COMMENT_ENDS, *answered, decided(date(2026, 7, 6), "refused"))) == []
    assert codes(at(COMMENT_ENDS, HEARD[0], decided(date(2026, 7, 6), "partial"))) == [
        (1, "decided-without-hearing")
    ]
    assert codes(at(COMMENT_ENDS, HEARD[0], decided(date(2026, 7, 6)))) == []
    after = decided(COMMENT_ENDS + timedelta(days=1), "conditional")
    assert codes(at(date(2026, 8, 1), *HEARD, after)) == []


def test_a_decision_gives_reasons_and_a_degree():
    bare = step("decided", date(2026, 7, 6))
    assert codes(at(date(2026, 7, 7), HEARD[0], bare)) == [(1, "no-reasons"), (1, "no-degree")]


def test_a_decision_is_logged_and_may_be_appealed():
    steps = (HEARD[0], decided(date(2026, 7, 6)))
    found = at(date(2026, 7, 7), *steps)
    assert [(code, who) for code, who, _ in waits(found)] == [
        ("publish", "organ"),
        ("appeal", "applicant"),
    ]
    assert found.dues[1].last == date(2026, 9, 4)  # sixty days, calendar ones
    logged = at(date(2026, 7, 7), HEARD[0], decided(date(2026, 7, 6), result=TARGET))
    assert [code for code, _, _ in waits(logged)] == ["appeal"]
    assert at(date(2026, 9, 5), HEARD[0], decided(date(2026, 7, 6), result=TARGET)).closed
    assert at(date(2026, 9, 5), *steps).overdue[0].term.code == "publish"


def test_an_appeal_is_decided_by_its_organ_and_ends_the_case():
    steps = (HEARD[0], decided(date(2026, 7, 6), result=TARGET), step("appealed", date(2026, 8, 3)))
    found = at(date(2026, 8, 4), *steps)
    assert [(code, who) for code, who, _ in waits(found)] == [("appeal-decide", "appeal_organ")]
    assert at(date(2026, 11, 1), *steps).overdue
    over = (*steps, step("appeal_decided", date(2026, 9, 1), text="维持", degree="full"))
    assert at(date(2026, 9, 2), *over).closed
    assert codes(at(date(2026, 9, 2), *over)) == []


def test_a_late_decision_and_a_late_appeal():
    decision = decided(date(2026, 10, 30), result=TARGET)
    found = at(date(2026, 11, 1), HEARD[0], decision)
    assert codes(found) == [(1, "late")]
    late = step("appealed", date(2027, 1, 8))
    assert codes(at(date(2027, 1, 9), HEARD[0], decision, late)) == [(1, "late"), (2, "late")]


def test_overdue_decisions_are_overdue_from_the_day_after():
    (due,) = at(date(2026, 6, 3), HEARD[0]).dues
    assert not at(due.last, HEARD[0]).overdue
    assert at(due.last + timedelta(days=1), HEARD[0]).overdue


@pytest.mark.parametrize(
    ("steps", "code"),
    [
        ((step("received", date(2026, 5, 1)),), "before-asked"),
        ((step("answered", date(2026, 6, 2)),), "out-of-order"),
        ((step("withdrawn", date(2026, 6, 2)), step("received", date(2026, 6, 3))), "out-of-order"),
    ],
)
def test_steps_that_count_for_nothing(steps: tuple[StandardCaseStep, ...], code: str):
    found = at(date(2026, 6, 30), *steps)
    assert codes(found)[-1] == (len(steps) - 1, code)


def test_a_withdrawn_case_is_closed_and_future_steps_are_not_seen():
    assert at(date(2026, 6, 3), step("withdrawn", date(2026, 6, 2))).closed
    assert at(date(2026, 6, 1), step("withdrawn", date(2026, 6, 2))).now == "asked"


def test_who_may_go_on_by_which_steps():
    asked = at(ASKED)
    assert may_follow(asked, "organ") == ("received", "incomplete")
    assert may_follow(asked, "applicant") == ("withdrawn",)
    silent = at(date(2026, 6, 9))
    assert silent.silent
    assert not asked.silent
    assert may_follow(silent, "organ") == (
        *("received", "incomplete", "assessing", "heard", "decided"),
    )
    assert may_follow(at(date(2026, 7, 1), *HEARD), "applicant") == ("answered", "withdrawn")
    assert not at(date(2026, 7, 1), *HEARD).silent


def test_years_whose_days_off_are_not_arranged_are_named():
    found = standing(case(date(2026, 11, 30)), (), date(2026, 12, 20))
    assert found.dues[0].unknown_from == 2027


def test_no_term_passes_for_law():
    assert all(one.read == "unconfirmed" for one in ARRANGEMENTS)
    assert arrangement_on(date(2020, 1, 1)) is ARRANGEMENTS[-1]
    terms = [term for one in ARRANGEMENTS for term in one.term]
    assert all(term.zh and term.en and term.basis_zh and term.basis_en for term in terms)
    assert all(said.zh and said.en for said in FINDINGS.values())
    (comment,) = [term for term in terms if term.least]
    assert comment.length == "P15D"


def change(**more: object) -> RecognitionChange:
    return RecognitionChange(
        **common("x1"), target=TARGET, number="DB34/T 1-2021", instrument="示例", reasons="风险",
        **{"change": "suspended", "effective_on": date(2026, 6, 1), **more},
    )  # fmt: skip


def test_a_suspension_names_the_day_on_which_it_is_looked_at_again():
    code = ("suspension-without-review",)
    assert check_suspension(change()) == code
    assert check_suspension(change(review_by=date(2026, 5, 1))) == code
    assert check_suspension(change(review_by=date(2026, 9, 1))) == ()
    assert check_suspension(msgspec.structs.replace(change(), change="ended")) == ()
    assert code[0] in FINDINGS
