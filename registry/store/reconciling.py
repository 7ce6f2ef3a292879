"""Runs of the daily reconcile as they are kept: files that wait, differences, what was done."""

from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import date, datetime
from typing import Final, NamedTuple

from registry.store.engine import Connection, Database

WAITING_MAX: Final = 5
"""Files of a member that wait to be compared."""
FAILURES_MAX: Final = 3
"""After so many failures of the node itself nobody tries again by himself."""
RUNS_MAX: Final = 20
"""Runs that are listed at once."""
_MADE: Final = 0x7265_636F  # "reco": one is added at a time, so that the bound holds


@dataclass(frozen=True, slots=True)
class KeptRun:
    """A run as stored; see the table for its members."""

    id: str
    member: str
    file: str
    digest: bytes
    made_at: datetime
    made_by: str
    state: str = "waiting"
    failures: int = 0
    day: date | None = None
    size: int | None = None
    root: bytes | None = None
    lines: int = 0
    ours: int = 0
    apart: int = 0
    counts: str = "{}"
    ended_at: datetime | None = None
    wrong_zh: str = ""
    wrong_en: str = ""


class KeptDifference(NamedTuple):
    """A difference; see the table for its members."""

    number: int
    kind: str
    line: int
    idx: int | None
    columns: Sequence[str]
    theirs: str
    holder: str
    act: str
    due: date | None
    clock: str


class Deed(NamedTuple):
    """What somebody did about a difference."""

    at: datetime
    who: str
    role: str
    what: str
    said: str


@dataclass(frozen=True, slots=True)
class Outcome:
    """What a run has found, beside its differences."""

    day: date
    size: int
    root: bytes
    lines: int
    ours: int
    apart: int
    counts: str
    ended_at: datetime


class ReconcileStore:
    """Keeps and finds runs."""

    def __init__(self, db: Database) -> None:
        """Take the open database."""
        self._pool = db.pool

    async def add(self, one: KeptRun, content: bytes) -> str:
        """Keep a run that is to be made; return its id, or '' where too many wait.

        The same file of a member that still waits is the run that waits.
        """
        async with self._pool.acquire() as connection, connection.transaction():
            await connection.execute("SELECT pg_advisory_xact_lock($1)", _MADE)
            waiting = await connection.fetch(_WAITING, one.member)
            same: str | None = next((row[0] for row in waiting if row[1] == one.digest), None)
            if same is not None:
                return same
            if len(waiting) >= WAITING_MAX:
                return ""
            values = [getattr(one, name) for name in KeptRun.__slots__]
            await connection.execute(_ADD, *values)
            await connection.execute("INSERT INTO reconcile_files VALUES ($1, $2)", one.id, content)
            return one.id

    async def same(self, member: str, digest: bytes, day: date | None, size: int) -> str:
        """Return the run of a file that was made on a day against a log of a size, '' for none.

        Without a day: whenever and against whatever.
        """
        found: str | None = await self._pool.fetchval(_SAME, member, digest, day, size)
        return found or ""

    async def find(self, run: str) -> KeptRun | None:
        """Return a run, whosever it is."""
        row = await self._pool.fetchrow(f"{_SELECT} WHERE id = $1", run)
        return None if row is None else KeptRun(*row)

    async def of_member(self, member: str) -> list[KeptRun]:
        """Return the newest runs of a member."""
        rows = await self._pool.fetch(_OF_MEMBER, member, RUNS_MAX)
        return [KeptRun(*row) for row in rows]

    async def newest(self) -> list[KeptRun]:
        """Return the newest run of each member that was made."""
        return [KeptRun(*row) for row in await self._pool.fetch(_NEWEST)]

    async def waiting(self) -> bool:
        """Tell whether a run waits to be made."""
        found: bool = await self._pool.fetchval(_ANY_WAITING)
        return found

    @asynccontextmanager
    async def taking(self, run: str = "") -> AsyncIterator[tuple[Connection, KeptRun] | None]:
        """Take the run that waits longest (or this one), in a transaction; None: none does.

        Whoever is killed over it leaves it waiting, as if never begun; two never take the same.
        """
        async with self._pool.acquire() as connection, connection.transaction():
            row = await connection.fetchrow(_TAKE, run)
            yield None if row is None else (connection, KeptRun(*row))

    async def failed(self, run: str) -> None:
        """Note that the node failed at a run; the last time nobody tries again."""
        await self._pool.execute(_FAILED, run, FAILURES_MAX, *_FAILURE)

    async def differences(
        self, run: str, kind: str, after: int, limit: int
    ) -> list[tuple[KeptDifference, Deed | None]]:
        """Return differences of a kind ('' = all) behind one, with what was done last."""
        rows = await self._pool.fetch(_DIFFERENCES, run, kind, after, limit)
        return [
            (KeptDifference(*row[:10]), None if row[10] is None else Deed(*row[10:]))
            for row in rows
        ]

    async def difference(self, run: str, number: int) -> KeptDifference | None:
        """Return one difference."""
        row = await self._pool.fetchrow(_DIFFERENCE, run, number)
        return None if row is None else KeptDifference(*row)

    async def open(self, run: str, kinds: Sequence[str]) -> list[KeptDifference]:
        """Return differences of kinds about which nothing was done but notes."""
        rows = await self._pool.fetch(_OPEN, run, list(kinds))
        return [KeptDifference(*row) for row in rows]

    async def done(self, run: str) -> dict[str, int]:
        """Return of how many differences of each kind something was done but notes."""
        return {row[0]: row[1] for row in await self._pool.fetch(_DONE, run)}

    async def do(self, run: str, numbers: Sequence[int], deed: Deed) -> None:
        """Write down what somebody did about differences."""
        async with self._pool.acquire() as connection, connection.transaction():
            await connection.execute(_HOLD, run)
            await connection.execute(_DO, run, list(numbers), *deed)


