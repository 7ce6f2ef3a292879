"""Exports of a member: the form for a further one, and those that were made."""

from typing import Final

from litestar import Response, get, post
from litestar.di import NamedDependency
from litestar.params import SkipValidation, URLEncodedBody
from litestar.response import Redirect

from registry.access.reads import Reads
from registry.access.sessions import check_form
from registry.errors import Refusal
from registry.export_pages.words import door_name, headed, lines_of_left, origin_of
from registry.exports.desk import LISTED_MAX, Exports, Listed
from registry.exports.model import ROWS_MAX, Made, Wish, wish_of
from registry.exports.templates import DOORS, FORMATS, KINDS, SHAPES, WHAT
from registry.pages.desk_page import FrameDep
from registry.pages.frame import Frame, ReadsDep
from registry.pages.query_params import number_of, one
from registry.pages.voucher_pages import spoken, told_in
from registry.pages.words import moment, word

ExportsDep = NamedDependency[SkipValidation[Exports]]
Sent = dict[str, str]
"""A form as it came."""
_OWN: Final = frozenset({"csrf", "lang"})


@get("/exports", include_in_schema=False)
async def exports_page(frame: FrameDep, reads: ReadsDep, exports: ExportsDep) -> Response[str]:
    """What can be exported, and what was; of a parcel of the desk, where one is named."""
    parcel = number_of(frame, "parcel")
    typed = {"submission": one(frame, "submission"), "parcel": str(parcel or "")}
    return await _shown(frame, reads, exports, typed)


@post("/exports", include_in_schema=False)
async def make(
    data: URLEncodedBody[Sent], frame: FrameDep, reads: ReadsDep, exports: ExportsDep
) -> Response[str] | Redirect:
    """Make an export; where nothing fits, what was left out and why is said instead."""
    frame = spoken(frame, data.get("lang", ""))
    check_form(frame.asker, data.get("csrf", ""))
    typed = {name: text for name, text in data.items() if name not in _OWN}
    await exports.staff(reads)
    try:
        made = await exports.make(reads, wish_of(typed))
    except Refusal as wrong:
        return await _shown(frame, reads, exports, typed, wrong=wrong)
    if not made.number:
        return await _shown(frame, reads, exports, typed, made=made)
    more = {"more": made.after} if made.more else {}
    return Redirect(frame.url(f"/exports/{made.number}", **more), status_code=303)


async def _shown(
    frame: Frame,
    reads: Reads,
    exports: Exports,
    typed: Sent,
    *,
    wrong: Refusal | None = None,
    made: Made | None = None,
) -> Response[str]:
    before = number_of(frame, "before")
    staff = await exports.staff(reads)
    found = await exports.all(reads, before)
    department = next((each.one.department for each in found), "")
    return frame.page(
        "exports.html",
        200 if wrong is None else wrong.status,
        member=frame.site.name_of(staff.member),
        unit=staff.asker.grant.department,
        wrong="" if wrong is None else told_in(frame, wrong),
        nothing=made is not None,
        left=lines_of_left(frame, origin_of(frame, staff.member), made.left) if made else [],
        left_count=made.left_count if made else 0,
        typed=_filled(typed, department),
        choices=_choices(frame),
        rows_max=ROWS_MAX,
        exports=[_line(frame, each) for each in found],
        older=frame.here(before=found[-1].one.number) if len(found) == LISTED_MAX else "",
    )


def _filled(typed: Sent, department: str) -> Sent:
    """Return what the form shows: as typed, the sender's digits as they were the last time."""
    names = Wish.__struct_fields__
    return dict.fromkeys(names, "") | {"department": department} | typed


def _choices(frame: Frame) -> dict[str, list[tuple[str, str]]]:
    """Return what each list of the form offers: code and name."""
    return {
        "door": [(code, door_name(frame, code)) for code in DOORS],
        "kind": [(code, word(frame.lang, "type", code)) for code in KINDS],
        "form": [(code, frame.t(f"exports.form-{code}")) for code in SHAPES],
        "format": [(code, frame.t(f"exports.format-{code}")) for code in FORMATS],
        "what": [(code, frame.t(f"exports.what-{code}")) for code in WHAT],
    }


def _line(frame: Frame, each: Listed) -> dict[str, object]:
    return {
        "name": headed(frame, each.one),
        "link": frame.url(f"/exports/{each.one.number}"),
        "at": moment(frame.lang, each.one.at),
        "unit": each.one.unit,
        "counts": frame.t(
            "exports.counts",
            records=each.one.records,
            accepted=each.accepted,
            rejected=each.rejected,
            open=each.open,
        ),
    }
