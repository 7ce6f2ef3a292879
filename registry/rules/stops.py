"""How long a cause lives: anchors, acts upon the record, and the four ways to stop.

end, suspend, as-if-never, hidden; ``none`` leaves a mark only. A stopped cause yields nothing at
all, so that no answer can tell an ended record from one that never existed.
"""

from collections.abc import Sequence
from datetime import date
from operator import attrgetter

from msgspec import Struct

from registry.domain.periods import next_day, term_end
from registry.rules.compiled import Clock, CompiledBook, CompiledTest, record_of, severity_of
from registry.rules.model import Ask, Fact, FactRef, Suspension

ACTS = frozenset(
    {
        "list_exit",
        "repair",
        "withdrawal",
        "stay",
        "objection",
        "objection_upheld",
        "reorganisation_shield",
    }
)
REPAIRING = frozenset({"list_exit", "repair"})  # early removal from a list is a form of repair
_LASTING = frozenset({"stay", "objection", "reorganisation_shield"})
_ENDING = frozenset({"end", "as_if_never_from_that_day"})
_VANISHING = frozenset({"hidden", "as_if_never_from_that_day"})
_NO_ACTS: tuple[Fact, ...] = ()
_log_order = attrgetter("ref.origin", "ref.idx", "ref.id")

_DEPTH = 8
"""Withdrawals of withdrawals looked into; ids and entries cannot form a ring, so this is enough."""

Place = tuple[str, str, str]


class Life(Struct, frozen=True, gc=False):
    """An open cause: its period, with and without repair, and what weighs on it."""

    start: date
    until: date | None
    unrepaired: date | None
    suspensions: tuple[Suspension, ...] = ()
    marks: tuple[str, ...] = ()


class Known:
    """The facts of one question, in log order, with the acts upon each."""

    __slots__ = ("_acts", "ask", "causes")

    def __init__(self, facts: Sequence[Fact], ask: Ask) -> None:
        """Order the facts (so that the answer does not depend on theirs) and index the acts."""
        self.ask = ask
        ordered = sorted(facts, key=_log_order)
        self.causes = [fact for fact in ordered if fact.type not in ACTS]
        self._acts: dict[Place, tuple[Fact, ...]] = {}
        if len(self.causes) != len(ordered):
            self._index([fact for fact in ordered if fact.type in ACTS])

    def _index(self, acts: list[Fact]) -> None:
        """Index acts by target; an act that was itself withdrawn by the day does not count."""
        targets = [(act, _place(act.target)) for act in acts if act.target is not None]
        withdrawals: dict[Place, list[Place]] = {}
        for act, target in targets:
            if act.type == "withdrawal" and act.decided_on <= self.ask.on:
                withdrawals.setdefault(target, []).append(_place(act.ref))

        def stands(place: Place, depth: int = 0) -> bool:
            """Tell whether no withdrawal of it stands (each may itself be withdrawn)."""
            return depth > _DEPTH or not any(
                stands(one, depth + 1) for one in withdrawals.get(place, ())
            )

        for act, target in targets:
            if stands(_place(act.ref)):
                self._acts[target] = (*self._acts.get(target, ()), act)

    def acts_on(self, fact: Fact) -> tuple[Fact, ...]:
        """Return the acts upon a record, in log order."""
        return self._acts.get(_place(fact.ref), _NO_ACTS) if self._acts else _NO_ACTS

    def next_list(self, fact: Fact, published: date) -> date | None:
        """Return when the next list was published: a later entry of the same list.

        One of the subject itself, or in a later year one of the same organ about anybody: who is
        added to a list in the course of its year does not end the places of the others.
        """
        later = (
            other.published_on
            for other in self.causes
            if other.list == fact.list
            and other.type == fact.type
            and other.published_on is not None
            and other.published_on > published
            and (
                other.subject_id == fact.subject_id
                or (other.authority == fact.authority and other.published_on.year > published.year)
            )
        )
        return min(later, default=None)


def _place(ref: FactRef) -> Place:
    """Return what names a record: an act need not know the index of its target."""
    return (ref.origin, ref.id, ref.entry)


def first(one: date | None, other: date | None) -> date | None:
    """Return the earlier of two ends, None being no end."""
    if one is None or other is None:
        return one or other
    return min(one, other)


def ended_by(until: date | None, on: date) -> bool:
    """Tell whether a half-open period has ended by a day, None being no end."""
    return until is not None and until <= on


