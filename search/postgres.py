"""The search engine on PostgreSQL: default of an embedded node, and stand-in for the other one.

Codes and numbers are met exactly by key. A name is recalled by its normal forms as a whole and by
pairs of characters, widely but bounded, and then scored in `search.matching`; the order never
depends on what PostgreSQL happened to return first.
"""

from collections.abc import AsyncGenerator, Callable, Collection, Generator, Iterable, Sequence
from contextlib import aclosing, asynccontextmanager, contextmanager
from typing import TYPE_CHECKING, Final, cast

import asyncpg  # pyright: ignore[reportMissingTypeStubs] - see search.pool

from search import keys
from search.ahead import ahead
from search.documents import Document, newest
from search.engine import Engine
from search.errors import IndexLayoutError, SearchUnavailableError
from search.flow import Keyed, Recall, Recalled, answer
from search.matching import Candidate
from search.names import NameForms
from search.near import stored_keys
from search.pool import Connection, Pool, Row
from search.query import RECALL_MAX, Answer, Query
from search.recall import RESEMBLING_MAX, recall
from search.schema import COLUMNS, LAYOUT, TSQUERY, Statements, statements

if TYPE_CHECKING:
    from datetime import date

NAME: Final = "postgresql"
SCHEMA: Final = f"search_v{LAYOUT}"
SEARCH_TIMEOUT: Final = 5.0
"""Seconds for one statement of a search; a person has gone by then."""
MANY: Final = 50
"""Keys from which on the planner guesses that so many rows have one of them that it reads all rows,
and compares each with every key: ten times the work of looking the keys up, which few rows have."""
CHUNK: Final = 5_000
"""Documents stored in one transaction: some 10 MB of staging, a second of locks."""
ANALYSE_MIN: Final = 500
"""A chunk this large, or a tenth of the table, refreshes the planner's statistics."""
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
_DOCUMENTS: Final = """
SELECT id, kind, name, former_names, codes, numbers, cities, types, severities, first_on, last_on,
       version
FROM {schema}.documents WHERE id > $1 ORDER BY id LIMIT $2
"""


def _row(document: Document) -> tuple[object, ...]:
    """Lay a document out in the order of `COLUMNS`."""
    names = (document.name, *document.former_names)
    first_on, last_on = document.dates or (None, None)
    return (
        document.id, document.kind, document.name, document.former_names, document.codes,
        document.numbers, document.cities, document.types, document.severities, first_on, last_on,
        document.version,
        keys.code_keys(document.codes), keys.number_keys(document.numbers),
        stored_keys(names), keys.grams(names),
    )  # fmt: skip


def _document(row: Row) -> Document:
    """Make the document of a row, the inverse of `_row`."""
    first_on, last_on = cast("tuple[date | None, date | None]", (row["first_on"], row["last_on"]))
    return Document(
        id=str(row["id"]), kind=str(row["kind"]), name=str(row["name"]),
        version=cast("int", row["version"]), former_names=tuple(_texts(row["former_names"])),
        codes=tuple(_texts(row["codes"])), numbers=tuple(_texts(row["numbers"])),
        cities=tuple(_texts(row["cities"])), types=tuple(_texts(row["types"])),
        severities=tuple(_texts(row["severities"])),
        dates=None if first_on is None or last_on is None else (first_on, last_on),
    )  # fmt: skip


def _rows(documents: Iterable[Document]) -> list[tuple[object, ...]]:
    return [_row(document) for document in newest(documents).values()]


def _texts(value: object) -> list[str]:
    return cast("list[str]", value)


@contextmanager
def _told() -> Generator[None]:
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


