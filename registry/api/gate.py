"""The gate over HTTP: who asks is found before any handler runs, and handed to those that read."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Final

from litestar import Request, Response
from litestar.datastructures import State
from litestar.di import NamedDependency, Provide
from litestar.openapi.spec import (
    Components,
    OpenAPIType,
    Operation,
    Parameter,
    Schema,
    SecurityScheme,
)
from litestar.params import SkipValidation
from litestar.types import ASGIApp, Receive, Scope, Send

from registry.access.asker import PUBLIC, Asker, cookie_name
from registry.access.gate import Came, Gate, PeerAsks
from registry.access.limits import address_of
from registry.access.purpose import HEADER, purpose_of
from registry.access.reads import Reads
from registry.access.sessions import SESSION_ENDED, form_forged
from registry.errors import TooManyRefusal, UnauthorisedRefusal
from registry.settings import Settings

ReadsDep = NamedDependency[SkipValidation[Reads]]
Asked = Request[None, None, State]
AnyAnswer = Response[bytes] | Response[str] | Response[None]
Tell = Callable[[Asked, Exception], AnyAnswer]
_ASKER: Final = "asker"
_CAME: Final = "came"
_NO_COOKIE: Final = ("/api/", "/static/", "/openapi.json")
"""Addresses where a session does not count: programs show a key, and what is static is public."""
_LONG_FORMS: Final = ("/workbench/", "/objections/")
_WATCHED: Final = "/metrics"
"""Whoever watches the node shows a token that is no credential at the gate."""
_WANTED: Final = frozenset({b"authorization", b"cookie", b"x-forwarded-for"})


def _came_with(settings: Settings) -> Callable[[Scope], Came]:
    """Return what reads from a request what it shows, for a node with these settings."""
    cookie = f"{cookie_name(settings.public_url)}=".encode()
    trusted = settings.trusted_proxies

    def came(scope: Scope) -> Came:
        shown: dict[bytes, list[bytes]] = {}
        for name, value in scope["headers"]:
            if name in _WANTED:
                shown.setdefault(name, []).append(value)
        client = scope.get("client")
        forwarded = b",".join(shown.get(b"x-forwarded-for", ())).decode("latin-1")
        asked = scope["path"]
        authorization = () if asked == _WATCHED else shown.get(b"authorization", ())
        session = None
        if b"cookie" in shown and not scope["path"].startswith(_NO_COOKIE):
            session = _cookie(b";".join(shown[b"cookie"]), cookie)
        return Came(
            address_of(client[0] if client else "", forwarded, trusted),
            tuple(value.decode("latin-1") for value in authorization),
            session,
        )

    return came


def gate_for(settings: Settings) -> Callable[[ASGIApp], ASGIApp]:
    """Return the middleware that finds out who asks, for a node with these settings."""
    came = _came_with(settings)

    def middleware(app: ASGIApp) -> ASGIApp:
        async def gated(scope: Scope, receive: Receive, send: Send) -> None:
            gate: Gate = scope["litestar_app"].state["gate"]
            shown = came(scope)
            scope["state"][_CAME] = shown
            try:
                scope["state"][_ASKER] = await gate.admit(shown)
            except UnauthorisedRefusal as ended:
                if ended.detail_code != SESSION_ENDED or not _typed(scope):
                    raise
                scope["state"][_ASKER] = PUBLIC
            if _typed(scope) and _from_elsewhere(scope):
                raise form_forged(scope["state"][_ASKER])
            await app(scope, receive, send)

        return gated

    return middleware


def _typed(scope: Scope) -> bool:
    """Tell whether a request is a form in which somebody may have typed for long.

    Its handler takes nothing from who is not known, and gives what was typed back to be sent again.
    """
    return scope["path"].startswith(_LONG_FORMS) and scope.get("method") == "POST"


def _from_elsewhere(scope: Scope) -> bool:
    """Tell whether a browser says that another site's page sends a form (Fetch Metadata).

    What such a page has written into it must not be given back as if somebody had typed it.
    """
    said = next((value for name, value in scope["headers"] if name == b"sec-fetch-site"), b"")
    return said in {b"cross-site", b"same-site"}


def counting(settings: Settings, tell: Tell) -> Tell:
    """Return what tells an error and first counts the request, where the gate has not seen it.

    What no route answers, as an address or a method, is refused before any middleware runs; beyond
    its bound an address is told that instead.
    """
    came = _came_with(settings)

    def counted(request: Asked, error: Exception) -> AnyAnswer:
        if _CAME not in request.scope["state"]:
            gate: Gate = request.app.state["gate"]
            try:
                gate.count(came(request.scope).address)
            except TooManyRefusal as busy:
                return tell(request, busy)
        return tell(request, error)

    return counted


def came_from(request: Request[None, None, State]) -> str:
    """Return the address that a request came from, as far as proxies are trusted."""
    came: Came = request.scope["state"][_CAME]
    return came.address


def asker_of(request: Request[None, None, State]) -> Asker:
    """Return who asks; the public where an error came before the gate."""
    asker: Asker = request.scope["state"].get(_ASKER, PUBLIC)
    return asker


class PeerRequest:
    """A request that only another node may make: to be let in before anything is looked up."""

    def __init__(self, request: Request[None, None, State], gate: Gate) -> None:
        """Take the request as it came."""
        self._gate = gate
        self._came: Came = request.scope["state"][_CAME]
        self._method = request.method
        self._fields: dict[str, str] = {}
        for name, value in request.headers.multi_items():
            known = self._fields.get(name)
            self._fields[name] = value if known is None else f"{known}, {value}"
        raw: bytes = request.scope["raw_path"]
        query = request.scope["query_string"]
        self._target = (raw.partition(b"?")[0] + (b"?" + query if query else b"")).decode("latin-1")

    async def reads(self, kind: str, place: str) -> str:
        """Return the name of the node that reads something; raises as :meth:`Gate.peer`."""
        asked = PeerAsks(self._method, self._target, self._fields, kind, place)
        return await self._gate.peer(self._came, asked)


def peer_of(request: Request[None, None, State], state: State) -> PeerRequest:
    """Return the request as one of another node."""
    return PeerRequest(request, state["gate"])


def reads_of(request: Request[None, None, State], state: State) -> Reads:
    """Return the read side as who asks may use it; raises MalformedRefusal for an odd purpose."""
    asker = asker_of(request)
    if asker.known and (stated := request.headers.get(HEADER, "")):
        asker = replace(asker, purpose=purpose_of(stated))
    return Reads(state["reader"], asker, state["access_log"])


@dataclass
class ForAPurpose(Operation):
    """An operation that most roles must say a purpose for, in a header that is read by the gate."""

    def __post_init__(self) -> None:
        """Name the header, which no annotation of the handler shows."""
        stated = Parameter(
            name=HEADER,
            param_in="header",
            schema=Schema(type=OpenAPIType.STRING),
            description="What this is read for, in percent-encoded UTF-8, 1 to 200 characters; "
            "all roles state it but the public, the operator, the auditor, and a business for its "
            "own file.",
        )
        self.parameters = [*(self.parameters or ()), stated]


GIVEN: Final = {
    "asker": Provide(asker_of, sync_to_thread=False),
    "reads": Provide(reads_of, sync_to_thread=False),
    "peer": Provide(peer_of, sync_to_thread=False),
}
"""What handlers get of who asks."""


def security(settings: Settings) -> tuple[Components, list[dict[str, list[str]]]]:
    """Return how the OpenAPI document says that a credential is shown; none is the public."""
    schemes = {
        "key": SecurityScheme(
            type="http",
            scheme="bearer",
            bearer_format="rk_<id>_<secret>",
            description="An API key issued by the operator of the node.",
        )
    }
    if settings.oidc_audience:
        found = f"{settings.oidc_issuer.rstrip('/')}/.well-known/openid-configuration"
        schemes["token"] = SecurityScheme(
            type="openIdConnect",
            open_id_connect_url=found,
            description=f"A token of that issuer for the audience {settings.oidc_audience}.",
        )
    shown: list[dict[str, list[str]]] = [{name: []} for name in schemes]
    return Components(security_schemes=dict(schemes)), [{}, *shown]


def _cookie(header: bytes, wanted: bytes) -> str | None:
    """Return the value of a cookie, None where it was not sent."""
    found = (pair.strip() for pair in header.split(b";"))
    value = next((pair for pair in found if pair.startswith(wanted)), None)
    return None if value is None else value[len(wanted) :].decode("latin-1")
