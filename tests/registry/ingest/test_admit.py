"""Admission against a real database: the table of answers of design 4.2, and what is stored."""

import asyncio
import gzip
from collections.abc import AsyncIterator
from datetime import UTC, datetime

import pytest
import zstandard

from registry.clock import FixedClock
from registry.errors import (
    ForbiddenRefusal,
    MalformedRefusal,
    NotFoundRefusal,
    NotHomeRefusal,
    RootMismatchRefusal,
    TooLargeRefusal,
    WrongPositionRefusal,
)
from registry.ledger.read import LogReader
from signing.batch import BatchHeader, encode_batch
from signing.checkpoint import Checkpoint, sign_checkpoint
from signing.receipt import open_receipt
from tests.registry.world import (
    ELSEWHERE,
    NANJING,
    WUHU,
    Node,
    Publisher,
    charter,
    line,
    log_key,
    node_key,
    open_node,
    salt,
)


@pytest.fixture
async def node(database, tmp_path) -> AsyncIterator[Node]:
    async with open_node(database.service_url, tmp_path / "cosigned") as opened:
        yield opened


async def rows(node: Node, sql: str, *args: object) -> list[tuple[object, ...]]:
    return [tuple(row) for row in await node.db.pool.fetch(sql, *args)]


async def stored(node: Node) -> int:
    return (await rows(node, "SELECT count(*) FROM entries"))[0][0]


async def test_a_batch_brings_a_receipt_that_verifies(node):
    publisher = Publisher(WUHU)
    admitted = await node.admit(publisher.seal([line(i) for i in range(300)]))
    receipt = open_receipt(admitted.receipt, [log_key(WUHU).vkey], [node_key("mirror").vkey])
    assert (receipt.size, receipt.root) == (300, publisher.tree.root())
    assert (admitted.accepted, admitted.quarantined, admitted.repeated) == (300, (), False)
    assert await rows(node, "SELECT seq, start_idx, end_idx FROM commits") == [(1, 0, 300)]
    assert await rows(node, "SELECT count(*) FROM records") == [(300,)]
    assert await rows(node, "SELECT scheme, identifier, orgcode FROM subjects") == [
        ("uscc", "91340200MA00000231", "MA0000023")
    ]


@pytest.mark.parametrize("encoding", ["gzip", "zstd"])
async def test_packed_batches_are_admitted(node, encoding):
    batch = Publisher(WUHU).seal([line(1)])
    pack = {"gzip": gzip.compress, "zstd": zstandard.ZstdCompressor().compress}[encoding]
    assert (await node.admit(pack(batch), encoding=encoding)).size == 1


async def test_batches_follow_each_other_and_tiles_hold(node):
    publisher = Publisher(WUHU)
    for start, end in ((0, 200), (200, 257), (257, 1100)):
        await node.admit(publisher.seal([line(i) for i in range(start, end)]))
    reader = LogReader(node.db)
    assert await reader.root(WUHU, 1100) == publisher.tree.root()
    assert await rows(node, "SELECT level, idx FROM tile_hashes ORDER BY 1, 2") == [
        (1, n) for n in range(4)
    ]
    assert await reader.consistency(WUHU, 257, 1100)
    assert b"index 1050\n" in await reader.proof(WUHU, 1050)


async def test_the_same_bytes_bring_the_same_receipt(node):
    batch = Publisher(WUHU).seal([line(1)])
    first = await node.admit(batch)
    node.clock = FixedClock(datetime(2026, 12, 1, tzinfo=UTC))
    again = await node.admit(batch)
    assert again.receipt == first.receipt
    assert again.repeated
    assert await stored(node) == 1


async def test_an_older_batch_is_answered_with_the_receipt_that_covers_it(node):
    publisher = Publisher(WUHU)
    first = publisher.seal([line(1)])
    answer = await node.admit(first)
    await node.admit(publisher.seal([line(2)]))
    assert (await node.admit(first)).receipt == answer.receipt


async def test_the_loser_of_a_race_gets_the_receipt_of_the_winner(node):
    batch = Publisher(WUHU).seal([line(i) for i in range(50)])
    one, other = await asyncio.gather(node.admit(batch), node.admit(batch))
    assert one.receipt == other.receipt
    assert {one.repeated, other.repeated} == {True, False}
    assert await stored(node) == 50


