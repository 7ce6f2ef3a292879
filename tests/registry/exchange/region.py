"""A region for tests: whole nodes on this machine's loopback, each over a database of its own."""

import asyncio
import contextlib
import fcntl
import os
import random
import socket
import tempfile
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from functools import cache
from itertools import cycle, islice
from pathlib import Path
from time import monotonic
from typing import TextIO

import httpx
from litestar import Litestar
from litestar.types import Receive, Scope, Send
from pydantic import SecretStr

from registry.exchange.following import Following
from registry.ingest.admission import Means, no_fault
from registry.ingest.admit import Door
from registry.ingest.recheck import audit_records
from registry.ingest.slots import Slots
from registry.ledger.audit import audit_logs
from registry.ledger.cosigned import CosignedFiles
from registry.ledger.read import LogReader
from registry.resources import Resources
from registry.settings import Settings
from registry.store.engine import Database, open_database
from registry.store.following import FollowState, FollowStore
from registry.store.logs import log_id_of
from search.postgres import PostgresEngine
from search.texts.postgres import PostgresTexts
from signing.charter import Charter
from tests.conftest import Server, TestDatabase
from tests.registry.api.conftest import BATCH, pooled
from tests.registry.test_app import listening
from tests.registry.world import ELSEWHERE, NODE, NOON, Publisher, charter, node_key

HOME = "node2.example"
"""The home of the log that is followed."""
LOG = ELSEWHERE


@dataclass
class Ticking:
    """A clock that goes on from noon, and can be set."""

    ahead: float = 0.0
    began: float = field(default_factory=monotonic)

    def now(self) -> datetime:
        return NOON + timedelta(seconds=monotonic() - self.began + self.ahead)


def _block() -> Iterator[int]:
    """Take ports for this process alone, of those that no connection takes for its own end.

    A node that is away in a test must find its port free when it is back: no worker, and no other
    run on this machine, may have been given it meanwhile.
    """
    folder = Path(tempfile.gettempdir()) / f"registry-ports-{os.getuid()}"
    folder.mkdir(mode=0o700, exist_ok=True)
    blocks = list(range(20_000, 32_000, BLOCK))
    random.SystemRandom().shuffle(blocks)
    for first in blocks:
        lock = (folder / str(first)).open("w")
        with contextlib.suppress(BlockingIOError):
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
            LOCKS.append(lock)  # until the process ends
            return cycle(range(first, first + BLOCK))
        lock.close()
    message = "every block of ports is taken"
    raise RuntimeError(message)


BLOCK = 60
LOCKS: list[TextIO] = []
_ports = cache(_block)


def free_port() -> int:
    """Return a port that is free, of this process's block."""
    for port in islice(_ports(), BLOCK):
        with socket.socket() as probe, contextlib.suppress(OSError):
            probe.bind(("127.0.0.1", port))
            return port
    message = "every port of the block is taken"
    raise RuntimeError(message)


Answer = tuple[int, bytes]
Change = Callable[[str, Answer], Answer]
"""Takes path and query of a request and what the node would answer, and returns what it does."""


@dataclass
class Lying:
    """A node's application with what is changed of its answers on the way out."""

    app: Litestar
    change: Change | None = None
    asked: list[str] = field(default_factory=list)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        query = scope["query_string"].decode()
        target = scope["path"] + (f"?{query}" if query else "")
        self.asked.append(target)
        if self.change is None:
            await self.app(scope, receive, send)
            return
        held: list = []

        async def hold(message) -> None:
            held.append(message)

        await self.app(scope, receive, hold)
        body = b"".join(one.get("body", b"") for one in held[1:])
        status, body = self.change(target, (held[0]["status"], body))
        headers = [(k, v) for k, v in held[0]["headers"] if k != b"content-length"]
        headers.append((b"content-length", str(len(body)).encode()))
        await send({"type": "http.response.start", "status": status, "headers": headers})
        await send({"type": "http.response.body", "body": body})


