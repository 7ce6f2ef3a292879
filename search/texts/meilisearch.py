"""Texts in Meilisearch: filters over pairs of letters recall, each word is then looked for here.

As with names its own tokens take no part. It orders numbers, not texts, so a place is laid out as
three numbers that it holds exactly. Where many texts have all pairs of a question and few have its
words, the engine is asked a bounded number of times; an answer says where it stopped.
"""

from collections.abc import Collection, Iterable, Mapping, Sequence
from contextlib import aclosing
from datetime import date
from functools import partial
from typing import Final, cast

from search.ahead import ahead
from search.meilisearch_index import CHUNK, NAME, MeilisearchIndex
from search.meilisearch_layout import SHARD_MAX, Fields, one_of, shard_of
from search.texts.engine import TextEngine
from search.texts.question import Key, Question, TextHit, TextsFound
from search.texts.text import LEADING, Place, Text

LAYOUT: Final = 1
"""Raised whenever fields, settings, letters or what is written of a record change."""
ROUNDS: Final = 4
"""Times that the engine is asked for one question at most."""
AHEAD: Final = 20
"""Texts asked for beyond those wanted: some have the pairs and not the words."""
_HALF: Final = 32
_EQUAL: Final = {"facetSearch": False, "filter": {"equality": True, "comparison": False}}
_ORDERED: Final = {"facetSearch": False, "filter": {"equality": True, "comparison": True}}
_FILTERS: Final = ("city", "type", "severity", "organ")
_NUMBERS: Final = ("day", "high", "low", "idx")
_READ: Final = ("about", *_NUMBERS)
_PAIR: Final = 2
SETTINGS: Final[Mapping[str, object]] = {
    "searchableAttributes": ["type"],
    "filterableAttributes": [
        {"attributePatterns": ["id", "keys", "about", "shard", *_FILTERS], "features": _EQUAL},
        {"attributePatterns": [*_NUMBERS], "features": _ORDERED},
    ],
    "sortableAttributes": [*_NUMBERS],
    "rankingRules": ["sort"],
    "typoTolerance": {"enabled": False},
    "prefixSearch": "disabled",
    "facetSearch": False,
    "proximityPrecision": "byAttribute",
    "pagination": {"maxTotalHits": SHARD_MAX},
}


class MeilisearchTexts(MeilisearchIndex, TextEngine):
    """`search.texts.engine.TextEngine` on Meilisearch."""

    def __init__(self, url: str, key: str = "", prefix: str = "registry") -> None:
        """Take the server's address, a key as `MeilisearchIndex` does, and the name's beginning."""
        super().__init__(url, key, f"{prefix}_texts_v{LAYOUT}", SETTINGS)

    async def places(self, about: Sequence[str]) -> set[Place]:
        """Return the places of all texts stored about these, part by part where there is much."""
        found: set[Place] = set()
        behind: Key | None = None
        while True:
            filters = [one_of("about", about), *([] if behind is None else [_behind(behind, ">")])]
            ask = self._ask(filters, "oldest", _READ, SHARD_MAX)
            (rows,) = await self.read([{**ask, "indexUid": self.written}])
            hits = [_hit(row, 0) for row in rows]
            found |= {hit.place for hit in hits}
            if len(hits) < SHARD_MAX:
                return found
            behind = hits[-1].key

    async def add(self, texts: Sequence[Text]) -> None:
        """Store texts in large tasks, each seen to its end (see `TextEngine.add`)."""
        index = self._client.index(self.written)
        chunks = (texts[at : at + CHUNK] for at in range(0, len(texts), CHUNK))
        async with aclosing(ahead(_laid_out, chunks)) as made:
            async for fields in made:
                await self.done(partial(index.add_documents, fields, "id"))

    async def remove(self, places: Collection[Place]) -> None:
        """Remove texts, in few tasks."""
        index = self._client.index(self.written)
        ids = sorted(map(_id, places))
        for at in range(0, len(ids), CHUNK):
            gone = one_of("id", ids[at : at + CHUNK])
            await self.done(partial(index.delete_documents, filter=gone))

    async def texts(self, after: str, limit: int) -> list[Text]:
        """Read texts back (see `TextEngine.texts`), whole shards of the ids they are about."""
        read = map(_text, await self.shards("about", after, limit))
        return sorted(read, key=lambda one: (one.about, one.place))

    async def search(self, query: Question) -> TextsFound:
        """Answer a question: by relevance first those with the question in their lead."""
        found: list[TextHit] = []
        last, rounds = query.after, ROUNDS
        for rank, keys in enumerate(_ranks(query)):
            if last is not None and last[0] > rank:
                continue
            behind = last if last is not None and last[0] == rank else None
            whole = False
            while not whole:
                if not rounds:
                    return TextsFound(hits=tuple(found), last=last, engine=NAME)
                rounds -= 1
                asked = query.limit - len(found) + AHEAD
                rows = await self._rows(query, keys, behind, asked)
                for row in rows:
                    if _meets(query, row):
                        found.append(_hit(row, rank))
                        if len(found) == query.limit:
                            return TextsFound(hits=tuple(found), last=found[-1].key, engine=NAME)
                whole = len(rows) < asked
                if not whole:
                    behind = last = _hit(rows[-1], rank).key
        return TextsFound(hits=tuple(found), last=None, engine=NAME)

    async def _rows(
        self, query: Question, keys: Sequence[str], after: Key | None, limit: int
    ) -> list[Fields]:
        filters = [*keys, *_filters_of(query)]
        if after is not None:
            filters.append(_behind(after, "<" if query.order != "oldest" else ">"))
        read = _READ if _in_pairs(query) else (*_READ, "lead", "rest")
        return (await self.asked([self._ask(filters, query.order, read, limit)]))[0]

    def _ask(
        self, filters: Sequence[str], order: str, attributes: Sequence[str], limit: int
    ) -> dict[str, object]:
        way = "asc" if order == "oldest" else "desc"
        return {
            "indexUid": self.index,
            "q": "",
            "filter": list(filters),
            "sort": [f"{number}:{way}" for number in _NUMBERS],
            "limit": limit,
            "attributesToRetrieve": list(attributes),
        }


