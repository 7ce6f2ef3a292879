"""What becomes of a record: the acts on it and a day decide, nothing is stored.

So it cannot be out of date, and a late message changes every answer at once. Order of weight, from
the heaviest: withdrawn, repaired, amended, shielded, exited, expired. Objections and stays do not
hide a record (Order 36: an appeal does not suspend display); they mark it.
"""

from collections.abc import Iterator, Sequence
from datetime import date
from typing import Final, Literal, Protocol, Self

from msgspec import UNSET

from registry.domain.disclosure import State
from registry.domain.records import (
    Act,
    Amendment,
    AnyRecord,
    ListEntry,
    ListExit,
    Objection,
    ObjectionOutcome,
    Performance,
    ReorganisationShield,
    Repair,
    Stay,
    Withdrawal,
)

Mark = Literal["objected", "stayed", "reorganisation", "kept", "partly_kept", "broken"]
"""What stands beside a record that is shown; the last three are how a commitment was kept."""


class Acted(Protocol):
    """A record with the acts on it, each with the acts on that."""

    @property
    def record(self) -> AnyRecord:
        """The record."""
        ...

    @property
    def competent(self) -> bool:
        """Whether an act may take effect: same log and authority, or named by the charter."""
        ...

    @property
    def acts(self) -> Sequence[Self]:
        """The acts on it, in the order of the log."""
        ...


def state_on(one: Acted, day: date) -> State:
    """Return what has become of a record on a day."""
    record = one.record
    if isinstance(record, Act) and not one.competent:
        return "not-competent-act"
    if not one.acts and not isinstance(record, ListEntry):
        return "standing"
    counting = [act for act in one.acts if counts_on(act, day, upon=record)]
    ended = {ending for act in counting for ending in _endings(act, day)}
    for state in _BY_WEIGHT:
        if state in ended:
            return state
    until = record.listed_until if isinstance(record, ListEntry) else UNSET
    return "expired" if until is not UNSET and until < day else "standing"


_TAKEN_BACK: Final = frozenset({"withdrawn", "amended"})
_BY_WEIGHT: Final[tuple[State, ...]] = ("withdrawn", "repaired", "amended", "shielded", "exited")


def _endings(act: Acted, day: date) -> Iterator[State]:
    """Give what an act that counts makes of its target."""
    match act.record:
        case Withdrawal():
            yield "withdrawn"
        case Repair():
            yield "repaired"
        case Amendment():
            yield "amended"
        case ReorganisationShield(mode="hidden"):
            yield "shielded"
        case ListExit():
            yield "exited"
        case Objection(about="record") if any(
            outcome.consequence == "removed" for outcome in outcomes_of(act, day)
        ):
            yield "withdrawn"
        case _:
            pass


def begins_upon(record: Act, upon: AnyRecord | None) -> date:
    """Return the first day of an act's effect upon a record."""
    if isinstance(record, Withdrawal) and not isinstance(upon, Act):
        # Nobody shows what its own organ has withdrawn; of an act that would show the sooner.
        return min(record.begins, record.decided_on)
    return record.begins


def counts_on(act: Acted, day: date, upon: AnyRecord | None = None) -> bool:
    """Tell whether an act has effect on a day: competent, begun, not over, and not taken back.

    ``upon`` is the record it acts on, where that matters.
    """
    record = act.record
    if not isinstance(record, Act) or not act.competent:
        return False
    last = record.until if isinstance(record, Stay | ReorganisationShield) else UNSET
    if begins_upon(record, upon) > day or (last is not UNSET and last < day):
        return False
    return state_on(act, day) not in _TAKEN_BACK


def outcomes_of(objection: Acted, day: date) -> tuple[ObjectionOutcome, ...]:
    """Return the outcomes of an objection that are in effect on a day."""
    return tuple(
        act.record
        for act in objection.acts
        if isinstance(act.record, ObjectionOutcome) and counts_on(act, day)
    )


def marks_on(one: Acted, day: date) -> tuple[Mark, ...]:
    """Return what must stand beside a record on a day, each mark once."""
    marks: dict[Mark, None] = {}
    for act in one.acts:
        if counts_on(act, day):
            for mark in _marks(act, day):
                marks[mark] = None
    return tuple(marks)


def _marks(act: Acted, day: date) -> Iterator[Mark]:
    match act.record:
        case Objection() if not outcomes_of(act, day):
            yield "objected"
        case Stay():
            yield "stayed"
        case ReorganisationShield(mode="statement"):
            yield "reorganisation"
        case Performance(result=result):
            yield result
        case _:
            pass
