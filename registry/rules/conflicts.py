"""One measure, several causes and rules; incentives beside punishments.

The policies carry their DMN-like names: ``longest`` (the longest-running cause leads), ``once``
(one application from the first cause to the last), ``most_severe`` (the gravest record leads),
``best_once`` (the best incentive, once). A measure is lifted only when its last cause ends. The
order is total, so a tie is never left to chance: what is active before what is suspended, the
stronger effect first, then the policy, then the order of the book and of the logs.
"""

from collections.abc import Sequence
from datetime import date

from msgspec import Struct

from registry.rules.compiled import CompiledRule, CompiledUse, severity_of
from registry.rules.model import Adoption, Fact, Suspension
from registry.rules.stops import Life
from registry.rules.wording import YIELDS

_STRENGTH = {
    effect: rank
    for rank, effect in enumerate(
        ("bar", "restrict", "consider", "manage", "autonomous", "favour", "notice")
    )
}
_GRAVITY = {"serious": 0, "general": 1, "minor": 2}
BURDENS = frozenset({"bar", "restrict", "consider", "manage"})


class Hit(Struct, frozen=True, gc=False):
    """A measure that a rule draws from one record; ``until`` is this measure's own end.

    ``began`` is the record's own beginning: that of the measure is later where several count.
    """

    rule: CompiledRule
    use: CompiledUse
    fact: Fact
    life: Life
    until: date | None
    adoption: Adoption
    suspensions: tuple[Suspension, ...]
    began: date


class Merged(Struct, frozen=True, gc=False):
    """One measure after its conflict policy: the leading hit, the period, all its causes."""

    lead: Hit
    start: date
    until: date | None
    causes: tuple[Hit, ...]
    suspensions: tuple[Suspension, ...]


def _ordinal(until: date | None) -> int:
    return (until or date.max).toordinal()


def _rank(hit: Hit) -> tuple[bool, int, int, int]:
    """Sort key of hits on one measure; the sort is stable over the order of logs and book."""
    policy = hit.use.policy
    if policy == "once":
        by_policy = hit.life.start.toordinal()
    elif policy == "most_severe":
        by_policy = _GRAVITY.get(severity_of(hit.fact), len(_GRAVITY))
    else:
        by_policy = -_ordinal(hit.until)
    return (bool(hit.suspensions), _STRENGTH[hit.use.effect], by_policy, hit.use.order)


def apply_policy(hits: Sequence[Hit]) -> Merged:
    """Return what becomes of all hits on one measure (at least one)."""
    lead = hits[0]
    if len(hits) == 1:
        return Merged(lead, lead.life.start, lead.until, (lead,), lead.suspensions)
    ranked = sorted(hits, key=_rank)
    lead = ranked[0]
    if lead.use.policy in {"most_severe", "best_once"}:
        counted = tuple(hit for hit in ranked if hit.rule is lead.rule and lead.rule.count)
        return Merged(lead, lead.life.start, lead.until, counted or (lead,), lead.suspensions)
    alike = tuple(
        hit
        for hit in ranked
        if hit.use.effect == lead.use.effect and bool(hit.suspensions) == bool(lead.suspensions)
    )
    until = max((hit.until for hit in alike), key=_ordinal)
    suspensions = tuple(dict.fromkeys(s for hit in alike for s in hit.suspensions))
    return Merged(lead, lead.life.start, until, alike, suspensions)


def yield_to_punishment(merged: Sequence[Merged]) -> list[Merged]:
    """Suspend incentives in a matter in which the same subject is burdened at that time."""
    if not any(one.lead.rule.reward for one in merged):
        return [*merged]
    burdens = [
        one
        for one in sorted(merged, key=_book_order)
        if not one.lead.rule.reward and not one.suspensions and one.lead.use.effect in BURDENS
    ]
    return [_yielding(one, burdens) if one.lead.rule.reward else one for one in merged]


def _book_order(one: Merged) -> int:
    return one.lead.use.order


def _suspends(burden: Merged, one: Merged) -> bool:
    """Tell whether an incentive yields to a burden: one matter, and either rule says so."""
    mine, theirs = one.lead.rule.rule.conflict, burden.lead.rule.rule.conflict
    agreed = mine.with_punishment != "none" or theirs.with_incentives != "none"
    return agreed and burden.lead.use.matter == one.lead.use.matter


def _yielding(one: Merged, burdens: Sequence[Merged]) -> Merged:
    """Return an incentive as suspended by the first burden of the book to which it yields."""
    burden = next((burden for burden in burdens if _suspends(burden, one)), None)
    if burden is None or not one.lead.use.key:
        return one
    why = f"{YIELDS}：{burden.lead.use.name}"
    by = Suspension("measure", why, burden.lead.fact.ref, burden.until)
    return Merged(one.lead, one.start, one.until, one.causes, (*one.suspensions, by))
