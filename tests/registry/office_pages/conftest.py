"""One desk for all tests of this room, on a node whose members have named their offices."""

from collections.abc import AsyncIterator

import pytest
import pytest_asyncio

from tests.registry.access.conftest import Desk, MovingClock, open_desk
from tests.registry.exchange.feed_desk import BUREAU

OFFICES = """
[[offices]]
member = "320100"
name = "南京市市场监督管理局"
kinds = ["market-regulation"]
phone = "025-1"
uscc = "{uscc}"
since = 2026-01-01
source = "示例文号"

[[offices]]
member = "320100"
name = "南京市财政局"
matters = ["public_funds"]
department = "南京财政"
since = 2026-01-01
source = "示例文号"

[[offices]]
member = "340200"
name = "芜湖市发展和改革委员会"
kinds = ["credit"]
since = 2026-01-01
source = "示例文号"
"""


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def standing(
    postgres_server, migrated_template: str, tmp_path_factory: pytest.TempPathFactory
) -> AsyncIterator[Desk]:
    """Open it once for a module."""
    name = postgres_server.create(migrated_template)
    url = postgres_server.url(name).replace("://postgres:", "://registry_service:", 1)
    folder = tmp_path_factory.mktemp("desk")
    offices = folder / "offices.toml"
    offices.write_text(OFFICES.format(uscc=BUREAU), encoding="utf-8")
    async with open_desk(url, folder, MovingClock(), offices=offices) as opened:
        yield opened
    postgres_server.drop(name)
