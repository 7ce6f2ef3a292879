"""The submissions of a member as its staff see them: whose they are, and how far each has come."""

from dataclasses import dataclass

from registry.access.asker import Asker
from registry.clock import Clock
from registry.errors import MalformedRefusal, NotFoundRefusal
from registry.exchange.rows import said_by
from registry.store.engine import Database
from registry.store.owners import Owners
from registry.store.workbench import (
    Did,
    KeptParcel,
    KeptReceipt,
    KeptRow,
    KeptSheet,
    KeptSubmission,
    WorkbenchStore,
)
from registry.workbench.job import Under
from registry.workbench.model import ConflictRefusal, Staff, cells_of, not_now, staff_of
from registry.workbench.node import Doors
from registry.workbench.rows import ROWS_MAX
from registry.workbench.sealing import Sealing
from signing.charter import Charter, Party
from signing.errors import UnknownKeyError


@dataclass(frozen=True, slots=True)
class Around:
    """A submission with how far it is: rows by state and parcel, its parcels and receipts."""

    one: KeptSubmission
    counts: dict[tuple[str, int], int]
    parcels: tuple[KeptParcel, ...]
    receipts: tuple[KeptReceipt, ...]

    def rows(self, state: str, parcel: int | None = None) -> int:
        """Return how many rows are in a state, of one parcel or of all."""
        return sum(n for (s, p), n in self.counts.items() if s == state and parcel in {None, p})


@dataclass(frozen=True, slots=True)
class RowAt:
    """A row as it is kept, and the headers of its cells."""

    row: KeptRow
    sheet: KeptSheet | None

    @property
    def cells(self) -> list[tuple[str, str]]:
        """Its cells by header; of JSON Lines one, without a header."""
        texts = cells_of(self.row.cells)
        if self.sheet is None or not self.sheet.form:
            return [("", text) for text in texts]
        pairs = zip(self.sheet.headers, texts, strict=False)  # none once it is a record
        return [pair for pair in pairs if pair[0]]


class Submissions:
    """What is looked up for whoever works at the desk; of others he learns nothing."""

    def __init__(self, db: Database, doors: Doors, sealing: Sealing, clock: Clock) -> None:
        """Take the database, what answers on this node, what seals, and the time."""
        self.store = WorkbenchStore(db)
        self._owners = Owners(db)
        self._under = Under(doors)
        self._sealing = sealing
        self._clock = clock

    def under(self, doors: Doors) -> None:
        """Work under another charter from now on."""
        self._under.doors = doors

    @property
    def charter(self) -> Charter:
        """The charter in force."""
        return self._under.doors.charter

    async def staff(self, asker: Asker) -> Staff:
        """Return whoever asks as one of the staff; raises as `staff_of`."""
        return staff_of(asker, await self._owners.of(asker.who) if asker.known else "")

    def seals(self, staff: Staff) -> bool:
        """Tell whether the member's parcels can be sealed here."""
        return self._sealing.can(staff.member)

    async def _seen(self, staff: Staff, submission: str) -> KeptSubmission:
        one = await self.store.find(submission)
        if one is None or not staff.sees(one) or one.state == "discarded":
            raise no_such()
        return one

    async def _prepared(self, staff: Staff, submission: str) -> KeptSubmission:
        one = await self._seen(staff, submission)
        if one.state != "prepared":
            raise not_now("请等待校验完成。", "Wait until all is checked.", "still-checking")
        return one

    async def _around(self, one: KeptSubmission) -> Around:
        return Around(
            one,
            await self.store.counts(one.id),
            tuple(await self.store.parcels(one.id)),
            tuple(await self.store.receipts(one.id)),
        )

    async def _settle(self, one: KeptSubmission) -> None:
        """Look whether what was taken away as files has been admitted; then it is done."""
        for parcel in await self.store.parcels(one.id):
            if parcel.state == "reviewed":
                await self._settle_one(one, parcel)

    async def _settle_one(self, one: KeptSubmission, parcel: KeptParcel) -> None:
        party = self._party(one.member)
        first = await self.store.rows(one.id, "good", parcel.parcel, 0, 1)
        if not await self.store.stated(party.origin, [row.record_id for row in first]):
            return  # not a look at all of them each time that somebody looks
        rows = await self.store.rows(one.id, "good", parcel.parcel, 0, ROWS_MAX)
        stated = await self.store.stated(party.origin, [row.record_id for row in rows])
        places = {
            row.row: stated[row.record_id][0]
            for row in rows
            if row.record_id in stated
            and said_by(stated[row.record_id][1]).digest == said_by(row.record).digest
        }
        if len(places) < len(rows):
            return
        note = await self._under.doors.ledger.checkpoint(party.origin)
        size = max(places.values()) + 1
        receipt = KeptReceipt(parcel.parcel, min(places.values()), size, note)
        did = Did(self._clock.now(), "", "", "admitted", 0, parcel.parcel, str(len(places)))
        await self.store.admitted(one.id, parcel.parcel, places, [receipt], did)

    def _party(self, member: str) -> Party:
        """Return the member as the charter in force has it; raises NotFoundRefusal for none."""
        try:
            return self._under.doors.charter.party_by_code(member)
        except UnknownKeyError as error:
            raise no_such() from error


def changed_meanwhile() -> ConflictRefusal:
    """Return the refusal of a change to what somebody else has changed meanwhile."""
    return ConflictRefusal(
        "该行已被他人修改或已送复核，您填写的内容未保存，请对照后再提交。",
        "Somebody else has changed this row or sent it on; what you typed is not kept yet: compare "
        "both, then send it again.",
    )


def gone_on() -> MalformedRefusal:
    """Return the refusal of what does not fit how far a parcel is by now."""
    return not_now(
        "该报送包的状态已变化，请刷新页面。",
        "The parcel has gone on meanwhile: look at the page again.",
        "gone-on",
    )


def no_such() -> NotFoundRefusal:
    """Return the refusal of what is not there, or is another department's."""
    return NotFoundRefusal(
        "没有这项报送内容。", "There is no such submission.", code="no-submission"
    )