def life(clock: Clock, fact: Fact, acts: tuple[Fact, ...], known: Known) -> Life | None:
    """Return the life of a cause by a clock, None when it does not live on the day asked."""
    on = known.ask.on
    start: date | None = getattr(fact, clock.start)
    if start is None or start > on:
        return None
    if clock.imposed and clock.term is None and fact.effective_until is None:
        return None  # the decision imposes nothing that has a term
    until = _own_end(clock, fact, start)
    if clock.at_most is not None:
        until = first(until, term_end(start, clock.at_most))
    if clock.next_list and fact.published_on is not None:
        until = first(until, known.next_list(fact, fact.published_on))
    if ended_by(until, on):
        return None
    alive = Life(start, until, until)
    return _acted_upon(clock, acts, alive, on) if acts else alive


def _own_end(clock: Clock, fact: Fact, start: date) -> date | None:
    """Return when a record ends by itself: the first of what it states, or else the rule's term."""
    listed = fact.listed_until if clock.own_end else None
    imposed = fact.effective_until if clock.imposed else None
    if imposed is not None:
        # What a decision imposes runs to its own day, however long the record is displayed.
        until = next_day(imposed)
        return until if listed is None else first(until, next_day(listed))
    if listed is not None:
        return first(next_day(listed), fact.until)
    until = term_end(start, clock.term) if clock.term is not None else None
    return first(until, fact.until)


def _in_force(act: Fact, dated: str) -> tuple[date, date | None]:
    """Return the half-open period of an act: a closing act lasts, a stay or objection may end."""
    if act.type in _LASTING:
        return act.start or act.decided_on, act.until
    named = act.effective_on if dated == "effective_on" else None
    return named or act.decided_on, None


def _acted_upon(clock: Clock, acts: tuple[Fact, ...], alive: Life, on: date) -> Life | None:
    """Apply the acts upon a record in the ways the rule names."""
    until, unrepaired = alive.until, alive.unrepaired
    suspensions: list[Suspension] = []
    marks: list[str] = []
    for act in acts:
        stop = clock.stops.get(act.type)
        if stop is None:
            continue
        start, end = _in_force(act, stop.dated)
        if stop.effect in _ENDING:
            until = first(until, start)
            unrepaired = unrepaired if act.type in REPAIRING else first(unrepaired, start)
        if start > on or (end is not None and end <= on):
            continue
        if stop.effect in _VANISHING:
            return None
        if stop.effect == "suspend":
            suspensions.append(Suspension(act.type, stop.words, act.ref, end))
        elif stop.effect == "none":
            marks.append(stop.words)
    if ended_by(unrepaired, on):
        return None
    return Life(alive.start, until, unrepaired, tuple(suspensions), tuple(marks))


def fails(book: CompiledBook, test: CompiledTest, known: Known) -> Suspension | None:
    """Return what makes a condition fail: the first open record of the subject that it names.

    A record that was exited, repaired, withdrawn or successfully objected to is not open, nor is
    one whose execution is stayed: to act on it would be to execute it.
    """
    for fact in known.causes:
        mine = fact.subject_id == known.ask.subject_id
        if mine and _meets(test, fact) and _open(book, fact, known):
            return Suspension(test.record, test.why, fact.ref)
    return None


def _meets(test: CompiledTest, fact: Fact) -> bool:
    """Tell whether a record is of the kind a condition names."""
    if record_of(fact) != test.record or (test.list and fact.list != test.list):
        return False
    if test.field and fact.field != test.field:
        return False
    return not test.severities or severity_of(fact) in test.severities


def _open(book: CompiledBook, fact: Fact, known: Known) -> bool:
    """Tell whether a record is open on the day asked."""
    on = known.ask.on
    start = fact.listed_on or fact.decided_on
    term = book.terms.get((record_of(fact), fact.list))
    until = fact.until
    if fact.listed_until is not None:
        until = first(until, next_day(fact.listed_until))
    elif term is not None:
        until = first(until, term_end(start, term))
    if start > on or ended_by(until, on):
        return False
    for act in known.acts_on(fact):
        begins, ends = _in_force(act, _OPEN_DATES.get(act.type, "effective_on"))
        if act.type != "objection" and begins <= on and (ends is None or on < ends):
            return False
    return True


_OPEN_DATES = {"withdrawal": "decided_on"}
