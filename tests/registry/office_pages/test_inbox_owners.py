"""An inbox names the local office, and what happens when the day passes; the region sees it."""

from registry.domain.disclosure import Role
from registry.domain.grants import Grant
from tests.registry.access.conftest import HTML, MEMBERS, ONE, Desk, reads
from tests.registry.access.test_standard_desk import case
from tests.registry.exchange.feed_desk import BUREAU, approve
from tests.registry.query.scene import NANJING, WUHU, act, firm, listing, other, penalty, permit
from tests.registry.query.test_inbox import BARE, clue, push

MINE = "本部门承办"


async def page(desk: Desk, path: str, key: str) -> str:
    headers = {**HTML, "Authorization": f"Bearer {key}", "Registry-Purpose": "x"}
    answer = await desk.served.http.get(path, headers=headers)
    assert answer.status_code == 200, answer.text[:2000]
    return answer.text


async def key(desk: Desk, grant: Grant) -> str:
    return (await desk.keys.issue(grant, "示例", 9, MEMBERS)).text


async def sent(desk: Desk) -> None:
    """By name, by an old name, by the matter of a measure, by type, and one that fits nowhere."""
    scene = desk.scene
    await scene.rules((NANJING, "R02", "320100"))
    pen = await scene.one(WUHU, penalty())
    task = {
        "cause": pen.target, "measure": "m-funds", "rule": "R02", "edition": "2026-1",
        "territory": "320100", "nexus": "registered_here", "due_on": "2026-12-31",
    }  # fmt: skip
    alert = {
        "product": {"name": "电线"}, "level": "high", "risk": "起火", "measures": "召回",
        "alerted_on": "2026-10-10", "territories": ["320100"], "decided_on": "2026-10-10",
        "severity": {"class": "unclassified"}, "answer_by": "2026-12-01",
    }  # fmt: skip
    weather = {"name": "南京市气象局", "division": "320100"}
    old = {"name": "南京市工商行政管理局", "division": "320100"}
    for main in (
        push(pen),
        clue(receiver=old, answer_by="2026-12-02"),
        other("measure_task", **BARE, decided_on="2026-10-09", **task),
        other("risk_alert", **alert),
        clue(receiver=weather, answer_by="2026-11-01"),
        case("2026-06-01", subject=firm(5)),
    ):
        await scene.one(WUHU, main)
    await scene.one(NANJING, permit())
    await scene.one(WUHU, listing())


@reads
async def test_owners_departments_and_the_region(standing: Desk):
    await sent(standing)
    member = await page(standing, "/inbox", standing.texts[Role.REGULATOR])
    market = "承办单位：南京市市场监督管理局（部门账户：南京市市场监督管理局） 电话025-1"
    assert member.count(market) == 4
    assert member.count("承办单位：南京市财政局（部门账户：南京财政）") == 1
    assert member.count("没有对应的承办单位，由南京市指定") == 1
    assert "逾期未答复的，在区域办公室一页按成员地区列为逾期事项" in member
    assert MINE not in member
    office = await key(standing, Grant(Role.CLERK, "320100", department="南京财政"))
    own = await page(standing, "/inbox", office)
    assert own.index(MINE) < own.index("南京市财政局（部门账户") < own.index("其他部门承办")
    assert own.count('<span class="tag">本部门</span>') == 1
    english = await page(standing, "/inbox?lang=en", office)
    assert "What 南京财政 handles stands first" in english
    contested = f"/subject/{ONE}?territory=320100&matter=public_funds"
    assert "（资金主管部门）" in (await page(standing, contested, standing.texts[Role.REGULATOR]))
    assert "南京市财政局" in await page(standing, contested, standing.texts[Role.REGULATOR])
    desk = await page(standing, "/desk", office)
    assert '<span class="tag">本部门</span> 承办单位：南京市财政局（部门账户：南京财政）' in desk
    assert desk.index("限制申请财政性资金项目") < desk.index("由南京市指定")
    await the_region_sees_what_is_late(standing)
    await stops_are_told_to_whose_office_they_concern(standing)


async def the_region_sees_what_is_late(desk: Desk) -> None:
    """Two messages and a case are late by now; each is named once, and counted once."""
    region = desk.texts[Role.REGION]
    items = await page(desk, "/region?level=carry-out", region)
    late = items.split('id="messages"')[1].split("</section>")[0]
    assert late.count("<tr>") == 3
    assert "没有对应的承办单位，由南京市指定" in late
    cases = items.split('id="cases"')[1].split("</section>")[0]
    assert "DB34/T 1-2021 认可标准" in cases
    assert "承办单位：南京市市场监督管理局" in cases
    for level in ("decide", "coordinate", "carry-out"):
        for lang in ("zh", "en"):
            text = await page(desk, f"/region?level={level}&lang={lang}", region)
            assert "<strong>3</strong>" in text.split('id="totals"')[1].split("</ul>")[0]
    first = await page(desk, "/region?level=x", region)
    assert 'aria-current="page">决策' in first
    assert "尚未采纳任何规则：芜湖市、" in first
    table = (await page(desk, "/region?level=coordinate", region)).split('id="late"')[1]
    assert "芜湖市发展和改革委员会" in table
    public = await desk.served.http.get("/region?level=coordinate", headers=HTML)
    assert 'id="late"' not in public.text


async def stops_are_told_to_whose_office_they_concern(desk: Desk) -> None:
    """An office that has a feed and has not confirmed: its member and the region see it."""
    assert "自动中断推送" not in await page(desk, "/inbox", desk.texts[Role.REGULATOR])
    bureau = await approve(desk, BUREAU)
    await bureau.snapshot()
    await desk.scene.one(WUHU, act("repair", desk.placed["penalty"], "2026-11-03"))
    await bureau.keep_up()
    inbox = await page(desk, "/inbox", desk.texts[Role.REGULATOR])
    assert "南京市市场监督管理局</span>：<strong>1条，其中逾期0条" in inbox
    assert "逾期未确认停止使用的，自动中断推送" in inbox
    assert "自动中断推送" not in await page(desk, "/inbox", desk.texts[Role.CLERK])
    region = await page(desk, "/region?level=carry-out", desk.texts[Role.REGION])
    stops = region.split('id="stops"')[1].split("</section>")[0]
    assert "示例银行</span>：1条，其中逾期0条" in stops
    assert "已中断" not in stops
