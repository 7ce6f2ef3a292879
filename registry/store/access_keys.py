"""Keys that programs show, as they are kept: issued and ended by rows, never changed."""

from dataclasses import dataclass
from datetime import datetime
from typing import Final

import asyncpg

from registry.domain.disclosure import Role
from registry.domain.grants import Grant
from registry.store.engine import Connection, Database

LISTED_MAX: Final = 10_000
_LOCK: Final = 0x6B65_7973  # "keys": one rotation at a time


@dataclass(frozen=True, slots=True)
class KeptKey:
    """A key as stored: SHA-256 of its secret, what it allows, and until when.

    ``ends_at`` is the earliest end that was stated for it, None while there is none; moments are
    aware, in UTC. ``replaces`` is the key it follows in a rotation, or empty.
    """

    key_id: str
    secret_digest: bytes
    grant: Grant
    label: str
    issued_at: datetime
    expires_at: datetime
    replaces: str = ""
    ends_at: datetime | None = None

    @property
    def until(self) -> datetime:
        """When it stops being good: its expiry, or an earlier end."""
        return self.expires_at if self.ends_at is None else min(self.expires_at, self.ends_at)


@dataclass(frozen=True, slots=True)
class KeyEnd:
    """That a key ends at a moment, when that was stated, and why."""

    key_id: str
    ends_at: datetime
    stated_at: datetime
    reason: str


class KeyStore:
    """Keeps and finds keys."""

    def __init__(self, db: Database) -> None:
        """Take the open database."""
        self._pool = db.pool

    async def add(self, key: KeptKey) -> None:
        """Keep a key."""
        async with self._pool.acquire() as connection:
            await _add(connection, key)

    async def replace(self, key: KeptKey, end: KeyEnd) -> tuple[KeptKey, ...]:
        """Keep a key that replaces another, which ends, in one transaction.

        Where keys that follow the other are good already nothing is done, and they are returned;
        of two that replace it at once one comes first.
        """
        async with self._pool.acquire() as connection, connection.transaction():
            await connection.execute("SELECT pg_advisory_xact_lock($1)", _LOCK)
            good = await _followers(connection, end.key_id, end.stated_at)
            if not good:
                await _add(connection, key)
                await _end(connection, end)
            return good

    async def end(self, end: KeyEnd) -> None:
        """State that a key ends."""
        async with self._pool.acquire() as connection:
            await _end(connection, end)

    async def followers(self, key_id: str, at: datetime) -> tuple[KeptKey, ...]:
        """Return the keys that follow a key, over any number of rotations, and are good then."""
        async with self._pool.acquire() as connection:
            return await _followers(connection, key_id, at)

    async def find(self, key_id: str) -> KeptKey | None:
        """Return the key of an id, with its earliest end."""
        row = await self._pool.fetchrow(f"{_KEYS} WHERE k.key_id = $1", key_id)
        return None if row is None else _key(row)

    async def all(self) -> tuple[KeptKey, ...]:
        """Return every key, the latest first, at most ``LISTED_MAX``."""
        rows = await self._pool.fetch(
            f"{_KEYS} ORDER BY issued_at DESC, key_id LIMIT $1", LISTED_MAX
        )
        return tuple(_key(row) for row in rows)


async def _add(connection: Connection, key: KeptKey) -> None:
    grant = key.grant
    await connection.execute(
        _ADD,
        key.key_id,
        key.secret_digest,
        grant.role.value,
        grant.member,
        grant.subject,
        list(grant.territories),
        list(grant.matters),
        key.label,
        key.issued_at,
        key.expires_at,
        key.replaces or None,
        grant.party,
        grant.department,
    )


async def _followers(connection: Connection, key_id: str, at: datetime) -> tuple[KeptKey, ...]:
    keys = [_key(row) for row in await connection.fetch(_FOLLOWERS, key_id)]
    return tuple(key for key in keys if at < key.until)


async def _end(connection: Connection, end: KeyEnd) -> None:
    await connection.execute(_END, end.key_id, end.ends_at, end.stated_at, end.reason)


def _key(row: asyncpg.Record) -> KeptKey:
    limits = (row["member"], row["subject"], tuple(row["territories"]), tuple(row["matters"]))
    return KeptKey(
        row["key_id"],
        row["secret_digest"],
        Grant(Role(row["role"]), *limits, row["party"], row["department"]),
        row["label"],
        row["issued_at"],
        row["expires_at"],
        row["replaces"] or "",
        row["ends_at"],
    )


_ADD: Final = (
    "INSERT INTO access_keys (key_id, secret_digest, role, member, subject, territories, matters, "
    "label, issued_at, expires_at, replaces, party, department) "
    "VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13)"
)
_END: Final = "INSERT INTO access_key_ends VALUES ($1, $2, $3, $4)"
_KEYS: Final = """
SELECT k.key_id, secret_digest, role, member, subject, territories, matters, label, issued_at,
       expires_at, replaces, party, department,
       (SELECT min(ends_at) FROM access_key_ends e WHERE e.key_id = k.key_id) AS ends_at
FROM access_keys k
"""
_FOLLOWERS: Final = f"""
WITH RECURSIVE following (key_id) AS (
    SELECT key_id FROM access_keys WHERE replaces = $1
    UNION SELECT n.key_id FROM access_keys n JOIN following f ON n.replaces = f.key_id
) {_KEYS} JOIN following USING (key_id) ORDER BY issued_at, k.key_id
"""  # noqa: S608 - constants
