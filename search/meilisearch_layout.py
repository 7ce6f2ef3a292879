"""How documents and questions are laid out for Meilisearch: fields, settings, filters.

Its own tokens, typo tolerance and ranking know little of Chinese names, so none of them takes part:
every document carries the keys and pairs of characters that this library cut itself, as hex, and a
question becomes filters over them. Keys are hashed, since a filter value holds 468 bytes at most.
"""

import json
from collections.abc import Iterable, Mapping, Sequence
from datetime import date
from hashlib import sha256
from typing import Final, cast

from search import keys, near
from search.documents import Document
from search.names import NameForms
from search.query import Query
from search.recall import Writing, recall
from search.typed import beginnings

LAYOUT: Final = 4
"""Raised whenever fields, settings or normal forms change; part of the index's name."""
SHARDS: Final = 16**3
"""Parts of the index by the beginning of the id; an audit reads it back shard by shard."""
SHARD_MAX: Final = 20_000
"""Documents of one shard that are read back: more than 50 million in all are another layout."""
_EQUAL: Final = {"facetSearch": False, "filter": {"equality": True, "comparison": False}}
_ORDERED: Final = {"facetSearch": False, "filter": {"equality": True, "comparison": True}}
SETTINGS: Final[Mapping[str, object]] = {
    "searchableAttributes": ["kind"],
    "filterableAttributes": [
        {
            "attributePatterns": [
                *(
                    "code_keys",
                    "number_keys",
                    "name_keys",
                    "grams",
                    "beginnings",
                    "cities",
                    "types",
                    "severities",
                    "id",
                    "shard",
                ),
            ],
            "features": _EQUAL,
        },
        {"attributePatterns": ["first_on", "last_on"], "features": _ORDERED},
    ],
    "sortableAttributes": ["id", "length"],
    "rankingRules": ["sort"],
    "typoTolerance": {"enabled": False},
    "prefixSearch": "disabled",
    "facetSearch": False,
    "proximityPrecision": "byAttribute",
    "pagination": {"maxTotalHits": SHARD_MAX},
}
Fields = dict[str, object]


def hashed(key: str) -> str:
    """Return what stands for a key in filters."""
    return sha256(key.encode()).hexdigest()[:32]


def _key(key: int) -> str:
    """Write a key of a name as a filter value: numbers of JSON are not exact."""
    return f"{key:x}"


def _gram(gram: str) -> str:
    """Write characters, all equally long, so that no normalisation of the engine touches them."""
    return gram.encode("utf-16-be", "surrogatepass").hex()


GRAMS: Final = Writing(lambda gram: f"grams = {json.dumps(_gram(gram))}", " AND ", " OR ")


def shard_of(document_id: str) -> str:
    """Return the shard of an id: its first three digits, in the order of the ids."""
    return f"{document_id[:3]:0<3}"


def _day(day: date) -> int:
    return day.year * 10_000 + day.month * 100 + day.day


def _date(number: object) -> date | None:
    if not isinstance(number, int):
        return None
    return date(number // 10_000, number // 100 % 100, number % 100)


def texts(value: object) -> list[str]:
    """Return a field of texts as the engine gives it back."""
    return cast("list[str]", value)


def fields_of(document: Document) -> Fields:
    """Lay a document out for the engine: what is searched, and what is read back."""
    names = (document.name, *document.former_names)
    first_on, last_on = document.dates or (None, None)
    return {
        "id": document.id,
        "kind": document.kind,
        "name": document.name,
        "version": document.version,
        "former_names": document.former_names,
        "codes": document.codes,
        "numbers": document.numbers,
        "cities": document.cities,
        "types": document.types,
        "severities": document.severities,
        "first_on": None if first_on is None else _day(first_on),
        "last_on": None if last_on is None else _day(last_on),
        "shard": shard_of(document.id),
        "length": len(document.name),
        "code_keys": [hashed(key) for key in keys.code_keys(document.codes)],
        "number_keys": [hashed(key) for key in keys.number_keys(document.numbers)],
        "name_keys": [_key(key) for key in near.stored_keys(names)],
        "grams": [_gram(gram) for gram in keys.grams(names)],
        "beginnings": [_gram(one) for one in beginnings(names, document.codes)],
    }


def document_of(fields: Mapping[str, object]) -> Document:
    """Make the document of what the engine gives back, the inverse of `fields_of`."""
    first_on, last_on = _date(fields["first_on"]), _date(fields["last_on"])
    return Document(
        id=str(fields["id"]),
        kind=str(fields["kind"]),
        name=str(fields["name"]),
        version=cast("int", fields["version"]),
        former_names=tuple(texts(fields["former_names"])),
        codes=tuple(texts(fields["codes"])),
        numbers=tuple(texts(fields["numbers"])),
        cities=tuple(texts(fields["cities"])),
        types=tuple(texts(fields["types"])),
        severities=tuple(texts(fields["severities"])),
        dates=None if first_on is None or last_on is None else (first_on, last_on),
    )


def asked_of(
    index: str, filters: Sequence[str], attributes: Sequence[str], limit: int
) -> dict[str, object]:
    """Write a question to the engine: what passes all filters, short names first."""
    return {
        "indexUid": index,
        "q": "",
        "filter": list(filters),
        "sort": ["length:asc", "id:asc"],
        "limit": limit,
        "attributesToRetrieve": list(attributes),
    }


def one_of(attribute: str, values: Iterable[str]) -> str:
    """Write the filter that an attribute has one of these values."""
    return f"{attribute} IN {json.dumps(list(values))}"


def filters_of(query: Query) -> list[str]:
    """Write the filters of a question; all of them have to hold."""
    found = [
        one_of(field, values)
        for field in ("cities", "types", "severities")
        if (values := getattr(query, field))
    ]
    if query.without:
        found.append(f"NOT {one_of('cities', query.without)}")
    if query.date_from:
        found.append(f"last_on >= {_day(query.date_from)}")
    if query.date_to:
        found.append(f"first_on <= {_day(query.date_to)}")
    return found


def begun_filters(asked: Sequence[str]) -> list[str]:
    """Write what a document must have to begin with one of these texts."""
    return [" OR ".join(f"beginnings STARTS WITH {json.dumps(_gram(one))}" for one in asked)]


def keys_filter(wanted: Iterable[int]) -> str:
    """Write that a name has one of these keys."""
    return one_of("name_keys", map(_key, wanted))


def whole_filters(asked: NameForms) -> list[str]:
    """Write what a name must have to hold all of the question, the likeliest first."""
    wanted = recall(asked)
    return [GRAMS.every(wanted.placed), GRAMS.every(wanted.core)]


def pairs_filters(asked: NameForms) -> list[str]:
    """Write what a name must have to resemble the question, the likeliest first."""
    wanted = recall(asked)
    return [GRAMS.any_clause(wanted.near), GRAMS.any_clause(wanted.pairs)]
