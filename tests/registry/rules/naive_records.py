"""What the naive evaluator asks of one record: is it what a rule wants, until when, does it matter.

Written from the description of the language alone, in plain loops over all that is given. Shared
with the engine are the types of the language and the counting of periods, which has vectors of its
own; nothing of how the engine finds, stops or joins.
"""

from collections.abc import Iterator
from datetime import date, timedelta
from typing import NamedTuple

from registry.domain.periods import last_day
from registry.rules.language import Book, Rule, Stop, given
from registry.rules.model import Adoption, Ask, Fact

DAY = timedelta(days=1)
NEVER = date.max
"""An end that is not known; a record that ends on the last day there is has no end either."""
AT_THE_COUNTER = {"the_matter_is_handled_here", "application_here", "inspection_plan_here"}
LASTING = {"stay", "reorganisation_shield", "objection"}
ENDS_OF_MENDING = {"repair", "list_exit"}
ACT_OF_ANCHOR = {
    "list_exit.effective_on": "list_exit",
    "grade_change.effective_on": "list_exit",
    "repair.effective_on": "repair",
    "withdrawal.decided_on": "withdrawal",
}
FAMILIES = {"honour": "honour", "anomaly": "anomaly_listing"}
GRAVITY = ("unclassified", "minor", "general", "serious")


class World(NamedTuple):
    """Everything that an answer is a function of."""

    book: Book
    adoptions: tuple[Adoption, ...]
    facts: tuple[Fact, ...]
    ask: Ask


class Held(NamedTuple):
    """What suspends: the kind of record, the id of the record, until when."""

    by: str
    record: str
    until: date | None


class Cause(NamedTuple):
    """A record that sets a rule off; where several are counted, they begin and end together."""

    fact: Fact
    start: date
    until: date
    held: frozenset[Held]
    marks: frozenset[str]


# --- records


def kind(fact: Fact) -> str:
    """Return what the language calls a record: an entry is named by the family of its list."""
    return FAMILIES.get(fact.list_family, fact.type) if fact.type == "list_entry" else fact.type


def severity(fact: Fact) -> str:
    """Return a record's severity: whoever is on a list of serious dishonesty is serious."""
    serious = fact.type == "list_entry" and fact.list_family == "serious"
    return "serious" if serious else fact.severity


def begins(act: Fact) -> date:
    """Return the day from which an act acts."""
    if act.type in LASTING:
        return act.start or act.decided_on
    return act.decided_on if act.type == "withdrawal" else act.effective_on or act.decided_on


def acts(world: World, fact: Fact, of: str) -> list[Fact]:
    """Return the acts of one type upon a record, without those withdrawn by the day asked about."""
    return [
        act
        for act in world.facts
        if act.type == of
        and act.target is not None
        and act.target.entry == fact.ref.entry
        and not any(begins(undone) <= world.ask.on for undone in acts(world, act, "withdrawal"))
    ]


def acting(world: World, fact: Fact, of: str) -> list[Fact]:
    """Return those that act on the day asked about."""
    on = world.ask.on
    return [
        act
        for act in acts(world, fact, of)
        if begins(act) <= on and not (act.type in LASTING and act.until and act.until <= on)
    ]


def first(days: Iterator[date]) -> date:
    return min(days, default=NEVER)


def after(day: date) -> date:
    return NEVER if day == NEVER else day + DAY


# --- what sets a rule off, and for how long


def triggers(rule: Rule, fact: Fact) -> bool:
    """Tell whether a record is of the kind that the rule wants, wherever it was stated."""
    trigger = rule.trigger
    if kind(fact) != trigger.record or fact.list != trigger.list:
        return False
    listed_for, evaluated = given(trigger.listed_for), given(rule.evaluation)
    return (
        fact.organ_kind == trigger.stated_by.organ_kind
        and fact.provenance in trigger.origin
        and (listed_for is None or fact.field in listed_for.fields)
        and (not trigger.severity or severity(fact) in trigger.severity)
        and (not trigger.kinds or bool(set(trigger.kinds) & set(fact.kinds)))
        and (not trigger.grades or fact.grade in trigger.grades)
        and (evaluated is None or fact.scheme == evaluated.scheme)
    )


