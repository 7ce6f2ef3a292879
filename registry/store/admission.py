"""Writes of one admission, inside its transaction: COPY for the many rows, SQL for the rest."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Final

from registry.store.engine import Connection

_NAMING: Final = 0x6E61_6D65  # "name"
_FEW: Final = 10_000
"""Subjects and names of a batch up to which each is looked up. Left to choose, the planner reads
those of the whole region for a thousand: it takes that for less than as many looks at an index."""
_LOOKED_UP: Final = "SET LOCAL enable_hashjoin = off; SET LOCAL enable_mergejoin = off"
_SORTED: Final = "SET LOCAL work_mem = '64MB'"  # without a file
_AS_EVER: Final = "; ".join(
    f"SET LOCAL {name} TO DEFAULT" for name in ("enable_hashjoin", "enable_mergejoin", "work_mem")
)
EntryRow = tuple[int, int, bytes, bytes | None, bytes | None]
RecordRow = tuple[bytes, int, int, str, str, date, str, int | None, str | None, bool, Sequence[str]]
SubjectRow = tuple[bytes, str, str, str, str]
NameRow = tuple[bytes, str, date, bool, int, int]

RelationRow = tuple[bytes, int, int, bytes]
AttachmentRow = tuple[int, int, bytes, int, str, bool, str]
SpokenRow = tuple[str, int, int, str, int, str, str, bytes]
"""Identity of a standard, log, index, role, year, group, territory, subject of the record."""
WordsRow = tuple[str, int, int, int, bytes, str]
"""Identity of a standard, log, index, year, subject of the record, words it is searched by."""


@dataclass(frozen=True, slots=True)
class TargetRow:
    """A record that an act may be about; ``order`` is the body of what erased its main part."""

    idx: int
    record_id: str
    subject_id: bytes
    kind: str
    entry: bytes
    main: bytes | None
    order: bytes | None = None


@dataclass(frozen=True, slots=True)
class NewHead:
    """The head after the batch."""

    size: int
    root: bytes
    compact_range: bytes
    cosigned_at: int


@dataclass(frozen=True, slots=True)
class NewCheckpoint:
    """The checkpoint as received, with the receipt given (None on refill)."""

    size: int
    root: bytes
    note_digest: bytes
    note: bytes
    charter_version: int
    receipt: bytes | None
    cosigned_at: int


class AdmissionWriter:
    """All writes of one admission to one log; every method runs in the caller's transaction."""

    def __init__(self, connection: Connection, log_id: int) -> None:
        """Take the transaction's connection and the log's key."""
        self._connection = connection
        self._log_id = log_id
        self._staged = 0

    async def open_log(self, origin: str, party: str, root: bytes) -> None:
        """Make the log and its empty head if this is its first batch."""
        await self._connection.execute(
            "INSERT INTO logs VALUES ($1, $2, $3) ON CONFLICT DO NOTHING",
            self._log_id,
            origin,
            party,
        )
        await self._connection.execute(
            "INSERT INTO log_heads VALUES ($1, 0, $2, '', 0) ON CONFLICT DO NOTHING",
            self._log_id,
            root,
        )

    async def copy_entries(self, rows: Sequence[EntryRow]) -> None:
        """Store entries with their bodies."""
        await self._connection.copy_records_to_table("entries", records=rows)

    async def copy_records(self, rows: Sequence[RecordRow]) -> None:
        """Store what is looked up of the records."""
        await self._connection.copy_records_to_table("records", records=rows)

    async def copy_tile_hashes(self, rows: Iterable[tuple[int, int, bytes]]) -> None:
        """Store (level, idx, hash) of tiles that became full."""
        await self._connection.copy_records_to_table(
            "tile_hashes", records=[(self._log_id, *row) for row in rows]
        )

    async def quarantine(self, rows: Sequence[tuple[int, Sequence[str], str]]) -> None:
        """Store (idx, codes, findings as JSON) of records that failed an error check."""
        await self._connection.executemany(
            "INSERT INTO quarantine VALUES ($1, $2, $3, $4::text::jsonb)",
            [(self._log_id, *row) for row in rows],
        )

    async def known_ids(self, ids: Sequence[str]) -> set[str]:
        """Return those of ``ids`` that records of this log already bear."""
        # One text, not an array: the driver would encode that value by value.
        rows = await self._connection.fetch(
            "SELECT record_id FROM records WHERE log_id = $1 "
            "AND record_id = ANY(string_to_array($2, chr(31)))",
            self._log_id,
            "\x1f".join(ids),
        )
        return {row[0] for row in rows}

    async def targets(self, log_id: int, ids: Sequence[str]) -> tuple[TargetRow, ...]:
        """Return the records of a log with these ids, with entry and body."""
        found = await self._connection.fetch(
            "SELECT idx, record_id, subject_id, type FROM records "
            "WHERE log_id = $1 AND record_id = ANY($2::text[])",
            log_id,
            ids,
        )
        bodies = await self._connection.fetch(_BODIES, log_id, [row[0] for row in found])
        body_of = {row[0]: row[1:] for row in bodies}
        return tuple(TargetRow(*row, *body_of[row[0]]) for row in found)

    async def quarantined_entry(self, log_id: int, entry: bytes) -> int | None:
        """Return where a record with this entry is in quarantine, None where none is."""
        idx: int | None = await self._connection.fetchval(
            "SELECT q.idx FROM quarantine q JOIN entries e USING (log_id, idx) "
            "WHERE q.log_id = $1 AND e.entry = $2 ORDER BY q.idx LIMIT 1",
            log_id,
            entry,
        )
        return idx

    async def places_of(self, entry: bytes, ids: Sequence[str], before: int) -> list[int]:
        """Return where the log holds this entry below a position, in order.

        That is a record of these ids, and what is in quarantine, as the same line published again.
        """
        found = await self.targets(self._log_id, ids)
        places = {row.idx for row in found if row.entry == entry and row.idx < before}
        rows = await self._connection.fetch(
            "SELECT q.idx FROM quarantine q JOIN entries e USING (log_id, idx) "
            "WHERE q.log_id = $1 AND e.entry = $2 AND q.idx < $3",
            self._log_id,
            entry,
            before,
        )
        return sorted(places | {row[0] for row in rows})

    async def erased(self, idx: int, part: str) -> bool:
        """Say whether that part of what is at a position was ordered away already."""
        found: bool = await self._connection.fetchval(
            "SELECT EXISTS (SELECT FROM erasures WHERE log_id = $1 AND idx = $2 AND part = $3)",
            self._log_id,
            idx,
            part,
        )
        return found

    async def erase(self, idx: int, part: str, order_idx: int, at: datetime) -> tuple[NameRow, ...]:
        """Take a body away by the order at ``order_idx``; return the names that went with it."""
        names = await self._connection.fetch(
            "SELECT * FROM subject_names WHERE log_id = $1 AND idx = $2", self._log_id, idx
        )
        await self._connection.execute(
            "SELECT erase_body($1, $2, $3, $4, $5)", self._log_id, idx, part, order_idx, at
        )
        return tuple((*row,) for row in names) if part != "restricted" else ()

    async def bodies_about(
        self, subjects: Iterable[bytes]
    ) -> tuple[tuple[bytes, int, int, bytes], ...]:
        """Return (subject, log, idx, main) of every record about these subjects that has a body."""
        rows = await self._connection.fetch(
            "SELECT r.subject_id, r.log_id, r.idx, e.main FROM records r "
            "JOIN entries e ON e.log_id = r.log_id AND e.idx = r.idx "
            "WHERE r.subject_id = ANY($1::bytea[]) AND e.main IS NOT NULL",
            list(subjects),
        )
        return tuple((*row,) for row in rows)

    async def add_names(self, rows: Iterable[NameRow]) -> None:
        """Store names that other records state too."""
        await self._connection.executemany(
            "INSERT INTO subject_names VALUES ($1, $2, $3, $4, $5, $6) ON CONFLICT DO NOTHING",
            list(rows),
        )

    async def open_stages(self) -> None:
        """Make the temporary tables in which subjects and names gather, once a connection."""
        await self._connection.execute(_STAGES)

    async def stage(self, subjects: Sequence[SubjectRow], names: Sequence[NameRow]) -> None:
        """Gather subjects and names; COPY takes a third of what parameters of an INSERT take."""
        self._staged += len(subjects) + len(names)
        if subjects:
            await self._connection.copy_records_to_table("stage_subjects", records=subjects)
        if names:
            await self._connection.copy_records_to_table("stage_subject_names", records=names)

    async def take_turn(self, *, alone: bool) -> None:
        """Wait until names may be stored: beside other admissions, or alone, up to the commit.

        An order of erasure states names anew after those of its own batch: in no order that another
        admission could keep to as well, so that each might wait for the other.
        """
        lock = "pg_advisory_xact_lock" if alone else "pg_advisory_xact_lock_shared"
        await self._connection.execute(f"SELECT {lock}({_NAMING})")

    async def store_staged(self) -> None:
        """Add subjects not known yet, and names not yet stated, or stated only for later dates.

        At the end and in order, so that two admissions cannot deadlock.
        """
        how = _LOOKED_UP if self._staged < _FEW else _SORTED
        await self._connection.execute(f"{how}; {_SUBJECTS}; {_NAMES}; {_AS_EVER}")

    async def clear_stages(self) -> None:
        """Empty the temporary tables before the transaction ends: another batch follows in it."""
        self._staged = 0
        await self._connection.execute("TRUNCATE stage_subjects, stage_subject_names")

    async def kinds(self, kinds: Iterable[tuple[str, str]]) -> None:
        """Note which types, and entries into which lists, the log holds."""
        await self._connection.executemany(
            "INSERT INTO kinds VALUES ($1, $2, $3) ON CONFLICT DO NOTHING",
            [(self._log_id, *kind) for kind in sorted(kinds)],
        )

    async def attachments(self, rows: Sequence[AttachmentRow]) -> None:
        """Note which records name which attachments."""
        await self._connection.copy_records_to_table("attachment_refs", records=rows)

    async def relations(self, rows: Sequence[RelationRow]) -> None:
        """Note who else stands in which relation: (other end, log, idx, whom it is about)."""
        await self._connection.copy_records_to_table("relations", records=rows)

    async def standards(self, spoken: Sequence[SpokenRow], words: Sequence[WordsRow]) -> None:
        """Note which records speak of which standards; most batches hold none."""
        if spoken:
            await self._connection.copy_records_to_table("standard_index", records=spoken)
        if words:
            await self._connection.copy_records_to_table("standard_words", records=words)

    async def links(self, pairs: Iterable[tuple[bytes, bytes, int]], at: datetime) -> None:
        """Judge subjects the same because a record (third member: its idx) states both codes."""
        await self._connection.executemany(
            _LINK, [(*pair[:2], self._log_id, pair[2], at) for pair in sorted(pairs)]
        )

    async def has_checkpoint(self, size: int, note_digest: bytes) -> bool:
        """Say whether this very checkpoint is stored; asked while the head is locked."""
        found: bool = await self._connection.fetchval(
            "SELECT EXISTS (SELECT FROM checkpoints WHERE log_id = $1 AND size = $2 "
            "AND note_digest = $3)",
            self._log_id,
            size,
            note_digest,
        )
        return found

    async def save_checkpoint(self, new: NewCheckpoint) -> None:
        """Store the checkpoint and its receipt."""
        await self._connection.execute(
            "INSERT INTO checkpoints VALUES ($1, $2, $3, $4, $5, $6, $7, $8)",
            self._log_id,
            new.size,
            new.note_digest,
            new.note,
            new.root,
            new.charter_version,
            new.receipt,
            new.cosigned_at,
        )

    async def advance(self, old_size: int, new: NewHead) -> bool:
        """Move the head from ``old_size``; False if it is no longer there (nothing was changed)."""
        done = await self._connection.execute(
            "UPDATE log_heads SET size = $3, root = $4, compact_range = $5, cosigned_at = $6 "
            "WHERE log_id = $1 AND size = $2",
            self._log_id,
            old_size,
            new.size,
            new.root,
            new.compact_range,
            new.cosigned_at,
        )
        return bool(done == "UPDATE 1")

    async def commit(self, start: int, end: int, charter_version: int, at: datetime) -> int:
        """Take the next commit; must be the last statement of the transaction.

        The lock is held until the transaction has committed, so whoever sees commit n sees all
        before it: numbers from a sequence would become visible out of order. Two statements,
        because a statement's snapshot must be taken after the lock.
        """
        await self._connection.execute("SELECT pg_advisory_xact_lock($1)", _COMMIT_LOCK)
        seq: int = await self._connection.fetchval(
            _COMMIT, self._log_id, start, end, charter_version, at
        )
        return seq


