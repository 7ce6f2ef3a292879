"""The transaction of a node: all or nothing, never nested, nothing left behind whatever happens."""

import asyncio
import re
from datetime import UTC, datetime

import asyncpg
import pytest
from piccolo.engine.exceptions import TransactionError
from piccolo.engine.postgres import PostgresEngine

from registry.errors import NodeError
from registry.store.engine import Database, open_database
from registry.store.tables import CharterVersion
from tests.conftest import ROOT

AT = datetime(2026, 11, 23, tzinfo=UTC)
INSERT = "INSERT INTO cursors VALUES ($1, $2)"
SEQ = "SELECT seq FROM cursors WHERE name = $1"


class SlipError(Exception):
    """Something goes wrong inside a transaction."""


def current(db: Database) -> object:
    """Return the transaction that queries of this task would join."""
    return db._engine.current_transaction.get()


async def test_what_is_committed_is_seen_by_others_and_not_before(db, owner):
    async with db.transaction() as connection:
        await connection.execute(INSERT, "search", 7)
        assert await owner.fetchval(SEQ, "search") is None
        assert current(db) is not None
    assert await owner.fetchval(SEQ, "search") == 7
    assert current(db) is None


@pytest.mark.parametrize("slip", [SlipError, asyncio.CancelledError, KeyboardInterrupt])
async def test_whatever_goes_wrong_nothing_stays(db, owner, slip):
    async def write() -> None:
        async with db.transaction() as connection:
            await connection.execute(INSERT, "search", 7)
            raise slip

    with pytest.raises(slip):
        await write()
    assert await owner.fetchval("SELECT count(*) FROM cursors") == 0
    assert current(db) is None


async def test_a_refused_statement_rolls_everything_back(db, owner):
    async def write_twice() -> None:
        async with db.transaction() as connection:
            await connection.execute(INSERT, "search", 7)
            await connection.execute(INSERT, "search", 8)

    with pytest.raises(asyncpg.UniqueViolationError):
        await write_twice()
    assert await owner.fetchval("SELECT count(*) FROM cursors") == 0
    async with db.transaction() as connection:
        await connection.execute(INSERT, "search", 9)
    assert await owner.fetchval(SEQ, "search") == 9


async def test_a_commit_that_fails_is_an_error_and_leaves_nothing(db, owner):
    """A deferred constraint is judged at COMMIT: the block has ended well, the commit has not."""
    await owner.execute(
        "CREATE TABLE judged (n int UNIQUE DEFERRABLE INITIALLY DEFERRED);"
        "GRANT INSERT ON judged TO registry_service"
    )
    with pytest.raises(asyncpg.UniqueViolationError):
        async with db.transaction() as connection:
            await connection.execute("INSERT INTO judged VALUES (1), (1)")
    assert await owner.fetchval("SELECT count(*) FROM judged") == 0
    assert current(db) is None
    await everything_is_free(db)


async def test_a_transaction_in_a_transaction_is_refused_and_the_outer_one_goes_on(db, owner):
    async with db.transaction() as connection:
        await connection.execute(INSERT, "outer", 1)
        with pytest.raises(TransactionError, match="nested"):
            async with db.transaction():
                pytest.fail("a nested block was entered")
        await connection.execute(INSERT, "still outer", 2)
    assert await owner.fetchval("SELECT count(*) FROM cursors") == 2


async def test_queries_of_piccolo_join_the_transaction_of_their_task(db, owner):
    row = {"version": 1, "note": b"note", "digest": b"digest", "added_at": AT}

    async def add_and_slip() -> None:
        async with db.transaction():
            await CharterVersion.insert(CharterVersion(**row))
            assert await CharterVersion.count() == 1
            raise SlipError

    with pytest.raises(SlipError):
        await add_and_slip()
    assert await CharterVersion.count() == 0
    async with db.transaction():
        await CharterVersion.insert(CharterVersion(**row))
    assert await owner.fetchval("SELECT note FROM charters") == b"note"


async def test_two_tasks_have_two_transactions(db, owner):
    entered = asyncio.Barrier(2)

    async def write(name: str) -> object:
        async with db.transaction() as connection:
            await entered.wait()
            await connection.execute(INSERT, name, 1)
            return current(db)

    first, second = await asyncio.gather(write("one"), write("two"))
    assert first is not second
    assert await owner.fetchval("SELECT count(*) FROM cursors") == 2


async def everything_is_free(db: Database) -> None:
    """Take every connection the pool may have at once: one that was not given back would hang."""
    async with asyncio.timeout(10):
        taken = [await db.pool.acquire() for _ in range(db.pool.get_max_size())]
    for connection in taken:
        assert not connection.is_in_transaction()
        assert await connection.fetchval("SELECT 1") == 1
        await db.pool.release(connection)


