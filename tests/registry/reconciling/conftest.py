"""One node for all tests of the room, with planted differences among five thousand records."""

from collections.abc import AsyncIterator
from dataclasses import dataclass
from typing import Any

import pytest
import pytest_asyncio

from registry.reconciling.desk import OPERATOR, Reconciling
from tests.registry.reconciling.scene import MEMBER, World
from tests.registry.world import Node, open_node

ALIKE = 4_900


@dataclass
class Reconciled:
    """A node, what was planted, and the run that was made of it."""

    node: Node
    desk: Reconciling
    world: World
    run: str


@pytest_asyncio.fixture(scope="session", loop_scope="session")
async def reconciled(
    postgres_server: Any, migrated_template: str, tmp_path_factory: pytest.TempPathFactory
) -> AsyncIterator[Reconciled]:
    name = postgres_server.create(migrated_template)
    url = postgres_server.url(name).replace("://postgres:", "://registry_service:", 1)
    world = World()
    world.alike(ALIKE)
    world.planted()

    async with open_node(url, tmp_path_factory.mktemp("reconcile")) as node:
        await world.state(node)
        desk = Reconciling(node.db, node.charter, node.clock)
        run = await desk.add(MEMBER, "status.csv", world.file(), OPERATOR)
        assert await desk.runner().step() == 1
        yield Reconciled(node, desk, world, run)
    postgres_server.drop(name)


works = pytest.mark.asyncio(loop_scope="session")
"""For tests that share the node: they run in the loop it was opened in."""
