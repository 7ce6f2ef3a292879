"""Signing in and out on the pages, and saying once what one reads for."""

from typing import Final

from litestar import Request, Response, get, post
from litestar.datastructures import State
from litestar.di import NamedDependency
from litestar.params import SkipValidation, URLEncodedBody
from litestar.response import Redirect
from msgspec import Struct

from registry.access.asker import cookie_name
from registry.access.gate import Came, Gate
from registry.access.purpose import PURPOSE_MAX, plain_purpose, purpose_missing
from registry.access.sessions import check_form
from registry.access.sign_in import CALLBACK, Leads, page_of
from registry.errors import MalformedRefusal, PurposeRefusal
from registry.pages.frame import Frame
from registry.pages.query_params import one
from registry.pages.voucher_pages import spoken, told_in

FrameDep = NamedDependency[SkipValidation[Frame]]
GateDep = NamedDependency[SkipValidation[Gate]]
SEE_OTHER: Final = 303
Asked = Request[None, None, State]


class Leaving(Struct):
    """The form that signs out."""

    csrf: str = ""


class Stated(Struct):
    """The form that says what one reads for."""

    csrf: str = ""
    purpose: str = ""
    to: str = ""
    lang: str = ""


@get("/sign-in", include_in_schema=False)
async def sign_in(frame: FrameDep, gate: GateDep) -> Response[None]:
    """Lead to the identity provider; 404 where the settings name none."""
    return _led(await gate.begin(one(frame, "to")))


@get(CALLBACK, include_in_schema=False)
async def signed_in(request: Asked, frame: FrameDep, gate: GateDep) -> Response[None]:
    """Come back from there and begin a session."""
    bound = request.cookies.get(cookie_name(frame.site.public_url, pending=True), "")
    return _led(await gate.finish(_came(request).address, bound, dict(frame.query)))


@post("/sign-out", include_in_schema=False)
async def sign_out(
    data: URLEncodedBody[Leaving], request: Asked, frame: FrameDep, gate: GateDep
) -> Response[None]:
    """End the session and take its cookie away."""
    check_form(frame.asker, data.csrf)
    return _led(Leads(frame.url("/"), gate.sessions.end(_came(request).session or "")))


@get("/purpose", include_in_schema=False)
async def purpose(frame: FrameDep) -> Response[str]:
    """The form for what one reads for."""
    return _form(frame, one(frame, "to"), frame.asker.purpose)


@post("/purpose", include_in_schema=False)
async def state_purpose(
    data: URLEncodedBody[Stated], request: Asked, frame: FrameDep, gate: GateDep
) -> Response[str] | Response[None]:
    """Keep it in the session and go on to the page that was asked for."""
    frame = spoken(frame, data.lang)
    check_form(frame.asker, data.csrf)
    try:
        said = plain_purpose(data.purpose)
        if not said:
            raise purpose_missing()
    except (MalformedRefusal, PurposeRefusal) as wrong:
        return _form(frame, data.to, data.purpose[:PURPOSE_MAX], wrong)
    gate.sessions.read_for(_came(request).session or "", said)
    return Redirect(page_of(data.to), status_code=SEE_OTHER)


def ask_purpose(frame: Frame) -> Response[None]:
    """Lead from a page that needs a purpose to the form for it, and from there back."""
    return Redirect(frame.url("/purpose", to=frame.here()), status_code=SEE_OTHER)


def _form(
    frame: Frame, to: str, stated: str, wrong: MalformedRefusal | PurposeRefusal | None = None
) -> Response[str]:
    return frame.page(
        "purpose.html",
        200 if wrong is None else wrong.status,
        to=page_of(to),
        purpose=stated,
        most=PURPOSE_MAX,
        wrong="" if wrong is None else told_in(frame, wrong),
    )


def _led(leads: Leads) -> Response[None]:
    return Redirect(leads.to, status_code=SEE_OTHER, headers={"Set-Cookie": leads.cookie})


def _came(request: Asked) -> Came:
    came: Came = request.scope["state"]["came"]
    return came
