"""The C2SP read paths of each log, the charter, and the witness."""

from typing import Annotated, Final

from litestar import Request, Response, get, post
from litestar.datastructures import State
from litestar.di import NamedDependency
from litestar.params import FromPath, PathParameter, SkipValidation

from registry.api.ports import CharterDep, known_log
from registry.api.schemas import SizeOut
from registry.api.uploads import Sha256
from registry.api.witness import OldSizeRefusal, WitnessDoor
from registry.clock import Clock, unix
from registry.errors import NotFoundRefusal
from registry.exchange.gossip import Gossip, GossipOut
from registry.ingest.attachments import AttachmentDoor
from registry.issued.statuses import Statuses
from registry.ledger.charters import Charters
from registry.ledger.policy import log_policy
from registry.ledger.read import LogReader
from signing.errors import MalformedTileError
from signing.merkle import EMPTY_ROOT
from signing.tiles import parse_tile_path

TEXT: Final = "text/plain"
BYTES: Final = "application/octet-stream"
TLOG_SIZE: Final = "text/x.tlog.size"
IMMUTABLE: Final = {"Cache-Control": "public, max-age=31536000, immutable"}
BRIEF: Final = {"Cache-Control": "public, max-age=2"}
WITNESS_MAX: Final = 1024 * 1024 + 64 * 1024
"""A note may have 1 MiB; 63 lines of proof and the old size go before it."""

LedgerDep = NamedDependency[SkipValidation[LogReader]]
Version = Annotated[int, PathParameter(ge=1, le=2**31 - 1)]
Index = Annotated[int, PathParameter(ge=0, le=2**53 - 1)]


@get("/log/{host:str}/{segment:str}/checkpoint", media_type=TEXT, tags=["log"])
async def checkpoint(
    host: FromPath[str], segment: FromPath[str], ledger: LedgerDep, charter: CharterDep
) -> Response[bytes]:
    """The newest checkpoint with every known signature (C2SP tlog-checkpoint)."""
    note = await ledger.checkpoint(known_log(charter, f"{host}/{segment}"))
    return Response(note, media_type=TEXT, headers=BRIEF)


@get("/log/{host:str}/{segment:str}/tile/{rest:path}", media_type=BYTES, tags=["log"])
async def tile(
    host: FromPath[str],
    segment: FromPath[str],
    rest: FromPath[str],
    ledger: LedgerDep,
    charter: CharterDep,
) -> Response[bytes]:
    """A hash tile or an entry bundle (C2SP tlog-tiles), whole or partial; never changes."""
    origin = known_log(charter, f"{host}/{segment}")
    try:
        ref = parse_tile_path(rest.removeprefix("/"))
    except MalformedTileError as error:
        raise NotFoundRefusal(error.zh, str(error)) from error
    if ref.level is None:
        body = await ledger.entry_bundle(origin, ref.n, ref.width)
    else:
        body = await ledger.tile(origin, ref.level, ref.n, ref.width)
    return Response(body, media_type=BYTES, headers=IMMUTABLE)


@get("/log/{host:str}/{segment:str}/proof/{idx:int}", media_type=TEXT, tags=["log"])
async def proof(
    host: FromPath[str],
    segment: FromPath[str],
    idx: Index,
    ledger: LedgerDep,
    charter: CharterDep,
) -> Response[bytes]:
    """The proof of one entry under the newest checkpoint (C2SP tlog-proof)."""
    body = await ledger.proof(known_log(charter, f"{host}/{segment}"), idx)
    return Response(body, media_type=TEXT, headers=BRIEF)


@get("/log/{host:str}/{segment:str}/size", tags=["log"])
async def size(
    host: FromPath[str], segment: FromPath[str], ledger: LedgerDep, charter: CharterDep
) -> SizeOut:
    """Where a log stands, so that a publisher resumes there."""
    origin = known_log(charter, f"{host}/{segment}")
    if await ledger.head(origin) is None:
        return SizeOut(origin, 0, EMPTY_ROOT.hex(), "")
    at = await ledger.size(origin)
    awaiting = await ledger.awaiting(origin)
    return SizeOut(origin, at.size, at.root.hex(), at.receipt.decode(), awaiting)


