"""Filing an objection: by a subject to its own record, or by a clerk at the counter."""

from litestar import Response, get, post
from litestar.params import URLEncodedBody
from litestar.response import Redirect

from registry.access.reads import Reads
from registry.domain.disclosure import Role
from registry.errors import MalformedRefusal, Refusal
from registry.objections.letters import FORMS
from registry.objections.model import ABOUTS, GROUNDS_MAX, LINE_MAX, Wish, not_own
from registry.objections.terms import TERMS
from registry.pages.desk_page import FrameDep
from registry.pages.fields import headline
from registry.pages.frame import Frame, ReadsDep
from registry.pages.query_params import one
from registry.pages.voucher_pages import spoken, told_in
from registry.pages.words import shortened
from registry.query.views import RecordView
from registry.workbench_pages.common import ObjectionsDep, Sent, kept

FORM_MAX = 128 * 1024
"""Bytes of the form: the grounds may have nine bytes a character when they are sent."""
FIELDS = ("about", "grounds", "person", "contact", "measure", "territory")
"""Of the form, in the order of `Wish`."""
_MOST = 2**53


@get("/objections/new", include_in_schema=False)
async def form(frame: FrameDep, reads: ReadsDep, objections: ObjectionsDep) -> Response[str]:
    """The form about the record that the address names."""
    await _who(frame, objections)
    place = one(frame, "record")
    view = await disputed(frame, reads, place) if place else None
    return _form(frame, place, view, {})


@post("/objections/new", include_in_schema=False)
async def file(
    data: URLEncodedBody[Sent], frame: FrameDep, reads: ReadsDep, objections: ObjectionsDep
) -> Response[str] | Redirect:
    """Take it; where the same is under way already, lead there."""
    frame = spoken(frame, data.get("lang", ""))
    if (again := kept(frame, data)) is not None:
        return again
    place = data.get("record", "")
    view = await disputed(frame, reads, place)
    wish = Wish(*(data.get(name, "") for name in FIELDS))
    try:
        if frame.asker.grant.role is Role.BUSINESS:
            filing = await objections.file_own(frame.asker, view, wish)
        else:
            staff = await objections.staff(frame.asker)
            filing = await objections.file_at_counter(staff, view, wish)
    except MalformedRefusal as wrong:
        return _form(frame, place, view, data, wrong)
    how = "before" if filing.before else "filed"
    return Redirect(frame.url(f"/objections/{filing.one.id}", how=how), status_code=303)


async def _who(frame: Frame, objections: ObjectionsDep) -> None:
    """Refuse the form to whoever cannot file; what he may file is seen when he does."""
    if frame.asker.grant.role is not Role.BUSINESS:
        await objections.staff(frame.asker)


async def disputed(frame: Frame, reads: Reads, place: str) -> RecordView:
    """Return the record at an address (``<log>/<number>``) that whoever asks may object to.

    Raises:
        GoneRefusal: there is none, it may not be shown, or it is not his own: word for word alike.
    """
    origin, _, number = place.strip().removeprefix("/record/").rpartition("/")
    if not (number.isascii() and number.isdigit() and len(number) <= len(str(_MOST))):
        raise not_own()
    if frame.asker.grant.role is not Role.BUSINESS:
        return (await reads.record(origin, int(number), reads.today())).view
    own = await reads.own()
    found = (view.view for view in own.records)
    view = next((v for v in found if (v.origin, v.idx) == (origin, int(number))), None)
    if view is None:
        raise not_own()
    return view


def _form(
    frame: Frame, place: str, view: RecordView | None, typed: Sent, wrong: Refusal | None = None
) -> Response[str]:
    which = frame.lang == "en"
    asked = {name: one(frame, name) for name in ("about", "measure", "territory")}
    about = typed.get("about", asked["about"])
    return frame.page(
        "objection_new.html",
        200 if wrong is None else wrong.status,
        wrong="" if wrong is None else told_in(frame, wrong),
        place=place,
        record=None if view is None else _record(frame, view),
        abouts=[(key, FORMS.about[key][which], key == about) for key in ABOUTS],
        typed={**dict.fromkeys(FIELDS, ""), **asked, **typed},
        limits={"grounds": GROUNDS_MAX, "line": LINE_MAX},
        terms={
            key: (term.days, term.en if which else term.zh, term.basis_en if which
                  else term.basis_zh, frame.t(f"read.{term.read}"))
            for key, term in TERMS.items() if key in {"accept", "decide"}
        },
    )  # fmt: skip


def _record(frame: Frame, view: RecordView) -> dict[str, str]:
    return {
        "title": shortened(headline(frame, view.record)),
        "subject": view.record.subject.name,
        "organ": view.record.authority.name,
        "member": view.member_name,
        "link": frame.url(f"/record/{view.origin}/{view.idx}"),
    }
