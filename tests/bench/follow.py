"""Following a log against admitting the same records at its home, in the same run; and memory.

The home serves from a process of its own. Each node fills its search index behind its admissions;
the home's is let come to its end before it is followed, so that both are measured with their own
work beside them and neither with the other's. ``python -m tests.bench.follow 1000000`` takes that
many.
"""

import asyncio
import multiprocessing
import shutil
import sys
import tempfile
import time
from contextlib import AsyncExitStack
from multiprocessing.synchronize import Event
from pathlib import Path

import httpx
import psutil
import zstandard

from registry.store.migrate import migrate
from tests.bench.baselines import SUBJECTS, penalties
from tests.conftest import Server, TestDatabase
from tests.registry.api.conftest import BATCH
from tests.registry.exchange.region import HOME, LOG, Region, Ticking, free_port
from tests.registry.world import NODE, NOON, Publisher

RECORDS = 40_000
ONE_BATCH = 20_000
Row = dict[str, object]
_BEHIND = "SELECT (SELECT max(seq) FROM commits) - (SELECT coalesce(min(seq), 0) FROM cursors)"


def measure(records: int = RECORDS) -> list[Row]:
    """Return the rows of this part."""
    folder = Path(tempfile.mkdtemp(prefix="registry-follow-"))
    server = Server(folder)
    try:
        template = server.create()
        asyncio.run(migrate(server.url(template)))
        admitted, followed, grown = asyncio.run(_both(server, template, folder, records))
    finally:
        server.stop()
        shutil.rmtree(folder, ignore_errors=True)
    return [
        {
            "name": f"following of {records:,} penalties",
            "value": records / followed,
            "unit": "records/s",
            "baseline": "admission of the same",
            "ratio": admitted / followed,
        },
        {
            "name": "RSS growth while following",
            "value": grown / 2**20,
            "unit": "MiB",
            "baseline": "",
            "ratio": None,
        },
    ]


async def _both(
    server: Server, template: str, folder: Path, records: int
) -> tuple[float, float, int]:
    """Return the seconds of admission and of following, and by how many bytes RSS grew."""
    ports = {name: free_port() for name in (NODE, HOME)}
    urls = {name: f"http://127.0.0.1:{port}" for name, port in ports.items()}
    async with AsyncExitStack() as stack:
        clock = Ticking()
        region = Region(server, template, folder, clock, ports, urls, stack)
        here = await region.open(NODE)
        begun = (clock.now() - NOON).total_seconds()
        context = multiprocessing.get_context("spawn")
        stop = context.Event()
        database = region.database()
        given = (database, str(folder), ports, begun, stop)
        home = context.Process(target=_serve_home, args=given)
        home.start()
        try:
            admitted = await asyncio.to_thread(_admit, urls[HOME], records)
            await asyncio.to_thread(_until_indexed, server, database)
            clock.ahead += 10
            before = psutil.Process().memory_info().rss
            start = time.perf_counter()
            assert await here.follow() == ""
            followed = time.perf_counter() - start
            grown = psutil.Process().memory_info().rss - before
            assert await here.size() == records
        finally:
            await asyncio.to_thread(stop.set)
            await asyncio.to_thread(home.join)
    return admitted, followed, grown


def _serve_home(
    database: TestDatabase, folder: str, ports: dict[str, int], begun: float, stop: Event
) -> None:
    """Serve the home in this process until it is told to stop."""
    urls = {name: f"http://127.0.0.1:{port}" for name, port in ports.items()}

    async def serve() -> None:
        async with AsyncExitStack() as stack:
            clock = Ticking(begun)
            region = Region(None, "", Path(folder), clock, ports, urls, stack)  # type: ignore[arg-type]
            await region.open(HOME, database=database)
            await asyncio.to_thread(stop.wait)

    asyncio.run(serve())


def _admit(url: str, records: int) -> float:
    """Send all batches; return the seconds for which the home was at work."""
    publisher, seconds = Publisher(LOG), 0.0
    with httpx.Client(base_url=url, timeout=300) as client:
        _until_ready(client)
        for first in range(0, records, ONE_BATCH):
            count = min(ONE_BATCH, records - first)
            batch = publisher.seal(list(penalties(first, count, range(SUBJECTS))))
            packed = zstandard.ZstdCompressor(level=3).compress(batch)
            headers = {**BATCH, "Content-Encoding": "zstd"}
            start = time.perf_counter()
            answer = client.post(f"/log/{LOG}/batch", content=packed, headers=headers)
            seconds += time.perf_counter() - start
            assert answer.status_code == 200, answer.text
    return seconds


def _until_indexed(server: Server, database: TestDatabase) -> None:
    """Wait until every projection of a node has worked off what it has admitted."""
    name = database.owner_url.partition("?")[0].rpartition("/")[2]
    while server.psql(_BEHIND, name).strip() != "0":
        time.sleep(1)


def _until_ready(client: httpx.Client) -> None:
    for _ in range(600):
        try:
            if client.get("/health").is_success:
                return
        except httpx.TransportError:
            time.sleep(0.1)
    message = "the home did not start"
    raise RuntimeError(message)


if __name__ == "__main__":
    for row in measure(*map(int, sys.argv[1:])):
        print(row)  # noqa: T201 - a figure for who runs this by hand
