"""Tables and statements of the PostgreSQL engine, all in one schema of its own.

Only what every PostgreSQL has: arrays and text-search vectors with GIN indexes. A vector holds
pairs of characters that this library cut itself; no dictionary or parser of PostgreSQL takes part.
The primary key is the document's id alone, so the table can be distributed by it. ``fastupdate`` is
off: each search would read the list of pending entries from end to end, ten times its own work.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

from search.query import RECALL_MAX
from search.recall import RESEMBLING_MAX, Writing
from search.typed import SUGGESTED, WALKED


def _lexeme(gram: str) -> str:
    """Quote a lexeme for tsquery; grams are letters and digits, this holds for any text."""
    return "'" + gram.replace("\\", "\\\\").replace("'", "''") + "'"


TSQUERY: Final = Writing(_lexeme, " & ", " | ")
LAYOUT: Final = 4
"""Raised whenever tables, keys or normal forms change: an index of another layout is rebuilt."""
COLUMNS: Final = (
    "id", "kind", "name", "former_names", "codes", "numbers", "cities", "types", "severities",
    "first_on", "last_on", "version", "code_keys", "number_keys", "name_keys", "grams",
    "beginnings",
)  # fmt: skip
"""Columns in the order in which documents are copied in."""

CREATE: Final = """
CREATE TABLE {schema}.documents (
    id text COLLATE "C" PRIMARY KEY,
    kind text NOT NULL,
    name text COLLATE "C" NOT NULL,
    former_names text[] NOT NULL,
    codes text[] NOT NULL,
    numbers text[] NOT NULL,
    cities text[] NOT NULL,
    types text[] NOT NULL,
    severities text[] NOT NULL,
    first_on date,
    last_on date,
    version bigint NOT NULL,
    code_keys text[] NOT NULL,
    number_keys text[] NOT NULL,
    name_keys bigint[] NOT NULL,
    grams tsvector NOT NULL
);
CREATE INDEX documents_code_keys ON {schema}.documents
    USING gin (code_keys) WITH (fastupdate = off);
CREATE INDEX documents_number_keys ON {schema}.documents
    USING gin (number_keys) WITH (fastupdate = off);
CREATE INDEX documents_name_keys ON {schema}.documents
    USING gin (name_keys) WITH (fastupdate = off);
CREATE INDEX documents_grams ON {schema}.documents
    USING gin (grams) WITH (fastupdate = off);
CREATE TABLE {schema}.beginnings (
    id text COLLATE "C", beginning text COLLATE "C", PRIMARY KEY (id, beginning)
);
CREATE INDEX beginnings_in_order ON {schema}.beginnings (beginning, id);
"""

_STAGE: Final = """
CREATE TEMPORARY TABLE {schema}_staging (
    id text COLLATE "C", kind text, name text, former_names text[], codes text[], numbers text[],
    cities text[], types text[], severities text[], first_on date, last_on date, version bigint,
    code_keys text[], number_keys text[], name_keys bigint[], grams text[], beginnings text[]
) ON COMMIT DROP
"""

_MERGE: Final = """
INSERT INTO {schema}.documents
SELECT id, kind, name, former_names, codes, numbers, cities, types, severities, first_on,
       last_on, version, code_keys, number_keys, name_keys, array_to_tsvector(grams)
FROM pg_temp.{schema}_staging ORDER BY id
ON CONFLICT (id) DO UPDATE SET
    kind = excluded.kind, name = excluded.name, former_names = excluded.former_names,
    codes = excluded.codes, numbers = excluded.numbers, cities = excluded.cities,
    types = excluded.types, severities = excluded.severities, first_on = excluded.first_on,
    last_on = excluded.last_on, version = excluded.version, code_keys = excluded.code_keys,
    number_keys = excluded.number_keys, name_keys = excluded.name_keys, grams = excluded.grams
WHERE documents.version <= excluded.version
"""

# Behind the merge, whose row locks are held by then: of two that store the same document at once,
# the later one sees what the other has written.
_MERGED: Final = """
FROM pg_temp.{schema}_staging s JOIN {schema}.documents d ON d.id = s.id AND d.version = s.version
"""
_FORGET: Final = f"""
DELETE FROM {{schema}}.beginnings b USING (SELECT s.id, s.beginnings {_MERGED}) s
WHERE b.id = s.id AND b.beginning <> ALL (s.beginnings)
"""  # noqa: S608 - constants
_LEARN: Final = f"""
INSERT INTO {{schema}}.beginnings
SELECT id, unnest(beginnings) FROM (SELECT s.id, s.beginnings {_MERGED} ORDER BY s.id) s
ON CONFLICT DO NOTHING
"""  # noqa: S608 - constants

_DELETE: Final = """
WITH gone AS (
    DELETE FROM {schema}.documents WHERE id IN (
        SELECT id FROM {schema}.documents WHERE id = ANY($1::text[]) ORDER BY id FOR UPDATE
    )
)
DELETE FROM {schema}.beginnings WHERE id = ANY($1::text[])
"""

# Only neighbours are walked over, however many names begin so; U+10FFFF is in no beginning.
_BY_BEGINNING: Final = """
SELECT d.id FROM {schema}.documents d WHERE d.id IN (
    SELECT b.id FROM unnest($1::text[]) AS k (key) CROSS JOIN LATERAL (
        SELECT id FROM {schema}.beginnings
        WHERE beginning >= k.key AND beginning < k.key || U&'\\+10FFFF'
        ORDER BY beginning, id LIMIT {walked}) b)
