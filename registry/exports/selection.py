"""Which records go to a door: those of the member's own log that it may be given now.

Nothing is taken from what was once found out: each record is read with the acts on it, and the one
table of disclosure says with the eyes of the door whether it may be shared today (Order 36 art. 3).
What was relayed from elsewhere goes to no door from here: its own organ reports it.
"""

from collections.abc import AsyncIterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, time
from hashlib import sha256
from typing import Final

from msgspec import UNSET, ValidationError

from registry.clock import SHANGHAI, end_of
from registry.domain.disclosure import class_of
from registry.domain.life import begins_upon, counts_on
from registry.domain.records import TYPE_OF, Act, AnyRecord, Penalty, Permit, decode_main
from registry.domain.showing import shown_as
from registry.errors import UnavailableRefusal
from registry.exports.cells import Problem, Row, day_text, form_of, row_of
from registry.exports.model import LEFT_MAX, ROWS_MAX, TEXT_MAX, LeftOut, Wish, name_of, style_of
from registry.exports.templates import DOORS, ENDED
from registry.query.show import Sight, intact
from registry.query.views import Viewer
from registry.store.engine import Database
from registry.store.exports import ExportStore, Held, KeptExport, KeptRow, Named
from registry.store.reading import Head
from registry.store.reading_files import Stated, open_reading

STEP: Final = 200
"""Records read at once: at most 50 MiB, as long as lines may be."""
_DIGEST: Final = 32
_BY_ACT: Final = {
    "withdrawn": "withdrawal",
    "repaired": "repair",
    "amended": "amendment",
    "shielded": "reorganisation_shield",
}
"""The type of the act that ends a record so."""


@dataclass(frozen=True, slots=True)
class Under:
    """For whom it is read: the log, the department (None = all), whether with documents, today."""

    head: Head
    unit: str | None
    documents: bool
    day: date


@dataclass(slots=True)
class Chosen:
    """What goes into a file, and what does not."""

    rows: list[Row] = field(default_factory=list)
    left: list[LeftOut] = field(default_factory=list)
    left_count: int = 0
    more: bool = False
    documents: bool = False
    size: int = 0

    def leave(self, idx: int, *problems: Problem) -> None:
        """Note what keeps a record out, or may make it come back."""
        stops = any(one.stops for one in problems)
        self.left_count += stops
        most = LEFT_MAX if stops else LEFT_MAX // 2  # remarks leave room for what is left out
        room = max(0, most - len(self.left))
        self.left += [LeftOut(idx, one) for one in problems[:room]]

    def full(self, row: Row, most: int = ROWS_MAX) -> bool:
        """Tell whether a further row would be too much for one file of so many rows."""
        many = len(self.rows) >= most or self.size + row.size > TEXT_MAX
        self.more = self.more or (many and bool(self.rows))
        return self.more


@dataclass(frozen=True, slots=True)
class Over:
    """A record that a door holds and may not use any more."""

    kept: KeptRow
    cells: tuple[str, ...]


