"""The issuer of tokens (OpenID Connect): its addresses and keys, and whether a token is good.

Discovery and keys are fetched when first needed and believed for ``KEPT``; both are fetched again
for a key id that is not known, as the keys may have moved. Neither is asked for more often than
once in ``REFRESH``, also where that fails: or a flood of sign-ins or of forged tokens would become
one of requests to the issuer. Only signatures with a key pair count: neither ``none`` nor ``HS*``.
"""

import asyncio
import json
import warnings
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

import httpx
from joserfc import jws, jwt
from joserfc.errors import ExpiredTokenError, JoseError, SecurityWarning
from joserfc.jwk import JWKRegistry, Key, KeySet, RSAKey

from registry.clock import Clock, unix
from registry.errors import UnauthorisedRefusal, UnavailableRefusal

ALGORITHMS: Final = ("RS256", "ES256", "EdDSA", "Ed25519")
"""What signs a token here; Ed25519 is the name that RFC 9864 gives to EdDSA."""
TOKEN_MAX: Final = 8 * 1024
"""Characters of a token."""
LEEWAY: Final = 60
"""Seconds by which clocks may differ."""
LIFETIME_MAX: Final = 24 * 60 * 60
"""Seconds from ``iat`` to ``exp``: what is good for longer is no token but a password."""
REFRESH: Final = timedelta(seconds=30)
KEPT: Final = timedelta(hours=1)
"""How long discovery and keys are believed without asking the issuer again."""
_DOCUMENT_MAX: Final = 256 * 1024
_KEYS_MAX: Final = 100
_PATIENCE: Final = 5.0
_RSA_MIN: Final = 2048
_SUB_MAX: Final = 255
_OK: Final = 200
_REFUSED: Final = 400
_BROKEN: Final = 500
_KINDS: Final = frozenset({"RSA", "EC", "OKP"})
_ENDPOINTS: Final = ("authorization_endpoint", "token_endpoint", "jwks_uri")
_DISCOVERY: Final = "/.well-known/openid-configuration"


@dataclass(frozen=True, slots=True)
class Found:
    """What discovery says of an issuer, as far as it is used here."""

    authorization: str
    token: str
    jwks: str
    methods: tuple[str, ...]


class Issuer:
    """One issuer, by its address; ``http`` reaches it."""

    def __init__(self, url: str, http: httpx.AsyncClient, clock: Clock) -> None:
        """Take the address as it stands in ``iss``, a client, and the time."""
        self.url = url
        self._http = http
        self._clock = clock
        self._found: tuple[Found, datetime] | None = None
        self._sought: datetime | None = None
        self._seeking = asyncio.Lock()
        self._keys = KeySet([])
        self._fetched: datetime | None = None
        self._tried: datetime | None = None
        self._turn = asyncio.Lock()

    async def found(self) -> Found:
        """Return what discovery says; raises UnavailableRefusal ``issuer-unreachable``."""
        return await self._discovered(KEPT)

    async def _discovered(self, kept: timedelta) -> Found:
        """Return what discovery says, or said less than ``kept`` ago; raises as :meth:`found`."""
        async with self._seeking:
            now = self._clock.now()
            if self._found is not None and now - self._found[1] < kept:
                return self._found[0]
            if self._sought is not None and now - self._sought < REFRESH:
                raise _unreachable()  # it was asked a moment ago, and did not say it
            self._sought = now
            found = _found(await self._document(self.url.rstrip("/") + _DISCOVERY), self.url)
            self._found = found, now
            return found

    async def claims(self, token: str, audience: str) -> dict[str, object]:
        """Return the claims of a token that this issuer signed for an audience, and is good now.

        Raises:
            UnauthorisedRefusal: it is not; the code says why, as far as that helps whoever is in
                good faith (``token-malformed``, ``token-forged``, ``token-expired``, …).
            UnavailableRefusal: the issuer cannot be asked for its keys.
        """
        header = _header(token)
        keys = await self._known(header.get("kid"))
        try:
            with warnings.catch_warnings():  # EdDSA goes by another name since RFC 9864
                warnings.simplefilter("ignore", SecurityWarning)
                signed = jwt.decode(token, keys, algorithms=ALGORITHMS)
        except (JoseError, ValueError, RecursionError) as error:
            raise _bad("token-forged", "签名无效", "its signature is not good") from error
        said: dict[str, object] = signed.claims
        self._check(said, audience)
        return said

    def _check(self, said: dict[str, object], audience: str) -> None:
        now = unix(self._clock)
        wanted = jwt.JWTClaimsRegistry(
            now,
            LEEWAY,
            iss={"essential": True, "value": self.url},
            aud={"essential": True, "value": audience},
            sub={"essential": True},
            exp={"essential": True},
            iat={"essential": True},
        )
        try:
            wanted.validate(said)
        except ExpiredTokenError as error:
            raise _bad("token-expired", "已过期", "it has expired") from error
        except JoseError as error:
            claim = str(getattr(error, "claim", error.description))
            raise _bad(
                "token-claims", f"{claim} 不符", f"its claims do not fit: {claim}"
            ) from error
        if not _whole(said):
            raise _bad("token-claims", "sub、iat 或 exp 不符", "its sub, iat or exp does not fit")

    async def _known(self, kid: object) -> KeySet:
        """Return the issuer's keys, fetched again where they may have changed.

        Raises:
            UnavailableRefusal: those that are here are too old, and it does not give others.
        """
        async with self._turn:
            now = self._clock.now()
            known = kid is None or any(key.kid == kid for key in self._keys.keys)
            again = self._tried is None or now - self._tried >= REFRESH
            if again and not (known and self._fresh(now)):
                self._tried = now  # also where it fails: it is not asked at once again
                found = await self._discovered(REFRESH)
                self._keys = _key_set(await self._document(found.jwks))
                self._fetched = now
            if not self._fresh(now):
                raise _unreachable()
            return self._keys

    def _fresh(self, now: datetime) -> bool:
        return self._fetched is not None and now - self._fetched < KEPT

    async def exchange(
        self, form: Mapping[str, str], auth: tuple[str, str] | None
    ) -> dict[str, object]:
        """Return what the token endpoint gives for a code.

        Raises:
            UnauthorisedRefusal: it gives nothing (``sign-in-failed``).
            UnavailableRefusal: it does not answer as it should.
        """
        status, said = await self._ask("POST", (await self.found()).token, form, auth)
        if _REFUSED <= status < _BROKEN:
            raise _bad("sign-in-failed", "身份认证服务未予确认", "the provider did not confirm it")
        return said

    async def _document(self, url: str) -> dict[str, object]:
        status, said = await self._ask("GET", url)
        if status != _OK:
            raise _unreachable()
        return said

    async def _ask(
        self,
        method: str,
        url: str,
        form: Mapping[str, str] | None = None,
        auth: tuple[str, str] | None = None,
    ) -> tuple[int, dict[str, object]]:
        """Return status and JSON object at an address of the issuer; raises UnavailableRefusal."""
        try:
            request = self._http.build_request(method, url, data=form, timeout=_PATIENCE)
            answer = await self._http.send(
                request, auth=httpx.BasicAuth(*auth) if auth else None, stream=True
            )
            try:
                said = json.loads(await _bounded(answer))
            finally:
                await answer.aclose()
        except (httpx.HTTPError, httpx.InvalidURL, ValueError, RecursionError) as error:
            raise _unreachable() from error
        if not isinstance(said, dict):
            raise _unreachable()
        return answer.status_code, said


