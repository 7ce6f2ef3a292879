"""The desk as one comes to it: what is on it, and the form for a file."""

from typing import Final

from litestar import Response, get, post
from litestar.datastructures import UploadFile
from litestar.di import NamedDependency
from litestar.params import MultipartBody, SkipValidation
from litestar.response import Redirect
from msgspec import Struct

from registry.access.reads import Reads
from registry.access.sessions import check_form
from registry.errors import Refusal
from registry.objections.desk import Objections
from registry.pages.desk_page import FrameDep
from registry.pages.frame import Frame, ReadsDep
from registry.pages.query_params import number_of
from registry.pages.voucher_pages import spoken, told_in
from registry.pages.words import moment
from registry.reconciling.desk import Reconciling
from registry.workbench.desk import SUBMISSIONS_MAX, UPLOAD_MAX, Around, Workbench
from registry.workbench.model import Staff
from registry.workbench.rows import ROWS_MAX
from registry.workbench_pages.common import ObjectionsDep, WorkbenchDep, stands
from registry.workbench_pages.due import dues

Desks = tuple[Workbench, Objections, Reconciling]
ReconcilingDep = NamedDependency[SkipValidation[Reconciling]]
FORM_MAX: Final = UPLOAD_MAX + 64 * 1024
"""Bytes of the form that sends a file."""


class SentFile(Struct):
    """The form that sends a file."""

    file: UploadFile
    lang: str = ""
    csrf: str = ""


@get("/workbench", include_in_schema=False)
async def workbench_page(
    frame: FrameDep,
    workbench: WorkbenchDep,
    reads: ReadsDep,
    objections: ObjectionsDep,
    reconciling: ReconcilingDep,
) -> Response[str]:
    """What is due, and the submissions that whoever is signed in sees."""
    staff = await workbench.staff(frame.asker)
    return await _desk(frame, (workbench, objections, reconciling), staff, reads)


@post("/workbench", include_in_schema=False)
async def upload(
    data: MultipartBody[SentFile],
    frame: FrameDep,
    workbench: WorkbenchDep,
    reads: ReadsDep,
    objections: ObjectionsDep,
    reconciling: ReconcilingDep,
) -> Response[str] | Redirect:
    """Take a file; it is stored before anything else is done with it."""
    frame = spoken(frame, data.lang)
    check_form(frame.asker, data.csrf)
    staff = await workbench.staff(frame.asker)
    try:
        made = await workbench.upload(staff, data.file.filename, await data.file.read())
    except Refusal as wrong:
        return await _desk(frame, (workbench, objections, reconciling), staff, reads, wrong)
    return Redirect(frame.url(f"/workbench/{made}"), status_code=303)


async def _desk(
    frame: Frame,
    desks: Desks,
    staff: Staff,
    reads: Reads,
    wrong: Refusal | None = None,
) -> Response[str]:
    workbench, objections, reconciling = desks
    behind = number_of(frame, "behind")
    found = await workbench.all(staff, behind)
    return frame.page(
        "workbench.html",
        200 if wrong is None else wrong.status,
        member=frame.site.name_of(staff.member),
        department=staff.department,
        prepares=staff.prepares,
        due=await dues(frame, workbench, staff, reads, objections),
        reconciled=(await reconciling.standing(staff.member)).fresh,
        wrong="" if wrong is None else told_in(frame, wrong),
        limits={"rows": ROWS_MAX, "megabytes": UPLOAD_MAX // 2**20},
        submissions=[_line(frame, one) for one in found],
        older=frame.here(behind=behind + len(found)) if len(found) == SUBMISSIONS_MAX else "",
    )


def _line(frame: Frame, around: Around) -> dict[str, object]:
    one = around.one
    return {
        "file": one.file or frame.t("workbench.unnamed"),
        "department": one.department,
        "at": moment(frame.lang, one.made_at),
        "stands": stands(frame, around),
        "parcels": [frame.t(f"workbench.parcel-{p.state}") for p in around.parcels],
        "link": frame.url(f"/workbench/{one.id}"),
    }
