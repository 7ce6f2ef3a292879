"""An engine for each of some cities: what it holds, and what an answer says when it is away."""

import uuid
from collections.abc import AsyncIterator
from dataclasses import replace

import pytest
from pydantic import SecretStr

from registry.ledger.audit_report import AuditReport
from registry.projections.follow import Follower
from registry.projections.recheck import audit_index
from registry.projections.search import begin_anew, meilisearch_follower, searcher
from registry.projections.served import MEILISEARCH, Served, served_of
from registry.query.reader import Reader
from registry.query.views import CitySearched, FindAnswer
from registry.settings import SearchEngine, Settings
from search.meilisearch import MeilisearchEngine
from search.query import Query
from tests.meilisearch import KEY, MeilisearchServer
from tests.proxy import Proxy, before
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

ONE, TWO, THREE = (sid(uscc(number)) for number in (1, 2, 3))
IN_NANJING, IN_WUHU, IN_CHUZHOU = "320100", "340200", "341100"
SECONDS = 1.5
WHOLE = {
    IN_NANJING: ("answered", "meilisearch"), IN_WUHU: ("answered", "meilisearch"),
    IN_CHUZHOU: ("answered", "postgresql"),
}  # fmt: skip


def test_settings_name_engines_by_the_members_they_hold():
    assert served_of(Settings()) == ()
    one = SearchEngine(url="http://127.0.0.1:1", key=SecretStr("k"), members=(IN_WUHU, IN_NANJING))
    alike = one.model_copy(update={"members": (IN_NANJING, IN_WUHU)})
    other = SearchEngine(url="http://127.0.0.1:1", members=(IN_WUHU,))
    main, first = served_of(Settings(search_url="http://127.0.0.1:2", search_engines=(one,)))
    assert (main.name, main.members) == (MEILISEARCH, frozenset())
    assert first.members == {IN_NANJING, IN_WUHU}
    names = [served_of(Settings(search_engines=(each,)))[0] for each in (one, alike, other)]
    assert names[0].name == names[1].name == first.name
    assert len({(each.name, each.engine.index) for each in names}) == 2
    assert first.engine.index != main.engine.index
    assert first.name.startswith(MEILISEARCH)


class Region:
    """Nanjing's engine behind a proxy, Wuhu's on the same server, all others in PostgreSQL."""

    def __init__(self, scene: Scene, server: MeilisearchServer, proxy: Proxy) -> None:
        self.scene = scene
        self.proxy = proxy
        self.served = tuple(
            Served(
                name, MeilisearchEngine(url, KEY, f"t{uuid.uuid4().hex[:12]}"), frozenset({code})
            )
            for name, url, code in (
                (f"{MEILISEARCH}-n", proxy.url, IN_NANJING),
                (f"{MEILISEARCH}-w", server.url, IN_WUHU),
            )
        )
        self.nanjing, self.wuhu = (one.engine for one in self.served)

    @property
    def followers(self) -> list[Follower]:
        node, at_hand = self.scene.node, self.scene.engine
        return [meilisearch_follower(node.db, one, at_hand, node.clock) for one in self.served]

    async def follow(self) -> None:
        for one in self.followers:
            await one.catch_up()

    def reader(self, *served: Served) -> Reader:
        node = self.scene.node
        found = searcher(node.db, self.scene.engine, served or self.served, node.clock, SECONDS)
        return Reader(node.db, node.charter, found, node.clock)

    async def find(
        self, text: str = FIRM, *cities: str, reader: Reader | None = None
    ) -> FindAnswer:
        """Ask with eyes that have not seen anything yet, unless a reader is given."""
        return await (reader or self.reader()).find(Query(text=text, cities=cities), PUBLIC)


def by(answer: FindAnswer) -> dict[str, tuple[str, str]]:
    return {one.code: (one.state, one.by) for one in answer.searched}


def ids(answer: FindAnswer) -> set[str]:
    return {hit.subject_id for hit in answer.hits}


@pytest.fixture
async def region(scene: Scene, meilisearch_server: MeilisearchServer) -> AsyncIterator[Region]:
    """Firm 1 in both cities, firm 2 in Wuhu alone, firm 3 in Nanjing alone."""
    two, three = firm(2, "芜湖示例食品有限公司"), firm(3, "芜湖示例电器有限公司")
    await scene.state(WUHU, registration(), registration(subject=two))
    await scene.state(NANJING, permit(), permit(subject=three))
    async with before(meilisearch_server.port) as proxy:
        made = Region(scene, meilisearch_server, proxy)
        await made.follow()
        yield made
        proxy.delay, proxy.closed = 0.0, False
        for one in made.served:
            await one.engine.drop()


