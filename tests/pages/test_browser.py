"""Every page in a real Chromium: no errors, nobody else asked, small, narrow, and for everybody."""

import re
from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import date
from itertools import pairwise

import pytest
import pytest_asyncio
from playwright.async_api import Browser

from registry.pages.applies import MEASURES_MAX
from registry.rules.model import Adoption, AdoptionIndex, Fact, FactRef
from tests.fakes.reader import FIRM, LOG, MEMBERS, NOON, SUBJECT, WUHU, FakeReader, facts, rulebook
from tests.pages.chromium import (
    DESKTOP,
    HTML_MAX,
    PAGE_MAX,
    PHONE,
    Seen,
    axe_source,
    driven,
    tab,
)
from tests.pages.conftest import app_over
from tests.registry.test_app import listening

pytestmark = pytest.mark.asyncio(loop_scope="module")
RECORD = f"/record/{WUHU}"
PATHS = [
    "/",
    "/search?q=示例",
    "/search?q=没有的公司",
    f"/subject/{SUBJECT}",
    f"/subject/{SUBJECT}?territory=320100&matter=public_funds",
    f"/compare?subject={SUBJECT}&q=示例",
    "/compare",
    "/objection",
    f"/objection?subject={SUBJECT}",
    f"{RECORD}/0",
    f"{RECORD}/1",
    "/logs",
    f"/log/{WUHU}",
    "/rules",
    "/types",
    "/types/penalty",
    "/types/stay",
    "/rule/R02",
    "/rule/R10",
    "/tables",
    "/tables/lists",
    "/tables/divisions?code=3402",
    "/problems/batch-error",
    "/search-quality",
]
SIGHTS = [
    {"viewport": DESKTOP, "color_scheme": "light", "lang": "zh"},
    {"viewport": PHONE, "color_scheme": "dark", "lang": "en"},
]
"""Each language, each scheme and each width is seen once; what is cut off or too wide in either
language on a phone is looked at for the fullest pages below."""


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def browser(chromium_address: str) -> AsyncIterator[Browser]:
    """One for all tests here: what drives it is a process that starts in a third of a second."""
    async with driven(chromium_address) as opened:
        yield opened


def in_language(path: str, lang: str) -> str:
    return path if lang == "zh" else f"{path}{'&' if '?' in path else '?'}lang={lang}"


@pytest.mark.parametrize("sight", SIGHTS, ids=lambda s: f"{s['lang']}-{s['color_scheme']}")
async def test_every_page_is_quiet_small_narrow_and_open_to_everybody(browser, sight):
    source = axe_source()
    lang = str(sight["lang"])
    how = {key: value for key, value in sight.items() if key != "lang"}
    reader = FakeReader()
    async with listening(app_over(reader)) as base, tab(browser, base, **how) as seen:
        for path in PATHS:
            reader.found = reader.total = 0 if "没有" in path else 1
            answer = await seen.open(in_language(path, lang))
            assert answer.status == 200, path
            assert (seen.errors, seen.elsewhere()) == ([], []), path
            html, whole = await seen.weight()
            assert html < HTML_MAX, path
            assert html < whole < PAGE_MAX, path
            assert await seen.sideways() == 0, path
            assert await seen.grave(source) == [], path
            assert (await seen.page.get_attribute("html", "lang"))[:2] == lang, path
            if lang == "zh":
                await headed(seen, path)
            assert seen.errors == [], path


async def headed(seen: Seen, path: str) -> None:
    """Headings go down one at a time, landmarks are there, and one place of the site is current."""
    levels = await seen.page.evaluate(
        "[...document.querySelectorAll('h1,h2,h3,h4')].map(h => +h.tagName[1])"
    )
    assert levels[0] == 1, path
    assert levels.count(1) == 1
    assert all(after - before <= 1 for before, after in pairwise(levels))
    for landmark in ("banner", "navigation", "main", "contentinfo"):
        assert await seen.page.get_by_role(landmark).first.count() == 1, (path, landmark)
    current = seen.page.locator("nav a[aria-current]")
    at_once = path.partition("?")[0] in {"/", "/compare", "/logs", "/rules"}
    assert await current.count() == at_once


