"""What is stored of a log, and in which order it is given back."""

import asyncio
import hashlib
from datetime import UTC, datetime

import asyncpg
import pytest
from hypothesis import given
from hypothesis import strategies as st

from registry.store.logs import Body, Head, LogStore, StoredCheckpoint, lock_head, log_id_of
from signing.checkpoint import Checkpoint, sign_checkpoint
from signing.keys import SigningKey
from signing.note import append_signatures, parse_note

AT = datetime(2026, 11, 23, 4, 0, tzinfo=UTC)
LOG, OTHER = 7, 8
ORIGIN = "a.example/log"


@pytest.fixture
def store(db):
    return LogStore(db)


def digest(text: str) -> bytes:
    return hashlib.sha256(text.encode()).digest()


async def checkpoint(owner, size: int, name: str, receipt: bytes | None, at: int) -> None:
    """Store a checkpoint of LOG as admission does."""
    await owner.execute(
        "INSERT INTO checkpoints VALUES ($1, $2, $3, $4, $5, 1, $6, $7)",
        *(LOG, size, digest(name), name.encode(), digest(f"root {size}"), receipt, at),
    )


def stored(size: int, name: str, receipt: bytes | None, at: int) -> StoredCheckpoint:
    return StoredCheckpoint(size, digest(f"root {size}"), name.encode(), receipt, at)


@given(st.text(max_size=80))
def test_the_key_of_a_log_is_the_first_63_bits_of_its_digest(origin):
    key = log_id_of(origin)
    assert 0 <= key < 2**63
    assert f"{key:063b}" == f"{int.from_bytes(hashlib.sha256(origin.encode()).digest()):0256b}"[:63]


async def test_a_log_without_records_has_no_head(store):
    assert await store.head(LOG) is None
    assert await store.origins() == ()
    assert await store.entries(LOG, 0, 10) == []
    assert await store.bodies(LOG, 0, 10) == []
    assert await store.checkpoints(LOG, 0) == ()
    assert await store.covering(LOG, 0) is None


async def test_heads_and_origins(store, owner):
    for key, origin in ((2, "b.example/log"), (1, "c.example/log"), (3, ORIGIN)):
        await owner.execute("INSERT INTO logs VALUES ($1, $2, '340200')", key, origin)
    await owner.execute("INSERT INTO log_heads VALUES (3, 5, $1, $2, 99)", b"\1" * 32, b"\2" * 64)
    assert await store.head(3) == Head(3, 5, b"\1" * 32, b"\2" * 64, 99)
    assert await store.head(1) is None
    assert await store.origins() == ((3, ORIGIN), (2, "b.example/log"), (1, "c.example/log"))


async def test_checkpoints_of_one_size_stand_in_the_order_they_were_cosigned(store, owner):
    await checkpoint(owner, 4, "later", b"receipt", 20)
    await checkpoint(owner, 4, "first", b"receipt", 10)
    await checkpoint(owner, 5, "larger", b"receipt", 5)
    found = await store.checkpoints(LOG, 4)
    assert found == (stored(4, "first", b"receipt", 10), stored(4, "later", b"receipt", 20))
    assert await store.checkpoints(OTHER, 4) == ()


async def test_what_covers_a_size_is_the_smallest_that_has_a_receipt(store, owner):
    await checkpoint(owner, 4, "four", b"receipt of four", 10)
    await checkpoint(owner, 6, "refilled", None, 0)
    await checkpoint(owner, 8, "eight again", b"second receipt", 30)
    await checkpoint(owner, 8, "eight", b"receipt of eight", 20)
    four, eight = (
        stored(4, "four", b"receipt of four", 10),
        stored(8, "eight", b"receipt of eight", 20),
    )
    expected = {0: four, 1: four, 4: four, 5: eight, 6: eight, 8: eight, 9: None}
    assert {size: await store.covering(LOG, size) for size in expected} == expected


async def test_the_receipt_of_a_very_note_comes_before_one_that_covers_it(store, owner):
    await checkpoint(owner, 4, "first", b"receipt", 10)
    await checkpoint(owner, 4, "second", b"another", 20)
    await checkpoint(owner, 4, "refilled", None, 0)
    first, second = stored(4, "first", b"receipt", 10), stored(4, "second", b"another", 20)
    assert await store.receipted(LOG, 4, digest("second")) == second
    assert await store.receipted(LOG, 4, digest("refilled")) == first
    assert await store.receipted(LOG, 3, digest("never seen")) == first
    assert await store.receipted(LOG, 5, digest("second")) is None


