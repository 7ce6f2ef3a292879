"""Rules that count, in a window and over cities; kinds, grades, and where a decision holds."""

from datetime import date

import pytest

from registry.rules.model import Ask, Decision, Fact
from tests.registry.rules.books import (
    PERSON,
    act,
    adoption,
    answer,
    ask,
    compiled,
    person,
    quality,
    ref,
    wages,
)
from tests.registry.rules.test_decide import codes, measures, shown

D = date
SAMR = "    list: samr-serious\n    listed_for: {field: product_quality}  "
BOTH = "  subjects:\n    - {kind: organisation}\n    - {kind: natural"
ENDED = "repair.effective_on, withdrawal.decided_on]\n"
ENDS = f"list_exit.effective_on, {ENDED}"
LISTED = f"from: record.listed_on\n    until_first_of: [record.listed_until, {ENDS}"
TERM = "    if_no_listed_until: {length: P3Y, counting: cn-default, basis: samr-44#term}"
COUNT = "{number: 2, within: P2Y, counting: cn-default, cities: 2}"
RELAYED = "    origin: [original, relayed]\n"
PENALTIES = (
    ("record: list_entry\n" + SAMR, "record: penalty\n    listed_for: {field: product_quality}  "),
    (RELAYED + BOTH, f"{RELAYED}    severity: [serious]\n    at_least: {COUNT}\n{BOTH}"),
    (LISTED + TERM, f"from: record.decided_on\n    until_first_of: [{ENDED}{TERM}"),
)
TWICE = compiled(rules=PENALTIES)


def fined(idx: int, day: date, member: str = "340200", **changes: object) -> Fact:
    """Return a serious penalty for product quality."""
    known: dict[str, object] = {
        "type": "penalty",
        "list": "",
        "list_name": "",
        "list_family": "",
        "listed_on": None,
        "severity": "serious",
        "decided_on": day,
        "member": member,
    }
    return quality(idx, **(known | changes))


def asked(on: date, **changes: object) -> Ask:
    return ask("inspection", on, **changes)


def twice(facts: list[Fact], on: date, **changes: object) -> Decision:
    return answer(facts, asked(on, **changes), TWICE)


FIRST = fined(1, D(2025, 3, 1))
SECOND = fined(2, D(2026, 5, 10), "320100")


def test_enough_records_within_the_window_from_enough_cities_are_all_causes():
    (one,) = twice([FIRST, SECOND], D(2026, 6, 1)).measures
    assert one.causes == (ref(1), ref(2))
    assert "2025年3月1日" in one.cause_text
    assert "2026年5月10日" in one.cause_text
    # It begins with the second, and ends when the first leaves the window (2025-03-01 + 2 years).
    assert (one.start, one.last_day) == (D(2026, 5, 10), D(2027, 3, 1))
    assert measures(twice([FIRST, SECOND], D(2027, 3, 1)))
    assert measures(twice([FIRST, SECOND], D(2027, 3, 2))) == []


@pytest.mark.parametrize(
    "facts",
    [
        [FIRST],
        [FIRST, fined(2, D(2026, 5, 10))],  # one city alone
        [FIRST, fined(2, D(2026, 5, 10), "320100", severity="general")],
        [fined(1, D(2024, 5, 31)), SECOND],  # out of the window by a day
    ],
)
def test_too_few_are_named_as_too_few(facts):
    decision = twice(facts, D(2026, 6, 1))
    assert decision.measures == ()
    assert codes(decision) == [("R06", "", "too-few")]
    assert "须有至少2条、来自至少2个城市的" in decision.not_applied[0].zh
    # Where it is not adopted, that is what is said.
    away = twice(facts, D(2026, 6, 1), territory="341100")
    assert [one.code for one in away.not_applied] == ["not-adopted"]


def test_three_of_which_two_are_enough_end_with_the_second_to_last():
    third = fined(3, D(2026, 2, 1), "321100")
    (one,) = twice([FIRST, SECOND, third], D(2026, 6, 1)).measures
    assert one.causes == (ref(1), ref(2), ref(3))
    assert (one.start, one.last_day) == (D(2026, 2, 1), D(2028, 2, 1))


