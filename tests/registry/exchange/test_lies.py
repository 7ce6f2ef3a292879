"""A home that lies: each lie has a name and is kept with what shows it; nothing is believed."""

import asyncio
import json
from collections.abc import Callable
from contextlib import AsyncExitStack
from dataclasses import dataclass

import pytest
import zstandard

from registry.exchange import pull
from registry.exchange.lies import ALARMS
from registry.ledger.bodies import MAX_CHUNK
from registry.store.following import FollowStore
from registry.store.logs import log_id_of
from signing.checkpoint import Checkpoint, sign_checkpoint
from signing.merkle import CompactRange
from signing.receipt import make_receipt
from tests.registry.exchange.region import HOME, LOG, Answer, Region, RegionNode, open_region
from tests.registry.ingest.test_erase import order as order_about
from tests.registry.ingest.test_erase import stated
from tests.registry.world import NODE, WUHU, Publisher, line, log_key, node_key

CHECKPOINT, BODIES, TILE = f"/log/{LOG}/checkpoint", f"/log/{LOG}/bodies", f"/log/{LOG}/tile/"


@dataclass
class Pair:
    """A node, and the home of the log that it follows."""

    region: Region
    here: RegionNode
    home: RegionNode
    served: AsyncExitStack
    publisher: Publisher

    async def another_home(self, *batches: list[bytes], **how) -> Publisher:
        """Put another node, with the same keys, at the home's address."""
        await self.served.aclose()
        publisher = Publisher(LOG)
        node = self.region.node(HOME, folder=f"other-{self.region.clock.now()}", **how)
        self.home = await self.served.enter_async_context(node)
        for batch in batches:
            await self.home.publish(publisher, batch)
        return publisher

    async def refused(self, kind: str, held: int = 2) -> None:
        """Follow, and expect an alarm of this kind, once however often, and nothing stored."""
        assert await self.here.follow() == kind
        alarms = await self.here.alarms()
        assert await self.here.follow() == kind
        assert await self.here.alarms() == alarms
        assert await self.here.size() == held
        state = await self.here.state()
        assert state.failing_since is not None
        assert dict(state.alarms)[kind] == alarms.count(kind) > 0

    async def told(self, path: str, *answers: tuple[str, Callable[[bytes], Answer], str]) -> None:
        """Have the home answer at a path as said, and expect an alarm of each kind."""
        for name, made, kind in answers:
            self.home.lying.change = lambda target, answer, made=made: (
                made(answer[1]) if target.startswith(path) else answer
            )
            try:
                await self.refused(kind)
            except AssertionError as error:
                raise AssertionError(name) from error
        self.home.lying.change = None
        assert await self.here.follow() == ""
        assert await self.here.audit() == []


@pytest.fixture
async def pair(postgres_server, migrated_template, tmp_path):
    """The log has two records, in one batch, and they are held here."""
    async with (
        open_region(postgres_server, migrated_template, tmp_path) as region,
        AsyncExitStack() as served,
    ):
        here = await region.open(NODE)
        home = await served.enter_async_context(region.node(HOME))
        made = Pair(region, here, home, served, Publisher(LOG))
        await home.publish(made.publisher, [line(1), line(2)])
        assert await here.follow() == ""
        assert await here.size() == 2
        yield made


async def audited(pair: Pair) -> list[str]:
    return await pair.here.audit()


async def test_a_fork_of_the_same_size(pair):
    await pair.another_home([line(1), line(9)])
    await pair.refused("fork")
    (alarm,) = await FollowStore(pair.here.db).alarms(log_id_of(LOG))
    assert alarm.evidence.startswith(f"{LOG}\n2\n".encode())
    assert ["ALARM: fork evidence" in one for one in await audited(pair)] == [True]


@pytest.mark.parametrize("fork", [[line(1), line(9)], [line(8)]], ids=["same batches", "others"])
async def test_a_fork_that_went_on(pair, fork):
    await pair.another_home(fork, [line(n) for n in range(10, 15)])
    await pair.refused("fork")


