"""Requests about standards as they were handed in, until an organ logs them."""

from dataclasses import dataclass
from datetime import datetime
from typing import Final

from registry.store.engine import Database

KEPT_DAYS: Final = 400
"""For which a request is kept; by then its case has long been logged and decided."""
DAILY_MAX: Final = 20
"""Requests that one subject hands in on a day."""
LISTED: Final = 200
_ADDED: Final = 0x6361_7365  # "case": one is added at a time, so that the bound holds
_COLUMNS: Final = "id, subject, member, made_at, kept_until, asked"


@dataclass(frozen=True, slots=True)
class CaseRequest:
    """A request as stored: whose, to which member, and the record it asks for as JSON."""

    id: str
    subject: str
    member: str
    made_at: datetime
    kept_until: datetime
    asked: str


class CaseRequestStore:
    """Keeps and finds requests."""

    def __init__(self, db: Database) -> None:
        """Take the open database."""
        self._pool = db.pool

    async def add(self, one: CaseRequest, since: datetime) -> CaseRequest | None:
        """Keep a request, once; return it as kept, None: too many ``since`` the day began."""
        async with self._pool.acquire() as connection, connection.transaction():
            await connection.execute("SELECT pg_advisory_xact_lock($1)", _ADDED)
            row = await connection.fetchrow(_ONE, one.id)
            if row is not None:
                return CaseRequest(*row)
            if await connection.fetchval(_COUNT, one.subject, since) >= DAILY_MAX:
                return None
            await connection.fetchval("SELECT erase_old_case_requests()")
            await connection.execute(_ADD, *(getattr(one, name) for name in CaseRequest.__slots__))
            return one

    async def find(self, request: str) -> CaseRequest | None:
        """Return a request."""
        if not request.isalnum():  # NUL is no text to the database
            return None
        row = await self._pool.fetchrow(_ONE, request)
        return None if row is None else CaseRequest(*row)

    async def of_subject(self, subject: str) -> tuple[CaseRequest, ...]:
        """Return what a subject has handed in, the newest first."""
        rows = await self._pool.fetch(_OF, subject, LISTED)
        return tuple(CaseRequest(*row) for row in rows)

    async def at_member(self, member: str) -> tuple[CaseRequest, ...]:
        """Return what was handed in to a member, the oldest of the newest first."""
        rows = await self._pool.fetch(_AT, member, LISTED)
        return tuple(CaseRequest(*row) for row in reversed(rows))


_SELECT: Final = f"SELECT {_COLUMNS} FROM case_requests"  # noqa: S608 - constants
_ONE: Final = f"{_SELECT} WHERE id = $1"
_OF: Final = f"{_SELECT} WHERE subject = $1 ORDER BY made_at DESC, id LIMIT $2"
_AT: Final = f"{_SELECT} WHERE member = $1 ORDER BY made_at DESC, id LIMIT $2"
_COUNT: Final = "SELECT count(*) FROM case_requests WHERE subject = $1 AND made_at >= $2"
_ADD: Final = f"INSERT INTO case_requests ({_COLUMNS}) VALUES ($1, $2, $3, $4, $5, $6)"  # noqa: S608 - constants
