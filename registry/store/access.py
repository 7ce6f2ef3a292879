"""The access log as it is kept: a chain of rows, each of which covers the one before it.

A row's content is hashed with a salt of its own, and the chain is made of those digests. When the
time of a row is over its content and salt are erased and the chain still holds, as a log of records
does without an erased body. Whoever knows the digest of a row notices any later change before it.
"""

import secrets
from collections.abc import AsyncIterator, Collection, Sequence
from dataclasses import astuple, dataclass, fields
from datetime import UTC, datetime, timedelta
from hashlib import sha256
from typing import Final

import asyncpg
import msgspec

from registry.store.engine import Connection, Database

NO_ROW: Final = bytes(32)
"""What stands for the digest before the first row."""
_EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)
_LOCK: Final = 0x6163_6373  # "accs": one writer at a time reads the head and goes on from there
_SALT: Final = 16


@dataclass(frozen=True, slots=True)
class AccessLine:
    """One read, or one credential that was refused.

    ``who`` is ``key:<id>`` or ``oidc:<keyed digest>``, never a name, and empty where a credential
    proves nothing; ``subject`` 32 hex digits; ``place`` ``<origin>/<idx>``, or for a search a
    keyed digest of what was typed; ``outcome`` ``answered`` or the code of the refusal.
    ``authorisation`` are the places of the authorisations under which a third party read, each
    ``<origin>/<idx>``, with a blank between two.
    """

    who: str
    role: str
    member: str
    purpose: str
    kind: str
    subject: str
    place: str
    outcome: str
    authorisation: str = ""


@dataclass(frozen=True, slots=True)
class AccessRow:
    """A row as stored; moments in UTC. ``line`` and ``salt`` are None after the erasure."""

    seq: int
    at: datetime
    kept_until: datetime
    salt: bytes | None
    line: AccessLine | None
    content: bytes
    digest: bytes


@dataclass(frozen=True, slots=True)
class Looks:
    """How often a subject's records were read by a role, for a purpose, in a month (YYYY-MM)."""

    role: str
    member: str
    purpose: str
    month: str
    count: int


def content_digest(salt: bytes, line: AccessLine) -> bytes:
    """Return SHA-256 over the salt and the line as a JSON array of its texts, in their order.

    Without the last where that is empty, as the rows were made before there was one.
    """
    texts = astuple(line)
    return sha256(salt + msgspec.json.encode(texts if texts[-1] else texts[:-1])).digest()


def row_digest(previous: bytes, seq: int, at: datetime, kept_until: datetime, body: bytes) -> bytes:
    """Return SHA-256 over the digest before, number, both moments in microseconds, and content."""
    numbers = b"".join(
        number.to_bytes(8, "big") for number in (seq, _microseconds(at), _microseconds(kept_until))
    )
    return sha256(previous + numbers + body).digest()


class AccessStore:
    """Adds to the access log and reads it."""

    def __init__(self, db: Database) -> None:
        """Take the open database."""
        self._db = db

    async def append(self, lines: Sequence[tuple[datetime, datetime, AccessLine]]) -> None:
        """Add rows, given as moment, end of their time and line, in one transaction."""
        async with self._db.pool.acquire() as connection, connection.transaction():
            await connection.execute("SELECT pg_advisory_xact_lock($1)", _LOCK)
            head = await connection.fetchrow(_HEAD)
            seq, digest = (0, NO_ROW) if head is None else (head[0], head[1])
            rows = []
            for at, kept_until, line in lines:
                salt, seq = secrets.token_bytes(_SALT), seq + 1
                body = content_digest(salt, line)
                digest = row_digest(digest, seq, at, kept_until, body)
                rows.append((seq, at, kept_until, salt, *astuple(line), body, digest))
            await connection.copy_records_to_table("access_log", records=rows, columns=_NAMES)

    async def after(self, seq: int, limit: int) -> tuple[AccessRow, ...]:
        """Return at most ``limit`` rows that follow a number, in their order."""
        rows = await self._db.pool.fetch(
            f"{_ROWS} WHERE seq > $1 ORDER BY seq LIMIT $2", seq, limit
        )
        return tuple(_row(row) for row in rows)

    async def looks(self, subjects: Collection[str], limit: int) -> tuple[Looks, ...]:
        """Return who has read about a subject, by any of its ids, counted; latest month first."""
        rows = await self._db.pool.fetch(_LOOKS, list(subjects), limit)
        return tuple(Looks(*row) for row in rows)

    async def erase_old(self) -> int:
        """Erase the content of rows whose time is over; return how many there were."""
        erased: int = await self._db.pool.fetchval("SELECT erase_old_access()")
        return erased


async def stream_rows(connection: Connection) -> AsyncIterator[AccessRow]:
    """Yield every row in order, inside the caller's transaction."""
    async for row in connection.cursor(f"{_ROWS} ORDER BY seq", prefetch=1000):
        yield _row(row)


def _row(row: asyncpg.Record) -> AccessRow:
    seq, at, kept_until, salt, *line, body, digest = row
    whole = None if None in (salt, *line) else AccessLine(*line)
    return AccessRow(seq, at, kept_until, salt, whole, body, digest)


def _microseconds(moment: datetime) -> int:
    return (moment - _EPOCH) // timedelta(microseconds=1)


_NAMES: Final = (
    *("seq", "at", "kept_until", "salt"),
    *(field.name for field in fields(AccessLine)),
    *("content", "digest"),
)
_HEAD: Final = "SELECT seq, digest FROM access_log ORDER BY seq DESC LIMIT 1"
_ROWS: Final = f"SELECT {', '.join(_NAMES)} FROM access_log"  # noqa: S608 - constants
_LOOKS: Final = """
SELECT role, member, purpose, to_char(at AT TIME ZONE 'Asia/Shanghai', 'YYYY-MM'), count(*)
FROM access_log WHERE subject = ANY($1) AND subject <> '' AND outcome = 'answered'
GROUP BY 1, 2, 3, 4 ORDER BY 4 DESC, 1, 2, 3 LIMIT $2
"""
