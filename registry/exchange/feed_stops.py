"""Stops: what a consumer holds and may not have any more becomes a message that it must confirm.

A stop is made only of what the consumer was given, so that none tells of a record it never had. It
is due after the working days of the terms. Nothing is lost by a crash: a sweep compares everything
that is held with what may be, every day.
"""

from collections.abc import AsyncIterator, Collection
from typing import Final

from registry.clock import Clock
from registry.domain.calendar import nth_working_day
from registry.domain.feeds import Consumer
from registry.exchange.feed_sight import FeedSight, reason_of
from registry.store.feeds import FeedStore, Holding

TOGETHER: Final = 100
"""Subjects judged at once: little enough that no receipt waits long for it."""


class Stops:
    """Makes stops."""

    def __init__(self, sight: FeedSight, store: FeedStore, clock: Clock) -> None:
        """Take what judges, where stops are kept, and the time."""
        self._sight = sight
        self._store = store
        self._clock = clock

    async def look(self, consumer: Consumer, subjects: Collection[bytes]) -> tuple[Holding, ...]:
        """Make a stop for whatever a consumer holds about subjects and may not; return that."""
        held = await self._store.held(consumer.code, subjects)
        if not held:
            return ()
        seen = await self._sight.of(consumer.terms.eyes, {one.subject_id for one in held})
        kept = seen.inside(consumer.terms)
        gone = [(one, reason_of(seen, one)) for one in held if one.place not in kept]
        due = nth_working_day(self._sight.today(), consumer.terms.days).day
        await self._store.stop(consumer.code, gone, due, self._clock.now())
        return tuple(one for one, _ in gone)

    async def look_at_all(self, consumer: Consumer) -> AsyncIterator[tuple[Holding, ...]]:
        """Do so with everything that a consumer holds, some at a time."""
        after = b""
        while subjects := await self._store.subjects_held(consumer.code, after, TOGETHER):
            yield await self.look(consumer, subjects)
            after = subjects[-1]
