"""``registry entry`` over a real node's database: for people and for programs."""

import asyncio
import json
from datetime import UTC, datetime
from pathlib import Path

import pytest

from registry.cli.main import run
from registry.store.charters import CharterStore
from tests.registry.query.scene import NANJING, open_scene, other
from tests.registry.world import charter

ITEM = {
    "measures": "须经许可", "organ": "示例部门", "category": "permit_required",
    "severity": {"class": "unclassified"},
    "provenance": {"kind": "relayed", "source": "国家发展改革委", "checked_on": "2026-05-01"},
}  # fmt: skip


def item(number: str, since: str, activity: str, permit: str) -> dict[str, object]:
    told = {"edition": f"{since[:4]}年版", "item_no": number, "item": f"事项{number}"}
    dated = {"in_force_from": since, "decided_on": since, "permit_category": permit}
    told |= {"activities": [activity]}
    return other("negative_list_item", **ITEM, **told, **dated)


async def fill(url: str, folder: Path) -> None:
    async with open_scene(url, folder / "cosigned") as scene:
        known = charter()
        await CharterStore(scene.node.db).add(
            known.version, known.note, known.digest, datetime(2026, 11, 23, tzinfo=UTC)
        )
        await scene.state(
            NANJING,
            item("201001", "2025-04-16", "14", "食品生产许可"),
            item("222001", "2022-03-12", "5431", "货运站场经营许可"),
        )
        assert not scene.quarantined


@pytest.fixture
def filled(database, tmp_path, monkeypatch) -> None:
    asyncio.run(fill(database.service_url, tmp_path))
    monkeypatch.setenv("REGISTRY_DATABASE_URL", database.service_url)
    monkeypatch.setenv("REGISTRY_DATA_DIR", str(tmp_path))


@pytest.mark.usefixtures("filled")
def test_entry_for_people_and_for_programs(capsys):
    where = ["--territory", "320100"]
    assert run(["entry", "1411", *where, "--on", "2026-11-23"]) == 0
    said = capsys.readouterr().out
    assert "许可准入类" in said
    assert f"201001 事项201001（2025年版，示例部门）（范围更宽） {NANJING}/0" in said
    asked = ["entry", "5431", *where, "--permit", "货运站场经营许可"]
    assert run([*asked, "--json"]) == 0
    told = json.loads(capsys.readouterr().out)
    assert (told["verdict"], told["demand"]) == ("not_on_list", "removed")
    assert told["removed"][0]["places"] == [f"{NANJING}/1"]
    assert run(asked) == 0
    said = capsys.readouterr().out
    assert "已移出 removed：222001" in said
    assert "不得再以市场准入许可为由" in said
    assert run(["entry", "D1411", *where]) == 1
    assert "错误 bad-activity" in capsys.readouterr().err
