"""A whole node over a real database, asked over ASGI."""

import asyncio
from collections import defaultdict
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass, field
from typing import Any, cast

import httpx
import pytest
from litestar import Litestar
from pydantic import SecretStr

from registry.app import create_app_with
from registry.clock import Clock, FixedClock
from registry.ingest.slots import Slots
from registry.resources import Resources
from registry.settings import Settings
from search.postgres import PostgresEngine
from search.texts.postgres import PostgresTexts
from tests.registry.world import NODE, NOON, Node, Publisher, line, node_key, open_node

BATCH = {"Content-Type": "application/vnd.registry.batch"}


@dataclass
class Served:
    """A running node: its application, a client, and what lies under it."""

    app: Litestar
    http: httpx.AsyncClient
    node: Node
    resources: Resources
    publisher: Publisher = field(default_factory=lambda: Publisher(WUHU))

    async def publish(self, lines: list[bytes]) -> httpx.Response:
        body = self.publisher.seal(lines)
        return await self.http.post(f"/log/{WUHU}/batch", content=body, headers=BATCH)


WUHU = "xinyong.wuhu.example/credit"


class Swapped:
    """Resources as an app of the pool finds them when it starts: those of the test that has it."""

    def __init__(self, current: Resources) -> None:
        self.current = current

    def __getattr__(self, name: str) -> Any:
        return getattr(self.current, name)


_FREE: defaultdict[str, list[tuple[Litestar, Swapped]]] = defaultdict(list)


@contextmanager
def pooled(resources: Resources) -> Iterator[Litestar]:
    """Lend an app: building one takes a quarter of a second; all it holds is bound at its start.

    Apps are told apart by what they are built from, which is the settings; one that went wrong is
    not lent again.
    """
    free = _FREE[resources.settings.model_dump_json(exclude={"data_dir"})]
    if free:
        app, swapped = free.pop()
        swapped.current = resources
    else:
        swapped = Swapped(resources)
        app = create_app_with(cast("Resources", swapped))
    yield app
    free.append((app, swapped))


@asynccontextmanager
async def serve(
    node: Node, settings: Settings, clock: Clock | None = None
) -> AsyncIterator[Served]:
    engine = PostgresEngine(node.db.pool)
    await engine.prepare()
    texts = PostgresTexts(node.db.pool)
    await texts.prepare()
    resources = Resources(
        settings,
        clock or FixedClock(NOON),
        node.db,
        node.charter,
        engine,
        texts,
        node_key("mirror"),
        node_key("witness"),
        node.door,
        Slots(2),
    )
    with pooled(resources) as app:
        transport = httpx.ASGITransport(app, raise_app_exceptions=False)
        async with (
            running(app),
            httpx.AsyncClient(transport=transport, base_url="http://node.example") as http,
        ):
            yield Served(app, http, node, resources)


@asynccontextmanager
async def running(app: Litestar) -> AsyncIterator[None]:
    """Keep the lifespan in a task of its own: a fixture begins and ends in different ones."""
    ready, stop = asyncio.Event(), asyncio.Event()

    async def live() -> None:
        async with app.lifespan():
            ready.set()
            await stop.wait()

    task = asyncio.create_task(live())
    begun = asyncio.create_task(ready.wait())
    await asyncio.wait({task, begun}, return_when=asyncio.FIRST_COMPLETED)
    begun.cancel()
    try:
        yield
    finally:
        stop.set()
        await task


@pytest.fixture
async def served(database, tmp_path) -> AsyncIterator[Served]:
    settings = Settings(
        node_name=NODE,
        data_dir=tmp_path,
        max_upload_bytes=1024 * 1024,
        key_password=SecretStr("x"),
    )
    async with open_node(database.service_url, tmp_path) as node, serve(node, settings) as whole:
        yield whole


@pytest.fixture
async def filled(served: Served) -> Served:
    """The node with three penalties of one enterprise."""
    answer = await served.publish([line(i) for i in range(3)])
    assert answer.status_code == 200, answer.text
    return served
