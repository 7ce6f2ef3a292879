"""Meilisearch in service: what happens to it shows in the answer, and it comes back by itself."""

from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import timedelta
from random import Random

import pytest

from registry.clock import FixedClock
from registry.demo.region import build
from registry.demo.rulebook import rulebook_files
from registry.ledger.audit_report import AuditReport
from registry.projections import served as engines
from registry.projections.indexing import up_to_date
from registry.projections.recheck import audit_index
from registry.projections.search import NAME, begin_anew, meilisearch_follower
from registry.projections.served import MEILISEARCH
from registry.query.reader import Reader
from registry.store.reading_follow import FollowReading
from search.cities import Cities
from search.documents import Document
from search.errors import SearchUnavailableError
from search.meilisearch import MeilisearchEngine
from search.query import Query
from search.watch import AGAIN, Watched
from tests.meilisearch import KEY, MeilisearchServer
from tests.registry.query.scene import (
    FIRM,
    NANJING,
    PUBLIC,
    WUHU,
    Scene,
    act,
    firm,
    penalty,
    permit,
    registration,
    sid,
    uscc,
)
from tests.registry.world import NOON, on_disk

FORMER = "芜湖旧名建设有限公司"


class Ticks:
    """A clock that a test moves on."""

    now = 0.0

    def __call__(self) -> float:
        return self.now


class Served:
    """A scene whose searches go to a Meilisearch of its own, with PostgreSQL standing by."""

    def __init__(self, scene: Scene, server: MeilisearchServer) -> None:
        self.scene = scene
        self.server = server
        self.ticks = Ticks()
        self.engine = MeilisearchEngine(server.url, KEY)
        self.served = engines.Served(MEILISEARCH, self.engine)
        self.follower = meilisearch_follower(
            scene.node.db, self.served, scene.engine, scene.node.clock
        )

    @property
    def reader(self) -> Reader:
        node = self.scene.node
        first = up_to_date(node.db, self.engine.marked, node.clock)
        standing = FollowReading(node.db.pool).cursor
        second = up_to_date(node.db, lambda: standing(NAME), node.clock)

        async def held() -> frozenset[str]:
            raise AssertionError("no city has an engine of its own")

        cities = Cities(
            Watched(self.engine, first, self.ticks),
            Watched(self.scene.engine, second, self.ticks),
            held,
        )
        return Reader(node.db, node.charter, cities, node.clock)

    async def found(self, reader: Reader, text: str) -> tuple[list[str], str, bool]:
        self.ticks.now += AGAIN
        answer = await reader.find(Query(text=text), PUBLIC)
        return [hit.subject_id for hit in answer.hits], answer.engine, answer.degraded


@pytest.fixture
async def served(scene: Scene) -> AsyncIterator[Served]:
    server = MeilisearchServer()
    server.start()
    await scene.one(WUHU, registration(former_names=[{"name": FORMER}]))
    await scene.one(NANJING, permit())
    yield Served(scene, server)
    server.close()


ONE = sid(uscc(1))
BY_MEILISEARCH = ([ONE], "meilisearch", False)
BY_POSTGRESQL = ([ONE], "postgresql", True)


@pytest.mark.meilisearch
async def test_it_answers_as_soon_as_it_holds_everything(served):
    reader = served.reader
    assert await served.found(reader, FIRM) == BY_POSTGRESQL  # nothing is indexed there yet
    assert await served.follower.catch_up() == 2
    for text in (FIRM, FORMER, uscc(1), uscc(1).lower(), "示例建设"):
        assert await served.found(reader, text) == BY_MEILISEARCH
    assert await served.found(reader, uscc(9)) == ([], "meilisearch", False)


@pytest.mark.meilisearch
async def test_what_is_repaired_is_found_no_more(served):
    hidden = firm(2, "滁州示例食品有限公司")
    pen = await served.scene.one(WUHU, penalty(subject=hidden))
    await served.follower.catch_up()
    reader = served.reader
    assert (await served.found(reader, uscc(2)))[0] == [sid(uscc(2))]
    await served.scene.one(WUHU, act("repair", pen, "2026-09-01", subject=hidden))
    assert (await served.found(reader, uscc(2)))[0] == []  # not even before the index knows
    await served.follower.catch_up()
    assert await served.engine.count() == 1


@pytest.mark.meilisearch
async def test_killed_it_is_stood_in_for_and_comes_back(served):
    await served.follower.catch_up()
    reader = served.reader
    assert await served.found(reader, FIRM) == BY_MEILISEARCH
    served.server.kill()
    assert await served.found(reader, FIRM) == BY_POSTGRESQL
    with pytest.raises(SearchUnavailableError):
        await served.follower.step()
    await served.scene.one(WUHU, registration(subject=firm(3, "扬州示例电器有限公司")))
    served.server.start()
    assert await served.follower.catch_up() == 1
    assert await served.found(reader, FIRM) == BY_MEILISEARCH
    assert (await served.found(reader, "扬州示例电器"))[:2] == ([sid(uscc(3))], "meilisearch")


