"""What was erased is on no disk any more once the database was scrubbed."""

import asyncio
from pathlib import Path

import asyncpg
import pytest

from registry.cli.main import run
from registry.errors import NodeError
from registry.ledger.audit import audit_logs
from registry.projections.served import MEILISEARCH
from registry.store.charters import CharterStore
from registry.store.scrub import scrub
from tests.registry.ingest.test_erase import MARK, order, stated
from tests.registry.world import NOON, WUHU, Publisher, on_disk, open_node

DUE = "erasures since the last `registry db scrub`"


@pytest.fixture
async def node(database, tmp_path):
    async with open_node(database.service_url, tmp_path / "cosigned") as opened:
        charter = opened.charter
        await CharterStore(opened.db).add(1, charter.note, charter.digest, NOON)
        yield opened


@pytest.fixture
async def owner(database):
    connection = await asyncpg.connect(database.owner_url)
    yield connection
    await connection.close()


async def erased(node, mark: str) -> None:
    """Have a record with a text in several places, looked at by the planner, and erase it."""
    body = stated(1, facts=f"事实{mark}", content=f"决定{mark}")
    publisher = Publisher(WUHU)
    await node.admit(publisher.seal([body, stated(3, facts="另一条"), stated(4, facts="又一条")]))
    await node.admit(publisher.seal([order(2, body, "p1")]))


async def test_after_scrubbing_no_file_of_the_database_holds_it(node, owner, database):
    mark = "独此一处待清除字样"
    await owner.execute("ALTER TABLE entries ALTER COLUMN main SET STATISTICS 100")
    folder = Path(await owner.fetchval("SHOW data_directory"))
    await erased(node, mark)
    await owner.execute("ANALYZE")
    await owner.execute("CHECKPOINT")
    before = on_disk(folder, mark)
    assert any(name.startswith("pg_wal/") for name in before)
    assert any(name.startswith("base/") for name in before)
    assert (await audit_logs(node.db)).counts[DUE] == 1
    recycling = await owner.fetchval("SHOW wal_recycle")
    done = await scrub(database.owner_url, NOON.replace(year=2030))
    assert done.server
    assert done.tables > 20
    await owner.execute("CHECKPOINT")
    assert on_disk(folder, mark) == []
    assert await owner.fetchval("SHOW wal_recycle") == recycling
    report = await audit_logs(node.db)
    assert report.problems == []
    assert DUE not in report.counts
    assert report.counts["erasures"] == 1


async def test_a_reader_that_may_still_see_it_is_waited_for(node, owner, database):
    await erased(node, MARK)
    async with owner.transaction(isolation="repeatable_read"):
        await owner.fetchval("SELECT count(*) FROM entries")
        with pytest.raises(NodeError, match=r"a transaction has been open for 0\.2 s"):
            await scrub(database.owner_url, NOON, patience_s=0.2)
        assert (await audit_logs(node.db)).counts[DUE] == 1
        waiting = asyncio.create_task(scrub(database.owner_url, NOON))
        await asyncio.sleep(0.2)
        assert not waiting.done()
    assert (await waiting).server


async def test_an_owner_who_is_no_superuser_is_told_what_is_left(
    node, owner, database, monkeypatch, tmp_path, capsys
):
    await erased(node, MARK)
    await owner.execute("CREATE ROLE plain LOGIN")
    name = database.owner_url.replace("://postgres:", "://plain:", 1)
    try:
        await owner.execute("ALTER TABLE entries OWNER TO plain")
        await owner.execute("GRANT SELECT, INSERT, UPDATE ON cursors TO plain")
        monkeypatch.setenv("REGISTRY_OWNER_URL", name)
        monkeypatch.setenv("REGISTRY_DATA_DIR", str(tmp_path))
        fetched = tmp_path / "following" / "0123456789abcdef"
        fetched.mkdir(parents=True)
        for file in ("coming", f"{7:020d}-{9:020d}.lines", "of-an-earlier-release"):
            (fetched / file).write_bytes(b"{}")
        assert await asyncio.to_thread(run, ["db", "scrub"]) == 0
        assert list(fetched.iterdir()) == []
    finally:
        await owner.execute("REASSIGN OWNED BY plain TO postgres")
        await owner.execute("DROP OWNED BY plain")
        await owner.execute("DROP ROLE plain")
    said = capsys.readouterr().out
    assert "重写了 1 张表" in said
    assert "VACUUM FULL pg_statistic" in said


async def test_a_database_that_is_not_there():
    with pytest.raises(NodeError, match="cannot be reached"):
        await scrub("postgresql://nobody@127.0.0.1:1/none", NOON)


async def test_a_meilisearch_index_is_built_beside_and_swapped(
    node, database, monkeypatch, tmp_path
):
    """The follower of a Meilisearch starts from nothing; its old index goes when it is swapped."""
    await node.db.pool.execute("INSERT INTO cursors VALUES ($1, 7)", MEILISEARCH)
    monkeypatch.setenv("REGISTRY_DATABASE_URL", database.service_url)
    monkeypatch.setenv("REGISTRY_OWNER_URL", database.owner_url)
    monkeypatch.setenv("REGISTRY_DATA_DIR", str(tmp_path))
    monkeypatch.setenv("REGISTRY_SEARCH_URL", "http://127.0.0.1:9")
    assert await asyncio.to_thread(run, ["db", "scrub", "--json"]) == 0
    seq = await node.db.pool.fetchval("SELECT seq FROM cursors WHERE name = $1", MEILISEARCH)
    assert seq == 0
