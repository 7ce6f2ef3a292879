"""Who sees which figures, on pages, over the interface, as files; and the region office's view."""

import asyncio
import csv
import io
import json
import re
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace
from datetime import date

from registry.domain.disclosure import Role
from registry.pages.fonts import find_fonts
from registry.pages.voucher_pdf import Paper
from registry.quality import views
from registry.quality.definitions import DIGEST, FIGURES
from registry.quality.follower import Counting
from registry.quality.views import Quality
from registry.store.alarms import AlarmStore
from registry.store.logs import log_id_of
from tests.conftest import absent
from tests.registry.quality.scene import Region, open_region
from tests.registry.quality.told import JULY, JUNE, tell
from tests.registry.query.scene import firm, listing, of_standards, penalty
from tests.registry.world import NANJING, WUHU

HTML = {"Accept": "text/html"}
CODE, OTHER = "340200", "320100"
ORGAN = "芜湖市市场监督管理局"
NASTY = '=HYPERLINK("http://evil.example")'
SECRET = {key for key, figure in FIGURES.items() if not figure.public}


@asynccontextmanager
async def told(service_url: str, folder) -> AsyncIterator[Region]:
    """Beside what is told there: enough for the public, an odd department, a recognition."""
    async with open_region(service_url, folder) as region:
        await tell(region)
        more = [penalty(subject=firm(2), decided_on="2026-07-06") for _ in range(6)]
        recognised = of_standards("standard_recognition")
        unread = of_standards("standard_recognition") | {"number": "没有编号"}
        odd = penalty(subject=firm(2), source_unit={"name": NASTY})
        *_, stands, _ = await region.state(WUHU, JULY, *more, odd, recognised, unread)
        suspended = {
            "target": stands.target,
            "effective_on": "2026-07-05",
            "decided_on": "2026-07-05",
        }
        await region.state(WUHU, JULY, of_standards("recognition_change") | suspended)
        await Counting(region.served.node.db, region.served.node.charter).catch_up()
        yield region


async def page(region: Region, path: str, key: dict | None = None, status: int = 200) -> str:
    answer = await region.served.http.get(path, headers=HTML | (key or {}))
    assert answer.status_code == status, (path, answer.text[:900])
    return answer.text


async def data(region: Region, path: str, key: dict | None = None, status: int = 200) -> dict:
    answer = await region.served.http.get(f"/api/v1{path}", headers=key or {})
    assert answer.status_code == status, answer.text
    return json.loads(answer.content)


async def check_roles(region: Region) -> None:
    """The public part for everybody; all of it for the member, the office and the auditor."""
    address = f"/quality/{CODE}/2026-07"
    public = await data(region, address)
    assert public["whole"] is False
    assert {row["key"] for row in public["types"]} == {"penalty"}
    assert set(public["total"]["figures"]) == set(FIGURES) - SECRET
    assert public["total"]["figures"]["volume"]["value"] == 8
    assert (public["units"], public["findings"]) == ([], [])
    for role, member, whole in (
        (Role.CLERK, CODE, True),
        (Role.REVIEWER, CODE, True),
        (Role.REGULATOR, CODE, True),
        (Role.REGION, "", True),
        (Role.AUDITOR, "", True),
        (Role.CLERK, OTHER, False),
        (Role.OPERATOR, "", False),
    ):
        key = await region.key(role, member)
        found = await data(region, address, key)
        assert found["whole"] is whole, role
        if not whole:
            assert found == public
            await data(region, f"{address}?unit={ORGAN}", key, 404)
            continue
        assert set(found["total"]["figures"]) == set(FIGURES)
        types = {row["key"]: row["figures"]["volume"]["value"] for row in found["types"]}
        assert types["penalty"] == 8
        assert types["repair"] == types["withdrawal"] == 1
        assert [row["key"] for row in found["units"]] == [ORGAN, NASTY]
        assert found["findings"][0] == {"code": "late-report", "level": "warning", "number": 1}
        own = await data(region, f"{address}?unit={ORGAN}", key)
        assert own["unit"] == ORGAN
        assert own["total"]["figures"]["volume"]["value"] == 13


