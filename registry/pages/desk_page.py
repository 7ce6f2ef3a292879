"""The desk of measures: what organs are asked to consider, have answered, and have to lift.

What a form sends comes back as a file: the member's own tool checks, signs and publishes it.
"""

from datetime import date
from typing import Final, get_args

from litestar import Response, get, post
from litestar.di import NamedDependency
from litestar.params import SkipValidation, URLEncodedBody
from msgspec import Struct

from registry.access.sessions import check_form
from registry.domain.pushes import arrangement_on
from registry.domain.records.uses import MeasureUse
from registry.errors import MalformedRefusal, NotFoundRefusal
from registry.pages.fields import headline
from registry.pages.frame import Frame, ReadsDep
from registry.pages.owners import Owners, owner_line
from registry.pages.query_params import one
from registry.pages.voucher_pages import spoken
from registry.pages.words import day, joined, nexus_name, shortened, word
from registry.query.cases import Cases
from registry.query.desk import Desk, PushView
from registry.query.drafts import (
    LIFTED,
    Draft,
    ReplyResult,
    completed,
    lift_draft,
    reply_draft,
)
from registry.query.pushes import Answer, Lift

FrameDep = NamedDependency[SkipValidation[Frame]]
ORGAN_MAX: Final = 200
REASONS_MAX: Final = 2_000
REPLY_RESULTS: Final = get_args(ReplyResult)
STATES: Final = {
    "open": "desk.open",
    "overdue": "desk.overdue",
    "answered": "desk.answered",
    "to-lift": "desk.to-lift",
    "lift-overdue": "desk.lift-overdue",
    "lifted": "desk.lifted",
}
"""The texts for how a push or a lift stands."""
CASES_SHOWN: Final = 200


class Answered(Struct):
    """The form of an answer as it comes; ``about`` is the entry of the cause or own record."""

    subject: str = ""
    territory: str = ""
    measure: str = ""
    about: str = ""
    result: str = ""
    organ: str = ""
    reasons: str = ""
    after: str = ""
    lang: str = ""
    csrf: str = ""


@get("/desk", include_in_schema=False)
async def desk(frame: FrameDep, reads: ReadsDep) -> Response[str]:
    """The desk of whoever is signed in at a member."""
    after = one(frame, "after")
    found = await reads.desk(after)
    pushes = _owned(frame, found)
    groups = {
        state: [line for line in pushes if line["state"] == state]
        for state in ("overdue", "open", "answered")
    }
    return frame.page(
        "desk.html",
        member=frame.site.name_of(found.member),
        lifts=[lift_line(frame, lift, found) for lift in found.lifts],
        groups=groups,
        after=after,
        first_link=frame.url("/desk") if after else "",
        older_link=frame.url("/desk", after=found.older) if found.older else "",
        periods=period_note(frame, found.on),
        results=[(code, word(frame.lang, "result", code)) for code in REPLY_RESULTS],
        limits={"organ": ORGAN_MAX, "reasons": REASONS_MAX},
    )


@post("/desk", include_in_schema=False)
async def answer(
    data: URLEncodedBody[Answered], frame: FrameDep, reads: ReadsDep
) -> Response[bytes]:
    """The answer as a file to check, sign and publish."""
    frame = spoken(frame, data.lang)
    check_form(frame.asker, data.csrf)
    found = await reads.desk(data.after)
    draft = _draft(found, data)
    result = LIFTED if "result" in draft else checked_choice(data.result, REPLY_RESULTS)
    said = {"result": result, "reasons": checked_text(data.reasons, "reasons", REASONS_MAX)}
    return to_sign(completed(draft, checked_text(data.organ, "organ", ORGAN_MAX), said), "reply")


@get("/board", include_in_schema=False)
async def board(frame: FrameDep, reads: ReadsDep) -> Response[str]:
    """All desks in counts, what is overdue, and the joint cases."""
    found, counted = await reads.board(), await reads.joint_cases()
    return frame.page(
        "board.html",
        on=day(frame.lang, found.on),
        members=found.members,
        overdue=[push_line(frame, one) for one in found.overdue],
        cases=[_case(frame, one) for one in counted.cases[:CASES_SHOWN]],
        more=max(0, len(counted.cases) - CASES_SHOWN),
        whole=found.whole and counted.whole,
        periods=period_note(frame, found.on),
    )


ROUTES: Final = (desk, answer, board)


def _owned(frame: Frame, found: Desk) -> list[dict[str, object]]:
    """Return the pushes with the office that each belongs to, a department's own first."""
    owners = Owners(frame.site.offices, found.on, {})
    lines = [
        push_line(frame, one)
        | owner_line(
            frame,
            found.member,
            owners.of_measure(found.member, one.push.measure.organ, one.push.measure.matter),
        )
        for one in found.pushes
    ]
    return sorted(lines, key=lambda line: not line["mine"])


