"""How many admissions run at once, and when there is none."""

import asyncio
import contextlib
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from math import inf
from time import monotonic
from typing import Final

CALM: Final = 1.0
"""Seconds after the last admission from which on two work beside admissions, not one."""
PATIENCE: Final = 2.0
"""Seconds that work beside admissions waits for a quiet moment: receipts first, not for ever."""


class Slots:
    """A bound on admissions; what follows them waits for its turn, so that receipts do not."""

    def __init__(self, at_once: int) -> None:
        """Allow ``at_once`` admissions."""
        self._free = asyncio.Semaphore(at_once)
        self._running = 0
        self._quiet = asyncio.Event()
        self._quiet.set()
        self._ended = -inf
        self._two = asyncio.Semaphore(2)
        self._turn = asyncio.Lock()

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
                self._ended = monotonic()
                if not self._running:
                    self._quiet.set()

    @asynccontextmanager
    async def turn(self) -> AsyncIterator[None]:
        """Wait for a turn to work beside admissions, and hold it: one at a time, in order.

        A turn begins when no admission runs, or after ``PATIENCE``. While nothing is admitted for
        some time there are two, which is what interpreter and database have work for: with more
        under way, whoever is admitted next would wait for all of them.

        Not by ``asyncio.wait_for``: before Python 3.12 it forgets that its task was cancelled, if
        that comes together with what was waited for.
        """
        async with self._two:
            if self._quiet.is_set() and monotonic() - self._ended > CALM:
                yield
                return
            async with self._turn:
                with contextlib.suppress(TimeoutError):
                    async with asyncio.timeout(PATIENCE):
                        await self._quiet.wait()
                yield
