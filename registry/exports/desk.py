"""Exports as a member's staff have to do with them: make, look, take again, hand in what came back.

Whoever works at the desk exports what his member has stated, of his own department if he has one.
A file is written down before it can be had: who, when, for which door, which records, its digest.
It is kept nowhere. Whoever takes it has it made anew from the log, and it is given only if it is
the same; where a record has ended since, it is not, and the list of what has ended is what to send.
"""

import asyncio
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import date
from hashlib import sha256
from typing import Final

import msgspec

from registry.access.log import ANSWERED
from registry.access.reads import Reads
from registry.clock import Clock, today
from registry.domain.disclosure import may_read_documents
from registry.domain.records import Penalty, Permit, decode_main
from registry.exports.cells import row_of
from registry.exports.message import SEQUENCE_MAX
from registry.exports.model import (
    ROWS_MAX,
    Made,
    Wish,
    form_of_kept,
    kind_of,
    name_of,
    style_of,
    written,
)
from registry.exports.refusals import (
    busy,
    ended_since,
    meanwhile,
    no_number,
    no_such,
    none_matched,
    not_for_him,
    not_the_same,
    nothing_stated,
    with_documents,
)
from registry.exports.returns import Matched, Sent, Unmatched, read_return
from registry.exports.selection import STEP, Chosen, Selection, Under
from registry.exports.templates import TEMPLATES
from registry.store.engine import Database
from registry.store.exports import (
    LISTED_MAX,
    ExportStore,
    KeptExport,
    KeptReturn,
    KeptRow,
    Result,
)
from registry.store.owners import Owners
from registry.store.reading import Head, LogReading
from registry.workbench.model import Staff, staff_of
from signing.charter import Charter
from signing.errors import UnknownKeyError

__all__ = ["LISTED_MAX", "KeptExport", "KeptReturn", "Matched", "Unmatched"]
READ: Final = "export"
READ_DOCUMENTS: Final = "export-documents"
"""Kinds of rows of the access log; the second is of files with numbers of identity documents."""
WAITING_MAX: Final = 8
"""Files that are made or wait to be made at once, in a node."""
_ANY: Final = 2**31 - 1


@dataclass(frozen=True, slots=True)
class Listed:
    """An export and how many of its rows the door has accepted and rejected."""

    one: KeptExport
    accepted: int
    rejected: int

    @property
    def open(self) -> int:
        """Rows of which nothing was said."""
        return self.one.records - self.accepted - self.rejected


@dataclass(frozen=True, slots=True)
class RowView:
    """A row of an export, by what its staff know it; ``draft`` is where it was prepared here."""

    kept: KeptRow
    number: str
    name: str
    result: Result | None
    draft: tuple[str, int] | None


@dataclass(frozen=True, slots=True)
class _Mine:
    """Whoever asks: his staff's rights, his log, his department (None = all)."""

    staff: Staff
    head: Head
    unit: str | None


