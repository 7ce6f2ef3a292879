"""The work on screenings: in turns, together, and through whatever stops the node."""

import asyncio
import signal
import sys
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass, field, replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import asyncpg
import pytest

from registry.access.asker import Asker
from registry.access.log import AccessLog
from registry.access.reads import Reads
from registry.clock import FixedClock
from registry.domain.disclosure import Role
from registry.errors import TooLargeRefusal
from registry.query.eyes import Eyes
from registry.screening import desk as desks
from registry.screening import job
from registry.screening.desk import Screenings, Wanted, Wish
from registry.screening.job import Worker
from registry.screening.lists import read_list
from registry.screening.looking import IN_FLIGHT
from registry.store import screening_judgements
from registry.store.access import AccessStore
from registry.store.screenings import FAILURES_MAX
from search.errors import SearchUnavailableError
from search.query import Answer, Query
from tests.conftest import TestDatabase
from tests.registry.access.conftest import GRANTS
from tests.registry.query.scene import (
    FIRM,
    NANJING,
    TODAY,
    WUHU,
    Scene,
    firm,
    open_scene,
    penalty,
    registration,
    uscc,
)
from tests.registry.world import NOON

ROOT = Path(__file__).resolve().parents[3]
WISH = Wish("320100", "", "", TODAY)
LIST = (
    f"{FIRM}\n{uscc(1)}\n芜湖示列建设有限公司\n没有这样的\n{FIRM}\n{uscc(2)}\n滁州无此\n".encode()
)
KINDS = ["found", "found", "uncertain", "not_found", "found", "found", "not_found"]


@dataclass
class Watched:
    """The scene's engine, of which is noted what it is asked, and which can be away or broken."""

    engine: Any
    asked: list[str] = field(default_factory=list)
    most: int = 0
    wrong: Callable[[], Exception] | None = None
    gate: asyncio.Event | None = None
    waited: asyncio.Event = field(default_factory=asyncio.Event)
    _at_once: int = 0

    async def search(self, query: Query) -> Answer:
        self.asked.append(query.text)
        self._at_once += 1
        self.most = max(self.most, self._at_once)
        await asyncio.sleep(0)
        if self.gate is not None:
            self.waited.set()
            await self.gate.wait()
        self._at_once -= 1
        if self.wrong is not None:
            raise self.wrong()
        found: Answer = await self.engine.search(query)
        return found


@dataclass
class Office:
    """A regulator, what screens lists for him, and the worker, which works when it is told to."""

    scene: Scene
    engine: Watched
    screenings: Screenings
    log: AccessLog
    worker: Worker

    def reads(self, role: Role = Role.REGULATOR) -> Reads:
        asker = Asker(GRANTS[role], f"key:{role.value}", "示例用途")
        return Reads(self.scene.reader, asker, self.log)

    async def make(self, body: bytes = LIST) -> str:
        return (await self.screenings.make(self.reads(), WISH, read_list(body))).id

    async def work(self) -> int:
        steps = 0
        while await self.worker.step():
            steps += 1
        return steps

    async def kinds(self, screening: str) -> list[str]:
        page = await self.screenings.page(self.reads(), screening, Wanted())
        return [row.outcome.kind for row in page.rows]

    async def state(self, screening: str) -> tuple[str, int]:
        view = await self.screenings.view(self.reads(), screening)
        return view.state, view.done


def office_of(scene: Scene) -> Office:
    engine, clock, db = Watched(scene.engine), scene.node.clock, scene.node.db
    log = AccessLog(AccessStore(db), clock, bytes(32), 365)
    screenings = Screenings(db, scene.node.charter, clock, engine, 30)
    return Office(scene, engine, screenings, log, screenings.worker(log))


@pytest.fixture
async def office(database: TestDatabase, tmp_path: Path) -> AsyncIterator[Office]:
    async with open_scene(database.service_url, tmp_path / "cosigned") as scene:
        await scene.state(WUHU, registration(), penalty(subject=firm(2, "滁州子丑寅卯电器行")))
        yield office_of(scene)


async def test_what_is_exact_is_met_at_once_and_the_engine_asked_for_the_rest(office):
    names = [f"没有这样的第{at}家公司" for at in range(20)]
    found = await office.make(LIST + "\n".join(names).encode())
    assert await office.work() == 1
    assert await office.kinds(found) == KINDS + ["not_found"] * 20
    assert sorted(office.engine.asked) == sorted(
        ["芜湖示列建设有限公司", "没有这样的", "滁州无此", *names]
    )
    assert 1 < office.engine.most <= IN_FLIGHT


async def test_screenings_take_turns(office, monkeypatch):
    monkeypatch.setattr(job, "TOGETHER", 3)
    one, two = await office.make(), await office.make(FIRM.encode())
    for _ in range(2):
        await office.worker.step()
    assert {await office.state(one), await office.state(two)} == {("matching", 3), ("done", 1)}
    assert await office.work() == 2
    assert await office.kinds(one) == KINDS


