"""The search engine on Meilisearch, for service: it recalls by filters alone, and we score.

How documents and questions are laid out for it is in `search.meilisearch_layout`. The official
client is synchronous; each call runs in a worker thread of the engine's own, so that a server that
hangs keeps nobody else waiting. How far an index was built is noted inside it, so that the note is
wiped, swapped and put back from a backup together with what it speaks of.
"""

import asyncio
import time
from collections.abc import AsyncGenerator, Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import aclosing, asynccontextmanager, suppress
from functools import partial
from typing import Final, Protocol, TypeVar, cast

import meilisearch
from meilisearch.errors import MeilisearchApiError, MeilisearchError, MeilisearchTimeoutError

from search.ahead import ahead
from search.documents import Document, newest
from search.engine import Engine
from search.errors import LATE, IndexLayoutError, SearchUnavailableError
from search.flow import Keyed, Recall, Recalled, answer
from search.matching import Candidate
from search.meilisearch_layout import (
    LAYOUT,
    SETTINGS,
    SHARD_MAX,
    SHARDS,
    Fields,
    asked_of,
    document_of,
    fields_of,
    filters_of,
    hashed,
    keys_filter,
    one_of,
    pairs_filters,
    shard_of,
    texts,
    whole_filters,
)
from search.names import NameForms
from search.query import RECALL_MAX, Answer, Query
from search.recall import RESEMBLING_MAX

NAME: Final = "meilisearch"
CHUNK: Final = 5_000
"""Documents sent in one task: an engine that takes seconds for one document takes few for these."""
IDS_MAX: Final = 1_000
"""Ids asked for in one request."""
SHARDS_AT_ONCE: Final = 128
"""Shards read back in one request."""
OLDEST: Final = (1, 21)
"""The oldest version of the server that was tried."""
_SEARCH_SECONDS: Final = 2.0
"""For one request of a search, all in all; then another engine can still answer in time."""
_SECONDS: Final = 20.0
"""For one request of those that keep the index."""
_THREADS: Final = 8
_TASK_SECONDS: Final = 120.0
"""For one task to be done; beyond it the engine is taken for full or stuck, and asked again."""
_POLL: Final = 0.05
_POLL_MAX: Final = 0.25
_DONE: Final = frozenset({"succeeded", "failed", "canceled"})
_MISSING: Final = frozenset({"index_not_found", "document_not_found"})
_MARKER: Final = "marker"
"""The id of the note; no id of a document, and without any field that a search asks for."""
_NAMES: Final = ("id", "name", "former_names")
T = TypeVar("T")


class _Begun(Protocol):
    """What the client returns for a task that was enqueued."""

    @property
    def task_uid(self) -> int: ...


