"""What a node keeps of the consumers of its feeds: acts, what they hold, stops, confirmations.

Acts, stops and confirmations are rows that never change. What a consumer holds is written before
it leaves, so that whatever ends later is known to be in its hands.
"""

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Final, NamedTuple

from registry.domain.feeds import ActKind, Consumer, Reason, Terms, consumer_of
from registry.store.engine import Connection, Database
from registry.store.reading_records import Place

ACTS_MAX: Final = 20_000
OPEN_MAX: Final = 1_000
"""Unconfirmed stops that are listed at once."""
_ACTS: Final = 0x6665_6564  # "feed": acts and stops are numbered by one writer at a time


@dataclass(frozen=True, slots=True)
class Act:
    """What was decided about a consumer, by whom, when and why; ``terms`` with an approval."""

    consumer: str
    number: int
    kind: ActKind
    terms: str
    by: str
    reason: str
    at: datetime


class Holding(NamedTuple):
    """A record that a consumer was given, by the subject it was about then."""

    subject_id: bytes
    log_id: int
    idx: int
    record_id: str

    @property
    def place(self) -> Place:
        """Return log id and index."""
        return self.log_id, self.idx


@dataclass(frozen=True, slots=True)
class Stop:
    """A record that a consumer must no longer use, to be confirmed by ``due``; ``entry`` in hex."""

    number: int
    log_id: int
    idx: int
    origin: str
    record_id: str
    entry: str
    reason: Reason
    due: date
    made_at: datetime

    @property
    def place(self) -> Place:
        """Return log id and index."""
        return self.log_id, self.idx


@dataclass(frozen=True, slots=True)
class Counts:
    """Of a consumer: records it holds, stops made, unconfirmed and late; the first day that is."""

    held: int
    stops: int
    unconfirmed: int
    late: int
    oldest_due: date | None