async def test_a_fork_below_what_is_held(pair):
    await pair.another_home([line(8)])
    await pair.refused("fork")


async def test_a_fork_of_what_was_shown_and_never_fetched(pair):
    await pair.home.publish(pair.publisher, [line(3)])

    def withhold(target: str, answer: Answer) -> Answer:
        return (503, b"") if target.startswith(BODIES) else answer

    pair.home.lying.change = withhold
    assert await pair.here.follow() == "peer-refuses-503"
    await pair.another_home([line(1), line(2)], [line(4), line(5)])
    await pair.refused("fork")


async def test_a_rollback(pair):
    await pair.home.publish(pair.publisher, [line(3)])
    assert await pair.here.follow() == ""
    await pair.another_home([line(1), line(2)])
    await pair.refused("rollback", held=3)
    again = await pair.another_home([line(1), line(2)], [line(3)])
    await pair.home.publish(again, [line(4)])
    pair.region.clock.ahead += 10
    assert await pair.here.follow() == ""  # the home was refilled, and goes on
    assert await pair.here.size() == 4
    assert (await pair.here.state()).failing_since is None
    assert await pair.here.alarms() == ["rollback"]
    assert await audited(pair) == []


async def test_a_log_that_is_gone(pair):
    await pair.another_home()
    await pair.refused("rollback")


def resigned(at: int, key=None, mirror=None) -> bytes:
    """The checkpoint of two records, signed anew."""
    publisher = Publisher(LOG)
    publisher.seal([line(1), line(2)])
    note = sign_checkpoint(Checkpoint(LOG, 2, publisher.tree.root()), key or log_key(LOG))
    return make_receipt(note, mirror or node_key("mirror", HOME), at).note


def second(pair: Pair, ahead: int = 0) -> int:
    return int(pair.region.clock.now().timestamp()) + ahead


LIES_OF_THE_CHECKPOINT = {
    "unknown log key": (lambda pair: resigned(second(pair), log_key(LOG, 7)), "unknown-key"),
    "mirror of another": (
        lambda pair: resigned(second(pair), mirror=node_key("mirror", "node3.example")),
        "unknown-key",
    ),
    "witness for mirror": (
        lambda pair: resigned(second(pair), mirror=node_key("witness", HOME)),
        "unknown-key",
    ),
    "before the last": (lambda pair: resigned(second(pair, -3600)), "backdated"),
    "before the key": (lambda _: resigned(1_700_000_000), "expired-key"),
    "to come": (lambda pair: resigned(second(pair, 3600)), "postdated"),
    "spoilt": (
        lambda pair: resigned(second(pair)).replace(b"\n2\n", b"\n3\n"),
        "bad-signature",
    ),
    "no note": (lambda _: b"hello", "malformed"),
    "cut off": (lambda pair: resigned(second(pair))[:-3], "malformed"),
    "too long": (lambda _: b"x" * (1024 * 1024 + 1), "oversized"),
}


def always(body: bytes) -> Callable[[bytes], Answer]:
    return lambda _: (200, body)


async def test_checkpoints_that_are_none(pair):
    lies = [
        (name, always(made(pair)), kind) for name, (made, kind) in LIES_OF_THE_CHECKPOINT.items()
    ]
    await pair.told(CHECKPOINT, *lies)


async def test_the_checkpoint_of_another_log(pair):
    publisher = Publisher(WUHU)
    await pair.here.publish(publisher, [line(n) for n in range(5)])
    await pair.home.following.once()
    given = await pair.home.app.state["ledger"].checkpoint(WUHU)
    await pair.told(CHECKPOINT, ("of another log", always(given), "unknown-key"))


async def test_backdated_since_it_was_last_not_there(pair):
    """The cosignature is later than the one before, but a newer tree was not shown back then."""
    pair.region.clock.ahead += 5000
    assert await pair.here.follow() == ""
    late = type(pair.region.clock)(ahead=pair.region.clock.ahead - 3000)
    await pair.served.aclose()
    pair.home = await pair.served.enter_async_context(
        pair.region.node(HOME, database=_database(pair), clock=late)
    )
    await pair.home.publish(pair.publisher, [line(3)])
    await pair.refused("backdated")


