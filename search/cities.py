"""Several engines as one: each holds the subjects of some cities, and one stands by for all.

All are asked at once. What they recall is weighed together, exactly as what one index recalls, so
that neither a hit nor its score depends on where it was found. An engine that fails, or is late, is
out for the rest of the question: for its cities the one that stands by is asked, as far as it
holds their records; where it does not, they are named as missing. What one index holds of a subject
is all of it, whichever city stated it: a subject of several cities is found in several engines,
and is one hit.
"""

import asyncio
from collections.abc import Awaitable, Callable, Collection, Generator, Iterable, Sequence
from contextlib import AsyncExitStack, contextmanager
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Final, TypeVar

from search.engine import Engine
from search.flow import Keyed, Recall, Recalled, answer
from search.names import NameForms
from search.query import Answer, Part, Query, State
from search.watch import NO_ANSWER, Watched, state_of

if TYPE_CHECKING:
    from search.errors import SearchError
    from search.matching import Candidate

SECONDS: Final = 2.0
"""For one engine and question, all in all; then another can still answer in time."""
Held = Callable[[], Awaitable[Collection[str]]]
"""Says of which cities the engine that stands by holds records."""
T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Holder:
    """An engine and the cities whose subjects it holds, and no others."""

    cities: frozenset[str]
    engine: Watched[Engine]


class Cities:
    """Answers from all engines: ``degraded`` where one stands in, and never silent on a city."""

    def __init__(
        self,
        rest: Watched[Engine],
        standing_by: Watched[Engine],
        held: Held,
        holders: Sequence[Holder] = (),
        seconds: float = SECONDS,
    ) -> None:
        """Take the engine for all cities that no holder names; it may be the one that stands by.

        That one, and ``rest``, hold everything.
        """
        self.rest = rest
        self.standing_by = standing_by
        self.held = held
        self.holders = tuple(holders)
        self.named = frozenset[str]().union(*(one.cities for one in holders))
        self.seconds = seconds

    async def search(self, query: Query) -> Answer:
        """Answer a question.

        Raises:
            SearchUnavailableError: no engine answers at all.
            IndexLayoutError: as the last engine that was asked.
        """
        async with AsyncExitStack() as stack:
            asking = _Asking(self, query, stack)
            await asking.begin()
            return await asking.told(await answer(query, asking, ""))

    async def suggest(self, text: str) -> tuple[str, ...]:
        """Return what may be meant by a text typed so far: of all cities, from one engine.

        Raises as `search`.
        """
        if self.rest is not self.standing_by and await self.rest.fit(self.seconds) == "answered":
            try:
                async with asyncio.timeout(self.seconds):
                    return await self.rest.engine.suggest(text)
            except TimeoutError:
                self.rest.leave_alone("late")
            except NO_ANSWER as error:
                self.rest.leave_alone(state_of(error))
        return await self.standing_by.engine.suggest(text)


@dataclass(slots=True)
class _Asked:
    """An engine in one question: what it is asked, for which cities, and how it did so far.

    ``left``: seconds that it still has. ``last``: nobody stands in for it, so that it is asked in
    any case, and has its own time.
    """

    engine: Watched[Engine]
    query: Query
    left: float
    cities: frozenset[str] = frozenset()
    last: bool = False
    state: State = "answered"
    make: Callable[[Query], Recall] | None = None


