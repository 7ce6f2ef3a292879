"""The read side of standards: the one question, alone and in bulk, and what is stated of each.

Every answer says what it spans: "no document found" is one only where every city's log was read.
"""

from collections.abc import AsyncIterator, Sequence
from contextlib import suppress
from datetime import date
from typing import Final

from registry.clock import Clock, end_of, today
from registry.errors import (
    MalformedRefusal,
    NotFoundRefusal,
    TooLargeRefusal,
    UnavailableRefusal,
)
from registry.ledger.read import LogReader
from registry.query.coverage import Behind, Covering, Kinds
from registry.query.laboratories import (
    LABORATORIES,
    LaboratoriesView,
    asked_laboratories,
    licences_of,
)
from registry.query.show import members_of
from registry.query.standards_file import StandardFile, file_of, stored_in
from registry.query.standards_found import Narrow, changes_of, found_of, search_words
from registry.query.standards_gather import Gathering, records_of, said_of
from registry.query.standards_views import (
    USES,
    CellView,
    ChangesView,
    FoundView,
    Gathered,
    MatrixView,
    RowView,
    StandardView,
    UsableView,
    WatchView,
)
from registry.query.standards_watch import events_of, shown_of, watched_of
from registry.standards.answer import answer, by_law, links
from registry.standards.asked import ask_of, keys_of, number_of
from registry.standards.courses import courses_of
from registry.standards.editions import Shelf
from registry.standards.model import Answer, Ask
from registry.standards.numbers import format_number, identity_of, kind_of, parse, territory_of
from registry.standards.told import editions_of, lines_of, replacing, views_of
from registry.store.engine import Database
from registry.store.reading import Known, LatestKnown, LogReading
from registry.store.reading_files import Reading, open_reading
from signing.charter import Charter

MANY: Final = 10_000
"""Rows of one bulk question."""
TOGETHER: Final = 250
"""Rows for which is read at once: few enough that others get their turn in between."""
AT_ONCE: Final = 2
"""Bulk questions under way at one moment."""
LINKED: Final = 40
"""Other standards looked at for what is nearest."""
REFERRING: Final = 200
WATCHED: Final = 1_000
LISTED: Final = 40
"""Numbers of a watch list, which fits into an address."""
CHANGES: Final = 500
HITS: Final = 300
"""Editions looked at by one search, whose facets are counted."""
_WIDE: Final = Narrow()
Row = tuple[int, str, str, str, str]
"""Number of the row, number of the standard, territory, use, product."""


