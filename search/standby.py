"""Two engines as one: the second answers while the first does not, and the answer says so."""

import time
from collections.abc import Awaitable, Callable
from dataclasses import replace
from typing import Final

from search.engine import Searcher
from search.errors import IndexLayoutError, SearchUnavailableError
from search.query import Answer, Query

Fit = Callable[[], Awaitable[bool]]
"""Says whether the first engine holds what it should; may raise what an engine raises."""
AGAIN: Final = 2.0
"""Seconds for which the first engine is believed fit, or left alone after it was not."""


class Standby:
    """Answers from ``first`` while it is fit and answers, else from ``second``, degraded."""

    def __init__(
        self,
        first: Searcher,
        second: Searcher,
        fit: Fit,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        """Take the engines, and what says whether the first one is complete."""
        self._first = first
        self._second = second
        self._fit = fit
        self._clock = clock
        self._looked = float("-inf")
        self._good = False

    async def search(self, query: Query) -> Answer:
        """Answer a question; raises only what the second engine raises."""
        try:
            if await self._ready():
                return await self._first.search(query)
        except (SearchUnavailableError, IndexLayoutError):
            self._good = False
            self._looked = self._clock()
        return replace(await self._second.search(query), degraded=True)

    async def _ready(self) -> bool:
        if self._clock() - self._looked >= AGAIN:
            self._good = False  # whoever asks meanwhile does not wait for the answer
            self._looked = self._clock()
            self._good = await self._fit()
        return self._good
