"""Opening a case about a standard: who may, as whom, free of charge, and the receipt."""

from typing import Final

from litestar import Response, get, post
from litestar.di import NamedDependency
from litestar.params import FromPath, SkipValidation, URLEncodedBody
from litestar.response import Redirect
from msgspec import UNSET, Struct

from registry.access.sessions import check_form
from registry.clock import Clock, today
from registry.counter.desk import ABOUT, PRODUCT_MAX, REASONS_MAX, Asked, Counter
from registry.domain.disclosure import Role
from registry.domain.grants import OF_DEPARTMENT
from registry.errors import MalformedRefusal
from registry.pages.desk_page import to_sign
from registry.pages.frame import Frame, ReadsDep
from registry.pages.query_params import one
from registry.pages.voucher_pages import spoken
from registry.pages.words import moment, word
from registry.standard_pages.cases import ABOUT_NAMES, due_line, request_line
from registry.standard_pages.standard import NUMBER_MAX, USES
from registry.standard_pages.whom import offices_for, receiver_of
from registry.standards.case_clock import arrangement_on

FrameDep = NamedDependency[SkipValidation[Frame]]
CounterDep = NamedDependency[SkipValidation[Counter]]
ClockDep = NamedDependency[SkipValidation[Clock]]
_DAYS: Final = {"working": "request.days-working", "calendar": "request.days-calendar"}
TAKES: Final = OF_DEPARTMENT | {Role.PUBLISHER, Role.REGULATOR}
"""Who may take a request to have it logged."""


class Sent(Struct):
    """The form as it comes."""

    about: str = ""
    number: str = ""
    territory: str = ""
    use: str = ""
    product: str = ""
    reasons: str = ""
    lang: str = ""
    csrf: str = ""


@get("/standard-cases/new", include_in_schema=False)
async def new(frame: FrameDep, clock: ClockDep) -> Response[str]:
    """Who may ask, of whom, until when it is answered, and for an enterprise the form."""
    on = today(clock)
    place, use = one(frame, "territory"), one(frame, "use") or "tender"
    known = place in dict(frame.site.members) and use in USES
    terms = arrangement_on(on)
    return frame.page(
        "case_new.html",
        asked={
            "number": one(frame, "number")[:NUMBER_MAX],
            "territory": place,
            "use": use,
            "product": one(frame, "product")[:PRODUCT_MAX],
        },
        abouts=[(code, frame.t(ABOUT_NAMES[code])) for code in ABOUT],
        uses=[(code, frame.t(key)) for code, key in USES.items()],
        offices=offices_for(frame, place, use, on) if known else [],
        known=known,
        own=frame.asker.grant.role is Role.BUSINESS,
        terms=terms.title_zh if frame.lang == "zh" else terms.title_en,
        steps=[
            (
                term.zh if frame.lang == "zh" else term.en,
                frame.t(_DAYS[term.counting], days=term.length.strip("PD")),
            )
            for term in terms.term
            if term.who != "applicant"
        ],
        limits={"number": NUMBER_MAX, "product": PRODUCT_MAX, "reasons": REASONS_MAX},
    )


@post("/standard-cases/new", include_in_schema=False)
async def hand_in(
    data: URLEncodedBody[Sent], frame: FrameDep, reads: ReadsDep, counter: CounterDep
) -> Redirect:
    """Keep the request, and lead to its receipt."""
    frame = spoken(frame, data.lang)
    check_form(frame.asker, data.csrf)
    if data.territory not in dict(frame.site.members):
        raise MalformedRefusal(
            "请选择办理地区。", "Choose the place that is asked.", code="unknown-territory"
        )
    asked = Asked(
        about=data.about,
        number=data.number[: NUMBER_MAX + 1],
        territory=data.territory,
        receiver=receiver_of(frame, data.territory, data.use, reads.today()),
        use=data.use,
        product=data.product,
        reasons=data.reasons,
    )
    number = await counter.hand_in(reads, asked)
    return Redirect(frame.url(f"/standard-cases/request/{number}"), status_code=303)


@get("/standard-cases/request/{number:str}", include_in_schema=False)
async def receipt(
    number: FromPath[str], frame: FrameDep, reads: ReadsDep, counter: CounterDep
) -> Response[str]:
    """The receipt of a request: when it came, who must act, by when."""
    found = await counter.view(reads, number)
    case, on = found.case, reads.today()
    return frame.page(
        "case_request.html",
        **request_line(frame, found),
        moment=moment(frame.lang, found.made_at),
        digest=found.digest,
        node=frame.site.node,
        logged=found.logged,
        about=frame.t(ABOUT_NAMES[case.about]),
        use="" if case.use is UNSET else word(frame.lang, "use", case.use),
        product="" if case.product is UNSET else case.product,
        reasons=case.reasons,
        offices=offices_for(frame, found.member, str(case.use), on),
        dues=[due_line(frame, due) for due in found.standing.dues],
        takes=frame.asker.grant.role in TAKES,
    )


@get("/standard-cases/request/{number:str}/file", include_in_schema=False)
async def take(number: FromPath[str], reads: ReadsDep, counter: CounterDep) -> Response[bytes]:
    """The request as a file to check, sign and publish."""
    return to_sign(await counter.file(reads, number), "case")


ROUTES: Final = (new, hand_in, receipt, take)
