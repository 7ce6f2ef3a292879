"""The search engine on Meilisearch, for service: it recalls by filters alone, and we score.

How documents and questions are laid out for it is in `search.meilisearch_layout`, how an index is
kept in `search.meilisearch_index`.
"""

from collections.abc import AsyncGenerator, Callable, Mapping, Sequence
from contextlib import aclosing, asynccontextmanager
from functools import partial
from typing import Final, cast

from search.ahead import ahead
from search.documents import Document, newest
from search.engine import Engine
from search.flow import Keyed, Recall, Recalled, answer
from search.matching import Candidate
from search.meilisearch_index import CHUNK, NAME, MeilisearchIndex
from search.meilisearch_layout import (
    LAYOUT,
    SETTINGS,
    Fields,
    asked_of,
    begun_filters,
    document_of,
    fields_of,
    filters_of,
    hashed,
    keys_filter,
    one_of,
    pairs_filters,
    texts,
    whole_filters,
)
from search.names import NameForms
from search.query import RECALL_MAX, Answer, Query
from search.recall import RESEMBLING_MAX
from search.typed import SUGGESTED, suggested

IDS_MAX: Final = 1_000
"""Ids asked for in one request."""
_NAMES: Final = ("id", "name", "former_names")


class MeilisearchEngine(MeilisearchIndex, Engine):
    """`search.engine.Engine` on Meilisearch."""

    name = NAME

    def __init__(self, url: str, key: str = "", prefix: str = "registry") -> None:
        """Take the server's address, a key as `MeilisearchIndex` does, and the name's beginning."""
        super().__init__(url, key, f"{prefix}_documents_v{LAYOUT}", SETTINGS)

    async def upsert(self, documents: Sequence[Document]) -> None:
        """Send documents in large tasks, each seen to its end (see `Engine.upsert`)."""
        index = self._client.index(self.written)
        chunks = (documents[at : at + CHUNK] for at in range(0, len(documents), CHUNK))
        async with aclosing(ahead(_laid_out, chunks)) as made:
            async for fields in made:
                stored = await self._versions(list(fields))
                newer = [
                    one
                    for key, one in fields.items()
                    if stored.get(key, 0) <= cast("int", one["version"])
                ]
                if newer:
                    await self.done(partial(index.add_documents, newer))

    async def _versions(self, ids: Sequence[str]) -> dict[str, int]:
        """Return the versions stored under these ids."""
        found: dict[str, int] = {}
        for start in range(0, len(ids), IDS_MAX):
            some = ids[start : start + IDS_MAX]
            asks = [asked_of(self.written, [one_of("id", some)], ("id", "version"), len(some))]
            (rows,) = await self.read(asks)
            found |= {str(row["id"]): cast("int", row["version"]) for row in rows}
        return found

    async def delete(self, ids: Sequence[str]) -> None:
        """Remove documents by id, in one task if any of them is there."""
        there = list(await self._versions(ids))  # to look takes less than a task that does nothing
        if there:
            index = self._client.index(self.written)
            await self.done(lambda: index.delete_documents(filter=one_of("id", there)))

    async def documents(self, after: str, limit: int) -> list[Document]:
        """Read documents back in the order of their ids (see `Engine.documents`)."""
        read = map(document_of, await self.shards("id", after, limit))
        return sorted(read, key=lambda one: one.id)[:limit]

    async def search(self, query: Query) -> Answer:
        """Answer a question (see `search.flow`)."""
        async with self.opened() as asked_with:
            return await answer(query, asked_with(query), NAME)

    @asynccontextmanager
    async def opened(self) -> AsyncGenerator[Callable[[Query], Recall]]:
        """Give what recalls (see `search.engine.Source`)."""
        yield lambda query: _Recall(self, filters_of(query))

    async def suggest(self, text: str) -> tuple[str, ...]:
        """Return what may be meant by a text typed so far (see `search.typed`)."""
        return await suggested(text, _Recall(self, ()))

    async def recalled(
        self, filters: Sequence[Sequence[str]], attributes: Sequence[str], limit: int
    ) -> list[list[Fields]]:
        """Return the documents that pass each of these lists of filters, short names first."""
        asks = [asked_of(self.index, one, attributes, limit) for one in filters]
        return await self.asked(asks)


class _Recall(Recall):
    """What one question recalls."""

    def __init__(self, engine: MeilisearchEngine, filters: Sequence[str]) -> None:
        self._engine = engine
        self._filters = filters

    async def by_codes(self, keys: Sequence[str]) -> Sequence[Keyed]:
        return await self._by_key("code_keys", "codes", keys)

    async def by_number(self, key: str) -> Sequence[Keyed]:
        return await self._by_key("number_keys", "numbers", [key])

    async def _by_key(self, field: str, values: str, keys: Sequence[str]) -> Sequence[Keyed]:
        filters = [*self._filters, one_of(field, map(hashed, keys))]
        (found,) = await self._engine.recalled([filters], ("id", "name", values), RECALL_MAX)
        return [Keyed(str(one["id"]), str(one["name"]), texts(one[values])) for one in found]

    async def by_keys(self, keys: Sequence[int], likelier: Sequence[int]) -> Recalled:
        return await self._merged(
            [keys_filter(some) for some in (likelier, keys) if some], RECALL_MAX
        )

    async def by_whole(self, asked: NameForms) -> Recalled:
        return await self._merged(whole_filters(asked), RECALL_MAX)

    async def by_pairs(self, asked: NameForms) -> Recalled:
        return await self._merged(pairs_filters(asked), RESEMBLING_MAX)

    async def by_beginning(self, keys: Sequence[str]) -> Sequence[str]:
        (found,) = await self._engine.recalled([begun_filters(keys)], ("id",), SUGGESTED)
        return [str(one["id"]) for one in found]

    async def _merged(self, likelier_first: Sequence[str], most: int) -> Recalled:
        lists = [[*self._filters, one] for one in likelier_first]
        found = await self._engine.recalled(lists, _NAMES, most)
        merged = {str(one["id"]): one for some in found for one in some}
        candidates = [_candidate(one) for one in list(merged.values())[:most]]
        return Recalled(candidates, whole=len(candidates) < most)


def _candidate(fields: Mapping[str, object]) -> Candidate:
    return Candidate(str(fields["id"]), str(fields["name"]), texts(fields["former_names"]))


def _laid_out(documents: Sequence[Document]) -> dict[str, Fields]:
    return {key: fields_of(document) for key, document in newest(documents).items()}