class FeedStore:
    """Keeps all that."""

    def __init__(self, db: Database) -> None:
        """Take the open database."""
        self._pool = db.pool

    async def acts(self, consumer: str = "") -> tuple[Act, ...]:
        """Return the acts about one consumer or about all, in order."""
        rows = await self._pool.fetch(_OF_ALL, consumer, ACTS_MAX)
        return tuple(Act(*row) for row in rows)

    async def count_acts(self) -> int:
        """Return how many acts there are."""
        count: int = await self._pool.fetchval("SELECT count(*) FROM feed_acts")
        return count

    async def consumers(self) -> tuple[Consumer, ...]:
        """Return every consumer that was ever approved, by code."""
        by_code: dict[str, list[Act]] = {}
        for act in await self.acts():
            by_code.setdefault(act.consumer, []).append(act)
        made = (consumer_of(code, _plain(acts)) for code, acts in sorted(by_code.items()))
        return tuple(one for one in made if one is not None)

    async def consumer(self, code: str) -> Consumer | None:
        """Return a consumer as its acts make it."""
        return consumer_of(code, _plain(await self.acts(code))) if code else None

    async def act(
        self,
        consumer: str,
        kind: ActKind,
        by: str,
        reason: str,
        at: datetime,
        terms: Terms | None = None,
    ) -> int:
        """Keep an act; return its number."""
        text = "" if terms is None else terms.encode()
        async with self._pool.acquire() as connection, connection.transaction():
            await connection.execute("SELECT pg_advisory_xact_lock($1)", _ACTS)
            number: int = await connection.fetchval(_ACT, consumer, kind, text, by, reason, at)
            return number

    async def give(self, consumer: str, records: Iterable[Holding]) -> None:
        """Note that a consumer is being given these records."""
        columns = [list(column) for column in zip(*records, strict=True)]
        if columns:
            await self._pool.execute(_GIVE, consumer, *columns)

    async def held(self, consumer: str, subjects: Collection[bytes]) -> tuple[Holding, ...]:
        """Return what a consumer holds about these subjects."""
        rows = await self._pool.fetch(_HELD, consumer, list(subjects))
        return tuple(Holding(*row) for row in rows)

    async def subjects_held(self, consumer: str, after: bytes, limit: int) -> tuple[bytes, ...]:
        """Return the next subjects, by id, that a consumer holds something about."""
        rows = await self._pool.fetch(_SUBJECTS_HELD, consumer, after, limit)
        return tuple(row[0] for row in rows)

    async def subjects(self, after: bytes, limit: int) -> tuple[bytes, ...]:
        """Return the next of all subjects, by id."""
        rows = await self._pool.fetch(
            "SELECT subject_id FROM subjects WHERE subject_id > $1 ORDER BY 1 LIMIT $2",
            after,
            limit,
        )
        return tuple(row[0] for row in rows)

    async def stop(
        self, consumer: str, gone: Sequence[tuple[Holding, Reason]], due: date, at: datetime
    ) -> None:
        """Make a stop for each of these that is still held."""
        if not gone:
            return
        columns = [list(column) for column in zip(*(one for one, _ in gone), strict=True)]
        reasons = [reason for _, reason in gone]
        async with self._pool.acquire() as connection, connection.transaction():
            await connection.execute("SELECT pg_advisory_xact_lock($1)", _ACTS)
            ended = await connection.fetch(_LET_GO, consumer, *columns, reasons)
            await _add_stops(connection, consumer, [tuple(row) for row in ended], due, at)

    async def stops_of(self, consumer: str, places: Collection[Place]) -> tuple[Stop, ...]:
        """Return the latest stop of each of these places that has one."""
        logs, indexes = [log for log, _ in places], [idx for _, idx in places]
        return tuple(Stop(*row) for row in await self._pool.fetch(_STOPS, consumer, logs, indexes))

    async def unconfirmed(self, consumer: str, after: int = 0) -> tuple[Stop, ...]:
        """Return stops that wait for confirmation, in order, at most `OPEN_MAX`."""
        rows = await self._pool.fetch(_OPEN, consumer, after, OPEN_MAX)
        return tuple(Stop(*row) for row in rows)

    async def confirm(
        self, consumer: str, numbers: Collection[int], who: str, at: datetime
    ) -> tuple[int, ...]:
        """Note that stops are confirmed; return those that do not exist: then nothing is noted."""
        wanted = sorted(set(numbers))
        async with self._pool.acquire() as connection, connection.transaction():
            known = await connection.fetch(_NUMBERS, consumer, wanted)
            strange = set(wanted) - {row[0] for row in known}
            if not strange:
                await connection.execute(_CONFIRM, consumer, wanted, at, who)
            return tuple(sorted(strange))

    async def late(self, consumer: str, today: date) -> tuple[int, ...]:
        """Return the numbers of unconfirmed stops whose day has passed, at most `OPEN_MAX`."""
        rows = await self._pool.fetch(_LATE, consumer, today, OPEN_MAX)
        return tuple(row[0] for row in rows)

    async def counts(self, consumer: str, today: date) -> Counts:
        """Return the figures of a consumer."""
        return Counts(*await self._pool.fetchrow(_COUNTS, consumer, today))


def _plain(acts: Iterable[Act]) -> Iterable[tuple[int, ActKind, str]]:
    return ((act.number, act.kind, act.terms) for act in acts)


async def _add_stops(
    connection: Connection,
    consumer: str,
    ended: Sequence[tuple[object, ...]],
    due: date,
    at: datetime,
) -> None:
    last: int = await connection.fetchval(
        "SELECT coalesce(max(number), 0) FROM feed_stops WHERE consumer = $1", consumer
    )
    rows = [(consumer, last + n, *row, due, at) for n, row in enumerate(sorted(ended), 1)]
    await connection.copy_records_to_table("feed_stops", records=rows)


