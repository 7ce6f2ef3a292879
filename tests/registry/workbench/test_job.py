"""What the desk does by itself: a check that is cut short begins anew; one that fails ends."""

from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest

from registry.ingest.dry_runs import DryRuns
from registry.ledger.read import LogReader
from registry.store.workbench import FAILURES_MAX, Did, KeptSubmission, WorkbenchStore
from registry.workbench import rows as module
from registry.workbench.job import Checker, Under
from registry.workbench.node import Doors
from registry.workbench.rows import Reading
from tests.registry.workbench.conftest import rows_of, sheet
from tests.registry.workbench.test_accounts import submission
from tests.registry.world import NOON, open_node

FILE = sheet(rows_of(1, *({} for _ in range(7))))


class Bench:
    """Drafts, and what checks them when it is told to."""

    def __init__(self, store: WorkbenchStore, checker: Checker) -> None:
        self.store, self.checker = store, checker

    async def add(self, content: bytes = FILE) -> None:
        one = submission("340200", "")
        values = {name: getattr(one, name) for name in KeptSubmission.__slots__}
        waiting = KeptSubmission(**values | {"state": "checking", "lines": 0, "done": 0})
        assert await self.store.add(waiting, content, Did(NOON, "key:1", "clerk", "uploaded"))

    async def one(self) -> KeptSubmission:
        found = await self.store.find("0" * 32)
        assert found is not None
        return found

    async def rows(self) -> list[tuple[int, str, int]]:
        kept = await self.store.rows("0" * 32, "", -1, 0, 100)
        return [(row.row, row.state, row.version) for row in kept]


@pytest.fixture
async def bench(database: Any, tmp_path: Path) -> AsyncIterator[Bench]:
    async with open_node(database.service_url, tmp_path) as node:
        ledger = LogReader(node.db, node.charter)
        doors = Doors(node.charter, node.door, DryRuns(node.db, node.charter, 2), ledger)
        store = WorkbenchStore(node.db)
        yield Bench(store, Checker(store, Under(doors), node.clock))


async def test_a_check_that_is_cut_short_begins_anew(bench: Bench, monkeypatch):
    await bench.add()
    monkeypatch.setattr(module, "AT_ONCE", 3)
    following, calls = Reading.next, []

    def killed(reading: Reading) -> Any:
        calls.append(1)
        if len(calls) == 3:
            raise RuntimeError("killed")
        return following(reading)

    monkeypatch.setattr(Reading, "next", killed)
    with pytest.raises(RuntimeError, match="killed"):
        await bench.checker.step()
    half = await bench.one()
    assert (half.state, half.done, half.failures) == ("checking", 6, 1)
    assert half.lines >= 7
    assert len(await bench.rows()) == 6
    assert await bench.store.content("0" * 32) == FILE
    assert await bench.checker.step() == 7
    whole = await bench.one()
    assert (whole.state, whole.done, whole.lines) == ("prepared", 7, 7)
    assert await bench.rows() == [(row, "good", 1) for row in range(1, 8)]
    assert await bench.store.content("0" * 32) == b"", "the file is needed no longer"
    assert await bench.checker.step() == 0


async def test_what_the_node_fails_at_is_tried_so_often_and_told(bench: Bench, monkeypatch):
    await bench.add()

    def fails(_reading: Reading) -> Any:
        raise RuntimeError("a slip")

    monkeypatch.setattr(Reading, "next", fails)
    for _ in range(FAILURES_MAX):
        with pytest.raises(RuntimeError, match="a slip"):
            await bench.checker.step()
    one = await bench.one()
    assert (one.state, one.failures) == ("unreadable", FAILURES_MAX)
    assert "请联系节点运营者" in one.wrong_zh
    assert one.wrong_en
    assert await bench.checker.step() == 0


async def test_a_file_without_a_row_is_done(bench: Bench):
    await bench.add(FILE.split(b"\n")[0] + b"\n")
    assert await bench.checker.step() == 1
    one = await bench.one()
    assert (one.state, one.lines) == ("prepared", 0)
    assert await bench.store.send("0" * 32, Did(NOON, "key:1", "clerk", "sent")) == 0
    assert [did.what for did in await bench.store.logged("0" * 32)] == ["uploaded"]


async def test_the_log_of_the_desk_has_no_gap_and_no_end_but_its_own(bench: Bench):
    await bench.add()
    await bench.checker.step()
    did = Did(NOON, "key:2", "publisher", "taken", 0, 1)
    for _ in range(3):
        await bench.store.note("0" * 32, did)
    numbers = [did.what for did in await bench.store.logged("0" * 32)]
    assert numbers == ["uploaded", "taken", "taken", "taken"]
    assert await bench.store.prepared("0" * 32, "key:1")
    assert not await bench.store.prepared("0" * 32, "key:2"), "he had no hand in what it says"
    assert await bench.store.row("0" * 32, 99) is None
    assert await bench.store.find("1" * 32) is None
