"""One objection: how far it is, what was written and sent, letters, and what can be done now."""

from typing import Final

from litestar import Response, get, post
from litestar.datastructures import UploadFile
from litestar.params import FromPath, MultipartBody, URLEncodedBody
from litestar.response import Redirect
from msgspec import Struct

from registry.access.log import ANSWERED
from registry.access.sessions import check_form
from registry.errors import MalformedRefusal, Refusal
from registry.objection_pages.common import (
    READ,
    TO_SUBJECT,
    Looking,
    about_of,
    looking,
    next_of,
    stage_of,
)
from registry.objections.desk import Objections
from registry.objections.letters import FORMS, read_letter
from registry.objections.model import (
    CONSEQUENCES,
    FILE_MAX,
    FILES_MAX,
    LINE_MAX,
    OUTCOMES,
    REASON_MAX,
    Done,
    Draft,
    KeptLetter,
)
from registry.objections.records import said
from registry.pages.desk_page import FrameDep
from registry.pages.frame import Frame, ReadsDep
from registry.pages.query_params import one
from registry.pages.voucher_pages import spoken, told_in
from registry.pages.words import day, joined, moment
from registry.workbench.model import ConflictRefusal, Staff
from registry.workbench_pages.common import ObjectionsDep, Sent, kept

FORM_MAX: Final = FILE_MAX + 64 * 1024
"""Bytes of the form that sends a file."""


class SentFile(Struct):
    """The form that sends a file."""

    file: UploadFile
    lang: str = ""
    csrf: str = ""


@get("/objections/{objection:str}", include_in_schema=False)
async def case_page(
    objection: FromPath[str], frame: FrameDep, reads: ReadsDep, objections: ObjectionsDep
) -> Response[str]:
    """The objection as whoever asks may see it."""
    seen = await looking(frame, reads, objections, objection)
    await reads.write(READ, ANSWERED, subject=seen.around.one.subject, place=objection)
    return _page(frame, seen)


@post("/objections/{objection:str}", include_in_schema=False)
async def act(
    objection: FromPath[str],
    data: URLEncodedBody[Sent],
    frame: FrameDep,
    reads: ReadsDep,
    objections: ObjectionsDep,
) -> Response[str] | Redirect:
    """Do what a form says; what is wrong with it, or too late, is said with what was typed."""
    frame = spoken(frame, data.get("lang", ""))
    if (again := kept(frame, data)) is not None:
        return again
    seen = await looking(frame, reads, objections, objection)
    try:
        to = await _do(frame, objections, seen, data)
    except (MalformedRefusal, ConflictRefusal) as wrong:
        fresh = await looking(frame, reads, objections, objection)
        return _page(frame, fresh, wrong, data)
    return Redirect(frame.url(to or f"/objections/{objection}"), status_code=303)


async def _do(frame: Frame, objections: Objections, seen: Looking, data: Sent) -> str:
    """Do it; return where it leads, '' for the page of the objection."""
    what, item = data.get("act", ""), seen.around.one
    version = int(text) if (text := data.get("version", "")[:10]).isdecimal() else 0
    if seen.staff is None:
        if what != "give-up":
            raise no_act()
        await objections.give_up(frame.asker, item, version)
        return ""
    return await _staff_does(objections, seen.staff, (item.id, version), data)


async def _staff_does(
    objections: Objections, staff: Staff, which: tuple[str, int], data: Sent
) -> str:
    text = data.get("text", "")
    match data.get("act", ""):
        case "accept" | "decline" | "extend" | "decide" as drafted:
            fields = (data.get(name, "") for name in ("organ", "outcome", "consequence"))
            await objections.draft(staff, *which, Draft(drafted, text, *fields))
        case "approve":
            await objections.approve(staff, *which)
        case "send-back":
            await objections.send_back(staff, *which, text)
        case "forward":
            await objections.forward(staff, *which, data.get("organ", ""))
        case "reply":
            await objections.reply(staff, *which, text)
        case "seal":
            await objections.seal(staff, which[0])
        case "correct":
            return f"/workbench/{await objections.correct(staff, *which)}"
        case _:
            raise no_act()
    return ""


@post("/objections/{objection:str}/file", include_in_schema=False)
async def send_file(
    objection: FromPath[str],
    data: MultipartBody[SentFile],
    frame: FrameDep,
    reads: ReadsDep,
    objections: ObjectionsDep,
) -> Response[str] | Redirect:
    """Take one file."""
    frame = spoken(frame, data.lang)
    check_form(frame.asker, data.csrf)
    seen = await looking(frame, reads, objections, objection)
    who = frame.asker.who if seen.staff is None else seen.staff.who
    body = await data.file.read()
    try:
        role = frame.asker.grant.role.value
        await objections.add_file((who, role), seen.around.one, data.file.filename, body)
    except MalformedRefusal as wrong:
        return _page(frame, seen, wrong)
    return Redirect(frame.url(f"/objections/{objection}"), status_code=303)


