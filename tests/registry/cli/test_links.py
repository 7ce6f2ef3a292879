"""``registry link``: judge, undo, list, over a real node's database."""

import asyncio
import json
from pathlib import Path

import pytest

from registry.cli.main import run
from search.postgres import PostgresEngine
from tests.registry.query.scene import Scene, firm, registration, sid, uscc
from tests.registry.world import WUHU, open_node

ONE, TWO = sid(uscc(1)), sid(uscc(2))
WHY = ["--by", "示例市场监督管理局", "--reason", "同一住所（示例）"]


async def fill(url: str, folder: Path) -> None:
    async with open_node(url, folder) as node:
        scene = Scene(node, PostgresEngine(node.db.pool))
        await scene.engine.prepare()
        await scene.state(WUHU, *(registration(subject=firm(number)) for number in (1, 2)))


@pytest.fixture
def filled(database, tmp_path, monkeypatch) -> None:
    asyncio.run(fill(database.service_url, tmp_path / "cosigned"))
    monkeypatch.setenv("REGISTRY_DATABASE_URL", database.service_url)
    monkeypatch.setenv("REGISTRY_DATA_DIR", str(tmp_path))


@pytest.mark.usefixtures("filled")
def test_judge_undo_and_list(capsys):
    assert run(["link", "same", uscc(1), TWO, *WHY]) == 0
    assert f"{uscc(1)} {uscc(2)}：同一主体" in capsys.readouterr().out
    assert run(["link", "different", uscc(1), uscc(2), *WHY, "--json"]) == 0
    said = json.loads(capsys.readouterr().out)
    assert said == {"ok": True, "judgement": "different", "subjects": [ONE, TWO]}
    assert run(["link", "undo", TWO, ONE, *WHY]) == 0
    assert "撤销判断" in capsys.readouterr().out
    assert run(["link", "list", uscc(2), "--json"]) == 0
    listed = json.loads(capsys.readouterr().out)["judgements"]
    assert [one["judgement"] for one in listed] == ["undone", "different", "same"]
    assert {one["by"] for one in listed} == {"示例市场监督管理局"}
    assert run(["link", "list"]) == 0
    text = capsys.readouterr().out
    assert "3 项判断" in text
    assert "不同主体  示例市场监督管理局：同一住所（示例）" in text


@pytest.mark.usefixtures("filled")
@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["undo", uscc(1), uscc(2), *WHY], "没有可以撤销的人工判断"),
        (["same", uscc(1), uscc(1), *WHY], "两个代码是同一主体"),
        (["same", uscc(1), uscc(3), *WHY], "对应 0 个主体"),
        (["list", "某公司"], "对应 0 个主体"),
    ],
)
def test_what_means_nothing_is_refused_in_words(capsys, arguments, said):
    assert run(["link", *arguments]) == 1
    assert said in capsys.readouterr().err


def test_who_and_why_are_asked_for(capsys):
    assert run(["link", "same", uscc(1), uscc(2)]) == 2
    assert "--by" in capsys.readouterr().err
