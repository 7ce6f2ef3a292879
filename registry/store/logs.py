"""Logs as stored: heads, checkpoints with receipts, entries with bodies, tile hashes."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from hashlib import sha256

from registry.store.engine import Connection, Database
from signing.note import parse_note


@dataclass(frozen=True, slots=True)
class Head:
    """The head of a log; ``root`` 32 bytes, ``cosigned_at`` POSIX seconds (0 = never)."""

    log_id: int
    size: int
    root: bytes
    compact_range: bytes
    cosigned_at: int


@dataclass(frozen=True, slots=True)
class StoredCheckpoint:
    """A checkpoint as received; ``receipt`` is None where this node never cosigned it.

    ``cosigned_at`` are POSIX seconds.
    """

    size: int
    root: bytes
    note: bytes
    receipt: bytes | None
    cosigned_at: int


@dataclass(frozen=True, slots=True)
class Body:
    """An entry and the bytes it commits to; ``main`` is None after an erasure."""

    entry: bytes
    main: bytes | None
    restricted: bytes | None


def log_id_of(origin: str) -> int:
    """Return the key of a log: the first 63 bits of SHA-256(origin), equal on all nodes."""
    return int.from_bytes(sha256(origin.encode()).digest()[:8]) >> 1


class LogStore:
    """Reads what the ledger serves, and keeps evidence."""

    def __init__(self, db: Database) -> None:
        """Take the open database."""
        self._db = db

    async def head(self, log_id: int) -> Head | None:
        """Return the head, or None where nothing was ever admitted."""
        row = await self._db.pool.fetchrow(_HEAD, log_id)
        return Head(*row) if row else None

    async def origins(self) -> tuple[tuple[int, str], ...]:
        """Return (log_id, origin) of every log held, by origin."""
        rows = await self._db.pool.fetch("SELECT log_id, origin FROM logs ORDER BY origin")
        return tuple((row[0], row[1]) for row in rows)

    async def checkpoints(self, log_id: int, size: int) -> tuple[StoredCheckpoint, ...]:
        """Return the checkpoints signed at exactly this size, in a stable order."""
        rows = await self._db.pool.fetch(_CHECKPOINTS_AT, log_id, size)
        return tuple(StoredCheckpoint(*row) for row in rows)

    async def covering(self, log_id: int, size: int) -> StoredCheckpoint | None:
        """Return the smallest receipted checkpoint covering ``size`` records, the first given."""
        row = await self._db.pool.fetchrow(_COVERING, log_id, size)
        return StoredCheckpoint(*row) if row else None

    async def receipted(self, log_id: int, size: int, digest: bytes) -> StoredCheckpoint | None:
        """Return the checkpoint of this very note, or one that covers it, with its receipt."""
        row = await self._db.pool.fetchrow(_RECEIPTED, log_id, size, digest)
        return StoredCheckpoint(*row) if row else await self.covering(log_id, size)

    async def receipted_since(self, log_id: int, version: int) -> bool:
        """Tell whether a receipt was given under this version of the charter or a later one."""
        found: bool = await self._db.pool.fetchval(_RECEIPTED_SINCE, log_id, version)
        return found

    async def witnessed(self, log_id: int, size: int, root: bytes) -> str:
        """Return the line of this node's witness about a tree that it follows, '' for none."""
        line: str | None = await self._db.pool.fetchval(_WITNESSED, log_id, size, root)
        return line or ""

    async def entries(self, log_id: int, start: int, end: int) -> list[bytes]:
        """Return entries ``start <= idx < end`` (64 bytes each), in order."""
        rows = await self._db.pool.fetch(_ENTRIES, log_id, start, end)
        return [row[0] for row in rows]

    async def bodies(self, log_id: int, start: int, end: int) -> list[Body]:
        """Return entries with bodies, ``start <= idx < end``, in order."""
        rows = await self._db.pool.fetch(_BODIES, log_id, start, end)
        return [Body(*row) for row in rows]

    async def bodies_within(self, log_id: int, start: int, end: int, most: int) -> list[Body]:
        """Return entries with bodies as :meth:`bodies` does, as many as hold ``most`` bytes."""
        rows = await self._db.pool.fetch(_BODIES_WITHIN, log_id, start, end, most)
        return [Body(*row) for row in rows]

    async def erasures(self, log_id: int, idxs: Sequence[int]) -> list[tuple[int, str, int]]:
        """Return (idx, part, position of the order) of what was erased at these positions."""
        rows = await self._db.pool.fetch(_ERASURES, log_id, list(idxs))
        return [(row[0], row[1], row[2]) for row in rows]

    async def notes_after(self, log_id: int, size: int, limit: int) -> list[tuple[int, bytes]]:
        """Return (size, note) of checkpoints beyond a size, one of each size, smallest first.

        With this node's receipt where there is one.
        """
        rows = await self._db.pool.fetch(_NOTES_AFTER, log_id, size, limit)
        return [(row[0], row[1]) for row in rows]

    async def tile_hashes(self, log_id: int, level: int, start: int, end: int) -> list[bytes]:
        """Return hashes of full subtrees of 256^level leaves, ``start <= idx < end``."""
        rows = await self._db.pool.fetch(_TILE_HASHES, log_id, level, start, end)
        return [row[0] for row in rows]

    async def quarantined(
        self, log_id: int, start: int, end: int, limit: int
    ) -> list[tuple[int, list[str]]]:
        """Return (idx, codes) of the first quarantined records in a range, in order."""
        rows = await self._db.pool.fetch(_QUARANTINED, log_id, start, end, limit)
        return [(row[0], row[1]) for row in rows]

    async def save_evidence(
        self, log_id: int, kind: str, note: bytes, stored_size: int, at: datetime
    ) -> None:
        """Keep a signed checkpoint that contradicts the stored log; once for each signed text."""
        digest = sha256(parse_note(note).text.encode()).digest()
        await self._db.pool.execute(_EVIDENCE, log_id, digest, kind, note, stored_size, at)


