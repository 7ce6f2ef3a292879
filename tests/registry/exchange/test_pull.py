"""Following in its less common turns: restored nodes, witnesses ahead, attachments, busy nodes."""

import asyncio
from base64 import b64encode
from collections.abc import AsyncIterator
from dataclasses import replace
from hashlib import sha256
from pathlib import Path

import httpx
import pytest

from registry.errors import UnavailableRefusal
from registry.exchange.lies import LieError, PeerError
from registry.exchange.peer import Pace, PeerNode, open_asking
from registry.exchange.pull import LogPull
from registry.exchange.rhythm import BACK_OFF_MAX, Rhythm
from registry.ledger.bodies import Chunk, encode_chunk
from registry.ledger.cosigned import CosignedFiles, LastCosigned
from registry.store.following import ALARMS_MAX, Alarm, FollowStore, Seen
from registry.store.logs import log_id_of
from signing.checkpoint import Checkpoint, sign_checkpoint
from signing.merkle import EMPTY_ROOT
from tests.registry.api.test_witness import note as other_note
from tests.registry.exchange.region import (
    HOME,
    LOG,
    Region,
    RegionNode,
    Ticking,
    open_region,
    until,
)
from tests.registry.ingest.test_erase import stated
from tests.registry.test_app import listening
from tests.registry.world import (
    NODE,
    NOON,
    Publisher,
    chunks,
    line,
    log_key,
    node_key,
    open_node,
)


@pytest.fixture
async def region(postgres_server, migrated_template, tmp_path) -> AsyncIterator[Region]:
    async with open_region(postgres_server, migrated_template, tmp_path) as opened:
        yield opened


def keep(data_dir: Path, chunk: Chunk, name: str = "") -> Path:
    """Put a chunk where a node that was killed would have left it."""
    path = (
        data_dir
        / "following"
        / f"{log_id_of(LOG):016x}"
        / (name or f"{chunk.start:020d}-{chunk.end:020d}.lines")
    )
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(encode_chunk(chunk))
    return path


def the_pull(node: RegionNode) -> LogPull:
    return next(iter(node.following.peers.values()))[0]


async def receipts(node: RegionNode) -> list[tuple[int, bool]]:
    rows = await node.db.pool.fetch(
        "SELECT size, receipt IS NOT NULL FROM checkpoints ORDER BY size, receipt IS NULL"
    )
    return [tuple(row) for row in rows]


async def test_a_node_restored_from_an_old_backup_takes_back_without_cosigning_anew(region):
    home, publisher = await region.open(HOME), Publisher(LOG)
    for number in range(3):
        await home.publish(publisher, [line(number)])
    async with region.node(NODE) as here:
        assert await here.follow() == ""
        last = CosignedFiles(here.resources.settings.cosigned_dir, f"{NODE}/mirror").read(LOG)
    region.clock.ahead += 100
    async with region.node(NODE) as here:  # another database, the same last-cosigned files
        assert await here.follow() == ""
        assert await receipts(here) == [(1, False), (2, False), (3, True)]
        again = CosignedFiles(here.resources.settings.cosigned_dir, f"{NODE}/mirror").read(LOG)
        assert again == last
        assert await here.audit() == []


async def test_what_contradicts_what_this_node_cosigned_is_a_fork(region):
    home = await region.open(HOME)
    await home.publish(Publisher(LOG), [line(1), line(2)])
    here = await region.open(NODE)
    files = CosignedFiles(here.resources.settings.cosigned_dir, f"{NODE}/mirror")
    files.write(LastCosigned(LOG, 1, bytes(32), 1))
    assert await here.follow() == "fork"
    assert await here.alarms() == ["fork"]
    assert await here.size() == 0


async def test_a_checkpoint_that_the_home_did_not_cosign_ends_no_batch(region):
    """The home was restored and refilled; nobody says when it took the first batch back."""
    publisher = Publisher(LOG)
    batches = [publisher.seal([line(number)]) for number in range(3)]
    async with region.node(HOME) as first:
        for batch in batches:
            await first.resources.door.admit(LOG, chunks(batch), "identity")
    async with region.node(HOME) as home:
        for batch in batches:
            await home.resources.door.admit(LOG, chunks(batch), "identity", refill=True)
        assert await receipts(home) == [(1, False), (2, False), (3, True)]
        here = await region.open(NODE)
        assert await here.follow() == ""
        assert await receipts(here) == [(3, True)]
        assert await here.root() == await home.root()
        assert await here.audit() == []


