"""Suggestions while somebody types: with his eyes, and written down unless he is the public."""

from abc import abstractmethod
from collections.abc import Awaitable, Callable
from typing import TypeVar

from registry.access.list_reads import ListReads
from registry.query.reader import Reader
from registry.query.suggest import Suggestion
from search.query import Query

T = TypeVar("T")


class SuggestReads(ListReads):
    """The part of `registry.access.reads.Reads` that is about texts not typed to their end."""

    _reader: Reader

    async def suggest(self, text: str) -> tuple[Suggestion, ...]:
        """Return what may be meant; raises PurposeRefusal where a role must say what it is for."""

        async def ask() -> tuple[Suggestion, ...]:
            await self._for_a_purpose()
            return await self._reader.suggest(text, await self._eyes())

        return await self._told("suggest", "", self._log_text(Query(text=text)), ask)

    @abstractmethod
    async def _for_a_purpose(self, subject: str = "") -> None: ...

    @abstractmethod
    def _log_text(self, query: Query) -> str: ...

    @abstractmethod
    async def _told(
        self,
        kind: str,
        subject: str,
        place: str,
        ask: Callable[[], Awaitable[T]],
        about: Callable[[T], str] | None = None,
    ) -> T: ...
