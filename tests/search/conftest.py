"""A schema of its own in one database for each test, and the engines under contract."""

import uuid
from collections.abc import AsyncIterator, Iterator
from typing import TYPE_CHECKING

import asyncpg
import pytest

from search.engine import Engine
from search.errors import IndexLayoutError
from search.meilisearch import MeilisearchEngine
from search.postgres import PostgresEngine
from tests.meilisearch import KEY
from tests.search.memory import MemoryEngine

if TYPE_CHECKING:
    from tests.conftest import Server
    from tests.meilisearch import MeilisearchServer


@pytest.fixture(scope="session")
def search_database(postgres_server: "Server") -> Iterator[str]:
    name = postgres_server.create()
    yield name
    postgres_server.drop(name)


@pytest.fixture
async def pool(postgres_server: "Server", search_database: str) -> AsyncIterator[asyncpg.Pool]:
    url = postgres_server.url(search_database)
    async with asyncpg.create_pool(url, min_size=1, max_size=4) as opened:
        yield opened


@pytest.fixture
async def schema(pool: asyncpg.Pool) -> AsyncIterator[str]:
    name = f"search_{uuid.uuid4().hex[:12]}"
    yield name
    await pool.execute(f"DROP SCHEMA IF EXISTS {name} CASCADE")


@pytest.fixture
async def postgres(pool: asyncpg.Pool, schema: str) -> PostgresEngine:
    engine = PostgresEngine(pool, schema)
    await engine.prepare()
    return engine


@pytest.fixture
def memory() -> MemoryEngine:
    return MemoryEngine()


@pytest.fixture
async def meilisearch(meilisearch_server: "MeilisearchServer") -> MeilisearchEngine:
    prefix = f"t{uuid.uuid4().hex[:12]}"
    engine = MeilisearchEngine(meilisearch_server.url, KEY, prefix)
    await engine.prepare()
    return engine


@pytest.fixture(scope="session")
def index_kept() -> str:
    """The prefix of an index for tests that only read: making one takes Meilisearch a second."""
    return f"t{uuid.uuid4().hex[:12]}"


@pytest.fixture
async def meilisearch_kept(
    meilisearch_server: "MeilisearchServer", index_kept: str
) -> MeilisearchEngine:
    engine = MeilisearchEngine(meilisearch_server.url, KEY, index_kept)
    try:
        await engine.count()
    except IndexLayoutError:
        await engine.prepare()
    return engine


ENGINES = [
    "memory",
    pytest.param("postgres", marks=pytest.mark.postgres),
    pytest.param("meilisearch", marks=pytest.mark.meilisearch),
]


@pytest.fixture(params=ENGINES)
def engine(request: pytest.FixtureRequest) -> Engine:
    """Give an engine that holds nothing."""
    found: Engine = request.getfixturevalue(request.param)
    return found


@pytest.fixture(params=ENGINES)
def engine_to_read(request: pytest.FixtureRequest) -> Engine:
    """Give an engine whose index may be that of an earlier test, which filled it alike."""
    kept = "meilisearch_kept" if request.param == "meilisearch" else request.param
    found: Engine = request.getfixturevalue(kept)
    return found
