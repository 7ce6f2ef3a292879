"""A small real issuer of tokens (OpenID Connect): discovery, keys, codes with PKCE, over a socket.

It is strict where a node could be lax: a code counts once, for the client, redirect and verifier it
was made for. What it signs, and with which keys, the test says.
"""

from base64 import b64decode, urlsafe_b64encode
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from functools import cache
from hashlib import sha256
from secrets import token_urlsafe
from typing import Any
from urllib.parse import parse_qs, quote, urlencode

from joserfc import jwt
from joserfc.jwk import ECKey, Key, OKPKey, RSAKey
from litestar import Litestar, Request, Response, get, post
from litestar.exceptions import NotFoundException
from litestar.response import Redirect

from registry.clock import Clock, unix
from registry.demo.run import free_port
from tests.registry.test_app import listening

CLIENT = "registry/节点"
SECRET = "only:for tests%"
AUDIENCE = "https://node.example/api"
ALGORITHMS = {"RS256": RSAKey, "ES256": ECKey, "Ed25519": OKPKey}


@cache
def new_key(algorithm: str, kid: str) -> Key:
    """Return the key of this name: made once in a process, for that takes a while."""
    size: dict[str, Any] = {"RS256": 2048, "ES256": "P-256", "Ed25519": "Ed25519"}
    return ALGORITHMS[algorithm].generate_key(size[algorithm], {"kid": kid, "use": "sig"})


@dataclass
class FakeIssuer:
    """An issuer as it stands; ``url`` is known when it listens."""

    clock: Clock
    keys: list[Key] = field(default_factory=lambda: [new_key("RS256", "one")])
    published: list[dict[str, Any]] | None = None
    methods: list[str] = field(default_factory=lambda: ["client_secret_basic"])
    account: dict[str, Any] = field(default_factory=lambda: {"sub": "u1", "name": "示例张三"})
    id_claims: dict[str, Any] = field(default_factory=dict)
    discovery: dict[str, Any] = field(default_factory=dict)
    url: str = ""
    asked: list[str] = field(default_factory=list)
    codes: dict[str, dict[str, str]] = field(default_factory=dict)

    def token(self, key: Key | None = None, alg: str = "RS256", **claims: Any) -> str:
        """Sign a token for the interface; ``claims`` replace what is usual, None leaves out."""
        said = self.usual(AUDIENCE) | {"groups": ["regulators"]} | claims
        return self.sign({k: v for k, v in said.items() if v is not None}, key, alg)

    def usual(self, audience: str) -> dict[str, Any]:
        now = unix(self.clock)
        return {"iss": self.url, "aud": audience, "iat": now, "exp": now + 600, **self.account}

    def sign(self, claims: dict[str, Any], key: Key | None = None, alg: str = "RS256") -> str:
        key = key or self.keys[-1]
        return jwt.encode({"alg": alg, "kid": key.kid}, claims, key, algorithms=[alg])

    def app(self) -> Litestar:
        @get("/.well-known/openid-configuration")
        async def discovery() -> dict[str, Any]:
            self.asked.append("discovery")
            return {
                "issuer": self.url,
                "authorization_endpoint": f"{self.url}/authorize",
                "token_endpoint": f"{self.url}/token",
                "jwks_uri": f"{self.url}/jwks",
                "token_endpoint_auth_methods_supported": self.methods,
                **self.discovery,
            }

        @get(["/jwks", "/moved"])
        async def jwks(request: Request[Any, Any, Any]) -> dict[str, Any]:
            self.asked.append("jwks")
            if self.discovery.get("jwks_uri", f"{self.url}/jwks") != str(request.url):
                raise NotFoundException  # they have moved
            own = [key.as_dict(private=False) for key in self.keys]
            return {"keys": own if self.published is None else self.published}

        @get("/authorize")
        async def authorize(request: Request[Any, Any, Any]) -> Redirect:
            query = dict(request.query_params)
            code = token_urlsafe(16)
            self.codes[code] = query
            back = {"code": code, "state": query["state"], "iss": self.url}
            return Redirect(f"{query['redirect_uri']}?{urlencode(back)}", status_code=302)

        @post("/token", status_code=200)
        async def token(request: Request[Any, Any, Any]) -> Response[dict[str, Any]]:
            form = {k: v[0] for k, v in parse_qs((await request.body()).decode()).items()}
            begun = self.codes.pop(form.get("code", ""), None)
            if begun is None or not self._fits(form, begun, request.headers.get("authorization")):
                return Response({"error": "invalid_grant"}, status_code=400)
            claims = self.usual(CLIENT) | {"nonce": begun["nonce"]} | self.id_claims
            id_token = self.sign({k: v for k, v in claims.items() if v is not None})
            return Response({"access_token": "x", "token_type": "Bearer", "id_token": id_token})

        return Litestar([discovery, jwks, authorize, token], openapi_config=None)

    def _fits(self, form: dict[str, str], begun: dict[str, str], header: str | None) -> bool:
        digest = sha256(form["code_verifier"].encode()).digest()
        challenge = urlsafe_b64encode(digest).rstrip(b"=").decode()
        if self.methods == ["client_secret_basic"]:
            shown = b64decode((header or "").removeprefix("Basic ")).decode()
            known = shown == f"{quote(CLIENT, safe='')}:{quote(SECRET, safe='')}"
        else:
            known = form.get("client_id") == CLIENT and form.get("client_secret", "") in {
                SECRET,
                "",
            }
        return (
            known
            and form["grant_type"] == "authorization_code"
            and begun["client_id"] == CLIENT
            and begun["response_type"] == "code"
            and begun["code_challenge_method"] == "S256"
            and begun["code_challenge"] == challenge
            and begun["redirect_uri"] == form["redirect_uri"]
        )


port_of_issuers = cache(free_port)


@asynccontextmanager
async def issuing(issuer: FakeIssuer) -> AsyncIterator[FakeIssuer]:
    """Let an issuer listen on this machine, the issuers of a process one after another at one port.

    So nodes that trust an issuer have the same settings, and share what is built from them.
    """
    async with listening(issuer.app(), port_of_issuers()) as url:
        issuer.url = url
        yield issuer
