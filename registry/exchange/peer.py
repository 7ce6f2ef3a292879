"""Another node over HTTP: what is public of it, and what it gives to nodes, asked for by signature.

Every answer is bounded in bytes and in time before it is looked at, and asked for plain: what
unpacks itself on the way could not be bounded. Nothing that is returned is verified.
"""

import asyncio
import secrets
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from hashlib import sha256
from time import monotonic
from typing import Final

import httpx

from registry.clock import Clock, unix
from registry.errors import MalformedRefusal
from registry.exchange.lies import LieError, PeerError
from registry.ingest.unpack import Unpacker
from registry.ledger.bodies import MAX_CHUNK, Chunk, ChunkError, parse_chunk
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
_CONNECTIONS: Final = httpx.Limits(max_connections=20)
_REFUSAL_MAX: Final = 64 * 1024
_NONCE: Final = 24


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


@asynccontextmanager
async def open_asking(key: SigningKey, clock: Clock) -> AsyncIterator[Asking]:
    """Open connections to other nodes; no proxy or credential of the environment is used."""
    async with httpx.AsyncClient(
        timeout=_TIMEOUT, limits=_CONNECTIONS, trust_env=False, follow_redirects=False
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

    async def bodies(self, origin: str, start: int, count: int) -> Chunk | None:
        """Return lines from a position on, None where the node says that there are none."""
        path = f"/log/{origin}/bodies?from={start}&count={count}"
        packed = await self._get(path, MAX_CHUNK, signed=True)
        if packed is None:
            return None
        try:
            chunk = parse_chunk(await asyncio.to_thread(_unpack, packed))
        except ChunkError as error:
            kind = "truncated" if error.truncated else "malformed"
            raise LieError(kind, f"{path}: {error}", digest_of(packed)) from error
        if (chunk.origin, chunk.start) != (origin, start) or len(chunk.lines) > count:
            detail = f"{path}: other lines than were asked for"
            raise LieError("malformed", detail, digest_of(packed))
        return chunk

    async def attachment(self, origin: str, digest: str) -> bytes | None:
        """Return an attachment, None where the node does not have it (yet)."""
        path = f"/log/{origin}/bodies/attachment/{digest}"
        return await self._get(path, ATTACHMENT_MAX, signed=True)

    async def _get(self, path: str, most: int, *, signed: bool = False) -> bytes | None:
        await self._pace.wait()
        try:
            async with asyncio.timeout(_WHOLE):
                status, body = await self._once(path, most, signed=signed)
        except (httpx.HTTPError, httpx.InvalidURL, TimeoutError, OSError) as error:
            reason = f"{self._url}{path}: {type(error).__name__} {error}"
            raise PeerError("peer-unreachable", reason) from error
        if status == httpx.codes.NOT_FOUND:
            return None
        if status != httpx.codes.OK:
            raise PeerError(f"peer-refuses-{status}", f"{self._url}{path}")
        return body

    async def _once(self, path: str, most: int, *, signed: bool) -> tuple[int, bytes]:
        request = self._request(path, signed=signed)
        response = await self._asking.http.send(request, stream=True)
        try:
            ok = response.status_code == httpx.codes.OK
            body = bytearray()
            async for piece in response.aiter_raw():
                body += piece
                if len(body) > (most if ok else _REFUSAL_MAX):
                    raise LieError("oversized", f"{path}: more than {most} bytes", digest_of(body))
            if ok and response.headers.get("Content-Encoding", "identity") != "identity":
                detail = f"{path}: packed, and was to be plain"
                raise LieError("malformed", detail, digest_of(body))
            return response.status_code, bytes(body)
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


def digest_of(answer: bytes | bytearray) -> bytes:
    """Return what is kept of an answer that may hold bodies: what the law erases must not stay."""
    return f"{len(answer)} bytes, SHA-256 {sha256(answer).hexdigest()}".encode()


def _unpack(packed: bytes) -> bytes:
    """Unpack an answer within the bounds of a chunk; raise ChunkError."""
    unpacker = Unpacker("zstd")
    text = bytearray()
    try:
        for piece in unpacker.feed(packed):
            text += piece
            if len(text) > MAX_CHUNK:
                raise ChunkError("unpacks to more than a chunk may hold")
        unpacker.finish()
    except MalformedRefusal as refusal:
        cut = refusal.detail_code == "truncated-compression"
        raise ChunkError(refusal.en, truncated=cut) from refusal
    return bytes(text)
