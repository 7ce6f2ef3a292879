"""What the read side asks about subjects and records, in batches of arrays, or of one subject.

Records are kept by subject and bodies by log: a join of the two would cross the distribution
columns, so they meet apart, or over a materialised list of places. Each method is one statement,
however many are asked for.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import NamedTuple

import asyncpg

from registry.store.reading import Source

Place = tuple[int, int]
"""Log id and index in that log."""

_COLUMNS = """
r.subject_id, r.log_id, r.idx, r.type, r.record_id, r.decided_on, r.list_code,
r.target_log, r.target_id, r.competent, r.flags
"""

_SUBJECTS = """
SELECT subject_id, scheme, identifier, kind, orgcode FROM subjects WHERE subject_id = ANY($1)
UNION
SELECT subject_id, scheme, identifier, kind, orgcode FROM subjects
WHERE orgcode <> '' AND orgcode = ANY(
    SELECT orgcode FROM subjects WHERE subject_id = ANY($1) AND orgcode <> '')
"""

_LINKS = """
SELECT DISTINCT ON (1, 2, log_id IS NULL)
       least(subject_id, other_id), greatest(subject_id, other_id), judgement, reason, judged_by,
       judged_at, log_id, idx
FROM subject_links WHERE subject_id = ANY($1) OR other_id = ANY($1)
ORDER BY 1, 2, log_id IS NULL, judged_at DESC
"""

_ENDS = """
SELECT about, log_id, idx FROM relations WHERE subject_id = ANY($1) ORDER BY log_id, idx LIMIT $2
"""

_OF_SUBJECTS = f"SELECT {_COLUMNS} FROM records r WHERE r.subject_id = ANY($1)"  # noqa: S608 - constants

_ACTS = f"""
SELECT {_COLUMNS} FROM unnest($1::bigint[], $2::text[]) AS t (log_id, record_id)
JOIN records r ON r.target_log = t.log_id AND r.target_id = t.record_id
"""  # noqa: S608 - constants

_BY_ID = f"""
SELECT {_COLUMNS} FROM unnest($1::bigint[], $2::text[]) AS t (log_id, record_id)
JOIN records r ON r.log_id = t.log_id AND r.record_id = t.record_id
"""  # noqa: S608 - constants

_REGION = f"""
SELECT {_COLUMNS} FROM records r WHERE r.type IN ('rulebook', 'adoption')
"""  # noqa: S608 - constants

MESSAGES = ("penalty_push", "clue_transfer", "measure_task", "risk_alert")
"""The types by which one member turns to another; as in the index of migration 0008."""

_MESSAGES = f"""
SELECT {_COLUMNS} FROM records r
WHERE r.type IN ('penalty_push', 'clue_transfer', 'measure_task', 'risk_alert')
ORDER BY r.decided_on DESC, r.log_id, r.idx LIMIT $1
"""  # noqa: S608 - constants

CAUSES = ("list_entry", "penalty")
"""The types whose records are pushed to other members, when a rule says so."""
ANSWERS = ("measure_use", "measure_feedback", "measure_reply")
"""The types that say what became of a push; with the above as in the index of migration 0010."""

Cursor = tuple[date, int, int]
"""A place in the order of `RecordReading.newest`: day of decision (latest first), log, index."""
FIRST: Cursor = (date.max, -(2**63), -1)

_NEWEST = {
    kind: f"""
SELECT {_COLUMNS} FROM records r
WHERE r.type = '{kind}' AND r.type IN ('list_entry', 'penalty', 'measure_use', 'measure_feedback',
                                       'measure_reply')
AND r.decided_on <= $2 AND (r.decided_on < $2 OR (r.log_id, r.idx) > ($3, $4))
ORDER BY r.decided_on DESC, r.log_id, r.idx LIMIT $1
"""  # noqa: S608 - constants
    for kind in (*CAUSES, *ANSWERS)
}

HANDLED = ("negative_list_item", "standard_case", "standard_comparison")
"""Types of which all records are looked through: lists of a few thousand rows, the newest first."""

_HANDLED = {
    kind: f"""
