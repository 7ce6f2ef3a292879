"""A schema of its own in one database for each test, and the engines under contract."""

import uuid
from collections.abc import AsyncIterator, Iterator
from typing import TYPE_CHECKING

import asyncpg
import pytest

from search.engine import Engine
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


@pytest.fixture(
    params=[
        "memory",
        pytest.param("postgres", marks=pytest.mark.postgres),
        pytest.param("meilisearch", marks=pytest.mark.meilisearch),
    ]
)
def engine(request: pytest.FixtureRequest) -> Engine:
    found: Engine = request.getfixturevalue(request.param)
    return found