@pytest.mark.meilisearch
async def test_wiped_it_is_seen_to_be_empty_and_filled_again(served):
    await served.follower.catch_up()
    reader = served.reader
    served.server.wipe()
    served.server.start()
    assert await served.found(reader, FIRM) == BY_POSTGRESQL
    assert await served.follower.catch_up() == 2
    assert await served.found(reader, FIRM) == BY_MEILISEARCH


@pytest.mark.meilisearch
async def test_an_index_from_an_old_backup_goes_on_from_where_it_stands(served):
    await served.follower.catch_up()
    await served.scene.one(WUHU, registration(subject=firm(3, "扬州示例电器有限公司")))
    await served.follower.catch_up()
    await served.engine.delete([sid(uscc(3))])
    await served.engine.mark(2)  # as it was before the last commit
    assert await served.follower.step() == 1
    assert (await served.found(served.reader, uscc(3)))[:2] == ([sid(uscc(3))], "meilisearch")


@pytest.mark.meilisearch
async def test_a_mark_without_its_index_counts_for_nothing(served):
    await served.follower.catch_up()
    await served.engine.drop()
    assert await served.found(served.reader, FIRM) == BY_POSTGRESQL
    assert await served.follower.catch_up() == 2
    assert await served.found(served.reader, FIRM) == BY_MEILISEARCH


@pytest.mark.meilisearch
async def test_what_is_of_no_commit_goes_when_it_is_set_back(served):
    await served.follower.catch_up()
    stray = Document(id=sid(uscc(7)), kind="enterprise", name="扬州示例电器有限公司", version=9)
    await served.engine.upsert([stray])
    assert await served.engine.count() == 2
    await served.follower.reset()
    assert await served.follower.step() == 2
    assert await served.engine.count() == 2  # what was there answers until the new one is whole
    assert await served.found(served.reader, FIRM) == BY_MEILISEARCH
    assert await served.follower.step() == 0
    assert await served.engine.count() == 1
    assert await served.found(served.reader, FIRM) == BY_MEILISEARCH


@pytest.mark.meilisearch
async def test_behind_by_more_than_moments_it_does_not_answer(served):
    await served.follower.catch_up()
    node = served.scene.node
    await served.scene.one(WUHU, registration(subject=firm(3, "扬州示例电器有限公司")))
    reader = served.reader
    assert (await served.found(reader, FIRM))[1] == "meilisearch"
    node.clock = FixedClock(NOON + timedelta(minutes=2))
    assert await served.found(served.reader, FIRM) == BY_POSTGRESQL
    await served.follower.catch_up()
    assert await served.found(served.reader, FIRM) == BY_MEILISEARCH


@pytest.mark.meilisearch
async def test_while_it_hangs_another_answers(served):
    await served.follower.catch_up()
    reader = served.reader
    assert await served.found(reader, FIRM) == BY_MEILISEARCH
    served.server.hang()
    assert await served.found(reader, FIRM) == BY_POSTGRESQL
    served.server.go_on()
    assert await served.found(reader, FIRM) == BY_MEILISEARCH


@pytest.mark.meilisearch
async def test_full_it_goes_on_with_what_it_has_and_then_is_left_alone(served):
    await served.follower.catch_up()
    files = [path for path in served.server.folder.rglob("*") if path.is_file()]
    served.server.kill()
    served.server.start(max(path.stat().st_size for path in files))
    firms = [firm(number, f"扬州示例电器{number}有限公司") for number in range(100, 400)]
    await served.scene.state(WUHU, *(registration(subject=one) for one in firms))
    with pytest.raises(SearchUnavailableError):
        await served.follower.step()
    node = served.scene.node
    node.clock = FixedClock(NOON + timedelta(minutes=2))
    assert await served.found(served.reader, FIRM) == BY_POSTGRESQL
    served.server.kill()
    served.server.start()
    await served.follower.catch_up()
    assert await served.found(served.reader, FIRM) == BY_MEILISEARCH
    assert await served.engine.count() == await served.scene.engine.count() == 301


@pytest.mark.meilisearch
async def test_another_version_is_not_written_to(served, monkeypatch):
    monkeypatch.setattr("search.meilisearch_index.OLDEST", (99, 0))
    with pytest.raises(SearchUnavailableError, match="too old"):
        await served.follower.step()
    assert await served.found(served.reader, FIRM) == BY_POSTGRESQL
    monkeypatch.undo()
    assert await served.follower.catch_up() == 2
    assert await served.found(served.reader, FIRM) == BY_MEILISEARCH


