"""Audit of what stands beside the trees: names of logs, commits, erasures, attachments."""

from collections.abc import Mapping, Sequence
from hashlib import sha256

import msgspec

from registry.ledger.audit_report import AuditReport
from registry.store.audit import (
    AuditStore,
    StoredBody,
    StoredCommit,
    StoredErasure,
    StoredLog,
    StoredNote,
)
from registry.store.logs import Head, log_id_of
from signing.record import NO_RESTRICTED


class _Target(msgspec.Struct):
    entry: str


class _Order(msgspec.Struct):
    type: str
    target: _Target


async def audit_names(store: AuditStore, report: AuditReport, logs: Sequence[StoredLog]) -> None:
    """Check that each log is who it says, and that no row is of a log that is not here."""
    for log in logs:
        if log_id_of(log.origin) != log.log_id:
            report.differ(log.origin, "the log's key is not that of its name")
        parties = {
            party.code
            for charter in report.charters.values()
            for party in charter.parties
            if party.origin == log.origin
        }
        if log.party_code not in parties:
            report.differ(log.origin, f"no charter gives this log to {log.party_code}")
    for table, log_id in await store.strangers([log.log_id for log in logs]):
        report.differ(f"log {log_id}", f"{table}: rows of a log that is not here")


def audit_commits(
    report: AuditReport, commits: Sequence[StoredCommit], logs: Mapping[int, tuple[str, Head]]
) -> None:
    """Check that commits count without a gap and cover each log from 0 to its size."""
    ends: dict[int, int] = {}
    for number, commit in enumerate(commits, start=1):
        report.count("commits")
        place = f"commit {commit.seq}"
        if commit.seq != number:
            report.differ(place, f"expected number {number}")
        if commit.start != ends.get(commit.log_id, 0) or commit.end < commit.start:
            report.differ(
                place, f"{commit.start} to {commit.end} does not go on from where the log ended"
            )
        if commit.charter_version not in report.charters:
            report.differ(place, f"charter {commit.charter_version} is not here")
        ends[commit.log_id] = commit.end
    for log_id, (origin, head) in logs.items():
        if ends.get(log_id, 0) != head.size:
            report.differ(origin, f"commits end at {ends.get(log_id, 0)}, the head at {head.size}")


def audit_signed_ends(
    report: AuditReport,
    head: Head,
    commits: Sequence[StoredCommit],
    notes: Sequence[StoredNote],
    origin: str,
) -> None:
    """Check that each commit of a log ends at a checkpoint, and when the log was last cosigned."""
    sizes = {note.size for note in notes}
    for commit in commits:
        if commit.log_id == head.log_id and commit.end not in sizes:
            report.differ(f"commit {commit.seq}", f"there is no checkpoint {origin}@{commit.end}")
    last = max((note.cosigned_at for note in notes if note.receipt is not None), default=0)
    if head.cosigned_at != last:
        report.differ(
            f"{origin}@{head.size}", f"the head was cosigned at {head.cosigned_at}, receipts {last}"
        )


async def audit_erasures(store: AuditStore, report: AuditReport, log: StoredLog) -> None:
    """Check that each erasure was ordered by a record of the same log."""
    for erasure in await store.erasures(log.log_id):
        report.count("erasures")
        if erasure.unscrubbed:
            report.count("erasures since the last `registry db scrub`")
        doubt = await _doubt(store, log.log_id, erasure)
        if doubt:
            report.differ(f"{log.origin}/{erasure.idx}", f"the erasure: {doubt}")


async def _doubt(store: AuditStore, log_id: int, erasure: StoredErasure) -> str:
    """Say why a body should not have been erased; empty if an order of this very entry is there."""
    if erasure.order_log != log_id:
        return "its order is not in the same log"
    order = await store.body(log_id, erasure.order_idx)
    if order is None or order.main is None or not _as_logged(order, order.main):
        return f"its order is not at {erasure.order_idx}"
    if await store.quarantined(log_id, erasure.order_idx, erasure.order_idx + 1):
        return f"its order at {erasure.order_idx} is in quarantine"
    erased = await store.body(log_id, erasure.idx)
    try:
        said = msgspec.json.decode(order.main, type=_Order)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        return f"what is at {erasure.order_idx} orders nothing"
    if said.type != "erasure_order" or erased is None or said.target.entry != erased.entry.hex():
        return f"what is at {erasure.order_idx} does not order it"
    return ""


def _as_logged(body: StoredBody, main: bytes) -> bool:
    return sha256(main).digest() == body.entry[: len(NO_RESTRICTED)]


async def audit_attachments(store: AuditStore, report: AuditReport) -> None:
    """Check every stored attachment, and count those named that have not come (yet)."""
    for digest, stored, fits, named in await store.attachments():
        place = f"attachment {digest.hex()}"
        report.count("attachments", int(stored))
        if not fits:
            report.differ(place, "the bytes do not have this digest, or not the size stored")
        if not named:
            report.differ(place, "no admitted record names it")
    missing = await store.missing_attachments()
    if missing:
        report.count("attachments missing", missing)
