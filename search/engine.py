"""The interface every search engine fulfils; tests/search/contract runs against each of them."""

from collections.abc import Callable, Sequence
from contextlib import AbstractAsyncContextManager
from typing import Protocol

from search.documents import Document
from search.flow import Recall
from search.query import Answer, Query


class Searcher(Protocol):
    """Answers questions."""

    async def search(self, query: Query) -> Answer:
        """Answer a question from what is stored at this moment.

        Raises:
            SearchUnavailableError: the engine does not answer, or not in time.
            IndexLayoutError: the index is not ready.
        """
        ...

    async def suggest(self, text: str) -> tuple[str, ...]:
        """Return ids of documents that may be meant by a text typed so far (`search.typed`).

        Raises as `search`.
        """
        ...


class Source(Protocol):
    """Recalls documents for whoever weighs them, from one engine or from several."""

    name: str
    """What the engine is called in answers."""

    def opened(self) -> AbstractAsyncContextManager[Callable[[Query], Recall]]:
        """Open it for one question: what is asked with its filters is asked of what this gives.

        Opening and asking raise what `Searcher.search` raises.
        """
        ...


class Engine(Searcher, Source, Protocol):
    """Stores documents and answers questions about them.

    Every method raises `search.errors.SearchUnavailableError` if the engine cannot be reached or
    does not answer in time, and `search.errors.IndexLayoutError` if the index is not ready.
    """

    async def prepare(self) -> None:
        """Create the index if it is not there; changes nothing if it is.

        Raises:
            IndexLayoutError: if an index of another layout is in its place.
        """
        ...

    async def upsert(self, documents: Sequence[Document]) -> None:
        """Store documents, replacing those of the same id and the same or an older version.

        Idempotent; large sequences are stored in chunks, so that an error leaves whole chunks
        stored and the call can simply be made again.
        """
        ...

    async def delete(self, ids: Sequence[str]) -> None:
        """Remove documents by id; unknown ids are no error."""
        ...

    async def count(self) -> int:
        """Count all documents; for audits, not for requests."""
        ...

    async def documents(self, after: str, limit: int) -> list[Document]:
        """Read documents back in the order of their ids, those after an id ("" for the first).

        For audits, not for requests. An engine that does not keep ``text`` leaves it empty.
        """
        ...

    async def clear(self) -> None:
        """Remove all documents."""
        ...
