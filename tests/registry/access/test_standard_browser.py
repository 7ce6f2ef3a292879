"""Entry, a comparison and the desk of cases in Chromium: on a phone and a desk, for everybody."""

from registry.domain.disclosure import Role
from tests.pages.chromium import DESKTOP, PHONE, axe_source, tab
from tests.registry.access.conftest import Desk
from tests.registry.access.test_in_browser import base, changed
from tests.registry.access.test_standard_desk import state_all

__all__ = ["base", "changed"]


async def test_the_pages_are_open_to_everybody(browser, base, desk: Desk):
    await state_all(desk)
    source, placed = axe_source(), desk.placed["comparison"]
    compared = f"/comparison/{placed.origin}/{placed.idx}"
    for size in (PHONE, DESKTOP):
        async with tab(browser, base, viewport=size) as seen:
            page = seen.page
            await seen.open("/entry?lang=en")
            await page.get_by_label("Class of activity").fill("5431")
            await page.get_by_label("A permit that is demanded").fill("货运站场经营许可")
            await page.get_by_role("button", name="Ask").click()
            assert "can no longer be demanded" in await page.inner_text("main")
            assert await seen.sideways() == 0
            assert await seen.grave(source) == []
            await seen.open(compared)
            assert "更严" in await page.inner_text("table")
            assert await seen.sideways() == 0
            assert await seen.grave(source) == []
            key = desk.texts[Role.REGULATOR]
            await page.set_extra_http_headers({"Authorization": f"Bearer {key}"})
            await seen.open("/standard-cases")
            await page.locator("summary").first.click()
            assert await page.get_by_label("步骤").first.is_visible()
            assert await seen.sideways() == 0
            assert await seen.grave(source) == []
            assert seen.errors == []
