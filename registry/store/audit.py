"""Reads of an audit: all that is stored, at one moment, to be compared with what follows."""

from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from registry.store.access import AccessRow, stream_rows
from registry.store.admission import (
    AdmissionWriter,
    AttachmentRow,
    NameRow,
    RecordRow,
    RelationRow,
    SpokenRow,
    SubjectRow,
    TargetRow,
    WordsRow,
)
from registry.store.engine import Connection, Database
from registry.store.logs import Head
from registry.store.scrub import SCRUBBED

CHUNK: Final = 2048
"""Entries held at once: as many bodies are in memory, on the whole some megabytes."""
LinkRow = tuple[bytes, bytes, str, str, int | None, int | None]


@dataclass(frozen=True, slots=True)
class StoredLog:
    """A log's row."""

    log_id: int
    origin: str
    party_code: str


@dataclass(frozen=True, slots=True)
class StoredCharter:
    """A version of the charter as stored."""

    version: int
    note: bytes
    digest: bytes


@dataclass(frozen=True, slots=True)
class StoredNote:
    """A checkpoint row; ``cosigned_at`` POSIX seconds."""

    size: int
    root: bytes
    digest: bytes
    note: bytes
    charter_version: int
    receipt: bytes | None
    cosigned_at: int


@dataclass(frozen=True, slots=True)
class StoredCommit:
    """A commit row."""

    seq: int
    log_id: int
    start: int
    end: int
    charter_version: int
    committed_at: datetime


@dataclass(frozen=True, slots=True)
class StoredBody:
    """An entry and the bytes it commits to, at its position."""

    idx: int
    entry: bytes
    main: bytes | None
    restricted: bytes | None


@dataclass(frozen=True, slots=True)
class StoredErasure:
    """An erasure and the record that is said to order it."""

    idx: int
    part: str
    order_log: int
    order_idx: int
    unscrubbed: bool
    """No scrubbing began since: the database may hold the bytes on disk."""


@dataclass(frozen=True, slots=True)
class StoredEvidence:
    """A signed checkpoint that contradicted the stored log when it came."""

    log_id: int
    digest: bytes
    note: bytes


