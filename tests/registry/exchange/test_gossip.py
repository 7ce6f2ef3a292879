"""Nodes tell each other what they have seen: a split view is found even where the home hides it."""

import logging
from dataclasses import replace

import httpx
import msgspec
import pytest

from registry.exchange.fork import FORMAT, Fork, parse_fork, proves_fork
from registry.exchange.gossip import PER_LOG, GossipOut
from registry.exchange.rhythm import Rhythm
from registry.ledger.read import LogReader
from registry.store.following import FollowStore
from registry.store.logs import log_id_of
from signing.checkpoint import Checkpoint, peek_checkpoint, sign_checkpoint
from signing.receipt import make_receipt
from tests.registry.exchange.region import HOME, LOG, RegionNode, open_region, until
from tests.registry.world import NODE, NOON, WUHU, Publisher, line, log_key, node_key


@pytest.fixture
async def region(postgres_server, migrated_template, tmp_path):
    async with open_region(postgres_server, migrated_template, tmp_path) as opened:
        yield opened


def signed(size: int, root: bytes, origin: str = LOG) -> bytes:
    return sign_checkpoint(Checkpoint(origin, size, root), log_key(origin))


def cosigned(note: bytes, seconds: int = 0) -> bytes:
    return make_receipt(note, node_key("mirror", HOME), int(NOON.timestamp()) + seconds).note


def telling(node: RegionNode, *notes: bytes, also=lambda _path, answer: answer) -> None:
    """Let a node give out these notes as what it has seen."""
    told = msgspec.json.encode(GossipOut(tuple(note.decode() for note in notes)))
    node.lying.change = lambda path, answer: (
        (200, told) if path == "/gossip" else also(path, answer)
    )


async def evidence(node: RegionNode, origin: str = LOG) -> Fork:
    (alarm,) = (
        one for one in await FollowStore(node.db).alarms(log_id_of(origin)) if one.kind == "fork"
    )
    found = parse_fork(alarm.evidence)
    assert found is not None
    return found


async def test_what_a_node_has_seen_is_told_and_agrees(region):
    here, home = await region.open(NODE), await region.open(HOME)
    publisher = Publisher(LOG)
    await home.publish(publisher, [line(1)])
    assert await here.follow() == ""
    await home.publish(publisher, [line(2)])
    gossip = here.app.state["gossip"]
    assert await gossip.once()  # larger than what is held: the home proves that it continues it
    assert await home.app.state["gossip"].once()  # smaller than what is held
    async with httpx.AsyncClient(base_url=here.url) as http:
        notes = (await http.get("/gossip")).json()["checkpoints"]
    assert [peek_checkpoint(note.encode()).size for note in notes] == [1]
    assert f"{NODE}/witness" in notes[0]
    assert await here.alarms() == await home.alarms() == []
    asked = len(here.lying.asked)
    async with gossip.running(Rhythm(0.02)):

        async def heard() -> bool:
            return home.lying.asked.count("/gossip") > 2

        await until(heard)
    gossip.under(here.resources.charter)
    assert await gossip.once()
    assert len(here.lying.asked) == asked


async def test_two_roots_of_one_size_are_a_fork_and_both_notes_show_it(region):
    here, home = await region.open(NODE), await region.open(HOME)
    publisher = Publisher(LOG)
    await home.publish(publisher, [line(1), line(2), line(3)])
    assert await here.follow() == ""
    known = here.resources.charter
    for size in (3, 2):  # by themselves, and by a consistency proof
        other = signed(size, b"\x07" * 32)
        telling(home, other)
        assert not await here.app.state["gossip"].once()
    alarms = await FollowStore(here.db).alarms(log_id_of(LOG))
    assert [(one.kind, one.node) for one in alarms] == [("fork", HOME)] * 2
    for alarm in alarms:
        found = parse_fork(alarm.evidence)
        assert proves_fork(known, found)
        assert peek_checkpoint(found.larger).size == 3
        assert not proves_fork(known, replace(found, smaller=found.larger))
        assert not proves_fork(known, replace(found, smaller=signed(1, bytes(32), WUHU)))
        assert not proves_fork(known, replace(found, larger=b"\xff", smaller=b"\xff"))
    small = next(f for a in alarms if (f := parse_fork(a.evidence)).consistency)
    assert not proves_fork(known, replace(small, consistency=()))
    assert not proves_fork(known, replace(small, smaller=small.larger, larger=small.smaller))
    held = await here.db.pool.fetchval("SELECT count(*) FROM evidence WHERE kind = 'fork'")
    assert held == 2
    assert not await here.app.state["gossip"].once()
    assert len(await here.alarms()) == 2  # the same again is one alarm


