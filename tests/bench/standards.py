"""Standards: the one question over HTTP and in bulk, and importing a catalogue.

The workload is pinned: 100,000 standards, each replacing an edition of its own, and 100,000
recognitions, drawn evenly over standards, members and uses; stored as admission stores them, by
COPY with the rows of the index that derivation makes. Asked are 2,000 standards drawn evenly,
half of them where something is recognised.

Baselines in the same run: one indexed query for the same number that returns the stored bytes, as
one more handler of the same server (``serving.py``); for the bulk question as many such queries
one after another on one connection. For the import see ``imports.py``.
"""

import asyncio
import random
import shutil
import statistics
import time
from collections.abc import Iterable, Iterator, Sequence
from hashlib import sha256
from pathlib import Path
from urllib.parse import quote

import asyncpg
import httpx
import msgspec

from registry.demo.facts import MEMBERS
from registry.domain.records import decode_main
from registry.domain.subjects import identity
from registry.query.standards_views import USES
from registry.resources import open_resources
from registry.standards.spoken import Spoken
from registry.store import embedded
from registry.store.logs import log_id_of
from signing.record import encode_record, entry_of
from tests.bench import imports, loaded
from tests.bench.admission import Row
from tests.bench.load import Load
from tests.bench.reading import AT_RATE, ROUNDS, SECONDS, URL, _quantile, _row, _served
from tests.bench.serving import STORED_STANDARD, STORED_STANDARD_QUERY

NUMBERS = 100_000
RECOGNITIONS = 100_000
ASKED = 2_000
BULK = 10_000
SEED = 20261126
TOGETHER = 5_000
_OFFICE = {"name": "示例市场监督管理局", "kind": "市场监督管理部门"}


def _main(kind: str, number: int, /, **members: object) -> bytes:
    common: dict[str, object] = {
        "v": 1,
        "type": kind,
        "id": f"{kind[:10]}{number}",
        "salt": sha256(f"{kind} {number}".encode()).hexdigest()[:32],
        "subject": {"kind": "organisation", "name": f"示例标准机构{number % 997}"},
        "authority": _OFFICE,
        "source_unit": {"name": "示例市场监督管理局"},
        "decided_on": "2026-01-10",
        "publication": "public",
        "severity": {"class": "unclassified"},
        "provenance": {"kind": "original"},
    }
    return encode_record(common | members)


def _number(at: int) -> str:
    return f"GB/T {10_000 + at}"


def standards() -> Iterator[bytes]:
    """Yield the standards of the pinned workload."""
    for at in range(NUMBERS):
        yield _main(
            "standard",
            at,
            number=f"{_number(at)}-2020",
            title=f"示例产品{at}技术要求与试验方法",
            obligation="voluntary",
            issued_on="2020-03-01",
            effective_on="2020-10-01",
            replaces=[{"number": f"{_number(at)}-2008", "extent": "whole"}],
            ics=[f"{13 + at % 80}.{at % 100:02d}0"],
        )


def recognitions() -> Iterator[tuple[int, str, str, bytes]]:
    """Yield standard, territory, use and record of each recognition."""
    chance = random.Random(SEED)
    for at in range(RECOGNITIONS):
        which = chance.randrange(NUMBERS)
        territory, use = chance.choice(MEMBERS).code, chance.choice(USES)
        line = _main(
            "standard_recognition",
            at,
            number=f"{_number(which)}-2020",
            use=use,
            territory=territory,
            route="tender_document" if use == "tender" else "scheme",
            degree=chance.choice(("full", "full", "partial", "conditional")),
            conditions=["随附检测报告"],
            instrument=f"示市监标〔2026〕{at}号",
            products=["示例产品"],
            in_force_from="2026-02-01",
        )
        yield which, territory, use, line


async def _copy(connection: asyncpg.Connection, origin: str, lines: Iterable[bytes]) -> None:
    """Store the records of a member as admission does."""
    log_id, idx = log_id_of(origin), 0
    rows: dict[str, list[tuple[object, ...]]] = {"entries": [], "records": [], "subjects": []}
    spoken, known = Spoken(), set()

    async def flush() -> None:
        tables = {**rows, "standard_index": spoken.index, "standard_words": spoken.words}
        for name, some in tables.items():
            await connection.copy_records_to_table(name, records=list(some))
            some.clear()

    for line in lines:
        record = decode_main(line)
        who = identity(record.subject, origin, record.id)
        rows["entries"].append((log_id, idx, entry_of(line, None), line, None))
        kind = str(record.__struct_config__.tag)
        columns = (record.decided_on, "", None, None, True, [])
        rows["records"].append((who.subject_id, log_id, idx, kind, record.id, *columns))
        if who.subject_id not in known:
            known.add(who.subject_id)
            subject = (who.subject_id, who.scheme, who.identifier, "organisation", who.orgcode)
            rows["subjects"].append(subject)
        spoken.add(record, (log_id, idx), who.subject_id)
        idx += 1
        if idx % TOGETHER == 0:
            await flush()
    await flush()
    await connection.execute(
        "INSERT INTO logs VALUES ($1, $2, (SELECT $3)) ON CONFLICT DO NOTHING",
        log_id, origin, next(one.code for one in MEMBERS if one.origin == origin),
    )  # fmt: skip
    await connection.execute(
        "INSERT INTO log_heads VALUES ($1, $2, $3, '', 0)", log_id, idx, bytes(32)
    )


