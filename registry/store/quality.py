"""Counters of data quality, in a schema of their own: a cache that can be counted again any time.

``counted`` says up to where each log has been counted, and moves in the transaction that adds what
was counted: whatever crashes, nothing counts twice. An audit counts into temporary tables of the
same form beside them, by the same statements.
"""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Final

import msgspec

from registry.store.engine import Connection
from registry.store.reading import Source

LAYOUT: Final = 1
SCHEMA: Final = f"quality_v{LAYOUT}"
ASIDE: Final = "pg_temp"
"""Where an audit counts."""
_LOCK: Final = 0x7175_616C
TABLES: Final = ("counted", "cells", "known", "waiting", "repeats", "recognised")
_OLDER: Final = """
SELECT nspname FROM pg_namespace WHERE nspname ~ '^quality_v[0-9]+$' AND nspname <> $1
"""

Cells = Mapping[tuple[date, str, str], Mapping[str, int]]
"""Counters by month, department and type."""
Waiting = tuple[bytes, date, str, str]
"""A subject without a registration, and the cell in which a record about it was counted."""


@dataclass(frozen=True, slots=True)
class Counted:
    """Up to where a log was counted, and the day of its first receipt."""

    size: int
    began: date | None


class QualityStore:
    """The counters on one connection, inside the caller's transaction."""

    def __init__(self, source: Source, schema: str = SCHEMA) -> None:
        """Take what the statements run on, and where the tables are."""
        self._source = source
        self._schema = schema

    async def prepare(self) -> None:
        """Create what is not there, drop what other layouts have left."""
        fetch = self._source
        await fetch.execute("SELECT pg_advisory_xact_lock($1)", _LOCK)
        if self._schema == ASIDE:
            await fetch.execute(_CREATE.replace("CREATE TABLE {schema}.", "CREATE TEMP TABLE "))
            return
        if not await fetch.fetchval("SELECT to_regclass($1)::text", f"{self._schema}.counted"):
            await fetch.execute(f"CREATE SCHEMA IF NOT EXISTS {self._schema}")
            await fetch.execute(self._sql(_CREATE))
        for row in await fetch.fetch(_OLDER, self._schema):
            await fetch.execute(f"DROP SCHEMA {row['nspname']} CASCADE")

    async def alone(self) -> None:
        """Wait until nobody else counts, for the rest of the transaction."""
        await self._source.execute("SELECT pg_advisory_xact_lock($1)", _LOCK)

    async def is_there(self) -> bool:
        """Tell whether the tables have been made."""
        name = f"{self._schema}.counted"
        return bool(await self._source.fetchval("SELECT to_regclass($1)::text", name))

    async def basis(self) -> str:
        """Return what all is counted by, '' at the beginning."""
        found: str | None = await self._source.fetchval(
            self._sql("SELECT basis FROM {schema}.state")
        )
        return found or ""

    async def begin(self, basis: str) -> None:
        """Forget everything, to be counted by another basis."""
        names = ", ".join(f"{self._schema}.{table}" for table in (*TABLES, "state"))
        await self._source.execute(f"TRUNCATE {names}")
        await self._source.execute(self._sql("INSERT INTO {schema}.state VALUES ($1)"), basis)

    async def erasures(self) -> int:
        """Return how many bodies the law has taken away."""
        number: int = await self._source.fetchval("SELECT count(*) FROM erasures")
        return number

    async def counted(self) -> dict[int, Counted]:
        """Return how far each log has been counted."""
        rows = await self._source.fetch(
            self._sql("SELECT log_id, size, began FROM {schema}.counted")
        )
        return {row[0]: Counted(row[1], row[2]) for row in rows}

    async def move(self, log_id: int, size: int, began: date) -> None:
        """Note how far a log has been counted."""
        await self._source.execute(self._sql(_MOVE), log_id, size, began)

    async def notes(self, log_id: int, size: int, limit: int) -> list[tuple[int, bytes]]:
        """Return (size, note) of checkpoints beyond a size, with the receipt where there is one."""
        rows = await self._source.fetch(_NOTES, log_id, size, limit)
        return [(row[0], row[1]) for row in rows]

    async def in_quarantine(self, log_id: int, start: int, end: int) -> dict[int, frozenset[str]]:
        """Return the codes of what is in quarantine in a range, by position."""
        rows = await self._source.fetch(_QUARANTINED, log_id, start, end)
        return {row[0]: frozenset(row[1]) for row in rows}

    async def add(self, log_id: int, cells: Cells) -> None:
        """Add counters to the cells of a log, and to those of the whole log (department '')."""
        rows = sorted(cells.items())
        if rows:
            months, units, types = zip(*(key for key, _ in rows), strict=True)
            counts = [msgspec.json.encode(counts).decode() for _, counts in rows]
            arguments = (log_id, list(months), list(units), list(types), counts)
            await self._source.execute(self._sql(_ADD), *arguments)

    async def cells(
        self, first: date, last: date, log_id: int | None = None, *, units: bool = False
    ) -> list[tuple[int, date, str, str, dict[str, int]]]:
        """Return (log, month, department, type, counters) of months, both in, in order.

        Those of whole logs, or with ``units`` those of its departments.
        """
        rows = await self._source.fetch(self._sql(_CELLS), first, last, log_id, units)
        return [(*row[:4], msgspec.json.decode(row[4], type=dict[str, int])) for row in rows]

    async def latest_month(self) -> date | None:
        """Return the latest month in which something was counted."""
        found: date | None = await self._source.fetchval(
            self._sql("SELECT max(month) FROM {schema}.cells WHERE NOT by_unit")
        )
        return found

    async def known(self, keys: Collection[bytes]) -> frozenset[bytes]:
        """Return which of these subjects have a registration that was counted."""
        sql = self._sql("SELECT key FROM {schema}.known WHERE key = ANY($1)")
        return frozenset(row[0] for row in await self._source.fetch(sql, list(keys)))

    async def register(self, keys: Collection[bytes]) -> list[tuple[int, date, str, str, int]]:
        """Note subjects as known; return (log, month, department, type, number) of what waited."""
        await self._source.execute(self._sql(_KNOW), sorted(keys))
        rows = await self._source.fetch(self._sql(_FOUND), sorted(keys))
        return [tuple(row) for row in rows]

    async def wait(self, log_id: int, waiting: Iterable[tuple[Waiting, int]]) -> None:
        """Keep what was counted about subjects of whom no registration is known, with numbers."""
        rows = sorted(waiting)
        if rows:
            keys, months, units, types = zip(*(key for key, _ in rows), strict=True)
            numbers = [number for _, number in rows]
            columns = (list(keys), list(months), list(units), list(types), numbers)
            await self._source.execute(self._sql(_WAIT), log_id, *columns)

    async def repeat(self, places: Collection[tuple[int, int]]) -> list[tuple[int, int]]:
        """Note what another log states too; return those that were not noted before."""
        columns = [list(column) for column in zip(*sorted(places), strict=True)] or [[], []]
        rows = await self._source.fetch(self._sql(_REPEAT), *columns)
        return sorted((row[0], row[1]) for row in rows)

    async def recognise(self, identities: Collection[str]) -> None:
        """Note standards that some member recognises."""
        sql = self._sql(
            "INSERT INTO {schema}.recognised SELECT unnest($1::text[]) ON CONFLICT DO NOTHING"
        )
        await self._source.execute(sql, sorted(identities))

    async def recognised(self, limit: int) -> list[str]:
        """Return the first standards that some member recognises, by number."""
        sql = self._sql("SELECT identity FROM {schema}.recognised ORDER BY 1 LIMIT $1")
        return [row[0] for row in await self._source.fetch(sql, limit)]

    async def differences(self) -> list[str]:
        """Return the first cells in which the counters beside these tables differ from them."""
        rows = await self._source.fetch(self._sql(_DIFFERENCES))
        return [f"{row[0]} {row[1]:%Y-%m} {row[2]} {row[3]}" for row in rows]

    async def how_many(self) -> int:
        """Return how many cells there are."""
        number: int = await self._source.fetchval(self._sql("SELECT count(*) FROM {schema}.cells"))
        return number

    def _sql(self, text: str) -> str:
        return text.replace("{schema}", self._schema)


