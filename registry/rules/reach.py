"""Whom and where a record reaches: kinds and grades, persons it names, and what ties it to a place.

A record is used where its rule, its decision and a nexus lead, and nowhere else.
"""

from registry.rules.compiled import Clock, CompiledRule
from registry.rules.instruments import reaches
from registry.rules.model import Ask, Fact
from registry.rules.stops import Known, Life, ended_by, life


class Cause:
    """A record to be weighed: about the subject itself or naming it, and its life by each clock."""

    __slots__ = ("direct", "fact", "known", "lives")

    def __init__(self, fact: Fact, known: Known, *, direct: bool) -> None:
        """Take a record of those known, and whether it is about the subject itself."""
        self.fact = fact
        self.known = known
        self.direct = direct
        self.lives: dict[Clock, Life | None] = {}

    def life(self, clock: Clock) -> Life | None:
        """Return its life by a clock, found once for the rules that count alike."""
        if clock not in self.lives:
            known = self.known
            self.lives[clock] = life(clock, self.fact, known.acts_on(self.fact), known)
        return self.lives[clock]


def of_kind(rule: CompiledRule, fact: Fact) -> bool:
    """Tell whether a decision imposed a kind of penalty, or gave a grade, that the rule names."""
    if rule.kinds and rule.kinds.isdisjoint(fact.kinds):
        return False
    if rule.scheme and rule.scheme != fact.scheme:
        return False
    return not rule.grades or fact.grade in rule.grades


def named(rule: CompiledRule, fact: Fact, ask: Ask) -> bool:
    """Tell whether the decision names the person asked about in a role the rule reaches."""
    return any(
        person.subject_id == ask.subject_id and (ask.subject_kind, person.role) in rule.roles
        for person in fact.named_persons
    )


def mentioned(fact: Fact, ask: Ask) -> bool:
    """Tell whether the decision names the person asked about at all."""
    return any(person.subject_id == ask.subject_id for person in fact.named_persons)


def elsewhere(rule: CompiledRule, fact: Fact, known: Known) -> str:
    """Say by a code why record or subject do not concern this territory; empty = they do."""
    ask = known.ask
    if rule.here_only and fact.member != ask.territory:
        return "stated-elsewhere"
    stated = fact.reach or (fact.member,)
    if rule.stated_reach and not any(reaches(one, ask.territory) for one in stated):
        return "not-in-decision"
    if not reaches(rule.reach, ask.territory):
        return "out-of-reach"
    if not rule.nexus.isdisjoint(ask.nexus) if ask.nexus else rule.handled:
        return ""
    return "" if not ask.nexus and _lives_here(rule, known) else "no-nexus"


def _lives_here(rule: CompiledRule, known: Known) -> bool:
    """Tell whether the subject is registered or licensed here, where the rule names that."""
    ask = known.ask
    mine = [fact for fact in known.causes if fact.subject_id == ask.subject_id]
    if "registered_here" in rule.nexus and any(
        fact.home and reaches(ask.territory, fact.home) for fact in mine
    ):
        return True
    return "licensed_here" in rule.nexus and any(_holds(fact, known) for fact in mine)


def _holds(fact: Fact, known: Known) -> bool:
    """Tell whether a record is a permit of this place, given by the day and good on it."""
    on = known.ask.on
    if fact.type != "permit" or fact.member != known.ask.territory or fact.decided_on > on:
        return False
    withdrawn = (act.type == "withdrawal" and act.decided_on <= on for act in known.acts_on(fact))
    return not ended_by(fact.until, on) and not any(withdrawn)
