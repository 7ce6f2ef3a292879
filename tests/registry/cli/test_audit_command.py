"""``registry audit`` runs every part, also on a node that could not start any more."""

import asyncio
from pathlib import Path

import pytest

from registry.cli.main import run
from registry.projections.texts import text_follower
from registry.store.charters import CharterStore
from search.postgres import PostgresEngine
from search.texts.postgres import PostgresTexts
from tests.registry.ledger.test_audit import as_owner
from tests.registry.query.scene import Scene, penalty
from tests.registry.world import NOON, WUHU, charter, open_node


async def fill(url: str, folder: Path) -> None:
    """A node with its charter, two records and an index that followed."""
    async with open_node(url, folder) as node:
        stored = node.charter
        await CharterStore(node.db).add(1, stored.note, stored.digest, NOON)
        scene = Scene(node, PostgresEngine(node.db.pool))
        await scene.engine.prepare()
        await scene.state(WUHU, penalty(), penalty())
        texts = PostgresTexts(node.db.pool)
        await texts.prepare()
        await text_follower(node.db, texts, node.clock).catch_up()


@pytest.fixture
def filled(database, tmp_path, monkeypatch) -> Path:
    asyncio.run(fill(database.service_url, tmp_path / "cosigned"))
    file = tmp_path / "charter.note"
    file.write_bytes(charter().note)
    monkeypatch.setenv("REGISTRY_DATABASE_URL", database.service_url)
    monkeypatch.setenv("REGISTRY_DATA_DIR", str(tmp_path))
    monkeypatch.setenv("REGISTRY_CHARTER", str(file))
    return file


def test_every_part_is_run(filled, capsys, monkeypatch):
    assert run(["audit"]) == 0
    said = capsys.readouterr().out
    for kind in ("entries", "receipts", "records", "subjects", "documents", "texts"):
        assert f"  {kind}\n" in said
    monkeypatch.delenv("REGISTRY_CHARTER")
    assert run(["audit"]) == 0
    assert list(filled.parent.glob("keys/*")) == []


@pytest.mark.parametrize(
    ("sql", "place"),
    [
        ("UPDATE entries SET main = set_byte(main, 9, 7) WHERE idx = 1", f"{WUHU}/1"),
        ("UPDATE records SET type = 'permit' WHERE idx = 1", f"{WUHU}/1"),
        ("DELETE FROM search_v4.documents", "document "),
        ("DELETE FROM texts_v1.texts", "texts about "),
        ("UPDATE charters SET note = 'junk'", "charter 1"),
    ],
)
def test_a_difference_is_named_and_the_exit_code_is_1(filled, database, capsys, sql, place):
    asyncio.run(as_owner(database, sql))
    assert run(["audit"]) == 1
    assert f"不一致 {place}" in capsys.readouterr().out
    assert filled.is_file()


def test_an_index_is_built_anew_when_told(filled, database, capsys, monkeypatch):
    for spoilt in ("search_v4.documents SET name = 'x'", "texts_v1.texts SET rest = 'x'"):
        asyncio.run(as_owner(database, f"UPDATE {spoilt}"))
    assert run(["audit"]) == 1
    assert run(["db", "reindex"]) == 0
    for emptied in ("search_v4.documents", "texts_v1.texts"):
        asyncio.run(as_owner(database, f"ALTER TABLE {emptied} ADD CHECK (false)"))
    assert run(["audit"]) == 0  # nothing to compare until a node has built it
    assert "index lag" in capsys.readouterr().out
    monkeypatch.setenv("REGISTRY_SEARCH_URL", "http://127.0.0.1:9")
    assert run(["audit"]) == 0
    assert filled.is_file()


def test_a_charter_file_that_cannot_be_used_is_said(filled, capsys):
    filled.write_bytes(b"junk")
    assert run(["audit"]) == 1
    assert "章程文件不可用" in "".join(capsys.readouterr())
