"""An index in Meilisearch: reached with time limits, marked, built beside and swapped in.

The official client is synchronous; each call runs in a worker thread of the index's own, so that a
server that hangs keeps nobody else waiting. How far an index was built is noted inside it, so that
the note is wiped, swapped and put back from a backup together with what it speaks of.
"""

import asyncio
import time
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from typing import Final, Protocol, TypeVar

import meilisearch
from meilisearch.errors import MeilisearchApiError, MeilisearchError, MeilisearchTimeoutError

from search.errors import LATE, IndexLayoutError, SearchUnavailableError
from search.meilisearch_layout import SHARD_MAX, SHARDS, Fields, one_of, shard_of

NAME: Final = "meilisearch"
CHUNK: Final = 5_000
"""Documents sent in one task: an engine that takes seconds for one document takes few for these."""
SHARDS_AT_ONCE: Final = 128
"""Shards read back in one request."""
OLDEST: Final = (1, 21)
"""The oldest version of the server that was tried."""
SEARCH_SECONDS: Final = 2.0
"""For one request of a search, all in all; then another engine can still answer in time."""
SECONDS: Final = 20.0
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
T = TypeVar("T")


class _Begun(Protocol):
    """What the client returns for a task that was enqueued."""

    @property
    def task_uid(self) -> int: ...


class MeilisearchIndex:
    """An index on a server of its own (Meilisearch 1.21 or later).

    Its name holds the number of its layout, so that an index of another layout is never searched
    by mistake. `begin_beside` builds a second index while the first one answers;
    `swap` puts it in its place. Searches and `count` ask the first, writers write to `written`.
    """

    def __init__(self, url: str, key: str, index: str, settings: Mapping[str, object]) -> None:
        """Take the server's address and a key that may manage indexes, documents and tasks.

        ``index`` is the name, ``settings`` are those that the index must have.
        """
        self.index = index
        self._settings = settings
        self.beside = f"{self.index}_beside"
        self.written = self.index
        self._client = meilisearch.Client(url, key or None, timeout=int(SECONDS))
        self._asking = meilisearch.Client(url, key or None, timeout=int(SEARCH_SECONDS))
        self._threads = ThreadPoolExecutor(_THREADS, thread_name_prefix=NAME)

    async def call(self, function: Callable[[], T], seconds: float = SECONDS) -> T:
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

    async def done(self, begin: Callable[[], _Begun]) -> None:
        """Begin a task and wait until the engine has done it.

        Raises:
            SearchUnavailableError: the task failed, or is not done in time.
        """
        task = await self.call(begin)
        until = time.monotonic() + _TASK_SECONDS
        pause = _POLL
        while True:
            found = await self.call(lambda: self._client.get_task(task.task_uid))
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
        version = await self.call(client.get_version)
        if _numbers(version["pkgVersion"]) < OLDEST:
            raise _unavailable(RuntimeError(f"Meilisearch {version['pkgVersion']} is too old"))
        try:
            await self.call(lambda: client.get_index(uid))
        except IndexLayoutError:
            await self.done(lambda: client.create_index(uid, {"primaryKey": "id"}))
        await self.done(lambda: client.index(uid).update_settings(dict(self._settings)))

    async def marked(self, uid: str = "") -> int | None:
        """Return up to which commit an index (the one that is searched) was built.

        None for an index that is not there, or was never marked.

        Raises:
            SearchUnavailableError: the engine does not answer.
        """
        index = self._asking.index(uid or self.index)
        try:
            found = await self.call(lambda: index.get_document(_MARKER), SEARCH_SECONDS)
        except IndexLayoutError:
            return None
        return int(found.seq)

    async def mark(self, seq: int) -> None:
        """Note that the index that is written holds everything up to a commit."""
        index = self._client.index(self.written)
        await self.done(lambda: index.add_documents([{"id": _MARKER, "seq": seq}], "id"))

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
        await self.done(lambda: self._client.swap_indexes([pair]))
        await self.drop(self.beside)

    async def drop(self, uid: str = "") -> None:
        """Remove an index (the one that is searched), as if it had never been prepared."""
        with suppress(IndexLayoutError):
            await self.call(lambda: self._client.get_index(uid or self.index))
            await self.done(lambda: self._client.delete_index(uid or self.index))

    async def count(self, uid: str = "") -> int:
        """Count all documents of an index, the one that is searched."""
        index = self._client.index(uid or self.index)
        stats = await self.call(index.get_stats)
        return stats.number_of_documents - (await self.marked(uid) is not None)

    async def clear(self) -> None:
        """Remove all documents of the index that is written."""
        await self.done(self._client.index(self.written).delete_all_documents)

    async def shards(self, field: str, after: str, limit: int) -> list[Fields]:
        """Read whole shards back until there are ``limit`` documents: those after an id in a field.

        Some thousand shards by the beginning of that id, many in one request: the engine can order
        texts but not compare them, and pages of a listing in order come out shifted by one (1.21).
        """
        found: list[Fields] = []
        first = int(shard_of(after or "0"), 16)
        for start in range(first, SHARDS, SHARDS_AT_ONCE):
            shards = range(start, min(start + SHARDS_AT_ONCE, SHARDS))
            ones = [one_of("shard", [f"{shard:03x}"]) for shard in shards]
            about = {"indexUid": self.index, "limit": SHARD_MAX}
            for rows in await self.read([{**about, "filter": one} for one in ones]):
                found += [row for row in rows if str(row[field]) > after]
            if len(found) >= limit:
                break
        return found

    async def read(self, asks: Sequence[Mapping[str, object]]) -> list[list[Fields]]:
        """Ask several questions in one request, for those that keep the index."""
        return await self._read(self._client, asks, SECONDS)

    async def asked(self, asks: Sequence[Mapping[str, object]]) -> list[list[Fields]]:
        """Ask several questions in one request, for somebody who waits."""
        return await self._read(self._asking, asks, SEARCH_SECONDS)

    async def _read(
        self, client: meilisearch.Client, asks: Sequence[Mapping[str, object]], seconds: float
    ) -> list[list[Fields]]:
        found = await self.call(lambda: client.multi_search(list(asks)), seconds)
        return [[dict(hit) for hit in one["hits"]] for one in found["results"]]


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
