"""What PostgreSQL still has on disk of what was erased: rewritten without it, its journal let go.

An erased row is gone for every query at once, but its bytes stay in the files of its table until
they are rewritten, in the statistics the planner keeps of a column, and in the write-ahead log
until it is recycled; a recycled file of that log keeps what was in it until it is written over
(PostgreSQL manual, 24.1.2, 25.2 and 28.5). Copies an operator has made (base backups, archived
journals, standbys, file systems that keep old blocks) are out of this module's reach.
"""

import asyncio
from dataclasses import dataclass
from datetime import datetime
from time import monotonic
from typing import Final

import asyncpg

from registry.errors import NodeError

SCRUBBED: Final = "scrubbed"
"""The row of ``cursors`` with the POSIX second at which the last scrubbing began."""
_PATIENCE_S: Final = 60.0
_PAUSE_S: Final = 0.05
_TABLES: Final = """
SELECT quote_ident(n.nspname) || '.' || quote_ident(c.relname)
FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
WHERE c.relkind = 'r' AND n.nspname NOT IN ('pg_catalog', 'information_schema')
AND c.relpersistence <> 't' AND pg_has_role(c.relowner, 'USAGE') ORDER BY 1
"""
_JOURNAL: Final = "SELECT name FROM pg_ls_waldir() WHERE name ~ '^[0-9A-F]{24}$'"
_RUNNING: Final = """
SELECT virtualtransaction FROM pg_locks
WHERE locktype = 'virtualxid' AND pid <> pg_backend_pid()
"""


@dataclass(frozen=True, slots=True)
class Scrubbed:
    """How many tables were rewritten, and whether statistics and journal could be let go, too.

    Those two belong to the server: only its superuser may.
    """

    tables: int
    server: bool


async def scrub(owner_url: str, now: datetime, patience_s: float = _PATIENCE_S) -> Scrubbed:
    """Rewrite every table; let statistics and journal go where the owner is a superuser.

    A node may run meanwhile; it waits for each table while that is rewritten.

    Raises:
        NodeError: the database cannot be reached, or a transaction stays open that began before and
            may still see what was erased: rewriting would keep it.
    """
    try:
        connection = await asyncpg.connect(owner_url)
    except (OSError, ValueError, asyncpg.PostgresError, asyncpg.InterfaceError) as error:
        message = f"数据库无法连接 / the database cannot be reached: {error}"
        raise NodeError(message) from error
    try:
        await _outwait(connection, patience_s)
        tables = [row[0] for row in await connection.fetch(_TABLES)]
        for table in tables:
            await connection.execute(f"VACUUM (FULL, ANALYZE) {table}")
        server = await connection.fetchval("SELECT current_setting('is_superuser') = 'on'")
        if server:
            await _let_go(connection)
        await connection.execute(
            "INSERT INTO cursors VALUES ($1, $2) "
            "ON CONFLICT (name) DO UPDATE SET seq = excluded.seq",
            SCRUBBED,
            int(now.timestamp()),
        )
        return Scrubbed(len(tables), server)
    finally:
        await connection.close()


async def _outwait(connection: asyncpg.Connection, patience_s: float) -> None:
    """Wait until every transaction that is open now has ended."""
    running = {row[0] for row in await connection.fetch(_RUNNING)}
    until = monotonic() + patience_s
    while running:
        if monotonic() > until:
            message = (
                f"有事务 {patience_s:g} 秒未结束，它仍可能读到已删除内容，未作清理 / "
                f"a transaction has been open for {patience_s:g} s and may still see "
                "what was erased: nothing was done"
            )
            raise NodeError(message)
        await asyncio.sleep(_PAUSE_S)
        running &= {row[0] for row in await connection.fetch(_RUNNING)}


async def _let_go(connection: asyncpg.Connection) -> None:
    """Rewrite the planner's statistics; drop the journal written so far instead of recycling it."""
    await connection.execute("VACUUM FULL pg_catalog.pg_statistic")
    before = await connection.fetchval("SHOW wal_recycle")
    await connection.execute("ALTER SYSTEM SET wal_recycle = off")
    await connection.execute("SELECT pg_reload_conf()")
    try:
        # The server reads the setting when it gets to it, and whoever writes the checkpoints may be
        # a moment behind: what that one recycles has a new name, so the journal goes past it, too.
        await _until_taken(connection)
        for _ in range(2):
            await _past_all(connection)
    finally:
        await connection.execute(f"ALTER SYSTEM SET wal_recycle = {before}")
        await connection.execute("SELECT pg_reload_conf()")


async def _until_taken(connection: asyncpg.Connection) -> None:
    """Wait until the server goes by the setting."""
    until = monotonic() + _PATIENCE_S
    while await connection.fetchval("SHOW wal_recycle") != "off":
        if monotonic() > until:
            message = (
                "服务器不接受 wal_recycle = off，预写日志未清除 / "
                "the server does not take wal_recycle = off: its journal was not let go"
            )
            raise NodeError(message)
        await asyncio.sleep(_PAUSE_S)


async def _past_all(connection: asyncpg.Connection) -> None:
    """Go on with the journal past all its files, those recycled before and lying ready included."""
    old = {row[0] for row in await connection.fetch(_JOURNAL)}
    while not old.isdisjoint(row[0] for row in await connection.fetch(_JOURNAL)):
        await connection.execute("SELECT pg_switch_wal()")
        await connection.execute("CHECKPOINT")
