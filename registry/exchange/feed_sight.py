"""What a consumer may be given now: the feed's eyes on the current state, inside its scope.

Nothing is built from an event. Whatever is sent is judged when it is sent, by the one table of
disclosure, as a page or an answer would be.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Final

import msgspec
from msgspec import Struct

from registry.clock import Clock, today
from registry.domain.disclosure import Role
from registry.domain.feeds import Reason, Terms
from registry.domain.life import marks_on
from registry.domain.records import Amendment
from registry.query.record import targets_around
from registry.query.show import Sight, intact, shown_text
from registry.query.views import Viewer
from registry.store.engine import Database
from registry.store.feeds import Holding, Stop
from registry.store.reading import Known
from registry.store.reading_files import Reading, Stated, open_reading
from registry.store.reading_records import Place, RecordRow
from signing.charter import Charter

VIEWERS: Final = (Viewer(Role.PUBLIC), Viewer(Role.PROCURER))
"""The eyes that a feed can have (`registry.domain.feeds.Terms.eyes`)."""


class RecordLine(Struct, frozen=True, tag="record", tag_field="line"):
    """A record as it may be shown now: keep it in the place of what was held at this place."""

    origin: str
    idx: int
    id: str
    entry: str
    member: str
    subject_id: str
    flags: tuple[str, ...]
    marks: tuple[str, ...]
    record: msgspec.Raw


class StopLine(Struct, frozen=True, tag="stop", tag_field="line"):
    """A record that must no longer be shown, shared or used; confirm ``stop`` by ``due``."""

    stop: int
    origin: str
    idx: int
    id: str
    entry: str
    reason: Reason
    due: date


def stop_line(stop: Stop) -> StopLine:
    """Return a stop as it is sent."""
    named = (stop.origin, stop.idx, stop.record_id, stop.entry)
    return StopLine(stop.number, *named, stop.reason, stop.due)


@dataclass(frozen=True, slots=True)
class Seen:
    """Everything stored about some subjects at a moment, and what of it a feed's eyes see."""

    known: Known
    rows: tuple[RecordRow, ...]
    stated: Mapping[Place, Stated]
    visible: Mapping[Place, Stated]

    def inside(self, terms: Terms) -> dict[Place, Stated]:
        """Return what is seen of it and lies in the scope."""
        return {
            place: one
            for place, one in self.visible.items()
            if terms.spans(one.member, one.row.type, one.record.publication)
        }

    def touched(self, spans: Iterable[tuple[int, int, int]]) -> frozenset[Place]:
        """Return what records in these spans of logs can have changed, themselves among it.

        Whatever is tied by acts, and by amendments to what they put in its place, changes together.
        """
        spans = tuple(spans)
        tied = _Ties()
        for row in self.rows:
            tied.add(row.place)
        ids = {(row.log_id, row.record_id): row.place for row in self.rows}
        entries = {(row.log_id, one.entry.hex()): row.place for row, one in self._both()}
        for row in self.rows:
            if row.target_log is not None and row.target_id is not None:
                tied.tie(row.place, ids.get((row.target_log, row.target_id)))
        for row, one in self._both():
            if isinstance(one.record, Amendment):
                tied.tie(row.place, entries.get((row.log_id, one.record.replacement.entry)))
        begun = {
            tied.root(place)
            for place in ids.values()
            if any(log == place[0] and start <= place[1] < end for log, start, end in spans)
        }
        return frozenset(place for place in ids.values() if tied.root(place) in begun)

    def _both(self) -> Iterable[tuple[RecordRow, Stated]]:
        return ((row, self.stated[row.place]) for row in self.rows if row.place in self.stated)


class _Ties:
    """Which places belong together (union and find)."""

    def __init__(self) -> None:
        self._up: dict[Place, Place] = {}

    def add(self, place: Place) -> None:
        self._up.setdefault(place, place)

    def root(self, place: Place) -> Place:
        while (up := self._up[place]) != place:
            self._up[place] = self._up[up]
            place = up
        return place

    def tie(self, one: Place, other: Place | None) -> None:
        if other is not None:
            self._up[self.root(one)] = self.root(other)


class FeedSight:
    """Judges records for feeds."""

    def __init__(self, db: Database, charter: Charter, clock: Clock) -> None:
        """Take an open database, the charter in force and the time."""
        self._db = db
        self._clock = clock
        self.charter = charter

    def today(self) -> date:
        """Return the present day."""
        return today(self._clock)

    async def of(self, eyes: Role, subjects: Iterable[bytes]) -> Seen:
        """Return what is stored about subjects and what these eyes see of it now."""
        day = self.today()
        sight = Sight(Viewer(eyes), day, day)
        async with open_reading(self._db) as reading:
            known, rows, stated = await _stored(reading, subjects)
            seen = await _shown(sight, stated, reading)
        return Seen(known, rows, stated, {place: stated[place] for place in seen})

    async def turned(self, subjects: Iterable[bytes], before: date) -> tuple[Stated, ...]:
        """Return what any eyes see otherwise today than on a day before, of the same records."""
        day = self.today()
        async with open_reading(self._db) as reading:
            _, _, stated = await _stored(reading, subjects)
            changed: set[Place] = set()
            for viewer in VIEWERS:
                then = await _shown(Sight(viewer, before, before), stated, reading)
                now = await _shown(Sight(viewer, day, day), stated, reading)
                changed |= then ^ now
                changed |= {at for at in then & now if _marked(stated[at], before, day)}
        return tuple(stated[place] for place in sorted(changed))

    def line(self, one: Stated, eyes: Role) -> RecordLine:
        """Return a record that may be shown, as it is sent; raises UnavailableRefusal."""
        intact((one,))
        day = self.today()
        view = Sight(Viewer(eyes), day, day).view(one, self.charter)
        named = (view.origin, view.idx, one.row.record_id, view.entry, view.member)
        text = msgspec.Raw(shown_text(view))
        return RecordLine(*named, view.subject_id, view.flags, view.marks, text)


def reason_of(seen: Seen, held: Holding) -> Reason:
    """Return why a consumer must stop what it holds and may not have."""
    return "out-of-scope" if held.place in seen.visible else "ended"


async def _stored(
    reading: Reading, subjects: Iterable[bytes]
) -> tuple[Known, tuple[RecordRow, ...], dict[Place, Stated]]:
    known = await reading.logs.known()
    rows = await reading.records.of_subjects(subjects)
    rows = tuple(row for row in rows if known.holds(*row.place))
    here = {row.place for row in rows}
    stated = await reading.files.stated(rows, known)
    return known, rows, {place: one for place, one in stated.items() if place in here}


async def _shown(sight: Sight, stated: Mapping[Place, Stated], reading: Reading) -> set[Place]:
    """Return the places of what may be shown, with what it acts on or speaks of."""
    around = [one for one in stated.values() if not sight.tells(one, ())]
    others = await targets_around(around, reading) if around else ()
    known = {one.entry for one in stated.values()}
    beside = [one for one in others if one.entry not in known]
    seen = {one.row.place for one in sight.seen((*stated.values(), *beside))}
    return seen & stated.keys()


def _marked(one: Stated, before: date, day: date) -> bool:
    """Tell whether something else stands beside a record than on a day before."""
    return bool(one.acts) and marks_on(one, before) != marks_on(one, day)


def holding(one: Stated) -> Holding:
    """Return a record as what a consumer holds."""
    row = one.row
    return Holding(row.subject_id, row.log_id, row.idx, row.record_id)