async def test_stopped_in_the_middle_it_goes_on_where_it_was(office, monkeypatch):
    """A stop, as at the end of the process: what was not stored is done again."""
    monkeypatch.setattr(job, "TOGETHER", 3)
    found = await office.make()
    await office.worker.step()
    office.engine.gate = asyncio.Event()
    async with office.screenings.running(office.log):
        await asyncio.wait_for(office.engine.waited.wait(), 10)
    assert await office.state(found) == ("matching", 3)
    office.engine.gate = None
    again = office_of(office.scene)
    assert await again.work() == 2
    assert await again.kinds(found) == KINDS


DOOMED = """
import asyncio, os, signal, sys
from registry.screening import job
from registry.store.engine import open_database
from registry.store.screenings import ScreeningStore
from search.postgres import PostgresEngine
from tests.registry.query.scene import Scene
from tests.registry.screening.test_job import office_of
from tests.registry.world import open_node, NOON
from registry.clock import FixedClock
from pathlib import Path

url, folder, fatal = sys.argv[1], Path(sys.argv[2]), int(sys.argv[3])
job.TOGETHER = 2
stored = ScreeningStore.store
count = 0

async def store(self, *args, **more):
    global count
    count += 1
    if count == fatal:
        os.kill(os.getpid(), signal.SIGKILL)
    await stored(self, *args, **more)

ScreeningStore.store = store

async def main():
    async with open_node(url, folder, FixedClock(NOON)) as node:
        engine = PostgresEngine(node.db.pool)
        await office_of(Scene(node, engine)).work()

asyncio.run(main())
"""


async def test_killed_it_goes_on_where_the_last_part_was_stored(
    office, database, tmp_path, monkeypatch
):
    """SIGKILL between the work on the second part and its being stored; nothing is lost."""
    monkeypatch.setattr(job, "TOGETHER", 2)
    found = await office.make()
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-c", DOOMED, database.service_url, str(tmp_path / "cosigned"), "2"),
        cwd=ROOT,
    )
    assert await process.wait() == -signal.SIGKILL
    assert await office.state(found) == ("matching", 2)
    assert len(await office.kinds(found)) == 2
    assert await office.work() == 3
    assert await office.state(found) == ("done", 7)
    assert await office.kinds(found) == KINDS


async def test_an_engine_that_is_away_is_waited_for(office):
    found = await office.make()
    office.engine.wrong = lambda: SearchUnavailableError(zh="", en="")
    for _ in range(FAILURES_MAX + 1):
        with pytest.raises(SearchUnavailableError):
            await office.worker.step()
    assert await office.state(found) == ("matching", 0)
    office.engine.wrong = None
    await office.work()
    assert await office.kinds(found) == KINDS


async def test_what_always_fails_stops_after_some_tries_and_can_be_resumed(office):
    found, other = await office.make(), await office.make(FIRM.encode())
    office.engine.wrong = lambda: ZeroDivisionError("a defect")
    failures = 0
    while (await office.state(found))[0] == "matching":
        try:
            await office.worker.step()
        except ZeroDivisionError:
            failures += 1
    assert failures == FAILURES_MAX
    assert await office.state(other) == ("done", 1)
    office.engine.wrong = None
    assert await office.work() == 0
    await office.screenings.resume(office.reads(), found)
    await office.work()
    assert await office.kinds(found) == KINDS


async def test_a_check_that_failed_is_resumed_as_a_check(office):
    found = await office.make()
    await office.work()
    await office.scene.one(NANJING, penalty())
    assert await office.state(found) == ("checking", 0)
    for _ in range(FAILURES_MAX):
        await office.screenings._store.failed(found)
    assert (await office.state(found))[0] == "failed"
    await office.screenings.resume(office.reads(), found)
    assert (await office.state(found))[0] == "checking"
    asked = len(office.engine.asked)
    await office.work()
    assert await office.state(found) == ("done", 7)
    assert len(office.engine.asked) == asked, "a check asks no engine"


async def test_a_body_that_is_not_what_was_logged_is_neither_shown_nor_a_reason_to_stop(
    office, database
):
    owner = await asyncpg.connect(database.owner_url)
    await owner.execute(
        "BEGIN; SET LOCAL registry.erasing = 'on'; UPDATE entries SET main = convert_to(replace("
        "convert_from(main, 'UTF8'), '两千元', '一千元'), 'UTF8') WHERE idx = 1; COMMIT"
    )
    await owner.close()
    found = await office.make()
    await office.work()
    page = await office.screenings.page(office.reads(), found, Wanted())
    assert [row.outcome.kind for row in page.rows][4:6] == ["found", "bad"]
    assert page.rows[5].outcome.reason == "body-differs"


