"""Audit of the vouchers and reports a node keeps: signed by it, under the charter they name."""

import zlib

from registry.ledger.audit_report import AuditReport
from registry.store.audit import AuditStore
from signing.errors import SigningError
from signing.note import MAX_NOTE
from signing.report import MAX_REPORT, open_report, parse_report
from signing.voucher import open_voucher, parse_voucher


async def audit_vouchers(store: AuditStore, report: AuditReport) -> None:
    """Check each kept voucher and report: file, signature, digest and code belong together."""
    for table in ("vouchers", "reports"):
        async for code, digest, deflated in store.issued(table):
            report.count(table)
            doubt = _doubt(report, table, code, digest, deflated)
            if doubt:
                report.differ(f"{table.removesuffix('s')} {code}", doubt)


def _doubt(report: AuditReport, table: str, code: str, digest: bytes, deflated: bytes) -> str:
    """Say what is wrong with what is stored; empty if nothing is."""
    whole = table == "reports"
    try:
        most = MAX_REPORT if whole else MAX_NOTE
        file = zlib.decompressobj().decompress(deflated, most + 1)
        said = parse_report(file)[0] if whole else parse_voucher(file)[0]
        charter = report.charters.get(said.charter_version)
        if charter is None or charter.digest.hex() != said.charter:
            return f"charter {said.charter_version} is not here"
        found = open_report(file, charter).digest if whole else open_voucher(file, charter).digest
    except (zlib.error, SigningError) as error:
        return f"the file: {error}"
    if (found, said.code) != (digest, code):
        return "digest or code is not that of the file"
    return ""
