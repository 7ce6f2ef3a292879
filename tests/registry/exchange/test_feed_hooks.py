"""Webhooks: signed, retried, buried and sent again; never to an address of our own network."""

import asyncio
import json
from collections.abc import AsyncIterator
from dataclasses import replace
from ipaddress import ip_address, ip_network
from typing import Any

import msgspec
import pytest

from registry.clock import unix
from registry.domain.feeds import parse_cursor
from registry.errors import UnavailableRefusal
from registry.exchange import feed_hooks, feed_post, feed_sight
from registry.exchange.feed_hooks import Hooks, Pauses
from registry.exchange.feed_post import PostError, Posting, allowed
from registry.store.feed_sweeps import HookStore
from registry.store.feeds import FeedStore
from signing.httpsig import Request, verify_request
from tests.registry.access.conftest import Desk, begun, clock, desk
from tests.registry.exchange.feed_desk import BANK, TERMS, Feed, approve
from tests.registry.exchange.receiver import OK, Receiver, receiving
from tests.registry.query.scene import NANJING, WUHU, act, penalty
from tests.registry.world import NOON, node_key

__all__ = ["begun", "clock", "desk"]
HERE = ip_network("127.0.0.0/8")
PAUSES = Pauses(first=8.0, tries=3, chance=lambda: 1.0)


@pytest.fixture
def changed() -> dict[str, object]:
    return {}


@pytest.fixture
async def receiver() -> AsyncIterator[Receiver]:
    async with receiving() as running:
        yield running


@pytest.fixture
async def hooked(desk: Desk, receiver: Receiver) -> Feed:
    """A consumer with a webhook that has begun; the test says when it is delivered."""
    feed = await approve(desk, BANK, msgspec.structs.replace(TERMS, address=receiver.url))
    feed.feeds.hooks.begin = lambda _: None  # type: ignore[method-assign]
    await feed.step()
    await feed.snapshot()
    await hooks(feed).deliver(await feed.feeds.known(BANK))
    return feed


def hooks(feed: Feed, *networks: Any) -> Hooks:
    posting = Posting(node_key("mirror"), feed.desk.clock, networks or (HERE,))
    store = HookStore(feed.desk.scene.node.db)
    return Hooks(feed.feeds._pages, store, posting, feed.desk.clock, PAUSES)


async def deliver(feed: Feed, *networks: Any) -> bool:
    return await hooks(feed, *networks).deliver(await feed.feeds.known(BANK))


async def hook(feed: Feed) -> Any:
    return await HookStore(feed.desk.scene.node.db).hook(BANK)


async def test_a_batch_is_what_a_page_is_signed_by_the_node(hooked: Feed, receiver: Receiver):
    assert await deliver(hooked) is False
    assert receiver.came == []
    await hooked.desk.scene.one(WUHU, penalty())
    await hooked.desk.scene.one(NANJING, penalty(publication="government"))
    expected = await hooked.page()
    assert await deliver(hooked) is True
    (came,) = receiver.came
    assert json.loads(came.body) == expected
    assert came.target == "/hook?x=1"
    asked = Request("POST", f"127.0.0.1:{receiver.port}", came.target, came.body)
    key = node_key("mirror").vkey
    verify_request(asked, came.fields, lambda _: key, unix(hooked.desk.clock))
    assert came.fields["content-digest"].startswith("sha-256=:")
    assert await deliver(hooked) is False
    assert str((await hook(hooked)).cursor) == expected["cursor"]
    await hooked.desk.scene.one(NANJING, penalty(publication="government"))
    assert await deliver(hooked) is False, "there is nothing in it for this consumer"
    assert len(receiver.came) == 1
    assert (await hook(hooked)).cursor != expected["cursor"]
    store = HookStore(hooked.desk.scene.node.db)
    await store.bury(BANK, expected["cursor"], (await hook(hooked)).cursor, "x", NOON)
    await store.mark(BANK, 1, "again")
    await deliver(hooked)
    assert (await store.dead(BANK), len(receiver.came)) == ((), 1)


