"""Nodes that follow each other, over real HTTP: what is published in one is held by the other."""

import asyncio
from dataclasses import replace

import httpx
import pytest

from registry.ledger.read import LogReader
from registry.query import coverage
from signing.cosign import cosignatures_of
from signing.note import open_note
from tests.registry.exchange.region import HOME, LOG, open_region, until
from tests.registry.ingest.test_erase import stated
from tests.registry.world import NODE, WUHU, Publisher, line, log_key, node_key

COMMITS = (
    "SELECT start_idx, end_idx FROM commits JOIN logs USING (log_id) WHERE origin = $1 ORDER BY seq"
)
DERIVED = "SELECT idx, type, record_id, competent, flags FROM records ORDER BY log_id, idx"


@pytest.fixture
async def region(postgres_server, migrated_template, tmp_path):
    async with open_region(postgres_server, migrated_template, tmp_path) as opened:
        yield opened


async def test_what_one_publishes_the_other_holds_and_both_have_cosigned(region):
    here, home = await region.open(NODE, every=0.2), await region.open(HOME)
    publisher = Publisher(LOG)
    await home.publish(publisher, [line(1), stated(2), b"no record"])
    await home.publish(publisher, [line(3, id="p1"), line(4)])

    async def held():
        return await here.size() == 5

    assert await until(held) < 5
    assert await here.root() == await home.root() == publisher.tree.root()
    for sql, *given in ((COMMITS, LOG), (DERIVED,)):
        rows = [[tuple(r) for r in await n.db.pool.fetch(sql, *given)] for n in (here, home)]
        assert rows[0] == rows[1]

    async def witnessed():
        note = await LogReader(here.db).checkpoint(LOG)
        return f"{NODE}/witness" in note.decode()

    await until(witnessed)
    note = await LogReader(here.db).checkpoint(LOG)
    keys = [log_key(LOG).vkey, node_key("mirror", HOME).vkey]
    keys += [node_key(use, NODE).vkey for use in ("mirror", "witness")]
    assert len(cosignatures_of(open_note(note, keys))) == 3
    assert await here.audit() == await home.audit() == []
    state = await here.state()
    assert (state.held, state.seen, state.failure, state.alarms) == (5, 5, "", ())


async def test_how_it_goes_is_told_to_whoever_watches(region):
    home, here = await region.open(HOME), await region.open(NODE)
    await home.publish(Publisher(LOG), [line(1)])
    assert await here.follow() == ""
    home.lying.change = lambda target, answer: (
        (200, b"no note") if target.endswith("/checkpoint") else answer
    )
    assert await here.follow() == "malformed"
    async with httpx.AsyncClient(base_url=here.url) as http:
        (log,) = (await http.get("/following")).json()["logs"]
    assert (log["origin"], log["held"], log["seen"]) == (LOG, 1, 1)
    assert (log["failure"], log["alarms"]) == ("malformed", {"malformed": 1})
    assert log["seen_at"] < log["failing_since"]


async def test_answers_say_how_fresh_what_is_followed_is(region):
    home, here = await region.open(HOME), await region.open(NODE)
    await home.publish(Publisher(LOG), [line(1)])
    for held in (False, True):
        async with httpx.AsyncClient(base_url=here.url) as http:
            found = (await http.get("/api/v1/search", params={"q": "示例"})).json()
        cities = {city["origin"]: city for city in found["coverage"]["cities"]}
        assert (cities[LOG]["size"] == 1, cities[LOG]["as_of"] is not None) == (held, held)
        assert await here.follow() == ""


async def test_answers_and_pages_say_since_when_a_home_is_away(region, monkeypatch):
    monkeypatch.setattr(coverage, "BEHIND_FOR", 0.0)
    here, database = await region.open(NODE), region.database()

    async def told() -> tuple[str | None, str]:
        async with httpx.AsyncClient(base_url=here.url) as http:
            found = (await http.get("/api/v1/search", params={"q": "示例"})).json()
            page = (await http.get("/search?q=示例")).text
        cities = {city["origin"]: city["behind_since"] for city in found["coverage"]["cities"]}
        assert all(since is None for origin, since in cities.items() if origin != LOG)
        return cities[LOG], page

    async with region.node(HOME, database=database) as home:
        await home.publish(Publisher(LOG), [line(1)])
        assert await here.follow() == ""
        since, page = await told()
        assert since is None
        assert "未能取得更新" not in page
    region.clock.ahead += 5
    assert await here.follow() == "peer-unreachable"
    since, page = await told()
    assert since == (await here.state()).failing_since.isoformat().replace("+00:00", "Z")
    assert "未能取得更新" in page
    async with region.node(HOME, database=database):
        assert await here.follow() == ""
        assert (await told())[0] is None
        head = "UPDATE follows SET size = size + 1"  # the home has shown more than was fetched
        await here.db.pool.execute(head)
        assert (await told())[0] is not None


async def test_a_home_that_is_away_is_so_for_each_of_its_logs(region):
    home, known = await region.open(NODE), region.charter()
    assert not await home.following.once()
    parties = tuple(replace(p, home=HOME) if p.origin == WUHU else p for p in known.parties)
    home.following.under(replace(known, parties=parties), home.resources.door)
    assert not await home.following.once()
    states = {one.origin: one.failure for one in await home.following.states()}
    assert states == dict.fromkeys((LOG, WUHU), "peer-unreachable")


async def test_under_a_later_charter_other_nodes_are_followed(region):
    here, home = await region.open(NODE, every=0.2), await region.open(HOME)
    publisher, held = Publisher(LOG), here.resources.charter
    parties = tuple(replace(one, home=NODE) for one in held.parties)
    here.following.under(replace(held, parties=parties), here.resources.door)
    assert here.following.peers == {}
    await home.publish(publisher, [line(1)])
    assert await here.following.once()
    await asyncio.sleep(0.5)
    assert await here.size() == 0
    here.following.under(held, here.resources.door)

    async def followed():
        return await here.size() == 1

    assert await until(followed) < 5


async def test_each_follows_the_other(region):
    here, home = await region.open(NODE), await region.open(HOME)
    await home.publish(Publisher(LOG), [line(1)])
    await here.publish(Publisher(WUHU), [line(1), line(2)])
    assert await here.follow() == ""
    await home.following.once()
    assert await home.size(WUHU) == 2
    assert await here.size(LOG) == 1
    assert await here.audit() == await home.audit() == []


async def test_a_tree_that_is_signed_with_another_key_is_followed_before_it_grows(region):
    window = {"from": "2026-01-01T00:00:00Z"}
    keys = [{"vkey": str(log_key(LOG, number).vkey), **window} for number in (0, 1)]
    known = region.charter(keys={LOG: keys})
    home, here = await region.open(HOME, known=known), await region.open(NODE, known=known)
    publisher = Publisher(LOG)
    await home.publish(publisher, [line(1)])
    assert await here.follow() == ""
    publisher.generation = 1
    await home.publish(publisher, [])
    for _ in range(2):
        assert await here.follow() == ""
        commits = await here.db.pool.fetch(COMMITS, LOG)
        assert [tuple(row) for row in commits] == [(0, 1), (1, 1)]
    note = await LogReader(here.db).checkpoint(LOG)
    signed = open_note(note, [log_key(LOG, number).vkey for number in (0, 1)])
    assert len(signed.verified) == 2
    await home.publish(publisher, [line(2)])
    assert await here.follow() == ""
    assert await here.root() == publisher.tree.root()
    assert await here.audit() == await home.audit() == []
    assert await here.alarms() == []
