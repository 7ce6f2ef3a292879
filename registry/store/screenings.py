"""Screenings as they are kept: rows asked about, results, how far the work has come."""

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Final, NamedTuple

from registry.store.engine import Database
from registry.store.reading import Source

OPEN_MAX: Final = 3
"""Screenings of one owner that are not worked off yet."""
KEPT_MAX: Final = 20
"""Screenings of one owner that are kept at once."""
FAILURES_MAX: Final = 5
"""After so many failures on the same rows nobody tries again by himself."""
SAME_NAME_MAX: Final = 20
"""Subjects looked at for one name as it is written."""
_MADE: Final = 0x7363_7265  # "scre": one is added at a time, so that the bounds hold
_COLUMNS: Final = (
    "id, owner, asked, made_at, lines, kept_until, state, done, failures, checked_seq, checked_on,"
    " degraded"
)


@dataclass(frozen=True, slots=True)
class KeptScreening:
    """A screening as stored; ``asked`` is JSON of `registry.screening.model.Question`."""

    id: str
    owner: str
    asked: str
    made_at: datetime
    lines: int
    kept_until: datetime
    state: str
    done: int
    failures: int
    checked_seq: int
    checked_on: date
    degraded: bool


class KeptRow(NamedTuple):
    """A row as it was asked; see the table for its members."""

    row: int
    line: int
    name: str
    code: str
    problem: str
    note: str
    same_as: int
    key: bytes


class KeptResult(NamedTuple):
    """What came of a row; ``candidates`` are subject ids, the likeliest first."""

    row: int
    kind: str
    reason: str
    effect: str
    candidates: Sequence[bytes]


@dataclass(frozen=True, slots=True)
class Wanted:
    """Which results: those after a row, of a kind, of an effect ('' = all)."""

    after: int = 0
    kind: str = ""
    effect: str = ""


