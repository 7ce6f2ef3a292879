"""How well and how fast names are found, by kind of question and engine.

``--names FILE`` takes real names (CSV with the columns name and code) in place of the fictional
region; ``--count N`` fills up to N names with others put together from those, to measure time.
Recall and certainty are shares; indexing and the closed loop are ratios against the engine given
the very same documents and requests; latency is open-loop at `RATE` requests a second.
"""

import asyncio
import random
import statistics
import tempfile
import time
from collections.abc import Awaitable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path

import asyncpg

from registry.demo.enterprises import enterprises
from registry.store import embedded
from search.documents import Document
from search.engine import Engine
from search.meilisearch import MeilisearchEngine
from search.meilisearch_index import CHUNK
from search.meilisearch_layout import LAYOUT as MEILISEARCH_LAYOUT
from search.meilisearch_layout import Fields, asked_of, fields_of
from search.postgres import PostgresEngine, _rows
from search.quality import Figures, Measured, Report, is_absent, keep, measure
from search.query import Query
from search.questions import PLACES, Named, Question, questions
from search.schema import LAYOUT as POSTGRESQL_LAYOUT
from tests.bench.admission import Row
from tests.conftest import ROOT
from tests.meilisearch import KEY, MeilisearchServer
from tests.search.real import documents, registered

KEPT = ROOT / ".cache" / "bench"
SEED = 7
EACH = 400
"""Questions of each kind."""
RATE = 20.0
AT_RATE = 20.0
"""Seconds of the open loop."""
CLOSED = 400
"""Questions of the closed loop, by `CLIENTS` at once."""
CLIENTS = 8
RAW = 20_000
"""Documents fed to an engine directly, to compare."""


def named(file: Path | None, count: int) -> tuple[list[Named], list[str]]:
    """Return who is stored and whose names are away."""
    chance = random.Random(SEED)
    if file is not None:
        there, away = registered(file, chance)
    else:
        made = [
            Named(f"{number:032x}", one.name, one.uscc, tuple(name for name, _ in one.former))
            for number, one in enumerate(enterprises(random.Random(SEED)))
        ]
        chance.shuffle(made)
        there, away = made[:450], [one.name for one in made[450:]]
    return [*there, *_others(there, count - len(there), chance)], away


def _others(there: Sequence[Named], count: int, chance: random.Random) -> Iterator[Named]:
    """Put other names together: place of one, trade name of another, trade of a third."""
    taken = {one.name for one in there}
    while count > 0:
        place, called, trade = (one.name for one in chance.choices(there, k=3))
        trade_name, of_trade = PLACES.sub("", called, count=1), PLACES.sub("", trade, count=1)
        name = place.removesuffix(PLACES.sub("", place, count=1)) + trade_name[:2] + of_trade[2:]
        if name not in taken:
            taken.add(name)
            count -= 1
            # Far apart, as real codes are: otherwise each would be one slip away from others.
            yield Named(f"{len(taken):032x}", name, f"{chance.randrange(10**14, 10**15)}")


class _Recording(MeilisearchEngine):
    """Keeps the requests of its searches, to be asked again without anything of ours."""

    def __init__(self, url: str, prefix: str) -> None:
        super().__init__(url, KEY, prefix)
        self.requests: list[Sequence[Mapping[str, object]]] = []

    async def recalled(
        self, filters: Sequence[Sequence[str]], attributes: Sequence[str], limit: int
    ) -> list[list[Fields]]:
        self.requests.append([asked_of(self.index, f, attributes, limit) for f in filters])
        return await super().recalled(filters, attributes, limit)

    async def again(self, asks: Sequence[Mapping[str, object]]) -> None:
        await self.asked(asks)

    async def feed(self, chunk: Sequence[Fields]) -> None:
        await self.done(lambda: self._client.index(self.written).add_documents(list(chunk)))


@contextmanager
def _meilisearch() -> Iterator[str]:
    server = MeilisearchServer()
    server.start()
    try:
        yield server.url
    finally:
        server.close()


def found(file: Path | None = None, count: int = 0) -> list[Row]:
    """Measure both engines on the same names and questions; what was found is a report, too."""
    there, away = named(file, count)
    asked = list(questions(there, away, EACH, random.Random(SEED)))
    with tempfile.TemporaryDirectory() as folder:
        server = embedded.start(Path(folder))
        try:
            rows, first = asyncio.run(_on_postgres(server.owner_url, there, asked))
        finally:
            server.stop()
    with _meilisearch() as url:
        more, second = asyncio.run(_on_meilisearch(url, there, asked))
    about = ("演示区域的虚构企业名称", "names of the fictional region")
    if file is not None:
        about = ("真实企业名称", "real names")
    report = Report(datetime.now(UTC), *about, len(there), whole=True, engines=(first, second))
    return [
        *rows,
        *more,
        _row(f"report in {keep(report, KEPT).relative_to(ROOT)}", len(asked), "questions"),
    ]


