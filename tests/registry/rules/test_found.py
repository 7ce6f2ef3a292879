"""What the naive evaluator found in the engine: each is pinned here by a small world."""

from datetime import date

import pytest

from registry.rules.model import AdoptionIndex, Stayed
from registry.rules.until import decide_until
from tests.registry.rules.books import (
    MEMBERS,
    act,
    adoption,
    answer,
    ask,
    compiled,
    grade_a,
    quality,
    real,
    ref,
    text,
    wages,
)
from tests.registry.rules.test_counts import book as penal
from tests.registry.rules.test_counts import penalty

NANJING = {"territory": "320100"}
SECOND = "{cite: unconfirmed, gist: 本地区招标投标监管依据, until_confirmed: notice}"


def test_the_publication_of_a_list_does_not_end_the_places_on_it():
    """Where the rule counts from the decision, the list came out later: it is not the next one."""
    book = compiled(
        rules=(("from: record.published_on                     #", "from: record.decided_on #"),)
    )
    (one, _) = answer([grade_a()], ask("service", **NANJING), book).measures
    assert (one.start, one.until) == (date(2026, 4, 20), None)
    undated = grade_a(published_on=None)
    assert answer([undated], ask("service", **NANJING), book).measures


@pytest.mark.parametrize(
    ("listed", "imposed", "last"),
    [
        (date(2026, 9, 1), date(2028, 5, 10), date(2026, 9, 1)),
        (date(2029, 9, 1), date(2028, 5, 10), date(2028, 5, 10)),
        (None, date(2028, 5, 10), date(2028, 5, 10)),
    ],
)
def test_of_two_ends_that_a_record_states_the_first_counts(listed, imposed, last):
    use = penal("    record: penalty\n", until="record.listed_until, record.effective_until, ")
    one = penalty(1, date(2026, 5, 10), listed_until=listed, effective_until=imposed)
    (applied, *_) = answer([one], ask("inspection"), use, (adoption("R06"),)).measures
    assert applied.last_day == last


@pytest.mark.parametrize(
    ("acts", "changes", "applies"),
    [
        ((), {}, True),
        ((), {"decided_on": date(2026, 6, 2)}, False),
        ((act("withdrawal", 9, ref(8), decided_on=date(2026, 6, 1)),), {}, False),
        ((act("withdrawal", 9, ref(8), decided_on=date(2026, 6, 2)),), {}, True),
        ((act("stay", 9, ref(8), decided_on=date(2026, 6, 1)),), {}, True),
    ],
)
def test_a_permit_not_yet_given_or_withdrawn_ties_nobody_to_a_place(acts, changes, applies):
    nexus = "nexus: [registered_here, licensed_here, application_here, inspection_plan_here]"
    book = compiled(rules=((nexus, "nexus: licensed_here"),))
    permit = act("permit", 8, None, member="321100", **changes)
    found = answer([quality(), permit, *acts], ask("inspection"), book)
    assert bool(found.measures) is applies


def test_an_incentive_yields_to_the_burden_that_says_so_whichever_comes_first():
    """Two burdens in one matter, of which only one suspends incentives."""
    suspends = "with_incentives: suspend_incentive_in_same_matter"
    yields = ("with_punishment: yield_in_same_matter", "with_punishment: none")
    tests = (
        "      - none_open: {record: list_entry, severity: serious, any_list: true}\n",
        "",
    )
    matter = ("    matter: public_funds\n", "    matter: inspection\n")
    for first, second in ((suspends, "with_incentives: none"), ("with_incentives: none", suspends)):
        rules = (
            (suspends, "FIRST"),
            (suspends, "SECOND"),
            ("FIRST", first),
            ("SECOND", second),
            yields,
            tests,
        )
        book = compiled(rules=rules, measures=(matter,))
        adopted = (
            adoption("R02", "320100"),
            adoption("R06", "320100"),
            adoption("R10", "320100", allows=("i-fewer-inspections",)),
        )
        for one, other in ((1, 2), (2, 1)):
            facts = [grade_a(), wages(one), quality(other)]
            found = answer(facts, ask("inspection", **NANJING), book, adopted)
            states = {line.measure: line.state for line in found.measures}
            assert states["i-fewer-inspections"] == "suspended", (first, one)


def test_of_two_editions_adopted_on_one_day_the_higher_number_is_newer():
    index = AdoptionIndex([adoption("R02", edition="2026-10"), adoption("R02", edition="2026-9")])
    assert [one.edition for one in index.of_member("321100")["R02"]] == ["2026-10", "2026-9"]


