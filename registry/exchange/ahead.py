"""One chunk of a log taken ahead: while one is admitted here, its home prepares the next."""

import asyncio
from collections.abc import Awaitable, Callable

from registry.exchange.kept import KeptChunk

Taken = tuple[KeptChunk, bool]
"""A chunk, and whether it was kept here by a run that died."""
Take = Callable[[int], Awaitable[Taken]]
"""Takes the chunk that begins at a position: fetches it, or finds it kept."""


class Ahead:
    """The chunks of one log, in order; never more than one is taken ahead."""

    def __init__(self) -> None:
        """Begin with nothing."""
        self._next: tuple[int, asyncio.Task[Taken]] | None = None

    async def take(self, start: int, take: Take) -> Taken:
        """Return the chunk from a position; raise what ``take`` raises, or did ahead."""
        ahead, self._next = self._next, None
        if ahead is None:
            return await take(start)
        at, task = ahead
        if at == start:
            return await task
        await _dropped(task)
        return await take(start)

    def go_on(self, start: int, take: Take) -> None:
        """Begin to take the chunk from a position."""
        self._next = (start, asyncio.ensure_future(take(start)))

    async def end(self) -> None:
        """Let go of what is under way."""
        ahead, self._next = self._next, None
        if ahead is not None:
            await _dropped(ahead[1])


async def _dropped(task: asyncio.Task[Taken]) -> None:
    """Cancel a task and see it end; what it would have raised concerns nobody any more."""
    task.cancel()
    await asyncio.gather(task, return_exceptions=True)