async def _bounded(answer: httpx.Response) -> bytes:
    body = b""
    async for piece in answer.aiter_bytes():
        body += piece
        if len(body) > _DOCUMENT_MAX:
            raise _unreachable()
    return body


def _found(said: Mapping[str, object], issuer: str) -> Found:
    """Return what a discovery document says; raises UnavailableRefusal where it is another's."""
    named = [said.get(name) for name in _ENDPOINTS]
    if said.get("issuer") != issuer or not all(isinstance(url, str) for url in named):
        raise _unreachable()
    methods = said.get("token_endpoint_auth_methods_supported")
    usable = methods if isinstance(methods, list) else ["client_secret_basic"]
    authorization, token, jwks = map(str, named)
    return Found(authorization, token, jwks, tuple(map(str, usable)))


def _header(token: str) -> Mapping[str, object]:
    """Return the header of a token, which nothing has verified."""
    if len(token) > TOKEN_MAX:
        raise _bad("token-malformed", "过长", "it is too long")
    try:
        header: Mapping[str, object] = jws.extract_compact(token.encode()).headers()
    except (JoseError, ValueError, RecursionError) as error:
        raise _bad("token-malformed", "格式不符", "it is malformed") from error
    if header.get("alg") not in ALGORITHMS:
        wanted = "、".join(ALGORITHMS)
        raise _bad("token-algorithm", f"签名算法应为 {wanted}", f"it must be signed with {wanted}")
    return header


def _key_set(said: Mapping[str, object]) -> KeySet:
    """Return the keys that can sign; a shared secret or a short RSA key is none."""
    listed = said.get("keys")
    found = [_key(one) for one in listed[:_KEYS_MAX]] if isinstance(listed, Sequence) else []
    return KeySet([key for key in found if key is not None])


def _key(said: object) -> Key | None:
    if not isinstance(said, dict) or said.get("kty") not in _KINDS or said.get("use") == "enc":
        return None
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", SecurityWarning)
            key = JWKRegistry.import_key({k: v for k, v in said.items() if k != "key_ops"})
            short = isinstance(key, RSAKey) and key.public_key.key_size < _RSA_MIN
    except (JoseError, ValueError, TypeError, KeyError):
        return None
    return None if short else key


def _whole(said: Mapping[str, object]) -> bool:
    """Tell whether subject and lifetime are bounded: what follows relies on it."""
    sub, issued, ends = said["sub"], said["iat"], said["exp"]
    return (
        isinstance(sub, str)
        and 0 < len(sub) <= _SUB_MAX
        and isinstance(issued, int | float)
        and isinstance(ends, int | float)
        and 0 < ends - issued <= LIFETIME_MAX
    )


def _bad(code: str, zh: str, en: str) -> UnauthorisedRefusal:
    return UnauthorisedRefusal(f"令牌无效：{zh}。", f"The token is not good: {en}.", code=code)


def _unreachable() -> UnavailableRefusal:
    return UnavailableRefusal(
        "暂时无法向身份认证服务核对，请稍后再试。",
        "The identity provider does not answer as it should: try again later.",
        code="issuer-unreachable",
    )
