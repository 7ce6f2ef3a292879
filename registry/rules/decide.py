"""What applies to this subject, here, in this matter, on this day, and why.

A pure function of its arguments: equal inputs give equal bytes, in whatever order the facts and
adoptions come. The numbered steps are the order in which a lawyer would ask. The software decides
nothing in an organ's place: what it gives is 措施适用提示.
"""

from collections.abc import Mapping, Sequence
from datetime import date
from types import MappingProxyType

import msgspec

from registry.domain.calendar import DAY
from registry.rules.catalogue import listed_here
from registry.rules.compiled import (
    CompiledBook,
    CompiledCount,
    CompiledRule,
    CompiledUse,
    record_of,
    severity_of,
)
from registry.rules.conflicts import Hit, Merged, apply_policy, yield_to_punishment
from registry.rules.counts import Counted, counted, enough, lives_of
from registry.rules.model import (
    Adoption,
    AdoptionIndex,
    AppliedMeasure,
    Ask,
    Decision,
    Fact,
    FactRef,
    NotApplied,
    Suspension,
    in_force,
)
from registry.rules.reach import Cause, elsewhere, mentioned, named, of_kind
from registry.rules.stops import Known, Life, ended_by, fails
from registry.rules.wording import (
    RULE_PAUSED,
    RULE_STAYED,
    cause_zh,
    explain_zh,
    no_rule_zh,
    not_adopted_zh,
    not_allowed_zh,
    not_covered_zh,
    not_here_zh,
    not_in_force_zh,
    not_listed_zh,
    other_organ_zh,
    too_few_zh,
)

NO_INPUTS: Mapping[str, str] = MappingProxyType({})
_SAID = frozenset({"not-adopted", "not-in-local-list", "not-in-catalogue", "kind-not-covered"})
ORGANISATION, TRADER = "organisation", "sole_trader"


# By which adoption a rule applies here, what suspends it, which measures (None = all).
Standing = tuple[Adoption, tuple[Suspension, ...], frozenset[int] | None]


class _Run:
    """One decision on its way: the question, what is known, what was found so far."""

    __slots__ = (
        *("adopted", "ask", "book", "counts", "hits", "known", "members", "passed", "refused"),
        "standings",
    )

    def __init__(
        self,
        book: CompiledBook,
        adopted: Mapping[str, tuple[Adoption, ...]],
        known: Known,
        members: Mapping[str, str],
    ) -> None:
        self.book = book
        self.adopted = adopted
        self.known = known
        self.ask = known.ask
        self.members = members
        self.hits: dict[str, list[Hit]] = {}
        self.counts: dict[CompiledRule, tuple[CompiledCount, list[Counted]]] = {}
        self.passed: list[tuple[CompiledRule, str, Cause]] = []
        self.refused: list[NotApplied] = []
        self.standings: dict[CompiledRule, Standing | None] = {}

    def refuse(self, rule: CompiledRule, measure: str, code: str, zh: str) -> None:
        """Note that a rule or measure with an open cause does not apply here, and why."""
        self.refused.append(NotApplied(rule.key, rule.edition, measure, code, zh))

    def place(self) -> str:
        """Return the name of the territory asked about."""
        return self.members.get(self.ask.territory, self.ask.territory)


def _weigh_fact(fact: Fact, run: _Run) -> None:
    """Weigh one record against the rules it can trigger."""
    direct = fact.subject_id == run.ask.subject_id
    if not direct and not fact.named_persons:
        return
    by_field = run.book.index.get((record_of(fact), fact.list, fact.organ_kind))
    if by_field is None:
        return
    traits = (fact.provenance, severity_of(fact))
    cause = Cause(fact, run.known, direct=direct)
    for rule in by_field.get(fact.field, by_field[""]):
        if traits in rule.traits and (rule.any_kind or of_kind(rule, fact)):
            _weigh_rule(rule, cause, run)


def _weigh_rule(rule: CompiledRule, cause: Cause, run: _Run) -> None:
    """Weigh a record against a rule whose trigger it is."""
    ask, fact = run.ask, cause.fact
    kind = ask.subject_kind
    reached = kind in rule.parties if cause.direct else named(rule, fact, ask)
    uncovered = not reached and cause.direct and kind == TRADER and ORGANISATION in rule.parties
    if not (reached or uncovered):
        if cause.direct or mentioned(fact, ask):
            run.passed.append((rule, "not-reached", cause))
        return
    uses = _uses(rule, ask, ORGANISATION if uncovered else kind)
    if not uses:
        run.passed.append((rule, "no-measure", cause))
        return
    alive = cause.life(rule.clock)
    if alive is None:
        return
    away = elsewhere(rule, fact, run.known) if ask.nexus or not rule.plain else ""
    if uncovered or away:
        _pass_over(rule, alive, away, run)
    elif rule.count is None:
        _take(rule, fact, alive, uses, run)
    elif (one := counted(rule.count, fact, alive, uses, ask.on)) is not None:
        run.counts.setdefault(rule, (rule.count, []))[1].append(one)


