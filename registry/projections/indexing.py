"""What followers that keep an index have in common: whom commits speak of, and how far it has come.

An index is built from the current state of those whom commits speak of, never from the commits, so
it is idempotent, and a late message cannot bring back what has ended.
"""

import asyncio
import logging
from abc import ABC, abstractmethod
from collections.abc import AsyncIterator, Awaitable, Callable, Iterable, Iterator, Sequence
from datetime import date, timedelta
from itertools import islice
from typing import Final, Generic, TypeVar

from registry.clock import Clock, today
from registry.domain.disclosure import Role, may_show
from registry.domain.showing import shown_as
from registry.projections.follow import Turn, at_any_time
from registry.store.engine import Database
from registry.store.reading import LogReading
from registry.store.reading_files import FileReading, Loaded, Stated
from registry.store.reading_follow import Commit, FollowReading
from search.meilisearch_index import MeilisearchIndex
from search.watch import Holding, Look

TOGETHER: Final = 2_000
"""Subjects sent to a Meilisearch in one task: it takes seconds for one, hardly more for these."""
LATE: Final = timedelta(seconds=30)
"""How long a commit may wait for an index before another engine answers in its place."""
ENTRIES: Final = 1000
"""Entries read at once."""
SUBJECTS: Final = 25
"""Subjects built at once: little enough that no receipt waits long for it."""
DISTINCT: Final = 100_000
"""Subjects gathered before any is built (some 10 MB): far behind, each is built once, not once for
every commit that speaks of it."""
_log = logging.getLogger(__name__)
B = TypeVar("B")


class Indexing(ABC, Generic[B]):
    """Builds and sends what an index holds of subjects."""

    def __init__(
        self, db: Database, clock: Clock, turn: Turn = at_any_time, at_once: int = SUBJECTS
    ) -> None:
        """Take what it reads from, and what lends the ``turn`` in which some are built.

        ``at_once`` subjects are sent together: in a turn as well, if they were built in one. More
        go to a server of its own, which works elsewhere, and may take its time.
        """
        self._turn = turn
        self._turn_to_send = turn if at_once <= SUBJECTS else at_any_time
        self._at_once = at_once
        self._clock = clock
        self._follow = FollowReading(db.pool)
        self._logs = LogReading(db.pool)
        self._files = FileReading(db.pool)

    async def apply(self, commits: tuple[Commit, ...]) -> None:
        """Index anew every subject that these commits speak of."""
        sending: asyncio.Task[None] | None = None
        try:
            async for asked in self._subjects(commits):
                built = await self._built(asked)
                if sending is not None:
                    await sending
                # In order, one after the other; what comes next is built while the engine works.
                sending = asyncio.create_task(self._sent(asked, built))
            if sending is not None:
                await sending
        finally:
            if sending is not None:
                sending.cancel()
                await asyncio.gather(sending, return_exceptions=True)

    async def index(self, subjects: Iterable[bytes]) -> None:
        """Index these subjects anew, whatever commits speak of them."""
        asked = tuple(subjects)
        await self._sent(asked, await self._built(asked))

    async def _sent(self, asked: Sequence[bytes], built: list[B]) -> None:
        async with self._turn_to_send():
            await self._send(asked, built)

    async def _subjects(self, commits: Iterable[Commit]) -> AsyncIterator[tuple[bytes, ...]]:
        """Yield whom these commits speak of, so many at once as are sent together."""
        gathered: set[bytes] = set()
        for commit in commits:
            for start in range(commit.start, commit.end, ENTRIES):
                end = min(start + ENTRIES, commit.end)
                gathered |= await self._follow.subjects_between(commit.log_id, start, end)
                if len(gathered) >= DISTINCT:
                    for together in self._together(gathered):
                        yield together
                    gathered.clear()
        for together in self._together(gathered):
            yield together

    def _together(self, gathered: Iterable[bytes]) -> Iterator[tuple[bytes, ...]]:
        rest = iter(gathered)
        while together := tuple(islice(rest, self._at_once)):
            yield together

    async def _built(self, asked: Sequence[bytes]) -> list[B]:
        """Build what the index is to hold of these subjects, few at a time.

        The version is read before the state, so nothing is older than it says.
        """
        built: list[B] = []
        for start in range(0, len(asked), SUBJECTS):
            async with self._turn():
                version = await self._follow.last()
                known = await self._logs.known()
                files = await self._files.load_alone(asked[start : start + SUBJECTS], known)
                built += self._made(tuple(files.values()), today(self._clock), version)
        return built

    @abstractmethod
    def _made(self, files: Sequence[Loaded], day: date, version: int) -> list[B]:
        """Make what is sent, of the files of subjects as of a day and a commit."""

    @abstractmethod
    async def _send(self, asked: Sequence[bytes], built: list[B]) -> None:
        """Send what was built, and take away of which nothing is left."""


def public_on(one: Stated, day: date) -> bool:
    """Tell whether the public may see the record on a day."""
    state = shown_as(one.record, one.state_on(day), day, one.row.flags)
    return may_show(Role.PUBLIC, state, day)


Count = Callable[[], Awaitable[int]]
"""Counts what another engine holds of what an index is to hold."""


class MeilisearchMarks:
    """How far the index of a Meilisearch has come.

    One that was wiped or never made is made in its place. One that is begun anew while there is
    another is built beside it, which answers meanwhile, and swapped in when it holds everything.
    """

    def __init__(self, db: Database, engine: MeilisearchIndex, at_hand: Count, name: str) -> None:
        """Take the engine, and what counts the one at hand, kept under the cursor ``name``."""
        self._follow = FollowReading(db.pool)
        self._engine = engine
        self._at_hand = at_hand
        self._name = name
        self._prepared = False

    async def stand(self) -> int:
        """Return the commit up to which the index that is written holds everything."""
        engine, prepared = self._engine, self._prepared
        self._prepared = False  # whatever fails: the server may be another one when it is back
        stood: int | None = None
        if not prepared or engine.written == engine.beside:  # only then one may be under way
            stood = await engine.marked(engine.beside)
            engine.written = engine.index if stood is None else engine.beside
        if stood is None and (stood := await engine.marked()) is None:
            await engine.mark(0)  # first, so that no mark is of an index before
            stood, prepared = 0, False
        if not prepared:
            await engine.prepare()
        if engine.written == engine.beside and await self._complete(stood):
            await engine.swap()
        self._prepared = True
        return stood

    async def mark(self, seq: int) -> None:
        """Note that the index holds everything up to a commit; with 0 it is begun anew."""
        if seq or await self._engine.marked() == 0:
            await self._engine.mark(seq)
        else:
            await self._engine.begin_beside()

    async def _complete(self, stood: int) -> bool:
        """Tell whether the index built beside holds all that the other engine holds."""
        if stood < await self._follow.last() or stood > await self._follow.cursor(self._name):
            return False
        built, there = await self._engine.count(self._engine.beside), await self._at_hand()
        if built != there:
            text = "the index built beside has %d documents, the other engine %d: not swapped"
            _log.error(text, built, there)
        return built == there


Standing = Callable[[], Awaitable[int | None]]
"""Says up to which commit an index was built; None for one that is not there."""


def up_to_date(db: Database, standing: Standing, clock: Clock) -> Look:
    """Say of an index how far it has come, and whether only the last moments are still to come."""
    reading = FollowReading(db.pool)

    async def look() -> Holding:
        stood = await standing()
        if stood is None or stood > await reading.last():
            return Holding(whole=False)
        since = await reading.waiting_since(stood)
        whole = since is None or clock.now() - since <= LATE
        return Holding(whole, stood, await reading.committed_at(stood))

    return look
