"""The desk as its staff have to do with it: upload, look, fix, send, review, seal, take away."""

import secrets
from collections.abc import AsyncIterator, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from datetime import date
from typing import Final

from registry.clock import today
from registry.domain.calendar import nth_working_day
from registry.domain.disclosure import Role
from registry.errors import (
    MalformedRefusal,
    NotGrantedRefusal,
    TooLargeRefusal,
)
from registry.exchange.rows import said_by
from registry.forms.files import to_fix_csv, to_fix_jsonl
from registry.forms.rows import Part
from registry.forms.sheets_write import to_fix_workbook
from registry.store.workbench import (
    SUBMISSIONS_MAX,
    Did,
    KeptReceipt,
    KeptRow,
    KeptSheet,
    KeptSubmission,
)
from registry.workbench.job import Checker, Sealer
from registry.workbench.model import Staff, cells_of, not_now
from registry.workbench.rows import (
    ROWS_MAX,
    Member,
    again,
    drafted_row,
    rows_to_fix,
    to_sign,
    told,
    twice,
)
from registry.workbench.statement import Statement, month_after, month_of, start_of
from registry.workbench.submissions import (
    Around,
    RowAt,
    Submissions,
    changed_meanwhile,
    gone_on,
    no_such,
)

__all__ = ["SUBMISSIONS_MAX", "Around", "RowAt"]
AHEAD: Final = 5
"""Working days ahead of which drafts are told as due."""
UPLOAD_MAX: Final = 64 * 1024 * 1024
"""Bytes of a file: fifty thousand rows with long texts, as a workbook far less."""
CELLS_MAX: Final = 256 * 1024
"""Characters of a row that is typed: no record line is longer."""
REASON_MAX: Final = 500
FILE_NAME_MAX: Final = 100
_STARTED: Final = frozenset({"good", "to-fix", "repeated"})


