"""The scene of the read side's tests."""

from collections.abc import AsyncIterator

import pytest

from tests.registry.query.scene import Scene, open_scene


@pytest.fixture
async def scene(database, tmp_path) -> AsyncIterator[Scene]:
    async with open_scene(database.service_url, tmp_path / "cosigned") as opened:
        yield opened