class PostgresEngine(Engine):
    """`search.engine.Engine` on a pool and in a schema of its own.

    The role needs CREATE on the database, or a schema of that name which it owns, the first time,
    and temporary tables for `upsert`; it works inside its schema only.
    """

    name = NAME

    def __init__(self, pool: Pool, schema: str = SCHEMA) -> None:
        """Take an asyncpg pool that the caller opens and closes.

        Raises:
            ValueError: unless the schema's name is a plain lowercase identifier.
        """
        self._pool = pool
        self._sql: Statements = statements(schema)
        self._schema = schema
        self._documents = _DOCUMENTS.replace("{schema}", schema)

    @asynccontextmanager
    async def _connection(self) -> AsyncGenerator[Connection]:
        """Lend a connection; whatever goes wrong on it becomes an error of this library."""
        with _told():
            async with self._pool.acquire(timeout=SEARCH_TIMEOUT) as connection:
                yield connection

    async def prepare(self) -> None:
        """Create schema, tables and indexes if they are not there (see `Engine.prepare`)."""
        async with self._connection() as connection, connection.transaction():
            await connection.execute("SELECT pg_advisory_xact_lock($1)", _PREPARE_LOCK)
            # CREATE … IF NOT EXISTS asks for the right to create even where nothing is to be done.
            if not await connection.fetchval("SELECT to_regnamespace($1)::text", self._schema):
                await connection.execute(self._sql.create_schema)
            table = f"{self._schema}.layout"
            if not await connection.fetchval("SELECT to_regclass($1)::text", table):
                await connection.execute(self._sql.create)
            found = await connection.fetchval(self._sql.layout)
            await self._drop_older(connection)
        if found != LAYOUT:
            raise IndexLayoutError(
                zh=f"检索索引为第 {found} 版，本软件需要第 {LAYOUT} 版；请换用新的索引名重建。",
                en=f"The index has layout {found}, this software needs {LAYOUT}: rebuild beside.",
            )

    async def _drop_older(self, connection: Connection) -> None:
        """Drop the indexes of earlier layouts: nobody keeps them, and what is erased must go."""
        if self._schema == SCHEMA:
            for row in await connection.fetch(_OLDER, [f"search_v{one}" for one in range(LAYOUT)]):
                await connection.execute(f"DROP SCHEMA {row['nspname']} CASCADE")

    async def upsert(self, documents: Sequence[Document]) -> None:
        """Store documents in chunks, one transaction each (see `Engine.upsert`)."""
        chunks = (documents[at : at + CHUNK] for at in range(0, len(documents), CHUNK))
        async with aclosing(ahead(_rows, chunks)) as made:
            async for rows in made:
                await self._store(rows)

    async def _store(self, rows: Sequence[tuple[object, ...]]) -> None:
        async with self._connection() as connection, connection.transaction():
            await connection.execute(self._sql.stage)
            await connection.copy_records_to_table(self._sql.staging, records=rows, columns=COLUMNS)
            await connection.execute(self._sql.merge)
            stored = cast("int", await connection.fetchval(self._sql.stored_rows))
            if len(rows) >= ANALYSE_MIN and len(rows) * 10 >= stored:
                await connection.execute(self._sql.analyse)

    async def delete(self, ids: Sequence[str]) -> None:
        """Remove documents by id, in one transaction."""
        async with self._connection() as connection:
            await connection.execute(self._sql.delete, list(ids))

    async def count(self, cities: Collection[str] = ()) -> int:
        """Count all documents, or those of any of some cities."""
        async with self._connection() as connection:
            return cast("int", await connection.fetchval(self._sql.count, list(cities) or None))

    async def documents(self, after: str, limit: int) -> list[Document]:
        """Read documents back in the order of their ids (see `Engine.documents`)."""
        async with self._connection() as connection:
            rows = await connection.fetch(self._documents, after, limit)
        return [_document(row) for row in rows]

    async def clear(self) -> None:
        """Remove all documents."""
        async with self._connection() as connection:
            await connection.execute(self._sql.clear)

    async def search(self, query: Query) -> Answer:
        """Answer a question on one connection (see `search.flow`)."""
        async with self.opened() as asked_with:
            return await answer(query, asked_with(query), NAME)

    @asynccontextmanager
    async def opened(self) -> AsyncGenerator[Callable[[Query], Recall]]:
        """Lend a connection to what recalls (see `search.engine.Source`)."""
        async with self._connection() as connection:
            yield lambda query: _Recall(connection, self._sql, query)


class _Recall(Recall):
    """What one question recalls, on one connection."""

    def __init__(self, connection: Connection, sql: Statements, query: Query) -> None:
        self._connection = connection
        self._sql = sql
        self._filters = (
            list(query.cities) or None, list(query.types) or None, query.date_from, query.date_to,
            list(query.severities) or None, list(query.without) or None,
        )  # fmt: skip

    async def by_codes(self, keys: Sequence[str]) -> Sequence[Keyed]:
        return await self._by_key(self._sql.by_code, keys)

    async def by_number(self, key: str) -> Sequence[Keyed]:
        return await self._by_key(self._sql.by_number, [key])

    async def _by_key(self, statement: str, keys: Sequence[str]) -> Sequence[Keyed]:
        rows = await self._fetch(statement, keys, *self._filters)
        return [Keyed(str(row["id"]), str(row["name"]), _texts(row["found"])) for row in rows]

    async def by_keys(self, keys: Sequence[int], likelier: Sequence[int]) -> Recalled:
        statement = self._sql.by_name_keys
        if len(keys) < MANY:
            return await self._by_name(statement, keys, likelier, RECALL_MAX)
        with _told():
            await self._connection.execute("SET enable_seqscan = off")
        found = await self._by_name(statement, keys, likelier, RECALL_MAX)
        with _told():
            await self._connection.execute("RESET enable_seqscan")  # the pool does, if this fails
        return found

    async def by_whole(self, asked: NameForms) -> Recalled:
        core, placed = TSQUERY.every(recall(asked).core), TSQUERY.every(recall(asked).placed)
        return await self._by_name(self._sql.by_whole, core, placed, RECALL_MAX)

    async def by_pairs(self, asked: NameForms) -> Recalled:
        wanted = recall(asked)
        pairs, near = TSQUERY.any_clause(wanted.pairs), TSQUERY.any_clause(wanted.near)
        return await self._by_name(self._sql.by_pairs, pairs, near, RESEMBLING_MAX)

    async def _by_name(
        self, statement: str, wanted: object, likelier: object, most: int
    ) -> Recalled:
        rows = await self._fetch(statement, wanted, *self._filters, likelier)
        found = [
            Candidate(str(row["id"]), str(row["name"]), _texts(row["former_names"])) for row in rows
        ]
        return Recalled(found, whole=len(rows) < most)

    async def _fetch(self, statement: str, *arguments: object) -> Sequence[Row]:
        with _told():
            return await self._connection.fetch(statement, *arguments, timeout=SEARCH_TIMEOUT)