SELECT {_COLUMNS} FROM records r
WHERE r.type = '{kind}' AND r.type IN ('negative_list_item', 'standard_case', 'standard_comparison')
ORDER BY r.decided_on DESC, r.log_id, r.idx LIMIT $1
"""  # noqa: S608 - constants
    for kind in HANDLED
}

_FIRST_RECEIPTS = """
SELECT t.log_id, t.idx, c.cosigned_at FROM unnest($1::bigint[], $2::bigint[]) AS t (log_id, idx)
CROSS JOIN LATERAL (
    SELECT cosigned_at FROM checkpoints WHERE log_id = t.log_id AND size > t.idx
    AND receipt IS NOT NULL ORDER BY size, cosigned_at LIMIT 1
) c
"""

_LATER_ENTRIES = f"""
WITH later AS MATERIALIZED (
    SELECT r.* FROM unnest($1::bigint[], $2::text[], $3::date[]) AS t (log_id, list_code, since)
    CROSS JOIN LATERAL (
        SELECT * FROM records e WHERE e.list_code = t.list_code AND e.log_id = t.log_id
        AND e.list_code <> '' AND e.decided_on >= t.since AND e.type = 'list_entry'
        ORDER BY e.decided_on, e.idx LIMIT $4
    ) r)
SELECT e.log_id, e.idx, e.entry, e.main, e.restricted IS NOT NULL, q.log_id IS NOT NULL,
       EXISTS (SELECT FROM records a WHERE a.target_log = r.log_id AND a.target_id = r.record_id),
       {_COLUMNS}
FROM later r JOIN entries e ON e.log_id = r.log_id AND e.idx = r.idx
LEFT JOIN quarantine q ON q.log_id = e.log_id AND q.idx = e.idx
"""  # noqa: S608 - constants

_OF_PLACES = f"""
SELECT {_COLUMNS}
FROM unnest($1::bytea[], $2::bigint[], $3::bigint[]) AS t (subject_id, log_id, idx)
JOIN records r USING (subject_id, log_id, idx)
"""  # noqa: S608 - constants

_BODIES = """
SELECT e.log_id, e.idx, e.entry, e.main, e.restricted IS NOT NULL, q.log_id IS NOT NULL
FROM unnest($1::bigint[], $2::bigint[]) AS t (log_id, idx)
JOIN entries e ON e.log_id = t.log_id AND e.idx = t.idx
LEFT JOIN quarantine q ON q.log_id = e.log_id AND q.idx = e.idx
"""

_PLAIN = f"""
WITH mine AS MATERIALIZED (SELECT * FROM records WHERE subject_id = $1),
who AS MATERIALIZED (
    SELECT subject_id, scheme, identifier, kind, orgcode,
           scheme IN ('record', 'person')
           OR EXISTS (SELECT FROM subjects o WHERE o.orgcode = s.orgcode AND o.orgcode <> ''
                   AND o.subject_id <> $1)
           OR EXISTS (SELECT FROM subject_links l WHERE l.subject_id = $1 OR l.other_id = $1),
           (SELECT max(seq) FROM commits), (SELECT seq FROM cursors WHERE name = 'checked-with')
    FROM subjects s WHERE subject_id = $1)
SELECT who.*, e.entry, e.main, e.restricted IS NOT NULL, q.log_id IS NOT NULL, {_COLUMNS}
FROM who, mine r JOIN entries e ON e.log_id = r.log_id AND e.idx = r.idx
LEFT JOIN quarantine q ON q.log_id = e.log_id AND q.idx = e.idx
"""  # noqa: S608 - constants

RANGE_BYTES = 4 * 1024 * 1024
"""Bytes of bodies of a range read at once, beside the last of them."""
_RANGE = """
SELECT e.log_id, e.idx, e.entry, e.main, e.restricted, q.log_id IS NOT NULL
FROM (
    SELECT log_id, idx, entry, main, restricted IS NOT NULL AS restricted,
        coalesce(sum(octet_length(main)) OVER (
            ORDER BY idx ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING), 0) AS before
    FROM entries WHERE log_id = $1 AND idx >= $2 AND idx < $3) AS e
