"""The page about standards: form, answer in the agreed words, editions, who recognises it."""

import html
import re

import pytest

from signing.record import encode_record
from tests.registry.api.conftest import BATCH, Served
from tests.registry.query import standards_scene as made
from tests.registry.world import NANJING, Publisher

NUMBER = "DB34/T 5037-2016"
PAGE = {"Accept": "text/html"}
FIRST = (
    "符合强制性标准的产品可以在全国销售，无需{place}认可。"
    "以下只回答：{use}中，DB34/T 5037-2016能否作为依据。"
)


@pytest.fixture
async def filled(served: Served) -> Served:
    mains = [
        made.standard(title="<示例>标准", void_on="2026-12-01",
                      replaced_by=[{"number": "GB/T 9-2026", "extent": "whole"}]),
        made.recognition(degree="conditional", conditions=["附检测报告"]),
        made.comparison(NUMBER, "DB34/T 5000-2020"),
        made.recognition("DB34/T 5000-2020", degree="partial", exclusions=["幕墙"]),
    ]  # fmt: skip
    body = Publisher(NANJING).seal([encode_record(main) for main in mains])
    answer = await served.http.post(f"/log/{NANJING}/batch", content=body, headers=BATCH)
    assert answer.json()["quarantined"] == []
    return served


async def page(served: Served, status: int = 200, **asked: str) -> str:
    answer = await served.http.get("/standard", params=asked, headers=PAGE)
    assert answer.status_code == status
    assert "<示例>" not in answer.text
    text = re.sub(r"<[^>]+>", " ", answer.text)
    return re.sub(r"\s+", " ", html.unescape(text))


async def test_from_home_in_three_clicks(filled):
    home = (await filled.http.get("/", headers=PAGE)).text
    assert 'href="/standard"' in home
    form = (await filled.http.get("/standard", headers=PAGE)).text
    assert 'name="number"' in form
    for name in ("territory", "use", "product", "on"):
        assert f'name="{name}"' in form
    told = await page(filled, number=NUMBER, territory="320100", use="tender")
    assert FIRST.format(place="南京市", use="招标投标") in told
    for said in ("在南京市", "宁市监标〔2026〕1号", "附检测报告", "GB/T 9-2026", "<示例>标准"):
        assert said in told, said


async def test_no_document_is_said_in_the_agreed_words(filled):
    told = await page(filled, number=NUMBER, territory="320100", use="certification")
    assert FIRST.format(place="南京市", use="认证") in told
    assert "未查询到南京市认可该标准的文件。这不表示该产品不得在南京市销售或使用。" in told
    english = await page(filled, number=NUMBER, territory="320100", use="certification", lang="en")
    assert "does not mean that the product must not be sold" in english


async def test_without_a_territory_editions_and_who_recognises_it(filled):
    told = await page(filled, number="db34t5037")
    for said in (
        "DB34/T 5037",
        "现行",
        "各地区认可情况",
        "芜湖市",
        "未查询到文件",
        "有条件",
        "可以（依法）",
        "比对",
    ):
        assert said in told, said
    assert "不表示不得销售或使用" in told


async def test_what_is_nearest_is_named_with_its_answer(filled):
    told = await page(filled, number="DB34/T 5000-2020", territory="320100", use="tender")
    assert "DB34/T 5037-2016" in told


async def test_what_is_not_recorded_or_no_number_is_said(served):
    assert "未收录有关 GB/T 1 的公开信息" in await page(served, number="GB/T 1")
    assert "标准" in await page(served, 400, number="？？")
    assert "区划代码" in await page(served, 400, number="GB/T 1", territory="110000")
    assert "日期" in await page(served, 400, number="GB/T 1", on="昨天")
