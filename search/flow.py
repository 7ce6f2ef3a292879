"""How every engine answers: by code, else by number, else by name; engines only recall.

1. a text that could be a code or a number is looked up as one, exactly;
2. a text that has the shape of one and was not found is answered with nothing: a code that is not
   there must not turn into a resembling name;
3. all else is a name: those that hold all of the question; if none is it, also those that resemble
   it. Whether the second recall runs depends on the hits alone, so that all pages agree.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Final, Protocol

from search import keys
from search.matching import FOUND, Candidate, match_code, match_name, match_number, page
from search.names import NameForms, normalise
from search.query import RECALL_MAX, Answer, Hit, Query

FEW_HITS: Final = 20
"""With fewer names that hold the question, those that resemble it are worth showing too."""


@dataclass(frozen=True, slots=True)
class Keyed:
    """A document that has a key, and its values in the field of the key."""

    id: str
    name: str
    values: Sequence[str]


@dataclass(frozen=True, slots=True)
class Recalled:
    """Candidates for a name; not ``whole``: there were more than an engine gives."""

    candidates: Sequence[Candidate]
    whole: bool


class Recall(Protocol):
    """What an engine does for one question; all of it under the filters of the question."""

    async def by_code(self, key: str) -> Sequence[Keyed]:
        """Return documents with this code, at most `search.query.RECALL_MAX`."""
        ...

    async def by_number(self, key: str) -> Sequence[Keyed]:
        """Return documents with this number, at most `search.query.RECALL_MAX`."""
        ...

    async def by_whole(self, asked: NameForms) -> Recalled:
        """Return documents with a name that holds all of the question, the likeliest first."""
        ...

    async def by_pairs(self, asked: NameForms) -> Recalled:
        """Return documents with a name that shares a leading pair of characters and another."""
        ...


async def answer(query: Query, recall: Recall, engine: str) -> Answer:
    """Answer a question from what an engine recalls; ``engine`` is its name."""
    read_as = keys.read(query.text)
    if keys.has_digit(query.text) and not query.as_name:
        key = keys.code_key(query.text)
        if found := await recall.by_code(key):
            hits = [(one.name, match_code(key, one.id, one.values)) for one in found]
            return page(query, hits, "code", engine, whole=len(found) < RECALL_MAX)
        key = keys.number_key(query.text)
        if found := await recall.by_number(key):
            hits = [(one.name, match_number(key, one.id, one.values)) for one in found]
            return page(query, hits, "number", engine, whole=len(found) < RECALL_MAX)
    asked = normalise(query.text)
    if read_as != "name" or not asked.body:  # a text without letter or digit is nobody's name
        return page(query, [], read_as, engine, whole=True)
    hits, whole = await _named(asked, recall)
    return page(query, hits, "name", engine, whole=whole)


async def _named(asked: NameForms, recall: Recall) -> tuple[list[tuple[str, Hit]], bool]:
    first = await recall.by_whole(asked)
    whole, hits = first.whole, _scored(asked, first.candidates)
    if len(hits) < FEW_HITS and all(hit.score < FOUND for _, hit in hits):
        more = await recall.by_pairs(asked)
        known = {hit.id for _, hit in hits}
        hits += [pair for pair in _scored(asked, more.candidates) if pair[1].id not in known]
        whole = whole and more.whole
    return hits, whole


def _scored(asked: NameForms, candidates: Iterable[Candidate]) -> list[tuple[str, Hit]]:
    """Score candidates; those below the bar are not hits."""
    hits = ((one.name, match_name(asked, one)) for one in candidates)
    return [(name, hit) for name, hit in hits if hit is not None]
