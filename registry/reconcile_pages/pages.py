"""The pages of the reconcile: the newest run, its differences, what is done; and repair notices."""

from typing import Final

from litestar import Response, get, post
from litestar.datastructures import UploadFile
from litestar.di import NamedDependency
from litestar.params import FromPath, MultipartBody, SkipValidation, URLEncodedBody
from litestar.response import Redirect
from msgspec import Struct

from registry.access.log import ANSWERED
from registry.access.sessions import check_form
from registry.domain.disclosure import Role
from registry.errors import MalformedRefusal, Refusal
from registry.pages.desk_page import FrameDep
from registry.pages.frame import Frame, ReadsDep
from registry.pages.query_params import number_of, one
from registry.pages.voucher_pages import spoken, told_in
from registry.reconcile_pages.lines import (
    counts_of,
    difference_line,
    kinds_of,
    reason_line,
    run_line,
)
from registry.reconciling.desk import NOTE_MAX, Reconciling
from registry.reconciling.drafts import lines_of
from registry.reconciling.files import BYTES_MAX, ROWS_MAX
from registry.reconciling.model import KINDS, REPORTED
from registry.reconciling.notices import NOTICES_MAX
from registry.workbench.desk import Workbench
from registry.workbench.model import Staff

PER_PAGE: Final = 50
REASONS_SHOWN: Final = 1_000
"""Rows of notices of which something is said on the page; the counts are whole."""
READ: Final = "reconcile"
"""The kind of a row of the access log about a run; its place is the run's id."""
FORM_MAX: Final = BYTES_MAX + 64 * 1024
"""Bytes of the form that sends a file."""
ReconcilingDep = NamedDependency[SkipValidation[Reconciling]]
WorkbenchDep = NamedDependency[SkipValidation[Workbench]]


class SentFile(Struct):
    """The form that sends a file: a national status, or repair notices."""

    file: UploadFile
    what: str = "status"
    lang: str = ""
    csrf: str = ""


class Act(Struct):
    """The form of what is done about differences: all that is open of a run, or a note on one."""

    act: str = ""
    number: int = 0
    note: str = ""
    lang: str = ""
    csrf: str = ""


async def _staff(workbench: Workbench, frame: Frame) -> Staff:
    """Return whoever asks as one of a member's staff; reviewers look at drafts, not at this."""
    staff = await workbench.staff(frame.asker)
    staff.must(Role.CLERK, Role.PUBLISHER)
    return staff


@get("/reconcile", include_in_schema=False)
async def reconcile_page(
    frame: FrameDep, workbench: WorkbenchDep, reconciling: ReconcilingDep, reads: ReadsDep
) -> Response[str]:
    """How the member stands, its runs, and the forms for a status and for notices."""
    staff = await _staff(workbench, frame)
    await reads.write(READ, ANSWERED)
    return await _overview(frame, reconciling, staff)


@post("/reconcile", include_in_schema=False)
async def send(
    data: MultipartBody[SentFile],
    frame: FrameDep,
    workbench: WorkbenchDep,
    reconciling: ReconcilingDep,
    reads: ReadsDep,
) -> Response[str] | Redirect:
    """Take a file: a status is compared by the node, notices are matched at once."""
    frame = spoken(frame, data.lang)
    check_form(frame.asker, data.csrf)
    staff = await _staff(workbench, frame)
    content, name = await data.file.read(), data.file.filename
    try:
        if data.what == "notices":
            await reads.write(f"{READ}-notices", ANSWERED)
            return await _notices(frame, (workbench, reconciling), staff, name, content)
        run = await reconciling.add(staff.member, name, content, staff.who)
    except Refusal as wrong:
        return await _overview(frame, reconciling, staff, wrong)
    await reads.write(f"{READ}-compare", ANSWERED, place=run)
    return Redirect(frame.url(f"/reconcile/{run}"), status_code=303)


