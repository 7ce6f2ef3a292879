"""An open store over a database of the test's own, and somebody else who looks at it."""

import asyncpg
import pytest

from registry.store.engine import open_database


@pytest.fixture
async def db(database):
    """Give the store as the node opens it: the service's role, a small pool."""
    async with open_database(database.service_url, 3) as opened:
        yield opened


@pytest.fixture
async def owner(database):
    """Give the owner's own connection: it sees only what was committed."""
    connection = await asyncpg.connect(database.owner_url)
    yield connection
    await connection.close()