async def test_a_receiver_that_was_down_gets_what_holds_when_it_is_back(
    hooked: Feed, receiver: Receiver
):
    """What was repaired meanwhile comes as its stop, and never as the record."""
    placed = await hooked.desk.scene.one(WUHU, penalty())
    await hooked.keep_up()
    receiver.answers = [b"HTTP/1.1 500 No\r\n\r\n", OK]
    assert await deliver(hooked) is False
    state = await hook(hooked)
    assert (state.failures, state.failure) == (1, "status-500")
    await hooked.desk.scene.one(WUHU, act("repair", placed, "2026-11-01"))
    assert await deliver(hooked) is False, "not before the pause is over"
    assert len(receiver.came) == 1
    hooked.desk.clock.go(seconds=9)
    assert await deliver(hooked) is True
    (line,) = json.loads(receiver.came[-1].body)["lines"]
    assert (line["line"], line["idx"]) == ("stop", placed.idx)
    assert ((await hook(hooked)).failures, (await hook(hooked)).failure) == (0, "")


async def test_a_dead_letter_is_sent_again_when_it_is_asked_for(hooked: Feed, receiver: Receiver):
    store = HookStore(hooked.desk.scene.node.db)
    first = await hooked.desk.scene.one(WUHU, penalty())
    receiver.answers = [b"HTTP/1.1 302 Found\r\nLocation: http://127.0.0.1:1/\r\n\r\n"]
    for _ in range(3):
        await deliver(hooked)
        hooked.desk.clock.go(hours=1)
    (dead,) = await store.dead(BANK)
    assert (dead.failure, dead.state) == ("status-302", "dead")
    assert (await hooked.get("")).json()["dead"] == 1
    await store.mark(BANK, dead.number, "again")
    await deliver(hooked)
    assert [one.state for one in await store.dead(BANK)] == ["dead"], "it failed once more"
    await hooked.desk.scene.one(WUHU, act("repair", first, "2026-11-01"))
    receiver.answers = [OK]
    receiver.came.clear()
    await store.mark(BANK, dead.number, "again")
    assert await deliver(hooked) is True
    again, after = (json.loads(one.body)["lines"] for one in receiver.came)
    assert [one["line"] for one in again] == ["stop"], "it may have read what it did not take"
    assert again == after
    assert await store.dead(BANK) == ()
    assert not await store.mark(BANK, dead.number, "again")


LIES = {
    b"HTTP/1.1 200 OK\r\nContent-Length: 9999999999\r\n\r\nx": "",
    b"HTTP/1.1 200 OK\r\nContent-Length: 1\r\n\r\n" + b"x" * 100_000: "",
    b"HTTP/1.1 200 OK\r\n" + b"X: " + b"y" * 2_000_000 + b"\r\n\r\n": "unreachable",
    b"nonsense\r\n\r\n": "unreachable",
    b"": "unreachable",
    b"HTTP/1.1 301 Moved\r\nLocation: http://10.0.0.1/\r\n\r\n": "status-301",
}


async def test_a_receiver_that_lies(hooked: Feed, receiver: Receiver):
    """About its size, with an endless head, with nonsense, with a redirect to where it may not."""
    for answer, failure in LIES.items():
        await hooked.desk.scene.one(WUHU, penalty())
        receiver.answers, receiver.came = [answer], []
        hooked.desk.clock.go(minutes=1)
        assert await deliver(hooked) is not bool(failure)
        assert (await hook(hooked)).failure == failure
        assert len(receiver.came) == 1


async def test_a_receiver_that_is_slow_or_gone(
    hooked: Feed, receiver: Receiver, monkeypatch: pytest.MonkeyPatch
):
    feed_post.trusted()
    monkeypatch.setattr(feed_post, "WHOLE", 0.3)
    receiver.silent = 0.4
    await hooked.desk.scene.one(WUHU, penalty())
    await deliver(hooked)
    assert (await hook(hooked)).failure == "too-slow"
    await asyncio.sleep(0.2)
    monkeypatch.undo()
    posting = hooks(hooked)._posting
    with pytest.raises(PostError, match=r"ConnectError") as told:
        await posting.post("http://127.0.0.1:1/", b"{}")
    assert told.value.reason == "unreachable"
    with pytest.raises(PostError) as told:
        await posting.post("http://no-such-name.invalid/", b"{}")
    assert told.value.reason in {"address-unknown", "too-slow"}


