"""The scene of the read side's tests."""

from collections.abc import AsyncIterator

import asyncpg
import pytest

from tests.registry.query.scene import Scene, open_scene

# A copied database does not inherit what the migration granted on the one it was copied from.
GRANT = """
DO $$ BEGIN
    EXECUTE format('GRANT CREATE ON DATABASE %I TO registry_service', current_database());
END $$
"""


@pytest.fixture
async def scene(database, tmp_path) -> AsyncIterator[Scene]:
    owner = await asyncpg.connect(database.owner_url)
    await owner.execute(GRANT)
    await owner.close()
    async with open_scene(database.service_url, tmp_path / "cosigned") as opened:
        yield opened
