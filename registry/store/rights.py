"""What the service's role may do that it must not: asked of the catalogue, nothing is tried."""

from typing import Final

from registry.store.engine import Database

NEWEST: Final = "case_requests"
"""A table of the latest migration: where it is missing, migrations have not run."""

MUTABLE: Final = (
    *("log_heads", "cursors", "follows", "feed_holdings", "feed_reads", "feed_hooks", "feed_dead"),
    *("screenings", "screening_results", "saved_searches"),
    *("desk_submissions", "desk_files", "desk_rows", "desk_parcels"),
    *("objections", "reconcile_runs", "reconcile_files", "export_sequences"),
)
"""Tables that the service may update; nothing else, and it may delete nowhere."""


async def migrated(db: Database) -> bool:
    """Tell whether the tables of this software are there."""
    found: bool = await db.pool.fetchval("SELECT to_regclass($1) IS NOT NULL", NEWEST)
    return found


async def too_many_rights(db: Database) -> tuple[str, ...]:
    """Return rights of the connected role beyond those of the service, as ``DELETE entries``."""
    rows = await db.pool.fetch(_TOO_MANY, MUTABLE)
    return tuple(row[0] for row in rows)


_TOO_MANY = """
SELECT 'SUPERUSER ' || rolname FROM pg_roles WHERE rolname = current_user AND rolsuper
UNION ALL
SELECT p.privilege || ' ' || t.relname FROM pg_class t
JOIN pg_namespace n ON n.oid = t.relnamespace AND n.nspname = 'public',
    (VALUES ('UPDATE'), ('DELETE'), ('TRUNCATE')) AS p (privilege)
WHERE t.relkind IN ('r', 'p')
    AND NOT (SELECT rolsuper FROM pg_roles WHERE rolname = current_user)  -- says it all
    AND has_table_privilege(t.oid, p.privilege)
    AND NOT (p.privilege = 'UPDATE' AND t.relname = ANY($1::text[]))
ORDER BY 1 LIMIT 20
"""
