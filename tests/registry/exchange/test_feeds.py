"""Feeds from approval to stop: what is sent, what is not, and that every way tells the same."""

import asyncio
import json
from typing import Any

import httpx
import msgspec
import pytest

from registry.app import create_app_with
from registry.domain.disclosure import Role
from registry.domain.feeds import Terms, parse_cursor
from registry.exchange import feed_pages, feeds
from registry.projections import follow
from registry.store.feed_sweeps import Hook, HookStore
from registry.store.feeds import FeedStore
from tests.registry.access.conftest import Desk, begun, clock, desk
from tests.registry.api.test_uploads import problem
from tests.registry.exchange.feed_desk import BANK, BUREAU, TERMS, Feed, approve
from tests.registry.query.scene import NANJING, WUHU, act, penalty, uscc
from tests.registry.query.test_amended import amended
from tests.registry.test_app import listening

__all__ = ["begun", "clock", "desk"]


ACTS: tuple[tuple[Any, str], ...] = (
    ("suspended", "suspended"),
    ("resumed", ""),
    ("ended", "ended"),
)


def changed_terms(terms: Terms = TERMS, **changes: Any) -> Terms:
    return msgspec.structs.replace(terms, **changes)


@pytest.fixture
def changed() -> dict[str, object]:
    return {}


@pytest.fixture
async def bank(desk: Desk) -> Feed:
    feed = await approve(desk)
    await feed.step()
    return feed


def names(feed: Feed) -> set[str]:
    """Return by which name the desk has placed what a consumer holds."""
    placed = {(one.origin, one.idx): name for name, one in feed.desk.placed.items()}
    return {placed[at] for at in feed.copy}


def in_order(lines: list[dict[str, Any]]) -> list[dict[str, Any]]:
    return sorted(lines, key=lambda one: (one["origin"], one["idx"]))


async def repair(feed: Feed, name: str = "penalty") -> None:
    placed = feed.desk.placed[name]
    await feed.desk.scene.one(placed.origin, act("repair", placed, "2026-11-01"))


# ------------------------------------------------------------------ what is sent


async def test_a_snapshot_has_what_may_be_shown_and_what_comes_later_is_told(bank: Feed):
    head, *_ = await bank.snapshot()
    assert names(bank) == {"registration", "penalty"}
    assert (head["purpose"], head["onward"]) == (TERMS.purpose, TERMS.onward)
    assert {"320100", "340200"} <= {one["code"] for one in head["coverage"]}
    assert head["known"][WUHU].startswith("6:")
    assert await bank.keep_up() == []
    new = await bank.desk.scene.one(WUHU, penalty())
    await bank.desk.scene.one(NANJING, penalty(publication="government"))
    (line,) = await bank.keep_up()
    assert (line["origin"], line["idx"], line["id"]) == (new.origin, new.idx, new.id)
    assert line["entry"] == new.entry.hex()
    assert line["record"]["type"] == "penalty"
    assert await bank.keep_up() == []
    newest = (await bank.get("")).json()
    assert (newest["standing"], newest["held"], newest["lag"]) == ("good", 3, 0)


async def test_an_organ_gets_what_organs_share_and_each_its_scope(desk: Desk):
    shared = changed_terms(ranges=("public", "government"))
    organ = await approve(desk, BUREAU, shared)
    await organ.snapshot()
    assert names(organ) == {"registration", "penalty", "hidden", "minor", "government"}
    narrow = await approve(desk, BANK, changed_terms(cities=("340200",), types=("penalty",)))
    head, *_ = await narrow.snapshot()
    assert names(narrow) == {"penalty"}
    assert [one["code"] for one in head["coverage"]] == ["340200"]
    assert list(head["known"]) == [WUHU]
    await desk.scene.one(NANJING, penalty())
    await repair(narrow, "registration")
    assert await narrow.keep_up() == []
    assert (await narrow.get("")).json()["held"] == 1


async def test_what_is_repaired_is_a_stop_that_tells_nothing_of_it(bank: Feed):
    await bank.snapshot()
    await repair(bank)
    (line,) = await bank.keep_up()
    gone = bank.desk.placed["penalty"]
    assert line == {
        "line": "stop", "stop": 1, "origin": gone.origin, "idx": gone.idx, "id": gone.id,
        "entry": gone.entry.hex(), "reason": "ended", "due": "2026-11-25",
    }  # fmt: skip
    assert names(bank) == {"registration"}
    await bank.snapshot()
    assert names(bank) == {"registration"}


