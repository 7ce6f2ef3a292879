"""Feeds for approved consumers: who may have them, what is sent, what they must confirm.

One cursor for every way; whoever does not confirm a stop in time is cut off until he does.
"""

import asyncio
from collections import Counter
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager, suppress
from dataclasses import dataclass
from datetime import datetime
from typing import Final

import msgspec

from registry.clock import Clock
from registry.domain.feeds import Consumer, Cursor
from registry.errors import FeedClosedRefusal, MalformedRefusal, TooManyRefusal
from registry.exchange.feed_hooks import Hooks, Pauses
from registry.exchange.feed_loop import FeedLoop
from registry.exchange.feed_pages import FeedPages, Page
from registry.exchange.feed_post import Network, Posting
from registry.exchange.feed_sight import FeedSight
from registry.query.coverage import Behind, Covering, Kinds
from registry.store.access_keys import KeyStore
from registry.store.engine import Database
from registry.store.feed_sweeps import Hook, HookStore
from registry.store.feeds import Counts, FeedStore, Stop
from registry.store.reading import LogReading
from signing.charter import Charter
from signing.keys import SigningKey

FORMAT: Final = "registry-feed@v1"
SNAPSHOTS: Final = 4
"""Snapshots under way at once, and of one consumer one."""
STREAMS_EACH: Final = 2
BATCH: Final = 200
BEAT: Final = 15.0
"""Seconds after which a stream that has nothing to say shows that it is there."""
LOOK: Final = 0.5
"""Seconds between two looks of a stream."""
CONFIRM_MAX: Final = 1_000
_NAMED: Final = 100


@dataclass(frozen=True, slots=True)
class FeedState:
    """How a consumer stands; ``standing`` as in the domain, or ``cut-off``.

    ``lag`` are commits that it was not given yet, None where nothing was ever read; ``hook`` None:
    it has no webhook, or that has not begun.
    """

    consumer: Consumer
    standing: str
    counts: Counts
    newest: Cursor
    read: tuple[str, datetime] | None
    lag: int | None
    hook: Hook | None
    dead: int


@dataclass(frozen=True, slots=True)
class FeedMeans:
    """What feeds work with: the node's key and time, allowed networks, the bound on streams."""

    mirror: SigningKey
    clock: Clock
    networks: tuple[Network, ...] = ()
    streams: int = 50
    pauses: Pauses | None = None


