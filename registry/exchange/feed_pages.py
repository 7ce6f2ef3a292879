"""The lines of a feed: everything that may be had now, or what has changed after a cursor.

Whatever is sent is first noted as held by the consumer and then judged once more if anything was
admitted meanwhile: a record that ends at that moment is either not sent, or its stop is made.
"""

from collections.abc import AsyncIterator, Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import Final

from registry.clock import Clock
from registry.domain.feeds import Consumer, Cursor
from registry.errors import MalformedRefusal
from registry.exchange.feed_sight import (
    FeedSight,
    RecordLine,
    Seen,
    StopLine,
    holding,
    stop_line,
)
from registry.exchange.feed_stops import TOGETHER, Stops
from registry.store.engine import Database
from registry.store.feed_sweeps import SweepStore
from registry.store.feeds import FeedStore
from registry.store.reading import LogReading
from registry.store.reading_files import Stated
from registry.store.reading_follow import FollowReading
from registry.store.reading_records import Place

Line = RecordLine | StopLine
LIMIT_MAX: Final = 2_000
"""Lines of a page at most, but for what changes together with its last one."""
ENTRIES: Final = 500
"""Entries of logs that are looked at in one step."""
EXAMINED_MAX: Final = 20_000
"""Entries that are looked at for a page, however few of them lie in the scope."""
COMMITS: Final = 50
ROUNDS: Final = 4
"""How often a part is judged again while more is being admitted."""


@dataclass(frozen=True, slots=True)
class Page:
    """What has changed between two cursors; ``more``: ask again after ``until``."""

    start: Cursor
    until: Cursor
    more: bool
    lines: tuple[Line, ...]


@dataclass(frozen=True, slots=True)
class _Step:
    """Spans of logs (log id, first, end) that are looked at together, and where that leads."""

    spans: tuple[tuple[int, int, int], ...]
    cursor: Cursor

    @property
    def size(self) -> int:
        return sum(end - first for _, first, end in self.spans)