class AuditStore:
    """All reads of an audit, on one connection; made by :func:`open_audit`."""

    def __init__(self, connection: Connection) -> None:
        """Take a connection inside a transaction that sees one moment."""
        self.connection = connection

    async def logs(self) -> tuple[StoredLog, ...]:
        """Return every log, by origin."""
        rows = await self.connection.fetch(
            "SELECT log_id, origin, party_code FROM logs ORDER BY origin"
        )
        return tuple(StoredLog(*row) for row in rows)

    async def heads(self) -> dict[int, Head]:
        """Return the head of each log that has one."""
        rows = await self.connection.fetch(
            "SELECT log_id, size, root, compact_range, cosigned_at FROM log_heads"
        )
        return {row[0]: Head(*row) for row in rows}

    async def charters(self) -> tuple[StoredCharter, ...]:
        """Return all versions of the charter in order."""
        rows = await self.connection.fetch(
            "SELECT version, note, digest FROM charters ORDER BY version"
        )
        return tuple(StoredCharter(*row) for row in rows)

    async def commits(self) -> tuple[StoredCommit, ...]:
        """Return all commits in order."""
        rows = await self.connection.fetch(
            "SELECT seq, log_id, start_idx, end_idx, charter_version, committed_at "
            "FROM commits ORDER BY seq"
        )
        return tuple(StoredCommit(*row) for row in rows)

    async def notes(self, log_id: int) -> tuple[StoredNote, ...]:
        """Return every checkpoint of a log, by size."""
        rows = await self.connection.fetch(
            "SELECT size, root, note_digest, note, charter_version, receipt, cosigned_at "
            "FROM checkpoints WHERE log_id = $1 ORDER BY size, note_digest",
            log_id,
        )
        return tuple(StoredNote(*row) for row in rows)

    async def evidence(self) -> tuple[StoredEvidence, ...]:
        """Return every checkpoint kept as evidence, also of logs that hold nothing."""
        rows = await self.connection.fetch(
            "SELECT log_id, note_digest, note FROM evidence ORDER BY log_id, noted_at, note_digest"
        )
        return tuple(StoredEvidence(*row) for row in rows)

    async def tiles(self, log_id: int) -> dict[tuple[int, int], bytes]:
        """Return every stored tile hash of a log by (level, idx)."""
        rows = await self.connection.fetch(
            "SELECT level, idx, hash FROM tile_hashes WHERE log_id = $1", log_id
        )
        return {(row[0], row[1]): row[2] for row in rows}

    async def erasures(self, log_id: int) -> tuple[StoredErasure, ...]:
        """Return every erasure in a log."""
        rows = await self.connection.fetch(
            "SELECT idx, part, order_log, order_idx, erased_at >= to_timestamp(coalesce("
            "(SELECT seq FROM cursors WHERE name = $2), 0)) FROM erasures WHERE log_id = $1 "
            "ORDER BY idx, part",
            log_id,
            SCRUBBED,
        )
        return tuple(StoredErasure(*row) for row in rows)

    async def strangers(self, known: Sequence[int]) -> list[tuple[str, int]]:
        """Return (table, log id) where rows name a log that is not among ``known``."""
        rows = await self.connection.fetch(_STRANGERS, list(known))
        return [(row[0], row[1]) for row in rows]

    async def outside(self, log_id: int, size: int) -> list[tuple[str, int]]:
        """Return (table, idx) of rows at positions that a log of this size does not have."""
        rows = await self.connection.fetch(_OUTSIDE, log_id, size)
        return [(row[0], row[1]) for row in rows]

    async def bodies(
        self, log_id: int, start: int, end: int
    ) -> AsyncIterator[tuple[StoredBody, ...]]:
        """Yield entries with bodies, ``start <= idx < end``, in order, some thousand at a time.

        Driven by what is there, not by the range: a wild ``end`` costs nothing.
        """
        while rows := await self.connection.fetch(_BODIES, log_id, start, end, CHUNK):
            yield tuple(StoredBody(*row) for row in rows)
            start = rows[-1][0] + 1

    async def body(self, log_id: int, idx: int) -> StoredBody | None:
        """Return entry and body at a position, or None where there is none."""
        row = await self.connection.fetchrow(_BODIES, log_id, idx, idx + 1, 1)
        return StoredBody(*row) if row else None

    async def records(self, log_id: int) -> AsyncIterator[RecordRow]:
        """Yield the whole rows derived from a log, by position."""
        async for row in self.connection.cursor(_RECORDS, log_id, prefetch=CHUNK):
            yield (*row[:-1], tuple(row[-1]))

    async def kinds_amiss(self) -> list[tuple[int, str, str, bool]]:
        """Return (log, type, list, missing) where the table of kinds is not what records say."""
        rows = await self.connection.fetch(_KINDS_AMISS)
        return [(row[0], row[1], row[2], row[3]) for row in rows]

    async def quarantined(self, log_id: int, start: int, end: int) -> dict[int, list[str]]:
        """Return the codes of quarantined positions in a range of a log."""
        rows = await self.connection.fetch(
            "SELECT idx, codes FROM quarantine WHERE log_id = $1 AND idx >= $2 AND idx < $3",
            log_id,
            start,
            end,
        )
        return {row[0]: row[1] for row in rows}

    async def beside_erased(self, log_id: int, start: int, end: int) -> set[int]:
        """Return the positions of a commit in quarantine for a salt that may be of an erased body.

        Equal salts are looked for inside a batch: what is left of it says no longer which were.
        """
        rows = await self.connection.fetch(
            f"{BESIDE_ERASED} AND q.log_id = $1 AND q.idx >= $2 AND q.idx < $3", log_id, start, end
        )
        return {row[1] for row in rows}

    async def targets(self, log_id: int, ids: Sequence[str], before: int) -> tuple[TargetRow, ...]:
        """Return the records of a log with these ids that stand before a position."""
        rows = await self.connection.fetch(_TARGETS, log_id, list(ids), before)
        return tuple(TargetRow(*row) for row in rows)

    async def quarantined_entry(self, log_id: int, entry: bytes) -> int | None:
        """Return where a record with this entry is in quarantine, None where none is."""
        return await AdmissionWriter(self.connection, log_id).quarantined_entry(log_id, entry)

    async def subjects(self) -> AsyncIterator[SubjectRow]:
        """Yield every subject, by id."""
        async for row in self.connection.cursor(
            "SELECT subject_id, scheme, identifier, kind, orgcode FROM subjects "
            "ORDER BY subject_id",
            prefetch=CHUNK,
        ):
            yield (row[0], row[1], row[2], row[3], row[4])

    async def names(self) -> AsyncIterator[NameRow]:
        """Yield every name of every subject."""
        async for row in self.connection.cursor(
            "SELECT subject_id, name, stated_on, former, log_id, idx FROM subject_names",
            prefetch=CHUNK,
        ):
            yield (row[0], row[1], row[2], row[3], row[4], row[5])

    async def links(self) -> AsyncIterator[LinkRow]:
        """Yield every judgement on two subjects."""
        async for row in self.connection.cursor(
            "SELECT subject_id, other_id, judgement, reason, log_id, idx FROM subject_links",
            prefetch=CHUNK,
        ):
            yield (row[0], row[1], row[2], row[3], row[4], row[5])

    async def relations(self) -> AsyncIterator[RelationRow]:
        """Yield every other end of every relation."""
        async for row in self.connection.cursor(
            "SELECT subject_id, log_id, idx, about FROM relations", prefetch=CHUNK
        ):
            yield (row[0], row[1], row[2], row[3])

    async def spoken(self) -> AsyncIterator[SpokenRow]:
        """Yield every place where a record speaks of a standard."""
        async for row in self.connection.cursor(
            "SELECT identity, log_id, idx, role, year, grp, territory, about FROM standard_index",
            prefetch=CHUNK,
        ):
            yield (row[0], row[1], row[2], row[3], row[4], row[5], row[6], row[7])

    async def words(self) -> AsyncIterator[WordsRow]:
        """Yield the words that every edition is searched by."""
        async for row in self.connection.cursor(
            "SELECT identity, log_id, idx, year, about, words FROM standard_words", prefetch=CHUNK
        ):
            yield (row[0], row[1], row[2], row[3], row[4], row[5])

    async def references(self) -> AsyncIterator[AttachmentRow]:
        """Yield every naming of an attachment by a record."""
        async for row in self.connection.cursor(
            "SELECT log_id, idx, sha256, size, media_type, restricted, part FROM attachment_refs",
            prefetch=CHUNK,
        ):
            yield (row[0], row[1], row[2], row[3], row[4], row[5], row[6])

    async def attachments(self) -> list[tuple[bytes, bool, bool, bool]]:
        """Return of each attachment: digest; bytes are stored, fit digest and size; is named.

        What is stored must be named by a part that was not erased.

        The database hashes: they are up to 16 MiB each.
        """
        rows = await self.connection.fetch(_ATTACHMENTS)
        return [(row[0], row[1], row[2], row[3]) for row in rows]

    async def moment(self) -> datetime:
        """Return the database's present moment, by which it erases what is past its time."""
        now: datetime = await self.connection.fetchval("SELECT now()")
        return now

    def access(self) -> AsyncIterator[AccessRow]:
        """Yield every row of the access log, in order."""
        return stream_rows(self.connection)

    async def issued(self, table: str) -> AsyncIterator[tuple[str, bytes, bytes]]:
        """Yield code, digest and deflated file of all vouchers, or reports, that still have one."""
        query = f"SELECT code, digest, file FROM {table} WHERE file IS NOT NULL ORDER BY code"  # noqa: S608 - of two
        async for row in self.connection.cursor(query, prefetch=CHUNK):
            yield (row[0], row[1], row[2])

    async def missing_attachments(self) -> int:
        """Count attachments that records name and that are not stored."""
        found: int = await self.connection.fetchval(_MISSING)
        return found