def _uses(rule: CompiledRule, ask: Ask, kind: str) -> tuple[CompiledUse, ...]:
    """Return the measures for the matter and subject, and the notice for an organ without any."""
    uses = rule.by_matter.get((ask.matter, kind), ())
    if rule.notice is None or not ask.organ_kind or ask.organ_kind in rule.organs:
        return uses
    return (*uses, rule.notice)


def _standing(rule: CompiledRule, run: _Run) -> Standing | None:
    """Return how a rule stands here, None when it does not apply at all; worked out once."""
    if rule not in run.standings:
        run.standings[rule] = _stands(rule, run)
    return run.standings[rule]


def _stands(rule: CompiledRule, run: _Run) -> Standing | None:
    adoption = in_force(run.adopted.get(rule.key, ()), run.ask.on)
    if adoption is None or adoption.edition != rule.edition:
        unknown = adoption is None or adoption.edition not in run.book.editions[rule.key]
        if rule.latest and unknown:
            zh = not_adopted_zh(run.place(), rule.key, rule.edition)
            run.refuse(rule, "", "not-adopted", zh)
        return None
    suspensions: tuple[Suspension, ...] | None = ()
    if rule.tests or adoption.stays or rule.paused_from is not None:
        suspensions = _suspensions(rule, adoption, run)
    if suspensions is None:
        return None
    return adoption, suspensions, _permitted(rule, adoption, run)


def _suspensions(
    rule: CompiledRule, adoption: Adoption, run: _Run
) -> tuple[Suspension, ...] | None:
    """Return what suspends a rule here and now; None when a condition excludes it altogether."""
    found: list[Suspension] = []
    if rule.paused_from is not None and rule.paused_from <= run.ask.on:
        found.append(Suspension("watch", RULE_PAUSED))
    found += [
        Suspension("adoption", RULE_STAYED, stay.ref, stay.until)
        for stay in adoption.stays
        if stay.start <= run.ask.on and (stay.until is None or run.ask.on < stay.until)
    ]
    for test in rule.tests:
        failed = fails(run.book, test, run.known)
        if failed is None:
            continue
        if not rule.suspends:
            run.refuse(rule, "", "condition-fails", failed.why)
            return None
        found.append(failed)
    return tuple(found)


def _permitted(rule: CompiledRule, adoption: Adoption, run: _Run) -> frozenset[int] | None:
    """Return the measures that the member's act and the bases carry on the day; None = all."""
    ask, allows = run.ask, adoption.allows
    ended = ended_by(rule.in_force_until, ask.on)
    plain = allows is None and not rule.local and not rule.listed
    if plain and rule.in_force_from <= ask.on and not ended:
        return None
    permitted: set[int] = set()
    for use in rule.by_matter.get(("", ask.subject_kind), ()):
        named = use.key in allows if allows is not None else not use.local_basis
        if not named:
            zh = not_allowed_zh(run.place(), use.short, incentive=rule.reward)
            run.refuse(rule, use.key, "not-in-local-list", zh)
        elif use.in_force_from > ask.on or ended_by(use.in_force_until, ask.on):
            zh = not_in_force_zh(use.short, use.basis)
            run.refuse(rule, use.key, "basis-not-in-force", zh)
        elif use.listed is not None and not listed_here(use.listed, ask.territory, ask.on):
            zh = not_listed_zh(run.place(), use.short)
            run.refuse(rule, use.key, "not-in-catalogue", zh)
        else:
            permitted.add(use.order)
    return frozenset(permitted)


def _take(
    rule: CompiledRule,
    fact: Fact,
    alive: Life,
    uses: tuple[CompiledUse, ...],
    run: _Run,
    began: date | None = None,
) -> None:
    """Take from an open cause the measures that its rule, adopted here, allows."""
    on = run.ask.on
    if ended_by(alive.until, on):
        # Repaired: only measures with a term of their own live on, and if there are none, nothing
        # may be said at all, not even that the rule was not adopted.
        uses = tuple(use for use in uses if not use.ends_on_repair)
    standing = _standing(rule, run) if uses else None
    if standing is None:
        return
    adoption, weighing, permitted = standing
    suspensions = alive.suspensions + weighing
    for one in uses:
        use = one if one.second is None else one.on(on)
        if permitted is None or not use.key or use.order in permitted:
            until = alive.until if use.ends_on_repair else alive.unrepaired
            hit = Hit(rule, use, fact, alive, until, adoption, suspensions, began or alive.start)
            run.hits.setdefault(use.group, []).append(hit)


def _pass_over(rule: CompiledRule, alive: Life, away: str, run: _Run) -> None:
    """Say why a rule that holds here says nothing: the record does not matter here, or the kind.

    A rule written for organisations says nothing about a sole trader: whether 用人单位 or 当事人 of
    the instrument takes them in is not for software to settle, and silence would read as "nothing
    applies".
    """
    ended = ended_by(alive.until, run.ask.on)
    if ended or _standing(rule, run) is None:
        return
    if away:
        run.refuse(rule, "", away, not_here_zh(run.place(), rule.key, away))
    else:
        run.refuse(rule, "", "kind-not-covered", not_covered_zh(rule.key, rule.edition))