async def _load(folder: Path) -> None:
    settings = loaded.settings_of(folder)
    loaded.write_charter(folder, settings)
    async with open_resources(settings):
        pass
    of: dict[str, list[bytes]] = {}
    origins = {one.code: one.origin for one in MEMBERS}
    for _, territory, _, line in recognitions():
        of.setdefault(origins[territory], []).append(line)
    first = MEMBERS[0].origin
    server = await asyncio.to_thread(embedded.start, settings.data_dir)
    try:
        connection = await asyncpg.connect(server.owner_url)
        for origin in (first, *(one for one in of if one != first)):
            own = standards() if origin == first else iter(())
            await _copy(connection, origin, [*own, *of.get(origin, [])])
        await connection.close()
    finally:
        server.stop()
    await loaded._vacuum(settings)


def kept() -> Path:
    """Return the folder of a node with the workload, made now if it is not there yet."""
    own = sha256(Path(__file__).read_bytes()).hexdigest()[:8]
    folder = loaded.KEPT / f"standards-{own}-{loaded._digest()}"
    if not (folder / "complete").is_file():
        for old in loaded.KEPT.glob("standards-*"):
            shutil.rmtree(old)
        folder.mkdir(parents=True)
        asyncio.run(_load(folder))
        (folder / "complete").touch()
    return folder


def _questions() -> list[tuple[str, str, str]]:
    """Return number, territory and use of each question: every second has a recognition."""
    chance = random.Random(SEED + 1)
    known = [one[:3] for one in recognitions()]
    asked = []
    for at in range(ASKED):
        which, territory, use = chance.choice(known)
        if at % 2:
            which = chance.randrange(NUMBERS)
        asked.append((f"{_number(which)}-2020", territory, use))
    return asked


def _single(load: Load) -> list[Row]:
    asked = _questions()
    ours = [
        f"/api/v1/standards/usable?number={quote(number)}&territory={territory}&use={use}"
        for number, territory, use in asked
    ]
    stored = [f"{STORED_STANDARD}?identity={quote(one.partition('-')[0])}" for one, _, _ in asked]
    for paths in (ours, stored):
        load.most(paths, SECONDS)
    runs = [(load.most(ours, SECONDS), load.most(stored, SECONDS)) for _ in range(ROUNDS)]
    reached = statistics.median(rate for rate, _ in runs)
    baseline = f"{statistics.median(rate for _, rate in runs):,.0f}/s, one query, stored bytes"
    ratio = statistics.median(rate / base for rate, base in runs)
    late = load.at_rate(ours, reached / 2, AT_RATE)
    name = "may a standard serve, 100,000 standards and recognitions"
    return [
        _row(name, reached, "requests/s", baseline, ratio),
        _row(f"{name}, at half that, p50", _quantile(late, 50), "ms"),
        _row(f"{name}, at half that, p99", _quantile(late, 99), "ms", "50 wanted"),
    ]


async def _one_by_one(url: str, identities: Sequence[str]) -> float:
    connection = await asyncpg.connect(url)
    start = time.perf_counter()
    for one in identities:
        await connection.fetch(STORED_STANDARD_QUERY, one)
    taken = time.perf_counter() - start
    await connection.close()
    return taken


def _bulk(url: str) -> Row:
    chance = random.Random(SEED + 2)
    numbers = [_number(chance.randrange(NUMBERS)) for _ in range(BULK)]
    body = b"".join(msgspec.json.encode({"number": f"{one}-2020"}) + b"\n" for one in numbers)
    address = f"{URL}/api/v1/standards/usable?territory={MEMBERS[0].code}&use=tender"
    ours, theirs = [], []
    for _ in range(3):
        start = time.perf_counter()
        answer = httpx.post(address, content=body, timeout=300)
        ours.append(time.perf_counter() - start)
        lines = answer.content.splitlines()
        if len(lines) != BULK or b'"verdict"' not in lines[-1]:
            raise RuntimeError(answer.text[:500])
        theirs.append(asyncio.run(_one_by_one(url, numbers)))
    ratio = statistics.median(b / a for a, b in zip(ours, theirs, strict=True))
    base = f"{statistics.median(theirs):.1f} s, {BULK:,} single queries; 30 s wanted"
    return _row(f"{BULK:,} numbers in bulk", statistics.median(ours), "s", base, ratio)


def measure() -> list[Row]:
    """Measure the question, alone and in bulk, and the import."""
    folder = kept()
    with _served(folder, "granian"), Load(loaded.PORT) as load:
        rows = _single(load)
        server = embedded.start(loaded.settings_of(folder).data_dir)
        rows.append(_bulk(server.service_url))
    return [*rows, *imports.measure()]
