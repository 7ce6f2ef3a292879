"""``registry feeds``: approve, list, show, suspend, resume, end, dead letters and their replay."""

import asyncio
import json
from datetime import date
from pathlib import Path
from typing import Any

import msgspec
import pytest

from registry.cli.main import run
from registry.clock import SystemClock
from registry.domain.feeds import decode_terms, terms_problem
from registry.store.charters import CharterStore
from registry.store.feed_sweeps import HookStore
from registry.store.feeds import FeedStore, Holding
from tests.registry.cli.test_access import recognised
from tests.registry.exchange.feed_desk import BANK, BUREAU, TERMS
from tests.registry.world import NOON, charter, open_node

NAMED = ("--by", "区域办公室", "--reason", "示例批〔2026〕1号")
APPROVAL = (
    *NAMED, "--name", "示例银行", "--purpose", "授信审批", "--onward", "不得转供",
    "--contact", "信用处", "--until", "2027-06-30",
)  # fmt: skip


async def begin(url: str, folder: Path) -> None:
    async with open_node(url, folder) as node:
        region = charter()
        await CharterStore(node.db).add(1, region.note, region.digest, NOON)


async def trouble(url: str, folder: Path) -> None:
    """Let the bank be late with a stop, and have two dead letters."""
    async with open_node(url, folder) as node:
        store, hooks, now = FeedStore(node.db), HookStore(node.db), SystemClock().now()
        one = Holding(b"\x01" * 16, 7, 0, "p1")
        await store.give(BANK, [one])
        await store.stop(BANK, [(one, "ended")], NOON.date(), NOON)
        await store.stop(BANK, [(one, "ended")], NOON.date(), NOON)
        for until in ("2.0-0.0", "3.0-0.0"):
            await hooks.bury(BANK, "1.0-0.0", until, "status-500", now)


@pytest.fixture
def feeds(database: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: Any) -> Any:
    monkeypatch.setenv("REGISTRY_DATABASE_URL", database.service_url)
    monkeypatch.setenv("REGISTRY_DATA_DIR", str(tmp_path))
    asyncio.run(begin(database.service_url, tmp_path / "cosigned"))

    def command(*arguments: str, code: int = 0) -> Any:
        assert run(["feeds", *arguments, "--json"]) == code, capsys.readouterr()
        return json.loads(capsys.readouterr().out)

    return command


def test_a_consumer_from_approval_to_end(feeds: Any, database: Any, tmp_path: Path, capsys: Any):
    done = feeds("approve", BANK.lower(), *APPROVAL, "--city", "340200", "--days", "3")
    assert (done["consumer"], done["act"]) == (BANK, 1)
    text = done["secret"]
    assert recognised(database.service_url, tmp_path / "cosigned", text) == "consumer "
    again = feeds("approve", BANK, *APPROVAL, "--type", "penalty")
    assert (again["act"], again["secret"]) == (2, "")
    shown = feeds("show", BANK)
    assert shown["standing"] == "good"
    assert shown["terms"]["types"] == ["penalty"]
    assert [one["kind"] for one in shown["acts"]] == ["approved", "approved"]
    assert decode_terms(shown["acts"][0]["terms"]).days == 3
    assert feeds("suspend", BANK, *NAMED)["state"] == "suspended"
    assert feeds("list")["consumers"][0]["standing"] == "suspended"
    feeds("suspend", BANK, *NAMED, code=1)
    feeds("resume", BANK, *NAMED)
    feeds("end", BANK, *NAMED)
    assert feeds("show", BANK)["standing"] == "ended"
    feeds("resume", BANK, *NAMED, code=1)
    assert run(["feeds", "show", BANK]) == 0
    said = capsys.readouterr().out
    assert "授信审批" in said
    assert "区域办公室" in said
    assert text not in said


WRONG: tuple[tuple[str, tuple[str, ...], str], ...] = (
    ("123", (), "18"),
    (BANK, ("--range", "government"), "1 开头"),
    (BANK, ("--city", "999999"), "999999"),
    (BANK, ("--type", "nothing"), "nothing"),
    (BANK, ("--until", "2026-01-01"), "有效期"),
    (BANK, ("--until", "2036-01-01"), "有效期"),
    (BANK, ("--purpose", " "), "用途"),
    (BANK, ("--address", "ftp://x.example/"), "https"),
    (BANK, ("--address", "https://a:b@x.example/"), "https"),
    (BANK, ("--by", " "), "决定者"),
    (BANK, tuple(part for _ in range(101) for part in ("--type", "penalty")), "100"),
)


def test_an_approval_that_cannot_be(feeds: Any):
    for code, changes, told in WRONG:
        done = feeds("approve", code, *APPROVAL, *changes, code=1)
        assert told in done["error"]["zh"]
        assert done["error"]["en"] != done["error"]["zh"]
    assert feeds("list")["consumers"] == []
    day = date(2026, 11, 23)
    for changes, said in (({"ranges": ("authorised",)}, "authorise"), ({"days": 0}, "1 to 30")):
        wrong = terms_problem(BANK, msgspec.structs.replace(TERMS, **changes), (), day)
        assert wrong is not None
        assert said in wrong[1]


def test_who_is_late_and_dead_letters_that_are_sent_again(
    feeds: Any, database: Any, tmp_path: Path, capsys: Any
):
    feeds("approve", BANK, *APPROVAL)
    feeds("approve", BUREAU, *APPROVAL, "--range", "public", "--range", "government")
    asyncio.run(trouble(database.service_url, tmp_path / "cosigned"))
    listed = feeds("list", code=1)
    first = {one["consumer"]: one for one in listed["consumers"]}[BANK]
    late = NOON.date() < SystemClock().now().date()
    assert first["standing"] == ("cut-off" if late else "good")
    assert (first["stops"], first["unconfirmed"], first["dead"]) == (1, 1, 2)
    assert feeds("show", BANK)["unconfirmed_stops"][0]["record_id"] == "p1"
    assert [one["failure"] for one in feeds("dead")["dead"]] == ["status-500"] * 2
    assert feeds("dead", BUREAU)["dead"] == []
    assert feeds("replay", BANK, "2")["again"] == [2]
    assert feeds("replay", BANK)["again"] == [1]
    feeds("replay", BANK, "1", code=1)
    feeds("show", "nobody", code=1)
    for command in (["list"], ["dead"], ["show", BANK]):
        assert run(["feeds", *command]) == (1 if command == ["list"] else 0)
    assert "停止 1" in capsys.readouterr().out
