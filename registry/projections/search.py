"""The follower that keeps the search index: one document per subject, from its current state.

A document holds what the public may find, and nothing else: how a question was read, and whether
names that resemble it are shown, would tell of what is hidden in it. The read side decides for each
viewer anew: a document may be older than a repair. Natural persons are not indexed, nor are
subjects known only by a person's document.
"""

import asyncio
import logging
from collections.abc import AsyncIterator, Awaitable, Callable, Iterable, Iterator, Sequence
from datetime import date, timedelta
from itertools import islice
from typing import Final

from registry.clock import Clock, today
from registry.domain.disclosure import Role, class_of, may_show
from registry.domain.records import FACTS
from registry.domain.showing import shown_as
from registry.projections.follow import Follower
from registry.projections.served import Served
from registry.store.engine import Database
from registry.store.reading import LogReading
from registry.store.reading_files import FileReading, Loaded, Stated
from registry.store.reading_follow import Commit, FollowReading
from registry.store.reading_terms import codes_of, names_of, numbers_of
from search.cities import SECONDS, Cities, Holder
from search.documents import VALUES_MAX, Document
from search.engine import Engine, Searcher
from search.postgres import PostgresEngine
from search.schema import LAYOUT
from search.watch import Holding, Look, Watched

SEARCH: Final = "search-"
"""How the cursors of all search indexes begin."""
NAME: Final = f"{SEARCH}{LAYOUT}"
"""The cursor's name has the layout's number: an index of a new layout is built from nothing."""
TOGETHER: Final = 2_000
"""Documents sent to a Meilisearch in one task: it takes seconds for one, hardly more for these."""
LATE: Final = timedelta(seconds=30)
"""How long a commit may wait for an index before another engine answers in its place."""
ENTRIES: Final = 1000
"""Entries read at once."""
SUBJECTS: Final = 100
"""Documents built and sent at once: little enough that no receipt waits long for it."""
DISTINCT: Final = 100_000
"""Subjects gathered before any is built (some 10 MB): far behind, each is built once, not once for
every commit that speaks of it."""
PATIENCE: Final = 10.0
"""Seconds that a chunk waits at most for a quiet moment: receipts first, but not for ever."""
_log = logging.getLogger(__name__)
Quiet = Callable[[float], Awaitable[None]]


class Indexer:
    """Builds and sends documents; idempotent, since each is built from the current state."""

    def __init__(
        self,
        db: Database,
        engine: Engine,
        clock: Clock,
        quiet: Quiet | None = None,
        at_once: int = SUBJECTS,
        members: frozenset[str] = frozenset(),
    ) -> None:
        """Take what it reads from and sends to; ``quiet`` waits until nothing urgent runs.

        ``at_once`` documents are built and sent together, those of the subjects of these members.
        """
        self._quiet = quiet
        self._at_once = at_once
        self._members = members
        self._engine = engine
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
                sending = asyncio.create_task(self._send(asked, built))
            if sending is not None:
                await sending
        finally:
            if sending is not None:
                sending.cancel()
                await asyncio.gather(sending, return_exceptions=True)

    async def index(self, subjects: Iterable[bytes]) -> None:
        """Index these subjects anew, whatever commits speak of them."""
        asked = tuple(subjects)
        await self._send(asked, await self._built(asked))

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

    async def _built(self, asked: Iterable[bytes]) -> list[Document]:
        """Build the documents of these subjects, as far as anything is left of them.

        The version is read before the state, so a document is never older than it says.
        """
        if self._quiet is not None:
            await self._quiet(PATIENCE)
        version = await self._follow.last()
        known = await self._logs.known()
        files = await self._files.load_alone(asked, known)
        day = today(self._clock)
        built = (document_of(loaded, day, version) for loaded in files.values())
        return [one for one in built if one is not None and is_of(one, self._members)]

    async def _send(self, asked: Iterable[bytes], documents: Sequence[Document]) -> None:
        """Send what was built, and delete the documents of which nothing is left."""
        await self._engine.upsert(documents)
        kept = {document.id for document in documents}
        gone = [one.hex() for one in asked if one.hex() not in kept]
        if gone:
            await self._engine.delete(gone)


