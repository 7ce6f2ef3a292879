"""What the desk does by itself: check files that were sent, seal parcels that were approved."""

import asyncio
from typing import Final

from registry.clock import Clock
from registry.domain.disclosure import Role
from registry.errors import Refusal
from registry.forms.cells import FormRow
from registry.projections.follow import Loop
from registry.store.workbench import Did, KeptReceipt, KeptSubmission, WorkbenchStore
from registry.workbench.model import cells_of, found_about, found_text
from registry.workbench.node import Doors
from registry.workbench.rows import ROWS_MAX, Member, Reading, form_of, told
from registry.workbench.sealing import Sealed, Sealing, SealingError

_FAILED: Final = ("节点处理时出错，请联系节点运营者。", "The node failed at it: ask its operator.")


class Under:
    """What answers on this node now; another charter brings others."""

    def __init__(self, doors: Doors) -> None:
        """Take what answers at the start."""
        self.doors = doors


class Checker(Loop):
    """Reads and checks one file after another; one that was begun is begun anew."""

    def __init__(self, store: WorkbenchStore, under: Under, clock: Clock) -> None:
        """Take where drafts are kept, what answers now, and the time."""
        super().__init__("desk-checks")
        self._store = store
        self._under = under
        self._clock = clock

    async def step(self) -> int:
        """Check one file to its end; return how many rows it had."""
        one = await self._store.waiting()
        if one is None:
            return 0
        try:
            return await self._check(one)
        except Refusal as refusal:  # of the file as it is, and so whatever is tried
            await self._store.checked(one.id, "unreadable", 0, (refusal.zh, refusal.en))
            return 1
        except Exception:
            await self._store.failed(one.id, _FAILED)
            raise

    async def _check(self, one: KeptSubmission) -> int:
        charter = self._under.doors.charter
        party = charter.party_by_code(one.member)
        member = Member(charter, party, one.department)
        content = await self._store.content(one.id)
        reading = await asyncio.to_thread(Reading, content, member)
        while True:
            sheets, rows = await asyncio.to_thread(reading.next)
            if not rows:
                break
            ids = [row.record_id for row in rows if row.state == "good"]
            stated = await self._store.stated(party.origin, ids)
            await self._store.put(one.id, sheets, told(rows, stated), reading.total)
        await self._store.checked(one.id, "prepared", reading.done, ("", ""))
        return max(reading.done, 1)


class Sealer(Loop):
    """Seals one approved parcel after another."""

    def __init__(self, store: WorkbenchStore, under: Under, sealing: Sealing, clock: Clock) -> None:
        """Take where drafts are kept, what answers now, what seals, and the time."""
        super().__init__("desk-seals")
        self._store = store
        self._under = under
        self._sealing = sealing
        self._clock = clock

    async def step(self) -> int:
        """Seal one parcel; return 0 where none waits.

        What stops it is told on the page, and the parcel waits for the publisher to try again.
        """
        waiting = await self._store.sealing()
        if waiting is None:
            return 0
        submission, parcel, member = waiting
        rows = await self._store.rows(submission, "good", parcel, 0, ROWS_MAX)
        doors = self._under.doors
        try:
            party = doors.charter.party_by_code(member)
            sealed = await self._sealing.seal(doors, party, rows)
        except SealingError as error:
            did = self._did("stopped", parcel, error.zh)
            back = ("sealing", "reviewed")
            await self._store.move(submission, parcel, back, (error.zh, error.en), did)
            return 1
        for row in sealed.refused:
            form = await self._as_typed(submission, row.form.row, Member(doors.charter, party, ""))
            found = found_text(found_about(form or row.form, row.findings))
            await self._store.refuse(submission, row.form.row, found)
        await self._note(submission, parcel, sealed)
        return 1

    async def _as_typed(self, submission: str, number: int, member: Member) -> FormRow | None:
        """Return a row with its columns, so that what the node found can be told by them."""
        row = await self._store.row(submission, number)
        sheets = await self._store.sheets(submission)
        if row is None:
            return None
        return form_of(row, sheets.get(row.sheet), cells_of(row.cells), member.defaults)

    async def _note(self, submission: str, parcel: int, sealed: Sealed) -> None:
        receipts = [
            KeptReceipt(parcel, one.start, one.end, one.receipt.note) for one in sealed.delivered
        ]
        did = self._did("admitted", parcel, str(len(sealed.places)))
        await self._store.admitted(submission, parcel, dict(sealed.places), receipts, did)

    def _did(self, what: str, parcel: int, said: str) -> Did:
        return Did(self._clock.now(), "", Role.PUBLISHER.value, what, 0, parcel, said)
