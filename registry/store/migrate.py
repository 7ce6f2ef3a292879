"""Migrations: forward only, repeatable, under an advisory lock.

Piccolo keeps the list of what ran; each migration is a file ``registry_NNNN_*.py`` beside the raw
SQL it runs. Piccolo records a migration after its transaction, so each must be safe to run twice.
"""

import io
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, redirect_stdout
from pathlib import Path

import asyncpg
from piccolo.apps.migrations.commands.forwards import ForwardsMigrationManager
from piccolo.apps.migrations.tables import Migration
from piccolo.conf.apps import AppConfig

import migrations
from registry.errors import NodeError
from registry.store.engine import engine_pool, start_engine

FOLDER = Path(migrations.__file__).parent
APP = "registry"
_LOCK = 0x7265_6769  # "regi": one migration at a time on a database


async def migrate(owner_url: str) -> tuple[str, ...]:
    """Run what has not run; return the ids of what ran now, and not in another process.

    Raises:
        NodeError: the database cannot be reached or a migration failed; nothing is half done.
    """
    async with _owner(owner_url):
        before = set(await _ran())
        with redirect_stdout(io.StringIO()):
            result = await ForwardsMigrationManager(app_name=APP).run_migrations(_config())
        if not result.success:
            message = f"迁移失败 / a migration failed: {result.message}"
            raise NodeError(message)
        return tuple(sorted(set(await _ran()) - before))


async def pending(owner_url: str) -> tuple[str, ...]:
    """Return the ids of migrations that have not run; raises NodeError."""
    async with _owner(owner_url):
        with redirect_stdout(io.StringIO()):
            modules = ForwardsMigrationManager(app_name=APP).get_migration_modules(str(FOLDER))
        return tuple(sorted(set(modules) - set(await _ran())))


@asynccontextmanager
async def _owner(owner_url: str) -> AsyncIterator[None]:
    """Hold the lock on migrations, with Piccolo's table of them bound and there."""
    engine = await start_engine(owner_url, min_size=1, max_size=2)
    Migration._meta.db = engine  # noqa: SLF001 - as in registry.store.engine.bind
    try:
        async with engine_pool(engine).acquire() as connection:
            await connection.execute("SELECT pg_advisory_lock($1)", _LOCK)
            try:
                with redirect_stdout(io.StringIO()):
                    await ForwardsMigrationManager(app_name=APP).create_migration_table()
                yield
            finally:
                await connection.execute("SELECT pg_advisory_unlock($1)", _LOCK)
    except asyncpg.PostgresError as error:
        message = f"迁移失败 / a migration failed: {error}"
        raise NodeError(message) from error
    finally:
        await engine.close_connection_pool()


async def _ran() -> list[str]:
    return await Migration.get_migrations_which_ran(app_name=APP)


def _config() -> AppConfig:
    return AppConfig(app_name=APP, migrations_folder_path=str(FOLDER), table_classes=[])
