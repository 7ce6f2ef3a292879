"""Every row of every rule of the real book is shown by a case of its own."""

from collections.abc import Iterator
from functools import cache

import pytest

from registry.rules.cases import CaseResult, run_cases
from registry.rules.compile import compile_book
from registry.rules.compiled import CompiledRule, CompiledTest, record_of, severity_of
from registry.rules.language import Use
from registry.rules.model import Fact
from tests.registry.rules.books import text, whole

BOOK = whole()
RULES = compile_book(BOOK).rules
PRINCIPLES = [one.key for one in BOOK.principles]
Row = tuple[str, ...]
_ACTS = {"objection_open": "objection", "grade_change": "list_exit"}


@cache
def results() -> tuple[CaseResult, ...]:
    return tuple(run_cases(BOOK, text("cases")))


def rows(rule: CompiledRule) -> Iterator[Row]:
    """Yield what a rule says, row by row."""
    for use in rule.rule.measures:
        yield ("measure", use.use)
    for subject in rule.rule.subjects:
        yield ("subject", subject.kind, "named" if subject.roles else "party")
    for anchor in rule.rule.period.until_first_of:
        yield ("stop", anchor.split(".")[0] if "record." not in anchor else anchor)
    for stop in rule.rule.defeated_by:
        yield ("stop", stop.by)
    for at, _ in enumerate(rule.tests):
        yield ("condition", str(at))
    if rule.notice is not None:
        yield ("other organs",)
    yield ("not adopted",)


def triggers(rule: CompiledRule, result: CaseResult) -> list[Fact]:
    """Return the records of a case that bring a rule into play."""
    trigger = rule.rule.trigger
    wanted = (trigger.record, trigger.list, trigger.stated_by.organ_kind)
    return [
        fact for fact in result.facts if (record_of(fact), fact.list, fact.organ_kind) == wanted
    ]


def meets(test: CompiledTest, fact: Fact) -> bool:
    return (
        record_of(fact) == test.record
        and test.list in {"", fact.list}
        and test.field in {"", fact.field}
        and (not test.severities or severity_of(fact) in test.severities)
    )


def stopped(rule: CompiledRule, by: str, result: CaseResult) -> bool:
    """Tell whether a case has what stops a rule, upon a record that brings the rule into play."""
    causes = triggers(rule, result)
    if by == "record.listed_until":
        return any(fact.listed_until is not None for fact in causes)
    if by == "record.effective_until":
        return any(fact.effective_until is not None for fact in causes)
    if by == "next_years_list":
        return len(causes) > 1
    places = {fact.ref for fact in causes}
    act = _ACTS.get(by, by)
    return any(fact.type == act and fact.target in places for fact in result.facts)


def shown(rule: CompiledRule, row: Row, result: CaseResult) -> bool:
    """Tell whether a case shows a row of a rule."""
    decision, ask = result.decision, result.decision.ask
    mine = [one for one in decision.measures if one.rule == rule.key]
    match row:
        case ("measure", key):
            hushed = any(use.use == key and matter_of(key) in rule.hushed for use in uses(rule))
            asked = bool(triggers(rule, result)) and ask.matter == matter_of(key)
            return any(one.measure == key for one in mine) or (hushed and asked and not mine)
        case ("subject", kind, how):
            direct = {fact.subject_id for fact in triggers(rule, result)}
            party = "party" if ask.subject_id in direct else "named"
            return bool(mine) and (ask.subject_kind, party) == (kind, how)
        case ("stop", by):
            return stopped(rule, by, result)
        case ("condition", at):
            test = rule.tests[int(at)]
            return any(one.state == "suspended" for one in mine) and any(
                meets(test, fact) for fact in result.facts
            )
        case ("other organs",):
            return any(one.effect == "notice" and not one.measure for one in mine)
        case _:
            return any((o.rule, o.code) == (rule.key, "not-adopted") for o in decision.not_applied)


def uses(rule: CompiledRule) -> tuple[Use, ...]:
    return rule.rule.measures


def matter_of(measure: str) -> str:
    return BOOK.measures[measure].matter


ALL = [(rule.key, row) for rule in RULES for row in dict.fromkeys(rows(rule))]


@pytest.mark.parametrize(("key", "row"), ALL, ids=["-".join((k, *r)) for k, r in ALL])
def test_every_row_of_every_rule_is_shown_by_a_case(key, row):
    rule = next(rule for rule in RULES if rule.key == key)
    assert any(shown(rule, row, result) for result in results())


def test_there_are_at_least_150_cases_and_each_principle_is_shown_by_several():
    names = [result.name for result in results()]
    assert len(names) >= 150
    assert PRINCIPLES == ["R13", "R14"]
    for key in PRINCIPLES:
        assert sum(name.startswith(f"{key} ") for name in names) >= 5


def test_what_a_row_needs_is_not_there_by_chance():
    """A row is missed when no case has it: the test above can fail."""
    rule = RULES[0]
    assert not any(shown(rule, ("measure", "m-office"), result) for result in results())
    assert not any(shown(rule, ("stop", "record.effective_until"), result) for result in results())
