"""One node with a desk for all tests, accounts of departments, and a signing service beside it."""

import asyncio
import csv
import io
import re
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from html import unescape
from pathlib import Path
from typing import Any

import httpx
import pytest
import pytest_asyncio
from litestar import Litestar

from registry.access.keys import Keys
from registry.app import create_app_with
from registry.domain.disclosure import Role
from registry.domain.grants import Grant
from registry.ingest.slots import Slots
from registry.resources import Resources
from registry.settings import DeskSigner
from registry.store.access_keys import KeyStore
from registry.workbench.desk import Workbench
from search.postgres import PostgresEngine
from search.texts.postgres import PostgresTexts
from tests.bench.baselines import sheet_rows
from tests.registry.access.conftest import MEMBERS, MovingClock, settings_for
from tests.registry.exchange.test_socket_signer import serving
from tests.registry.test_app import listening
from tests.registry.world import Node, log_key, node_key, open_node

WUHU = "xinyong.wuhu.example/credit"
CITY, OTHER = "340200", "320100"
MARKET, LABOUR = "芜湖市市场监督管理局", "芜湖市人力资源和社会保障局"
GRANTS = {
    "clerk": Grant(Role.CLERK, CITY, department=MARKET),
    "clerk2": Grant(Role.CLERK, CITY, department=MARKET),
    "labour": Grant(Role.CLERK, CITY, department=LABOUR),
    "reviewer": Grant(Role.REVIEWER, CITY, department=MARKET),
    "all": Grant(Role.REVIEWER, CITY),
    "publisher": Grant(Role.PUBLISHER, CITY),
    "nanjing": Grant(Role.CLERK, OTHER),
    "nanjing-reviewer": Grant(Role.REVIEWER, OTHER),
    "nanjing-publisher": Grant(Role.PUBLISHER, OTHER),
    "regulator": Grant(Role.REGULATOR, CITY, territories=(CITY,)),
}


@dataclass
class Office:
    """The node as its staff reach it; ``keys`` are their credentials."""

    url: str
    http: httpx.AsyncClient
    node: Node
    app: Litestar
    clock: MovingClock
    keys: dict[str, str] = field(default_factory=dict)

    @property
    def bench(self) -> Workbench:
        found: Workbench = self.app.state["workbench"]
        return found

    async def ask(
        self, who: str, method: str, path: str, *, lang: str = "zh", **more: Any
    ) -> httpx.Response:
        headers = {"Accept": "text/html"}
        if who:
            headers["Authorization"] = f"Bearer {self.keys[who]}"
        if method == "POST" and "files" not in more:
            more["data"] = {"lang": lang, **more.get("data", {})}
        return await self.http.request(method, path, headers=headers, **more)

    async def text(self, who: str, path: str, **params: Any) -> str:
        answer = await self.ask(who, "GET", path, params=params or None)
        assert answer.status_code == 200, answer.text[:600]
        return plain(answer.text)

    async def do(self, who: str, path: str, act: str, **data: str) -> str:
        """Send a form that must be taken; return where it leads."""
        answer = await self.ask(who, "POST", path, data={"act": act, **data})
        assert answer.status_code == 303, answer.text[:900]
        return str(answer.headers["location"])

    async def refused(
        self, who: str, path: str, act: str, status: int, said: str, **data: str
    ) -> None:
        answer = await self.ask(who, "POST", path, data={"act": act, **data})
        assert (answer.status_code, said in answer.text) == (status, True), plain(answer.text)[:900]

    async def upload(self, content: bytes, name: str = "处罚.csv", who: str = "clerk") -> str:
        """Upload a file and wait until it is checked; return the address of the submission."""
        answer = await self.ask(who, "POST", "/workbench", files={"file": (name, content)})
        assert answer.status_code == 303, answer.text[:900]
        place = str(answer.headers["location"])
        await self.settle("desk_submissions", "checking")
        return place

    async def settle(self, table: str, state: str) -> None:
        """Wait until nothing is in a state any more."""
        for _ in range(600):
            left = await self.node.db.pool.fetchval(
                f"SELECT count(*) FROM {table} WHERE state = $1", state
            )
            if not left:
                return
            await asyncio.sleep(0.02)
        raise AssertionError((table, state))

    async def sealed(self, content: bytes, who: str = "clerk", by: str = "reviewer") -> str:
        """Bring a file all the way into the log; return the address of its submission."""
        parcel = await self.reviewed(content, who, by)
        await self.do("publisher", parcel, "seal")
        await self.settle("desk_parcels", "sealing")
        return parcel.rpartition("/parcel/")[0]

    async def states(self, place: str) -> list[str]:
        """Return the states of the rows of a submission, in order."""
        rows = await self.node.db.pool.fetch(
            "SELECT state FROM desk_rows WHERE submission = $1 ORDER BY row", place[-32:]
        )
        return [row[0] for row in rows]

    async def size(self, origin: str = WUHU) -> int:
        """Return how many entries a log has."""
        return int((await self.http.get(f"/log/{origin}/size")).json()["size"])

    async def form(self, who: str, place: str, row: int) -> dict[str, str]:
        """Return what the form of a row holds, ready to be sent."""
        answer = await self.ask(who, "GET", f"{place}/row/{row}")
        assert answer.status_code == 200, answer.text[:600]
        return fields(answer.text)

    async def reviewed(self, content: bytes, who: str = "clerk", by: str = "reviewer") -> str:
        """Upload, send and approve a file; return the address of its parcel."""
        place = await self.upload(content, who=who)
        await self.do(who, place, "send")
        await self.do(by, f"{place}/parcel/1", "approve")
        return f"{place}/parcel/1"


