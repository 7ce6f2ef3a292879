"""A desk of its own with records of one enterprise, and whoever has to do with objections."""

import asyncio
import re
from collections.abc import AsyncIterator
from dataclasses import dataclass
from typing import Any

import pytest
import pytest_asyncio

from registry.access.keys import Keys
from registry.domain.disclosure import Role
from registry.domain.grants import Grant
from registry.objections.desk import Objections
from registry.settings import DeskSigner
from registry.store.access_keys import KeyStore
from tests.registry.access.conftest import MEMBERS
from tests.registry.exchange.test_socket_signer import serving
from tests.registry.query.scene import sid
from tests.registry.workbench.conftest import (
    CITY,
    MARKET,
    WUHU,
    Office,
    open_office,
    rows_of,
    sheet,
)
from tests.registry.world import log_key

NAME, CODE = "行政相对人名称", "行政相对人代码_1(统一社会信用代码)"
RECORDS = 22
OFFICES = f"""
[[offices]]
member = "{CITY}"
name = "{MARKET}"
kinds = ["market-regulation"]
since = 2026-01-01
source = "示例文号"
"""
WISH = {
    "about": "record",
    "grounds": "处罚决定书所列产品批次不是本企业生产。",
    "person": "示例经办人",
    "contact": "025-00000000",
}


@dataclass
class Counter:
    """The office with the enterprise whose records are disputed: the first places of the log."""

    office: Office
    firm: str
    code: str
    numbers: list[str]
    at: int = 0

    @property
    def desk(self) -> Objections:
        found: Objections = self.office.app.state["objections"]
        return found

    @property
    def pool(self) -> Any:
        return self.office.node.db.pool

    def place(self) -> str:
        """Return the place of a record that no test has used yet."""
        self.at += 1
        return f"{WUHU}/{self.at - 1}"

    async def filed(self, place: str = "", who: str = "firm", **changed: str) -> str:
        """File an objection; return its address."""
        data = {**WISH, "record": place or self.place(), **changed}
        answer = await self.office.ask(who, "POST", "/objections/new", data=data)
        assert answer.status_code == 303, answer.text[:900]
        found: str = answer.headers["location"].partition("?")[0]
        return found

    async def act(self, who: str, case: str, act: str, **data: str) -> str:
        """Do something that must be taken, on the version that stands."""
        version = str(await self.version(case))
        return await self.office.do(who, case, act, **{"version": version, **data})

    async def refused(
        self, who: str, case: str, act: str, status: int, said: str, **data: str
    ) -> None:
        data = {"version": str(await self.version(case)), **data}
        await self.office.refused(who, case, act, status, said, **data)

    async def version(self, case: str) -> int:
        found = await self.column(case, "version")
        return int(found)

    async def column(self, case: str, name: str) -> Any:
        return await self.pool.fetchval(f"SELECT {name} FROM objections WHERE id = $1", case[-32:])

    async def approved(self, case: str, act: str, **data: str) -> None:
        """Have something drafted by a clerk and approved by a reviewer."""
        await self.act("clerk", case, act, **data)
        await self.act("reviewer", case, "approve")

    async def sealed(self, case: str, column: str) -> None:
        """Have the record sealed that waits, until the desk has seen it in the log."""
        await self.office.do("publisher", case, "seal")
        await self.until(case, column)

    async def until(self, case: str, column: str) -> None:
        """Wait until the desk has noted something."""
        for _ in range(600):
            if await self.column(case, column) is not None:
                return
            await asyncio.sleep(0.02)
        raise AssertionError(column)

    async def marked(self, place: str = "") -> str:
        """Return an objection that is accepted and whose record is marked."""
        case = await self.filed(place)
        await self.approved(case, "accept", text="信用主体对信息内容有异议。")
        await self.sealed(case, "mark_idx")
        return case

    async def corrected(self, case: str) -> None:
        """Begin the draft that follows, once, and bring it into the log."""
        place = await self.act("clerk", case, "correct")
        assert place.startswith("/workbench/")
        assert await self.act("clerk", case, "correct") == place, "begun once"
        await self.office.settle("desk_submissions", "checking")
        assert await self.office.states(place) == ["good"]
        await self.office.do("clerk", place, "send")
        await self.office.do("reviewer", f"{place}/parcel/1", "approve")
        await self.office.do("publisher", f"{place}/parcel/1", "seal")
        await self.office.settle("desk_parcels", "sealing")

    async def acts_of(self, case: str) -> list[tuple[str, bool]]:
        """Return the withdrawal or amendment that came of it, and whether it has effect."""
        rows = await self.pool.fetch(
            "SELECT type, competent FROM records WHERE record_id = $1",
            f"objection-act-{case[-32:]}",
        )
        return [(row[0], row[1]) for row in rows]

    async def letter(self, who: str, case: str, title: str) -> str:
        """Return the text of the newest letter with a title, as whoever asks reads it."""
        page = (await self.office.ask(who, "GET", case)).text
        links = re.findall(rf'<a href="([^"]+/letter/\d+)">{title}</a>', page)
        return await self.office.text(who, links[-1])


@pytest_asyncio.fixture(scope="session", loop_scope="session")
async def counter(
    postgres_server: Any, migrated_template: str, tmp_path_factory: pytest.TempPathFactory
) -> AsyncIterator[Counter]:
    name = postgres_server.create(migrated_template)
    url = postgres_server.url(name).replace("://postgres:", "://registry_service:", 1)
    folder = tmp_path_factory.mktemp("objections")
    with serving(log_key(WUHU), folder / "signer"):
        (folder / "offices.toml").write_text(OFFICES, encoding="utf-8")
        signers = (DeskSigner(member=CITY, socket=folder / "signer"),)
        named = {"desk_signers": signers, "offices": folder / "offices.toml"}
        async with open_office(url, folder, **named) as office:
            yield await _with_records(office)
    postgres_server.drop(name)


async def _with_records(office: Office) -> Counter:
    first, other = rows_of(0, {}, {})
    about = {NAME: first[NAME], CODE: first[CODE]}
    rows = [
        *rows_of(0, *([about] * RECORDS)),
        rows_of(100, {NAME: other[NAME], CODE: other[CODE]})[0],
    ]
    await office.sealed(sheet(rows))
    keys = Keys(KeyStore(office.node.db), office.clock)
    grants = {
        "firm": Grant(Role.BUSINESS, subject=sid(first[CODE])),
        "rival": Grant(Role.BUSINESS, subject=sid(other[CODE])),
        "front": Grant(Role.CLERK, CITY),
        "reviewer2": Grant(Role.REVIEWER, CITY, department=MARKET),
        "region": Grant(Role.REGION),
        "nanjing-regulator": Grant(Role.REGULATOR, "320100", territories=("320100",)),
    }
    for name, grant in grants.items():
        office.keys[name] = (await keys.issue(grant, name, 365, MEMBERS)).text
    return Counter(office, first[NAME], first[CODE], [row["行政处罚决定书文号"] for row in rows])