_OF_ALL: Final = """
SELECT consumer, number, act, terms, stated_by, reason, at FROM feed_acts
WHERE $1 = '' OR consumer = $1 ORDER BY consumer, number LIMIT $2
"""
_ACT: Final = """
INSERT INTO feed_acts
SELECT $1, coalesce(max(number), 0) + 1, $2, $3, $4, $5, $6 FROM feed_acts WHERE consumer = $1
RETURNING number
"""
_GIVE: Final = """
INSERT INTO feed_holdings AS h
SELECT s, $1, l, i, r, true FROM unnest($2::bytea[], $3::bigint[], $4::bigint[], $5::text[])
    AS t (s, l, i, r)
ON CONFLICT (subject_id, consumer, log_id, idx) DO UPDATE SET held = true WHERE NOT h.held
"""
_HELD: Final = """
SELECT subject_id, log_id, idx, record_id FROM feed_holdings
WHERE consumer = $1 AND subject_id = ANY($2) AND held
"""
_SUBJECTS_HELD: Final = """
SELECT DISTINCT subject_id FROM feed_holdings
WHERE consumer = $1 AND held AND subject_id > $2 ORDER BY 1 LIMIT $3
"""
_LET_GO: Final = """
UPDATE feed_holdings h SET held = false
FROM unnest($2::bytea[], $3::bigint[], $4::bigint[], $5::text[], $6::text[]) AS t (s, l, i, r, why)
WHERE h.subject_id = t.s AND h.consumer = $1 AND h.log_id = t.l AND h.idx = t.i AND h.held
RETURNING h.log_id, h.idx, h.record_id, t.why
"""
_COLUMNS: Final = """
s.number, s.log_id, s.idx, l.origin, s.record_id, encode(e.entry, 'hex'), s.reason, s.due, s.made_at
"""
_PLACED: Final = """
LEFT JOIN logs l ON l.log_id = s.log_id LEFT JOIN entries e ON e.log_id = s.log_id AND e.idx = s.idx
"""
_STOPS: Final = f"""
SELECT {_COLUMNS} FROM (
    SELECT DISTINCT ON (f.log_id, f.idx) f.* FROM feed_stops f
    JOIN unnest($2::bigint[], $3::bigint[]) AS t (log_id, idx) USING (log_id, idx)
    WHERE f.consumer = $1 ORDER BY f.log_id, f.idx, f.number DESC) s {_PLACED}
"""  # noqa: S608 - constants
_OPEN: Final = f"""
SELECT {_COLUMNS} FROM (
    SELECT * FROM feed_stops f WHERE consumer = $1 AND number > $2 AND NOT EXISTS (
        SELECT FROM feed_acks a WHERE a.consumer = $1 AND a.number = f.number)
    ORDER BY number LIMIT $3) s {_PLACED} ORDER BY s.number
"""  # noqa: S608 - constants
_NUMBERS: Final = "SELECT number FROM feed_stops WHERE consumer = $1 AND number = ANY($2)"
_CONFIRM: Final = """
INSERT INTO feed_acks SELECT $1, n, $3, $4 FROM unnest($2::bigint[]) AS t (n) ON CONFLICT DO NOTHING
"""
_LATE: Final = """
SELECT number FROM feed_stops f WHERE consumer = $1 AND due < $2 AND NOT EXISTS (
    SELECT FROM feed_acks a WHERE a.consumer = $1 AND a.number = f.number) ORDER BY 1 LIMIT $3
"""
_COUNTS: Final = """
WITH waiting AS (
    SELECT due FROM feed_stops f WHERE consumer = $1 AND NOT EXISTS (
        SELECT FROM feed_acks a WHERE a.consumer = $1 AND a.number = f.number))
SELECT (SELECT count(*) FROM feed_holdings WHERE consumer = $1 AND held),
       (SELECT count(*) FROM feed_stops WHERE consumer = $1),
       (SELECT count(*) FROM waiting), (SELECT count(*) FROM waiting WHERE due < $2),
       (SELECT min(due) FROM waiting)
"""