@get("/log/{host:str}/{segment:str}/tlog-policy", media_type=TEXT, tags=["log"])
async def tlog_policy(
    host: FromPath[str],
    segment: FromPath[str],
    charter: CharterDep,
    clock: NamedDependency[SkipValidation[Clock]],
) -> Response[bytes]:
    """Which keys of this log count, and whose cosignatures are a quorum (C2SP tlog-policy)."""
    text = log_policy(charter, known_log(charter, f"{host}/{segment}"), unix(clock))
    return Response(text, media_type=TEXT, headers=BRIEF)


@get("/gossip", tags=["log"], summary="The newest checkpoints that this node has seen")
async def gossip(gossip: NamedDependency[SkipValidation[Gossip]]) -> GossipOut:
    """Of every log, with all cosignatures: who compares them finds a split view."""
    return await gossip.told()


@get("/log/{host:str}/{segment:str}/attachment/{sha256:str}", media_type=BYTES, tags=["log"])
async def attachment(
    host: FromPath[str],
    segment: FromPath[str],
    sha256: Sha256,
    attachments: NamedDependency[SkipValidation[AttachmentDoor]],
    charter: CharterDep,
) -> Response[bytes]:
    """A file that the main part of a record names, as of a rulebook; always as a download."""
    body, _ = await attachments.get(known_log(charter, f"{host}/{segment}"), sha256)
    headers = IMMUTABLE | {"Content-Disposition": f'attachment; filename="{sha256}"'}
    return Response(body, media_type=BYTES, headers=headers)


@get("/log/{host:str}/{segment:str}/status/{block:int}", media_type=TEXT, tags=["log"])
async def status_list(
    *,
    request: Request[None, None, State],
    host: FromPath[str],
    segment: FromPath[str],
    block: Index,
    statuses: NamedDependency[SkipValidation[Statuses]],
    charter: CharterDep,
) -> Response[bytes]:
    """Which of 131,072 records still stand as stated (``signing/FORMATS.md`` 15), for a while."""
    sealed = await statuses.of(known_log(charter, f"{host}/{segment}"), block)
    headers = BRIEF | {"ETag": sealed.etag}
    if sealed.etag in request.headers.get("If-None-Match", ""):
        return Response(b"", status_code=304, media_type=TEXT, headers=headers)
    return Response(sealed.file, media_type=TEXT, headers=headers)


@get("/charter", media_type=TEXT, tags=["log"])
async def the_charter(charter: CharterDep) -> Response[bytes]:
    """The charter in force, a signed note: members, keys, nodes, quorum."""
    return Response(charter.note, media_type=TEXT, headers=BRIEF)


@get("/charter/{version:int}", media_type=TEXT, tags=["log"])
async def a_charter(
    version: Version, charter: CharterDep, charters: NamedDependency[SkipValidation[Charters]]
) -> Response[bytes]:
    """A version of the charter as signed: who has an earlier one follows them one by one."""
    stored = await charters.note(version)
    note = charter.note if stored is None and version == charter.version else stored
    if note is None:
        raise NotFoundRefusal("没有这一版章程。", "There is no such version of the charter.")
    return Response(note, media_type=TEXT, headers=BRIEF)


@post(
    "/witness/add-checkpoint",
    status_code=200,
    request_max_body_size=WITNESS_MAX,
    media_type=TEXT,
    tags=["log"],
)
async def add_checkpoint(
    request: Request[None, None, State], witness: NamedDependency[SkipValidation[WitnessDoor]]
) -> Response[bytes]:
    """Cosign a checkpoint that follows from the last one seen (C2SP tlog-witness)."""
    try:
        lines = await witness.add_checkpoint(await request.body())
    except OldSizeRefusal as refusal:  # the one refusal whose form the spec fixes
        size = f"{refusal.size}\n".encode()
        return Response(size, status_code=refusal.status, media_type=TLOG_SIZE)
    return Response(lines, media_type=TEXT)


@get("/witness/{origin_sha256:str}/checkpoint", media_type=TEXT, tags=["log"])
async def witnessed(
    origin_sha256: FromPath[str], witness: NamedDependency[SkipValidation[WitnessDoor]]
) -> Response[bytes]:
    """The checkpoint of a log cosigned last, by the SHA-256 of its origin (C2SP tlog-witness)."""
    note = await witness.checkpoint(origin_sha256)
    return Response(note, media_type=TEXT, headers=BRIEF)
