"""The node as it starts and stops: resources, follower, settings, and the journey in a browser."""

import asyncio
import re
import socket
from contextlib import asynccontextmanager, contextmanager
from urllib.parse import quote

import httpx
import pytest
import uvicorn
from pydantic import SecretStr

from registry.app import create_app
from registry.clock import FixedClock
from registry.errors import NodeError
from registry.ledger import charters
from registry.ledger.charters import Charters
from registry.parts import site_of
from registry.resources import MIRROR, WITNESS, next_node_key, open_resources
from registry.settings import Settings
from registry.store.engine import open_database
from signing.checkpoint import Checkpoint, sign_checkpoint
from signing.keys import SigningKey
from signing.merkle import EMPTY_ROOT
from tests.fakes.reader import FIRM, SUBJECT, FakeReader
from tests.meilisearch import KEY
from tests.pages.conftest import app_over
from tests.registry.api.conftest import BATCH, running
from tests.registry.world import NODE, NOON, WUHU, Publisher, charter, line, log_key, node_key

PASSWORD = b"only for tests"


@pytest.fixture
def settings(database, tmp_path) -> Settings:
    """A node that finds its charter and its keys."""
    region = tmp_path / "charter"
    region.write_bytes(charter().note)
    made = Settings(
        node_name=NODE,
        data_dir=tmp_path / "node",
        database_url=database.service_url,
        owner_url=database.owner_url,
        charter=region,
        key_password=SecretStr(PASSWORD.decode()),
    )
    made.keys_dir.mkdir(parents=True)
    for use in (MIRROR, WITNESS):
        (made.keys_dir / f"{use}.key").write_bytes(node_key(use).to_pem(PASSWORD))
    return made


@pytest.mark.meilisearch
async def test_with_the_address_of_a_meilisearch_that_answers(settings, meilisearch_server):
    chosen = {"search_url": meilisearch_server.url, "search_key": SecretStr(KEY)}
    app = create_app(settings.model_copy(update=chosen), FixedClock(NOON))
    transport = httpx.ASGITransport(app, raise_app_exceptions=False)
    async with (
        running(app),
        httpx.AsyncClient(transport=transport, base_url="http://node.example") as http,
    ):
        batch = Publisher(WUHU).seal([line(0), line(1)])
        assert (await http.post(f"/log/{WUHU}/batch", content=batch, headers=BATCH)).is_success
        for _ in range(300):
            found = (await http.get("/api/v1/search", params={"q": FIRM})).json()
            if found["hits"] and not found["degraded"]:
                break
            await asyncio.sleep(0.1)
        assert [hit["name"] for hit in found["hits"]] == [FIRM]
        assert not found["degraded"]
        meilisearch_server.kill()
        found = (await http.get("/api/v1/search", params={"q": FIRM})).json()
        assert [hit["name"] for hit in found["hits"]] == [FIRM]
        assert found["degraded"]
    meilisearch_server.start()


async def test_a_node_starts_admits_indexes_answers_and_stops(settings):
    app = create_app(settings, FixedClock(NOON), examples=["示例建设"])
    transport = httpx.ASGITransport(app, raise_app_exceptions=False)
    async with (
        running(app),
        httpx.AsyncClient(transport=transport, base_url="http://node.example") as http,
    ):
        assert (await http.get("/health")).json()["status"] == "ok"
        batch = Publisher(WUHU).seal([line(0), line(1)])
        assert (await http.post(f"/log/{WUHU}/batch", content=batch, headers=BATCH)).is_success
        for _ in range(100):
            results = await http.get("/search", params={"q": FIRM}, headers={"Accept": "text/html"})
            if "/subject/" in results.text:
                break
            await asyncio.sleep(0.1)
        link = re.search(r'href="(/subject/[0-9a-f]{32})"', results.text)
        assert link, results.text
        subject = await http.get(link[1])
        assert "行政处罚信息" in subject.text
        assert "registry search-quality" in (await http.get("/search-quality")).text
        home = (await http.get("/")).text
        assert f"/search?q={quote('示例建设')}" in home
        assert "南京都市圈" in home
    assert [task for task in asyncio.all_tasks() if "run" in str(task.get_coro())] == []


async def test_a_node_without_its_charter_does_not_start(settings):
    app = create_app(settings.model_copy(update={"charter": settings.data_dir / "none"}))
    with pytest.raises((NodeError, ExceptionGroup)):
        async with app.lifespan():
            pytest.fail("it started")


async def starts_with(settings, **changes) -> int:
    """Open the resources of a node; return the version of the charter in force."""
    async with open_resources(settings.model_copy(update=changes), FixedClock(NOON)) as opened:
        return opened.charter.version


