"""Laboratories by name or by a method: whose licence is valid on a day, and what it covers."""

from typing import Final

from litestar import Response, get
from litestar.di import NamedDependency
from litestar.params import SkipValidation

from registry.pages.cover import cover_lines
from registry.pages.frame import Frame, ReadsDep
from registry.pages.query_params import day_of, one
from registry.pages.words import day
from registry.query.laboratories import NAME_MAX, LicenceView
from registry.standard_pages.standard import NUMBER_MAX

_STATES: Final = {
    "valid": "laboratory.valid",
    "expired": "laboratory.expired",
    "not_yet": "laboratory.not-yet",
}


@get("/laboratories", include_in_schema=False)
async def laboratories(
    frame: NamedDependency[SkipValidation[Frame]], reads: ReadsDep
) -> Response[str]:
    """The form; with a name or a method, the licences that answer."""
    name, method = one(frame, "name").strip(), one(frame, "method").strip()[:NUMBER_MAX]
    on = day_of(one(frame, "on")) or reads.today()
    view = None
    if name or method:
        view = await reads.standards.laboratories(name, method, on)
    coverage = view.coverage if view else await reads.coverage()
    return frame.page(
        "laboratories.html",
        asked={"name": name, "method": method, "on": on.isoformat()},
        limits={"name": NAME_MAX, "method": NUMBER_MAX},
        licences=None if view is None else [_licence(frame, found) for found in view.licences],
        whole=view is None or view.whole,
        cover=cover_lines(frame, coverage),
    )


def _licence(frame: Frame, found: LicenceView) -> dict[str, object]:
    lang = frame.lang
    until = {"since": day(lang, found.valid_from), "until": day(lang, found.valid_until)}
    return {
        "name": found.name,
        "uscc": found.uscc,
        "licence": f"{found.mark} {found.certificate_no}",
        "valid": found.state == "valid",
        "state": frame.t(_STATES[found.state]),
        "term": frame.t("laboratory.term", **until),
        "items": found.items,
        "left": found.count - len(found.items),
        "link": frame.url(f"/record/{found.origin}/{found.idx}"),
        "member": found.member_name,
    }
