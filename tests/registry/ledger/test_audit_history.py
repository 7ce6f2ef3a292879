"""What a log has been through is no difference: refills, new keys, refused forks, erasures."""

from collections.abc import AsyncIterator
from hashlib import sha256

import asyncpg
import pytest

from registry.errors import RootMismatchRefusal
from registry.ledger.audit import audit_logs
from registry.ledger.audit_report import AuditReport
from registry.store.charters import CharterStore
from registry.store.logs import log_id_of
from signing.checkpoint import Checkpoint, sign_checkpoint
from signing.merkle import EMPTY_ROOT
from signing.record import encode_record, entry_of, split_line
from tests.registry.ledger.test_audit import as_owner, said
from tests.registry.world import (
    ELSEWHERE,
    NOON,
    WUHU,
    Node,
    Publisher,
    charter,
    line,
    log_key,
    open_node,
    salt,
)

LOG = log_id_of(WUHU)
TABLES = ("logs", "log_heads", "checkpoints", "commits", "entries", "records", "subjects",
          "subject_names", "subject_links", "quarantine", "tile_hashes")  # fmt: skip


@pytest.fixture
async def node(database, tmp_path) -> AsyncIterator[Node]:
    async with open_node(database.service_url, tmp_path / "cosigned") as opened:
        await keep(opened)
        yield opened


async def keep(node: Node) -> None:
    current = node.charter
    await CharterStore(node.db).add(current.version, current.note, current.digest, NOON)


async def audit(node: Node) -> AuditReport:
    return await audit_logs(node.db, node.charter)


async def test_a_refilled_node_is_sound_and_a_half_refilled_one_says_so(node, database):
    publisher = Publisher(WUHU)
    batches = [publisher.seal([line(number)]) for number in range(3)]
    for batch in batches:
        await node.admit(batch)
    await as_owner(database, "; ".join(f"DELETE FROM {table}" for table in TABLES))
    await node.admit(batches[0], refill=True)
    await node.admit(batches[1], refill=True)
    assert said(await audit(node)) == [
        (f"{WUHU}@{size}", "there is no receipt, nor one of a later tree") for size in (1, 2)
    ]
    await node.admit(batches[2], refill=True)
    report = await audit(node)
    assert report.problems == []
    assert (report.counts["checkpoints"], report.counts["receipts"]) == (3, 1)


async def test_an_uncosigned_checkpoint_must_still_be_the_logs_own(node, database):
    publisher = Publisher(WUHU)
    await node.admit(publisher.seal([line(1)]))
    await node.admit(publisher.seal([line(2)]))
    forged = sign_checkpoint(
        Checkpoint(WUHU, 1, publisher.tree.root()), log_key(WUHU, generation=7)
    )
    await as_owner(
        database,
        f"UPDATE checkpoints SET receipt = NULL, note = '\\x{forged.hex()}', "
        f"note_digest = '\\x{sha256(forged).hexdigest()}' WHERE size = 1",
    )
    assert [(place, what[:11]) for place, what in said(await audit(node))] == [
        (f"{WUHU}@1", "unknown-key")
    ]


async def test_a_key_that_a_later_charter_drops_still_vouches_for_what_it_signed(node):
    publisher = Publisher(WUHU)
    await node.admit(publisher.seal([line(1)]))
    new_key = {"vkey": str(log_key(WUHU, 1).vkey), "from": "2026-01-01T00:00:00Z"}
    node.charter = charter(2, keys={WUHU: [new_key]})
    await keep(node)
    publisher.generation = 1
    await node.admit(publisher.seal([]))
    await node.admit(publisher.seal([line(2)]))
    report = await audit(node)
    assert (report.problems, report.counts["charters"]) == ([], 2)
    assert (await audit_logs(node.db)).problems == []


async def test_a_fork_raises_the_alarm(node):
    await node.admit(Publisher(WUHU).seal([line(1), line(2)]))
    with pytest.raises(RootMismatchRefusal):
        await node.admit(Publisher(WUHU).seal([line(3)]))
    ((place, what),) = said(await audit(node))
    assert place == f"{WUHU}@1"
    assert what.startswith("ALARM: fork evidence")


async def test_evidence_that_proves_nothing_is_void(node):
    publisher = Publisher(WUHU)
    await node.admit(publisher.seal([line(1)]))
    batch = publisher.seal([line(2)])
    with pytest.raises(RootMismatchRefusal):
        await node.admit(batch.replace(line(2), line(3)))  # spoilt on the way
    report = await audit(node)
    assert (report.problems, report.counts["evidence of trees not here"]) == ([], 1)
    await node.admit(batch)
    report = await audit(node)
    assert (report.problems, report.counts["evidence void"]) == ([], 1)


