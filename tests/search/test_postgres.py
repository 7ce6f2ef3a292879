"""What is particular to PostgreSQL: rights, layout, concurrency, failure, bounds, an oracle."""

import asyncio
import random
from collections.abc import AsyncIterator
from typing import TYPE_CHECKING

import asyncpg
import pytest

import search.postgres
from search import codes
from search.documents import VALUE_MAX, Document
from search.errors import IndexLayoutError, SearchUnavailableError
from search.flow import RESEMBLING
from search.postgres import SCHEMA, PostgresEngine
from search.query import LIMIT_MAX, RECALL_MAX, TEXT_MAX, Query
from search.schema import LAYOUT
from tests.search.memory import MemoryEngine

if TYPE_CHECKING:
    from tests.conftest import Server

pytestmark = pytest.mark.postgres


def enterprise(number: int, name: str, version: int = 1, **fields: object) -> Document:
    return Document(id=f"{number:032x}", kind="enterprise", name=name, version=version, **fields)


@pytest.fixture
async def role(pool: asyncpg.Pool) -> AsyncIterator[str]:
    name = f"plain_{random.getrandbits(40):x}"
    await pool.execute(f"CREATE ROLE {name} LOGIN NOSUPERUSER")
    yield name
    await pool.execute(f"DROP OWNED BY {name} CASCADE")
    await pool.execute(f"DROP ROLE {name}")


def as_role(server: "Server", database: str, role: str) -> asyncpg.Pool:
    url = server.url(database).replace("://postgres:", f"://{role}:", 1)
    return asyncpg.create_pool(url, min_size=1, max_size=2)


async def test_a_plain_role_with_create_on_the_database_can_prepare_and_work(
    postgres_server: "Server", search_database: str, pool: asyncpg.Pool, role: str, schema: str
) -> None:
    await pool.execute(f'GRANT CREATE ON DATABASE "{search_database}" TO {role}')
    async with as_role(postgres_server, search_database, role) as plain:
        engine = PostgresEngine(plain, schema)
        await engine.prepare()
        await engine.upsert([enterprise(1, "南京长江船厂")])
        assert (await engine.search(Query(text="长江"))).total == 1
        await pool.execute(f'REVOKE CREATE ON DATABASE "{search_database}" FROM {role}')
        await engine.prepare()
        await engine.clear()
        assert await engine.count() == 0


async def test_indexes_of_earlier_layouts_are_dropped_by_their_owner_alone(
    pool: asyncpg.Pool, role: str
) -> None:
    others = f"search_v{LAYOUT - 2}"
    await pool.execute(
        f"CREATE SCHEMA search_v{LAYOUT - 1}; CREATE TABLE search_v{LAYOUT - 1}.a ()"
    )
    await pool.execute(f"CREATE SCHEMA {others} AUTHORIZATION {role}")
    await PostgresEngine(pool, "search_aside").prepare()
    assert await pool.fetchval("SELECT to_regnamespace($1)::text", f"search_v{LAYOUT - 1}")
    await PostgresEngine(pool).prepare()
    left = await pool.fetch("SELECT nspname FROM pg_namespace WHERE nspname LIKE 'search\\_v_'")
    assert {row[0] for row in left} == {SCHEMA, others}
    await pool.execute(f"DROP SCHEMA {SCHEMA}, search_aside CASCADE")


async def test_codes_that_may_be_meant_are_looked_up_by_the_index(
    pool: asyncpg.Pool, schema: str
) -> None:
    """Of many codes that nobody has the planner expects half the table: a second at a million."""
    engine = PostgresEngine(pool, schema)
    await engine.prepare()
    await engine.upsert([enterprise(1, "南京长江船厂", codes=("91320100MA1WYH5N0A",))])
    plans: list[str] = []
    async with pool.acquire() as connection:
        recall = search.postgres._Recall(connection, engine._sql, Query(text="x"))
        connection.add_query_logger(lambda record: plans.append(record.query))
        slips = codes.slips("91320100MA1WYH5NOA")
        (found,) = await recall.by_codes(slips)
        assert found.values == ["91320100MA1WYH5N0A"]
        assert plans[1:3] == ["SET LOCAL enable_seqscan = off", engine._sql.by_code]
        assert await connection.fetchval("SHOW enable_seqscan") == "on"


