"""What members send: batches to check and to admit, attachments; streamed, never held whole."""

from dataclasses import dataclass
from typing import Annotated, Final

from litestar import Request, post, put
from litestar.datastructures import State
from litestar.di import NamedDependency
from litestar.openapi.datastructures import ResponseSpec
from litestar.openapi.spec import (
    OpenAPIFormat,
    OpenAPIMediaType,
    OpenAPIType,
    Operation,
    RequestBody,
    Schema,
)
from litestar.params import FromPath, PathParameter, SkipValidation

from registry.api.measures import Measures
from registry.api.ports import CharterDep, Checking, known_log
from registry.api.problems import UnsupportedRefusal
from registry.api.render import admitted_out, check_out
from registry.api.schemas import AdmittedOut, AttachmentOut, CheckOut, ProblemOut
from registry.ingest.admit import Door
from registry.ingest.attachments import AttachmentDoor
from registry.ingest.unpack import Encoding
from registry.ledger.read import LogReader

BATCH: Final = "application/vnd.registry.batch"
ATTACHMENT_MAX: Final = 16 * 1024 * 1024
_ENCODINGS: Final[dict[str, Encoding]] = {
    "": "identity",
    "identity": "identity",
    "gzip": "gzip",
    "x-gzip": "gzip",
    "zstd": "zstd",
}
Upload = Request[None, None, State]
Sha256 = Annotated[str, PathParameter(pattern="^[0-9a-f]{64}$")]
_PROBLEMS: Final = {
    status: ResponseSpec(ProblemOut, description=text, media_type="application/problem+json")
    for status, text in (
        (400, "malformed"),
        (403, "bad signature, unknown or expired key"),
        (404, "no such log in the charter"),
        (408, "the sender was silent for 20 seconds, or sent for more than 300"),
        (409, "`from` is not the stored size; `size` says where to resume"),
        (413, "more than 50,000 records or 64 MiB"),
        (415, "another media type or content encoding than those named"),
        (421, "another node is the home of this log; `url` is its address"),
        (422, "the root does not follow from the stored tree and these lines"),
        (503, "not now"),
    )
}


@dataclass
class TakesBatch(Operation):
    """An operation whose body is a batch, streamed by the handler itself."""

    def __post_init__(self) -> None:
        """Name the body, which no annotation of the handler shows."""
        text = Schema(type=OpenAPIType.STRING, format=OpenAPIFormat.BINARY)
        self.request_body = RequestBody(
            content={BATCH: OpenAPIMediaType(schema=text)},
            required=True,
            description="A JSON header line and the record lines; gzip or zstd allowed.",
        )


@post(
    "/log/{host:str}/{segment:str}/batch",
    status_code=200,
    operation_class=TakesBatch,
    responses=_PROBLEMS,
    tags=["publish"],
    summary="Admit a signed batch",
)
async def batch(  # noqa: PLR0913 - what admits, what reads, what counts, and the place
    *,
    host: FromPath[str],
    segment: FromPath[str],
    request: Upload,
    door: NamedDependency[SkipValidation[Door]],
    charter: CharterDep,
    ledger: NamedDependency[SkipValidation[LogReader]],
    measures: NamedDependency[SkipValidation[Measures]],
) -> AdmittedOut:
    """All or nothing; the same bytes again are answered with the same receipt."""
    origin, encoding = known_log(charter, f"{host}/{segment}"), encoding_of(request)
    admitted = await door.admit(origin, request.stream(), encoding)
    measures.admitted(origin)
    return admitted_out(admitted, await ledger.awaiting(origin))


@post(
    "/log/{host:str}/{segment:str}/check",
    status_code=200,
    operation_class=TakesBatch,
    responses=_PROBLEMS,
    tags=["publish"],
    summary="Check a batch before it is signed",
)
async def check(
    host: FromPath[str],
    segment: FromPath[str],
    request: Upload,
    checking: NamedDependency[SkipValidation[Checking]],
    charter: CharterDep,
) -> CheckOut:
    """Every bad row with its place and what would be right; nothing is stored."""
    origin = known_log(charter, f"{host}/{segment}")
    return check_out(await checking(origin, request.stream(), encoding_of(request)))


@put(
    "/log/{host:str}/{segment:str}/attachment/{sha256:str}",
    request_max_body_size=ATTACHMENT_MAX,
    operation_id="StoreAttachment",
    responses=_PROBLEMS,
    tags=["publish"],
    summary="Store an attachment that an admitted record names",
)
async def attachment(
    host: FromPath[str],
    segment: FromPath[str],
    sha256: Sha256,
    request: Upload,
    attachments: NamedDependency[SkipValidation[AttachmentDoor]],
    charter: CharterDep,
) -> AttachmentOut:
    """The bytes must have the digest and the size that a record states."""
    origin = known_log(charter, f"{host}/{segment}")
    size = await attachments.put(origin, sha256, request.stream())
    return AttachmentOut(sha256, size)


def encoding_of(request: Upload) -> Encoding:
    """The packing of a batch; raises UnsupportedRefusal for another type or packing."""
    media_type = request.headers.get("content-type", "").partition(";")[0].strip().lower()
    encoding = _ENCODINGS.get(request.headers.get("content-encoding", "").strip().lower())
    if media_type == BATCH and encoding is not None:
        return encoding
    raise UnsupportedRefusal(
        f"请以 {BATCH} 类型报送，可用 gzip 或 zstd 压缩。",
        f"Send {BATCH}, packed with gzip or zstd or not at all.",
        code="unsupported-type" if media_type != BATCH else "unsupported-encoding",
    )