async def put_evidence(database, log_id: int, note: bytes, text: str) -> None:
    digest = sha256(text.encode()).digest()
    connection = await asyncpg.connect(database.owner_url)
    try:
        await connection.execute(
            "INSERT INTO evidence VALUES ($1, $2, 'fork', $3, 1, now())", log_id, digest, note
        )
    finally:
        await connection.close()


async def test_evidence_is_verified_itself(node, database):
    await node.admit(Publisher(WUHU).seal([line(1)]))
    fork = Checkpoint(WUHU, 1, EMPTY_ROOT)
    note = sign_checkpoint(fork, log_key(WUHU))
    await put_evidence(database, LOG, note, "another text")
    await put_evidence(database, LOG, b"junk", "junk")
    await put_evidence(database, LOG, sign_checkpoint(fork, log_key(WUHU, 5)), "a stranger's")
    assert sorted((place, what[:16]) for place, what in said(await audit(node))) == [
        (f"{WUHU} evidence", "malformed-note: "),
        (f"{WUHU} evidence", "unknown-key: no "),
        (f"{WUHU}@1", "the evidence is "),
    ]


async def test_evidence_about_a_log_that_holds_nothing(node, database):
    ahead = Checkpoint(ELSEWHERE, 4, EMPTY_ROOT)
    note = sign_checkpoint(ahead, log_key(ELSEWHERE))
    await put_evidence(database, log_id_of(ELSEWHERE), note, ahead.text())
    report = await audit(node)
    assert (report.problems, report.counts["evidence of trees not here"]) == ([], 1)
    await put_evidence(database, 77, note, ahead.text())
    assert [(place, what[:11]) for place, what in said(await audit(node))] == [
        ("log 77 evidence", "unknown-key")
    ]


def order(number: int, entry: bytes, **changes: object) -> bytes:
    main = {"v": 1, "type": "erasure_order", "id": f"o{number}", "salt": salt(9000 + number)}
    main["part"] = "both"
    return encode_record({**main, "target": {"entry": entry.hex()}, **changes})


ERASED = entry_of(*split_line(line(0)))


@pytest.fixture
async def ordered(node, database) -> Node:
    """A log of five records, an order to erase the first, and orders that are none."""
    lines = [line(number, salt=salt(100 + number)) for number in range(1, 5)]
    orders = [
        order(1, ERASED),
        order(2, ERASED, type="something"),
        order(3, entry_of(*split_line(lines[0]))),
        b"{}",
        order(4, ERASED),
    ]
    await node.admit(Publisher(WUHU).seal([line(0), *lines, *orders]))
    await as_owner(database, "DELETE FROM quarantine WHERE idx < 9")
    return node


async def test_an_ordered_erasure_is_no_difference(ordered, database):
    await as_owner(database, f"SELECT erase_body({LOG}, 0, 'both', 5, now())")
    report = await audit(ordered)
    assert (report.problems, report.counts["erasures"]) == ([], 1)


@pytest.mark.parametrize(
    ("order_log", "order_idx", "what"),
    [
        (log_id_of(ELSEWHERE), 5, "its order is not in the same log"),
        (LOG, 99, "its order is not at 99"),
        (LOG, 0, "its order is not at 0"),
        (LOG, 4, "its order is not at 4"),
        (LOG, 6, "what is at 6 does not order it"),
        (LOG, 7, "what is at 7 does not order it"),
        (LOG, 8, "what is at 8 orders nothing"),
        (LOG, 9, "its order at 9 is in quarantine"),
    ],
)
async def test_an_erasure_that_nothing_orders(ordered, database, order_log, order_idx, what):
    await as_owner(
        database,
        "UPDATE entries SET main = NULL WHERE idx = 0; UPDATE entries SET main = 'x' "
        f"WHERE idx = 4; INSERT INTO erasures VALUES ({LOG}, 0, 'main', {order_log}, "
        f"{order_idx}, now())",
    )
    assert (f"{WUHU}/0", f"the erasure: {what}") in said(await audit(ordered))


async def test_what_was_erased_must_not_be_here(ordered, database):
    await as_owner(database, f"INSERT INTO erasures VALUES ({LOG}, 0, 'main', {LOG}, 5, now())")
    assert said(await audit(ordered)) == [
        (f"{WUHU}/0", "the main part was erased by order, but is here")
    ]


async def test_an_erasure_of_what_never_was(ordered, database):
    await as_owner(
        database,
        f"INSERT INTO erasures VALUES ({LOG}, 50, 'main', {LOG}, 5, now())",
    )
    assert (f"{WUHU}/50", "the erasure: what is at 5 does not order it") in said(
        await audit(ordered)
    )
