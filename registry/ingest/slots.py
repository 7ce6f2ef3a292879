"""How many admissions run at once, and when there is none."""

import asyncio
import contextlib
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager


class Slots:
    """A bound on admissions; followers wait for a quiet moment, so that receipts do not."""

    def __init__(self, at_once: int) -> None:
        """Allow ``at_once`` admissions."""
        self._free = asyncio.Semaphore(at_once)
        self._running = 0
        self._quiet = asyncio.Event()
        self._quiet.set()

    @asynccontextmanager
    async def take(self) -> AsyncIterator[None]:
        """Wait for a slot and hold it."""
        async with self._free:
            self._running += 1
            self._quiet.clear()
            try:
                yield
            finally:
                self._running -= 1
                if not self._running:
                    self._quiet.set()

    async def quiet(self, at_most: float) -> None:
        """Wait until no admission runs, but no longer than ``at_most`` seconds.

        Not by ``asyncio.wait_for``: before Python 3.12 it forgets that its task was cancelled, if
        that comes together with what was waited for.
        """
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(at_most):
                await self._quiet.wait()
