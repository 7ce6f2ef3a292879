"""Recomputes everything a node states about its logs, bottom up, and names each difference.

Digest of every body, entry, leaf, tile, root, checkpoint, receipt, commit and voucher, and of the
access log. What cannot be recomputed from signed bytes is not believed. Rows derived from the
bodies are compared in ``registry.ingest.recheck``, the search index in
``registry.projections.recheck``.
"""

from collections.abc import Sequence

from registry.ledger.audit_access import audit_access
from registry.ledger.audit_log import LogAudit
from registry.ledger.audit_notes import (
    audit_charters,
    audit_evidence,
    audit_notes,
    claimed_size,
)
from registry.ledger.audit_report import AuditReport
from registry.ledger.audit_rest import (
    audit_attachments,
    audit_commits,
    audit_erasures,
    audit_names,
    audit_signed_ends,
)
from registry.ledger.audit_vouchers import audit_vouchers
from registry.store.audit import AuditStore, StoredEvidence, StoredLog, open_audit
from registry.store.engine import Database
from registry.store.logs import Head, log_id_of
from signing.charter import Charter
from signing.merkle import EMPTY_ROOT


async def audit_logs(
    db: Database, charter: Charter | None = None, pinned: bytes = b""
) -> AuditReport:
    """Audit charters, every log of the node, the chain of commits, and what stands beside.

    Args:
        db: the open database; it is read as of one moment, and a node may go on admitting.
        charter: one the caller trusts, to which the stored versions must fit.
        pinned: the digest of the version with which the stored chain must begin; empty: any.
    """
    async with open_audit(db) as store:
        report = AuditReport()
        audit_charters(report, await store.charters(), charter, pinned)
        await _Audit(store, report).run()
        return report


class _Audit:
    def __init__(self, store: AuditStore, report: AuditReport) -> None:
        self._store = store
        self._report = report

    async def run(self) -> None:
        logs = await self._store.logs()
        heads = await self._store.heads()
        self._commits = await self._store.commits()
        evidence = await self._store.evidence()
        await audit_names(self._store, self._report, logs)
        for log in logs:
            self._report.count("logs")
            if log.log_id in heads:
                found = [row for row in evidence if row.log_id == log.log_id]
                await self._log(log, heads[log.log_id], found)
            else:
                self._report.differ(log.origin, "the log has no head")
        self._evidence_of_others(evidence, {log.log_id for log in logs})
        names = {log.log_id: (log.origin, heads[log.log_id]) for log in logs if log.log_id in heads}
        audit_commits(self._report, self._commits, names)
        await audit_attachments(self._store, self._report)
        await audit_vouchers(self._store, self._report)
        await audit_access(self._store, self._report, await self._store.moment())

    async def _log(self, log: StoredLog, head: Head, evidence: Sequence[StoredEvidence]) -> None:
        notes = await self._store.notes(log.log_id)
        sizes = {note.size for note in notes} | {claimed_size(row) or 0 for row in evidence}
        walk = LogAudit(self._store, self._report, log.origin, head)
        await walk.run(sizes)
        audit_notes(self._report, log.origin, notes, walk.roots)
        audit_signed_ends(self._report, head, self._commits, notes, log.origin)
        audit_evidence(self._report, log.origin, evidence, walk.roots)
        await audit_erasures(self._store, self._report, log)

    def _evidence_of_others(self, evidence: Sequence[StoredEvidence], held: set[int]) -> None:
        """Look at evidence about logs of which nothing was ever admitted."""
        origins = {
            log_id_of(party.origin): party.origin
            for charter in self._report.charters.values()
            for party in charter.parties
        }
        for row in evidence:
            if row.log_id not in held:
                origin = origins.get(row.log_id, f"log {row.log_id}")
                audit_evidence(self._report, origin, [row], {0: EMPTY_ROOT})