async def lock_head(connection: Connection, log_id: int) -> Head | None:
    """Return the head and hold its row until the transaction ends."""
    row = await connection.fetchrow(_HEAD + " FOR UPDATE", log_id)
    return Head(*row) if row else None


_HEAD = "SELECT log_id, size, root, compact_range, cosigned_at FROM log_heads WHERE log_id = $1"
_CHECKPOINTS_AT = (
    "SELECT size, root, note, receipt, cosigned_at FROM checkpoints "
    "WHERE log_id = $1 AND size = $2 ORDER BY cosigned_at, note_digest"
)
_COVERING = (
    "SELECT size, root, note, receipt, cosigned_at FROM checkpoints "
    "WHERE log_id = $1 AND size >= $2 AND receipt IS NOT NULL "
    "ORDER BY size, cosigned_at, note_digest LIMIT 1"
)
_RECEIPTED = (
    "SELECT size, root, note, receipt, cosigned_at FROM checkpoints "
    "WHERE log_id = $1 AND size = $2 AND note_digest = $3 AND receipt IS NOT NULL"
)
_RECEIPTED_SINCE = (
    "SELECT EXISTS (SELECT FROM checkpoints "
    "WHERE log_id = $1 AND charter_version >= $2 AND receipt IS NOT NULL)"
)
_WITNESSED = "SELECT line FROM witnessed WHERE log_id = $1 AND size = $2 AND root = $3"
_EVIDENCE = "INSERT INTO evidence VALUES ($1, $2, $3, $4, $5, $6) ON CONFLICT DO NOTHING"
_ENTRIES = "SELECT entry FROM entries WHERE log_id = $1 AND idx >= $2 AND idx < $3 ORDER BY idx"
_BODIES = (
    "SELECT entry, main, restricted FROM entries "
    "WHERE log_id = $1 AND idx >= $2 AND idx < $3 ORDER BY idx"
)
_BODIES_WITHIN = """
SELECT entry, main, restricted FROM (
    SELECT idx, entry, main, restricted, sum(
        coalesce(octet_length(main), 0) + coalesce(octet_length(restricted), 0) + 2
    ) OVER (ORDER BY idx) AS total
    FROM entries WHERE log_id = $1 AND idx >= $2 AND idx < $3) AS counted
WHERE total <= $4 ORDER BY idx
"""
_ERASURES = (
    "SELECT idx, part, order_idx FROM erasures WHERE log_id = $1 AND idx = ANY($2::bigint[]) "
    "ORDER BY idx, order_idx"
)
_NOTES_AFTER = (
    "SELECT DISTINCT ON (size) size, coalesce(receipt, note) FROM checkpoints "
    "WHERE log_id = $1 AND size > $2 "
    "ORDER BY size, receipt IS NULL, cosigned_at, note_digest LIMIT $3"
)
_TILE_HASHES = (
    "SELECT hash FROM tile_hashes WHERE log_id = $1 AND level = $2 AND idx >= $3 AND idx < $4 "
    "ORDER BY idx"
)
_QUARANTINED = (
    "SELECT idx, codes FROM quarantine WHERE log_id = $1 AND idx >= $2 AND idx < $3 "
    "ORDER BY idx LIMIT $4"
)
