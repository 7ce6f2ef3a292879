"""A node that holds the million records of ``million.py``, kept between runs.

Every batch is signed by its member and goes through the door like any other: what is measured
afterwards was checked, hashed, cosigned and stored by the code that would do so in service. The
search index is built by the follower's own indexer, once over all subjects at the end instead of
after each batch (documents follow from the current state, so they are the same), and the tables are
vacuumed, as on a node that has run for a day.

The folder is named after a digest of all code that decides what is stored; other digests are
removed.
"""

import asyncio
import shutil
from collections.abc import Iterator
from concurrent.futures import ProcessPoolExecutor
from contextlib import contextmanager
from hashlib import sha256
from pathlib import Path
from typing import TypeVar

import asyncpg
from pydantic import SecretStr
from rich.console import Console

from registry.clock import SystemClock
from registry.demo.charter import DemoNode, make_charter, new_roots
from registry.demo.facts import MEMBERS, PARTIES
from registry.demo.region import DemoRegion, build
from registry.demo.rulebook import rulebook_files
from registry.ingest.attachments import AttachmentDoor
from registry.projections.indexing import MeilisearchMarks
from registry.projections.search import NAME, Indexer
from registry.projections.served import MEILISEARCH
from registry.resources import MIRROR, WITNESS, Resources, node_key, open_resources
from registry.settings import Settings
from registry.store import embedded
from registry.store.reading_follow import FollowReading
from search.engine import Engine
from tests.bench.million import PER_LOG, SUBJECTS, Writer
from tests.conftest import ROOT
from tests.meilisearch import FETCHED, KEY, MeilisearchServer
from tests.registry.world import Publisher, chunks, log_key

KEPT = Path(".cache/bench")
PORT = 18766
BATCHES = 6
"""Batches of one member: some 16,700 records each, sixty in all."""
TOGETHER = 2_000
"""Documents built and stored at once."""
STORED_BY = (
    "search", "signing", "registry/demo", "registry/domain", "registry/ingest",
    "registry/ledger", "registry/projections", "registry/rules/books", "registry/standards",
    "registry/store",
    "tests/bench/million.py", "tests/bench/loaded.py", "tests/bench/baselines.py",
)  # fmt: skip
NOT_BY = ("registry/store/reading.py", "registry/store/reading_records.py")
"""What only reads, though it stands among what stores."""
T = TypeVar("T")


def settings_of(folder: Path, search_url: str = "", search_key: str = "") -> Settings:
    """Return the settings of the node kept in a folder; its database is the embedded one there."""
    return Settings(
        node_name="node.localhost",
        data_dir=folder / "node",
        charter=folder / "charter",
        key_password=SecretStr("bench"),
        port=PORT,
        requests_per_second=0,
        public_url=f"http://127.0.0.1:{PORT}",
        search_url=search_url,
        search_key=SecretStr(search_key),
    )


def loaded() -> Path:
    """Return the folder of a node that holds the million, made now if it is not there yet."""
    folder = KEPT / f"million-{_digest()}"
    if not (folder / "complete").is_file():
        for old in KEPT.glob("million-*"):
            shutil.rmtree(old)
        folder.mkdir(parents=True)
        asyncio.run(_load(folder))
        (folder / "complete").touch()
    return folder


@contextmanager
def with_meilisearch(folder: Path) -> Iterator[tuple[str, str] | None]:
    """Give address and key of a Meilisearch that holds the index, or None where there is none."""
    if not (FETCHED.is_file() or shutil.which("meilisearch")):
        yield None
        return
    kept = folder / "meilisearch"
    if not (kept / "complete").is_file():
        shutil.rmtree(kept, ignore_errors=True)
        kept.mkdir()
    server = MeilisearchServer(kept.resolve())
    server.start()
    try:
        if not (kept / "complete").is_file():
            asyncio.run(_fill(settings_of(folder, server.url, KEY)))
            (kept / "complete").touch()
        yield server.url, KEY
    finally:
        server.kill()


