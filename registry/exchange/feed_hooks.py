"""Webhooks: the same lines as a page, posted to a consumer in bounded batches until it takes them.

What is kept is a cursor. Each try builds its batch anew from the current state, so a late one
cannot bring back what has ended. A batch that is refused too often becomes a dead letter: two
cursors, and no body; its stops stay unconfirmed, and nothing of them is forgotten.
"""

import asyncio
import logging
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from datetime import timedelta
from secrets import SystemRandom
from typing import Final

import msgspec

from registry.clock import Clock
from registry.domain.feeds import Consumer, Cursor, parse_cursor
from registry.errors import Refusal
from registry.exchange.feed_pages import FeedPages, Page
from registry.exchange.feed_post import PostError, Posting
from registry.store.feed_sweeps import Dead, Hook, HookStore

BATCH: Final = 200
"""Lines of a batch at most, but for what changes together with its last one."""
AT_ONCE: Final = 20
"""Batches in a row before it is looked again whether the consumer may have more."""
TRIES: Final = 8
"""After so many failures a batch is a dead letter: with these pauses, after some hours."""
FIRST: Final = 5.0
LONGEST: Final = 3_600.0
"""Seconds between two tries, at first and at most; each time twice as long."""
_log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Pauses:
    """How long to wait after failures; ``chance`` gives 0 to 1, so that no two come at once."""

    first: float = FIRST
    tries: int = TRIES
    chance: Callable[[], float] = field(default=SystemRandom().random)

    def after(self, failures: int) -> timedelta:
        """Return the pause after so many failures in a row."""
        longest = min(self.first * 2 ** (failures - 1), LONGEST)
        return timedelta(seconds=longest * (1 + self.chance()) / 2)


class Hooks:
    """Delivers."""

    def __init__(
        self,
        pages: FeedPages,
        store: HookStore,
        posting: Posting,
        clock: Clock,
        pauses: Pauses | None = None,
    ) -> None:
        """Take what makes the lines, what is kept of deliveries, how to post, and the time."""
        self._pages = pages
        self._store = store
        self._posting = posting
        self._clock = clock
        self._pauses = pauses or Pauses()
        self._under_way: dict[str, asyncio.Task[None]] = {}

    def begin(self, consumer: Consumer) -> None:
        """Deliver what there is to one consumer, beside all others: none waits for another."""
        going = self._under_way.get(consumer.code)
        if going is None or going.done():
            self._under_way[consumer.code] = asyncio.create_task(self._safely(consumer))

    async def stop(self) -> None:
        """End what is under way: it is begun again later."""
        for task in self._under_way.values():
            task.cancel()
        await asyncio.gather(*self._under_way.values(), return_exceptions=True)
        self._under_way.clear()

    async def _safely(self, consumer: Consumer) -> None:
        try:
            for _ in range(AT_ONCE):
                if not await self.deliver(consumer):
                    break
        except Refusal as refusal:  # a body that is not what was logged: the operator must look
            _log.error("webhook of %s: %s", consumer.code, refusal)
        except Exception as error:  # noqa: BLE001 - the loop must outlive any failure of the work
            _log.error("webhook of %s failed: %s", consumer.code, error, exc_info=True)

    async def deliver(self, consumer: Consumer) -> bool:
        """Send the next batch, and what is to be sent again; tell whether anything was sent."""
        hook = await self._store.hook(consumer.code)
        now = self._clock.now()
        if hook is None:  # where it has read by other ways, webhooks go on from there
            read = await self._store.last_read(consumer.code)
            cursor = read[0] if read else str(await self._pages.newest())
            await self._store.begin(consumer.code, cursor, now)
            return False
        if hook.next_at > now:
            return False
        for dead in await self._store.dead(consumer.code, ("again",)):
            await self._again(consumer, dead)
        return await self._next(consumer, hook)

    async def _next(self, consumer: Consumer, hook: Hook) -> bool:
        start = parse_cursor(hook.cursor)
        page = await self._pages.page(consumer, start, BATCH)
        now = self._clock.now()
        if page.until == start:
            return False
        try:
            if page.lines:
                await self._send(consumer, page)
        except PostError as error:
            await self._failed(consumer, hook, page, error)
            return False
        await self._store.went(consumer.code, Hook(str(page.until), 0, now, ""))
        return bool(page.lines)

    async def _failed(self, consumer: Consumer, hook: Hook, page: Page, error: PostError) -> None:
        failures, now = hook.failures + 1, self._clock.now()
        _log.warning("webhook of %s, try %d: %s %s", consumer.code, failures, error.reason, error)
        again = now + self._pauses.after(failures)
        went = replace(hook, failures=failures, next_at=again, failure=error.reason)
        if failures >= self._pauses.tries:
            cursors = (hook.cursor, str(page.until))
            await self._store.bury(consumer.code, *cursors, error.reason, now)
            went = replace(went, cursor=str(page.until), failures=0)
        await self._store.went(consumer.code, went)

    async def _again(self, consumer: Consumer, dead: Dead) -> None:
        """Send a dead letter anew; where that fails it is dead once more, until it is asked for."""
        at, until = parse_cursor(dead.start), parse_cursor(dead.until)
        try:
            while not at.reaches(until):
                page = await self._pages.page(consumer, at, BATCH, until)
                if page.lines:
                    await self._send(consumer, page)
                at = page.until
        except PostError as error:
            _log.warning("dead letter %d of %s: %s", dead.number, consumer.code, error)
            await self._store.mark(consumer.code, dead.number, "dead")
            return
        await self._store.mark(consumer.code, dead.number, "sent")

    async def _send(self, consumer: Consumer, page: Page) -> None:
        await self._posting.post(consumer.terms.address, encode_page(page))


def encode_page(page: Page) -> bytes:
    """Return a page as JSON: what a webhook posts, as what the interface answers."""
    return msgspec.json.encode(page_members(page.start, page.until, page))


def page_members(start: Cursor, until: Cursor, page: Page) -> dict[str, object]:
    """Return the members of a page."""
    return {"from": str(start), "cursor": str(until), "more": page.more, "lines": page.lines}
