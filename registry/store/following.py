"""What a node knows of the logs that it follows, and the contradictions it has met."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from hashlib import sha256
from typing import Final

from registry.store.engine import Database

EVIDENCE_MAX: Final = 64 * 1024
"""Bytes of evidence that are kept of one contradiction."""
ALARMS_MAX: Final = 100
"""Rows of one kind about one log: a liar must not fill the disk."""
DETAIL_MAX: Final = 500


@dataclass(frozen=True, slots=True)
class Seen:
    """The largest tree that the home has shown, signed; ``seen_at`` when it last did."""

    size: int
    root: bytes
    note: bytes
    cosigned_at: int
    seen_at: datetime | None


@dataclass(frozen=True, slots=True)
class FollowState:
    """How following a log goes; ``held`` records are here, ``alarms`` are counted by kind."""

    origin: str
    held: int
    seen: int
    seen_at: datetime | None
    failing_since: datetime | None
    failure: str
    alarms: tuple[tuple[str, int], ...]


@dataclass(frozen=True, slots=True)
class Alarm:
    """A contradiction that was met."""

    log_id: int
    kind: str
    node: str
    detail: str
    evidence: bytes
    noted_at: datetime


class FollowStore:
    """Keeps all that; every method is one statement."""

    def __init__(self, db: Database) -> None:
        """Take the open database."""
        self._db = db

    async def seen(self, log_id: int) -> Seen | None:
        """Return the largest tree that the home has shown, or None."""
        row = await self._db.pool.fetchrow(_SEEN, log_id)
        return Seen(*row) if row else None

    async def see(self, log_id: int, seen: Seen) -> None:
        """Remember a tree that the home shows, if it is no smaller than what it showed before."""
        await self._db.pool.execute(
            _SEE, log_id, seen.size, seen.root, seen.note, seen.cosigned_at, seen.seen_at
        )

    async def went(self, log_id: int, failure: str, at: datetime, empty_root: bytes) -> None:
        """Remember how following a log went: the code of what failed, empty if nothing did."""
        await self._db.pool.execute(_WENT, log_id, failure, at, empty_root)

    async def alarm(self, alarm: Alarm) -> bool:
        """Keep a contradiction; False: it is kept already, or there are enough of its kind."""
        detail, evidence = alarm.detail[:DETAIL_MAX], alarm.evidence[:EVIDENCE_MAX]
        done = await self._db.pool.execute(
            _ALARM,
            alarm.log_id,
            alarm.kind,
            sha256(f"{detail}\n".encode() + evidence).digest(),
            alarm.node,
            detail,
            evidence,
            alarm.noted_at,
            ALARMS_MAX,
        )
        return bool(done == "INSERT 0 1")

    async def alarms(self, log_id: int) -> tuple[Alarm, ...]:
        """Return the contradictions met in a log, in order of time."""
        rows = await self._db.pool.fetch(_ALARMS, log_id)
        return tuple(Alarm(*row) for row in rows)

    async def states(self, logs: Sequence[tuple[int, str]]) -> tuple[FollowState, ...]:
        """Return how it goes for each (log id, origin), in this order."""
        rows = await self._db.pool.fetch(_STATES, [log_id for log_id, _ in logs])
        found = {row["log_id"]: row for row in rows}
        counts: dict[int, list[tuple[str, int]]] = {}
        for row in await self._db.pool.fetch(_COUNTS):
            counts.setdefault(row["log_id"], []).append((row["kind"], row["count"]))
        states = []
        for log_id, origin in logs:
            _, held, seen, seen_at, since, failure = found[log_id]
            alarms = tuple(counts.get(log_id, ()))
            states.append(FollowState(origin, held, seen, seen_at, since, failure, alarms))
        return tuple(states)

    async def attachments_missing(self, log_id: int, limit: int) -> tuple[bytes, ...]:
        """Return digests that records of a log name and that are not here."""
        rows = await self._db.pool.fetch(_MISSING, log_id, limit)
        return tuple(row[0] for row in rows)

    async def witnessed(self, log_id: int, size: int, root: bytes, line: str) -> None:
        """Keep the witness's cosignature of a tree; the first one stays."""
        await self._db.pool.execute(
            "INSERT INTO witnessed VALUES ($1, $2, $3, $4) ON CONFLICT DO NOTHING",
            log_id,
            size,
            root,
            line,
        )


_SEEN = (
    "SELECT size, root, note, cosigned_at, seen_at FROM follows "
    "WHERE log_id = $1 AND seen_at IS NOT NULL"
)
_SEE = """
INSERT INTO follows AS f VALUES ($1, $2, $3, $4, $5, $6, NULL, '')
ON CONFLICT (log_id) DO UPDATE SET size = excluded.size, root = excluded.root,
    note = excluded.note, cosigned_at = excluded.cosigned_at, seen_at = excluded.seen_at
WHERE f.size <= excluded.size
"""
_WENT = """
INSERT INTO follows AS f
SELECT $1, 0, $4, '', 0, NULL, CASE WHEN $2::text <> '' THEN $3::timestamptz END, $2
ON CONFLICT (log_id) DO UPDATE SET failure = excluded.failure,
    failing_since = CASE WHEN excluded.failure <> ''
        THEN coalesce(f.failing_since, excluded.failing_since) END
WHERE f.failure <> excluded.failure
"""
_ALARM = """
INSERT INTO alarms SELECT $1, $2, $3, $4, $5, $6, $7
WHERE (SELECT count(*) FROM alarms WHERE log_id = $1 AND kind = $2) < $8
ON CONFLICT DO NOTHING
"""
_ALARMS = (
    "SELECT log_id, kind, node, detail, evidence, noted_at FROM alarms "
    "WHERE log_id = $1 ORDER BY noted_at, kind"
)
_STATES = """
SELECT l.log_id, coalesce(h.size, 0), coalesce(f.size, 0), f.seen_at, f.failing_since,
    coalesce(f.failure, '')
FROM unnest($1::bigint[]) AS l (log_id)
LEFT JOIN log_heads h USING (log_id) LEFT JOIN follows f USING (log_id)
"""
_COUNTS = "SELECT log_id, kind, count(*) AS count FROM alarms GROUP BY 1, 2 ORDER BY 1, 2"
_MISSING = """
SELECT DISTINCT n.sha256 FROM attachments_named n
LEFT JOIN attachments a ON a.sha256 = n.sha256
WHERE n.log_id = $1 AND a.body IS NULL ORDER BY 1 LIMIT $2
"""
