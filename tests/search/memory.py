"""An engine in memory: the contract in its plainest form, and an oracle for the others."""

from collections.abc import AsyncGenerator, Callable, Sequence
from contextlib import asynccontextmanager

from search import keys, near
from search.documents import Document
from search.engine import Engine
from search.flow import Keyed, Recall, Recalled, answer
from search.matching import Candidate
from search.names import NameForms, bigrams, distinctive
from search.query import Answer, Query
from search.recall import FEW, LEADING
from search.typed import SUGGESTED, beginnings, suggested


def _passes(document: Document, query: Query) -> bool:
    cities = set(document.cities)
    if (query.cities and not cities & set(query.cities)) or cities & set(query.without):
        return False
    if query.types and not set(query.types) & set(document.types):
        return False
    if query.severities and not set(query.severities) & set(document.severities):
        return False
    if not (query.date_from or query.date_to):
        return True
    if document.dates is None:
        return False
    first, last = document.dates
    after = query.date_from is None or last >= query.date_from
    return after and (query.date_to is None or first <= query.date_to)


def _names(document: Document) -> tuple[str, ...]:
    return (document.name, *document.former_names)


def _holds_whole(document: Document, asked: NameForms) -> bool:
    grams = set(keys.grams(_names(document)))
    wanted = set(asked.bigrams or bigrams(asked.body) or ("^" + asked.body,))
    return wanted <= grams


def _resembles(document: Document, asked: NameForms) -> bool:
    grams = set(keys.grams(_names(document)))
    wanted = distinctive(asked)
    if len(wanted) <= FEW:
        return bool(grams & set(wanted))
    shared = grams & set(wanted)
    return len(shared) > 1 and not shared.isdisjoint(wanted[:LEADING])


class MemoryEngine(Engine):
    """Holds documents in a dictionary and looks at every one."""

    name = "memory"

    def __init__(self) -> None:
        self._documents: dict[str, Document] = {}

    async def prepare(self) -> None:
        return

    async def upsert(self, documents: Sequence[Document]) -> None:
        for document in documents:
            known = self._documents.get(document.id)
            if known is None or known.version <= document.version:
                self._documents[document.id] = document

    async def delete(self, ids: Sequence[str]) -> None:
        for one in ids:
            self._documents.pop(one, None)

    async def count(self) -> int:
        return len(self._documents)

    async def documents(self, after: str, limit: int) -> list[Document]:
        found = sorted(one for one in self._documents if one > after)[:limit]
        return [self._documents[one] for one in found]

    async def clear(self) -> None:
        self._documents.clear()

    async def search(self, query: Query) -> Answer:
        async with self.opened() as asked_with:
            return await answer(query, asked_with(query), self.name)

    @asynccontextmanager
    async def opened(self) -> AsyncGenerator[Callable[[Query], Recall]]:
        yield lambda query: _Recall([d for d in self._documents.values() if _passes(d, query)])

    async def suggest(self, text: str) -> tuple[str, ...]:
        return await suggested(text, _Recall(list(self._documents.values())))


class _Recall:
    """Gives every document that fits, however many."""

    def __init__(self, passed: list[Document]) -> None:
        self._passed = passed

    async def by_codes(self, asked: Sequence[str]) -> Sequence[Keyed]:
        wanted = set(asked)
        return [
            Keyed(one.id, one.name, one.codes)
            for one in self._passed
            if not wanted.isdisjoint(keys.code_keys(one.codes))
        ]

    async def by_number(self, key: str) -> Sequence[Keyed]:
        return [
            Keyed(one.id, one.name, one.numbers)
            for one in self._passed
            if key in keys.number_keys(one.numbers)
        ]

    async def by_keys(self, keys: Sequence[int], _likelier: Sequence[int]) -> Recalled:
        wanted = set(keys)
        return self._named(lambda one: not wanted.isdisjoint(near.stored_keys(_names(one))))

    async def by_whole(self, asked: NameForms) -> Recalled:
        return self._named(lambda one: _holds_whole(one, asked))

    async def by_pairs(self, asked: NameForms) -> Recalled:
        return self._named(lambda one: _resembles(one, asked))

    async def by_beginning(self, asked: Sequence[str]) -> Sequence[str]:
        found = [
            one
            for one in self._passed
            if any(b.startswith(tuple(asked)) for b in beginnings(_names(one), one.codes))
        ]
        found.sort(key=lambda one: (len(one.name), one.id))
        return [one.id for one in found[:SUGGESTED]]

    def _named(self, fits: Callable[[Document], bool]) -> Recalled:
        found = [one for one in self._passed if fits(one)]
        candidates = [Candidate(one.id, one.name, one.former_names) for one in found]
        return Recalled(candidates, whole=True)