ORDER BY char_length(d.name), d.id LIMIT {suggested}
"""

_FILTERS: Final = """
    AND ($2::text[] IS NULL OR cities && $2::text[])
    AND ($3::text[] IS NULL OR types && $3::text[])
    AND ($4::date IS NULL OR last_on >= $4::date)
    AND ($5::date IS NULL OR first_on <= $5::date)
    AND ($6::text[] IS NULL OR severities && $6::text[])
    AND ($7::text[] IS NULL OR NOT cities && $7::text[])
"""

_BY_KEY: Final = (
    """
SELECT id, name, {values} AS found FROM {schema}.documents
WHERE {keys} && $1::text[]"""
    + _FILTERS
    + "ORDER BY name, id LIMIT {recall}"
)

_BY_NAME_KEYS: Final = (
    """
SELECT id, name, former_names FROM {schema}.documents
WHERE name_keys && $1::bigint[]"""
    + _FILTERS
    + """
ORDER BY name_keys && $8::bigint[] DESC, char_length(name), id LIMIT {recall}
"""
)

_BY_WHOLE: Final = (
    """
SELECT id, name, former_names FROM {schema}.documents
WHERE grams @@ $1::text::tsquery"""
    + _FILTERS
    + """
ORDER BY grams @@ $8::text::tsquery DESC, char_length(name), id LIMIT {recall}
"""
)

_BY_PAIRS: Final = (
    """
SELECT id, name, former_names FROM {schema}.documents
WHERE grams @@ $1::text::tsquery"""
    + _FILTERS
    + """
ORDER BY grams @@ $8::text::tsquery DESC, char_length(name), id LIMIT {resembling}
"""
)


@dataclass(frozen=True, slots=True)
class Statements:
    """Every statement of the engine, written for one schema.

    The searches take: $1 what is looked for, $2 cities, $3 types, $4 first day, $5 last day,
    $6 classes, $7 cities to leave out; by names also $8, what is likelier. By whole and by pairs $1
    and $8 are a tsquery. The count takes cities as $1, NULL for all documents.
    """

    stage: str
    staging: str
    merge: str
    forget: str
    learn: str
    delete: str
    by_code: str
    by_number: str
    by_name_keys: str
    by_whole: str
    by_pairs: str
    by_beginning: str
    count: str
    clear: str
    stored_rows: str
    analyse: str


def statements(of_schema: Callable[[str], str]) -> Statements:
    """Write the statements for a schema, which ``of_schema`` names in each."""

    def write(template: str, keys: str = "", values: str = "") -> str:
        bounded = template.replace("{recall}", str(RECALL_MAX))
        bounded = bounded.replace("{resembling}", str(RESEMBLING_MAX))
        bounded = bounded.replace("{walked}", str(WALKED)).replace("{suggested}", str(SUGGESTED))
        return of_schema(bounded.replace("{keys}", keys).replace("{values}", values))

    return Statements(
        stage=write(_STAGE),
        staging=write("{schema}_staging"),
        merge=write(_MERGE),
        forget=write(_FORGET),
        learn=write(_LEARN),
        delete=write(_DELETE),
        by_code=write(_BY_KEY, "code_keys", "codes"),
        by_number=write(_BY_KEY, "number_keys", "numbers"),
        by_name_keys=write(_BY_NAME_KEYS),
        by_whole=write(_BY_WHOLE),
        by_pairs=write(_BY_PAIRS),
        by_beginning=write(_BY_BEGINNING),
        count=write(
            "SELECT count(*) FROM {schema}.documents WHERE $1::text[] IS NULL OR cities && $1"
        ),
        clear=write("TRUNCATE {schema}.documents, {schema}.beginnings"),
        stored_rows=write(
            "SELECT reltuples::bigint FROM pg_class WHERE oid = '{schema}.documents'::regclass"
        ),
        analyse=write("ANALYZE {schema}.documents, {schema}.beginnings"),
    )
