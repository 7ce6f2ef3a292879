"""What an owner of screenings has judged about rows and subjects: rows that never change."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from registry.store.engine import Database

JUDGED_MAX: Final = 200_000
"""Judgements of one owner, undone ones included."""


@dataclass(frozen=True, slots=True)
class Judgement:
    """What counts of a row's ``key`` and a subject: same, different or unsure, by whom and when."""

    key: bytes
    subject_id: bytes
    judgement: str
    judged_by: str
    reason: str
    judged_at: datetime


class JudgementStore:
    """Keeps and finds judgements."""

    def __init__(self, db: Database) -> None:
        """Take the open database."""
        self._pool = db.pool

    async def add(self, owner: str, one: Judgement) -> bool:
        """Keep a judgement, which counts from now on; False: the owner has made too many."""
        async with self._pool.acquire() as connection, connection.transaction():
            await connection.execute("SELECT pg_advisory_xact_lock(hashtext($1))", owner)
            if await connection.fetchval(_HOW_MANY, owner) >= JUDGED_MAX:
                return False
            await connection.execute(
                _ADD,
                *(owner, one.key, one.subject_id, one.judgement),
                *(one.judged_by, one.reason, one.judged_at),
            )
            return True

    async def of(self, owner: str, keys: Collection[bytes]) -> dict[tuple[bytes, bytes], Judgement]:
        """Return what counts of these keys, by key and subject; what was undone is absent."""
        rows = await self._pool.fetch(_OF, owner, list(keys))
        found = (Judgement(*row) for row in rows)
        return {(one.key, one.subject_id): one for one in found if one.judgement != "undone"}


_HOW_MANY: Final = "SELECT count(*) FROM screening_judgements WHERE owner = $1"
_ADD: Final = """
INSERT INTO screening_judgements
SELECT $1, $2, $3, coalesce(max(number), 0) + 1, $4, $5, $6, $7 FROM screening_judgements
WHERE owner = $1 AND key = $2 AND subject_id = $3
"""
_OF: Final = """
SELECT DISTINCT ON (key, subject_id) key, subject_id, judgement, judged_by, reason, judged_at
FROM screening_judgements WHERE owner = $1 AND key = ANY($2)
ORDER BY key, subject_id, number DESC
"""
