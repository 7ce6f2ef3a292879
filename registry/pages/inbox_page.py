"""A member's inbox: what others have sent, who handles it here, until when, and what then."""

from datetime import date

from litestar import Response, get
from litestar.di import NamedDependency
from litestar.params import SkipValidation

from registry.clock import Clock, today
from registry.domain.offices import Office
from registry.domain.pushes import arrangement_on
from registry.exchange.feeds import Feeds, FeedState
from registry.pages.fields import headline, type_of
from registry.pages.frame import Frame, ReadsDep
from registry.pages.owners import Owners, owner_line
from registry.pages.periods import periods
from registry.pages.words import day, shortened, word
from registry.query.inbox import Message
from registry.query.standard_cases import CaseView


@get("/inbox", include_in_schema=False)
async def inbox(
    frame: NamedDependency[SkipValidation[Frame]],
    reads: ReadsDep,
    clock: NamedDependency[SkipValidation[Clock]],
    feeds: NamedDependency[SkipValidation[Feeds]],
) -> Response[str]:
    """The inbox of whoever is signed in at a member; his department's own stands first."""
    found, on = await reads.inbox(), today(clock)
    owners = Owners.under(frame, await reads.rulebook(on), on)
    lines = [_owned(frame, found.member, one, owners) for one in found.messages]
    waiting = [line for line in lines if line["waits"]]
    cases = [_case(frame, found.member, one, owners) for one in found.cases]
    return frame.page(
        "inbox.html",
        member=frame.site.name_of(found.member),
        department=frame.asker.grant.department,
        whole=found.whole,
        groups=_groups(frame, waiting),
        count=len(waiting),
        cases=sorted(cases, key=lambda line: not line["mine"]),
        answered=[line for line in lines if not line["waits"]],
        stops=[_stop(frame, *one) for one in await _unconfirmed(frame, feeds, found.member, on)],
        terms=frame.t("inbox.terms", title=_arrangement(frame, on)),
    )


def _arrangement(frame: Frame, on: date) -> str:
    terms = arrangement_on(on)
    return terms.title_zh if frame.lang == "zh" else terms.title_en


def _owned(frame: Frame, member: str, one: Message, owners: Owners) -> dict[str, object]:
    owner = owner_line(frame, member, owners.of(member, one.view.record))
    late = one.due is not None and one.due < owners.on
    return _line(frame, one) | owner | {"waits": one.waits, "late": late}


def _groups(
    frame: Frame, waiting: list[dict[str, object]]
) -> list[tuple[str, list[dict[str, object]]]]:
    """Return what waits under headings: for a department its own first, then the others'."""
    if not frame.asker.grant.department:
        return [("", waiting)]
    mine = [line for line in waiting if line["mine"]]
    others = [line for line in waiting if not line["mine"]]
    return [(frame.t("inbox.mine"), mine), (frame.t("inbox.others"), others)]


async def _unconfirmed(
    frame: Frame, feeds: Feeds, member: str, on: date
) -> list[tuple[Office, FeedState]]:
    """Return the offices here that have a feed and have not confirmed all stops."""
    codes = {
        one.uscc: one
        for one in frame.site.offices.offices
        if one.member == member and one.uscc and one.stands(on)
    }
    states = await feeds.states() if codes else ()
    return [
        (codes[one.consumer.code], one)
        for one in states
        if one.counts.unconfirmed and one.consumer.code in codes
    ]


def _stop(frame: Frame, office: Office, state: FeedState) -> dict[str, object]:
    counts = state.counts
    due = "" if counts.oldest_due is None else day(frame.lang, counts.oldest_due)
    said = {"count": counts.unconfirmed, "late": counts.late, "due": due}
    return {"office": office.name, "said": frame.t("feeds.unconfirmed-line", **said)}


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


def _case(frame: Frame, member: str, one: CaseView, owners: Owners) -> dict[str, object]:
    """A case about a standard in which an organ here has to act, and what until when."""
    lang, record = frame.lang, one.view.record
    return {
        "title": f"{one.case.number} {word(lang, 'about', one.case.about)}",
        "subject": record.subject.name,
        "receiver": one.case.receiver.name,
        "on": day(lang, one.case.asked_on),
        **owner_line(frame, member, owners.of_organ(member, one.case.receiver)),
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
