"""How every engine answers: by code, else by number, else by name; engines only recall.

1. a text that could be a code or a number is looked up as one, exactly;
2. a code that was not found is looked up with one slip; a number, or one of a standard, is answered
   with nothing: what is not there must not turn into a resembling name;
3. all else is a name: those that share a key with it (`search.near`), which are few; if none is it
   and it was typed in pinyin, those that share one with what it is but for a slip; unless one of
   them is it in full, also those that hold all of the question; and if none is it, those that
   resemble it. What is asked for depends on the hits alone, so that all pages agree.
"""

from collections.abc import Awaitable, Iterable, Sequence
from dataclasses import dataclass
from typing import Final, Protocol

from rapidfuzz.fuzz import ratio

from search import codes, keys, near
from search.matching import (
    FOUND,
    Candidate,
    match_code,
    match_name,
    match_number,
    match_slip,
    page,
)
from search.names import NameForms, normalise
from search.query import RECALL_MAX, Answer, Hit, Query

KEYED: Final = frozenset({"code", "number", "standard"})
"""Readings of a text that is no name."""
RESEMBLING: Final = 60
"""Names that only resemble the question which are weighed: more of them nobody looks through."""
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

    async def by_codes(self, keys: Sequence[str]) -> Sequence[Keyed]:
        """Return documents with one of these codes, at most `search.query.RECALL_MAX`."""
        ...

    async def by_number(self, key: str) -> Sequence[Keyed]:
        """Return documents with this number, at most `search.query.RECALL_MAX`."""
        ...

    async def by_keys(self, keys: Sequence[int], likelier: Sequence[int]) -> Recalled:
        """Return documents with a name that has one of these keys, the likelier ones first."""
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
    if keys.has_digit(query.text):
        key = keys.code_key(query.text)
        if not query.as_name and (found := await recall.by_codes([key])):
            hits = [(one.name, match_code(key, one.id, one.values)) for one in found]
            return page(query, hits, "code", engine, whole=len(found) < RECALL_MAX)
        number = keys.number_key(query.text)
        if not query.as_name and (found := await recall.by_number(number)):
            hits = [(one.name, match_number(number, one.id, one.values)) for one in found]
            return page(query, hits, "number", engine, whole=len(found) < RECALL_MAX)
        if read_as == "code":
            slips = codes.slips(key)
            found = await recall.by_codes(slips) if slips else ()
            hits = [(one.name, match_slip(set(slips), one.id, one.values)) for one in found]
            return page(query, hits, "code", engine, whole=len(found) < RECALL_MAX)
    asked = normalise(query.text)
    if read_as in KEYED or not asked.body:  # a text without letter or digit is nobody's name
        return page(query, [], read_as, engine, whole=True)
    hits, whole = await _named(asked, recall)
    return page(query, hits, read_as, engine, whole=whole)


async def _named(asked: NameForms, recall: Recall) -> tuple[list[tuple[str, Hit]], bool]:
    hits: list[tuple[str, Hit]] = []
    whole = True

    async def add(more: Awaitable[Recalled], most: int = RECALL_MAX) -> bool:
        """Score what was recalled; tell whether the name itself is among it."""
        nonlocal whole
        recalled = await more
        known = {hit.id for _, hit in hits}
        others = [one for one in recalled.candidates if one.id not in known]
        hits.extend(_scored(asked, _nearest(asked, others, most)))
        whole = whole and recalled.whole and len(others) <= most
        return any(hit.score >= FOUND for _, hit in hits)

    is_found = await add(recall.by_keys(near.asked_keys(asked), near.exact_keys(asked)))
    if not is_found and (mended := near.mended_keys(asked)):
        is_found = await add(recall.by_keys(mended, ()))
    if not (is_found and asked.legal_form):  # who types it does not mean a part of a name
        is_found = await add(recall.by_whole(asked))
    if not is_found and len(hits) < FEW_HITS:
        await add(recall.by_pairs(asked), RESEMBLING)
    return hits, whole


def _nearest(asked: NameForms, found: list[Candidate], most: int) -> list[Candidate]:
    """Keep those nearest at a glance: to weigh one in full takes a hundred times longer."""
    if len(found) <= most:
        return found

    def key(one: Candidate) -> tuple[float, str, str]:
        alike = (ratio(asked.simplified, name) for name in (one.name, *one.former_names))
        return -max(alike), one.name, one.id

    return sorted(found, key=key)[:most]


def _scored(asked: NameForms, candidates: Iterable[Candidate]) -> list[tuple[str, Hit]]:
    """Score candidates; those below the bar are not hits."""
    hits = ((one.name, match_name(asked, one)) for one in candidates)
    return [(name, hit) for name, hit in hits if hit is not None]
