"""A member's inbox: what others have sent, what waits, until when and by which law."""

from litestar import Response, get
from litestar.di import NamedDependency
from litestar.params import SkipValidation

from registry.clock import Clock, today
from registry.pages.fields import headline, type_of
from registry.pages.frame import Frame, ReadsDep
from registry.pages.periods import periods
from registry.pages.words import day, shortened, word
from registry.query.inbox import Message
from registry.query.standard_cases import CaseView


@get("/inbox", include_in_schema=False)
async def inbox(
    frame: NamedDependency[SkipValidation[Frame]],
    reads: ReadsDep,
    clock: NamedDependency[SkipValidation[Clock]],
) -> Response[str]:
    """The inbox of whoever is signed in at a member."""
    found, on = await reads.inbox(), today(clock)
    return frame.page(
        "inbox.html",
        member=frame.site.name_of(found.member),
        whole=found.whole,
        waiting=[
            _line(frame, one) | {"late": one.due is not None and one.due < on}
            for one in found.messages
            if one.waits
        ],
        cases=[_case(frame, one) for one in found.cases],
        answered=[_line(frame, one) for one in found.messages if not one.waits],
    )


def _line(frame: Frame, one: Message) -> dict[str, object]:
    record = one.view.record
    return {
        "on": day(frame.lang, record.decided_on),
        "kind": word(frame.lang, "type", type_of(record)),
        "title": shortened(headline(frame, record)),
        "subject": record.subject.name,
        "organ": record.authority.name,
        "member": one.view.member_name,
        "link": frame.url(f"/record/{one.view.origin}/{one.view.idx}"),
        "due": "" if one.due is None else day(frame.lang, one.due),
        "periods": periods(frame, one.windows),
        "answers": [
            (day(frame.lang, reply.record.decided_on), _result(frame, reply.record))
            for reply in one.answers
        ],
    }


def _case(frame: Frame, one: CaseView) -> dict[str, object]:
    """A case about a standard in which an organ here has to act, and what until when."""
    lang, record = frame.lang, one.view.record
    return {
        "title": f"{one.case.number} {word(lang, 'about', one.case.about)}",
        "subject": record.subject.name,
        "receiver": one.case.receiver.name,
        "on": day(lang, one.case.asked_on),
        "dues": [
            {
                "what": due.term.zh if lang == "zh" else due.term.en,
                "last": day(lang, due.last),
                "late": due.overdue,
            }
            for due in one.standing.dues
            if due.term.who != "applicant"
        ],
    }


def _result(frame: Frame, record: object) -> str:
    return word(frame.lang, "result", str(getattr(record, "result", "")))
