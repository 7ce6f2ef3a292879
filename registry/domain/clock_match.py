"""Which clocks of a step are for a record, by what it states; what it leaves open is a doubt.

A record that does not say what a clock asks for (its class, field, procedure or place) is never
taken to say the convenient thing: the clock is given as doubtful, or another one is.
"""

from collections.abc import Iterable, Iterator

from msgspec import Struct

from registry.domain.clock_book import Clock
from registry.domain.clock_facts import Facts

UNCLASSED = frozenset({"no-class", "no-clock-for-class"})
"""Doubts with which no day can be given."""


class Match(Struct, frozen=True):
    """A clock that is for the record, and what is doubtful about that."""

    clock: Clock
    doubts: tuple[str, ...] = ()


def matches(clocks: Iterable[Clock], facts: Facts) -> tuple[Match, ...]:
    """Return the first clock of each kind that is for the record; one that stands alone, alone."""
    found: dict[str, Match] = {}
    classless: dict[str, Match] = {}
    open_: dict[str, list[str]] = {}
    for clock in clocks:
        if clock.kind in found or _is_for_others(clock, facts):
            continue
        fits, doubts = _stated(clock, facts)
        carried = open_.setdefault("" if clock.alone else clock.kind, [])
        if not fits:
            carried += doubts
            if doubts == ("no-clock-for-class",):
                classless.setdefault(clock.kind, Match(clock, doubts))
            continue
        before = (*open_.get("", ()), *open_[clock.kind]) if not clock.alone else ()
        found[clock.kind] = Match(clock, tuple(dict.fromkeys((*_known(before), *doubts))))
        if clock.alone:
            return (found[clock.kind],)
    return tuple((classless | found).values())


def _known(doubts: Iterable[str]) -> Iterator[str]:
    """Yield what was left open by clocks passed over; that a class was another's is not that."""
    return (doubt for doubt in doubts if doubt != "no-clock-for-class")


def _is_for_others(clock: Clock, facts: Facts) -> bool:
    """Say whether what the record states rules the clock out."""
    listed = facts.type == "list_entry"
    return any(
        (
            clock.types and facts.type not in clock.types,
            clock.lists and facts.list not in clock.lists,
            clock.families and listed and facts.family not in clock.families,
            clock.classes and facts.severity is None,
            clock.market and not facts.market,
            clock.only_kinds and not facts.kinds.issubset(clock.only_kinds),
            clock.any_kinds and facts.kinds.isdisjoint(clock.any_kinds),
            clock.not_only_kinds and facts.kinds.issubset(clock.not_only_kinds),
            clock.fields and facts.field is not None and facts.field not in clock.fields,
            clock.procedures and facts.procedure not in (None, *clock.procedures),
            clock.provinces
            and facts.same_province is not None
            and facts.same_province != (clock.provinces == "same"),
        )
    )


def _stated(clock: Clock, facts: Facts) -> tuple[bool, tuple[str, ...]]:
    """Say whether the clock is taken, with what the record leaves open about that."""
    if clock.classes and facts.severity == "unclassified":
        return True, ("no-class",)
    if clock.classes and facts.severity not in clock.classes:
        return False, ("no-clock-for-class",)
    if clock.fields and facts.field is None:
        return False, ("field-unknown",)
    doubts: list[str] = []
    if clock.procedures and facts.procedure is None:
        doubts.append("procedure-unknown")
    if clock.provinces and facts.same_province is None:
        doubts.append("province-unknown")
    return not (clock.never and doubts), tuple(doubts)
