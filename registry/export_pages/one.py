"""One export: its file, its rows with what the door said, and the form for what came back."""

from typing import Annotated, Final

from litestar import Response, get, post
from litestar.datastructures import UploadFile
from litestar.params import MultipartBody, PathParameter
from litestar.response import Redirect
from msgspec import Struct

from registry.access.reads import Reads
from registry.access.sessions import check_form
from registry.errors import Refusal
from registry.export_pages.listed import ExportsDep
from registry.export_pages.words import headed, lines_of_left, origin_of
from registry.exports.desk import Exports, KeptReturn, RowView, unmatched_of
from registry.exports.message import SCHEMA
from registry.exports.model import MEDIA, asked_of, left_of, name_of
from registry.exports.returns import BODY_MAX
from registry.exports.templates import ENDED
from registry.pages.desk_page import FrameDep
from registry.pages.frame import Frame, ReadsDep
from registry.pages.query_params import number_of, one
from registry.pages.voucher_pages import spoken, told_in
from registry.pages.words import day, moment

PER_PAGE: Final = 50
FORM_MAX: Final = BODY_MAX + 64 * 1024
"""Bytes of the form that sends a file."""
_DIGITS_MAX: Final = 15
_STATES: Final = ("", "rejected", "accepted", "open")
Number = Annotated[int, PathParameter(ge=1, le=2**31 - 1)]


class SentReturn(Struct):
    """The form that hands in what came back."""

    file: UploadFile
    lang: str = ""
    csrf: str = ""


@get("/exports/{number:int}", include_in_schema=False)
async def export_page(
    number: Number, frame: FrameDep, reads: ReadsDep, exports: ExportsDep
) -> Response[str]:
    """How an export stands, row by row."""
    return await _shown(frame, reads, exports, number)


@get("/exports/{number:int}/file", include_in_schema=False)
async def export_file(number: Number, reads: ReadsDep, exports: ExportsDep) -> Response[bytes]:
    """The file, made anew and the same."""
    name, body = await exports.file(reads, number)
    headers = {"Content-Disposition": f'attachment; filename="{name}"'}
    return Response(body, media_type=MEDIA[name.rpartition(".")[2]], headers=headers)


@get("/exports/schema", include_in_schema=False, sync_to_thread=False)
def schema() -> Response[bytes]:
    """The schema of the XML message."""
    headers = {"Content-Disposition": f'attachment; filename="{SCHEMA.name}"'}
    return Response(SCHEMA.read_bytes(), media_type=MEDIA["xml"], headers=headers)


@post("/exports/{number:int}/return", include_in_schema=False)
async def take(
    number: Number,
    data: MultipartBody[SentReturn],
    frame: FrameDep,
    reads: ReadsDep,
    exports: ExportsDep,
) -> Response[str] | Redirect:
    """Take what the door said."""
    frame = spoken(frame, data.lang)
    check_form(frame.asker, data.csrf)
    try:
        await exports.take(reads, number, data.file.filename, await data.file.read())
    except Refusal as wrong:
        return await _shown(frame, reads, exports, number, wrong)
    return Redirect(frame.url(f"/exports/{number}"), status_code=303)


ROUTES: Final = (export_page, export_file, schema)


async def _shown(
    frame: Frame, reads: Reads, exports: Exports, number: int, wrong: Refusal | None = None
) -> Response[str]:
    listed, returns = await exports.view(reads, number)
    state, after = one(frame, "state"), number_of(frame, "after")
    state = state if state in _STATES else ""
    rows = await exports.rows(reads, number, state, after, PER_PAGE)
    kept, wish = listed.one, asked_of(listed.one)
    origin = origin_of(frame, reads.asker.grant.member)
    counts = {"": kept.records, "rejected": listed.rejected, "accepted": listed.accepted}
    counts["open"] = listed.open
    return frame.page(
        "export.html",
        200 if wrong is None else wrong.status,
        wrong="" if wrong is None else told_in(frame, wrong),
        name=headed(frame, kept),
        file=name_of(kept),
        number=number,
        made=frame.t("exports.made", at=moment(frame.lang, kept.at), who=kept.who),
        unit=kept.unit,
        documents=kept.documents,
        digest=kept.sha256.hex(),
        size=kept.size,
        download=frame.url(f"/exports/{number}/file"),
        wish=wish,
        more=_more(frame),
        left=lines_of_left(frame, origin, left_of(kept)),
        left_count=kept.left_count,
        states=[
            (
                frame.t(f"exports.rows-{code or 'all'}"),
                counts[code],
                code == state,
                _to(frame, code),
            )
            for code in _STATES
        ],
        rows=[_row(frame, origin, row) for row in rows],
        following=frame.here(after=rows[-1].kept.row) if len(rows) == PER_PAGE else "",
        returns=[_return(frame, each) for each in returns],
        megabytes=BODY_MAX // 2**20,
    )


def _more(frame: Frame) -> str:
    """Return the index from which a next file goes on, empty where there is none."""
    said = one(frame, "more")
    return said if said.isascii() and said.isdigit() and len(said) <= _DIGITS_MAX else ""


def _to(frame: Frame, state: str) -> str:
    return frame.url(frame.path.removesuffix("/return"), state=state)


def _row(frame: Frame, origin: str, view: RowView) -> dict[str, object]:
    kept, result = view.kept, view.result
    ended = ""
    if kept.ended and kept.ended_on:
        said = ENDED[kept.ended] if frame.lang == "zh" else kept.ended
        ended = frame.t("exports.ended", what=said, on=day(frame.lang, kept.ended_on))
    return {
        "row": kept.row,
        "number": view.number or frame.t("exports.erased"),
        "name": view.name,
        "ended": ended,
        "state": result.result if result else "open",
        "stands": frame.t(f"exports.rows-{result.result if result else 'open'}"),
        "reason": result.reason if result else "",
        "record": frame.url(f"/record/{origin}/{kept.idx}") if view.number else "",
        "draft": frame.url(f"/workbench/{view.draft[0]}", state="admitted") if view.draft else "",
    }


def _return(frame: Frame, kept: KeptReturn) -> dict[str, object]:
    unmatched = unmatched_of(kept)
    return {
        "said": frame.t(
            "exports.returned",
            at=moment(frame.lang, kept.at),
            file=kept.file,
            matched=kept.matched,
            unmatched=len(unmatched),
        ),
        "unmatched": [
            (each.line, each.text, frame.t(f"exports.unmatched-{each.why}")) for each in unmatched
        ],
    }
