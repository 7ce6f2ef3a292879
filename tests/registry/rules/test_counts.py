"""Rules that take several records, kinds of penalty, grades, and terms a decision imposes."""

from datetime import date, timedelta
from functools import cache

import pytest

from registry.rules.compiled import CompiledBook
from registry.rules.model import Fact
from tests.registry.rules.books import act, adoption, answer, ask, compiled, ref, wages

ANCHORS = "record.listed_until, list_exit.effective_on, repair.effective_on, withdrawal.decided_on"
TERM = "    if_no_listed_until: {length: P3Y, counting: cn-default, basis: samr-44#term}"
FROM = f"    from: record.listed_on\n    until_first_of: [{ANCHORS}]\n{TERM}"
LISTED = """    record: list_entry
    list: samr-serious
    listed_for: {field: product_quality}          # 列入事由，取自列入决定书，不得由平台推断
"""
COUNT = "at_least: {number: 3, within: P2Y, counting: cn-default, cities: 2}"
SUPERVISION = ("R06", "m-key-supervision")
ADOPTED = (adoption("R06"),)


@cache
def book(trigger: str, *, where: str = "", until: str = "") -> CompiledBook:
    """Return the real book with R06 set off by penalties or grades."""
    first_of = "[repair.effective_on, withdrawal.decided_on]".replace("[", f"[{until}")
    rules = [
        (LISTED, trigger),
        (FROM, f"    from: record.decided_on\n    until_first_of: {first_of}\n{TERM}"),
    ]
    if where:
        stated = "stated_by: {organ_kind: 市场监督管理部门, where: "
        rules.append((f"{stated}anywhere_in_CN", f"{stated}{where}"))
    return compiled(rules=tuple(rules))


def counting() -> CompiledBook:
    return book(f"    record: penalty\n    listed_for: {{field: product_quality}}\n    {COUNT}\n")


def penalty(idx: int, on: date, member: str = "340200", **changes: object) -> Fact:
    known = {
        "type": "penalty",
        "list": "",
        "list_name": "",
        "list_family": "",
        "severity": "general",
        "field": "product_quality",
        "organ_kind": "市场监督管理部门",
        "authority": "示例市市场监督管理局",
        "listed_on": None,
        "decided_on": on,
        "member": member,
    }
    return wages(idx, **(known | changes))


def supervised(facts: list[Fact], on: date, use: CompiledBook | None = None):
    """Return the measure of key supervision on a day, and the codes of what does not apply."""
    found = answer(facts, ask("inspection", on), use or counting(), ADOPTED)
    applied = [one for one in found.measures if (one.rule, one.measure) == SUPERVISION]
    assert len(applied) == len(found.measures) <= 1
    return applied[0] if applied else None, [one.code for one in found.not_applied]


THREE = [
    penalty(1, date(2026, 1, 10)),
    penalty(2, date(2026, 3, 10), "320100"),
    penalty(3, date(2026, 5, 10)),
]


def test_three_in_two_years_from_two_cities_are_causes_all_of_them():
    applied, refused = supervised(THREE, date(2026, 6, 1))
    assert applied is not None
    assert applied.causes == tuple(fact.ref for fact in THREE)
    assert applied.start == date(2026, 5, 10)  # with the third they were enough
    assert applied.last_day == date(2028, 1, 10)  # then the first leaves the window
    assert refused == []
    assert "2026年3月10日" in applied.cause_text


@pytest.mark.parametrize(
    ("facts", "found"),
    [
        (THREE[:2], 2),
        ([penalty(n, date(2026, n, 10)) for n in (1, 2, 3)], 3),  # one city alone
        ([*THREE[:2], penalty(3, date(2026, 5, 10), field="food")], 2),
        ([*THREE[:2], penalty(3, date(2023, 5, 10))], 2),  # out of the window
    ],
)
def test_too_few_are_said_to_be_too_few(facts, found):
    result = answer(facts, ask("inspection", date(2026, 6, 1)), counting(), ADOPTED)
    assert result.measures == ()
    (refused,) = result.not_applied
    assert refused.code == "too-few"
    assert refused.zh == (
        f"规则R06须有至少3条、来自至少2个城市的符合条件的信息，现有{found}条，不适用"
    )


def test_too_few_are_not_spoken_of_where_the_rule_was_not_adopted():
    result = answer(THREE[:2], ask("inspection", date(2026, 6, 1)), counting(), ())
    assert [one.code for one in result.not_applied] == ["not-adopted"]


@pytest.mark.parametrize("kind", ["repair", "withdrawal", "stay"])
def test_what_ends_or_is_stayed_no_longer_counts(kind):
    ended = act(kind, 9, THREE[1].ref, decided_on=date(2026, 5, 20), effective_on=date(2026, 5, 20),
                start=date(2026, 5, 20))  # fmt: skip
    before, _ = supervised([*THREE, ended], date(2026, 5, 19))
    after, refused = supervised([*THREE, ended], date(2026, 5, 20))
    assert before is not None
    assert after is None
    assert refused == ["too-few"]