async def test_an_owned_empty_schema_is_enough(
    postgres_server: "Server", search_database: str, pool: asyncpg.Pool, role: str, schema: str
) -> None:
    await pool.execute(f"CREATE SCHEMA {schema} AUTHORIZATION {role}")
    async with as_role(postgres_server, search_database, role) as plain:
        engine = PostgresEngine(plain, schema)
        await engine.prepare()
        await engine.upsert([enterprise(1, "南京长江船厂")])
        assert await engine.count() == 1


async def test_a_role_without_rights_is_told(
    postgres_server: "Server", search_database: str, role: str, schema: str
) -> None:
    async with as_role(postgres_server, search_database, role) as plain:
        with pytest.raises(IndexLayoutError, match="role may not use it"):
            await PostgresEngine(plain, schema).prepare()


async def test_many_nodes_may_prepare_at_once(pool: asyncpg.Pool, schema: str) -> None:
    engines = [PostgresEngine(pool, schema) for _ in range(4)]
    await asyncio.gather(*(engine.prepare() for engine in engines))
    assert await pool.fetchval(f"SELECT layout FROM {schema}.layout") == LAYOUT


async def test_another_layout_is_refused(
    pool: asyncpg.Pool, postgres: PostgresEngine, schema: str
) -> None:
    await pool.execute(f"ALTER TABLE {schema}.layout RENAME TO kept")
    await pool.execute(f"CREATE TABLE {schema}.layout AS SELECT {LAYOUT + 1} AS layout")
    with pytest.raises(IndexLayoutError, match=f"layout {LAYOUT + 1}"):
        await postgres.prepare()


async def test_nothing_works_before_prepare(pool: asyncpg.Pool, schema: str) -> None:
    engine = PostgresEngine(pool, schema)
    for call in (
        engine.search(Query(text="长江")),
        engine.count(),
        engine.clear(),
        engine.delete(["00"]),
        engine.upsert([enterprise(1, "南京长江船厂")]),
    ):
        with pytest.raises(IndexLayoutError):
            await call


@pytest.mark.parametrize(
    "name", ["", "Search", "a-b", "a;drop", 'a"', "a" * 41, "1a", "搜索", "a\n"]
)
async def test_only_a_plain_schema_name_is_put_into_sql(pool: asyncpg.Pool, name: str) -> None:
    with pytest.raises(ValueError, match="not a plain schema name"):
        PostgresEngine(pool, name)


async def test_a_closed_pool_is_unavailable(
    postgres_server: "Server", search_database: str, schema: str
) -> None:
    closed = await asyncpg.create_pool(postgres_server.url(search_database), min_size=1, max_size=1)
    await closed.close()
    with pytest.raises(SearchUnavailableError, match="InterfaceError"):
        await PostgresEngine(closed, schema).count()


async def test_a_slow_database_is_unavailable_not_endless(
    monkeypatch: pytest.MonkeyPatch, pool: asyncpg.Pool, postgres: PostgresEngine, schema: str
) -> None:
    monkeypatch.setattr(search.postgres, "SEARCH_TIMEOUT", 0.1)
    async with pool.acquire() as other, other.transaction():
        await other.execute(f"LOCK TABLE {schema}.documents IN ACCESS EXCLUSIVE MODE")
        for text in ("91320104135170699F", "长江"):
            with pytest.raises(SearchUnavailableError, match="TimeoutError"):
                await postgres.search(Query(text=text))
    assert (await postgres.search(Query(text="长江"))).total == 0


