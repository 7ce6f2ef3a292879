"""Screening a list of 10,000 against the search engine asked the same questions.

The workload is pinned: all real registrations kept beside the project (made-up ones where they are
not there) as one city's log, every twentieth enterprise on a list of wage arrears, the region's
rulebook adopted; of them 10,000 drawn evenly: names as registered, codes, both, names with a
character missing, names without their legal form, and names of nobody.

Baseline in the same run, on the same server: one search of the engine for each of the same rows
(the code where there is no name), as many at once as screening asks. What is compared is all the
work of the node: match, weigh every record that may be shown, decide by law, write down, store.
"""

import asyncio
import random
import re
import statistics
import tempfile
import time
from collections.abc import Awaitable, Callable, Iterator, Sequence
from pathlib import Path

from registry.forms.enterprises import read_enterprises
from registry.screening.looking import IN_FLIGHT
from registry.store import embedded
from registry.store.migrate import migrate
from registry.store.screenings import ScreeningStore
from search.query import Query
from tests.bench.admission import Row
from tests.bench.baselines import subject as invented
from tests.conftest import ROOT
from tests.registry.query.scene import NANJING, WUHU, Scene, listing, open_scene, registration
from tests.registry.screening.test_job import Office, office_of

ROWS = 10_000
ROUNDS = 3
SEED = 20261127
LISTED_EVERY = 20
MADE_UP = 38_000
BATCH = 10_000
REAL = ROOT.parent / "shared" / "data" / "uscc" / "enterprises.csv"
_FORM = re.compile(r"(?:股份有限公司|有限责任公司|有限公司)\Z")
Firm = tuple[str, str]
Main = dict[str, object]


def _registrations() -> Iterator[Main]:
    if REAL.is_file():
        for _, row in read_enterprises(REAL.read_bytes()):
            if row.main is not None and not row.findings:
                yield dict(row.main)
        return
    for number in range(MADE_UP):
        yield registration(subject=invented(number), id=f"made-{number}")


def _firm(main: Main) -> Firm:
    subject = main["subject"]
    if not isinstance(subject, dict):
        raise TypeError(subject)
    return str(subject["name"]), str(subject.get("uscc") or subject.get("registration_no"))


def questions(firms: Sequence[Firm]) -> list[tuple[str, str]]:
    """Return name and code of each row; deterministic for the same firms."""
    chance = random.Random(SEED)
    rows: list[tuple[str, str]] = []
    for at in range(ROWS):
        name, code = chance.choice(firms)
        place = chance.randrange(1, max(len(name) - 1, 2))
        kinds = (
            *((name, ""), (name, ""), (name, ""), (name, ""), ("", code), (name, code)),
            *((name[:place] + name[place + 1 :], ""), (_FORM.sub("", name), "")),
            *((f"无此虚构{at:05d}号商行", ""), (name, code)),
        )
        rows.append(kinds[at % len(kinds)])
    return rows


async def _fill(scene: Scene) -> list[Firm]:
    mains = [{**main, "salt": f"{at:032x}"} for at, main in enumerate(_registrations(), 10**6)]
    await scene.rules((NANJING, "R02", "320100"))
    scene.publishers.clear()
    for start in range(0, len(mains), BATCH):
        await scene.state(WUHU, *mains[start : start + BATCH])
    listed = [listing(subject=main["subject"]) for main in mains[::LISTED_EVERY]]
    await scene.state(WUHU, *listed)
    await scene.node.db.pool.execute("ANALYZE")
    return [_firm(main) for main in mains]


async def _timed(work: Callable[[], Awaitable[object]]) -> float:
    start = time.perf_counter()
    await work()
    return time.perf_counter() - start


async def _searched(scene: Scene, rows: Sequence[tuple[str, str]]) -> None:
    slots = asyncio.Semaphore(IN_FLIGHT)

    async def one(text: str) -> None:
        async with slots:
            await scene.engine.search(Query(text=text, limit=8))

    await asyncio.gather(*(one(name or code) for name, code in rows))


async def _run(office: Office, body: bytes) -> str:
    screening = await office.make(body)
    await office.work()
    return screening


async def _measured(folder: Path) -> list[Row]:
    server = embedded.start(folder)
    try:
        await migrate(server.owner_url)
        async with open_scene(server.service_url, folder / "cosigned") as scene:
            rows = questions(await _fill(scene))
            body = "".join(f"{name},{code}\n" for name, code in rows)
            office, whole = office_of(scene), f"名称,代码\n{body}".encode()
            runs, found = [], ""
            for _ in range(ROUNDS):
                made: list[str] = []

                async def ours(made: list[str] = made) -> None:
                    made.append(await _run(office, whole))

                taken = await _timed(ours)
                base = await _timed(lambda: _searched(scene, rows))
                runs.append((taken, base))
                found = made[0]
            counts = await ScreeningStore(scene.node.db).counts(found, ROWS)
    finally:
        server.stop()
    return [_row(runs, counts)]


def _row(runs: Sequence[tuple[float, float]], counts: Sequence[tuple[str, str, str, int]]) -> Row:
    kinds = {kind: sum(n for k, _, _, n in counts if k == kind) for kind, *_ in counts}
    told = ", ".join(f"{kind} {number:,}" for kind, number in kinds.items())
    taken, base = (statistics.median(run[place] for run in runs) for place in (0, 1))
    return {
        "name": f"screening {ROWS:,} {'real' if REAL.is_file() else 'made-up'} names: {told}",
        "value": taken,
        "unit": "s",
        "baseline": f"{base:.1f} s, the engine asked the same; 180 s and 0.6x wanted",
        "ratio": statistics.median(b / a for a, b in runs),
    }


def measure() -> list[Row]:
    """Measure screening beside the engine."""
    with tempfile.TemporaryDirectory() as folder:
        return asyncio.run(_measured(Path(folder)))
