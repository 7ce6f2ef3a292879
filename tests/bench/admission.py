"""Admission over HTTP against COPY of the same rows; share per step, memory, receipt latency."""

import asyncio
import statistics
import tempfile
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import asyncpg
import httpx
import zstandard

from registry.clock import SystemClock
from registry.store import embedded
from registry.store.migrate import migrate
from signing.batch import MAX_UNPACKED
from tests.bench.baselines import BATCH, RECORDS, SUBJECTS, penalties
from tests.bench.node import ServedNode, serve
from tests.registry.world import WUHU, Publisher, open_node

TABLES = ("entries", "records", "subjects", "subject_names", "tile_hashes")
KEYS = {
    "entries": "idx",
    "records": "idx",
    "subject_names": "idx",
    "tile_hashes": "idx * 256 ^ level",
}
RATE = 3.0
"""Batches of 1,000 a second while receipt latency is read."""
RECEIPTS = 60
LINE = 1340
"""Bytes of a line with which 50,000 records come close to 64 MiB."""

Row = dict[str, object]


def measure() -> list[Row]:
    """Return all rows of this part."""
    publisher = Publisher(WUHU)
    known = [publisher.seal(list(penalties(10**7, SUBJECTS // 2, range(SUBJECTS // 2))))]
    batches = [
        publisher.seal(list(penalties(first, BATCH, range(SUBJECTS))))
        for first in range(0, RECORDS, BATCH)
    ]
    small = [
        publisher.seal(list(penalties(2 * 10**7 + n * 1000, 1000, range(SUBJECTS))))
        for n in range(RECEIPTS)
    ]
    large = publisher.seal(list(_padded(BATCH_OF_64_MIB)))
    with (
        tempfile.TemporaryDirectory() as folder,
        serve(Path(folder)) as node,
        httpx.Client(timeout=300) as client,
    ):
        node.post(client, _pack(known[0]))
        admitted = [_admit_and_copy(node, client, batch) for batch in batches]
        latency = _latencies(node, client, small)
        grown = _memory(node, client, large)
    ratios = [copied / admitted_in for admitted_in, copied in admitted]
    seconds = sum(one for one, _ in admitted)
    p99 = statistics.quantiles(latency, n=100)[98]
    return [
        _row("admission of 200,000 penalties", RECORDS / seconds, "records/s",
             "COPY of the same rows", statistics.median(ratios)),
        _row("receipt for 1,000 records, p50", statistics.median(latency) * 1000, "ms"),
        _row("receipt for 1,000 records, p99", p99 * 1000, "ms"),
        _row("RSS growth on a 64 MiB batch", grown / 2**20, "MiB"),
        *asyncio.run(_shares(batches[0], known[0])),
    ]  # fmt: skip


BATCH_OF_64_MIB = MAX_UNPACKED // LINE - 100


def _row(name: str, value: float, unit: str, baseline: str = "", ratio: float | None = None) -> Row:
    return {"name": name, "value": value, "unit": unit, "baseline": baseline, "ratio": ratio}


def _pack(batch: bytes) -> bytes:
    return zstandard.ZstdCompressor(level=3).compress(batch)


def _padded(count: int) -> Iterator[bytes]:
    """Yield penalties with longer facts, so that the unpacked batch comes close to 64 MiB."""
    for text in penalties(3 * 10**7, count, range(SUBJECTS)):
        before, key, after = text.partition(b'"facts":"')
        yield before + key + b"x" * max(0, LINE - 1 - len(text)) + after


def _admit_and_copy(node: ServedNode, client: httpx.Client, batch: bytes) -> tuple[float, float]:
    """Admit one batch over HTTP, then COPY the rows it made into twins of the tables; seconds."""
    packed = _pack(batch)
    return asyncio.run(_alternate(node, client, packed))


async def _alternate(node: ServedNode, client: httpx.Client, packed: bytes) -> tuple[float, float]:
    connection = await asyncpg.connect(node.owner_url)
    try:
        await _twins(connection)
        before = await connection.fetchval("SELECT coalesce(max(end_idx), 0) FROM commits")
        start = time.perf_counter()
        node.post(client, packed)
        admitted = time.perf_counter() - start
        rows = await _new_rows(connection, before)
        start = time.perf_counter()
        async with connection.transaction():
            for table, made in rows.items():
                await connection.copy_records_to_table(f"twin_{table}", records=made)
        return admitted, time.perf_counter() - start
    finally:
        await connection.close()


async def _twins(connection: asyncpg.Connection) -> None:
    """Make twins of the tables, with the same indexes and holding the same rows as they do now."""
    for table in TABLES:
        if await connection.fetchval("SELECT to_regclass($1)", f"twin_{table}") is None:
            await connection.execute(f"CREATE TABLE twin_{table} (LIKE {table} INCLUDING ALL)")
            await connection.execute(f"INSERT INTO twin_{table} SELECT * FROM {table}")
    await connection.execute("CHECKPOINT")


async def _new_rows(connection: asyncpg.Connection, before: int) -> dict[str, list[object]]:
    """Return the rows of each table that its twin does not have yet."""
    rows: dict[str, list[object]] = {}
    for table in TABLES:
        where = (
            f"{KEYS[table]} >= {before}"
            if table in {"entries", "records", "subject_names"}
            else f"NOT EXISTS (SELECT FROM twin_{table} w WHERE w = t)"
        )
        found = await connection.fetch(f"SELECT * FROM {table} t WHERE {where}")
        rows[table] = [tuple(row) for row in found]
    return rows


def _latencies(node: ServedNode, client: httpx.Client, batches: list[bytes]) -> list[float]:
    """Send small batches at a stated rate; a late start counts as waiting (open loop)."""
    packed = [_pack(batch) for batch in batches]
    begin = time.perf_counter() + 0.5
    taken = []
    for number, data in enumerate(packed):
        due = begin + number / RATE
        time.sleep(max(0.0, due - time.perf_counter()))
        node.post(client, data)
        taken.append(time.perf_counter() - due)
    return taken


def _memory(node: ServedNode, client: httpx.Client, batch: bytes) -> int:
    """Return by how many bytes the node's RSS grew at most while it admitted one large batch."""
    with _peak(node) as peak:
        node.post(client, _pack(batch))
    return peak[1] - peak[0]


@contextmanager
def _peak(node: ServedNode) -> Iterator[list[int]]:
    seen = [node.rss()] * 2
    done = threading.Event()

    def watch() -> None:
        while not done.wait(0.02):
            seen[1] = max(seen[1], node.rss())

    thread = threading.Thread(target=watch)
    thread.start()
    try:
        yield seen
    finally:
        done.set()
        thread.join()


STEPS = {
    1: "read the header",
    2: "verify the signature",
    3: "unpack, hash, compare the root",
    4: "check and store records",
    5: "store log, cosign, take the commit",
    6: "commit",
}


async def _shares(batch: bytes, known: bytes) -> list[Row]:
    """Admit one batch in this process and return the share of each numbered step."""
    with tempfile.TemporaryDirectory() as folder:
        server = embedded.start(Path(folder))
        try:
            await migrate(server.owner_url)
            marks: list[float] = []
            async with open_node(server.service_url, Path(folder) / "c", SystemClock()) as node:
                await node.admit(known)
                node.step = lambda _step: marks.append(time.perf_counter())
                start = time.perf_counter()
                await node.admit(_pack(batch), encoding="zstd")
        finally:
            server.stop()
    times = [b - a for a, b in zip([start, *marks], marks, strict=False)]
    whole = sum(times)
    return [
        _row(f"share of step {number}: {STEPS[number]}", 100 * took / whole, "%")
        for number, took in enumerate(times, start=1)
    ]