@asynccontextmanager
async def open_audit(db: Database) -> AsyncIterator[AuditStore]:
    """Lend a view of one moment: what is admitted meanwhile is not seen by half."""
    async with (
        db.pool.acquire() as connection,
        connection.transaction(isolation="repeatable_read", readonly=True),
    ):
        yield AuditStore(connection)


BESIDE_ERASED: Final = """
SELECT q.log_id, q.idx FROM quarantine q
JOIN commits c ON c.log_id = q.log_id AND q.idx >= c.start_idx AND q.idx < c.end_idx
WHERE q.codes @> ARRAY['salt-reused'] AND EXISTS (
    SELECT FROM erasures x
    WHERE x.log_id = c.log_id AND x.idx >= c.start_idx AND x.idx < c.end_idx)"""
_KINDS_AMISS = """
SELECT log_id, type, list_code, k.log_id IS NULL AS missing
FROM (SELECT DISTINCT log_id, type, list_code FROM records) r
FULL JOIN kinds k USING (log_id, type, list_code) WHERE r.log_id IS NULL OR k.log_id IS NULL
ORDER BY 1, 2, 3
"""
_BODIES = (
    "SELECT idx, entry, main, restricted FROM entries "
    "WHERE log_id = $1 AND idx >= $2 AND idx < $3 ORDER BY idx LIMIT $4"
)
_RECORDS = (
    "SELECT subject_id, log_id, idx, type, record_id, decided_on, list_code, target_log, "
    "target_id, competent, flags FROM records "
    "WHERE log_id = $1 ORDER BY idx, subject_id"
)
_TARGETS = (
    "SELECT r.idx, r.record_id, r.subject_id, r.type, e.entry, e.main FROM records r "
    "JOIN entries e ON e.log_id = r.log_id AND e.idx = r.idx "
    "WHERE r.log_id = $1 AND r.record_id = ANY($2::text[]) AND r.idx < $3 ORDER BY r.idx"
)
_STRANGERS = """
SELECT 'log_heads', log_id FROM log_heads WHERE log_id <> ALL($1::bigint[])
UNION SELECT 'entries', log_id FROM entries WHERE log_id <> ALL($1::bigint[])
UNION SELECT 'commits', log_id FROM commits WHERE log_id <> ALL($1::bigint[])
UNION SELECT 'checkpoints', log_id FROM checkpoints WHERE log_id <> ALL($1::bigint[])
UNION SELECT 'records', log_id FROM records WHERE log_id <> ALL($1::bigint[])
UNION SELECT 'quarantine', log_id FROM quarantine WHERE log_id <> ALL($1::bigint[])
UNION SELECT 'tile_hashes', log_id FROM tile_hashes WHERE log_id <> ALL($1::bigint[])
UNION SELECT 'attachment_refs', log_id FROM attachment_refs WHERE log_id <> ALL($1::bigint[])
UNION SELECT 'relations', log_id FROM relations WHERE log_id <> ALL($1::bigint[])
UNION SELECT 'standard_index', log_id FROM standard_index WHERE log_id <> ALL($1::bigint[])
UNION SELECT 'erasures', log_id FROM erasures WHERE log_id <> ALL($1::bigint[])
ORDER BY 2, 1
"""
_OUTSIDE = """
SELECT 'entries', idx FROM entries WHERE log_id = $1 AND (idx < 0 OR idx >= $2)
UNION SELECT 'records', idx FROM records WHERE log_id = $1 AND (idx < 0 OR idx >= $2)
UNION SELECT 'quarantine', idx FROM quarantine WHERE log_id = $1 AND (idx < 0 OR idx >= $2)
UNION SELECT 'attachment_refs', idx FROM attachment_refs
    WHERE log_id = $1 AND (idx < 0 OR idx >= $2)
UNION SELECT 'relations', idx FROM relations WHERE log_id = $1 AND (idx < 0 OR idx >= $2)
UNION SELECT 'standard_index', idx FROM standard_index
    WHERE log_id = $1 AND (idx < 0 OR idx >= $2)
UNION SELECT 'erasures', idx FROM erasures WHERE log_id = $1 AND (idx < 0 OR idx >= $2)
ORDER BY 2, 1 LIMIT 1000
"""
_ATTACHMENTS = """
SELECT a.sha256, a.body IS NOT NULL,
       a.body IS NULL OR (sha256(a.body) = a.sha256 AND length(a.body) = a.size),
       EXISTS (SELECT FROM attachments_named n WHERE n.sha256 = a.sha256)
       OR a.body IS NULL AND EXISTS (SELECT FROM attachment_refs r WHERE r.sha256 = a.sha256)
FROM attachments a ORDER BY a.sha256
"""
_MISSING = """
SELECT count(*) FROM attachments_named r WHERE NOT EXISTS (
    SELECT FROM attachments a WHERE a.sha256 = r.sha256 AND a.body IS NOT NULL)
"""
