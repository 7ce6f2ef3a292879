"""Importing a catalogue of standards: from its file to admitted records.

The file is ISO's open data where it lies beside the project (``../shared/data``), else entries
made up in its shape (title, stage, ICS, replaces). Read are all rows, with what they replace
resolved; every record that passes its checks is sealed and admitted.

Baseline in the same run, batch by batch by turns on the same node: as many penalties through the
same door; for the whole way, as many penalties as JSON Lines, made into lines and checked as well.
"""

import asyncio
import gzip
import secrets
import statistics
import tempfile
import time
from collections.abc import Iterable, Iterator, Sequence
from datetime import date
from hashlib import sha256
from pathlib import Path

import msgspec

from registry.catalogues.reading import Catalogue
from registry.catalogues.records import Source, record_of
from registry.cli.node import collect_rarely
from registry.clock import SystemClock
from registry.ingest.checks import check_made, make_line
from registry.standards.stated import read_number
from registry.store import embedded
from registry.store.migrate import migrate
from signing.record import encode_record
from tests.bench.admission import Row
from tests.bench.baselines import SUBJECTS, penalties
from tests.conftest import ROOT
from tests.registry.world import WUHU, Node, Publisher, open_node

FILE = ROOT.parent / "shared/data/standards/iso_deliverables.csv.gz"
ENTRIES = 71_267
"""As many as ISO's open data listed when the size was pinned."""
BATCHES = 6
CHECKED_ON = date(2026, 11, 1)
_WORDS = ("quality", "environmental", "thermal", "electrical", "chemical", "mechanical", "data")
_COLUMNS = "reference,title_en,type,published,edition,stage,ics,committee,obsoletes,updates"


def made_up(count: int) -> Iterator[str]:
    """Yield the lines of a catalogue in the shape of ISO's open data."""
    yield _COLUMNS
    for at in range(count):
        title = " ".join(_WORDS[(at + place) % len(_WORDS)] for place in range(8))
        earlier = f"ISO {at - 1}:2012" if at % 2 else ""
        ics = f"{1 + at % 97:02d}.{at % 10:03d}"
        yield f"ISO {at}:2012,{title},IS,2012-06,1,60.60,{ics},TC {at % 300},{earlier},"


def _read() -> tuple[Catalogue, list[bytes]]:
    """Return the catalogue, read, and the lines of its records that pass their checks."""
    packed = FILE.is_file()
    text = gzip.decompress(FILE.read_bytes()).decode() if packed else "\n".join(made_up(ENTRIES))
    catalogue, source = Catalogue(text, "iso"), Source("ISO open data", CHECKED_ON)
    fields = (row.fields for row in catalogue.rows() if row.fields is not None)
    return catalogue, _passing(record_of(one, source) for one in fields)


def _passing(mains: Iterable[dict[str, object]]) -> list[bytes]:
    """Return the lines of those records that pass their checks, as before they are sealed."""
    salts: set[str] = set()
    made = (make_line({**one, "salt": secrets.token_hex(16)}, None) for one in mains)
    return [one.line for one in made if check_made(one, salts).ok]


async def _admitted(node: Node, publisher: Publisher, lines: Sequence[bytes]) -> float:
    batch = publisher.seal(list(lines))
    began = time.perf_counter()
    admitted = await node.admit(batch)
    if admitted.quarantined_count:
        raise RuntimeError(str(admitted.quarantined[:1]))
    return time.perf_counter() - began


async def _by_turns(ours: Sequence[bytes], plain: Sequence[bytes]) -> list[tuple[float, float]]:
    """Admit both in batches, by turns, as many of one as of the other; return the seconds."""
    publisher, taken, each = Publisher(WUHU), [], -(-len(ours) // BATCHES)
    with tempfile.TemporaryDirectory() as folder:
        server = embedded.start(Path(folder))
        try:
            await migrate(server.owner_url)
            async with open_node(server.service_url, Path(folder) / "c", SystemClock()) as node:
                for first in (penalties(1, 5_000, range(SUBJECTS)), made_lines(2_000)):
                    await _admitted(node, publisher, list(first))
                for at, start in enumerate(range(0, len(ours), each)):
                    both = (ours[start : start + each], plain[start : start + each])
                    order = both if at % 2 else both[::-1]
                    times = [await _admitted(node, publisher, some) for some in order]
                    taken.append((times[1 - at % 2], times[at % 2]))
        finally:
            server.stop()
    return taken


def made_lines(count: int) -> Iterator[bytes]:
    """Yield editions that nothing else speaks of, so that every statement has been met."""
    source = Source("example", CHECKED_ON)
    fields = {"title": "data", "obligation": "voluntary"}
    for at in range(count):
        main = record_of({**fields, "number": f"GB/T {900_000 + at}-2020"}, source)
        yield encode_record({**main, "salt": sha256(f"first {at}".encode()).hexdigest()[:32]})


def measure() -> list[Row]:
    """Return the ratio of admission, and of the whole way from the file."""
    collect_rarely()
    began = time.perf_counter()
    catalogue, lines = _read()
    read = time.perf_counter() - began
    stated = list(penalties(10**6, len(lines), range(SUBJECTS)))
    began = time.perf_counter()
    plain = _passing(map(msgspec.json.decode, stated))
    made = time.perf_counter() - began
    read_number.cache_clear()  # a node has not read the file
    taken = asyncio.run(_by_turns(lines, plain))
    ours, theirs = (sum(one[place] for one in taken) for place in (0, 1))
    told, name = catalogue.summary, "real ISO" if FILE.is_file() else "made-up"
    whole = (made + theirs) * told.rows / len(lines)
    relations = f"{told.resolved:,} of {told.relations:,} relations"
    return [
        _row(f"admission of {len(lines):,} {name} entries", ours,
             f"{theirs:.1f} s, as many penalties; up to 1.5x wanted",
             statistics.median(a / b for a, b in taken)),
        _row(f"import of {told.rows:,} {name} entries, {relations}", read + ours,
             f"{whole:.1f} s, as many penalties as JSON Lines", (read + ours) / whole),
    ]  # fmt: skip


def _row(name: str, value: float, baseline: str, ratio: float) -> Row:
    return {"name": name, "value": value, "unit": "s", "baseline": baseline, "ratio": ratio}
