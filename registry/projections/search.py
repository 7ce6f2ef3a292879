"""The follower that keeps the search index: one document per subject, from its current state.

A document holds what the public may find, and nothing else: how a question was read, and whether
names that resemble it are shown, would tell of what is hidden in it. The read side decides for each
viewer anew: a document may be older than a repair. Natural persons are not indexed, nor are
subjects known only by a person's document.
"""

from collections.abc import Awaitable, Callable, Iterable
from datetime import date, timedelta
from typing import Final

from registry.clock import Clock, today
from registry.domain.disclosure import Role, may_show, state_of
from registry.projections.follow import Follower
from registry.store.engine import Database
from registry.store.reading import LogReading
from registry.store.reading_files import FileReading, Loaded, Stated
from registry.store.reading_follow import Commit, FollowReading
from registry.store.reading_terms import NOT_SUBJECTS, codes_of, names_of, numbers_of
from search.documents import VALUES_MAX, Document
from search.engine import Engine
from search.meilisearch import MeilisearchEngine
from search.standby import Fit

NAME: Final = "search"
MEILISEARCH: Final = "search-meilisearch"
TOGETHER: Final = 2_000
"""Documents sent to a Meilisearch in one task: it takes seconds for one, hardly more for these."""
LATE: Final = timedelta(seconds=30)
"""How long a commit may wait for a Meilisearch before the other engine answers in its place."""
ENTRIES: Final = 1000
"""Entries read at once."""
SUBJECTS: Final = 100
"""Documents built and sent at once: little enough that no receipt waits long for it."""
PATIENCE: Final = 10.0
"""Seconds that a chunk waits at most for a quiet moment: receipts first, but not for ever."""
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
    ) -> None:
        """Take what it reads from and sends to; ``quiet`` waits until nothing urgent runs.

        ``at_once`` documents are built and sent together.
        """
        self._quiet = quiet
        self._at_once = at_once
        self._engine = engine
        self._clock = clock
        self._follow = FollowReading(db.pool)
        self._logs = LogReading(db.pool)
        self._files = FileReading(db.pool)

    async def apply(self, commits: tuple[Commit, ...]) -> None:
        """Index anew every subject that these commits speak of."""
        waiting: set[bytes] = set()
        for commit in commits:
            for start in range(commit.start, commit.end, ENTRIES):
                end = min(start + ENTRIES, commit.end)
                waiting |= await self._follow.subjects_between(commit.log_id, start, end)
                while len(waiting) >= self._at_once:
                    await self.index([waiting.pop() for _ in range(self._at_once)])
        if waiting:
            await self.index(waiting)

    async def index(self, subjects: Iterable[bytes]) -> None:
        """Send the documents of these subjects, and delete those of which nothing is left.

        The version is read before the state, so a document is never older than it says.
        """
        asked = tuple(subjects)
        if self._quiet is not None:
            await self._quiet(PATIENCE)
        version = await self._follow.last()
        known = await self._logs.known()
        files = await self._files.load_alone(asked, known)
        day = today(self._clock)
        documents = [
            document
            for loaded in files.values()
            if (document := document_of(loaded, day, version)) is not None
        ]
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
    """How far the index of a Meilisearch has come; one that is not there is made anew."""

    def __init__(self, engine: MeilisearchEngine) -> None:
        """Take the engine."""
        self._engine = engine
        self._prepared = False

    async def stand(self) -> int:
        """Return the commit the index was built up to; 0 for one that was wiped or never made."""
        stood = await self._engine.marked()
        if stood is None:
            stood = await self._begin()
        elif not self._prepared:
            await self._engine.prepare()
        self._prepared = True
        return stood

    async def mark(self, seq: int) -> None:
        """Note in the engine that it holds everything up to a commit; 0 empties it first."""
        if seq:
            await self._engine.mark(seq)
        else:
            await self._engine.drop()
            await self._begin()

    async def _begin(self) -> int:
        """Make an empty index; the mark comes first, so that no mark is of an index before."""
        await self._engine.mark(0)
        await self._engine.prepare()
        return 0


def meilisearch_follower(
    db: Database, engine: MeilisearchEngine, clock: Clock, quiet: Quiet | None = None
) -> Follower:
    """Return the follower that keeps a Meilisearch up to date, in few large tasks."""
    indexer = Indexer(db, engine, clock, quiet, TOGETHER)
    return Follower(MEILISEARCH, db, indexer.apply, MeilisearchMarks(engine))


def up_to_date(db: Database, engine: MeilisearchEngine, clock: Clock) -> Fit:
    """Say of a Meilisearch whether it holds every commit but those of the last moments."""
    reading = FollowReading(db.pool)

    async def fit() -> bool:
        stood = await engine.marked()
        if stood is None or stood > await reading.last():
            return False
        since = await reading.waiting_since(stood)
        return since is None or clock.now() - since <= LATE

    return fit


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
        dates=(min(days), max(days)),
    )


def _findable(one: Stated, day: date) -> bool:
    """Tell whether the public may see the record on a day."""
    if one.row.type in NOT_SUBJECTS:
        return False
    state = state_of(one.record, one.state_on(day))
    return may_show(Role.PUBLIC, state, day)
