"""``registry reconcile``: by hand, by timetable over a folder, and notices to be published."""

import asyncio
import json
from datetime import timedelta
from pathlib import Path

import pytest

from registry.cli.main import run
from registry.clock import SystemClock, today
from registry.ledger.charters import Charters
from tests.registry.query.scene import uscc
from tests.registry.reconciling.scene import (
    MEMBER,
    NOTICE_HEADERS,
    ORGAN,
    World,
    number,
    penalty,
    row,
    sheet,
)
from tests.registry.world import NOON, open_node

DECIDED = (today(SystemClock()) - timedelta(days=40)).isoformat()
REPAIRED = (today(SystemClock()) - timedelta(days=2)).isoformat()


async def fill(url: str, folder: Path) -> None:
    world = World()
    world.ours += [penalty(serial, decided_on=DECIDED) for serial in (1, 2, 3)]
    async with open_node(url, folder, SystemClock()) as node:
        await world.state(node)
        await Charters(node.db).adopt([node.charter.note], NOON)


@pytest.fixture
def filled(database, tmp_path, monkeypatch) -> Path:
    asyncio.run(fill(database.service_url, tmp_path / "cosigned"))
    monkeypatch.setenv("REGISTRY_DATABASE_URL", database.service_url)
    monkeypatch.setenv("REGISTRY_DATA_DIR", str(tmp_path))
    return tmp_path


def said(serial: int, state: str = "公示中", **changes: str) -> dict[str, str]:
    return row(serial, state, 决定日期=DECIDED, 公示截止日期="", **changes)


def notice(serial: int, **changes: str) -> dict[str, str]:
    cells = ("甲", uscc(serial), number(serial), "信修1号", ORGAN, REPAIRED, "准予修复")
    return dict(zip(NOTICE_HEADERS, cells, strict=True)) | changes


def test_a_file_a_folder_and_notices(filled: Path, capsys: pytest.CaptureFixture[str]):
    inbox = filled / "inbox"
    inbox.mkdir()
    first, drafts, report = inbox / "1.csv", filled / "drafts.jsonl", filled / "report.csv"
    first.write_bytes(sheet([said(1, "已修复", 状态日期=REPAIRED), said(2)]))
    member = ["--member", MEMBER]
    more = ["--drafts", str(drafts), "--report", str(report)]
    assert run(["reconcile", "run", str(first), *member, *more]) == 0
    assert "ended-there 1、missing-there 1" in capsys.readouterr().out
    (made,) = [json.loads(line) for line in drafts.read_bytes().splitlines()]
    assert (made["type"], made["effective_on"]) == ("repair", REPAIRED)
    assert number(3) in report.read_text(encoding="utf-8-sig")
    # A timetable finds what is new in the folder, each file once.
    (inbox / "2.csv").write_bytes(sheet([said(1), said(2), said(3)]))
    (inbox / "3.csv").write_bytes(b"a,b\n1,2\n")
    (inbox / "0.csv").write_bytes(b" ")  # what is not even taken keeps no other file out
    (inbox / "README").write_bytes(b"no status")
    assert run(["reconcile", "run", str(inbox), *member, "--json"]) == 1
    told = json.loads(capsys.readouterr().out)
    assert [(one["file"], one["state"]) for one in told["runs"]] == [
        ("0.csv", "unreadable"),
        ("2.csv", "done"),
        ("3.csv", "unreadable"),
    ]
    capsys.readouterr()
    assert run(["reconcile", "run", str(inbox / "0.csv"), *member]) != 0
    assert "文件是空的" in "".join(capsys.readouterr())
    (inbox / "0.csv").unlink()
    (inbox / "3.csv").unlink()
    assert run(["reconcile", "run", str(inbox), *member]) == 0
    assert "没有新的文件" in capsys.readouterr().out
    assert run(["reconcile", "last"]) == 0
    out = capsys.readouterr().out
    assert "2.csv：国家平台 3 行，本地 3 条；差异：没有差异" in out
    assert run(["reconcile", "last", "--json"]) == 0
    (last,) = json.loads(capsys.readouterr().out)["runs"]
    assert (last["member"], last["size"], last["counts"]) == (MEMBER, 3, {})
    assert len(last["digest"]) == len(last["root"]) == 64
    notices(filled, member, capsys)


def notices(folder: Path, member: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    """Import notices, of which one fits; what is written passes the tool's own check."""
    file, target, odd = folder / "notices.csv", folder / "repairs.jsonl", folder / "odd.csv"
    rows = [notice(1), notice(2, 修复决定单位="某局"), notice(3, 处理结果="不予修复")]
    file.write_bytes(sheet(rows))
    asked = ["reconcile", "notices", str(file), *member, "--out", str(target)]
    assert run([*asked, "--problems", str(odd)]) == 1
    out = capsys.readouterr().out
    assert "第3行“修复决定单位”（E3）：该主体该文号的决定不是此单位作出的。应为：" + ORGAN in out
    assert "3 条通知，1 条修复信息已写入" in out
    told = odd.read_text(encoding="utf-8-sig").splitlines()
    assert told[0] == "行,列,单元格,问题,应为,依据"
    assert [line.split(",")[:3] for line in told[1:]] == [
        ["2", "修复决定日期", "F2"],  # earlier than the clocks say: noted
        ["3", "修复决定单位", "E3"],
        ["4", "处理结果", "G4"],
    ]
    assert run(["check", str(target), "--offline", "--division", MEMBER]) == 0
    capsys.readouterr()
    file.write_bytes(sheet([notice(1)]))
    assert run([*asked, "--json"]) == 0
    document = json.loads(capsys.readouterr().out)
    assert (document["ok"], document["rows"], document["repairs"]) == (True, 1, 1)
    assert {one["code"] for one in document["reasons"]} <= {"before-earliest"}
    assert run(["reconcile", "run", str(file), "--member", "110000"]) == 1
    assert "没有这个成员地区" in capsys.readouterr().err