async def test_overlapping_writers_neither_lock_up_nor_undo_each_other(
    postgres: PostgresEngine,
) -> None:
    ids = range(200)

    async def write(version: int) -> None:
        order = list(ids) if version % 2 else list(reversed(ids))
        await postgres.upsert([enterprise(one, f"南京{version}号厂", version) for one in order])

    async def remove() -> None:
        await postgres.delete([f"{one:032x}" for one in reversed(range(500, 700))])

    await postgres.upsert([enterprise(one, "南京旧厂") for one in range(500, 700)])
    await asyncio.gather(*(write(version) for version in (3, 6, 1, 4, 5, 2)), remove(), remove())
    assert await postgres.count() == len(ids)
    assert (await postgres.search(Query(text="南京6号厂", limit=1))).total == len(ids)


async def test_large_calls_are_stored_in_chunks_and_refresh_statistics(
    monkeypatch: pytest.MonkeyPatch, pool: asyncpg.Pool, postgres: PostgresEngine, schema: str
) -> None:
    monkeypatch.setattr(search.postgres, "CHUNK", 7)
    monkeypatch.setattr(search.postgres, "ANALYSE_MIN", 7)
    await postgres.upsert([enterprise(one, f"南京第{one}纺织厂") for one in range(50)])
    assert await postgres.count() == 50
    rows = await pool.fetchval(
        "SELECT reltuples FROM pg_class WHERE oid = $1::text::regclass", f"{schema}.documents"
    )
    assert rows > 0
    assert await pool.fetchval("SELECT count(*) FROM pg_class WHERE relname LIKE '%_staging'") == 0


async def test_a_broad_question_is_bounded_and_says_so(postgres: PostgresEngine) -> None:
    names = [
        f"南京{chr(0x5000 + one)}{chr(0x6000 + one)}电子科技有限公司"
        for one in range(RECALL_MAX + 50)
    ]
    await postgres.upsert([enterprise(one, name) for one, name in enumerate(names)])
    broad = await postgres.search(Query(text="科技", limit=LIMIT_MAX, offset=RECALL_MAX - 10))
    assert (broad.total, broad.total_is_exact, len(broad.hits)) == (RECALL_MAX, False, 10)
    similar = await postgres.search(Query(text="甲乙电子科技"))
    assert (similar.total, similar.total_is_exact) == (RESEMBLING, False)
    exact = await postgres.search(Query(text=names[RECALL_MAX + 40]))
    assert (exact.hits[0].score, exact.total, exact.total_is_exact) == (1.0, 1, True)


async def test_the_longest_values_are_stored_and_found(postgres: PostgresEngine) -> None:
    text = "".join(chr(0x4E00 + one) for one in range(VALUE_MAX))
    digits = "7" * VALUE_MAX
    await postgres.upsert(
        [enterprise(1, text, codes=(digits,), numbers=(text,), former_names=(digits,))]
    )
    assert (await postgres.search(Query(text=text[:TEXT_MAX]))).total == 1
    assert (await postgres.search(Query(text=digits[:TEXT_MAX]))).read_as == "code"


async def test_pages_agree_with_an_engine_that_looks_at_every_document(
    postgres: PostgresEngine,
) -> None:
    dice = random.Random(20240601)
    places, forms = ["", "南京", "芜湖市", "江苏省镇江市"], ["", "有限公司", "股份有限公司", "厂"]

    def name() -> str:
        core = "".join(dice.choices("长江船山海福A3", k=dice.randint(1, 6)))
        return dice.choice(places) + core + dice.choice(forms)

    documents = [
        enterprise(
            number,
            name(),
            former_names=tuple(name() for _ in range(dice.choice((0, 0, 1, 2)))),
            codes=(f"3201{dice.randint(0, 99):09d}",),
            cities=(dice.choice(("320100", "340200")),),
        )
        for number in range(150)
    ]
    memory = MemoryEngine()
    await memory.upsert(documents)
    await postgres.upsert(documents)
    for _ in range(150):
        text = dice.choice((name, lambda: f"3201{dice.randint(0, 99):09d}"))()
        cities = dice.choice(((), ("320100",)))
        query = Query(text=text, cities=cities, limit=30, offset=dice.choice((0, 5)))
        expected, found = await memory.search(query), await postgres.search(query)
        assert (found.hits, found.total, found.read_as) == (
            expected.hits,
            expected.total,
            expected.read_as,
        ), query
        assert found.total_is_exact
        assert found.engine == "postgresql"