def _ranks(query: Question) -> list[list[str]]:
    """Write for each rank what a text must have; only by relevance there are two."""
    every = _having(query.recalls())
    if query.order != "relevance":
        return [every]
    leading = _having(query.recalls(LEADING))
    return [leading, [*every, f"NOT ({' AND '.join(leading)})"]]


def _in_pairs(query: Question) -> bool:
    """Tell whether a text that has the pairs of a question has its words."""
    return all(len(word) == _PAIR for word in query.words)


def _meets(query: Question, row: Fields) -> bool:
    return _in_pairs(query) or query.meets(_text({**dict.fromkeys(_FILTERS, ""), **row}))


def _having(keys: Iterable[int]) -> list[str]:
    return [f'keys = "{_key(key)}"' for key in keys]


def _key(key: int) -> str:
    """Write a key as a filter value: text, or the engine would keep ranges of numbers."""
    return f"{key & (2**32 - 1):x}"


def _filters_of(query: Question) -> list[str]:
    asked = (query.cities, query.types, query.severities, query.organs)
    found = [one_of(name, values) for name, values in zip(_FILTERS, asked, strict=True) if values]
    if query.date_from:
        found.append(f"day >= {query.date_from.toordinal()}")
    if query.date_to:
        found.append(f"day <= {query.date_to.toordinal()}")
    return found


def _behind(key: Key, beyond: str) -> str:
    """Write that a text stands behind a key, number by number."""
    numbers = _numbers(key[1], key[2])
    written = ""
    for name, number in reversed(list(zip(_NUMBERS, numbers, strict=True))):
        more = f" OR ({name} = {number} AND ({written}))" if written else ""
        written = f"{name} {beyond} {number}{more}"
    return written


def _numbers(day: date, place: Place) -> tuple[int, int, int, int]:
    log, idx = place
    return day.toordinal(), log >> _HALF, log & (2**_HALF - 1), idx


def _id(place: Place) -> str:
    high, low, idx = _numbers(date.min, place)[1:]
    return f"{high & (2**_HALF - 1):08x}{low:08x}-{idx:x}"


def fields_of(text: Text) -> Fields:
    """Lay a text out for the engine."""
    return {
        "id": _id(text.place),
        "about": text.about,
        "shard": shard_of(text.about),
        **dict(zip(_NUMBERS, _numbers(text.day, text.place), strict=True)),
        **{name: getattr(text, name) for name in (*_FILTERS, "lead", "rest")},
        "keys": [_key(key) for key in text.recalled_by()],
    }


def _laid_out(texts: Sequence[Text]) -> list[Fields]:
    return [fields_of(text) for text in texts]


def _text(row: Mapping[str, object]) -> Text:
    """Make the text of what the engine gives back, the inverse of `fields_of`."""
    said = {name: str(row[name]) for name in (*_FILTERS, "lead", "rest")}
    hit = _hit(row, 0)
    return Text(place=hit.place, about=hit.about, day=hit.key[1], **said)


def _hit(row: Mapping[str, object], rank: int) -> TextHit:
    day, high, low, idx = (cast("int", row[name]) for name in _NUMBERS)
    key = (rank, date.fromordinal(day), (high << _HALF | low, idx))
    return TextHit(key=key, about=str(row["about"]))
