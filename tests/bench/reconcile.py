"""A national status of 100,000 rows against what is shown here, beside one reading of the records.

The workload is pinned: a member's penalties, all but forty of them as the national side says them,
and the differences of ``tests.registry.reconciling.scene`` among them, admitted through the door.
Whatever is planted must be found, and nothing else: a run that misses one or invents one fails.

Baseline in the same run: the body of every record of the log, read once by one SQL statement and
decoded by the server as JSON; three alternating runs each.
"""

import asyncio
import statistics
import tempfile
import time
from collections import Counter
from pathlib import Path

from registry.reconciling.desk import OPERATOR, Reconciling
from registry.store import embedded
from registry.store.logs import log_id_of
from registry.store.migrate import migrate
from tests.bench.admission import Row
from tests.registry.reconciling.scene import MEMBER, World, found, told
from tests.registry.world import WUHU, open_node

ROWS = 100_000
RUNS = 3
_READ = """
SELECT count(convert_from(main, 'UTF8')::jsonb ->> 'decision_no') FROM entries WHERE log_id = $1
"""


def planted() -> World:
    """Both sides, with as many rows as are claimed."""
    world = World()
    probe = World()
    probe.planted()
    world.alike(ROWS - len(probe.theirs))
    world.planted()
    return world


async def _run(desk: Reconciling, world: World, file: bytes, turn: int) -> float:
    """Make one run; raise AssertionError where it has not found what was planted, or more."""
    start = time.perf_counter()
    run = await desk.add(MEMBER, "bench.csv", file + b"\n" * turn, OPERATOR)
    await desk.runner().make(run)
    taken = time.perf_counter() - start
    seen, wanted = Counter(told(await found(desk, run))), Counter(world.wanted)
    if seen != wanted:
        raise AssertionError((seen - wanted, wanted - seen))
    one = await desk.view(MEMBER, run)
    if one.lines != ROWS or one.ours < len(world.ours) - len(world.wanted):
        raise AssertionError(one)
    return taken


async def _measured(folder: Path) -> list[Row]:
    world = planted()
    file = world.file()
    server = await asyncio.to_thread(embedded.start, folder)
    try:
        await migrate(server.owner_url)
        async with open_node(server.service_url, folder / "cosigned") as node:
            await world.state(node)
            desk = Reconciling(node.db, node.charter, node.clock)
            runs: list[tuple[float, float]] = []
            for turn in range(RUNS):
                taken = await _run(desk, world, file, turn)
                start = time.perf_counter()
                await node.db.pool.fetchval(_READ, log_id_of(WUHU))
                runs.append((taken, time.perf_counter() - start))
    finally:
        await asyncio.to_thread(server.stop)
    taken, base = (statistics.median(run[place] for run in runs) for place in (0, 1))
    return [
        {
            "name": f"reconcile {ROWS:,} rows, {len(world.wanted)} planted differences all found",
            "value": taken,
            "unit": "s",
            "baseline": f"{base:.1f} s, every body read and parsed by one statement",
            "ratio": statistics.median(b / a for a, b in runs),
        }
    ]


def measure() -> list[Row]:
    """Measure a run beside one reading of the same records."""
    with tempfile.TemporaryDirectory() as folder:
        return asyncio.run(_measured(Path(folder)))
