"""A subject's own file for programs: periods, acts, and who has looked."""

from collections.abc import Iterable
from datetime import date
from typing import Final

import msgspec
from litestar import get
from litestar.openapi.datastructures import ResponseSpec
from msgspec import Struct

from registry.access.own import OwnFile, OwnRecord
from registry.api.gate import ReadsDep
from registry.api.render import record_out, subject_out
from registry.api.reports import ReportsDep, TakenOut, taken_out
from registry.api.schemas import ProblemOut, RecordOut, SubjectOut
from registry.api.window_schemas import WindowOut
from registry.domain.clocks import Window

_PROBLEMS: Final = {
    status: ResponseSpec(ProblemOut, description=text, media_type="application/problem+json")
    for status, text in (
        (401, "no credential, or one that is not good"),
        (403, "the credential is of no subject"),
        (404, "nothing is recorded about it"),
        (429, "too many requests; `Retry-After` says when to go on"),
    )
}


class OwnRecordOut(Struct):
    """A record with its periods, and the acts on it, oldest first (``flags`` have its state).

    ``handling`` is until when repair is accepted, decided and answered, if it is asked for on
    ``applied_on``, the first day possible; null and empty where there is none.
    """

    record: RecordOut
    windows: tuple[WindowOut, ...]
    acts: tuple[RecordOut, ...]
    applied_on: date | None
    handling: tuple[WindowOut, ...]


class LookOut(Struct):
    """How often records of the subject were read by a role, for a purpose, in a month."""

    role: str
    member: str
    purpose: str
    month: str
    count: int


class OwnOut(Struct):
    """The subject's own file; ``looks`` names nobody, since readers act for their organ.

    ``reports`` are the newest reports about it, with who took them.
    """

    subject: SubjectOut
    records: tuple[OwnRecordOut, ...]
    looks: tuple[LookOut, ...]
    reports: tuple[TakenOut, ...]


@get("/own", summary="A subject's own file", responses=_PROBLEMS)
async def own(reads: ReadsDep, reports: ReportsDep) -> OwnOut:
    """Every record about the asker with its state, earliest repair, acts, and who has looked."""
    found = await reads.own()
    return _out(found, tuple(map(taken_out, await reports.about(found.ids))))


def _out(own_file: OwnFile, reports: tuple[TakenOut, ...]) -> OwnOut:
    looks = (msgspec.convert(one, LookOut, from_attributes=True) for one in own_file.looks)
    records = tuple(map(_record, own_file.records))
    return OwnOut(subject_out(own_file.file), records, tuple(looks), reports)


def _record(one: OwnRecord) -> OwnRecordOut:
    return OwnRecordOut(
        record_out(one.view),
        _windows(one.windows),
        tuple(map(record_out, one.acts)),
        one.applied_on,
        _windows(one.handling),
    )


def _windows(windows: Iterable[Window]) -> tuple[WindowOut, ...]:
    return tuple(msgspec.convert(window, WindowOut, from_attributes=True) for window in windows)
