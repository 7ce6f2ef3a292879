"""Reading about all subjects at once, a part at a time: memory stays the same, however many."""

from collections.abc import AsyncIterator, Collection
from contextlib import asynccontextmanager
from typing import Final

import asyncpg

from registry.store.reading_files import Reading, reading_on

TOGETHER: Final = 500
"""Subjects whose files are read with one set of statements."""

_WITH_CAUSE = """
SELECT DISTINCT r.subject_id FROM records r
JOIN unnest($1::text[], $2::text[]) AS t (type, list_code)
  ON r.type = t.type AND r.list_code = t.list_code
ORDER BY 1
"""

_ALL = "SELECT count(*) FROM subjects"


@asynccontextmanager
async def reading_alone(url: str) -> AsyncIterator[Reading]:
    """Open a connection of one's own, for a process that does nothing but read."""
    connection = await asyncpg.connect(url)
    try:
        yield reading_on(connection)
    finally:
        await connection.close()


async def subjects_with(
    url: str, causes: Collection[tuple[str, str]]
) -> AsyncIterator[list[bytes]]:
    """Yield, in parts and in order, who has a record of one of these (type, list code)."""
    columns = [list(column) for column in zip(*sorted(causes), strict=True)] or [[], []]
    connection = await asyncpg.connect(url)
    try:
        async with connection.transaction(readonly=True):
            # All of it will be read: the plan need not be quick about the first rows.
            await connection.execute("SET LOCAL cursor_tuple_fraction = 1")
            cursor = await connection.cursor(_WITH_CAUSE, *columns)
            while rows := await cursor.fetch(TOGETHER):
                yield [row[0] for row in rows]
    finally:
        await connection.close()


async def count_subjects(url: str) -> int:
    """Return how many subjects are stored."""
    connection = await asyncpg.connect(url)
    try:
        number: int = await connection.fetchval(_ALL)
        return number
    finally:
        await connection.close()
