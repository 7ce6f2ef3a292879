"""What a node has counted beside what an independent reader makes of its logs."""

import tomllib
from datetime import date
from pathlib import Path

import chinese_calendar
import zstandard

import registry.quality
from registry.quality.figures import added, figures_of
from registry.store.logs import log_id_of
from registry.store.quality import QualityStore
from tests.e2e.independent import VKey
from tests.registry.quality import independent
from tests.registry.quality.independent import Calendar, Log, read_log, sums_of
from tests.registry.quality.scene import Region
from tests.registry.world import log_key, node_key

TABLE = tomllib.loads(
    (Path(registry.quality.__path__[0]) / "definitions.toml").read_text(encoding="utf-8")
)
DAYS = Calendar(frozenset(chinese_calendar.holidays), frozenset(chinese_calendar.workdays))
MIRROR = VKey.parse(str(node_key("mirror").vkey))
EVER = (date.min, date.max)


async def read_all(region: Region) -> list[Log]:
    found = []
    for party in region.served.node.charter.parties:
        prefix = f"/log/{party.origin}/"

        async def fetch(path: str, prefix: str = prefix) -> bytes:
            answer = await region.served.http.get(prefix + path)
            independent.need(answer.status_code == 200, path)
            return answer.content

        async def bodies(path: str, prefix: str = prefix) -> bytes:
            return (
                zstandard.ZstdDecompressor()
                .decompressobj()
                .decompress(await region.as_peer(prefix + path))
            )

        key = VKey.parse(str(log_key(party.origin).vkey))
        if (await region.served.http.get(f"{prefix}checkpoint")).status_code == 200:
            found.append(await read_log(fetch, bodies, key, MIRROR))
    return found


def shown(values: dict) -> dict[str, list]:
    return {key: [one.value, one.top, one.bottom] for key, one in values.items()}


async def counters(region: Region, *, units: bool) -> dict[tuple, dict[str, int]]:
    store = QualityStore(region.served.node.db.pool)
    rows = await store.cells(*EVER, units=units)
    return {tuple(row[:4]): row[4] for row in rows}


def same(counts: list[dict[str, int]], sums: independent.Sums) -> None:
    """Every figure equals, with what it was divided from; and so does each kind of warning."""
    total = added(counts)
    found, expected = shown(figures_of(total, public=False)), sums.figures()
    assert {k: v for k, v in found.items() if v != expected[k]} == {}, (expected, total)
    warned = {key[8:]: number for key, number in total.items() if key.startswith("warning:")}
    assert warned == sums.codes


def compare(world: independent.Region, log: Log, cells: dict, by_unit: dict) -> int:
    """Compare each month and type of a log, the whole of it, and each department."""
    log_id = log_id_of(log.origin)
    mine = {key[1:]: counts for key, counts in cells.items() if key[0] == log_id}
    for month, _, kind in mine:
        sums = sums_of(world, log, lambda e, k, m=month, t=kind: (e.month, k) == (m, t))
        same([mine[month, "", kind]], sums)
    same(list(mine.values()), sums_of(world, log, lambda _e, _k: True))
    assert sum(counts["n"] for counts in mine.values()) == log.size
    for unit in {entry.unit for entry in log.entries}:
        own = [c for k, c in by_unit.items() if (k[0], k[2]) == (log_id, unit)]
        same(own, sums_of(world, log, lambda e, _k, u=unit: e.unit == u))
    return len(mine)


async def compared(region: Region) -> int:
    """Compare everything; return how many cells there were, those of departments counted too."""
    cells, by_unit = await counters(region, units=False), await counters(region, units=True)
    logs = await read_all(region)
    world = independent.Region(logs, TABLE["columns"], DAYS)
    members = [log for log in logs if not log.origin.endswith("/region")]
    offices = {log_id_of(log.origin) for log in logs if log not in members}
    compared = sum(compare(world, log, cells, by_unit) for log in members)
    assert compared == sum(key[0] not in offices for key in cells)
    return len(cells) + len(by_unit)
