"""Versions of the charter are kept as signed, in order, the first of each version for good."""

from datetime import UTC, datetime

import asyncpg
import pytest

from registry.store.charters import CharterStore

AT = datetime(2026, 11, 23, 4, 0, tzinfo=UTC)


async def test_there_is_none_at_first(db):
    assert await CharterStore(db).all() == ()
    assert await CharterStore(db).newest() == 0
    assert await CharterStore(db).note(1) is None


async def test_versions_come_in_order_whatever_the_order_they_were_added_in(db):
    store = CharterStore(db)
    for version in (3, 1, 20, 2):
        await store.add(version, b"note %d" % version, b"\1" * 32, AT)
    assert await store.all() == (b"note 1", b"note 2", b"note 3", b"note 20")
    assert await store.newest() == 20
    assert await store.note(3) == b"note 3"


async def test_a_version_is_never_replaced(db, owner):
    store = CharterStore(db)
    assert await store.add(1, b"first", b"\1" * 32, AT) == b"\1" * 32
    assert await store.add(1, b"second", b"\2" * 32, AT.replace(year=2027)) == b"\1" * 32
    assert await store.all() == (b"first",)
    row = await owner.fetchrow("SELECT version, note, digest, added_at FROM charters")
    assert tuple(row) == (1, b"first", b"\1" * 32, AT)


async def test_bytes_are_kept_as_they_are(db):
    note = bytes(range(256)) + "— 章程\n".encode()
    await CharterStore(db).add(1, note, b"", AT)
    assert await CharterStore(db).all() == (note,)


async def test_the_service_cannot_take_a_version_back(db):
    await CharterStore(db).add(1, b"first", b"\1" * 32, AT)
    with pytest.raises(asyncpg.InsufficientPrivilegeError):
        await db.pool.execute("DELETE FROM charters")
    with pytest.raises(asyncpg.InsufficientPrivilegeError):
        await db.pool.execute("UPDATE charters SET note = 'x'")
