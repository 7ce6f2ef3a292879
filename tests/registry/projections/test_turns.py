"""What follows admissions works in its turns: not while one runs, a little at a time."""

import asyncio
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass

import pytest

from registry.ingest.slots import Slots
from registry.projections.indexing import SUBJECTS, TOGETHER
from registry.projections.search import Indexer
from registry.quality.follower import Counting
from registry.store.reading_files import FileReading
from search.documents import Document
from search.postgres import PostgresEngine
from tests.registry.query.scene import WUHU, Scene, firm, registration, sid, uscc

FIRMS = 2 * SUBJECTS + 1


@dataclass
class Turns:
    """Lends turns, as many at once as are asked for, and knows who works."""

    running: int = 0
    lent: int = 0

    @asynccontextmanager
    async def turn(self) -> AsyncIterator[None]:
        self.running += 1
        self.lent += 1
        try:
            yield
        finally:
            self.running -= 1


class Watched(PostgresEngine):
    """Notes how much was sent, and whether in a turn."""

    def __init__(self, scene: Scene, turns: Turns) -> None:
        super().__init__(scene.node.db.pool)
        self.turns = turns
        self.sent: list[tuple[int, bool]] = []

    async def upsert(self, documents: Sequence[Document]) -> None:
        self.sent.append((len(documents), self.turns.running > 0))
        await super().upsert(documents)


@pytest.mark.parametrize(
    ("at_once", "sent"),
    [
        (SUBJECTS, [(SUBJECTS, True), (SUBJECTS, True), (1, True)]),
        (TOGETHER, [(FIRMS, False)]),  # to a server of its own, which takes its time
    ],
)
async def test_subjects_are_read_few_at_a_time_and_in_turns(scene, monkeypatch, at_once, sent):
    turns, read = Turns(), []
    load = FileReading.load_alone

    async def watched(self, subjects, known):
        read.append((len(subjects), turns.running > 0))
        return await load(self, subjects, known)

    await scene.state(WUHU, *(registration(subject=firm(number)) for number in range(FIRMS)))
    engine = Watched(scene, turns)
    monkeypatch.setattr(FileReading, "load_alone", watched)
    indexer = Indexer(scene.node.db, engine, scene.node.clock, turns.turn, at_once)
    commits = await indexer._follow.after(0, 10)
    await indexer.apply(commits)
    assert read == [(SUBJECTS, True), (SUBJECTS, True), (1, True)]
    assert engine.sent == sent
    assert turns.lent == len(read) + sum(in_turn for _, in_turn in sent)


async def test_neither_index_nor_figures_are_worked_on_while_an_admission_runs(scene):
    await scene.state(WUHU, registration())
    await scene.engine.clear()
    slots = Slots(1)
    counting = Counting(scene.node.db, scene.node.charter, turn=slots.turn)
    indexer = Indexer(scene.node.db, scene.engine, scene.node.clock, slots.turn)
    async with slots.take():
        counted = asyncio.create_task(counting.catch_up())
        indexed = asyncio.create_task(indexer.index([bytes.fromhex(sid(uscc(1)))]))
        await asyncio.sleep(0.3)
        assert not counted.done()
        assert not indexed.done()
        assert await scene.engine.count() == 0
    assert await counted == 1
    await indexed
    assert await scene.engine.count() == 1
