"""Following a log against admitting the same records at its home, in the same run; and memory.

Home and follower each serve from a process of their own, so that what is read of the follower's
memory is all of a node and nothing else. Each fills its search index behind its admissions; the
home's is let come to its end before it is followed, so that both are measured with their own work
beside them and neither with the other's.

``python -m tests.bench.follow 1000000`` takes that many records. A second number is how many bytes
of text each is filled up with: ``2000 180000`` are records near the largest that a line may hold.
"""

import asyncio
import multiprocessing
import shutil
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import AsyncExitStack, ExitStack, contextmanager
from dataclasses import dataclass
from multiprocessing.connection import Connection
from pathlib import Path

import httpx
import zstandard

from registry.store.migrate import migrate
from signing.batch import MAX_UNPACKED
from tests.bench.baselines import SUBJECTS, penalties
from tests.bench.memory import peak
from tests.conftest import Server, TestDatabase, started_server
from tests.registry.api.conftest import BATCH
from tests.registry.exchange.region import HOME, LOG, Region, Ticking, free_port
from tests.registry.world import NODE, NOON, Publisher

RECORDS = 40_000
ONE_BATCH = 20_000
MEMORY = 300
"""MiB that a node may hold while it follows, however long the log is and whatever is in it."""
Row = dict[str, object]
Ask = Callable[[str], object]
_BEHIND = "SELECT (SELECT max(seq) FROM commits) - (SELECT coalesce(min(seq), 0) FROM cursors)"
_ROOM = 4096
"""Bytes of a record without what it is filled up with, at most."""


@dataclass(frozen=True)
class Followed:
    """Seconds of following, and the bytes resident at most, before it began and up to its end."""

    seconds: float
    before: int
    peak: int


def measure(records: int = RECORDS, filling: int = 0) -> list[Row]:
    """Return the rows of this part; each record is filled up with so many bytes."""
    folder = Path(tempfile.mkdtemp(prefix="registry-follow-"))
    try:
        with started_server(folder) as server:
            template = server.create()
            asyncio.run(migrate(server.url(template)))
            admitted, followed = _both(server, template, folder, (records, filling))
    finally:
        shutil.rmtree(folder, ignore_errors=True)
    more = f", {filling:,} B more each"
    return [
        {
            "name": f"following of {records:,} penalties" + more * (filling > 0),
            "value": records / followed.seconds,
            "unit": "records/s",
            "baseline": "admission of the same",
            "ratio": admitted / followed.seconds,
        },
        {
            "name": f"peak RSS of the node that follows (target {MEMORY} MiB)",
            "value": followed.peak / 2**20,
            "unit": "MiB",
            "baseline": "the same node before",
            "ratio": followed.peak / followed.before,
        },
    ]


def _both(
    server: Server, template: str, folder: Path, much: tuple[int, int]
) -> tuple[float, Followed]:
    """Return the seconds of admission, and how the same was followed."""
    ports = {name: free_port() for name in (NODE, HOME)}
    urls = {name: f"http://127.0.0.1:{port}" for name, port in ports.items()}
    region = Region(server, template, folder, Ticking(), ports, urls, AsyncExitStack())
    home = region.database()
    with ExitStack() as stack:
        ask = stack.enter_context(_served(HOME, region, home))
        ask("begin")
        admitted = _admit(urls[HOME], *much)
        _until_indexed(server, home)
        region.clock.ahead += 10
        follow = stack.enter_context(_served(NODE, region, region.database()))
        followed = follow("follow")
    assert isinstance(followed, Followed)
    return admitted, followed


@contextmanager
def _served(name: str, region: Region, database: TestDatabase) -> Iterator[Ask]:
    """Serve a node in a process of its own while the block runs; give what asks it to do things."""
    context = multiprocessing.get_context("spawn")
    here, there = context.Pipe()
    begun = (region.clock.now() - NOON).total_seconds()
    given = (there, name, database, str(region.folder), region.ports, begun)
    process = context.Process(target=_serve, args=given)
    process.start()

    def ask(what: str) -> object:
        here.send(what)
        return here.recv()

    try:
        yield ask
    finally:
        here.send("stop")
        process.join()


def _serve(
    asked: Connection,
    name: str,
    database: TestDatabase,
    folder: str,
    ports: dict[str, int],
    begun: float,
) -> None:
    """Serve a node in this process, and do what is asked, until it is told to stop."""
    urls = {name: f"http://127.0.0.1:{port}" for name, port in ports.items()}

    async def serve() -> None:
        async with AsyncExitStack() as stack:
            clock = Ticking(begun)
            region = Region(None, "", Path(folder), clock, ports, urls, stack)  # type: ignore[arg-type]
            node = await region.open(name, database=database)
            while (what := await asyncio.to_thread(asked.recv)) != "stop":
                answer = None
                if what == "follow":
                    before, start = peak(), time.perf_counter()
                    assert await node.follow() == ""
                    answer = Followed(time.perf_counter() - start, before, peak())
                asked.send(answer)

    asyncio.run(serve())


def _admit(url: str, records: int, filling: int) -> float:
    """Send all batches; return the seconds for which the home was at work."""
    publisher, seconds = Publisher(LOG), 0.0
    most = min(ONE_BATCH, MAX_UNPACKED // (filling + _ROOM)) if filling else ONE_BATCH
    with httpx.Client(base_url=url, timeout=300) as client:
        for first in range(0, records, most):
            count = min(most, records - first)
            lines = [_filled(one, filling) for one in penalties(first, count, range(SUBJECTS))]
            batch = publisher.seal(lines)
            packed = zstandard.ZstdCompressor(level=3).compress(batch)
            headers = {**BATCH, "Content-Encoding": "zstd"}
            start = time.perf_counter()
            answer = client.post(f"/log/{LOG}/batch", content=packed, headers=headers)
            seconds += time.perf_counter() - start
            assert answer.status_code == 200, answer.text
    return seconds


def _filled(line: bytes, filling: int) -> bytes:
    """Return a record line with so many bytes more in its text."""
    return line.replace("产品经检验".encode(), b"x" * filling + "产品经检验".encode())


def _until_indexed(server: Server, database: TestDatabase) -> None:
    """Wait until every projection of a node has worked off what it has admitted."""
    name = database.owner_url.partition("?")[0].rpartition("/")[2]
    while server.psql(_BEHIND, name).strip() != "0":
        time.sleep(1)


if __name__ == "__main__":
    for row in measure(*map(int, sys.argv[1:])):
        print(row)  # noqa: T201 - a figure for who runs this by hand
