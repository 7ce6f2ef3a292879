"""What one asker finds by words of records: with his eyes, for his purpose, and written down."""

from registry.access.asking import Asking
from registry.fulltext.find import TextFinder
from registry.fulltext.views import TextAsk, TextsAnswer


class TextReads(Asking):
    """The part of `registry.access.reads.Reads` that is about texts."""

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