def push_line(frame: Frame, view: PushView) -> dict[str, object]:
    """A push in words."""
    push, measure, lang = view.push, view.push.measure, frame.lang
    place = f"{view.cause.origin}/{view.cause.idx}"
    return {
        "state": view.state,
        "stands": frame.t(STATES[view.state]),
        "subject": push.subject.name,
        "subject_link": frame.url(
            f"/subject/{push.subject_id}", territory=push.territory, matter=measure.matter
        ),
        "use_link": frame.url(
            f"/use/{push.subject_id}", territory=push.territory, matter=measure.matter
        ),
        "measure": measure.name,
        "effect": measure.effect,
        "force": frame.t(f"effect.{measure.effect}-long"),
        "place": frame.site.name_of(push.territory),
        "organ": measure.organ,
        "matter": word(lang, "matter", measure.matter),
        "nexus": joined(lang, [nexus_name(lang, code) for code in push.nexus]),
        "since": day(lang, push.since),
        "due": day(lang, push.due),
        "cause": shortened(headline(frame, view.cause.record)),
        "cause_organ": view.cause.record.authority.name,
        "cause_on": day(lang, view.cause.record.decided_on),
        "cause_link": frame.url(f"/record/{place}"),
        "way_link": frame.url(f"/propagation/{place}"),
        "answer": "" if push.answer is None else answer_line(frame, push.answer),
        "form": {
            "subject": push.subject_id,
            "territory": push.territory,
            "measure": measure.measure,
            "about": view.cause.entry,
        },
    }


def lift_line(frame: Frame, lift: Lift, desk: Desk) -> dict[str, object]:
    """A measure to be lifted, in words: nothing of them is about its cause."""
    record, applied = lift.applied.record, lift.applied
    use = record if isinstance(record, MeasureUse) else None
    said = use.matter_name if use else word(frame.lang, "type", "measure_reply")
    return {
        "state": lift.state(desk.on),
        "stands": frame.t(STATES[lift.state(desk.on)]),
        "subject": lift.subject.name,
        "measure": lift.name,
        "place": frame.site.name_of(applied.territory),
        "organ": record.authority.name,
        "due": day(frame.lang, lift.due),
        "own": frame.t("desk.own", on=day(frame.lang, applied.on), what=said),
        "decision": use.decision if use and isinstance(use.decision, str) else "",
        "form": {
            "subject": lift.subject_id,
            "territory": applied.territory,
            "measure": applied.measure,
            "about": applied.target.entry,
        },
    }


def answer_line(frame: Frame, answer: Answer) -> str:
    """What a member recorded, in one line."""
    record = answer.record
    return frame.t(
        "desk.answered-line",
        on=day(frame.lang, answer.on),
        organ=record.authority.name,
        result=word(frame.lang, "result", record.result),
        reasons=shortened(record.reasons),
    )


def period_note(frame: Frame, on: date) -> str:
    """By which arrangement days are counted: it is no law, and says so."""
    periods = arrangement_on(on)
    title = periods.title_zh if frame.lang == "zh" else periods.title_en
    return frame.t(
        "desk.periods",
        title=title,
        answer=periods.answer.strip("PD"),
        lift=periods.lift.strip("PD"),
        read=frame.t("basis.unconfirmed" if periods.read == "unconfirmed" else "desk.read"),
    )


def checked_text(text: str, field: str, most: int) -> str:
    """Return what a form says in a field; raises MalformedRefusal for nothing or too much."""
    said = text.strip()
    if 0 < len(said) <= most:
        return said
    zh, en = _FIELDS[field]
    raise MalformedRefusal(
        f"“{zh}”须填写，且不超过 {most} 个字符。",
        f"{en!r} needs a text of 1 to {most} characters.",
        code="form-incomplete",
    )


def checked_choice(code: str, choices: tuple[str, ...]) -> str:
    """Return a choice of a form; raises MalformedRefusal for another one."""
    if code in choices:
        return code
    named = ", ".join(choices)
    raise MalformedRefusal(
        f"没有“{code[:40]}”这个结果，应为以下之一：{named}。",
        f"There is no result {code[:40]!r}; it should be one of: {named}.",
        code="unknown-result",
    )


def to_sign(body: bytes, name: str) -> Response[bytes]:
    """The file that a member's tool checks, signs and publishes."""
    headers = {"Content-Disposition": f'attachment; filename="{name}.jsonl"'}
    return Response(body, media_type="application/x-ndjson", headers=headers)


def _draft(found: Desk, data: Answered) -> Draft:
    """Return what the form answers, as it stands on the desk now.

    Raises:
        NotFoundRefusal: it is not there, or no longer.
    """
    asked = (data.subject, data.territory, data.measure, data.about)
    for view in found.pushes:
        push = view.push
        if asked == (push.subject_id, push.territory, push.measure.measure, view.cause.entry):
            return reply_draft(push, found.on)
    for lift in found.lifts:
        own = lift.applied
        if asked == (lift.subject_id, own.territory, own.measure, own.target.entry):
            return lift_draft(lift, found.on)
    raise NotFoundRefusal(
        "工作台上没有这一事项，或已经办结。", "There is no such task on the desk, or no longer."
    )


def _case(frame: Frame, one: Cases) -> dict[str, object]:
    return {"month": one.month, "measure": one.name, "member": one.member_name} | {
        "matter": word(frame.lang, "matter", one.matter),
        "applied": one.applied + one.partly_applied,
        "not_applied": one.not_applied,
        "joint": one.joint,
    }


_FIELDS: Final = {
    "organ": ("办理机关", "organ"),
    "reasons": ("理由", "reasons"),
    "matter_name": ("办理事项", "matter handled"),
    "instrument": ("文号", "document number"),
}
