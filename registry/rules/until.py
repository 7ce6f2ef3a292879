"""Until when an answer holds: the next day on which the same question is answered otherwise.

Nothing changes between two days that something named: a date in a record, the end of a term or of
the time within which records count, an adoption, an instrument. So the question is asked again on
those days, in order, until the answer differs: what is found is exact by what is known today.
"""

from collections.abc import Iterator, Mapping, Sequence
from datetime import date
from typing import Final

import msgspec

from registry.domain.periods import next_day, term_end
from registry.rules.compiled import CompiledBook, CompiledRule
from registry.rules.decide import NO_INPUTS, decide
from registry.rules.model import Adoption, AdoptionIndex, Ask, Decision, Fact

DAYS_MAX: Final = 64
"""Days looked into: past them the first one not looked into is given, never later than the true."""

_DATES = tuple(
    field.name
    for field in msgspec.structs.fields(Fact)
    if field.type in {date, date | None} and field.name != "checked_on"
)
_INCLUSIVE = frozenset({"listed_until", "effective_until"})


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
    days = sorted(day for day in set(_days(book, here, facts)) if day > ask.on)
    for day in days[:DAYS_MAX]:
        moved = msgspec.structs.replace(ask, on=day)
        then = decide(book, index, facts, moved, members, inputs)
        if msgspec.structs.replace(then, ask=ask) != today:
            return msgspec.structs.replace(today, changes_on=day)
    after = days[DAYS_MAX] if len(days) > DAYS_MAX else None
    return msgspec.structs.replace(today, changes_on=after)


def _days(
    book: CompiledBook, adoptions: Sequence[Adoption], facts: Sequence[Fact]
) -> Iterator[date]:
    """Yield every day on which anything could change."""
    for adoption in adoptions:
        yield adoption.start
        if adoption.until is not None:
            yield adoption.until
    for rule in book.rules:
        yield from _of_rule(rule)
    terms = {rule.clock.term for rule in book.rules} | {
        rule.count.within for rule in book.rules if rule.count is not None
    }
    for fact in facts:
        for name in _DATES:
            day: date | None = getattr(fact, name)
            if day is None:
                continue
            yield day
            if name in _INCLUSIVE and (after := next_day(day)) is not None:
                yield after
            for term in terms:
                if term is not None and (end := term_end(day, term)) is not None:
                    yield end


def _of_rule(rule: CompiledRule) -> Iterator[date]:
    """Yield the days on which a rule's bases begin or end."""
    if rule.paused_from is not None:
        yield rule.paused_from
    for uses in rule.by_matter.values():
        for use in uses:
            yield use.in_force_from
            if use.in_force_until is not None:
                yield use.in_force_until
            for span in (*(use.listed or ()), *((use.second,) if use.second else ())):
                yield span.start
                if span.until is not None:
                    yield span.until
