"""How the charter stands is told by health, by every answer and on every page; reading goes on."""

from collections.abc import AsyncIterator
from datetime import datetime, timedelta

import pytest
from pydantic import SecretStr

from registry.clock import SHANGHAI
from registry.settings import Settings
from tests.registry.api.conftest import BATCH, WUHU, Served, serve
from tests.registry.api.test_witness import request
from tests.registry.world import NODE, NOON, line, open_node

ENDS = datetime(2030, 12, 31, tzinfo=SHANGHAI)
DAY = timedelta(days=1)
SECOND = timedelta(seconds=1)
HTML = {"Accept": "text/html"}


class Moving:
    """A clock that a test moves."""

    def __init__(self) -> None:
        self.at = NOON

    def now(self) -> datetime:
        return self.at


@pytest.fixture
def clock() -> Moving:
    return Moving()


@pytest.fixture
async def served(database, tmp_path, clock) -> AsyncIterator[Served]:
    settings = Settings(node_name=NODE, data_dir=tmp_path, key_password=SecretStr("x"))
    async with (
        open_node(database.service_url, tmp_path, clock) as node,
        serve(node, settings, clock) as whole,
    ):
        assert (await whole.publish([line(0)])).is_success
        yield whole


@pytest.mark.parametrize(
    ("at", "state", "days"),
    [
        (ENDS - 60 * DAY - SECOND, "in-force", 61),
        (ENDS - 60 * DAY, "ends-soon", 60),
        (ENDS + DAY - SECOND, "ends-soon", 0),
        (ENDS + DAY, "grace", 29),
        (ENDS + 31 * DAY - SECOND, "grace", 0),
        (ENDS + 31 * DAY, "ended", 1),
    ],
)
async def test_every_boundary_is_a_midnight_in_shanghai(served, clock, at, state, days):
    clock.at = at
    answer = await served.http.get("/health")
    told = answer.json()["charter"]
    assert (told["state"], told["days"], told["version"]) == (state, days, 1)
    assert (told["expires_on"], told["last_day"]) == ("2030-12-31", "2031-01-30")
    assert told["digest"] == served.node.charter.digest.hex()
    assert bool(told["notice"]) == bool(told["notice_en"]) == (state != "in-force")
    expired = state in {"grace", "ended"}
    header = f"{state}; version=1; last-day=2031-01-30" if expired else None
    assert answer.headers.get("Registry-Charter") == header
    admitted = await served.publish([line(1)])
    assert admitted.is_success == (state != "ended")
    seen = await served.http.post("/witness/add-checkpoint", content=request(0, 3))
    assert seen.is_success == (state != "ended")
    if state == "ended":
        assert {answer.json()["code"] for answer in (admitted, seen)} == {"charter-expired"}
        assert admitted.json()["last_day"] == "2031-01-30"


async def test_after_the_end_everything_is_read_and_says_so(served, clock):
    clock.at = ENDS + 31 * DAY
    for path in (
        f"/log/{WUHU}/checkpoint", f"/log/{WUHU}/proof/0", f"/log/{WUHU}/size", "/charter",
        "/api/v1/logs", "/api/v1/search?q=示例",
    ):  # fmt: skip
        answer = await served.http.get(path)
        assert answer.is_success, path
        assert answer.headers["Registry-Charter"].startswith("ended;")
    page = await served.http.get("/", headers=HTML)
    assert "已于 2030-12-31 到期" in page.text
    assert "expired on 2030-12-31" in (await served.http.get("/?lang=en", headers=HTML)).text
    body = served.publisher.seal([line(5)])
    checked = await served.http.post(f"/log/{WUHU}/check", content=body, headers=BATCH)
    assert checked.is_success  # the dry run promises nothing
    clock.at = NOON
    assert "到期" not in (await served.http.get("/", headers=HTML)).text


async def test_the_problem_type_is_documented(served):
    found = (await served.http.get("/problems/charter-expired")).json()
    assert found["status"] == 403