async def _on_postgres(
    url: str, there: Sequence[Named], asked: Sequence[Question]
) -> tuple[list[Row], Measured]:
    async with asyncpg.create_pool(url, min_size=1, max_size=8) as pool:
        direct, engine = PostgresEngine(pool, "direct"), PostgresEngine(pool)
        await direct.prepare()
        made = [_rows(part) for part in _chunks(documents(there[:RAW]))]
        base = await _seconds(direct._store(rows) for rows in made)
        indexed = await _indexed("postgresql", engine, there, base)
        kinds = await measure(engine, asked)
        rows = [*indexed, *_kinds(kinds, "postgresql"), await _latency("postgresql", engine, asked)]
        return rows, Measured("postgresql", POSTGRESQL_LAYOUT, kinds)


async def _on_meilisearch(
    url: str, there: Sequence[Named], asked: Sequence[Question]
) -> tuple[list[Row], Measured]:
    direct, engine = _Recording(url, "direct"), _Recording(url, "registry")
    await direct.prepare()
    made = [list(map(fields_of, part)) for part in _chunks(documents(there[:RAW]))]
    base = await _seconds(direct.feed(fields) for fields in made)
    indexed = await _indexed("meilisearch", engine, there, base)
    kinds = await measure(engine, asked)
    rows = [*indexed, *_kinds(kinds, "meilisearch"), await _latency("meilisearch", engine, asked)]
    some = random.Random(SEED).sample(asked, min(CLOSED, len(asked)))
    engine.requests.clear()
    ours = await _closed(engine.search(Query(text=one.text)) for one in some)
    again = tuple(engine.requests)
    theirs = await _closed(engine.again(one) for one in again)
    told = f"{len(some) / theirs:,.0f}/s, the same {len(again)} requests alone"
    rate = len(some) / ours
    rows.append(_row("meilisearch: closed loop", rate, "searches/s", told, theirs / ours))
    return rows, Measured("meilisearch", MEILISEARCH_LAYOUT, kinds)


def _chunks(made: Sequence[Document]) -> Iterator[Sequence[Document]]:
    return (made[at : at + CHUNK] for at in range(0, len(made), CHUNK))


async def _seconds(steps: Iterable[Awaitable[object]]) -> float:
    begin = time.perf_counter()
    for step in steps:
        await step
    return time.perf_counter() - begin


async def _indexed(name: str, engine: Engine, there: Sequence[Named], base: float) -> list[Row]:
    """Index all; the ratio is of the first ones, which were fed directly, too, in ``base``."""
    await engine.prepare()
    first, rest = documents(there[:RAW]), documents(there[RAW:])
    ours = await _seconds([engine.upsert(first)])
    seconds = ours + await _seconds([engine.upsert(rest)])
    told = f"{len(first) / base:,.0f}/s for the first {len(first):,}, fed as they are stored"
    rate = len(there) / seconds
    return [_row(f"{name}: indexing {len(there):,}", rate, "documents/s", told, base / ours)]


def _kinds(kinds: Mapping[str, Figures], engine: str) -> list[Row]:
    return [row for kind in kinds.items() for row in _kind(engine, *kind)]


async def _closed(steps: Iterable[Awaitable[object]]) -> float:
    """Return the seconds that all take, some at a time."""
    gate = asyncio.Semaphore(CLIENTS)

    async def one(step: Awaitable[object]) -> None:
        async with gate:
            await step

    return await _seconds([asyncio.gather(*map(one, steps))])


async def _latency(name: str, engine: Engine, asked: Sequence[Question]) -> Row:
    """Ask at a stated rate, whether or not answers are late."""
    some = random.Random(SEED).choices(asked, k=int(RATE * AT_RATE))
    begin = time.perf_counter()

    async def one(place: int, text: str) -> float:
        due = begin + place / RATE
        await asyncio.sleep(due - time.perf_counter())
        await engine.search(Query(text=text))
        return (time.perf_counter() - due) * 1000

    late = await asyncio.gather(*(one(place, each.text) for place, each in enumerate(some)))
    told = f"p50 {statistics.median(late):.1f} ms, longest {max(late):.0f} ms"
    p99 = statistics.quantiles(late, n=100)[98]
    return _row(f"{name}: p99 at {RATE:.0f}/s, open loop", p99, "ms", told)


def _kind(engine: str, kind: str, one: Figures) -> list[Row]:
    told = f"{engine}: {kind}"
    if is_absent(kind):
        return [_row(f"{told}: no sure match", one.share(one.sure_and_right) * 100, "%")]
    beside = (
        f"first {one.share(one.first):.3f}, or one of the same form"
        f" {one.share(one.first_of_form):.3f}; sure and right {one.share(one.sure_and_right):.3f}"
    )
    return [_row(f"{told}: among ten", one.share(one.ten) * 100, "%", beside)]


def _row(name: str, value: float, unit: str, baseline: str = "", ratio: float | None = None) -> Row:
    return {"name": name, "value": value, "unit": unit, "baseline": baseline, "ratio": ratio}
