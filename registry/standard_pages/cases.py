"""Cases about standards: an organ's desk, the region's view, and what whoever asked may follow.

What the form sends comes back as a file: the member's own tool checks, signs and publishes it.
"""

from typing import Final, get_args

from litestar import Response, get, post
from litestar.di import NamedDependency
from litestar.params import SkipValidation, URLEncodedBody
from msgspec import UNSET, Struct

from registry.access.sessions import check_form
from registry.counter.desk import Counter, Request
from registry.domain.disclosure import Role
from registry.domain.grants import OF_DEPARTMENT
from registry.domain.records.standards import Degree, StandardCaseStep
from registry.errors import NotFoundRefusal
from registry.pages.desk_page import (
    ORGAN_MAX,
    REASONS_MAX,
    checked_choice,
    checked_text,
    to_sign,
)
from registry.pages.frame import Frame, ReadsDep
from registry.pages.voucher_pages import spoken
from registry.pages.words import day, shortened, word
from registry.query.standard_cases import CaseView, step_file
from registry.query.views import RecordView
from registry.standards.case_clock import FINDINGS, Due, OutOfOrder, arrangement_on, may_follow

FrameDep = NamedDependency[SkipValidation[Frame]]
_WHO: Final = {
    "organ": "standard-case.organ",
    "applicant": "standard-case.applicant",
    "appeal_organ": "standard-case.appeal-organ",
}
_STEPS: Final = {
    "asked": "standard-case.asked",
    "received": "standard-case.received",
    "incomplete": "standard-case.incomplete",
    "completed": "standard-case.completed",
    "assessing": "standard-case.assessing",
    "heard": "standard-case.heard",
    "answered": "standard-case.answered",
    "decided": "standard-case.decided",
    "appealed": "standard-case.appealed",
    "appeal_decided": "standard-case.appeal-decided",
    "withdrawn": "standard-case.withdrawn",
}
_DEGREES: Final = {
    "full": "standard-case.full",
    "partial": "standard-case.partial",
    "conditional": "standard-case.conditional",
    "refused": "standard-case.refused",
}
ABOUT_NAMES: Final = {
    "recognition": "standard-case.about-recognition",
    "acceptance": "standard-case.about-acceptance",
    "group_standard": "standard-case.about-group",
    "declaration": "standard-case.about-declaration",
}
_DECIDING: Final = frozenset({"decided", "appeal_decided"})
_ORGANS: Final = OF_DEPARTMENT | {Role.PUBLISHER, Role.REGULATOR}


class Taken(Struct):
    """The form of a step as it comes; ``case`` is the entry of the request."""

    case: str = ""
    step: str = ""
    organ: str = ""
    text: str = ""
    degree: str = ""
    lang: str = ""
    csrf: str = ""


@get("/standard-cases", include_in_schema=False)
async def cases(
    frame: FrameDep, reads: ReadsDep, counter: NamedDependency[SkipValidation[Counter]]
) -> Response[str]:
    """The cases of whoever is signed in: at a member, for the region, or for a subject."""
    found = await reads.standard_cases()
    requests = await counter.waiting(reads)
    lines = [_line(frame, one) for one in found.cases]
    terms = found.cases[0].standing.arrangement if found.cases else arrangement_on(found.on)
    return frame.page(
        "cases.html",
        groups=[
            ("overdue", [line for line in lines if line["state"] == "overdue"]),
            ("open", [line for line in lines if line["state"] == "open"]),
            ("closed", [line for line in lines if line["state"] == "closed"]),
        ],
        own=frame.asker.grant.role is Role.BUSINESS,
        requests=[request_line(frame, one) for one in requests],
        whole=found.whole,
        terms=terms.title_zh if frame.lang == "zh" else terms.title_en,
        degrees=[(code, frame.t(key)) for code, key in _DEGREES.items()],
        limits={"organ": ORGAN_MAX, "reasons": REASONS_MAX},
    )


