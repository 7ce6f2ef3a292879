"""Whether a node has what it needs, checked one by one: what is wrong, and what to do about it.

Each check stands for itself: one that fails hides no other. Nothing is changed, at home or away.
"""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from hashlib import sha256
from typing import Final

import httpx

from registry.clock import Clock
from registry.errors import RegistryError
from registry.exchange.peer import trusted
from signing.charter import Charter, open_charter
from signing.errors import SigningError
from signing.parties import Node

SKEW_MAX: Final = 60.0
"""Seconds by which the clocks of nodes may differ before it is worth a word."""
ANSWER_MAX: Final = 1024 * 1024
_TIMEOUT: Final = httpx.Timeout(10.0)
_SERVED: Final = frozenset({200, 404})


@dataclass(frozen=True, slots=True)
class Checked:
    """What one check came to; ``zh`` and ``en`` say what is so, or what to do where it is wrong."""

    name: str
    zh: str
    en: str
    ok: bool


class CheckError(RegistryError):
    """A check has found something; both texts say what to do."""

    def __init__(self, zh: str, en: str) -> None:
        """Take both texts."""
        super().__init__(f"{zh} / {en}")
        self.zh = zh
        self.en = en


Check = Callable[[], Awaitable[tuple[str, str]]]
"""Returns what is so, in Chinese and English; raises CheckError, or what its means raise."""


async def checked(name: str, check: Check) -> Checked:
    """Run a check; whatever it meets becomes its result."""
    try:
        zh, en = await check()
    except CheckError as error:
        return Checked(name, error.zh, error.en, ok=False)
    except (RegistryError, SigningError, OSError, httpx.HTTPError) as error:
        text = f"{type(error).__name__}: {error}"
        return Checked(name, text, text, ok=False)
    return Checked(name, zh, en, ok=True)


async def check_nodes(
    charter: Charter, own: str, public_url: str, clock: Clock
) -> AsyncIterator[Checked]:
    """Check this node from outside and every other one: address, charter, clock, witness."""
    async with httpx.AsyncClient(
        timeout=_TIMEOUT, trust_env=False, follow_redirects=False, verify=trusted()
    ) as http:
        here = Asked(http, charter, clock)
        yield await checked("public-url", lambda: here.own_url(public_url))
        for node in charter.nodes:
            if node.name != own:
                checks = (here.reachable, here.same_charter, here.clock_of, here.witness)
                names = ("reachable", "charter", "clock", "witness")
                for name, check in zip(names, checks, strict=True):
                    found = await checked(f"{name} {node.name}", _about(check, node))
                    yield found
                    if name == "reachable" and not found.ok:
                        break


def _about(check: Callable[[Node], Awaitable[tuple[str, str]]], node: Node) -> Check:
    return lambda: check(node)


class Asked:
    """The questions that are put to nodes over HTTP."""

    def __init__(self, http: httpx.AsyncClient, charter: Charter, clock: Clock) -> None:
        """Take connections, the charter in force here, and this node's clock."""
        self._http = http
        self._charter = charter
        self._clock = clock

    async def own_url(self, url: str) -> tuple[str, str]:
        """Ask the node's own public address for its charter."""
        try:
            await self._get(f"{url.rstrip('/')}/charter")
        except httpx.HTTPError as error:
            raise CheckError(
                f"无法从本机访问 public_url {url}；请核对反向代理与域名解析",
                f"public_url {url} cannot be reached from here ({type(error).__name__}): check "
                "the proxy and the name",
            ) from error
        return f"{url} 可以访问", f"{url} answers"

    async def reachable(self, node: Node) -> tuple[str, str]:
        """Ask another node for its health."""
        try:
            status, _, _ = await self._get(f"{node.url.rstrip('/')}/health")
        except httpx.HTTPError as error:
            raise CheckError(
                f"无法访问 {node.url}；请核对网络、防火墙和对方是否运行",
                f"{node.url} cannot be reached ({type(error).__name__}): check the network, "
                "firewalls, and whether it runs",
            ) from error
        if status != httpx.codes.OK:
            raise CheckError(
                f"{node.url} 应答 HTTP {status}；请联系其运营者",
                f"{node.url} answers HTTP {status}: tell its operator",
            )
        return f"{node.url} 可以访问", f"{node.url} answers"

    async def same_charter(self, node: Node) -> tuple[str, str]:
        """Compare the charter that another node serves, and its keys there, with ours."""
        _, note, _ = await self._get(f"{node.url.rstrip('/')}/charter")
        theirs = open_charter(note)
        if theirs.version != self._charter.version:
            raise CheckError(
                f"对方使用第 {theirs.version} 版章程，本节点为第 {self._charter.version} 版；"
                "请在较旧的一方执行 registry charter adopt",
                f"it is under version {theirs.version}, this node under {self._charter.version}: "
                "adopt the later one where it is missing",
            )
        if theirs.digest != self._charter.digest:
            raise CheckError(
                "对方的章程与本节点不是同一份，密钥不可信；请立即与区域办公室核对",
                "its charter is another one of the same version, and its keys cannot be trusted: "
                "ask the region office at once",
            )
        return f"第 {theirs.version} 版，密钥一致", f"version {theirs.version}, same keys"

    async def clock_of(self, node: Node) -> tuple[str, str]:
        """Compare the clock of another node with ours, to the second."""
        _, _, date = await self._get(f"{node.url.rstrip('/')}/charter")
        if date is None:
            return "对方未给出时间", "it does not tell its time"
        skew = abs((self._clock.now() - date).total_seconds())
        if skew > SKEW_MAX:
            raise CheckError(
                f"两节点时钟相差 {skew:.0f} 秒；请启用时间同步（NTP）",
                f"the clocks differ by {skew:.0f} seconds: have both set by NTP",
            )
        return f"时钟相差不足 {skew + 1:.0f} 秒", f"clocks differ by less than {skew + 1:.0f} s"

    async def witness(self, node: Node) -> tuple[str, str]:
        """Ask another node's witness for what it cosigned of the charter's first log."""
        origin = self._charter.parties[0].origin
        digest = sha256(origin.encode()).hexdigest()
        status, _, _ = await self._get(f"{node.url.rstrip('/')}/witness/{digest}/checkpoint")
        if status not in _SERVED:
            raise CheckError(
                f"见证方应答 HTTP {status}；请联系其运营者",
                f"its witness answers HTTP {status}: tell its operator",
            )
        return "见证方有应答", "its witness answers"

    async def _get(self, url: str) -> tuple[int, bytes, datetime | None]:
        """Return status, body within its bound, and the time that the answer states."""
        async with asyncio.timeout(30), self._http.stream("GET", url) as response:
            body = bytearray()
            async for piece in response.aiter_bytes():
                body += piece
                if len(body) > ANSWER_MAX:
                    raise CheckError(f"{url} 的应答过长", f"the answer of {url} is too long")
            return response.status_code, bytes(body), _date(response.headers.get("Date", ""))


def _date(text: str) -> datetime | None:
    try:
        found = parsedate_to_datetime(text)
    except ValueError:
        return None
    return found if found.tzinfo else found.replace(tzinfo=UTC)