@dataclass
class RegionNode:
    """A node that is open; it serves while :meth:`serving` is entered."""

    name: str
    url: str
    port: int
    db: Database
    clock: Ticking
    resources: Resources
    app: Litestar
    lying: Lying

    @property
    def following(self) -> Following:
        found: Following = self.app.state["following"]
        return found

    async def size(self, origin: str = LOG) -> int:
        head = await LogReader(self.db).head(origin)
        return 0 if head is None else head.size

    async def root(self, origin: str = LOG) -> bytes:
        return await LogReader(self.db).root(origin, await self.size(origin))

    async def state(self, origin: str = LOG) -> FollowState:
        return next(one for one in await self.following.states() if one.origin == origin)

    async def alarms(self, origin: str = LOG) -> list[str]:
        return [one.kind for one in await FollowStore(self.db).alarms(log_id_of(origin))]

    async def follow(self) -> str:
        """Follow once; return the code of what failed with the log."""
        await self.following.once()
        return (await self.state()).failure

    async def publish(self, publisher: Publisher, lines: list[bytes]) -> None:
        async with httpx.AsyncClient(base_url=f"http://127.0.0.1:{self.port}") as http:
            url = f"/log/{publisher.origin}/batch"
            answer = await http.post(url, content=publisher.seal(lines), headers=BATCH)
        assert answer.status_code == 200, answer.text

    async def audit(self) -> list[str]:
        report = await audit_logs(self.db, self.resources.charter)
        await audit_records(self.db, report)
        return [f"{problem.place}: {problem.what}" for problem in report.problems]


@dataclass
class Region:
    """Nodes by name; those that were opened."""

    server: Server
    template: str
    folder: Path
    clock: Ticking
    ports: dict[str, int]
    urls: dict[str, str]
    stack: AsyncExitStack
    databases: list[str] = field(default_factory=list)

    def charter(self, **how) -> Charter:
        return charter(urls=self.urls, **how)

    def database(self) -> TestDatabase:
        name = self.server.create(self.template)
        self.databases.append(name)
        owner = self.server.url(name)
        return TestDatabase(owner, owner.replace("://postgres:", "://registry_service:", 1))

    async def open(self, name: str, **how) -> RegionNode:
        """Open a node and serve it until the region ends."""
        return await self.stack.enter_async_context(self.node(name, **how))

    @asynccontextmanager
    async def node(
        self,
        name: str,
        database: TestDatabase | None = None,
        folder: str = "",
        known: Charter | None = None,
        every: float = 0.0,
        clock: Ticking | None = None,
    ) -> AsyncIterator[RegionNode]:
        """Serve a node while the block runs; with ``every`` it follows by itself."""
        database = database or self.database()
        settings = Settings(
            node_name=name,
            data_dir=self.folder / (folder or name),
            key_password=SecretStr("x"),
            follow_seconds=every,
            requests_per_second=0,
            refused_per_minute=1000,
        )
        clock = clock or self.clock
        known = known or self.charter()
        async with open_database(database.service_url, 6) as db:
            await db.pool.execute(
                "INSERT INTO charters VALUES ($1, $2, $3, $4) ON CONFLICT DO NOTHING",
                *(known.version, known.note, known.digest, NOON),
            )
            engine = PostgresEngine(db.pool)
            await engine.prepare()
            texts = PostgresTexts(db.pool)
            await texts.prepare()
            slots = Slots(2)
            cosigned = CosignedFiles(settings.cosigned_dir, f"{name}/mirror")
            mirror, witness = node_key("mirror", name), node_key("witness", name)
            means = Means(db, known, name, mirror, cosigned, clock, slots, no_fault)
            resources = Resources(
                settings, clock, db, known, engine, texts, mirror, witness, Door(means), slots
            )
            with pooled(resources) as app:
                lying = Lying(app)
                async with listening(lying, self.ports[name]):
                    clock.ahead += 2  # what was signed before a node's start does not count
                    where = (name, self.urls[name], self.ports[name])
                    yield RegionNode(*where, db, clock, resources, app, lying)


@asynccontextmanager
async def open_region(
    server: Server, template: str, folder: Path, names: tuple[str, ...] = (NODE, HOME)
) -> AsyncIterator[Region]:
    ports = {name: free_port() for name in names}
    urls = {name: f"http://127.0.0.1:{port}" for name, port in ports.items()}
    async with AsyncExitStack() as stack:
        region = Region(server, template, folder, Ticking(), ports, urls, stack)
        try:
            yield region
        finally:
            await stack.aclose()
            for name in region.databases:
                await asyncio.to_thread(server.drop, name)


async def until(true: Callable, seconds: float = 10.0) -> float:
    """Wait until something holds; return after how many seconds."""
    began = monotonic()
    while not await true():
        assert monotonic() - began < seconds, "it did not come true in time"
        await asyncio.sleep(0.02)
    return monotonic() - began
