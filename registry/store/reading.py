"""What the read side asks about logs: heads, coverage, checkpoints, kinds, attachments.

A head (origin, size, root) is the *known set* of a log. Since a log only grows, whoever keeps to
the indexes below the sizes read first has read one consistent state, on one machine or on many,
without holding a transaction open.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from types import MappingProxyType
from typing import TypeAlias

import asyncpg

from registry.store.engine import Connection

Source: TypeAlias = asyncpg.Pool | Connection
"""What statements run on: one connection for all of a question, or the pool for a single one."""

_HEADS = """
SELECT l.log_id, l.origin, l.party_code, h.size, h.root, h.cosigned_at, c.committed_at,
       (SELECT max(seq) FROM commits) AS newest
FROM logs l
JOIN log_heads h ON h.log_id = l.log_id
LEFT JOIN LATERAL (
    SELECT committed_at FROM commits
    WHERE commits.log_id = l.log_id ORDER BY end_idx DESC, seq DESC LIMIT 1
) c ON true
ORDER BY l.origin
"""

_HEADS_BEFORE = """
SELECT l.log_id, l.origin, l.party_code, c.size, c.root, c.cosigned_at,
       to_timestamp(c.cosigned_at) AS updated_at
FROM logs l
JOIN LATERAL (
    SELECT size, root, cosigned_at FROM checkpoints
    WHERE checkpoints.log_id = l.log_id AND receipt IS NOT NULL AND cosigned_at < $1
    ORDER BY size DESC, cosigned_at DESC LIMIT 1
) c ON true
ORDER BY l.origin
"""

_COMMITS_OF = """
SELECT t.log_id, t.idx, c.seq FROM unnest($1::bigint[], $2::bigint[]) AS t (log_id, idx)
CROSS JOIN LATERAL (
    SELECT seq FROM commits WHERE log_id = t.log_id AND end_idx > t.idx
    ORDER BY end_idx, seq LIMIT 1
) c
"""

_CHECKPOINTS = """
SELECT l.log_id, coalesce(c.receipt, c.note) AS note,
       (SELECT count(*) FROM quarantine q WHERE q.log_id = l.log_id) AS quarantined
