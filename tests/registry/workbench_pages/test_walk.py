"""The whole way in Chromium: three people, an office screen and a phone, open to everybody."""

import asyncio
import re
from pathlib import Path

from playwright.async_api import async_playwright

from tests.pages.chromium import HTML_MAX, PAGE_MAX, PHONE, Seen, axe_source, tab
from tests.pages.days import step
from tests.registry.workbench.conftest import WUHU, Office, rows_of, sheet, works

pytestmark = works
OFFICE = {"width": 1366, "height": 768}
FINE = "罚款金额(万元)"


async def signed_in(seen: Seen, office: Office, who: str) -> None:
    """Ask as somebody from now on, with the purpose that his role states."""
    headers = {"Authorization": f"Bearer {office.keys[who]}", "Registry-Purpose": "x"}
    await seen.page.set_extra_http_headers(headers)


async def fits(seen: Seen, source: str) -> None:
    """Make sure that a page is no wider than a window or a phone, and open to everybody on both."""
    assert await seen.page.locator("h1").count() == 1
    for size in (PHONE, OFFICE):
        await seen.page.set_viewport_size(size)
        assert await seen.sideways() == 0
    assert await seen.grave(source) == []
    assert seen.errors == []


async def clerk(seen: Seen, office: Office, file: Path, source: str) -> str:
    """Upload a file, mend the row that is wrong, send all of it on."""
    page = seen.page
    await signed_in(seen, office, "clerk")
    await seen.open("/workbench")
    await fits(seen, source)
    await page.get_by_label("要报送的文件").set_input_files(file)
    await page.get_by_role("button", name="上传并校验").click()
    await page.get_by_text("可报送 1 行、待修正 1 行").wait_for()
    place = page.url.removeprefix(seen.base)
    await fits(seen, source)
    assert f"第3行“{FINE}”" in await page.inner_text("main")
    await page.get_by_role("row").filter(has_text="待修正").get_by_role("link").click()
    await fits(seen, source)
    field = page.get_by_label(FINE, exact=True)
    assert await field.get_attribute("aria-invalid") == "true"
    await field.fill("0.2")
    await page.get_by_role("button", name="保存并重新校验").click()
    await page.get_by_text("可报送 2 行").wait_for()
    await page.get_by_role("button", name="送复核").click()
    await page.get_by_text("待复核").wait_for()
    return place


async def reviewer(seen: Seen, office: Office, place: str, source: str) -> None:
    """Look at what was sent, and approve it."""
    await signed_in(seen, office, "reviewer")
    await seen.open(place)
    await seen.page.get_by_role("link", name="查看各行").click()
    await fits(seen, source)
    await seen.page.get_by_role("button", name="复核通过").click()
    await seen.page.get_by_text("已复核，待签章").first.wait_for()


async def publisher(seen: Seen, office: Office, place: str, source: str, folder: Path) -> str:
    """Have it sealed, wait for the receipt, and take it."""
    page = seen.page
    await signed_in(seen, office, "publisher")
    await seen.open(place)
    await page.get_by_role("button", name="签章并报送").click()
    await page.get_by_text("已签章并接收").wait_for()
    await fits(seen, source)
    async with page.expect_download() as started:
        await page.get_by_role("link", name=re.compile("下载回执")).click()
    await (await started.value).save_as(folder / "receipt")
    return (folder / "receipt").read_text(encoding="utf-8")


async def found(seen: Seen, name: str, number: str) -> None:
    """Find the record by search, as the public."""
    page = seen.page
    await page.set_extra_http_headers({})
    for _ in range(40):
        await seen.open(f"/search?q={name}")
        if await page.get_by_role("link", name=name).count():
            break
        await asyncio.sleep(0.25)
    await page.get_by_role("link", name=name).first.click()
    assert number in await page.inner_text("main")


async def walk(seen: Seen, office: Office, file: Path, source: str) -> str:
    """Go the whole way; return the receipt."""
    with step("a clerk", "1 to 4", "what is due, a file checked, its wrong cell mended"):
        place = await clerk(seen, office, file, source)
    with step("a clerk", 2, "another one reviews"):
        await reviewer(seen, office, place, source)
    with step("a clerk", 2, "a third one has it sealed, and takes the receipt"):
        receipt = await publisher(seen, office, place, source, file.parent)
    await seen.open(place)
    html, whole = await seen.weight()
    assert html < HTML_MAX
    assert whole < PAGE_MAX
    return receipt


async def test_from_a_file_to_a_record_that_is_found(
    office: Office, chromium_address: str, tmp_path: Path
):
    source = axe_source()
    rows = rows_of(500, {}, {FINE: "两千元"})
    file = tmp_path / "处罚.csv"
    file.write_bytes(sheet(rows))
    async with async_playwright() as playwright:
        browser = await playwright.chromium.connect(chromium_address)
        async with tab(browser, office.url, viewport=OFFICE) as seen:
            receipt = await walk(seen, office, file, source)
            assert receipt.splitlines()[0] == WUHU
            with step("a clerk", 6, "the record is found"):
                await found(seen, rows[0]["行政相对人名称"], rows[0]["行政处罚决定书文号"])
            await signed_in(seen, office, "publisher")
            for path in ("/workbench?lang=en", "/workbench/statement?lang=en"):
                with step("a clerk", 11, f"the statement makes itself: {path}"):
                    await seen.open(path)
                    await fits(seen, source)
        await browser.close()
