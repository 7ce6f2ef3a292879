"""Reports as they are kept: found by code or subject, erased when their time is over."""

import zlib
from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from typing import Final

import asyncpg

from registry.store.engine import Database

LISTED_MAX: Final = 100
"""Reports about one subject that are listed, the newest."""
_ADD: Final = """
INSERT INTO reports VALUES ($1, $2, $3, $4, $5, $6, $7, CASE WHEN EXISTS (
    SELECT FROM erasures x JOIN entries e ON e.log_id = x.log_id AND e.idx = x.idx
    WHERE x.part <> 'restricted' AND e.entry = ANY ($9::bytea[])) THEN NULL ELSE $8::bytea END, $9)
"""
_FIND: Final = """
SELECT code, digest, issued_at, kept_until, subject_id, owner, asked, file FROM reports
WHERE code = $1
"""
_ABOUT: Final = """
SELECT code, digest, issued_at, kept_until, subject_id, owner, asked, NULL::bytea FROM reports
WHERE subject_id = ANY ($1) AND kept_until > $2 ORDER BY issued_at DESC, code LIMIT $3
"""


@dataclass(frozen=True, slots=True)
class KeptReport:
    """A report as stored; past its time only the first four are left, and the rest is empty.

    Moments are aware, in UTC; ``digest`` has 32 bytes, ``subject`` 32 hex digits; ``owner`` is who
    took it, as in the access log; ``asked`` JSON of `registry.reports.model`. ``file`` None alone:
    a record in it was erased by order. ``entries`` are those of the records that it tells of.
    """

    code: str
    digest: bytes
    issued_at: datetime
    kept_until: datetime
    subject: str
    owner: str
    asked: str
    file: bytes | None
    entries: tuple[bytes, ...] = ()


class ReportStore:
    """Keeps and finds reports."""

    def __init__(self, db: Database) -> None:
        """Take the open database."""
        self._pool = db.pool

    async def add(self, one: KeptReport) -> None:
        """Keep a report, deflated; without its file where a record in it was erased meanwhile."""
        await self._pool.execute(
            _ADD,
            *(one.code, one.digest, one.issued_at, one.kept_until),
            *(bytes.fromhex(one.subject), one.owner, one.asked),
            None if one.file is None else zlib.compress(one.file),
            list(one.entries),
        )

    async def find(self, code: str, at: datetime) -> KeptReport | None:
        """Return the report of a code; past its time without all that is erased then."""
        row = await self._pool.fetchrow(_FIND, code)
        return None if row is None else _kept(row, at)

    async def about(self, subjects: Collection[str], at: datetime) -> tuple[KeptReport, ...]:
        """Return the newest reports about a subject, by any of its ids, without their files."""
        ids = [bytes.fromhex(one) for one in subjects]
        rows = await self._pool.fetch(_ABOUT, ids, at, LISTED_MAX)
        return tuple(_kept(row, at) for row in rows)

    async def taken_since(self, owner: str, moment: datetime) -> int:
        """Return how many somebody has taken since a moment; the bound on a day bounds it."""
        count: int = await self._pool.fetchval(
            "SELECT count(*) FROM reports WHERE owner = $1 AND issued_at > $2", owner, moment
        )
        return count

    async def erase_old(self) -> int:
        """Erase what is past its time; return how many there were."""
        erased: int = await self._pool.fetchval("SELECT erase_old_reports()")
        return erased


def _kept(row: asyncpg.Record, at: datetime) -> KeptReport:
    code, digest, issued_at, kept_until, subject, owner, asked, file = row
    if subject is None or at >= kept_until:
        return KeptReport(code, digest, issued_at, kept_until, "", "", "", None)
    whole = None if file is None else zlib.decompress(file)
    return KeptReport(code, digest, issued_at, kept_until, subject.hex(), owner, asked, whole)