@pytest.mark.parametrize("kind", ["repair", "withdrawal"])
def test_when_one_ends_the_count_is_taken_again(kind):
    end = act(kind, 9, ref(1), effective_on=D(2026, 8, 1), decided_on=D(2026, 8, 1))
    (one,) = twice([FIRST, SECOND, end], D(2026, 7, 31)).measures
    assert one.causes == (ref(1), ref(2))
    gone = twice([FIRST, SECOND, end], D(2026, 8, 1))
    assert measures(gone) == []
    assert "2025年3月1日" not in shown(gone)
    assert ref(1).id not in shown(gone)


def test_what_is_stayed_is_not_counted_while_it_is_stayed():
    stay = act("stay", 9, ref(1), start=D(2026, 6, 1), until=D(2026, 7, 1))
    for on, there in ((D(2026, 5, 31), True), (D(2026, 6, 1), False), (D(2026, 7, 1), True)):
        assert bool(measures(twice([FIRST, SECOND, stay], on))) is there


def test_an_objection_marks_the_one_it_is_about():
    objection = act("objection", 9, ref(1), start=D(2026, 5, 1))
    marked = compiled(
        rules=(
            *PENALTIES,
            (
                (
                    "    - {by: reorganisation_shield, effect: suspend, basis: ndrc-36, "
                    "read: secondary}\n"
                    "  conflict:\n    with_incentives: suspend_incentive_in_same_matter\n"
                    "    same_measure_from_other_rules: by_measure\n  notify_subject"
                ),
                (
                    "    - {by: objection_open, effect: none, mark: 异议处理中}\n"
                    "  conflict:\n    with_incentives: suspend_incentive_in_same_matter\n"
                    "    same_measure_from_other_rules: by_measure\n  notify_subject"
                ),
            ),
        )
    )
    (one,) = answer([FIRST, SECOND, objection], asked(D(2026, 6, 1)), marked).measures
    assert one.why == ("异议处理中",)


# --- kinds, fields, terms and territory of a decision

IMPOSED = (
    (
        "record: list_entry\n    list: wage-arrears\n",
        (
            "record: penalty\n    listed_for: {field: [tendering, bidding]}\n"
            "    kinds: [其他-取消投标资格]\n"
        ),
    ),
    ("excludes: [anomaly_directory, 仅受行政处罚而未列入名单]", "excludes: []"),
    ("    nexus: the_matter", "    decision_reaches: as_it_states\n    nexus: the_matter"),
    (
        LISTED + "    if_no_listed_until: {length: P3Y,",
        (
            f"from: record.decided_on\n    until_first_of: [record.effective_until, {ENDED}"
            "    at_most: {length: P2Y,"
        ),
    ),
)
BANNED = compiled(rules=IMPOSED)


def banned(**changes: object) -> Fact:
    known: dict[str, object] = {
        "type": "penalty",
        "list": "",
        "list_family": "",
        "field": "bidding",
        "kinds": ("罚款", "其他-取消投标资格"),
        "effective_until": D(2027, 9, 30),
        "reach": ("CN",),
    }
    return wages(**(known | changes))


def test_the_term_is_that_of_the_decision_and_never_longer_than_the_law():
    (one,) = answer([banned()], ask(), BANNED).measures
    assert (one.start, one.last_day) == (D(2026, 3, 10), D(2027, 9, 30))
    assert "决定载明的期限届满" in one.lift_conditions
    # 2099-12-31 is how registers write "no end": the law's longest term stands.
    (one,) = answer([banned(effective_until=D(2099, 12, 31))], ask(), BANNED).measures
    assert one.last_day == D(2028, 3, 10)
    # The display of the record may end before the ban does.
    (one,) = answer([banned(until=D(2026, 6, 10))], ask(), BANNED).measures
    assert one.last_day == D(2027, 9, 30)
    assert answer([banned(effective_until=None)], ask(), BANNED).measures == ()


@pytest.mark.parametrize(
    ("changes", "there"),
    [
        ({}, True),
        ({"field": "tendering"}, True),
        ({"field": "tax"}, False),
        ({"kinds": ("罚款",)}, False),
        ({"reach": ("320000",)}, True),
        ({"reach": ("340000",)}, False),
        ({"reach": (), "member": "321100"}, True),
        ({"reach": ()}, False),
    ],
)
def test_only_what_the_decision_says_of_kind_field_and_place(changes, there):
    decision = answer([banned(**changes)], ask(), BANNED)
    assert bool(decision.measures) is there
    if "reach" in changes and not there:
        assert codes(decision) == [("R02", "", "not-in-decision")]
        assert decision.not_applied[0].zh == "规则R02：决定未载明及于镇江市，不适用"