async def test_the_checker_would_see_a_defect(browser):
    """A test of this test: without labels and contrast axe-core must complain."""
    source = axe_source()
    async with listening(app_over(FakeReader())) as base, tab(browser, base) as seen:
        await seen.open("/")
        await seen.page.evaluate(
            "document.querySelector('label').remove();"
            "document.querySelector('.lead').style.color = '#ccc'"
        )
        found = " ".join(await seen.grave(source))
    assert "color-contrast" in found
    assert "label" in found


def fullest() -> FakeReader:
    """A subject with more of everything than a page can tell: the page still has to be small."""
    reader = FakeReader()
    reader.records = (0, 1, 2, 3, 4, 5, 6, 8) * 40
    plain = facts()[0]
    reader.known += [
        Fact(
            ref=FactRef(WUHU, 1, f"more-{at}", LOG.entries[1].hex()),
            type="list_entry",
            subject_id=SUBJECT,
            subject_kind="organisation",
            subject_name=FIRM,
            decided_on=date(2026, 3, 11 + at),
            listed_on=date(2026, 3, 11 + at),
            list=name,
            list_name=title,
            list_family="serious",
            field="product_quality" if name == "samr-serious" else "",
            severity="serious",
            authority=plain.authority,
            organ_kind=organ,
            member="340200",
        )
        for at in range(8)
        for name, title, organ in (
            ("wage-arrears", plain.list_name, plain.organ_kind),
            ("samr-serious", "市场监督管理严重违法失信名单", "市场监督管理部门"),
        )
    ]
    adoptions = [
        Adoption(rule, "2026-1", code, "示例机关", f"示例〔2026〕{code}号", date(2026, 5, 1))
        for rule in ("R02", "R06", "R10")
        for code in MEMBERS
    ]
    reader.book = replace(rulebook(), adoptions=AdoptionIndex(adoptions))
    return reader


@pytest.mark.parametrize("path", [f"/subject/{SUBJECT}", f"/compare?subject={SUBJECT}"])
@pytest.mark.parametrize("lang", ["zh", "en"])
async def test_the_fullest_subject_fits_too(browser, path, lang, monkeypatch):
    reader = fullest()

    async def decide(subject_id, territory, matter, organ_kind, on, viewer):
        return await FakeReader.decide(
            replace(reader, book=reader.book), subject_id, territory, matter, organ_kind, on, viewer
        )

    monkeypatch.setattr(reader, "decide", decide)
    async with listening(app_over(reader)) as base, tab(browser, base, viewport=PHONE) as seen:
        await seen.open(in_language(path, lang))
        html, whole = await seen.weight()
        text = await seen.page.inner_text("main")
        assert await seen.sideways() == 0
    assert html < HTML_MAX
    assert whole < PAGE_MAX
    if path.startswith("/subject"):
        measures = text.count("不产生法律效力" if lang == "zh" else "no legal effect")
        assert measures == MEASURES_MAX


BEYOND = """
[...document.querySelectorAll('main *:not(svg *):not(pre):not(pre *)')].filter(e =>
  !e.closest('.unseen, thead') && e.getBoundingClientRect().right > innerWidth + 1
).map(e => e.outerHTML.slice(0, 80))
"""


async def test_nothing_is_cut_off_or_scrolled_sideways(browser):
    async with listening(app_over(FakeReader())) as base, tab(browser, base) as seen:
        for path in ("/", f"/subject/{SUBJECT}", "/logs", "/rules", "/rule/R02"):
            for lang in ("zh", "en"):
                await seen.open(in_language(path, lang))
                for width in (320, 375, 768):
                    await seen.page.set_viewport_size({"width": width, "height": 740})
                    assert await seen.sideways() == 0, (path, lang, width)
                    assert await seen.page.evaluate(BEYOND) == [], (path, lang, width)


async def test_the_keyboard_reaches_everything_and_shows_where_it_is(browser):
    async with listening(app_over(FakeReader())) as base, tab(browser, base) as seen:
        page = seen.page
        await seen.open(f"/subject/{SUBJECT}")
        await page.keyboard.press("Tab")
        assert await page.evaluate("document.activeElement.className") == "skip"
        await page.keyboard.press("Enter")
        await page.keyboard.press("Tab")
        assert await page.evaluate("document.activeElement.closest('main') !== null")
        for _ in range(60):
            outline = await page.evaluate(
                "getComputedStyle(document.activeElement).outlineStyle !== 'none'"
                " || document.activeElement === document.body"
            )
            assert outline, await page.evaluate("document.activeElement.outerHTML")
            await page.keyboard.press("Tab")


