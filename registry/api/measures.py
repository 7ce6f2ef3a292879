"""What a node measures of itself, in a registry of its own: Prometheus text, for who watches it.

Labels are bounded: routes are templates, never paths; logs, nodes and kinds of alarm are those of
the charter and the code; codes of refusals are the first some hundred that occur.
"""

import hmac
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import datetime
from ipaddress import ip_address
from time import perf_counter
from typing import Final

from litestar.types import ASGIApp, Message, Receive, Scope, Send
from prometheus_client import (
    CollectorRegistry,
    Counter,
    Gauge,
    Histogram,
    ProcessCollector,
    generate_latest,
)

from registry.clock import Clock
from registry.exchange.following import Following
from registry.exchange.gathering import Gathering
from registry.ledger.read import LogReader
from registry.query.alarms import Alarms
from registry.query.reader import Reader
from registry.settings import Settings

CODES_MAX: Final = 300
"""Codes of refusals that are counted apart; all further ones are ``other``."""
OTHER: Final = "other"
_BUCKETS: Final = (0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 30.0)


class Measures:
    """The counters and gauges of one node."""

    def __init__(self, settings: Settings) -> None:
        """Take who may read them: a token, networks; neither is set by default."""
        self._token = settings.metrics_token.get_secret_value().encode()
        self._networks = settings.metrics_networks
        self.registry = CollectorRegistry()
        self._codes: set[str] = set()
        ProcessCollector(registry=self.registry)
        self._seconds = Histogram(
            "registry_http_request_duration_seconds",
            "Time to answer a request, by method, route template and class of status.",
            ("method", "route", "status"),
            buckets=_BUCKETS,
            registry=self.registry,
        )
        self._admissions = Counter(
            "registry_admissions",
            "Batches that were answered with a receipt, repeated ones included.",
            ("log",),
            registry=self.registry,
        )
        self._refusals = Counter(
            "registry_refusals",
            "Requests that were answered with a problem, by its code.",
            ("code",),
            registry=self.registry,
        )
        self._gauges = {name: self._gauge(name, *about) for name, about in _GAUGES.items()}

    def _gauge(self, name: str, text: str, *labels: str) -> Gauge:
        return Gauge(f"registry_{name}", text, labels, registry=self.registry)

    def may_read(self, address: str, authorization: str) -> bool:
        """Tell whether who asks from an address, with this header, may read them."""
        shown = authorization.encode("latin-1", "replace")
        if self._token and hmac.compare_digest(shown, b"Bearer " + self._token):
            return True
        try:
            asking = ip_address(address)
        except ValueError:
            return False
        return any(asking in network for network in self._networks)

    def answered(self, method: str, route: str, status: int, seconds: float) -> None:
        """Count an answer, by the template of its route."""
        self._seconds.labels(method, route, f"{status // 100}xx").observe(seconds)

    def admitted(self, log: str) -> None:
        """Count a batch that got a receipt, of a log of the charter."""
        self._admissions.labels(log).inc()

    def refused(self, code: str) -> None:
        """Count a refusal by its code."""
        if code not in self._codes and len(self._codes) >= CODES_MAX:
            code = OTHER
        self._codes.add(code)
        self._refusals.labels(code).inc()

    def set(self, name: str, value: float, *labels: str) -> None:
        """Set a gauge."""
        gauge = self._gauges[name]
        (gauge.labels(*labels) if labels else gauge).set(value)

    def forget(self) -> None:
        """Drop what was measured of logs, nodes and alarms that may be there no more."""
        for name, (_, *labels) in _GAUGES.items():
            if labels:
                self._gauges[name].clear()

    def text(self) -> bytes:
        """Return all of it as Prometheus text."""
        return generate_latest(self.registry)


_GAUGES: Final[dict[str, tuple[str, ...]]] = {
    "log_entries": ("Records of a log that are stored here.", "log"),
    "log_behind_entries": ("Records that the log's home has shown and are not here yet.", "log"),
    "log_seen_age_seconds": ("Time since the log's home last showed a tree that verifies.", "log"),
    "log_failing_seconds": ("Time for which following the log has failed; 0 if it goes.", "log"),
    "log_quorum_nodes": ("Nodes that have cosigned the newest tree of a log.", "log"),
    "log_quorum_met": ("Whether the charter's quorum has seen the newest tree (0 or 1).", "log"),
    "witness_failing": ("Logs for which another node's witness does not cosign now.", "node"),
    "alarms_open": ("Contradictions that nobody has taken note of.", "log", "kind"),
    "index_behind_commits": ("Commits that the search index has not taken up yet.",),
    "charter_version": ("The version of the charter in force.",),
}


@dataclass(frozen=True, slots=True)
class Watched:
    """What is looked at when somebody reads the measures."""

    reader: Reader
    ledger: LogReader
    following: Following
    gathering: Gathering
    alarms: Alarms
    lag: Callable[[], Awaitable[int]]
    clock: Clock

    async def take(self, measures: Measures) -> None:
        """Set every gauge to what is so now."""
        measures.forget()
        for log in await self.reader.logs():
            measures.set("log_entries", log.size, log.origin)
            quorum = await self.ledger.quorum(log.origin)
            nodes = min(log.size, 1) if quorum is None else len(quorum.nodes)
            measures.set("log_quorum_nodes", nodes, log.origin)
            met = bool(log.size) if quorum is None else quorum.met
            measures.set("log_quorum_met", met, log.origin)
        now = self.clock.now()
        for state in await self.following.states():
            measures.set("log_behind_entries", max(0, state.seen - state.held), state.origin)
            if state.seen_at is not None:
                measures.set("log_seen_age_seconds", _since(state.seen_at, now), state.origin)
            failing = _since(state.failing_since or now, now)
            measures.set("log_failing_seconds", failing, state.origin)
        for node in {one.node for one in self.gathering.failing}:
            count = sum(one.node == node for one in self.gathering.failing)
            measures.set("witness_failing", count, node)
        for (origin, kind), count in (await self.alarms.open()).items():
            measures.set("alarms_open", count, origin, kind)
        measures.set("index_behind_commits", await self.lag())


def _since(then: datetime, now: datetime) -> float:
    return max(0.0, (now - then).total_seconds())


def measuring(app: ASGIApp) -> ASGIApp:
    """Return the middleware that counts answers and takes their time."""

    async def measured(scope: Scope, receive: Receive, send: Send) -> None:
        measures: Measures = scope["litestar_app"].state["measures"]
        began = perf_counter()

        async def noting(message: Message) -> None:
            if message["type"] == "http.response.start":
                route = str(scope.get("path_template", OTHER))
                method = str(scope.get("method", OTHER))
                measures.answered(method, route, message["status"], perf_counter() - began)
            await send(message)

        await app(scope, receive, noting)

    return measured
