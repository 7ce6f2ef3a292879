"""What the charter allows at the door: keys that rotate, keys that are revoked, a charter's end."""

import dataclasses
from datetime import UTC, datetime, timedelta

import pytest

from registry.clock import SHANGHAI, FixedClock
from registry.errors import CharterEndedRefusal, ForbiddenRefusal
from registry.ledger.audit import audit_logs
from registry.ledger.charters import Charters
from registry.ledger.read import LogReader
from signing.verify import verify_files
from tests.registry.world import NOON, WUHU, Publisher, charter, line, log_key, open_node

HOUR = timedelta(hours=1)
SECOND = timedelta(seconds=1)
REVOKED_AT = NOON + HOUR


def key(generation: int, start: str = "2026-01-01T00:00:00Z", **more: str) -> dict[str, str]:
    return {"vkey": str(log_key(WUHU, generation).vkey), "from": start, **more}


def utc(moment: datetime) -> str:
    return moment.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


FIRST = charter()
ROTATING = charter(2, {WUHU: [key(0, until=utc(NOON + 2 * HOUR)), key(1, utc(NOON + HOUR))]})
REVOKING = charter(2, {WUHU: [key(0, revoked=utc(REVOKED_AT)), key(1, utc(REVOKED_AT))]})


@pytest.fixture
async def node(database, tmp_path):
    async with open_node(database.service_url, tmp_path) as opened:
        await Charters(opened.db).adopt([FIRST.note], NOON)
        yield opened


async def under(node, one, at) -> None:
    """The node goes on under a later charter, at a later time."""
    await Charters(node.db).adopt([one.note], at)
    node.charter, node.clock = one, FixedClock(at)


async def sound(node) -> dict[str, int]:
    report = await audit_logs(node.db, node.charter)
    assert report.problems == []
    return report.counts


async def refused(node, batch) -> ForbiddenRefusal:
    with pytest.raises(ForbiddenRefusal) as caught:
        await node.admit(batch)
    return caught.value


async def test_a_key_follows_another_with_both_good_for_an_hour(node):
    publisher = Publisher(WUHU)
    await node.admit(publisher.seal([line(0)]))
    await under(node, ROTATING, NOON + HOUR - SECOND)
    old, new = dataclasses.replace(publisher), dataclasses.replace(publisher, generation=1)
    assert (await refused(node, new.seal([]))).detail_code == "expired-key"  # not yet
    node.clock = FixedClock(NOON + HOUR)
    await node.admit(new.seal([]))
    await node.admit(old.seal([line(1)]))  # and the old one may still
    node.clock = FixedClock(NOON + 2 * HOUR - SECOND)
    await node.admit(old.seal([line(2)]))
    node.clock = FixedClock(NOON + 2 * HOUR)
    before = old.tree.copy()
    assert (await refused(node, old.seal([line(3)]))).detail_code == "expired-key"
    old.tree = before
    new.tree = old.tree
    await node.admit(new.seal([line(3)]))
    assert (await sound(node))["receipts"] == 5
    rows = await node.db.pool.fetch("SELECT charter_version FROM checkpoints ORDER BY size")
    assert sorted(row[0] for row in rows) == [1, 2, 2, 2, 2]


async def test_a_revoked_key_is_refused_with_its_moment(node):
    publisher = Publisher(WUHU)
    await node.admit(publisher.seal([line(0)]))
    await under(node, REVOKING, REVOKED_AT - SECOND)
    await node.admit(publisher.seal([line(1)]))  # until the second before
    node.clock = FixedClock(REVOKED_AT)
    tree = publisher.tree.copy()
    told = await refused(node, publisher.seal([line(2)]))
    assert told.detail_code == "revoked-key"
    assert utc(REVOKED_AT) in told.en
    assert utc(REVOKED_AT) in told.zh
    publisher.tree = tree
    publisher.generation = 1
    await node.admit(publisher.seal([line(2)]))
    await sound(node)


async def test_after_a_revocation_the_log_as_served_is_vouched_for_by_the_next_key(node):
    """The revocation reaches back before what the mirror had cosigned."""
    publisher = Publisher(WUHU)
    node.clock = FixedClock(NOON)
    await node.admit(publisher.seal([line(0)]))
    back = charter(2, {WUHU: [key(0, revoked=utc(NOON - HOUR)), key(1, utc(NOON + HOUR))]})
    await under(node, back, NOON + HOUR)
    ledger = LogReader(node.db)
    (found,) = verify_files({"r": await ledger.checkpoint(WUHU)}, back)
    assert found.code == "revoked-key"
    publisher.generation = 1
    await node.admit(publisher.seal([]))
    (found,) = verify_files({"r": await ledger.checkpoint(WUHU)}, back)
    assert (found.code, found.kind) == ("ok", "receipt")
    assert "revoked" not in found.line()
    await sound(node)


# --- the end of the charter ---

LAST_DAY = datetime(2031, 1, 30, tzinfo=SHANGHAI)  # 2030-12-31 and 30 days
OVER = LAST_DAY + timedelta(days=1)


async def test_batches_are_taken_until_the_last_day_of_grace_is_over_in_shanghai(node):
    publisher = Publisher(WUHU)
    node.clock = FixedClock(OVER - SECOND)
    first = publisher.seal([line(0)])
    receipt = (await node.admit(first)).receipt
    node.clock = FixedClock(OVER)
    batch = publisher.seal([line(1)])
    with pytest.raises(CharterEndedRefusal) as caught:
        await node.admit(batch)
    told = caught.value
    assert (told.status, told.detail_code) == (403, "charter-expired")
    assert told.extra == {"version": 1, "expires_on": "2030-12-31", "last_day": "2031-01-30"}
    for text in (told.zh, told.en):
        assert "2030-12-31" in text
        assert "2031-01-30" in text
    assert "采用区域办公室发布的下一版" in told.zh
    assert "adopt the next version" in told.en
    assert (await node.admit(first)).receipt == receipt  # which is read, not given anew
    await sound(node)
    node.charter = charter(2, expires_on="2032-12-31")
    await Charters(node.db).adopt([node.charter.note], OVER)
    await node.admit(batch)
    await sound(node)


async def test_after_the_end_a_node_still_takes_back_what_it_had(node):
    batch = Publisher(WUHU).seal([line(0)])
    node.clock = FixedClock(OVER)
    assert (await node.admit(batch, refill=True)).size == 1
