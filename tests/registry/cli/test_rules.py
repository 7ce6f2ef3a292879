"""``registry rules``: counts, impact and life, over a real node's database."""

import asyncio
import json
from datetime import UTC, datetime
from pathlib import Path

import pytest

from registry.cli import rules
from registry.cli.main import run
from registry.query.impact import open_impact
from registry.resources import MIRROR, node_key
from registry.settings import Settings
from registry.store.charters import CharterStore
from tests.registry.query.scene import (
    NANJING,
    act,
    adoption,
    book_files,
    firm,
    listing,
    open_scene,
    uscc,
)
from tests.registry.world import WUHU, charter

BUREAU = {"kind": "organisation", "name": "示例市信用办", "uscc": uscc(902)}
ON = ["--on", "2026-11-23"]


async def fill(url: str, folder: Path) -> None:
    async with open_scene(url, folder / "cosigned") as scene:
        known = charter()
        await CharterStore(scene.node.db).add(
            known.version, known.note, known.digest, datetime(2026, 11, 23, tzinfo=UTC)
        )
        await scene.rules((NANJING, "R02", "320100"))
        await scene.state(WUHU, listing(), listing(subject=firm(2)))
        placed = await scene.one(NANJING, adoption("R06", "320100"))
        stay = {"ground": "authority", "subject": BUREAU, "until": "2026-11-30"}
        await scene.one(NANJING, act("stay", placed, "2026-11-01", **stay))
        await scene.one(NANJING, adoption("R10", "320100", in_force_from="2027-01-01"))


@pytest.fixture
def folder(database, tmp_path, monkeypatch) -> Path:
    asyncio.run(fill(database.service_url, tmp_path))
    monkeypatch.setenv("REGISTRY_DATABASE_URL", database.service_url)
    monkeypatch.setenv("REGISTRY_DATA_DIR", str(tmp_path / "node"))
    monkeypatch.setenv("REGISTRY_KEY_PASSWORD", "correct horse")
    return tmp_path


def test_what_applies_to_everybody(folder, capsys):
    lines = folder / "lines.jsonl"
    assert run(["rules", "population", *ON, "--workers", "1", "--lines", str(lines)]) == 0
    said = capsys.readouterr().out
    assert "2  320100  R02（2026-1）m-funds  manage  active" in said
    assert "有相关信息的主体 2 个，其中适用措施的 2 个" in said
    written = [json.loads(line) for line in lines.read_bytes().splitlines()]
    here = ["--territory", "320100", "--matter", "public_funds"]
    assert run(["rules", "population", *ON, *here, "--json"]) == 0
    counted = json.loads(capsys.readouterr().out)
    assert counted["subjects"] == 2
    assert [(one["measure"], one["subjects"]) for one in counted["measures"]] == [("m-funds", 2)]
    assert sum(one["measure"] == "m-funds" for one in written) == 2


def test_what_a_draft_changes_is_written_and_signed(folder, capsys):
    draft = folder / "draft"
    draft.mkdir()
    for name, body in book_files().items():
        (draft / name).write_bytes(body.replace(b"length: P3Y", b"length: P1Y", 1))
    (draft / "notes.txt").write_text("not part of the book")
    assert run(["rules", "impact", str(draft), *ON]) == 0
    assert "2  320100  变化  R02 m-funds" in capsys.readouterr().out
    settings = Settings.load(None)
    target = settings.data_dir / "impact"
    made = open_impact((target / "impact.json").read_bytes(), node_key(settings, MIRROR).vkey)
    assert (made.changed, made.subjects, made.list_lines) == (("R02",), 2, 2)
    assert len((target / "impact.jsonl").read_bytes().splitlines()) == 2
    elsewhere = folder / "out"
    assert run(["rules", "impact", str(draft), *ON, "--out", str(elsewhere), "--json"]) == 0
    assert json.loads(capsys.readouterr().out)["list_digest"] == made.list_digest
    assert (elsewhere / "impact.json").is_file()


def test_a_draft_with_defects_is_refused_with_each(folder, capsys, monkeypatch):
    draft = folder / "draft"
    draft.mkdir()
    assert run(["rules", "impact", str(draft), *ON]) == 1
    assert "缺少文件" in capsys.readouterr().err
    (draft / "rules.yaml").write_bytes(b"rules: []")
    monkeypatch.setattr(rules, "FILE_MAX", 3)
    assert run(["rules", "impact", str(draft), *ON]) == 2
    assert "rules.yaml" in capsys.readouterr().err


@pytest.mark.usefixtures("folder")
def test_how_each_rule_stands_with_each_member(capsys):
    assert run(["rules", "life", *ON]) == 0
    said = capsys.readouterr().out
    assert "320100  R02（2026-1）  施行中（2026-1）" in said
    assert "340200  R02（2026-1）  未采纳" in said
    assert (
        "320100  R06（2026-1）  本地已暂停（2026-1），至 2026-12-01（依据修订中：samr-44）" in said
    )
    assert "320100  R10（2026-1）  已公布采纳，尚未施行（2026-1），至 2027-01-01" in said
    assert run(["rules", "life", *ON, "--territory", "320100", "--json"]) == 0
    told = json.loads(capsys.readouterr().out)
    assert {one["territory"] for one in told["standings"]} == {"320100"}
