"""``registry screen``: a list sent to a node, waited for, and its results written to a file."""

import asyncio
import csv
import json
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest

from registry.cli import screen
from registry.cli.main import run
from registry.domain.disclosure import Role
from tests.registry.access.conftest import PURPOSE, Desk
from tests.registry.query.scene import FIRM, uscc
from tests.registry.screening.conftest import LISTS, send
from tests.registry.test_app import listening


@pytest.fixture
async def asked(desk: Desk, tmp_path: Path, monkeypatch) -> AsyncIterator[list[str]]:
    """The arguments that name the node, and who asks for what."""
    monkeypatch.setattr(screen, "_LOOK", 0.05)
    key = tmp_path / "key"
    key.write_text(desk.texts[Role.REGULATOR] + "\n")
    (tmp_path / "名单.csv").write_text(f"{FIRM}\n{uscc(1)}\n没有这样的\n芜湖示列建设有限公司\n")
    async with listening(desk.served.app, begun=True) as url:
        yield ["screen", "--node", url, "--key-file", str(key), "--purpose", PURPOSE]


async def said(*arguments: str) -> int:
    return await asyncio.to_thread(run, arguments)


async def test_a_list_is_screened_from_file_to_file(asked, desk: Desk, tmp_path, capsys):
    target = tmp_path / "结果.csv"
    sent = (*asked, "--territory", "320100", "--on", "2026-11-20", str(tmp_path / "名单.csv"))
    assert await said(*sent, "--out", str(target)) == 0
    out = capsys.readouterr().out
    assert "已提交，筛查编号" in out
    assert "已查得：2 行" in out
    assert "待人工确认：1 行" in out
    assert "逐行确认" in out
    with target.open(encoding="utf-8-sig", newline="") as file:
        kinds = [row["结果代码"] for row in csv.DictReader(file)]
    assert kinds == ["found", "found", "not_found", "uncertain"]
    (view,) = (await send(desk, "GET", LISTS)).json()["screenings"]
    assert (view["file"], view["on"], view["purpose"]) == ("名单.csv", "2026-11-20", PURPOSE)
    book = tmp_path / "again.xlsx"
    assert await said(*asked, "--resume", view["id"], "--out", str(book), "--json") == 0
    told: dict[str, Any] = json.loads(capsys.readouterr().out)
    assert (told["ok"], told["screening"]["id"]) == (True, view["id"])
    assert book.read_bytes()[:2] == b"PK"


async def test_what_is_wrong_is_told_in_the_nodes_words(asked, tmp_path, capsys):
    list_file = str(tmp_path / "名单.csv")
    for arguments, code in (
        ((), "no-list"),
        (("--resume", "x", list_file), "no-list"),
        ((list_file, "--out", str(tmp_path / "x.pdf")), "unknown-format"),
        ((list_file, "--territory", "340200"), "other-territory"),
        (("--resume", "0" * 32), "no-screening"),
    ):
        assert await said(*asked, *arguments) == 1
        assert code in capsys.readouterr().err
    gone = [*asked]
    gone[2] = "http://127.0.0.1:9"
    assert await said(*gone, list_file) == 1
    assert "the node cannot be reached" in capsys.readouterr().err


@pytest.mark.usefixtures("idle")
async def test_it_waits_and_tells_when_it_has_failed(asked, desk: Desk, capsys):
    """A screening that stands still is waited for; one that failed is an error."""
    made = await send(desk, "POST", f"{LISTS}?territory=320100", content=FIRM.encode())
    waiting = asyncio.create_task(said(*asked, "--resume", made.json()["id"]))
    await asyncio.sleep(0.2)
    assert not waiting.done()
    await desk.scene.node.db.pool.execute("UPDATE screenings SET state = 'failed'")
    assert await waiting == 1
    told = capsys.readouterr()
    assert "已完成 0 / 1 行" in told.out
    assert "多次失败" in told.err