class Standards:
    """Answers what is asked about standards; the same for everybody."""

    def __init__(
        self, db: Database, charter: Charter, clock: Clock, covering: Covering, ledger: LogReader
    ) -> None:
        """Take an open database, the charter, and what tells coverage and proofs."""
        self._db = db
        self._names = {party.code: party.name for party in charter.parties}
        self._clock = clock
        self._covering = covering
        self._ledger = ledger
        self._free = AT_ONCE
        self._latest = LatestKnown()
        self.places = {
            code: party.name for party in members_of(charter) for code in party.territory
        }

    @classmethod
    def over(cls, db: Database, charter: Charter, clock: Clock) -> "Standards":
        """Return what answers over a store alone, as commands do."""
        heads = LogReading(db.pool)
        covering = Covering(charter, Kinds(heads), Behind(heads), clock)
        return cls(db, charter, clock, covering, LogReader(db, charter))

    async def usable(
        self, number: str, territory: str, use: str, on: date, product: str = "",
        *, known_on: date | None = None,
    ) -> UsableView:  # fmt: skip
        """Answer whether a standard may serve somewhere for a use, on a day.

        Raises:
            MalformedRefusal: as :func:`registry.standards.asked.ask_of`.
        """
        asked = ask_of(number, territory, use, on, product, self.places)
        async with open_reading(self._db) as reading:
            gathering = await self._begun(reading, keys_of(parse(asked.number)), known_on)
            (view,) = await _answered(gathering, [asked])
        coverage = await self._covering.of(gathering.known)
        return UsableView(*view, coverage, known_on)

    async def file(self, view: UsableView) -> StandardFile:
        """Return the file of an answer, with the proofs of its records; raises TooLargeRefusal."""
        proofs = {}
        for one in stored_in(view):
            place = (one.origin, one.row.idx)
            with suppress(NotFoundRefusal):  # no receipt now: a refill is going on
                proofs[place] = await self._ledger.proof(*place)
        return file_of(view, proofs)

    def many(self, rows: Sequence[Row], on: date) -> AsyncIterator[RowView]:
        """Return the answers to rows in their order, each for itself: a wrong one says so.

        Raises:
            TooLargeRefusal: there are more than `MANY` (``too-many-rows``).
            UnavailableRefusal: as many as may be are under way (``busy``).
        """
        if len(rows) > MANY:
            raise TooLargeRefusal(
                f"一次最多 {MANY} 行，请分批查询。",
                f"No more than {MANY} rows at once: ask in parts.",
                code="too-many-rows",
            )
        if self._free < 1:
            raise UnavailableRefusal(
                "同时进行的批量查询过多，请稍后再试。",
                "Too many bulk questions are under way: try again a little later.",
                code="busy",
            )
        return self._each(rows, on)

    async def _each(self, rows: Sequence[Row], on: date) -> AsyncIterator[RowView]:
        self._free -= 1
        try:
            for start in range(0, len(rows), TOGETHER):
                for view in await self._some(rows[start : start + TOGETHER], on):
                    yield view
        finally:
            self._free += 1

    async def _some(self, rows: Sequence[Row], on: date) -> list[RowView]:
        asked: dict[int, Ask] = {}
        wrong: dict[int, RowView] = {}
        for at, (row, number, territory, use, product) in enumerate(rows):
            try:
                asked[at] = ask_of(number, territory, use, on, product, self.places)
            except MalformedRefusal as refusal:
                told = (refusal.detail_code, refusal.zh, refusal.en)
                meant = refusal.extra.get("suggestions", ())
                near = tuple(map(str, meant)) if isinstance(meant, list) else ()
                wrong[at] = RowView(row, number, None, told, near)
        answers: dict[int, Answer] = {}
        if asked:
            async with open_reading(self._db) as reading:
                gathering = await self._gathering(reading, None)
                found = await _answered(gathering, list(asked.values()))
            answers = {at: view[0] for at, view in zip(asked, found, strict=True)}
        return [
            wrong.get(at) or RowView(row[0], row[1], answers[at]) for at, row in enumerate(rows)
        ]

    async def view(self, number: str, on: date) -> StandardView:
        """Return the editions of a standard and what records say of it.

        Raises:
            MalformedRefusal: it cannot be a number.
            NotFoundRefusal: no record speaks of it that may be shown (``unknown-standard``).
        """
        asked = number_of(number)
        keys = keys_of(asked)
        async with open_reading(self._db) as reading:
            gathering = await self._gathering(reading, None)
            await gathering.read(keys)
            newer = replacing(gathering.gathered(keys).records)
            await gathering.read(newer)
            referring = await gathering.others(keys[:1], ("references", "declares"), REFERRING)
        gathered = gathering.gathered(keys)
        if not gathered.stated and not referring:
            raise NotFoundRefusal(
                f"未收录有关 {format_number(asked)} 的公开信息。",
                f"Nothing public is recorded here about {format_number(asked)}.",
                code="unknown-standard",
            )
        stated = (*gathered.stated, *referring)
        dated = gathering.gathered((*keys, *newer)).records
        meant = Shelf.of(dated).meant(format_number(asked), on)
        editions = editions_of(dated, keys, on, self._names)
        courses = courses_of(dated, keys, on, {**self._names, **self.places})
        lines = lines_of((said_of(one, one.record) for one in stated), keys, self._names)
        whole = gathered.whole and len(referring) < REFERRING
        coverage = await self._covering.of(gathering.known)
        about = (keys[0], keys[-1], kind_of(asked), territory_of(asked) or "", on)
        said = "" if meant is None else meant.number
        return StandardView(*about, said, editions, courses, lines, whole, coverage)

    async def matrix(self, number: str, on: date) -> MatrixView:
        """Return who recognises a standard for what, of every member and every use.

        Raises:
            MalformedRefusal: it cannot be a number.
        """
        normal = format_number(number_of(number))
        asked = [Ask(normal, code, use, on) for code in self.places for use in USES]
        async with open_reading(self._db) as reading:
            gathering = await self._gathering(reading, None)
            found = await _answered(gathering, asked)
        cells = tuple(self._cell(view[0]) for view in found)
        return MatrixView(normal, on, cells, await self._covering.of(gathering.known))

    def _cell(self, given: Answer) -> CellView:
        ask = given.ask
        return CellView(
            *(ask.territory, self.places[ask.territory], ask.use, given.verdict, given.edition),
            *(given.instrument, len(given.conditions), given.mutual, given.until, by_law(given)),
        )

    async def search(
        self,
        text: str,
        filters: Sequence[str],
        on: date,
        limit: int,
        narrow: Narrow = _WIDE,
    ) -> FoundView:
        """Find editions by number, words of the titles, and what narrows them down.

        Raises:
            MalformedRefusal: neither is there (``nothing-asked``).
        """
        words = search_words(text, filters)
        async with open_reading(self._db) as reading:
            gathering = await self._gathering(reading, None)
            stated, whole = await gathering.named(words, HITS)
            known = await gathering.dated(stated)
        found = records_of(said_of(one, one.record) for one in stated).editions
        views = views_of(found, known, on, self._names)
        coverage = await self._covering.of(gathering.known)
        return found_of(views, narrow, limit, coverage, whole=whole)

    async def changes(self, numbers: Sequence[str], after: int) -> ChangesView:
        """Return what later commits brought about some numbers.

        Raises:
            MalformedRefusal: one cannot be a number, or there are none or too many.
        """
        identities = _identities(numbers, WATCHED)
        async with open_reading(self._db) as reading:
            gathering = await self._gathering(reading, None)
            newest = gathering.known.newest
            moved = await reading.standards.since(identities, after, newest, CHANGES + 1)
            shown = await shown_of(gathering, moved)
        coverage = await self._covering.of(gathering.known)
        return changes_of(moved, shown, after, newest, CHANGES, coverage)

    async def watch(self, numbers: Sequence[str], on: date) -> WatchView:
        """Return how standards stand on a day, and what has happened to them.

        Raises:
            MalformedRefusal: one cannot be a number, or there are none or too many.
        """
        identities = _identities(numbers, LISTED)
        names = {**self._names, **self.places}
        async with open_reading(self._db) as reading:
            gathering = await self._gathering(reading, None)
            watched = await watched_of(gathering, identities, on, names)
            events, whole = await events_of(reading, gathering, watched, on, names)
        return WatchView(on, watched, events, whole, await self._covering.of(gathering.known))

    async def laboratories(self, name: str, method: str, on: date) -> LaboratoriesView:
        """Find laboratories by a part of their name, by a method in their scope, or both.

        Raises:
            MalformedRefusal: neither is there, a name too long (``nothing-asked``), or no number.
        """
        asked = asked_laboratories(name, method)
        async with open_reading(self._db) as reading:
            gathering = await self._gathering(reading, None)
            stated, whole = await gathering.laboratories(*asked, LABORATORIES)
        licences = licences_of(stated, asked[1], on, self._names)
        coverage = await self._covering.of(gathering.known)
        return LaboratoriesView(on, asked[1], licences, whole, coverage)

    async def _begun(
        self, reading: Reading, keys: Sequence[str], known_on: date | None
    ) -> Gathering:
        """Return a gathering that has read these keys, in one journey.

        In three, where something was admitted since the last question.
        """
        newest, found = await reading.standards.of_now(keys)
        known = self._latest.at(newest)
        gathering = await self._gathering(reading, known_on, known)
        if known is not None:
            await gathering.keep(found)
        return gathering

    async def _gathering(
        self, reading: Reading, known_on: date | None, known: Known | None = None
    ) -> Gathering:
        day = today(self._clock)
        then: Known | None = None
        if known_on is not None and known_on < day:
            then = await reading.logs.known_before(int(end_of(known_on).timestamp()))
        known = known or await self._latest.now(reading.logs)
        return Gathering(reading, known, day, then)


def _identities(numbers: Sequence[str], most: int) -> list[str]:
    """Return what numbers are looked up by, in order, each once."""
    if not 0 < len(numbers) <= most:
        raise MalformedRefusal(
            f"应给出 1 至 {most} 个标准编号。",
            f"Name 1 to {most} numbers of standards.",
            code="too-many-numbers",
        )
    return sorted({identity_of(number_of(one)) for one in numbers})


async def _answered(gathering: Gathering, asked: Sequence[Ask]) -> list[tuple[Answer, Gathered]]:
    """Return the answers, each with what it was made from; what is near is one query more."""
    own = [keys_of(parse(ask.number)) for ask in asked]
    await gathering.read(key for keys in own for key in keys)
    whole = {keys: gathering.gathered(keys) for keys in set(own)}
    near = {keys: links(one.records)[:LINKED] for keys, one in whole.items()}
    await gathering.read(key for some in near.values() for key in some)
    for keys, some in near.items():
        if not set(some) <= set(keys):
            whole[keys] = gathering.gathered((*keys, *some))
    return [
        (answer(ask, whole[keys].records), whole[keys])
        for ask, keys in zip(asked, own, strict=True)
    ]