def _database(pair: Pair):
    """The database of the home that was opened second."""
    name = pair.region.databases[1]
    owner = pair.region.server.url(name)
    made = pair.region.database()
    return type(made)(owner, owner.replace("://postgres:", "://registry_service:", 1))


async def test_a_key_that_was_revoked(pair):
    """The home goes by a charter in which the key is still good."""
    window = {"from": "2026-01-01T00:00:00Z", "until": "2026-11-23T04:10:00Z"}
    known = pair.region.charter(keys={LOG: [{"vkey": str(log_key(LOG).vkey), **window}]})
    await _with_charter(pair, known)
    pair.region.clock.ahead += 3600
    await pair.home.publish(pair.publisher, [line(3)])
    await pair.refused("expired-key")


async def _with_charter(pair: Pair, known) -> None:
    for pulls in pair.here.following.peers.values():
        for one in pulls:
            one.trust = type(one.trust)(known, one.trust.origin)


async def more(pair: Pair, count: int = 3) -> None:
    await pair.home.publish(pair.publisher, [line(n) for n in range(3, 3 + count)])


def packed(text: bytes) -> bytes:
    return zstandard.ZstdCompressor().compress(text)


def unpacked(body: bytes) -> bytes:
    return zstandard.ZstdDecompressor().decompress(body)


def header(body: bytes, **changes) -> bytes:
    head, _, rest = unpacked(body).partition(b"\n")
    return packed(json.dumps({**json.loads(head), **changes}).encode() + b"\n" + rest)


NOTHING_PACKED = b"\x28\xb5\x2f\xfd\x00\x58"
"""Begins a zstd frame (RFC 8878 3.1.1); three zero bytes are an empty block of it."""
GONE = {"idx": 3, "entry": "00" * 64, "orders": [["both", 4]]}
LIES_OF_THE_BODIES = {
    "none at all": (lambda _: (404, b""), "bodies-withheld"),
    "no lines": (
        lambda body: (200, packed(header_only(body))),
        "bodies-withheld",
    ),
    "fewer than announced": (
        lambda body: (200, packed(unpacked(body)[:-1].rpartition(b"\n")[0] + b"\n")),
        "truncated",
    ),
    "cut off": (lambda body: (200, body[:-5]), "truncated"),
    "not packed": (lambda _: (200, b"hello"), "malformed"),
    "of another place": (lambda body: (200, header(body, **{"from": 3, "to": 6})), "malformed"),
    "of another log": (lambda body: (200, header(body, origin=WUHU)), "malformed"),
    "other lines": (
        lambda body: (200, packed(unpacked(body).replace(b"p4", b"q4"))),
        "bodies-differ",
    ),
    "in another order": (lambda body: (200, packed(swapped(unpacked(body)))), "bodies-differ"),
    "erased by nothing": (
        lambda body: (200, header(body, erased=[{**GONE, "orders": []}])),
        "bodies-differ",
    ),
    "no checkpoints": (lambda body: (200, header(body, checkpoints=[])), "checkpoints-withheld"),
    "earlier checkpoints": (
        lambda body: (200, header(body, checkpoints=[resigned(1_800_000_000).decode()])),
        "checkpoints-withheld",
    ),
    "checkpoints that are none": (lambda body: (200, header(body, checkpoints=["x"])), "malformed"),
    "too long": (lambda _: (200, NOTHING_PACKED + bytes(MAX_CHUNK)), "oversized"),
    "a bomb": (lambda _: (200, packed(b"x" * (MAX_CHUNK + 1))), "malformed"),
}


def header_only(body: bytes) -> bytes:
    head = json.loads(unpacked(body).partition(b"\n")[0])
    return json.dumps({**head, "to": head["from"]}).encode() + b"\n"


def swapped(text: bytes) -> bytes:
    head, one, two, *rest = text.split(b"\n")
    return b"\n".join((head, two, one, *rest))


