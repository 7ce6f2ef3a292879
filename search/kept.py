"""A schema of an engine's own in PostgreSQL: lent connections, and its making by layout number."""

import re
from collections.abc import AsyncGenerator, Generator
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass
from typing import Final

import asyncpg  # pyright: ignore[reportMissingTypeStubs] - see search.pool

from search.errors import IndexLayoutError, SearchUnavailableError
from search.pool import Connection, Pool

SEARCH_TIMEOUT: Final = 5.0
"""Seconds for one statement of a search; a person has gone by then."""
SCHEMA_NAME: Final = re.compile(r"[a-z][a-z0-9_]{0,39}\Z")
_PREPARE_LOCK: Final = 0x7365_6172_6368
"""Advisory lock of `prepare` ("search" in ASCII), so that two nodes do not create at once."""
_NOT_READY: Final = (
    asyncpg.UndefinedTableError,
    asyncpg.InvalidSchemaNameError,
    asyncpg.InsufficientPrivilegeError,
)
_OLDER: Final = """
SELECT nspname FROM pg_namespace
WHERE nspname = ANY($1::text[]) AND nspowner = current_user::regrole
"""


@contextmanager
def told() -> Generator[None]:
    """Turn whatever goes wrong in the database into an error of this library."""
    try:
        yield
    except _NOT_READY as error:
        raise IndexLayoutError(
            zh="检索索引尚未建立，或数据库角色无权使用。",
            en="The search index was not prepared, or the role may not use it.",
        ) from error
    except (asyncpg.PostgresError, asyncpg.InterfaceError, OSError, TimeoutError) as error:
        raise SearchUnavailableError(
            zh="检索数据库暂不可用。", en=f"The search database failed: {type(error).__name__}."
        ) from error


@dataclass(frozen=True, slots=True)
class Layout:
    """A schema as this software makes it: ``prefix`` and ``number`` are its usual name.

    ``create`` are statements with ``{schema}``, after which the schema has all but its number.
    """

    prefix: str
    number: int
    create: str

    @property
    def schema(self) -> str:
        """The name under which it is kept."""
        return f"{self.prefix}{self.number}"


class Kept:
    """A schema on a pool that the caller opens and closes.

    The role needs CREATE on the database, or a schema of that name which it owns, the first time.
    """

    def __init__(self, pool: Pool, layout: Layout, schema: str) -> None:
        """Take the pool, how the schema is made, and its name.

        Raises:
            ValueError: unless the name is a plain lowercase identifier, the only text put into SQL.
        """
        if not SCHEMA_NAME.match(schema):
            message = f"not a plain schema name: {schema!r}"
            raise ValueError(message)
        self._pool = pool
        self._layout = layout
        self._schema = schema

    def write(self, template: str) -> str:
        """Write a statement for this schema."""
        return template.replace("{schema}", self._schema)

    @asynccontextmanager
    async def connection(self) -> AsyncGenerator[Connection]:
        """Lend a connection; whatever goes wrong on it becomes an error of this library."""
        with told():
            async with self._pool.acquire(timeout=SEARCH_TIMEOUT) as connection:
                yield connection

    async def prepare(self) -> None:
        """Create schema, tables and indexes if they are not there; drop those of older layouts.

        Raises:
            IndexLayoutError: an index of another layout is in its place.
        """
        wanted = self._layout.number
        async with self.connection() as connection, connection.transaction():
            await connection.execute("SELECT pg_advisory_xact_lock($1)", _PREPARE_LOCK)
            # CREATE … IF NOT EXISTS asks for the right to create even where nothing is to be done.
            if not await connection.fetchval("SELECT to_regnamespace($1)::text", self._schema):
                await connection.execute(self.write("CREATE SCHEMA {schema}"))
            table = self.write("{schema}.layout")
            if not await connection.fetchval("SELECT to_regclass($1)::text", table):
                await connection.execute(self.write(self._layout.create))
                made = f"CREATE TABLE {table} AS SELECT {wanted}::integer AS layout"
                await connection.execute(made)
            found = await connection.fetchval(f"SELECT layout FROM {table}")  # noqa: S608 - a plain name
            await self._drop_older(connection)
        if found != wanted:
            raise IndexLayoutError(
                zh=f"检索索引为第 {found} 版，本软件需要第 {wanted} 版；请换用新的索引名重建。",
                en=f"The index has layout {found}, this software needs {wanted}: rebuild beside.",
            )

    async def _drop_older(self, connection: Connection) -> None:
        """Drop the indexes of earlier layouts: nobody keeps them, and what is erased must go."""
        if self._schema == self._layout.schema:
            older = [f"{self._layout.prefix}{one}" for one in range(self._layout.number)]
            for row in await connection.fetch(_OLDER, older):
                await connection.execute(f"DROP SCHEMA {row['nspname']} CASCADE")
