"""Everybody at once, beside only reading the same records from PostgreSQL in the same run.

The workload is pinned: a registration of each subject and two records more, of the kinds and in
the shares of ``million.py``, stored as admission stores them, by COPY (the door is measured
elsewhere). Rulebook and adoptions are those of the demonstration region, asked about is one city
in every matter, and for the impact all of them. Baseline: the body of every record, read by as many
processes, each log from its beginning, which is the fastest there is. ``POPULATION=1000000`` is
the size that is claimed; by default there are 60,000 subjects.
"""

import asyncio
import os
import shutil
import statistics
import threading
import time
from collections.abc import Awaitable, Callable, Iterator
from concurrent.futures import ProcessPoolExecutor
from contextlib import contextmanager
from pathlib import Path

import asyncpg
import psutil
from rich.console import Console

from registry.clock import SystemClock, today
from registry.demo.facts import MEMBERS, PARTIES
from registry.demo.region import build
from registry.demo.rulebook import rulebook_files
from registry.domain.subjects import subject_id
from registry.query.impact import Gathered, differences
from registry.query.population import Count, parts
from registry.query.survey import Asked, compared, survey_of
from registry.resources import open_resources
from registry.store import embedded
from registry.store.logs import log_id_of
from signing.charter import Charter, open_charter
from signing.record import entry_of
from tests.bench import loaded
from tests.bench.admission import Row
from tests.bench.million import KINDS, Fields, Writer, subject
from tests.registry.world import Publisher, chunks

SUBJECTS = int(os.environ.get("POPULATION", "60000"))
RUNS = 5 if SUBJECTS <= 100_000 else 3
EACH = 2
TOGETHER = 20_000
HERE = MEMBERS[0].code
SHORTER = ("{length: P3Y, counting: cn-default, basis: mohrss-45#term}", "length: P1Y")
_SHARES = {
    kind: count for kind, count in KINDS.items() if kind in {"permit", "penalty", "list_entry"}
}


class Everybody(Writer):
    """Writes about each subject of one member in turn."""

    def entries(self, own: int) -> Iterator[tuple[Fields, bytes, str]]:
        """Yield whom each record is about, its main part, and its list code."""
        kinds, weights = list(_SHARES), list(_SHARES.values())
        made = {"permit": self._permit, "penalty": self._penalty, "list_entry": self._entry}
        for serial in range(own):
            yield self._made("registration", self._registration(serial))
            self._whom = subject(serial * len(MEMBERS) + self._place)
            for kind in self._chance.choices(kinds, weights, k=EACH):
                yield self._made(kind, made[kind]())
            if serial % 1_000 == 0:
                subject.cache_clear()

    def _somebody(self) -> Fields:
        return self._whom

    def _made(self, kind: str, fields: Fields) -> tuple[Fields, bytes, str]:
        self._open = {"penalty": [], "list_entry": []}  # nothing acts on these records
        line = self._line(kind, fields)
        return fields, line, str(fields.get("list", ""))


def _store(url: str, place: int, own: int, start: int) -> int:
    return asyncio.run(_copy(url, place, own, start))


async def _copy(url: str, place: int, own: int, start: int) -> int:
    """Store a member's records after those it has; return the size of its log."""
    log_id, idx = log_id_of(MEMBERS[place].origin), start
    entries, records, subjects = [], [], []
    connection = await asyncpg.connect(url)

    async def flush() -> None:
        for name, rows in (("entries", entries), ("records", records), ("subjects", subjects)):
            await connection.copy_records_to_table(name, records=rows)
            rows.clear()

    for fields, line, code in Everybody(place).entries(own):
        whom = fields["subject"]
        sid = subject_id("uscc", whom["uscc"])
        kind = "registration" if "registered_on" in fields else _kind(fields)
        entries.append((log_id, idx, entry_of(line, None), line, None))
        day = SystemClock().now().date().fromisoformat(str(fields["decided_on"]))
        records.append((sid, log_id, idx, kind, f"b{idx}", day, code, None, None, True, []))
        if kind == "registration":
            uscc = whom["uscc"]
            subjects.append((sid, "uscc", uscc, "organisation", uscc[8:17]))
        idx += 1
        if len(entries) >= TOGETHER:
            await flush()
    await flush()
    await connection.execute("UPDATE log_heads SET size = $2 WHERE log_id = $1", log_id, idx)
    await connection.close()
    return idx


def _kind(fields: Fields) -> str:
    return "list_entry" if "list" in fields else "permit" if "permit_no" in fields else "penalty"


async def _load(folder: Path) -> None:
    settings, say = loaded.settings_of(folder), Console(stderr=True).print
    loaded.write_charter(folder, settings)
    region = build(rulebook_files())
    sizes = []
    async with open_resources(settings) as resources:
        await loaded._admit_region(resources, region)
        for member in MEMBERS:
            lines = loaded._lines(region, member.origin, "adoption")
            batch = Publisher(member.origin).seal(lines)
            await resources.door.admit(member.origin, chunks(batch), "identity")
            sizes.append(len(lines))
    server = await asyncio.to_thread(embedded.start, settings.data_dir)
    with ProcessPoolExecutor(2) as pool:
        own = SUBJECTS // len(MEMBERS)
        work = [
            pool.submit(_store, server.owner_url, place, own, size)
            for place, size in enumerate(sizes)
        ]
        for member, done in zip(MEMBERS, work, strict=True):
            size = await asyncio.wrap_future(done)
            say(f"stored {size:,} records of {member.name}")
    server.stop()
    await loaded._vacuum(settings)


