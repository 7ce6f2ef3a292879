"""Audit of the access log: every row's digests, and that each covers the row before it."""

from datetime import datetime

from registry.ledger.audit_report import AuditReport
from registry.store.access import NO_ROW, AccessRow, content_digest, row_digest
from registry.store.audit import AuditStore


async def audit_access(store: AuditStore, report: AuditReport, now: datetime) -> None:
    """Follow the chain from its first row and name each place where it breaks.

    After a break it is followed on from what the broken row states, so that one change is one
    difference. ``now``: what is erased must have been past its time.
    """
    digest, expected = NO_ROW, 1
    async for row in store.access():
        report.count("access rows")
        for doubt in _doubts(row, digest, expected, now):
            report.differ(f"access {row.seq}", doubt)
        digest, expected = row.digest, row.seq + 1


def _doubts(row: AccessRow, previous: bytes, expected: int, now: datetime) -> list[str]:
    doubts = []
    if row.seq != expected:
        doubts.append(f"the chain goes on from {expected - 1}: rows are missing")
    if row.digest != row_digest(previous, row.seq, row.at, row.kept_until, row.content):
        doubts.append("the digest does not cover the row before and this one's moments and content")
    if row.line is not None and row.salt is not None:
        if content_digest(row.salt, row.line) != row.content:
            doubts.append("what was asked is not what was written")
    elif row.kept_until > now:
        doubts.append("erased before its time")
    return doubts
