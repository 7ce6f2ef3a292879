"""One submission: how far it is, its rows with what is wrong in them, what goes on, receipts."""

from typing import Final

from litestar import Response, get, post
from litestar.params import FromPath, URLEncodedBody
from litestar.response import Redirect

from registry.access.log import ANSWERED
from registry.errors import MalformedRefusal, NotFoundRefusal
from registry.pages.desk_page import FrameDep, to_sign
from registry.pages.frame import Frame, ReadsDep
from registry.pages.query_params import number_of, one
from registry.pages.voucher_pages import spoken
from registry.pages.words import moment
from registry.workbench.desk import REASON_MAX, Around, RowAt
from registry.workbench.model import Staff, found_of
from registry.workbench_pages.common import (
    Sent,
    WorkbenchDep,
    did_line,
    kept,
    parcel_line,
    sentence,
    stands,
)

PER_PAGE: Final = 50
FOUND_MAX: Final = 5
"""Findings of a row told in the list; its own page has them all."""
_STATES: Final = ("to-fix", "good", "repeated", "admitted", "deleted")
_FILES: Final = {
    "csv": "text/csv; charset=utf-8",
    "jsonl": "application/x-ndjson",
    "xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
}
READ: Final = "workbench"
"""The kind of a row of the access log about drafts; its place is the submission's id."""


@get("/workbench/{submission:str}", include_in_schema=False)
async def submission_page(
    submission: FromPath[str], frame: FrameDep, workbench: WorkbenchDep, reads: ReadsDep
) -> Response[str]:
    """Rows to fix first; or those of a state or parcel."""
    staff = await workbench.staff(frame.asker)
    around = await workbench.view(staff, submission)
    parcel = number_of(frame, "parcel") or -1
    state = one(frame, "state")
    if state not in _STATES:
        state = "to-fix" if parcel < 0 and around.rows("to-fix") else ""
    after = number_of(frame, "after")
    rows = await workbench.rows(staff, submission, (state, parcel), after, PER_PAGE)
    await reads.write(READ, ANSWERED, place=submission)
    return frame.page(
        "workbench_submission.html",
        **_about(frame, around, staff),
        seals=workbench.seals(staff),
        state=state,
        parcel=max(parcel, 0),
        narrowing=_narrowing(frame, around, state),
        rows=[_row(frame, around, row) for row in rows],
        following=frame.here(after=rows[-1].row.row) if len(rows) == PER_PAGE else "",
        log=[did_line(frame, did) for did in await workbench.logged(staff, submission)][::-1],
        here_again=frame.here(),
    )


@post("/workbench/{submission:str}", include_in_schema=False)
async def act(
    submission: FromPath[str],
    data: URLEncodedBody[Sent],
    frame: FrameDep,
    workbench: WorkbenchDep,
) -> Response[str] | Redirect:
    """Send what is good to review, or throw the submission away."""
    frame = spoken(frame, data.get("lang", ""))
    if (again := kept(frame, data)) is not None:
        return again
    staff, to = await workbench.staff(frame.asker), f"/workbench/{submission}"
    match data.get("act"):
        case "send":
            await workbench.send(staff, submission)
        case "discard":
            await workbench.discard(staff, submission)
            to = "/workbench"
        case _:
            raise _no_act()
    return Redirect(frame.url(to), status_code=303)


@post("/workbench/{submission:str}/parcel/{parcel:int}", include_in_schema=False)
async def act_on_parcel(
    submission: FromPath[str],
    parcel: FromPath[int],
    data: URLEncodedBody[Sent],
    frame: FrameDep,
    workbench: WorkbenchDep,
) -> Response[str] | Redirect:
    """Approve it, reject it with a reason, or have it sealed."""
    frame = spoken(frame, data.get("lang", ""))
    if (again := kept(frame, data)) is not None:
        return again
    staff = await workbench.staff(frame.asker)
    match data.get("act"):
        case "approve":
            await workbench.judge(staff, submission, parcel, None)
        case "reject":
            await workbench.judge(staff, submission, parcel, data.get("reason", ""))
        case "seal":
            await workbench.seal(staff, submission, parcel)
        case _:
            raise _no_act()
    return Redirect(frame.url(f"/workbench/{submission}"), status_code=303)


