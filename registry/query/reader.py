"""The read side in one hand: what API, pages and command line ask. It composes, nothing more."""

import asyncio
from collections.abc import AsyncIterator, Collection, Sequence
from contextlib import asynccontextmanager, suppress
from dataclasses import replace
from datetime import date
from typing import Final

from registry.clock import Clock, today
from registry.errors import GoneRefusal, NotFoundRefusal
from registry.ledger.read import LogReader
from registry.query.again import Again
from registry.query.cases import Counting, JointCases
from registry.query.coverage import Behind, Covering, Kinds
from registry.query.deciding import Question
from registry.query.decision_file import DecisionFile, saved
from registry.query.desk import Board, Desk, Desks, Propagation
from registry.query.entry import Entries
from registry.query.eyes import Eyes
from registry.query.file import Files
from registry.query.find import Finder
from registry.query.impacts import Impacts, ImpactView
from registry.query.inbox import Inbox, Inboxes
from registry.query.logs import Logs
from registry.query.record import Records
from registry.query.relations import Relating
from registry.query.replay import Replayed
from registry.query.rulebook import Rulebooks
from registry.query.standard_cases import StandardCases
from registry.query.standards import Standards
from registry.query.suggest import Suggester, Suggestion
from registry.query.views import (
    CheckpointView,
    Coverage,
    DecisionAnswer,
    FindAnswer,
    LogView,
    RecordDetail,
    Relations,
    RulebookView,
    SubjectFile,
    Viewer,
)
from registry.store.engine import Database
from registry.store.reading import LogReading
from registry.store.reading_files import open_reading
from search.engine import Searcher
from search.query import Query
from signing.charter import Charter

LEVEL: Final = 0.02
"""Seconds that "there is no such thing" takes: how long it was looked for must tell nothing."""


@asynccontextmanager
async def _levelled() -> AsyncIterator[None]:
    """Let what is hidden and what never was be answered after the same time."""
    clock = asyncio.get_running_loop().time
    began = clock()
    try:
        yield
    except (GoneRefusal, NotFoundRefusal):
        await asyncio.sleep(max(0.0, began + LEVEL - clock()))
        raise


