"""An engine in memory: the contract in its plainest form, and an oracle for the others."""

from collections.abc import Sequence

from search import keys
from search.documents import Document
from search.engine import Engine
from search.flow import FEW_HITS
from search.matching import FOUND, Candidate, match_code, match_name, match_number, page
from search.names import NameForms, bigrams, distinctive, normalise
from search.query import Answer, Hit, Query
from search.recall import FEW, LEADING


def _passes(document: Document, query: Query) -> bool:
    if query.cities and not set(query.cities) & set(document.cities):
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
    forms = {asked.simplified, asked.body, asked.core}
    wanted = set(asked.bigrams or bigrams(asked.body) or ("^" + asked.body,))
    return bool(forms & set(keys.name_keys(_names(document)))) or wanted <= grams


def _resembles(document: Document, asked: NameForms) -> bool:
    grams = set(keys.grams(_names(document)))
    wanted = distinctive(asked)
    if len(wanted) <= FEW:
        return bool(grams & set(wanted))
    shared = grams & set(wanted)
    return len(shared) > 1 and not shared.isdisjoint(wanted[:LEADING])


class MemoryEngine(Engine):
    """Holds documents in a dictionary and looks at every one."""

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
        passed = [one for one in self._documents.values() if _passes(one, query)]
        code, number = keys.code_key(query.text), keys.number_key(query.text)
        coded = [one for one in passed if code in keys.code_keys(one.codes)]
        if coded:
            hits = [(one.name, match_code(code, one.id, one.codes)) for one in coded]
            return page(query, hits, "code", "memory", whole=True)
        numbered = [one for one in passed if number in keys.number_keys(one.numbers)]
        if numbered:
            hits = [(one.name, match_number(number, one.id, one.numbers)) for one in numbered]
            return page(query, hits, "number", "memory", whole=True)
        read_as = keys.read(query.text)
        found = self._named(passed, query) if read_as == "name" else []
        return page(query, found, read_as, "memory", whole=True)

    @staticmethod
    def _named(passed: list[Document], query: Query) -> list[tuple[str, Hit]]:
        asked = normalise(query.text)
        if not asked.body:
            return []

        def scored(documents: list[Document]) -> list[tuple[str, Hit]]:
            pairs = [
                (one.name, match_name(asked, Candidate(one.id, one.name, one.former_names)))
                for one in documents
            ]
            return [(name, hit) for name, hit in pairs if hit is not None]

        whole = [one for one in passed if _holds_whole(one, asked)]
        found = scored(whole)
        if len(found) < FEW_HITS and all(hit.score < FOUND for _, hit in found):
            known = {hit.id for _, hit in found}
            others = [one for one in passed if _resembles(one, asked) and one.id not in known]
            found += scored(others)
        return found
