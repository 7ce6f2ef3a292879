"""A second, naive evaluator of the rule language, written from its description alone.

No index and no preparation: for every rule, every measure and every record it asks in plain loops
what the language says of them. It gives only what must agree, not the words of the answer.
"""

from collections.abc import Iterator
from datetime import date
from typing import NamedTuple

from registry.rules.language import Measure, Rule, Use, given
from registry.rules.model import Adoption
from tests.registry.rules.naive_conditions import counted, enough, held_by_rule, in_window
from tests.registry.rules.naive_law import force, in_force, lawful, unlisted
from tests.registry.rules.naive_records import (
    GRAVITY,
    NEVER,
    Cause,
    Held,
    World,
    adopted,
    elsewhere,
    leaves_out,
    open_causes,
    opened,
    reaches_subject,
    severity,
    triggers,
)

EFFECTS = ("bar", "restrict", "consider", "manage", "autonomous", "favour", "notice")
BURDENS = {"bar", "restrict", "consider", "manage"}


class Line(NamedTuple):
    """A measure as it must agree."""

    rule: str
    edition: str
    measure: str
    effect: str
    state: str
    start: date
    until: date | None
    causes: tuple[str, ...]
    held: frozenset[Held]
    marks: frozenset[str]
    adopted: date


class Refused(NamedTuple):
    """A rule or measure that does not apply although a cause is open."""

    rule: str
    edition: str
    measure: str
    code: str


class Answer(NamedTuple):
    """What applies and what does not."""

    lines: tuple[Line, ...]
    refused: frozenset[Refused]


class Draft(NamedTuple):
    """What one rule says of one measure because of one cause, before rules are joined."""

    rule: Rule
    use: Use | None
    effect: str
    cause: Cause
    adoption: Adoption


def decide(world: World) -> Answer:
    """Return what applies and what does not."""
    drafts: list[Draft] = []
    refused: set[Refused] = set()
    set_off = (rule for rule in world.book.rules if any(triggers(rule, one) for one in world.facts))
    for key in sorted({rule.key for rule in set_off}):
        rule, adoption = adopted(world, key)
        told = list(of_rule(world, rule, adoption)) or list(unsaid(world, rule, adoption))
        drafts += [one for one in told if isinstance(one, Draft)]
        refused |= {one for one in told if isinstance(one, Refused)}
    lines = []
    for rule_key, name in sorted({slot(one) for one in drafts}):
        group = [one for one in drafts if slot(one) == (rule_key, name)]
        lines.append(join(world, group))
    lines = [yielding(world, line, lines) for line in lines]
    shown = []
    for line in lines:
        if line.measure and not competent(world, world.book.measures[line.measure]):
            refused.add(Refused(line.rule, line.edition, line.measure, "other-organ"))
        else:
            shown.append(line)
    return Answer(tuple(sorted(shown, key=lambda one: one[:3])), frozenset(refused))


def slot(draft: Draft) -> tuple[str, str]:
    """Return what is joined: a measure whatever its rule, a notice of its rule alone."""
    return ("", draft.use.use) if draft.use else (draft.rule.key, "")


def competent(world: World, measure: Measure) -> bool:
    return world.ask.organ_kind in {"", *measure.organ.split("、")}


def in_matter(world: World, measure: Measure) -> bool:
    return world.ask.matter in {"", measure.matter}


# --- one rule


def of_rule(world: World, rule: Rule, adoption: Adoption | None) -> Iterator[Draft | Refused]:
    """Yield what a rule says, or why it says nothing."""
    found = {
        use.use: open_for(world, rule, use) for use in rule.measures if speaks(world, rule, use)
    }
    if given(rule.for_other_organs) and for_others(world, rule):
        found[""] = open_causes(world, rule, mended=True)
    here = {name: of_here(world, rule, causes) for name, causes in found.items()}
    away = set().union(*(passed_over(world, rule, causes) for causes in found.values()))
    counts = given(rule.trigger.at_least) is not None
    if counts:
        here = {name: in_window(world, rule, causes) for name, causes in here.items()}
    if not any(here.values()) and not away:
        return
    common = held_by_rule(world, rule, adoption)
    if adoption is None:
        yield refuse(rule, "", "not-adopted")
    elif not rule.suspended_while and any(one.by not in {"watch", "adoption"} for one in common):
        yield refuse(rule, "", "condition-fails")
    else:
        yield from (refuse(rule, "", code) for code in away)
        yield from without_force(world, rule, adoption)
        if counts and any(here.values()) and not any(enough(rule, one) for one in here.values()):
            yield refuse(rule, "", "too-few")
        for name, causes in here.items():
            for cause in counted(rule, causes) if counts else causes:
                whole = cause._replace(held=cause.held | common)
                yield from of_measure(world, rule, name, adoption, whole)