class ScreeningStore:
    """Keeps and finds screenings."""

    def __init__(self, db: Database) -> None:
        """Take the open database."""
        self._pool = db.pool

    async def add(self, one: KeptScreening, rows: Iterable[KeptRow]) -> str:
        """Keep a screening that is new; return '' or which bound forbids it.

        Bounds: ``open`` (`OPEN_MAX`) and ``kept`` (`KEPT_MAX`).
        """
        async with self._pool.acquire() as connection, connection.transaction():
            await connection.execute("SELECT pg_advisory_xact_lock($1)", _MADE)
            kept, waiting = await connection.fetchrow(_BOUNDS, one.owner, one.made_at)
            if waiting >= OPEN_MAX:
                return "open"
            if kept >= KEPT_MAX:
                return "kept"
            await connection.execute(
                _ADD, *(getattr(one, name) for name in KeptScreening.__slots__)
            )
            records = [(one.id, *row) for row in rows]
            await connection.copy_records_to_table("screening_rows", records=records)
            return ""

    async def find(self, screening: str, at: datetime) -> KeptScreening | None:
        """Return a screening whose time is not over."""
        row = await self._pool.fetchrow(
            f"{_SELECT} WHERE id = $1 AND kept_until > $2", screening, at
        )
        return None if row is None else KeptScreening(*row)

    async def of_owner(self, owner: str, at: datetime) -> tuple[KeptScreening, ...]:
        """Return the screenings of an owner whose time is not over, the newest first."""
        rows = await self._pool.fetch(_OF_OWNER, owner, at, KEPT_MAX)
        return tuple(KeptScreening(*row) for row in rows)

    async def next(self, at: datetime) -> KeptScreening | None:
        """Return whose turn it is to be worked on, None if nothing waits."""
        row = await self._pool.fetchrow(_NEXT, at)
        return None if row is None else KeptScreening(*row)

    async def rows(self, screening: str, after: int, limit: int) -> tuple[KeptRow, ...]:
        """Return the rows that follow one, in order."""
        rows = await self._pool.fetch(_ROWS, screening, after, limit)
        return tuple(KeptRow(*row) for row in rows)

    async def asked(self, screening: str, rows: Collection[int]) -> dict[int, KeptRow]:
        """Return these rows by their numbers."""
        found = await self._pool.fetch(_ASKED, screening, list(rows))
        return {row[0]: KeptRow(*row) for row in found}

    async def results_of(self, screening: str, rows: Collection[int]) -> dict[int, KeptResult]:
        """Return what came of these rows, by their numbers."""
        found = await self._pool.fetch(_RESULTS_OF, screening, list(rows))
        return {row[0]: KeptResult(*row) for row in found}

    async def results(
        self, screening: str, wanted: Wanted, limit: int
    ) -> tuple[tuple[KeptRow, KeptResult], ...]:
        """Return rows with what came of them, in order."""
        found = await self._pool.fetch(
            _RESULTS, screening, wanted.after, wanted.kind, wanted.effect, limit
        )
        return tuple((KeptRow(*row[:8]), KeptResult(*row[8:])) for row in found)

    async def store(
        self, screening: str, results: Sequence[KeptResult], done: int, *, degraded: bool
    ) -> None:
        """Keep results and how far it has come, both or neither; the same again changes nothing."""
        records = [(screening, *one) for one in results]
        async with self._pool.acquire() as connection, connection.transaction():
            await connection.executemany(_RESULT, records)
            await connection.execute(_DONE, screening, done, degraded)

    async def failed(self, screening: str) -> None:
        """Note that work on the next rows failed; the last time nobody tries again."""
        await self._pool.execute(_FAILED, screening, FAILURES_MAX)

    async def check(self, screening: str, seq: int, day: date) -> None:
        """Have the results of a finished screening brought up to a commit and a day."""
        await self._pool.execute(_CHECK, screening, seq, day)

    async def resume(self, screening: str) -> None:
        """Have a screening tried again that had failed too often; results go on where they are."""
        await self._pool.execute(_RESUME, screening)
        await self._pool.execute(_RESUME_MATCHING, screening)

    async def same_key(self, screening: str, row: int) -> None:
        """Give all rows that say the same as one what has come of that."""
        await self._pool.execute(_SAME_KEY, screening, row)

    async def counts(self, screening: str, upto: int) -> tuple[tuple[str, str, str, int], ...]:
        """Return (kind, reason, effect, rows) of what has come of the rows up to one."""
        rows = await self._pool.fetch(_COUNTS, screening, upto)
        return tuple(tuple(row) for row in rows)

    async def alike(self, screening: str, other: str) -> tuple[int, int]:
        """Return of how many rows two screenings of the same rows say the same, and of how many."""
        same, whole = await self._pool.fetchrow(_ALIKE, screening, other)
        return same, whole

    async def remove(self, screening: str) -> None:
        """Let a screening's time be over, and remove whatever is past its time."""
        await self._pool.execute(
            "UPDATE screenings SET kept_until = 'epoch' WHERE id = $1", screening
        )
        await self.erase_old()

    async def erase_old(self) -> int:
        """Remove the screenings whose time is over; return how many there were."""
        erased: int = await self._pool.fetchval("SELECT erase_old_screenings()")
        return erased


class MeetingReading:
    """Meets subjects exactly, many in one statement."""

    def __init__(self, source: Source) -> None:
        """Take what the statements run on."""
        self._source = source

    async def by_code(self, ids: Iterable[bytes], orgcodes: Iterable[str]) -> dict[str, set[bytes]]:
        """Return which subjects have these ids or organisation codes: by id in hex, and by code."""
        found: dict[str, set[bytes]] = {}
        for subject, orgcode in await self._source.fetch(_BY_CODE, list(ids), list(orgcodes)):
            found.setdefault(subject.hex(), set()).add(subject)
            if orgcode:
                found.setdefault(orgcode, set()).add(subject)
        return found

    async def by_name(self, names: Iterable[str]) -> dict[str, set[bytes]]:
        """Return which subjects some record states under these names, at most `SAME_NAME_MAX`."""
        found: dict[str, set[bytes]] = {}
        for name, subject in await self._source.fetch(_BY_NAME, list(names), SAME_NAME_MAX):
            found.setdefault(name, set()).add(subject)
        return found


