"""Finding subjects: an engine recalls, the current state decides what may be shown.

A hit is shown only if something about the subject may be shown to this viewer, and only for a name,
code or number that the viewer may see: the index knows former names and document numbers from
records that are not public, and a hit must not give them away.
"""

from collections import Counter
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, replace
from typing import Final

from registry.clock import Clock, today
from registry.domain.disclosure import class_of
from registry.domain.records import FACTS
from registry.errors import MalformedRefusal, UnavailableRefusal
from registry.query.coverage import Covering
from registry.query.searched import searched
from registry.query.show import Sight
from registry.query.views import FACETS, FindAnswer, FoundSubject, Viewer
from registry.store.engine import Database
from registry.store.reading import Known, LogReading
from registry.store.reading_files import Loaded, Stated, open_reading
from registry.store.reading_terms import StatedName, codes_of, names_of, numbers_of
from search.certainty import SURE, certainties
from search.engine import Searcher
from search.errors import InvalidQueryError, SearchError
from search.highlight import Span, spans
from search.matching import Candidate, match_name
from search.names import normalise
from search.query import LIMIT_MAX, RECALL_MAX, Answer, Hit, Query
from signing.charter import Charter

KEYS: Final = ("code", "number")
"""What is met as a whole or not at all."""
FACETED: Final = LIMIT_MAX
"""Hits looked at for the facets, however few are on the page; most names have far fewer."""


@dataclass(frozen=True, slots=True)
class _Page:
    """What was found so far, in the order of the engine, and by which answers."""

    hits: tuple[FoundSubject, ...]
    whole: bool
    answers: tuple[Answer, ...]

    @property
    def read_as(self) -> str:
        return self.answers[0].read_as


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

    async def find(self, query: Query, viewer: Viewer, states: Collection[str] = ()) -> FindAnswer:
        """Answer a search; what may not be seen is neither shown nor counted.

        ``states`` filters by what has become of records, which changes without any commit: so it is
        not a question to an index.

        Raises:
            MalformedRefusal: the question is out of bounds.
            UnavailableRefusal: no search engine answers.
        """
        known = await LogReading(self._db.pool).known()
        day = today(self._clock)
        try:
            page = await self._page(query, states, Sight(viewer, day, day), known)
            if page.read_as in KEYS and not page.hits:
                # A code or number that may not be shown is answered like one that is not there.
                query = replace(query, as_name=True)
                page = await self._page(query, states, Sight(viewer, day, day), known)
        except InvalidQueryError as error:
            raise MalformedRefusal(error.zh, error.en, code=error.detail_code) from error
        except SearchError as error:
            raise UnavailableRefusal(error.zh, error.en, code=error.detail_code) from error
        chances, how = certainties(page.hits), searched(page.answers, query.cities, self._charter)
        hits = tuple(
            replace(hit, certainty=chance) for hit, chance in zip(page.hits, chances, strict=True)
        )
        return FindAnswer(
            hits=hits[query.offset : query.offset + query.limit],
            total=len(page.hits),
            exact=page.whole,
            facets={facet: _counted(page.hits, facet) for facet in FACETS},
            read_as=page.read_as,
            sure=bool(hits) and hits[0].certainty >= SURE,
            engine=how.engine,
            degraded=how.degraded,
            behind=how.behind,
            coverage=await self._covering.of(known),
            searched=how.cities,
        )

    async def _page(
        self, query: Query, states: Collection[str], sight: Sight, known: Known
    ) -> _Page:
        """Ask the engine on until page and facets are full or nothing is left to ask for."""
        found: dict[str, FoundSubject] = {}
        offset = 0
        answers: list[Answer] = []
        while True:
            answer = await self._search.search(replace(query, limit=LIMIT_MAX, offset=offset))
            answers.append(answer)
            async with open_reading(self._db) as reading:
                asked = (bytes.fromhex(hit.id) for hit in answer.hits)
                files = await reading.files.load(asked, known)
            for hit in answer.hits:
                one = self._shown(hit, files, _Wanted(query, states), sight)
                if one is not None:
                    found.setdefault(one.subject_id, one)
            offset += LIMIT_MAX
            whole = offset >= min(answer.total, RECALL_MAX)
            if whole or len(found) >= max(query.offset + query.limit, FACETED):
                exact = whole and all(one.total_is_exact for one in answers)
                return _Page(tuple(found.values()), exact, tuple(answers))

    def _shown(
        self, hit: Hit, files: Mapping[bytes, Loaded], wanted: "_Wanted", sight: Sight
    ) -> FoundSubject | None:
        loaded = files.get(bytes.fromhex(hit.id))
        if loaded is None or not sight.exists(loaded, bytes.fromhex(hit.id)):
            return None
        seen = [o for o in sight.seen(loaded.records) if o.row.type in FACTS]
        fits = [one for one in seen if wanted.fits(one, sight)]
        if not fits:
            return None
        names = names_of(seen)
        codes = codes_of(seen)
        allowed = _allowed(hit, wanted.query, seen, names)
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
            types=_counts(one.row.type for one in seen),
            severities=_counts(c for one in seen if (c := class_of(one.record)) is not None),
            states=_counts(sight.state(one) for one in seen),
            spans=_spans(wanted.query, allowed),
            score=allowed.score,
            reasons=allowed.reasons,
            newest=_newest(fits),
        )

    def _by_city(self, seen: Iterable[Stated]) -> tuple[tuple[str, int], ...]:
        counts = Counter(one.member for one in seen)
        order = [party.code for party in self._charter.parties]
        return tuple((code, counts[code]) for code in order if code in counts)


@dataclass(frozen=True, slots=True)
class _Wanted:
    """The question, and the states that records of an answer may have."""

    query: Query
    states: Collection[str]

    def fits(self, one: Stated, sight: Sight) -> bool:
        """Tell whether one record fulfils all filters by itself."""
        query, day = self.query, one.record.decided_on
        return (
            (not query.cities or one.member in query.cities)
            and (not query.types or one.row.type in query.types)
            and (not query.severities or class_of(one.record) in query.severities)
            and (not self.states or sight.state(one) in self.states)
            and (query.date_from is None or day >= query.date_from)
            and (query.date_to is None or day <= query.date_to)
        )


def _newest(records: Iterable[Stated]) -> tuple[tuple[str, int], ...]:
    found: dict[str, int] = {}
    for one in records:
        found[one.origin] = max(one.row.idx, found.get(one.origin, 0))
    return tuple(sorted(found.items()))


def _counts(values: Iterable[str]) -> tuple[tuple[str, int], ...]:
    return tuple(sorted(Counter(values).items()))


def _counted(hits: Iterable[FoundSubject], facet: str) -> tuple[tuple[str, int], ...]:
    """Count the subjects that have a value, the commonest value first."""
    counts = Counter(value for hit in hits for value, _ in getattr(hit, facet))
    return tuple(sorted(counts.items(), key=lambda pair: (-pair[1], pair[0])))


def _spans(query: Query, hit: Hit) -> tuple[Span, ...]:
    """Say what of the value answers: a code or number as a whole, of a name its characters."""
    return ((0, len(hit.on)),) if hit.matched in KEYS else spans(query.text, hit.on)


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