# --- grades of one city

BY = "    stated_by: {organ_kind: 人力资源社会保障行政部门, where: "
GRADE = "record: per_mu\n    grades: [D]\n"
FORMULA = """  evaluation:
    scheme: 甲办法
    formula: 得分等于各指标得分之和
    indicators: [{name: 亩均税收, weight: 60}, {name: 亩均销售, weight: 40}]
    grades: {A: 前百分之二十, D: 末百分之五}
    basis: mohrss-45#5
"""
PER_MU = (
    (f"record: list_entry\n    list: wage-arrears\n{BY}anywhere_in_CN", f"{GRADE}{BY}here"),
    (LISTED, f"from: record.decided_on\n    until_first_of: [record.listed_until, {ENDED}"),
    ("  defeated_by:", f"{FORMULA}  defeated_by:"),
)
GRADED = compiled(rules=PER_MU)


def graded(**changes: object) -> Fact:
    known: dict[str, object] = {
        "type": "per_mu",
        "list": "",
        "list_family": "",
        "grade": "D",
        "scheme": "甲办法",
        "member": "321100",
    }
    return wages(**(known | changes))


@pytest.mark.parametrize(
    ("changes", "there"),
    [
        ({}, True),
        ({"grade": "A"}, False),
        ({"scheme": "乙办法"}, False),
        ({"member": "340200"}, False),
    ],
)
def test_a_grade_means_something_in_its_own_city_by_its_own_scheme(changes, there):
    decision = answer([graded(**changes)], ask(), GRADED)
    assert bool(decision.measures) is there
    if "member" in changes:
        assert codes(decision) == [("R02", "", "stated-elsewhere")]
        assert "其他城市的结果不可比" in decision.not_applied[0].zh


# --- why not


def test_why_not_is_said_once_for_each_rule_that_has_its_record():
    decision = answer([wages(), quality()], ask("honours", nexus=("registered_here",)))
    assert measures(decision) == []
    assert codes(decision) == [("R02", "", "no-nexus"), ("R06", "", "no-measure")]
    assert decision.not_applied[0].zh == "规则R02：该主体与镇江市无规则所列的关联，不适用"
    assert decision.not_applied[1].zh == "规则R06：对该主体在所办事项中未规定措施，不适用"
    twice_over = answer([wages(), wages(7)], ask("service"))
    assert codes(twice_over) == [("R02", "", "no-measure")]


def test_out_of_the_reach_of_its_basis_a_rule_does_nothing():
    book = compiled(rules=(("basis_reaches: CN ", "basis_reaches: '340000' "),))
    decision = answer([wages()], ask(), book)
    assert codes(decision) == [("R02", "", "out-of-reach")]


def test_a_person_named_in_another_role_is_told_so_and_who_is_not_named_nothing():
    asked_person = ask("honours", subject_id=PERSON, subject_kind="natural_person")
    decision = answer([wages(named_persons=(person("股东"),))], asked_person)
    assert codes(decision) == [("R02", "", "not-reached")]
    other = wages(named_persons=(person("股东"),))
    stranger = ask("honours", subject_id="s-stranger", subject_kind="natural_person")
    assert answer([other], stranger).not_applied == ()
    listed = answer([wages()], ask("honours", subject_kind="natural_person"))
    assert codes(listed) == [("R02", "", "not-reached")]


@pytest.mark.parametrize("member", ["341100", "321100"])
def test_why_not_says_nothing_of_what_has_ended_or_is_not_adopted(member):
    exited = [wages(), act("list_exit", 9, ref(1), effective_on=D(2026, 5, 1))]
    assert answer(exited, ask("service", territory=member)).not_applied == ()
    if member == "341100":
        assert answer([wages()], ask("service", territory=member)).not_applied == ()
    old = (adoption("R02", edition="2025-9"),)
    assert answer([wages()], ask("service"), adopted=old).not_applied == ()
    repaired = [wages(), act("repair", 9, ref(1), effective_on=D(2026, 5, 1))]
    assert answer(repaired, ask("service")).not_applied == ()
