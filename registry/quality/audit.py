"""Counts everything again, aside, and compares: what an audit does with the counters of quality."""

import msgspec

from registry.ledger.audit_report import AuditReport
from registry.quality.follower import basis_of, count_some
from registry.store.engine import Database
from registry.store.quality import QualityStore, counting_aside, sizes_of


async def audit_quality(db: Database, report: AuditReport) -> None:
    """Compare the counters with what the logs give up to the same positions.

    Under the latest charter that the audit has verified. Those counted by another basis are about
    to be counted again; where nothing was counted there is nothing to compare.
    """
    if not report.charters:
        return
    charter = report.charters[max(report.charters)]
    async with db.pool.acquire() as connection:
        transaction = connection.transaction()
        await transaction.start()
        try:
            kept = QualityStore(connection)
            if not await kept.is_there():
                return
            await kept.alone()
            if await kept.basis() != await basis_of(connection, kept, charter):
                report.count("quality counters out of date")
                return
            upto = dict(sizes_of(await kept.counted()))
            aside = await counting_aside(connection)
            try:
                while await count_some(connection, aside, charter, upto):
                    pass
            except (LookupError, ValueError, msgspec.DecodeError):
                report.differ("quality", "cannot be counted from what is stored")
                return
            for place in await aside.differences():
                report.differ(f"quality {place}", "is not what the log gives")
            report.count("quality counters", await kept.how_many())
        finally:
            await transaction.rollback()
