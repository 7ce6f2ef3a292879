"""One record with its proof; everything that may not be shown answers alike."""

import asyncio
from datetime import UTC, date, datetime
from hashlib import sha256

import pytest

from registry.clock import FixedClock
from registry.errors import GoneRefusal, UnavailableRefusal
from registry.query.reader import LEVEL, Reader
from signing.proof import verify_proof
from signing.record import entry_with_digest
from tests.registry import world
from tests.registry.query.scene import (
    AUDITOR,
    NANJING,
    PUBLIC,
    REGULATOR,
    TODAY,
    WUHU,
    Scene,
    act,
    listing,
    penalty,
    permit,
    registration,
    sid,
    uscc,
)
from tests.registry.world import NOON, PARTIES, charter, log_key, node_key


async def gone(scene: Scene, origin: str, idx: int, viewer=PUBLIC) -> tuple[object, ...]:
    """Return all that an answer is made of."""
    with pytest.raises(GoneRefusal) as caught:
        await scene.reader.record(origin, idx, viewer, TODAY)
    error = caught.value
    return (type(error), error.args, error.zh, error.en, error.detail_code, dict(error.extra),
            error.status, error.title_zh, error.title_en)  # fmt: skip


async def test_a_record_comes_with_a_proof_that_verifies(scene):
    await scene.one(WUHU, registration())
    placed = await scene.one(WUHU, penalty())
    await scene.state(WUHU, *(penalty() for _ in range(5)))
    detail = await scene.reader.record(WUHU, placed.idx, PUBLIC, TODAY)
    proven = verify_proof(detail.proof, placed.entry, log_key(WUHU).vkey, [node_key("mirror").vkey])
    assert (proven.index, proven.checkpoint.size) == (1, 7)
    assert detail.view.record.id == placed.id
    assert sha256(detail.line).digest() == placed.entry[:32]
    assert (detail.signed_by, detail.stated_at) == ("芜湖市", NOON)
    assert detail.checkpoint.startswith(WUHU.encode())


async def test_the_restricted_part_never_leaves_and_the_proof_still_holds(scene):
    restricted = {
        "salt": "f" * 32,
        "legal_representative_document": {
            "name": "示例甲",
            "type": "居民身份证",
            "number": "11010519491231002X",
        },
    }
    (placed,) = await scene.state(WUHU, penalty(), restricted=restricted)
    detail = await scene.reader.record(WUHU, placed.idx, PUBLIC, TODAY)
    assert b"11010519491231002X" not in detail.line
    assert "11010519491231002X" not in repr(detail)
    digest = placed.entry[32:]
    assert entry_with_digest(detail.line, digest) == placed.entry


async def test_hidden_and_never_existing_records_answer_byte_for_byte_alike(scene):
    shown = await scene.one(WUHU, registration())
    never = await gone(scene, WUHU, 10**6)
    pen = await scene.one(WUHU, penalty())
    repair = await scene.one(WUHU, act("repair", pen, "2026-09-01"))
    minor = await scene.one(WUHU, penalty(severity={"class": "minor", "organ": "局", "rule": "则"}))
    (bad,) = await scene.state(WUHU, penalty(fine_wan_yuan="x"))
    assert [at for at, _ in scene.quarantined] == [bad.idx]
    for origin, idx in (
        (WUHU, pen.idx),
        (WUHU, repair.idx),
        (WUHU, minor.idx),
        (WUHU, bad.idx),
        (WUHU, -1),
        (WUHU, 2**70),
        (NANJING, 0),
        ("no.such.example/log", 0),
    ):
        assert await gone(scene, origin, idx) == never
    assert await gone(scene, WUHU, pen.idx, REGULATOR) == never
    await scene.reader.record(WUHU, shown.idx, PUBLIC, TODAY)
    assert await gone(scene, WUHU, repair.idx, REGULATOR) == never  # it would tell of the other
    assert (await scene.reader.record(WUHU, pen.idx, AUDITOR, TODAY)).view.flags == ("repaired",)


async def test_an_erased_or_unreadable_record_is_gone(scene, postgres_server):
    one = await scene.one(WUHU, registration())
    two = await scene.one(WUHU, permit())
    name = await scene.node.db.pool.fetchval("SELECT current_database()")
    for placed, body in ((one, "NULL"), (two, "convert_to('{\"type\":\"later\"}', 'UTF8')")):
        postgres_server.psql(
            "BEGIN; SET LOCAL registry.erasing = 'on'; "
            f"UPDATE entries SET main = {body} WHERE idx = {placed.idx}; COMMIT",
            name,
        )
        await gone(scene, WUHU, placed.idx, AUDITOR)
    with pytest.raises(GoneRefusal):
        await scene.reader.record(WUHU, one.idx, PUBLIC, TODAY)


