"""Counts what logs hold, entry by entry, in steps that are each one transaction.

It goes by positions, not by commits: how far a log has been counted is stored with the counters, so
a step that is repeated finds nothing left to do. When what counts has changed (checks, tables, the
charter's mirrors) or the law has taken a body away, everything is forgotten and counted again: the
counters are always those of a node that counts for the first time.
"""

from collections import Counter
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from time import monotonic
from typing import Final

from registry.clock import SHANGHAI
from registry.domain.records import (
    FACTS,
    AnyRecord,
    ObjectionOutcome,
    Penalty,
    Registration,
    decode_main,
)
from registry.domain.records.standards import StandardRecognition
from registry.ingest.reasons import REASONS
from registry.projections.follow import Loop, Turn, at_any_time
from registry.quality.counting import (
    Cell,
    accepted,
    erased,
    is_matchable,
    month_of,
    quarantined,
    received_on,
    subject_key,
)
from registry.quality.definitions import DIGEST
from registry.query.repeats import reported_twice
from registry.standards.numbers import NumberError, identity_of, parse
from registry.store.engine import Connection, Database
from registry.store.logs import log_id_of
from registry.store.quality import Counted, QualityStore, Waiting
from registry.store.reading import Known, LogReading, Source
from registry.store.reading_files import Stated
from registry.store.reading_records import Body, RecordReading, RecordRow
from signing.charter import Charter
from signing.cosign import verify_cosignature
from signing.errors import SigningError
from signing.keys import VerifierKey
from signing.note import parse_note

STEP: Final = 250
"""Entries of one transaction: little enough that no receipt waits long for it."""
LATER: Final = 5.0
"""Seconds after its start in which a node counts nothing."""
_NOTES: Final = 64
"""Checkpoints looked at in one step."""


@dataclass(slots=True)
class _Found:
    """What a step has counted of one log."""

    log_id: int
    cells: dict[tuple[date, str, str], Counter[str]] = field(default_factory=dict)
    about: list[tuple[bytes, Cell]] = field(default_factory=list)
    registered: set[bytes] = field(default_factory=set)
    penalised: set[bytes] = field(default_factory=set)
    recognised: set[str] = field(default_factory=set)

    def add(self, cell: Cell, counts: Mapping[str, int]) -> None:
        """Add counters to a cell."""
        self.cells.setdefault((cell.month, cell.unit, cell.type), Counter()).update(counts)


class Times:
    """When entries of a log first had a receipt: the earliest of any mirror of the charter.

    The home's own comes with what it hands on, so every node says the same moment.
    """

    def __init__(self, charter: Charter, notes: Sequence[tuple[int, bytes]]) -> None:
        """Take (size, note) of checkpoints, smallest first."""
        keys = [key for node in charter.nodes for key in node.mirrors]
        self._days: list[tuple[int, date]] = []
        for size, note in notes:
            seconds = _cosigned(note, keys)
            if seconds:  # else a later checkpoint says when it was there
                moment = datetime.fromtimestamp(min(seconds), UTC)
                self._days.append((size, moment.astimezone(SHANGHAI).date()))

    @property
    def end(self) -> int:
        """Return up to which position days are known."""
        return self._days[-1][0] if self._days else 0

    def day(self, idx: int) -> date | None:
        """Return the day of an entry, None where no checkpoint here covers it."""
        return next((day for size, day in self._days if size > idx), None)


def _cosigned(data: bytes, keys: Sequence[VerifierKey]) -> list[int]:
    """Return the POSIX seconds of these keys' lines; a forged line counts for nothing, alone."""
    note, found = parse_note(data), []
    for key in keys:
        for line in note.signatures:
            if line.is_by(key):
                with suppress(SigningError):
                    found.append(verify_cosignature(key, line, note.text).time)
    return found


