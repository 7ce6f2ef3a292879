"""The access log as it is kept: one chain whoever writes, erased in its time, counted."""

import asyncio
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from itertools import pairwise

import asyncpg
import pytest

from registry.store.access import (
    NO_ROW,
    AccessLine,
    AccessStore,
    Looks,
    content_digest,
    row_digest,
)
from tests.registry.world import NOON

ONE, TWO = "1" * 32, "2" * 32
LINE = AccessLine("key:1", "regulator", "320100", "示例用途", "file", ONE, "", "answered")
LATER = NOON + timedelta(days=1096)


@pytest.fixture
def store(db) -> AccessStore:
    return AccessStore(db)


async def test_each_row_covers_the_one_before_it(store):
    await store.append([(NOON, LATER, LINE), (NOON, LATER, LINE)])
    await store.append([(NOON, LATER, replace(LINE, outcome="not-found"))])
    rows = await store.after(0, 10)
    assert [row.seq for row in rows] == [1, 2, 3]
    before = NO_ROW
    for row in rows:
        assert row.content == content_digest(row.salt, row.line)
        assert row.digest == row_digest(before, row.seq, row.at, row.kept_until, row.content)
        before = row.digest
    assert rows[0].content != rows[1].content, "salted: equal lines cannot be told to be equal"
    assert [row.seq for row in await store.after(1, 1)] == [2]
    assert rows[2].line == replace(LINE, outcome="not-found")


def test_the_digest_covers_every_part():
    salt = bytes(16)
    digests = {content_digest(salt, LINE), content_digest(bytes([1] * 16), LINE)}
    for name in AccessLine.__slots__:
        digests.add(content_digest(salt, replace(LINE, **{name: "x"})))
    digests.add(content_digest(salt, replace(LINE, who="key:1regulator", role="")))
    assert len(digests) == 2 + len(AccessLine.__slots__) + 1
    base = (NO_ROW, 1, NOON, LATER, b"c" * 32)
    soon = timedelta(microseconds=1)
    rows = {
        row_digest(*base),
        row_digest(b"x" * 32, *base[1:]),
        row_digest(NO_ROW, 2, NOON, LATER, b"c" * 32),
        row_digest(NO_ROW, 1, NOON + soon, LATER, b"c" * 32),
        row_digest(NO_ROW, 1, NOON, LATER + soon, b"c" * 32),
        row_digest(NO_ROW, 1, NOON, LATER, b"d" * 32),
    }
    assert len(rows) == 6


async def test_several_writers_make_one_chain(store):
    await asyncio.gather(*(store.append([(NOON, LATER, LINE)] * 5) for _ in range(8)))
    rows = await store.after(0, 100)
    assert [row.seq for row in rows] == list(range(1, 41))
    for before, row in pairwise(rows):
        assert row.digest == row_digest(before.digest, row.seq, NOON, LATER, row.content)


async def test_what_is_over_is_erased_and_its_digests_stay(store):
    past = datetime.now(UTC) - timedelta(seconds=1)
    ahead = datetime.now(UTC) + timedelta(days=1)
    await store.append([(NOON, past, LINE), (NOON, ahead, LINE)])
    before = await store.after(0, 10)
    assert await store.erase_old() == 1
    assert await store.erase_old() == 0
    erased, kept = await store.after(0, 10)
    assert (erased.salt, erased.line) == (None, None)
    assert (erased.content, erased.digest) == (before[0].content, before[0].digest)
    assert kept == before[1]
    assert await store.looks([ONE], 10) == (Looks("regulator", "320100", "示例用途", "2026-11", 1),)


async def test_looks_are_counted_by_month_of_shanghai_and_only_what_was_answered(store):
    night = datetime(2026, 11, 30, 16, 0, tzinfo=UTC)  # the first of December there
    lines = [
        (NOON, LINE),
        (NOON, LINE),
        (night, LINE),
        (NOON, replace(LINE, outcome="not-found")),
        (NOON, replace(LINE, subject=TWO)),
        (NOON, replace(LINE, subject="")),
        (NOON, replace(LINE, role="auditor", member="", purpose="")),
    ]
    await store.append([(at, LATER, line) for at, line in lines])
    assert await store.looks([ONE], 10) == (
        Looks("regulator", "320100", "示例用途", "2026-12", 1),
        Looks("auditor", "", "", "2026-11", 1),
        Looks("regulator", "320100", "示例用途", "2026-11", 2),
    )
    assert len(await store.looks([ONE], 2)) == 2
    assert await store.looks([""], 10) == ()


async def test_the_service_can_neither_change_nor_erase_what_is_not_over(store, db):
    await store.append([(NOON, LATER, LINE)])
    for statement in ("UPDATE access_log SET who = ''", "DELETE FROM access_log"):
        with pytest.raises(asyncpg.InsufficientPrivilegeError):
            await db.pool.execute(statement)
    await store.erase_old()
    assert (await store.after(0, 1))[0].line == LINE