def unsaid(world: World, rule: Rule, adoption: Adoption | None) -> Iterator[Refused]:
    """Yield why an open record of a rule adopted here does nothing, where nothing else is said."""
    hushed = any(
        in_matter(world, world.book.measures[use.use]) and not force(world, rule, use)[0]
        for use in rule.measures
    )
    if adoption is None or (hushed and world.ask.matter):
        return
    notice = given(rule.for_other_organs) and for_others(world, rule)
    silent = not notice and not any(speaks(world, rule, use) for use in rule.measures)
    for fact in sorted(world.facts, key=lambda one: one.ref.idx):
        named = any(one.subject_id == world.ask.subject_id for one in fact.named_persons)
        if not (named or fact.subject_id == world.ask.subject_id) or not triggers(rule, fact):
            continue
        reached = reaches_subject(world, rule, fact) or leaves_out(world, rule, fact)
        # That there is no measure is not said where one is hidden.
        if (not reached or (silent and not hushed)) and opened(world, rule, fact, mended=True):
            yield refuse(rule, "", "no-measure" if reached else "not-reached")
            return


def refuse(rule: Rule, measure: str, code: str) -> Refused:
    return Refused(rule.key, rule.edition, measure, code)


def of_here(world: World, rule: Rule, causes: list[Cause]) -> list[Cause]:
    """Return the causes that matter here and are of a subject the rule was written for."""
    return [
        one
        for one in causes
        if not elsewhere(world, rule, one.fact) and not leaves_out(world, rule, one.fact)
    ]


def passed_over(world: World, rule: Rule, causes: list[Cause]) -> set[str]:
    """Return why the others say nothing; of what was mended nothing is said at all."""
    unmended = [one.fact for one in open_causes(world, rule, mended=True)]
    codes = set()
    for cause in causes:
        if cause.fact in unmended:
            left_out = leaves_out(world, rule, cause.fact)
            codes.add(
                elsewhere(world, rule, cause.fact) or ("kind-not-covered" if left_out else "")
            )
    return codes - {""}


def speaks(world: World, rule: Rule, use: Use) -> bool:
    """Tell whether a measure is in the matter, shown, and for such a subject."""
    measure = world.book.measures[use.use]
    suits = world.ask.subject_kind in measure.subjects
    kinds = {subject.kind for subject in rule.subjects}
    if world.ask.subject_kind == "sole_trader" and "sole_trader" not in kinds:
        suits = "organisation" in measure.subjects
    return suits and in_matter(world, measure) and force(world, rule, use)[0] != ""


def for_others(world: World, rule: Rule) -> bool:
    """Tell whether an organ asks to which none of the rule's measures belongs."""
    return bool(world.ask.organ_kind) and not any(
        competent(world, world.book.measures[use.use]) for use in rule.measures
    )


def open_for(world: World, rule: Rule, use: Use) -> list[Cause]:
    return open_causes(world, rule, mended=world.book.measures[use.use].ends_on_repair)


def of_measure(
    world: World, rule: Rule, name: str, adoption: Adoption, cause: Cause
) -> Iterator[Draft]:
    """Yield a measure, or the notice to other organs, with the force it has here and now."""
    if not name:
        yield Draft(rule, None, "notice", cause, adoption)
        return
    use = next(one for one in rule.measures if one.use == name)
    measure = world.book.measures[name]
    if (
        not unlisted(rule, use, adoption)
        and in_force(world, rule, use.basis)
        and lawful(world, measure)
    ):
        yield Draft(rule, use, force(world, rule, use)[0], cause, adoption)


