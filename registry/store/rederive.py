"""What was derived from the records of all logs, taken away to be derived again.

Only the owner of the tables may do this, in one transaction, while nothing is admitted. Entries,
bodies, checkpoints and commits are not touched. The rows of a record of which a part was erased
stay, as do those of the acts upon it, and what is in quarantine for a salt that may have been its:
they cannot be derived from what is left.
"""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import asyncpg

from registry.errors import NodeError
from registry.store.audit import BESIDE_ERASED
from registry.store.engine import Connection
from registry.store.scrub import SCRUBBED

CHECKED_WITH = "checked-with"
"""The row of ``cursors`` that holds the fingerprint of the checks all records have passed."""
_DERIVED = (
    *("records", "quarantine", "subject_names", "subject_links", "attachment_refs"),
    *("relations", "standard_index", "standard_words"),
)
_KEPT = f"""
CREATE TEMP TABLE kept ON COMMIT DROP AS
SELECT log_id, idx FROM entries WHERE main IS NULL
    OR restricted IS NULL AND substring(entry FROM 33) <> decode(repeat('00', 32), 'hex')
UNION
SELECT a.log_id, a.idx FROM records a
JOIN records r ON r.log_id = a.target_log AND r.record_id = a.target_id
JOIN entries e ON e.log_id = r.log_id AND e.idx = r.idx WHERE e.main IS NULL
UNION {BESIDE_ERASED}
"""  # noqa: S608 - constants
_DELETE = """
DELETE FROM {table} t WHERE log_id IS NOT NULL
AND NOT EXISTS (SELECT FROM kept k WHERE k.log_id = t.log_id AND k.idx = t.idx)
"""
_KINDS = """
INSERT INTO kinds SELECT DISTINCT log_id, type, list_code FROM records ON CONFLICT DO NOTHING
"""
_SUBJECTS = """
DELETE FROM subjects s WHERE NOT EXISTS (SELECT FROM records r WHERE r.subject_id = s.subject_id)
AND NOT EXISTS (SELECT FROM relations r WHERE r.subject_id = s.subject_id)
"""


@asynccontextmanager
async def open_rederiving(owner_url: str) -> AsyncIterator[Connection]:
    """Open a transaction in which nobody admits and everything derived is gone.

    At its end every follower starts again from the first commit.

    Raises:
        NodeError: the database cannot be reached, or something in it does not let itself derive.
    """
    try:
        connection = await asyncpg.connect(owner_url)
    except (OSError, ValueError, asyncpg.PostgresError, asyncpg.InterfaceError) as error:
        message = f"数据库无法连接 / the database cannot be reached: {error}"
        raise NodeError(message) from error
    try:
        async with connection.transaction():
            await connection.execute("LOCK TABLE log_heads IN EXCLUSIVE MODE")
            await connection.execute("SET LOCAL registry.erasing = 'on'")
            await connection.execute(_KEPT)
            for table in _DERIVED:
                await connection.execute(_DELETE.replace("{table}", table))
            await connection.execute(_SUBJECTS)
            await connection.execute("DELETE FROM kinds")
            await connection.execute("SET LOCAL registry.erasing = 'off'")
            yield connection
            await connection.execute(_KINDS)
            await connection.execute(
                "UPDATE cursors SET seq = 0 WHERE name NOT IN ($1, $2)", CHECKED_WITH, SCRUBBED
            )
    finally:
        await connection.close()


async def kept(connection: Connection, log_id: int) -> frozenset[int]:
    """Return the positions of a log whose rows have stayed."""
    rows = await connection.fetch("SELECT idx FROM kept WHERE log_id = $1", log_id)
    return frozenset(row[0] for row in rows)


async def save_checked_with(connection: Connection, fingerprint: int) -> None:
    """Note which checks all records have passed."""
    await connection.execute(
        "INSERT INTO cursors VALUES ($1, $2) ON CONFLICT (name) DO UPDATE SET seq = excluded.seq",
        CHECKED_WITH,
        fingerprint,
    )
