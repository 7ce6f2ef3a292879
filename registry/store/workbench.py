"""The web desk as it is kept: submissions and their rows; what goes on is in the parcels."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Final, NamedTuple

from registry.store.workbench_parcels import Did, KeptParcel, KeptReceipt, ParcelStore, log

__all__ = ["Did", "KeptParcel", "KeptReceipt"]

FAILURES_MAX: Final = 3
"""After so many failures of the node itself nobody tries again by himself."""
SUBMISSIONS_MAX: Final = 20
"""Submissions that are listed at once: of each the rows are counted."""
_MADE: Final = 0x6465_736B  # "desk": one is added at a time, so that the bounds hold
DUE_MAX: Final = 50
"""Days and clocks told as due."""
COUNTED: Final = ("uploaded", "to-fix", "rejected", "admitted", "late", "warning")
"""What a statement counts: rows sent in, of these those still to be fixed, parcels rejected, rows
admitted, of these those after their day, and their warnings by code."""
WAITING_MAX: Final = 10
"""Submissions of a member that wait to be checked."""


@dataclass(frozen=True, slots=True)
class KeptSubmission:
    """A submission as stored; see the table for its members."""

    id: str
    member: str
    department: str
    file: str
    made_at: datetime
    prepared_by: str
    state: str
    lines: int
    done: int
    failures: int
    wrong_zh: str
    wrong_en: str


class KeptSheet(NamedTuple):
    """The headers of a table of a file."""

    sheet: int
    title: str
    form: str
    headers: Sequence[str]


class KeptRow(NamedTuple):
    """A row of drafts; see the table for its members."""

    row: int
    line: int
    sheet: int
    about: str
    cells: str
    state: str
    version: int
    found: str
    codes: str
    record_id: str
    record: bytes
    due: date | None
    clock: str
    parcel: int = 0
    idx: int | None = None


class WorkbenchStore(ParcelStore):
    """Keeps and finds what is on the desk, what goes on included."""

    async def add(self, one: KeptSubmission, content: bytes, did: Did) -> bool:
        """Keep a submission with its file, whole or not at all; False: too many wait already."""
        async with self._pool.acquire() as connection, connection.transaction():
            await connection.execute("SELECT pg_advisory_xact_lock($1)", _MADE)
            if await connection.fetchval(_WAITING, one.member) >= WAITING_MAX:
                return False
            values = [getattr(one, name) for name in KeptSubmission.__slots__]
            await connection.execute(_ADD, *values)
            await connection.execute("INSERT INTO desk_files VALUES ($1, $2)", one.id, content)
            await log(connection, one.id, did)
            return True

    async def find(self, submission: str) -> KeptSubmission | None:
        """Return a submission, whosever it is."""
        row = await self._pool.fetchrow(f"{_SELECT} WHERE id = $1", submission)
        return None if row is None else KeptSubmission(*row)

    async def of_member(
        self, member: str, department: str | None, behind: int
    ) -> list[KeptSubmission]:
        """Return submissions of a department, of all where it is None, the newest first."""
        rows = await self._pool.fetch(_OF_MEMBER, member, department, SUBMISSIONS_MAX, behind)
        return [KeptSubmission(*row) for row in rows]

    async def due(
        self, member: str, department: str | None, until: date
    ) -> list[tuple[date, str, int]]:
        """Return until when drafts are due, by which clock, and how many; the soonest first."""
        rows = await self._pool.fetch(_DUE, member, department, until, DUE_MAX)
        return [(row[0], row[1], row[2]) for row in rows]

    async def statement(
        self, member: str, department: str | None, since: datetime, until: datetime
    ) -> list[tuple[str, str, str, int]]:
        """Return (department, what, code, rows) of a span; what is one of `COUNTED`."""
        rows = await self._pool.fetch(_STATEMENT, member, department, since, until)
        return [(row[0], row[1], row[2], row[3]) for row in rows]

    async def waiting(self) -> KeptSubmission | None:
        """Return the oldest submission that is to be checked."""
        row = await self._pool.fetchrow(
            f"{_SELECT} WHERE state = 'checking' ORDER BY made_at LIMIT 1"
        )
        return None if row is None else KeptSubmission(*row)

    async def content(self, submission: str) -> bytes:
        """Return the bytes of a file that is to be checked."""
        content: bytes = await self._pool.fetchval(
            "SELECT content FROM desk_files WHERE submission = $1", submission
        )
        return content

    async def put(
        self, submission: str, sheets: Sequence[KeptSheet], rows: Sequence[KeptRow], about: int
    ) -> None:
        """Keep rows that were checked, of about so many; the same again changes nothing."""
        async with self._pool.acquire() as connection, connection.transaction():
            for sheet in sheets:
                await connection.execute(_SHEET, submission, *sheet)
            await connection.execute(_ROWS, submission, *map(list, zip(*rows, strict=True)))
            await connection.execute(_DONE, submission, rows[-1].row, about)

    async def checked(
        self, submission: str, state: str, lines: int, wrong: tuple[str, str]
    ) -> None:
        """Note that all rows are checked, or why they cannot be; the file is needed no longer."""
        async with self._pool.acquire() as connection, connection.transaction():
            await connection.execute(_CHECKED, submission, state, lines, *wrong)
            await connection.execute(_EMPTY_FILE, submission)

    async def failed(self, submission: str, wrong: tuple[str, str]) -> None:
        """Note that the node failed at a submission; the last time nobody tries again."""
        await self._pool.execute(_FAILED, submission, FAILURES_MAX, *wrong)

    async def discard(self, submission: str, did: Did) -> bool:
        """Empty a submission of which nothing is under way; False: something is."""
        async with self._pool.acquire() as connection, connection.transaction():
            if await connection.fetchval(_DISCARD, submission) is None:
                return False
            await connection.execute(_EMPTY_FILE, submission)
            await connection.execute(_EMPTY_ROWS, submission)
            await log(connection, submission, did)
            return True

    async def sheets(self, submission: str) -> dict[int, KeptSheet]:
        """Return the headers of a submission's tables."""
        rows = await self._pool.fetch(_SHEETS, submission)
        return {row[0]: KeptSheet(*row) for row in rows}

    async def counts(self, submission: str) -> dict[tuple[str, int], int]:
        """Return how many rows are in each state and parcel."""
        rows = await self._pool.fetch(_COUNTS, submission)
        return {(row[0], row[1]): row[2] for row in rows}

    async def rows(
        self, submission: str, state: str, parcel: int, after: int, limit: int
    ) -> list[KeptRow]:
        """Return rows in order: of a state ('' = all) and a parcel (-1 = all), behind one."""
        rows = await self._pool.fetch(_SOME, submission, state, parcel, after, limit)
        return [KeptRow(*row) for row in rows]

    async def row(self, submission: str, row: int) -> KeptRow | None:
        """Return one row."""
        found = await self._pool.fetchrow(f"{_ROW} AND row = $2", submission, row)
        return None if found is None else KeptRow(*found)

    async def same_id(self, submission: str, record_id: str, but: int) -> bytes | None:
        """Return the line of another row that has this id and goes on, if there is one."""
        found: bytes | None = await self._pool.fetchval(_SAME, submission, record_id, but)
        return found

    async def change(self, submission: str, row: KeptRow, seen: int, did: Did) -> bool:
        """Put another text in the place of a row of the version that was seen.

        False: somebody else has changed it meanwhile, or it has gone on; nothing was done.
        """
        async with self._pool.acquire() as connection, connection.transaction():
            changed = await connection.fetchval(_CHANGE, submission, seen, *row[:13])
            if changed is not None:
                await log(connection, submission, did)
            return changed is not None