async def check_small_numbers(region: Region) -> None:
    """Of fewer than five records the public is told that they are few, and nothing else."""
    june = await data(region, f"/quality/{CODE}/2026-06")
    permits = next(row for row in june["types"] if row["key"] == "permit")
    assert permits == {"key": "permit", "few": True, "figures": {}}
    text = await page(region, f"/quality/{CODE}/2026-06")
    assert "少于5" in text
    assert "fewer than 5" in await page(region, f"/quality/{CODE}/2026-06?lang=en")
    office = await region.key(Role.REGION)
    known = await data(region, f"/quality/{CODE}/2026-06", office)
    permits = next(row for row in known["types"] if row["key"] == "permit")
    assert permits["figures"]["volume"]["value"] == 1
    assert "少于5" not in await page(region, f"/quality/{CODE}/2026-06", office)


async def check_names_positions(region: Region) -> None:
    """An answer names the positions it was counted from, and the definitions it was counted by."""
    found = await data(region, "/quality")
    heads = {one["origin"]: (one["size"], one["root"]) for one in found["positions"]}
    logs = (await data(region, "/logs"))["logs"]
    assert heads[WUHU] == next((x["size"], x["root"]) for x in logs if x["origin"] == WUHU)
    assert (found["definitions"], found["until"]) == (DIGEST, "2026-07")
    assert [one["member"] for one in found["members"]] == [CODE, OTHER, "341100"]  # as chartered
    one = (await data(region, f"/quality/{CODE}?until=2026-06"))["members"][0]
    assert [month["key"] for month in one["months"]][-2:] == ["2026-05", "2026-06"]
    assert one["months"][-1]["figures"]["volume"]["value"] == 5
    # What came since is named as still to be counted, with the root of what was.
    await region.state(WUHU, JULY, penalty(subject=firm(2)))
    later = await data(region, "/quality")
    (position,) = (one for one in later["positions"] if one["origin"] == WUHU)
    assert (position["size"], position["root"]) == heads[WUHU]
    assert position["holds"] == position["size"] + 1
    assert "另有1条待统计" in await page(region, "/quality")
    await Counting(region.served.node.db, region.served.node.charter).catch_up()


async def check_pages(region: Region) -> None:
    text = await page(region, "/quality")
    assert "不作排名" in text
    for figure in FIGURES.values():
        assert figure.zh in text
        assert figure.formula_zh in text
    assert DIGEST in text
    assert text.count('<svg class="months"') == 3
    assert "Reported in time" in await page(region, "/quality?lang=en&until=2026-07")
    text = await page(region, f"/quality/{CODE}")
    assert "按期报送率" in text
    assert "重复报送率" not in text
    few = await page(region, f"/quality/{OTHER}")
    assert "条数不足，未评" in few  # a criterion without enough to judge it by
    office = await region.key(Role.REGION)
    assert "重复报送率" in await page(region, f"/quality/{CODE}", office)
    text = await page(region, f"/quality/{CODE}/2026-07", office)
    assert "HYPERLINK(&#34;http" in text
    assert "更正撤回率" in text
    assert "信用修复" in text
    assert "信用修复" not in await page(region, f"/quality/{CODE}/2026-07")


async def check_refusals(region: Region) -> None:
    for path, status in (
        ("/quality?until=2026", 400),
        (f"/quality/{CODE}?until=x", 400),
        (f"/quality/{CODE}/2026-99", 400),
        ("/quality/999999", 404),
        ("/quality/999999/2026-07", 404),
        (f"/quality/{CODE}/2026-07?unit=%00", 404),
        (f"/quality/{CODE}/2026-07?unit={ORGAN}", 404),
    ):
        await page(region, path, status=status)
        await data(region, path, status=status)
    # No such department is told from one that may not be seen: the words are the same.
    office = await region.key(Role.REGION)
    nobody = await data(region, f"/quality/{CODE}/2026-07?unit=x", office, 404)
    hidden = await data(region, f"/quality/{CODE}/2026-07?unit={ORGAN}", status=404)
    assert nobody["detail"] == hidden["detail"]


