"""Signing in on the pages: OpenID Connect, authorization code with PKCE (RFC 7636, RFC 9700).

What was begun is bound to the browser by a cookie of its own, so that nobody can be signed in to an
account that is not his. The code is exchanged by the node; the tokens are looked at and forgotten.
"""

import secrets
from base64 import urlsafe_b64encode
from collections import OrderedDict
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from hashlib import sha256
from typing import Final
from urllib.parse import quote, urlencode

from registry.access.asker import cookie
from registry.access.issuer import Issuer
from registry.access.roles import Accounts
from registry.access.sessions import Sessions
from registry.clock import Clock
from registry.errors import UnauthorisedRefusal

CALLBACK: Final = "/sign-in/done"
WAITING_MAX: Final = 10_000
PATIENCE: Final = timedelta(minutes=10)
"""How long somebody may take to sign in."""
_TEXT_MAX: Final = 4096
_NAME_MAX: Final = 80


@dataclass(frozen=True, slots=True)
class Client:
    """This node as the issuer knows it."""

    client_id: str
    secret: str
    public_url: str

    @property
    def redirect_uri(self) -> str:
        """Where the issuer sends the browser back to."""
        return self.public_url.rstrip("/") + CALLBACK


@dataclass(frozen=True, slots=True)
class Leads:
    """Where the browser goes on to, and the ``Set-Cookie`` that goes with it."""

    to: str
    cookie: str


@dataclass(frozen=True, slots=True)
class Begun:
    """A sign-in under way; ``bound`` is SHA-256 of the cookie of the browser that began it."""

    bound: bytes
    nonce: str
    verifier: str
    to: str
    at: datetime


class SignIn:
    """Begins and finishes sign-ins."""

    def __init__(
        self, issuer: Issuer, client: Client, accounts: Accounts, sessions: Sessions, clock: Clock
    ) -> None:
        """Take the issuer, this node's client there, the roles, and where sessions begin."""
        self._issuer = issuer
        self._client = client
        self._accounts = accounts
        self._sessions = sessions
        self._clock = clock
        self._begun: OrderedDict[str, Begun] = OrderedDict()

    async def begin(self, to: str) -> Leads:
        """Send a browser to the issuer; afterwards it comes back to the page ``to`` of this site.

        Raises:
            UnavailableRefusal: the issuer does not answer as it should.
        """
        found = await self._issuer.found()
        state, nonce, verifier, bound = (secrets.token_urlsafe(32) for _ in range(4))
        self._begun[state] = Begun(_digest(bound), nonce, verifier, page_of(to), self._clock.now())
        while len(self._begun) > WAITING_MAX:
            self._begun.popitem(last=False)
        asked = {
            "response_type": "code",
            "client_id": self._client.client_id,
            "redirect_uri": self._client.redirect_uri,
            "scope": "openid profile",
            "state": state,
            "nonce": nonce,
            "code_challenge": urlsafe_b64encode(_digest(verifier)).rstrip(b"=").decode(),
            "code_challenge_method": "S256",
        }
        mark = "&" if "?" in found.authorization else "?"
        kept = cookie(self._client.public_url, bound, int(PATIENCE.total_seconds()), pending=True)
        return Leads(f"{found.authorization}{mark}{urlencode(asked)}", kept)

    def begun(self, bound: str, state: str) -> Begun:
        """Return, once, what the browser with this cookie began under a state.

        Raises:
            UnauthorisedRefusal: it began no such sign-in, or too long ago (``sign-in-failed``).
        """
        begun = self._begun.pop(state, None)
        if (
            begun is None
            or not secrets.compare_digest(begun.bound, _digest(bound))
            or self._clock.now() >= begun.at + PATIENCE
        ):
            raise _failed()
        return begun

    async def finish(self, begun: Begun, said: Mapping[str, str]) -> Leads:
        """Begin the session of whoever comes back; ``said`` is the query string.

        Raises:
            UnauthorisedRefusal: the issuer does not confirm it (``sign-in-failed``), or its token
                is not good.
            NotGrantedRefusal: the account has no role here.
        """
        if said.get("iss", self._issuer.url) != self._issuer.url:  # RFC 9207
            raise _failed()
        claims = await self._claims(said.get("code", ""), begun)
        asker = self._accounts.recognise(claims)
        return Leads(begun.to, self._sessions.begin(asker.grant, asker.who, _name(claims)))

    async def _claims(self, code: str, begun: Begun) -> dict[str, object]:
        if not 0 < len(code) <= _TEXT_MAX:
            raise _failed()
        form = {
            "grant_type": "authorization_code",
            "code": code,
            "redirect_uri": self._client.redirect_uri,
            "code_verifier": begun.verifier,
        }
        token = (await self._issuer.exchange(*await self._authenticated(form))).get("id_token")
        if not isinstance(token, str):
            raise _failed()
        claims = await self._issuer.claims(token, self._client.client_id)
        nonce, party = claims.get("nonce"), claims.get("azp", self._client.client_id)
        several = isinstance(claims["aud"], list) and len(claims["aud"]) > 1
        if (
            nonce != begun.nonce
            or party != self._client.client_id
            or (several and "azp" not in claims)
        ):
            raise _failed()
        return claims

    async def _authenticated(
        self, form: dict[str, str]
    ) -> tuple[dict[str, str], tuple[str, str] | None]:
        """Add how this node shows that it is the client (RFC 6749 2.3.1): header, form or not."""
        client = self._client
        if not client.secret:
            return {**form, "client_id": client.client_id}, None
        methods = (await self._issuer.found()).methods
        if "client_secret_basic" in methods or "client_secret_post" not in methods:
            return form, (quote(client.client_id, safe=""), quote(client.secret, safe=""))
        return {**form, "client_id": client.client_id, "client_secret": client.secret}, None


def page_of(to: str) -> str:
    """Return an address inside this site, the first page for any other."""
    inside = to.startswith("/") and not to.startswith(("//", "/\\")) and len(to) <= _TEXT_MAX
    return to if inside and to.isprintable() and "\\" not in to else "/"


def _name(claims: Mapping[str, object]) -> str:
    """Return how somebody is greeted; never stored."""
    said = claims.get("name") or claims.get("preferred_username")
    return said[:_NAME_MAX] if isinstance(said, str) else ""


def _digest(text: str) -> bytes:
    return sha256(text.encode()).digest()


def _failed() -> UnauthorisedRefusal:
    return UnauthorisedRefusal(
        "登录未完成，请重新登录。",
        "The sign-in did not come to its end: sign in again.",
        code="sign-in-failed",
    )
