"""What the naive evaluator asks of a whole rule: enough records, and nothing that pauses it."""

from datetime import date

from registry.domain.periods import last_day
from registry.rules.language import OpenTest, Rule, given
from registry.rules.model import Adoption, Fact
from tests.registry.rules.naive_records import (
    NEVER,
    Cause,
    Held,
    World,
    acting,
    after,
    kind,
    open_causes,
    severity,
)


def in_window(world: World, rule: Rule, causes: list[Cause]) -> list[Cause]:
    """Return what counts on the day: not mended, not suspended, begun not too long before."""
    least = given(rule.trigger.at_least)
    unmended = {one.fact.ref.id: one for one in open_causes(world, rule, mended=True)}
    alive = []
    for cause in causes:
        one = unmended.get(cause.fact.ref.id)
        if least is None or one is None or one.held:
            continue
        closes = after(last_day(one.start, least.within, world.book.counting[least.counting]))
        if closes == NEVER or world.ask.on < closes:
            alive.append(one._replace(until=min(one.until, closes)))
    return alive


def enough(rule: Rule, causes: list[Cause]) -> bool:
    """Tell whether there are as many records from as many cities as the rule takes."""
    least = given(rule.trigger.at_least)
    cities = {cause.fact.member for cause in causes}
    return least is None or (len(causes) >= least.number and len(cities) >= least.cities)


def counted(rule: Rule, causes: list[Cause]) -> list[Cause]:
    """Return the causes counted: they begin when they are enough, and end when too few are left."""
    if not enough(rule, causes):
        return []
    starts, ends = ({one.start for one in causes}, {one.until for one in causes})
    start = min(d for d in starts if enough(rule, [one for one in causes if one.start <= d]))
    until = min(d for d in ends if not enough(rule, [one for one in causes if one.until > d]))
    return [one._replace(start=start, until=until) for one in causes]


def held_by_rule(world: World, rule: Rule, adoption: Adoption | None) -> frozenset[Held]:
    """Return what suspends the whole rule: a watched instrument, the member itself, a condition."""
    held = set()
    for watch in rule.watch:
        until = given(world.book.instruments[watch.instrument].in_force.until)
        if until and until <= world.ask.on:
            held.add(Held("watch", "", None))
    for stay in adoption.stays if adoption else ():
        if stay.start <= world.ask.on < (stay.until or NEVER):
            held.add(Held("adoption", stay.ref.id, stay.until))
    conditions = given(rule.conditions)
    for condition in conditions.all if conditions else ():
        test = given(condition.none_open) or given(condition.not_)
        failing = [
            fact for fact in world.facts if test and meets(test, fact) and is_open(world, fact)
        ]
        for fact in sorted(failing, key=lambda one: one.ref.idx)[:1]:
            held.add(Held(kind(fact), fact.ref.id, None))
    return frozenset(held)


def meets(test: OpenTest, fact: Fact) -> bool:
    wanted = (test.severity,) if isinstance(test.severity, str) else test.severity
    return (
        kind(fact) == test.record
        and (not wanted or severity(fact) in wanted)
        and (not test.field or fact.field == test.field)
        and (not test.list or fact.list == test.list)
    )


def is_open(world: World, fact: Fact) -> bool:
    """Tell whether a record of the subject is open: begun, not ended, not stayed or shielded."""
    on = world.ask.on
    start = (fact.listed_on if fact.type == "list_entry" else None) or fact.decided_on
    if fact.subject_id != world.ask.subject_id or start > on:
        return False
    if (fact.until and fact.until <= on) or (fact.listed_until and fact.listed_until < on):
        return False
    stops = (
        "withdrawal",
        "repair",
        "list_exit",
        "objection_upheld",
        "stay",
        "reorganisation_shield",
    )
    return not any(acting(world, fact, stop) for stop in stops) and (
        fact.listed_until is not None or on < book_term(world, fact, start)
    )


def book_term(world: World, fact: Fact, start: date) -> date:
    """Return the end of the term that the book knows for such a record, the longest."""
    found = []
    for rule in world.book.rules:
        term = given(rule.period.if_no_listed_until)
        if term and (rule.trigger.record, rule.trigger.list) == (kind(fact), fact.list):
            found.append(after(last_day(start, term.length, world.book.counting[term.counting])))
    return max(found, default=NEVER)