async def test_a_home_that_shows_different_nodes_different_trees_is_found_out(region, caplog):
    here, home = await region.open(NODE), await region.open(HOME)
    publisher = Publisher(LOG)
    await home.publish(publisher, [line(1)])
    assert await here.follow() == ""
    await home.publish(publisher, [line(2)])
    gossip = here.app.state["gossip"]
    # Another node has seen a tree of two with another root than the one that the home proves here.
    telling(home, cosigned(signed(2, b"\x07" * 32)))
    assert not await gossip.once()
    assert proves_fork(here.resources.charter, await evidence(here))
    assert "ALARM fork" in caplog.text
    # Another node has seen a tree that the home has cosigned and does not show here.
    telling(home, cosigned(signed(5, bytes(32))))
    assert not await gossip.once()
    assert sorted(await here.alarms()) == ["fork", "withheld-tree"]
    # The log has signed it and may not have sent it yet: no alarm.
    telling(home, signed(6, bytes(32)))
    assert await gossip.once()
    # What the home has shown, and was never fetched, is compared, too.
    home.lying.change = lambda path, answer: (404, b"") if "/bodies" in path else answer
    assert await here.follow() == "bodies-withheld"
    told = (await gossip.told()).checkpoints
    sizes = [peek_checkpoint(n.encode()).size for n in told if n.startswith(LOG)]
    assert sizes == [1, 2]
    telling(home, signed(2, publisher.tree.root()))
    assert await gossip.once()
    telling(home, signed(2, b"\x08" * 32))
    assert not await gossip.once()
    assert (await here.alarms()).count("fork") == 2


async def test_what_no_log_has_signed_raises_no_alarm(region, caplog):
    here, home = await region.open(NODE), await region.open(HOME)
    await home.publish(Publisher(LOG), [line(1)])
    assert await here.follow() == ""
    caplog.set_level(logging.INFO)
    thief = sign_checkpoint(Checkpoint(LOG, 1, b"\x07" * 32), log_key(LOG, 9))
    stranger = sign_checkpoint(Checkpoint("a.example/b", 1, bytes(32)), log_key("a.example/b"))
    telling(home, thief, stranger, b"no note", signed(0, (await here.root()), LOG)[:-9])
    assert await here.app.state["gossip"].once()
    assert caplog.text.count("passed over") == 4
    assert await here.alarms() == []
    many = [signed(1, bytes([n]) * 32) for n in range(PER_LOG + 3)]
    telling(home, *many)
    assert not await here.app.state["gossip"].once()
    assert len(await here.alarms()) == PER_LOG
    for answer, good in (((200, b"[]"), False), ((500, b""), False), ((404, b""), True)):
        home.lying.change = lambda _path, _was, told=answer: told
        assert await here.app.state["gossip"].once() is good
    # A log of this node's own that is said to be larger than it is here: nobody can prove it.
    telling(home, signed(4, bytes(32), WUHU))
    assert await here.app.state["gossip"].once()
    telling(home, signed(2, bytes(32)), also=lambda _path, _was: (500, b""))
    assert not await here.app.state["gossip"].once()


async def test_cosignatures_travel_with_gossip(region):
    known = region.charter(quorum=2)
    here, home = await region.open(NODE, known=known), await region.open(HOME, known=known)
    await home.publish(Publisher(LOG), [line(1)])
    assert await LogReader(home.db, known).awaiting(LOG) == (NODE,)
    assert await here.follow() == ""  # this node has mirrored and witnessed it
    assert await home.app.state["gossip"].once()
    assert await LogReader(home.db, known).awaiting(LOG) == ()


def test_evidence_is_read_strictly():
    fork = Fork(b"a", b"b", bytes(32), (bytes(32),))
    assert parse_fork(fork.encode()) == fork
    for bad in (b"", b"{}", fork.encode().replace(FORMAT.encode(), b"x"), b"note\n\n"):
        assert parse_fork(bad) is None
    assert parse_fork(fork.encode().replace(b"AAAA=", b"AAAB=")) is None
