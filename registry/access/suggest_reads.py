"""Suggestions while somebody types: with his eyes, and written down unless he is the public."""

from registry.access.asking import Asking
from registry.query.suggest import Suggestion
from search.query import Query


class SuggestReads(Asking):
    """The part of `registry.access.reads.Reads` that is about texts not typed to their end."""

    async def suggest(self, text: str) -> tuple[Suggestion, ...]:
        """Return what may be meant; raises PurposeRefusal where a role must say what it is for."""

        async def ask() -> tuple[Suggestion, ...]:
            await self._for_a_purpose()
            return await self._reader.suggest(text, await self._eyes())

        return await self._told("suggest", "", self._log_text(Query(text=text)), ask)