class Feeds:
    """Everything about feeds in one hand."""

    def __init__(self, db: Database, charter: Charter, means: FeedMeans) -> None:
        """Take an open database, the charter in force, and what feeds work with."""
        self._means = means
        self._clock = clock = means.clock
        self._store = FeedStore(db)
        self._kept_hooks = HookStore(db)
        self._keys = KeyStore(db)
        self._logs = LogReading(db.pool)
        self._sight = FeedSight(db, charter, clock)
        self._pages = FeedPages(db, self._sight, clock)
        self._behind = Behind(self._logs)
        self._covering = Covering(charter, Kinds(self._logs), self._behind, clock)
        posting = Posting(means.mirror, clock, means.networks)
        self.hooks = Hooks(self._pages, self._kept_hooks, posting, clock, means.pauses)
        self.loop = FeedLoop(db, self._sight, self._pages.stops, self.hooks, clock)
        self._streams: Counter[str] = Counter()
        self._snapshots: Counter[str] = Counter()
        self._closing = asyncio.Event()

    def under(self, charter: Charter) -> None:
        """Go by a later charter from now on."""
        self._sight.charter = charter
        self._covering = Covering(charter, Kinds(self._logs), self._behind, self._clock)

    async def known(self, code: str) -> Consumer:
        """Return a consumer that was ever approved; raises FeedClosedRefusal ``not-approved``."""
        consumer = await self._store.consumer(code)
        if consumer is None:
            raise FeedClosedRefusal(
                "该单位未获准使用数据推送；请向区域办公室申请。",
                "This organisation is not approved for feeds: ask the region office.",
                code="not-approved",
            )
        return consumer

    async def approved(self, code: str) -> Consumer:
        """Return a consumer that may have its feed now.

        Raises:
            FeedClosedRefusal: it may not: ``not-approved``, ``suspended``, ``expired``, ``ended``,
                or ``cut-off``, which names the stops that are late.
        """
        consumer = await self.known(code)
        day = self._sight.today()
        standing = consumer.standing(day)
        if standing != "good":
            zh, en = _CLOSED[standing]
            raise FeedClosedRefusal(zh, en, code=standing)
        if late := await self._store.late(code, day):
            raise FeedClosedRefusal(
                f"有 {len(late)} 条停止使用通知逾期未确认，推送已中断；确认后自动恢复。",
                f"{len(late)} stops were not confirmed in time, so the feed is cut off; it opens "
                "again when they are confirmed.",
                code="cut-off",
                extra={"stops": list(late[:_NAMED]), "late": len(late)},
            )
        return consumer

    async def newest(self) -> Cursor:
        """Return the cursor after everything that there is."""
        return await self._pages.newest()

    async def page(self, consumer: Consumer, start: Cursor, limit: int) -> Page:
        """Return what has changed after a cursor; raises MalformedRefusal ``cursor-ahead``."""
        page = await self._pages.page(consumer, start, limit)
        await self._read(consumer, page.until)
        return page

    async def snapshot(self, consumer: Consumer) -> AsyncIterator[bytes]:
        """Return the lines of everything a consumer may have now, made as they are taken.

        Raises:
            TooManyRefusal: snapshots are under way, of this consumer or of others (``feed-busy``).
        """
        _room(self._snapshots, consumer.code, 1, SNAPSHOTS)
        return self._snapshot(consumer)

    async def _snapshot(self, consumer: Consumer) -> AsyncIterator[bytes]:
        with _taking(self._snapshots, consumer.code):
            cursor, count = await self._pages.newest(), 0
            yield _encoded(await self._head(consumer, cursor))
            async for lines in self._pages.snapshot(consumer):
                count += len(lines)
                yield b"".join(_encoded(line) for line in lines)
            await self._read(consumer, cursor)
            yield _encoded({"line": "end", "count": count, "cursor": str(cursor)})

    async def _head(self, consumer: Consumer, cursor: Cursor) -> dict[str, object]:
        known, terms = await self._logs.known(), consumer.terms
        coverage = await self._covering.of(known)
        cities = [one for one in coverage.cities if not terms.cities or one.code in terms.cities]
        origins = {one.origin for one in cities}
        return {
            "line": "head",
            "format": FORMAT,
            "cursor": str(cursor),
            "approval": consumer.number,
            "purpose": terms.purpose,
            "onward": terms.onward,
            "valid_until": terms.valid_until,
            "known": {
                one.origin: f"{one.size}:{one.root.hex()}"
                for one in known.heads
                if one.origin in origins
            },
            "coverage": [
                {"code": one.code, "name": one.name, "origin": one.origin, "as_of": one.as_of}
                for one in cities
            ],
            "kinds_missing": coverage.kinds_missing,
        }

    async def stream(self, consumer: Consumer, start: Cursor, who: str) -> AsyncIterator[bytes]:
        """Return server-sent events after a cursor, until the stream must close.

        Raises:
            MalformedRefusal: the cursor is ahead of this node.
            TooManyRefusal: too many streams are open (``feed-busy``).
        """
        await self._pages.check(start)
        _room(self._streams, consumer.code, STREAMS_EACH, self._means.streams)
        return self._stream(consumer, start, who)

    async def _stream(self, consumer: Consumer, at: Cursor, who: str) -> AsyncIterator[bytes]:
        clock, code = asyncio.get_running_loop().time, consumer.code
        with _taking(self._streams, code):
            said = clock()
            yield f": {FORMAT}\n\n".encode()
            while not self._closing.is_set():
                try:
                    consumer = await self._still(code, who)
                except FeedClosedRefusal as refusal:
                    yield _event("closed", {"code": refusal.detail_code})
                    return
                page = await self._pages.page(consumer, at, BATCH)
                if page.until != at:
                    at, said = page.until, clock()
                    await self._read(consumer, at)
                    yield _events(page)
                elif clock() - said >= BEAT:
                    said = clock()
                    yield b": beat\n\n"
                if not page.more:
                    await self._wait()
            yield _event("closed", {"code": "node-stops"})

    async def _wait(self) -> None:
        with suppress(TimeoutError):
            async with asyncio.timeout(LOOK):
                await self._closing.wait()

    async def _still(self, code: str, who: str) -> Consumer:
        """Return the consumer of a stream while it may have it and its key is good."""
        key = await self._keys.find(who.removeprefix("key:"))
        if who.startswith("key:") and (key is None or self._clock.now() >= key.until):
            raise FeedClosedRefusal("密钥已失效。", "The key is no longer good.", code="key-ended")
        return await self.approved(code)

    async def unconfirmed(self, consumer: Consumer, after: int = 0) -> tuple[Stop, ...]:
        """Return the stops that wait for confirmation, in order, the first of them."""
        return await self._store.unconfirmed(consumer.code, after)

    async def confirm(self, consumer: Consumer, numbers: tuple[int, ...], who: str) -> int:
        """Note that stops are confirmed; return how many still wait.

        Raises:
            MalformedRefusal: none or too many (``stops-number``), or one that was never sent to
                this consumer (``unknown-stop``); then none is confirmed.
        """
        if not 1 <= len(numbers) <= CONFIRM_MAX:
            raise MalformedRefusal(
                f"一次应确认 1 至 {CONFIRM_MAX} 条。",
                f"Confirm 1 to {CONFIRM_MAX} stops at once.",
                code="stops-number",
            )
        strange = await self._store.confirm(consumer.code, numbers, who, self._clock.now())
        if strange:
            raise MalformedRefusal(
                f"没有编号为 {strange[0]} 的停止使用通知；未确认任何一条。",
                f"There is no stop {strange[0]}; none was confirmed.",
                code="unknown-stop",
                extra={"stops": list(strange[:_NAMED])},
            )
        return (await self._store.counts(consumer.code, self._sight.today())).unconfirmed

    async def state(self, consumer: Consumer) -> FeedState:
        """Return how a consumer stands."""
        code, day = consumer.code, self._sight.today()
        counts, newest = await self._store.counts(code, day), await self._pages.newest()
        standing: str = consumer.standing(day)
        read = await self._kept_hooks.last_read(code)
        hook = await self._kept_hooks.hook(code) if consumer.terms.address else None
        last = read[0] if read else hook.cursor if hook else ""
        return FeedState(
            consumer,
            "cut-off" if standing == "good" and counts.late else standing,
            counts,
            newest,
            read,
            newest.seq - int(last.partition(".")[0]) if last else None,
            hook,
            await self._kept_hooks.count_dead(code),
        )

    async def states(self) -> tuple[FeedState, ...]:
        """Return how every consumer stands, by code."""
        return tuple([await self.state(one) for one in await self._store.consumers()])

    async def _read(self, consumer: Consumer, cursor: Cursor) -> None:
        await self._kept_hooks.read(consumer.code, str(cursor), self._clock.now())

    def close(self) -> None:
        """Let streams end: the node stops."""
        self._closing.set()

    @asynccontextmanager
    async def running(self) -> AsyncIterator[None]:
        """Make stops, sweep and deliver while the block runs; streams end with it."""
        try:
            async with self.loop.running():
                yield
        finally:
            self.close()