FROM logs l
LEFT JOIN LATERAL (
    SELECT receipt, note FROM checkpoints
    WHERE checkpoints.log_id = l.log_id
    ORDER BY size DESC, receipt IS NULL, cosigned_at DESC, note_digest LIMIT 1
) c ON true
"""

_EARLIER = """
SELECT c.size, c.root, c.cosigned_at
FROM logs l JOIN checkpoints c ON c.log_id = l.log_id
WHERE l.origin = $1 AND c.receipt IS NOT NULL
ORDER BY c.size DESC, c.cosigned_at DESC, c.note_digest LIMIT $2
"""

_KINDS = "SELECT DISTINCT log_id, type, list_code FROM kinds"

_BEHIND = """
SELECT f.log_id, f.failing_since, CASE WHEN f.size > coalesce(h.size, 0) THEN f.seen_at END
FROM follows f LEFT JOIN log_heads h USING (log_id)
WHERE f.failing_since IS NOT NULL OR f.size > coalesce(h.size, 0)
"""

_CHECKED_WITH = "SELECT seq FROM cursors WHERE name = 'checked-with'"

_ATTACHMENTS = "SELECT sha256, body FROM attachments WHERE sha256 = ANY($1) AND body IS NOT NULL"


@dataclass(frozen=True, slots=True)
class Head:
    """A log as far as this node holds it; ``updated_at`` None: nothing was admitted yet."""

    log_id: int
    origin: str
    party_code: str
    size: int
    root: bytes
    cosigned_at: int
    updated_at: datetime | None


@dataclass(frozen=True, slots=True)
class Known:
    """The heads of all logs, read at one moment; everything else is bounded by them.

    ``newest`` is the last commit of that moment, 0 while there is none; ``named`` is what decisions
    name the set by: size and root of each log that holds anything.
    """

    heads: tuple[Head, ...]
    by_id: Mapping[int, Head]
    by_origin: Mapping[str, Head]
    named: Mapping[str, str]
    newest: int = 0

    @classmethod
    def of(cls, heads: Sequence[Head], newest: int = 0) -> "Known":
        """Index heads by log id and by origin."""
        return cls(
            tuple(heads),
            MappingProxyType({head.log_id: head for head in heads}),
            MappingProxyType({head.origin: head for head in heads}),
            MappingProxyType(
                {f"log:{one.origin}": f"{one.size}:{one.root.hex()}" for one in heads if one.size}
            ),
            newest,
        )

    def holds(self, log_id: int, idx: int) -> bool:
        """Tell whether a place lies inside the known set."""
        head = self.by_id.get(log_id)
        return head is not None and 0 <= idx < head.size

    @property
    def sizes(self) -> tuple[tuple[int, int], ...]:
        """Return (log id, size) of each log: equal sizes mean equal content."""
        return tuple((head.log_id, head.size) for head in self.heads)


@dataclass(frozen=True, slots=True)
class Latest:
    """The newest checkpoint of a log (with the receipt where there is one)."""

    note: bytes
    quarantined: int


class LogReading:
    """Reads about logs as wholes; each method is one statement."""

    def __init__(self, source: Source) -> None:
        """Take what the statements run on."""
        self._source = source

    async def known(self) -> Known:
        """Return the known set of this moment, logs in the order of their origins."""
        rows = await self._source.fetch(_HEADS)
        newest = rows[0]["newest"] if rows else None
        return Known.of([Head(*tuple(row)[:-1]) for row in rows], newest or 0)

    async def newest(self) -> int:
        """Return the last commit, 0 while there is none."""
        last: int | None = await self._source.fetchval("SELECT max(seq) FROM commits")
        return last or 0

    async def commits_of(self, places: Sequence[tuple[int, int]]) -> dict[tuple[int, int], int]:
        """Return the commit that brought each (log id, index)."""
        columns = [list(column) for column in zip(*places, strict=True)] or [[], []]
        rows = await self._source.fetch(_COMMITS_OF, *columns)
        return {(row[0], row[1]): row[2] for row in rows}

    async def known_before(self, second: int) -> Known:
        """Return the known set before a POSIX second: what this node had cosigned by then."""
        return Known.of([Head(*row) for row in await self._source.fetch(_HEADS_BEFORE, second)])

    async def latest(self) -> dict[int, Latest]:
        """Return for each log its newest checkpoint and how many records are quarantined."""
        rows = await self._source.fetch(_CHECKPOINTS)
        return {row["log_id"]: Latest(row["note"] or b"", row["quarantined"]) for row in rows}

    async def earlier(self, origin: str, limit: int) -> list[tuple[int, bytes, int]]:
        """Return (size, root, POSIX seconds) of the latest checkpoints with a receipt."""
        rows = await self._source.fetch(_EARLIER, origin, limit)
        return [(row["size"], row["root"], row["cosigned_at"]) for row in rows]

    async def kinds(self) -> frozenset[tuple[int, str, str]]:
        """Return every (log id, type, list code) that occurs."""
        rows = await self._source.fetch(_KINDS)
        return frozenset((row["log_id"], row["type"], row["list_code"]) for row in rows)

    async def behind(self) -> dict[int, tuple[datetime | None, datetime | None]]:
        """Return since when following a log fails, and when its home showed more than is here.

        By log id; logs with which neither is so are left out.
        """
        rows = await self._source.fetch(_BEHIND)
        return {log_id: (failing, shown) for log_id, failing, shown in rows}

    async def checked_with(self) -> int:
        """Return the fingerprint of the checks that all records have passed, 0 if none is noted."""
        fingerprint: int | None = await self._source.fetchval(_CHECKED_WITH)
        return fingerprint or 0

    async def attachments(self, digests: Sequence[bytes]) -> dict[bytes, bytes]:
        """Return the stored bodies of attachments by SHA-256; what is not stored is left out."""
        rows = await self._source.fetch(_ATTACHMENTS, list(digests))
        return {row["sha256"]: row["body"] for row in rows}


class LatestKnown:
    """The known set of the newest commit, remembered until there is a newer one.

    Heads move only in the transaction of a commit, and commits become visible in their order: as
    long as the newest commit is the same, so are all heads, whichever process admits.
    """

    def __init__(self) -> None:
        """Begin with none."""
        self._known: Known | None = None

    def at(self, newest: int) -> Known | None:
        """Return the known set of a commit, None if it is not the one remembered."""
        known = self._known
        return known if known is not None and known.newest == newest else None

    async def now(self, reading: LogReading) -> Known:
        """Return the known set of this moment, read anew only where something was committed."""
        return self.at(await reading.newest()) or await self.read(reading)

    async def read(self, reading: LogReading) -> Known:
        """Return the known set of this moment, and remember it."""
        self._known = await reading.known()
        return self._known
