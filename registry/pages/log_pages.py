"""The signed logs: every member's, and one in detail."""

from base64 import b64encode

from litestar import Response, get
from litestar.di import NamedDependency
from litestar.params import FromPath, SkipValidation

from registry.errors import NotFoundRefusal
from registry.pages.frame import Frame
from registry.pages.words import moment
from registry.query.reader import Reader
from registry.query.views import LogView

FrameDep = NamedDependency[SkipValidation[Frame]]
ReaderDep = NamedDependency[SkipValidation[Reader]]


@get("/logs", include_in_schema=False)
async def logs(frame: FrameDep, reader: ReaderDep) -> Response[str]:
    """All logs of the charter with size, root and last update."""
    return frame.page("logs.html", logs=[_log(frame, log) for log in await reader.logs()])


@get("/log/{host:str}/{segment:str}", include_in_schema=False)
async def log(
    host: FromPath[str], segment: FromPath[str], frame: FrameDep, reader: ReaderDep
) -> Response[str]:
    """One log with its latest checkpoint."""
    origin = f"{host}/{segment}"
    view = next((one for one in await reader.logs() if one.origin == origin), None)
    if view is None:
        raise NotFoundRefusal(
            "章程中没有这本日志。", "The charter has no such log.", code="unknown-log"
        )
    return frame.page("log.html", log=_log(frame, view))


def _log(frame: Frame, view: LogView) -> dict[str, object]:
    never = frame.t("coverage.never")
    return {
        "name": view.member_name,
        "origin": view.origin,
        "size": f"{view.size:,}",
        "updated": never if view.updated_at is None else moment(frame.lang, view.updated_at),
        "quarantined": view.quarantined,
        "root": b64encode(bytes.fromhex(view.root)).decode(),
        "checkpoint": view.checkpoint,
    }
