"""The followers that keep the index of texts: what the public may read of each record, in words.

As with names the index holds what the public may find and nothing else, of no natural person, and
the read side decides for each viewer anew. A record's words never change, so those that are there
already are left alone; what may not be shown any more is taken away.
"""

import asyncio
from collections.abc import Sequence
from datetime import date
from typing import Final

from registry.clock import Clock
from registry.domain.disclosure import class_of
from registry.domain.records.passages import PASSAGES, passages_of
from registry.projections.follow import Follower, Turn, at_any_time
from registry.projections.indexing import (
    SUBJECTS,
    TOGETHER,
    Indexing,
    MeilisearchMarks,
    public_on,
    up_to_date,
)
from registry.store.engine import Database
from registry.store.reading_files import Loaded, Stated
from registry.store.reading_follow import FollowReading
from search.query import FILTER_VALUE_MAX
from search.standby import Standby
from search.texts.engine import TextEngine, TextSearcher
from search.texts.letters import joined, letters
from search.texts.meilisearch import MeilisearchTexts
from search.texts.postgres import LAYOUT
from search.texts.text import Text
from search.watch import Watched

NAME: Final = f"texts-{LAYOUT.number}"
"""The cursor's name has the layout's number: an index of a new layout is built from nothing."""
MEILISEARCH: Final = "texts-meilisearch"


class TextIndexer(Indexing[Stated]):
    """Adds the texts that are new, removes those that may not be found any more."""

    def __init__(
        self,
        db: Database,
        engine: TextEngine,
        clock: Clock,
        turn: Turn = at_any_time,
        at_once: int = SUBJECTS,
    ) -> None:
        """Take what it reads from and sends to (see `Indexing`)."""
        super().__init__(db, clock, turn, at_once)
        self._engine = engine

    def _made(
        self,
        files: Sequence[Loaded],
        day: date,
        version: int,  # noqa: ARG002 - words do not change, so they are of no version
    ) -> list[Stated]:
        return [one for loaded in files for one in findable(loaded, day)]

    async def _send(self, asked: Sequence[bytes], built: list[Stated]) -> None:
        there = await self._engine.places([one.hex() for one in asked])
        if gone := there - {one.row.place for one in built}:
            await self._engine.remove(gone)
        come = [one for one in built if one.row.place not in there]
        if come:
            await self._engine.add(await asyncio.to_thread(_texts, come))


def text_follower(
    db: Database, engine: TextEngine, clock: Clock, turn: Turn = at_any_time
) -> Follower:
    """Return the follower that keeps ``engine`` up to date, in its turns."""
    return Follower(NAME, db, TextIndexer(db, engine, clock, turn).apply)


def meilisearch_text_follower(
    db: Database,
    engine: MeilisearchTexts,
    at_hand: TextEngine,
    clock: Clock,
    turn: Turn = at_any_time,
) -> Follower:
    """Return the follower that keeps a Meilisearch up to date, in few large tasks."""
    indexer = TextIndexer(db, engine, clock, turn, TOGETHER)
    return Follower(
        MEILISEARCH, db, indexer.apply, MeilisearchMarks(db, engine, at_hand.count, NAME)
    )


async def begin_texts_anew(db: Database, at_hand: TextEngine) -> None:
    """Have every index of texts built from nothing (as `begin_anew` those of names)."""
    follow = FollowReading(db.pool)
    await at_hand.clear()
    for name in (NAME, MEILISEARCH):
        await follow.reset(name)


def text_searcher(
    db: Database, engine: TextEngine, service: MeilisearchTexts | None, clock: Clock
) -> TextSearcher:
    """Return what answers: the Meilisearch, if there is one, and ``engine`` behind it."""
    reading = FollowReading(db.pool)
    at_hand = Watched[TextSearcher](engine, up_to_date(db, lambda: reading.cursor(NAME), clock))
    if service is None:
        return Standby([at_hand])
    first = Watched[TextSearcher](service, up_to_date(db, service.marked, clock))
    return Standby([first, at_hand])


def findable(loaded: Loaded, day: date) -> list[Stated]:
    """Return the records of a subject that the public may find by their words on a day."""
    root = loaded.root
    if root.kind == "natural_person" or root.scheme == "person":
        return []
    return [one for one in loaded.records if one.row.type in PASSAGES and public_on(one, day)]


def texts_of(loaded: Loaded, day: date) -> list[Text]:
    """Return all texts that an index is to hold about a subject on a day, by place."""
    return sorted(_texts(findable(loaded, day)), key=lambda text: text.place)


def text_of(one: Stated) -> Text:
    """Return the text of a record: its words as they are compared, and what it is narrowed by."""
    said = passages_of(one.record)
    return Text(
        place=one.row.place,
        about=one.row.subject_id.hex(),
        day=one.record.decided_on,
        city=one.member,
        type=one.row.type,
        severity=class_of(one.record) or "",
        organ=organ_key(one.record.authority.name),
        lead=joined(passage.text for passage in said if passage.leads),
        rest=joined(passage.text for passage in said if not passage.leads),
    )


def organ_key(name: str) -> str:
    """Return by what an organ is compared."""
    return letters(name)[:FILTER_VALUE_MAX]


def _texts(records: Sequence[Stated]) -> list[Text]:
    return [text_of(one) for one in records]
