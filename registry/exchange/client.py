"""A node over HTTP: bounded attempts, bounded answers, the same bytes at every attempt.

Attempts that may have been lost on the way (no answer, a gateway's error, a busy node) are repeated
with exponential backoff and full jitter; a refusal is final. Sleeping and chance are arguments, so
that tests need neither.
"""

import itertools
from collections.abc import Callable
from dataclasses import dataclass, field
from secrets import SystemRandom
from time import sleep
from typing import Final, TypeVar

import httpx
import msgspec
import zstandard

from registry.exchange.errors import NodeRefusedError, PublishError
from registry.exchange.home import Admission, Remark
from registry.ingest.reasons import Finding
from signing.tiles import tile_path

MAX_ANSWER: Final = 32 * 1024 * 1024
"""Largest answer that is read: 50,000 quarantined rows with their findings stay below it."""

_FIRST_ROW: Final = 2
"""Lines of a batch count from 1, and the header is the first."""

_REPEATABLE: Final = frozenset({408, 425, 429, 500, 502, 503, 504})
_COMPRESSION: Final = 3
_TIMEOUT: Final = httpx.Timeout(10.0, read=120.0, write=120.0)
_LOST: Final = (httpx.TransportError, httpx.DecodingError)

Body = TypeVar("Body")


@dataclass(frozen=True, slots=True)
class Patience:
    """How often and how long to wait: attempts, first pause and longest pause in seconds."""

    attempts: int = 5
    first: float = 0.5
    longest: float = 20.0
    sleep: Callable[[float], None] = sleep
    chance: Callable[[], float] = field(default=SystemRandom().random)

    def pause(self, attempt: int, asked: float | None) -> None:
        """Sleep after attempt number ``attempt`` (from 1); a node may ask for longer."""
        bound = min(self.longest, self.first * 2 ** (attempt - 1))
        self.sleep(min(self.longest, max(asked or 0.0, bound * self.chance())))


class _Size(msgspec.Struct, frozen=True):
    size: int


class _Row(msgspec.Struct, frozen=True):
    line: int
    findings: tuple[Finding, ...]


class _Check(msgspec.Struct, frozen=True):
    total: int
    bad: tuple[_Row, ...]


class _Quarantined(msgspec.Struct, frozen=True):
    idx: int
    findings: tuple[Finding, ...]


class _Admitted(msgspec.Struct, frozen=True):
    receipt: str
    repeated: bool
    quarantined: tuple[_Quarantined, ...]


class Followed(msgspec.Struct, frozen=True):
    """How a node follows a log of another: what fails, and how many alarms of each kind."""

    origin: str
    failure: str
    alarms: dict[str, int]


class _Following(msgspec.Struct, frozen=True):
    logs: tuple[Followed, ...]


class _Problem(msgspec.Struct, frozen=True):
    code: str = ""
    title: str = ""
    title_en: str = ""
    detail: str = ""
    detail_en: str = ""
    size: int | None = None


class HttpNode:
    """A running node; implements :class:`registry.exchange.home.Node`."""

    def __init__(
        self, url: str, http: httpx.Client | None = None, patience: Patience | None = None
    ) -> None:
        """Name the node; ``http`` may be shared with other uses."""
        self.url = url.rstrip("/")
        self._http = http or httpx.Client(timeout=_TIMEOUT, follow_redirects=False)
        self._patience = patience or Patience()

    def close(self) -> None:
        """Let go of the connections."""
        self._http.close()

    def charter(self, version: int = 0) -> bytes:
        """Return the charter note in force, or that of a version."""
        return self._ask("GET", f"/charter/{version}" if version else "/charter")

    def size(self, origin: str) -> int:
        """Return the number of stored entries."""
        return self._decode(self._ask("GET", f"/log/{origin}/size"), _Size).size

    def following(self) -> tuple[Followed, ...]:
        """Return how the node follows the logs of others; nothing from one that does not tell."""
        try:
            answer = self._ask("GET", "/following")
        except NodeRefusedError as refused:
            if refused.status == httpx.codes.NOT_FOUND:
                return ()
            raise
        return self._decode(answer, _Following).logs

    def checkpoint(self, origin: str) -> bytes:
        """Return the newest checkpoint note with its cosignatures."""
        return self._ask("GET", f"/log/{origin}/checkpoint")

    def tile(self, origin: str, level: int, n: int, width: int) -> bytes:
        """Return ``width`` hashes of a tile."""
        return self._ask("GET", f"/log/{origin}/tile/{tile_path(level, n, width)}")

    def check(self, origin: str, batch: bytes) -> tuple[Remark, ...]:
        """Have an unsigned batch checked."""
        answer = self._decode(self._send(f"/log/{origin}/check", batch), _Check)
        if not all(0 <= row.line - _FIRST_ROW < answer.total for row in answer.bad):
            raise PublishError("node-answer", url=self.url, reason="a line that was not sent")
        return tuple(Remark(row.line - _FIRST_ROW, row.findings) for row in answer.bad)

    def admit(self, origin: str, batch: bytes) -> Admission:
        """Send a sealed batch; repeated with the same bytes until an answer comes."""
        answer = self._decode(self._send(f"/log/{origin}/batch", batch), _Admitted)
        quarantined = tuple(Remark(row.idx, row.findings) for row in answer.quarantined)
        return Admission(answer.receipt.encode(), answer.repeated, quarantined)

    def _send(self, path: str, batch: bytes) -> bytes:
        packed = zstandard.ZstdCompressor(level=_COMPRESSION).compress(batch)
        return self._ask("POST", path, packed)

    def _ask(self, method: str, path: str, body: bytes | None = None) -> bytes:
        failure: Exception
        for attempt in itertools.count(1):
            asked = None
            try:
                status, asked, answer = self._once(method, path, body)
            except _LOST as error:
                reason = f"{type(error).__name__}: {error}"
                failure = PublishError("node-unreachable", url=self.url, reason=reason)
            else:
                if status == httpx.codes.OK:
                    return answer
                failure = _refusal(status, answer)
                if status not in _REPEATABLE:
                    break
            if attempt >= self._patience.attempts:
                break
            self._patience.pause(attempt, asked)
        raise failure

    def _once(self, method: str, path: str, body: bytes | None) -> tuple[int, float | None, bytes]:
        headers = {"Accept": "application/json, text/plain, application/octet-stream"}
        if body is not None:
            headers |= {
                "Content-Type": "application/vnd.registry.batch",
                "Content-Encoding": "zstd",
            }
        with self._http.stream(method, self.url + path, content=body, headers=headers) as response:
            answer = b""
            for chunk in response.iter_bytes():
                answer += chunk
                if len(answer) > MAX_ANSWER:
                    raise PublishError("node-answer", url=self.url, reason="too long")
            return response.status_code, _retry_after(response), answer

    def _decode(self, answer: bytes, form: type[Body]) -> Body:
        try:
            return msgspec.json.decode(answer, type=form)
        except msgspec.DecodeError as error:
            raise PublishError("node-answer", url=self.url, reason=error) from error


def _retry_after(response: httpx.Response) -> float | None:
    text = response.headers.get("Retry-After", "")
    return float(text) if text.isascii() and text.isdigit() else None


def _refusal(status: int, answer: bytes) -> NodeRefusedError:
    try:
        problem = msgspec.json.decode(answer, type=_Problem)
    except msgspec.DecodeError:
        problem = _Problem()
    plain = f"HTTP {status}"
    texts = (
        problem.detail or problem.title or plain,
        problem.detail_en or problem.title_en or plain,
    )
    return NodeRefusedError(status, problem.code or f"http-{status}", texts, problem.size)