def _room(taken: Counter[str], code: str, each: int, most: int) -> None:
    if taken[code] >= each or taken.total() >= most:
        raise TooManyRefusal(
            "同时进行的快照或事件流过多，请稍后再试。",
            "Too many snapshots or streams are under way: try again later.",
            30,
            code="feed-busy",
        )


@contextmanager
def _taking(taken: Counter[str], code: str) -> Iterator[None]:
    taken[code] += 1
    try:
        yield
    finally:
        taken[code] -= 1


def _encoded(line: object) -> bytes:
    return msgspec.json.encode(line) + b"\n"


def _event(kind: str, data: object) -> bytes:
    return b"event: %s\ndata: %s\n\n" % (kind.encode(), msgspec.json.encode(data))


def _events(page: Page) -> bytes:
    """Return the events of a page: its lines, then the cursor after all of them as ``id``."""
    lines = b"".join(_event(str(line.__struct_config__.tag), line) for line in page.lines)
    cursor = str(page.until)
    return lines + f"id: {cursor}\n".encode() + _event("cursor", {"cursor": cursor})


_CLOSED: Final = {
    "suspended": (
        "该单位的数据推送已暂停；请联系区域办公室。",
        "The feed of this organisation is suspended: ask the region office.",
    ),
    "expired": (
        "批准的有效期已过；请重新申请。",
        "The approval has expired: apply again.",
    ),
    "ended": (
        "批准已终止。",
        "The approval has ended.",
    ),
}