async def test_no_private_address_unless_the_settings_allow_it(hooked: Feed, receiver: Receiver):
    await hooked.desk.scene.one(WUHU, penalty())
    assert await deliver(hooked, ip_network("192.0.2.0/24")) is False
    assert (await hook(hooked)).failure == "address-refused"
    assert receiver.came == []


@pytest.mark.parametrize(
    "address",
    [
        "127.0.0.1", "10.1.2.3", "172.16.0.1", "192.168.0.1", "169.254.169.254", "100.64.0.1",
        "0.0.0.1", "224.0.0.1", "239.1.1.1", "255.255.255.255", "::1", "::", "fe80::1", "fd00::1",
        "ff02::1", "::ffff:127.0.0.1", "::ffff:10.0.0.1", "64:ff9b::7f00:1", "2002:7f00:1::",
        "2001:0:7f00:1::", "::127.0.0.1",
    ],
)  # fmt: skip
def test_addresses_that_are_refused(address: str):
    good = ip_address("93.184.215.14")
    with pytest.raises(PostError, match="not public"):
        allowed([good, ip_address(address)], (), plain=False)
    assert allowed([good], (), plain=False) == good


def test_plain_http_is_for_networks_that_are_named():
    good = ip_address("93.184.215.14")
    with pytest.raises(PostError, match="plain http"):
        allowed([good], (), plain=True)
    inner = ip_address("10.1.2.3")
    named = [ip_network("10.0.0.0/8"), ip_network("fd00::/8")]
    assert allowed([inner], named, plain=True) == inner
    assert allowed([ip_address("::ffff:10.1.2.3")], named, plain=False)
    with pytest.raises(PostError) as told:
        allowed([], (), plain=False)
    assert told.value.reason == "address-unknown"


async def test_the_node_delivers_by_itself_one_beside_the_other(
    desk: Desk,
    receiver: Receiver,
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
):
    feed = await approve(desk, BANK, msgspec.structs.replace(TERMS, address=receiver.url))
    made = hooks(feed)
    feed.feeds.loop._hooks = made
    await feed.step()
    task = made._under_way[BANK]
    await task
    await desk.scene.one(WUHU, penalty())
    await feed.step()
    await made._under_way[BANK]
    assert len(receiver.came) == 1
    monkeypatch.setattr(feed_hooks, "parse_cursor", lambda _: 1 / 0)
    made.begin(await feed.feeds.known(BANK))
    made.begin(await feed.feeds.known(BANK))
    await made._under_way[BANK]
    assert "division by zero" in caplog.text
    monkeypatch.undo()
    damaged = UnavailableRefusal("示例", "a body differs", code="body-differs")

    def differs(_: object) -> None:
        raise damaged

    # Before there is anything to deliver: the node's own loop may be the first to try.
    monkeypatch.setattr(feed_sight, "intact", differs)
    await desk.scene.one(WUHU, penalty())
    made.begin(await feed.feeds.known(BANK))
    await made._under_way[BANK]
    assert "a body differs" in caplog.text
    await made.stop()
    assert not made._under_way
    store = FeedStore(desk.scene.node.db)
    await store.act(BANK, "suspended", "区域办公室", "示例", desk.clock.now())
    await feed.step()
    assert made._under_way == {}


def test_pauses_grow_to_a_bound():
    pauses = Pauses(chance=lambda: 1.0)
    assert [pauses.after(n).total_seconds() for n in (1, 2, 3, 20)] == [5.0, 10.0, 20.0, 3600.0]
    assert replace(pauses, chance=lambda: 0.0).after(1).total_seconds() == 2.5
    assert parse_cursor("1.2-3.4").row == 4
