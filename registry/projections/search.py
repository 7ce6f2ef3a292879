"""The follower that keeps the search index: one document per subject, from its current state.

A document holds what the public may find, and nothing else: how a question was read, and whether
names that resemble it are shown, would tell of what is hidden in it. The read side decides for each
viewer anew: a document may be older than a repair. Natural persons are not indexed, nor are
subjects known only by a person's document.
"""

from collections.abc import Sequence
from datetime import date
from typing import Final

from registry.clock import Clock
from registry.domain.disclosure import class_of
from registry.domain.records import FACTS
from registry.projections.follow import Follower, Turn, at_any_time
from registry.projections.indexing import (
    SUBJECTS,
    TOGETHER,
    Indexing,
    MeilisearchMarks,
    public_on,
    up_to_date,
)
from registry.projections.served import Served
from registry.store.engine import Database
from registry.store.reading import LogReading
from registry.store.reading_files import Loaded, Stated
from registry.store.reading_follow import FollowReading
from registry.store.reading_terms import codes_of, names_of, numbers_of
from search.cities import SECONDS, Cities, Holder
from search.documents import VALUES_MAX, Document
from search.engine import Engine, Searcher
from search.postgres import PostgresEngine
from search.schema import LAYOUT
from search.watch import Watched

SEARCH: Final = "search-"
"""How the cursors of all search indexes begin."""
NAME: Final = f"{SEARCH}{LAYOUT}"
"""The cursor's name has the layout's number: an index of a new layout is built from nothing."""


class Indexer(Indexing[Document]):
    """Builds and sends documents; idempotent, since each is built from the current state."""

    def __init__(
        self,
        db: Database,
        engine: Engine,
        clock: Clock,
        turn: Turn = at_any_time,
        at_once: int = SUBJECTS,
        members: frozenset[str] = frozenset(),
    ) -> None:
        """Take what it reads from and sends to (see `Indexing`), of these members' subjects."""
        super().__init__(db, clock, turn, at_once)
        self._members = members
        self._engine = engine

    def _made(self, files: Sequence[Loaded], day: date, version: int) -> list[Document]:
        built = (document_of(loaded, day, version) for loaded in files)
        return [one for one in built if one is not None and is_of(one, self._members)]

    async def _send(self, asked: Sequence[bytes], built: list[Document]) -> None:
        await self._engine.upsert(built)
        kept = {document.id for document in built}
        gone = [one.hex() for one in asked if one.hex() not in kept]
        if gone:
            await self._engine.delete(gone)


def search_follower(
    db: Database, engine: Engine, clock: Clock, turn: Turn = at_any_time
) -> Follower:
    """Return the follower that keeps ``engine`` up to date, in its turns."""
    return Follower(NAME, db, Indexer(db, engine, clock, turn).apply)


def meilisearch_follower(
    db: Database,
    served: Served,
    at_hand: PostgresEngine,
    clock: Clock,
    turn: Turn = at_any_time,
) -> Follower:
    """Return the follower that keeps a Meilisearch up to date, in few large tasks."""
    indexer = Indexer(db, served.engine, clock, turn, TOGETHER, served.members)
    marks = MeilisearchMarks(db, served.engine, lambda: at_hand.count(served.members), NAME)
    return Follower(served.name, db, indexer.apply, marks)


async def begin_anew(db: Database, at_hand: Engine) -> None:
    """Have every search index built from nothing, by the followers of the node that runs or starts.

    ``at_hand`` is emptied, and says meanwhile that it is behind; a Meilisearch goes on answering
    from what it has until the new index is whole.
    """
    await at_hand.clear()
    await FollowReading(db.pool).reset_all(SEARCH)


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

    def watched(one: Served) -> Watched[Engine]:
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
    """Tell whether a subject may be found by the record."""
    return one.row.type in FACTS and public_on(one, day)
