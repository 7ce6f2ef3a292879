"""Adds exports to other doors: ledger, rows, file numbers, what came back; its SQL is beside it."""

from pathlib import Path

from piccolo.apps.migrations.tables import Migration

ID = "0021"


async def forwards() -> None:
    """Run the SQL in one transaction, giving up rather than waiting on a busy table."""
    sql = Path(__file__).with_suffix(".sql").read_text(encoding="utf-8")
    async with Migration._meta.db.transaction() as transaction:  # noqa: SLF001
        await transaction.connection.execute("SET LOCAL lock_timeout = '4s'")
        await transaction.connection.execute(sql)
