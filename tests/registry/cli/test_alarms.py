"""``registry alarms``: listed, looked at, noted once; the evidence of a fork is verified."""

import asyncio
import json

import pytest

from registry.cli.main import run
from registry.exchange.fork import Fork
from registry.store.engine import open_database
from registry.store.following import Alarm, FollowStore
from registry.store.logs import log_id_of
from signing.checkpoint import Checkpoint, sign_checkpoint
from tests.registry.world import ELSEWHERE, NOON, charter, log_key


def signed(size: int, root: bytes) -> bytes:
    return sign_checkpoint(Checkpoint(ELSEWHERE, size, root), log_key(ELSEWHERE))


@pytest.fixture
def alarmed(database, tmp_path, monkeypatch) -> None:
    """A node's database with a fork that is one, evidence that is none, and a lie."""
    for name in ("DATABASE_URL", "OWNER_URL"):
        url = database.service_url if name == "DATABASE_URL" else database.owner_url
        monkeypatch.setenv(f"REGISTRY_{name}", url)
    monkeypatch.setenv("REGISTRY_DATA_DIR", str(tmp_path))
    known, log_id = charter(), log_id_of(ELSEWHERE)
    one, other = signed(3, bytes(32)), signed(3, b"\x01" * 32)
    found = [("fork", Fork(one, other, b"\x01" * 32).encode()), ("fork", b"a note of old")]
    found += [("fork", Fork(one, one, bytes(32)).encode()), ("malformed", b"12 bytes")]

    async def fill() -> None:
        async with open_database(database.service_url, 2) as db:
            row = (1, known.note, known.digest, NOON)
            await db.pool.execute("INSERT INTO charters VALUES ($1, $2, $3, $4)", *row)
            for kind, evidence in found:
                alarm = Alarm(log_id, kind, "node2.example", "at 3", evidence, NOON)
                await FollowStore(db).alarm(alarm)

    asyncio.run(fill())


@pytest.mark.usefixtures("alarmed")
def test_alarms_are_listed_looked_at_and_noted_once(capsys):
    def answered(*arguments: str, code: int = 0) -> dict:
        assert run([*arguments, "--json"]) == code
        return json.loads(capsys.readouterr().out)

    assert run(["alarms", "list"]) == 1
    text = capsys.readouterr().out
    assert "该日志签署了两个互相矛盾的检查点" in text
    assert "未确认 open" in text
    listed = answered("alarms", "list", code=1)
    assert (listed["open"], len(listed["alarms"])) == (4, 4)
    holds = []
    for alarm in listed["alarms"]:
        shown = answered("alarms", "show", alarm["id"][:12])
        holds.append((shown["kind"], shown["holds"]))
        assert shown["evidence"] == alarm["evidence"]
    expected = [("fork", False), ("fork", None), ("fork", True), ("malformed", None)]
    assert sorted(holds, key=str) == expected
    real = next(a["id"] for a, h in zip(listed["alarms"], holds, strict=True) if h[1])
    assert run(["alarms", "show", real[:12]]) == 0
    assert "证据成立" in capsys.readouterr().out
    ids = [alarm["id"] for alarm in listed["alarms"]]
    assert answered("alarms", "ack", ids[0][:8], "--reason", " 已查明 ")["id"] == ids[0]
    for number in ids[1:]:
        assert run(["alarms", "ack", number, "--reason", "x"]) == 0
    capsys.readouterr()
    assert run(["alarms", "ack", ids[0], "--reason", "again"]) == 1
    assert "已确认过" in capsys.readouterr().err
    assert len(answered("alarms", "list")["alarms"]) == 4
    assert answered("alarms", "list", "--open") == {"alarms": [], "ok": True, "open": 0}
    assert run(["alarms", "list", "--open"]) == 0
    assert "没有警报" in capsys.readouterr().out
    for bad in ("0" * 64, "ab"):
        assert run(["alarms", "show", bad]) == 1
        assert "没有唯一的警报" in capsys.readouterr().err
    assert run(["alarms", "ack", ids[0], "--reason", " "]) == 2
