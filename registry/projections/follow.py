"""A follower reads commits in order and remembers the last one it has worked off.

Work is done at least once: the cursor moves only after the work was acknowledged, and a crash in
between repeats it. So the work must be idempotent, and must build from the current state, never
from the event. A follower set back to 0 rebuilds everything.
"""

import asyncio
import logging
from abc import ABC, abstractmethod
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager, nullcontext
from typing import Final, Protocol

from registry.store.engine import Database
from registry.store.reading_follow import Commit, FollowReading

Apply = Callable[[tuple[Commit, ...]], Awaitable[None]]
"""Works off commits, given in order; returns when the result is durable."""
Turn = Callable[[], AbstractAsyncContextManager[None]]
"""Lends a moment in which to work beside what is more urgent, a little at a time."""
at_any_time: Final[Turn] = nullcontext


class Marks(Protocol):
    """How far a store outside the database says it has come: it can be wiped, or be an old backup.

    Where it differs from the cursor, the earlier of the two holds: the cursor is set back when
    what follows from the commits has changed.
    """

    async def stand(self) -> int:
        """Return the commit up to which the store was built, ready to go on from there."""
        ...

    async def mark(self, seq: int) -> None:
        """Note in the store that it holds everything up to a commit; with 0 it is begun anew."""
        ...


AT_ONCE: Final = 50
"""Commits read in one step: many small ones are worked off together."""
IDLE: Final = 0.5
"""Seconds between two looks when nothing new is there."""
BACK_OFF_MAX: Final = 30.0
"""Seconds at most between two tries while the work keeps failing."""

_DOUBLINGS: Final = 16
_log = logging.getLogger(__name__)


class Loop(ABC):
    """Work that is done step by step for as long as the node runs, whatever becomes of a step."""

    def __init__(self, name: str) -> None:
        """Take what it is called in the log."""
        self.name = name
        self.failures = 0

    @abstractmethod
    async def step(self) -> int:
        """Do what there is to do; return how much that was: after 0 it waits a while."""

    @asynccontextmanager
    async def following(self) -> AsyncIterator[None]:
        """Follow while the block runs; what is not worked off at its end is begun again later."""
        task = asyncio.create_task(self._run())
        try:
            yield
        finally:
            task.cancel()
            await asyncio.gather(task, return_exceptions=True)

    async def _run(self) -> None:
        """Follow for ever; a failure is logged and tried again, more slowly."""
        while True:
            pause = 0.0
            try:
                if not await self.step():
                    pause = IDLE
                self.failures = 0
            except Exception as error:  # noqa: BLE001 - the loop must outlive any failure of the work
                # Whatever the work ran into, following must go on when it is over.
                self.failures += 1
                pause = min(IDLE * 2 ** min(self.failures, _DOUBLINGS), BACK_OFF_MAX)
                first = self.failures == 1  # what is down for hours is not worth a trace each time
                text = "follower %s failed %d times: %s"
                _log.error(text, self.name, self.failures, error, exc_info=first)
            await asyncio.sleep(pause)


class Follower(Loop):
    """One follower; several processes may run the same one, it costs only double work."""

    def __init__(self, name: str, db: Database, apply: Apply, marks: Marks | None = None) -> None:
        """Follow under ``name``, the key of the cursor; ``marks`` are those of a store outside."""
        super().__init__(name)
        self._reading = FollowReading(db.pool)
        self._apply = apply
        self._marks = marks

    async def step(self) -> int:
        """Work off the next commits; return how many there were."""
        cursor = await self._reading.cursor(self.name)
        if self._marks is not None and (stood := await self._marks.stand()) != cursor:
            earlier = min(stood, cursor)
            await self._marks.mark(earlier)
            await self._reading.move(self.name, cursor, earlier)
            cursor = earlier
        commits = await self._reading.after(cursor, AT_ONCE)
        if commits:
            await self._apply(commits)
            if self._marks is not None:
                await self._marks.mark(commits[-1].seq)
            await self._reading.move(self.name, cursor, commits[-1].seq)
        return len(commits)

    async def catch_up(self) -> int:
        """Work off everything there is; return how many commits there were."""
        done = 0
        while count := await self.step():
            done += count
        return done

    async def lag(self) -> int:
        """Return how many commits are not worked off yet."""
        return await self._reading.last() - await self._reading.cursor(self.name)

    async def reset(self) -> None:
        """Set the cursor to 0: the next steps rebuild everything."""
        await self._reading.reset(self.name)