async def test_choosing_a_territory_asks_again_without_a_button(browser):
    async with listening(app_over(FakeReader())) as base, tab(browser, base) as seen:
        page = seen.page
        await seen.open(f"/subject/{SUBJECT}?lang=en")
        await page.get_by_label("Territory").dispatch_event("pointerdown")
        await page.get_by_label("Territory").select_option("320100")
        await page.wait_for_url("**territory=320100**")
        assert "matter=" not in page.url  # what is empty is not asked
        assert "lang=en" in page.url
        assert "What applies on 2026-11-23 in 南京市." in await page.inner_text("main")
        await page.go_back()
        assert await page.get_by_label("Matter").is_enabled()
        assert seen.errors == []


async def test_the_keyboard_passes_over_choices_without_being_carried_away(browser):
    async with listening(app_over(FakeReader())) as base, tab(browser, base) as seen:
        page = seen.page
        await seen.open(f"/subject/{SUBJECT}")
        await page.get_by_label("办理地区").focus()
        for _ in range(2):
            await page.keyboard.press("ArrowDown")
        assert "territory" not in page.url
        await page.get_by_role("button", name="查看").press("Enter")
        await page.wait_for_url("**territory=**")
        assert "matter=" not in page.url


async def test_without_scripts_the_same_is_reached_with_the_button(browser):
    async with (
        listening(app_over(FakeReader())) as base,
        tab(browser, base, java_script_enabled=False) as seen,
    ):
        page = seen.page
        await seen.open(f"/subject/{SUBJECT}")
        assert await page.get_by_role("button", name="打印本页").count() == 0
        assert await page.get_by_role("button", name="复制").count() == 0
        await page.get_by_label("办理地区").select_option("320100")
        await page.get_by_role("button", name="查看").click()
        assert "territory=320100" in page.url
        assert "在南京市的措施适用提示" in await page.inner_text("main")


async def test_digests_and_commands_can_be_copied(browser):
    async with (
        listening(app_over(FakeReader())) as base,
        tab(browser, base, permissions=["clipboard-read", "clipboard-write"]) as seen,
    ):
        page = seen.page
        await seen.open(f"{RECORD}/0")
        await page.get_by_role("button", name="复制: 离线核验").click()
        copied = await page.evaluate("navigator.clipboard.readText()")
        assert copied == "python -m signing verify credit-0.tlog-proof --charter charter.txt"
        assert await page.get_by_role("status").last.text_content() == "已复制"
        assert seen.errors == []


async def test_on_paper_there_are_address_and_moment_and_nothing_to_click(browser):
    async with listening(app_over(FakeReader())) as base, tab(browser, base) as seen:
        page = seen.page
        await seen.open(f"/subject/{SUBJECT}?territory=320100")
        printed = page.locator(".printed")
        assert not await printed.is_visible()
        await page.emulate_media(media="print")
        assert await printed.is_visible()
        text = await printed.inner_text()
        assert f"https://example.test/subject/{SUBJECT}?territory=320100" in text
        assert "2026年11月23日 12:00" in text
        for gone in ("nav", "form", ".acts", ".skip"):
            assert not await page.locator(gone).first.is_visible(), gone
        assert await page.locator("figure svg").first.is_visible()
        await page.evaluate("window.dispatchEvent(new Event('beforeprint'))")
        assert await page.locator("details:not([open])").count() == 0
        await page.evaluate("window.dispatchEvent(new Event('afterprint'))")
        assert await page.locator("details[open]").count() == 0
        assert len(await page.pdf()) > 10_000


async def test_light_and_dark_follow_the_reader(browser):
    grounds = {}
    async with listening(app_over(FakeReader())) as base:
        for scheme in ("light", "dark"):
            async with tab(browser, base, color_scheme=scheme) as seen:
                await seen.open(f"/subject/{SUBJECT}")
                colours = await seen.page.evaluate(
                    "['body', 'figure rect.serious', 'figure text'].map(s => {"
                    " const c = getComputedStyle(document.querySelector(s));"
                    " return s === 'body' ? c.backgroundColor : c.fill })"
                )
                grounds[scheme] = colours
    assert all(a != b for a, b in zip(grounds["light"], grounds["dark"], strict=True))
    assert all(re.fullmatch(r"rgb\(\d+, \d+, \d+\)", c) for cs in grounds.values() for c in cs)


