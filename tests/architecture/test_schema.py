"""What the migrations make: distribution columns in every key, append-only by grants and guard."""

import re
from hashlib import sha256

import asyncpg
import pytest

from registry.store.migrate import migrate, pending
from tests.architecture.source import ROOT

MIGRATIONS = ROOT / "migrations"
# Big tables and the column they are spread over beyond one machine (Citus).
DISTRIBUTED = {
    "checkpoints": "log_id",
    "entries": "log_id",
    "tile_hashes": "log_id",
    "quarantine": "log_id",
    "kinds": "log_id",
    "attachment_refs": "log_id",
    "relations": "subject_id",
    "standard_index": "identity",
    "standard_words": "identity",
    "records": "subject_id",
    "subjects": "subject_id",
    "subject_names": "subject_id",
    "subject_links": "subject_id",
    "vouchers": "code",
    "reports": "code",
    "access_log": "seq",
    "feed_holdings": "subject_id",
    "feed_turns": "log_id",
    "cosignatures": "log_id",
    "saved_searches": "id",
    "case_requests": "id",
    "screenings": "id",
    "screening_rows": "screening",
    "screening_results": "screening",
    "screening_judgements": "owner",
    "desk_submissions": "id",
    **dict.fromkeys(("desk_files", "desk_sheets", "desk_rows", "desk_parcels"), "submission"),
    **dict.fromkeys(("desk_receipts", "desk_log"), "submission"),
    "objections": "id",
    **dict.fromkeys(("objection_contents", "objection_files"), "objection"),
    **dict.fromkeys(("objection_letters", "objection_log"), "objection"),
    "reconcile_runs": "id",
    **dict.fromkeys(("reconcile_files", "reconcile_differences", "reconcile_deeds"), "run"),
    **dict.fromkeys(("exports", "export_rows", "export_sequences"), "log_id"),
    **dict.fromkeys(("export_returns", "export_results"), "log_id"),
}
# Small ones, kept whole on every machine.
REFERENCE = {
    *("logs", "log_heads", "commits", "charters", "attachments", "evidence", "erasures", "cursors"),
    *("access_keys", "access_key_ends"),
    *("follows", "alarms", "alarms_noted", "witnessed"),
    *("feed_acts", "feed_stops", "feed_acks", "feed_sweeps"),
    *("feed_reads", "feed_hooks", "feed_dead"),
    "migration",
}
MUTABLE = {"log_heads", "cursors", "follows", "feed_holdings"} | {
    *("feed_reads", "feed_hooks", "feed_dead", "screenings", "screening_results"),
    *("desk_submissions", "desk_files", "desk_rows", "desk_parcels"),
    *("saved_searches", "objections", "reconcile_runs", "reconcile_files", "export_sequences"),
}

KEYS = """
SELECT t.relname AS table, i.relname AS index,
       array_agg(a.attname::text) AS columns
FROM pg_index x
JOIN pg_class t ON t.oid = x.indrelid
JOIN pg_class i ON i.oid = x.indexrelid
JOIN pg_namespace n ON n.oid = t.relnamespace AND n.nspname = 'public'
JOIN pg_attribute a ON a.attrelid = t.oid AND a.attnum = ANY (x.indkey)
WHERE x.indisunique OR x.indisexclusion
GROUP BY 1, 2
"""
FOREIGN_KEYS = """
SELECT c.conrelid::regclass::text AS from_table, c.confrelid::regclass::text AS to_table
FROM pg_constraint c WHERE c.contype = 'f'
"""
TABLES = """
SELECT relname::text FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
WHERE n.nspname = 'public' AND c.relkind IN ('r', 'p')
"""


@pytest.fixture
async def owner(database):
    connection = await asyncpg.connect(database.owner_url)
    yield connection
    await connection.close()


@pytest.fixture
async def service(database):
    connection = await asyncpg.connect(database.service_url)
    yield connection
    await connection.close()


def test_migrations_are_numbered_without_gap_and_each_has_its_sql():
    modules = sorted(p.stem for p in MIGRATIONS.glob("*.py") if p.stem != "__init__")
    numbers = [int(re.fullmatch(r"registry_(\d{4})_[a-z_]+", name).group(1)) for name in modules]
    assert numbers == list(range(1, len(numbers) + 1))
    assert {p.stem for p in MIGRATIONS.glob("*.sql")} <= set(modules)


def test_migrations_do_not_know_the_tables_of_the_code():
    for path in MIGRATIONS.glob("*.py"):
        assert "registry.store.tables" not in path.read_text(encoding="utf-8"), path.name


async def test_migrating_again_runs_nothing_and_the_sql_may_run_twice(database, owner):
    assert await pending(database.owner_url) == ()
    assert await migrate(database.owner_url) == ()
    for path in sorted(MIGRATIONS.glob("*.sql")):
        await owner.execute(path.read_text(encoding="utf-8"))


async def test_every_table_is_either_distributed_or_kept_whole(owner):
    tables = {row["relname"] for row in await owner.fetch(TABLES)}
    assert tables == set(DISTRIBUTED) | REFERENCE
    assert not set(DISTRIBUTED) & REFERENCE


async def test_every_key_of_a_big_table_holds_its_distribution_column(owner):
    keys = [row for row in await owner.fetch(KEYS) if row["table"] in DISTRIBUTED]
    assert {row["table"] for row in keys} == set(DISTRIBUTED), "a big table without any key"
    for row in keys:
        assert DISTRIBUTED[row["table"]] in row["columns"], (row["table"], row["index"])


