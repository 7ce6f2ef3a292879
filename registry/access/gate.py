"""From a request to who asks: bounded, recognised or refused, and what is refused written down."""

from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Final

from registry.access.asker import PUBLIC, Asker
from registry.access.keys import PREFIX, Keys
from registry.access.limits import Limits
from registry.access.log import ANSWERED, CREDENTIAL, AccessLog
from registry.access.peers import Peers, shown
from registry.access.sessions import Sessions
from registry.access.sign_in import Leads, SignIn
from registry.access.tokens import Tokens
from registry.errors import NotFoundRefusal, NotGrantedRefusal, UnauthorisedRefusal
from registry.store.access import AccessLine

_SCHEME: Final = "bearer "
NODE: Final = "node"
"""The role, in the access log, of a node that mirrors."""
MIRRORING: Final = "存证：其他节点同步日志 / mirroring by another node"
"""The purpose of such a read: no other is granted."""


@dataclass(frozen=True, slots=True)
class Came:
    """What a request shows: its address, ``Authorization`` headers, and the cookie of a session.

    ``session`` is None where none was sent, or where it does not count: the interface takes none.
    """

    address: str
    authorization: tuple[str, ...] = ()
    session: str | None = None


@dataclass(frozen=True, slots=True)
class PeerAsks:
    """A request that only a node may make: as it came, and what it reads by kind and place."""

    method: str
    target: str
    fields: Mapping[str, str]
    kind: str
    place: str


@dataclass(frozen=True, slots=True)
class Recognising:
    """What recognises each kind of credential; None where the settings name no issuer for it."""

    peers: Peers
    keys: Keys
    tokens: Tokens | None
    sessions: Sessions
    sign_in: SignIn | None


class Gate:
    """Says who asks; nobody whose credential is not good becomes the public."""

    def __init__(self, limits: Limits, by: Recognising, log: AccessLog) -> None:
        """Take the bounds, what recognises credentials, and where refusals are written."""
        self._limits = limits
        self._by = by
        self._log = log

    @property
    def sessions(self) -> Sessions:
        """The sessions of the pages."""
        return self._by.sessions

    async def admit(self, came: Came) -> Asker:
        """Return who asks.

        A session that has ended is no try: its text cannot be guessed, and a restart of the node
        ends all of an office at once. It is refused without being counted or written down.

        Raises:
            TooManyRefusal: too many requests, or too many credentials that were not good.
            UnauthorisedRefusal: the credential is not good.
            NotGrantedRefusal: it is, but has no role here.
        """
        self.count(came.address)
        if came.authorization:
            async with self._recognising(came.address):
                asker = await self._recognise(came.authorization)
        elif came.session is not None:
            asker = self._by.sessions.find(came.session)
        else:
            return PUBLIC
        self._limits.credential(asker.who)
        return asker

    async def peer(self, came: Came, asked: PeerAsks) -> str:
        """Return the name of the node that asks, once it is written down what it reads.

        Raises:
            TooManyRefusal: as :meth:`admit`.
            UnauthorisedRefusal: it is no node's request; what is not signed at all is not counted.
        """
        request = (asked.method, asked.target, asked.fields)
        if not shown(asked.fields):
            return self._by.peers.recognise(*request)
        async with self._recognising(came.address):
            name = self._by.peers.recognise(*request)
        who = f"node:{name}"
        self._limits.credential(who)
        line = AccessLine(who, NODE, "", MIRRORING, asked.kind, "", asked.place, ANSWERED)
        await self._log.write(line)
        return name

    def count(self, address: str) -> None:
        """Count a request that asks for nothing there is; raises TooManyRefusal."""
        self._limits.request(address)

    async def begin(self, to: str) -> Leads:
        """Begin a sign-in; raises as :meth:`SignIn.begin`, NotFoundRefusal where there is none."""
        return await self._sign_in().begin(to)

    async def finish(self, address: str, bound: str, said: Mapping[str, str]) -> Leads:
        """Finish a sign-in; raises as :meth:`SignIn.begun`, :meth:`SignIn.finish`, :meth:`admit`.

        What this browser did not begin is refused without being counted or written down: any page
        of the web can make a browser come back here, and would lock its whole office out.
        """
        sign_in = self._sign_in()
        begun = sign_in.begun(bound, said.get("state", ""))
        async with self._recognising(address):
            return await sign_in.finish(begun, said)

    async def _recognise(self, headers: tuple[str, ...]) -> Asker:
        text = _bearer(headers)
        if text.startswith(PREFIX):
            return await self._by.keys.recognise(text)
        if self._by.tokens is None:
            raise UnauthorisedRefusal(
                "本节点只接受 API 密钥（rk_ 开头）。",
                "This node takes API keys alone; they begin with rk_.",
                code="unknown-credential",
            )
        return await self._by.tokens.recognise(text)

    @asynccontextmanager
    async def _recognising(self, address: str) -> AsyncIterator[None]:
        """Look at a credential; a refusal is counted against the address and written down."""
        self._limits.may_try(address)
        try:
            yield
        except (UnauthorisedRefusal, NotGrantedRefusal) as refusal:
            self._limits.refused(address)
            line = AccessLine(refusal.who, "", "", "", CREDENTIAL, "", "", refusal.detail_code)
            await self._log.write(line)
            raise

    def _sign_in(self) -> SignIn:
        if self._by.sign_in is None:
            raise NotFoundRefusal("本节点不提供网页登录。", "Nobody signs in on this node's pages.")
        return self._by.sign_in


def _bearer(headers: tuple[str, ...]) -> str:
    """Return the one bearer credential of a request; raises UnauthorisedRefusal ``bad-scheme``."""
    if len(headers) != 1 or headers[0][: len(_SCHEME)].lower() != _SCHEME:
        raise UnauthorisedRefusal(
            "应有一个 Authorization 请求头，内容为 Bearer 加密钥或令牌。",
            "One Authorization header is right: Bearer and a key or token.",
            code="bad-scheme",
        )
    return headers[0][len(_SCHEME) :].strip()
