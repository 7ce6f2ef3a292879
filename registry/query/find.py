"""Finding subjects: an engine recalls, the current state decides what may be shown.

A hit is shown only if something about the subject may be shown to this viewer, and only for a name,
code or number that the viewer may see: the index knows former names and document numbers from
records that are not public, and a hit must not give them away.
"""

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace

from registry.clock import Clock, today
from registry.errors import MalformedRefusal, UnavailableRefusal
from registry.query.coverage import Covering
from registry.query.show import Sight
from registry.query.views import FindAnswer, FoundSubject, Viewer
from registry.store.engine import Database
from registry.store.reading import Known, LogReading
from registry.store.reading_files import Loaded, Stated, open_reading
from registry.store.reading_terms import (
    NOT_SUBJECTS,
    StatedName,
    codes_of,
    names_of,
    numbers_of,
)
from search.engine import Searcher
from search.errors import InvalidQueryError, SearchError
from search.matching import Candidate, match_name
from search.names import normalise
from search.query import LIMIT_MAX, RECALL_MAX, Answer, Hit, Query
from signing.charter import Charter


@dataclass(frozen=True, slots=True)
class _Page:
    """What was found so far, in the order of the engine."""

    hits: tuple[FoundSubject, ...]
    whole: bool
    first: Answer


class Finder:
    """Answers searches for one viewer at a time."""

    def __init__(
        self,
        db: Database,
        charter: Charter,
        search: Searcher,
        clock: Clock,
        covering: Covering,
    ) -> None:
        """Take the database that holds the current state and the engine that recalls."""
        self._db = db
        self._charter = charter
        self._clock = clock
        self._search = search
        self._covering = covering

    async def find(self, query: Query, viewer: Viewer) -> FindAnswer:
        """Answer a search; what may not be seen is neither shown nor counted.

        Raises:
            MalformedRefusal: the question is out of bounds.
            UnavailableRefusal: no search engine answers.
        """
        known = await LogReading(self._db.pool).known()
        day = today(self._clock)
        try:
            page = await self._page(query, Sight(viewer, day, day), known)
            if page.first.read_as != "name" and not page.hits:
                # A code or number that may not be shown is answered like one that is not there.
                query = replace(query, as_name=True)
                page = await self._page(query, Sight(viewer, day, day), known)
        except InvalidQueryError as error:
            raise MalformedRefusal(error.zh, error.en, code=error.detail_code) from error
        except SearchError as error:
            raise UnavailableRefusal(error.zh, error.en, code=error.detail_code) from error
        return FindAnswer(
            hits=page.hits[query.offset : query.offset + query.limit],
            total=len(page.hits),
            exact=page.whole,
            read_as=page.first.read_as,
            engine=page.first.engine,
            degraded=page.first.degraded,
            coverage=await self._covering.of(known),
        )

    async def _page(self, query: Query, sight: Sight, known: Known) -> _Page:
        """Ask the engine on until the page is full or nothing is left to ask for."""
        found: dict[str, FoundSubject] = {}
        offset = 0
        first: Answer | None = None
        while True:
            answer = await self._search.search(replace(query, limit=LIMIT_MAX, offset=offset))
            first = first or answer
            async with open_reading(self._db) as reading:
                asked = (bytes.fromhex(hit.id) for hit in answer.hits)
                files = await reading.files.load(asked, known)
            for hit in answer.hits:
                one = self._shown(hit, files, query, sight)
                if one is not None:
                    found.setdefault(one.subject_id, one)
            offset += LIMIT_MAX
            whole = offset >= min(answer.total, RECALL_MAX)
            if whole or len(found) >= query.offset + query.limit:
                return _Page(tuple(found.values()), whole and answer.total_is_exact, first)

    def _shown(
        self, hit: Hit, files: Mapping[bytes, Loaded], query: Query, sight: Sight
    ) -> FoundSubject | None:
        loaded = files.get(bytes.fromhex(hit.id))
        if loaded is None or not sight.exists(loaded, bytes.fromhex(hit.id)):
            return None
        seen = [o for o in sight.seen(loaded.records) if o.row.type not in NOT_SUBJECTS]
        if not any(_fits(one, query) for one in seen):
            return None
        names = names_of(seen)
        codes = codes_of(seen)
        allowed = _allowed(hit, query, seen, names)
        if allowed is None:
            return None
        return FoundSubject(
            subject_id=loaded.root.subject_id.hex(),
            name=names[0].name,
            code=codes[0] if codes else "",
            matched=allowed.matched,
            matched_on=allowed.on,
            former_names=tuple(name.name for name in names if name.former),
            cities=self._by_city(seen),
            types=tuple(sorted(Counter(one.row.type for one in seen).items())),
        )

    def _by_city(self, seen: Iterable[Stated]) -> tuple[tuple[str, int], ...]:
        counts = Counter(one.member for one in seen)
        order = [party.code for party in self._charter.parties]
        return tuple((code, counts[code]) for code in order if code in counts)


def _fits(one: Stated, query: Query) -> bool:
    """Tell whether one record fulfils all filters by itself."""
    day = one.record.decided_on
    return (
        (not query.cities or one.member in query.cities)
        and (not query.types or one.row.type in query.types)
        and (query.date_from is None or day >= query.date_from)
        and (query.date_to is None or day <= query.date_to)
    )


def _allowed(
    hit: Hit, query: Query, seen: Iterable[Stated], names: tuple[StatedName, ...]
) -> Hit | None:
    """Return the hit as this viewer may see it: by what he may see, or not at all."""
    if hit.matched == "code":
        return hit if hit.on in codes_of(seen) else None
    if hit.matched == "number":
        return hit if hit.on in numbers_of(seen) else None
    if any(name.name == hit.on for name in names):
        former = any(name.name == hit.on and name.former for name in names)
        return replace(hit, matched="former_name" if former else "name")
    candidate = Candidate(hit.id, names[0].name, tuple(name.name for name in names[1:]))
    return match_name(normalise(query.text), candidate)