def second(article: str = "fair-competition#9", **force: str) -> dict:
    """Return patches that give the tender restriction a second basis, in force for a time."""
    start, until = force.get("start", "2024-08-01"), force.get("until")
    ends = f", until: {until}" if until else ""
    return {
        "rules": ((SECOND, f"{{cite: {article}}}"),),
        "instruments": (("in_force: {from: 2024-08-01}", f"in_force: {{from: {start}{ends}}}"),),
    }


@pytest.mark.parametrize(
    ("force", "effect"),
    [
        ({}, "restrict"),
        ({"start": "2026-06-01"}, "restrict"),
        ({"start": "2026-06-02"}, "notice"),
        ({"until": "2026-06-02"}, "restrict"),
        ({"until": "2026-06-01"}, "notice"),
    ],
)
def test_a_restriction_whose_second_basis_is_not_in_force_is_a_notice(force, effect):
    (one,) = answer([wages()], ask("tender"), compiled(**second(**force))).measures
    assert one.effect == effect
    assert one.why == (() if effect == "restrict" else ("无第二依据",))
    assert (one.second_basis is None) is (effect == "notice")


def test_a_second_basis_whose_article_nobody_read_is_none():
    patches = second("guofa-2016-33#incentives")
    (one,) = answer([wages()], ask("tender"), compiled(**patches)).measures
    assert (one.effect, one.why) == ("notice", ("第二依据待核实",))


def test_the_answer_changes_on_the_day_a_list_of_lawful_measures_ends():
    ends = ("effective: {from: 2024-02-18}", "effective: {from: 2024-02-18, until: 2026-07-01}")
    use = compiled(catalogues=(ends,))
    found = decide_until(use, (adoption("R02"),), [wages()], ask(), MEMBERS)
    assert found.changes_on == date(2026, 7, 1)


def test_of_two_terms_of_a_list_the_longer_is_the_one_that_ends_later():
    first = text("rules").split("\n- key: R06")[0].split("rules:\n")[1].replace("P3Y", "P1M")
    second_edition = first.replace('"2026-1"', '"2026-2"', 1).replace("P1M", "P45D")
    book = compiled(
        rules=(("length: P3Y", "length: P1M"), ("rules:\n", f"rules:\n{second_edition}\n"))
    )
    for day, state in ((date(2026, 6, 15), "suspended"), (date(2026, 6, 16), "active")):
        facts = [grade_a(), wages(9, listed_on=date(2026, 5, 1))]
        (one, _) = answer(facts, ask("service", day, **NANJING), book).measures
        assert one.state == state


def test_the_answer_changes_on_the_day_the_second_basis_ends():
    use = compiled(**second(until="2026-07-01"))
    found = decide_until(use, (adoption("R02"),), [wages()], ask("tender"), MEMBERS)
    assert found.changes_on == date(2026, 7, 1)


def test_the_notice_to_other_organs_needs_no_second_basis():
    patches = second(until="2026-06-01")
    first = "{cite: unconfirmed, gist: 政府采购法第二十二条信誉条件, until_confirmed: notice}"
    notice = "  for_other_organs: {effect: notice, text: 仅供参考。}\n  not_from_this_rule:  "
    patches["rules"] = (
        (first, "{cite: fair-competition#9}"),
        ("  not_from_this_rule:  ", notice),
    )
    asked = ask("licence", organ_kind="生态环境部门")
    (one,) = answer([wages()], asked, compiled(**patches)).measures
    assert (one.measure, one.effect, one.notice) == ("", "notice", "仅供参考。")


def test_a_hidden_measure_is_not_called_absent_where_every_matter_is_asked():
    """A rule of which all measures are hidden is as silent for every matter as for one of them."""
    rules = text("rules")
    start, end = (
        rules.index("    - use: m-procurement\n"),
        rules.index("    - use: m-tax-preference"),
    )
    book = compiled(rules=((rules[start:end], ""),))
    for matter in ("", "tax_preference"):
        assert answer([wages()], ask(matter), book).not_applied == ()
    (refused,) = answer([wages()], ask("tender"), book).not_applied
    assert refused.code == "no-measure"


def test_the_answer_changes_on_the_days_a_member_suspends_a_rule_and_takes_it_up_again():
    stay = Stayed(date(2026, 7, 1), date(2026, 9, 1), ref(90))
    adopted = (adoption("R02", stays=(stay,)),)
    for on, change in ((date(2026, 6, 1), stay.start), (stay.start, stay.until)):
        found = decide_until(real(), adopted, [wages()], ask(on=on), MEMBERS)
        assert found.changes_on == change
