"""The file of a subject over all members, and what applies to it.

One statement for a subject that stands for itself, a fixed number for one under several codes: the
known set, the subject, its records with the acts on them, the bodies; and for what applies the
lists that came after its honours. What the viewer may not see is left out before anything is made
of it; a subject of which nothing remains answers exactly like one that never existed.
"""

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Final

import msgspec

from registry.clock import Clock, today
from registry.domain.disclosure import Role
from registry.errors import MalformedRefusal, NotFoundRefusal
from registry.query.coverage import Covering
from registry.query.facts import facts_of, inputs_of, lists_of, next_lists, places_of
from registry.query.repeats import REPORTED_TWICE, reported_twice
from registry.query.rulebook import Rulebooks
from registry.query.show import Sight, intact, members_of
from registry.query.views import (
    Coverage,
    DecisionAnswer,
    NameView,
    RecordView,
    RulebookView,
    SubjectFile,
    Viewer,
)
from registry.rules.decide import decide
from registry.rules.model import Ask, Decision, Fact
from registry.store.engine import Database
from registry.store.reading import Known, LatestKnown
from registry.store.reading_files import Loaded, Reading, Stated, open_reading
from registry.store.reading_terms import names_of
from signing.charter import Charter

_SUBJECT_ID: Final = re.compile(r"[0-9a-f]{32}")
_CODES: Final = frozenset({"uscc", "regno", "orgcode"})
_LATER: Final = 20
"""Entries of the next list looked at: the first may be another organ's in the same log."""
_NO_BOOK: Final = "本区域在该日期没有可用的规则汇编，无法给出措施适用提示。"


@dataclass(frozen=True, slots=True)
class Question:
    """What is asked about a subject: in which matter, of which kind of organ, when."""

    subject_id: str
    matter: str
    organ_kind: str
    on: date


@dataclass(frozen=True, slots=True)
class _Look:
    """A subject that exists for the viewer, the moment it was read in, and what he sees of it."""

    known: Known
    checks: int
    loaded: Loaded
    seen: tuple[Stated, ...]


class Files:
    """Answers about one subject."""

    def __init__(
        self,
        db: Database,
        charter: Charter,
        clock: Clock,
        covering: Covering,
        rulebooks: Rulebooks,
    ) -> None:
        """Take an open database and what every answer needs besides."""
        self._db = db
        self._charter = charter
        self._clock = clock
        self._covering = covering
        self._rulebooks = rulebooks
        self._latest = LatestKnown()
        self._order = {party.code: at for at, party in enumerate(charter.parties)}
        self._divisions = places_of(charter)
        self._places = {code: p.name for p in members_of(charter) for code in p.territory}

    async def subject_file(self, subject_id: str, viewer: Viewer, on: date) -> SubjectFile:
        """Return everything about a subject that this viewer may see as of a date.

        Raises:
            NotFoundRefusal: nothing about it may be shown, or it never existed.
        """
        sight = Sight(viewer, on, today(self._clock))
        async with open_reading(self._db) as reading:
            look = await self._look(subject_id, sight, reading)
        return self._file(look, sight, on, await self._covering.of(look.known))

    async def decide(
        self, question: Question, territories: Sequence[str], viewer: Viewer
    ) -> tuple[DecisionAnswer, ...]:
        """Return 措施适用提示 for each territory from what this viewer may see.

        Everything is read once, so all answers are of one moment.

        Raises:
            NotFoundRefusal: nothing about the subject may be shown, or it never existed.
            MalformedRefusal: a territory is no member's (``unknown-territory``).
        """
        _, decided = await self._decide(question, territories, viewer, today(self._clock))
        return decided

    async def decided_file(
        self, question: Question, territories: Sequence[str], viewer: Viewer
    ) -> tuple[SubjectFile, tuple[DecisionAnswer, ...]]:
        """Return the file and the decisions of one moment; raises as :meth:`decide`."""
        day = today(self._clock)
        look, decided = await self._decide(question, territories, viewer, day)
        coverage = decided[0].coverage if decided else await self._covering.of(look.known)
        return self._file(look, Sight(viewer, question.on, day), question.on, coverage), decided

    async def _decide(
        self, question: Question, territories: Sequence[str], viewer: Viewer, day: date
    ) -> tuple[_Look, tuple[DecisionAnswer, ...]]:
        names = [self._territory(code) for code in territories]
        sight = Sight(viewer, question.on, day)
        async with open_reading(self._db) as reading:
            look = await self._look(question.subject_id, sight, reading)
            book = await self._rulebooks.in_force(question.on, look.known, reading)
            lists = await _next_lists(look, question.on, reading)
        known, loaded = look.known, look.loaded
        facts = (*facts_of(look.seen, loaded.root.subject_id.hex(), self._divisions), *lists)
        inputs = inputs_of(known, self._charter, book, look.seen)
        # What may be seen depends on who asks, and on what has been repaired by today.
        inputs |= {
            "checks": f"{look.checks:016x}",
            "role": viewer.role.value,
            "known_on": day.isoformat(),
        }
        decided = self._decider(facts, book, inputs)
        coverage = await self._covering.of(known)
        return look, tuple(
            DecisionAnswer(
                decision=_with_gaps(decided(_ask(question, code, loaded)), loaded, known, viewer),
                territory_name=name,
                rulebook=book.edition if book else "",
                coverage=coverage,
            )
            for code, name in zip(territories, names, strict=True)
        )

    async def _look(self, subject_id: str, sight: Sight, reading: Reading) -> _Look:
        """Look at a subject that exists for this viewer.

        Raises:
            NotFoundRefusal: always with the same words.
            UnavailableRefusal: what is stored about it is not what was logged.
        """
        asked = _asked(subject_id)
        moment = await reading.subject(asked, self._latest)
        loaded = _shown(moment.loaded, asked, sight)
        return _Look(moment.known, moment.checks, loaded, sight.seen(loaded.records))

    def _file(self, look: _Look, sight: Sight, on: date, coverage: Coverage) -> SubjectFile:
        loaded, seen = look.loaded, look.seen
        # The name stays that of today where nothing was recorded yet on the date asked for.
        named = seen or sight.now().seen(loaded.records)
        names = tuple(NameView(n.name, n.since, n.former, n.until) for n in names_of(named))
        shown_under = {one.row.subject_id for one in named}
        twice = reported_twice(seen)
        views = [
            sight.view(one, self._charter, *((REPORTED_TWICE,) if one.row.place in twice else ()))
            for one in seen
        ]
        views.sort(key=lambda view: _by_member(view, self._order))
        return SubjectFile(
            subject_id=loaded.root.subject_id.hex(),
            name=names[0].name,
            names=names,
            kind=loaded.root.kind,
            identifiers=tuple(
                (row.scheme, row.identifier)
                for row in loaded.subjects
                if row.scheme in _CODES and row.subject_id in shown_under
            ),
            records=tuple(views),
            coverage=coverage,
            on=on,
        )

    def _decider(
        self, facts: Sequence[Fact], book: RulebookView | None, inputs: dict[str, str]
    ) -> Callable[[Ask], Decision]:
        """Return the pure function that is left when everything but the question is known."""
        if book is None:
            return lambda ask: Decision(ask, (), (), (_NO_BOOK,), inputs)
        rules, adoptions, members = book.book, book.adoptions, self._places
        return lambda ask: decide(rules, adoptions, facts, ask, members, inputs)

    def _territory(self, code: str) -> str:
        name = self._places.get(code)
        if name is not None:
            return name
        codes = ", ".join(sorted(self._places))
        raise MalformedRefusal(
            f"“{code}”不是成员地区的区划代码。应为以下之一：{codes}",
            f"{code!r} is not the code of a member's territory; it should be one of: {codes}",
            code="unknown-territory",
        )