def without_force(world: World, rule: Rule, adoption: Adoption) -> Iterator[Refused]:
    """Yield the measures, of whatever matter, that the member's act or a basis does not carry."""
    covered = {subject.kind for subject in rule.subjects}
    for use in rule.measures:
        measure = world.book.measures[use.use]
        suits = world.ask.subject_kind in covered and world.ask.subject_kind in measure.subjects
        if not suits or not force(world, rule, use)[0]:
            continue
        if unlisted(rule, use, adoption):
            yield refuse(rule, use.use, "not-in-local-list")
        elif not in_force(world, rule, use.basis):
            yield refuse(rule, use.use, "basis-not-in-force")
        elif not lawful(world, measure):
            yield refuse(rule, use.use, "not-in-catalogue")


# --- where rules meet


def join(world: World, group: list[Draft]) -> Line:
    """Return one measure of several causes.

    What is active stands before what is suspended, the stronger effect before the weaker; then the
    policy decides, then the order of the book and of the logs.
    """
    policy = group[0].rule.conflict.same_measure_from_other_rules
    use = group[0].use
    if use is None:
        policy = "once"
    elif policy == "by_measure":
        policy = world.book.measures[use.use].conflict
    drafts = sorted(group, key=lambda one: (bool(one.cause.held), EFFECTS.index(one.effect)))
    drafts = [
        one
        for one in drafts
        if (bool(one.cause.held), one.effect) == (bool(drafts[0].cause.held), drafts[0].effect)
    ]
    drafts.sort(
        key=lambda one: (
            by_policy(policy, one),
            world.book.rules.index(one.rule),
            one.cause.fact.ref.idx,
        )
    )
    lead = drafts[0]
    until = max(one.cause.until for one in drafts)
    if policy in {"most_severe", "best_once"}:
        several = given(lead.rule.trigger.at_least) is not None
        drafts = [one for one in drafts if several and one.rule == lead.rule] or [lead]
        until = lead.cause.until
    held = frozenset(held for one in drafts for held in one.cause.held)
    own = force(world, lead.rule, lead.use)[1] if lead.use else frozenset()
    return Line(
        lead.rule.key,
        lead.rule.edition,
        lead.use.use if lead.use else "",
        lead.effect,
        "suspended" if held else "active",
        lead.cause.start,
        None if until == NEVER else until,
        tuple(dict.fromkeys(one.cause.fact.ref.id for one in drafts)),
        held,
        own.union(*(one.cause.marks for one in drafts)),
        lead.adoption.start,
    )


def by_policy(policy: str, draft: Draft) -> int:
    """Return what the policy sorts by: first begun, gravest, or longest."""
    if policy == "once":
        return draft.cause.start.toordinal()
    if policy == "most_severe":
        return -GRAVITY.index(severity(draft.cause.fact))
    return -draft.cause.until.toordinal()


def yielding(world: World, line: Line, lines: list[Line]) -> Line:
    """Return a reward, suspended by the first active burden to which a rule says it yields."""
    rules = {(rule.key, rule.edition): rule for rule in world.book.rules}
    mine = rules[line.rule, line.edition]
    if mine.kind != "reward" or not line.measure:
        return line
    matter = world.book.measures[line.measure].matter
    burdens = []
    for other in lines:
        theirs = rules[other.rule, other.edition]
        agreed = (
            mine.conflict.with_punishment != "none" or theirs.conflict.with_incentives != "none"
        )
        same = other.measure and world.book.measures[other.measure].matter == matter
        if agreed and same and other.state == "active" and other.effect in BURDENS:
            uses = [use.use for use in theirs.measures]
            burdens.append((world.book.rules.index(theirs), uses.index(other.measure), other))
    held = {Held("measure", one.causes[0], one.until) for _, _, one in sorted(burdens)[:1]}
    return line._replace(held=line.held | held, state="suspended" if line.held | held else "active")
