"""The search engine on PostgreSQL: default of an embedded node, and stand-in for the other one.

Codes and numbers are met exactly by key. A name is recalled by its normal forms as a whole and by
pairs of characters, widely but bounded, and then scored in `search.matching`; the order never
depends on what PostgreSQL happened to return first.
"""

from collections.abc import AsyncGenerator, Callable, Collection, Iterable, Sequence
from contextlib import aclosing, asynccontextmanager
from typing import TYPE_CHECKING, Final, cast

from search import keys
from search.ahead import ahead
from search.documents import Document, newest
from search.engine import Engine
from search.flow import Keyed, Recall, Recalled, answer
from search.kept import SEARCH_TIMEOUT, Kept, Layout, told
from search.matching import Candidate
from search.names import NameForms
from search.near import stored_keys
from search.pool import Connection, Pool, Row
from search.query import RECALL_MAX, Answer, Query
from search.recall import RESEMBLING_MAX, recall
from search.schema import COLUMNS, CREATE, LAYOUT, TSQUERY, Statements, statements
from search.typed import beginnings, suggested

if TYPE_CHECKING:
    from datetime import date

NAME: Final = "postgresql"
SCHEMA: Final = f"search_v{LAYOUT}"
SUGGEST_TIMEOUT: Final = 0.5
"""Seconds for one statement of a suggestion: later ones come too late for what is being typed."""
MANY: Final = 50
"""Keys from which on the planner guesses that so many rows have one of them that it reads all rows,
and compares each with every key: ten times the work of looking the keys up, which few rows have."""
CHUNK: Final = 5_000
"""Documents stored in one transaction: some 10 MB of staging, a second of locks."""
ANALYSE_MIN: Final = 500
"""A chunk this large, or a tenth of the table, refreshes the planner's statistics."""

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
        stored_keys(names), keys.grams(names), beginnings(names, document.codes),
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
        self._kept = Kept(pool, Layout("search_v", LAYOUT, CREATE), schema)
        self._sql: Statements = statements(self._kept.write)
        self._documents = self._kept.write(_DOCUMENTS)

    async def prepare(self) -> None:
        """Create schema, tables and indexes if they are not there (see `Engine.prepare`)."""
        await self._kept.prepare()

    async def upsert(self, documents: Sequence[Document]) -> None:
        """Store documents in chunks, one transaction each (see `Engine.upsert`)."""
        chunks = (documents[at : at + CHUNK] for at in range(0, len(documents), CHUNK))
        async with aclosing(ahead(_rows, chunks)) as made:
            async for rows in made:
                await self._store(rows)

    async def _store(self, rows: Sequence[tuple[object, ...]]) -> None:
        async with self._kept.connection() as connection, connection.transaction():
            await connection.execute(self._sql.stage)
            await connection.copy_records_to_table(self._sql.staging, records=rows, columns=COLUMNS)
            for statement in (self._sql.merge, self._sql.forget, self._sql.learn):
                await connection.execute(statement)
            stored = cast("int", await connection.fetchval(self._sql.stored_rows))
            if len(rows) >= ANALYSE_MIN and len(rows) * 10 >= stored:
                await connection.execute(self._sql.analyse)

    async def delete(self, ids: Sequence[str]) -> None:
        """Remove documents by id, in one transaction."""
        async with self._kept.connection() as connection:
            await connection.execute(self._sql.delete, list(ids))

    async def count(self, cities: Collection[str] = ()) -> int:
        """Count all documents, or those of any of some cities."""
        async with self._kept.connection() as connection:
            return cast("int", await connection.fetchval(self._sql.count, list(cities) or None))

    async def documents(self, after: str, limit: int) -> list[Document]:
        """Read documents back in the order of their ids (see `Engine.documents`)."""
        async with self._kept.connection() as connection:
            rows = await connection.fetch(self._documents, after, limit)
        return [_document(row) for row in rows]

    async def clear(self) -> None:
        """Remove all documents."""
        async with self._kept.connection() as connection:
            await connection.execute(self._sql.clear)

    async def search(self, query: Query) -> Answer:
        """Answer a question on one connection (see `search.flow`)."""
        async with self.opened() as asked_with:
            return await answer(query, asked_with(query), NAME)

    @asynccontextmanager
    async def opened(self) -> AsyncGenerator[Callable[[Query], Recall]]:
        """Lend a connection to what recalls (see `search.engine.Source`)."""
        async with self._kept.connection() as connection:
            yield lambda query: _Recall(connection, self._sql, query)

    async def suggest(self, text: str) -> tuple[str, ...]:
        """Return what may be meant by a text typed so far (see `search.typed`)."""
        async with self._kept.connection() as connection:
            recall = _Recall(connection, self._sql, Query(text="-"), SUGGEST_TIMEOUT)
            return await suggested(text, recall)


class _Recall(Recall):
    """What one question recalls, on one connection."""

    def __init__(
        self,
        connection: Connection,
        sql: Statements,
        query: Query,
        seconds: float = SEARCH_TIMEOUT,
    ) -> None:
        self._connection = connection
        self._sql = sql
        self._seconds = seconds
        self._filters = (
            list(query.cities) or None, list(query.types) or None, query.date_from, query.date_to,
            list(query.severities) or None, list(query.without) or None,
        )  # fmt: skip

    async def by_codes(self, keys: Sequence[str]) -> Sequence[Keyed]:
        async with self._looking_up(len(keys)):
            return await self._by_key(self._sql.by_code, keys)

    async def by_number(self, key: str) -> Sequence[Keyed]:
        return await self._by_key(self._sql.by_number, [key])

    async def _by_key(self, statement: str, keys: Sequence[str]) -> Sequence[Keyed]:
        rows = await self._fetch(statement, keys, *self._filters)
        return [Keyed(str(row["id"]), str(row["name"]), _texts(row["found"])) for row in rows]

    async def by_keys(self, keys: Sequence[int], likelier: Sequence[int]) -> Recalled:
        async with self._looking_up(len(keys)):
            return await self._by_name(self._sql.by_name_keys, keys, likelier, RECALL_MAX)

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

    async def by_beginning(self, keys: Sequence[str]) -> Sequence[str]:
        return [str(row["id"]) for row in await self._fetch(self._sql.by_beginning, keys)]

    @asynccontextmanager
    async def _looking_up(self, keys: int) -> AsyncGenerator[None]:
        """Have many keys looked up in the index, whatever the planner thinks of that."""
        if keys < MANY:
            yield
            return
        with told():
            async with self._connection.transaction():
                await self._connection.execute("SET LOCAL enable_seqscan = off")
                yield

    async def _fetch(self, statement: str, *arguments: object) -> Sequence[Row]:
        with told():
            return await self._connection.fetch(statement, *arguments, timeout=self._seconds)
