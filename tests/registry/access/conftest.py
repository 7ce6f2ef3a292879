"""A whole node with records of every range, keys for every role, and an issuer of tokens."""

import asyncio
import shutil
from collections.abc import AsyncIterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import asynccontextmanager
from copy import deepcopy
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from functools import cache
from pathlib import Path
from typing import Any
from urllib.parse import quote

import httpx
import pytest
import pytest_asyncio
from pydantic import SecretStr

from registry.access.keys import Keys
from registry.domain.disclosure import Role
from registry.domain.grants import Grant
from registry.settings import Settings
from registry.store.access_keys import KeyStore
from tests.conftest import Server
from tests.fakes.issuer import AUDIENCE, CLIENT, SECRET, FakeIssuer, issuing
from tests.pages.conftest import HTML
from tests.registry.api.conftest import Served, serve
from tests.registry.api.test_uploads import problem
from tests.registry.query.scene import (
    NANJING,
    WUHU,
    Placed,
    Scene,
    act,
    open_scene,
    other,
    penalty,
    registration,
    sid,
    uscc,
)
from tests.registry.world import NODE, NOON, PARTIES, Publisher

ONE = sid(uscc(1))
TWO = sid(uscc(2))
PARTY = uscc(77, "320100")
"""Whom firm 1 lets read what is given on authorisation."""
NOBODY = "0" * 32
PURPOSE = "示例项目投标人资格审查"
MEMBERS = frozenset(code for code, _, _, _ in PARTIES.values())
GRANTS = {
    Role.BUSINESS: Grant(Role.BUSINESS, subject=ONE),
    Role.CLERK: Grant(Role.CLERK, "340200"),
    Role.REVIEWER: Grant(Role.REVIEWER, "340200"),
    Role.PUBLISHER: Grant(Role.PUBLISHER, "340200"),
    Role.REGULATOR: Grant(Role.REGULATOR, "320100", territories=("320100",)),
    Role.PROCURER: Grant(
        Role.PROCURER, "320100", territories=("320100", "340200"), matters=("tender",)
    ),
    Role.THIRD_PARTY: Grant(Role.THIRD_PARTY, subject=ONE, party=PARTY),
    Role.REGION: Grant(Role.REGION),
    Role.AUDITOR: Grant(Role.AUDITOR),
    Role.OPERATOR: Grant(Role.OPERATOR),
    Role.CONSUMER: Grant(Role.CONSUMER, party=PARTY),
}


@dataclass
class MovingClock:
    """Stands still until it is moved."""

    moment: datetime = NOON

    def now(self) -> datetime:
        return self.moment

    def go(self, **by: float) -> None:
        self.moment += timedelta(**by)


@dataclass
class Desk:
    """The node, its clock, and a key of each role."""

    served: Served
    scene: Scene
    clock: MovingClock
    keys: Keys
    texts: dict[Role, str] = field(default_factory=dict)
    placed: dict[str, Placed] = field(default_factory=dict)
    service_url: str = ""
    owner_url: str = ""
    since: int = -1  # the last row of the access log that was there before this test

    async def get(
        self, path: str, who: Role | str | None = None, purpose: str = PURPOSE, **params: str
    ) -> httpx.Response:
        text = self.texts[who] if isinstance(who, Role) else who
        headers = {"Authorization": f"Bearer {text}"} if text else {}
        if purpose:
            headers["Registry-Purpose"] = quote(purpose)
        return await self.served.http.get(path, headers=headers, params=params or None)

    async def refused(self, path: str, text: str, status: int, code: str) -> None:
        """Ask with a credential that must be refused: a problem, the header, a row of the log."""
        before = await self.log()
        answer = await self.get(path, text)
        told = problem(answer, status, code)
        assert told["title"]
        assert told["title_en"]
        assert told["detail_en"] != told["detail"]
        assert answer.headers["www-authenticate"].startswith('Bearer realm="registry"')
        rows = (await self.log())[len(before) :]
        assert [(row["kind"], row["outcome"]) for row in rows] == [("credential", code)]

    async def log(self) -> list[dict[str, Any]]:
        rows = await self.scene.node.db.pool.fetch(
            "SELECT * FROM access_log WHERE seq > $1 ORDER BY seq", self.since
        )
        return [dict(row) for row in rows]

    async def said(self) -> list[tuple[str, ...]]:
        """Return of each row of the log: role, kind, subject or place, outcome."""
        return [
            (row["role"], row["kind"], row["subject"] or row["place"], row["outcome"])
            for row in await self.log()
        ]


async def fill(scene: Scene) -> dict[str, Placed]:
    """State of firm 1 one record of each range, and of firm 2 what only members share."""
    shared = {"publication": "government"}
    wuhu = {
        "registration": registration(),
        "penalty": penalty(),
        "repaired": penalty(),
        "hidden": penalty(subject=second(), **shared),
    }
    nanjing = {
        "minor": penalty(severity={**CLASS, "class": "minor"}),
        "government": penalty(**shared),
        "authorised": penalty(publication="authorised"),
    }
    placed: dict[str, Placed] = {}
    for origin, mains in ((WUHU, wuhu), (NANJING, nanjing)):
        placed |= zip(mains, await scene.state(origin, *mains.values()), strict=True)
        assert not scene.quarantined, scene.quarantined
    placed["authorisation"] = await scene.one(WUHU, authorisation())
    placed["repair"] = await scene.one(WUHU, act("repair", placed["repaired"], "2026-09-01"))
    return placed


