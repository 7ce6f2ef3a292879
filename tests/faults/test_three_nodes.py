"""Three nodes and two publishers, all over one bad network: it delays, and never deceives.

Between any two stands a proxy that drops, delays, truncates, corrupts, reorders and replays what
passes, requests as well as answers; each node has a database of its own.
"""

import asyncio
import contextlib
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack
from dataclasses import dataclass

import httpx
import pytest
from msgspec import Raw, json

from registry.exchange import pull
from registry.exchange.home import Trust
from registry.store.following import FollowStore
from registry.store.logs import LogStore, log_id_of
from signing.errors import SigningError
from signing.merkle import CompactRange, leaf_hash
from signing.record import entry_of, split_line
from tests.faults.test_following import HEADER_END, Proxy
from tests.registry.api.conftest import BATCH
from tests.registry.exchange.region import HOME, LOG, Region, RegionNode, free_port, open_region
from tests.registry.world import NODE, WUHU, Publisher, line

THIRD = "node3.example"
NAMES = (NODE, HOME, THIRD)
HOMES = {WUHU: NODE, LOG: HOME}
SIZES = (3, 9, 6)
COMMITTED = """
SELECT l.origin, c.start_idx, c.end_idx FROM commits c JOIN logs l USING (log_id)
ORDER BY l.origin, c.seq
"""
DERIVED = "SELECT log_id, idx, type, record_id, competent, flags FROM records ORDER BY 1, 2"


class Hostile(Proxy):
    """Does to requests what the other does to answers."""

    def __init__(self, port: int, seed: int) -> None:
        super().__init__(port, seed)
        self.requests: list[bytes] = []

    async def _ask(self, request: bytes) -> bytes:
        deed = self._random.choice(ON_THE_WAY) if self.bad else "nothing"
        self.done.append(f"request {deed}")
        if deed == "replay" and self.requests:
            await super()._ask(self._random.choice(self.requests))
        elif deed == "twice":
            await super()._ask(request)
        self.requests = [*self.requests[-20:], request]
        head, _, body = request.partition(HEADER_END)
        if deed == "corrupt" and body:
            at = self._random.randrange(len(body))
            body = body[:at] + bytes([body[at] ^ 1 << self._random.randrange(8)]) + body[at + 1 :]
            request = head + HEADER_END + body
        return await super()._ask(request)


ON_THE_WAY = ("nothing", "nothing", "nothing", "replay", "twice", "corrupt")


@dataclass
class Three:
    """The nodes by name, and what stands before each."""

    region: Region
    nodes: dict[str, RegionNode]
    proxies: dict[str, Hostile]

    async def state(self, publisher: Publisher, lines: list[bytes]) -> None:
        """Send a batch until a receipt comes that verifies, the same bytes each time."""
        home = HOMES[publisher.origin]
        batch, url = publisher.seal(lines), f"/log/{publisher.origin}/batch"
        trust = Trust(self.region.charter(), publisher.origin)
        for _ in range(60):
            with contextlib.suppress(httpx.HTTPError, ValueError, KeyError, SigningError):
                async with httpx.AsyncClient(base_url=self.region.urls[home], timeout=5) as http:
                    answer = await http.post(url, content=batch, headers=BATCH)
                receipt = trust.open(answer.json()["receipt"].encode())
                if answer.status_code == 200 and receipt.size == publisher.tree.size:
                    return
            await asyncio.sleep(0.02)
        pytest.fail("no receipt came")


@pytest.fixture
async def three(postgres_server, migrated_template, tmp_path, monkeypatch) -> AsyncIterator[Three]:
    monkeypatch.setattr(pull, "MAX_ENTRIES", 4)
    async with (
        open_region(postgres_server, migrated_template, tmp_path, NAMES) as region,
        AsyncExitStack() as stack,
    ):
        proxies = {}
        for seed, name in enumerate(NAMES):
            proxy = Hostile(region.ports[name], seed)
            proxy.listens = free_port()
            server = await asyncio.start_server(proxy.serve, "127.0.0.1", proxy.listens)
            stack.callback(server.close)
            region.urls[name] = f"http://127.0.0.1:{proxy.listens}"
            proxies[name] = proxy
        nodes = {name: await region.open(name) for name in NAMES}
        yield Three(region, nodes, proxies)


async def test_two_publishers_at_once_and_all_nodes_agree(three):
    numbers, roots = iter(range(1000)), {}

    async def publish(publisher: Publisher) -> None:
        tree = CompactRange()
        roots[publisher.origin] = {0: tree.root()}
        for size in SIZES:
            lines = [line(next(numbers)) for _ in range(size)]
            for one in lines:
                tree.extend([leaf_hash(entry_of(*split_line(one)))])
                roots[publisher.origin][tree.size] = tree.root()
            await three.state(publisher, lines)

    publishers = [Publisher(origin) for origin in HOMES]
    stating = asyncio.gather(*map(publish, publishers))
    while not stating.done():
        three.region.clock.ahead += 1
        await asyncio.gather(*(node.following.once() for node in three.nodes.values()))
        for node in three.nodes.values():
            for origin in HOMES:  # whatever is held is a state the log was in
                head = await LogStore(node.db).head(log_id_of(origin))
                assert head is None or head.root == roots[origin][head.size]
    await stating
    deeds = {deed for proxy in three.proxies.values() for deed in proxy.done}
    assert deeds >= {"drop", "truncate", "corrupt", "replay", "request replay", "request twice"}
    for proxy in three.proxies.values():
        proxy.bad = False
    three.region.clock.ahead += 10
    for node in three.nodes.values():
        assert await node.following.once()
    await agree(three, publishers)


async def agree(three: Three, publishers: list[Publisher]) -> None:
    """Equal roots, batches, records and decisions in all nodes; nothing wrong, no log accused."""
    nodes, told = list(three.nodes.values()), []
    for node in nodes:
        assert [await node.root(one.origin) for one in publishers] == [
            one.tree.root() for one in publishers
        ]
        assert await node.audit() == []
        for origin in HOMES:
            kinds = {a.kind for a in await FollowStore(node.db).alarms(log_id_of(origin))}
            assert not kinds & {"fork", "expired-key"}  # a replay may look like a rollback
        rows = [
            [tuple(row) for row in await node.db.pool.fetch(sql)] for sql in (COMMITTED, DERIVED)
        ]
        told.append((rows, await decided(node)))
    assert len(told[0][0][1]) == 2 * sum(SIZES)
    assert told[0] == told[1] == told[2]


async def decided(node: RegionNode) -> bytes:
    """Return the bytes of a decision that a node answers, and of what it rests on."""
    (subject,) = await node.db.pool.fetch("SELECT DISTINCT subject_id FROM records")
    path = f"/api/v1/subjects/{subject['subject_id'].hex()}/decision"
    async with httpx.AsyncClient(base_url=f"http://127.0.0.1:{node.port}") as http:
        answer = await http.get(path, params={"territory": "340200", "on": "2026-11-23"})
    assert answer.status_code == 200, answer.text
    parts = json.decode(answer.content, type=dict[str, Raw])
    return bytes(parts["decision"]) + bytes(parts["used"])
