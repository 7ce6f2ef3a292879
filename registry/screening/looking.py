"""Of many rows at once: whom each may mean, and what applies to whom was found.

What is exact is met in one statement each (codes, names); the engine is asked only for names that
were not, several at a time. Whoever comes into question is read and weighed like in any other
answer: of one known set, and never more than its asker may see today.
"""

import asyncio
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from typing import Final

from registry.clock import Clock, today
from registry.domain.records import FACTS
from registry.errors import UnavailableRefusal
from registry.query.deciding import Deciding, Look, earlier
from registry.query.deciding import Question as OneQuestion
from registry.query.inputs import asker_of
from registry.query.rulebook import Rulebooks
from registry.query.show import Sight, intact
from registry.query.views import Viewer
from registry.rules.model import Decision
from registry.screening.matching import (
    CANDIDATES,
    RESEMBLING,
    Asked,
    Seen,
    asked_of,
    compare,
    settle,
)
from registry.screening.model import Match, Outcome, Question
from registry.store.engine import Database
from registry.store.reading import Known
from registry.store.reading_files import Loaded, Reading, Stated, open_reading
from registry.store.reading_terms import codes_of, names_of
from registry.store.screening_judgements import Judgement
from registry.store.screenings import KeptRow, MeetingReading
from search.engine import Searcher
from search.query import Query
from signing.charter import Charter

IN_FLIGHT: Final = 4
"""Questions to the engine at once: those of people who search come in between."""
AT_ONCE: Final = 50
"""Subjects read with one set of statements: decoding them keeps the node's other work waiting."""
HITS: Final = CANDIDATES + 3
"""Hits looked at; some may be of nobody that this asker may see."""
DIFFERS: Final = "body-differs"
Judgements = Mapping[tuple[bytes, bytes], Judgement]
Candidates = Mapping[int, Iterable[bytes]]


@dataclass(frozen=True, slots=True)
class Lookup:
    """A question, the eyes it is asked with, and what its owner has judged, by key and subject."""

    question: Question
    viewer: Viewer
    judged: Judgements


@dataclass(frozen=True, slots=True)
class Matched:
    """What came of some rows, by their numbers; ``degraded``: an index that was not whole."""

    outcomes: Mapping[int, Outcome]
    degraded: bool


@dataclass(frozen=True, slots=True)
class _Subject:
    """A subject that exists for the asker: what was known of it, and how it is called there."""

    look: Look
    seen: Seen
    ids: tuple[bytes, ...]


def known_of(question: Question, now: Known) -> Known:
    """Return the known set a screening is of: the logs of now, as far as they went then."""
    heads = [
        replace(head, size=question.known[head.origin][0], root=_root(question, head.origin))
        for head in now.heads
        if head.origin in question.known
    ]
    return Known.of(heads, question.seq)


def _root(question: Question, origin: str) -> bytes:
    return bytes.fromhex(question.known[origin][1])


class Looking:
    """Looks rows up and weighs what was found, under one charter."""

    def __init__(self, db: Database, charter: Charter, clock: Clock, search: Searcher) -> None:
        """Take the database, the charter in force, the time, and the engine that recalls."""
        self._db = db
        self._clock = clock
        self._search = search
        self._order = [party.code for party in charter.parties]
        self._deciding = Deciding(charter, Rulebooks(charter))

    async def match(self, lookup: Lookup, rows: Sequence[KeptRow]) -> Matched:
        """Find out whom each of these rows means; raises SearchError where no engine answers."""
        asked = {row.row: asked_of(row) for row in rows if not row.problem}
        met = await self._met(asked)
        first = await self.weigh(lookup, rows, met)
        left = [row for row in rows if first[row.row].kind == "not_found" and row.name]
        recalled, degraded = await self._recalled(left)
        more = {row: [*met[row], *found] for row, found in recalled.items() if found}
        again = await self.weigh(lookup, [row for row in left if row.row in more], more)
        return Matched(first | again, degraded)

    async def weigh(
        self, lookup: Lookup, rows: Sequence[KeptRow], candidates: Candidates
    ) -> dict[int, Outcome]:
        """Return what comes of rows for whom these subjects come into question, by id."""
        if not rows:
            return {}
        async with open_reading(self._db) as reading:
            weighing = await self._weighing(lookup, reading)
            await weighing.load({one for found in candidates.values() for one in found})
            return {
                row.row: await weighing.outcome(row, candidates.get(row.row, ())) for row in rows
            }

    async def _weighing(self, lookup: Lookup, reading: Reading) -> "_Weighing":
        now = await reading.logs.known()
        moment = _Moment(now, known_of(lookup.question, now), await reading.logs.checked_with())
        return _Weighing(lookup, moment, today(self._clock), (self._deciding, reading), self._order)

    async def _met(self, asked: Mapping[int, Asked]) -> dict[int, list[bytes]]:
        """Return who is met exactly, by code or name, for each row."""
        meeting = MeetingReading(self._db.pool)
        ids = {one for row in asked.values() for one in row.ids}
        orgcodes = {row.orgcode for row in asked.values() if row.orgcode}
        by_code = await meeting.by_code(ids, orgcodes) if ids else {}
        spellings = {one for row in asked.values() for one in row.spellings}
        by_name = await meeting.by_name(spellings) if spellings else {}
        met: dict[int, list[bytes]] = {}
        for at, row in asked.items():
            found = {s for one in row.ids for s in by_code.get(one.hex(), ())}
            found |= by_code.get(row.orgcode, set())
            found |= {s for spelling in row.spellings for s in by_name.get(spelling, ())}
            met[at] = sorted(found)
        return met

    async def _recalled(self, rows: Sequence[KeptRow]) -> tuple[dict[int, list[bytes]], bool]:
        """Ask the engine whom these names resemble; tell whether an index was not whole."""
        share = self._db.pool.get_max_size() // 2  # the rest is for people who ask meanwhile
        slots = asyncio.Semaphore(max(1, min(IN_FLIGHT, share)))

        async def recall(row: KeptRow) -> tuple[int, list[bytes], bool]:
            async with slots:
                answer = await self._search.search(Query(text=row.name, as_name=True, limit=HITS))
            near = (hit for hit in answer.hits if hit.score >= RESEMBLING)
            ids = [bytes.fromhex(hit.id) for hit in near]
            return row.row, ids, answer.degraded or answer.behind or answer.missing

        answers = await asyncio.gather(*map(recall, rows))
        lacking = any(lacks for _, _, lacks in answers)
        return {row: ids for row, ids, _ in answers}, lacking


