"""What is said at the objection desk: what is disputed, drafts, how far a thing is, refusals."""

from dataclasses import dataclass
from datetime import date
from typing import Final, Literal

import msgspec

from registry.errors import GoneRefusal, MalformedRefusal, NotFoundRefusal
from registry.objections.terms import left
from registry.query.record import GONE_EN, GONE_ZH
from registry.store.objections import (
    FILES_MAX,
    LISTED_MAX,
    Contents,
    Done,
    KeptFile,
    KeptLetter,
    KeptObjection,
)
from registry.workbench.model import ConflictRefusal, Staff

__all__ = ["FILES_MAX", "LISTED_MAX", "Done", "KeptLetter", "KeptObjection"]
About = Literal["record", "period", "class", "repair", "measure"]
ABOUTS: Final[tuple[About, ...]] = ("record", "period", "class", "repair", "measure")
OUTCOMES: Final = ("upheld", "partly_upheld", "rejected")
CONSEQUENCES: Final = ("none", "corrected", "removed")
"""What becomes of the record; the first is that it stays."""
GROUNDS_MAX: Final = 5_000
REASON_MAX: Final = 2_000
LINE_MAX: Final = 100
FILE_MAX: Final = 4 * 1024 * 1024
_MAGIC: Final = (
    (b"%PDF-", "application/pdf"),
    (b"\xff\xd8\xff", "image/jpeg"),
    (b"\x89PNG\r\n\x1a\n", "image/png"),
)


@dataclass(frozen=True, slots=True)
class Wish:
    """An objection as it was typed; ``measure`` and ``territory`` where it is about a measure."""

    about: str
    grounds: str
    person: str
    contact: str
    measure: str = ""
    territory: str = ""


class Draft(msgspec.Struct, frozen=True, omit_defaults=True):
    """What a clerk has drafted, for another to approve.

    ``text`` are the grounds as the log will say them, or the reasons; ``organ`` who is competent
    where this member is not; ``by`` the one who drafted it.
    """

    act: Literal["accept", "decline", "extend", "decide"]
    text: str
    organ: str = ""
    outcome: str = ""
    consequence: str = ""
    by: str = ""


@dataclass(frozen=True, slots=True)
class Standing:
    """What is to be done next, by whom, until when, and how many working days are left of that.

    ``step``: accept, review, mark, reply, decide, unmark, correct, or '' where nothing is; ``who``
    is a role, or ``department``.
    """

    step: str
    who: str = ""
    due: date | None = None
    left: int = 0

    @property
    def late(self) -> bool:
        """Tell whether its term is over."""
        return self.left < 0


def standing(one: KeptObjection, on: date) -> Standing:
    """Return what of an objection is to be done next, as of a day."""
    step, who, due = _next(one)
    return Standing(step, who, due, 0 if due is None else left(on, due))


def _next(one: KeptObjection) -> tuple[str, str, date | None]:
    if one.stage == "closed":
        open_still = one.correct_by is not None and one.correct_idx is None
        return ("correct", "clerk", one.correct_by) if open_still else ("", "", None)
    if one.stage == "decided":
        return "unmark", "publisher", one.mark_by
    if one.stage == "accepted" and one.about != "measure" and one.mark_idx is None:
        return "mark", "publisher", one.mark_by
    due = one.accept_by if one.stage == "received" else one.decide_by
    if one.pending:
        return "review", "reviewer", due
    if one.stage == "accepted" and one.reply_by is not None and not one.reply:
        return "reply", "department", min(one.reply_by, due)
    return ("accept" if one.stage == "received" else "decide"), "clerk", due


def term_of(one: KeptObjection, step: str) -> str:
    """Return by which term of `registry.objections.terms` a step is to be done."""
    if step in {"mark", "unmark"}:
        return "mark"
    if step == "correct":
        return "withdraw" if one.consequence == "removed" else "correct"
    if step == "reply":
        return "reply"
    if one.stage == "received":
        return "accept"
    return "extend" if one.extended else "decide"


def sees(staff: Staff, one: KeptObjection) -> bool:
    """Tell whether an objection is one of his: of his member, and of or sent to his department."""
    mine = {one.department, one.forwarded}
    return one.member == staff.member and (not staff.department or staff.department in mine)


def handles(staff: Staff, one: KeptObjection) -> bool:
    """Tell whether he does more than reply to what was sent to his department."""
    return not staff.department or staff.department == one.department