@pytest.mark.meilisearch
async def test_an_engine_holds_its_members_subjects_with_all_that_is_stated_of_them(region):
    found = [await engine.documents("", 9) for engine in (region.nanjing, region.wuhu)]
    assert [{one.id for one in some} for some in found] == [{ONE, THREE}, {ONE, TWO}]
    assert {one.cities for some in found for one in some if one.id == ONE} == {
        (IN_NANJING, IN_WUHU)
    }
    answer = await region.find("芜湖示例")
    assert (ids(answer), answer.total) == ({ONE, TWO, THREE}, 3)
    assert (by(answer), answer.degraded, answer.behind) == (WHOLE, False, False)
    last = await region.scene.node.db.pool.fetchrow(
        "SELECT seq, committed_at FROM commits WHERE seq = 2"
    )
    assert answer.searched[1] == CitySearched(
        IN_NANJING, "南京市", "answered", "meilisearch", last["seq"], last["committed_at"]
    )
    only = await region.find("芜湖示例", IN_NANJING)
    assert (ids(only), by(only)) == ({ONE, THREE}, {IN_NANJING: ("answered", "meilisearch")})
    (hit,) = (one for one in answer.hits if one.subject_id == ONE)
    assert hit.score == next(one.score for one in only.hits if one.subject_id == ONE)
    assert hit.cities == ((IN_WUHU, 1), (IN_NANJING, 1))
    # A city of which nothing is here is named while its engine is away, and the others answer.
    away = Served(
        f"{MEILISEARCH}-c", MeilisearchEngine("http://127.0.0.1:9"), frozenset({IN_CHUZHOU})
    )
    reader = region.reader(*region.served, away)
    answer = await region.find("芜湖示例", reader=reader)
    assert (ids(answer), answer.exact, answer.degraded) == ({ONE, TWO, THREE}, False, True)
    assert by(answer) == WHOLE | {IN_CHUZHOU: ("failed", "")}
    main = Served(MEILISEARCH, MeilisearchEngine("http://127.0.0.1:9"))
    answer = await region.find("芜湖示例", reader=region.reader(main, *region.served))
    assert by(answer) == WHOLE | {IN_CHUZHOU: ("failed", "postgresql")}


@pytest.mark.meilisearch
async def test_while_an_engine_is_away_postgresql_answers_for_its_city_and_says_so(region):
    whole = await region.find("芜湖示例")
    reader = region.reader()
    assert by(await region.find(reader=reader)) == WHOLE

    async def stood_in(state: str, reader: Reader | None = None) -> None:
        answer = await region.find("芜湖示例", reader=reader)
        assert answer.hits == whole.hits
        assert (answer.degraded, answer.exact) == (True, True)
        assert by(answer) == WHOLE | {IN_NANJING: (state, "postgresql")}

    region.proxy.delay = 9.0
    await stood_in("late", reader)  # it was well a moment ago
    await stood_in("late")  # it is looked at first
    region.proxy.delay, region.proxy.closed = 0.0, True
    await stood_in("failed")
    region.proxy.closed = False
    key = Served(MEILISEARCH, MeilisearchEngine(region.proxy.url, "wrong"), frozenset({IN_NANJING}))
    await stood_in("failed", region.reader(key, region.served[1]))
    await region.nanjing.drop()
    await stood_in("behind")
    assert by(await region.find("芜湖示例")) == WHOLE | {IN_NANJING: ("behind", "postgresql")}
    await region.follow()
    assert by(await region.find("芜湖示例")) == WHOLE


@pytest.mark.meilisearch
async def test_each_index_is_kept_audited_and_built_anew_by_itself(region):
    scene, node = region.scene, region.scene.node
    pen = await scene.one(NANJING, penalty(subject=firm(2, "芜湖示例食品有限公司")))
    await region.follow()
    assert await region.nanjing.count() == 3
    await scene.one(NANJING, act("repair", pen, "2026-09-01", subject=firm(2)))
    await region.follow()
    assert (await region.nanjing.count(), await region.wuhu.count()) == (2, 2)

    async def audited() -> list[str]:
        report = AuditReport()
        for one in region.served:
            await audit_index(node.db, one.engine, node.clock, report, one)
        assert report.counts.keys() == {f"documents {one.name}" for one in region.served}
        return [problem.place for problem in report.problems]

    assert await audited() == []
    (kept, _) = await region.wuhu.documents("", 9)
    await region.nanjing.upsert([replace(kept, id=TWO)])
    assert await audited() == [f"document {TWO}"]
    await begin_anew(node.db, scene.engine)
    await scene.follower.catch_up()
    await region.follow()
    assert (await region.nanjing.count(), await region.wuhu.count()) == (2, 2)
    assert await audited() == []
    assert by(await region.find()) == WHOLE
