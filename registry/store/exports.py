"""Exports as they are kept: the ledger, its rows, file numbers, and what came back.

Everything is kept by log, as bodies are. What a door holds follows from the rows: the latest file
with a record that the door has not rejected says whether it was reported, or told to have ended.
"""

from collections.abc import Iterable, Sequence
from datetime import date, datetime
from typing import Final, NamedTuple

from registry.store.engine import Connection, Database

LISTED_MAX: Final = 30
"""Exports that are listed at once."""
_NUMBERED: Final = 0x6578_706F  # "expo": one is added at a time, so that numbers have no gap


class Named(NamedTuple):
    """A record that could be exported, as stored."""

    idx: int
    entry: bytes
    main: bytes | None


class Held(NamedTuple):
    """A record as a door last had it: in which export and row, and whether as one that ended."""

    idx: int
    number: int
    row: int
    act: str


class KeptExport(NamedTuple):
    """An export; see the table for its members."""

    number: int
    at: datetime
    who: str
    role: str
    unit: str
    door: str
    kind: str
    form: str
    format: str
    act: str
    documents: bool
    department: str
    day: date
    sequence: int
    sha256: bytes
    size: int
    records: int
    asked: str
    left_out: str
    left_count: int


class KeptRow(NamedTuple):
    """A row of an export; see the table for its members."""

    row: int
    idx: int
    ended: str
    ended_on: date | None
    was_number: int
    was_row: int


class KeptReturn(NamedTuple):
    """A file that came back; see the table for its members."""

    turn: int
    at: datetime
    who: str
    file: str
    sha256: bytes
    matched: int
    unmatched: str


class Result(NamedTuple):
    """What a door said of a row."""

    row: int
    result: str
    reason: str