def checked(wish: Wish, members: frozenset[str]) -> Wish:
    """Return what was typed without blanks around it, and only what belongs to it.

    Raises:
        MalformedRefusal: something is missing or too long (``objection-incomplete``).
    """
    about = wish.about
    measure, territory = _clean(wish.measure).strip(), wish.territory.strip()
    made = Wish(
        about,
        _clean(wish.grounds).strip(),
        _clean(wish.person).strip(),
        _clean(wish.contact).strip(),
        measure if about == "measure" else "",
        territory if about == "measure" else "",
    )
    lines = (made.person, made.contact, *((made.measure,) if about == "measure" else ()))
    placed = about != "measure" or made.territory in members
    whole = about in ABOUTS and 0 < len(made.grounds) <= GROUNDS_MAX and placed
    if not whole or not all(0 < len(line) <= LINE_MAX for line in lines):
        raise MalformedRefusal(
            f"请写明异议事项、理由（不超过 {GROUNDS_MAX} 字）、经办人和联系方式（各 {LINE_MAX} 字）"
            "；对措施有异议的，还须写明措施和适用地区。",
            f"Say what you dispute, why (at most {GROUNDS_MAX} characters), who files and how to "
            f"reach you ({LINE_MAX} each); of a measure also which and where.",
            code="objection-incomplete",
        )
    return made


def _clean(text: str) -> str:
    return text.replace("\0", "").replace("\r\n", "\n")


def contents_of(wish: Wish) -> Contents:
    """Return what of it is kept apart, to be erased by rule."""
    return Contents(wish.person, wish.contact, wish.grounds)


def file_of(name: str, content: bytes) -> KeptFile:
    """Return a file by what it is, whatever it is called.

    Raises:
        MalformedRefusal: it is no PDF, JPEG or PNG, empty or too large (``file-unfit``).
    """
    kind = next((media for magic, media in _MAGIC if content.startswith(magic)), "")
    if not kind or len(content) > FILE_MAX:
        most = FILE_MAX // 2**20
        raise MalformedRefusal(
            f"附件须为 PDF、JPG 或 PNG 文件，每个不超过 {most} MiB。",
            f"Files are PDF, JPEG or PNG, of at most {most} MiB each.",
            code="file-unfit",
        )
    shown = "".join(char for char in name if char.isprintable())[-LINE_MAX:]
    # A file without a name would not be listed: that is what one looks like that was erased.
    return KeptFile(0, shown or kind.partition("/")[2], kind, len(content), content)


def reason_of(text: str) -> str:
    """Return a reason; raises MalformedRefusal ``reason-missing``."""
    said = _clean(text).strip()
    if not 0 < len(said) <= REASON_MAX:
        raise MalformedRefusal(
            f"须写明理由，不超过 {REASON_MAX} 个字。",
            f"Say why, in at most {REASON_MAX} characters.",
            code="reason-missing",
        )
    return said


def line_of(text: str) -> str:
    """Return the name of an organ or department; raises MalformedRefusal ``organ-missing``."""
    said = _clean(text).strip()
    if not 0 < len(said) <= LINE_MAX or "\n" in said:
        raise MalformedRefusal(
            f"须写明单位名称，不超过 {LINE_MAX} 个字。",
            f"Name the organ, in at most {LINE_MAX} characters.",
            code="organ-missing",
        )
    return said


def draft_of(one: KeptObjection) -> Draft | None:
    """Return what waits for approval."""
    return msgspec.json.decode(one.draft, type=Draft) if one.pending else None


def no_such() -> NotFoundRefusal:
    """Return the refusal of what is not there, or is somebody else's."""
    return NotFoundRefusal("没有这项异议。", "There is no such objection.", code="no-objection")


def not_own() -> GoneRefusal:
    """Return the refusal of a record that is not one's own: as if it had never been."""
    return GoneRefusal(GONE_ZH, GONE_EN)


def changed_meanwhile() -> ConflictRefusal:
    """Return the refusal of the second of two changes."""
    return ConflictRefusal(
        "他人已先行办理，您填写的内容未保存，请对照后再提交。",
        "Somebody else was there before; what you typed is not kept yet: compare, then send again.",
    )


def not_now(zh: str, en: str, code: str) -> MalformedRefusal:
    """Return the refusal of what does not fit how far an objection has come."""
    return MalformedRefusal(zh, en, code=code)
