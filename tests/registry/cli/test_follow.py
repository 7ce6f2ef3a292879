"""``registry follow``: how it goes, and once by hand, with what went wrong told and exit code 1."""

import asyncio
import json
from pathlib import Path

import pytest

from registry.cli.main import run
from registry.resources import MIRROR, WITNESS
from registry.store.following import Alarm, FollowStore
from registry.store.logs import log_id_of
from tests.registry.exchange.region import free_port
from tests.registry.world import ELSEWHERE, NODE, NOON, charter, node_key, open_node


@pytest.fixture
def node(database, tmp_path, monkeypatch) -> str:
    """A node whose charter names another, at an address where nobody is."""
    data = tmp_path / "data"
    (data / "keys").mkdir(parents=True)
    for use in (MIRROR, WITNESS):
        (data / "keys" / f"{use}.key").write_bytes(node_key(use).to_pem(b"x"))
    urls = {NODE: "http://127.0.0.1:1", "node2.example": f"http://127.0.0.1:{free_port()}"}
    (tmp_path / "charter").write_bytes(charter(urls=urls).note)
    values = {
        "NODE_NAME": NODE,
        "DATA_DIR": str(data),
        "DATABASE_URL": database.service_url,
        "OWNER_URL": database.owner_url,
        "CHARTER": str(tmp_path / "charter"),
        "KEY_PASSWORD": "x",
    }
    for name, value in values.items():
        monkeypatch.setenv(f"REGISTRY_{name}", value)
    return database.service_url


def answer(capsys) -> dict:
    return json.loads(capsys.readouterr().out)


def test_a_home_that_is_away_is_told(node, capsys):
    assert node
    assert run(["follow"]) == 1
    assert "no charter yet" in capsys.readouterr().err
    assert run(["follow", "--once", "--json"]) == 1
    (log,) = answer(capsys)["logs"]
    assert (log["origin"], log["held"], log["failure"]) == (ELSEWHERE, 0, "peer-unreachable")
    assert run(["follow"]) == 1
    text = capsys.readouterr().out
    assert "peer-unreachable" in text
    assert "无法同步" in text


def test_alarms_are_told_and_do_not_stop_what_goes_well(node, tmp_path, capsys):
    assert run(["follow", "--once"]) == 1

    async def fill() -> None:
        async with open_node(node, Path(tmp_path)) as opened:
            store, log_id = FollowStore(opened.db), log_id_of(ELSEWHERE)
            await store.went(log_id, "", NOON, bytes(32))
            await store.alarm(Alarm(log_id, "fork", "node2.example", "at 3", b"note", NOON))

    asyncio.run(fill())
    capsys.readouterr()
    assert run(["follow"]) == 0
    assert "警报 fork 1 次" in capsys.readouterr().out
    assert run(["follow", "--json"]) == 0
    (log,) = answer(capsys)["logs"]
    assert log["alarms"] == [["fork", 1]]