class Exports:
    """All that can be done with exports."""

    def __init__(self, db: Database, charter: Charter, clock: Clock) -> None:
        """Take the open database, the charter in force and the time."""
        self._db = db
        self._store = ExportStore(db)
        self._owners = Owners(db)
        self._selection = Selection(db, self._store)
        self._charter = charter
        self._clock = clock
        self._turn = asyncio.Lock()  # a file of 50,000 rows takes a core for seconds
        self._waiting = 0

    def under(self, charter: Charter) -> None:
        """Work under another charter from now on."""
        self._charter = charter

    async def staff(self, reads: Reads) -> Staff:
        """Return whoever asks as one of the desk's staff; raises as `staff_of`."""
        asker = reads.asker
        return staff_of(asker, await self._owners.of(asker.who) if asker.known else "")

    async def make(self, reads: Reads, wish: Wish) -> Made:
        """Write an export down; its file can be had from then on.

        Raises:
            TooManyRefusal: too many files are being made (``busy``).
            NotGrantedRefusal: no staff, or no reader of documents (``documents-not-yours``).
            MalformedRefusal: the door takes no natural persons (``no-persons-there``).
            ConflictRefusal: somebody else has exported the same meanwhile.
            TooLargeRefusal: no file number is left for that day (``no-number``).
            UnavailableRefusal: a record is not what was logged.
        """
        mine = await self._mine(reads)
        documents = with_documents(mine.staff, wish)
        unit = wish.unit or None if mine.unit is None else mine.unit
        day = today(self._clock)
        under = Under(mine.head, unit, documents, day)
        async with self._alone():
            seen = await self._store.last(mine.head.log_id)
            chosen, rows = await self._found(wish, under)
            number = 0
            if rows:
                one = await self._written(mine.staff, wish, under, (chosen, rows))
                free = _ANY if wish.what == "all" else seen
                kept = await self._store.add(mine.head.log_id, one, rows, free)
                if kept is None:
                    raise meanwhile()
                number = kept
        if number:
            place = f"{mine.head.origin}/{number}"
            kind = READ_DOCUMENTS if chosen.documents else READ
            await reads.write(kind, ANSWERED, place=place)
        after = rows[-1].idx + 1 if rows else 0
        left = tuple(chosen.left)
        return Made(number, len(rows), left, chosen.left_count, chosen.more, after)

    async def _found(self, wish: Wish, under: Under) -> tuple[Chosen, list[KeptRow]]:
        if wish.what == "ended":
            rows, more = await self._selection.over(wish, under)
            return Chosen(more=more), rows
        chosen = await self._selection.chosen(wish, under)
        ours = enumerate(chosen.rows, start=1)
        return chosen, [KeptRow(number, row.idx, "", None, 0, 0) for number, row in ours]

    async def _written(
        self, staff: Staff, wish: Wish, under: Under, found: tuple[Chosen, list[KeptRow]]
    ) -> KeptExport:
        """Return an export with its digest; a number for the file is taken."""
        chosen, rows = found
        report = TEMPLATES[wish.kind].report
        asked = (under.head.log_id, wish.department, report, under.day)
        sequence = await self._store.sequence(*asked)
        if sequence > SEQUENCE_MAX:
            raise no_number()
        ended = wish.what == "ended"
        one = KeptExport(
            number=0,
            at=self._clock.now(),
            who=staff.who,
            role=staff.role.value,
            unit=under.unit or "",
            door=wish.door,
            kind=wish.kind,
            form=wish.form,
            format=wish.format,
            act="ended" if ended else "report",
            documents=chosen.documents,
            department=wish.department,
            day=under.day,
            sequence=sequence,
            sha256=bytes(32),
            size=0,
            records=len(rows),
            asked=msgspec.json.encode(wish).decode(),
            left_out=msgspec.json.encode(chosen.left).decode(),
            left_count=chosen.left_count,
        )
        cells: Sequence[Sequence[str]] = [row.cells for row in chosen.rows]
        if ended:
            cells = await self._selection.over_cells(rows, under, wish.format)
        body = await asyncio.to_thread(written, one, under.head.party_code, cells)
        return one._replace(sha256=sha256(body).digest(), size=len(body))

    # --- looking ---

    async def all(self, reads: Reads, before: int = 0) -> tuple[Listed, ...]:
        """Return exports before a number (0: the newest first), bounded."""
        mine = await self._mine(reads)
        found = await self._store.all(mine.head.log_id, mine.unit, before)
        return await self._counted(mine, found)

    async def view(self, reads: Reads, number: int) -> tuple[Listed, tuple[KeptReturn, ...]]:
        """Return an export, and what came back; raises NotFoundRefusal."""
        mine = await self._mine(reads)
        one = await self._one(mine, number)
        (listed,) = await self._counted(mine, [one])
        return listed, tuple(await self._store.returns(mine.head.log_id, number))

    async def rows(
        self, reads: Reads, number: int, wanted: str, after: int, limit: int
    ) -> tuple[RowView, ...]:
        """Return rows behind one: all (''), accepted, rejected, or open; raises as `view`."""
        mine = await self._mine(reads)
        await self._one(mine, number)
        found = await self._store.results(mine.head.log_id, number, wanted, after, limit)
        places = [kept.idx for kept, _ in found]
        known = await self._known(mine.head.log_id, places)
        drafts = await self._store.drafts(mine.staff.member, places)
        await reads.write(READ, ANSWERED, place=f"{mine.head.origin}/{number}")
        return tuple(
            RowView(kept, *known.get(kept.idx, ("", "", ""))[::2], said, drafts.get(kept.idx))
            for kept, result in found
            for said in (_told(result, erased=kept.idx not in known),)
        )

    async def _counted(self, mine: _Mine, found: Sequence[KeptExport]) -> tuple[Listed, ...]:
        counts = await self._store.counts(mine.head.log_id, [one.number for one in found])
        return tuple(
            Listed(one, said.get("accepted", 0), said.get("rejected", 0))
            for one in found
            for said in (counts.get(one.number, {}),)
        )

    async def _known(self, log_id: int, places: Sequence[int]) -> dict[int, tuple[str, str, str]]:
        """Return document number, code and name of the records at these places."""
        found: dict[int, tuple[str, str, str]] = {}
        for start in range(0, len(places), STEP):
            for one in await self._store.at(log_id, places[start : start + STEP]):
                record = None if one.main is None else decode_main(one.main)
                if isinstance(record, Penalty | Permit):
                    code = record.subject.uscc
                    code = code if isinstance(code, str) else ""
                    found[one.idx] = (record.decision_no, code, record.subject.name)
        return found

    # --- files ---

    async def file(self, reads: Reads, number: int) -> tuple[str, bytes]:
        """Return the name of an export's file and its bytes, made anew and the same.

        Raises:
            TooManyRefusal: as `make`.
            NotGrantedRefusal: it holds documents that are not for him (``documents-not-yours``).
            ConflictRefusal: a record of it has ended since (``ended-since``).
            UnavailableRefusal: it does not come out the same (``not-the-same``).
        """
        mine = await self._mine(reads)
        one = await self._one(mine, number)
        if one.documents and not may_read_documents(mine.staff.role):
            raise not_for_him(mine.staff)
        async with self._alone():
            body = await self._again(one, Under(mine.head, None, one.documents, self._today()))
        place = f"{mine.head.origin}/{number}"
        await reads.write(READ_DOCUMENTS if one.documents else READ, ANSWERED, place=place)
        return name_of(one), body

    async def _again(self, one: KeptExport, under: Under) -> bytes:
        rows = await self._store.rows(under.head.log_id, one.number, 0, ROWS_MAX)
        if one.act == "ended":
            cells: Sequence[Sequence[str]] = await self._selection.over_cells(
                rows, under, one.format
            )
        else:
            cells = await self._cells(one, under, rows)
        body = await asyncio.to_thread(written, one, under.head.party_code, cells)
        if sha256(body).digest() != one.sha256:
            raise not_the_same()
        return body

    async def _cells(
        self, one: KeptExport, under: Under, rows: Sequence[KeptRow]
    ) -> list[tuple[str, ...]]:
        cells: list[tuple[str, ...]] = []
        kind, form = kind_of(one.kind), form_of_kept(one.form)
        ended: list[int] = []
        for start in range(0, len(rows), STEP):
            some = {row.idx: row.row for row in rows[start : start + STEP]}
            still = await self._selection.still(one, under, list(some))
            ended += [row for idx, row in some.items() if idx not in still]
            named = await self._store.at(under.head.log_id, list(some))
            parts = await self._selection.parts(under, named)
            for entry in named:
                if entry.idx in still and entry.main is not None:
                    record = (entry.idx, entry.main, parts.get(entry.idx))
                    cells.append(row_of(kind, form, style_of(one.format), record).cells)
        if ended:
            raise ended_since(ended)
        return cells

    # --- what came back ---

    async def take(self, reads: Reads, number: int, file: str, content: bytes) -> Matched:
        """Keep what a door says of the rows of an export; raises as `view` and `read_return`."""
        mine = await self._mine(reads)
        one = await self._one(mine, number)
        rows = await self._store.rows(mine.head.log_id, number, 0, ROWS_MAX)
        known = await self._known(mine.head.log_id, [row.idx for row in rows])
        sent = [Sent(row.row, *known[row.idx]) for row in rows if row.idx in known]
        matched = await asyncio.to_thread(read_return, content, sent)
        if not matched.results:
            raise none_matched(matched.unmatched_count)
        kept = KeptReturn(
            0,
            self._clock.now(),
            mine.staff.who,
            file.replace("\0", "")[-100:],
            sha256(content).digest(),
            len(matched.results),
            msgspec.json.encode(matched.unmatched).decode(),
        )
        await self._store.take(mine.head.log_id, one.number, kept, matched.results)
        await reads.write(READ, ANSWERED, place=f"{mine.head.origin}/{number}")
        return matched

    @asynccontextmanager
    async def _alone(self) -> AsyncIterator[None]:
        """Make one file after the other; raises TooManyRefusal where too many wait."""
        if self._waiting >= WAITING_MAX:
            raise busy()
        self._waiting += 1
        try:
            async with self._turn:
                yield
        finally:
            self._waiting -= 1

    # --- who asks ---

    def _today(self) -> date:
        return today(self._clock)

    async def _mine(self, reads: Reads) -> _Mine:
        """Return who asks and his log; raises as `staff`, and NotFoundRefusal without a log."""
        staff = await self.staff(reads)
        try:
            origin = self._charter.party_by_code(staff.member).origin
        except UnknownKeyError as error:
            raise no_such() from error
        head = (await LogReading(self._db.pool).known()).by_origin.get(origin)
        if head is None:
            raise nothing_stated()
        return _Mine(staff, head, staff.asker.grant.department or None)

    async def _one(self, mine: _Mine, number: int) -> KeptExport:
        one = await self._store.find(mine.head.log_id, number) if number < _ANY else None
        if one is None or mine.unit not in {None, one.unit}:
            raise no_such()
        return one


def _told(result: Result | None, *, erased: bool) -> Result | None:
    """Return what a door said of a row; of a record that was erased, not why."""
    return result._replace(reason="") if erased and result else result


def unmatched_of(kept: KeptReturn) -> tuple[Unmatched, ...]:
    """Return the rows of a file that came back and fitted none."""
    return msgspec.json.decode(kept.unmatched, type=tuple[Unmatched, ...])