@pytest.mark.meilisearch
async def test_an_index_that_does_not_compare_is_not_swapped_in(served, caplog):
    await served.follower.catch_up()
    stray = Document(id=sid(uscc(7)), kind="enterprise", name="扬州示例电器有限公司", version=2)
    await served.scene.engine.upsert([stray])
    await served.follower.reset()
    await served.follower.catch_up()
    assert "1 documents, the other engine 2: not swapped" in caplog.text
    assert served.engine.written == served.engine.beside
    await served.scene.engine.delete([stray.id])
    await served.follower.catch_up()
    assert served.engine.written == served.engine.index
    assert await served.engine.marked(served.engine.beside) is None
    assert await served.found(served.reader, FIRM) == BY_MEILISEARCH


@pytest.mark.meilisearch
async def test_wiped_while_another_is_built_beside_it_is_still_swapped_in(served):
    await served.follower.catch_up()
    await served.follower.reset()
    assert await served.follower.step() == 2
    await served.engine.drop()
    assert await served.found(served.reader, FIRM) == BY_POSTGRESQL
    assert await served.follower.step() == 0
    assert await served.found(served.reader, FIRM) == BY_MEILISEARCH


@pytest.mark.meilisearch
async def test_an_audit_compares_it_too(served):
    node, report = served.scene.node, AuditReport()
    await served.follower.catch_up()
    await audit_index(node.db, served.engine, node.clock, report, served.served)
    assert (report.counts, report.problems) == ({f"documents {MEILISEARCH}": 1}, [])
    (kept,) = await served.engine.documents("", 9)
    await served.engine.upsert([replace(kept, numbers=("x",))])
    await audit_index(node.db, served.engine, node.clock, report, served.served)
    assert [one.place for one in report.problems] == [f"document {ONE}"]
    served.server.kill()
    await audit_index(node.db, served.engine, node.clock, report, served.served)
    assert report.problems[-1].place == f"index {MEILISEARCH}"


@pytest.mark.meilisearch
async def test_begun_anew_all_are_built_from_nothing(served):
    await served.follower.catch_up()
    stray = Document(id=sid(uscc(7)), kind="enterprise", name="扬州示例电器有限公司", version=2)
    await served.engine.upsert([stray])
    await served.scene.engine.upsert([stray])
    node = served.scene.node
    await begin_anew(node.db, served.scene.engine)
    node.clock = FixedClock(NOON + timedelta(minutes=2))
    assert await served.found(served.reader, FIRM) == BY_MEILISEARCH
    await served.scene.follower.catch_up()
    await served.follower.catch_up()
    assert await served.engine.count() == await served.scene.engine.count() == 1


def questions(names: list[str], codes: list[str], count: int) -> list[str]:
    """Names, parts, slips, other scripts and codes, as people type them."""
    random = Random(7)
    found = []
    while len(found) < count:
        name = random.choice(names)
        at, size = random.randrange(len(name) - 3), random.randrange(2, 8)
        found += [
            name, name[at : at + size], name[:at] + name[at + 1 :], name[2:], random.choice(codes),
            name[:at] + name[at + 1] + name[at] + name[at + 2 :], name[:6],
        ]  # fmt: skip
    return found[:count]


@pytest.mark.meilisearch
@pytest.mark.slow
async def test_after_whatever_happened_both_engines_agree(served):
    region = build(rulebook_files())
    firms = [firm(number, one.name) for number, one in enumerate(region.enterprises, 10)]

    async def state(begin: int, end: int) -> None:
        await served.scene.state(WUHU, *(registration(subject=one) for one in firms[begin:end]))

    await state(0, 100)
    await served.follower.catch_up()
    served.server.kill()
    for begin in range(100, 200, 2):  # as in an hour in which it is not there
        await state(begin, begin + 2)
    served.server.start()
    await served.follower.catch_up()
    served.server.wipe()
    served.server.start()
    await state(200, 300)
    await served.follower.catch_up()
    await served.follower.reset()
    await served.follower.catch_up()
    counts = (await served.engine.count(), await served.scene.engine.count())
    assert counts == (301, 301)
    texts = questions([one["name"] for one in firms], [one["uscc"] for one in firms], 300)
    for text in texts:
        one, other = [
            await engine.search(Query(text=text, limit=100))
            for engine in (served.engine, served.scene.engine)
        ]
        assert replace(one, engine="") == replace(other, engine=""), text


@pytest.mark.meilisearch
async def test_an_index_built_anew_leaves_nothing_on_disk_of_what_is_gone(served):
    hidden = firm(2, "滁州示例食品有限公司")
    pen = await served.scene.one(WUHU, penalty(subject=hidden))
    await served.follower.catch_up()
    await served.scene.one(WUHU, act("repair", pen, "2026-09-01", subject=hidden))
    await served.follower.catch_up()
    data = served.server.folder / "data"
    assert on_disk(data, uscc(2))  # deleted, and yet in pages that are free
    await FollowReading(served.scene.node.db.pool).reset(MEILISEARCH)
    await served.follower.catch_up()
    assert await served.engine.count() == 1
    assert on_disk(data, uscc(2)) == []
