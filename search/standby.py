"""Several engines as one: the next one answers while one does not, and the answer says so."""

import time
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import replace
from typing import Final, Generic, Protocol, TypeVar, cast

from search.engine import Searcher
from search.errors import IndexLayoutError, SearchUnavailableError
from search.query import Answer, Answered, Query

Q = TypeVar("Q")
Q_contra = TypeVar("Q_contra", contravariant=True)
A = TypeVar("A", bound=Answered)
A_co = TypeVar("A_co", bound=Answered, covariant=True)


class Answers(Protocol[Q_contra, A_co]):
    """Answers questions of one kind (see `search.engine.Searcher`)."""

    async def search(self, query: Q_contra) -> A_co:
        """Answer a question."""
        ...


T = TypeVar("T")

Fit = Callable[[], Awaitable[bool]]
"""Says whether an engine holds what it should; may raise what an engine raises."""
AGAIN: Final = 2.0
"""Seconds for which an engine is believed fit, or left alone after it was not."""


class Standby(Generic[Q, A]):
    """Answers from the first engine that is fit and answers: ``degraded`` unless it is the first.

    The last one answers in any case: ``behind`` if it is not fit either.
    """

    def __init__(
        self,
        engines: Sequence[tuple[Answers[Q, A], Fit]],
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        """Take at least one engine, the best first, and what says of each whether it is fit."""
        *first, last = (_Watched(engine, fit, clock) for engine, fit in engines)
        self._first = first
        self._last = last

    async def search(self, query: Q) -> A:
        """Answer a question; raises only what the last engine raises."""
        place, found = await self._asked(lambda engine: engine.search(query))
        if place < len(self._first):
            return replace(found, degraded=place > 0)
        return replace(found, degraded=bool(self._first), behind=not await self._last.fit())

    async def _asked(self, ask: Callable[[Answers[Q, A]], Awaitable[T]]) -> tuple[int, T]:
        """Ask the first engine that is fit and answers; return its place, too."""
        for place, one in enumerate(self._first):
            if await one.fit():
                try:
                    return place, await ask(one.engine)
                except (SearchUnavailableError, IndexLayoutError):
                    one.leave_alone()
        return len(self._first), await ask(self._last.engine)


class NamesStandby(Standby[Query, Answer]):
    """Engines of names as one, which also suggest."""

    def __init__(
        self, engines: Sequence[tuple[Searcher, Fit]], clock: Callable[[], float] = time.monotonic
    ) -> None:
        """Take at least one engine (see `Standby`)."""
        super().__init__(engines, clock)

    async def suggest(self, text: str) -> tuple[str, ...]:
        """Return what may be meant by a text typed so far; raises as `search`."""
        return (await self._asked(lambda engine: cast("Searcher", engine).suggest(text)))[1]


class _Watched(Generic[Q, A]):
    """An engine that is asked now and then whether it is fit."""

    def __init__(self, engine: Answers[Q, A], fit: Fit, clock: Callable[[], float]) -> None:
        self.engine = engine
        self._fit = fit
        self._clock = clock
        self._looked = float("-inf")
        self._good = False

    async def fit(self) -> bool:
        if self._clock() - self._looked >= AGAIN:
            self.leave_alone()  # whoever asks meanwhile does not wait for the answer
            try:
                self._good = await self._fit()
            except (SearchUnavailableError, IndexLayoutError):
                self._good = False
        return self._good

    def leave_alone(self) -> None:
        self._good = False
        self._looked = self._clock()