@post("/standard-cases", include_in_schema=False)
async def take(data: URLEncodedBody[Taken], frame: FrameDep, reads: ReadsDep) -> Response[bytes]:
    """The next step as a file to check, sign and publish."""
    frame = spoken(frame, data.lang)
    check_form(frame.asker, data.csrf)
    found = await reads.standard_cases()
    mine = frame.asker.grant.role in _ORGANS
    one = next((case for case in found.cases if mine and case.entry == data.case), None)
    if one is None:
        raise NotFoundRefusal(
            "没有这一办理事项，或不由您办理。",
            "There is no such case, or it is not yours to handle.",
        )
    step = checked_choice(data.step, may_follow(one.standing, "organ"))
    said = {"step": step}
    if data.text.strip() or step in _DECIDING:
        said["text"] = checked_text(data.text, "reasons", REASONS_MAX)
    if step in _DECIDING:
        said["degree"] = checked_choice(data.degree, get_args(Degree))
    organ = checked_text(data.organ, "organ", ORGAN_MAX)
    return to_sign(step_file(one, found.on, organ, said), "step")


ROUTES: Final = (cases, take)


def _line(frame: Frame, one: CaseView) -> dict[str, object]:
    case, stands, lang = one.case, one.standing, frame.lang
    state = "closed" if stands.closed else "overdue" if stands.overdue else "open"
    follow = may_follow(stands, "organ") if frame.asker.grant.role in _ORGANS else ()
    return {
        "state": state,
        "number": case.number,
        "about": frame.t(ABOUT_NAMES[case.about]),
        "subject": case.subject.name,
        "place": frame.site.name_of(case.territory),
        "receiver": case.receiver.name,
        "asked": day(lang, case.asked_on),
        "use": "" if case.use is UNSET else word(lang, "use", case.use),
        "product": "" if case.product is UNSET else case.product,
        "reasons": shortened(case.reasons),
        "link": frame.url(f"/record/{one.view.origin}/{one.view.idx}"),
        "now": frame.t("standard-case.silent" if stands.silent else _STEPS[stands.now]),
        "dues": [due_line(frame, due) for due in stands.dues],
        "decide_from": "" if stands.decide_from is None else day(lang, stands.decide_from),
        "steps": [
            _step(frame, view, [f for f in stands.findings if f.step == at])
            for at, view in enumerate(one.steps)
        ],
        "ignored": [_step(frame, view, []) for view in one.ignored],
        "entry": one.entry,
        "follow": [(step, frame.t(_STEPS[step])) for step in follow],
    }


def due_line(frame: Frame, due: Due) -> dict[str, object]:
    """Return who must do what until when, in words."""
    zh, term = frame.lang == "zh", due.term
    return {
        "who": frame.t(_WHO[term.who]),
        "what": term.zh if zh else term.en,
        "until": frame.t("desk.until", on=day(frame.lang, due.last)),
        "since": day(frame.lang, due.since),
        "overdue": due.overdue,
        "basis": term.basis_zh if zh else term.basis_en,
        "unknown": ""
        if due.unknown_from is None
        else frame.t("standard-case.calendar", year=due.unknown_from),
    }


def _step(frame: Frame, view: RecordView, findings: list[OutOfOrder]) -> dict[str, object]:
    record = view.record
    step = record if isinstance(record, StandardCaseStep) else None
    zh = frame.lang == "zh"
    return {
        "name": frame.t(_STEPS[step.step]) if step else "",
        "on": day(frame.lang, step.done_on) if step else "",
        "text": shortened(step.text) if step and step.text is not UNSET else "",
        "degree": frame.t(_DEGREES[step.degree]) if step and step.degree is not UNSET else "",
        "organ": record.authority.name,
        "member": view.member_name,
        "link": frame.url(f"/record/{view.origin}/{view.idx}"),
        "wrong": [FINDINGS[one.code].zh if zh else FINDINGS[one.code].en for one in findings],
    }


def request_line(frame: Frame, found: Request) -> dict[str, object]:
    """Return a request in one line of a list."""
    due = min((due.last for due in found.standing.dues), default=None)
    return {
        "id": found.id,
        "number": found.case.number,
        "subject": found.case.subject.name,
        "place": frame.site.name_of(found.member),
        "receiver": found.case.receiver.name,
        "asked": day(frame.lang, found.case.asked_on),
        "due": "" if due is None else day(frame.lang, due),
        "link": frame.url(f"/standard-cases/request/{found.id}"),
        "file": f"/standard-cases/request/{found.id}/file",
    }