class Reader:
    """Everything that can be asked; every answer carries its coverage and hides what it must."""

    def __init__(
        self,
        db: Database,
        charter: Charter,
        search: Searcher,
        clock: Clock,
        impacts: Impacts | None = None,
    ) -> None:
        """Take an open database, the charter in force, a search engine, a clock, and drafts."""
        self._impacts = impacts
        self._clock = clock
        self._db = db
        self._heads = LogReading(db.pool)
        self._covering = Covering(charter, Kinds(self._heads), Behind(self._heads), clock)
        self._rulebooks = Rulebooks(charter)
        self._finder = Finder(db, charter, search, clock, self._covering)
        self._suggester = Suggester(db, search, clock)
        self._ledger = LogReader(db, charter)
        self._again = Again(db, charter)
        self._eyes = Eyes(db, clock)
        self._files = Files(db, charter, clock, self._covering, self._rulebooks)
        self._records = Records(db, charter, clock)
        self._relating = Relating(db, charter, clock)
        self._logs = Logs(self._heads, charter)
        self._inboxes = Inboxes(db, charter, clock)
        self._desks = Desks(db, charter, clock, self._rulebooks)
        self.standards = Standards(db, charter, clock, self._covering, self._ledger)
        self._counting = Counting(db, charter, clock, self._rulebooks)
        self.entries = Entries(db, charter, clock)
        self.standard_cases = StandardCases(db, charter, clock)

    def today(self) -> date:
        """Return the day that is asked about where no other is named."""
        return today(self._clock)

    async def eyes(self, viewer: Viewer) -> Viewer:
        """Return a viewer with what his credential is worth today; ask all else with that."""
        return await self._eyes.of(viewer)

    async def find(self, query: Query, viewer: Viewer, states: Collection[str] = ()) -> FindAnswer:
        """Find subjects; raises as :meth:`registry.query.find.Finder.find`."""
        return await self._finder.find(query, viewer, states)

    async def suggest(self, text: str, viewer: Viewer) -> tuple[Suggestion, ...]:
        """Return what may be meant by a text typed so far; raises nothing."""
        return await self._suggester.of(text, viewer)

    async def subject_file(self, subject_id: str, viewer: Viewer, on: date) -> SubjectFile:
        """Return a subject's file as of a date; raises NotFoundRefusal."""
        async with _levelled():
            return await self._files.subject_file(subject_id, viewer, on)

    async def relations(self, subject_id: str, viewer: Viewer, on: date) -> Relations:
        """Return who else a subject has to do with as of a date; raises NotFoundRefusal."""
        async with _levelled():
            return await self._relating.of(subject_id, viewer, on)

    async def decide(  # noqa: PLR0913 - the question, who asks, and what was known
        self,
        subject_id: str,
        territory: str,
        matter: str,
        organ_kind: str,
        on: date,
        viewer: Viewer,
        *,
        known_on: date | None = None,
    ) -> DecisionAnswer:
        """Return 措施适用提示; raises NotFoundRefusal, or MalformedRefusal (territory).

        ``matter`` and ``organ_kind`` may be empty: every matter, whichever organ is competent.
        ``known_on``: from what was known at the end of that day, as far as it may be shown today.
        """
        territories = (territory,)
        if known_on is None:
            one = await self.decide_many(subject_id, territories, matter, organ_kind, on, viewer)
            return one[0]
        question = Question(subject_id, matter, organ_kind, on, known_on)
        async with _levelled():
            return (await self._files.decide(question, territories, viewer))[0]

    async def decision_file(self, answer: DecisionAnswer) -> bytes:
        """Return the file of an answer, with the proofs of all records that it rests on."""
        proofs = {}
        for ref in answer.used:
            with suppress(NotFoundRefusal):  # no receipt now: a refill is going on
                proofs[ref] = await self._ledger.proof(ref.origin, ref.idx)
        return saved(answer, proofs)

    async def replay(self, file: DecisionFile) -> Replayed:
        """Decide again from this node's store; raises as :meth:`registry.query.again.Again.of`."""
        return await self._again.of(file)

    async def decide_many(
        self,
        subject_id: str,
        territories: Sequence[str],
        matter: str,
        organ_kind: str,
        on: date,
        viewer: Viewer,
    ) -> tuple[DecisionAnswer, ...]:
        """Return one decision for each territory, in their order; raises as :meth:`decide`.

        File, rulebook and adoptions are read once for all of them.
        """
        question = Question(subject_id, matter, organ_kind, on)
        async with _levelled():
            return await self._files.decide(question, territories, viewer)

    async def decided_file(
        self,
        subject_id: str,
        territories: Sequence[str],
        matter: str,
        organ_kind: str,
        on: date,
        viewer: Viewer,
    ) -> tuple[SubjectFile, tuple[DecisionAnswer, ...]]:
        """Return a subject's file and :meth:`decide_many`, of one moment; raises as that does."""
        question = Question(subject_id, matter, organ_kind, on)
        async with _levelled():
            return await self._files.decided_file(question, territories, viewer)

    async def record(self, origin: str, idx: int, viewer: Viewer, on: date) -> RecordDetail:
        """Return a record with its proof; raises GoneRefusal for all that may not be shown."""
        async with _levelled():
            return await self._records.detail(origin, idx, viewer, on)

    async def impact(self, viewer: Viewer) -> ImpactView | None:
        """Return what the draft compared last would change, as far as it may be shown today."""
        return None if self._impacts is None else await self._impacts.latest(viewer, self.today())

    async def inbox(self, member: str) -> Inbox:
        """Return what other members have sent to one, and the cases in which it has to act."""
        inbox, cases = await self._inboxes.of(member), await self.standard_cases.waiting(member)
        return replace(inbox, cases=cases.cases, whole=inbox.whole and cases.whole)

    async def inboxes(self) -> tuple[Inbox, ...]:
        """Return what other members have sent to each member; the cases are told apart."""
        return await self._inboxes.all()

    async def desk(self, member: str, after: str = "") -> Desk:
        """Return a page of the measures that a member is asked to consider, and has to lift."""
        return await self._desks.of(member, after)

    async def board(self) -> Board:
        """Return how the desks of all members stand."""
        return await self._desks.board()

    async def propagation(self, origin: str, idx: int, viewer: Viewer) -> Propagation:
        """Return the way of one cause; raises GoneRefusal for all that may not be shown."""
        async with _levelled():
            return await self._desks.propagation(origin, idx, viewer)

    async def joint_cases(self) -> JointCases:
        """Return how often measures were used, by measure, matter, member and month."""
        return await self._counting.joint()

    async def logs(self) -> tuple[LogView, ...]:
        """Return the logs this node holds."""
        return await self._logs.views()

    async def checkpoints(self, origin: str) -> tuple[CheckpointView, ...]:
        """Return the latest checkpoints of a log, the newest first; none for an unknown log."""
        return await self._logs.checkpoints(origin)

    async def coverage(self) -> Coverage:
        """Return what an answer would span now."""
        return await self._covering.of(await self._heads.known())

    async def rulebook(self, on: date | None = None) -> RulebookView | None:
        """Return the rulebook in force on a date (today if none is named), None without one."""
        async with open_reading(self._db) as reading:
            known = await reading.logs.known()
            return await self._rulebooks.in_force(on or today(self._clock), known, reading)