class ExportStore:
    """Keeps and finds exports of one log after the other."""

    def __init__(self, db: Database) -> None:
        """Take the open database."""
        self._pool = db.pool

    # --- what there is to be exported ---

    async def named(self, log_id: int, kind: str, span: tuple[int, int], limit: int) -> list[Named]:
        """Return entries of a span that look like records of a type, in order, at most so many."""
        mark = f'"type":"{kind}"'.encode()  # as RFC 8785 writes it; inside a text it is escaped
        rows = await self._pool.fetch(_NAMED, log_id, *span, mark, limit)
        return [Named(*row) for row in rows]

    async def at(self, log_id: int, places: Sequence[int]) -> list[Named]:
        """Return these entries, in order."""
        rows = await self._pool.fetch(_AT, log_id, list(places))
        return [Named(*row) for row in rows]

    async def restricted(self, log_id: int, places: Iterable[int]) -> dict[int, bytes]:
        """Return the restricted parts of these entries, where there are any."""
        rows = await self._pool.fetch(_RESTRICTED, log_id, list(places))
        return {row[0]: row[1] for row in rows}

    async def admitted(
        self, log_id: int, since: datetime | None, until: datetime | None
    ) -> tuple[int, int]:
        """Return from where to where a log grew between two moments, ``[since, until)``."""
        row = await self._pool.fetchrow(_SPAN, log_id, since, until)
        return row[0], row[1]

    async def of_parcel(
        self, submission: str, parcel: int, member: str, department: str | None
    ) -> list[int]:
        """Return the places of what a parcel became, in order; of another department none."""
        rows = await self._pool.fetch(_PARCEL, submission, parcel, member, department)
        return [row[0] for row in rows]

    # --- what a door holds ---

    async def told(self, log_id: int, door: str, places: Sequence[int]) -> dict[int, Held]:
        """Return of these records those that were in an export to a door: the latest of each."""
        rows = await self._pool.fetch(_TOLD, log_id, door, list(places))
        return {row[0]: Held(*row) for row in rows}

    async def held(
        self, log_id: int, about: tuple[str, str, str], unit: str | None, after: int, limit: int
    ) -> list[Held]:
        """Return what a door holds behind an index, by door, type and template; in order."""
        rows = await self._pool.fetch(_HELD, log_id, *about, unit, after, limit)
        return [Held(*row) for row in rows]

    # --- the ledger ---

    async def sequence(self, log_id: int, department: str, report: str, day: date) -> int:
        """Return the next number for a file of a department, report and day, never twice the same.

        One that is taken and not used is a gap, which is no harm.
        """
        number: int = await self._pool.fetchval(_SEQUENCE, log_id, department, report, day)
        return number

    async def last(self, log_id: int) -> int:
        """Return the number of the latest export, 0 while there is none."""
        number: int = await self._pool.fetchval(_LAST, log_id)
        return number

    async def add(
        self, log_id: int, one: KeptExport, rows: Sequence[KeptRow], seen: int
    ) -> int | None:
        """Keep an export with its rows; return its number.

        None: since the export number ``seen`` another one has gone to the same door with the same
        type, so this one would say again what that said.
        """
        async with self._pool.acquire() as connection, connection.transaction():
            await connection.execute("SELECT pg_advisory_xact_lock($1)", _NUMBERED)
            if await connection.fetchval(_SINCE, log_id, one.door, one.kind, seen):
                return None
            number: int = await connection.fetchval(_LAST, log_id) + 1
            await connection.execute(_ADD, log_id, *one._replace(number=number))
            await _copy(connection, "export_rows", [(log_id, number, *row) for row in rows])
            return number

    async def all(self, log_id: int, unit: str | None, before: int) -> list[KeptExport]:
        """Return exports of a department (None: all) before a number (0: any), newest first."""
        rows = await self._pool.fetch(_ALL, log_id, unit, before, LISTED_MAX)
        return [KeptExport(*row) for row in rows]

    async def find(self, log_id: int, number: int) -> KeptExport | None:
        """Return an export."""
        row = await self._pool.fetchrow(_FIND, log_id, number)
        return None if row is None else KeptExport(*row)

    async def rows(self, log_id: int, number: int, after: int, limit: int) -> list[KeptRow]:
        """Return rows of an export behind one, in order."""
        rows = await self._pool.fetch(_ROWS, log_id, number, after, limit)
        return [KeptRow(*row) for row in rows]

    async def files(self, log_id: int, numbers: Iterable[int]) -> dict[int, KeptExport]:
        """Return these exports, by number."""
        rows = await self._pool.fetch(_FILES, log_id, list(numbers))
        return {row[0]: KeptExport(*row) for row in rows}

    # --- what came back ---

    async def take(
        self, log_id: int, number: int, one: KeptReturn, results: Iterable[Result]
    ) -> int:
        """Keep what a door said of rows of an export; return which turn it is."""
        async with self._pool.acquire() as connection, connection.transaction():
            await connection.execute("SELECT pg_advisory_xact_lock($1)", _NUMBERED)
            turn: int = await connection.fetchval(_TURN, log_id, number)
            await connection.execute(_RETURN, log_id, number, *one._replace(turn=turn))
            said = [(log_id, number, r.row, turn, r.result, r.reason) for r in results]
            await _copy(connection, "export_results", said)
            return turn

    async def returns(self, log_id: int, number: int) -> list[KeptReturn]:
        """Return the files that came back for an export, the latest first; bounded."""
        rows = await self._pool.fetch(_RETURNS, log_id, number, LISTED_MAX)
        return [KeptReturn(*row) for row in rows]

    async def counts(self, log_id: int, numbers: Iterable[int]) -> dict[int, dict[str, int]]:
        """Return by export how many rows were accepted and rejected, as last said."""
        counts: dict[int, dict[str, int]] = {}
        for number, result, count in await self._pool.fetch(_COUNTS, log_id, list(numbers)):
            counts.setdefault(number, {})[result] = count
        return counts

    async def results(
        self, log_id: int, number: int, wanted: str, after: int, limit: int
    ) -> list[tuple[KeptRow, Result | None]]:
        """Return rows of an export with what was last said of them; ``wanted`` '' is all of them.

        Else those that were ``accepted``, ``rejected``, or of which nothing was said (``open``).
        """
        rows = await self._pool.fetch(_RESULTS, log_id, number, wanted, after, limit)
        return [
            (KeptRow(*row[:6]), None if row[6] is None else Result(row[0], row[6], row[7]))
            for row in rows
        ]

    async def drafts(self, member: str, places: Sequence[int]) -> dict[int, tuple[str, int]]:
        """Return the submission and row of the desk that records at these places came from."""
        rows = await self._pool.fetch(_DRAFTS, member, list(places))
        return {row[0]: (row[1], row[2]) for row in rows}


async def _copy(connection: Connection, table: str, rows: Sequence[tuple[object, ...]]) -> None:
    if rows:
        await connection.copy_records_to_table(table, records=rows)