@dataclass(frozen=True, slots=True)
class _Moment:
    """What is known now, what the screening is of, and which checks all records have passed."""

    now: Known
    then: Known
    checks: int

    @property
    def same(self) -> bool:
        """Whether nothing has been admitted since."""
        return self.now.sizes == self.then.sizes


class _Weighing:
    """Subjects of one part of a screening, read once each, and decided about once each."""

    def __init__(
        self,
        lookup: Lookup,
        moment: _Moment,
        day: date,
        means: tuple[Deciding, Reading],
        order: Sequence[str],
    ) -> None:
        self._lookup = lookup
        self._moment = moment
        self._day = day
        self._sight = Sight(lookup.viewer, lookup.question.on, day)
        self._deciding, self._reading = means
        self._order = order
        self._subjects: dict[bytes, _Subject] = {}
        self._by_root: dict[str, _Subject] = {}
        self._broken: set[bytes] = set()
        self._decided: dict[str, Decision] = {}

    async def load(self, ids: Iterable[bytes]) -> None:
        """Read these subjects, so many at once that others need not wait long for their turn."""
        rest = sorted(ids)
        for start in range(0, len(rest), AT_ONCE):
            await self._load(rest[start : start + AT_ONCE])

    async def _load(self, ids: Sequence[bytes]) -> None:
        """Read some subjects; whoever does not exist for the asker is left out."""
        files, moment = self._reading.files, self._moment
        now = await files.load(ids, moment.now)
        then = now if moment.same else await files.load(ids, moment.then)
        for asked, loaded in now.items():
            await asyncio.sleep(0)
            try:
                found = self._subject(asked, loaded, then.get(asked))
            except UnavailableRefusal:
                self._broken.add(asked)
                continue
            if found is not None:
                self._subjects[asked] = found
                self._by_root[found.seen.subject_id] = found

    def _subject(self, asked: bytes, loaded: Loaded, then: Loaded | None) -> _Subject | None:
        sight, root = self._sight, loaded.root
        if root.kind == "natural_person" or root.scheme == "person":
            return None  # no search finds persons, and a name alone is nobody's
        if not sight.exists(loaded, asked):
            return None
        intact(loaded.records)
        look = Look(self._moment.now, self._moment.checks, loaded, sight.seen(loaded.records))
        today = sight.now().seen(loaded.records)
        if not self._moment.same:
            look = earlier(look, self._moment.then, then, sight)
            held = {one.entry for one in look.loaded.records}
            today = tuple(one for one in today if one.entry in held)
        named = _facts(look.seen) or _facts(today)
        if not named:
            return None
        cities = {one.member for one in named}
        seen = Seen(
            root.subject_id.hex(),
            names_of(named),
            codes_of(named),
            tuple(code for code in self._order if code in cities),
        )
        return _Subject(look, seen, tuple(row.subject_id for row in loaded.subjects))

    async def outcome(self, row: KeptRow, candidates: Iterable[bytes]) -> Outcome:
        """Return what comes of a row; others get their turn in between."""
        await asyncio.sleep(0)
        if row.problem:
            return Outcome("bad", row.problem)
        some = tuple(candidates)
        if self._broken.intersection(some):
            return Outcome("bad", DIFFERS, candidates=tuple(one.hex() for one in some))
        asked, matches = asked_of(row), dict[str, Match]()
        judged: dict[str, Judgement] = {}
        for subject in (self._subjects[one] for one in some if one in self._subjects):
            match = compare(asked, subject.seen)
            if match is not None:
                matches[match.subject_id] = match
                judged |= self._judged(row.key, subject)
        found = settle(list(matches.values()), judged)
        if found.kind != "found":
            return found
        subject = self._by_root[found.matches[0].subject_id]
        return replace(found, decision=await self._decision(subject))

    def _judged(self, key: bytes, subject: _Subject) -> dict[str, Judgement]:
        """Return what the owner has said last, under whichever code of the subject."""
        judged = self._lookup.judged
        said = [judged[key, one] for one in subject.ids if (key, one) in judged]
        last = max(said, key=lambda one: one.judged_at, default=None)
        return {} if last is None else {subject.seen.subject_id: last}

    async def _decision(self, subject: _Subject) -> Decision:
        """Return what applies to a subject, by what the asker may see of it."""
        made = self._decided.get(subject.seen.subject_id)
        if made is None:
            asked, look, viewer = self._lookup.question, subject.look, self._lookup.viewer
            of = await self._deciding.materials(look, asked.on, self._sight, self._reading)
            of.inputs.update(known_on=self._day.isoformat(), **asker_of(viewer))
            one = OneQuestion(subject.seen.subject_id, asked.matter, asked.organ_kind, asked.on)
            made, _ = self._deciding.weighed(
                one.ask(asked.territory, look.loaded), look, of, viewer
            )
            self._decided[subject.seen.subject_id] = made
        return made


def _facts(records: Iterable[Stated]) -> list[Stated]:
    return [one for one in records if one.row.type in FACTS]