async def test_nobody_is_told_to_stop_what_he_never_had(bank: Feed):
    """Deltas from the very beginning: of the repaired penalty and the shared ones not a word."""
    bank.cursor = "0.0-0.0"
    lines = await bank.keep_up()
    assert {one["line"] for one in lines} == {"record"}
    assert names(bank) == {"registration", "penalty"}


async def test_a_late_message_brings_nothing_back(bank: Feed):
    """Read from an old cursor the penalty is its stop, though its commit is the earlier."""
    start = (await bank.snapshot())[0]["cursor"]
    placed = await bank.desk.scene.one(WUHU, penalty())
    await bank.keep_up()
    await bank.desk.scene.one(WUHU, act("repair", placed, "2026-11-01"))
    bank.cursor = start
    lines = await bank.keep_up(limit=1)
    assert {one["line"] for one in lines} == {"stop"}
    assert {one["stop"] for one in lines} == {1}


async def test_a_stop_that_is_taken_back_and_a_second_one(bank: Feed):
    await bank.snapshot()
    placed = bank.desk.placed["penalty"]
    repaired = await bank.desk.scene.one(WUHU, act("repair", placed, "2026-11-01"))
    await bank.keep_up()
    back = {"reason": "revoked"}
    await bank.desk.scene.one(WUHU, act("withdrawal", repaired, "2026-11-02", **back))
    (line,) = await bank.keep_up()
    assert (line["line"], line["idx"]) == ("record", placed.idx)
    await bank.desk.scene.one(WUHU, act("repair", placed, "2026-11-03"))
    (line,) = await bank.keep_up()
    assert (line["line"], line["stop"]) == ("stop", 2)
    waiting = (await bank.get("/stops")).json()
    assert ([one["stop"] for one in waiting["stops"]], waiting["unconfirmed"]) == ([1, 2], 2)


async def test_what_stood_upon_a_record_stands_upon_what_replaces_it(bank: Feed):
    organ = await approve(bank.desk, BUREAU, changed_terms(ranges=("public", "government")))
    old, new = bank.desk.placed["penalty"], await bank.desk.scene.one(WUHU, penalty())
    for feed in (bank, organ):
        await feed.snapshot()
    await bank.desk.scene.one(WUHU, amended(old, new))
    for feed in (bank, organ):
        lines = await feed.keep_up()
        assert {one["idx"] for one in lines if one["line"] == "stop"} == {old.idx}
    await bank.desk.scene.one(WUHU, act("repair", old, "2026-11-01"))
    for feed in (bank, organ):
        assert new.idx in {one["idx"] for one in await feed.keep_up() if one["line"] == "stop"}


async def test_what_is_erased_by_order_is_stopped(bank: Feed):
    await bank.snapshot()
    placed = bank.desk.placed["penalty"]
    order = act("erasure_order", placed, "2026-11-01", part="main", basis="《示例法》第一条")
    await bank.desk.scene.state(WUHU, order)
    assert not bank.desk.scene.quarantined, bank.desk.scene.quarantined
    lines = await bank.keep_up()
    stop = next(one for one in lines if one["line"] == "stop")
    assert (stop["id"], stop["entry"]) == (placed.id, placed.entry.hex())
    assert names(bank) <= {"registration"}


# ------------------------------------------------------------------ a day passes


async def test_publicity_that_ends_with_a_day_is_a_stop_and_what_begins_is_told(bank: Feed):
    ends = await bank.desk.scene.one(WUHU, penalty(publicity_until="2026-11-24"))
    begins = await bank.desk.scene.one(WUHU, penalty(published_on="2026-11-25"))
    await bank.snapshot()
    assert (ends.origin, ends.idx) in bank.copy
    assert (begins.origin, begins.idx) not in bank.copy
    await bank.step()
    assert await bank.keep_up() == []
    before = bank.cursor
    bank.desk.clock.go(days=2)
    await bank.step()
    lines = await bank.keep_up(limit=1)
    assert {(one["line"], one["idx"]) for one in lines} == {
        ("stop", ends.idx),
        ("record", begins.idx),
    }
    await bank.step()
    bank.cursor = before
    assert in_order(await bank.keep_up()) == in_order(lines)
    bank.cursor = ""
    copy = set(bank.copy)
    await bank.snapshot()
    assert set(bank.copy) == copy


