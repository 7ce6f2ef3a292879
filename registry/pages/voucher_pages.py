"""Query vouchers (查询凭证) on the web: ask for one, view it by its code, download and check it."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Final

import segno
from litestar import Request, Response, get, post
from litestar.datastructures import State, UploadFile
from litestar.di import NamedDependency
from litestar.enums import MediaType
from litestar.params import FromPath, MultipartBody, SkipValidation, URLEncodedBody
from litestar.response import Redirect
from msgspec import Struct

from registry.access.asker import PUBLIC
from registry.access.sessions import check_form
from registry.clock import Clock, today
from registry.errors import MalformedRefusal, NotFoundRefusal, Refusal, TooLargeRefusal
from registry.issued.vouchers import (
    ASKER_MAX,
    CHECK_MAX,
    FILES,
    KEPT,
    PURPOSE_MAX,
    Vouchers,
    VoucherView,
    Wish,
    grouped,
    matters_of,
)
from registry.pages.frame import Frame
from registry.pages.query_params import day_of, one
from registry.pages.voucher_lines import COLUMNS, voucher_lines
from registry.pages.voucher_pdf import Paper
from registry.pages.words import moment, word
from registry.query.reader import Reader

FrameDep = NamedDependency[SkipValidation[Frame]]
VouchersDep = NamedDependency[SkipValidation[Vouchers]]
ReaderDep = NamedDependency[SkipValidation[Reader]]
ClockDep = NamedDependency[SkipValidation[Clock]]
DIGEST_MIN: Final = 8
"""Digits of a digest that are enough to compare."""
_KEEP_OUT: Final = frozenset({"cross-site", "same-site"})


class AskedFor(Struct):
    """The form as it comes, all of it text."""

    subject: str = ""
    territory: str = ""
    matter: str = ""
    on: str = ""
    asked_by: str = ""
    purpose: str = ""
    consent: str = ""
    lang: str = ""
    csrf: str = ""


@dataclass(frozen=True, slots=True)
class Found:
    """A voucher that was found genuine, as the check page tells it: never its findings."""

    verdict: str
    code: str
    digest: str
    asked: Sequence[tuple[str, str]]
    view: str
    again: str = ""
    printed: bool = False
    """True where a file was verified, whose printed form was not."""


class Sent(Struct):
    """The form that sends a file to be checked."""

    file: UploadFile
    lang: str = ""
    csrf: str = ""


@get("/voucher/new", include_in_schema=False)
async def new(frame: FrameDep, reader: ReaderDep, clock: ClockDep) -> Response[str]:
    """The form for a voucher about one subject; 404 for one about whom nothing may be shown."""
    names = ("subject", "territory", "matter", "on")
    given = AskedFor(**{name: one(frame, name) for name in names})
    return await _form(frame, reader, clock, given)


@post("/voucher", include_in_schema=False)
async def issue(
    data: URLEncodedBody[AskedFor],
    request: Request[None, None, State],
    frame: FrameDep,
    vouchers: VouchersDep,
    reader: ReaderDep,
    clock: ClockDep,
) -> Response[str]:
    """Issue a voucher and lead to it; what is wrong is said above the form, as it was filled in."""
    frame = spoken(frame, data.lang)
    check_form(frame.asker, data.csrf)
    if request.headers.get("sec-fetch-site", "") in _KEEP_OUT:
        raise MalformedRefusal(
            "请在本网站的页面上填写并提交。",
            "Fill in and send the form on the pages of this site.",
            code="cross-site",
        )
    try:
        wish = Wish(
            subject_id=data.subject,
            territory=data.territory,
            matter=data.matter,
            on=day_of(data.on) or today(clock),
            asked_by=data.asked_by,
            purpose=data.purpose,
            consent=data.consent == "yes",
        )
        issued = await vouchers.issue(wish)
    except MalformedRefusal as wrong:
        return await _form(frame, reader, clock, data, wrong)
    return Redirect(frame.url(f"/voucher/{issued.code}"), status_code=303)


@get("/voucher/check", include_in_schema=False)
async def check(frame: FrameDep, vouchers: VouchersDep) -> Response[str]:
    """Type a code (or follow the QR code), compare the digest; or send a file."""
    code = one(frame, "code")
    if not code:
        return _checked(frame, code="", found=None)
    try:
        view = await vouchers.view(code)
    except NotFoundRefusal as unknown:
        return _checked(frame, 404, code=code, found=None, wrong=told_in(frame, unknown))
    digest = "".join(one(frame, "digest").lower().split())
    compared = ""
    if digest:
        same = len(digest) >= DIGEST_MIN and view.digest.startswith(digest)
        compared = "same" if same else "differs"
    found = Found(
        verdict=frame.t("voucher.genuine", at=moment(frame.lang, view.issued_at)),
        code=grouped(view.code),
        digest=view.digest,
        asked=voucher_lines(frame.lang, view.shown, "").asked if view.shown else (),
        view=frame.url(f"/voucher/{view.code}"),
        again=_again(frame, view),
    )
    return _checked(frame, code=code, found=found, compared=compared)


@post("/voucher/check", include_in_schema=False)
async def check_file(
    data: MultipartBody[Sent],
    frame: FrameDep,
    vouchers: VouchersDep,
) -> Response[str]:
    """Verify a file that somebody holds; raises SigningError for what is not genuine.

    Told is what identifies it, never its findings: they may not be shown any more.
    """
    frame = spoken(frame, data.lang)
    check_form(frame.asker, data.csrf)
    file = await data.file.read()
    if len(file) > CHECK_MAX:
        raise TooLargeRefusal("凭证文件过大。", "The file is too large for a voucher.")
    checked = await vouchers.check(file)
    said = checked.voucher
    lines = voucher_lines(frame.lang, said, checked.digest)
    issued = dict(lines.issue)[frame.t("voucher.issued-at")]
    found = Found(
        verdict=frame.t("voucher.signed", node=said.node, at=issued),
        code=grouped(said.code),
        digest=checked.digest,
        asked=(*lines.issue[1:-2], *lines.asked),
        view=frame.url(f"/voucher/{said.code}") if checked.kept else "",
        printed=True,
    )
    return _checked(frame, code="", found=found)


@get("/voucher/{name:str}", include_in_schema=False)
async def voucher(
    name: FromPath[str],
    frame: FrameDep,
    vouchers: VouchersDep,
    paper: NamedDependency[SkipValidation[Paper]],
) -> Response[str] | Response[bytes]:
    """A voucher by its code, for whoever holds that; with ``.json`` or ``.pdf`` its files."""
    code, dot, kind = name.partition(".")
    if not dot:
        return _page(frame, await vouchers.view(code))
    if kind not in {"json", "pdf"}:
        raise NotFoundRefusal("没有这个文件。", "There is no such file.")
    file, said, digest = await vouchers.file(code)
    body = file if kind == "json" else await paper.pdf(file, said, digest)
    headers = {"Content-Disposition": f'attachment; filename="voucher-{said.code}.{kind}"'}
    media_type = MediaType.JSON if kind == "json" else "application/pdf"
    return Response(body, media_type=media_type, headers=headers)


async def _form(
    frame: Frame,
    reader: Reader,
    clock: Clock,
    given: AskedFor,
    wrong: MalformedRefusal | None = None,
) -> Response[str]:
    """Render the form as it was filled in; a date that is none becomes today's.

    A voucher says what the public is answered, whoever asks for it.
    """
    try:
        on = day_of(given.on) or today(clock)
    except MalformedRefusal:
        on = today(clock)
    on = min(on, today(clock))
    file = await reader.subject_file(given.subject, PUBLIC.viewer, on)
    matters = matters_of(await reader.rulebook(on))
    return frame.page(
        "voucher_new.html",
        200 if wrong is None else wrong.status,
        name=file.name,
        given=given,
        on=on.isoformat(),
        latest=today(clock).isoformat(),
        territories=frame.site.members,
        matters=[(code, word(frame.lang, "matter", code)) for code in matters],
        limits={"asker": ASKER_MAX, "purpose": PURPOSE_MAX, "days": KEPT.days},
        wrong=told_in(frame, wrong) if wrong else "",
    )


def _page(frame: Frame, view: VoucherView) -> Response[str]:
    shown = view.shown
    lines = voucher_lines(frame.lang, shown, view.digest) if shown else None
    address = f"{frame.site.public_url.rstrip('/')}/voucher/check?code={view.code}"
    return frame.page(
        "voucher.html",
        title=frame.t("voucher.full-title", region=frame.site.region),
        lines=lines,
        columns=[frame.t(f"voucher.column-{name}") for name in COLUMNS],
        genuine=frame.t("voucher.genuine", at=moment(frame.lang, view.issued_at)),
        code=view.code,
        grouped=grouped(view.code),
        digest=view.digest,
        days=FILES.days,
        offered=view.offered,
        again=_again(frame, view),
        qr=qr_drawn(frame, address),
    )


def qr_drawn(frame: Frame, address: str) -> str:
    """Return the QR code of an address as a drawing that stands in the page."""
    return segno.make(address, error="m", micro=False).svg_inline(
        border=2,
        dark="#000",
        light="#fff",
        omitsize=True,
        svgclass="qr",
        lineclass=None,
        title=frame.t("voucher.scan"),
    )


def _checked(
    frame: Frame,
    status: int = 200,
    /,
    *,
    code: str,
    found: Found | None,
    wrong: str = "",
    compared: str = "",
) -> Response[str]:
    return frame.page(
        "voucher_check.html",
        status,
        code=code[:64],
        digest=one(frame, "digest")[:64],
        found=found,
        wrong=wrong,
        compared=compared,
    )


def _again(frame: Frame, view: VoucherView) -> str:
    """Return the address where the same question is asked anew, for today."""
    if view.shown is None:
        return ""
    asked = view.shown.question
    return frame.url(
        f"/subject/{asked.subject}", territory=asked.territory.code, matter=asked.matter
    )


def told_in(frame: Frame, error: Refusal) -> str:
    """Return what a refusal says, in the language of the page."""
    return error.zh if frame.lang == "zh" else error.en


def spoken(frame: Frame, lang: str) -> Frame:
    """Return the frame in the language of the form that was sent."""
    return replace(frame, lang="en" if lang == "en" else "zh")