async def test_a_node_takes_a_later_version_at_its_start_and_never_goes_back(settings, tmp_path):
    folder = tmp_path / "charters"
    folder.mkdir()
    for version in (1, 2):
        (folder / f"{version}.charter").write_bytes(charter(version).note)
    assert await starts_with(settings) == 1
    assert await starts_with(settings, charter=folder) == 2
    assert await starts_with(settings) == 2  # the file of version 1 is still named
    assert await starts_with(settings, charter=None) == 2
    forked = tmp_path / "forked"
    forked.write_bytes(charter(2, competences={WUHU: ["x"]}).note)
    skipped = tmp_path / "skipped"
    skipped.write_bytes(charter(4).note)
    for path, code in ((forked, "charter-forked"), (skipped, "charter-skipped")):
        with pytest.raises(NodeError, match=code):
            await starts_with(settings, charter=path)
    digest = charter(1).digest.hex()
    assert await starts_with(settings, charter_digest=f"sha256:{digest}") == 2
    with pytest.raises(NodeError, match="charter-pinned"):
        await starts_with(settings, charter_digest=charter(2).digest.hex())


async def test_a_running_node_takes_over_what_is_adopted(settings, monkeypatch):
    monkeypatch.setattr(charters, "LOOK_EVERY", 0.01)
    new_key = {"vkey": str(log_key(WUHU, 1).vkey), "from": "2026-01-01T00:00:00Z"}
    app = create_app(settings, FixedClock(NOON))
    transport = httpx.ASGITransport(app, raise_app_exceptions=False)
    async with (
        running(app),
        httpx.AsyncClient(transport=transport, base_url="http://node.example") as http,
        open_database(settings.database_url, 2) as db,
    ):
        old, new = Publisher(WUHU), Publisher(WUHU, generation=1)
        to = f"/log/{WUHU}/batch"
        refused = await http.post(to, content=new.seal([line(0)]), headers=BATCH)
        assert (refused.status_code, refused.json()["code"]) == (403, "unknown-key")
        seen = sign_checkpoint(Checkpoint(WUHU, 0, EMPTY_ROOT), log_key(WUHU, 1))
        asked = b"old 0\n\n" + seen
        assert (await http.post("/witness/add-checkpoint", content=asked)).status_code == 403
        second = charter(2, keys={WUHU: [new_key]}, region={"code": "njmetro", "name": "改名区域"})
        await Charters(db).adopt([second.note], NOON)
        for _ in range(500):
            if (await http.get("/charter")).content == second.note:
                break
            await asyncio.sleep(0.01)
        assert (await http.get("/charter/2")).content == second.note
        assert (await http.get("/charter/1")).content == charter().note
        assert (await http.get("/charter/3")).status_code == 404
        assert (await http.get("/charter/0")).status_code == 400
        refused = await http.post(to, content=old.seal([line(0)]), headers=BATCH)
        assert (refused.status_code, refused.json()["code"]) == (403, "unknown-key")
        again = Publisher(WUHU, generation=1)
        assert (await http.post(to, content=again.seal([line(0)]), headers=BATCH)).is_success
        assert (await http.post("/witness/add-checkpoint", content=asked)).is_success
        assert "改名区域" in (await http.get("/", headers={"Accept": "text/html"})).text
        assert app.state["vouchers"]._charter.version == 2
        assert app.state["vouchers"]._reader is app.state["reader"]
        assert app.state["bundles"].by.charter.version == 2
        assert app.state["statuses"]._by.charter.version == 2
        assert app.state["following"]._means.door is app.state["door"]
        rows = await db.pool.fetch(
            "SELECT charter_version FROM checkpoints UNION ALL SELECT charter_version FROM commits"
        )
        assert [row[0] for row in rows] == [2, 2]


async def test_a_version_with_other_keys_for_the_node_waits_for_a_restart(settings, monkeypatch):
    monkeypatch.setattr(charters, "LOOK_EVERY", 0.01)
    other = {"mirror": str(SigningKey.from_seed(f"{NODE}/mirror", bytes(32), 4).vkey)}
    second = charter(2, nodes={NODE: other})
    app = create_app(settings, FixedClock(NOON))
    transport = httpx.ASGITransport(app, raise_app_exceptions=False)
    async with (
        running(app),
        httpx.AsyncClient(transport=transport, base_url="http://node.example") as http,
        open_database(settings.database_url, 2) as db,
    ):
        await Charters(db).adopt([second.note], NOON)
        for _ in range(500):
            health = (await http.get("/health")).json()
            if health["charter"]["waiting"]:
                break
            await asyncio.sleep(0.02)
        assert (health["charter"]["version"], health["charter"]["waiting"]) == (1, 2)
        assert (await http.get("/charter")).content == charter().note
    with pytest.raises(NodeError, match="other public keys"):
        await starts_with(settings)
    key = SigningKey.from_seed(f"{NODE}/mirror", bytes(32), 4)
    (settings.keys_dir / f"{MIRROR}.2.key").write_bytes(key.to_pem(PASSWORD))
    assert await starts_with(settings) == 2


