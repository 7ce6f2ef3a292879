"""The pages: saved with a button, what is new is read, marked as seen, removed."""

import re

from registry.domain.disclosure import Role
from registry.pages.texts import TEXTS
from registry.saved.model import ALERTS
from tests.registry.access.conftest import GRANTS, MEMBERS, Desk, reads
from tests.registry.query.scene import FIRM, NANJING, WUHU, penalty, registration, sid, uscc
from tests.registry.query.standards_scene import notice, standard
from tests.registry.saved.test_saved import firm, repaired, saved
from tests.registry.screening.test_pages import HTML, page

BUTTON = re.compile(r'<form class="noprint" method="post" action="(/saved\?[^"]+)">')


async def shown(desk: Desk, path: str, who: Role | None = Role.REGULATOR) -> str:
    answer = await page(desk, "GET", path, who)
    assert answer.status_code == 200, answer.text[:500]
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", answer.text))


async def sent(desk: Desk, path: str, status: int = 303, **form: str) -> str:
    answer = await page(desk, "POST", path, data={"lang": "zh", **form})
    assert answer.status_code == status, answer.text[:500]
    return str(answer.headers.get("location", answer.text))


async def press(desk: Desk, path: str) -> str:
    """Press the button by which the question of a page is saved; return where that leads."""
    html = (await page(desk, "GET", path)).text
    (action,) = BUTTON.findall(html)
    return await sent(desk, action.replace("&amp;", "&"))


@reads
async def test_a_search_is_saved_with_its_filters_and_opened_again(reading: Desk):
    await reading.scene.one(WUHU, penalty(subject=firm(50, "镇江香樟建材有限公司")))
    question = "/search?q=镇江香樟&city=340200&city=320100&type=penalty&date_from=2026-01-01"
    place = await press(reading, question)
    text = await shown(reading, place)
    assert "查询：芜湖市、南京市、行政处罚信息、2026年1月1日 – " in text
    assert "没有新动态" in text
    await reading.scene.one(NANJING, penalty(subject=firm(51, "镇江香樟木业有限公司")))
    assert "1 条新动态" in await shown(reading, "/saved")
    html = (await page(reading, "GET", place)).text
    assert '新查得</a>：<span lang="zh-CN">镇江香樟木业有限公司</span>' in html
    assert f'<span class="mono small">{uscc(51)}</span>' in html
    assert f'href="/subject/{sid(uscc(51))}"' in html
    assert "city=340200&amp;city=320100&amp;type=penalty&amp;date_from=2026-01-01" in html
    (number,) = re.findall(r'name="look" value="(\d+)"', html)
    assert await sent(reading, f"{place}/seen", look=number) == "/saved"
    assert "没有新动态" in await shown(reading, place)
    assert await sent(reading, f"{place}/seen", 400, look="x")
    assert "looked-again" not in await shown(reading, "/saved")
    assert await sent(reading, f"{place}/else", 400)
    assert await sent(reading, f"{place}/remove", lang="en") == "/saved?lang=en"
    assert (await page(reading, "GET", place)).status_code == 404


@reads
async def test_a_subject_is_watched_in_a_territory_and_a_repair_is_not_told(reading: Desk):
    stated = await reading.scene.state(
        WUHU, registration(subject=firm(52)), penalty(subject=firm(52))
    )
    subject = f"/subject/{sid(uscc(52))}"
    place = await press(reading, f"{subject}?territory=320100")
    await reading.scene.one(NANJING, penalty(subject=firm(52)))
    text = await shown(reading, place)
    assert f"南京市新增行政处罚信息（2026年5月10日） ： {firm(52)['name']}" in text
    assert "信用主体：南京市 " in text
    await reading.scene.one(WUHU, repaired(stated[1], firm(52)))
    text = await shown(reading, place)
    assert "结果有变化，请重新查看" in text
    assert "修复" not in text
    html = (await page(reading, "GET", f"{place}?lang=en")).text
    assert "The result has changed" in html
    assert f"{subject}?territory=320100&amp;lang=en" in html


@reads
async def test_a_standard_is_typed_and_what_cannot_be_asked_says_why(reading: Desk):
    await reading.scene.one(NANJING, standard("GB/T 18802-2015"))
    place = await sent(reading, "/saved", number="gbt 18802")
    assert await press(reading, "/standard?number=GB/T 18802") == place
    await reading.scene.one(NANJING, notice("GB/T 18802-2015"))
    text = await shown(reading, place)
    assert "版本废止" in text
    assert "GB/T 18802" in text
    assert "GB/T 18802" in await shown(reading, "/saved")
    many = "&".join(f"state={at:060}" for at in range(200))
    assert "query-filter" in await sent(reading, f"/saved?q=示例&{many}", 400)
    assert "query-empty" in await sent(reading, "/saved", 400)
    assert "number-malformed" in await sent(reading, "/saved", 400, number="x")
    only = await reading.scene.one(WUHU, penalty(subject=firm(53)))
    gone = await saved(reading, kind="subject", subject=sid(uscc(53)))
    await reading.scene.one(WUHU, repaired(only, firm(53)))
    text = await shown(reading, "/saved")
    assert str(firm(53)["name"]) not in text
    assert (await page(reading, "GET", f"/saved/{gone['id']}")).status_code == 404


@reads
async def test_the_list_goes_on_page_by_page_and_is_for_who_is_known(reading: Desk):
    who = (await reading.keys.issue(GRANTS[Role.REGULATOR], "示例系统", 365, MEMBERS)).text
    for at in range(21):
        await saved(reading, who, kind="search", text=f"没有这样的{at}")
    headers = HTML | {"Authorization": f"Bearer {who}"}
    first = (await reading.served.http.get("/saved", headers=headers)).text
    assert first.count('<section class="card"') == 20
    assert 'href="/saved?page=1" rel="next"' in first
    second = (await reading.served.http.get("/saved?page=1", headers=headers)).text
    assert second.count('<section class="card"') == 1
    assert 'href="/saved?page=0" rel="prev"' in second
    assert (await page(reading, "GET", "/saved", None)).status_code == 401
    assert not BUTTON.search((await page(reading, "GET", f"/search?q={FIRM}", None)).text)


def test_every_alert_has_words():
    for kind in ALERTS:
        assert f"saved.alert-{kind}" in TEXTS
