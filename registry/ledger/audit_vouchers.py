"""Audit of the vouchers that a node keeps: signed by it, under the charter they name."""

import zlib

from registry.ledger.audit_report import AuditReport
from registry.store.audit import AuditStore
from signing.errors import SigningError
from signing.note import MAX_NOTE
from signing.voucher import open_voucher, parse_voucher


async def audit_vouchers(store: AuditStore, report: AuditReport) -> None:
    """Check each kept voucher: its file, signature, digest and code belong together."""
    async for code, digest, deflated in store.vouchers():
        report.count("vouchers")
        doubt = _doubt(report, code, digest, deflated)
        if doubt:
            report.differ(f"voucher {code}", doubt)


def _doubt(report: AuditReport, code: str, digest: bytes, deflated: bytes) -> str:
    """Say what is wrong with a stored voucher; empty if nothing is."""
    try:
        file = zlib.decompressobj().decompress(deflated, MAX_NOTE + 1)
        voucher, _ = parse_voucher(file)
        charter = report.charters.get(voucher.charter_version)
        if charter is None or charter.digest.hex() != voucher.charter:
            return f"charter {voucher.charter_version} is not here"
        opened = open_voucher(file, charter)
    except (zlib.error, SigningError) as error:
        return f"the file: {error}"
    if (opened.digest, voucher.code) != (digest, code):
        return "digest or code is not that of the file"
    return ""