class Counting(Loop):
    """Counts what is not counted yet; several processes may, one at a time does."""

    def __init__(
        self, db: Database, charter: Charter, after: float = 0.0, turn: Turn = at_any_time
    ) -> None:
        """Take the open database, and the charter that names the mirrors.

        Nothing is done in the first ``after`` seconds, and each step in its ``turn``: what people
        wait for goes first.
        """
        super().__init__("quality")
        self._from = monotonic() + after
        self._turn = turn
        self._db = db
        self._charter = charter
        self._prepared = False
        self._seen = (0, 0)

    def under(self, charter: Charter) -> None:
        """Go on under a later charter."""
        self._charter = charter
        self._seen = (0, 0)

    async def step(self) -> int:
        """Count the next entries of one log; return how many."""
        if monotonic() < self._from:
            return 0
        reading = LogReading(self._db.pool)
        now = (await reading.newest(), await reading.checked_with())
        if now == self._seen or not now[0]:
            return 0  # nothing was admitted, erased or checked again since all was counted
        async with self._turn(), self._db.transaction() as connection:
            store = QualityStore(connection)
            if not self._prepared:
                await store.prepare()
            number = await count_some(connection, store, self._charter)
        self._prepared = True
        if not number:
            self._seen = now
        return number

    async def catch_up(self) -> int:
        """Count all there is; return how many entries."""
        done = 0
        while count := await self.step():
            done += count
        return done


async def basis_of(source: Source, store: QualityStore, charter: Charter) -> str:
    """Return what figures are counted by; when it changes, all are counted again."""
    checks = await LogReading(source).checked_with()
    return f"{DIGEST[:16]} {checks} {charter.version} {await store.erasures()}"


async def count_some(
    connection: Connection,
    store: QualityStore,
    charter: Charter,
    upto: Mapping[int, int] | None = None,
) -> int:
    """Count the next entries of a log in the caller's transaction; ``upto`` bounds each log."""
    await store.alone()
    basis = await basis_of(connection, store, charter)
    if await store.basis() != basis:
        await store.begin(basis)
    known = await LogReading(connection).known()
    counted = await store.counted()
    for head in known.heads:
        done = counted.get(head.log_id, Counted(0, None))
        end = head.size if upto is None else min(head.size, upto.get(head.log_id, 0))
        if done.size < end:
            part = _Part(connection, store, known, counted)
            number = await part.count(charter, head.log_id, done, min(end, done.size + STEP))
            if number:
                return number
    return 0


def _size(counted: Mapping[int, Counted], log_id: int) -> int:
    return counted[log_id].size if log_id in counted else 0


