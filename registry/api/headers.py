"""Headers that every answer carries, and HEAD for everything that can be read."""

import re
from collections.abc import Awaitable, Callable
from typing import Final

from litestar import Litestar
from litestar.datastructures import MutableScopeHeaders, State
from litestar.enums import ScopeType
from litestar.types import (
    LifeSpanReceive,
    LifeSpanScope,
    LifeSpanSend,
    Message,
    Receive,
    Scope,
    Send,
)

from registry.clock import today
from signing.charter import Charter

_ALWAYS: Final = {
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
    "Cross-Origin-Opener-Policy": "same-origin",
    "X-Frame-Options": "DENY",
}
_POLICY: Final = (
    "default-src 'none'; style-src 'self'; script-src 'self'; img-src 'self'; connect-src 'self'; "
    "form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
)
_BARE: Final = "text/x.tlog.size"
_CLOSED: Final = "default-src 'none'; frame-ancestors 'none'"


async def add_headers(message: Message, scope: Scope) -> None:
    """Add what is not there yet: nothing is stored unless a handler says so.

    What has been repaired must not live on in a cache (Order 36 art. 3), so the default is
    ``no-store``; pages may load their style sheet, scripts and icon, and a script may ask for
    suggestions, all from here, and nothing else; nothing inline. Once the charter has expired,
    every answer tells it.
    """
    if message["type"] != "http.response.start":
        return
    headers = MutableScopeHeaders.from_message(message)
    if headers.get("content-type", "").startswith(_BARE):
        headers["content-type"] = _BARE  # the spec names the type without a charset
    html = headers.get("content-type", "").startswith("text/html")
    for name, value in _ALWAYS.items():
        headers.setdefault(name, value)
    headers.setdefault("Content-Security-Policy", _POLICY if html else _CLOSED)
    headers.setdefault("Cache-Control", "no-store")
    if told := _expired(scope["litestar_app"].state):
        headers["Registry-Charter"] = told


def _expired(state: State) -> str:
    """Return how the charter stands, with its last day, once it has expired; else nothing."""
    charter: Charter | None = state.get("charter")
    if charter is None:  # the node is only starting, or stops
        return ""
    standing = charter.standing(today(state["clock"]))
    if standing.state not in {"grace", "ended"}:
        return ""
    return f"{standing.state}; version={standing.version}; last-day={standing.last_day}"


_NOWHERE: Final = "/no-such-address"
_ODD_INDEX: Final = re.compile(r"/(?:proof|status)/(?!(?:0|[1-9][0-9]*)\Z)")


class HeadAsGet(Litestar):
    """Answers HEAD as GET without the body (RFC 9110 9.3.2), for every route that has GET."""

    async def __call__(
        self,
        scope: Scope | LifeSpanScope,
        receive: Receive | LifeSpanReceive,
        send: Send | LifeSpanSend,
    ) -> None:
        """Handle one connection."""
        if (
            scope["type"] != "lifespan"
            and scope["type"] == ScopeType.HTTP
            and scope["method"] == "HEAD"
        ):
            scope["method"] = "GET"
            send = _without_body(send)
        if scope["type"] != "lifespan" and _misspelt(scope["path"]):
            scope["path"] = _NOWHERE
        await super().__call__(scope, receive, send)


def _misspelt(path: str) -> bool:
    """Say whether a log's resource is asked for under another spelling of its address.

    The framework folds slashes and reads any spelling of a number; what is cached for ever must
    have one address only.
    """
    return path.startswith("/log/") and (
        "//" in path or path.endswith("/") or _ODD_INDEX.search(path) is not None
    )


def _without_body(send: Callable[..., Awaitable[None]]) -> Send:
    async def bare(message: Message) -> None:
        if message["type"] == "http.response.body":
            message["body"] = b""
        await send(message)

    return bare
