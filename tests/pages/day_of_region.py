"""The day of the region office: rulebook, a new list, an adoption, a stop, what spreads, levels."""

import asyncio
import json
import re
import secrets
from pathlib import Path

import httpx

from registry.clock import FixedClock
from registry.demo.at_work import LATE
from registry.demo.facts import BY_CODE, Member
from registry.demo.job import Desk, publish_log
from registry.demo.rulebook import rulebook_files
from registry.demo.run import Running
from registry.rules.catalogue import NATIONAL
from registry.rules.load import load_book
from signing.record import encode_record
from tests.pages.chromium import tab
from tests.pages.days import OFFICE, Day

ADOPTS, STOPS = "320413", "340500"
"""金坛 adopts a rule that it had not; 马鞍山 stops one that it has: no other day asks there."""
GONE = "限制市场或行业准入"
LEVELS = {
    "decide": ("决策", "#decisions"),
    "coordinate": ("协调", "#late"),
    "carry-out": ("执行", "#pushes"),
}
"""The levels as they are called, and the main thing of each."""


async def walk(browser, running: Running, folder: Path, clock: FixedClock) -> None:
    """Go through the whole day, then look at each of its pages on a phone."""
    async with tab(browser, running.place.url, viewport=OFFICE, accept_downloads=True) as seen:
        day = Day("the region office", seen)
        with day.step(1, "an edition with consultation and reviews; a member adopts"):
            await day.sees("/rules", "2026-1", "区域办公室发布本汇编的记录")
            await day.sees(
                "/rule/R02", "公开征求意见", "30日", "合法性审核", "示例-合法性审核意见",
                "公平竞争审查", "示例-审查结论文号", "金坛区尚未采纳该规则", main="#review",
            )  # fmt: skip
            await acts(day, running, folder, (ADOPTS, "示例坛信用办〔2026〕9号"), clock)
            text = await day.sees("/rule/R02", "示例坛信用办〔2026〕9号")
            assert "金坛区尚未采纳该规则" not in text
        with day.step(2, "a new national list: these rules lose their basis"):
            await day.signed_in(running.keys["region"])
            await a_new_list(day, folder)
        with day.step(3, "a member stops a rule today in its own territory"):
            await acts(day, running, folder, (STOPS, "示例马信用办〔2026〕8号"), clock)
            text = await day.sees("/rule/R02")
            assert re.search(r"马鞍山市\s+示例马信用办〔2026〕1号\s+2026年6月1日 已暂停适用", text)
            assert text.count("已暂停适用") == 1
        with day.step(4, "propagation by cause, quality by member"):
            await day.signed_in(running.keys["region"])
            await what_spreads(day)
        with day.step(5, "a complaint against a measure has a path"):
            await day.sees(
                f"/subject/{running.subject_id}?territory=321100&matter=public_funds",
                "不服本项措施的，向承办机关（资金主管部门）陈述、申辩或者提出异议",
                "镇江市财政局 电话0511-00000010",
                main=".contest",
            )
            await seen.page.get_by_role("link", name="怎么提出、还有哪些途径").first.click()
            await day.reads("对某项措施的适用有异议", "拟适用该措施的承办机关", main="#way3")
        with day.step(6, "three levels of the same figures"):
            await three_levels(day)
        assert (seen.errors, seen.elsewhere()) == ([], [])
        await day.on_a_phone()


async def acts(
    day: Day, running: Running, folder: Path, acting: tuple[str, str], clock: FixedClock
) -> None:
    """A clerk of a member fills in the form; its own tool signs and publishes what comes back."""
    member, instrument = acting
    page, party = day.seen.page, BY_CODE[member]
    await day.signed_in(running.keys[party.segment])
    await day.sees("/rule/R02")
    await page.get_by_role("link", name="在本地区采纳或暂停").click()
    await day.reads(f"是否在{party.name}适用，由{party.name}自己决定", main="form.ask")
    await page.locator("#instrument").fill(instrument)
    async with page.expect_download() as waiting:
        await page.get_by_role("button", name="生成待签文件").click()
    file = folder / f"{member}.jsonl"
    await (await waiting.value).save_as(file)
    await asyncio.to_thread(published, running, party, file, clock)


def published(running: Running, party: Member, file: Path, clock: FixedClock) -> None:
    """Sign and publish one line from the member's own working folder."""
    main = json.loads(file.read_bytes()) | {
        "id": secrets.token_hex(8),
        "salt": secrets.token_hex(16),
    }
    with httpx.Client(timeout=60) as http:
        desk = Desk(running.place, http)
        _, (delivered,) = publish_log(desk, party, [[encode_record(main, None)]], clock)
    assert not delivered.quarantined


async def a_new_list(day: Day, folder: Path) -> None:
    """The list of the book without one item, and with one that is new."""
    here = [one for one in load_book(rulebook_files().files).catalogues if one.scope == NATIONAL]
    rows = [
        f"{one.item},{one.family},{one.content},{one.targets},{one.basis},{one.organ}"
        for one in here[-1].items
        if one.item != GONE
    ]
    lines = ["措施,类别,内容,对象,依据,实施机关", *rows, "示例新措施,B,内容,对象,依据,机关"]
    (folder / "2027.csv").write_text("\n".join(lines), encoding="utf-8")
    await day.sees("/rules/list", "所依清单：全国失信惩戒措施基础清单（2024年版", main="form.ask")
    page = day.seen.page
    await page.get_by_label("新清单（CSV）").set_input_files(folder / "2027.csv")
    await page.get_by_role("button", name="比较").click()
    await page.locator("#lost").wait_for()
    text = await page.inner_text("main")
    for said in ("规则R02", "失去依据：新清单无此事项", GONE, "示例新措施", "新增", "删除"):
        assert said in text, said


async def what_spreads(day: Day) -> None:
    """From what is overdue to its cause, and how far that has come in each member."""
    page = day.seen.page
    await day.sees("/region?level=carry-out", LATE, "限制申请财政性资金项目", "镇江市财政局")
    await (
        page.get_by_role("row")
        .filter(has_text=LATE)
        .get_by_role("link", name="联动情况")
        .first.click()
    )
    await day.reads(LATE, "镇江市", "逾期", main="table")
    await day.sees("/quality", "南京市", main="table")
    await day.sees("/quality/320100", main="table")


async def three_levels(day: Day) -> None:
    """What is overdue is one number, whichever level shows it."""
    page = day.seen.page
    tops = set()
    await day.seen.open("/region")
    for level, (name, main) in LEVELS.items():
        if level != "decide":
            await page.get_by_role("link", name=name, exact=True).click()
        await day.reads(main=main)
        tops.add(await page.locator("#totals").inner_text())
        assert await page.locator("[aria-current=page]", has_text=name).count() == 1
    assert len(tops) == 1
    late, reviews, _ = re.findall(r"\d+", tops.pop())
    assert int(late) > 0
    assert int(reviews) > 0
    await day.sees(
        "/region",
        "需要决定的事项",
        f"{late}项逾期未办",
        f"{reviews}项标准认可待复审",
        "超过31日没有报送：淮安市",
        "新清单与失去依据的规则",
    )
    text = await day.sees("/region?level=coordinate", "谁逾期、逾期什么", "DB34/T 9003-2020")
    rows = re.findall(r"\n(\S+?[市区])\t(\d+)\t(\d+)\t(\d+)\t(\d+)\t(\d+)\t", text)
    assert sum(int(row[1]) for row in rows) == int(late)
    assert all(int(row[1]) == sum(map(int, row[2:])) for row in rows)
    assert "0511-00000009" in text
