"""The main job on the PostgreSQL of Debian, which is what an operator has: older than the wheel's.

Admission with everything it stores, following and finding, a decision with its measure, checking
again, and an audit that finds nothing.
"""

import os
import pwd
import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from registry.clock import FixedClock
from registry.ingest.recheck import audit_records
from registry.ingest.rederive import rederive
from registry.ledger.audit import audit_logs
from registry.projections.recheck import audit_index
from registry.store.charters import CharterStore
from registry.store.migrate import migrate, pending
from search.query import Query
from tests.conftest import TestDatabase, absent
from tests.registry.query.scene import (
    FIRM,
    NANJING,
    PUBLIC,
    TODAY,
    WUHU,
    act,
    listing,
    open_scene,
    penalty,
    permit,
    registration,
    sid,
    uscc,
)
from tests.registry.world import NOON

OWNER = "postgres"


def programs() -> Path:
    """Return the folder of the newest server that Debian has installed."""
    found = sorted(Path("/usr/lib/postgresql").glob("*/bin/postgres"))
    if not found:
        absent("no PostgreSQL server of Debian on this machine (Debian package: postgresql)")
    return found[-1].parent


@pytest.fixture
def debian_database() -> Iterator[TestDatabase]:
    """A cluster of Debian's server, of its own user where the tests run as root."""
    bin_path = programs()
    folder = Path(tempfile.mkdtemp(prefix="registry-debian-pg-"))
    user = OWNER if os.getuid() == 0 else None
    if user is not None:
        os.chown(folder, pwd.getpwnam(user).pw_uid, -1)

    def run(name: str, *arguments: str) -> None:
        subprocess.run(
            [str(bin_path / name), *arguments],
            check=True, user=user, cwd=folder, stdout=subprocess.DEVNULL,
        )  # fmt: skip

    data = str(folder / "data")
    run("initdb", "-D", data, "-U", OWNER, "-A", "trust", "-E", "UTF8", "--no-sync")
    options = f"-c listen_addresses='' -c unix_socket_directories='{folder}' -c fsync=off"
    run("pg_ctl", "-D", data, "-w", "-o", options, "-l", str(folder / "log"), "start")
    try:
        owner, service = (
            f"postgresql://{role}@/postgres?host={folder}" for role in (OWNER, "registry_service")
        )
        yield TestDatabase(owner, service)
    finally:
        run("pg_ctl", "-D", data, "-w", "-m", "immediate", "stop")
        shutil.rmtree(folder, ignore_errors=True)


async def test_the_main_job_on_debians_postgresql(debian_database, tmp_path):
    assert await migrate(debian_database.owner_url)
    assert await pending(debian_database.owner_url) == ()
    async with open_scene(debian_database.service_url, tmp_path / "cosigned") as scene:
        node = scene.node
        current = node.charter
        await CharterStore(node.db).add(1, current.note, current.digest, NOON)
        await scene.rules((NANJING, "R02", "320100"))
        await scene.one(WUHU, registration(former_names=[{"name": "芜湖旧名建设有限公司"}]))
        await scene.one(WUHU, listing())
        await scene.one(NANJING, permit())
        repaired = await scene.one(WUHU, penalty())
        await scene.one(WUHU, act("repair", repaired, "2026-09-01"))
        await scene.state(WUHU, penalty(fine_wan_yuan="x"))
        assert len(scene.quarantined) == 1

        async def told() -> tuple[object, ...]:
            texts = (FIRM, "芜湖旧名建设有限公司", uscc(1))
            hits = [(await scene.reader.find(Query(text=text), PUBLIC)).hits for text in texts]
            answer = await scene.reader.decide(
                sid(uscc(1)), "320100", "public_funds", "", TODAY, PUBLIC
            )
            measures = [one.measure for one in answer.decision.measures]
            return ([[hit.subject_id for hit in some] for some in hits], measures)

        before = await told()
        assert before == ([[sid(uscc(1))]] * 3, ["m-funds"])
        assert await rederive(debian_database.owner_url) == 8
        await scene.follower.catch_up()
        assert await told() == before
        report = await audit_logs(node.db, node.charter)
        await audit_records(node.db, report)
        await audit_index(node.db, scene.engine, FixedClock(NOON), report)
        assert report.problems == []
        assert report.counts["documents"] == 1
