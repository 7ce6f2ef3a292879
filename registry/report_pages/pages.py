"""Reports on the web: ask for one, read it, take its files, and ask about one by its code."""

from typing import Final

from litestar import Response, get, post
from litestar.di import NamedDependency
from litestar.enums import MediaType
from litestar.params import FromPath, SkipValidation, URLEncodedBody
from litestar.response import Redirect

from registry.access.sessions import check_form
from registry.clock import Clock, today
from registry.errors import MalformedRefusal, NotFoundRefusal, Refusal, TooLargeRefusal
from registry.issued.vouchers import FILES, KEPT, PURPOSE_MAX, grouped, matters_of
from registry.pages.frame import Frame, ReadsDep
from registry.pages.query_params import day_of, one
from registry.pages.voucher_pages import DIGEST_MIN, qr_drawn, spoken, told_in
from registry.pages.voucher_pdf import Paper
from registry.pages.words import moment, word
from registry.query.reader import Reader
from registry.report_pages.lines import COLUMNS, asked_rows, report_lines
from registry.report_pages.pdf import make_pdf
from registry.reports.desk import Reports
from registry.reports.model import ReportView, Wish
from registry.reports.sections import SECTIONS

FrameDep = NamedDependency[SkipValidation[Frame]]
ReaderDep = NamedDependency[SkipValidation[Reader]]
ReportsDep = NamedDependency[SkipValidation[Reports]]
ClockDep = NamedDependency[SkipValidation[Clock]]
Sent = dict[str, str]
"""A form as it came."""


@get("/report/new", include_in_schema=False)
async def new(
    frame: FrameDep, reads: ReadsDep, reader: ReaderDep, clock: ClockDep
) -> Response[str]:
    """The form, for who may take a report: about whom is not asked, his credential says it."""
    reads.for_report()
    given = dict.fromkeys(SECTIONS, "yes") | {"purpose": frame.asker.purpose}
    return await _form(frame, reader, clock, given)


@post("/report", include_in_schema=False)
async def issue(
    data: URLEncodedBody[Sent],
    frame: FrameDep,
    reads: ReadsDep,
    reports: ReportsDep,
    reader: ReaderDep,
    clock: ClockDep,
) -> Response[str]:
    """Take a report and lead to it; what is wrong is said above the form, as it was filled in."""
    frame = spoken(frame, data.get("lang", ""))
    check_form(frame.asker, data.get("csrf", ""))
    try:
        issued = await reports.issue(reads, _wish(data))
    except (MalformedRefusal, TooLargeRefusal) as wrong:
        return await _form(frame, reader, clock, data, wrong)
    return Redirect(frame.url(f"/report/{issued.code}"), status_code=303)


@get("/report/check", include_in_schema=False)
async def check(frame: FrameDep, reports: ReportsDep) -> Response[str]:
    """Type a code, or follow the QR code: whether it is genuine, and still as it was."""
    code = one(frame, "code")
    if not code:
        return _checked(frame, code, None)
    try:
        return _checked(frame, code, await reports.view(code))
    except NotFoundRefusal as unknown:
        return _checked(frame, code, None, told_in(frame, unknown), status=404)


@get("/report/{name:str}", include_in_schema=False)
async def report(
    name: FromPath[str],
    frame: FrameDep,
    reads: ReadsDep,
    reports: ReportsDep,
    paper: NamedDependency[SkipValidation[Paper]],
) -> Response[str] | Response[bytes]:
    """A report for who took it or its subject; with ``.json`` or ``.pdf`` its files."""
    code, dot, kind = name.partition(".")
    if dot and kind not in {"json", "pdf"}:
        raise NotFoundRefusal("没有这个文件。", "There is no such file.")
    file, said, digest = await reports.file(reads, code)
    if not dot:
        return frame.page(
            "report.html",
            lines=report_lines(frame.lang, said, digest),
            columns=[frame.t(f"report.column-{column}") for column in COLUMNS],
            code=said.code,
            grouped=grouped(said.code),
            days=FILES.days,
            qr=qr_drawn(frame, said.check_url),
        )
    body = file
    if kind == "pdf":
        body = await paper.made(lambda fonts: make_pdf(fonts, file, said, digest))
    headers = {"Content-Disposition": f'attachment; filename="report-{said.code}.{kind}"'}
    media_type = MediaType.JSON if kind == "json" else "application/pdf"
    return Response(body, media_type=media_type, headers=headers)


ROUTES: Final = (new, issue, check, report)


def _wish(data: Sent) -> Wish:
    return Wish(
        purpose=data.get("purpose", ""),
        since=day_of(data.get("since", "")),
        until=day_of(data.get("until", "")),
        sections=tuple(name for name in SECTIONS if data.get(name)),
        territory=data.get("territory", ""),
        matter=data.get("matter", ""),
    )


async def _form(
    frame: Frame, reader: Reader, clock: Clock, given: Sent, wrong: Refusal | None = None
) -> Response[str]:
    """Render the form as it was filled in."""
    matters = matters_of(await reader.rulebook(today(clock)))
    return frame.page(
        "report_new.html",
        200 if wrong is None else wrong.status,
        given={name: given.get(name, "") for name in ("purpose", "since", "until", "territory")},
        matter=given.get("matter", ""),
        sections=[(name, frame.t(f"report.section-{name}"), name in given) for name in SECTIONS],
        territories=frame.site.members,
        matters=[(code, word(frame.lang, "matter", code)) for code in matters],
        limits={"purpose": PURPOSE_MAX, "days": KEPT.days},
        wrong=told_in(frame, wrong) if wrong else "",
    )


def _checked(
    frame: Frame, code: str, view: ReportView | None, wrong: str = "", *, status: int = 200
) -> Response[str]:
    found = None if view is None else _told(frame, view)
    digest = one(frame, "digest")[:64]
    return frame.page(
        "report_check.html", status, code=code[:64], digest=digest, found=found, wrong=wrong
    )


def _told(frame: Frame, view: ReportView) -> dict[str, object]:
    """Return what anybody is told of a report: never what has ended."""
    digest = "".join(one(frame, "digest").lower().split())
    same = len(digest) >= DIGEST_MIN and view.digest.startswith(digest)
    return {
        "genuine": frame.t("report.genuine", at=moment(frame.lang, view.issued_at)),
        "state": frame.t(f"report.state-{view.state}", at=moment(frame.lang, view.at)),
        "changed": view.state != "same",
        "words": view.words.zh if frame.lang == "zh" else view.words.en,
        "digest": view.digest,
        "code": grouped(view.code),
        "compared": "" if not digest else "same" if same else "differs",
        "asked": () if view.said is None else asked_rows(frame.lang, view.said.asked),
    }
