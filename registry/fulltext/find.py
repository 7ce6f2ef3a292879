"""Finding records by their words: what an engine recalls is looked at with the viewer's eyes.

The index holds what the public could read when it was built. Each hit is read again as it stands
now, and what may not be seen is neither shown nor counted: it is like what never existed.
"""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Final

from registry.clock import Clock, today
from registry.domain.disclosure import class_of
from registry.domain.records.titles import title_of
from registry.errors import MalformedRefusal, UnavailableRefusal
from registry.fulltext.cursor import Cursor, read_cursor
from registry.fulltext.snippets import snippets_of
from registry.fulltext.views import FoundText, TextAsk, TextsAnswer
from registry.query.coverage import Behind, Covering, Kinds
from registry.query.show import Sight
from registry.query.views import Viewer
from registry.store.engine import Database
from registry.store.reading import Known, LatestKnown, LogReading
from registry.store.reading_files import Loaded, Stated, open_reading
from registry.store.reading_records import Place
from search.errors import InvalidQueryError, SearchError
from search.texts.engine import TextSearcher
from search.texts.question import Key, Question, TextHit, TextsFound
from signing.charter import Charter

PERSON: Final = "person"
"""The scheme of a subject that is known by a person's document."""
LOOKED: Final = 200
"""Hits looked at for total and facets, from the first one on: with more of them they are bounds."""


@dataclass(frozen=True, slots=True)
class _Page:
    """What may be shown of the hits that an engine gave, in their order."""

    found: TextsFound
    shown: tuple[tuple[Key, Stated], ...]

    def behind(self, after: Key, ask: TextAsk) -> "_Page | None":
        """Return what comes behind a key, None where that may not be all of the next page."""
        place = _place(after, ask)
        shown = tuple(one for one in self.shown if _place(one[0], ask) > place)
        if self.found.last is not None and len(shown) <= ask.limit:
            return None
        return _Page(self.found, shown)

    def last(self, limit: int) -> Key | None:
        """Return the key behind which the page after this one begins, None where there is none."""
        return self.shown[limit - 1][0] if len(self.shown) > limit else self.found.last


@dataclass(frozen=True, slots=True)
class _Eyes:
    """With what eyes, and as of which commit, hits are looked at."""

    sight: Sight
    known: Known
    seq: int


class TextFinder:
    """Answers questions for records by their words, for one viewer at a time."""

    def __init__(self, db: Database, charter: Charter, search: TextSearcher, clock: Clock) -> None:
        """Take the database that holds the current state and the engine that recalls."""
        self._db = db
        self._search = search
        self._clock = clock
        self._heads = LogReading(db.pool)
        self._latest = LatestKnown()
        self.under(charter)

    def under(self, charter: Charter) -> None:
        """Answer under another charter from now on."""
        behind = Behind(self._heads)
        self._covering = Covering(charter, Kinds(self._heads), behind, self._clock)

    async def find(self, ask: TextAsk, viewer: Viewer) -> TextsAnswer:
        """Answer a question.

        Raises:
            MalformedRefusal: the question is out of bounds, or the cursor is none of it.
            UnavailableRefusal: no engine answers.
        """
        cursor = read_cursor(ask)
        known, day = await self._latest.now(self._heads), today(self._clock)
        seq = known.newest if cursor is None else cursor.seq
        eyes = _Eyes(Sight(viewer, day, day), known, seq)
        after = None if cursor is None else cursor.key
        try:
            question = ask.question(LOOKED)
            counted = await self._page(ask, question, eyes)
            page = counted if after is None else counted.behind(after, ask)
            if page is None:
                page = await self._page(ask, replace(question, after=after), eyes)
        except InvalidQueryError as error:
            raise MalformedRefusal(error.zh, error.en, code=error.detail_code) from error
        except SearchError as error:
            raise UnavailableRefusal(error.zh, error.en, code=error.detail_code) from error
        hits = (_hit(one, eyes.sight, question.words) for _, one in page.shown[: ask.limit])
        last = page.last(ask.limit)
        return TextsAnswer(
            hits=tuple(hit for hit in hits if hit.passages),
            total=len(counted.shown),
            exact=counted.found.last is None,
            facets=_facets([one for _, one in counted.shown], eyes.sight),
            following="" if last is None else Cursor(seq, last).written(ask),
            engine=page.found.engine,
            coverage=await self._covering.of(known),
            degraded=page.found.degraded,
            behind=page.found.behind,
        )

    async def _page(self, ask: TextAsk, question: Question, eyes: _Eyes) -> _Page:
        """Ask the engine once, and look at each hit as it stands now."""
        found = await self._search.search(question)
        asked = {hit.place: bytes.fromhex(hit.about) for hit in found.hits}
        async with open_reading(self._db) as reading:
            located = ((subject, place) for place, subject in asked.items())
            files = await reading.files.located(located, eyes.known)
            later = {}
            if eyes.seq < eyes.known.newest:
                later = await reading.logs.commits_of(list(asked))
        shown = (
            (hit.key, one)
            for hit in found.hits
            if later.get(hit.place, 0) <= eyes.seq
            and (one := _shown(hit, files, eyes.sight)) is not None
            and (not ask.states or not {*ask.states}.isdisjoint(_states(one, eyes.sight)))
        )
        return _Page(found, tuple(shown))


def _place(key: Key, ask: TextAsk) -> tuple[int, ...]:
    """Return numbers that grow along the order asked for."""
    rank, day, (log, idx) = key
    way = 1 if ask.order == "oldest" else -1
    return rank, way * day.toordinal(), way * log, way * idx


def _shown(hit: TextHit, files: Mapping[Place, Loaded], sight: Sight) -> Stated | None:
    """Return the record of a hit, if this viewer may see it and whom it is about."""
    loaded = files.get(hit.place)
    if loaded is None or not (seen := sight.seen(loaded.records)):
        return None
    # Whom a record that is seen is about exists, unless that is a person: a costly question.
    persons = any(row.scheme == PERSON for row in loaded.subjects)
    return None if persons and not sight.exists(loaded, bytes.fromhex(hit.about)) else seen[0]


def _states(one: Stated, sight: Sight) -> tuple[str, ...]:
    """Return what has become of a record, and what must stand beside it."""
    return (sight.state(one), *sight.marks(one))


def _hit(one: Stated, sight: Sight, words: Sequence[str]) -> FoundText:
    record = sight.readable(one)
    return FoundText(
        origin=one.origin,
        idx=one.row.idx,
        member=one.member,
        type=one.row.type,
        title=title_of(record),
        subject_id=one.row.subject_id.hex(),
        subject=record.subject.name,
        organ=record.authority.name,
        decided_on=record.decided_on,
        severity=class_of(record) or "",
        states=_states(one, sight),
        passages=snippets_of(record, words),
    )


def _facets(shown: Sequence[Stated], sight: Sight) -> dict[str, dict[str, int]]:
    """Count the records that have a value, the commonest value first."""
    values: dict[str, Iterable[str]] = {
        "cities": (one.member for one in shown),
        "types": (one.row.type for one in shown),
        "severities": (found for one in shown if (found := class_of(one.record)) is not None),
        "states": (state for one in shown for state in _states(one, sight)),
        "organs": (one.record.authority.name for one in shown),
    }
    return {
        facet: dict(sorted(Counter(found).items(), key=lambda pair: (-pair[1], pair[0])))
        for facet, found in values.items()
    }