async def test_a_mark_that_goes_with_a_day_is_told(bank: Feed):
    placed = bank.desk.placed["penalty"]
    stay = act("stay", placed, "2026-11-01", until="2026-11-23", ground="authority")
    await bank.desk.scene.state(WUHU, stay)
    assert not bank.desk.scene.quarantined, bank.desk.scene.quarantined
    await bank.snapshot()
    assert bank.copy[placed.origin, placed.idx]["marks"] == ["stayed"]
    bank.desk.clock.go(days=1)
    await bank.step()
    await bank.keep_up()
    assert bank.copy[placed.origin, placed.idx]["marks"] == []


async def test_a_narrower_approval_stops_what_it_no_longer_spans(bank: Feed):
    await bank.snapshot()
    store = FeedStore(bank.desk.scene.node.db)
    narrow = changed_terms(types=("registration",))
    await store.act(BANK, "approved", "区域办公室", "缩小范围", bank.desk.clock.now(), narrow)
    await bank.step()
    (line,) = await bank.keep_up()
    assert (line["line"], line["reason"]) == ("stop", "out-of-scope")
    assert names(bank) == {"registration"}


# ------------------------------------------------------------------ races and bounds


async def test_what_ends_while_it_is_being_sent_is_not_sent_or_is_stopped(
    bank: Feed, monkeypatch: pytest.MonkeyPatch
):
    """The repair comes between judging and noting what is held."""
    give, done = FeedStore.give, []

    async def late(self: FeedStore, consumer: str, records: Any) -> None:
        if not done:
            done.append(1)
            await repair(bank)
            await bank.step()
        await give(self, consumer, records)

    monkeypatch.setattr(FeedStore, "give", late)
    await bank.snapshot()
    assert names(bank) == {"registration"}
    assert (await bank.get("/stops")).json()["unconfirmed"] == 1


async def test_a_part_is_judged_only_so_often_while_more_is_admitted(
    bank: Feed, monkeypatch: pytest.MonkeyPatch
):
    give = FeedStore.give
    monkeypatch.setattr(feed_pages, "ROUNDS", 2)

    async def busy(self: FeedStore, consumer: str, records: Any) -> None:
        await give(self, consumer, records)
        await bank.desk.scene.one(NANJING, penalty(publication="government"))

    monkeypatch.setattr(FeedStore, "give", busy)
    await bank.snapshot()
    assert names(bank) == {"registration", "penalty"}


async def test_pages_of_any_size_come_to_the_same(bank: Feed, monkeypatch: pytest.MonkeyPatch):
    await bank.snapshot()
    start = bank.cursor
    await bank.desk.scene.state(WUHU, *(penalty() for _ in range(7)))
    await bank.desk.scene.state(NANJING, *(penalty() for _ in range(3)))
    whole = await bank.keep_up()
    copy = dict(bank.copy)
    for limit in (1, 3):
        bank.copy, bank.cursor = {}, start
        parts = await bank.keep_up(limit=limit)
        assert in_order(parts) == in_order(whole)
        assert bank.copy == {at: copy[at] for at in bank.copy}
    monkeypatch.setattr(feed_pages, "EXAMINED_MAX", 1)
    monkeypatch.setattr(feed_pages, "ENTRIES", 2)
    page = await bank.page(start)
    assert (page["more"], len(page["lines"])) == (True, 2)
    assert page["cursor"].partition("-")[0].endswith(".2")


async def test_a_cursor_that_is_none_is_refused(bank: Feed):
    for text in ("", "x", "1", "01.0-0.0", "1.0-0.0 ", "-1.0-0.0", "9" * 49):
        problem(await bank.get("/deltas", after=text), 400, "bad-cursor")


async def test_a_cursor_from_the_future_is_refused_and_says_where_this_node_is(bank: Feed):
    told = problem(await bank.get("/deltas", after="999.0-0.0"), 400, "cursor-ahead")
    assert told["newest"] == str(await bank.feeds.newest())
    problem(await bank.get("/stream", after="0.0-99.0"), 400, "cursor-ahead")