def _take_counted(
    rule: CompiledRule, count: CompiledCount, counts: list[Counted], run: _Run
) -> None:
    """Take the measures of a rule that counts from all it counts, or say there are too few."""
    if enough(count, counts):
        for one, alive in lives_of(count, counts):
            _take(rule, one.fact, alive, one.uses, run, one.start)
    elif _standing(rule, run) is not None:
        zh = too_few_zh(rule.key, count.number, count.cities, len(counts))
        run.refuse(rule, "", "too-few", zh)


def _tell_passed(run: _Run) -> None:
    """Say why open records of a rule adopted here do nothing, if nothing else is said of it.

    It does not reach the subject, or has no measure in the matter.
    """
    told = {hit.rule for hits in run.hits.values() for hit in hits}
    keys = {rule.key for rule in told} | {one.rule for one in run.refused}
    for rule, code, cause in run.passed:
        if rule.key in keys or rule.hushes(code, run.ask.matter):
            continue
        adoption = in_force(run.adopted.get(rule.key, ()), run.ask.on)
        if adoption is None or adoption.edition != rule.edition:
            continue
        alive = cause.life(rule.clock)
        if alive is not None and not ended_by(alive.until, run.ask.on):
            keys.add(rule.key)
            run.refuse(rule, "", code, not_here_zh(run.place(), rule.key, code))


def _competent(one: Merged, run: _Run) -> bool:
    """Tell whether the organ that asks may act on a measure; else note whose it is."""
    organ, use = run.ask.organ_kind, one.lead.use
    if not organ or not use.key or organ in use.organs:
        return True
    run.refuse(one.lead.rule, use.key, "other-organ", other_organ_zh(use.short, use.organ))
    return False


def _applied(one: Merged, ask: Ask) -> AppliedMeasure:
    """Return a measure with everything that must be said beside it.

    The common case, one cause and nothing upon it, takes the words of the book as they stand.
    """
    lead, until, suspensions = one.lead, one.until, one.suspensions
    use = lead.use
    refs: tuple[FactRef, ...] = (lead.fact.ref,)
    text = cause_zh(lead.fact, lead.rule.rule, lead.began)
    why = use.why
    if len(one.causes) > 1:
        refs = tuple(dict.fromkeys(hit.fact.ref for hit in one.causes))
        texts = [cause_zh(hit.fact, hit.rule.rule, hit.began) for hit in one.causes]
        text = "；".join(dict.fromkeys(texts))
    if suspensions or any(hit.life.marks for hit in one.causes):
        marks = (mark for hit in one.causes for mark in hit.life.marks)
        words = (suspension.why for suspension in suspensions)
        why = tuple(dict.fromkeys((*why, *marks, *words)))
    said = use.said[ask.subject_kind]
    if not use.key:
        said = said._replace(organ=ask.organ_kind, matter=ask.matter)
    return AppliedMeasure(
        *said,
        "suspended" if suspensions else "active",
        why,
        lead.adoption,
        one.start,
        until - DAY if until is not None else None,
        until,
        refs,
        text,
        suspensions,
    )


def decide(
    book: CompiledBook,
    adoptions: Sequence[Adoption],
    facts: Sequence[Fact],
    ask: Ask,
    members: Mapping[str, str],
    inputs: Mapping[str, str] = NO_INPUTS,
) -> Decision:
    """Return what applies and why; ``members`` names territories, ``inputs`` further digests.

    Pass an ``AdoptionIndex`` to index the adoptions once for many decisions.
    """
    index = adoptions if isinstance(adoptions, AdoptionIndex) else AdoptionIndex(adoptions)
    # 1. Which records are there, and what acts upon them?
    known = Known(facts, ask)
    run = _Run(book, index.of_member(ask.territory), known, members)
    # 2. Which concern the subject, which rules do they trigger, are these adopted here?
    for fact in known.causes:
        _weigh_fact(fact, run)
    for rule, (count, counts) in run.counts.items():
        _take_counted(rule, count, counts, run)
    if run.passed:
        _tell_passed(run)
    # 3. One measure each, by its conflict policy; incentives yield in a burdened matter.
    merged = yield_to_punishment([apply_policy(hits) for hits in run.hits.values()])
    # 4. Whose is it, and what must be said with it?
    merged.sort(key=_book_order)
    measures = tuple([_applied(one, ask) for one in merged if _competent(one, run)])
    refused = tuple(dict.fromkeys(run.refused))
    says = tuple([one.zh for one in refused if one.code in _SAID])
    if not measures and not says:
        says = no_rule_zh(book.matters, ask, members)
    named = {**inputs, "rulebook": book.digest, "adoptions": index.digest}
    return Decision(ask, measures, refused, says, named)


def _book_order(one: Merged) -> int:
    return one.lead.use.order


def decision_bytes(decision: Decision) -> bytes:
    """Return the canonical JSON of a decision: sorted members, UTF-8, no spaces, no floats."""
    return msgspec.json.encode(decision, order="sorted")


__all__ = [
    "Adoption",
    "AdoptionIndex",
    "AppliedMeasure",
    "Ask",
    "Decision",
    "Fact",
    "NotApplied",
    "decide",
    "decision_bytes",
    "explain_zh",
]