def reaches_subject(world: World, rule: Rule, fact: Fact) -> bool:
    """Tell whether the rule reaches the subject asked about through this record."""
    ask = world.ask
    for subject in rule.subjects:
        if subject.kind != ask.subject_kind:
            continue
        if subject.only_if == "named_in_the_listing_decision":
            for named in fact.named_persons:
                if named.subject_id == ask.subject_id and named.role in subject.roles:
                    return True
        elif fact.subject_id == ask.subject_id:
            return True
    return False


def leaves_out(world: World, rule: Rule, fact: Fact) -> bool:
    """Tell whether the record is a sole trader's and the rule was written for organisations."""
    kinds = {subject.kind for subject in rule.subjects}
    return (
        world.ask.subject_kind == "sole_trader"
        and fact.subject_id == world.ask.subject_id
        and "sole_trader" not in kinds
        and "organisation" in kinds
    )


def start_of(rule: Rule, fact: Fact) -> date | None:
    return {
        "record.listed_on": fact.listed_on,
        "record.decided_on": fact.decided_on,
        "record.published_on": fact.published_on,
        "record.corrected_on": fact.corrected_on,
    }[rule.period.start]


def own_term(world: World, rule: Rule, fact: Fact, start: date) -> Iterator[date]:
    """Yield the ends that the record states itself, or else that of the rule's term."""
    anchors, term = rule.period.until_first_of, given(rule.period.if_no_listed_until)
    listed = fact.listed_until if "record.listed_until" in anchors else None
    imposed = fact.effective_until if "record.effective_until" in anchors else None
    if listed:
        yield after(listed)
    if imposed:
        yield after(imposed)
    if not listed and not imposed and term:
        yield after(last_day(start, term.length, world.book.counting[term.counting]))
    most = given(rule.period.at_most)
    if most:
        yield after(last_day(start, most.length, world.book.counting[most.counting]))
    # What a decision imposes runs to its own day, however long it is displayed.
    if fact.until and not imposed:
        yield fact.until


def ends(world: World, rule: Rule, fact: Fact, start: date, *, mended: bool) -> Iterator[date]:
    """Yield every day that ends the record for a measure that mending ends or not."""
    yield from own_term(world, rule, fact, start)
    if "next_years_list.published_on" in rule.period.until_first_of:
        yield from next_lists(world, fact)
    defeats = {type_of(stop): stop.effect for stop in rule.defeated_by}
    anchored = {ACT_OF_ANCHOR.get(anchor, "") for anchor in rule.period.until_first_of}
    for one in {*defeats, *anchored}:
        # Where the rule says how an act defeats it, that is what the act does.
        if defeats.get(one, "end") in {"end", "as_if_never_from_that_day"}:
            for act in acts(world, fact, one):
                if mended or act.type not in ENDS_OF_MENDING:
                    yield begins(act)


def next_lists(world: World, fact: Fact) -> Iterator[date]:
    """Yield when the next list came out: with the subject again, or the organ's of a later year."""
    for other in world.facts:
        if (kind(other), other.list) != (kind(fact), fact.list):
            continue
        if not fact.published_on or not other.published_on:
            continue
        if other.published_on <= fact.published_on:
            continue
        again = other.subject_id == fact.subject_id
        next_year = other.published_on.year > fact.published_on.year
        if again or (next_year and other.authority == fact.authority):
            yield other.published_on


def type_of(stop: Stop) -> str:
    return "objection" if stop.by == "objection_open" else stop.by


def stopped(world: World, rule: Rule, fact: Fact, effect: str) -> Iterator[tuple[Stop, Fact]]:
    """Yield the stops of the rule with one effect that act upon the record on the day."""
    for stop in rule.defeated_by:
        if stop.effect == effect:
            for act in acting(world, fact, type_of(stop)):
                yield stop, act


