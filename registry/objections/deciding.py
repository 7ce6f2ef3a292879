"""What is drafted by one and approved by another: accepted or not, more time, the decision.

What is approved gives a letter, and where the log has to know of it a record, which the member's
signing service seals through the web desk: both in the transaction that changes the objection.
"""

import secrets
from collections.abc import Mapping
from dataclasses import replace
from datetime import date
from typing import Final

import msgspec

from registry.clock import today
from registry.domain.disclosure import Role
from registry.errors import MalformedRefusal, NotGrantedRefusal
from registry.objections import letters, records
from registry.objections.intake import Intake
from registry.objections.model import (
    CONSEQUENCES,
    OUTCOMES,
    Draft,
    changed_meanwhile,
    draft_of,
    handles,
    line_of,
    no_such,
    not_now,
    reason_of,
    sees,
)
from registry.objections.records import Main, Stated
from registry.objections.terms import until
from registry.store.objections import Changes, Done, KeptLetter, KeptObjection
from registry.store.workbench_parcels import Did, Reviewed
from registry.workbench.model import Staff

_STAGES: Final = {
    "accept": "received",
    "decline": "received",
    "extend": "accepted",
    "decide": "accepted",
}
_LETTERS: Final[Mapping[str, letters.Kind]] = {
    "accept": "accepted",
    "decline": "declined",
    "extend": "extended",
    "decide": "reply",
}
_FILES: Final = {"accept": "异议标注", "decide": "异议处理结果"}
"""What the submission is called that a record is sealed from."""


class Deciding(Intake):
    """Drafts, and what comes of them."""

    async def draft(self, staff: Staff, objection: str, seen: int, draft: Draft) -> None:
        """Keep a draft for another to approve, in the place of one that was there.

        Raises:
            NotGrantedRefusal: ``other-role``.
            NotFoundRefusal: there is none, or it is not for his department to handle.
            ConflictRefusal: somebody else has changed it meanwhile.
            MalformedRefusal: it does not fit how far it is, is not whole, or its record would not
                pass the checks.
        """
        staff.must(Role.CLERK, Role.REVIEWER)
        one = await self._handled(staff, objection)
        made = self._whole(one, msgspec.structs.replace(draft, by=staff.who))
        await self._record(staff, one, made)
        changes: Changes = {"pending": made.act, "draft": msgspec.json.encode(made).decode()}
        await self._change(one, seen, changes, self._did(staff, f"drafted-{made.act}"))

    async def approve(self, staff: Staff, objection: str, seen: int) -> None:
        """Approve what was drafted: it takes effect, with its letter and record.

        Raises:
            NotGrantedRefusal: ``other-role``, or he has drafted such a thing here (``own-work``).
            Refusal: as :meth:`draft`.
        """
        one, draft = await self._to_judge(staff, objection)
        made = await self._record(staff, one, self._whole(one, draft))
        changes = self._follows(one, draft)
        if made is not None:
            at = made.submission
            changes |= {"mark_at": at} if draft.act == "accept" else {"outcome_at": at}
        after = replace(one, **changes)
        kind = _LETTERS[draft.act]
        letter = self._letter(staff, kind, after, _said(after, draft))
        done = self._did(staff, f"approved-{draft.act}")
        await self._change(one, seen, changes, done, letter, made)

    async def send_back(self, staff: Staff, objection: str, seen: int, reason: str) -> None:
        """Send a draft back to be drafted anew; raises as :meth:`approve`."""
        one, draft = await self._to_judge(staff, objection)
        done = self._did(staff, f"sent-back-{draft.act}", reason_of(reason))
        await self._change(one, seen, {"pending": "", "draft": ""}, done)

    async def _to_judge(self, staff: Staff, objection: str) -> tuple[KeptObjection, Draft]:
        staff.must(Role.REVIEWER)
        one = await self._handled(staff, objection)
        draft = draft_of(one)
        if draft is None:
            raise changed_meanwhile()
        if await self.store.drafted(one.id, staff.who, draft.act):
            raise NotGrantedRefusal(
                "审核人不得审核自己拟办的内容，请由另一名复核人员办理。",
                "Nobody approves what he has drafted: another reviewer has to.",
                code="own-work",
                who=staff.asker.who,
            )
        return one, draft

    def _whole(self, one: KeptObjection, draft: Draft) -> Draft:
        """Return a draft that fits how far an objection is, and is whole.

        Raises:
            MalformedRefusal: ``gone-on``, ``mark-first``, ``extended-already``, ``term-over``,
                ``outcome-unfit``, ``reason-missing`` or ``organ-missing``.
        """
        if one.stage != _STAGES[draft.act]:
            raise not_now(
                "该异议的办理状态已变化。", "The objection has gone on meanwhile.", "gone-on"
            )
        text = draft.text
        match draft.act:
            case "accept":
                text = text.strip() or records.said(one.about)
                return msgspec.structs.replace(draft, text=reason_of(text) if text else "")
            case "decline":
                organ = line_of(draft.organ) if draft.organ.strip() else ""
                return msgspec.structs.replace(draft, text=reason_of(text), organ=organ)
            case "extend":
                self._extensible(one)
            case _:
                _decidable(one, draft)
        return msgspec.structs.replace(draft, text=reason_of(text))

    def _extensible(self, one: KeptObjection) -> None:
        if one.extended:
            raise not_now(
                "处理期限只能延长一次。", "The term is extended once only.", "extended-already"
            )
        if today(self._clock) > one.decide_by:
            raise not_now(
                "处理期限已过，不能再延长。",
                "The term is over and cannot be extended any more.",
                "term-over",
            )

    async def _record(self, staff: Staff, one: KeptObjection, draft: Draft) -> Reviewed | None:
        """Return the record that the log has to have, checked; of a measure there is none."""
        if draft.act not in _FILES or one.about == "measure":
            return None
        row = self._bench.drafted(staff, one.department, await self._main(one, draft))
        now = self._clock.now()
        return Reviewed(
            secrets.token_hex(16),
            one.member,
            one.department,
            f"{_FILES[draft.act]} {one.number}.jsonl",
            Did(now, draft.by, Role.CLERK.value, "uploaded"),
            staff.did(self._clock, "reviewed", 0, 1),
            tuple(row)[:13],
        )

    async def _main(self, one: KeptObjection, draft: Draft) -> Main:
        on = today(self._clock)
        if draft.act == "accept":
            disputed = await self.stated(one, one.record_id)
            return records.mark(one, disputed, draft.text, self.names(one)[0], on)
        marked = await self.stated(one, records.mark_id(one))
        came = (draft.outcome, draft.consequence)
        return records.outcome(one, marked, came, draft.text, on)

    async def stated(self, one: KeptObjection, record_id: str) -> Stated:
        """Return a record of the log that an objection is about.

        Raises:
            MalformedRefusal: its body is not there any more (``record-gone``).
        """
        found = await self.store.stated(one.origin, record_id)
        if found is None:
            raise not_now(
                "该信息已依法删除或者暂不可读，不能据此报送。",
                "The record was erased by order or cannot be read: nothing can be stated of it.",
                "record-gone",
            )
        return Stated(one.origin, *found)

    def _follows(self, one: KeptObjection, draft: Draft) -> Changes:
        """Return what changes with the approval."""
        on = today(self._clock)
        marks = one.about != "measure"
        changes: Changes = {"pending": "", "draft": ""}
        match draft.act:
            case "accept":
                changes |= {"stage": "accepted"}
            case "decline":
                return changes | self.closing() | {"outcome": "declined", "decided_on": on}
            case "extend":
                by = until("extend", one.decide_by).day
                return changes | {"extended": True, "decide_by": by}
            case _:
                changes |= {"stage": "decided"} if marks else self.closing()
                changes |= {
                    "outcome": draft.outcome,
                    "consequence": draft.consequence,
                    "decided_on": on,
                    "correct_by": _correct_by(draft.consequence, on),
                }
        return changes | ({"mark_by": until("mark", on).day} if marks else {})

    def _letter(
        self,
        staff: Staff,
        kind: letters.Kind,
        after: KeptObjection,
        values: letters.Values,
        nth: int = 1,
    ) -> KeptLetter:
        """Return a letter; it is that of the department, where who gives it is of one."""
        at = (self._clock.now(), today(self._clock))
        member, place = self.names(after)
        organ = staff.asker.grant.department or member
        return letters.write(kind, after, (organ, place), at, values, nth)

    async def _handled(self, staff: Staff, objection: str) -> KeptObjection:
        one = await self._seen(staff, objection)
        if not handles(staff, one):
            raise no_such()
        return one

    async def _seen(self, staff: Staff, objection: str) -> KeptObjection:
        one = await self.store.find(objection)
        if one is None or not sees(staff, one):
            raise no_such()
        return one

    async def _change(
        self,
        one: KeptObjection,
        seen: int,
        changes: Changes,
        done: Done,
        letter: KeptLetter | None = None,
        reviewed: Reviewed | None = None,
    ) -> None:
        if one.version != seen or not await self.store.change(one, changes, done, letter, reviewed):
            raise changed_meanwhile()

    def _did(self, staff: Staff, what: str, said: str = "") -> Done:
        return Done(self._clock.now(), staff.who, staff.role.value, what, said)


