"""The question about standards in Chromium: by clicks, on a phone and a desk, for everybody."""

import pytest

from tests.pages.chromium import DESKTOP, PAGE_MAX, PHONE, axe_source, tab
from tests.registry.access.conftest import Desk
from tests.registry.access.test_in_browser import base, changed
from tests.registry.query import standards_scene as made
from tests.registry.query.scene import NANJING

__all__ = ["base", "changed"]

NUMBER = f"{made.ANHUI}-2016"
NEWER = f"{made.ANHUI}-2026"
NEAR = "DB34/T 5000-2020"


@pytest.fixture
async def stated(desk: Desk) -> None:
    """An edition and the next, a recognition on conditions, a comparison with another standard."""
    scene = desk.scene
    following = [{"number": NUMBER, "extent": "whole"}]
    await scene.state(
        NANJING,
        made.standard(),
        made.standard(NEWER, issued_on="2026-10-01", effective_on="2027-04-01", replaces=following),
        made.recognition(degree="conditional", conditions=["附检测报告"]),
        made.comparison(NUMBER, NEAR),
        made.recognition(NEAR, degree="partial", exclusions=["幕墙"]),
    )
    assert not scene.quarantined, scene.quarantined


@pytest.mark.usefixtures("stated")
async def test_the_question_is_asked_by_clicks_and_open_to_everybody(browser, base):
    source = axe_source()
    for size in (PHONE, DESKTOP):
        async with tab(browser, base, viewport=size) as seen:
            page = seen.page
            await seen.open("/standard")
            assert await seen.grave(source) == []
            await page.get_by_label("标准编号", exact=True).fill("db34t5037—2016")
            await page.get_by_label("地区").select_option(label="南京市")
            await page.get_by_label("用途").select_option(label="招标投标")
            await page.keyboard.press("Enter")
            await page.get_by_role("heading", name="DB34/T 5037", exact=True).wait_for()
            told = await page.inner_text("main")
            for said in (
                "符合强制性标准的产品可以在全国销售",
                "附检测报告",
                NEWER,
                "即将实施",
                NEAR,
            ):
                assert said in told, said
            # The next edition has yet to begin, which is not that the city refused it.
            assert f"{NEWER} 在南京市不能作为这一用途的依据" in told
            cell = page.get_by_role("link", name="芜湖市 招标投标：可以（依法）")
            assert await cell.count() == 1
            assert await seen.sideways() == 0
            assert await seen.grave(source) == []
            await cell.click()
            assert "依法无需认可" in await page.inner_text("main")
            await seen.open(f"/standard?number={NUMBER}&territory=320100&use=funds&lang=en")
            told = await page.inner_text("main")
            assert "does not mean that the product must not be sold" in told
            assert await seen.sideways() == 0
            assert await seen.grave(source) == []
            assert (await seen.weight())[1] <= PAGE_MAX
            assert seen.errors == []