async def test_entries_and_bodies_come_by_position_whatever_is_missing(store, owner):
    rows = [
        (2, b"\3" * 64, b"main 2", b"restricted 2"),
        (0, b"\1" * 64, b"main 0", None),
        (1, b"\2" * 64, None, None),
    ]
    for idx, entry, main, restricted in rows:
        await owner.execute(
            "INSERT INTO entries VALUES ($1, $2, $3, $4, $5)", LOG, idx, entry, main, restricted
        )
    await owner.execute("INSERT INTO entries VALUES ($1, 0, $2, 'x', NULL)", OTHER, b"\7" * 64)
    assert await store.entries(LOG, 0, 3) == [b"\1" * 64, b"\2" * 64, b"\3" * 64]
    assert await store.entries(LOG, 1, 2) == [b"\2" * 64]
    assert await store.entries(LOG, 3, 9) == []
    assert await store.bodies(LOG, 1, 9) == [
        Body(b"\2" * 64, None, None),
        Body(b"\3" * 64, b"main 2", b"restricted 2"),
    ]


async def test_tile_hashes_come_by_position_of_their_level(store, owner):
    for level, idx in ((1, 2), (1, 0), (2, 0), (1, 1)):
        hashed = bytes([level * 16 + idx]) * 32
        await owner.execute(
            "INSERT INTO tile_hashes VALUES ($1, $2, $3, $4)", LOG, level, idx, hashed
        )
    assert await store.tile_hashes(LOG, 1, 0, 3) == [b"\x10" * 32, b"\x11" * 32, b"\x12" * 32]
    assert await store.tile_hashes(LOG, 1, 1, 2) == [b"\x11" * 32]
    assert await store.tile_hashes(LOG, 2, 0, 9) == [b"\x20" * 32]
    assert await store.tile_hashes(LOG, 3, 0, 9) == []


async def test_quarantined_records_come_in_order_and_no_more_than_asked_for(store, owner):
    for idx in (9, 3, 5, 20):
        codes = [f"code-{idx}"]
        await owner.execute("INSERT INTO quarantine VALUES ($1, $2, $3, '[]')", LOG, idx, codes)
    found = await store.quarantined(LOG, 3, 20, 10)
    assert [(idx, list(codes)) for idx, codes in found] == [
        (3, ["code-3"]),
        (5, ["code-5"]),
        (9, ["code-9"]),
    ]
    assert [idx for idx, _ in await store.quarantined(LOG, 0, 99, 2)] == [3, 5]


def signed(size: int, *keys: SigningKey) -> bytes:
    """Sign one checkpoint with several keys of its log."""
    head = Checkpoint(ORIGIN, size, digest("another root"))
    note = sign_checkpoint(head, keys[0])
    for key in keys[1:]:
        note = append_signatures(note, parse_note(sign_checkpoint(head, key)).signatures)
    return note


async def test_evidence_is_kept_once_for_each_tree_however_often_it_was_signed(store, owner):
    keys = [SigningKey.from_seed(ORIGIN, digest(f"key {n}")) for n in range(2)]
    first = signed(5, keys[0])
    for note in (first, first, signed(5, keys[1]), signed(5, *keys)):
        await store.save_evidence(LOG, "root-mismatch", note, 9, AT)
    await store.save_evidence(LOG, "root-mismatch", signed(6, keys[0]), 9, AT)
    await store.save_evidence(OTHER, "root-mismatch", first, 9, AT)
    rows = await owner.fetch("SELECT log_id, kind, note, stored_size, noted_at FROM evidence")
    assert len(rows) == 3
    assert (LOG, "root-mismatch", first, 9, AT) in [tuple(row) for row in rows]


async def test_a_locked_head_is_held_to_the_end_of_the_transaction(db, owner):
    await owner.execute("INSERT INTO log_heads VALUES (7, 5, $1, '', 0)", b"\1" * 32)
    async with db.transaction() as connection:
        head = await lock_head(connection, LOG)
        assert head is not None
        assert head.size == 5
        assert await lock_head(connection, OTHER) is None
        async with owner.transaction():
            await owner.execute("SET LOCAL lock_timeout = '100ms'")
            with pytest.raises(asyncpg.LockNotAvailableError):
                await lock_head(owner, LOG)
    async with asyncio.timeout(5), owner.transaction():
        assert await lock_head(owner, LOG) == head