def _decidable(one: KeptObjection, draft: Draft) -> None:
    if one.about != "measure" and one.mark_idx is None:
        raise not_now(
            "须先完成“异议处理中”的标注，再作出处理。",
            "The record has to be marked as disputed first.",
            "mark-first",
        )
    may: tuple[str, ...] = CONSEQUENCES
    if one.about == "measure" or draft.outcome == "rejected":
        may = CONSEQUENCES[:1]
    elif draft.outcome == "upheld":
        may = CONSEQUENCES[1:]
    if draft.outcome not in OUTCOMES or draft.consequence not in may:
        raise MalformedRefusal(
            "处理结果与对信息的处置不一致：成立的须更正或者撤回，不成立的不作变更。",
            "Outcome and consequence do not fit: what is upheld is corrected or withdrawn, what is "
            "rejected stays.",
            code="outcome-unfit",
        )


def _correct_by(consequence: str, on: date) -> date | None:
    terms = {"removed": "withdraw", "corrected": "correct"}
    return until(terms[consequence], on).day if consequence in terms else None


def _said(after: KeptObjection, draft: Draft) -> letters.Values:
    """Return what a letter says of a draft that was approved."""
    forms, marks = letters.FORMS, after.about != "measure"
    return {
        "reason": draft.text,
        "competent": draft.organ,
        "outcome": forms.outcome.get(draft.outcome, ""),
        "consequence": forms.consequence.get(draft.consequence, "") if marks else "",
        "marking": forms.marking[_LETTERS[draft.act]]
        if marks and _LETTERS[draft.act] in forms.marking
        else "",
    }
