"""Texts in PostgreSQL: one table in a schema of its own, pairs of letters in a GIN index.

The pairs recall; each word is then looked for in the letters of the text. A text is inserted or
deleted, never updated: what it says does not change. ``fastupdate`` is off, as for names.
"""

from collections.abc import Collection, Sequence
from contextlib import aclosing
from typing import TYPE_CHECKING, Final, cast

from search.ahead import ahead
from search.kept import SEARCH_TIMEOUT, Kept, Layout
from search.pool import Pool, Row
from search.postgres import NAME
from search.texts.engine import TextEngine
from search.texts.question import Question, TextHit, TextsFound
from search.texts.text import LEADING, Place, Text

if TYPE_CHECKING:
    from datetime import date

CHUNK: Final = 1_000
"""Texts stored in one transaction: some MB of staging, a second of locks."""
_PAIR: Final = 2
_CREATE: Final = """
CREATE TABLE {schema}.texts (
    log bigint NOT NULL,
    idx bigint NOT NULL,
    about text COLLATE "C" NOT NULL,
    day date NOT NULL,
    city text NOT NULL,
    type text NOT NULL,
    severity text NOT NULL,
    organ text NOT NULL,
    lead text COLLATE "C" NOT NULL,
    rest text COLLATE "C" NOT NULL,
    keys integer[] NOT NULL,
    PRIMARY KEY (log, idx)
);
CREATE INDEX texts_about ON {schema}.texts (about, log, idx);
CREATE INDEX texts_in_order ON {schema}.texts (day, log, idx);
CREATE INDEX texts_keys ON {schema}.texts USING gin (keys) WITH (fastupdate = off);
"""
LAYOUT: Final = Layout("texts_v", 1, _CREATE)
"""Its number is raised whenever the table, the letters or what is written of a record change."""
_COLUMNS: Final = (
    "log", "idx", "about", "day", "city", "type", "severity", "organ", "lead", "rest", "keys",
)  # fmt: skip
_STAGE: Final = """
CREATE TEMPORARY TABLE {schema}_texts (LIKE {schema}.texts) ON COMMIT DROP
"""
_GONE: Final = """
DELETE FROM {schema}.texts WHERE (log, idx) IN (SELECT * FROM unnest($1::bigint[], $2::bigint[]))
"""
_PLACES: Final = "SELECT log, idx FROM {schema}.texts WHERE about = ANY($1::text[])"
_COME: Final = """
INSERT INTO {schema}.texts SELECT * FROM pg_temp.{schema}_texts ORDER BY log, idx
ON CONFLICT DO NOTHING
"""
_TEXTS: Final = """
SELECT log, idx, about, day, city, type, severity, organ, lead, rest FROM {schema}.texts
WHERE about IN (SELECT DISTINCT about FROM {schema}.texts WHERE about > $1 ORDER BY about LIMIT $2)
ORDER BY about, log, idx
"""
_SEARCH: Final = """
SELECT log, idx, about, day FROM {schema}.texts
WHERE keys @> $1::integer[] AND lead || E'\\n' || rest LIKE ALL($2::text[])
    AND ($3::text[] IS NULL OR city = ANY($3)) AND ($4::text[] IS NULL OR type = ANY($4))
    AND ($5::text[] IS NULL OR severity = ANY($5)) AND ($6::text[] IS NULL OR organ = ANY($6))
    AND ($7::date IS NULL OR day >= $7) AND ($8::date IS NULL OR day <= $8)
    AND ($9::integer[] IS NULL OR NOT keys @> $9)
    AND ($10::date IS NULL OR (day, log, idx) {beyond} ($10, $11::bigint, $12::bigint))
ORDER BY day {way}, log {way}, idx {way} LIMIT $13
"""
_DOWN: Final = _SEARCH.replace("{beyond}", "<").replace("{way}", "DESC")
_UP: Final = _SEARCH.replace("{beyond}", ">").replace("{way}", "ASC")