async def test_snapshots_and_streams_are_bounded(bank: Feed, monkeypatch: pytest.MonkeyPatch):
    consumer = await bank.feeds.approved(BANK)
    first = await bank.feeds.snapshot(consumer)
    assert b'"head"' in await anext(first)
    answer = await bank.get("/snapshot")
    problem(answer, 429, "feed-busy")
    assert answer.headers["Retry-After"] == "30"
    await first.aclose()
    await bank.snapshot()
    monkeypatch.setattr(feeds, "STREAMS_EACH", 0)
    problem(await bank.get("/stream"), 429, "feed-busy")


# ------------------------------------------------------------------ who may


async def test_nobody_else_has_a_feed(bank: Feed):
    paths = ("", "/snapshot", "/deltas?after=0.0-0.0", "/stream", "/stops")
    for path in paths:
        answer = await bank.desk.get(f"/api/v1/feeds{path}", None)
        problem(answer, 401, "no-credential")
        problem(await bank.desk.get(f"/api/v1/feeds{path}", Role.REGION), 403, "not-a-consumer")
        answer = await bank.desk.get(f"/api/v1/feeds{path}", Role.CONSUMER)
        problem(answer, 403, "not-approved")
    problem(await bank.get("/consumers"), 403, "not-of-feeds")
    for role in (Role.REGION, Role.AUDITOR, Role.OPERATOR):
        (one,) = (await bank.desk.get("/api/v1/feeds/consumers", role)).json()["consumers"]
        assert (one["consumer"], one["standing"], one["lag"]) == (BANK, "good", None)
    said = {(row["role"], row["kind"], row["outcome"]) for row in await bank.desk.log()}
    assert ("region", "feed-deltas", "not-a-consumer") in said
    assert ("consumer", "feed-stream", "not-approved") in said
    assert ("auditor", "feeds", "answered") in said


async def test_reads_are_written_down_for_the_approved_purpose(bank: Feed):
    await bank.snapshot()
    await bank.page()
    rows = [row for row in await bank.desk.log() if row["role"] == "consumer"]
    assert [(row["kind"], row["outcome"], row["purpose"]) for row in rows] == [
        ("feed-snapshot", "answered", TERMS.purpose),
        ("feed-deltas", "answered", TERMS.purpose),
    ]
    assert rows[1]["place"] == bank.cursor


async def test_an_approval_is_suspended_resumed_and_ended(bank: Feed):
    await bank.snapshot()
    store = FeedStore(bank.desk.scene.node.db)
    for number, (kind, code) in enumerate(ACTS, start=1):
        await store.act(BANK, kind, "区域办公室", "示例", bank.desk.clock.now())
        await bank.step()
        answer = await bank.get("/deltas", after=bank.cursor)
        if not code:
            assert answer.status_code == 200
            continue
        problem(answer, 403, code)
        assert (await bank.get("")).json()["standing"] == code
        await repair(bank, "registration" if number == 1 else "penalty")
        await bank.step()
    assert (await bank.get("/stops")).json()["unconfirmed"] == 2
    await store.act(uscc(77), "suspended", "区域办公室", "示例", bank.desk.clock.now())
    assert await store.consumer(uscc(77)) is None


async def test_an_approval_expires(bank: Feed):
    bank.desk.clock.go(days=220)
    problem(await bank.get("/deltas", after="0.0-0.0"), 403, "expired")


# ------------------------------------------------------------------ stops


