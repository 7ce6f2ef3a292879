"""Both sides of a reconcile in temporary tables, and what differs, found by the server at once.

All of it lives in the caller's transaction: a run that is killed leaves nothing behind.
"""

from collections.abc import AsyncIterator, Sequence
from datetime import date
from typing import Final, NamedTuple

from registry.store.engine import Connection

SUBJECTS: Final = 500
"""Subjects read at once."""
PAIRS: Final = 2_000
"""Differences fetched at once."""


class Pair(NamedTuple):
    """A difference as the server found it: its kind, both sides as far as there are any."""

    kind: str
    line: int | None
    idx: int | None
    columns: Sequence[str]
    code: str
    state: str | None
    since: date | None
    severity: str | None
    decided_on: date | None
    until: date | None
    typed: str | None
    type: str | None


async def subjects_after(
    connection: Connection, log_id: int, types: Sequence[str], after: bytes
) -> list[bytes]:
    """Return subjects with a unified code about whom a log has records of types, in order."""
    rows = await connection.fetch(_SUBJECTS, log_id, list(types), after, SUBJECTS)
    return [row[0] for row in rows]


async def apart(connection: Connection, log_id: int, types: Sequence[str]) -> int:
    """Return how many records of types a log has, of whomever."""
    number: int = await connection.fetchval(_APART, log_id, list(types))
    return number


class Staging:
    """The temporary tables on one connection, inside the caller's transaction."""

    def __init__(self, connection: Connection) -> None:
        """Take what the statements run on."""
        self._connection = connection

    async def prepare(self) -> None:
        """Create the tables; they go with the transaction."""
        await self._connection.execute(_CREATE)

    async def theirs(self, rows: Sequence[tuple[object, ...]]) -> None:
        """Stage rows of the national status (`registry.reconciling.model.Theirs`)."""
        await self._connection.copy_records_to_table("reconcile_theirs", records=rows)

    async def ours(self, rows: Sequence[tuple[object, ...]]) -> None:
        """Stage records of ours (`registry.reconciling.model.Ours`)."""
        await self._connection.copy_records_to_table("reconcile_ours", records=rows)

    async def differences(self, order: Sequence[str]) -> AsyncIterator[list[Pair]]:
        """Yield what differs, in the order of kinds, then of the file and the log; in parts."""
        for statement in (*_RANKED, *_PAIRED):
            await self._connection.execute(statement)
        cursor = await self._connection.cursor(_DIFFERENCES, list(order))
        while rows := await cursor.fetch(PAIRS):
            yield [Pair(*row) for row in rows]


