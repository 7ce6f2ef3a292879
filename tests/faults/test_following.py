"""Following through crashes and bad networks: what is held is always a state the log was in."""

import asyncio
import random
import signal
import subprocess
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest

from registry.exchange import pull
from registry.exchange.ahead import Ahead, Taken
from registry.exchange.kept import nothing_at
from registry.exchange.lies import PeerError
from registry.ledger.bodies import Chunk
from registry.ledger.read import LogReader
from registry.store.logs import log_id_of
from signing.merkle import CompactRange, leaf_hash
from signing.record import entry_of, split_line
from tests.conftest import TestDatabase
from tests.registry.exchange.region import HOME, LOG, Region, free_port, open_region, until
from tests.registry.exchange.test_pull import keep
from tests.registry.world import NODE, NOON, WUHU, Publisher, line

ROOT = Path(__file__).resolve().parents[2]
HEADER_END = b"\r\n\r\n"


@pytest.fixture
async def region(postgres_server, migrated_template, tmp_path) -> AsyncIterator[Region]:
    async with open_region(postgres_server, migrated_template, tmp_path) as opened:
        yield opened


# Kill -9 ----------------------------------------------------------------------------------------

DOOMED = """
import asyncio, dataclasses, os, signal, sys
from pathlib import Path
from pydantic import SecretStr
from registry.exchange import pull, staging
from registry.exchange.following import open_following, pull_means
from registry.ingest.admission import Means
from registry.ingest.admit import Door
from registry.ingest.slots import Slots
from registry.ledger.cosigned import CosignedFiles
from registry.settings import Settings
from registry.store.engine import open_database
from signing.charter import open_charter
from tests.registry.exchange.region import Ticking
from tests.registry.world import NODE, node_key

url, folder, ahead, fatal = sys.argv[1], Path(sys.argv[2]), float(sys.argv[3]), sys.argv[4]
pull.MAX_ENTRIES = 4

def die(*step):
    if "-".join(map(str, step)) == fatal:
        os.kill(os.getpid(), signal.SIGKILL)

class Dying(staging.Staging):
    kept = 0

    def keep(self, chunk):
        self.kept += 1
        die("keeping", self.kept)
        kept = super().keep(chunk)
        die("kept", self.kept)
        return kept

    def drop(self, upto):
        die("dropping")
        super().drop(upto)

    def clear(self):
        die("clearing")
        super().clear()

import registry.exchange.following as following
following.Staging = Dying

async def nobody(_body):
    die("witness")
    return b"x\\n"

async def main():
    settings = Settings(node_name=NODE, data_dir=folder, key_password=SecretStr("x"))
    clock, charter = Ticking(ahead), open_charter((folder.parent / "charter").read_bytes())
    async with open_database(url, 6) as db:
        cosigned = CosignedFiles(settings.cosigned_dir, f"{NODE}/mirror")
        mirror = node_key("mirror")
        step = lambda number: die("step", number)
        door = Door(Means(db, charter, NODE, mirror, cosigned, clock, Slots(2), step))
        means = pull_means(db, door, nobody, clock)
        async with open_following(settings, charter, mirror, means) as follows:
            await follows.once()

asyncio.run(main())
"""

#  dies         held after, files left, fetched first
DEATHS = [
    ("keeping-1", 2, 0, 2),  # the first chunk has come
    ("kept-2", 2, 2, 10),  # the first is proven, and another is kept
    ("step-5", 2, 3, None),  # the last statement, before the commit
    ("dropping", 13, 3, None),  # and behind it
    ("clearing", 13, 0, None),
    ("witness", 13, 0, None),
]


async def killed(region: Region, database: TestDatabase, folder: Path, fatal: str) -> None:
    """Follow in a process that kills itself at a step."""
    (folder / "charter").write_bytes(region.charter().note)
    region.clock.ahead += 10
    ahead = (region.clock.now() - NOON).total_seconds()
    command = [sys.executable, "-c", DOOMED, database.service_url, str(folder / NODE), str(ahead)]
    done = await asyncio.to_thread(
        subprocess.run, [*command, fatal], cwd=ROOT, capture_output=True, check=False, timeout=60
    )
    assert done.returncode == -signal.SIGKILL, done.stderr.decode()[-2000:]