async def test_the_loop_outlives_what_fails_and_goes_by_a_later_charter(
    bank: Feed, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr(follow, "IDLE", 0.01)
    loop, failed = bank.feeds.loop, asyncio.Event()

    async def fails() -> int:
        failed.set()
        raise OSError("示例")

    monkeypatch.setattr(loop, "step", fails)
    await asyncio.wait_for(failed.wait(), 3)
    await asyncio.sleep(0)
    assert loop.failures >= 1
    bank.feeds.under(bank.desk.scene.node.charter)
    await bank.snapshot()


async def test_who_does_not_confirm_is_cut_off_until_he_does(bank: Feed):
    await bank.snapshot()
    await repair(bank)
    await bank.step()
    bank.desk.clock.go(days=2)  # Wednesday the 25th, its last day
    assert (await bank.get("/stops")).json()["late"] == 0
    await bank.page()
    bank.desk.clock.go(days=1)
    told = problem(await bank.get("/deltas", after=bank.cursor), 403, "cut-off")
    assert (told["stops"], told["late"]) == ([1], 1)
    state = (await bank.get("")).json()
    assert (state["standing"], state["late"], state["oldest_due"]) == ("cut-off", 1, "2026-11-25")
    problem(await bank.confirm(1, 2), 400, "unknown-stop")
    problem(await bank.confirm(), 400, "stops-number")
    problem(await bank.get("/snapshot"), 403, "cut-off")
    assert (await bank.confirm(1)).json() == {"confirmed": 1, "unconfirmed": 0}
    assert (await bank.confirm(1)).json() == {"confirmed": 1, "unconfirmed": 0}
    assert [one["line"] for one in await bank.keep_up()] == ["stop"]
    assert (await bank.get("/stops")).json() == {"stops": [], "unconfirmed": 0, "late": 0}


async def test_a_stop_is_the_consumers_own(bank: Feed):
    await bank.snapshot()
    await repair(bank)
    await bank.step()
    other = await approve(bank.desk, BUREAU)
    problem(await other.confirm(1), 400, "unknown-stop")


# ------------------------------------------------------------------ the stream


async def read(feed: Feed, start: str, key: str = "") -> tuple[Any, Any]:
    """Open the stream as the handler does; return what yields its events."""
    consumer = await feed.feeds.approved(feed.code)
    who = f"key:{(key or feed.key).split('_')[1]}"
    stream = await feed.feeds.stream(consumer, parse_cursor(start), who)
    return stream, who


def parsed(block: bytes) -> list[dict[str, str]]:
    return [
        dict(line.split(": ", 1) for line in one.splitlines() if not line.startswith(":"))
        for one in block.decode().split("\n\n")
        if one
    ]


async def following(stream: Any, seconds: float = 2.0) -> list[dict[str, str]]:
    """Return the next events; the node has two seconds for them."""
    return parsed(await asyncio.wait_for(anext(stream), seconds))


async def test_a_stream_tells_the_same_within_two_seconds_and_goes_on_from_its_cursor(bank: Feed):
    await bank.snapshot()
    start = bank.cursor
    stream, _ = await read(bank, start)
    assert (await anext(stream)).startswith(b": registry-feed@v1")
    await bank.desk.scene.one(WUHU, penalty())
    record, cursor = await following(stream)
    assert (record["event"], cursor["event"]) == ("record", "cursor")
    await repair(bank)
    stop, last = await following(stream)
    assert (stop["event"], json.loads(stop["data"])["reason"]) == ("stop", "ended")
    await stream.aclose()
    again, _ = await read(bank, cursor["id"])
    await anext(again)
    assert (await following(again))[0] == stop
    await again.aclose()
    lines = await bank.keep_up()
    assert [json.loads(record["data"]), json.loads(stop["data"])] == lines
    assert last["id"] == bank.cursor


async def test_a_stream_shows_that_it_is_there_and_ends_with_the_node(
    bank: Feed, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr(feeds, "BEAT", 0.0)
    await bank.snapshot()
    stream, _ = await read(bank, bank.cursor)
    await anext(stream)
    assert await anext(stream) == b": beat\n\n"
    bank.feeds.close()
    (closed,) = await following(stream)
    assert json.loads(closed["data"]) == {"code": "node-stops"}
    with pytest.raises(StopAsyncIteration):
        await anext(stream)


@pytest.mark.parametrize("why", ["suspended", "key-ended"])
async def test_a_stream_closes_when_it_may_not_go_on(bank: Feed, why: str):
    await bank.snapshot()
    stream, who = await read(bank, bank.cursor)
    await anext(stream)
    if why == "suspended":
        store = FeedStore(bank.desk.scene.node.db)
        await store.act(BANK, "suspended", "区域办公室", "示例", bank.desk.clock.now())
        await bank.step()
    else:
        await bank.desk.keys.revoke(who.removeprefix("key:"), "示例")
    events = await following(stream)
    while events[-1]["event"] == "cursor":
        events = await following(stream)
    assert json.loads(events[-1]["data"]) == {"code": why}


async def test_the_stream_over_http_goes_on_after_the_last_event_id(bank: Feed):
    await bank.snapshot()
    await repair(bank)
    bank.feeds.close()  # so that the answer ends: it would go on for ever
    headers = bank.headers | {"Last-Event-ID": "0.0-0.0"}
    answer = await bank.http.get("/api/v1/feeds/stream", headers=headers)
    assert answer.headers["content-type"].startswith("text/event-stream")
    assert parsed(answer.content)[-1]["event"] == "closed"
    rows = [row["place"] for row in await bank.desk.log() if row["kind"] == "feed-stream"]
    assert rows == ["0.0-0.0"]


# ------------------------------------------------------------------ the page


async def test_the_page_is_for_those_who_look_after_feeds(bank: Feed):
    html = {"Accept": "text/html"}
    get = bank.http.get
    assert (await get("/feeds", headers=html)).status_code == 401
    for role in bank.desk.texts:
        headers = html | {"Authorization": f"Bearer {bank.desk.texts[role]}"}
        answer = await get("/feeds", headers=headers)
        may = role in {Role.REGION, Role.AUDITOR, Role.OPERATOR}
        assert answer.status_code == (200 if may else 403), role
        assert ('href="/feeds"' in answer.text) is may
        assert (TERMS.purpose in answer.text) is may


async def test_the_page_tells_who_is_cut_off_first(desk: Desk):
    shared = changed_terms(ranges=("public", "government"), types=("penalty",), cities=("340200",))
    await approve(desk, BUREAU, msgspec.structs.replace(shared, name="示例局"))
    bank = await approve(desk, BANK, changed_terms(address="https://bank.example/hook"))
    bank.feeds.hooks.begin = lambda _: None  # type: ignore[method-assign]
    await bank.snapshot()
    await repair(bank)
    await bank.step()
    hooks, now = HookStore(desk.scene.node.db), desk.clock.now()
    await hooks.begin(BANK, "1.0-0.0", now)
    await hooks.went(BANK, Hook("1.0-0.0", 2, now, "status-500"))
    await hooks.bury(BANK, "1.0-0.0", "2.0-0.0", "status-500", now)
    desk.clock.go(days=3)
    headers = {"Accept": "text/html", "Authorization": f"Bearer {desk.texts[Role.REGION]}"}
    text = (await bank.http.get("/feeds", headers=headers)).text
    assert text.index("示例银行") < text.index("示例局")
    for said in (
        "已中断：停止使用通知逾期未确认", "1条，其中逾期1条；最早应于2026年11月25日（含）前确认",
        "失败2次：status-500", "从未取用", "地区：芜湖市；", "公开范围：向社会公开、政务共享",
    ):  # fmt: skip
        assert said in text, said
    text = (await bank.http.get("/feeds?lang=en", headers=headers)).text
    assert "cut off: stops were not confirmed in time" in text


async def test_a_stream_over_a_socket_is_given_up_by_either_side(bank: Feed):
    """As a consumer has it: events within two seconds, its place freed when it goes."""
    await bank.snapshot()
    app = create_app_with(bank.desk.served.resources)
    async with listening(app) as base, httpx.AsyncClient(base_url=base) as http:
        open_streams = app.state["feeds"]._streams
        asked = {"url": "/api/v1/feeds/stream", "params": {"after": bank.cursor}}
        async with http.stream("GET", headers=bank.headers, **asked) as answer:
            lines = answer.aiter_lines()
            assert await anext(lines) == ": registry-feed@v1"
            await repair(bank)
            async with asyncio.timeout(2):
                while await anext(lines) != "event: stop":
                    pass
            assert open_streams[BANK] == 1
        for _ in range(60):
            await asyncio.sleep(0.05 if open_streams[BANK] else 0)
        assert not open_streams[BANK]
        async with http.stream("GET", headers=bank.headers, **asked) as answer:
            lines = answer.aiter_lines()
            await anext(lines)
            app.state["feeds"].close()
            async with asyncio.timeout(3):
                assert [line async for line in lines][-2] == 'data: {"code":"node-stops"}'