_SUBJECTS: Final = """
SELECT DISTINCT r.subject_id FROM records r JOIN subjects s ON s.subject_id = r.subject_id
WHERE r.log_id = $1 AND r.type = ANY($2) AND r.subject_id > $3 AND s.scheme = 'uscc'
ORDER BY 1 LIMIT $4
"""
_APART: Final = "SELECT count(*) FROM records WHERE log_id = $1 AND type = ANY($2)"
_CREATE: Final = """
CREATE TEMP TABLE reconcile_theirs (
    row integer, line integer, code text, number text, organ text, state text, since date,
    severity text, decided_on date, until date, typed text
) ON COMMIT DROP;
CREATE TEMP TABLE reconcile_ours (
    idx bigint, code text, number text, organ text, state text, ending text, since date,
    severity text, decided_on date, until date, disputed boolean, type text
) ON COMMIT DROP;
"""
_RANKED: Final = (
    # Of rows that say the same decision twice, the one by which it has ended is compared.
    """
CREATE TEMP TABLE reconcile_t ON COMMIT DROP AS
SELECT *, row_number() OVER (PARTITION BY code, number, organ
    ORDER BY state IN ('shown', 'disputed'), row) AS nth FROM reconcile_theirs
""",
    # Of records that state it twice, the one that stands, and of those the latest.
    """
CREATE TEMP TABLE reconcile_o ON COMMIT DROP AS
SELECT *, row_number() OVER (PARTITION BY code, number, organ
    ORDER BY state = 'ended', idx DESC) AS nth FROM reconcile_ours
""",
    "ANALYZE reconcile_t, reconcile_o",
)
_PAIRED: Final = (
    """
CREATE TEMP TABLE reconcile_pairs ON COMMIT DROP AS
SELECT t.row, o.idx FROM reconcile_t t FULL JOIN (SELECT * FROM reconcile_o WHERE nth = 1) o
    ON o.code = t.code AND o.number = t.number AND o.organ = t.organ
WHERE t.nth = 1 OR t.nth IS NULL
""",
    # What is left on either side with one number on one subject, once each, differs in the organ.
    """
CREATE TEMP TABLE reconcile_organs ON COMMIT DROP AS
WITH t AS (
    SELECT t.code, t.number, min(t.row) AS row FROM reconcile_pairs p
    JOIN reconcile_t t ON t.row = p.row WHERE p.idx IS NULL
    GROUP BY 1, 2 HAVING count(*) = 1
), o AS (
    SELECT o.code, o.number, min(o.idx) AS idx FROM reconcile_pairs p
    JOIN reconcile_o o ON o.idx = p.idx WHERE p.row IS NULL
    GROUP BY 1, 2 HAVING count(*) = 1
)
SELECT t.row, o.idx FROM t JOIN o ON o.code = t.code AND o.number = t.number
""",
    "DELETE FROM reconcile_pairs p USING reconcile_organs g WHERE p.row = g.row OR p.idx = g.idx",
    "INSERT INTO reconcile_pairs SELECT row, idx FROM reconcile_organs",
    "ANALYZE reconcile_pairs",
)
_LIVE: Final = "t.state IN ('shown', 'disputed')"
_DIFFERENCES: Final = f"""
WITH compared AS (
    SELECT t.row, t.line, o.idx, coalesce(t.code, o.code) AS code, t.state, t.since, t.severity,
        t.decided_on, t.until, t.typed, o.type, o.state AS here, {_LIVE} AS live,
        CASE WHEN t.row IS NULL OR o.idx IS NULL THEN '{{}}'::text[] ELSE array_remove(ARRAY[
            CASE WHEN t.organ <> o.organ THEN 'organ' END,
            CASE WHEN t.severity <> '' AND t.severity <> o.severity THEN 'class' END,
            CASE WHEN t.decided_on <> o.decided_on THEN 'decided_on' END,
            CASE WHEN {_LIVE} AND o.state <> 'ended' AND t.until IS DISTINCT FROM o.until
                AND t.until IS NOT NULL THEN 'until' END,
            CASE WHEN {_LIVE} AND o.state <> 'ended'
                AND (t.state = 'disputed') <> o.disputed THEN 'dispute' END,
            CASE WHEN NOT {_LIVE} AND o.state = 'ended'
                AND (t.state = 'withdrawn') <> (o.ending = 'withdrawn') THEN 'ending' END,
            CASE WHEN t.state = o.ending AND t.since <> o.since THEN 'since' END
        ], NULL) END AS columns
    FROM reconcile_pairs p LEFT JOIN reconcile_t t ON t.row = p.row
    LEFT JOIN reconcile_o o ON o.idx = p.idx
), judged AS (
    SELECT CASE
        WHEN row IS NULL THEN CASE WHEN here = 'shown' THEN 'missing-there' END
        WHEN idx IS NULL THEN CASE WHEN live THEN 'missing-here' END
        WHEN NOT live AND here <> 'ended' THEN 'ended-there'
        WHEN live AND here = 'ended' THEN 'ended-here'
        WHEN live AND here = 'held' THEN 'held-here'
        WHEN columns <> '{{}}' THEN 'differs'
    END AS kind, row, line, idx, columns, code, state, since, severity, decided_on, until, typed,
        type FROM compared
    UNION ALL
    SELECT 'twice-there', t.row, t.line, NULL, '{{}}', t.code, t.state, t.since, t.severity,
        t.decided_on, t.until, t.typed, NULL FROM reconcile_t t WHERE t.nth > 1
    UNION ALL
    SELECT 'twice-here', NULL, NULL, o.idx, '{{}}', o.code, NULL, NULL, NULL, NULL, NULL, NULL,
        o.type FROM reconcile_o o WHERE o.nth > 1 AND o.state <> 'ended'
)
SELECT kind, line, idx, columns, code, state, since, severity, decided_on, until, typed, type
FROM judged WHERE kind IS NOT NULL
ORDER BY array_position($1::text[], kind), row NULLS LAST, idx
"""  # noqa: S608 - constants