def opened(world: World, rule: Rule, fact: Fact, *, mended: bool) -> Cause | None:
    """Return a record as a cause, if open on the day for a measure that mending ends or not."""
    start = start_of(rule, fact)
    if start is None or start > world.ask.on or imposes_nothing(rule, fact):
        return None
    until = first(ends(world, rule, fact, start, mended=mended))
    over = until != NEVER and until <= world.ask.on
    if over or any(stopped(world, rule, fact, "hidden")):
        return None
    held = frozenset(
        Held(act.type, act.ref.id, act.until if act.type in LASTING else None)
        for _, act in stopped(world, rule, fact, "suspend")
    )
    marks = {stop.mark for stop, _ in stopped(world, rule, fact, "none") if stop.mark}
    return Cause(fact, start, until, held, frozenset(marks))


def imposes_nothing(rule: Rule, fact: Fact) -> bool:
    """Tell whether the rule goes by what decisions impose, and this one imposes nothing."""
    by_decision = "record.effective_until" in rule.period.until_first_of
    return by_decision and not given(rule.period.if_no_listed_until) and not fact.effective_until


def open_causes(world: World, rule: Rule, *, mended: bool) -> list[Cause]:
    """Return what is open on the day, wherever stated, for a measure that mending ends or not."""
    found = []
    for fact in world.facts:
        if triggers(rule, fact) and (
            reaches_subject(world, rule, fact) or leaves_out(world, rule, fact)
        ):
            cause = opened(world, rule, fact, mended=mended)
            found += [cause] if cause else []
    return found


# --- where it matters


def elsewhere(world: World, rule: Rule, fact: Fact) -> str:
    """Return why a record does not matter in the place asked about, empty if it does."""
    place = world.ask.territory
    if rule.trigger.stated_by.where == "here" and fact.member != place:
        return "stated-elsewhere"
    stated = fact.reach or (fact.member,)
    if rule.territory.decision_reaches == "as_it_states" and not any(
        within(place, territory) for territory in stated
    ):
        return "not-in-decision"
    if not within(place, rule.territory.basis_reaches):
        return "out-of-reach"
    wanted = rule.territory.nexus
    names = {wanted} if isinstance(wanted, str) else set(wanted)
    if world.ask.nexus:
        return "" if names & set(world.ask.nexus) else "no-nexus"
    return "" if any(has_nexus(world, name) for name in names) else "no-nexus"


def has_nexus(world: World, name: str) -> bool:
    """Tell whether the subject has one tie to the place, where somebody handles its matter now."""
    mine = [fact for fact in world.facts if fact.subject_id == world.ask.subject_id]
    place, on = world.ask.territory, world.ask.on
    if name == "registered_here":
        return any(fact.home and within(fact.home, place) for fact in mine if fact.target is None)
    if name == "licensed_here":
        return any(
            permit.type == "permit"
            and permit.member == place
            and permit.decided_on <= on
            and (permit.until is None or on < permit.until)
            and not acting(world, permit, "withdrawal")
            for permit in mine
        )
    return name in AT_THE_COUNTER


def within(place: str, territory: str) -> bool:
    """Tell whether a division lies in a territory: CN, a province (320000), a city, a county."""
    if territory == "CN":
        return True
    if territory.endswith("0000"):
        return place[:2] == territory[:2]
    return place[:4] == territory[:4] if territory.endswith("00") else place == territory


def adopted(world: World, key: str) -> tuple[Rule, Adoption | None]:
    """Return the edition of a rule that the place adopted last, or the newest and None."""
    editions = [rule for rule in world.book.rules if rule.key == key]
    mine = [
        one
        for one in world.adoptions
        if one.rule == key
        and one.member == world.ask.territory
        and one.start <= world.ask.on
        and (one.until is None or world.ask.on < one.until)
    ]
    if mine:
        last = max(mine, key=lambda one: (one.start, number(one.edition)))
        for rule in editions:
            if rule.edition == last.edition:
                return rule, last
    return max(editions, key=lambda rule: number(rule.edition)), None


def number(edition: str) -> tuple[int, int]:
    year, _, nth = edition.partition("-")
    return int(year), int(nth)
