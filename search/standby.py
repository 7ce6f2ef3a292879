"""Several engines as one: the next one answers while one does not, and the answer says so."""

from collections.abc import Sequence
from dataclasses import replace
from typing import Final, Generic, Protocol, TypeVar

from search.query import Answered
from search.watch import NO_ANSWER, Watched, state_of

Q = TypeVar("Q")
Q_contra = TypeVar("Q_contra", contravariant=True)
A = TypeVar("A", bound=Answered)
A_co = TypeVar("A_co", bound=Answered, covariant=True)
SECONDS: Final = 2.0
"""For which a question waits for a look at an engine."""


class Answers(Protocol[Q_contra, A_co]):
    """Answers questions of one kind (see `search.engine.Searcher`)."""

    async def search(self, query: Q_contra) -> A_co:
        """Answer a question."""
        ...


class Standby(Generic[Q, A]):
    """Answers from the first engine that is fit and answers: ``degraded`` unless it is the first.

    The last one answers in any case: ``behind`` if it is not fit either.
    """

    def __init__(self, engines: Sequence[Watched[Answers[Q, A]]]) -> None:
        """Take at least one engine, the best first."""
        *first, last = engines
        self._first = first
        self._last = last

    async def search(self, query: Q) -> A:
        """Answer a question; raises only what the last engine raises."""
        for place, one in enumerate(self._first):
            if await one.fit(SECONDS) == "answered":
                try:
                    return replace(await one.engine.search(query), degraded=place > 0)
                except NO_ANSWER as error:
                    one.leave_alone(state_of(error))
        behind = await self._last.fit(SECONDS) != "answered"
        found = await self._last.engine.search(query)
        return replace(found, degraded=bool(self._first), behind=behind)
