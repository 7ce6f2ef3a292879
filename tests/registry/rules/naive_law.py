"""What the naive evaluator asks of a measure: may it be taken here on the day, with what force."""

from datetime import date

from registry.rules.language import Measure, Rule, Use, given
from registry.rules.model import Adoption
from tests.registry.rules.naive_records import World, within


def unlisted(rule: Rule, use: Use, adoption: Adoption) -> bool:
    """Tell whether the member's act does not name a measure; a local basis must be named."""
    if adoption.allows is not None:
        return use.use not in adoption.allows
    by_list = rule.territory.applies_in == "members_whose_incentive_list_names_this_honour"
    return by_list or use.local_basis == "required"


def lawful(world: World, measure: Measure) -> bool:
    """Tell whether a list of lawful measures, where the book has any, has it here on the day."""
    if not world.book.catalogues or measure.national_item is None or measure.family == "incentive":
        return True
    for catalogue in world.book.catalogues:
        until = given(catalogue.effective.until)
        now = catalogue.effective.start <= world.ask.on < (until or date.max)
        has = any(row.item == measure.national_item for row in catalogue.items)
        if now and has and within(world.ask.territory, catalogue.scope):
            return True
    return False


def in_force(world: World, rule: Rule, citation: str) -> bool:
    """Tell whether an instrument is in force; one that is watched and ended suspends instead."""
    key, _, _ = citation.partition("#")
    span = world.book.instruments[key].in_force
    until = given(span.until)
    watched = any(watch.instrument == key for watch in rule.watch)
    return span.start <= world.ask.on and (until is None or world.ask.on < until or watched)


def force(world: World, rule: Rule, use: Use) -> tuple[str, frozenset[str]]:
    """Return the effect a measure has with these bases, empty for none, and what to say of it."""
    measure = world.book.measures[use.use]
    effect, marks = measure.effect, set()
    if unread(world, use.basis):
        marks.add("依据待核实")
        effect = effect if measure.family == "incentive" else "notice"
    second = given(use.second_basis)
    if second is not None and unread(world, second.cite):
        marks.add("第二依据待核实")
        effect = "" if second.until_confirmed == "hidden" else "notice"
    elif measure.effect == "restrict" and not (second and in_force(world, rule, second.cite)):
        marks.add("无第二依据")
        effect = "notice"
    return effect, frozenset(marks)


def unread(world: World, citation: str) -> bool:
    if citation == "unconfirmed":
        return True
    key, _, article = citation.partition("#")
    return world.book.instruments[key].articles[article].read == "unconfirmed"