_COMMIT_LOCK = 0x636F_6D6D  # "comm"
_COMMIT = (
    "INSERT INTO commits SELECT coalesce(max(seq), 0) + 1, $1, $2, $3, $4, $5 FROM commits "
    "RETURNING seq"
)
_BODIES = """
SELECT e.idx, e.entry, e.main, (
    SELECT o.main FROM erasures x JOIN entries o ON o.log_id = x.order_log AND o.idx = x.order_idx
    WHERE e.main IS NULL AND x.log_id = e.log_id AND x.idx = e.idx AND x.part <> 'restricted'
    ORDER BY x.order_idx LIMIT 1)
FROM entries e WHERE e.log_id = $1 AND e.idx = ANY($2::bigint[])
"""
_STAGES = """
CREATE TEMP TABLE IF NOT EXISTS stage_subjects (LIKE subjects) ON COMMIT DELETE ROWS;
CREATE TEMP TABLE IF NOT EXISTS stage_subject_names (LIKE subject_names) ON COMMIT DELETE ROWS
"""
_SUBJECTS = """
INSERT INTO subjects SELECT * FROM stage_subjects s
WHERE NOT EXISTS (SELECT FROM subjects k WHERE k.subject_id = s.subject_id)
ORDER BY subject_id ON CONFLICT DO NOTHING
"""
_NAMES = """
INSERT INTO subject_names
SELECT DISTINCT ON (subject_id, name, former) * FROM stage_subject_names s
WHERE NOT EXISTS (
    SELECT FROM subject_names n WHERE n.subject_id = s.subject_id AND n.name = s.name
    AND n.former = s.former AND n.stated_on <= s.stated_on)
ORDER BY subject_id, name, former, stated_on ON CONFLICT DO NOTHING
"""
_LINK = (
    "INSERT INTO subject_links SELECT $1, $2, 'same', 'stated-together', $3, $4, $5 "
    "WHERE NOT EXISTS (SELECT FROM subject_links l WHERE l.subject_id = $1 AND l.other_id = $2 "
    "AND l.log_id IS NOT NULL)"
)