@pytest.mark.slow
@pytest.mark.parametrize("death", DEATHS, ids=[d[0] for d in DEATHS])
async def test_a_crash_costs_at_most_a_chunk(region, tmp_path, monkeypatch, death):
    """A batch of eleven in chunks of four; nothing that was kept is fetched again."""
    fatal, held, staged, first = death
    monkeypatch.setattr(pull, "MAX_ENTRIES", 4)
    database, publisher = region.database(), Publisher(LOG)
    home = await region.open(HOME)
    await home.publish(publisher, [line(1), line(2)])
    async with region.node(NODE, database=database) as here:
        assert await here.follow() == ""
    await home.publish(publisher, [line(n) for n in range(3, 14)])
    await killed(region, database, tmp_path, fatal)
    assert len(list((tmp_path / NODE / "following").rglob("*.lines"))) == staged

    home.lying.asked.clear()
    region.clock.ahead += 10
    async with region.node(NODE, database=database) as here:
        assert await here.size() == held
        assert await here.follow() == ""
        assert await here.root() == publisher.tree.root()
        assert await here.audit() == []
        commits = await here.db.pool.fetch("SELECT start_idx, end_idx FROM commits ORDER BY seq")
        assert [tuple(row) for row in commits] == [(0, 2), (2, 13)]
    fetched = [target.partition("from=")[2] for target in home.lying.asked if "/bodies" in target]
    every = [f"{at}&count={min(4, 13 - at)}" for at in (2, 6, 10)]
    assert fetched == [one for one in every if first is not None and int(one[:-8]) >= first]
    assert list((tmp_path / NODE / "following" / f"{log_id_of(LOG):016x}").iterdir()) == []


async def test_a_damaged_chunk_costs_a_download_and_no_alarm(region, tmp_path):
    publisher = Publisher(LOG)
    home, here = await region.open(HOME), await region.open(NODE)
    for wrong in ("other lines", "of a larger tree", "of another log", "damaged"):
        first = publisher.tree.size
        lines = [line(n) for n in range(first, first + 4)]
        await home.publish(publisher, lines)
        note = (await LogReader(home.db).checkpoint(LOG)).rstrip(b"\n") + b"\n"
        kept = {
            "other lines": Chunk(LOG, first, first + 4, (note,), [*lines[:2], *lines[:1:-1]]),
            "of a larger tree": Chunk(LOG, first, first + 5, (note,), [*lines, line(99)]),
            "of another log": Chunk(WUHU, first, first + 4, (note,), lines),
        }
        path = keep(tmp_path / NODE, kept.get(wrong, Chunk(LOG, first, first + 4, (), [])))
        keep(tmp_path / NODE, Chunk(LOG, first, first + 1, (note,), lines[:1]), "coming")
        assert await here.follow() == ("staged-damaged" if wrong == "other lines" else "")
        assert await here.follow() == ""
        assert list(path.parent.iterdir()) == []
        assert await here.root() == publisher.tree.root()
    assert await here.alarms() == []


async def test_only_the_next_chunk_is_taken_from_ahead():
    ahead, asked = Ahead(), []

    async def take(start: int) -> Taken:
        asked.append(start)
        if start == 2:
            raise PeerError("peer-unreachable", "nobody is there")
        return nothing_at(LOG, start), False

    assert (await ahead.take(0, take))[0].start == 0
    ahead.go_on(1, take)
    assert (await ahead.take(1, take))[0].start == 1
    assert asked == [0, 1]
    ahead.go_on(1, take)
    assert (await ahead.take(5, take))[0].start == 5  # another was wanted
    ahead.go_on(2, take)
    with pytest.raises(PeerError):  # as it would have, had it been taken now
        await ahead.take(2, take)
    ahead.go_on(2, take)
    await ahead.end()
    await ahead.end()


async def test_damaged_staging_costs_a_download_and_no_error(region, tmp_path, monkeypatch):
    """The second of three chunks of a batch has other lines than its checkpoints say."""
    monkeypatch.setattr(pull, "MAX_ENTRIES", 4)
    publisher = Publisher(LOG)
    home = await region.open(HOME)
    await home.publish(publisher, [line(n) for n in range(10)])
    here = await region.open(NODE)
    keep(tmp_path / NODE, Chunk(LOG, 4, 8, (), [line(n) for n in (4, 5, 9, 8)]))
    assert await here.follow() == "staged-damaged"
    assert await here.follow() == ""
    assert await here.root() == publisher.tree.root()
    assert await here.alarms() == []
    assert await here.audit() == []


# The network ------------------------------------------------------------------------------------


