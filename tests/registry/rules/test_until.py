"""Until when an answer holds: the same on every day before, another one on the day."""

from datetime import date, timedelta

from hypothesis import given, settings
from hypothesis import strategies as st
from msgspec.structs import replace

from registry.rules.compile import compile_book
from registry.rules.model import Adoption, Ask, Decision, Fact
from registry.rules.until import DAYS_MAX, decide_until
from tests.registry.rules.books import (
    ADOPTED,
    MEMBERS,
    act,
    adoption,
    answer,
    ask,
    book,
    compiled,
    quality,
    real,
    wages,
)
from tests.registry.rules.test_counts import THREE, counting
from tests.registry.rules.test_properties import EVERYWHERE, asks, files


def until(
    facts: list[Fact], question: Ask, adopted: tuple[Adoption, ...] = ADOPTED, use=None
) -> Decision:
    return decide_until(use or real(), adopted, facts, question, MEMBERS)


def test_it_is_the_day_after_the_last():
    found = until([wages(listed_until=date(2027, 3, 10))], ask())
    assert found.changes_on == date(2027, 3, 11)
    assert replace(found, changes_on=None) == answer([wages(listed_until=date(2027, 3, 10))], ask())


def test_it_is_the_beginning_and_the_end_of_a_stay():
    stay = act("stay", 9, wages().ref, start=date(2026, 7, 1), until=date(2026, 9, 1))
    assert until([wages(), stay], ask()).changes_on == date(2026, 7, 1)
    during = until([wages(), stay], ask(on=date(2026, 7, 1)))
    assert during.changes_on == date(2026, 9, 1)
    assert during.measures[0].state == "suspended"


def test_it_is_the_day_a_member_adopts_or_ends_what_it_adopted():
    later = (adoption("R02", start=date(2026, 8, 1), until=date(2026, 10, 1)),)
    assert until([wages()], ask(), later).changes_on == date(2026, 8, 1)
    assert until([wages()], ask(on=date(2026, 8, 1)), later).changes_on == date(2026, 10, 1)
    elsewhere = (adoption("R02", "340200", start=date(2026, 8, 1)),)
    assert until([wages()], ask(), elsewhere).changes_on == date(2029, 3, 11)


def test_it_is_the_day_a_watched_instrument_or_a_basis_ends():
    ends = "{from: 2021-09-01, until: 2026-12-01}"
    use = compiled(instruments=(("{from: 2021-09-01}", ends),))
    found = until([quality()], ask("inspection"), use=use)
    assert found.changes_on == date(2026, 12, 1)
    after = until([quality()], ask("inspection", date(2026, 12, 1)), use=use)
    assert {one.state for one in after.measures} == {"suspended"}


def test_a_window_that_empties_changes_it():
    adopted = (adoption("R06"),)
    found = until(THREE, ask("inspection", date(2026, 6, 1)), adopted, counting())
    assert found.changes_on == date(2028, 1, 11)
    assert until(THREE[:2], ask("inspection"), adopted, counting()).changes_on == date(2028, 1, 11)


def test_nothing_known_changes_nothing():
    assert until([], ask()).changes_on is None
    assert until([wages(subject_id="s-other")], ask()).changes_on is None
    last = wages(listed_until=date.max)
    assert until([last], ask(on=date(2099, 1, 1))).changes_on is None


def test_past_the_bound_it_is_never_later_than_the_true_day():
    others = [
        wages(n, subject_id="s-other", decided_on=date(2026, 6, 1) + timedelta(days=n))
        for n in range(1, DAYS_MAX + 2)
    ]
    found = until([wages(100), *others], ask())
    assert found.changes_on is not None
    assert date(2026, 6, 1) < found.changes_on < date(2029, 3, 11)


@given(files(), asks, st.integers(0, 2**32))
@settings(max_examples=60, deadline=None)
def test_before_that_day_the_answer_is_the_same_and_on_it_another(facts, question, seed):
    found = until(facts, question, EVERYWHERE)
    told = replace(found, changes_on=None, ask=question)

    def on(day: date) -> Decision:
        then = answer(facts, replace(question, on=day), adopted=EVERYWHERE)
        return replace(then, ask=question)

    change = found.changes_on
    if change is not None:
        assert on(change) != told
    days = (change - question.on).days if change else 1500
    for n in range(1, days, 1 + days // 60):
        assert on(question.on + timedelta(days=n + (seed % (days // 60 + 1)))) == told or (
            n + (seed % (days // 60 + 1)) >= days
        )
    if change is not None and days > 1:
        assert on(change - timedelta(days=1)) == told


def test_an_unwatched_basis_that_ends_changes_it():
    """The gate refuses such a book; one that was lawful when it was adopted may come to this."""
    lawful = book()
    law = lawful.instruments["wage-regulation"]
    ended = replace(law, in_force=replace(law.in_force, until=date(2026, 12, 1)))
    later = replace(lawful, instruments={**lawful.instruments, "wage-regulation": ended})
    found = until([wages()], ask(), use=compile_book(later))
    assert found.changes_on == date(2026, 12, 1)
