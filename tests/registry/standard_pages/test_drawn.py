"""A standard drawn, in Chromium: lives and relations on a phone and a desk, light and dark."""

import pytest

from tests.pages.chromium import DESKTOP, HTML_MAX, PAGE_MAX, PHONE, Seen, axe_source, tab
from tests.registry.access.conftest import Desk
from tests.registry.query import standards_scene as made
from tests.registry.query.scene import NANJING, WUHU, firm

NUMBER = f"{made.ANHUI}-2016"
NEWER = f"{made.ANHUI}-2026"
OLDER = f"{made.ANHUI}-2006"
WUHU_OFFICE = {"name": "芜湖市市场监督管理局", "kind": "市场监督管理部门", "division": "340200"}
NEAR = "DB32/T 9002-2024"
REFERENCES = ["GB/T 1-2009", "GB 50300", "GB/T 50375-2016", "JGJ 59-2011", "GB 50204-2015"]


def whole(number: str) -> list[dict[str, str]]:
    return [{"number": number, "extent": "whole"}]


@pytest.fixture
async def drawn(desk: Desk) -> None:
    """Three editions; what they come from, what has come of them; recognitions of every state."""
    scene = desk.scene
    first, *_ = await scene.state(
        NANJING,
        made.recognition(degree="conditional", conditions=["附检测报告"]),
        made.acceptance(NUMBER),
        made.comparison(NUMBER, "DB32/T 9002-2024"),
        made.notice(NUMBER, "amended", by="DB34/T 5037-2016/XG1-2020", effective_on="2020-05-01"),
        made.notice(NUMBER, "replaced_in_part", by="GB/T 9-2026", clauses="5.2"),
        made.group_use("T/CAS 290-2017", NUMBER),
        made.recognition(degree="refused", reasons="示例", products=["桥梁"]),
        made.laboratory(NUMBER, subject=firm(41, "南京示例检测有限公司")),
        *(made.standard(f"DB32/T {5100 + at}-2024", references=[NUMBER]) for at in range(8)),
        made.standard("DB32/T 5200-2022", references=["DB34/T 5037"]),
    )
    await scene.one(
        NANJING, made.change(first, NUMBER, "suspended", "2026-08-01", review_by="2027-01-31")
    )
    adopts = [
        {"number": "ISO 9001:2015", "degree": "MOD"},
        {"number": "ISO 9004:2018", "degree": "NEQ"},
    ]
    await scene.state(
        WUHU,
        made.recognition(
            territory="340200", authority=WUHU_OFFICE, instrument="芜市监标〔2026〕7号"
        ),
        made.standard(
            OLDER, issued_on="2006-03-01", effective_on="2006-09-01", authority=WUHU_OFFICE
        ),
        made.standard(
            replaces=whole(OLDER),
            adopts=adopts,
            references=[*REFERENCES, "GB/T 14-2013", "GB/T 15-2013"],
            authority=WUHU_OFFICE,
        ),
        made.standard(
            NEWER,
            issued_on="2026-10-01",
            effective_on="2027-04-01",
            replaces=whole(NUMBER),
            authority=WUHU_OFFICE,
        ),
    )
    assert not scene.quarantined, scene.quarantined


LOOKS = ((PHONE, "light", "zh"), (DESKTOP, "dark", "en"))


async def sound(seen: Seen) -> None:
    """No page is heavy, and none is met by an error."""
    html, every = await seen.weight()
    assert html <= HTML_MAX
    assert every <= PAGE_MAX
    assert seen.errors == []


@pytest.mark.usefixtures("drawn")
async def test_lives_and_relations_are_drawn_and_can_be_entered(browser, base):
    source = axe_source()
    for size, scheme, lang in LOOKS:
        async with tab(browser, base, viewport=size, color_scheme=scheme) as seen:
            page = seen.page
            await seen.open(f"/standard?number={NUMBER}&lang={lang}")
            assert await seen.sideways() == 0
            assert await seen.grave(source) == []
            assert await page.locator("figure.picture").count() == 2
            await sound(seen)
            # What is watched, by clicks.
            await page.locator("a.act").first.click()
            await page.locator("textarea").fill(f"db34t5037\n{NEAR}\n不是编号")
            await page.locator("main button").click()
            assert await page.locator("li.card").count() == 2
            assert await seen.sideways() == 0
            assert await seen.grave(source) == []
            await seen.open(page.url.removeprefix(base))
            await sound(seen)
            for path in ("/standards?q=施工", f"/laboratories?method={NUMBER}"):
                await seen.open(f"{path}&lang={lang}")
                assert await seen.sideways() == 0
                assert await seen.grave(source) == []
                await sound(seen)
    async with tab(browser, base, viewport=PHONE, java_script_enabled=False) as seen:
        page = seen.page
        await seen.open(f"/standard?number={NUMBER}")
        box = page.locator("figure.linked svg.box").filter(has_text=OLDER).get_by_role("link")
        await box.focus()
        await page.keyboard.press("Enter")
        await page.wait_for_url(f"**/standard?number={OLDER.replace('/', '%2F').replace(' ', '+')}")


@pytest.mark.usefixtures("drawn")
async def test_the_pictures_say_in_words_what_they_show(desk: Desk):
    html = (await desk.get("/standard", number=NUMBER)).text
    lives, linked = (svg.split("</desc>")[0] for svg in html.split('<svg role="group"')[1:])
    assert "DB34/T 5037-2016：2016年8月18日至2017年3月31日已发布未实施，" in lives
    assert "2026年6月1日至2027年3月31日部分被代替，2027年4月1日起被代替。" in lives
    assert (
        "南京市、招标投标、附条件：2026年2月1日至2026年7月31日现行有效，2026年8月1日起暂停。"
        in lives
    )
    assert "南京市、招标投标、不予认可或采信：2026年2月1日至2027年3月31日不予认可，" in lives
    for said in (
        "对应（非采用）：ISO 9004:2018，非等效（不属于采用）。",
        "引用：GB 50300，不注日期，指现行版本。",
        "修改单：DB34/T 5037-2016/XG1-2020，修改（修改单）。",
        "被代替：DB34/T 5037-2026，全部。",
        "被引用：DB32/T 5104-2024，注日期引用。",
        "…… 另有 4 项",
        "认可与采信：南京市 招标投标，暂停、附条件。",
    ):
        assert said in linked, said
    assert "DB32/T 5105-2024" not in linked
    assert "DB32/T 5105-2024" in html.split('id="relations"')[1]
    # What only an edition before it is related to stands in the list, not in the picture.
    older = (await desk.get("/standard", number=OLDER)).text
    linked = older.split('<svg role="group"')[2].split("</desc>")[0]
    assert "被代替：DB34/T 5037-2016" in linked
    assert "ISO 9001:2015" not in linked
    told = (await desk.get(f"/api/v1/standards/{NUMBER}")).json()
    courses = {(one["kind"], one["number"], one["use"]): one for one in told["courses"]}
    assert courses["recognition", NUMBER, "tender"]["spans"][-1]["state"] == "suspended"
    assert {line["extent"] for line in told["lines"] if line["role"] == "references"} == {
        "dated", "undated",
    }  # fmt: skip
