"""The list of the desk: who has to act until when; a subject's own; what is overdue."""

from litestar import Response, get

from registry.domain.disclosure import Role
from registry.objection_pages.common import (
    about_of,
    next_of,
    stage_of,
)
from registry.objections.model import LISTED_MAX, KeptObjection, Standing
from registry.objections.terms import SOON
from registry.pages.desk_page import FrameDep
from registry.pages.frame import Frame, ReadsDep
from registry.pages.query_params import number_of, one
from registry.pages.words import day
from registry.workbench.model import AT_THE_DESK
from registry.workbench_pages.common import ObjectionsDep


@get("/objections", include_in_schema=False)
async def objections_page(
    frame: FrameDep, reads: ReadsDep, objections: ObjectionsDep
) -> Response[str]:
    """What whoever asks sees of objections; other members, and the public, see nothing."""
    role = frame.asker.grant.role
    if role is Role.BUSINESS or not frame.asker.known:
        mine = await objections.of_subject(frame.asker, await reads.own_ids())
        lines = [_line(frame, item, objections.standing(item), plain=True) for item in mine]
        return frame.page("objections.html", kind="own", lines=lines, older="", closed=False)
    if role not in AT_THE_DESK:
        late = await objections.overdue(frame.asker)
        return frame.page(
            "objections_overdue.html", lines=[_late(frame, *pair) for pair in late], most=LISTED_MAX
        )
    staff = await objections.staff(frame.asker)
    closed, behind = one(frame, "closed") == "yes", number_of(frame, "behind")
    found = await objections.all(staff, closed=closed, behind=behind)
    return frame.page(
        "objections.html",
        kind="staff",
        lines=[_line(frame, *pair) for pair in found],
        older=frame.here(behind=behind + len(found)) if len(found) == LISTED_MAX else "",
        closed=closed,
    )


def _line(
    frame: Frame, item: KeptObjection, stand: Standing, *, plain: bool = False
) -> dict[str, str]:
    soon = stand.due is not None and stand.left <= SOON
    return {
        "number": item.number,
        "link": frame.url(f"/objections/{item.id}"),
        "record": item.headline or frame.t("objections.erased"),
        "name": item.name,
        "owner": "" if plain else item.forwarded or item.department,
        "about": about_of(frame, item),
        "stage": stage_of(frame, item),
        "on": day(frame.lang, item.received_on),
        "next": "" if plain else next_of(frame, item, stand),
        "urgency": "" if plain else "overdue" if stand.late else "soon" if soon else "",
        "decide_by": day(frame.lang, item.decide_by) if item.stage != "closed" else "",
    }


def _late(frame: Frame, item: KeptObjection, stand: Standing) -> dict[str, str]:
    """Return what the region sees: whose duty, which number, what, since when; nobody's name."""
    return {
        "member": frame.site.name_of(item.member),
        "number": item.number,
        "what": frame.t(f"objections.step-{stand.step}") if stand.step else "",
        "due": "" if stand.due is None else day(frame.lang, stand.due),
        "days": str(abs(stand.left)),
    }