_COLUMNS: Final = (
    "id, member, department, file, made_at, prepared_by, state, lines, done, failures, wrong_zh,"
    " wrong_en"
)
_SELECT: Final = f"SELECT {_COLUMNS} FROM desk_submissions"  # noqa: S608 - constants
_WAITING: Final = "SELECT count(*) FROM desk_submissions WHERE member = $1 AND state = 'checking'"
_ADD: Final = f"""
INSERT INTO desk_submissions ({_COLUMNS}) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12)
"""  # noqa: S608 - constants
_OF_MEMBER: Final = f"""
{_SELECT} WHERE member = $1 AND ($2::text IS NULL OR department = $2) AND state <> 'discarded'
ORDER BY made_at DESC, id LIMIT $3 OFFSET $4
"""
_DUE: Final = """
SELECT r.due, r.clock, count(*) FROM desk_submissions s JOIN desk_rows r ON r.submission = s.id
WHERE s.member = $1 AND ($2::text IS NULL OR s.department = $2) AND s.state = 'prepared'
    AND r.state IN ('good', 'to-fix') AND r.due <= $3
GROUP BY 1, 2 ORDER BY 1, 2 LIMIT $4
"""
_STATEMENT: Final = """
WITH mine AS (
    SELECT id, department, made_at FROM desk_submissions
    WHERE member = $1 AND ($2::text IS NULL OR department = $2)
), sent AS (
    SELECT m.department, r.state FROM mine m JOIN desk_rows r ON r.submission = m.id
    WHERE m.made_at >= $3 AND m.made_at < $4
), admitted AS (
    SELECT m.department, r.codes, (p.ended_at AT TIME ZONE 'Asia/Shanghai')::date > r.due AS late
    FROM mine m JOIN desk_parcels p ON p.submission = m.id
    JOIN desk_rows r ON r.submission = p.submission AND r.parcel = p.parcel AND r.state = 'admitted'
    WHERE p.ended_at >= $3 AND p.ended_at < $4
)
SELECT department, 'uploaded', '', count(*) FROM sent GROUP BY 1
UNION ALL SELECT department, 'to-fix', '', count(*) FROM sent WHERE state = 'to-fix' GROUP BY 1
UNION ALL SELECT m.department, 'rejected', '', count(*) FROM mine m
    JOIN desk_log l ON l.submission = m.id AND l.what = 'rejected' AND l.at >= $3 AND l.at < $4
    GROUP BY 1
UNION ALL SELECT department, 'admitted', '', count(*) FROM admitted GROUP BY 1
UNION ALL SELECT department, 'late', '', count(*) FROM admitted WHERE late GROUP BY 1
UNION ALL SELECT department, 'warning', code, count(*)
    FROM admitted, unnest(string_to_array(nullif(codes, ''), ' ')) AS code GROUP BY 1, 3
ORDER BY 1, 2, 3
"""
_SHEET: Final = "INSERT INTO desk_sheets VALUES ($1, $2, $3, $4, $5) ON CONFLICT DO NOTHING"
_CELLS: Final = (
    "row, line, sheet, about, cells, state, version, found, codes, record_id, record, due, clock,"
    " parcel, idx"
)
_ROWS: Final = f"""
INSERT INTO desk_rows (submission, {_CELLS})
SELECT $1, * FROM unnest($2::int[], $3::int[], $4::int[], $5::text[], $6::text[], $7::text[],
    $8::int[], $9::text[], $10::text[], $11::text[], $12::bytea[], $13::date[], $14::text[],
    $15::int[], $16::bigint[])
ON CONFLICT (submission, row) DO UPDATE SET line = excluded.line, sheet = excluded.sheet,
    about = excluded.about, cells = excluded.cells, state = excluded.state, found = excluded.found,
    codes = excluded.codes, record_id = excluded.record_id, record = excluded.record,
    due = excluded.due, clock = excluded.clock
"""  # noqa: S608 - constants
_DONE: Final = """
UPDATE desk_submissions SET done = $2, lines = greatest($3::int, $2::int) WHERE id = $1
"""
_CHECKED: Final = """
UPDATE desk_submissions SET state = $2, done = $3, lines = $3, wrong_zh = $4, wrong_en = $5
WHERE id = $1 AND state = 'checking'
"""
_EMPTY_FILE: Final = "UPDATE desk_files SET content = '' WHERE submission = $1"
_FAILED: Final = """
UPDATE desk_submissions SET failures = failures + 1, wrong_zh = $3, wrong_en = $4,
    state = CASE WHEN failures + 1 >= $2 THEN 'unreadable' ELSE state END
WHERE id = $1
"""
_DISCARD: Final = """
UPDATE desk_submissions SET state = 'discarded' WHERE id = $1 AND state <> 'discarded'
AND NOT EXISTS (SELECT FROM desk_parcels WHERE submission = $1
                AND state IN ('in-review', 'reviewed', 'sealing')) RETURNING id
"""
_EMPTY_ROWS: Final = """
UPDATE desk_rows SET about = '', cells = '[]', found = '[]', record = '', state = 'deleted',
    version = version + 1
WHERE submission = $1 AND state <> 'admitted'
"""
_SHEETS: Final = "SELECT sheet, title, form, headers FROM desk_sheets WHERE submission = $1"
_COUNTS: Final = """
SELECT state, parcel, count(*) FROM desk_rows WHERE submission = $1 GROUP BY 1, 2
"""
_ROW: Final = f"SELECT {_CELLS} FROM desk_rows WHERE submission = $1"  # noqa: S608 - constants
_SOME: Final = f"""
{_ROW} AND ($2 = '' OR state = $2) AND ($3 = -1 OR parcel = $3) AND row > $4 ORDER BY row LIMIT $5
"""
_SAME: Final = """
SELECT record FROM desk_rows WHERE submission = $1 AND record_id = $2 AND row <> $3
AND state = 'good' LIMIT 1
"""
_CHANGE: Final = """
UPDATE desk_rows SET line = $4, sheet = $5, about = $6, cells = $7, state = $8, version = $9,
    found = $10, codes = $11, record_id = $12, record = $13, due = $14, clock = $15
WHERE submission = $1 AND row = $3 AND version = $2 AND parcel = 0
    AND state IN ('good', 'to-fix', 'repeated') RETURNING row
"""