async def existing(subject_id: str, known: Known, sight: Sight, reading: Reading) -> Loaded:
    """Load a subject that exists for this viewer, of a known set; raises as `Files.decide`."""
    asked = _asked(subject_id)
    return _shown((await reading.files.load((asked,), known)).get(asked), asked, sight)


def _asked(subject_id: str) -> bytes:
    """Return the id that was asked for; what cannot be one is answered like one that is not there.

    Raises:
        NotFoundRefusal: always with the same words.
    """
    if not _SUBJECT_ID.fullmatch(subject_id):
        raise _not_found()
    return bytes.fromhex(subject_id)


def _shown(loaded: Loaded | None, asked: bytes, sight: Sight) -> Loaded:
    """Return a file of which something may be shown, with bodies that are what was logged."""
    if loaded is None or not sight.exists(loaded, asked):
        raise _not_found()
    intact(loaded.records)
    return loaded


def _not_found() -> NotFoundRefusal:
    return NotFoundRefusal(
        "未找到该信用主体，或没有可以公开的信息。",
        "There is no such subject, or nothing about it may be shown.",
    )


async def _next_lists(look: _Look, on: date, reading: Reading) -> tuple[Fact, ...]:
    """Return when the lists were published again that the subject is honoured by."""
    honours = lists_of(look.seen)
    if not honours:
        return ()
    later = await reading.files.later_entries(honours, _LATER, look.known)
    return next_lists(later, on)


def _ask(question: Question, territory: str, loaded: Loaded) -> Ask:
    return Ask(
        subject_id=loaded.root.subject_id.hex(),
        subject_kind=loaded.root.kind,
        territory=territory,
        matter=question.matter,
        on=question.on,
        organ_kind=question.organ_kind,
    )


def _with_gaps(decision: Decision, loaded: Loaded, known: Known, viewer: Viewer) -> Decision:
    """Say which bodies the law has taken away, to those who may know: the answer may lack them."""
    if viewer.role is not Role.AUDITOR or not loaded.erased:
        return decision
    gaps = tuple(f"not-reproducible: {known.by_id[log].origin}/{idx}" for log, idx in loaded.erased)
    return msgspec.structs.replace(decision, says=(*decision.says, *gaps))


def _by_member(view: RecordView, order: dict[str, int]) -> tuple[int, str, int, str, int]:
    """Order records by member as the charter lists them, the latest decision first."""
    day = -view.record.decided_on.toordinal()
    return order.get(view.member, len(order)), view.member, day, view.origin, view.idx
