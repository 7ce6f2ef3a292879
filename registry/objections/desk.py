"""The desk as its staff, and the region's office, have to do with it."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace
from datetime import date
from typing import Final

import msgspec

from registry.access.asker import Asker
from registry.clock import today
from registry.domain.disclosure import Role
from registry.errors import NotGrantedRefusal
from registry.objections import records
from registry.objections.deciding import Deciding
from registry.objections.job import Settler
from registry.objections.model import (
    FILES_MAX,
    Draft,
    Standing,
    draft_of,
    line_of,
    no_such,
    not_now,
    reason_of,
    standing,
)
from registry.objections.terms import until
from registry.store.objections import Changes, Contents, Done, KeptFile, KeptLetter, KeptObjection
from registry.workbench.model import Staff

FORWARDS_MAX: Final = 5
"""Times that one objection is sent on."""
_OF_THE_REGION: Final = frozenset({Role.REGION, Role.AUDITOR})


@dataclass(frozen=True, slots=True)
class Around:
    """An objection with all that belongs to it, and what is to be done next."""

    one: KeptObjection
    standing: Standing
    contents: Contents
    files: tuple[KeptFile, ...]
    letters: tuple[KeptLetter, ...]
    log: tuple[Done, ...]
    draft: Draft | None


class Objections(Deciding):
    """All that can be done at the desk, each by whom it is for."""

    @asynccontextmanager
    async def running(self) -> AsyncIterator[None]:
        """See what was admitted while the block runs."""
        async with Settler(self, self._clock).following():
            yield

    async def staff(self, asker: Asker) -> Staff:
        """Return whoever asks as one of the staff; raises as the web desk's own."""
        return await self._bench.staff(asker)

    async def all(
        self, staff: Staff, *, closed: bool = False, behind: int = 0
    ) -> list[tuple[KeptObjection, Standing]]:
        """Return a page of what he sees: by who has to act until when, or what is closed."""
        department = staff.department or None
        found = await self.store.of_member(staff.member, department, closed=closed, behind=behind)
        stand = [(one, self.standing(one)) for one in found]
        return stand if closed else sorted(stand, key=lambda pair: pair[1].due or date.max)

    async def view(self, staff: Staff, objection: str) -> Around:
        """Return an objection; raises NotFoundRefusal, also for one of others."""
        return await self.around(await self._seen(staff, objection))

    async def around(self, one: KeptObjection) -> Around:
        """Return all that belongs to an objection."""
        return Around(
            one,
            self.standing(one),
            await self.store.contents(one.id),
            tuple(await self.store.files(one.id)),
            tuple(await self.store.letters(one.id)),
            tuple(await self.store.logged(one.id)),
            draft_of(one),
        )

    def standing(self, one: KeptObjection) -> Standing:
        """Return what of an objection is to be done next."""
        return standing(one, today(self._clock))

    async def file(self, one: KeptObjection, number: int) -> KeptFile:
        """Return a file with its bytes; raises NotFoundRefusal where there is none any more."""
        found = None
        if 0 < number <= FILES_MAX:
            found = await self.store.file_of(one.id, number)
        if found is None or found.content is None:
            raise no_such()
        return found

    async def forward(self, staff: Staff, objection: str, seen: int, to: str) -> None:
        """Send an objection on to the department or organ that has to look into it.

        Raises:
            MalformedRefusal: nobody is named, it was sent on too often (``forwarded-often``), or
                it is not under way.
            Refusal: as :meth:`draft`.
        """
        staff.must(Role.CLERK, Role.REVIEWER)
        one = await self._handled(staff, objection)
        if one.stage != "accepted":
            raise not_now(
                "受理后、作出处理前方可转办。",
                "It is sent on once accepted and until decided.",
                "gone-on",
            )
        sent = sum(letter.kind == "forwarded" for letter in await self.store.letters(one.id))
        if sent >= FORWARDS_MAX:
            raise not_now(
                f"同一异议最多转办 {FORWARDS_MAX} 次。",
                f"An objection is sent on {FORWARDS_MAX} times at most.",
                "forwarded-often",
            )
        by = until("reply", today(self._clock)).day
        named = line_of(to)
        changes: Changes = {"forwarded": named, "reply_by": by, "reply": ""}
        after = replace(one, **changes)
        letter = self._letter(staff, "forwarded", after, {}, sent + 1)
        await self._change(one, seen, changes, self._did(staff, "forwarded", named), letter)

    async def reply(self, staff: Staff, objection: str, seen: int, text: str) -> None:
        """Keep what the department or organ replied, entered by itself or for it.

        Raises:
            MalformedRefusal: no reply is waited for (``gone-on``), or it says nothing.
            Refusal: as :meth:`draft`.
        """
        staff.must(Role.CLERK, Role.REVIEWER)
        one = await self._seen(staff, objection)
        if one.stage != "accepted" or one.reply_by is None or one.reply:
            raise not_now("没有待回复的转办。", "No reply is waited for.", "gone-on")
        changes: Changes = {"reply": reason_of(text)}
        await self._change(one, seen, changes, self._did(staff, "replied", one.forwarded))

    async def seal(self, staff: Staff, objection: str) -> None:
        """Have the record sealed that waits for it; raises as the web desk's `seal`."""
        one = await self._seen(staff, objection)
        submission = one.mark_at if one.stage == "accepted" else one.outcome_at
        if not submission:
            raise not_now("没有待签章的内容。", "Nothing waits to be sealed.", "gone-on")
        await self._bench.seal(staff, submission, 1)

    async def correct(self, staff: Staff, objection: str, seen: int) -> str:
        """Begin the draft that an objection upheld leads to; return the web desk's submission.

        A correction takes two: the record that is right, and once that is in the log the
        amendment that puts it in the place of the other.

        Raises:
            MalformedRefusal: nothing is to be corrected (``gone-on``).
            Refusal: as :meth:`draft`.
        """
        staff.must(Role.CLERK, Role.REVIEWER)
        one = await self._handled(staff, objection)
        if one.correct_by is None or one.correct_idx is not None:
            raise not_now("没有待更正或撤回的信息。", "Nothing is to be corrected.", "gone-on")
        name, main = await self._correction(one)
        begun = await self._bench.store.find(one.correct_at)
        if begun is not None and begun.file == name and begun.state != "discarded":
            return begun.id
        content = msgspec.json.encode({"main": main})
        submission = await self._bench.upload(staff, name, content)
        changes: Changes = {"correct_at": submission}
        await self._change(one, seen, changes, self._did(staff, "correcting"))
        return submission

    async def _correction(self, one: KeptObjection) -> tuple[str, records.Main]:
        on = today(self._clock)
        disputed = await self.stated(one, one.record_id)
        if one.consequence == "removed":
            return f"撤回 {one.number}.jsonl", records.withdrawal(one, disputed, on)
        found = await self.store.stated(one.origin, records.replacement_id(one))
        if found is None:
            return f"更正后的信息 {one.number}.jsonl", records.replacement(one, disputed)
        right = records.Stated(one.origin, *found)
        return f"更正 {one.number}.jsonl", records.amendment(one, disputed, right, on)

    async def overdue(self, asker: Asker) -> list[tuple[KeptObjection, Standing]]:
        """Return what is overdue at all members, for the region office: who, which, since when.

        Raises:
            NotGrantedRefusal: he is neither of the region office nor an auditor (``no-board``).
        """
        if asker.grant.role not in _OF_THE_REGION:
            raise NotGrantedRefusal(
                "异议办理仅供信用主体本人、受理地区和区域办公室查阅。",
                "Objections are for the subject, the member that handles them and the region.",
                code="no-board",
                who=asker.who,
            )
        found = await self.store.overdue(today(self._clock))
        return [(one, self.standing(one)) for one in found]

    async def figures(self, staff: Staff, first: date, after: date) -> dict[str, int]:
        """Return what a monthly statement says of objections, and how many are overdue today."""
        on = today(self._clock)
        department = staff.department or None
        return await self.store.figures(staff.member, department, first, after, on)