def authorisation(**members: Any) -> dict[str, object]:
    """Firm 1 lets the party read its penalties and permits for a year."""
    usual = {
        "third_party": {"name": "南京示例市政工程有限公司", "uscc": PARTY},
        "purpose": PURPOSE, "sections": ["penalty", "permit"],
        "valid_from": "2026-03-10", "valid_until": "2027-03-09", "decided_on": "2026-03-10",
        "publication": "authorised", "severity": {"class": "unclassified"},
    }  # fmt: skip
    return other("authorisation", **{**usual, **members})


CLASS = {"organ": "芜湖市市场监督管理局", "rule": "示例分类标准"}


def second() -> dict[str, object]:
    return {"kind": "organisation", "name": "示例第二贸易有限公司", "uscc": uscc(2)}


def settings_for(folder: Path, **changes: Any) -> Settings:
    usual = {"public_url": "https://node.example", "key_password": SecretStr("x")}
    return Settings(node_name=NODE, data_dir=folder, **{**usual, **changes})


@pytest.fixture
def clock() -> MovingClock:
    return MovingClock()


@pytest.fixture
async def issuer(clock: MovingClock) -> AsyncIterator[FakeIssuer]:
    async with issuing(FakeIssuer(clock)) as running:
        yield running


ROLES = [
    {"claim": "groups", "value": "regulators", "role": "regulator", "member": "320100",
     "territories": ["320100"]},
    {"claim": "groups", "value": "clerks", "role": "clerk", "member_claim": "city"},
    {"claim": "kind", "value": "enterprise", "role": "business", "subject_claim": "uscc"},
    {"claim": "groups", "value": "auditors", "role": "auditor"},
]  # fmt: skip


def oidc(issuer: FakeIssuer, **changes: Any) -> dict[str, Any]:
    return {
        "oidc_issuer": issuer.url,
        "oidc_audience": AUDIENCE,
        "oidc_client_id": CLIENT,
        "oidc_client_secret": SecretStr(SECRET),
        "oidc_roles": ROLES,
        **changes,
    }


@pytest.fixture
def changed() -> dict[str, Any]:
    """Settings that a module or test wants otherwise."""
    return {}


@asynccontextmanager
async def open_desk(
    service_url: str,
    folder: Path,
    clock: MovingClock,
    begun: "Begun | None" = None,
    **changed: Any,
) -> AsyncIterator[Desk]:
    """Open a node over a database that is a copy of one begun before, or begin it."""
    if begun is not None:
        shutil.copytree(begun.cosigned, folder / "cosigned")
    async with (
        open_scene(service_url, folder / "cosigned") as scene,
        serve(scene.node, settings_for(folder, **changed), clock) as served,
    ):
        keys = Keys(KeyStore(scene.node.db), clock)
        if begun is not None:
            scene.publishers = deepcopy(begun.publishers)
            texts, placed = dict(begun.texts), dict(begun.placed)
        else:
            placed, texts = await fill(scene), {}
            for role, grant in GRANTS.items():
                texts[role] = (await keys.issue(grant, "示例系统", 365, MEMBERS)).text
        yield Desk(served, scene, clock, keys, texts, placed, service_url)


@dataclass(frozen=True)
class Begun:
    """A desk that nothing was asked of yet: its database, for copies, and what it was left with."""

    database: str
    cosigned: Path
    publishers: dict[str, Publisher]
    texts: dict[Role, str]
    placed: dict[str, Placed]


@cache
def begin(server: Server, template: str, folder: Path) -> Begun:
    """Fill a database for every desk of this process."""
    name = server.create(template)

    async def filled() -> Begun:
        async with open_desk(server.service_url(name), folder, MovingClock()) as desk:
            publishers = deepcopy(desk.scene.publishers)
            return Begun(name, folder / "cosigned", publishers, desk.texts, desk.placed)

    with ThreadPoolExecutor(1) as thread:  # apart from the event loops of the tests
        return thread.submit(asyncio.run, filled()).result()


@pytest.fixture(scope="session")
def begun(
    postgres_server: Server, migrated_template: str, tmp_path_factory: pytest.TempPathFactory
) -> Begun:
    folder = tmp_path_factory.getbasetemp() / "desk-begun"
    return begin(postgres_server, migrated_template, folder)


@pytest.fixture
async def desk(
    postgres_server: Server,
    begun: Begun,
    tmp_path: Path,
    clock: MovingClock,
    changed: dict[str, Any],
) -> AsyncIterator[Desk]:
    name = postgres_server.create(begun.database)
    url = postgres_server.service_url(name)
    async with open_desk(url, tmp_path, clock, begun, **changed) as opened:
        yield replace(opened, owner_url=postgres_server.url(name))
    postgres_server.drop(name)


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def standing(
    postgres_server: Server, begun: Begun, tmp_path_factory: pytest.TempPathFactory
) -> AsyncIterator[Desk]:
    """Open one desk for all tests of a module that only read."""
    name = postgres_server.create(begun.database)
    url, folder = postgres_server.service_url(name), tmp_path_factory.mktemp("desk")
    async with open_desk(url, folder, MovingClock(), begun) as opened:
        yield opened
    postgres_server.drop(name)


@pytest_asyncio.fixture(loop_scope="module")
async def reading(standing: Desk) -> Desk:
    """Give the module's desk to a test that only reads: its log begins here, its limits are whole.

    Such a test is marked ``reads``, so that it runs in the loop the desk was opened in.
    """
    standing.clock.go(minutes=2)
    rows = await replace(standing, since=-1).log()
    return replace(standing, since=rows[-1]["seq"] if rows else -1)


reads = pytest.mark.asyncio(loop_scope="module")


__all__ = ["HTML"]
