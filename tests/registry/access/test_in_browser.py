"""Signed in, in Chromium: the whole way by clicks, on a phone and a desk, open to everybody."""

from collections.abc import AsyncIterator
from typing import Any

import pytest

from registry.demo.run import free_port
from registry.domain.disclosure import Role
from tests.fakes.issuer import FakeIssuer
from tests.pages.chromium import DESKTOP, PHONE, axe_source, tab
from tests.registry.access.conftest import ONE, PURPOSE, Desk, oidc, second
from tests.registry.exchange.feed_desk import approve
from tests.registry.query.scene import NANJING, WUHU, act, listing, other, permit
from tests.registry.query.test_pushes import ADOPTED, LABOUR, use
from tests.registry.test_app import listening


@pytest.fixture
def changed(issuer: FakeIssuer) -> dict[str, Any]:
    """The node must know its own address, to which the issuer sends the browser back."""
    issuer.account["groups"] = ["regulators"]
    return oidc(issuer, public_url=f"http://127.0.0.1:{free_port()}")


@pytest.fixture
async def base(desk: Desk) -> AsyncIterator[str]:
    port = int(desk.served.resources.settings.public_url.rpartition(":")[2])
    async with listening(desk.served.app, port, begun=True) as url:
        yield url


@pytest.mark.parametrize(("size", "scheme"), [(PHONE, "dark"), (DESKTOP, "light")])
async def test_sign_in_read_and_sign_out_by_clicks(browser, base, size, scheme):
    source = axe_source()
    async with tab(browser, base, viewport=size, color_scheme=scheme) as seen:
        page = seen.page
        await seen.open(f"/subject/{ONE}")
        assert "示例张三" not in await page.content()
        await page.get_by_role("link", name="登录").click()
        assert page.url.startswith(f"{base}/purpose")
        assert await seen.grave(source) == []
        await page.get_by_label("查询用途").fill(PURPOSE)
        await page.get_by_role("button", name="继续").click()
        assert page.url == f"{base}/subject/{ONE}"
        assert "已登录：示例张三、监管人员、南京市" in await page.inner_text("header")
        assert await seen.sideways() == 0
        assert await seen.grave(source) == []
        await page.get_by_role("button", name="关注该主体").click()
        await page.wait_for_url(f"{base}/saved/*")
        assert "没有新动态" in await page.inner_text("main")
        assert await seen.grave(source) == []
        await page.get_by_role("link", name="我的关注").first.click()
        assert page.url == f"{base}/saved"
        assert await page.locator("section.card").count() == 1
        assert await seen.sideways() == 0
        assert await seen.grave(source) == []
        await page.get_by_role("button", name="退出登录").click()
        assert page.url == f"{base}/"
        kept = {one["name"] for one in await page.context.cookies(base)}
        assert "registry-session" not in kept
        assert "已登录" not in await page.inner_text("header")
        assert seen.errors == []


async def open_to_everybody(browser, base: str, path: str, headers) -> None:
    """Look at a page on a phone and on a desk, with everything on it unfolded."""
    async with tab(browser, base) as seen:
        await seen.page.set_extra_http_headers(headers)
        for size in (PHONE, DESKTOP):
            await seen.page.set_viewport_size(size)
            await seen.open(path)
            assert await seen.page.locator("h1").count() == 1, path
            for closed in await seen.page.locator("details.noprint > summary").all():
                await closed.click()
            assert await seen.sideways() == 0, (path, size)
            assert await seen.grave(axe_source()) == [], (path, size)
        assert seen.errors == [], path


async def test_own_file_and_inbox_are_open_to_everybody(browser, base, desk: Desk):
    await desk.scene.one(WUHU, clue())
    for path in ("/own", "/own?lang=en", "/inbox"):
        text = desk.texts[Role.REGULATOR if path == "/inbox" else Role.BUSINESS]
        headers = {"Authorization": f"Bearer {text}"}
        await open_to_everybody(browser, base, path, headers)


def clue() -> dict[str, object]:
    return other(
        "clue_transfer", receiver={"name": "南京市市场监督管理局", "division": "320100"},
        territory="320100", clue="trademark", facts="示例", basis="示例",
        transferred_on="2026-10-01", decided_on="2026-10-01", answer_by="2026-10-15",
        publication="government", severity={"class": "unclassified"},
    )  # fmt: skip


async def test_measures_at_work_are_open_to_everybody(browser, base, desk: Desk):
    """Desk with pushes and a lift, the region's view, the way of a cause, a use, all feeds."""
    scene = desk.scene
    await scene.rules(ADOPTED)
    await scene.one(NANJING, permit())
    ended, cause = (
        await scene.one(WUHU, listing(subject=second())),
        await scene.one(WUHU, listing()),
    )
    await scene.one(NANJING, use(ended, subject=second()))
    await scene.one(NANJING, use(cause))
    await scene.one(WUHU, act("repair", ended, "2026-11-23", subject=second(), **LABOUR))
    await (await approve(desk)).snapshot()
    way = f"/propagation/{cause.origin}/{cause.idx}"
    for path, role in (
        ("/desk", Role.REGULATOR),
        ("/desk?lang=en", Role.REGULATOR),
        (f"/use/{ONE}", Role.REGULATOR),
        ("/board", Role.REGION),
        (way, Role.REGION),
        ("/feeds", Role.REGION),
    ):
        headers = {"Authorization": f"Bearer {desk.texts[role]}", "Registry-Purpose": "x"}
        await open_to_everybody(browser, base, path, headers)
