"""Alarms as they are looked at, and who has taken note of one; nothing of it ever changes."""

from dataclasses import dataclass
from datetime import datetime
from typing import Final

from registry.store.engine import Database

LIST_MAX: Final = 200
ID_MIN: Final = 8
"""Hex digits of its digest by which an alarm may be named, at least."""


@dataclass(frozen=True, slots=True)
class AlarmRow:
    """An alarm; ``id`` is its digest in hex, the last three are None until somebody took note."""

    id: str
    log_id: int
    kind: str
    node: str
    detail: str
    evidence: bytes
    at: datetime
    reason: str | None
    noted_by: str | None
    noted_at: datetime | None


class AlarmStore:
    """Reads them; every method is one statement."""

    def __init__(self, db: Database) -> None:
        """Take the open database."""
        self._db = db

    async def all(
        self, log_id: int | None = None, kind: str = "", *, open_only: bool = False
    ) -> tuple[AlarmRow, ...]:
        """Return the latest alarms, all or those of a log, of a kind, or still open."""
        rows = await self._db.pool.fetch(_ALL, log_id, kind, open_only, "", LIST_MAX)
        return tuple(AlarmRow(*row) for row in rows)

    async def named(self, prefix: str) -> tuple[AlarmRow, ...]:
        """Return the alarms whose id begins so, at most two."""
        rows = await self._db.pool.fetch(_ALL, None, "", False, prefix, 2)  # noqa: FBT003 - SQL
        return tuple(AlarmRow(*row) for row in rows)

    async def open(self) -> dict[tuple[int, str], int]:
        """Return how many nobody has taken note of, by (log id, kind)."""
        rows = await self._db.pool.fetch(_OPEN)
        return {(row["log_id"], row["kind"]): row["count"] for row in rows}

    async def note(self, alarm: AlarmRow, reason: str, by: str, at: datetime) -> bool:
        """Write down that somebody has taken note; False: somebody had before."""
        done = await self._db.pool.execute(
            "INSERT INTO alarms_noted VALUES ($1, $2, $3, $4, $5, $6) ON CONFLICT DO NOTHING",
            alarm.log_id,
            alarm.kind,
            bytes.fromhex(alarm.id),
            reason,
            by,
            at,
        )
        return bool(done == "INSERT 0 1")


_ALL = """
SELECT encode(a.digest, 'hex'), a.log_id, a.kind, a.node, a.detail, a.evidence, a.noted_at,
    n.reason, n.noted_by, n.noted_at
FROM alarms a LEFT JOIN alarms_noted n USING (log_id, kind, digest)
WHERE ($1::bigint IS NULL OR a.log_id = $1) AND ($2 = '' OR a.kind = $2)
    AND NOT ($3 AND n.reason IS NOT NULL) AND starts_with(encode(a.digest, 'hex'), $4)
ORDER BY a.noted_at DESC, a.log_id, a.kind, a.digest LIMIT $5
"""
_OPEN = """
SELECT a.log_id, a.kind, count(*) AS count
FROM alarms a LEFT JOIN alarms_noted n USING (log_id, kind, digest)
WHERE n.reason IS NULL GROUP BY 1, 2 ORDER BY 1, 2
"""