@get("/objections/{objection:str}/file/{number:int}", include_in_schema=False)
async def one_file(
    objection: FromPath[str],
    number: FromPath[int],
    frame: FrameDep,
    reads: ReadsDep,
    objections: ObjectionsDep,
) -> Response[bytes]:
    """A file that was sent, to be kept, never to be shown inside a page of this site."""
    seen = await looking(frame, reads, objections, objection)
    found = await objections.file(seen.around.one, number)
    await reads.write(READ, ANSWERED, subject=seen.around.one.subject, place=objection)
    kind = found.media_type.partition("/")[2]
    headers = {
        "Content-Disposition": f'attachment; filename="file-{number}.{kind}"',
        "X-Content-Type-Options": "nosniff",
    }
    return Response(found.content or b"", media_type=found.media_type, headers=headers)


def _page(
    frame: Frame, seen: Looking, wrong: Refusal | None = None, typed: Sent | None = None
) -> Response[str]:
    around, staff, lang = seen.around, seen.staff, frame.lang
    item, typed = around.one, typed or {}
    to = f"/objections/{item.id}"
    lost = [
        text
        for name, text in typed.items()
        if text and name not in {"act", "version", "csrf", "lang"}
    ]
    return frame.page(
        "objection_case.html",
        200 if wrong is None else wrong.status,
        wrong="" if wrong is None else told_in(frame, wrong),
        typed=lost,
        how=one(frame, "how"),
        item=item,
        stage=stage_of(frame, item),
        about=about_of(frame, item),
        next="" if staff is None else next_of(frame, item, around.standing),
        late=staff is not None and around.standing.late,
        received=day(lang, item.received_on),
        accept_by=day(lang, item.accept_by),
        decide_by=day(lang, item.decide_by),
        record=frame.url(f"/record/{item.origin}/{item.idx}"),
        member=frame.site.name_of(item.member),
        contents=around.contents,
        files=[
            (file.name, file.size // 1024 + 1, frame.url(f"{to}/file/{file.number}"))
            for file in around.files
            if file.name
        ],
        letters=[
            _letter(frame, item.id, letter)
            for letter in around.letters
            if staff is not None or letter.kind in TO_SUBJECT
        ],
        limits={"files": FILES_MAX, "megabytes": FILE_MAX // 2**20, "reason": REASON_MAX,
                "line": LINE_MAX},
        staff=None if staff is None else _staff(frame, seen, staff),
        log=[] if staff is None else [_did(frame, done) for done in around.log][::-1],
    )  # fmt: skip


def _staff(frame: Frame, seen: Looking, staff: Staff) -> dict[str, object]:
    """Return what one of the staff sees and may do beside what the subject sees."""
    around, item, en = seen.around, seen.around.one, frame.lang == "en"
    waits = around.standing.step in {"mark", "unmark"}
    at = item.mark_at if item.stage == "accepted" else item.outcome_at
    draft = around.draft
    return {
        "prepares": staff.prepares,
        "handles": seen.handles,
        "role": staff.role.value,
        "step": around.standing.step,
        "draft": None if draft is None else {
            "what": frame.t(f"objections.act-{draft.act}"),
            "text": draft.text,
            "organ": draft.organ,
            "outcome": FORMS.outcome[draft.outcome][en] if draft.outcome else "",
            "consequence": FORMS.consequence[draft.consequence][en] if draft.consequence else "",
        },
        "grounds": said(item.about),
        "outcomes": [(key, FORMS.outcome[key][en]) for key in OUTCOMES],
        "consequences": [(key, FORMS.consequence[key][en]) for key in CONSEQUENCES],
        "waits": waits,
        "sealed_at": frame.url(f"/workbench/{at}") if waits and at else "",
        "correcting": frame.url(f"/workbench/{item.correct_at}") if item.correct_at else "",
        "correct_by": "" if item.correct_by is None else day(frame.lang, item.correct_by),
        "reply_by": "" if item.reply_by is None else day(frame.lang, item.reply_by),
    }  # fmt: skip


def _letter(frame: Frame, objection: str, kept_one: KeptLetter) -> dict[str, str]:
    letter = read_letter(kept_one)
    to = f"/objections/{objection}/letter/{kept_one.number}"
    return {
        "title": frame.t("objections.erased")
        if letter is None
        else letter.title[frame.lang == "en"],
        "number": "" if letter is None else letter.number,
        "at": moment(frame.lang, kept_one.given_at),
        "link": "" if letter is None else frame.url(to),
        "pdf": "" if letter is None else frame.url(f"{to}/pdf"),
    }


def _did(frame: Frame, done: Done) -> str:
    who = [done.who, frame.t(f"role.{done.role}")] if done.role else [frame.t("workbench.log-node")]
    what = frame.t(f"objections.log-{done.what}")
    told = [what, done.said] if done.said else [what]
    return f"{moment(frame.lang, done.at)} {joined(frame.lang, who)} {joined(frame.lang, told)}"


def no_act() -> MalformedRefusal:
    """Return the refusal of what no form of this page sends."""
    return MalformedRefusal("没有这个操作。", "There is no such action.", code="bad-action")


ROUTES: Final = (case_page, one_file)