class Workbench(Submissions):
    """All that can be done at the desk, each by whom it is for."""

    @asynccontextmanager
    async def running(self) -> AsyncIterator[None]:
        """Check and seal while the block runs; what is not done at its end goes on later."""
        async with AsyncExitStack() as stack:
            for one in self.loops():
                await stack.enter_async_context(one.following())
            yield

    def loops(self) -> tuple[Checker, Sealer]:
        """Return what checks files and what seals parcels."""
        return (
            Checker(self.store, self._under, self._clock),
            Sealer(self.store, self._under, self._sealing, self._clock),
        )

    # --- submissions ---

    async def upload(self, staff: Staff, file: str, content: bytes) -> str:
        """Take a file, whole, to be checked; return the submission's id.

        Raises:
            NotGrantedRefusal: ``other-role``.
            MalformedRefusal: the file is empty (``no-rows``).
            TooLargeRefusal: ``too-large``, or too many files wait (``too-many-files``).
        """
        staff.must(Role.CLERK, Role.REVIEWER)
        if not content.strip():
            raise MalformedRefusal("文件是空的。", "The file is empty.", code="no-rows")
        if len(content) > UPLOAD_MAX:
            most = UPLOAD_MAX // 2**20
            raise TooLargeRefusal(f"文件最大 {most} MiB。", f"A file has at most {most} MiB.")
        one = KeptSubmission(
            id=secrets.token_hex(16),
            member=staff.member,
            department=staff.asker.grant.department,
            file=file.replace("\0", "")[-FILE_NAME_MAX:],
            made_at=self._clock.now(),
            prepared_by=staff.who,
            state="checking",
            lines=0,
            done=0,
            failures=0,
            wrong_zh="",
            wrong_en="",
        )
        if not await self.store.add(one, content, staff.did(self._clock, "uploaded")):
            raise TooLargeRefusal(
                "等待校验的文件过多，请稍后再上传。",
                "Too many files wait to be checked: upload this one a little later.",
                code="too-many-files",
            )
        return one.id

    async def all(self, staff: Staff, behind: int = 0) -> tuple[Around, ...]:
        """Return submissions that he sees, the newest first, behind so many; bounded."""
        found = await self.store.of_member(staff.member, staff.department, behind)
        return tuple([await self._around(one) for one in found])

    async def view(self, staff: Staff, submission: str) -> Around:
        """Return a submission; raises NotFoundRefusal, also for one of others."""
        one = await self._seen(staff, submission)
        await self._settle(one)
        return await self._around(one)

    async def rows(
        self, staff: Staff, submission: str, wanted: tuple[str, int], after: int, limit: int
    ) -> tuple[RowAt, ...]:
        """Return rows behind one, of a state ('' = all) and a parcel (-1 = all)."""
        await self._seen(staff, submission)
        sheets = await self.store.sheets(submission)
        found = await self.store.rows(submission, *wanted, after, limit)
        return tuple(RowAt(row, sheets.get(row.sheet)) for row in found)

    async def row(self, staff: Staff, submission: str, row: int) -> RowAt:
        """Return one row; raises NotFoundRefusal."""
        await self._seen(staff, submission)
        found = await self.store.row(submission, row)
        if found is None:
            raise no_such()
        return RowAt(found, (await self.store.sheets(submission)).get(found.sheet))

    async def logged(self, staff: Staff, submission: str) -> list[Did]:
        """Return who did what with a submission."""
        await self._seen(staff, submission)
        return await self.store.logged(submission)

    async def discard(self, staff: Staff, submission: str) -> None:
        """Throw away what of a submission has become no record; raises as :meth:`change`."""
        staff.must(Role.CLERK, Role.REVIEWER)
        await self._seen(staff, submission)
        if not await self.store.discard(submission, staff.did(self._clock, "discarded")):
            raise not_now(
                "已有部分送复核或签章，须先办结。",
                "Some of it is in review or to be sealed: that comes first.",
                "under-way",
            )

    async def due(self, staff: Staff) -> list[tuple[date, str, int]]:
        """Return until when drafts are due, by which clock, and how many; what is near or past."""
        until = nth_working_day(today(self._clock), AHEAD).day
        return await self.store.due(staff.member, staff.department, until)

    async def statement(self, staff: Staff, month: str) -> Statement:
        """Return what was reported in a month (YYYY-MM), the present one where it is ''.

        Raises:
            MalformedRefusal: it is no month (``bad-month``).
        """
        first = month_of(month or today(self._clock).isoformat()[:7])
        span = (start_of(first), start_of(month_after(first)))
        counted = await self.store.statement(staff.member, staff.department, *span)
        return Statement(first, tuple(counted))

    # --- rows ---

    async def change(
        self, staff: Staff, submission: str, row: int, seen: int, texts: Sequence[str]
    ) -> KeptRow:
        """Put other texts into the cells of a row and check it; ``seen`` is the version shown.

        Raises:
            ConflictRefusal: somebody else has changed it meanwhile, or it has gone on.
            MalformedRefusal: it is no record any more, too long, or not of so many cells.
        """
        staff.must(Role.CLERK, Role.REVIEWER)
        one = await self._prepared(staff, submission)
        at = await self.row(staff, submission, row)
        before = cells_of(at.row.cells)
        texts = _spread(at, texts)
        if at.row.version != seen or at.row.parcel or at.row.state not in _STARTED:
            raise changed_meanwhile()
        member = Member(self._under.doors.charter, self._party(one.member), one.department)
        made = again(at.row, at.sheet or KeptSheet(0, "", "", ()), texts, member)
        made = await self._beside(one, made)
        headers = at.sheet.headers if at.sheet and at.sheet.form else ["JSON"]
        columns = [
            head for head, old, new in zip(headers, before, texts, strict=True) if old != new
        ]
        did = staff.did(self._clock, "changed", row, 0, "、".join(columns)[:REASON_MAX])
        if not await self.store.change(submission, made, seen, did):
            raise changed_meanwhile()
        return made

    async def delete(self, staff: Staff, submission: str, row: int, seen: int) -> None:
        """Leave a row out; raises as :meth:`change`."""
        staff.must(Role.CLERK, Role.REVIEWER)
        await self._prepared(staff, submission)
        at = (await self.row(staff, submission, row)).row
        gone = at._replace(
            state="deleted", about="", cells="[]", found="[]", record=b"", version=seen + 1
        )
        did = staff.did(self._clock, "deleted", row)
        if not await self.store.change(submission, gone, seen, did):
            raise changed_meanwhile()

    async def to_fix(self, staff: Staff, submission: str) -> tuple[str, bytes]:
        """Return the rows that did not pass as a file, each reason beside its cell."""
        one = await self._prepared(staff, submission)
        sheets = await self.store.sheets(submission)
        rows = await self.store.rows(submission, "to-fix", -1, 0, ROWS_MAX)
        member = Member(self._under.doors.charter, self._party(one.member), one.department)
        forms = list(rows_to_fix(rows, sheets, member))
        if not sheets:
            return "to-fix.jsonl", to_fix_jsonl(forms)
        if one.file.lower().endswith((".csv", ".txt")):
            return "to-fix.csv", to_fix_csv(forms)
        return "to-fix.xlsx", to_fix_workbook(forms)

    # --- parcels ---

    async def send(self, staff: Staff, submission: str) -> int:
        """Send all good rows to review, the rest stays to be fixed; return the parcel's number."""
        staff.must(Role.CLERK, Role.REVIEWER)
        await self._prepared(staff, submission)
        number = await self.store.send(submission, staff.did(self._clock, "sent"))
        if not number:
            raise not_now(
                "没有可报送的行：请先修正，或等待校验完成。",
                "No row can go on: fix some first.",
                "nothing-to-send",
            )
        return number

    async def judge(self, staff: Staff, submission: str, parcel: int, reason: str | None) -> None:
        """Approve a parcel, or reject it for a reason.

        Raises:
            NotGrantedRefusal: ``other-role``, or he prepared it himself (``own-work``).
            MalformedRefusal: no reason or too long (``reason-missing``), or it is not in review.
        """
        staff.must(Role.REVIEWER)
        await self._seen(staff, submission)
        if await self.store.prepared(submission, staff.who):
            raise NotGrantedRefusal(
                "复核人不得复核自己经办的内容，请由另一名复核人员办理。",
                "Nobody reviews what he prepared himself: another reviewer has to.",
                code="own-work",
                who=staff.asker.who,
            )
        if reason is not None and not 0 < len(reason.strip()) <= REASON_MAX:
            raise MalformedRefusal(
                f"退回须写明理由，不超过 {REASON_MAX} 个字。",
                f"A rejection needs a reason of at most {REASON_MAX} characters.",
                code="reason-missing",
            )
        state = "reviewed" if reason is None else "rejected"
        did = staff.did(self._clock, state, 0, parcel, (reason or "").strip())
        if not await self.store.judge(submission, parcel, state, did):
            raise gone_on()

    async def seal(self, staff: Staff, submission: str, parcel: int) -> None:
        """Have a reviewed parcel sealed with the member's signer, sent and admitted.

        Raises:
            NotGrantedRefusal: ``other-role``.
            MalformedRefusal: it is not reviewed, or no signer is set up (``no-signer``).
        """
        staff.must(Role.PUBLISHER)
        await self._seen(staff, submission)
        if not self.seals(staff):
            raise not_now(
                "本节点没有配置本成员地区的签名服务：请下载文件，用 registry publish 签名报送。",
                "No signing service of this member is set up here: take the file and publish it "
                "with the tool.",
                "no-signer",
            )
        did = staff.did(self._clock, "sealed", 0, parcel)
        moved = ("reviewed", "sealing")
        if not await self.store.move(submission, parcel, moved, ("", ""), did):
            raise gone_on()

    async def file(self, staff: Staff, submission: str, parcel: int) -> bytes:
        """Return a reviewed parcel as JSON Lines, for the publisher's tool; raises as `seal`."""
        staff.must(Role.PUBLISHER)
        around = await self.view(staff, submission)
        if not any(one.parcel == parcel and one.state == "reviewed" for one in around.parcels):
            raise gone_on()
        await self.store.note(submission, staff.did(self._clock, "taken", 0, parcel))
        return to_sign(await self.store.rows(submission, "good", parcel, 0, ROWS_MAX))

    def drafted(self, staff: Staff, department: str, main: Part) -> KeptRow:
        """Check a record that another desk of the member has drafted, as a row of its own.

        Raises:
            MalformedRefusal: it would not pass (``draft-unsound``); the text says why.
        """
        member = Member(self._under.doors.charter, self._party(staff.member), department)
        return drafted_row(main, member)

    async def receipts(self, staff: Staff, submission: str, parcel: int) -> tuple[KeptReceipt, ...]:
        """Return the receipts of a parcel; raises NotFoundRefusal where there is none."""
        around = await self.view(staff, submission)
        found = tuple(one for one in around.receipts if one.parcel == parcel)
        if not found:
            raise no_such()
        return found

    async def _beside(self, one: KeptSubmission, row: KeptRow) -> KeptRow:
        """Compare a row with the other ones of its submission, and with the log."""
        if row.state != "good":
            return row
        other = await self.store.same_id(one.id, row.record_id, row.row)
        if other is not None:
            same = said_by(other).digest == said_by(row.record).digest
            return row._replace(state="repeated", record=b"") if same else twice(row)
        origin = self._party(one.member).origin
        return told([row], await self.store.stated(origin, [row.record_id]))[0]


def _spread(at: RowAt, texts: Sequence[str]) -> list[str]:
    """Put what was typed under each header into its column.

    Raises:
        MalformedRefusal: it is not of so many cells (``form-incomplete``), or too long.
    """
    named = [place for place, head in enumerate(at.sheet.headers) if head] if at.sheet else [0]
    if len(texts) != len(named) or sum(map(len, texts)) > CELLS_MAX:
        raise MalformedRefusal(
            "表单不完整或内容过长，请从该行的页面重新填写。",
            "The form is not whole, or too long: fill it in on the page of the row.",
            code="form-incomplete",
        )
    spread = cells_of(at.row.cells)
    spread += [""] * (max(named, default=0) + 1 - len(spread))
    for place, text in zip(named, texts, strict=True):
        spread[place] = text.replace("\0", "\ufffd").replace("\r\n", "\n")
    return spread
