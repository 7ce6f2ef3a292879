"""Kill -9 at each numbered step of admission: no partial batch, no fork, the same receipt."""

import signal
import subprocess
import sys
from pathlib import Path

import pytest

from registry.clock import FixedClock
from registry.ingest.recheck import audit_records
from registry.ledger.audit import audit_logs
from registry.ledger.cosigned import CosignedFiles
from signing.receipt import open_receipt
from tests.registry.world import NODE, NOON, WUHU, Publisher, line, log_key, node_key, open_node

ROOT = Path(__file__).resolve().parents[2]

DOOMED = """
import asyncio, os, signal, sys
from pathlib import Path
from tests.registry.world import open_node

url, folder, batch, fatal = sys.argv[1], Path(sys.argv[2]), Path(sys.argv[3]), int(sys.argv[4])

def step(number):
    if number == fatal:
        os.kill(os.getpid(), signal.SIGKILL)

async def main():
    async with open_node(url, folder) as node:
        node.step = step
        await node.admit(batch.read_bytes())

asyncio.run(main())
"""


def die_at(step: int, url: str, folder: Path, batch: Path) -> int:
    done = subprocess.run(
        [sys.executable, "-c", DOOMED, url, str(folder), str(batch), str(step)],
        cwd=ROOT,
        capture_output=True,
        check=False,
        timeout=60,
    )
    return done.returncode


#  step dies after ...               stored afterwards   last cosigned afterwards
STEPS = [
    (1, "the header is read", 20, 20),
    (2, "the signature is verified", 20, 20),
    (3, "the root is compared", 20, 20),
    (4, "the rows are written", 20, 20),
    (5, "the last statement, before the commit", 20, 620),
    (6, "the commit, before the answer", 620, 620),
]


@pytest.mark.parametrize(("step", "where", "stored", "cosigned"), STEPS, ids=[s[1] for s in STEPS])
async def test_a_crash_leaves_all_or_nothing(database, tmp_path, step, where, stored, cosigned):
    folder = tmp_path / "cosigned"
    publisher = Publisher(WUHU)
    async with open_node(database.service_url, folder) as node:
        await node.admit(publisher.seal([line(i) for i in range(20)]))
    sealed = tmp_path / "sealed.batch"
    sealed.write_bytes(publisher.seal([line(i) for i in range(20, 620)]))

    assert die_at(step, database.service_url, folder, sealed) == -signal.SIGKILL, where

    async with open_node(database.service_url, folder) as node:
        count = await node.db.pool.fetchval("SELECT count(*) FROM entries")
        size = await node.db.pool.fetchval("SELECT size FROM log_heads")
        assert (count, size) == (stored, stored)
        last = CosignedFiles(folder, f"{NODE}/mirror").read(WUHU)
        assert last is not None
        assert last.size == cosigned

        first = await node.admit(sealed.read_bytes())
        node.clock = FixedClock(NOON.replace(year=2027))
        again = await node.admit(sealed.read_bytes())
        assert again.receipt == first.receipt
        assert again.repeated
        receipt = open_receipt(first.receipt, [log_key(WUHU).vkey], [node_key("mirror").vkey])
        assert (receipt.size, receipt.root) == (620, publisher.tree.root())
        assert await node.db.pool.fetchval("SELECT count(*) FROM commits") == 2
        report = await audit_logs(node.db, node.charter)
        await audit_records(node.db, report)
        assert report.problems == []


async def test_no_crash_means_no_death(database, tmp_path):
    sealed = tmp_path / "sealed.batch"
    sealed.write_bytes(Publisher(WUHU).seal([line(1)]))
    assert die_at(0, database.service_url, tmp_path / "cosigned", sealed) == 0
