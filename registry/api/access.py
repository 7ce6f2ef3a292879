"""The access log for auditors: who read what, row by row, with what its chain is made of."""

from dataclasses import asdict
from datetime import datetime
from typing import Annotated, Final

from litestar import get
from litestar.di import NamedDependency
from litestar.openapi.datastructures import ResponseSpec
from litestar.params import QueryParameter, SkipValidation
from msgspec import Struct

from registry.access.log import ANSWERED, ROWS_MAX, AccessLog, AccessRow
from registry.access.reads import Reads
from registry.api.gate import ReadsDep
from registry.api.schemas import ProblemOut
from registry.domain.disclosure import Role
from registry.errors import NotGrantedRefusal, UnauthorisedRefusal

AccessLogDep = NamedDependency[SkipValidation[AccessLog]]
_PROBLEMS: Final = {
    status: ResponseSpec(ProblemOut, description=text, media_type="application/problem+json")
    for status, text in (
        (400, "a parameter is out of bounds"),
        (401, "no credential, or one that is not good"),
        (403, "not an auditor"),
        (429, "too many requests; `Retry-After` says when to go on"),
    )
}


class AccessRowOut(Struct):
    """A row: ``digest`` covers the digest before it, ``content`` the salt and what was asked.

    ``erased``: its time is over, and of what was asked and by whom only the digests are left.
    """

    seq: int
    at: datetime
    kept_until: datetime
    erased: bool
    salt: str
    who: str
    role: str
    member: str
    purpose: str
    kind: str
    subject: str
    place: str
    outcome: str
    authorisation: str
    content: str
    digest: str


class AccessOut(Struct):
    """Rows in their order; ``next`` is what to go on after, the last row's number."""

    rows: tuple[AccessRowOut, ...]
    next: int


@get("/api/v1/access", tags=["access"], summary="Who read what", responses=_PROBLEMS)
async def access(
    reads: ReadsDep,
    access_log: AccessLogDep,
    after: Annotated[int, QueryParameter(ge=0, le=2**53 - 1)] = 0,
    limit: Annotated[int, QueryParameter(ge=1, le=ROWS_MAX)] = 100,
) -> AccessOut:
    """For the auditor alone; that he reads it is written down like any other read."""
    await _auditor(reads)
    rows = await access_log.rows(after, limit)
    return AccessOut(tuple(_row_out(row) for row in rows), rows[-1].seq if rows else after)


async def _auditor(reads: Reads) -> None:
    """Write down that somebody reads the log; refuse whoever is no auditor."""
    asker = reads.asker
    if not asker.known:
        raise UnauthorisedRefusal(
            "请出示审计员的凭据。", "Show an auditor's credential.", code="no-credential"
        )
    auditor = asker.grant.role is Role.AUDITOR
    await reads.write("access-log", ANSWERED if auditor else "not-auditor")
    if not auditor:
        raise NotGrantedRefusal(
            "访问日志仅供审计员查阅。", "The access log is for auditors.", code="not-auditor"
        )


def _row_out(row: AccessRow) -> AccessRowOut:
    said = dict.fromkeys(_SAID, "") if row.line is None else asdict(row.line)
    return AccessRowOut(
        seq=row.seq,
        at=row.at,
        kept_until=row.kept_until,
        erased=row.line is None,
        salt=(row.salt or b"").hex(),
        content=row.content.hex(),
        digest=row.digest.hex(),
        **said,
    )


_SAID: Final = (
    *("who", "role", "member", "purpose", "kind", "subject", "place", "outcome"),
    "authorisation",
)