@get("/workbench/{submission:str}/to-fix", include_in_schema=False)
async def to_fix(
    submission: FromPath[str], frame: FrameDep, workbench: WorkbenchDep, reads: ReadsDep
) -> Response[bytes]:
    """The rows that did not pass as a file, the reasons beside them."""
    staff = await workbench.staff(frame.asker)
    name, body = await workbench.to_fix(staff, submission)
    await reads.write(READ, ANSWERED, place=submission)
    headers = {"Content-Disposition": f'attachment; filename="{name}"'}
    return Response(body, media_type=_FILES[name.rpartition(".")[2]], headers=headers)


@get("/workbench/{submission:str}/parcel/{parcel:int}/file", include_in_schema=False)
async def parcel_file(
    submission: FromPath[str], parcel: FromPath[int], frame: FrameDep, workbench: WorkbenchDep
) -> Response[bytes]:
    """A reviewed parcel, for the publisher's tool."""
    staff = await workbench.staff(frame.asker)
    body = await workbench.file(staff, submission, parcel)
    return to_sign(body, f"parcel-{submission[:8]}-{parcel}")


@get("/workbench/{submission:str}/parcel/{parcel:int}/receipt/{start:int}", include_in_schema=False)
async def receipt(
    submission: FromPath[str],
    parcel: FromPath[int],
    start: FromPath[int],
    frame: FrameDep,
    workbench: WorkbenchDep,
) -> Response[bytes]:
    """A receipt as the node signed it."""
    staff = await workbench.staff(frame.asker)
    found = await workbench.receipts(staff, submission, parcel)
    note = next((one.note for one in found if one.start == start), None)
    if note is None:
        raise NotFoundRefusal("没有这份回执。", "There is no such receipt.", code="no-receipt")
    headers = {"Content-Disposition": f'attachment; filename="{start:012d}.receipt"'}
    return Response(note, media_type="text/plain; charset=utf-8", headers=headers)


ROUTES: Final = (submission_page, act, act_on_parcel, to_fix, parcel_file, receipt)


def _about(frame: Frame, around: Around, staff: Staff) -> dict[str, object]:
    """A submission in words, with what whoever looks may do."""
    one = around.one
    return {
        "id": one.id,
        "name": one.file or frame.t("workbench.unnamed"),
        "made": moment(frame.lang, one.made_at),
        "department": one.department or frame.site.name_of(one.member),
        "how": one.state,
        "done": one.done,
        "lines": max(one.lines, 1),
        "progress": stands(frame, around),
        "good": around.rows("good", 0),
        "bad": around.rows("to-fix"),
        "waits": any(p.state == "sealing" for p in around.parcels),
        "parcels": [parcel_line(frame, around, p) for p in around.parcels],
        "role": staff.role.value,
        "prepares": staff.prepares,
        "reason_max": REASON_MAX,
    }


def _narrowing(frame: Frame, around: Around, chosen: str) -> list[dict[str, object]]:
    return [
        {
            "name": frame.t(f"workbench.state-{state}"),
            "count": count,
            "chosen": state == chosen,
            "link": frame.url(f"/workbench/{around.one.id}", state=state),
        }
        for state in _STATES
        if (count := around.rows(state))
    ]


def _row(frame: Frame, around: Around, at: RowAt) -> dict[str, object]:
    row, one = at.row, around.one
    found = found_of(row.found)
    good = around.rows("good", 0)
    return {
        "row": row.row,
        "line": row.line,
        "about": row.about,
        "state": row.state,
        "stands": frame.t(f"workbench.state-{row.state}"),
        "findings": [
            (item.level, sentence(frame, row.line, item, good), item.cell)
            for item in found[:FOUND_MAX]
        ],
        "more": max(0, len(found) - FOUND_MAX),
        "link": frame.url(f"/workbench/{one.id}/row/{row.row}")
        if row.state in {"good", "to-fix", "repeated"}
        else "",
        "idx": row.idx,
        "record": ""
        if row.idx is None
        else frame.url(f"/record/{_origin(frame, one.member)}/{row.idx}"),
    }


def _origin(frame: Frame, member: str) -> str:
    """Return the log of a member."""
    return next(origin for origin, code in frame.site.origins.items() if code == member)


def _no_act() -> MalformedRefusal:
    return MalformedRefusal("没有这个操作。", "There is no such action.", code="bad-action")
