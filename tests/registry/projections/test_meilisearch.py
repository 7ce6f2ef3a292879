"""Meilisearch in service: what happens to it shows in the answer, and it comes back by itself."""

from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import timedelta

import pytest

from registry.clock import FixedClock
from registry.projections.search import meilisearch_follower, up_to_date
from registry.query.reader import Reader
from search.documents import Document
from search.errors import SearchUnavailableError
from search.meilisearch import MeilisearchEngine
from search.query import Query
from search.standby import AGAIN, Standby
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
from tests.registry.world import NOON

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
        self.follower = meilisearch_follower(scene.node.db, self.engine, scene.node.clock)

    @property
    def reader(self) -> Reader:
        node = self.scene.node
        fit = up_to_date(node.db, self.engine, node.clock)
        searcher = Standby(self.engine, self.scene.engine, fit, self.ticks)
        return Reader(node.db, node.charter, searcher, node.clock)

    async def found(self, reader: Reader, text: str) -> tuple[list[str], str, bool]:
        self.ticks.now += AGAIN
        answer = await reader.find(Query(text=text), PUBLIC)
        return [hit.subject_id for hit in answer.hits], answer.engine, answer.degraded


@pytest.fixture
async def served(scene: Scene, tmp_path) -> AsyncIterator[Served]:
    server = MeilisearchServer(tmp_path)
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
async def test_both_engines_agree_on_counts_and_answers(served):
    words = ("建设", "电器", "食品", "长江造船")
    names = [
        f"{city}示例{word}有限公司" for city in ("南京", "芜湖", "滁州", "镇江") for word in words
    ]
    firms = [firm(number, name) for number, name in enumerate(names, 10)]
    await served.scene.state(WUHU, *(registration(subject=one) for one in firms))
    await served.follower.catch_up()
    assert await served.engine.count() == await served.scene.engine.count() == 17
    texts = [str(one[key]) for one in firms for key in ("name", "uscc")]
    texts += [text[:4] for text in texts] + [text[2:] for text in texts] + ["长江", "造江", "示例"]
    for text in texts:
        one, other = [
            await engine.search(Query(text=text, limit=100))
            for engine in (served.engine, served.scene.engine)
        ]
        assert replace(one, engine="") == replace(other, engine=""), text