class FeedPages:
    """Makes the lines of feeds."""

    def __init__(self, db: Database, sight: FeedSight, clock: Clock) -> None:
        """Take an open database, what judges, and the time."""
        self._sight = sight
        self._store = FeedStore(db)
        self._sweeps = SweepStore(db)
        self._follow = FollowReading(db.pool)
        self._logs = LogReading(db.pool)
        self.stops = Stops(sight, self._store, clock)

    async def newest(self) -> Cursor:
        """Return the cursor after everything that there is."""
        seq, sweep = await self._sweeps.newest()
        return Cursor(seq=seq, sweep=sweep)

    async def check(self, cursor: Cursor) -> Cursor:
        """Return a cursor that was given; raises MalformedRefusal ``cursor-ahead`` for another."""
        newest = await self.newest()
        if not newest.reaches(cursor):
            raise MalformedRefusal(
                f"游标 {cursor} 晚于本节点的最新位置 {newest}：请核对其来源，或重新获取快照。",
                f"The cursor {cursor} is ahead of this node, which is at {newest}: see whether it "
                "is from this node, or take a new snapshot.",
                code="cursor-ahead",
                extra={"newest": str(newest)},
            )
        return cursor

    async def snapshot(self, consumer: Consumer) -> AsyncIterator[list[RecordLine]]:
        """Yield, some at a time, every record that the consumer may have now."""
        known, after = await self._logs.known(), b""
        while subjects := await self._store.subjects(after, TOGETHER):
            seen = await self._give(consumer, subjects, lambda _: None)
            ones = seen.inside(consumer.terms)
            held = sorted(place for place in ones if known.holds(*place))
            yield self._lines(consumer, [ones[place] for place in held])
            after = subjects[-1]

    async def page(
        self, consumer: Consumer, start: Cursor, limit: int, end: Cursor | None = None
    ) -> Page:
        """Return what has changed after a cursor, as it is now; raises MalformedRefusal."""
        at = await self.check(start)
        end = await self.newest() if end is None else end
        lines: dict[Place, Line] = {}
        while len(lines) < limit and (at.sweep, at.row) < (end.sweep, end.row):
            at = await self._turns(consumer, at, limit - len(lines), lines)
        examined = 0
        while len(lines) < limit and examined < EXAMINED_MAX and _before(at, end):
            step = await self._step(at, end, min(ENTRIES, limit))
            await self._changed(consumer, step, lines)
            at, examined = step.cursor, examined + step.size
        return Page(start, at, not at.reaches(end), tuple(lines.values()))

    async def _step(self, at: Cursor, end: Cursor, most: int) -> _Step:
        """Return the next entries: of several commits, or of a part of one."""
        spans = []
        ahead = end.seq - at.seq + (end.entry > 0)
        for commit in await self._follow.after(at.seq, min(COMMITS, ahead)):
            first = commit.start + at.entry
            last = min(commit.end, first + most)
            spans.append((commit.log_id, first, last))
            most -= last - first
            if last < commit.end:
                at = Cursor(at.seq, last - commit.start, at.sweep, at.row)
                break
            at = Cursor(commit.seq, 0, at.sweep, at.row)
            if not most:
                break
        # Commits have no gaps; were there one, the end would be the way on, and never a circle.
        return _Step(tuple(spans), at if spans else end)

    async def _changed(self, consumer: Consumer, step: _Step, lines: dict[Place, Line]) -> None:
        subjects: set[bytes] = set()
        for span in step.spans:
            subjects |= await self._follow.subjects_between(*span)
        await self._tell(consumer, subjects, lambda seen: seen.touched(step.spans), lines)

    async def _turns(
        self, consumer: Consumer, at: Cursor, most: int, lines: dict[Place, Line]
    ) -> Cursor:
        most = min(most, ENTRIES)
        turns = await self._sweeps.turns(at.sweep + 1, at.row, most)
        places = frozenset((one.log_id, one.idx) for one in turns)
        await self._tell(consumer, {one.subject_id for one in turns}, lambda _: places, lines)
        if len(turns) < most:
            return Cursor(at.seq, at.entry, at.sweep + 1)
        return Cursor(at.seq, at.entry, at.sweep, at.row + len(turns))

    async def _tell(
        self,
        consumer: Consumer,
        subjects: Iterable[bytes],
        of: Callable[[Seen], frozenset[Place]],
        lines: dict[Place, Line],
    ) -> None:
        """Add the line of each place that is asked for: the record, or its stop, or none."""
        ordered = sorted(subjects)
        for start in range(0, len(ordered), TOGETHER):
            some = ordered[start : start + TOGETHER]
            seen = await self._give(consumer, some, of)
            asked, ones = of(seen), seen.inside(consumer.terms)
            here = [ones[place] for place in sorted(asked & ones.keys())]
            lines |= zip((one.row.place for one in here), self._lines(consumer, here), strict=True)
            await self.stops.look(consumer, some)
            gone = await self._store.stops_of(consumer.code, asked - ones.keys())
            lines |= {stop.place: stop_line(stop) for stop in gone}

    async def _give(
        self,
        consumer: Consumer,
        subjects: Sequence[bytes],
        of: Callable[[Seen], frozenset[Place] | None],
    ) -> Seen:
        """Note as held what is about to be sent (None: all there is), and see it once more."""
        rounds = 0
        while True:
            seen = await self._sight.of(consumer.terms.eyes, subjects)
            rounds += 1
            asked, ones = of(seen), seen.inside(consumer.terms)
            given = [holding(one) for at, one in ones.items() if asked is None or at in asked]
            await self._store.give(consumer.code, given)
            if await self._follow.last() == seen.known.newest:
                return seen
            await self.stops.look(consumer, subjects)
            if rounds == ROUNDS:
                return seen

    def _lines(self, consumer: Consumer, ones: Iterable[Stated]) -> list[RecordLine]:
        return [self._sight.line(one, consumer.terms.eyes) for one in ones]


def _before(at: Cursor, end: Cursor) -> bool:
    """Tell whether there are commits, or entries of one, between two cursors."""
    return (at.seq, at.entry) < (end.seq, end.entry)