@get("/reconcile/{run:str}", include_in_schema=False)
async def run_page(
    run: FromPath[str],
    frame: FrameDep,
    workbench: WorkbenchDep,
    reconciling: ReconcilingDep,
    reads: ReadsDep,
) -> Response[str]:
    """One run and its differences; those that are to be acted on first."""
    staff = await _staff(workbench, frame)
    found = await reconciling.view(staff.member, run)
    kind = one(frame, "kind")
    kind = kind if kind in KINDS else ""
    shown = await reconciling.differences(found, kind, number_of(frame, "after"), PER_PAGE)
    done = await reconciling.store.done(run)
    await reads.write(READ, ANSWERED, place=run)
    counts = counts_of(found)
    return frame.page(
        "reconcile_run.html",
        id=run,
        run=run_line(frame, found),
        state=found.state,
        kinds=kinds_of(frame, found, done, kind),
        differences=[difference_line(frame, found, each) for each in shown],
        following=frame.here(after=shown[-1].one.number) if len(shown) == PER_PAGE else "",
        drafts=staff.prepares and counts.get("ended-there", 0) > done.get("ended-there", 0),
        reports=any(counts.get(each) for each in REPORTED),
        note_max=NOTE_MAX,
        here_again=frame.here(),
    )


@post("/reconcile/{run:str}", include_in_schema=False)
async def act(
    run: FromPath[str],
    data: URLEncodedBody[Act],
    frame: FrameDep,
    workbench: WorkbenchDep,
    reconciling: ReconcilingDep,
    reads: ReadsDep,
) -> Redirect:
    """Prepare records, note that a list was sent, or keep a note on a difference."""
    frame = spoken(frame, data.lang)
    check_form(frame.asker, data.csrf)
    staff = await _staff(workbench, frame)
    found = await reconciling.view(staff.member, run)
    who, to = (staff.who, staff.role.value), f"/reconcile/{run}"
    match data.act:
        case "draft":
            content, numbers = await reconciling.drafts(found)
            if numbers:
                name = f"对账-{found.made_at:%Y-%m-%d}.jsonl"
                made = await workbench.upload(staff, name, content)
                await reconciling.did(found, numbers, who, "drafted", made)
                to = f"/workbench/{made}"
        case "reported":
            _, numbers = await reconciling.report(found)
            await reconciling.did(found, numbers, who, "reported", "")
        case "note":
            await reconciling.note(found, data.number, who, data.note)
        case _:
            raise MalformedRefusal("没有这个操作。", "There is no such action.", code="bad-action")
    await reads.write(f"{READ}-{data.act}", ANSWERED, place=run)
    return Redirect(frame.url(to), status_code=303)


@get("/reconcile/{run:str}/report", include_in_schema=False)
async def report(
    run: FromPath[str],
    frame: FrameDep,
    workbench: WorkbenchDep,
    reconciling: ReconcilingDep,
    reads: ReadsDep,
) -> Response[bytes]:
    """The list that goes back to the national side, as CSV."""
    staff = await _staff(workbench, frame)
    found = await reconciling.view(staff.member, run)
    content, _ = await reconciling.report(found)
    await reads.write(READ, ANSWERED, place=run)
    headers = {"Content-Disposition": f'attachment; filename="reconcile-{run[:8]}.csv"'}
    return Response(content, media_type="text/csv; charset=utf-8", headers=headers)


ROUTES: Final = (reconcile_page, run_page, act, report)


async def _overview(
    frame: Frame, reconciling: Reconciling, staff: Staff, wrong: Refusal | None = None
) -> Response[str]:
    standing = await reconciling.standing(staff.member)
    return frame.page(
        "reconcile.html",
        200 if wrong is None else wrong.status,
        member=frame.site.name_of(staff.member),
        prepares=staff.prepares,
        fresh=standing.fresh,
        waiting=standing.waiting,
        wrong="" if wrong is None else told_in(frame, wrong),
        limits={"rows": ROWS_MAX, "megabytes": BYTES_MAX // 2**20, "notices": NOTICES_MAX},
        runs=[run_line(frame, run) for run in await reconciling.store.of_member(staff.member)],
    )


async def _notices(
    frame: Frame,
    desks: tuple[Workbench, Reconciling],
    staff: Staff,
    name: str,
    content: bytes,
) -> Response[str]:
    """Match notices; those that fit become a submission of the desk, the others are told of."""
    workbench, reconciling = desks
    staff.must(Role.CLERK)
    found = await reconciling.notices(staff.member, content)
    made = ""
    if found.drafts:
        stem = name.rpartition(".")[0] or name
        made = await workbench.upload(staff, f"{stem}.jsonl", lines_of(found.drafts))
    good = len(found.drafts)
    return frame.page(
        "reconcile_notices.html",
        name=name,
        rows=found.rows,
        good=good,
        submission=frame.url(f"/workbench/{made}") if made else "",
        reasons=[reason_line(frame, each, good) for each in found.reasons[:REASONS_SHOWN]],
        more=max(0, len(found.reasons) - REASONS_SHOWN),
    )