async def test_wrong_from_is_answered_with_the_stored_size(node):
    publisher = Publisher(WUHU)
    await node.admit(publisher.seal([line(1)]))
    publisher.seal([line(2)])
    with pytest.raises(WrongPositionRefusal) as refused:
        await node.admit(publisher.seal([line(3)]))
    assert refused.value.extra == {"size": 1}


async def test_an_empty_batch_resigns_the_tree_under_a_new_key(node):
    publisher = Publisher(WUHU)
    first = await node.admit(publisher.seal([line(1)]))
    window = {"from": "2026-01-01T00:00:00Z"}
    node.charter = charter(
        2, {WUHU: [{"vkey": str(log_key(WUHU, n).vkey), **window} for n in (0, 1)]}
    )
    publisher.generation = 1
    rotated = await node.admit(publisher.seal([]))
    assert rotated.receipt != first.receipt
    note = await LogReader(node.db).checkpoint(WUHU)
    for generation in (0, 1):
        keys = [log_key(WUHU, generation).vkey]
        assert open_receipt(note, keys, [node_key("mirror").vkey]).size == 1
    assert (await node.admit(publisher.seal([]))).repeated


async def test_a_root_that_does_not_follow_is_kept_as_evidence(node):
    await node.admit(Publisher(WUHU).seal([line(1)]))
    other = Publisher(WUHU)
    other.seal([line(7)])
    with pytest.raises(RootMismatchRefusal):
        await node.admit(other.seal([line(2)]))
    assert await rows(node, "SELECT kind, stored_size FROM evidence") == [("root-mismatch", 1)]
    assert await stored(node) == 1


async def test_two_roots_at_one_size_are_a_fork(node):
    await node.admit(Publisher(WUHU).seal([line(1)]))
    for _ in range(2):
        with pytest.raises(RootMismatchRefusal) as refused:
            await node.admit(Publisher(WUHU).seal([line(2)]))
        assert refused.value.extra["fork"]
    assert await rows(node, "SELECT kind FROM evidence") == [("fork",)]


@pytest.mark.parametrize(
    ("key", "code"),
    [(log_key(NANJING), "unknown-key"), (log_key(WUHU, 9), "unknown-key")],
    ids=["foreign", "never-chartered"],
)
async def test_a_key_that_is_not_the_logs_is_refused(node, key, code):
    publisher = Publisher(WUHU)
    publisher.seal([line(1)])
    note = sign_checkpoint(Checkpoint(key.name, 1, publisher.tree.root()), key)
    batch = encode_batch(BatchHeader(WUHU, 0, 1, note), [line(1)])
    with pytest.raises(ForbiddenRefusal) as refused:
        await node.admit(batch)
    assert refused.value.detail_code in {code, "header-differs"}


async def test_an_expired_key_is_refused(node):
    window = {"from": "2026-01-01T00:00:00Z", "until": "2026-11-23T03:59:59Z"}
    node.charter = charter(1, {WUHU: [{"vkey": str(log_key(WUHU).vkey), **window}]})
    with pytest.raises(ForbiddenRefusal) as refused:
        await node.admit(Publisher(WUHU).seal([line(1)]))
    assert refused.value.detail_code == "expired-key"


async def test_a_spoilt_signature_is_refused(node):
    batch = Publisher(WUHU).seal([line(1)])
    at = batch.index(b" ", batch.index("—".encode()) + 4) + 12
    spoilt = batch[:at] + (b"A" if batch[at : at + 1] != b"A" else b"B") + batch[at + 1 :]
    with pytest.raises(ForbiddenRefusal):
        await node.admit(spoilt)
    assert await stored(node) == 0


async def test_unsigned_foreign_and_unknown_logs_are_refused(node):
    unsigned = encode_batch(BatchHeader(WUHU, 0, 1), [line(1)])
    with pytest.raises(ForbiddenRefusal) as refused:
        await node.admit(unsigned)
    assert refused.value.detail_code == "unsigned-batch"
    with pytest.raises(ForbiddenRefusal) as refused:
        await node.admit(Publisher(NANJING).seal([line(1)]))
    assert refused.value.detail_code == "wrong-origin"
    with pytest.raises(NotFoundRefusal):
        await node.admit(Publisher("x.example/credit").seal([line(1)]), "x.example/credit")
    with pytest.raises(NotHomeRefusal) as away:
        await node.admit(Publisher(ELSEWHERE).seal([line(1)]), ELSEWHERE)
    assert away.value.extra["url"] == "https://node2.example"