async def test_bodies_that_are_none(pair):
    await more(pair)
    lies = [(name, change, kind) for name, (change, kind) in LIES_OF_THE_BODIES.items()]
    await pair.told(BODIES, *lies)
    assert await pair.here.size() == 5
    for alarm in await FollowStore(pair.here.db).alarms(log_id_of(LOG)):  # no body stays in one
        shown = (f"{LOG}\n".encode(), b"x", b"no", b"what", *map(str.encode, "123456789"))
        assert alarm.evidence.startswith(shown)
        assert len(alarm.evidence) < 2000


async def test_a_checkpoint_among_batches_that_contradicts_the_newest(pair):
    await more(pair, 1)
    await pair.home.publish(pair.publisher, [line(8), line(9)])
    tree = CompactRange()
    tree.extend([bytes(32)] * 3)
    note = sign_checkpoint(Checkpoint(LOG, 3, tree.root()), log_key(LOG))
    forked = make_receipt(note, node_key("mirror", HOME), second(pair)).note.decode()

    def change(target: str, answer: Answer) -> Answer:
        if not target.startswith(BODIES):
            return answer
        last = json.loads(unpacked(answer[1]).partition(b"\n")[0])["checkpoints"][-1]
        return 200, header(answer[1], checkpoints=[forked, last])

    pair.home.lying.change = change
    await pair.refused("fork")


async def test_tiles_of_another_log(pair, monkeypatch):
    monkeypatch.setattr(pull, "MAX_ENTRIES", 2)
    await more(pair, 5)
    asked: list[str] = []

    def other(target: str, answer: Answer) -> Answer:
        if target.startswith(TILE):
            asked.append(target)
            return 200, bytes(reversed(answer[1]))
        return answer

    pair.home.lying.change = other
    await pair.refused("tiles-differ")
    assert asked
    for wrong in (b"", b"x" * 9000):
        pair.home.lying.change = lambda target, answer, wrong=wrong: (
            (200, wrong) if target.startswith(TILE) else answer
        )
        assert await pair.here.follow() in {"tiles-differ", "oversized"}
    pair.home.lying.change = lambda target, answer: (
        (404, b"") if target.startswith(TILE) else answer
    )
    assert await pair.here.follow() == "tiles-differ"
    pair.home.lying.change = None
    assert await pair.here.follow() == ""
    assert await pair.here.root() == pair.publisher.tree.root()


async def test_batches_without_end(pair, monkeypatch):
    monkeypatch.setattr(pull, "MAX_ENTRIES", 2)
    monkeypatch.setattr(pull, "MAX_RECORDS", 3)
    await more(pair, 6)
    await pair.refused("checkpoints-withheld")


async def test_an_answer_packed_against_the_request(pair):
    class Packing:
        async def __call__(self, scope, receive, send):
            async def add(message):
                if message["type"] == "http.response.start":
                    message["headers"] = [*message["headers"], (b"content-encoding", b"gzip")]
                await send(message)

            await pair.home.app(scope, receive, add if scope["type"] == "http" else send)

    pair.home.lying.app = Packing()
    await pair.refused("malformed")


DERIVED = "SELECT subject_id, idx, type, competent, flags FROM records ORDER BY log_id, idx"


# What is missing of a body ----------------------------------------------------------------------


async def erased_at_home(pair: Pair, part: str = "both") -> bytes:
    """Publish a record about a person and the order that erases it; return the line."""
    body = stated(5)
    await pair.home.publish(pair.publisher, [line(3), body])
    await pair.home.publish(pair.publisher, [order_of(6, body, part)])
    return body


def order_of(number: int, body: bytes, part: str = "both") -> bytes:
    target = json.loads(order_about(number, body, "p5", part).partition(b"\t")[0])["target"]
    return order_about(number, body, "p5", part, target={**target, "origin": LOG})


