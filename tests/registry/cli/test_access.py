"""``registry key`` and ``registry access``: issue, list, rotate, revoke; who read what."""

import asyncio
import json
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from registry.access.keys import Keys
from registry.cli.main import run
from registry.clock import SystemClock
from registry.errors import UnauthorisedRefusal
from registry.store.access import AccessLine, AccessStore
from registry.store.access_keys import KeyStore
from registry.store.charters import CharterStore
from tests.registry.world import NOON, charter, open_node

SUBJECT = "1" * 32
LINE = AccessLine("key:1", "auditor", "", "示例用途", "file", SUBJECT, "", "answered")


async def fill(url: str, folder: Path) -> None:
    async with open_node(url, folder) as node:
        region = charter()
        await CharterStore(node.db).add(1, region.note, region.digest, NOON)
        store, past = AccessStore(node.db), datetime.now(UTC) - timedelta(days=1)
        ahead = past + timedelta(days=365)
        refused = AccessLine("", "", "", "", "credential", "", "", "unknown-credential")
        await store.append([(NOON, past, LINE), (NOON, ahead, LINE), (NOON, ahead, refused)])
        await store.erase_old()


@pytest.fixture
def node(database, tmp_path, monkeypatch) -> None:
    monkeypatch.setenv("REGISTRY_DATABASE_URL", database.service_url)
    monkeypatch.setenv("REGISTRY_DATA_DIR", str(tmp_path))


@pytest.fixture
def filled(node, database, tmp_path) -> None:
    assert node is None, "its settings are in the environment"
    asyncio.run(fill(database.service_url, tmp_path / "cosigned"))


def recognised(url: str, folder: Path, text: str) -> str:
    """Return the role of a key as a node would, or the code of its refusal."""

    async def look() -> str:
        async with open_node(url, folder) as opened:
            try:
                asker = await Keys(KeyStore(opened.db), SystemClock()).recognise(text)
            except UnauthorisedRefusal as refusal:
                return refusal.detail_code
            return f"{asker.grant.role} {','.join(asker.grant.territories)}"

    return asyncio.run(look())


@pytest.mark.usefixtures("filled")
def test_a_key_from_issue_over_rotation_to_its_end(capsys, database, tmp_path):
    issue = ["key", "issue", "--role", "regulator", "--member", "320100", "--label", "示例办案系统"]
    assert run([*issue, "--days", "30", "--json"]) == 0
    first = json.loads(capsys.readouterr().out)
    assert (first["role"], first["territories"], first["replaces"]) == ("regulator", "320100", "")
    look = (database.service_url, tmp_path)
    assert recognised(*look, first["secret"]) == "regulator 320100"
    assert run(["key", "rotate", first["key"], "--overlap", "0", "--json"]) == 0
    second = json.loads(capsys.readouterr().out)
    assert second["replaces"] == first["key"]
    assert recognised(*look, first["secret"]) == "key-ended"
    assert recognised(*look, second["secret"]) == "regulator 320100"
    assert run(["key", "revoke", second["key"], "--reason", "系统下线"]) == 0
    assert "已撤销" in capsys.readouterr().out
    assert recognised(*look, second["secret"]) == "key-ended"
    assert run(["key", "list"]) == 0
    text = capsys.readouterr().out
    assert text.count("失效 ended") == 2
    assert "示例办案系统" in text
    assert first["secret"] not in text
    assert run(["key", "list", "--json"]) == 0
    assert [one["key"] for one in json.loads(capsys.readouterr().out)["keys"]] == [
        second["key"],
        first["key"],
    ]


@pytest.mark.usefixtures("filled")
def test_a_key_of_a_department(capsys):
    issue = ["key", "issue", "--member", "320100", "--label", "x", "--department", "南京市某某局"]
    assert run([*issue, "--role", "clerk", "--json"]) == 0
    assert json.loads(capsys.readouterr().out)["department"] == "南京市某某局"
    assert run(["key", "list"]) == 0
    assert "clerk 320100 南京市某某局" in capsys.readouterr().out
    assert run([*issue, "--role", "publisher"]) == 1
    assert "角色 publisher 不得指明部门" in capsys.readouterr().err


@pytest.mark.usefixtures("filled")
def test_of_a_key_in_its_overlap_one_learns_what_stays_good(capsys):
    assert run(["key", "issue", "--role", "auditor", "--label", "示例", "--json"]) == 0
    old = json.loads(capsys.readouterr().out)["key"]
    assert run(["key", "rotate", old, "--json"]) == 0
    new = json.loads(capsys.readouterr().out)["key"]
    assert run(["key", "rotate", old]) == 1
    assert f"{old} 已更换为 {new}" in capsys.readouterr().err
    assert run(["key", "revoke", old, "--reason", "泄露"]) == 0
    out = capsys.readouterr().out
    assert f"更换后的密钥 {new} 仍有效" in out
    assert f"{new}, which replaced it, stays good" in out
    assert run(["key", "revoke", new, "--reason", "泄露", "--json"]) == 0
    assert json.loads(capsys.readouterr().out) == {"ok": True, "key": new, "still_good": []}


@pytest.mark.usefixtures("filled")
def test_the_secret_is_shown_once_to_people_too(capsys):
    assert run(["key", "issue", "--role", "auditor", "--label", "示例"]) == 0
    out = capsys.readouterr().out
    assert "只显示这一次" in out
    assert "rk_" in out
    assert run(["key", "list"]) == 0
    assert "有效 good" in capsys.readouterr().out


@pytest.mark.usefixtures("filled")
@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["issue", "--role", "clerk", "--label", "x"], "角色 clerk 须指明成员代码"),
        (["issue", "--role", "clerk", "--member", "999999", "--label", "x"], "没有成员 999999"),
        (["issue", "--role", "business", "--subject", "x", "--label", "x"], "32 位"),
        (["issue", "--role", "auditor", "--label", " "], "1 至 80 个字"),
        (["revoke", "0" * 12, "--reason", "x"], "没有编号为"),
        (["rotate", "0" * 12], "没有编号为"),
    ],
)
def test_what_cannot_be_is_refused_in_words(capsys, arguments, said):
    assert run(["key", *arguments]) == 1
    assert said in capsys.readouterr().err


@pytest.mark.usefixtures("filled")
@pytest.mark.parametrize(
    "arguments",
    [["--role", "public"], ["--role", "auditor", "--days", "731"], []],
)
def test_what_is_out_of_bounds_is_a_wrong_usage(arguments):
    assert run(["key", "issue", "--label", "x", *arguments]) == 2


@pytest.mark.usefixtures("node")
def test_before_there_is_a_charter_no_key_is_issued(capsys):
    assert run(["key", "issue", "--role", "auditor", "--label", "x"]) == 1
    assert "请先启动一次节点" in capsys.readouterr().err


@pytest.mark.usefixtures("filled")
def test_who_read_what(capsys):
    assert run(["access", "show"]) == 0
    text = capsys.readouterr().out
    assert "1  2026-11-23 12:00:00  已到期清除" in text
    assert f"2  2026-11-23 12:00:00  key:1  auditor  file  {SUBJECT}  answered  示例用途" in text
    assert "3  2026-11-23 12:00:00  credential  unknown-credential" in text
    assert run(["access", "show", "--after", "1", "--limit", "1", "--json"]) == 0
    (row,) = json.loads(capsys.readouterr().out)["rows"]
    assert (row["seq"], row["purpose"]) == (2, "示例用途")
    assert run(["access", "show", "--after", "9"]) == 0
    assert "0 条" in capsys.readouterr().out