LOST = (
    asyncpg.PostgresError,
    asyncpg.InterfaceError,
    asyncpg.InternalClientError,
    OSError,
)


async def test_a_rollback_that_fails_gives_connection_and_task_free(db, owner):
    """The server ends the session in the middle: the rollback cannot be sent any more."""

    async def lose_the_session() -> None:
        async with db.transaction() as connection:
            pid = connection.get_server_pid()
            await owner.fetchval("SELECT pg_terminate_backend($1, 5000)", pid)
            raise SlipError

    for _ in range(db.pool.get_max_size() + 1):
        with pytest.raises(LOST):
            await lose_the_session()
        assert current(db) is None
    await everything_is_free(db)
    async with db.transaction() as connection:
        await connection.execute(INSERT, "search", 1)
    assert await owner.fetchval(SEQ, "search") == 1


async def test_a_task_cancelled_while_it_waits_gives_its_connection_back(db, owner):
    await owner.execute("INSERT INTO cursors VALUES ('search', 1)")
    async with owner.transaction():
        await owner.execute("UPDATE cursors SET seq = 2")

        async def wait() -> None:
            async with db.transaction() as connection:
                await connection.execute("UPDATE cursors SET seq = 3")

        waiting = asyncio.create_task(wait())
        await asyncio.sleep(0.2)
        waiting.cancel()
        with pytest.raises(asyncio.CancelledError):
            await waiting
        await everything_is_free(db)
    assert await owner.fetchval(SEQ, "search") == 2


async def test_a_task_cancelled_while_it_begins_gives_its_connection_back(db, monkeypatch):
    """A client that goes away just then must not cost the node a connection for ever."""
    begun = asyncio.Event()

    async def never(_transaction: object) -> None:
        begun.set()
        await asyncio.Event().wait()

    async def wait() -> None:
        async with db.transaction():
            pytest.fail("it never began")

    with monkeypatch.context() as patched:
        patched.setattr("asyncpg.transaction.Transaction.start", never)
        waiting = asyncio.create_task(wait())
        await begun.wait()
        waiting.cancel()
        with pytest.raises(asyncio.CancelledError):
            await waiting
    assert current(db) is None
    await everything_is_free(db)


async def test_the_pool_is_closed_at_the_end(database):
    async with open_database(database.service_url, 2) as db:
        assert await db.pool.fetchval("SELECT current_user") == "registry_service"
    with pytest.raises(asyncpg.InterfaceError, match="pool is closed"):
        await db.pool.fetchval("SELECT 1")


async def test_the_pool_is_closed_after_an_error_too(database, owner):
    with pytest.raises(SlipError):
        async with open_database(database.service_url, 2):
            raise SlipError
    left = await owner.fetchval(
        "SELECT count(*) FROM pg_stat_activity "
        "WHERE datname = current_database() AND usename = 'registry_service'"
    )
    assert left == 0


@pytest.mark.parametrize(
    "url",
    [
        "postgresql://nobody@127.0.0.1:1/nowhere",
        "postgresql://nobody@/nowhere?host=/nowhere",
        "postgresql:///nowhere?port=none",
        "not an address",
    ],
)
async def test_a_server_that_is_not_there_is_said_in_both_languages(url):
    with pytest.raises(NodeError, match="数据库无法连接 / the database cannot be reached"):
        async with open_database(url, 2):
            pytest.fail("nothing is there to be opened")


async def test_a_database_or_role_that_is_not_there_is_said(database):
    for wrong in (
        database.service_url.replace("/t", "/not_", 1),
        database.service_url.replace("registry_service:", "nobody:", 1),
    ):
        with pytest.raises(NodeError, match="cannot be reached"):
            async with open_database(wrong, 2):
                pytest.fail("nothing is there to be opened")


def test_an_engine_without_a_pool_is_refused():
    engine = PostgresEngine.__new__(PostgresEngine)
    engine.pool = None
    with pytest.raises(NodeError, match="no pool"):
        Database(engine)


async def test_a_connection_goes_back_without_another_journey(db):
    seen: list[str] = []
    async with db.pool.acquire() as connection:
        connection.add_query_logger(lambda record: seen.append(record.query))
        assert await connection.fetchval("SELECT 1") == 1
    assert seen == ["SELECT 1"]


def test_what_is_set_or_locked_is_so_for_a_transaction_alone():
    """Connections go back as they are (`registry.store.engine`): no statement may outlive it."""
    lasting = re.compile(r'"(SET (?!LOCAL )|LISTEN |SELECT pg_advisory_lock\b)')
    found = {
        f"{path.relative_to(ROOT)}: {match[1]}"
        for room in ("registry", "search")
        for path in (ROOT / room).rglob("*.py")
        for match in lasting.finditer(path.read_text(encoding="utf-8"))
    }
    assert found == {"registry/store/migrate.py: SELECT pg_advisory_lock"}  # released there
