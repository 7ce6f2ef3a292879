"""Until when an answer holds: the next day on which the same question is answered otherwise.

Nothing changes between two days that something named: a date in a record, the end of its publicity
by law, of a term or of the time within which records count, an adoption, an instrument. So the
question is asked again on those days, in order, until the answer differs: what is found is exact by
what is known today.
"""

from collections.abc import Iterator, Mapping, Sequence
from datetime import date
from typing import Final

import msgspec
from msgspec import UNSET

from registry.domain.periods import next_day, term_end
from registry.rules.compiled import CompiledBook, CompiledRule, record_of
from registry.rules.decide import NO_INPUTS, decide
from registry.rules.model import Adoption, AdoptionIndex, Ask, Decision, Fact

DAYS_MAX: Final = 64
"""Days looked into: past them the first one not looked into is given, never later than the true."""


def decide_until(
    book: CompiledBook,
    adoptions: Sequence[Adoption],
    facts: Sequence[Fact],
    ask: Ask,
    members: Mapping[str, str],
    inputs: Mapping[str, str] = NO_INPUTS,
) -> Decision:
    """Return what ``decide`` returns, with the day on which it changes."""
    index = adoptions if isinstance(adoptions, AdoptionIndex) else AdoptionIndex(adoptions)
    today = decide(book, index, facts, ask, members, inputs)
    here = [one for of_rule in index.of_member(ask.territory).values() for one in of_rule]
    named = {day for day in _days(book, here, facts) if day is not None}
    days = sorted(day for day in named if day > ask.on)
    for day in days[:DAYS_MAX]:
        moved = msgspec.structs.replace(ask, on=day)
        then = decide(book, index, _shown(facts, day), moved, members, inputs)
        if msgspec.structs.replace(then, ask=ask) != today:
            return msgspec.structs.replace(today, changes_on=day)
    after = days[DAYS_MAX] if len(days) > DAYS_MAX else None
    return msgspec.structs.replace(today, changes_on=after)


def _shown(facts: Sequence[Fact], day: date) -> Sequence[Fact]:
    """Return the facts that whoever asked will still be shown on a day."""
    if all(fact.shown_until is UNSET or day < fact.shown_until for fact in facts):
        return facts
    return [fact for fact in facts if fact.shown_until is UNSET or day < fact.shown_until]


def _days(
    book: CompiledBook, adoptions: Sequence[Adoption], facts: Sequence[Fact]
) -> Iterator[date | None]:
    """Yield every day on which anything could change, None where there is none."""
    touched: dict[CompiledRule, None] = {}
    for fact in facts:
        # The next list ends the last one, whoever is on it.
        yield from (fact.decided_on, fact.effective_on, fact.start, fact.until, fact.published_on)
        yield None if fact.shown_until is UNSET else fact.shown_until
        yield from _open(book, fact)
        by_field = book.index.get((record_of(fact), fact.list, fact.organ_kind), {})
        for rule in by_field.get(fact.field, by_field.get("", ())):
            touched[rule] = None
            yield from _of_cause(rule, fact)
    keys = {rule.key for rule in touched}
    for adoption in adoptions:
        if adoption.rule in keys:
            yield from (adoption.start, adoption.until)
            yield from (day for stay in adoption.stays for day in (stay.start, stay.until))
    for rule in touched:
        yield rule.paused_from
        for uses in rule.by_matter.values():
            for use in uses:
                yield from (use.in_force_from, use.in_force_until)
                for span in (*(use.listed or ()), *((use.second,) if use.second else ())):
                    yield from (span.start, span.until)


def _open(book: CompiledBook, fact: Fact) -> Iterator[date | None]:
    """Yield the days on which a record opens and closes as conditions see it."""
    start = fact.listed_on or fact.decided_on
    term = book.terms.get((record_of(fact), fact.list))
    yield start
    yield _after(fact.listed_until)
    yield term_end(start, term) if term is not None else None


def _of_cause(rule: CompiledRule, fact: Fact) -> Iterator[date | None]:
    """Yield the days on which a record begins and ceases to be a cause by the clock of a rule."""
    clock = rule.clock
    start: date | None = getattr(fact, clock.start)
    if start is None:
        return
    yield start
    yield _after(fact.effective_until)
    within = rule.count.within if rule.count is not None else None
    for term in (clock.term, clock.at_most, within):
        if term is not None:
            yield term_end(start, term)


def _after(last: date | None) -> date | None:
    return next_day(last) if last is not None else None