_COLUMNS: Final = ", ".join(KeptExport._fields)
_NAMED: Final = """
SELECT idx, entry, main FROM entries
WHERE log_id = $1 AND idx >= $2 AND idx < $3 AND position($4::bytea IN main) > 0
ORDER BY idx LIMIT $5
"""
_AT: Final = "SELECT idx, entry, main FROM entries WHERE log_id = $1 AND idx = ANY($2) ORDER BY idx"
_RESTRICTED: Final = """
SELECT idx, restricted FROM entries
WHERE log_id = $1 AND idx = ANY($2) AND restricted IS NOT NULL
"""
_SPAN: Final = """
SELECT coalesce(min(start_idx), 0), coalesce(max(end_idx), 0) FROM commits WHERE log_id = $1
AND ($2::timestamptz IS NULL OR committed_at >= $2)
AND ($3::timestamptz IS NULL OR committed_at < $3)
"""
_PARCEL: Final = """
SELECT r.idx FROM desk_rows r JOIN desk_submissions s ON s.id = r.submission
WHERE r.submission = $1 AND r.parcel = $2 AND s.member = $3 AND r.idx IS NOT NULL
AND ($4::text IS NULL OR s.department = $4) ORDER BY r.idx
"""
_LATEST_RESULT: Final = """
LEFT JOIN LATERAL (
    SELECT result, reason FROM export_results x
    WHERE x.log_id = r.log_id AND x.number = r.number AND x.row = r.row ORDER BY turn DESC LIMIT 1
) x ON true
"""
_TOLD: Final = """
SELECT DISTINCT ON (r.idx) r.idx, r.number, r.row, e.act
FROM export_rows r JOIN exports e ON e.log_id = r.log_id AND e.number = r.number
WHERE r.log_id = $1 AND e.door = $2 AND r.idx = ANY($3) ORDER BY r.idx, r.number DESC
"""
_HELD: Final = f"""
SELECT idx, number, row, act FROM (
    SELECT DISTINCT ON (r.idx) r.idx, r.number, r.row, e.act, e.unit
    FROM export_rows r JOIN exports e ON e.log_id = r.log_id AND e.number = r.number
    {_LATEST_RESULT}
    WHERE r.log_id = $1 AND e.door = $2 AND e.kind = $3 AND e.form = $4 AND r.idx > $6
        AND x.result IS DISTINCT FROM 'rejected'
    ORDER BY r.idx, r.number DESC
) latest WHERE act = 'report' AND ($5::text IS NULL OR unit = $5) ORDER BY idx LIMIT $7
"""  # noqa: S608 - constants
_SEQUENCE: Final = """
INSERT INTO export_sequences VALUES ($1, $2, $3, $4, 1)
ON CONFLICT (log_id, department, report, day) DO UPDATE SET last = export_sequences.last + 1
RETURNING last
"""
_LAST: Final = "SELECT coalesce(max(number), 0) FROM exports WHERE log_id = $1"
_SINCE: Final = """
SELECT EXISTS (SELECT FROM exports WHERE log_id = $1 AND door = $2 AND kind = $3 AND number > $4)
"""
_ADD: Final = f"""
INSERT INTO exports (log_id, {_COLUMNS})
VALUES ({", ".join(f"${n}" for n in range(1, len(KeptExport._fields) + 2))})
"""  # noqa: S608 - constants
_ALL: Final = f"""
SELECT {_COLUMNS} FROM exports WHERE log_id = $1 AND ($2::text IS NULL OR unit = $2)
AND ($3 = 0 OR number < $3) ORDER BY number DESC LIMIT $4
"""  # noqa: S608 - constants
_FIND: Final = f"SELECT {_COLUMNS} FROM exports WHERE log_id = $1 AND number = $2"  # noqa: S608 - constants
_FILES: Final = f"SELECT {_COLUMNS} FROM exports WHERE log_id = $1 AND number = ANY($2)"  # noqa: S608 - constants
_ROW: Final = "r.row, r.idx, r.ended, r.ended_on, r.was_number, r.was_row"
_ROWS: Final = f"""
SELECT {_ROW} FROM export_rows r WHERE r.log_id = $1 AND r.number = $2 AND r.row > $3
ORDER BY r.row LIMIT $4
"""  # noqa: S608 - constants
_TURN: Final = """
SELECT coalesce(max(turn), 0) + 1 FROM export_returns WHERE log_id = $1 AND number = $2
"""
_RETURN: Final = "INSERT INTO export_returns VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)"
_RETURNS: Final = """
SELECT turn, at, who, file, sha256, matched, unmatched FROM export_returns
WHERE log_id = $1 AND number = $2 ORDER BY turn DESC LIMIT $3
"""
_COUNTS: Final = """
SELECT number, result, count(*) FROM (
    SELECT DISTINCT ON (number, row) number, row, result FROM export_results
    WHERE log_id = $1 AND number = ANY($2) ORDER BY number, row, turn DESC
) latest GROUP BY 1, 2
"""
_RESULTS: Final = f"""
SELECT {_ROW}, x.result, x.reason FROM export_rows r {_LATEST_RESULT}
WHERE r.log_id = $1 AND r.number = $2 AND ($3 = '' OR coalesce(x.result, 'open') = $3)
AND r.row > $4 ORDER BY r.row LIMIT $5
"""  # noqa: S608 - constants
_DRAFTS: Final = """
SELECT r.idx, r.submission, r.row FROM desk_submissions s JOIN desk_rows r ON r.submission = s.id
WHERE s.member = $1 AND r.idx = ANY($2)
"""
