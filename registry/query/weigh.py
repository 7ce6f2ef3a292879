"""What is weighed in a decision, and named in it: never more than its asker may know.

A record that acts on one that is shown counts even where the asker may not read it (an objection,
a stay): of such an act only its dates are kept, and only if the answer would be another without
it. So neither an answer nor the file it is saved in tells of an act that has no bearing on it.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence

import msgspec

from registry.query.inputs import records_digest, refs_of
from registry.query.show import Sight
from registry.query.views import RulebookView
from registry.rules.decide import decide
from registry.rules.model import Ask, Decision, Fact, FactRef
from registry.store.reading_files import Stated

NO_BOOK = "本区域在该日期没有可用的规则汇编，无法给出措施适用提示。"

Weighed = tuple[Decision, tuple[Fact, ...]]


def plain_facts(facts: Iterable[Fact], seen: Iterable[Stated], sight: Sight) -> tuple[Fact, ...]:
    """Return facts without what their asker may not read: persons, and the words of unseen acts.

    Beside each stands until when it is shown to him, where that ends.
    """
    shown = {(one.origin, one.row.idx): one for one in seen}
    return tuple(_plain(fact, shown.get((fact.ref.origin, fact.ref.idx)), sight) for fact in facts)


def _plain(fact: Fact, one: Stated | None, sight: Sight) -> Fact:
    if one is None:
        return _only_dates(fact)
    until = sight.shown_until(one)
    if until is not None:
        fact = msgspec.structs.replace(fact, shown_until=until)
    if fact.named_persons and sight.readable(one) is not one.record:
        fact = msgspec.structs.replace(fact, named_persons=())
    return fact


def weigh(
    book: RulebookView | None,
    facts: Sequence[Fact],
    ask: Ask,
    places: Mapping[str, str],
    inputs: dict[str, str],
    unseen: frozenset[FactRef],
) -> Weighed:
    """Return the decision and the facts it was made from; ``unseen`` are acts not to be told of."""
    if book is None:
        named = {**inputs, "records": records_digest(())}
        return Decision(ask, (), (), (NO_BOOK,), named), ()

    def decided(given: Sequence[Fact]) -> Decision:
        return decide(book.book, book.adoptions, given, ask, places, inputs)

    decision, used = decided(facts), tuple(facts)
    doubtful = [fact for fact in facts if fact.ref in unseen]
    if doubtful:
        needless = _needless(facts, doubtful, lambda given: decided(given) == decision)
        used = tuple(fact for fact in facts if fact.ref not in needless)
    named = {**decision.inputs, "records": records_digest(refs_of(used))}
    return msgspec.structs.replace(decision, inputs=named), used


def _needless(
    facts: Sequence[Fact], doubtful: Sequence[Fact], same: Callable[[Sequence[Fact]], bool]
) -> frozenset[FactRef]:
    """Return which of the doubtful facts can be left out, all together, without any difference.

    By halves: as a rule all of them can, or all but one or two.
    """
    dropped: frozenset[FactRef] = frozenset()
    waiting = [list(doubtful)]
    while waiting:
        part = waiting.pop()
        without = dropped | {fact.ref for fact in part}
        if same([fact for fact in facts if fact.ref not in without]):
            dropped = without
        elif len(part) > 1:
            half = len(part) // 2
            waiting += [part[half:], part[:half]]
    return dropped


def _only_dates(fact: Fact) -> Fact:
    """Return what an act does and when, without who did it and why."""
    return Fact(
        ref=fact.ref,
        type=fact.type,
        subject_id=fact.subject_id,
        subject_kind=fact.subject_kind,
        decided_on=fact.decided_on,
        effective_on=fact.effective_on,
        start=fact.start,
        until=fact.until,
        target=fact.target,
    )