async def test_bad_records_of_a_signed_batch_are_quarantined_not_refused(node):
    bad = [
        b'{"not":"a record"}',
        line(2, subject={"kind": "organisation", "name": "芜湖***公司"}),
        line(3, salt=salt(1)),
        line(4, id="p1"),
        line(5)[:-1],
        line(6).replace(b'"v":1', b'"v":1.5'),
        b"\xff\xfe",
        line(7) + b"\r",
        b"",
    ]
    admitted = await node.admit(Publisher(WUHU).seal([line(1), *bad]))
    assert (admitted.accepted, len(admitted.quarantined)) == (1, len(bad))
    assert [idx for idx, _ in admitted.quarantined] == list(range(1, len(bad) + 1))
    assert await stored(node) == len(bad) + 1
    assert await rows(node, "SELECT count(*) FROM records") == [(1,)]
    again = await node.admit(Publisher(WUHU).seal([line(1), *bad]))
    assert len(again.quarantined) == len(bad)


async def test_an_id_the_log_already_bears_is_quarantined(node):
    publisher = Publisher(WUHU)
    await node.admit(publisher.seal([line(1)]))
    admitted = await node.admit(publisher.seal([line(2, id="p1")]))
    assert admitted.accepted == 0
    assert "duplicate-id" in admitted.quarantined[0][1]


@pytest.mark.parametrize(
    ("spoil", "code"),
    [
        (lambda batch: batch[:-40], "missing-last-newline"),
        (lambda batch: batch[: batch[:-1].rindex(b"\n") + 1], "truncated"),
        (lambda batch: batch + b"{}\n", "truncated"),
        (lambda batch: b"{}" + batch[batch.index(b"\n") :], "header-malformed"),
        (lambda _: b"", "truncated"),
        (lambda batch: batch[: batch.index(b"\n") + 1] + b"x" * 300_000, "line-too-long"),
        (lambda _: b"[" * 100_000, "header-too-long"),
    ],
)
async def test_a_damaged_upload_is_refused_and_leaves_nothing(node, spoil, code):
    batch = Publisher(WUHU).seal([line(1), line(2)])
    with pytest.raises((MalformedRefusal, TooLargeRefusal)) as refused:
        await node.admit(spoil(batch))
    assert refused.value.detail_code == code
    assert await stored(node) == 0
    assert (await node.admit(batch)).size == 2


async def test_line_ends_changed_on_the_way_are_named_as_such(node):
    batch = Publisher(WUHU).seal([line(1), line(2)])
    head, _, rest = batch.partition(b"\n")
    with pytest.raises(MalformedRefusal) as refused:
        await node.admit(head + b"\r\n" + rest.replace(b"\n", b"\r\n"))
    assert refused.value.detail_code == "carriage-return"
    assert await rows(node, "SELECT count(*) FROM evidence") == [(0,)]


@pytest.mark.parametrize(
    ("encoding", "spoil", "code"),
    [
        ("gzip", lambda packed: packed[:-9], "truncated-compression"),
        ("zstd", lambda packed: packed[:-9], "truncated-compression"),
        ("gzip", lambda packed: packed + b"more", "bad-compression"),
        ("zstd", lambda packed: packed + b"more", "bad-compression"),
        ("gzip", lambda _: b"not packed at all", "bad-compression"),
        ("zstd", lambda _: b"not packed at all", "bad-compression"),
    ],
)
async def test_damaged_compression_is_refused(node, encoding, spoil, code):
    batch = Publisher(WUHU).seal([line(i) for i in range(40)])
    pack = {"gzip": gzip.compress, "zstd": zstandard.ZstdCompressor().compress}[encoding]
    with pytest.raises(MalformedRefusal) as refused:
        await node.admit(spoil(pack(batch)), encoding=encoding)
    assert refused.value.detail_code == code
    assert await stored(node) == 0


@pytest.mark.parametrize("encoding", ["gzip", "zstd"])
async def test_a_bomb_is_refused_early(node, encoding):
    batch = Publisher(WUHU).seal([line(1)])
    bomb = batch[: batch.index(b"\n") + 1] + b"\n" * 300_000_000
    pack = {"gzip": gzip.compress, "zstd": zstandard.ZstdCompressor().compress}[encoding]
    with pytest.raises((TooLargeRefusal, MalformedRefusal)):
        await node.admit(pack(bomb), encoding=encoding)
