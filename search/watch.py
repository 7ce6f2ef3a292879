"""Which engine is fit to be asked: looked at now and then, left alone after a failure."""

import asyncio
import time
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Final, Generic, TypeVar

from search.errors import LATE, IndexLayoutError, SearchError, SearchUnavailableError
from search.query import State

AGAIN: Final = 2.0
"""Seconds for which an engine is believed fit, or left alone after it was not."""
NO_ANSWER: Final = (SearchUnavailableError, IndexLayoutError)
"""What an engine raises that another one may not."""


@dataclass(frozen=True, slots=True)
class Holding:
    """What an index holds: everything up to ``commit``, which was made at ``as_of``.

    ``whole``: all that it lacks came in the last moments.
    """

    whole: bool
    commit: int | None = None
    as_of: datetime | None = None


E = TypeVar("E")
Look = Callable[[], Awaitable[Holding]]
"""Says what an engine's index holds; may raise what an engine raises."""


def state_of(error: SearchError) -> State:
    """Say how an engine met a question that ended so."""
    return "late" if error.detail_code == LATE else "failed"


class Watched(Generic[E]):
    """An engine that is asked now and then what its index holds."""

    def __init__(self, engine: E, look: Look, clock: Callable[[], float] = time.monotonic) -> None:
        """Take the engine, and what says of it what its index holds."""
        self.engine = engine
        self.holding = Holding(whole=False)
        self._look = look
        self._clock = clock
        self._state: State = "failed"
        self._looked = float("-inf")
        self._looking: asyncio.Task[None] | None = None
        self._begun = 0.0

    async def fit(self, seconds: float) -> State:
        """Say how the engine stands; it is not looked at for every question.

        Who asks while it is looked at waits for that look, till it has taken so many seconds.
        """
        now = asyncio.get_running_loop().time()
        if self._looking is None and self._clock() - self._looked >= AGAIN:
            self._looking, self._begun = asyncio.create_task(self._looked_at()), now
        if (looking := self._looking) is not None:
            await asyncio.wait({looking}, timeout=max(0.0, self._begun + seconds - now))
            if not looking.done():
                return "late"
            looking.result()
        return self._state

    def leave_alone(self, state: State) -> None:
        """Do not ask it for a while, since that ended in this way."""
        self._state = state
        self._looked = self._clock()

    async def _looked_at(self) -> None:
        try:
            self.holding = await self._look()
            self.leave_alone("answered" if self.holding.whole else "behind")
        except NO_ANSWER as error:
            self.leave_alone(state_of(error))
        finally:
            self._looking = None