async def test_a_later_charter_and_a_new_day_are_heeded(office):
    found = await office.make()
    before = office.worker.looking
    office.screenings.under(office.scene.node.charter)
    assert office.worker.looking is not before
    await office.work()
    store = office.screenings._store
    await store._pool.execute("UPDATE screenings SET kept_until = 'epoch'")
    await office.worker.step()
    assert await store._pool.fetchval("SELECT count(*) FROM screenings") == 1
    office.worker._clock = FixedClock(NOON + timedelta(days=1))
    await office.worker.step()
    assert await store._pool.fetchval("SELECT count(*) FROM screening_rows") == 0
    assert found
    alone = Screenings(office.scene.node.db, office.scene.node.charter, office.scene.node.clock,
                       office.engine, 30)  # fmt: skip
    alone.under(office.scene.node.charter)


async def test_what_is_kept_and_judged_is_bounded(office, monkeypatch):
    monkeypatch.setattr(screening_judgements, "JUDGED_MAX", 1)
    monkeypatch.setattr("registry.store.screenings.KEPT_MAX", 1)
    found = await office.make()
    await office.work()
    with pytest.raises(TooLargeRefusal, match="At most"):
        await office.make()
    row = (await office.screenings.page(office.reads(), found, Wanted())).rows[2]
    said = (row.outcome.matches[0].subject_id, "unsure", "")
    await office.screenings.judge(office.reads(), found, 3, said)
    with pytest.raises(TooLargeRefusal):
        await office.screenings.judge(office.reads(), found, 3, said)


async def test_pages_are_filled_up_where_rows_have_changed(office, monkeypatch):
    """What is stored is found, but not shown any more: the page goes on to the next rows."""
    found = await office.make(f"{uscc(2)}\n{uscc(2)}\n{uscc(2)}\n{FIRM}\n{FIRM}\n{FIRM}\n".encode())
    await office.work()
    store, none = office.screenings._store, office.reads(Role.OPERATOR)
    await store._pool.execute(
        "UPDATE screening_results SET candidates = '{}' WHERE row <= 3 AND screening = $1", found
    )
    await store._pool.execute("UPDATE screenings SET owner = 'key:operator'")
    page = await office.screenings.page(none, found, Wanted(0, "found"), 2)
    assert [(row.asked.row, page.after) for row in page.rows] == [(4, 5), (5, 5)]
    monkeypatch.setattr(desks, "_MOST_LOOKS", 1)
    page = await office.screenings.page(none, found, Wanted(0, "found"), 2)
    assert ([row.asked.row for row in page.rows], page.after) == ([], 2)


async def test_the_eyes_are_those_of_who_asked(office):
    reads = office.reads(Role.BUSINESS)
    view = await office.screenings.make(reads, WISH, read_list(LIST))
    viewer = await office.worker.viewer(view.question)
    asked = view.question.asking.viewer
    assert viewer == await Eyes(office.scene.node.db, office.scene.node.clock).of(asked)
    assert replace(viewer, subjects=frozenset()) == replace(asked, subjects=frozenset())
    assert (viewer.role, viewer.subjects) == (Role.BUSINESS, frozenset({asked.subject}))


async def test_no_person_is_found_by_a_name(office):
    """As in a search; what is recorded of a person is reached by his document alone."""
    person = {"kind": "natural_person", "name": "示例某某"}
    document = {"name": "示例甲", "type": "居民身份证", "number": "11010519491231002X"}
    restricted = {"salt": "ef" * 16, "subject_document": document}
    await office.scene.state(WUHU, penalty(subject=person), restricted=restricted)
    assert not office.scene.quarantined, office.scene.quarantined
    found = await office.make("示例某某\n".encode())
    await office.work()
    assert await office.kinds(found) == ["not_found"]


async def test_a_file_is_read_part_by_part(office, monkeypatch):
    monkeypatch.setattr(desks, "_AT_ONCE", 2)
    found = await office.make()
    await office.work()
    rows = await office.screenings.everything(office.reads(), found)
    assert [row.outcome.kind async for row in rows] == KINDS


async def test_a_screening_of_an_earlier_day_says_what_was_so_then(office):
    """Firm 2 was punished in May 2026: who asks about April learns that it exists, and no more."""
    wish = replace(WISH, on=TODAY.replace(month=4))
    view = await office.screenings.make(office.reads(), wish, read_list(LIST))
    await office.work()
    assert await office.kinds(view.id) == KINDS
    page = await office.screenings.page(office.reads(), view.id, Wanted(5), 1)
    (match,) = page.rows[0].outcome.matches
    assert match.name == "滁州子丑寅卯电器行"
    assert page.rows[0].outcome.decision.measures == ()