LEFT JOIN quarantine q ON q.log_id = e.log_id AND q.idx = e.idx
WHERE e.before <= $4 ORDER BY e.idx
"""


@dataclass(frozen=True, slots=True)
class SubjectRow:
    """A subject as stored; ``identifier`` is empty for natural persons."""

    subject_id: bytes
    scheme: str
    identifier: str
    kind: str
    orgcode: str


@dataclass(frozen=True, slots=True)
class Link:
    """The latest judgement about two subjects, by hand or as a record states it.

    ``judgement`` is same, different or undone; ``judged_by`` is empty, and ``log_id`` and ``idx``
    say where, for one that a record states.
    """

    one: bytes
    other: bytes
    judgement: str
    reason: str
    judged_by: str
    judged_at: datetime
    log_id: int | None = None
    idx: int | None = None

    @property
    def stated(self) -> bool:
        """Whether a record states it."""
        return self.log_id is not None


class RecordRow(NamedTuple):
    """Where a record stands and what admission found out about it, without its body."""

    subject_id: bytes
    log_id: int
    idx: int
    type: str
    record_id: str
    decided_on: date
    list_code: str
    target_log: int | None
    target_id: str | None
    competent: bool
    flags: Sequence[str]

    @property
    def place(self) -> Place:
        """Return log id and index."""
        return self.log_id, self.idx


class Body(NamedTuple):
    """What a log holds at one place; ``main`` None: erased by order of law."""

    log_id: int
    idx: int
    entry: bytes
    main: bytes | None
    has_restricted: bool
    quarantined: bool


@dataclass(frozen=True, slots=True)
class PlainFile:
    """A subject that nothing else has to do with, and all of its records with their bodies.

    ``newest`` is the last commit of the moment, ``checks`` what all records have passed then.
    """

    subject: SubjectRow
    newest: int
    checks: int
    records: tuple[tuple[RecordRow, Body], ...]


class RecordReading:
    """Reads subjects, records and bodies; answers come in no promised order."""

    def __init__(self, source: Source) -> None:
        """Take what the statements run on."""
        self._source = source

    async def plain_file(self, subject_id: bytes) -> PlainFile | None:
        """Return everything about a subject that stands for itself, in one journey.

        None where that is not all there is to it, or where nothing is recorded: it may have other
        codes, or be judged the same as another; and without a code, acts on its records may be
        about another subject (with one, such acts have no effect).

        The key is a single value, so that the server keeps its plan. Records are a list before they
        meet their bodies, place by place, as in journeys apart.
        """
        rows = await self._source.fetch(_PLAIN, subject_id)
        if not rows or rows[0][5]:
            return None
        newest, checks = rows[0][6:8]
        records = tuple([(_record(row, 12), Body(row[13], row[14], *row[8:12])) for row in rows])
        return PlainFile(SubjectRow(*rows[0][:5]), newest or 0, checks or 0, records)

    async def subjects(self, ids: Iterable[bytes]) -> tuple[SubjectRow, ...]:
        """Return these subjects and all that share an organisation code with one of them."""
        rows = await self._source.fetch(_SUBJECTS, list(ids))
        return tuple(SubjectRow(*row) for row in rows)

    async def links(self, ids: Iterable[bytes]) -> tuple[Link, ...]:
        """Return the latest judgements on each pair that one of these subjects is part of.

        Of one pair up to two: the latest by hand, and what a record states.
        """
        rows = await self._source.fetch(_LINKS, list(ids))
        return tuple(Link(*row) for row in rows)

    async def of_subjects(self, ids: Iterable[bytes]) -> tuple[RecordRow, ...]:
        """Return all records of these subjects."""
        return self._records(await self._source.fetch(_OF_SUBJECTS, list(ids)))

    async def naming(self, ids: Iterable[bytes], limit: int) -> tuple[RecordRow, ...]:
        """Return the relation records that name one of these subjects as another end."""
        ends = await self._source.fetch(_ENDS, list(ids), limit)
        if not ends:
            return ()
        columns = [list(column) for column in zip(*ends, strict=True)]
        return self._records(await self._source.fetch(_OF_PLACES, *columns))

    async def of_places(self, asked: Iterable[tuple[bytes, Place]]) -> tuple[RecordRow, ...]:
        """Return the records at these places, of each the subject that it is kept by."""
        columns = [list(column) for column in zip(*((a, *at) for a, at in asked), strict=True)]
        if not columns:
            return ()
        return self._records(await self._source.fetch(_OF_PLACES, *columns))

    async def acts_on(self, named: Sequence[tuple[int, str]]) -> tuple[RecordRow, ...]:
        """Return all records that act on one of these (log id, record id), whoever about."""
        logs, ids = [log for log, _ in named], [record_id for _, record_id in named]
        return self._records(await self._source.fetch(_ACTS, logs, ids))

    async def by_ids(self, named: Sequence[tuple[int, str]]) -> tuple[RecordRow, ...]:
        """Return the records of these (log id, record id)."""
        logs, ids = [log for log, _ in named], [record_id for _, record_id in named]
        return self._records(await self._source.fetch(_BY_ID, logs, ids))

    async def later_entries(
        self, asked: Iterable[tuple[int, str, date]], limit: int
    ) -> tuple[tuple[RecordRow, Body, bool], ...]:
        """Return the first entries into a list, whoever about, for each (log, list, since).

        Each with its body, and whether there are acts on it.
        """
        columns = [list(column) for column in zip(*asked, strict=True)] or [[], [], []]
        rows = await self._source.fetch(_LATER_ENTRIES, *columns, limit)
        return tuple((_record(row, 7), Body(*row[:6]), row[6]) for row in rows)

    async def of_region(self) -> tuple[RecordRow, ...]:
        """Return all rulebook and adoption records of all logs."""
        return self._records(await self._source.fetch(_REGION))

    async def messages(self, limit: int) -> tuple[RecordRow, ...]:
        """Return the newest records by which members turn to each other."""
        return self._records(await self._source.fetch(_MESSAGES, limit))

    async def newest(self, kind: str, limit: int, after: Cursor = FIRST) -> tuple[RecordRow, ...]:
        """Return records of a type of `CAUSES` or `ANSWERS` that follow a cursor, newest first."""
        return self._records(await self._source.fetch(_NEWEST[kind], limit, *after))

    async def handled(self, kind: str, limit: int) -> tuple[RecordRow, ...]:
        """Return the newest records of a type of `HANDLED`."""
        return self._records(await self._source.fetch(_HANDLED[kind], limit))

    async def stated_at(self, places: Sequence[Place]) -> dict[Place, int]:
        """Return the POSIX second of the first receipt for each place; none for a refilled one."""
        rows = await self._source.fetch(_FIRST_RECEIPTS, *_columns(places))
        return {(row[0], row[1]): row[2] for row in rows}

    async def bodies(self, places: Sequence[Place]) -> dict[Place, Body]:
        """Return what the logs hold at these places."""
        logs, indexes = _columns(places)
        rows = await self._source.fetch(_BODIES, logs, indexes)
        return {(row[0], row[1]): Body(*row) for row in rows}

    async def bodies_between(self, log_id: int, start: int, end: int) -> tuple[Body, ...]:
        """Return what a log holds in the half-open range, in order.

        No more than holds `RANGE_BYTES`, and at least one, so what is returned may end earlier.
        """
        rows = await self._source.fetch(_RANGE, log_id, start, end, RANGE_BYTES)
        return tuple(Body(*row) for row in rows)

    @staticmethod
    def _records(rows: Sequence[asyncpg.Record]) -> tuple[RecordRow, ...]:
        return tuple(_record(row) for row in rows)


def _record(row: asyncpg.Record, start: int = 0) -> RecordRow:
    """Make a row of the columns of ``_COLUMNS``, which come last."""
    return RecordRow(*row[start:])


def _columns(places: Sequence[Place]) -> tuple[list[int], list[int]]:
    return [log_id for log_id, _ in places], [idx for _, idx in places]
