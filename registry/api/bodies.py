"""What only the other nodes of the charter may read: bodies and attachments, whole (design 8)."""

import asyncio
from typing import Annotated, Final

import zstandard
from litestar import Response, get
from litestar.di import NamedDependency, Provide
from litestar.openapi.datastructures import ResponseSpec
from litestar.params import FromPath, QueryParameter, SkipValidation

from registry.api.gate import PeerRequest
from registry.api.logs import BYTES
from registry.api.ports import CharterDep, known_log
from registry.api.schemas import ProblemOut
from registry.api.uploads import Sha256
from registry.ingest.attachments import AttachmentDoor
from registry.ledger.bodies import MAX_ENTRIES, BodyReader, encode_chunk

BODIES: Final = "application/vnd.registry.bodies+zstd"
_COMPRESSION: Final = 3
PeerDep = NamedDependency[SkipValidation[PeerRequest]]
Start = Annotated[
    int, QueryParameter(name="from", ge=0, le=2**53 - 1, description="The first position")
]
Count = Annotated[int, QueryParameter(ge=1, le=MAX_ENTRIES, description="Lines at most")]
_PROBLEMS: Final = {
    status: ResponseSpec(ProblemOut, description=text, media_type="application/problem+json")
    for status, text in (
        (401, "not signed (RFC 9421) by a node of the charter, or not for this moment"),
        (404, "no such log in the charter, or nothing there (yet)"),
        (429, "too many requests; `Retry-After` says when to go on"),
    )
}


def span(start: Start = 0, count: Count = MAX_ENTRIES) -> tuple[int, int]:
    """Return which lines are asked for: from where, and how many at most."""
    return start, count


@get(
    "/log/{host:str}/{segment:str}/bodies",
    dependencies={"asked": Provide(span, sync_to_thread=False)},
    media_type=BODIES,
    responses=_PROBLEMS,
    tags=["nodes"],
    summary="Record lines for another node",
)
async def record_lines(
    host: FromPath[str],
    segment: FromPath[str],
    peer: PeerDep,
    bodies: NamedDependency[SkipValidation[BodyReader]],
    charter: CharterDep,
    asked: NamedDependency[SkipValidation[tuple[int, int]]],
) -> Response[bytes]:
    """Lines as stored, from a position on, with where batches ended; packed with zstd."""
    await peer.reads("bodies", f"{host}/{segment}/{asked[0]}")
    chunk = await bodies.chunk(known_log(charter, f"{host}/{segment}"), *asked)
    packed = await asyncio.to_thread(_pack, encode_chunk(chunk))
    return Response(packed, media_type=BODIES)


@get(
    "/log/{host:str}/{segment:str}/bodies/attachment/{sha256:str}",
    media_type=BYTES,
    responses=_PROBLEMS,
    tags=["nodes"],
    summary="An attachment for another node",
)
async def any_attachment(
    host: FromPath[str],
    segment: FromPath[str],
    sha256: Sha256,
    peer: PeerDep,
    attachments: NamedDependency[SkipValidation[AttachmentDoor]],
    charter: CharterDep,
) -> Response[bytes]:
    """The bytes that a record names, in whichever part."""
    await peer.reads("attachment", f"{host}/{segment}/{sha256}")
    body = await attachments.held(known_log(charter, f"{host}/{segment}"), sha256)
    return Response(body, media_type=BYTES)


def _pack(text: bytes) -> bytes:
    return zstandard.ZstdCompressor(level=_COMPRESSION).compress(text)