async def check_files(region: Region) -> None:
    office = await region.key(Role.REGION)
    base = f"/quality/{CODE}/2026-07"
    answer = await region.served.http.get(f"{base}/csv", headers=office)
    assert answer.headers["content-type"] == "text/csv; charset=utf-8"
    assert f'filename="quality-{CODE}-2026-07.csv"' in answer.headers["content-disposition"]
    rows = list(csv.reader(io.StringIO(answer.content.decode("utf-8-sig"))))
    width = len(rows[0])
    assert rows[0][:5] == ["类别", "项目", "入库条数", "分子", "分母"]
    assert width == 2 + 3 * len(FIGURES)
    total = dict(zip(rows[0][2::3], rows[1][2::3], strict=True))
    assert total["入库条数"] == "14"
    assert total["合格率"] == "0.929"
    units = [row[1] for row in rows if row[0] == "数据来源单位"]
    assert units == [ORGAN, f"'{NASTY}"]  # as text, not as a formula
    assert next(row[1] for row in rows if row[0] == "日志位置") == WUHU
    public = await region.served.http.get(f"/quality/{CODE}/2026-06/csv")
    assert [row[2] for row in csv.reader(io.StringIO(public.text)) if row[1] == "行政许可信息"] == [
        "少于5"
    ]
    region.served.app.state["paper"] = Paper(find_fonts(None))
    made = await asyncio.gather(
        *(region.served.http.get(f"{base}/pdf", headers=office) for _ in range(2))
    )
    if made[0].status_code == 503:
        absent("no Chinese font on this machine (make font, or Debian's fonts-noto-cjk)")
    assert made[0].content == made[1].content  # equal figures, equal bytes
    assert made[0].content.startswith(b"%PDF-")
    small = await region.served.http.get(f"{base}/pdf?lang=en")
    assert small.headers["content-type"] == "application/pdf"
    assert len(small.content) < len(made[0].content)


async def check_region(region: Region) -> None:
    """Each block leads to its page; the desks of measures are for the office and auditors."""
    store = AlarmStore(region.served.node.db)
    await region.served.node.db.pool.execute(
        "INSERT INTO alarms VALUES ($1, 'fork', $2, 'node.example', '示例', $3, now())",
        log_id_of(NANJING), b"d" * 32, b"evidence",
    )  # fmt: skip
    assert sum((await store.open()).values()) == 1
    levels = ("decide", "coordinate", "carry-out")
    public = "".join([await page(region, f"/region?level={level}") for level in levels])
    links = set(re.findall(r'href="([^"]+)"', public))
    for link in (
        "/logs",
        "/rules",
        "/standards",
        "/alarms",
        "/charter",
        f"/quality/{CODE}",
        f"/log/{WUHU}",
    ):
        assert link in links, link
    assert any(link.startswith("/alarms?origin=") for link in links)
    assert "逾期" not in public
    assert "DB3201/T 9902-2025" in public  # suspended
    assert "距上一级" in public
    office = await page(region, "/region?lang=en", await region.key(Role.AUDITOR))
    assert "0 pushes open, 0 overdue, 0 answered" in office
    assert "Version 1, valid until" in office
    assert "to the next" in office


async def test_what_is_shown_to_whom(database, tmp_path):
    async with told(database.service_url, tmp_path) as region:
        await check_roles(region)
        await check_small_numbers(region)
        await check_pages(region)
        await check_refusals(region)
        await check_files(region)
        await check_region(region)
        await check_names_positions(region)


async def test_before_anything_was_counted(database, tmp_path):
    """An empty node answers with an empty month, and knows no month of a stranger."""
    async with open_region(database.service_url, tmp_path) as region:
        found = await data(region, "/quality")
        assert (found["until"], found["positions"]) == ("2026-06", [])
        assert {one["level"] for one in found["members"]} == {""}
        assert "未定级" in await page(region, "/quality")
        assert "尚无生效的规则汇编" in await page(region, "/region")
        await region.state(WUHU, JUNE, penalty())
        (position,) = (await data(region, "/quality"))["positions"]
        assert (position["size"], position["holds"]) == (0, 1)


async def test_many_departments_are_one_line(database, tmp_path, monkeypatch):
    monkeypatch.setattr(views, "UNITS_MAX", 2)
    async with open_region(database.service_url, tmp_path) as region:
        units = ["甲", "甲", "甲", "乙", "乙", "丙", "丁"]
        await region.state(WUHU, JUNE, *(listing(source_unit={"name": name}) for name in units))
        await Counting(region.served.node.db, region.served.node.charter).catch_up()
        quality = Quality(region.served.node.db, region.served.node.charter, region.clock)
        grant = replace(views.Grant(Role.REGION))
        found = await quality.statement(CODE, grant, date(2026, 6, 1))
        lines = [(row.key, row.values["volume"].top) for row in found.units]
        assert lines == [("甲", 3), ("乙", 2), (views.OTHERS, 2)]
        text = await page(region, f"/quality/{CODE}/2026-06", await region.key(Role.REGION))
        assert "unit=%E7%94%B2" in text
        assert "unit=%E2%80%A6" not in text