async def test_no_foreign_key_touches_a_big_table(owner):
    crossing = [
        (row["from_table"], row["to_table"])
        for row in await owner.fetch(FOREIGN_KEYS)
        if {row["from_table"], row["to_table"]} & set(DISTRIBUTED)
    ]
    assert crossing == []


async def test_no_trigger_or_default_touches_a_legal_date(owner):
    defaults = await owner.fetch(
        "SELECT table_name, column_name FROM information_schema.columns "
        "WHERE table_schema = 'public' AND data_type IN ('date', 'timestamp with time zone') "
        "AND column_default IS NOT NULL AND table_name <> 'migration'"
    )
    assert [tuple(row) for row in defaults] == []


async def test_the_service_may_change_only_heads_cursors_and_how_work_goes(owner):
    rows = await owner.fetch(
        "SELECT t.relname::text AS name, p.privilege, "
        "has_table_privilege('registry_service', t.oid, p.privilege) AS held "
        "FROM pg_class t JOIN pg_namespace n ON n.oid = t.relnamespace AND n.nspname = 'public', "
        "(VALUES ('UPDATE'), ('DELETE'), ('TRUNCATE')) AS p (privilege) "
        "WHERE t.relkind IN ('r', 'p')"
    )
    held = {(row["name"], row["privilege"]) for row in rows if row["held"]}
    assert held == {(table, "UPDATE") for table in MUTABLE}


async def test_the_service_role_is_no_superuser_and_owns_nothing(owner):
    role = await owner.fetchrow(
        "SELECT rolsuper, rolcreaterole, rolbypassrls FROM pg_roles "
        "WHERE rolname = 'registry_service'"
    )
    assert tuple(role) == (False, False, False)
    owned = await owner.fetch(
        "SELECT tablename FROM pg_tables WHERE tableowner = $1", "registry_service"
    )
    assert owned == []


@pytest.mark.parametrize("table", sorted((set(DISTRIBUTED) | REFERENCE) - MUTABLE - {"migration"}))
@pytest.mark.parametrize("verb", ["DELETE FROM {0}", "TRUNCATE {0}"])
async def test_the_service_is_refused(service, table, verb):
    with pytest.raises(asyncpg.InsufficientPrivilegeError):
        await service.execute(verb.format(table))


async def test_even_the_owners_slip_is_stopped(owner):
    await owner.execute("INSERT INTO logs VALUES (1, 'a.example/log', '340200')")
    for statement in ("UPDATE logs SET party_code = '1'", "DELETE FROM logs", "TRUNCATE logs"):
        with pytest.raises(asyncpg.RestrictViolationError, match="append-only"):
            await owner.execute(statement)
    assert await owner.fetchval("SELECT party_code FROM logs") == "340200"


def order(entry: bytes) -> bytes:
    """Return the main part of an order to erase the record with this entry."""
    target = '{"entry":"%s","id":"r1","origin":"a.example/log"}' % entry.hex()  # noqa: UP031
    text = f'{{"part":"restricted","target":{target},"type":"erasure_order"}}'
    return text.encode()


async def keep(owner, idx: int, main: bytes, log: int = 1) -> bytes:
    """Store a body as admission does, under the entry that commits to it; return the entry."""
    entry = sha256(main).digest() + sha256(b"restricted").digest()
    await owner.execute(
        "INSERT INTO entries VALUES ($1, $2, $3, $4, 'restricted')", log, idx, entry, main
    )
    return entry


async def test_a_body_is_erased_only_by_an_order_of_the_same_log(owner):
    entry = await keep(owner, 0, b'{"type":"penalty"}')
    erase = "SELECT erase_body(1, 0, 'restricted', $1, now())"
    await keep(owner, 1, order(b"\x07" * 64))  # orders another erasure
    await owner.execute(  # claims to be an order, but its entry commits to something else
        "INSERT INTO entries VALUES (1, 2, $1, $2, NULL)", b"\x01" * 64, order(entry)
    )
    await keep(owner, 3, order(entry))
    await owner.execute("INSERT INTO quarantine VALUES (1, 3, '{x}', '[]')")
    await keep(owner, 4, order(entry), log=2)
    for idx in (0, 1, 2, 3, 4, 5):
        with pytest.raises(asyncpg.RestrictViolationError, match="no erasure order"):
            await owner.execute(erase, idx)
    await keep(owner, 6, order(entry))
    with pytest.raises(asyncpg.RestrictViolationError, match="no erasure order"):
        await owner.execute("SELECT erase_body(1, 0, 'both', 6, now())")  # more than it orders
    await owner.execute(erase, 6)
    row = await owner.fetchrow("SELECT entry, main, restricted FROM entries WHERE idx = 0")
    assert tuple(row) == (entry, b'{"type":"penalty"}', None)
    assert await owner.fetchval("SELECT order_idx FROM erasures WHERE log_id = 1") == 6
    with pytest.raises(asyncpg.RestrictViolationError, match="append-only"):
        await owner.execute("DELETE FROM entries")


async def test_the_service_may_erase_by_order_alone(owner, service):
    entry = await keep(owner, 0, b"{}")
    with pytest.raises(asyncpg.RestrictViolationError, match="no erasure order"):
        await service.execute("SELECT erase_body(1, 0, 'both', 1, now())")
    await keep(owner, 2, order(entry))
    await service.execute("SELECT erase_body(1, 0, 'restricted', 2, now())")
    with pytest.raises(asyncpg.InsufficientPrivilegeError):
        await service.execute("INSERT INTO erasures VALUES (1, 0, 'both', 1, 1, now())")
    await service.execute("SET registry.erasing = 'on'")
    with pytest.raises(asyncpg.InsufficientPrivilegeError):
        await service.execute("UPDATE entries SET main = NULL")
