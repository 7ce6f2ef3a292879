"""The audit of the access log says where its chain breaks, each change once."""

from datetime import UTC, datetime, timedelta

import pytest

from registry.ledger.audit import audit_logs
from registry.store.access import AccessLine, AccessStore
from tests.registry.ledger.test_audit import as_owner, said
from tests.registry.world import NOON, open_node

LINE = AccessLine("key:1", "regulator", "320100", "示例用途", "file", "1" * 32, "", "answered")
AHEAD = datetime.now(UTC) + timedelta(days=365)
COVERS = "the digest does not cover the row before and this one's moments and content"
ASKED = "what was asked is not what was written"


@pytest.fixture
async def node(database, tmp_path):
    async with open_node(database.service_url, tmp_path / "cosigned") as opened:
        await AccessStore(opened.db).append([(NOON, AHEAD, LINE)] * 4)
        yield opened


async def test_a_sound_chain_is_counted(node):
    report = await audit_logs(node.db)
    assert said(report) == []
    assert report.counts["access rows"] == 4


async def test_rows_erased_in_their_time_leave_a_sound_chain(node):
    store = AccessStore(node.db)
    past = datetime.now(UTC) - timedelta(seconds=1)
    await store.append([(NOON, past, LINE), (NOON, AHEAD, LINE)])
    assert await store.erase_old() == 1
    assert said(await audit_logs(node.db)) == []


CHANGES = {
    "another purpose": ("UPDATE access_log SET purpose = 'x' WHERE seq = 2", [(2, ASKED)]),
    "another outcome": ("UPDATE access_log SET outcome = 'x' WHERE seq = 4", [(4, ASKED)]),
    "another moment": ("UPDATE access_log SET at = now() WHERE seq = 3", [(3, COVERS)]),
    "kept for less long": ("UPDATE access_log SET kept_until = at WHERE seq = 1", [(1, COVERS)]),
    "another content": (
        "UPDATE access_log SET content = digest WHERE seq = 2",
        [(2, COVERS), (2, ASKED)],
    ),
    "another digest": (
        "UPDATE access_log SET digest = content WHERE seq = 2",
        [(2, COVERS), (3, COVERS)],
    ),
    "the first is gone": (
        "DELETE FROM access_log WHERE seq = 1",
        [(2, "the chain goes on from 0: rows are missing"), (2, COVERS)],
    ),
    "one is gone": (
        "DELETE FROM access_log WHERE seq = 3",
        [(4, "the chain goes on from 2: rows are missing"), (4, COVERS)],
    ),
    "erased-early": (
        "UPDATE access_log SET salt = NULL, who = NULL WHERE seq = 4",
        [(4, "erased before its time")],
    ),
    "renumbered": (
        "UPDATE access_log SET seq = 9 WHERE seq = 4",
        [(9, "the chain goes on from 3: rows are missing"), (9, COVERS)],
    ),
}


@pytest.mark.parametrize("name", CHANGES)
async def test_each_change_is_named_where_it_is(node, database, name):
    statement, found = CHANGES[name]
    await as_owner(database, statement)
    assert said(await audit_logs(node.db)) == [(f"access {seq}", what) for seq, what in found]
