"""An objection in Chromium: the enterprise, three of the staff, and the public between them."""

from playwright.async_api import Page

from tests.pages.chromium import HTML_MAX, PHONE, Seen
from tests.registry.objection_pages.conftest import WISH, Counter

OFFICE = {"width": 1366, "height": 768}


async def signed_in(seen: Seen, counter: Counter, who: str) -> None:
    """Ask as somebody from now on; nobody is the public."""
    headers = {}
    if who:
        key = counter.office.keys[who]
        headers = {"Authorization": f"Bearer {key}", "Registry-Purpose": "x"}
    await seen.page.set_extra_http_headers(headers)


async def fits(seen: Seen, source: str = "") -> None:
    """Make sure that a page is no wider than a window or a phone, and open to everybody."""
    assert await seen.page.locator("h1").count() == 1
    for size in (PHONE, OFFICE):
        await seen.page.set_viewport_size(size)
        assert await seen.sideways() == 0
    assert not source or await seen.grave(source) == []
    assert seen.errors == []


async def files_it(seen: Seen, counter: Counter, place: str, source: str) -> str:
    """File an objection from one's own file, add evidence; return its address."""
    page = seen.page
    await signed_in(seen, counter, "firm")
    await seen.open("/own")
    card = page.locator("section.card").filter(has=page.locator(f'a[href="/record/{place}"]'))
    await card.get_by_role("link", name="我要提出异议").click()
    await fits(seen, source)
    await page.get_by_label("理由").fill(WISH["grounds"])
    await page.get_by_label("经办人").fill(WISH["person"])
    await page.get_by_label("联系方式").fill(WISH["contact"])
    await page.get_by_role("button", name="提交异议").click()
    await page.get_by_text("可以在下面上传证明材料").wait_for()
    evidence = {"name": "检验报告.pdf", "mimeType": "application/pdf", "buffer": b"%PDF-1.7 x"}
    await page.get_by_label("证明材料").set_input_files(evidence)
    await page.get_by_role("button", name="上传").click()
    await page.get_by_role("link", name="检验报告.pdf").wait_for()
    return page.url.removeprefix(seen.base)


async def approves(seen: Seen, counter: Counter, case: str, what: str) -> None:
    """Look at what a clerk has drafted, and approve it."""
    await signed_in(seen, counter, "reviewer")
    await seen.open(case)
    assert await seen.page.get_by_text(f"待审核：{what}").count() == 1
    await seen.page.get_by_role("button", name="审核同意").click()
    await seen.page.get_by_role("button", name="审核同意").wait_for(state="detached")


async def seals(seen: Seen, counter: Counter, case: str, then: str) -> None:
    """Have the record sealed, and look until it stands in the log."""
    await signed_in(seen, counter, "publisher")
    await seen.open(case)
    await seen.page.get_by_role("button", name="签章并报送").click()
    await until(seen.page, then)


async def until(page: Page, text: str) -> None:
    """Look again until a page says something."""
    for _ in range(60):
        if text in await page.inner_text("main"):
            return
        await page.wait_for_timeout(100)
        await page.reload()
    raise AssertionError(await page.inner_text("main"))


async def public_reads(seen: Seen, counter: Counter, place: str) -> str:
    await signed_in(seen, counter, "")
    await seen.open(f"/record/{place}")
    return await seen.page.inner_text("main")


async def letter_of(seen: Seen, counter: Counter, case: str, source: str) -> tuple[str, bytes]:
    """Read the answer as the enterprise, as a page and as a PDF."""
    page = seen.page
    await signed_in(seen, counter, "firm")
    await seen.open(case)
    link = await page.get_by_role("link", name="PDF").last.get_attribute("href")
    assert link
    answer = await counter.office.ask("firm", "GET", link)
    await page.get_by_role("link", name="异议处理答复书").click()
    await fits(seen, source)
    return await page.inner_text("main"), answer.content


async def walk(seen: Seen, counter: Counter, place: str, source: str) -> None:
    page = seen.page
    case = await files_it(seen, counter, place, source)
    assert "异议处理中" not in await public_reads(seen, counter, place)
    await signed_in(seen, counter, "clerk")
    await seen.open("/objections")
    await fits(seen)
    await page.locator(f'a[href="{case}"]').click()
    await page.get_by_role("button", name="拟予受理").click()
    await page.get_by_text("待审核：拟予受理").wait_for()
    await approves(seen, counter, case, "拟予受理")
    await seals(seen, counter, case, "已标注“异议处理中”")
    assert "异议处理中" in await public_reads(seen, counter, place)
    await signed_in(seen, counter, "nanjing-regulator")
    await seen.open(f"/record/{place}")
    assert "异议处理中" in await page.inner_text("main")
    await signed_in(seen, counter, "clerk")
    await seen.open(case)
    await fits(seen, source)
    await page.get_by_label("处理结果").select_option("rejected")
    await page.get_by_label("对该信息的处置").select_option("none")
    await page.get_by_label("理由").last.fill("经核实，批次属实（𰻝）。")
    await page.get_by_role("button", name="拟作处理").click()
    await approves(seen, counter, case, "拟作处理")
    said, pdf = await letter_of(seen, counter, case, source)
    assert "处理结果：异议不成立。" in said
    assert "经核实，批次属实（𰻝）。" in said
    assert pdf.startswith(b"%PDF-")
    assert len(pdf) > 5_000, "the font is in it"
    await seals(seen, counter, case, "已办结：异议不成立")
    await seen.open(case)
    html, _ = await seen.weight()
    assert html < HTML_MAX
    assert "异议处理中" not in await public_reads(seen, counter, place)
    await signed_in(seen, counter, "region")
    await seen.open("/objections?lang=en")
    await fits(seen, source)
