"""The signed logs: every member's, and one in detail."""

from base64 import b64encode
from dataclasses import replace

from litestar import Response, get
from litestar.di import NamedDependency
from litestar.params import FromPath, SkipValidation

from registry.errors import NotFoundRefusal
from registry.ledger.quorum import Quorum
from registry.ledger.read import LogReader
from registry.pages.cover import cover_lines
from registry.pages.frame import Frame
from registry.pages.quorum import quorum_words
from registry.pages.words import moment
from registry.query.reader import Reader
from registry.query.views import LogView
from signing.note import parse_note

FrameDep = NamedDependency[SkipValidation[Frame]]
LedgerDep = NamedDependency[SkipValidation[LogReader]]
ReaderDep = NamedDependency[SkipValidation[Reader]]


@get("/logs", include_in_schema=False)
async def logs(frame: FrameDep, reader: ReaderDep, ledger: LedgerDep) -> Response[str]:
    """All logs of the charter with size, root and last update."""
    coverage = await reader.coverage()
    return frame.page(
        "logs.html",
        logs=[_log(frame, log, await ledger.quorum(log.origin)) for log in await reader.logs()],
        cover=cover_lines(frame, coverage),
    )


@get("/log/{host:str}/{segment:str}", include_in_schema=False)
async def log(
    host: FromPath[str],
    segment: FromPath[str],
    frame: FrameDep,
    reader: ReaderDep,
    ledger: LedgerDep,
) -> Response[str]:
    """One log with its latest checkpoint."""
    origin = f"{host}/{segment}"
    view = next((one for one in await reader.logs() if one.origin == origin), None)
    if view is None:
        raise NotFoundRefusal(
            "章程中没有这本日志。", "The charter has no such log.", code="unknown-log"
        )
    quorum = await ledger.quorum(origin)
    if quorum is not None:  # beside the receipt, what other nodes have cosigned
        view = replace(view, checkpoint=(await ledger.checkpoint(origin)).decode())
    return frame.page(
        "log.html",
        log=_log(frame, view, quorum),
        signed=_signed(view.checkpoint),
        earlier=[
            {
                "size": f"{one.size:,}",
                "root": b64encode(bytes.fromhex(one.root)).decode(),
                "at": moment(frame.lang, one.at),
            }
            for one in await reader.checkpoints(origin)
        ],
    )


def _signed(checkpoint: str) -> list[tuple[str, str]]:
    """Who signed a checkpoint: names and key ids, the log itself first."""
    if not checkpoint:
        return []
    signatures = parse_note(checkpoint.encode()).signatures
    return [(one.name, one.key_id.hex()) for one in signatures]


def _log(frame: Frame, view: LogView, quorum: Quorum | None) -> dict[str, object]:
    never = frame.t("coverage.never")
    return {
        "name": view.member_name,
        "code": view.member,
        "origin": view.origin,
        "size": f"{view.size:,}",
        "updated": never if view.updated_at is None else moment(frame.lang, view.updated_at),
        "quarantined": view.quarantined,
        "root": b64encode(bytes.fromhex(view.root)).decode(),
        "checkpoint": view.checkpoint,
        **quorum_words(frame, quorum),
    }
