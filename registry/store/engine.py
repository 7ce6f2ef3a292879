"""The database as the rest of the store uses it: Piccolo's engine with one pool.

Nothing here changes a session: what is set or locked is so for a transaction alone, so a connection
goes back to the pool as it is. Three traps of the engine are closed here: a nested transaction
would silently join the outer one (refused); a rollback that fails would leave the connection and
the context variable behind (both are released in ``finally``); and so would a beginning that does
not come to its end.
"""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import TypeAlias

import asyncpg
from piccolo.engine.postgres import PostgresEngine

from registry.errors import NodeError
from registry.store.tables import TABLES

Connection: TypeAlias = asyncpg.pool.PoolConnectionProxy


class Database:
    """An open pool; made by :func:`open_database` only."""

    def __init__(self, engine: PostgresEngine) -> None:
        """Take a started engine."""
        self._engine = engine
        self.pool = engine_pool(engine)

    @asynccontextmanager
    async def transaction(self) -> AsyncIterator[Connection]:
        """Open one transaction (never nested); Piccolo queries of this task join it.

        Never ``gather`` inside: all queries of the block share one connection.
        """
        transaction = self._engine.transaction(allow_nested=False)
        try:
            await transaction.__aenter__()
        except BaseException:  # cancelled, say, while BEGIN was on its way
            if (taken := getattr(transaction, "connection", None)) is not None:
                await self.pool.release(taken)
            raise
        connection: Connection = transaction.connection
        try:
            try:
                yield connection
            except BaseException:
                await transaction.transaction.rollback()
                raise
            await transaction.transaction.commit()
        finally:
            self._engine.current_transaction.reset(transaction.context)
            await self.pool.release(connection)


@asynccontextmanager
async def open_database(url: str, pool_size: int) -> AsyncIterator[Database]:
    """Open the pool, bind the tables to it, and close it at the end.

    Raises:
        NodeError: the server cannot be reached.
    """
    engine = await start_engine(url, min_size=2, max_size=pool_size)
    bind(engine)
    try:
        yield Database(engine)
    finally:
        await engine.close_connection_pool()


class _Plain(PostgresEngine):
    """Piccolo's engine without its first looks at the server: two connections, each in a thread."""

    __slots__ = ()

    async def check_version(self) -> None:
        """Leave it to the pool to say that a server cannot be reached."""

    async def prep_database(self) -> None:
        """Need no extension."""


async def start_engine(url: str, *, min_size: int, max_size: int) -> PostgresEngine:
    """Return an engine with its pool open.

    Raises:
        NodeError: the address is not one, or the server, role or database is not there.
    """
    engine = _Plain(config={"dsn": url}, extensions=())
    try:
        await engine.start_connection_pool(min_size=min_size, max_size=max_size, reset=_left)
    except (OSError, ValueError, asyncpg.PostgresError, asyncpg.InterfaceError) as error:
        message = f"数据库无法连接 / the database cannot be reached: {error}"
        raise NodeError(message) from error
    return engine


async def _left(_connection: object) -> None:
    """Leave a session as it is: by default each release is one more journey to the database.

    The driver has rolled back before what was still open.
    """


def engine_pool(engine: PostgresEngine) -> asyncpg.Pool:
    """Return the pool of a started engine; raises NodeError for one that was not started."""
    if engine.pool is None:
        message = "the engine has no pool: a connection for each query would be opened"
        raise NodeError(message)
    pool: asyncpg.Pool = engine.pool
    return pool


def bind(engine: PostgresEngine) -> None:
    """Point the tables at an engine; the only code that touches ``_meta``."""
    for table in TABLES:
        table._meta.db = engine  # noqa: SLF001 - Piccolo offers no other way without a global module
