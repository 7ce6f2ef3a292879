"""``registry replay``: one line of what was reproduced, offline and from a node's store."""

import asyncio
import json
from datetime import UTC, datetime
from pathlib import Path

import pytest

from registry.cli.main import run
from registry.store.charters import CharterStore
from tests.registry.query.scene import (
    NANJING,
    REGULATOR,
    TODAY,
    act,
    listing,
    open_scene,
    sid,
    uscc,
)
from tests.registry.world import WUHU, charter


async def fill(url: str, folder: Path) -> bytes:
    """Return a decision's file, taken before its cause was erased."""
    async with open_scene(url, folder / "cosigned") as scene:
        known = charter()
        note = known.note
        now = datetime(2026, 11, 23, tzinfo=UTC)
        await CharterStore(scene.node.db).add(known.version, note, known.digest, now)
        await scene.rules((NANJING, "R02", "320100"))
        placed = await scene.one(WUHU, listing())
        asked = (sid(uscc(1)), "320100", "public_funds", "", TODAY, REGULATOR)
        file = await scene.reader.decision_file(await scene.reader.decide(*asked))
        (folder / "before.json").write_bytes(file)
        (folder / "charter").write_bytes(note)
        order = {
            "part": "both",
            "basis": "个人信息保护法第四十七条",
            "authority": listing()["authority"],
        }
        await scene.one(WUHU, act("erasure_order", placed, "2026-11-23", **order))
    return file


@pytest.fixture
def folder(database, tmp_path, monkeypatch) -> Path:
    asyncio.run(fill(database.service_url, tmp_path))
    monkeypatch.setenv("REGISTRY_DATABASE_URL", database.service_url)
    monkeypatch.setenv("REGISTRY_DATA_DIR", str(tmp_path))
    return tmp_path


def test_offline_and_from_the_store(folder, capsys):
    file, known = str(folder / "before.json"), str(folder / "charter")
    assert run(["replay", file, "--charter", known]) == 0
    said = capsys.readouterr().out
    assert said.count("\n") == 1
    assert "已重演，逐字节一致" in said
    assert "芜湖" not in said
    assert "规则汇编 2026-1，依据信息 1 条，其中已核验证明 1 条" in said
    assert run(["replay", file, "--json"]) == 0
    assert json.loads(capsys.readouterr().out)["proven"] == 0
    assert run(["replay", file, "--store"]) == 3
    assert f"not-reproducible: {WUHU}/0" in capsys.readouterr().out
    assert run(["replay", file, "--store", "--json"]) == 3
    told = json.loads(capsys.readouterr().out)
    assert told == {"ok": False, "not_reproducible": f"{WUHU}/0"}


def test_what_does_not_match_is_named(folder, capsys):
    data = (folder / "before.json").read_bytes()
    for given, said in (
        (data.replace(b'"state":"active"', b'"state":"ended"'), "错误 differs:decision"),
        (data[:-1], "错误 not-a-decision-file"),
    ):
        (folder / "odd.json").write_bytes(given)
        assert run(["replay", str(folder / "odd.json")]) == 1
        assert said in capsys.readouterr().err


def test_a_node_without_a_charter_says_so(folder, monkeypatch, capsys):
    async def none(_: object) -> list[bytes]:
        return []

    monkeypatch.setattr(CharterStore, "all", none)
    assert run(["replay", str(folder / "before.json"), "--store"]) == 1
    assert "没有章程" in capsys.readouterr().err
