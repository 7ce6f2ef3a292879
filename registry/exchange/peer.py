"""Another node over HTTP: what is public of it, and what it gives to nodes, asked for by signature.

Every answer is bounded in bytes and in time before it is looked at, and asked for plain: what
unpacks itself on the way could not be bounded. Nothing that is returned is verified.
"""

import asyncio
import secrets
import ssl
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from functools import cache
from hashlib import sha256
from time import monotonic
from typing import Final

import httpx

from registry.clock import Clock, unix
from registry.errors import MalformedRefusal
from registry.exchange.lies import LieError, PeerError
from registry.ingest.unpack import Unpacker
from registry.ledger.bodies import MAX_CHUNK, Chunk, ChunkError, ChunkIndex
from signing.httpsig import Request, sign_request
from signing.keys import SigningKey
from signing.merkle import HASH_SIZE
from signing.note import MAX_NOTE
from signing.tiles import tile_path

ATTACHMENT_MAX: Final = 16 * 1024 * 1024
GOSSIP_MAX: Final = 4 * 1024 * 1024
"""Bytes of checkpoint notes: some 1,000 logs with a few kilobytes of signatures each."""
_TIMEOUT: Final = httpx.Timeout(10.0, read=30.0)
_WHOLE: Final = 120.0
"""Seconds for an answer as a whole: a node that drips keeps nobody waiting."""
_CONNECTIONS: Final = httpx.Limits(max_connections=20, keepalive_expiry=2.0)
"""None is asked on that its server may be about to close: five seconds are what most allow."""
_NONCE: Final = 24


Take = Callable[[bytes], object]
"""Is given an answer piece by piece."""
BodiesAt = tuple[Chunk, Sequence[int]]
"""What a chunk says, without lines, and where in its text they end (see `ChunkIndex`)."""


class Pace:
    """At most so many requests a second of one node, evenly."""

    def __init__(self, per_second: float, seconds: Callable[[], float] = monotonic) -> None:
        """Take the rate, and a clock that only goes forward."""
        self._gap = 1 / per_second
        self._seconds = seconds
        self._next = 0.0

    async def wait(self) -> None:
        """Wait for one's turn."""
        now = self._seconds()
        turn = max(now, self._next)
        self._next = turn + self._gap
        if turn > now:
            await asyncio.sleep(turn - now)


@dataclass(frozen=True, slots=True)
class Asking:
    """What every request to other nodes needs: connections, this node's mirror key, the time."""

    http: httpx.AsyncClient
    key: SigningKey
    clock: Clock


@cache
def trusted() -> ssl.SSLContext:
    """Return the authorities whose word on another's name counts; reading them takes a while."""
    return httpx.create_ssl_context(trust_env=False)


@asynccontextmanager
async def open_asking(key: SigningKey, clock: Clock) -> AsyncIterator[Asking]:
    """Open connections to other nodes; no proxy or credential of the environment is used."""
    async with httpx.AsyncClient(
        timeout=_TIMEOUT,
        limits=_CONNECTIONS,
        trust_env=False,
        follow_redirects=False,
        verify=trusted(),
    ) as http:
        yield Asking(http, key, clock)