async def test_from_the_search_box_to_the_proof_in_both_languages(browser):
    async with (
        listening(app_over(FakeReader())) as base,
        tab(browser, base, viewport=PHONE) as seen,
    ):
        page = seen.page
        for lang, search, proof, said in (
            ("zh", "查询", "查看原因记录与证明", "签名核验通过：芜湖市于2026年11月23日 12:00报送"),
            ("en", "Search", "Record and proof", "Signature verified: stated by 芜湖市"),
        ):
            await seen.open(in_language("/", lang))
            await page.get_by_role("combobox").fill("示例建设")
            await page.get_by_role("button", name=search, exact=True).click()
            await page.get_by_role("link", name=FIRM).first.click()
            assert FIRM in await page.inner_text("h1")
            await page.get_by_role("link", name=proof).first.click()
            assert said in await page.inner_text("main")
            async with page.expect_download() as waiting:
                await page.get_by_role("link", name=".tlog-proof").click()
            assert (await waiting.value).suggested_filename == "credit-1.tlog-proof"
            assert seen.errors == []
            assert seen.elsewhere() == []
            assert ("lang=en" in page.url) == (lang == "en")


async def test_the_language_can_be_changed_where_one_is(browser):
    async with listening(app_over(FakeReader())) as base, tab(browser, base) as seen:
        page = seen.page
        await seen.open(f"/subject/{SUBJECT}?territory=320100")
        await page.get_by_role("link", name="English").click()
        assert "What applies on 2026-11-23 in 南京市." in await page.inner_text("main")
        await page.get_by_role("link", name="中文").click()
        assert f"以下为{NOON.year}年11月23日在南京市的措施适用提示。" in await page.inner_text(
            "main"
        )
        assert "territory=320100" in page.url


async def test_the_search_box_suggests_by_keyboard_and_leaves_input_methods_alone(browser):
    async with (
        listening(app_over(FakeReader())) as base,
        tab(browser, base, viewport=PHONE) as seen,
    ):
        await seen.open("/?lang=en")
        page = seen.page
        box, options = page.get_by_role("combobox"), page.get_by_role("option")
        await box.press_sequentially("芜湖示例", delay=20)
        await options.first.wait_for()
        asked = [one for one in seen.asked if "suggest?" in one.url]
        assert len(asked) == 1, "what was typed on was not waited for"
        assert await seen.grave(axe_source()) == []
        assert await seen.sideways() == 0
        assert await box.get_attribute("aria-expanded") == "true"
        assert (
            await page.inner_text("#done")
            == "Suggestions: 2. Choose with the arrow keys, open with Enter."
        )
        for key, at in (("ArrowUp", 1), ("ArrowDown", None), ("ArrowDown", 0)):
            await box.press(key)
            active = await box.get_attribute("aria-activedescendant")
            assert active == (None if at is None else await options.nth(at).get_attribute("id"))
        assert await options.nth(0).get_attribute("aria-selected") == "true"
        await box.press("Escape")
        assert await box.get_attribute("aria-expanded") == "false"
        assert await box.input_value() == "芜湖示例"
        await box.press("ArrowDown")
        await options.nth(1).click()
        await page.wait_for_url(f"{base}/standard?number=GB%2FT+2260&lang=en")
        await seen.open("/")
        await box.evaluate("(box) => box.dispatchEvent(new CompositionEvent('compositionstart'))")
        await box.evaluate(
            "(box) => { box.value = '芜湖';"
            " box.dispatchEvent(new InputEvent('input', {isComposing: true})) }"
        )
        await page.wait_for_timeout(200)
        assert not [one for one in seen.asked if "suggest?" in one.url]
        await box.focus()
        await box.evaluate("(box) => box.dispatchEvent(new CompositionEvent('compositionend'))")
        await options.first.wait_for()
        await box.press("ArrowDown")
        await box.press("Enter")
        await page.wait_for_url(f"{base}/subject/{SUBJECT}")
        await seen.open("/")
        await page.route("**/suggest?*", lambda route: route.abort())
        await box.fill("芜湖")
        await page.wait_for_timeout(250)
        await box.press("Enter")
        await page.wait_for_url(f"{base}/search?q=*")
        assert seen.elsewhere() == []