def test_a_fourth_keeps_it_alive_when_the_first_leaves():
    four = [*THREE, penalty(4, date(2026, 6, 10), "320100")]
    applied, _ = supervised(four, date(2026, 7, 1))
    assert applied is not None
    assert len(applied.causes) == 4
    assert applied.last_day == date(2028, 3, 10)
    third_only = [THREE[0], THREE[2], penalty(4, date(2026, 6, 10), "340200"), THREE[1]]
    alone, _ = supervised(third_only, date(2026, 7, 1))
    assert alone is not None
    assert alone.last_day == date(2028, 3, 10)  # with Nanjing's goes the second city


def test_without_an_end_in_sight_there_is_none():
    far = [penalty(n, date(9999, 12, 25 + n), f"32010{n % 2}") for n in (1, 2, 3)]
    applied, _ = supervised(far, date(9999, 12, 31))
    assert applied is not None
    assert applied.last_day is None


def test_each_policy_names_every_record_counted():
    """Key supervision takes the gravest record first; commitments are refused once."""
    found = answer(THREE, ask("", date(2026, 6, 1)), counting(), ADOPTED)
    assert {one.measure: len(one.causes) for one in found.measures} == {
        "m-consider-market": 3,
        "m-key-supervision": 3,
        "m-no-commitment": 3,
        "m-no-market-honours": 3,
    }


def test_only_the_kinds_of_penalty_that_the_rule_names():
    use = book("    record: penalty\n    kinds: [吊销许可证件, 限制从业]\n")
    fine = penalty(1, date(2026, 5, 10), kinds=("罚款",))
    revoked = penalty(2, date(2026, 5, 10), kinds=("罚款", "吊销许可证件"))
    assert supervised([fine], date(2026, 6, 1), use) == (None, [])
    applied, _ = supervised([fine, revoked], date(2026, 6, 1), use)
    assert applied is not None
    assert applied.causes == (revoked.ref,)


def graded(idx: int, member: str, grade: str = "A") -> Fact:
    return penalty(idx, date(2026, 5, 10), member, type="per_mu", grade=grade, field="")


def test_a_grade_counts_in_the_city_that_gave_it_and_nowhere_else():
    use = book("    record: per_mu\n    grades: [A]\n", where="here")
    applied, _ = supervised([graded(1, "321100")], date(2026, 6, 1), use)
    assert applied is not None
    assert "公布亩均效益评价结果" in applied.cause_text
    assert supervised([graded(1, "321100", "B")], date(2026, 6, 1), use) == (None, [])
    found = answer([graded(1, "320100")], ask("inspection", date(2026, 6, 1)), use, ADOPTED)
    assert found.measures == ()
    (refused,) = found.not_applied
    assert refused.code == "stated-elsewhere"
    assert refused.zh == "规则R06：只适用于镇江市作出的信息；其他城市的结果不可比，不适用"


def test_what_a_decision_imposes_runs_to_its_own_day_however_long_it_is_displayed():
    use = book("    record: penalty\n", until="record.effective_until, ")
    shown = {"until": date(2026, 8, 10)}
    imposed = penalty(1, date(2026, 5, 10), effective_until=date(2028, 5, 10), **shown)
    applied, _ = supervised([imposed], date(2026, 9, 1), use)
    assert applied is not None
    assert applied.last_day == date(2028, 5, 10)
    assert "决定载明的期限届满" in applied.lift_conditions
    without = penalty(1, date(2026, 5, 10), **shown)
    assert supervised([without], date(2026, 9, 1), use) == (None, [])


def test_a_record_without_a_nexus_here_is_said_to_have_none():
    found = answer(
        [penalty(n, date(2026, n, 10), f"3{n}0100") for n in (1, 2, 3)],
        ask("inspection", date(2026, 6, 1), nexus=("the_matter_is_handled_here",)),
        counting(),
        ADOPTED,
    )
    assert found.measures == ()
    assert [one.code for one in found.not_applied] == ["no-nexus"]
    assert found.not_applied[0].zh == "规则R06：该主体与镇江市无规则所列的关联，不适用"


def test_what_is_repaired_and_has_no_nexus_is_not_spoken_of():
    use = book("    record: penalty\n", until="record.effective_until, ")
    one = penalty(1, date(2026, 5, 10), effective_until=date(2028, 5, 10))
    repair = act("repair", 9, ref(1), decided_on=date(2026, 5, 20), effective_on=date(2026, 5, 20))
    asked = ask("inspection", date(2026, 6, 1), nexus=("the_matter_is_handled_here",))
    assert answer([one, repair], asked, use, ADOPTED).not_applied == ()
    assert answer([one], asked, use, ADOPTED).not_applied != ()


def test_the_window_closes_on_the_day_it_closes():
    last = date(2028, 1, 10)
    assert supervised(THREE, last)[0] is not None
    assert supervised(THREE, last + timedelta(days=1))[0] is None