class _Part:
    """The next entries of one log."""

    def __init__(
        self,
        connection: Connection,
        store: QualityStore,
        known: Known,
        counted: dict[int, Counted],
    ) -> None:
        self._store = store
        self._known = known
        self._counted = counted
        self._records = RecordReading(connection)

    async def count(self, charter: Charter, log_id: int, done: Counted, end: int) -> int:
        """Count from where it was left off; 0 where no receipt covers what comes next."""
        start = done.size
        times = Times(charter, await self._store.notes(log_id, start, _NOTES))
        bodies = await self._records.bodies_between(log_id, start, min(end, times.end))
        first = times.day(start)
        if not bodies or first is None:
            return 0
        found, end = _Found(log_id), bodies[-1].idx + 1
        began = done.began or first
        self._counted[log_id] = Counted(end, began)
        await self._entries(found, bodies, times, began)
        await self._store.add(log_id, found.cells)
        await self._know(found)
        await self._repeats(charter, found)
        await self._store.recognise(found.recognised)
        await self._store.move(log_id, end, began)
        return len(bodies)

    async def _entries(
        self, found: _Found, bodies: Sequence[Body], times: Times, began: date
    ) -> None:
        # Of the flags those of the checks: whether an act counts is no matter of its own bytes.
        codes = await self._store.in_quarantine(found.log_id, bodies[0].idx, bodies[-1].idx + 1)
        decoded = {
            body.idx: decode_main(body.main)
            for body in bodies
            if body.main is not None and body.idx not in codes
        }
        named = [(found.log_id, record.id) for record in decoded.values()]
        rows = {row.idx: row for row in await self._records.by_ids(named)}
        objected = await self._objected(found.log_id, decoded)
        for body in bodies:
            on = times.day(body.idx) or began
            if body.main is None:
                found.add(*erased(on))
            elif body.idx in codes:
                found.add(*quarantined(body.main, on, codes[body.idx]))
            else:
                record, row = decoded[body.idx], rows.get(body.idx)
                flags = frozenset(() if row is None else REASONS.keys() & row.flags)
                cell, counts = accepted(record, on, began, flags, objected.get(body.idx))
                found.add(cell, counts)
                _note(found, record, row, cell)

    async def _objected(self, log_id: int, decoded: Mapping[int, AnyRecord]) -> dict[int, date]:
        """Return for outcomes the day on which the objection, of the same log, was received."""
        outcomes = {
            idx: record.target.id
            for idx, record in decoded.items()
            if isinstance(record, ObjectionOutcome) and log_id_of(record.target.origin) == log_id
        }
        rows = await self._records.by_ids([(log_id, one) for one in outcomes.values()])
        bodies = await self._records.bodies([row.place for row in rows])
        days = {
            row.record_id: received_on(_decoded(bodies.get(row.place)))
            for row in rows
            if row.idx < self._counted[log_id].size
        }
        found = {idx: days.get(target) for idx, target in outcomes.items()}
        return {idx: day for idx, day in found.items() if day is not None}

    async def _know(self, found: _Found) -> None:
        """Count whose registration is known: of new records, and of old ones that waited for it."""
        if found.registered:
            freed: dict[int, dict[tuple[date, str, str], dict[str, int]]] = {}
            for log_id, month, unit, kind, number in await self._store.register(found.registered):
                freed.setdefault(log_id, {})[month, unit, kind] = {"matched": number}
            for log_id, cells in freed.items():
                await self._store.add(log_id, cells)
        known = await self._store.known({key for key, _ in found.about})
        matched: dict[tuple[date, str, str], Counter[str]] = {}
        waiting: Counter[Waiting] = Counter()
        for key, cell in found.about:
            place = (cell.month, cell.unit, cell.type)
            if key in known:
                matched.setdefault(place, Counter())["matched"] += 1
            else:
                waiting[key, *place] += 1
        await self._store.add(found.log_id, matched)
        await self._store.wait(found.log_id, waiting.items())

    async def _repeats(self, charter: Charter, found: _Found) -> None:
        """Count penalties that another log states too, wherever they stand."""
        if not found.penalised:
            return
        rows = await self._records.of_subjects(found.penalised)
        rows = tuple(
            row
            for row in rows
            if row.type == "penalty" and row.idx < _size(self._counted, row.log_id)
        )
        if len({row.log_id for row in rows}) < 2:  # noqa: PLR2004 - nobody else speaks of them
            return
        stated = {one.row.place: one for one in await self._stated(rows)}
        by_subject: dict[bytes, list[Stated]] = {}
        for one in stated.values():
            by_subject.setdefault(one.row.subject_id, []).append(one)
        twice = [place for some in by_subject.values() for place in reported_twice(some)]
        for log_id, idx in await self._store.repeat(twice):
            notes = await self._store.notes(log_id, idx, 8)
            on = Times(charter, notes).day(idx)
            if on is not None:
                unit = stated[log_id, idx].record.source_unit.name
                await self._store.add(log_id, {(month_of(on), unit, "penalty"): {"repeated": 1}})

    async def _stated(self, rows: Sequence[RecordRow]) -> list[Stated]:
        bodies = await self._records.bodies([row.place for row in rows])
        found: list[Stated] = []
        for row in rows:
            body = bodies.get(row.place)
            record = _decoded(body)
            if record is not None and body is not None and body.main is not None:
                head = self._known.by_id[row.log_id]
                one = (row, head.origin, head.party_code, record, body.main, body.entry)
                found.append(Stated(*one, body.has_restricted))
        return found


def _note(found: _Found, record: AnyRecord, row: RecordRow | None, cell: Cell) -> None:
    """Note what has to be compared with other records, and which standards are recognised."""
    if isinstance(record, StandardRecognition):
        with suppress(NumberError):  # what stands for nothing is for the checks to say
            found.recognised.add(identity_of(parse(record.number)))
    key = subject_key(record.subject)
    if key is None:
        return
    if isinstance(record, Registration):
        found.registered.add(key)
    elif cell.type in FACTS and is_matchable(record):
        found.about.append((key, cell))
    if row is not None and isinstance(record, Penalty):
        found.penalised.add(row.subject_id)


def _decoded(body: Body | None) -> AnyRecord | None:
    if body is None or body.main is None or body.quarantined:
        return None
    return decode_main(body.main)
