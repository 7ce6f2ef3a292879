"""One node for all tests of a module, each about enterprises of its own; 芜湖 has adopted R02."""

from collections.abc import AsyncIterator
from dataclasses import dataclass
from typing import Any

import httpx
import pytest
import pytest_asyncio

from registry.domain.disclosure import Role
from registry.domain.grants import Grant
from signing.report import OpenedReport, open_report
from tests.registry.access.conftest import MEMBERS, Desk, MovingClock, open_desk
from tests.registry.query.scene import WUHU, firm, sid, uscc

API = "/api/v1/reports"
PURPOSE = "示例项目（二标段）投标资格审查"
PARTY = uscc(88, "320100")


@dataclass
class Stand:
    """The node, and what somebody does with reports there."""

    desk: Desk
    owner_url: str = ""

    async def key(self, number: int, party: str = "") -> str:
        """A key of firm ``number``, or of a party for it."""
        role = Role.THIRD_PARTY if party else Role.BUSINESS
        grant = Grant(role, subject=sid(uscc(number)), party=party)
        return (await self.desk.keys.issue(grant, "示例系统", 30, MEMBERS)).text

    async def ask(self, key: str, **wish: Any) -> httpx.Response:
        headers = {"Authorization": f"Bearer {key}"} if key else {}
        body = {"purpose": PURPOSE, **wish}
        return await self.desk.served.http.post(API, json=body, headers=headers)

    async def take(self, key: str, **wish: Any) -> OpenedReport:
        """Take a report, and open it as whoever gets it will."""
        answer = await self.ask(key, **wish)
        assert answer.status_code == 201, answer.text[:800]
        opened = open_report(answer.content, self.desk.scene.node.charter)
        assert answer.headers["location"] == f"{API}/{opened.report.code}"
        return opened

    async def refused(self, key: str, status: int, code: str, **wish: Any) -> httpx.Response:
        answer = await self.ask(key, **wish)
        assert (answer.status_code, answer.json()["code"]) == (status, code), answer.text
        assert answer.json()["detail"] != answer.json()["detail_en"]
        return answer

    async def told(self, code: str) -> dict[str, Any]:
        """What anybody is told of a report by its code."""
        answer = await self.desk.get(f"{API}/{code}", purpose="")
        assert answer.status_code == 200, answer.text
        return answer.json()

    async def file(self, key: str | None, code: str) -> httpx.Response:
        return await self.desk.get(f"{API}/{code}/file", key, purpose="")


def of(number: int) -> dict[str, object]:
    """Firm ``number`` as records name it."""
    return firm(number, f"示例第{number}号企业有限公司")


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def stand(
    postgres_server: Any, migrated_template: str, tmp_path_factory: pytest.TempPathFactory
) -> AsyncIterator[Stand]:
    name = postgres_server.create(migrated_template)
    owner_url = postgres_server.url(name)
    url = owner_url.replace("://postgres:", "://registry_service:", 1)
    folder = tmp_path_factory.mktemp("reports")
    async with open_desk(url, folder, MovingClock(), max_reports_daily=5) as opened:
        await opened.scene.rules((WUHU, "R02", "340200"))
        yield Stand(opened, owner_url)
    postgres_server.drop(name)


together = pytest.mark.asyncio(loop_scope="module")
"""Tests that share the node run in the loop it was opened in."""
