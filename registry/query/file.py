"""The file of a subject over all members, and what applies to it.

One statement for a subject that stands for itself, a fixed number for one under several codes: the
known set, the subject, its records with the acts on them, the bodies; and for what applies the
lists that came after its honours. What the viewer may not see is left out before anything is made
of it; a subject of which nothing remains answers exactly like one that never existed.
"""

import re
from collections.abc import Mapping, Sequence
from datetime import date
from typing import Final

from registry.clock import Clock, end_of, today
from registry.errors import MalformedRefusal, NotFoundRefusal
from registry.query.coverage import Covering
from registry.query.deciding import Deciding, Look, Question, earlier
from registry.query.inputs import asker_of, refs_of
from registry.query.repeats import REPORTED_TWICE, reported_twice
from registry.query.rulebook import Rulebooks
from registry.query.show import Sight, intact
from registry.query.views import (
    Coverage,
    DecisionAnswer,
    NameView,
    RecordView,
    SubjectFile,
    Viewer,
)
from registry.store.engine import Database
from registry.store.reading import Known, LatestKnown
from registry.store.reading_files import Loaded, Reading, open_reading
from registry.store.reading_terms import names_of
from signing.charter import Charter

_SUBJECT_ID: Final = re.compile(r"[0-9a-f]{32}")
_CODES: Final = frozenset({"uscc", "regno", "orgcode"})


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
        self._latest = LatestKnown()
        self._order = {party.code: at for at, party in enumerate(charter.parties)}
        self._deciding = Deciding(charter, rulebooks)
        self._places = self._deciding.places

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

        Everything is read once, so all answers are of one moment. One alone says until when.

        Raises:
            NotFoundRefusal: nothing about the subject may be shown, or it never existed.
            MalformedRefusal: a territory is no member's (``unknown-territory``).
        """
        day, alone = today(self._clock), len(territories) == 1
        _, decided = await self._decide(question, territories, viewer, day, until=alone)
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
        self,
        question: Question,
        territories: Sequence[str],
        viewer: Viewer,
        day: date,
        *,
        until: bool = False,
    ) -> tuple[Look, tuple[DecisionAnswer, ...]]:
        names = [territory_name(self._places, code) for code in territories]
        sight = Sight(viewer, question.on, day)
        async with open_reading(self._db) as reading:
            look = await self._look(question.subject_id, sight, reading)
            if question.known_on is not None and question.known_on < day:
                look = await self._earlier(look, question.known_on, sight, reading)
            materials = await self._deciding.materials(look, question.on, sight, reading)
        # What may be seen depends on who asks, and on what has been repaired by today.
        materials.inputs.update(known_on=day.isoformat(), **asker_of(viewer))
        coverage = await self._covering.of(look.known)
        decided = (
            self._deciding.weighed(
                question.ask(code, look.loaded), look, materials, viewer, until=until
            )
            for code in territories
        )
        return look, tuple(
            DecisionAnswer(
                decision=decision,
                territory_name=name,
                rulebook=basis.book.edition if basis.book else "",
                coverage=coverage,
                used=refs_of(basis.facts),
                basis=basis,
            )
            for name, (decision, basis) in zip(names, decided, strict=True)
        )

    async def _earlier(self, look: Look, day: date, sight: Sight, reading: Reading) -> Look:
        """Return what was known at the end of a day, of that which may still be shown today."""
        then = await reading.logs.known_before(int(end_of(day).timestamp()))
        asked = look.loaded.root.subject_id
        loaded = (await reading.files.load((asked,), then)).get(asked)
        return earlier(look, then, loaded, sight)

    async def _look(self, subject_id: str, sight: Sight, reading: Reading) -> Look:
        """Look at a subject that exists for this viewer.

        Raises:
            NotFoundRefusal: always with the same words.
            UnavailableRefusal: what is stored about it is not what was logged.
        """
        asked = _asked(subject_id)
        moment = await reading.subject(asked, self._latest)
        loaded = _shown(moment.loaded, asked, sight)
        return Look(moment.known, moment.checks, loaded, sight.seen(loaded.records))

    def _file(self, look: Look, sight: Sight, on: date, coverage: Coverage) -> SubjectFile:
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


def territory_name(places: Mapping[str, str], code: str) -> str:
    """Return the name of a member's territory.

    Raises:
        MalformedRefusal: the code is none of theirs (``unknown-territory``).
    """
    name = places.get(code)
    if name is not None:
        return name
    codes = ", ".join(sorted(places))
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
        raise not_found()
    return bytes.fromhex(subject_id)


def _shown(loaded: Loaded | None, asked: bytes, sight: Sight) -> Loaded:
    """Return a file of which something may be shown, with bodies that are what was logged."""
    if loaded is None or not sight.exists(loaded, asked):
        raise not_found()
    intact(loaded.records)
    return loaded


def not_found() -> NotFoundRefusal:
    """Return the one answer for a subject that is not there, or of which nothing may be shown."""
    return NotFoundRefusal(
        "未找到该信用主体，或没有可以公开的信息。",
        "There is no such subject, or nothing about it may be shown.",
    )


def _by_member(view: RecordView, order: dict[str, int]) -> tuple[int, str, int, str, int]:
    """Order records by member as the charter lists them, the latest decision first."""
    day = -view.record.decided_on.toordinal()
    return order.get(view.member, len(order)), view.member, day, view.origin, view.idx