async def keep(connection: Connection, run: str, found: Sequence[KeptDifference]) -> None:
    """Keep differences, in the transaction in which the run was taken."""
    records = [(run, *one) for one in found]
    await connection.copy_records_to_table("reconcile_differences", records=records)


async def finish(connection: Connection, run: str, outcome: Outcome) -> None:
    """Note that a run is made; the file is needed no longer."""
    values = [getattr(outcome, name) for name in Outcome.__slots__]
    await connection.execute(_FINISH, run, *values)
    await connection.execute(_EMPTY, run)


async def refuse(connection: Connection, run: str, wrong: tuple[str, str], at: datetime) -> None:
    """Note why a file cannot be read."""
    await connection.execute(_REFUSE, run, *wrong, at)
    await connection.execute(_EMPTY, run)


async def content(connection: Connection, run: str) -> bytes:
    """Return the bytes of a file that waits."""
    found: bytes = await connection.fetchval(
        "SELECT content FROM reconcile_files WHERE run = $1", run
    )
    return found


_FAILURE: Final = ("节点处理时出错，请联系节点运营者。", "The node failed at it: ask its operator.")
_COLUMNS: Final = ", ".join(KeptRun.__slots__)
_SELECT: Final = f"SELECT {_COLUMNS} FROM reconcile_runs"  # noqa: S608 - constants
_WAITING: Final = "SELECT id, digest FROM reconcile_runs WHERE member = $1 AND state = 'waiting'"
_ANY_WAITING: Final = "SELECT EXISTS (SELECT FROM reconcile_runs WHERE state = 'waiting')"
_ADD: Final = f"""
INSERT INTO reconcile_runs ({_COLUMNS}) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12,
    $13, $14, $15, $16, $17, $18)
"""  # noqa: S608 - constants
_SAME: Final = """
SELECT id FROM reconcile_runs WHERE member = $1 AND digest = $2 AND state = 'done'
AND ($3::date IS NULL OR day = $3 AND size = $4) ORDER BY made_at DESC LIMIT 1
"""
_OF_MEMBER: Final = f"{_SELECT} WHERE member = $1 ORDER BY made_at DESC, id LIMIT $2"
_NEWEST: Final = f"""
SELECT DISTINCT ON (member) {_COLUMNS} FROM reconcile_runs WHERE state = 'done'
ORDER BY member, made_at DESC, id
"""  # noqa: S608 - constants
_TAKE: Final = f"""
{_SELECT} WHERE state = 'waiting' AND ($1 = '' OR id = $1)
ORDER BY made_at LIMIT 1 FOR UPDATE SKIP LOCKED
"""
_FAILED: Final = """
UPDATE reconcile_runs SET failures = failures + 1, wrong_zh = $3, wrong_en = $4,
    state = CASE WHEN failures + 1 >= $2 THEN 'unreadable' ELSE state END
WHERE id = $1 AND state = 'waiting'
"""
_FINISH: Final = """
UPDATE reconcile_runs SET state = 'done', day = $2, size = $3, root = $4, lines = $5, ours = $6,
    apart = $7, counts = $8, ended_at = $9, wrong_zh = '', wrong_en = '' WHERE id = $1
"""
_REFUSE: Final = """
UPDATE reconcile_runs SET state = 'unreadable', wrong_zh = $2, wrong_en = $3, ended_at = $4
WHERE id = $1
"""
_EMPTY: Final = "UPDATE reconcile_files SET content = '' WHERE run = $1"
_OF: Final = "number, kind, line, idx, columns, theirs, holder, act, due, clock"
_DIFFERENCE: Final = f"""
SELECT {_OF} FROM reconcile_differences WHERE run = $1 AND number = $2
"""  # noqa: S608 - constants
_DIFFERENCES: Final = """
SELECT d.number, d.kind, d.line, d.idx, d.columns, d.theirs, d.holder, d.act, d.due, d.clock,
    l.at, l.who, l.role, l.what, l.said
FROM reconcile_differences d LEFT JOIN LATERAL (
    SELECT at, who, role, what, said FROM reconcile_deeds e
    WHERE e.run = d.run AND e.number = d.number ORDER BY serial DESC LIMIT 1) l ON true
WHERE d.run = $1 AND ($2 = '' OR d.kind = $2) AND d.number > $3 ORDER BY d.number LIMIT $4
"""
_OPEN: Final = """
SELECT d.number, d.kind, d.line, d.idx, d.columns, d.theirs, d.holder, d.act, d.due, d.clock
FROM reconcile_differences d WHERE d.run = $1 AND d.kind = ANY($2) AND NOT EXISTS (
    SELECT FROM reconcile_deeds e WHERE e.run = d.run AND e.number = d.number
    AND e.what <> 'noted') ORDER BY d.number
"""
_DONE: Final = """
SELECT d.kind, count(DISTINCT d.number) FROM reconcile_differences d
JOIN reconcile_deeds e ON e.run = d.run AND e.number = d.number AND e.what <> 'noted'
WHERE d.run = $1 GROUP BY 1
"""
_HOLD: Final = "SELECT FROM reconcile_runs WHERE id = $1 FOR UPDATE"
_DO: Final = """
INSERT INTO reconcile_deeds (run, number, serial, at, who, role, what, said)
SELECT $1, n, 1 + (SELECT count(*) FROM reconcile_deeds e WHERE e.run = $1 AND e.number = n),
    $3, $4, $5, $6, $7 FROM unnest($2::int[]) AS t (n)
"""
