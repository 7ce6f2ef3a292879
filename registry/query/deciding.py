"""From what is known of a subject to a decision: the same steps now, as of a day, and in a replay.

Nothing here reads more than the next lists and the book; what may be seen was settled before.
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import date
from typing import Final

import msgspec

from registry.domain.disclosure import Role
from registry.query.facts import facts_of, lists_of, next_lists, places_of
from registry.query.inputs import SHOWN, inputs_of, subjects_of
from registry.query.rulebook import Rulebooks
from registry.query.show import Sight, intact, members_of
from registry.query.views import Basis, RulebookView, Viewer
from registry.query.weigh import plain_facts, weigh
from registry.rules.model import Ask, Decision, Fact, FactRef
from registry.rules.until import decide_until
from registry.store.reading import Known
from registry.store.reading_files import Loaded, Reading, Stated
from signing.charter import Charter

LATER: Final = 20
"""Entries of the next list looked at: the first may be another organ's in the same log."""


@dataclass(frozen=True, slots=True)
class Question:
    """What is asked about a subject: in which matter, of which kind of organ, when.

    ``known_on``: from what was known at the end of that day, None for what is known now.
    """

    subject_id: str
    matter: str
    organ_kind: str
    on: date
    known_on: date | None = None

    def ask(self, territory: str, loaded: Loaded) -> Ask:
        """Return the question as the rules take it, of a subject that was found."""
        return Ask(
            subject_id=loaded.root.subject_id.hex(),
            subject_kind=loaded.root.kind,
            territory=territory,
            matter=self.matter,
            on=self.on,
            organ_kind=self.organ_kind,
        )


@dataclass(frozen=True, slots=True)
class Look:
    """A subject that exists for the viewer, the moment it was read in, and what he sees of it.

    ``shown`` is the later known set that says what may still be shown, where there are two.
    """

    known: Known
    checks: int
    loaded: Loaded
    seen: tuple[Stated, ...]
    shown: Known | None = None


@dataclass(frozen=True, slots=True)
class Materials:
    """All that decides, but for the question: facts with those not to be told of, and names."""

    facts: tuple[Fact, ...]
    unseen: frozenset[FactRef]
    mains: Mapping[FactRef, bytes]
    book: RulebookView | None
    inputs: dict[str, str]
    subjects: tuple[str, ...]


class Deciding:
    """Decides as one region does: its charter's members, its rulebooks."""

    def __init__(self, charter: Charter, rulebooks: Rulebooks) -> None:
        """Take the charter that names the members, and what finds the rulebook of a date."""
        self._charter = charter
        self._rulebooks = rulebooks
        self._divisions = places_of(charter)
        self.places: Mapping[str, str] = {
            code: party.name for party in members_of(charter) for code in party.territory
        }

    async def materials(self, look: Look, on: date, sight: Sight, reading: Reading) -> Materials:
        """Return what decides about a subject on a date, but for who asks and from where.

        ``inputs`` still lacks who asked, and on which day what may be shown was settled.
        """
        book = await self._rulebooks.in_force(on, look.known, reading)
        own = facts_of(look.seen, look.loaded.root.subject_id.hex(), self._divisions, on)
        plain = plain_facts(own, look.seen, sight)
        mine = {fact.ref for fact in plain}
        later = await _next_lists(look, on, reading)
        others = tuple(fact for fact in later if fact.ref not in mine)
        readable = {
            FactRef(one.origin, one.row.idx, one.record.id, one.entry.hex()): one.main
            for one in look.seen
            if sight.readable(one) is one.record
        }
        told = {(one.origin, one.row.idx) for one in look.seen}
        facts = (*plain, *others)
        subjects = subjects_of(look.seen)
        inputs = inputs_of(look.known, self._charter, book, subjects, self.places)
        inputs["checks"] = f"{look.checks:016x}"
        if look.shown is not None:
            shown = look.shown.by_origin.values()
            inputs |= {f"{SHOWN}{h.origin}": f"{h.size}:{h.root.hex()}" for h in shown if h.size}
        unseen = {fact.ref for fact in facts if (fact.ref.origin, fact.ref.idx) not in told}
        return Materials(facts, frozenset(unseen), readable, book, inputs, subjects)

    def weighed(
        self, ask: Ask, look: Look, of: Materials, viewer: Viewer, *, until: bool = False
    ) -> tuple[Decision, Basis]:
        """Return the decision, and all that it takes to make it again.

        ``until``: with the day on which it changes, by the records that it rests on.
        """
        decision, used = weigh(of.book, of.facts, ask, self.places, of.inputs, of.unseen)
        if until and of.book is not None:
            book = of.book
            then = decide_until(book.book, book.adoptions, used, ask, self.places)
            decision = msgspec.structs.replace(decision, changes_on=then.changes_on)
        gaps = _gaps(look, viewer)
        basis = Basis(
            viewer=viewer,
            facts=used,
            mains={fact.ref: of.mains[fact.ref] for fact in used if fact.ref in of.mains},
            book=of.book,
            places=self.places,
            subjects=of.subjects,
            erased=gaps,
        )
        return _with_gaps(decision, gaps), basis


def earlier(look: Look, then: Known, loaded: Loaded | None, sight: Sight) -> Look:
    """Return what an earlier known set held of a subject, of that which may still be shown.

    ``loaded`` is the subject's file as of then, None where there was none.
    """
    seen = () if loaded is None else sight.seen(loaded.records)
    shown = {one.entry for one in look.seen}
    kept = tuple(one for one in seen if one.entry in shown)
    intact(kept)
    nothing = replace(look.loaded, records=(), erased=())
    return replace(look, known=then, loaded=loaded or nothing, seen=kept, shown=look.known)


async def _next_lists(look: Look, on: date, reading: Reading) -> tuple[Fact, ...]:
    """Return when the lists were published again that the subject is honoured by."""
    honours = lists_of(look.seen)
    if not honours:
        return ()
    later = await reading.files.later_entries(honours, LATER, look.known)
    return next_lists(later, on)


def _gaps(look: Look, viewer: Viewer) -> tuple[str, ...]:
    """Return the places of bodies the law has taken away, to those who may know of them."""
    if viewer.role is not Role.AUDITOR:
        return ()
    by_id = look.known.by_id
    return tuple(f"{by_id[log].origin}/{idx}" for log, idx in look.loaded.erased)


def _with_gaps(decision: Decision, gaps: tuple[str, ...]) -> Decision:
    """Say which bodies are gone: the answer may lack them."""
    if not gaps:
        return decision
    says = (*decision.says, *(f"not-reproducible: {place}" for place in gaps))
    return msgspec.structs.replace(decision, says=says)