class _Asking(Recall):
    """What one question recalls, from wherever it is."""

    def __init__(self, among: Cities, query: Query, stack: AsyncExitStack) -> None:
        self._among = among
        self._query = query
        self._stack = stack
        self._asked = list(_asked(among, query))
        self._stands = _Asked(among.standing_by, query, among.seconds, last=True)
        self._held: frozenset[str] | None = None
        self._behind = False
        self._error: SearchError | None = None

    async def begin(self) -> None:
        """Find out which engines are fit; the last one answers even if it is behind."""
        await asyncio.gather(*map(self._look, self._asked))

    async def _look(self, one: _Asked) -> None:
        with _counted(one):
            state = await one.engine.fit(self._among.seconds)
        if not one.last:
            one.state = state
        elif state != "answered":
            self._behind = True

    async def by_codes(self, keys: Sequence[str]) -> Sequence[Keyed]:
        return _keyed(await self._each(lambda recall: recall.by_codes(keys)))

    async def by_number(self, key: str) -> Sequence[Keyed]:
        return _keyed(await self._each(lambda recall: recall.by_number(key)))

    async def by_keys(self, keys: Sequence[int], likelier: Sequence[int]) -> Recalled:
        return _recalled(await self._each(lambda recall: recall.by_keys(keys, likelier)))

    async def by_whole(self, asked: NameForms) -> Recalled:
        return _recalled(await self._each(lambda recall: recall.by_whole(asked)))

    async def by_pairs(self, asked: NameForms) -> Recalled:
        return _recalled(await self._each(lambda recall: recall.by_pairs(asked)))

    async def _each(self, ask: Callable[[Recall], Awaitable[T]]) -> list[T]:
        """Ask every engine that is well, then the one that stands by for all others."""
        well = [one for one in self._asked if one.last or one.state == "answered"]
        found = list(await asyncio.gather(*(self._ask(one, ask) for one in well)))
        if await self._is_needed():
            found.append(await self._ask(self._stands, ask))
        answers = [one for one in found if one is not None]
        if not answers and self._error is not None:
            raise self._error
        return answers

    async def _ask(self, one: _Asked, ask: Callable[[Recall], Awaitable[T]]) -> T | None:
        """Ask one engine; None if it does not answer."""
        try:
            with _counted(one):
                async with asyncio.timeout(None if one.last else max(0.0, one.left)):
                    if one.make is None:
                        opened = one.engine.engine.opened()
                        one.make = await self._stack.enter_async_context(opened)
                    return await ask(one.make(one.query))
        except TimeoutError:
            one.state = "late"
        except NO_ANSWER as error:
            one.state, self._error = state_of(error), error
        if not one.last:
            one.engine.leave_alone(one.state)
        return None

    async def _is_needed(self) -> bool:
        """Tell whether the one that stands by has to be asked, for those that are away by now."""
        away = [one for one in self._asked if one.state != "answered" and not one.last]
        if not away:
            return False
        if self._held is None and any(one.cities for one in away):
            self._held = frozenset(await self._among.held())
        if (query := self._standing_query(away)) is None:
            return False
        self._stands.query = query
        await self._look(self._stands)
        return True

    def _standing_query(self, away: Sequence[_Asked]) -> Query | None:
        """Ask for the cities of those that are away; None where nothing of them is here."""
        standing = (self._held or frozenset()) & frozenset[str]().union(
            *(one.cities for one in away)
        )
        if all(one.cities for one in away):
            return replace(self._query, cities=tuple(sorted(standing))) if standing else None
        if self._query.cities:
            unnamed = set(self._query.cities) - self._among.named
            return replace(self._query, cities=tuple(sorted(standing | unnamed)))
        return replace(self._query, without=tuple(sorted(self._among.named - standing)))

    async def told(self, found: Answer) -> Answer:
        """Add to an answer who gave it, and who did not."""
        await self._is_needed()  # where nothing was recalled nobody asked yet who holds what
        parts = tuple(part for one in self._asked for part in self._parts(one))
        missing = not all(part.by for part in parts)
        return replace(
            found,
            engine="+".join(dict.fromkeys(part.by for part in parts if part.by)),
            total_is_exact=found.total_is_exact and not missing,
            degraded=any(part.state != "answered" for part in parts),
            behind=self._behind,
            parts=parts,
        )

    def _parts(self, one: _Asked) -> Iterable[Part]:
        if one.last or one.state == "answered":
            yield _part(one, one, one.cities)
            return
        here = one.cities & (self._held or frozenset())
        if here or not one.cities:
            yield _part(one, self._stands, here)
        if elsewhere := one.cities - here:
            yield Part(cities=tuple(sorted(elsewhere)), state=one.state, by="")


def _part(one: _Asked, by: _Asked, cities: Collection[str]) -> Part:
    """Tell who answered for cities of an engine, if anybody, and how fresh that was."""
    if by.state != "answered":
        return Part(cities=tuple(sorted(cities)), state=one.state, by="")
    holding = by.engine.holding
    return Part(
        cities=tuple(sorted(cities)), state=one.state, by=by.engine.engine.name,
        commit=holding.commit, as_of=holding.as_of,
    )  # fmt: skip


def _asked(among: Cities, query: Query) -> Iterable[_Asked]:
    """Yield the engines that hold anything of what is asked for, and what they are asked."""
    wanted = frozenset(query.cities)
    for one in among.holders:
        cities = one.cities & wanted if wanted else one.cities
        if cities:
            narrowed = replace(query, cities=tuple(sorted(cities))) if wanted else query
            yield _Asked(one.engine, narrowed, among.seconds, cities)
    if not wanted:
        rest = replace(query, without=tuple(sorted(among.named)))
    elif unnamed := wanted - among.named:
        rest = replace(query, cities=tuple(sorted(unnamed)))
    else:
        return
    yield _Asked(among.rest, rest, among.seconds, last=among.rest is among.standing_by)


@contextmanager
def _counted(one: _Asked) -> Generator[None]:
    """Take the time that passes from what an engine has left: it does not pay for others."""
    begun = asyncio.get_running_loop().time()
    try:
        yield
    finally:
        one.left -= asyncio.get_running_loop().time() - begun


def _keyed(found: Iterable[Sequence[Keyed]]) -> Sequence[Keyed]:
    """Put together what several engines found: who is in more than one is one."""
    merged: dict[str, Keyed] = {}
    for some in found:
        for one in some:
            merged.setdefault(one.id, one)
    return list(merged.values())


def _recalled(found: Sequence[Recalled]) -> Recalled:
    merged: dict[str, Candidate] = {}
    for some in found:
        for one in some.candidates:
            merged.setdefault(one.id, one)
    return Recalled(list(merged.values()), whole=all(some.whole for some in found))