def kept() -> Path:
    """Return the folder of a node with the population, made now if it is not there yet."""
    folder = loaded.KEPT / f"population-{SUBJECTS}-{loaded._digest()}"
    if not (folder / "complete").is_file():
        for old in loaded.KEPT.glob(f"population-{SUBJECTS}-*"):
            shutil.rmtree(old)
        folder.mkdir(parents=True)
        asyncio.run(_load(folder))
        (folder / "complete").touch()
    return folder


def _read(url: str, logs: list[int]) -> int:
    return asyncio.run(_bodies(url, logs))


async def _bodies(url: str, logs: list[int]) -> int:
    connection, number = await asyncpg.connect(url), 0
    for log_id in logs:
        start = 0
        while rows := await connection.fetch(
            "SELECT main FROM entries WHERE log_id = $1 AND idx >= $2 AND idx < $3",
            log_id, start, start + TOGETHER,
        ):  # fmt: skip
            number += len(rows)
            start += TOGETHER
    await connection.close()
    return number


async def _only_reading(url: str, workers: int) -> int:
    logs = [log_id_of(party.origin) for party in PARTIES]
    with ProcessPoolExecutor(workers) as pool:
        work = [pool.submit(_read, url, logs[at::workers]) for at in range(workers)]
        return sum([await asyncio.wrap_future(one) for one in work])


@contextmanager
def _memory(peak: list[int]) -> Iterator[None]:
    """Note the most memory that this process and its Python children held, in bytes."""
    own, over = psutil.Process(), threading.Event()

    def look() -> None:
        while not over.wait(0.1):
            total = 0
            for one in (own, *own.children(recursive=True)):
                try:
                    total += one.memory_info().rss if "python" in one.name() else 0
                except psutil.NoSuchProcess:
                    continue
            peak.append(total)

    thread = threading.Thread(target=look)
    thread.start()
    try:
        yield
    finally:
        over.set()
        thread.join()


async def _timed(work: Callable[[], Awaitable[object]]) -> tuple[float, object]:
    start = time.perf_counter()
    result = await work()
    return time.perf_counter() - start, result


def _draft() -> dict[str, bytes]:
    files = dict(rulebook_files().files)
    text = files["rules.yaml"].decode()
    assert SHORTER[0] in text
    return {**files, "rules.yaml": text.replace("length: P3Y", SHORTER[1], 1).encode()}


async def _measured(url: str, charter: Charter) -> list[Row]:
    day, workers, peak = today(SystemClock()), os.cpu_count() or 1, [0]
    here, region = Asked((HERE,), "", day, day), Asked((), "", day, day)

    async def counted() -> Count:
        survey, _ = await survey_of(url, charter, here)
        count = Count()
        async for part in parts(survey, workers, Count.of):
            count.add(part)
        return count

    async def impact() -> Gathered:
        both, gathered = await compared(url, charter, region, _draft()), Gathered()
        async for part in parts(both.survey, workers, differences):
            gathered.add(part)
        return gathered

    times: dict[str, list[float]] = {"reading": [], "population": [], "impact": []}
    found: dict[str, object] = {}
    with _memory(peak):
        for _ in range(RUNS):
            for name, work in (
                ("reading", lambda: _only_reading(url, workers)),
                ("population", counted),
                ("impact", impact),
            ):
                seconds, found[name] = await _timed(work)
                times[name].append(seconds)
    middle = {name: statistics.median(taken) for name, taken in times.items()}
    count, gathered = found["population"], found["impact"]
    assert isinstance(count, Count)
    assert isinstance(gathered, Gathered)
    read = f"only reading {found['reading']:,} records: {middle['reading']:.1f} s"
    of_all = f"{SUBJECTS:,} subjects, {count.subjects:,} with a cause"
    seen = f"{gathered.looked_at:,} looked at, {gathered.subjects:,} changed"
    return [
        _row(f"population: {of_all}", SUBJECTS / middle["population"], read, middle, "population"),
        _row(f"impact, ten cities: {seen}", SUBJECTS / middle["impact"], read, middle, "impact"),
        {
            "name": "population: memory",
            "value": max(peak) / 2**20,
            "unit": "MiB",
            "baseline": "1024",
            "ratio": None,
        },
    ]


def _row(name: str, rate: float, read: str, middle: dict[str, float], which: str) -> Row:
    ratio = middle["reading"] / middle[which]
    return {"name": name, "value": rate, "unit": "subjects/s", "baseline": read, "ratio": ratio}


def measure() -> list[Row]:
    """Measure both, against only reading, in alternating runs."""
    folder = kept()
    settings = loaded.settings_of(folder)
    server = embedded.start(settings.data_dir)
    try:
        charter = open_charter((folder / "charter").read_bytes())
        return asyncio.run(_measured(server.service_url, charter))
    finally:
        server.stop()
