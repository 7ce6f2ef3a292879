"""How often other nodes are asked: evenly while it goes well, more slowly each time it does not."""

import asyncio
import logging
from collections.abc import AsyncIterator, Awaitable, Callable, Collection
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from functools import partial
from secrets import SystemRandom
from typing import Final

BACK_OFF_MAX: Final = 300.0
"""Seconds at most between two tries."""
_DOUBLINGS: Final = 16
_log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Rhythm:
    """How often a node is asked: ``interval`` in seconds; ``chance`` gives 0 to 1."""

    interval: float
    chance: Callable[[], float] = field(default=SystemRandom().random)

    def pause(self, failures: int) -> float:
        """Return the seconds until the next try, after so many failures in a row."""
        if not failures:
            return self.interval
        longest: float = min(self.interval * 2 ** min(failures, _DOUBLINGS), BACK_OFF_MAX)
        return longest * (1 + self.chance()) / 2

    async def for_ever(self, what: str, act: Callable[[], Awaitable[bool]]) -> None:
        """Do something again and again; it tells whether it went well."""
        failures = 0
        while True:
            try:
                failures = 0 if await act() else failures + 1
            except Exception as error:  # noqa: BLE001 - the loop must outlive any failure of the work
                failures += 1  # the database may be away: the work must go on when it is back
                _log.error("%s: %s", what, error, exc_info=failures == 1)
            await asyncio.sleep(self.pause(failures))


class Rounds:
    """What is done about each of some nodes, again and again, in a task of its own.

    So none of them waits for another.
    """

    def __init__(self, what: str, act: Callable[[str], Awaitable[bool]]) -> None:
        """Take a word for the log, and what to do about a node, named; it tells if it went well."""
        self._what = what
        self._act = act
        self._names: frozenset[str] = frozenset()
        self._rhythm: Rhythm | None = None
        self._tasks: dict[str, asyncio.Task[None]] = {}

    def about(self, names: Collection[str]) -> None:
        """Go on with these nodes and with no other."""
        self._names = frozenset(names)
        if self._rhythm is not None:
            self._keep_going(self._rhythm)

    @asynccontextmanager
    async def running(self, rhythm: Rhythm) -> AsyncIterator[None]:
        """Go on while the block runs; what is under way at its end is begun again later."""
        self._rhythm = rhythm
        self._keep_going(rhythm)
        try:
            yield
        finally:
            self._rhythm = None
            for task in self._tasks.values():
                task.cancel()
            await asyncio.gather(*self._tasks.values(), return_exceptions=True)
            self._tasks.clear()

    def _keep_going(self, rhythm: Rhythm) -> None:
        for name in self._tasks.keys() - self._names:
            self._tasks.pop(name).cancel()
        for name in self._names - self._tasks.keys():
            again = rhythm.for_ever(f"{self._what} {name}", partial(self._act, name))
            self._tasks[name] = asyncio.create_task(again)
