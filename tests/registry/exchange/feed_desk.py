"""A node with an approved consumer, asked over HTTP as the consumer asks."""

import json
from dataclasses import dataclass, field
from datetime import date
from typing import Any

import httpx

from registry.domain.disclosure import Role
from registry.domain.feeds import Terms
from registry.domain.grants import Grant
from registry.exchange.feeds import Feeds
from registry.store.feeds import FeedStore
from tests.registry.access.conftest import MEMBERS, Desk
from tests.registry.query.scene import uscc

BANK = uscc(501, "320100")
BUREAU = "11" + uscc(502, "320100")[2:]
TERMS = Terms(
    name="示例银行", purpose="授信审批前核对公开信用信息", onward="不得转供第三方",
    contact="025-00000000", valid_until=date(2027, 6, 30),
)  # fmt: skip


@dataclass
class Feed:
    """A consumer's end."""

    desk: Desk
    code: str
    key: str
    copy: dict[tuple[str, int], dict[str, Any]] = field(default_factory=dict)
    stopped: dict[int, dict[str, Any]] = field(default_factory=dict)
    cursor: str = ""

    @property
    def feeds(self) -> Feeds:
        feeds: Feeds = self.desk.served.app.state["feeds"]
        return feeds

    @property
    def http(self) -> httpx.AsyncClient:
        return self.desk.served.http

    @property
    def headers(self) -> dict[str, str]:
        return {"Authorization": f"Bearer {self.key}"}

    async def get(self, path: str, **params: object) -> httpx.Response:
        return await self.http.get(f"/api/v1/feeds{path}", params=params, headers=self.headers)

    async def snapshot(self) -> list[dict[str, Any]]:
        """Take everything; return the lines."""
        answer = await self.get("/snapshot")
        assert answer.status_code == 200, answer.text
        lines = [json.loads(line) for line in answer.text.splitlines()]
        head, *records, end = lines
        assert (head["line"], end["line"]) == ("head", "end")
        assert end["count"] == len(records)
        assert end["cursor"] == head["cursor"]
        self.copy = {(one["origin"], one["idx"]): one for one in records}
        self.cursor = end["cursor"]
        return lines

    async def page(self, after: str = "", **params: object) -> dict[str, Any]:
        answer = await self.get("/deltas", after=after or self.cursor, **params)
        assert answer.status_code == 200, answer.text
        page: dict[str, Any] = answer.json()
        return page

    async def keep_up(self, **params: object) -> list[dict[str, Any]]:
        """Take all changes after the cursor; return their lines."""
        lines = []
        while True:
            page = await self.page(**params)
            self.take(page)
            lines += page["lines"]
            if not page["more"]:
                return lines

    def take(self, page: dict[str, Any]) -> None:
        """Keep the copy as whoever reads the lines is told to."""
        for one in page["lines"]:
            if one["line"] == "record":
                self.copy[one["origin"], one["idx"]] = one
            else:
                self.copy.pop((one["origin"], one["idx"]), None)
                self.stopped[one["stop"]] = one
        self.cursor = page["cursor"]

    async def confirm(self, *numbers: int) -> httpx.Response:
        body = {"stops": list(numbers)}
        return await self.http.post("/api/v1/feeds/stops", json=body, headers=self.headers)

    async def step(self) -> None:
        """Let the node do what its loop does."""
        while await self.feeds.loop.step():
            pass


async def approve(desk: Desk, code: str = BANK, terms: Terms = TERMS) -> Feed:
    store = FeedStore(desk.scene.node.db)
    await store.act(code, "approved", "区域办公室", "示例批准", desk.clock.now(), terms)
    key = await desk.keys.issue(Grant(Role.CONSUMER, party=code), "示例系统", 365, MEMBERS)
    return Feed(desk, code, key.text)
