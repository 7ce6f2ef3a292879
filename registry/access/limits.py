"""How often somebody may ask: token buckets in memory, bounded in number.

A bucket holds ``at_once`` requests and gains ``rate`` a second. When there are too many buckets the
one that was used longest ago goes: it is full again, or nearly.
"""

import math
from collections import OrderedDict
from collections.abc import Callable, Sequence
from functools import lru_cache
from ipaddress import IPv4Network, IPv6Address, IPv6Network, ip_address
from time import monotonic
from typing import Final

from registry.errors import TooManyRefusal

BUCKETS_MAX: Final = 50_000
_HOPS_MAX: Final = 20
_HOUSEHOLD: Final = 64
"""Bits of an IPv6 address that one customer of a provider has to himself; it counts as one."""
_MINUTE: Final = 60.0


class Buckets:
    """Buckets of one kind; ``rate`` a second, 0 for no bound at all."""

    def __init__(
        self,
        rate: float,
        at_once: int,
        seconds: Callable[[], float] = monotonic,
        most: int = BUCKETS_MAX,
    ) -> None:
        """Take rate and size of each bucket, a clock that only goes forward, how many at most."""
        self._rate = rate
        self._at_once = float(at_once)
        self._seconds = seconds
        self._most = most
        self._held: OrderedDict[str, tuple[float, float]] = OrderedDict()

    def seconds_left(self, name: str) -> int:
        """Return for how many seconds nothing is left in a bucket, 0 if something is."""
        left = self._left(name)
        return 0 if left >= 1 else math.ceil((1 - left) / self._rate)

    def take(self, name: str) -> int:
        """Take one; return 0, or for how many seconds nothing is left."""
        if not self._rate:
            return 0
        left = self._left(name)
        if left < 1:
            return math.ceil((1 - left) / self._rate)
        self._held[name] = (left - 1, self._seconds())
        self._held.move_to_end(name)
        if len(self._held) > self._most:
            self._held.popitem(last=False)
        return 0

    def _left(self, name: str) -> float:
        found = self._held.get(name)
        if found is None:
            return self._at_once
        left, at = found
        return min(self._at_once, left + (self._seconds() - at) * self._rate)


class Limits:
    """The bounds of a node: requests of an address and of a credential, and bad credentials."""

    def __init__(self, addresses: Buckets, credentials: Buckets, refused: Buckets) -> None:
        """Take the buckets of each kind."""
        self._addresses = addresses
        self._credentials = credentials
        self._refused = refused

    def request(self, address: str) -> None:
        """Count a request of an address; raises TooManyRefusal."""
        _within(self._addresses.take(address), "address-busy")

    def credential(self, who: str) -> None:
        """Count a request that shows a credential; raises TooManyRefusal."""
        _within(self._credentials.take(who), "credential-busy")

    def may_try(self, address: str) -> None:
        """Refuse to look at any credential from where too many were not good."""
        _within(self._refused.seconds_left(address), "too-many-refused")

    def refused(self, address: str) -> None:
        """Count a credential that was not good."""
        self._refused.take(address)


def refused_buckets(per_minute: int, seconds: Callable[[], float] = monotonic) -> Buckets:
    """Return buckets that hold so many bad credentials and gain as many a minute."""
    return Buckets(per_minute / _MINUTE, per_minute, seconds)


def address_of(peer: str, forwarded: str, trusted: Sequence[IPv4Network | IPv6Network]) -> str:
    """Return the address that asks, as it counts: IPv6 by its /64; '' for none that can be read.

    ``forwarded`` (``X-Forwarded-For``) is believed only as far as it comes from trusted proxies:
    read from its end, up to the first address that is none of them.
    """
    hops = [hop.strip() for hop in forwarded.split(",")[-_HOPS_MAX:]] if forwarded else []
    address = peer
    while hops and _is_of(address, trusted):
        address = hops.pop()
    return _counted(address)


def _is_of(address: str, networks: Sequence[IPv4Network | IPv6Network]) -> bool:
    try:
        parsed = ip_address(address)
    except ValueError:
        return False
    return any(parsed in network for network in networks)


@lru_cache(maxsize=4096)
def _counted(address: str) -> str:
    try:
        parsed = ip_address(address)
    except ValueError:
        return ""
    if not isinstance(parsed, IPv6Address):
        return address
    if parsed.ipv4_mapped is not None:
        return str(parsed.ipv4_mapped)
    return str(IPv6Network((parsed, _HOUSEHOLD), strict=False))


def _within(seconds: int, code: str) -> None:
    if seconds:
        raise TooManyRefusal(
            f"请求过于频繁，请在 {seconds} 秒后再试。",
            f"Too many requests: ask again in {seconds} seconds.",
            seconds,
            code=code,
        )