def search_follower(
    db: Database, engine: Engine, clock: Clock, quiet: Quiet | None = None
) -> Follower:
    """Return the follower that keeps ``engine`` up to date, in quiet moments if it can."""
    return Follower(NAME, db, Indexer(db, engine, clock, quiet).apply)


class MeilisearchMarks:
    """How far the index of a Meilisearch has come.

    One that was wiped or never made is made in its place. One that is begun anew while there is
    another is built beside it, which answers meanwhile, and swapped in when it holds everything.
    """

    def __init__(self, db: Database, served: Served, at_hand: PostgresEngine) -> None:
        """Take the engine, and the other engine, with which a new index is compared."""
        self._follow = FollowReading(db.pool)
        self._engine = served.engine
        self._members = served.members
        self._at_hand = at_hand
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
        if stood < await self._follow.last() or stood > await self._follow.cursor(NAME):
            return False
        built = await self._engine.count(self._engine.beside)
        there = await self._at_hand.count(self._members)
        if built != there:
            text = "the index built beside has %d documents, the other engine %d: not swapped"
            _log.error(text, built, there)
        return built == there


def meilisearch_follower(
    db: Database,
    served: Served,
    at_hand: PostgresEngine,
    clock: Clock,
    quiet: Quiet | None = None,
) -> Follower:
    """Return the follower that keeps a Meilisearch up to date, in few large tasks."""
    indexer = Indexer(db, served.engine, clock, quiet, TOGETHER, served.members)
    return Follower(served.name, db, indexer.apply, MeilisearchMarks(db, served, at_hand))


async def begin_anew(db: Database, at_hand: Engine) -> None:
    """Have every search index built from nothing, by the followers of the node that runs or starts.

    ``at_hand`` is emptied, and says meanwhile that it is behind; a Meilisearch goes on answering
    from what it has until the new index is whole.
    """
    await at_hand.clear()
    await FollowReading(db.pool).reset_all(SEARCH)


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


def searcher(
    db: Database,
    engine: Engine,
    served: Sequence[Served],
    clock: Clock,
    seconds: float = SECONDS,
) -> Searcher:
    """Return what answers searches: the engines of cities and of the rest, ``engine`` behind them.

    ``seconds`` is what a question waits for each of them; for cities of which nothing was admitted
    here ``engine`` cannot stand in.
    """
    reading, logs = FollowReading(db.pool), LogReading(db.pool)

    async def held() -> frozenset[str]:
        return frozenset(head.party_code for head in (await logs.known()).heads if head.size)

    def watched(one: Served) -> Watched:
        return Watched(one.engine, up_to_date(db, one.engine.marked, clock))

    at_hand = Watched(engine, up_to_date(db, lambda: reading.cursor(NAME), clock))
    rest = next((watched(one) for one in served if not one.members), at_hand)
    holders = [Holder(one.members, watched(one)) for one in served if one.members]
    return Cities(rest, at_hand, held, holders, seconds)


def is_of(document: Document, members: frozenset[str]) -> bool:
    """Tell whether an index of these members holds a document; without members it holds all."""
    return not members or not members.isdisjoint(document.cities)


def document_of(loaded: Loaded, day: date, version: int) -> Document | None:
    """Return what a subject can be found by, or None if there is nothing."""
    root = loaded.root
    if root.kind == "natural_person" or root.scheme == "person":
        return None
    records = [one for one in loaded.records if _findable(one, day)]
    if not records:
        return None
    names = [name.name for name in names_of(records)]
    days = [one.record.decided_on for one in records]
    return Document(
        id=root.subject_id.hex(),
        kind=root.kind,
        name=names[0],
        version=version,
        former_names=tuple(names[1:VALUES_MAX]),
        codes=codes_of(records)[:VALUES_MAX],
        numbers=numbers_of(records)[:VALUES_MAX],
        cities=tuple(sorted({one.member for one in records})),
        types=tuple(sorted({one.row.type for one in records})),
        severities=tuple(sorted({c for one in records if (c := class_of(one.record)) is not None})),
        dates=(min(days), max(days)),
    )


def _findable(one: Stated, day: date) -> bool:
    """Tell whether the public may see the record on a day."""
    if one.row.type not in FACTS:
        return False
    state = shown_as(one.record, one.state_on(day), day, one.row.flags)
    return may_show(Role.PUBLIC, state, day)
