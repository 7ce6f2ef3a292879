"""Tokens that programs show: signed by the issuer, for this node, once if the settings say so."""

from collections.abc import Mapping
from hashlib import sha256
from typing import Final

from registry.access.asker import Asker
from registry.access.issuer import Issuer
from registry.access.roles import Accounts
from registry.clock import Clock, unix
from registry.errors import UnauthorisedRefusal, UnavailableRefusal

SPENT_MAX: Final = 100_000
_JTI_MAX: Final = 255


class Spent:
    """Tokens that were shown already, each remembered until it has expired by itself.

    This is memory only: what was issued before the node started is therefore refused, or a restart
    would let a spent token count again.
    """

    def __init__(self, clock: Clock, leeway: int, most: int = SPENT_MAX) -> None:
        """Take the time, how much longer a token is good than it says, and how many at most."""
        self._clock = clock
        self._leeway = leeway
        self._most = most
        self._since = unix(clock)
        self._held: dict[bytes, float] = {}

    def spend(self, claims: Mapping[str, object]) -> None:
        """Let a token count this once.

        Raises:
            UnauthorisedRefusal: it was shown before (``token-replayed``), has no ``jti``, or is
                older than this node's start (``token-before-start``).
            UnavailableRefusal: more tokens are good than can be remembered.
        """
        jti, issued, ends = claims.get("jti"), claims["iat"], claims["exp"]
        if not isinstance(jti, str) or not 0 < len(jti) <= _JTI_MAX:
            raise _spent("token-claims", "须有 jti", "it needs a jti")
        if not isinstance(issued, int | float) or issued <= self._since:
            raise _spent("token-before-start", "签发过早，请重新申请", "it is older than this run")
        key = sha256(f"{claims['iss']}\0{jti}".encode()).digest()
        if key in self._held:
            raise _spent("token-replayed", "只能使用一次", "it counts once, and was shown before")
        if len(self._held) >= self._most:
            self._forget()
        self._held[key] = float(str(ends)) + self._leeway

    def _forget(self) -> None:
        now = unix(self._clock)
        self._held = {key: until for key, until in self._held.items() if until > now}
        if len(self._held) >= self._most:
            raise UnavailableRefusal(
                "同时有效的令牌过多，请稍后再试。",
                "Too many tokens are good at once: try again later.",
                code="busy",
            )


class Tokens:
    """Recognises who shows a token of the issuer."""

    def __init__(
        self, issuer: Issuer, audience: str, accounts: Accounts, spent: Spent | None = None
    ) -> None:
        """Take the issuer, this node in ``aud``, the roles; ``spent`` where tokens count once."""
        self._issuer = issuer
        self._audience = audience
        self._accounts = accounts
        self._spent = spent

    async def recognise(self, token: str) -> Asker:
        """Return who shows a token; raises as `Issuer.claims`, `Spent.spend` and `Accounts`."""
        claims = await self._issuer.claims(token, self._audience)
        if self._spent is not None:
            self._spent.spend(claims)
        return self._accounts.recognise(claims)


def _spent(code: str, zh: str, en: str) -> UnauthorisedRefusal:
    return UnauthorisedRefusal(f"令牌无效：{zh}。", f"The token is not good: {en}.", code=code)
