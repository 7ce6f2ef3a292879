"""The tables as Piccolo knows them are those of the migrations, column by column; the grants."""

import asyncpg
import pytest

from registry.store.tables import TABLES

COLUMNS = """
SELECT c.relname::text AS table, a.attname::text AS name,
       format_type(a.atttypid, a.atttypmod) AS type, NOT a.attnotnull AS nullable
FROM pg_class c
JOIN pg_namespace n ON n.oid = c.relnamespace AND n.nspname = 'public'
JOIN pg_attribute a ON a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped
WHERE c.relkind IN ('r', 'p') AND c.relname <> 'migration'
ORDER BY c.relname, a.attnum
"""
KEYS = """
SELECT t.relname::text AS table, array_agg(a.attname::text) AS columns
FROM pg_index x
JOIN pg_class t ON t.oid = x.indrelid
JOIN pg_namespace n ON n.oid = t.relnamespace AND n.nspname = 'public'
JOIN pg_attribute a ON a.attrelid = t.oid AND a.attnum = ANY (x.indkey)
WHERE x.indisprimary GROUP BY 1
"""
PRIVILEGES = """
SELECT c.relname::text AS table, p.privilege
FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace AND n.nspname = 'public',
     (VALUES ('SELECT'), ('INSERT'), ('UPDATE'), ('DELETE'), ('TRUNCATE'), ('REFERENCES'),
             ('TRIGGER')) AS p (privilege)
WHERE c.relkind IN ('r', 'p') AND has_table_privilege('registry_service', c.oid, p.privilege)
"""
SPELLED = {"TIMESTAMPTZ": "timestamp with time zone"}


def spelled(column_type: str) -> str:
    """Return Piccolo's name of a type as the catalogue spells it."""
    return SPELLED.get(column_type, column_type.lower())


@pytest.mark.usefixtures("db")  # which tells the columns for which server they spell their types
async def test_every_table_and_column_is_what_the_migrations_made(owner):
    made: dict[str, list[tuple[str, str, bool]]] = {}
    for row in await owner.fetch(COLUMNS):
        made.setdefault(row["table"], []).append((row["name"], row["type"], row["nullable"]))
    declared = {
        table._meta.tablename: [
            (column._meta.db_column_name, spelled(column.column_type), column._meta.null)
            for column in table._meta.columns
        ]
        for table in TABLES
    }
    assert declared == made


async def test_the_column_declared_as_key_is_of_the_key(owner):
    keys = {row["table"]: set(row["columns"]) for row in await owner.fetch(KEYS)}
    declared = {table._meta.tablename: table._meta.primary_key._meta.name for table in TABLES}
    assert {name for name, column in declared.items() if column not in keys[name]} == set()


@pytest.mark.usefixtures("db")
async def test_every_type_compared_is_one_the_catalogue_spells_so(owner):
    types = {spelled(column.column_type) for table in TABLES for column in table._meta.columns}
    for name in types:
        assert await owner.fetchval("SELECT format_type($1::regtype, NULL)", name) == name


async def test_the_service_reads_all_adds_to_all_but_erasures_and_changes_few(owner):
    held: dict[str, set[str]] = {}
    for row in await owner.fetch(PRIVILEGES):
        held.setdefault(row["table"], set()).add(row["privilege"])
    expected = {table._meta.tablename: {"SELECT", "INSERT"} for table in TABLES}
    expected["erasures"] = {"SELECT"}
    expected["log_heads"] |= {"UPDATE"}
    expected["cursors"] |= {"UPDATE"}
    of_feeds = ("feed_holdings", "feed_reads", "feed_hooks", "feed_dead")
    of_desks = ("desk_submissions", "desk_files", "desk_rows", "desk_parcels")
    kept = ("screenings", "screening_results", "saved_searches", "objections", "export_sequences")
    of_runs = ("reconcile_runs", "reconcile_files")
    for name in ("follows", *of_feeds, *kept, *of_desks, *of_runs):
        expected[name] |= {"UPDATE"}
    assert held == expected


async def test_nothing_is_granted_to_everybody(owner):
    granted = await owner.fetch(
        "SELECT table_name FROM information_schema.table_privileges "
        "WHERE grantee = 'PUBLIC' AND table_schema = 'public'"
    )
    assert granted == []
    callable_by_all = await owner.fetch(
        "SELECT proname::text FROM pg_proc WHERE pronamespace = 'public'::regnamespace "
        "AND prosecdef AND has_function_privilege('registry_service', oid, 'EXECUTE')"
    )
    # One erases what a signed order in the same log names, the others what the rows say is over.
    granted = {row["proname"] for row in callable_by_all}
    of_time = {"erase_old_vouchers", "erase_old_access", "erase_old_screenings"}
    of_time |= {"erase_old_saved_searches", "erase_old_reports", "erase_old_objections"}
    of_time |= {"erase_old_case_requests"}
    assert granted == {"erase_body", "keep_attachment"} | of_time


@pytest.mark.parametrize(
    ("statement", "error"),
    [
        ("INSERT INTO log_heads VALUES (1, -1, $1, '', 0)", asyncpg.CheckViolationError),
        (
            "INSERT INTO log_heads VALUES (1, 0, $1::bytea || '\\x00', '', 0)",
            asyncpg.CheckViolationError,
        ),
        ("INSERT INTO entries VALUES (1, 0, $1, '', NULL)", asyncpg.CheckViolationError),
        ("INSERT INTO tile_hashes VALUES (1, 0, 0, $1)", asyncpg.CheckViolationError),
        ("INSERT INTO subjects VALUES ($1, 'uscc', '', '', '')", asyncpg.CheckViolationError),
        (
            "INSERT INTO attachments VALUES ($1::bytea || '\\x00', 1, '')",
            asyncpg.CheckViolationError,
        ),
        (
            "INSERT INTO subject_links VALUES ($1, $1, 'alike', '', 1, 1, now())",
            asyncpg.CheckViolationError,
        ),
        (
            "INSERT INTO commits VALUES (1, 1, 0, length($1::bytea), 1, NULL)",
            asyncpg.NotNullViolationError,
        ),
    ],
)
async def test_what_cannot_be_true_is_not_stored(owner, statement, error):
    with pytest.raises(error):
        await owner.execute(statement, b"\1" * 32)
