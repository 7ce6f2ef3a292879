"""Keeps feeds going: stops for every commit, sweeps for every day, webhooks.

A sweep finds what changed without a commit. Publicity ends and acts begin with a day: the same
records are judged by the day before and by today, and what differs is a *turn*. When the checks or
the approvals have changed, everything that is held is compared with what may be (decision 0022).
"""

import asyncio
from collections.abc import AsyncIterator, Iterable
from contextlib import asynccontextmanager
from typing import Final

from registry.clock import Clock
from registry.domain.feeds import Consumer
from registry.exchange.feed_hooks import Hooks
from registry.exchange.feed_sight import FeedSight
from registry.exchange.feed_stops import TOGETHER, Stops
from registry.projections.follow import AT_ONCE, Loop
from registry.store.engine import Database
from registry.store.feed_sweeps import Sweep, SweepStore, Turn
from registry.store.feeds import FeedStore
from registry.store.reading import LogReading
from registry.store.reading_follow import Commit, FollowReading

NAME: Final = "feed-stops"
ENTRIES: Final = 1_000


class FeedLoop(Loop):
    """Follows commits and days for all consumers."""

    def __init__(
        self, db: Database, sight: FeedSight, stops: Stops, hooks: Hooks, clock: Clock
    ) -> None:
        """Take an open database, what judges, makes stops and delivers, and the time."""
        super().__init__(NAME)
        self._sight = sight
        self._stops = stops
        self._hooks = hooks
        self._clock = clock
        self._store = FeedStore(db)
        self._sweeps = SweepStore(db)
        self._follow = FollowReading(db.pool)
        self._logs = LogReading(db.pool)

    async def step(self) -> int:
        """Do what there is to do; return how many commits there were."""
        consumers = await self._store.consumers()
        cursor = await self._follow.cursor(NAME)
        commits = await self._follow.after(cursor, AT_ONCE)
        if commits:
            if consumers:
                await self._stop(consumers, commits)
            await self._follow.move(NAME, cursor, commits[-1].seq)
        if consumers:
            await self._sweep(consumers)
        for consumer in consumers:
            if consumer.terms.address and await self._has_feeds(consumer):
                self._hooks.begin(consumer)
        return len(commits)

    async def _has_feeds(self, consumer: Consumer) -> bool:
        day = self._sight.today()
        good = consumer.standing(day) == "good"
        return good and not await self._store.late(consumer.code, day)

    async def _stop(self, consumers: Iterable[Consumer], commits: Iterable[Commit]) -> None:
        """Make the stops that follow from commits."""
        subjects: set[bytes] = set()
        for one in commits:
            for start in range(one.start, one.end, ENTRIES):
                end = min(start + ENTRIES, one.end)
                subjects |= await self._follow.subjects_between(one.log_id, start, end)
        ordered = sorted(subjects)
        for consumer in consumers:
            for start in range(0, len(ordered), TOGETHER):
                await self._stops.look(consumer, ordered[start : start + TOGETHER])

    async def _sweep(self, consumers: Iterable[Consumer]) -> None:
        """Look at everything if the day, the checks or the approvals are not those of the last."""
        last = await self._sweeps.last()
        now = Sweep(
            1 if last is None else last.number + 1,
            self._sight.today(),
            await self._logs.checked_with(),
            await self._store.count_acts(),
        )
        if last is not None and (last.day, last.checks, last.acts) == (
            now.day,
            now.checks,
            now.acts,
        ):
            return
        if last is not None and last.day != now.day:
            await self._turn(last, now)
        for consumer in consumers:
            async for gone in self._stops.look_at_all(consumer):
                turns = (Turn(one.log_id, one.idx, one.subject_id) for one in gone)
                await self._sweeps.turn(now.number, turns)
        await self._sweeps.complete(now, self._clock.now())

    async def _turn(self, last: Sweep, now: Sweep) -> None:
        after = b""
        while subjects := await self._store.subjects(after, TOGETHER):
            found = await self._sight.turned(subjects, last.day)
            turns = (Turn(one.row.log_id, one.row.idx, one.row.subject_id) for one in found)
            await self._sweeps.turn(now.number, turns)
            after = subjects[-1]
            await asyncio.sleep(0)  # others' turn

    @asynccontextmanager
    async def running(self) -> AsyncIterator[None]:
        """Keep going while the block runs."""
        try:
            async with self.following():
                yield
        finally:
            await self._hooks.stop()
