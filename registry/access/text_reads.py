"""What one asker finds by words of records: with his eyes, for his purpose, and written down."""

from abc import ABC, abstractmethod
from collections.abc import Awaitable, Callable
from typing import TypeVar

from registry.access.asker import Asker
from registry.access.log import AccessLog
from registry.fulltext.find import TextFinder
from registry.fulltext.views import TextAsk, TextsAnswer
from registry.query.views import Viewer

T = TypeVar("T")


class TextReads(ABC):
    """The part of `registry.access.reads.Reads` that is about texts."""

    asker: Asker
    _log: AccessLog

    async def find_texts(self, finder: TextFinder, ask: TextAsk) -> TextsAnswer:
        """Find records by their words; raises as `TextFinder.find`.

        Raises:
            PurposeRefusal: his role must say what it reads for.
        """

        async def asked() -> TextsAnswer:
            await self._for_a_purpose()
            return await finder.find(ask, await self._eyes())

        place = self._log.keyed("texts", ask.text) if self.asker.known else ""
        return await self._told("texts", "", place, asked)

    @abstractmethod
    async def _for_a_purpose(self, subject: str = "") -> None: ...

    @abstractmethod
    async def _eyes(self) -> Viewer: ...

    @abstractmethod
    async def _told(
        self,
        kind: str,
        subject: str,
        place: str,
        ask: Callable[[], Awaitable[T]],
        about: Callable[[T], str] | None = None,
    ) -> T: ...
