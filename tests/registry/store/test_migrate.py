"""Migrations: repeatable, one at a time on a database, and said when they fail."""

import asyncio
import re
import subprocess
import sys
from pathlib import Path

import asyncpg
import pytest

from registry.errors import NodeError
from registry.store import migrate as module
from registry.store.migrate import FOLDER, migrate, pending
from tests.architecture.source import ROOT

ALL = tuple(sorted(re.findall(r"registry_(\d{4})_", " ".join(p.name for p in FOLDER.glob("*.py")))))
RUN = """
import asyncio, sys
from registry.store.migrate import migrate
print(*asyncio.run(migrate(sys.argv[1])))
"""


async def tables(url: str) -> set[str]:
    connection = await asyncpg.connect(url)
    try:
        rows = await connection.fetch("SELECT tablename FROM pg_tables WHERE schemaname = 'public'")
    finally:
        await connection.close()
    return {row[0] for row in rows}


async def test_an_empty_database_gets_everything_once(empty_database):
    assert await pending(empty_database) == ALL
    assert await migrate(empty_database) == ALL
    assert await pending(empty_database) == ()
    made = await tables(empty_database)
    assert {"logs", "entries", "records", "commits", "migration"} <= made
    assert await migrate(empty_database) == ()
    assert await tables(empty_database) == made


async def test_asking_what_is_pending_runs_nothing(empty_database):
    assert await pending(empty_database) == ALL
    assert await tables(empty_database) == {"migration"}
    assert await pending(empty_database) == ALL


async def test_a_migration_whose_record_was_lost_runs_again_without_harm(empty_database):
    """Piccolo notes a migration after its transaction: a crash between the two loses the note."""
    await migrate(empty_database)
    connection = await asyncpg.connect(empty_database)
    await connection.execute("INSERT INTO logs VALUES (1, 'a.example/log', '340200')")
    await connection.execute("DELETE FROM migration")
    assert await pending(empty_database) == ALL
    assert await migrate(empty_database) == ALL
    assert await connection.fetchval("SELECT origin FROM logs") == "a.example/log"
    await connection.close()


async def start(url: str) -> asyncio.subprocess.Process:
    return await asyncio.create_subprocess_exec(
        *(sys.executable, "-c", RUN, url),
        cwd=ROOT,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
    )


async def test_nodes_that_start_at_once_migrate_one_after_the_other(empty_database):
    runs = [await start(empty_database) for _ in range(3)]
    ended = [await run.communicate() for run in runs]
    assert [run.returncode for run in runs] == [0, 0, 0], b"\n".join(e for _, e in ended).decode()
    ran = [id_ for said, _ in ended for id_ in said.decode().split()]
    assert sorted(ran) == sorted(ALL), "each migration ran in exactly one of the processes"
    assert await pending(empty_database) == ()


async def test_a_migration_waits_for_the_lock(empty_database):
    holder = await asyncpg.connect(empty_database)
    await holder.execute("SELECT pg_advisory_lock($1)", module._LOCK)
    waiting = asyncio.create_task(migrate(empty_database))
    waits = (
        "SELECT count(*) FROM pg_locks WHERE locktype = 'advisory' AND NOT granted "
        "AND database = (SELECT oid FROM pg_database WHERE datname = current_database())"
    )
    async with asyncio.timeout(20):
        while not await holder.fetchval(waits):  # noqa: ASYNC110 - the event is the server's
            await asyncio.sleep(0.02)
    assert not await tables(empty_database) & {"logs", "entries"}
    await holder.close()  # the lock dies with its session, as it does when a process is killed
    assert await waiting == ALL


def broken(folder: Path, sql: str) -> Path:
    """Make a folder with one migration that runs this SQL in a transaction."""
    folder.mkdir()
    text = (FOLDER / "registry_0001_tables.py").read_text(encoding="utf-8")
    (folder / "registry_9001_broken.py").write_text(text.replace('"0001"', '"9001"'))
    (folder / "registry_9001_broken.sql").write_text(sql)
    return folder


async def test_a_migration_that_fails_is_said_and_leaves_nothing_half_done(
    empty_database, tmp_path, monkeypatch
):
    sql = "CREATE TABLE first_half (); CREATE TABLE second_half (n nonsense);"
    monkeypatch.setattr(module, "FOLDER", broken(tmp_path / "migrations", sql))
    monkeypatch.setattr(sys, "path", [*sys.path])
    with pytest.raises(NodeError, match=r"迁移失败 / a migration failed: .*nonsense"):
        await migrate(empty_database)
    assert await tables(empty_database) == {"migration"}
    assert await pending(empty_database) == ("9001",)


@pytest.mark.parametrize("work", [migrate, pending])
async def test_a_server_that_is_not_there_is_said(work):
    with pytest.raises(NodeError, match="数据库无法连接 / the database cannot be reached"):
        await work("postgresql://nobody@127.0.0.1:1/nowhere")


async def test_migrating_prints_nothing(empty_database, capsys):
    await migrate(empty_database)
    await pending(empty_database)
    assert capsys.readouterr().out == ""


async def test_the_service_role_may_not_migrate(empty_database, database):
    connection = await asyncpg.connect(database.service_url)
    with pytest.raises(asyncpg.InsufficientPrivilegeError):
        await connection.execute("CREATE TABLE public.mine ()")
    await connection.close()
    service = empty_database.replace("://postgres:", "://registry_service:", 1)
    with pytest.raises(NodeError, match="permission denied for schema public"):
        await migrate(service)
    assert await tables(empty_database) == set()
