"""One row: its cells as typed, each finding beside its cell; changed, checked anew, left out."""

from typing import Final

from litestar import Response, get, post
from litestar.params import FromPath, URLEncodedBody
from litestar.response import Redirect

from registry.access.log import ANSWERED
from registry.errors import MalformedRefusal, Refusal
from registry.pages.desk_page import FrameDep
from registry.pages.frame import Frame, ReadsDep
from registry.pages.voucher_pages import spoken, told_in
from registry.workbench.desk import CELLS_MAX, Around, RowAt
from registry.workbench.model import ConflictRefusal, found_of
from registry.workbench_pages.common import Sent, WorkbenchDep, kept, sentence
from registry.workbench_pages.submission import READ

FORM_MAX: Final = 10 * CELLS_MAX
"""Bytes of the form of a row: a character may take nine."""


@get("/workbench/{submission:str}/row/{row:int}", include_in_schema=False)
async def row_page(
    submission: FromPath[str],
    row: FromPath[int],
    frame: FrameDep,
    workbench: WorkbenchDep,
    reads: ReadsDep,
) -> Response[str]:
    """The form of one row."""
    staff = await workbench.staff(frame.asker)
    around = await workbench.view(staff, submission)
    at = await workbench.row(staff, submission, row)
    await reads.write(READ, ANSWERED, place=submission)
    return _form(frame, around, at, staff.prepares)


@post("/workbench/{submission:str}/row/{row:int}", include_in_schema=False)
async def change(
    submission: FromPath[str],
    row: FromPath[int],
    data: URLEncodedBody[Sent],
    frame: FrameDep,
    workbench: WorkbenchDep,
) -> Response[str] | Redirect:
    """Keep what was typed and check it, or leave the row out.

    Where somebody else was there before, both texts are shown and neither is lost.
    """
    frame = spoken(frame, data.get("lang", ""))
    if (again := kept(frame, data)) is not None:
        return again
    staff = await workbench.staff(frame.asker)
    seen, texts = _version(data), _texts(data)
    try:
        if data.get("act") == "delete":
            await workbench.delete(staff, submission, row, seen)
            return Redirect(frame.url(f"/workbench/{submission}"), status_code=303)
        made = await workbench.change(staff, submission, row, seen, texts)
    except (ConflictRefusal, MalformedRefusal) as wrong:
        around = await workbench.view(staff, submission)
        at = await workbench.row(staff, submission, row)
        return _form(frame, around, at, staff.prepares, wrong, texts)
    to = f"/workbench/{submission}" + ("" if made.state == "good" else f"/row/{row}")
    return Redirect(frame.url(to), status_code=303)


def _version(data: Sent) -> int:
    said = data.get("version", "")
    return int(said) if said.isascii() and said.isdigit() and len(said) < 10 else 0  # noqa: PLR2004 - what an integer column holds


def _texts(data: Sent) -> list[str]:
    """Return what was typed, cell by cell: c0, c1 and so on."""
    texts: list[str] = []
    while (text := data.get(f"c{len(texts)}")) is not None:
        texts.append(text)
    return texts


def _form(
    frame: Frame,
    around: Around,
    at: RowAt,
    prepares: bool,  # noqa: FBT001 - private
    wrong: Refusal | None = None,
    typed: list[str] | None = None,
) -> Response[str]:
    row, cells = at.row, at.cells
    good, found = around.rows("good", 0), found_of(row.found)
    mine = typed if typed and len(typed) == len(cells) else None
    by_column: dict[str, list[str]] = {}
    for item in found:
        by_column.setdefault(item.column, []).append(sentence(frame, row.line, item, good))
    heads = {head for head, _ in cells}
    return frame.page(
        "workbench_row.html",
        200 if wrong is None else wrong.status,
        id=around.one.id,
        name=around.one.file or frame.t("workbench.unnamed"),
        row=row,
        back=frame.url(f"/workbench/{around.one.id}"),
        stands=frame.t(f"workbench.state-{row.state}"),
        wrong="" if wrong is None else told_in(frame, wrong),
        lost=[] if mine is not None or not typed else [text for text in typed if text],
        others=[said for column, some in by_column.items() if column not in heads for said in some],
        cells=[
            {
                "name": f"c{number}",
                "head": head or "JSON",
                "text": text if mine is None else mine[number],
                "theirs": text if mine is not None and mine[number] != text else None,
                "found": by_column.get(head, []) if head else [],
                "long": len(text) > 40 or not head,  # noqa: PLR2004 - what a line of the form holds
            }
            for number, (head, text) in enumerate(cells)
        ],
        open=prepares and row.parcel == 0 and row.state in {"good", "to-fix", "repeated"},
    )