async def _fill(settings: Settings) -> None:
    """Index all subjects once, and mark the index as holding every commit."""
    async with open_resources(settings) as resources:
        (served,) = resources.served
        marks = MeilisearchMarks(resources.db, served.engine, resources.search.count, NAME)
        await marks.stand()
        await _index(resources, served.engine, MEILISEARCH)
        await marks.mark(await FollowReading(resources.db.pool).last())


def _digest() -> str:
    whole = sha256()
    for name in STORED_BY:
        place = ROOT / name
        files = sorted(place.rglob("*")) if place.is_dir() else [place]
        for file in files:
            path = file.relative_to(ROOT).as_posix()
            if file.is_file() and file.suffix != ".pyc" and path not in NOT_BY:
                whole.update(sha256(path.encode()).digest() + sha256(file.read_bytes()).digest())
    return whole.hexdigest()[:12]


def _sealed(place: int, first: list[bytes]) -> list[bytes]:
    """Seal all batches of one member; ``first`` are lines that come before the pinned ones."""
    publisher = Publisher(MEMBERS[place].origin)
    lines = [*first, *Writer(place).lines()]
    return [publisher.seal(part) for part in _parts(lines, -(-len(lines) // BATCHES))]


def _parts(whole: list[T], size: int) -> Iterator[list[T]]:
    return (whole[start : start + size] for start in range(0, len(whole), size))


def write_charter(folder: Path, settings: Settings) -> None:
    """Write the charter of a node whose logs have the keys of the tests' publishers."""
    mirror, witness = (node_key(settings, use).vkey for use in (MIRROR, WITNESS))
    node = DemoNode(settings.node_name, settings.public_url, mirror, witness)
    logs = {party.origin: log_key(party.origin).vkey for party in PARTIES}
    now = SystemClock().now()
    (folder / "charter").write_bytes(make_charter(new_roots(), logs, (node,), now))


async def _load(folder: Path) -> None:
    settings, clock, say = settings_of(folder), SystemClock(), Console(stderr=True).print
    write_charter(folder, settings)
    region = build(rulebook_files())
    async with open_resources(settings, clock) as resources:
        await _admit_region(resources, region)
        with ProcessPoolExecutor(1) as other:
            work = [
                other.submit(_sealed, place, _lines(region, member.origin, "adoption"))
                for place, member in enumerate(MEMBERS)
            ]
            for member, sealed in zip(MEMBERS, work, strict=True):
                for batch in await asyncio.wrap_future(sealed):
                    await resources.door.admit(member.origin, chunks(batch), "identity")
                say(f"admitted {PER_LOG:,} records of {member.name}")
        await _index(resources, resources.search, NAME)
        say(f"indexed {SUBJECTS:,} subjects")
    await _vacuum(settings)


def _lines(region: DemoRegion, origin: str, kind: str) -> list[bytes]:
    return [one.line for one in region.logs[origin] if one.type == kind]


async def _admit_region(resources: Resources, region: DemoRegion) -> None:
    """Admit the rulebook with its files, from the region office's log."""
    origin = PARTIES[0].origin
    batch = Publisher(origin).seal(_lines(region, origin, "rulebook"))
    await resources.door.admit(origin, chunks(batch), "identity")
    for digest, body in region.attachments.items():
        await AttachmentDoor(resources.db).put(origin, digest, chunks(body))


async def _index(resources: Resources, engine: Engine, name: str) -> None:
    db, reading = resources.db, FollowReading(resources.db.pool)
    last = await reading.last()
    rows = await db.pool.fetch("SELECT subject_id FROM subjects")
    indexer = Indexer(db, engine, resources.clock)
    for part in _parts(rows, TOGETHER):
        await indexer.index(row[0] for row in part)
    await reading.move(name, 0, last)


async def _vacuum(settings: Settings) -> None:
    server = embedded.start(settings.data_dir)
    try:
        connection = await asyncpg.connect(server.owner_url)
        await connection.execute("VACUUM (ANALYZE)")
        await connection.execute("CHECKPOINT")
        await connection.close()
    finally:
        server.stop()