async def test_of_several_keys_the_node_signs_with_those_that_the_charter_names(settings):
    made = {use: next_node_key(settings, use).vkey for use in (MIRROR, WITNESS)}
    assert {path.name for path in settings.keys_dir.iterdir()} == {
        f"{use}{number}.key" for use in (MIRROR, WITNESS) for number in ("", ".2")
    }
    for named, version in (({}, 1), ({use: str(key) for use, key in made.items()}, 2)):
        settings.charter.write_bytes(charter(version, nodes={NODE: named}).note)
        async with open_resources(settings, FixedClock(NOON)) as opened:
            own = {MIRROR: opened.mirror.vkey, WITNESS: opened.witness.vkey}
        assert own == (made if named else {use: node_key(use).vkey for use in own})


class QuietServer(uvicorn.Server):
    """Leaves signals alone: servers that end in another order than they began would not."""

    @contextmanager
    def capture_signals(self):
        yield


async def bound(port: int, seconds: float = 10.0) -> socket.socket:
    """Return a socket bound to a port of loopback; wait while another program lets go of it."""
    until = asyncio.get_running_loop().time() + seconds
    while True:
        one = socket.socket()
        one.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            one.bind(("127.0.0.1", port))
        except OSError:
            one.close()
            if asyncio.get_running_loop().time() > until:
                raise
            await asyncio.sleep(0.1)
        else:
            return one


async def test_a_port_that_is_taken_fails_one_test_and_not_the_worker():
    held = await bound(0)
    held.listen()
    port = held.getsockname()[1]
    with pytest.raises(OSError, match="in use"):
        await bound(port, 0.15)
    waiting = asyncio.create_task(bound(port))
    await asyncio.sleep(0.15)
    held.close()
    freed = await waiting
    assert freed.getsockname()[1] == port
    freed.close()


@asynccontextmanager
async def listening(app, port: int = 0, *, begun: bool = False):
    """Serve over a real socket, at a port that may be taken for a moment yet.

    It is bound here: a server that cannot bind would end the process, and with it a worker's tests.
    An app that has ``begun`` is neither started nor stopped: it is asked by the test as well.
    """
    lifespan = "off" if begun else "on"
    server = QuietServer(uvicorn.Config(app, log_level="warning", lifespan=lifespan))
    task = asyncio.create_task(server.serve([await bound(port)]))
    while not server.started:
        await asyncio.sleep(0.02)
        assert not task.done()
    port = server.servers[0].sockets[0].getsockname()[1]
    try:
        yield f"http://127.0.0.1:{port}"
    finally:
        server.should_exit = True
        await task


async def test_three_clicks_in_a_browser_from_a_name_to_law_and_proof(browser):
    """Without any script, at the width of a phone, asking no other host."""
    async with listening(app_over(FakeReader())) as base:
        context = await browser.new_context(
            viewport={"width": 390, "height": 844}, java_script_enabled=False, locale="zh-CN"
        )
        page = await context.new_page()
        asked: list[str] = []
        errors: list[str] = []
        page.on("request", lambda request: asked.append(request.url))
        page.on("console", lambda message: errors.append(message.text))
        page.on("pageerror", lambda error: errors.append(str(error)))
        await page.goto(base)
        await page.get_by_role("searchbox").fill("示例建设")
        await page.get_by_role("button", name="查询").click()
        await page.get_by_role("link", name=FIRM).first.click()  # 1
        assert SUBJECT in page.url
        measure = page.locator("article", has_text="限制申请财政性资金项目").first
        assert "原因记录来自芜湖市" in await measure.inner_text()
        await measure.get_by_role("link", name="查看原因记录与证明").click()  # 2
        assert "签名核验通过" in await page.inner_text("main")
        await page.go_back()
        await measure.get_by_role("link", name="规则").click()  # 3
        assert "保障农民工工资支付条例" in await page.inner_text("main")
        assert errors == []
        assert all(url.startswith(base) for url in asked)
        await context.close()


@pytest.mark.parametrize("path", ["/", "/search?q=a", f"/subject/{SUBJECT}", "/logs", "/rule/R02"])
async def test_pages_fit_a_phone_and_the_keyboard_reaches_the_content(browser, path):
    async with listening(app_over(FakeReader())) as base:
        page = await browser.new_page(viewport={"width": 360, "height": 740})
        await page.goto(base + path)
        width = await page.evaluate("document.documentElement.scrollWidth")
        assert width <= 360
        await page.keyboard.press("Tab")
        assert await page.evaluate("document.activeElement.className") == "skip"
        await page.keyboard.press("Enter")
        assert page.url.endswith("#main")
        await page.close()


def test_a_file_of_offices_that_cannot_be_used_stops_the_start(tmp_path):
    file = tmp_path / "offices.toml"
    chosen = Settings(node_name=NODE, data_dir=tmp_path, offices=file)
    for body in (None, b"[[offices]]\nmember = '330100'\n"):
        if body is not None:
            file.write_bytes(body)
        with pytest.raises(NodeError, match="the file of offices cannot be used"):
            site_of(charter(), chosen, ())
    file.write_bytes(b"")
    assert site_of(charter(), chosen, ()).offices.offices == ()