async def test_the_witness_may_know_more_or_something_else(region):
    home, here, publisher = await region.open(HOME), await region.open(NODE), Publisher(LOG)
    await home.publish(publisher, [line(1)])
    assert await here.follow() == ""
    witness = here.app.state["witness"]
    await home.publish(publisher, [line(2)])
    later = await home.app.state["ledger"].checkpoint(LOG)
    proof = await home.app.state["ledger"].consistency(LOG, 1, 2)
    lines = ["old 1", *(b64encode(one).decode() for one in proof)]
    await witness.add_checkpoint("\n".join(lines).encode() + b"\n\n" + later)
    pull = the_pull(here)
    pull._witnessed = 0
    assert await here.follow() == ""  # it had signed that very tree
    await home.publish(publisher, [line(3)])
    assert await here.follow() == ""
    rows = await here.db.pool.fetch("SELECT size FROM witnessed ORDER BY size")
    assert [row[0] for row in rows] == [1, 2, 3]


async def test_a_witness_that_has_seen_another_tree_is_a_fork(region):
    home, here, publisher = await region.open(HOME), await region.open(NODE), Publisher(LOG)
    await home.publish(publisher, [line(1)])
    other = Publisher(LOG)
    other.seal([line(9)])
    note = sign_checkpoint(Checkpoint(LOG, 1, other.tree.root()), log_key(LOG))
    await here.app.state["witness"].add_checkpoint(b"old 0\n\n" + note)
    assert await here.follow() == "fork"
    assert await here.alarms() == ["fork"]


async def test_a_witness_ahead_or_without_a_key_is_let_be(region):
    home, here, publisher = await region.open(HOME), await region.open(NODE), Publisher(LOG)
    await home.publish(publisher, [line(1)])
    files = CosignedFiles(here.resources.settings.cosigned_dir, f"{NODE}/witness")
    files.write(LastCosigned(LOG, 7, bytes(32), 1))
    assert await here.follow() == ""
    assert await here.db.pool.fetchval("SELECT count(*) FROM witnessed") == 0


async def test_attachments_follow_their_records(region):
    home, here, publisher = await region.open(HOME), await region.open(NODE), Publisher(LOG)
    evidence = "证据".encode()
    digest = sha256(evidence).hexdigest()
    await home.publish(publisher, [stated(1, evidence)])
    assert await here.follow() == ""  # the home has not got it yet
    async with httpx.AsyncClient(base_url=home.url) as http:
        url = f"/log/{LOG}/attachment/{digest}"
        assert (await http.put(url, content=evidence)).status_code == 200
    path = f"/log/{LOG}/bodies/attachment/{digest}"
    home.lying.change = lambda target, answer: (200, b"another") if target == path else answer
    assert await here.follow() == "attachment-differs"
    home.lying.change = None
    assert await here.follow() == ""
    kept = await here.db.pool.fetchval("SELECT body FROM attachments")
    assert kept == evidence
    assert await here.audit() == []


async def test_a_refusal_of_this_node_is_no_lie(region, monkeypatch):
    home, here = await region.open(HOME), await region.open(NODE)
    await home.publish(Publisher(LOG), [line(1)])
    pull = the_pull(here)

    async def busy(_batch):
        raise UnavailableRefusal("忙", "busy", code="busy")

    async def moved(_batch):
        return None

    door = pull._means.door
    for follow, failure in ((busy, "busy"), (moved, "moved-on")):
        monkeypatch.setattr(type(door), "follow", lambda _self, batch, f=follow: f(batch))
        assert await here.follow() == failure
    monkeypatch.undo()
    assert await here.follow() == ""
    assert await here.alarms() == []


async def test_whatever_fails_following_goes_on(region, monkeypatch):
    home, here = await region.open(HOME), await region.open(NODE)
    await home.publish(Publisher(LOG), [line(1)])
    run, failed = LogPull.run, []

    async def failing(self):
        if not failed:
            failed.append(True)
            raise RuntimeError("a defect")
        return await run(self)

    monkeypatch.setattr(LogPull, "run", failing)
    async with here.following.running(Rhythm(0.05)):

        async def held() -> bool:
            return await here.size() == 1

        await until(held)
    assert failed


