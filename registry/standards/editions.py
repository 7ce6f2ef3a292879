"""The editions of standards: what several sources say of one, and what it is on a day.

The publisher's own statement wins over relayed ones, the newer over the older; where they differ,
that is told. An edition is void from the day that is stated, else from the day on which what
replaces it comes into force. A newer edition of the same number replaces the older whole: a number
is one standard (domain 8.1, 8.2). Where only a catalogue's state is known, it speaks from the day
on which it was checked.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping
from datetime import date
from typing import Final, Literal, TypeVar

from msgspec import UNSET, Struct, UnsetType

from registry.domain.records.base import Record
from registry.domain.records.standards import AdoptedFrom, Replacement, Standard, StandardNotice
from registry.standards.model import Known, R, Ref, Stated
from registry.standards.written import identity, year

State = Literal["upcoming", "in_force", "partly_replaced", "void", "unknown"]
T = TypeVar("T", bound=Record)
USABLE: Final = frozenset({"in_force", "partly_replaced"})
CHAIN_MAX: Final = 64
"""Editions followed along replacements: the longest real chains have about ten."""

_TOLD: Final = ("effective_on", "void_on", "obligation", "title")
"""What sources may not differ about unsaid, in the order in which it is told."""


class Difference(Struct, frozen=True, gc=False):
    """Two sources say different things of an edition; ``told`` is the one that counts."""

    field: str
    told: str
    other: str
    ref: Ref


class Edition(Struct, frozen=True):
    """One edition as its sources state it; ``first`` is the statement that counts most."""

    number: str
    first: Standard
    sources: tuple[Stated[Standard], ...]
    notices: tuple[Stated[StandardNotice], ...]
    effective_on: date | None
    void_on: date | None
    replaces: tuple[Replacement, ...]
    replaced_by: tuple[Replacement, ...]
    adopts: tuple[AdoptedFrom, ...]
    differences: tuple[Difference, ...]

    @property
    def identity(self) -> str:
        """The number without its year."""
        return identity(self.number)


class Link(Struct, frozen=True, order=True, gc=False):
    """That an edition is replaced by another, from a day (None: not stated), whole or in part."""

    by: str
    whole: bool
    since: date | None
    clauses: str


def given(value: R | UnsetType) -> R | None:
    """Return an optional member, None where it is absent."""
    return None if isinstance(value, UnsetType) else value


def ranked(stated: Iterable[Stated[T]]) -> tuple[Stated[T], ...]:
    """Return statements by weight: original before relayed, then the newer, then by place."""
    by_place = {one.ref: one for one in stated}
    placed = [by_place[ref] for ref in sorted(by_place)]
    return tuple(sorted(placed, key=_weight))


def _weight(one: Stated[T]) -> tuple[bool, int]:
    told = one.record.provenance
    newest = max(one.record.decided_on, given(told.checked_on) or one.record.decided_on)
    return (told.kind != "original", -newest.toordinal())


class Shelf(Struct, frozen=True):
    """All editions known, by number and by identity; ``links`` says what replaces which."""

    editions: Mapping[str, Edition]
    by_identity: Mapping[str, tuple[Edition, ...]]
    links: Mapping[str, tuple[Link, ...]]
    backward: Mapping[str, tuple[str, ...]]

    @classmethod
    def of(cls, known: Known) -> "Shelf":
        """Put together what is known of editions."""
        notices: dict[str, list[Stated[StandardNotice]]] = {}
        for notice in known.notices:
            notices.setdefault(notice.record.number, []).append(notice)
        stated: dict[str, list[Stated[Standard]]] = {}
        for one in known.editions:
            stated.setdefault(one.record.number, []).append(one)
        editions = {
            number: _edition(number, stated[number], notices.get(number, ()))
            for number in sorted(stated)
        }
        by_identity: dict[str, list[Edition]] = {}
        for edition in editions.values():
            by_identity.setdefault(edition.identity, []).append(edition)
        links = _links(editions, notices)
        backward: dict[str, dict[str, None]] = {}
        for number, found in links.items():
            for link in found:
                backward.setdefault(link.by, {})[number] = None
        return cls(
            editions,
            {key: tuple(sorted(found, key=_by_year)) for key, found in by_identity.items()},
            links,
            {number: tuple(sorted(found)) for number, found in backward.items()},
        )

    def void_day(self, edition: Edition) -> date | None:
        """Return the first day on which an edition is void; None where none is known."""
        if edition.void_on is not None:
            return edition.void_on
        days = [link.since for link in self.links.get(edition.number, ()) if link.whole]
        newer = [one for one in self.by_identity[edition.identity] if _newer(one, edition)]
        days += [one.effective_on for one in newer]
        return min((day for day in days if day is not None), default=None)

    def state_on(self, edition: Edition, on: date) -> State:
        """Return what an edition is on a day."""
        void, begins, told = self.void_day(edition), edition.effective_on, edition.first.state
        checked = given(edition.first.provenance.checked_on) or edition.first.decided_on
        if void is not None and void <= on:
            return "void"
        if void is None and told == "void" and checked <= on:
            return "void"
        if begins is not None and on < begins:
            return "upcoming"
        if begins is None and not _told_in_force(edition, checked, on):
            return "upcoming" if told == "upcoming" else "unknown"
        return "partly_replaced" if any(self.parts(edition, on)) else "in_force"

    def parts(self, edition: Edition, on: date) -> Iterator[Link]:
        """Yield what has replaced an edition in part by a day."""
        for link in self.links.get(edition.number, ()):
            if not link.whole and link.since is not None and link.since <= on:
                yield link

    def meant(self, number: str, on: date) -> Edition | None:
        """Return the edition that a number means on a day: itself, or the newest in force.

        With none in force, the newest that was, else the next to come.
        """
        if year(number) is not None:
            return self.editions.get(number)
        found = self.by_identity.get(number, ())
        by_state = [(self.state_on(one, on), one) for one in found]
        usable = [one for state, one in by_state if state in USABLE]
        past = [one for state, one in by_state if state in {"void", "unknown"}]
        return usable[-1] if usable else past[-1] if past else found[0] if found else None

    def successors(
        self, number: str, on: date | None = None
    ) -> tuple[tuple[str, ...], tuple[str, ...]]:
        """Return what replaced an edition whole, step by step, and a cycle if that never ends.

        Without ``on`` also what is still to replace it; of no stated day means long since.
        """

        def after(one: str) -> list[str]:
            links = (link for link in self.links.get(one, ()) if link.whole)
            return [link.by for link in links if on is None or (link.since or on) <= on]

        return _followed(number, after)

    def coming(self, number: str, on: date) -> Iterator[Link]:
        """Yield what replaces an edition, whole or in part, after a day."""
        for link in self.links.get(number, ()):
            if link.since is not None and link.since > on:
                yield link

    def predecessors(self, number: str) -> tuple[str, ...]:
        """Return what an edition replaced directly, whole or in part."""
        return self.backward.get(number, ())

    def amendments(self, edition: Edition, on: date) -> tuple[Stated[StandardNotice], ...]:
        """Return the amendments (修改单) in effect on a day, the oldest first."""
        found = [
            one
            for one in edition.notices
            if one.record.event == "amended" and one.record.effective_on <= on
        ]
        return tuple(sorted(found, key=lambda one: (one.record.effective_on, one.ref)))

    def adopting(self, number: str) -> tuple[tuple[str, str], ...]:
        """Return the editions that adopt a number, with the degree, in order; NEQ with them."""
        return tuple(
            (edition.number, one.degree)
            for edition in self.editions.values()
            for one in edition.adopts
            if same_edition(one.number, number)
        )


def same_edition(named: str, number: str) -> bool:
    """Tell whether a reference means an edition: itself, or any edition where it has no year."""
    return named == number or (year(named) is None and named == identity(number))


def _by_year(edition: Edition) -> tuple[int, str]:
    return (year(edition.number) or 0, edition.number)


def _newer(one: Edition, other: Edition) -> bool:
    return (year(one.number) or 0) > (year(other.number) or 0)


def _told_in_force(edition: Edition, checked: date, on: date) -> bool:
    return edition.first.state == "in_force" and checked <= on


def _edition(
    number: str, stated: Iterable[Stated[Standard]], notices: Iterable[Stated[StandardNotice]]
) -> Edition:
    """Make one edition of what its sources state: each member from the first that states it."""
    sources, told = ranked(stated), ranked(notices)
    first = sources[0].record
    records = [one.record for one in sources]
    ends = [one.record.effective_on for one in told if one.record.event in {"void", "replaced"}]
    void_on = next((day for one in records if (day := given(one.void_on))), None)
    return Edition(
        number,
        first,
        sources,
        told,
        next((day for one in records if (day := given(one.effective_on))), None),
        ends[0] if ends else void_on,
        next((old for one in records if (old := given(one.replaces))), ()),
        next((new for one in records if (new := given(one.replaced_by))), ()),
        next((made for one in records if (made := given(one.adopts))), ()),
        tuple(_differences(sources)),
    )


def _differences(sources: tuple[Stated[Standard], ...]) -> Iterator[Difference]:
    for field in _TOLD:
        said = [(one.ref, getattr(one.record, field)) for one in sources]
        said = [(ref, value) for ref, value in said if value is not UNSET]
        for ref, value in said[1:]:
            if value != said[0][1]:
                yield Difference(field, str(said[0][1]), str(value), ref)


def _links(
    editions: Mapping[str, Edition], notices: Mapping[str, list[Stated[StandardNotice]]]
) -> dict[str, tuple[Link, ...]]:
    """Gather what replaces which, from both sides and from notices; each once, in order."""
    found: dict[str, set[Link]] = {}

    def add(number: str, by: str, since: date | None, one: Replacement) -> None:
        clauses = given(one.clauses) or ""
        found.setdefault(number, set()).add(Link(by, one.extent == "whole", since, clauses))

    for edition in editions.values():
        for one in edition.replaces:
            add(one.number, edition.number, edition.effective_on, one)
        for one in edition.replaced_by:
            other = editions.get(one.number)
            add(edition.number, one.number, None if other is None else other.effective_on, one)
    for number, stated in notices.items():
        for notice in (one.record for one in ranked(stated)):
            by = given(notice.by)
            if by is not None and notice.event in {"replaced", "replaced_in_part"}:
                extent: Literal["whole", "part"] = "whole" if notice.event == "replaced" else "part"
                part = Replacement(number=by, extent=extent, clauses=notice.clauses)
                add(number, by, notice.effective_on, part)
    return {number: tuple(sorted(links, key=_link_order)) for number, links in found.items()}


def _link_order(link: Link) -> tuple[bool, str, date, str]:
    return (not link.whole, link.by, link.since or date.max, link.clauses)


def _followed(
    start: str, after: Callable[[str], list[str]]
) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """Follow replacements from an edition, the nearest first; stop where they come back.

    Every edition is visited once, so a cycle ends as soon as it is closed; it is returned as it
    was walked, from the edition at which it closes.
    """
    seen: dict[str, str] = {start: ""}
    cycle: tuple[str, ...] = ()
    left = [start]
    while left and len(seen) < CHAIN_MAX:
        here = left.pop(0)
        for following in after(here):
            if following not in seen:
                seen[following] = here
                left.append(following)
            elif not cycle:
                cycle = _closed(seen, here, following)
    return tuple(seen)[1:CHAIN_MAX], cycle


def _closed(seen: Mapping[str, str], here: str, back: str) -> tuple[str, ...]:
    """Return the way from ``back`` to ``here`` and back; empty where it is no cycle."""
    way = [here]
    while way[-1] != back and seen[way[-1]]:
        way.append(seen[way[-1]])
    return (*reversed(way), back) if way[-1] == back else ()
