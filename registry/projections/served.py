"""The search engines of a node beside PostgreSQL: one for everything, and those of some cities.

Each is kept by a follower of its own. One of some members holds their subjects and no others, each
with all that is stated of it, whoever states it.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from hashlib import sha256
from typing import Final

from registry.settings import Settings
from search.meilisearch import MeilisearchEngine

MEILISEARCH: Final = "search-meilisearch"
"""How the cursors of all these engines begin."""


@dataclass(frozen=True, slots=True)
class Served:
    """A Meilisearch, the cursor it is kept under, and whose subjects it holds; all without members.

    Cursor and index are named by the members: with others it is another index, built from nothing.
    """

    name: str
    engine: MeilisearchEngine
    members: frozenset[str] = frozenset()


def served_of(settings: Settings) -> tuple[Served, ...]:
    """Return what the settings name; an engine is reached only when it is used."""
    return tuple(_served(settings))


def _served(settings: Settings) -> Iterator[Served]:
    if settings.search_url:
        key = settings.search_key.get_secret_value()
        yield Served(MEILISEARCH, MeilisearchEngine(settings.search_url, key))
    for one in settings.search_engines:
        which = sha256(" ".join(sorted(one.members)).encode()).hexdigest()[:8]
        engine = MeilisearchEngine(one.url, one.key.get_secret_value(), f"registry_{which}")
        yield Served(f"{MEILISEARCH}-{which}", engine, frozenset(one.members))