async def test_a_log_that_is_not_begun_is_nothing_to_follow(region):
    await region.open(HOME)
    here = await region.open(NODE)
    assert await here.follow() == ""
    assert (await here.state()).seen_at is None


async def test_staged_lines_of_a_tree_that_is_gone_are_let_go(region, tmp_path):
    home, here, publisher = await region.open(HOME), await region.open(NODE), Publisher(LOG)
    await home.publish(publisher, [line(1), line(2)])
    keep(tmp_path / NODE, Chunk(LOG, 0, 5, (), [line(n) for n in range(5)]))
    assert await here.follow() == ""
    assert await here.root() == publisher.tree.root()


def test_pauses_grow_to_a_bound_and_no_two_are_alike():
    steady = Rhythm(2.0)
    assert steady.pause(0) == 2.0
    for chance, share in ((0.0, 0.5), (1.0, 1.0)):
        rhythm = Rhythm(2.0, lambda chance=chance: chance)
        assert [rhythm.pause(n) for n in (1, 2, 3)] == [4 * share, 8 * share, 16 * share]
        assert rhythm.pause(100) == BACK_OFF_MAX * share


async def test_requests_keep_their_pace(monkeypatch):
    slept: list[float] = []

    async def sleep(seconds: float) -> None:
        slept.append(round(seconds, 3))

    monkeypatch.setattr(asyncio, "sleep", sleep)
    now = [100.0]
    pace = Pace(10, lambda: now[0])
    for _ in range(3):
        await pace.wait()
    now[0] += 5
    await pace.wait()
    assert slept == [0.1, 0.2]


async def test_alarms_are_bounded(database, tmp_path):
    async with open_node(database.service_url, tmp_path) as node:
        store = FollowStore(node.db)
        log_id = log_id_of(LOG)
        alarm = Alarm(log_id, "fork", HOME, "x" * 9000, b"y" * 100_000, NOON)
        assert await store.alarm(alarm)
        assert not await store.alarm(alarm)
        for number in range(ALARMS_MAX + 5):
            await store.alarm(replace(alarm, detail=str(number)))
        kept = await store.alarms(log_id)
        assert len(kept) == ALARMS_MAX
        assert max(len(one.detail) for one in kept) == 500
        assert {len(one.evidence) for one in kept} == {64 * 1024}
        assert await store.alarm(replace(alarm, kind="rollback"))


async def test_what_was_seen_never_shrinks(database, tmp_path):
    async with open_node(database.service_url, tmp_path) as node:
        store, log_id = FollowStore(node.db), log_id_of(LOG)
        assert await store.seen(log_id) is None
        await store.went(log_id, "peer-unreachable", NOON, EMPTY_ROOT)
        assert await store.seen(log_id) is None
        seen = Seen(5, bytes(32), b"note", 7, NOON)
        await store.see(log_id, seen)
        await store.see(log_id, replace(seen, size=4))
        assert await store.seen(log_id) == seen
        (state,) = await store.states([(log_id, LOG)])
        assert (state.failure, state.failing_since) == ("peer-unreachable", NOON)


ANSWERS = {
    "/refuses/": (500, b""),
    "/elsewhere/": (302, b""),
}


async def test_what_is_no_answer_is_asked_for_again():
    async def app(scope, _receive, send):
        if scope["type"] == "lifespan":
            return
        status, body = next(v for k, v in ANSWERS.items() if scope["path"].startswith(k))
        await send({"type": "http.response.start", "status": status, "headers": []})
        await send({"type": "http.response.body", "body": body})

    async with (
        listening(app) as base,
        open_asking(node_key("mirror"), Ticking()) as asking,
    ):
        for path, reason in (("refuses", "500"), ("elsewhere", "302")):
            peer = PeerNode(f"{base}/{path}", asking, Pace(1000))
            with pytest.raises(PeerError) as refused:
                await peer.checkpoint(LOG)
            assert refused.value.reason == f"peer-refuses-{reason}"
        gone = PeerNode("http://127.0.0.1:1", asking, Pace(1000))
        with pytest.raises(PeerError) as refused:
            await gone.checkpoint(LOG)
        assert refused.value.reason == "peer-unreachable"


def test_a_lie_shows_something():
    assert LieError("fork", "where").evidence == b"where"
    assert LieError("fork", "where", other_note(3)).evidence == other_note(3)
