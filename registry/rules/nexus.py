"""Why a subject concerns a territory: only then does anybody there have to look at a record.

Checked where a matter is handled, pushed only where there is a nexus (domain ruling 7).
"""

from registry.rules.compiled import CompiledRule
from registry.rules.instruments import reaches
from registry.rules.model import Fact
from registry.rules.stops import Known, ended_by


def elsewhere(rule: CompiledRule, fact: Fact, known: Known) -> str:
    """Say by a code why record or subject do not concern this territory; empty = they do."""
    ask = known.ask
    if rule.here_only and fact.member != ask.territory:
        return "stated-elsewhere"
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