async def counting_aside(connection: Connection) -> QualityStore:
    """Return counters in temporary tables, that go with the caller's transaction."""
    store = QualityStore(connection, ASIDE)
    await store.prepare()
    return store


def sizes_of(counted: Mapping[int, Counted]) -> Sequence[tuple[int, int]]:
    """Return (log id, size) in order: what counters have been counted up to."""
    return sorted((log_id, one.size) for log_id, one in counted.items())


_CREATE: Final = """
CREATE TABLE {schema}.state (basis text NOT NULL);
CREATE TABLE {schema}.counted (
    log_id bigint PRIMARY KEY,
    size   bigint NOT NULL,
    began  date NOT NULL
);
CREATE TABLE {schema}.cells (
    log_id  bigint NOT NULL,
    month   date NOT NULL,
    by_unit boolean NOT NULL,
    unit    text NOT NULL,
    type    text NOT NULL,
    counts  jsonb NOT NULL,
    PRIMARY KEY (log_id, by_unit, month, unit, type)
);
CREATE TABLE {schema}.known (key bytea PRIMARY KEY);
CREATE TABLE {schema}.waiting (
    key    bytea NOT NULL,
    log_id bigint NOT NULL,
    month  date NOT NULL,
    unit   text NOT NULL,
    type   text NOT NULL,
    number bigint NOT NULL,
    PRIMARY KEY (key, log_id, month, unit, type)
);
CREATE TABLE {schema}.repeats (
    log_id bigint NOT NULL,
    idx    bigint NOT NULL,
    PRIMARY KEY (log_id, idx)
);
CREATE TABLE {schema}.recognised (identity text PRIMARY KEY);
"""
_MOVE: Final = """
INSERT INTO {schema}.counted VALUES ($1, $2, $3)
ON CONFLICT (log_id) DO UPDATE SET size = excluded.size
"""
_NOTES: Final = """
SELECT DISTINCT ON (size) size, coalesce(receipt, note) FROM checkpoints
WHERE log_id = $1 AND size > $2
ORDER BY size, receipt IS NULL, cosigned_at, note_digest LIMIT $3
"""
_QUARANTINED: Final = (
    "SELECT idx, codes FROM quarantine WHERE log_id = $1 AND idx >= $2 AND idx < $3"
)
_ADD: Final = """
WITH given AS (
    SELECT month, by_unit, CASE WHEN by_unit THEN unit ELSE '' END AS unit, type, key,
           sum(value::bigint) AS v
    FROM unnest($2::date[], $3::text[], $4::text[], $5::text[]) AS t (month, unit, type, counts)
    CROSS JOIN jsonb_each_text(t.counts::jsonb) CROSS JOIN (VALUES (true), (false)) AS w (by_unit)
    GROUP BY 1, 2, 3, 4, 5)
INSERT INTO {schema}.cells AS c (log_id, month, by_unit, unit, type, counts)
SELECT $1, month, by_unit, unit, type, jsonb_object_agg(key, v) FROM given GROUP BY 2, 3, 4, 5
ON CONFLICT (log_id, by_unit, month, unit, type) DO UPDATE SET counts = (
    SELECT jsonb_object_agg(key, v) FROM (
        SELECT key, sum(value::bigint) AS v FROM (
            SELECT * FROM jsonb_each_text(c.counts)
            UNION ALL SELECT * FROM jsonb_each_text(excluded.counts)) AS both_of
        GROUP BY key) AS summed)
"""
_CELLS: Final = """
SELECT log_id, month, unit, type, counts FROM {schema}.cells
WHERE month BETWEEN $1 AND $2 AND by_unit = $4 AND ($3::bigint IS NULL OR log_id = $3)
ORDER BY log_id, month, unit COLLATE "C", type COLLATE "C"
"""
_KNOW: Final = "INSERT INTO {schema}.known SELECT unnest($1::bytea[]) ON CONFLICT DO NOTHING"
_FOUND: Final = """
WITH gone AS (
    DELETE FROM {schema}.waiting WHERE key = ANY($1) RETURNING log_id, month, unit, type, number)
SELECT log_id, month, unit, type, sum(number)::bigint FROM gone
GROUP BY 1, 2, 3, 4 ORDER BY 1, 2, 3, 4
"""
_WAIT: Final = """
INSERT INTO {schema}.waiting AS w (key, log_id, month, unit, type, number)
SELECT key, $1, month, unit, type, number
FROM unnest($2::bytea[], $3::date[], $4::text[], $5::text[], $6::bigint[])
     AS t (key, month, unit, type, number)
ON CONFLICT (key, log_id, month, unit, type) DO UPDATE SET number = w.number + excluded.number
"""
_REPEAT: Final = """
INSERT INTO {schema}.repeats SELECT * FROM unnest($1::bigint[], $2::bigint[])
ON CONFLICT DO NOTHING RETURNING log_id, idx
"""
_DIFFERENCES: Final = f"""
SELECT log_id, month, unit, type FROM pg_temp.cells AS a
FULL JOIN {SCHEMA}.cells AS b USING (log_id, month, by_unit, unit, type)
WHERE a.counts IS DISTINCT FROM b.counts ORDER BY 1, 2, 3, 4 LIMIT 20
"""  # noqa: S608 - constants
