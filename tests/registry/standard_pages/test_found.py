"""Standards that are found, and their facets: every count is what its link leads to."""

import re
from html import unescape

from tests.registry.access.conftest import Desk
from tests.registry.query import standards_scene as made
from tests.registry.query.scene import NANJING, WUHU

NUMBER = f"{made.ANHUI}-2016"
TITLE = {"title": "建筑工程检测标准"}
STATED = (
    made.standard(ics=["91.010.30", "91.080.40"], ccs=["P25"], **TITLE),
    made.standard("GB/T 9001-2020", ics=["91.080.40"], ccs=["P30", "P31"], **TITLE),
    made.standard("GB 9002-2019", obligation="mandatory", void_on="2024-01-01", **TITLE),
    made.standard("GB/T 9001-2030", effective_on="2030-01-01", ics=["13.020"], **TITLE),
    made.standard("T/CAS 290-2017", title="团体检测标准"),
    made.recognition(),
    made.recognition(degree="refused", reasons="示例", products=["桥梁"]),
    made.acceptance("GB/T 9001-2020"),
)
WIDER = {"ics_field": "ics", "ccs_class": "ccs"}
PARAMETERS = {"uses": "use", "territory": None}
API = "/api/v1/standards"


async def test_every_count_is_what_narrowing_down_by_it_gives(desk: Desk):
    paper, *_ = (await desk.scene.state(NANJING, *STATED))[5:]
    # A second source of an edition is no second edition.
    await desk.scene.state(WUHU, made.standard(**TITLE, authority={"name": "示例局"}))
    assert not desk.scene.quarantined
    found = (await desk.get(API, q="检测标准", limit="100")).json()
    assert (found["total"], found["whole"]) == (5, True)
    facets = found["facets"]
    assert facets["state"] == {"in_force": 3, "upcoming": 1, "void": 1}
    assert facets["prefix"] == {"GB/T": 2, "DB34/T": 1, "GB": 1, "T/CAS": 1}
    assert facets["obligation"] == {"voluntary": 4, "mandatory": 1}
    assert facets["recognised_in"] == {"320100": 2}
    assert facets["uses"] == {"tender": 1, "certification": 1}
    assert facets["ics_field"] == {"91": 2, "13": 1}
    assert facets["ccs_class"] == {"P": 2}
    followed = 0
    for facet, counts in facets.items():
        parameter = PARAMETERS.get(facet, WIDER.get(facet, facet))
        for value, count in counts.items():
            if parameter:
                narrowed = (await desk.get(API, q="检测标准", **{parameter: value})).json()
                assert narrowed["total"] == count, (facet, value)
                followed += 1
    assert followed > 20
    both = (await desk.get(f"{API}?q=检测标准&state=void&state=upcoming&prefix=GB/T")).json()
    assert [one["number"] for one in both["editions"]] == ["GB/T 9001-2030"]
    await desk.scene.one(NANJING, made.change(paper, NUMBER, "ended", "2026-11-01"))
    after = (await desk.get(API, q="检测标准")).json()
    assert after["facets"]["recognised_in"] == {"320100": 1}
    (one,) = [one for one in after["editions"] if one["number"] == "GB/T 9001-2020"]
    assert (one["recognised_in"], one["uses"]) == (["320100"], ["certification"])


async def test_the_page_narrows_down_and_widens_by_links(desk: Desk):
    await desk.scene.state(NANJING, *STATED)
    page = (await desk.get("/standards", q="检测标准")).text
    assert "5 个版本" in page
    assert re.search(r'href="([^"]+)">GB/T 2<', page)
    link = unescape(re.search(r'href="([^"]+)">废止 1<', page)[1])
    narrowed = (await desk.get(link)).text
    assert "1 个版本" in narrowed
    assert "GB 9002-2019" in narrowed
    assert "GB/T 9001" not in narrowed
    back = unescape(re.search(r'href="([^"]+)" aria-current="true"[^>]*>废止 1 ×<', narrowed)[1])
    assert "5 个版本" in (await desk.get(back)).text
    field = unescape(re.search(r'href="([^"]+)">91 2<', page)[1])
    assert re.search(r">91 ×<.*>91.080.40 2<", (await desk.get(field)).text, re.DOTALL)
    english = (await desk.get("/standards", q="检测标准", lang="en", city="320100")).text
    assert "2 editions" in english
    assert 'name="city" value="320100"' in english
    nothing = (await desk.get("/standards", q="检测标准", state="partly_replaced")).text
    assert "这不表示没有该标准" in nothing
    assert "facets" not in (await desk.get("/standards")).text
    assert (await desk.get("/standards", q="字" * 121)).status_code == 400
    pages = (await desk.get("/standards", q="检测标准", offset="20")).text
    assert 'rel="prev"' in pages