class Selection:
    """Reads what can be exported."""

    def __init__(self, db: Database, store: ExportStore, most: int = ROWS_MAX) -> None:
        """Take the open database, where exports are kept, and how many rows a file has."""
        self._db = db
        self._store = store
        self._most = most

    async def chosen(self, wish: Wish, under: Under) -> Chosen:
        """Return the records that a wish asks for, as many as one file has."""
        found = Chosen()
        style = style_of(wish.format)
        sight = Sight(Viewer(DOORS[wish.door].role), under.day, under.day)
        async for named in self._asked(wish, under):
            stated = await self._stated(under.head.log_id, named)
            ours = [one for one in named if (under.head.log_id, one.idx) in stated]
            parts = await self.parts(under, ours)
            for one in ours:
                is_shared = self._shared(stated[under.head.log_id, one.idx], sight, under, found)
                if not is_shared or one.main is None:
                    continue
                row = row_of(wish.kind, wish.form, style, (one.idx, one.main, parts.get(one.idx)))
                if not row.fits:
                    found.leave(row.idx, *row.problems)
                    continue
                if found.full(row, self._most):
                    return found
                found.rows.append(row)
                found.size += row.size
                found.documents = found.documents or one.idx in parts
                found.leave(row.idx, *row.problems)
        return found

    def _shared(self, one: Stated, sight: Sight, under: Under, found: Chosen) -> bool:
        """Tell whether a record may go to the door; what stands and may not is noted."""
        intact((one,))
        if sight.sees(one):
            return True
        if one.state_on(under.day) == "standing":
            unclassified = class_of(one.record) == "unclassified"
            found.leave(one.row.idx, Problem("unclassified" if unclassified else "not-shared"))
        return False

    async def parts(self, under: Under, named: Sequence[Named]) -> dict[int, bytes]:
        """Return the restricted parts that may be given, as logged; raises UnavailableRefusal."""
        if not under.documents:
            return {}
        log_id, entries = under.head.log_id, {one.idx: one.entry for one in named}
        parts = await self._store.restricted(log_id, entries)
        for idx, part in parts.items():
            if sha256(part).digest() != entries[idx][_DIGEST:]:
                place = f"{under.head.origin}/{idx}"
                raise UnavailableRefusal(
                    f"本节点所存的 {place} 与日志不符，暂不提供；请联系运营者核对。",
                    f"what this node stores at {place} is not what was logged; its operator must "
                    "look.",
                    code="body-differs",
                )
        return parts

    async def _asked(self, wish: Wish, under: Under) -> AsyncIterator[list[Named]]:
        """Give the records that fit, whatever may be shared of them, some at a time in order."""
        async for some in self._entries(wish, under):
            fit = [one for one in some if _fits(one, wish, under)]
            if wish.what == "new" and fit:
                places = [one.idx for one in fit]
                told = await self._store.told(under.head.log_id, wish.door, places)
                known = {idx for idx, held in told.items() if held.act == "report"}
                fit = [one for one in fit if one.idx not in known]
            if fit:
                yield fit

    async def _entries(self, wish: Wish, under: Under) -> AsyncIterator[list[Named]]:
        log_id = under.head.log_id
        if wish.submission:
            asked = (wish.submission, wish.parcel, under.head.party_code, under.unit)
            places = [at for at in await self._store.of_parcel(*asked) if at >= wish.after]
            for start in range(0, len(places), STEP):
                yield await self._store.at(log_id, places[start : start + STEP])
            return
        start, end = await self._store.admitted(
            log_id, _begin(wish.admitted_from), _end(wish.admitted_to)
        )
        start, end = max(start, wish.after), min(end, under.head.size)
        while some := await self._store.named(log_id, wish.kind, (start, end), STEP):
            yield some
            start = some[-1].idx + 1

    async def _stated(
        self, log_id: int, named: Sequence[Named]
    ) -> Mapping[tuple[int, int], Stated]:
        """Return these records with all acts on them; quarantined and erased ones are absent."""
        ids = [(log_id, decode_main(one.main).id) for one in named if one.main is not None]
        async with open_reading(self._db) as reading:
            known = await reading.logs.known()
            rows = await reading.records.by_ids(ids)
            # All about their subjects: what is upon a former version of a record is upon it.
            rows = await reading.records.of_subjects({row.subject_id for row in rows})
            return await reading.files.stated(rows, known)

    async def still(self, one: KeptExport, under: Under, places: Sequence[int]) -> set[int]:
        """Return which of these records may still go to an export's door."""
        sight = Sight(Viewer(DOORS[one.door].role), under.day, under.day)
        named = await self._store.at(under.head.log_id, places)
        stated = await self._stated(under.head.log_id, named)
        found = (stated.get((under.head.log_id, idx)) for idx in places)
        return {record.row.idx for record in found if record is not None and sight.sees(record)}

    # --- what a door holds and may not use any more ---

    async def over(self, wish: Wish, under: Under) -> tuple[list[KeptRow], bool]:
        """Return what to tell a door that it has ended, and whether there is more than a file."""
        rows: list[KeptRow] = []
        about = (wish.door, wish.kind, wish.form)
        after = wish.after - 1
        while held := await self._store.held(under.head.log_id, about, under.unit, after, STEP):
            for one, (state, on) in await self._ended(wish, under, held):
                if len(rows) == self._most:
                    return rows, True
                rows.append(KeptRow(len(rows) + 1, one.idx, state, on, one.number, one.row))
            after = held[-1].idx
        return rows, False

    async def _ended(
        self, wish: Wish, under: Under, held: Sequence[Held]
    ) -> list[tuple[Held, tuple[str, date]]]:
        log_id, day = under.head.log_id, under.day
        sight = Sight(Viewer(DOORS[wish.door].role), day, day)
        named = await self._store.at(log_id, [one.idx for one in held])
        gone = {one.idx for one in named if one.main is None}
        stated = await self._stated(log_id, named)
        found: list[tuple[Held, tuple[str, date]]] = []
        for one in held:
            record = stated.get((log_id, one.idx))
            if one.idx in gone:
                found.append((one, ("erased", day)))
            elif record is None:
                found.append((one, ("other", day)))
            elif not sight.sees(record):
                found.append((one, _why(record, day)))
        return found

    async def over_cells(
        self, rows: Sequence[KeptRow], under: Under, form: str
    ) -> list[tuple[str, ...]]:
        """Return what a list of ended records says of these."""
        style = style_of(form)
        log_id = under.head.log_id
        files = await self._store.files(log_id, {row.was_number for row in rows})
        names = {number: name_of(one) for number, one in files.items()}
        cells: list[tuple[str, ...]] = []
        for start in range(0, len(rows), STEP):
            some = rows[start : start + STEP]
            named = await self._store.at(log_id, [row.idx for row in some])
            records = {one.idx: decode_main(one.main) for one in named if one.main is not None}
            for row in some:
                said = _said(records.get(row.idx))
                decided = day_text(said[1], style) if said[1] else ""
                since = day_text(row.ended_on, style) if row.ended_on else ""
                place = (names[row.was_number], str(row.was_row))
                cells.append((*place, *said[0], decided, ENDED[row.ended], since))
        return cells