@pytest.mark.parametrize("part", ["main", "restricted", "both"])
async def test_what_was_erased_by_order_comes_without(pair, part):
    body = await erased_at_home(pair, part)
    await pair.home.publish(pair.publisher, [line(7)])
    assert await pair.here.follow() == ""
    assert await pair.here.root() == pair.publisher.tree.root()
    row = await pair.here.db.pool.fetchrow(
        "SELECT main, restricted FROM entries WHERE idx = 3 ORDER BY log_id LIMIT 1"
    )
    assert (row[0] is None, row[1] is None) == (part != "restricted", part != "main")
    assert body.partition(b"\t")[0 if part == "restricted" else 2] in {row[0], row[1]} or (
        part == "both"
    )
    assert await audited(pair) == []
    rows = [[tuple(r) for r in await n.db.pool.fetch(DERIVED)] for n in (pair.here, pair.home)]
    assert part != "restricted" or rows[0] == rows[1]


async def test_an_order_far_behind_is_fetched_and_proven(pair, monkeypatch):
    monkeypatch.setattr(pull, "MAX_ENTRIES", 2)
    await erased_at_home(pair)
    for number in range(10, 13):
        await pair.home.publish(pair.publisher, [line(number)])
    assert await pair.here.follow() == ""
    assert await audited(pair) == []
    assert f"{BODIES}?from=4&count=1" in pair.home.lying.asked


def gone_as(pair: Pair, **changes) -> None:
    """Have the home say something else of what is missing."""

    def change(target: str, answer: Answer) -> Answer:
        if not target.startswith(BODIES) or answer[0] != 200:
            return answer
        erased = json.loads(unpacked(answer[1]).partition(b"\n")[0])["erased"]
        return 200, header(answer[1], erased=[{**one, **changes} for one in erased])

    pair.home.lying.change = change


ORDERS = {
    "none": [],
    "before": [["both", 2]],
    "no order": [["both", 5]],
    "another part": [["main", 4]],
    "itself": [["both", 3]],
    "beyond the log": [["both", 900]],
}


async def test_a_missing_body_needs_its_order(pair):
    await erased_at_home(pair)
    await pair.home.publish(pair.publisher, [line(7)])
    for orders in ORDERS.values():
        gone_as(pair, orders=orders)
        assert await pair.here.follow() == "bodies-withheld", orders
    assert set(await pair.here.alarms()) == {"bodies-withheld"}
    assert await pair.here.size() == 2


async def test_an_order_of_another_record_is_none(pair):
    await erased_at_home(pair)
    other = stated(5, facts="另一事实")
    await pair.home.publish(pair.publisher, [order_of(8, other)])
    gone_as(pair, orders=[["both", 5]])
    await pair.refused("bodies-withheld")


@pytest.mark.parametrize("answer", [(404, b""), None], ids=["withheld", "another line"])
async def test_an_order_that_cannot_be_shown(pair, monkeypatch, answer):
    monkeypatch.setattr(pull, "MAX_ENTRIES", 2)
    await erased_at_home(pair)

    def change(target: str, given: Answer) -> Answer:
        if target != f"{BODIES}?from=4&count=1":
            return given
        spoilt = packed(unpacked(given[1]).replace(b'"p6"', b'"p9"'))
        return answer or (200, spoilt)

    pair.home.lying.change = change
    await pair.refused("bodies-withheld")


async def test_an_order_that_came_meanwhile(pair):
    """The body was erased between the checkpoint and the bodies."""
    body = stated(5)
    await pair.home.publish(pair.publisher, [line(3), body])
    loop = asyncio.get_running_loop()
    waiting: list[asyncio.Future] = []

    class Late:
        async def __call__(self, scope, receive, send):
            if scope["type"] == "http" and scope["path"] == BODIES and not waiting:
                waiting.append(loop.create_future())
                await self.erase()
            await pair.home.app(scope, receive, send)

        async def erase(self):
            door = pair.home.resources.door

            async def chunks():
                yield pair.publisher.seal([order_of(6, body)])

            await door.admit(LOG, chunks(), "identity")

    pair.home.lying.app = Late()
    assert await pair.here.follow() == ""
    assert await pair.here.follow() == ""
    assert await pair.here.size() == 5
    assert await audited(pair) == []


def test_every_alarm_is_named_in_both_languages():
    assert len(ALARMS) == 16
    assert all(english.isascii() and not chinese.isascii() for chinese, english in ALARMS.values())
