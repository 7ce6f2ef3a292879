"""Records found by their words over HTTP: as a program asks, and as people look."""

import asyncio
import re
from html import unescape
from urllib.parse import parse_qs, urlsplit

from registry.domain.disclosure import Role
from tests.pages.chromium import PHONE, axe_source, tab
from tests.registry.access.conftest import Desk
from tests.registry.api.test_uploads import problem
from tests.registry.query import standards_scene as made
from tests.registry.query.scene import NANJING, WUHU, act, penalty

API, PAGE = "/api/v1/records/search", "/search/texts"
PHRASE = "未取得食品经营许可从事餐饮服务"
FACTS = "经查，当事人<b>未取得食品经营许可，从事餐饮服务</b>。"
NOTHING = "未查询到公开的失信信息"


async def stated(desk: Desk, count: int = 3) -> list:
    days = (f"2026-{3 + at // 25:02}-{1 + at % 25:02}" for at in range(count))
    placed = await desk.scene.state(WUHU, *(penalty(facts=FACTS, decided_on=one) for one in days))
    await desk.scene.one(NANJING, made.standard(title="食品经营许可审查要求"))
    await caught_up(desk)
    return placed


async def caught_up(desk: Desk) -> None:
    """Wait for the node's own follower."""
    lag = desk.served.app.state["lag"]
    for _ in range(400):
        if not await lag():
            return
        await asyncio.sleep(0.05)
    raise AssertionError("the index did not follow")


def linked(page: str, words: str) -> str:
    """Return where the link with a text leads."""
    (found,) = re.findall(rf'href="([^"]*)"[^>]*>\s*{re.escape(words)}', page)
    return unescape(found)


async def test_programs_and_people_find_the_same(desk: Desk):
    placed = await stated(desk)
    answer = (await desk.get(API, q=PHRASE, limit="2")).json()
    assert [hit["idx"] for hit in answer["hits"]] == [placed[2].idx, placed[1].idx]
    assert (answer["total"], answer["exact"], answer["degraded"]) == (3, True, False)
    assert answer["facets"]["types"] == {"penalty": 3}
    assert len(answer["coverage"]["cities"]) > 1
    (said,) = answer["hits"][0]["passages"]
    begins, ends = said["spans"][0]
    assert said["text"][begins:ends] == "未取得食品经营许可，从事餐饮服务"
    cursor = answer["following"]
    rest = (await desk.get(API, q=PHRASE, limit="2", cursor=cursor)).json()
    assert [hit["idx"] for hit in rest["hits"]] == [placed[0].idx]
    assert rest["following"] == ""
    page = (await desk.get(PAGE, q=PHRASE)).text
    assert page.count("<mark>未取得食品经营许可，从事餐饮服务</mark>") == 3
    assert "&lt;b&gt;" in page
    assert "<b>" not in page
    assert "共 3 条" in page
    assert f'href="/record/{WUHU}/{placed[0].idx}"' in page
    assert "数据覆盖范围" in page

    await desk.scene.one(WUHU, act("repair", placed[1], "2026-09-01"))
    assert (await desk.get(API, q=PHRASE)).json()["total"] == 2
    gone = (await desk.get(PAGE, q="从不曾有过的语句")).text
    assert NOTHING in gone
    assert "English" in gone
    english = (await desk.get(PAGE, q=PHRASE, lang="en")).text
    assert "2 records" in english
    assert "Facts" in english

    food = (await desk.get(PAGE, q="食品经营许可")).text
    narrowed = linked(food, "标准 1")
    assert parse_qs(urlsplit(narrowed).query) == {"q": ["食品经营许可"], "type": ["standard"]}
    found = (await desk.get(narrowed)).text
    assert "共 1 条" in found
    assert "<mark>食品经营许可</mark>审查要求" in found
    assert linked(found, "标准 1 ×") == linked(food, "标准 1").partition("&")[0]
    listed = (await desk.get(PAGE, q="食品 审查", organ="示例局", order="oldest")).text
    assert NOTHING in listed
    assert 'value="示例局"' in listed


async def test_pages_follow_each_other_by_their_links(desk: Desk):
    placed = await stated(desk, 25)
    first = (await desk.get(PAGE, q=PHRASE, order="oldest")).text
    following = linked(first, "下一页")
    await desk.scene.one(WUHU, penalty(facts=FACTS, decided_on="2026-03-01"))
    second = (await desk.get(following)).text
    shown = [*re.findall(r'href="/record/[^"]*/(\d+)"', first + second)]
    assert shown == [str(one.idx) for one in placed]
    assert "下一页" not in second
    assert "cursor" not in linked(second, "回到第一页")
    assert (await desk.get(linked(second, "回到第一页"))).status_code == 200


async def test_bad_questions_are_refused_in_words_and_never_fail(desk: Desk):
    for text, code in (("，。", "query-no-words"), ("食", "query-too-short")):
        problem(await desk.get(API, q=text), 400, code)
        page = await desk.served.http.get(PAGE, params={"q": text}, headers={"Accept": "text/html"})
        assert page.status_code == 400
        assert "请至少" in page.text or "没有文字" in page.text
    problem(await desk.get(API, q="食品", cursor="x"), 400, "bad-cursor")
    problem(await desk.get(API, q="食品", order="random"), 400, "invalid-parameter")
    problem(await desk.get(API, q="食" * 201), 400, "invalid-parameter")
    problem(await desk.get(PAGE, q="食" * 5_000), 400, "query-too-long")
    problem(await desk.get(PAGE, q="食品", date_from="昨天"), 400, "bad-date")
    for odd in ("' OR 1=1", ".*(食品)+", "\x00\x1b食品", "食品 AND (OR) NOT", "🦊🦊"):
        for path in (API, PAGE):
            assert (await desk.get(path, q=odd)).status_code in {200, 400}
    assert (await desk.get(f"{PAGE}?q=食品&city={'x' * 65}&order=;")).status_code == 400
    assert (await desk.get(PAGE)).status_code == 200


async def test_who_asks_says_why_and_is_written_down_without_the_words(desk: Desk):
    await stated(desk, 1)
    problem(await desk.get(API, Role.REGULATOR, "", q=PHRASE), 400, "purpose-required")
    answer = await desk.get(API, Role.REGULATOR, q=PHRASE)
    assert answer.json()["total"] == 1
    rows = await desk.log()
    assert [(row["kind"], row["outcome"]) for row in rows] == [
        ("texts", "purpose-required"), ("texts", "answered"),
    ]  # fmt: skip
    assert rows[0]["place"] == rows[1]["place"] != ""
    assert "食品" not in str(rows)


async def test_in_a_browser_it_is_reached_read_and_narrowed_by_clicks(desk, browser, base):
    await stated(desk)
    async with tab(browser, base, viewport=PHONE) as seen:
        page = seen.page
        await seen.open("/search?q=示例建设")
        await page.get_by_role("link", name="在信用信息内容中查找").click()
        await page.get_by_label("字词或语句").fill("食品经营许可")
        await page.get_by_role("button", name="查询").click()
        assert await page.locator("mark").count() == 4
        assert await seen.sideways() == 0
        assert await seen.grave(axe_source()) == []
        await page.get_by_role("link", name="行政处罚信息 3").click()
        assert await page.locator("ol.hits > li").count() == 3
        assert seen.errors == []