def _said(record: AnyRecord | None) -> tuple[tuple[str, ...], date | None]:
    """Return by what a door knows a record, and when it was decided; empty when it was erased."""
    if not isinstance(record, Penalty | Permit):
        return ("",) * 5, None
    organ, subject = record.authority, record.subject
    codes = ("" if code is UNSET else code for code in (subject.uscc, organ.uscc))
    own, of_organ = codes
    return (record.decision_no, subject.name, own, organ.name, of_organ), record.decided_on


def _why(one: Stated, day: date) -> tuple[str, date]:
    """Return what became of a record, and since when."""
    state = one.state_on(day)
    if state in _BY_ACT:
        days = [
            begins_upon(act.record, one.record)
            for act in one.acts
            if isinstance(act.record, Act)
            and act.row.type == _BY_ACT[state]
            and counts_on(act, day, upon=one.record)
        ]
        return state, min(days, default=day)
    if state in ENDED:
        return state, day
    until = shown_as(one.record, state, day, one.row.flags).publicity_until
    return ("expired" if until is not None and until < day else "other"), day


def _fits(one: Named, wish: Wish, under: Under) -> bool:
    """Tell whether an entry is a record that a wish asks for."""
    try:
        record = decode_main(one.main or b"")
    except ValidationError:
        return False
    return (
        TYPE_OF[type(record)] == wish.kind
        and form_of(record.subject) == wish.form
        and record.provenance.kind == "original"
        and under.unit in {None, record.source_unit.name, record.authority.name}
        and (wish.decided_from is None or wish.decided_from <= record.decided_on)
        and (wish.decided_to is None or record.decided_on <= wish.decided_to)
    )


def _begin(day: date | None) -> datetime | None:
    return None if day is None or day == date.min else datetime.combine(day, time(), SHANGHAI)


def _end(day: date | None) -> datetime | None:
    return None if day is None or day == date.max else end_of(day)
