"""Posts to an address that somebody else has chosen, so that it can reach nothing of our own.

The name is resolved once, every address it has is judged, and the connection goes to one of those
that were judged: a name that answers otherwise the next time gains nothing. No redirect is
followed, no proxy of the environment is used, and of the answer only the status is read.
"""

import asyncio
import secrets
import socket
from collections.abc import Sequence
from dataclasses import dataclass
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network, ip_address, ip_network
from typing import Final

import httpx

from registry.clock import Clock, unix
from registry.exchange.peer import trusted
from signing.httpsig import Request, sign_request
from signing.keys import SigningKey

Address = IPv4Address | IPv6Address
Network = IPv4Network | IPv6Network
WHOLE: Final = 20.0
"""Seconds for one delivery as a whole: a receiver that drips keeps nobody waiting."""
_TIMEOUT: Final = httpx.Timeout(10.0)
_NONCE: Final = 24
_WRAPPED: Final = tuple(
    ip_network(one) for one in ("64:ff9b::/96", "64:ff9b:1::/48", "2002::/16", "2001::/32", "::/96")
)
"""IPv6 addresses that carry an IPv4 address: they may lead to any (RFC 6052, 3056, 4380, 4291)."""


class PostError(Exception):
    """A delivery failed; ``reason`` is a stable code."""

    def __init__(self, reason: str, detail: str = "") -> None:
        """Take the code and what happened."""
        super().__init__(detail or reason)
        self.reason = reason


@dataclass(frozen=True, slots=True)
class Posting:
    """What a delivery needs: the node's key, the time, and private networks that are allowed."""

    key: SigningKey
    clock: Clock
    networks: tuple[Network, ...] = ()

    async def post(self, url: str, body: bytes) -> None:
        """Send a body, signed by the node (RFC 9421, with Content-Digest); 2xx is success.

        Raises:
            PostError: ``address-refused``, ``address-unknown``, ``unreachable``, ``too-slow``, or
                ``status-<number>``.
        """
        try:
            async with asyncio.timeout(WHOLE):
                status = await self._once(url, body)
        except TimeoutError as error:
            raise PostError("too-slow", f"no answer within {WHOLE} seconds") from error
        except (httpx.HTTPError, httpx.InvalidURL, OSError) as error:
            raise PostError("unreachable", f"{type(error).__name__} {error}") from error
        if not httpx.codes.is_success(status):
            raise PostError(f"status-{status}")

    async def _once(self, url: str, body: bytes) -> int:
        asked = httpx.URL(url)
        address = await self._resolved(asked)
        authority = asked.netloc.decode("ascii")
        target = asked.raw_path.decode("ascii")
        nonce = secrets.token_urlsafe(_NONCE)
        signed = Request("POST", authority, target, body)
        fields = sign_request(signed, self.key, nonce, unix(self.clock))
        headers = {"Host": authority, "Content-Type": "application/json", **fields}
        async with httpx.AsyncClient(
            timeout=_TIMEOUT, trust_env=False, follow_redirects=False, verify=trusted()
        ) as http:
            to = asked.copy_with(host=str(address))
            named = {"sni_hostname": asked.host}  # by which the certificate is judged, too
            request = http.build_request(
                "POST", to, content=body, headers=headers, extensions=named
            )
            response = await http.send(request, stream=True)
            await response.aclose()  # whatever it says, and however long: the status is enough
            return response.status_code

    async def _resolved(self, url: httpx.URL) -> Address:
        port = url.port or (443 if url.scheme == "https" else 80)
        loop = asyncio.get_running_loop()
        try:
            found = await loop.getaddrinfo(url.host, port, type=socket.SOCK_STREAM)
        except (OSError, UnicodeError) as error:
            raise PostError("address-unknown", f"{url.host}: {error}") from error
        addresses = [ip_address(one[4][0]) for one in found]
        return allowed(addresses, self.networks, plain=url.scheme != "https")


def allowed(addresses: Sequence[Address], networks: Sequence[Network], *, plain: bool) -> Address:
    """Return the address to connect to; raises PostError unless every one of them may be.

    ``plain``: over http, which only the networks that are allowed by name are spoken to with.
    """
    for address in addresses:
        inner = getattr(address, "ipv4_mapped", None) or address
        named = any(inner.version == one.version and inner in one for one in networks)
        if not named and (plain or not _public(inner)):
            why = "plain http" if plain and _public(inner) else f"{inner} is not public"
            raise PostError("address-refused", why)
    if not addresses:
        raise PostError("address-unknown")
    return addresses[0]


def _public(address: Address) -> bool:
    """Tell whether an address is one of the public internet, of a single machine."""
    wrapped = any(address.version == one.version and address in one for one in _WRAPPED)
    return address.is_global and not address.is_multicast and not wrapped