def fields(html: str) -> dict[str, str]:
    """Return the cells and the version that the form of a row holds."""
    found = re.findall(
        r'<input type="(?:text|hidden)"[^>]*? name="(c\d+|version|csrf)"[^>]*?value="([^"]*)"', html
    )
    long = re.findall(r'<textarea[^>]* name="(c\d+)"[^>]*>\n(.*?)</textarea>', html, re.DOTALL)
    return {name: unescape(text) for name, text in [*found, *long]}


def plain(html: str) -> str:
    """Return what of a page is text."""
    return re.sub(r"\s+", " ", unescape(re.sub(r"<[^>]+>", " ", html)))


def rows_of(first: int, *changes: dict[str, str]) -> list[dict[str, str]]:
    """Return good rows of the penalty template from a number on, each with its changes."""
    wanted = [row for number, row in enumerate(sheet_rows(first + 40)) if number >= first]
    good = [row for row in wanted if _number(row) % 20]
    return [{**row, **change} for row, change in zip(good, changes, strict=False)]


def _number(row: dict[str, str]) -> int:
    found = re.search(r"〕(\d+)号", row["行政处罚决定书文号"])
    return int(found[1]) if found else 0


def sheet(rows: list[dict[str, str]]) -> bytes:
    out = io.StringIO(newline="")
    writer = csv.DictWriter(out, list(rows[0]))
    writer.writeheader()
    writer.writerows(rows)
    return out.getvalue().encode("utf-8-sig")


@asynccontextmanager
async def open_office(service_url: str, folder: Path, **changed: Any) -> AsyncIterator[Office]:
    """Start a node; its two halves are an app that listens, and what lies under it."""
    clock = MovingClock()
    async with open_node(service_url, folder / "cosigned", clock) as node:
        engine = PostgresEngine(node.db.pool)
        await engine.prepare()
        texts = PostgresTexts(node.db.pool)
        await texts.prepare()
        resources = Resources(
            *(settings_for(folder, **changed), clock, node.db, node.charter, engine, texts),
            *(node_key("mirror"), node_key("witness"), node.door, Slots(2)),
        )
        app = create_app_with(resources)
        async with listening(app) as url, httpx.AsyncClient(base_url=url) as http:
            office = Office(url, http, node, app, clock)
            keys = Keys(KeyStore(node.db), clock)
            for name, grant in GRANTS.items():
                office.keys[name] = (await keys.issue(grant, name, 365, MEMBERS)).text
            yield office


@pytest_asyncio.fixture(scope="session", loop_scope="session")
async def office(
    postgres_server: Any, migrated_template: str, tmp_path_factory: pytest.TempPathFactory
) -> AsyncIterator[Office]:
    name = postgres_server.create(migrated_template)
    url = postgres_server.url(name).replace("://postgres:", "://registry_service:", 1)
    folder = tmp_path_factory.mktemp("desk")
    with serving(log_key(WUHU), folder / "signer"):
        signers = (DeskSigner(member=CITY, socket=folder / "signer"),)
        async with open_office(
            url, folder, desk_signers=signers, public_url="http://127.0.0.1"
        ) as opened:
            yield opened
    postgres_server.drop(name)


works = pytest.mark.asyncio(loop_scope="session")
"""For tests that share the office: they run in the loop it was opened in."""