_SELECT: Final = f"SELECT {_COLUMNS} FROM screenings"  # noqa: S608 - constants
_BOUNDS: Final = """
SELECT count(*), count(*) FILTER (WHERE state IN ('matching', 'checking'))
FROM screenings WHERE owner = $1 AND kept_until > $2
"""
_ADD: Final = f"""
INSERT INTO screenings ({_COLUMNS}, turn)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, 0)
"""  # noqa: S608 - constants
_OF_OWNER: Final = (
    f"{_SELECT} WHERE owner = $1 AND kept_until > $2 ORDER BY made_at DESC, id LIMIT $3"
)
_NEXT: Final = f"""
{_SELECT} WHERE state IN ('matching', 'checking') AND kept_until > $1 ORDER BY turn, made_at LIMIT 1
"""
_ROW: Final = "r.row, r.line, r.name, r.code, r.problem, r.note, r.same_as, r.key"
_ROWS: Final = f"""
SELECT {_ROW} FROM screening_rows r WHERE screening = $1 AND row > $2 ORDER BY row LIMIT $3
"""  # noqa: S608 - constants
_ASKED: Final = f"""
SELECT {_ROW} FROM screening_rows r WHERE screening = $1 AND row = ANY($2)
"""  # noqa: S608 - constants
_RESULTS_OF: Final = """
SELECT row, kind, reason, effect, candidates FROM screening_results
WHERE screening = $1 AND row = ANY($2)
"""
_RESULTS: Final = f"""
SELECT {_ROW}, s.row, s.kind, s.reason, s.effect, s.candidates
FROM screening_results s JOIN screening_rows r ON r.screening = s.screening AND r.row = s.row
WHERE s.screening = $1 AND s.row > $2 AND ($3 = '' OR s.kind = $3) AND ($4 = '' OR s.effect = $4)
ORDER BY s.row LIMIT $5
"""  # noqa: S608 - constants
_RESULT: Final = """
INSERT INTO screening_results VALUES ($1, $2, $3, $4, $5, $6)
ON CONFLICT (screening, row) DO UPDATE SET kind = excluded.kind, reason = excluded.reason,
    effect = excluded.effect, candidates = excluded.candidates
"""
_DONE: Final = """
UPDATE screenings SET done = greatest(done, $2), failures = 0, degraded = degraded OR $3,
    state = CASE WHEN greatest(done, $2) >= lines THEN 'done' ELSE state END,
    turn = (SELECT max(turn) + 1 FROM screenings)
WHERE id = $1
"""
_FAILED: Final = """
UPDATE screenings SET failures = failures + 1, turn = (SELECT max(turn) + 1 FROM screenings),
    state = CASE WHEN failures + 1 >= $2 THEN 'failed' ELSE state END
WHERE id = $1
"""
_CHECK: Final = """
UPDATE screenings SET state = 'checking', done = 0, failures = 0, checked_seq = $2, checked_on = $3
WHERE id = $1 AND state = 'done' AND (checked_seq, checked_on) <> ($2, $3)
"""
_RESUME: Final = """
UPDATE screenings s SET failures = 0, state = 'checking', done = 0 WHERE id = $1
    AND state = 'failed' AND (SELECT count(*) FROM screening_results WHERE screening = $1) >= lines
"""
_RESUME_MATCHING: Final = """
UPDATE screenings SET failures = 0, state = 'matching' WHERE id = $1 AND state = 'failed'
"""
_COUNTS: Final = """
SELECT kind, reason, effect, count(*) FROM screening_results
WHERE screening = $1 AND row <= $2 GROUP BY 1, 2, 3 ORDER BY 1, 2, 3
"""
_SAME_KEY: Final = """
UPDATE screening_results s SET kind = o.kind, reason = o.reason, effect = o.effect,
    candidates = o.candidates
FROM screening_results o, screening_rows w, screening_rows r
WHERE o.screening = $1 AND o.row = $2 AND w.screening = $1 AND w.row = $2
    AND r.screening = $1 AND r.key = w.key AND r.row <> $2 AND r.problem = ''
    AND s.screening = $1 AND s.row = r.row
"""
_ALIKE: Final = """
SELECT count(*) FILTER (WHERE (a.kind, a.reason, a.effect, a.candidates)
                            = (b.kind, b.reason, b.effect, b.candidates)), count(*)
FROM screening_results a JOIN screening_results b USING (row)
WHERE a.screening = $1 AND b.screening = $2
"""
_BY_CODE: Final = """
SELECT subject_id, orgcode FROM subjects WHERE subject_id = ANY($1)
UNION SELECT subject_id, orgcode FROM subjects WHERE orgcode <> '' AND orgcode = ANY($2)
"""
_BY_NAME: Final = """
SELECT t.name, n.subject_id FROM unnest($1::text[]) AS t (name) CROSS JOIN LATERAL (
    SELECT DISTINCT subject_id FROM subject_names s WHERE s.name = t.name LIMIT $2) n
"""
