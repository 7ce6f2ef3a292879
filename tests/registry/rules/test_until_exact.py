"""Until when an answer holds: the same on every day before, another on that day."""

from datetime import date, timedelta

from hypothesis import given, settings
from hypothesis import strategies as st
from msgspec.structs import replace

from registry.rules import until
from registry.rules.compiled import CompiledBook
from registry.rules.model import Adoption, Ask, Decision, Fact
from registry.rules.until import decide_until
from tests.registry.rules.books import (
    ADOPTED,
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
    wages,
)
from tests.registry.rules.test_fields import BANNED, TWICE, banned, fined
from tests.registry.rules.test_properties import asks, files

D = date
DAY = timedelta(days=1)


def lasting(
    facts: list[Fact],
    question: Ask,
    book: CompiledBook | None = None,
    adopted: tuple[Adoption, ...] = ADOPTED,
) -> date | None:
    return decide_until(book or real(), adopted, facts, question, MEMBERS).changes_on


def test_the_end_of_the_term_of_a_stay_of_an_adoption_of_a_window():
    assert lasting([], ask()) is None
    assert lasting([wages()], ask()) == D(2029, 3, 11)
    assert lasting([wages(listed_until=D(2026, 9, 30))], ask()) == D(2026, 10, 1)
    stay = act("stay", 9, ref(1), start=D(2026, 7, 1), until=D(2026, 9, 1))
    assert lasting([wages(), stay], ask()) == D(2026, 7, 1)
    assert lasting([wages(), stay], ask(on=D(2026, 7, 1))) == D(2026, 9, 1)
    later = (adoption("R02", start=D(2026, 8, 1), until=D(2026, 10, 1)),)
    assert lasting([wages()], ask(), adopted=later) == D(2026, 8, 1)
    assert lasting([wages()], ask(on=D(2026, 8, 1)), adopted=later) == D(2026, 10, 1)
    two = [fined(1, D(2025, 3, 1)), fined(2, D(2026, 5, 10), "320100")]
    assert lasting(two, ask("inspection"), TWICE) == D(2027, 3, 2)
    assert lasting([banned()], ask(), BANNED) == D(2027, 10, 1)
    assert lasting([banned(effective_until=None)], ask(), BANNED) is None


def test_a_listing_to_come_an_instrument_that_ends_and_the_next_list():
    assert lasting([wages(listed_on=D(2026, 9, 1))], ask()) == D(2026, 9, 1)
    ended = ("in_force: {from: 2021-09-01}", "in_force: {from: 2021-09-01, until: 2026-11-01}")
    book = compiled(instruments=(ended,))
    assert lasting([quality()], ask("inspection"), book) == D(2026, 11, 1)
    later = ("in_force: {from: 2020-05-01}", "in_force: {from: 2026-08-02}")
    assert lasting([wages()], ask(), compiled(instruments=(later,))) == D(2026, 8, 2)
    others = grade_a(4, published_on=D(2027, 4, 26), subject_id="s-other")
    nanjing = ask("service", territory="320100")
    assert lasting([grade_a(), others], nanjing) == D(2027, 4, 26)
    undated = grade_a(4, published_on=None, listed_on=None)
    assert lasting([undated], nanjing) is None


def test_what_changes_nothing_is_passed_over():
    objection = act("stay", 9, ref(4), start=D(2026, 7, 1), until=D(2026, 9, 1))
    assert lasting([wages(), wages(4, list="other"), objection], ask()) == D(2029, 3, 11)


def test_past_the_days_looked_into_the_date_is_never_later_than_the_true_one(monkeypatch):
    stays = [
        act("stay", 20 + n, ref(4), start=D(2026, 7, n), until=D(2026, 8, n)) for n in range(1, 9)
    ]
    facts = [wages(), wages(4, list="other"), *stays]
    assert lasting(facts, ask()) == D(2029, 3, 11)
    monkeypatch.setattr(until, "DAYS_MAX", 5)
    found = lasting(facts, ask())
    assert found is not None
    assert D(2026, 7, 1) < found < D(2029, 3, 11)


COMING = (
    *ADOPTED,
    adoption("R02", "320100", start=D(2026, 9, 1), until=D(2027, 9, 1)),
    adoption("R06", "320100", start=D(2025, 9, 1)),
    adoption("R10", "321100", start=D(2025, 9, 1), allows=("i-green-channel", "i-gap-acceptance")),
)


def same(one: Decision, other: Decision) -> bool:
    return replace(one, ask=other.ask, changes_on=other.changes_on) == other


@given(files(), asks, st.lists(st.integers(0, 1500), max_size=12))
@settings(max_examples=150, deadline=None)
def test_it_is_exact(facts, question, steps):
    told = decide_until(real(), COMING, facts, question, MEMBERS)

    def on(day: date) -> Decision:
        return answer(facts, replace(question, on=day), adopted=COMING)

    assert same(told, on(question.on))
    last = told.changes_on
    if last is not None:
        assert last > question.on
        assert not same(told, on(last))
        assert same(told, on(last - DAY))
    for step in steps:
        day = question.on + step * DAY
        if last is None or day < last:
            assert same(told, on(day))