class PostgresTexts(TextEngine):
    """`search.texts.engine.TextEngine` on a pool, in a schema of its own (see `Kept`)."""

    def __init__(self, pool: Pool, schema: str = LAYOUT.schema) -> None:
        """Take an asyncpg pool that the caller opens and closes; raises as `Kept`."""
        self._kept = Kept(pool, LAYOUT, schema)

    async def prepare(self) -> None:
        """Create the schema if it is not there; raises as `Kept.prepare`."""
        await self._kept.prepare()

    async def places(self, about: Sequence[str]) -> set[Place]:
        """Return the places of all texts that are stored about these."""
        async with self._kept.connection() as connection:
            rows = await connection.fetch(self._kept.write(_PLACES), list(about))
        return {_place(row) for row in rows}

    async def add(self, texts: Sequence[Text]) -> None:
        """Store texts in chunks, one transaction each (see `TextEngine.add`)."""
        chunks = (texts[at : at + CHUNK] for at in range(0, len(texts), CHUNK))
        async with aclosing(ahead(_rows, chunks)) as made:
            async for rows in made:
                await self._store(rows)

    async def _store(self, rows: Sequence[tuple[object, ...]]) -> None:
        write = self._kept.write
        async with self._kept.connection() as connection, connection.transaction():
            await connection.execute(write(_STAGE))
            staged = write("{schema}_texts")
            await connection.copy_records_to_table(staged, records=rows, columns=_COLUMNS)
            await connection.execute(write(_COME))

    async def remove(self, places: Collection[Place]) -> None:
        """Remove texts, in one transaction."""
        logs, indexes = [log for log, _ in places], [idx for _, idx in places]
        async with self._kept.connection() as connection:
            await connection.execute(self._kept.write(_GONE), logs, indexes)

    async def count(self) -> int:
        """Count all texts."""
        async with self._kept.connection() as connection:
            found = await connection.fetchval(
                self._kept.write("SELECT count(*) FROM {schema}.texts")
            )
        return cast("int", found)

    async def texts(self, after: str, limit: int) -> list[Text]:
        """Read texts back (see `TextEngine.texts`)."""
        async with self._kept.connection() as connection:
            rows = await connection.fetch(self._kept.write(_TEXTS), after, limit)
        return [_text(row) for row in rows]

    async def clear(self) -> None:
        """Remove all texts."""
        async with self._kept.connection() as connection:
            await connection.execute(self._kept.write("TRUNCATE {schema}.texts"))

    async def search(self, query: Question) -> TextsFound:
        """Answer a question: by relevance first those with the question in their lead."""
        every, leading = query.recalls(), query.recalls(LEADING)
        found: list[TextHit] = []
        if query.order != "relevance":
            found = await self._some(query, 0, every, None)
        else:
            after = query.after
            if after is None or after[0] == 0:
                found = await self._some(query, 0, leading, None)
            if len(found) < query.limit:
                found += await self._some(query, 1, every, leading, query.limit - len(found))
        last = found[-1].key if len(found) == query.limit else None
        return TextsFound(hits=tuple(found), last=last, engine=NAME)

    async def _some(
        self,
        query: Question,
        rank: int,
        keys: Sequence[int],
        without: Sequence[int] | None,
        limit: int = 0,
    ) -> list[TextHit]:
        """Return the next texts of one rank."""
        words = [f"%{word}%" for word in query.words if len(word) != _PAIR]
        after = query.after if query.after is not None and query.after[0] == rank else None
        day, (log, idx) = (None, (0, 0)) if after is None else after[1:]
        filters = (query.cities, query.types, query.severities, query.organs)
        statement = self._kept.write(_UP if query.order == "oldest" else _DOWN)
        async with self._kept.connection() as connection:
            rows = await connection.fetch(
                statement, keys, words, *(list(one) or None for one in filters),
                query.date_from, query.date_to, without, day, log, idx, limit or query.limit,
                timeout=SEARCH_TIMEOUT,
            )  # fmt: skip
        return [_hit(row, rank) for row in rows]


def _row(text: Text) -> tuple[object, ...]:
    """Lay a text out in the order of the columns."""
    return (
        *text.place, text.about, text.day, text.city, text.type, text.severity, text.organ,
        text.lead, text.rest, text.recalled_by(),
    )  # fmt: skip


def _rows(texts: Sequence[Text]) -> list[tuple[object, ...]]:
    return [_row(text) for text in texts]


def _text(row: Row) -> Text:
    """Make the text of a row, the inverse of `_row`."""
    said = {name: str(row[name]) for name in _COLUMNS[4:10]}
    hit = _hit(row, 0)
    return Text(place=hit.place, about=hit.about, day=hit.key[1], **said)


def _hit(row: Row, rank: int) -> TextHit:
    return TextHit(key=(rank, cast("date", row["day"]), _place(row)), about=str(row["about"]))


def _place(row: Row) -> Place:
    return cast("int", row["log"]), cast("int", row["idx"])