class MeilisearchEngine(Engine):
    """`search.engine.Engine` on a server of its own (Meilisearch 1.21 or later).

    ``prefix`` names the index together with the layout, so that an index of another layout is
    never searched by mistake. `begin_beside` builds a second index while the first one answers;
    `swap` puts it in its place. Searches and `count` ask the first, writers write to `written`.
    """

    name = NAME

    def __init__(self, url: str, key: str = "", prefix: str = "registry") -> None:
        """Take the server's address and a key that may manage indexes, documents and tasks."""
        self.index = f"{prefix}_documents_v{LAYOUT}"
        self.beside = f"{self.index}_beside"
        self.written = self.index
        self._client = meilisearch.Client(url, key or None, timeout=int(_SECONDS))
        self._asking = meilisearch.Client(url, key or None, timeout=int(_SEARCH_SECONDS))
        self._threads = ThreadPoolExecutor(_THREADS, thread_name_prefix=NAME)

    async def _call(self, function: Callable[[], T], seconds: float = _SECONDS) -> T:
        """Run a call in a thread; whatever goes wrong becomes an error of this library."""
        loop = asyncio.get_running_loop()
        try:
            async with asyncio.timeout(seconds):
                return await loop.run_in_executor(self._threads, function)
        except TimeoutError:
            raise _unavailable(TimeoutError(f"no answer within {seconds} s")) from None
        except MeilisearchApiError as error:
            if _code_of(error) in _MISSING:
                raise IndexLayoutError(
                    zh="检索索引尚未建立。", en="The search index was not prepared."
                ) from error
            raise _unavailable(error) from None
        except MeilisearchError as error:
            raise _unavailable(error) from None  # the text says all that its causes do

    async def _done(self, begin: Callable[[], _Begun]) -> None:
        """Begin a task and wait until the engine has done it.

        Raises:
            SearchUnavailableError: the task failed, or is not done in time.
        """
        task = await self._call(begin)
        until = time.monotonic() + _TASK_SECONDS
        pause = _POLL
        while True:
            found = await self._call(lambda: self._client.get_task(task.task_uid))
            if found.status in _DONE:
                break
            if time.monotonic() > until:
                raise _unavailable(TimeoutError(f"task {task.task_uid} is {found.status}"))
            await asyncio.sleep(pause)
            pause = min(pause * 1.5, _POLL_MAX)
        if found.status != "succeeded":
            raise _unavailable(RuntimeError(f"task {task.task_uid} {found.status}: {found.error}"))

    async def prepare(self) -> None:
        """Create the index that is written and its settings if they are not there.

        Raises:
            SearchUnavailableError: the server is older than `OLDEST`, or does not answer.
        """
        client, uid = self._client, self.written
        version = await self._call(client.get_version)
        if _numbers(version["pkgVersion"]) < OLDEST:
            raise _unavailable(RuntimeError(f"Meilisearch {version['pkgVersion']} is too old"))
        try:
            await self._call(lambda: client.get_index(uid))
        except IndexLayoutError:
            await self._done(lambda: client.create_index(uid, {"primaryKey": "id"}))
        await self._done(lambda: client.index(uid).update_settings(dict(SETTINGS)))

    async def marked(self, uid: str = "") -> int | None:
        """Return up to which commit an index (the one that is searched) was built.

        None for an index that is not there, or was never marked.

        Raises:
            SearchUnavailableError: the engine does not answer.
        """
        index = self._asking.index(uid or self.index)
        try:
            found = await self._call(lambda: index.get_document(_MARKER), _SEARCH_SECONDS)
        except IndexLayoutError:
            return None
        return int(found.seq)

    async def mark(self, seq: int) -> None:
        """Note that the index that is written holds everything up to a commit."""
        index = self._client.index(self.written)
        await self._done(lambda: index.add_documents([{"id": _MARKER, "seq": seq}], "id"))

    async def begin_beside(self) -> None:
        """Begin an empty index beside the one that is searched, and write to it from now on."""
        await self.drop(self.beside)
        self.written = self.beside
        await self.prepare()
        await self.mark(0)

    async def swap(self) -> None:
        """Put the index that was built beside in the place of the one that is searched."""
        pair = {"indexes": [self.index, self.beside]}
        self.written = self.index
        await self.prepare()  # it may have been wiped meanwhile
        await self._done(lambda: self._client.swap_indexes([pair]))
        await self.drop(self.beside)

    async def drop(self, uid: str = "") -> None:
        """Remove an index (the one that is searched), as if it had never been prepared."""
        with suppress(IndexLayoutError):
            await self._call(lambda: self._client.get_index(uid or self.index))
            await self._done(lambda: self._client.delete_index(uid or self.index))

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
                    await self._done(partial(index.add_documents, newer))

    async def _versions(self, ids: Sequence[str]) -> dict[str, int]:
        """Return the versions stored under these ids."""
        found: dict[str, int] = {}
        for start in range(0, len(ids), IDS_MAX):
            some = ids[start : start + IDS_MAX]
            asks = [asked_of(self.written, [one_of("id", some)], ("id", "version"), len(some))]
            (rows,) = await self._read(self._client, asks, _SECONDS)
            found |= {str(row["id"]): cast("int", row["version"]) for row in rows}
        return found

    async def delete(self, ids: Sequence[str]) -> None:
        """Remove documents by id, in one task if any of them is there."""
        there = list(await self._versions(ids))  # to look takes less than a task that does nothing
        if there:
            index = self._client.index(self.written)
            await self._done(lambda: index.delete_documents(filter=one_of("id", there)))

    async def count(self, uid: str = "") -> int:
        """Count all documents of an index, the one that is searched."""
        index = self._client.index(uid or self.index)
        stats = await self._call(index.get_stats)
        return stats.number_of_documents - (await self.marked(uid) is not None)

    async def clear(self) -> None:
        """Remove all documents of the index that is written."""
        await self._done(self._client.index(self.written).delete_all_documents)

    async def documents(self, after: str, limit: int) -> list[Document]:
        """Read documents back in the order of their ids (see `Engine.documents`).

        Some thousand shards by the beginning of the id, many in one request: the engine can order
        texts but not compare them, and pages of a listing in order come out shifted by one (1.21).
        """
        found: list[Document] = []
        first = int(shard_of(after or "0"), 16)
        for start in range(first, SHARDS, SHARDS_AT_ONCE):
            shards = range(start, min(start + SHARDS_AT_ONCE, SHARDS))
            ones = [one_of("shard", [f"{shard:03x}"]) for shard in shards]
            asks = [asked_of(self.index, [one], ("*",), SHARD_MAX) for one in ones]
            for rows in await self._read(self._client, asks, _SECONDS):
                read = sorted(map(document_of, rows), key=lambda one: one.id)
                found += [one for one in read if one.id > after]
            if len(found) >= limit:
                break
        return found[:limit]

    async def search(self, query: Query) -> Answer:
        """Answer a question (see `search.flow`)."""
        async with self.opened() as asked_with:
            return await answer(query, asked_with(query), NAME)

    @asynccontextmanager
    async def opened(self) -> AsyncGenerator[Callable[[Query], Recall]]:
        """Give what recalls (see `search.engine.Source`)."""
        yield lambda query: _Recall(self, filters_of(query))

    async def recalled(
        self, filters: Sequence[Sequence[str]], attributes: Sequence[str], limit: int
    ) -> list[list[Fields]]:
        """Return the documents that pass each of these lists of filters, short names first."""
        asks = [asked_of(self.index, one, attributes, limit) for one in filters]
        return await self._read(self._asking, asks, _SEARCH_SECONDS)

    async def _read(
        self, client: meilisearch.Client, asks: Sequence[Mapping[str, object]], seconds: float
    ) -> list[list[Fields]]:
        found = await self._call(lambda: client.multi_search(list(asks)), seconds)
        return [[dict(hit) for hit in one["hits"]] for one in found["results"]]


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


def _numbers(version: str) -> tuple[int, ...]:
    """Read major and minor of a version; what is none is older than any."""
    numbers = version.split(".")[:2]
    return tuple(int(number) if number.isdecimal() else 0 for number in numbers)


def _code_of(error: MeilisearchApiError) -> str:
    """Return the engine's word for what is wrong; the client's types do not say it is a text."""
    return str(getattr(error, "code", ""))


def _unavailable(error: Exception) -> SearchUnavailableError:
    what = str(error).partition("\n")[0][:300]
    late = isinstance(error, TimeoutError | MeilisearchTimeoutError)
    return SearchUnavailableError(
        zh="检索引擎暂不可用。",
        en=f"The search engine did not do as asked: {what}",
        code=LATE if late else "",
    )
