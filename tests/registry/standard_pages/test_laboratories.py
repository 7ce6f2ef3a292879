"""Laboratories by name and by method: licence on a day, scope, what is hidden, as page and API."""

import pytest

from registry.query import standards as module
from tests.registry.access.conftest import Desk
from tests.registry.query import standards_scene as made
from tests.registry.query.scene import NANJING, act, firm

API = "/api/v1/laboratories"
METHOD = "GB/T 14684-2022"
ITEMS = [
    {"item": "建设用砂", "method": METHOD, "parameter": "含泥量", "limits": "限筛分法"},
    {"item": "水泥", "method": "GB/T 175-2023"},
]


def scope(name: str, number: int, **members: object) -> dict[str, object]:
    return made.laboratory(METHOD, **{"subject": firm(number, name), **members})


async def found(desk: Desk, **asked: str) -> list[tuple[str, str]]:
    answer = await desk.get(API, **asked)
    assert answer.status_code == 200, answer.text
    return [(one["name"], one["state"]) for one in answer.json()["licences"]]


async def test_licences_by_name_and_method_on_a_day(desk: Desk, monkeypatch: pytest.MonkeyPatch):
    await desk.scene.state(
        NANJING,
        scope("南京示例检测有限公司", 41, items=ITEMS),
        scope("南京示例旧检测所", 42, valid_from="2019-01-01", valid_until="2024-12-31"),
        scope("芜湖示例计量院", 43, items=[{"item": "砂", "method": "GB/T 14684-2011"}]),
        scope("示例内部试验室", 44, publication="government"),
        made.result("GB/T 175-2023", methods=[METHOD]),
    )
    taken = await desk.scene.one(NANJING, scope("南京示例撤销检测所", 45))
    await desk.scene.one(
        NANJING, act("withdrawal", taken, "2026-09-01", subject=firm(45, "南京示例撤销检测所"))
    )
    assert not desk.scene.quarantined, desk.scene.quarantined
    valid, old = ("南京示例检测有限公司", "valid"), ("南京示例旧检测所", "expired")
    assert await found(desk, name="示例") == [valid, ("芜湖示例计量院", "valid"), old]
    assert await found(desk, name="南京", method="gbt14684") == [valid, old]
    assert await found(desk, name="旧检", on="2020-01-01") == [(old[0], "valid")]
    assert await found(desk, name="旧检", on="2018-12-31") == [(old[0], "not_yet")]
    assert await found(desk, name="%") == await found(desk, name="内部") == []
    (one,) = (await desk.get(API, name="南京示例检测", method=METHOD)).json()["licences"]
    assert one["items"] == [ITEMS[0]]
    assert (one["count"], one["mark"], one["valid_until"]) == (1, "CMA", "2030-12-31")
    page = (await desk.get("/laboratories", name="南京")).text
    for said in (
        "证书有效",
        "证书已过期",
        "有效期自2025年1月1日至2030年12月31日（含当日）",
        "含泥量",
        "能力范围（2 项）",
    ):
        assert said in page, said
    monkeypatch.setattr(module, "LABORATORIES", 1)
    assert (await desk.get(API, name="示例")).json()["whole"] is False
    assert "仅列出一部分" in (await desk.get("/laboratories", name="示例")).text
    nothing = (await desk.get("/laboratories", name="没有", lang="en")).text
    assert "does not mean that it has no licence" in nothing
    assert 'id="found"' not in (await desk.get("/laboratories")).text
    for asked in ({}, {"name": " "}, {"method": "不是编号"}):
        answer = await desk.get(API, **asked)
        assert answer.status_code == 400
        assert answer.json()["detail_en"]
    assert (await desk.get(API)).json()["code"] == "nothing-asked"
    assert (await desk.get("/laboratories", name="长" * 101)).status_code == 400