class PeerNode:
    """Another node of the charter.

    Every method raises PeerError where no answer came, and LieError (``malformed``, ``truncated``,
    ``oversized``) for one that cannot be what was asked for.
    """

    def __init__(self, url: str, asking: Asking, pace: Pace) -> None:
        """Take its address in the charter."""
        self._url = url.rstrip("/")
        self._asking = asking
        self._pace = pace

    async def checkpoint(self, origin: str) -> bytes | None:
        """Return the newest checkpoint note, None where the log has none yet."""
        return await self._get(f"/log/{origin}/checkpoint", MAX_NOTE)

    async def gossip(self) -> bytes | None:
        """Return the checkpoints that the node has seen, None from one that tells none."""
        return await self._get("/gossip", GOSSIP_MAX)

    async def tile(self, origin: str, level: int, n: int, width: int) -> bytes:
        """Return ``width`` hashes of a tile."""
        path = f"/log/{origin}/tile/{tile_path(level, n, width)}"
        tile = await self._get(path, width * HASH_SIZE)
        if tile is None or len(tile) < width * HASH_SIZE:
            raise LieError("tiles-differ", f"{path} is not whole", tile or b"")
        return tile

    async def bodies(self, origin: str, start: int, count: int, write: Take) -> BodiesAt | None:
        """Give the text of a chunk to ``write`` as it comes; return what it says, and where.

        None where the node says that there are no lines from ``start`` on.
        """
        path = f"/log/{origin}/bodies?from={start}&count={count}"
        text = _Text(write)
        answer = await self._ask(path, MAX_CHUNK, text.take, signed=True)
        if answer is None:
            return None
        try:
            said = text.finish()
        except ChunkError as error:
            raise _none(path, error, answer) from error
        if (said.origin, said.start) != (origin, start) or said.end - said.start > count:
            detail = f"{path}: other lines than were asked for"
            raise LieError("malformed", detail, answer.digest())
        return said, text.ends

    async def attachment(self, origin: str, digest: str) -> bytes | None:
        """Return an attachment, None where the node does not have it (yet)."""
        path = f"/log/{origin}/bodies/attachment/{digest}"
        return await self._get(path, ATTACHMENT_MAX, signed=True)

    async def _get(self, path: str, most: int, *, signed: bool = False) -> bytes | None:
        body = bytearray()
        answer = await self._ask(path, most, body.extend, signed=signed)
        return None if answer is None else bytes(body)

    async def _ask(self, path: str, most: int, take: Take, *, signed: bool) -> "_Answer | None":
        """Give an answer to ``take`` piece by piece; None where there is none (404)."""
        await self._pace.wait()
        answer = _Answer(path, most)
        try:
            async with asyncio.timeout(_WHOLE):
                status = await self._once(answer, take, signed=signed)
        except ChunkError as error:
            raise _none(path, error, answer) from error
        except (httpx.HTTPError, httpx.InvalidURL, TimeoutError, OSError) as error:
            reason = f"{self._url}{path}: {type(error).__name__} {error}"
            raise PeerError("peer-unreachable", reason) from error
        if status == httpx.codes.NOT_FOUND:
            return None
        if status != httpx.codes.OK:
            raise PeerError(f"peer-refuses-{status}", f"{self._url}{path}")
        return answer

    async def _once(self, answer: "_Answer", take: Take, *, signed: bool) -> int:
        response = await self._asking.http.send(
            self._request(answer.path, signed=signed), stream=True
        )
        try:
            if response.status_code == httpx.codes.OK:
                if response.headers.get("Content-Encoding", "identity") != "identity":
                    raise LieError("malformed", f"{answer.path}: packed, and was to be plain")
                async for piece in response.aiter_raw():
                    answer.count(piece)
                    take(piece)
            return response.status_code
        finally:
            await response.aclose()

    def _request(self, path: str, *, signed: bool) -> httpx.Request:
        asking = self._asking
        headers = {"Accept-Encoding": "identity"}
        request = asking.http.build_request("GET", self._url + path, headers=headers)
        if signed:
            authority = request.url.netloc.decode("ascii")
            asked = Request("GET", authority, request.url.raw_path.decode("ascii"))
            nonce = secrets.token_urlsafe(_NONCE)
            fields = sign_request(asked, asking.key, nonce, unix(asking.clock))
            request.headers.update(fields)
        return request


class _Answer:
    """Counts what comes, up to a bound, and tells afterwards what came without holding it."""

    def __init__(self, path: str, most: int) -> None:
        self.path = path
        self._most = most
        self._size = 0
        self._hash = sha256()

    def count(self, piece: bytes) -> None:
        self._size += len(piece)
        self._hash.update(piece)
        if self._size > self._most:
            detail = f"{self.path}: more than {self._most} bytes"
            raise LieError("oversized", detail, self.digest())

    def digest(self) -> bytes:
        """Return what is kept of it as `digest_of` does, of as much as came."""
        return f"{self._size} bytes, SHA-256 {self._hash.hexdigest()}".encode()


class _Text:
    """The text of a chunk, unpacked and looked at as it comes; every method raises ChunkError."""

    def __init__(self, write: Take) -> None:
        self._write = write
        self._unpacker = Unpacker("zstd")
        self._index = ChunkIndex()

    @property
    def ends(self) -> Sequence[int]:
        return self._index.ends

    def take(self, packed: bytes) -> None:
        try:
            for piece in self._unpacker.feed(packed):
                self._index.feed(piece)
                self._write(piece)
        except MalformedRefusal as refusal:
            raise ChunkError(refusal.en) from refusal

    def finish(self) -> Chunk:
        try:
            self._unpacker.finish()
        except MalformedRefusal as refusal:
            raise ChunkError(refusal.en, truncated=True) from refusal
        return self._index.finish()


def _none(path: str, error: ChunkError, answer: _Answer) -> LieError:
    """Return the lie that an answer is which is no chunk."""
    kind = "truncated" if error.truncated else "malformed"
    return LieError(kind, f"{path}: {error}", answer.digest())


def digest_of(answer: bytes) -> bytes:
    """Return what is kept of an answer that may hold bodies: what the law erases must not stay."""
    return f"{len(answer)} bytes, SHA-256 {sha256(answer).hexdigest()}".encode()
