"""The region office looks at the region and at a city's statement, at its desk and on a phone."""

from pathlib import Path

from registry.domain.disclosure import Role
from tests.pages.chromium import HTML_MAX, axe_source, tab
from tests.registry.quality_pages.test_shown import CODE, told
from tests.registry.test_app import listening

DESK, PHONE = {"width": 1366, "height": 768}, {"width": 375, "height": 740}


async def test_the_office_walks_from_the_region_to_a_statement(browser, database, tmp_path: Path):
    source = axe_source()
    async with told(database.service_url, tmp_path / "node") as region:
        office = await region.key(Role.REGION)
        async with (
            listening(region.served.app, begun=True) as base,
            tab(browser, base, viewport=DESK) as seen,
        ):
            page = seen.page
            await page.set_extra_http_headers(office)

            async def looks_right(name: str) -> None:
                """Readable at both widths, for a screen reader too; nothing is asked elsewhere."""
                for size, where in ((DESK, "desk"), (PHONE, "phone")):
                    await page.set_viewport_size(size)
                    assert await seen.sideways() == 0, (name, where)
                assert await page.locator("h1").count() == 1
                assert await seen.grave(source) == []
                assert seen.elsewhere() == []
                await page.set_viewport_size(DESK)

            await seen.open("/")
            await page.get_by_role("link", name="区域总览").click()
            await looks_right("region")
            assert await page.locator("section").count() == 2
            assert "推送" in await page.inner_text("main")
            row = page.get_by_role("row").filter(has_text="芜湖市").first
            await (
                row.get_by_role("link", name="级")
                .or_(row.get_by_role("link", name="未定级"))
                .click()
            )
            assert page.url.endswith(f"/quality/{CODE}")
            await looks_right("member")
            drawn = page.get_by_role("img", name="芜湖市")
            assert "2026-07 14" in await drawn.get_attribute("aria-label")
            assert await drawn.locator("rect").count() == 12
            await page.get_by_role("link", name="2026年7月").click()
            await looks_right("statement")
            cell = page.get_by_role("row").filter(has_text="行政处罚信息").first
            assert (await cell.inner_text()).split("\t")[1].strip() == "8"
            async with page.expect_download() as download:
                await page.get_by_role("link", name="CSV").click()
            found = await download.value
            assert found.suggested_filename == f"quality-{CODE}-2026-07.csv"
            await seen.open("/quality")
            await looks_right("comparison")
            assert (await seen.weight())[0] < HTML_MAX
            assert seen.errors == []