class Proxy:
    """Stands between two nodes and does to answers what networks, and worse, do."""

    def __init__(self, port: int, seed: int) -> None:
        self.port = port
        self.listens = free_port()
        self.bad = True
        self.done: list[str] = []
        self._random = random.Random(seed)
        self._earlier: list[bytes] = []

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            while request := await self._message(reader):
                answer = await self._ask(request)
                if not await self._give(writer, answer):
                    break
        except (OSError, asyncio.IncompleteReadError):
            pass
        finally:
            writer.close()

    async def _ask(self, request: bytes) -> bytes:
        reader, writer = await asyncio.open_connection("127.0.0.1", self.port)
        writer.write(request)
        answer = await self._message(reader)
        writer.close()
        return answer

    async def _message(self, reader: asyncio.StreamReader) -> bytes:
        try:
            head = await reader.readuntil(HEADER_END)
        except asyncio.IncompleteReadError:
            return b""
        fields = head.lower().split(b"\r\n")
        sizes = [int(one[15:]) for one in fields if one.startswith(b"content-length:")]
        return head + await reader.readexactly(sum(sizes))

    async def _give(self, writer: asyncio.StreamWriter, answer: bytes) -> bool:
        """Pass an answer on; False where the connection ends with it."""
        deed = self._random.choice(DEEDS) if self.bad else "nothing"
        self.done.append(deed)
        head, _, body = answer.partition(HEADER_END)
        self._earlier = [*self._earlier[-20:], answer]
        if deed == "drop":
            return False
        if deed == "delay":
            await asyncio.sleep(0.05)
        elif deed == "truncate":
            writer.write(answer[: self._random.randrange(len(answer))])
            await writer.drain()
            return False
        elif deed == "corrupt" and body:
            at = self._random.randrange(len(body))
            spoilt = body[:at] + bytes([body[at] ^ 1 << self._random.randrange(8)]) + body[at + 1 :]
            answer = head + HEADER_END + spoilt
        elif deed in {"replay", "reorder"}:
            answer = self._random.choice(self._earlier)
        writer.write(answer)
        await writer.drain()
        return True


DEEDS = (
    "nothing",
    "nothing",
    "nothing",
    "drop",
    "delay",
    "truncate",
    "corrupt",
    "replay",
    "reorder",
)


@asynccontextmanager
async def between(port: int, seed: int) -> AsyncIterator[Proxy]:
    proxy = Proxy(port, seed)
    server = await asyncio.start_server(proxy.serve, "127.0.0.1", proxy.listens)
    try:
        yield proxy
    finally:
        server.close()


@pytest.mark.parametrize("seed", range(3))
async def test_a_bad_network_delays_and_never_deceives(region, monkeypatch, seed):
    monkeypatch.setattr(pull, "MAX_ENTRIES", 5)
    async with between(region.ports[HOME], seed) as proxy:
        region.urls[HOME] = f"http://127.0.0.1:{proxy.listens}"
        here, home = await region.open(NODE), await region.open(HOME)
        publisher, tree = Publisher(LOG), CompactRange()
        roots, number = {0: tree.root()}, 0
        for size in (3, 1, 12, 2, 7):
            lines = [line(n) for n in range(number, number + size)]
            number += size
            for one in lines:
                tree.extend([leaf_hash(entry_of(*split_line(one)))])
                roots[tree.size] = tree.root()
            await home.publish(publisher, lines)
            for _ in range(6):
                region.clock.ahead += 1
                await here.follow()
                assert await here.root() == roots[await here.size()]
        assert len(set(proxy.done)) > 5
        proxy.bad = False
        assert await here.follow() == ""
        assert await here.root() == publisher.tree.root()
        assert "fork" not in await here.alarms()
        assert await here.audit() == []


async def test_who_was_away_catches_up_and_none_waits_for_another(
    postgres_server, migrated_template, tmp_path
):
    """Three nodes: the home of one log is down, the other's log goes on, and then all agree."""
    away = "node3.example"
    async with open_region(
        postgres_server, migrated_template, tmp_path, (NODE, HOME, away)
    ) as region:
        database, publisher = region.database(), Publisher(LOG)
        home = await region.open(HOME)
        async with region.node(NODE, database=database, every=0.1) as here:
            await home.publish(publisher, [line(1)])

            async def held() -> bool:
                return await here.size() == publisher.tree.size

            assert await until(held) < 5
        for number in range(2, 9):
            await home.publish(publisher, [line(number)])
        async with region.node(NODE, database=database, every=0.1) as here:
            third = await region.open(away, every=0.1)
            assert await until(held) < 5

            async def agrees() -> bool:
                return await third.size() == 8

            await until(agrees)
            assert await third.root() == await here.root() == publisher.tree.root()
            states = {one.origin: one for one in await third.following.states()}
            assert states[LOG].failure == ""
        await until(lambda: _fails(third))
        await home.publish(publisher, [line(9)])

        async def goes_on() -> bool:
            return await third.size() == 9

        assert await until(goes_on) < 5


async def _fails(node) -> bool:
    """The node that has stopped is the home of the other logs."""
    failures = {one.failure for one in await node.following.states() if one.origin != LOG}
    return "peer-unreachable" in failures