async def test_where_persons_are_withheld_the_line_is_too(scene):
    placed = await scene.one(WUHU, listing(named_persons=[{"name": "示例乙", "role": "负责人"}]))
    detail = await scene.reader.record(WUHU, placed.idx, PUBLIC, TODAY)
    assert detail.line == b""
    assert "示例乙" not in repr(detail)
    assert "示例乙".encode() in (await scene.reader.record(WUHU, 0, REGULATOR, TODAY)).line


async def test_the_moment_is_that_of_the_first_receipt(scene):
    """A page that said "stated on" the day of the newest batch would say something untrue."""
    scene.node.clock = FixedClock(datetime(2026, 6, 1, 1, tzinfo=UTC))
    placed = await scene.one(WUHU, registration())
    scene.node.clock = FixedClock(NOON)
    later = await scene.one(WUHU, permit())
    first = await scene.reader.record(WUHU, placed.idx, PUBLIC, TODAY)
    assert first.stated_at == datetime(2026, 6, 1, 1, tzinfo=UTC)
    assert (await scene.reader.record(WUHU, later.idx, PUBLIC, TODAY)).stated_at == NOON


async def test_a_body_that_is_not_what_was_logged_is_neither_shown_nor_used(scene, postgres_server):
    placed = await scene.one(WUHU, penalty())
    name = await scene.node.db.pool.fetchval("SELECT current_database()")
    postgres_server.psql(
        "BEGIN; SET LOCAL registry.erasing = 'on'; UPDATE entries SET main = convert_to(replace("
        "convert_from(main, 'UTF8'), '两千元', '九千元'), 'UTF8'); COMMIT",
        name,
    )
    reader = scene.reader
    subject = sid(uscc(1))
    for asked in (
        reader.record(WUHU, placed.idx, PUBLIC, TODAY),
        reader.subject_file(subject, PUBLIC, TODAY),
        reader.decide(subject, "320100", "", "", TODAY, PUBLIC),
    ):
        with pytest.raises(UnavailableRefusal, match=f"{WUHU}/{placed.idx}") as caught:
            await asked
        assert caught.value.detail_code == "body-differs"


async def test_without_a_receipt_the_node_says_so(scene, postgres_server):
    placed = await scene.one(WUHU, registration())
    name = await scene.node.db.pool.fetchval("SELECT current_database()")
    postgres_server.psql(
        "BEGIN; SET LOCAL registry.erasing = 'on'; UPDATE checkpoints SET receipt = NULL; COMMIT",
        name,
    )
    with pytest.raises(UnavailableRefusal) as caught:
        await scene.reader.record(WUHU, placed.idx, PUBLIC, TODAY)
    assert caught.value.detail_code == "no-receipt"


async def test_a_log_whose_owner_left_the_charter_is_shown_but_not_proven(scene, monkeypatch):
    placed = await scene.one(NANJING, registration())
    # A copy: put back one by one, they would stand in another order for the tests that follow.
    staying = {origin: party for origin, party in PARTIES.items() if origin != NANJING}
    monkeypatch.setattr(world, "PARTIES", staying)
    left = charter(version=2)
    reader = Reader(scene.node.db, left, scene.engine, scene.node.clock)
    with pytest.raises(UnavailableRefusal):
        await reader.record(NANJING, placed.idx, PUBLIC, TODAY)
    logs = await reader.logs()
    assert [log.origin for log in logs][-1] == NANJING
    assert logs[-1].member_name == "320100"


async def test_the_periods_of_a_record_are_those_of_the_rules_in_force_on_the_day(scene):
    placed = await scene.one(
        WUHU, penalty(decided_on="2026-03-10", authority={"name": "芜湖市生态环境局"})
    )
    now = await scene.reader.record(WUHU, placed.idx, PUBLIC, TODAY)
    then = await scene.reader.record(WUHU, placed.idx, PUBLIC, date(2026, 3, 31))
    assert [w.rule for w in now.windows if w.kind == "publicity"] == ["ndrc-36"]
    assert [w.rule for w in then.windows if w.kind == "publicity"] == ["ndrc-58"]
    repairs = [w for w in now.windows if w.kind == "earliest_repair"]
    assert [(w.first, [d.code for d in w.doubts]) for w in repairs] == [
        (date(2026, 6, 11), ["passage"])
    ]


async def test_that_there_is_nothing_takes_as_long_as_that_it_is_hidden(scene):
    """At least so long, whichever it is: how long it was looked for tells nothing."""
    placed = await scene.one(WUHU, penalty(publication="government"))
    clock = asyncio.get_running_loop().time
    for idx in (placed.idx, 7777):
        began = clock()
        with pytest.raises(GoneRefusal):
            await scene.reader.record(WUHU, idx, PUBLIC, TODAY)
        assert clock() - began >= LEVEL
