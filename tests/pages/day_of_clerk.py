"""The day of a data clerk in 芜湖, with the reviewer and the signer of the member."""

import json
import re
from pathlib import Path
from typing import Any

from playwright.async_api import Page

from registry.forms.files import open_file
from registry.forms.rows import FormDefaults
from signing.record import encode_record, entry_of, split_line
from tests.pages.chromium import HTML_MAX, PAGE_MAX, Seen, axe_source
from tests.pages.days import Day
from tests.registry.objection_pages.conftest import Counter
from tests.registry.objection_pages.walk import walk as dispute
from tests.registry.reconciling.scene import HEADERS, NOTICE_HEADERS
from tests.registry.reconciling.scene import sheet as table
from tests.registry.workbench.conftest import CITY, LABOUR, MARKET, WUHU, rows_of, sheet
from tests.registry.world import NANJING, Publisher, record, salt

FINE, NUMBER = "罚款金额(万元)", "行政处罚决定书文号"
CLASS = ("失信信息类别", "类别认定单位", "类别认定依据")
GONE = "该信息不存在或已不再公示。"
STAFF = {"clerk": "经办", "reviewer": "复核", "publisher": "签章"}
PUSHER = Publisher(NANJING)
OFFICE_OF_NANJING = {
    "name": "南京市市场监督管理局",
    "uscc": "11320100MA2320178R",
    "division": "320100",
    "kind": "市场监督管理部门",
}


class Clerks:
    """Three people of one member in one tab, each with the pages that he has seen."""

    def __init__(self, seen: Seen, counter: Counter) -> None:
        self.seen, self.counter, self.office = seen, counter, counter.office
        self.days = {who: Day(f"clerk ({role})", seen) for who, role in STAFF.items()}

    @property
    def page(self) -> Page:
        return self.seen.page

    async def at(self, who: str) -> Day:
        """Go on as one of them."""
        await self.days[who].signed_in(self.office.keys[who])
        return self.days[who]

    async def public(self, path: str) -> str:
        """Return what everybody reads at an address."""
        await self.page.set_extra_http_headers({})
        await self.seen.open(path)
        return await self.page.inner_text("main")

    async def stated(self, place: int) -> dict[str, Any]:
        """Return the main part at a place of the member's log, and its target."""
        row = await self.counter.pool.fetchrow(
            "SELECT e.main, encode(e.entry, 'hex') FROM entries e JOIN logs l USING (log_id) "
            "WHERE l.origin = $1 AND e.idx = $2",
            WUHU,
            place,
        )
        main = json.loads(row[0])
        return {**main, "target": {"origin": WUHU, "id": main["id"], "entry": row[1]}}

    async def sealed(self, kind: str, place: int, **members: object) -> int:
        """Have an act on what stands at a place, or a message about it, go the whole way."""
        about = await self.stated(place)
        common = {name: about[name] for name in ("subject", "authority", "source_unit")}
        main = {
            "v": 1,
            "type": kind,
            "id": f"{kind}-{place}",
            "salt": salt(9_000 + place),
            **common,
            "severity": {"class": "unclassified"},
            "provenance": {"kind": "original"},
            **members,
        }
        named = "cause" if kind == "penalty_push" else "target"
        start = await self.office.size()
        line = json.dumps({**main, named: about["target"]}, ensure_ascii=False)
        made = await self.office.upload(line.encode(), name=f"{kind}.jsonl")
        await self.through(made)
        return start

    async def through(self, made: str) -> None:
        """Send what is drafted on, review and seal it."""
        await self.office.do("clerk", made, "send")
        await self.office.do("reviewer", f"{made}/parcel/1", "approve")
        await self.office.do("publisher", f"{made}/parcel/1", "seal")
        await self.office.settle("desk_parcels", "sealing")


async def due_and_departments(clerks: Clerks, file: Path) -> str:
    """Steps 1 and 2; return the address of what was sent up."""
    clerk = await clerks.at("clerk")
    with clerk.step(1, "sees what is due, by working days, with the rule of each clock"):
        await clerk.sees("/workbench", "报送工作台", "到期事项", "今天还没有对账")
    with clerk.step(2, "collects files of departments, each with its account"):
        other = rows_of(700, {"数据来源单位": LABOUR})
        await clerks.office.upload(sheet(other), name="劳动.csv", who="labour")
        await clerks.page.get_by_label("要报送的文件").set_input_files(file)
        await clerks.page.get_by_role("button", name="上传并校验").click()
        await clerks.page.get_by_text("可报送 2 行、待修正 1 行").wait_for()
        place = clerks.page.url.removeprefix(clerks.seen.base)
        assert "劳动.csv" not in await clerk.sees("/workbench", "处罚.csv", MARKET)
        await clerk.reads("已逾期", "已超过报送期限", "个工作日", "第")
        everything = await clerks.office.text("all", "/workbench")
        assert all(said in everything for said in ("劳动.csv", "处罚.csv", LABOUR, MARKET))
    return place


async def fixes_and_seals(clerks: Clerks, place: str, folder: Path) -> int:
    """Step 4, with review and signature; return where the first record stands."""
    page, start = clerks.page, await clerks.office.size()
    clerk = await clerks.at("clerk")
    with clerk.step(4, "fixes the cell that is named; what is wrong can be taken as a workbook"):
        await clerk.sees(place, f"“{FINE}”")
        answer = await clerks.office.ask("clerk", "GET", f"{place}/to-fix")
        (left,) = list(open_file(answer.content, FormDefaults(CITY)).rows)
        assert left.main is not None or left.findings
        await page.get_by_role("row").filter(has_text="待修正").get_by_role("link").click()
        await clerk.reads(FINE)
        field = page.get_by_label(FINE, exact=True)
        assert await field.get_attribute("aria-invalid") == "true"
        await field.fill("0.2")
        await page.get_by_role("button", name="保存并重新校验").click()
        await page.get_by_text("可报送 3 行").wait_for()
        await page.get_by_role("button", name="送复核").click()
        await page.get_by_text("待复核").wait_for()
    reviewer = await clerks.at("reviewer")
    with reviewer.step(4, "looks at the rows and approves them"):
        await reviewer.sees(place, "待复核")
        await page.get_by_role("link", name="查看各行").click()
        await page.get_by_role("button", name="复核通过").click()
        await page.get_by_text("已复核，待签章").first.wait_for()
    publisher = await clerks.at("publisher")
    with publisher.step(4, "has them sealed and takes the receipt"):
        await publisher.sees(place, "已复核，待签章")
        await page.get_by_role("button", name="签章并报送").click()
        await page.get_by_text("已签章并接收").wait_for()
        await publisher.reads("已签章并接收")
        async with page.expect_download() as started:
            await page.get_by_role("link", name=re.compile("下载回执")).click()
        await (await started.value).save_as(folder / "receipt")
        assert (folder / "receipt").read_text(encoding="utf-8").splitlines()[0] == WUHU
        await publisher.sees(place, "下载回执")
        html, whole = await clerks.seen.weight()
        assert (html < HTML_MAX, whole < PAGE_MAX) == (True, True)
    return start


async def to_the_other_doors(clerks: Clerks, place: str, rows: list[dict[str, str]]) -> None:
    """Step 5."""
    page = clerks.page
    clerk = await clerks.at("clerk")
    with clerk.step(5, "exports the same submission for the province and Credit China"):
        await clerk.sees(place)
        await page.get_by_role("link", name="导出供其他平台").click()
        await clerk.reads("数据导出", "一次报送，供各平台使用")
        await page.locator('input[name="department"]').fill("3402")
        await page.get_by_role("button", name="生成导出文件").click()
        await page.wait_for_url(re.compile(r"/exports/"))
        await clerk.reads()
        made = page.url.removeprefix(clerks.seen.base).partition("?")[0]
        content = (await clerks.office.ask("clerk", "GET", f"{made}/file")).content
        read = [row.main for row in open_file(content, FormDefaults(CITY)).rows]
        wanted = [row[NUMBER] for row in rows if row[CLASS[0]] == "一般"]
        assert [one["decision_no"] for one in read if one] == wanted
        await clerk.reads("未导出 1 条", "待分类（认定单位尚未确定类别），不对外共享")


async def across_the_border(clerks: Clerks, start: int) -> None:
    """Steps 6 and 10: what goes to another province, and what comes from there."""
    clerk = await clerks.at("clerk")
    with clerk.step(6, "sends a penalty to where the enterprise is registered"):
        told = {"receiver": OFFICE_OF_NANJING, "territory": "320100", "publication": "government"}
        days = {"pushed_on": "2026-11-23", "decided_on": "2026-11-23"}
        await clerks.sealed("penalty_push", start, **told, **days)
        inbox = await clerks.office.text("nanjing-regulator", "/inbox")
        assert all(said in inbox for said in ("跨省处罚信息推送", "2026年12月7日"))
    with clerk.step(10, "finds what another city sent at the right local office and account"):
        cause = record(1, subject=(await clerks.stated(start))["subject"])
        lines = [encode_record(cause)]
        target = {"origin": NANJING, "id": cause["id"]}
        target["entry"] = entry_of(*split_line(lines[0])).hex()
        receiver = {"name": MARKET, "division": CITY}
        push = record(2, type="penalty_push", id="push-2", cause=target, receiver=receiver)
        bare = {name: push[name] for name in ("v", "type", "id", "subject", "authority")}
        bare |= {name: push[name] for name in ("source_unit", "provenance", "cause", "receiver")}
        days = {"pushed_on": "2026-11-20", "decided_on": "2026-11-20", "territory": CITY}
        own = {"publication": "government", "severity": {"class": "unclassified"}}
        lines.append(encode_record({**bare, **days, **own, "salt": salt(8_000)}))
        headers = {"Content-Type": "application/vnd.registry.batch"}
        address = f"/log/{NANJING}/batch"
        answer = await clerks.office.http.post(address, content=PUSHER.seal(lines), headers=headers)
        assert answer.status_code == 200, answer.text
        await clerk.sees("/inbox", f"承办单位：{MARKET}（部门账户：{MARKET}）", "本部门")


async def repaired_elsewhere(clerks: Clerks) -> None:
    """Step 7: what the national side says of two records of ours."""
    page, clerk = clerks.page, await clerks.at("clerk")
    first, second = [await clerks.stated(place) for place in (16, 17)]
    with clerk.step(7, "imports the day's status; what ended there ends here"):
        said = (
            *(first["subject"]["uscc"], first["decision_no"], MARKET, "已修复（终止公示）"),
            *("2026-11-20", "一般", first["decided_on"], first["publicity_until"]),
        )
        content = table([dict(zip(HEADERS, said, strict=True))])
        await clerk.sees("/reconcile", "国家平台对账", "今天还没有对账")
        file = {"name": "状态.csv", "mimeType": "text/csv", "buffer": content}
        await page.get_by_label("国家平台状态文件").set_input_files(file)
        await page.get_by_role("button", name="上传并对账").click()
        await clerks.office.settle("reconcile_runs", "waiting")
        await page.reload()
        await clerk.reads("国家平台已终止，本地仍有效")
        await page.get_by_role("button", name="准备修复、撤回信息，送报送工作台").click()
        await page.wait_for_url(re.compile(r"/workbench/"))
        made = page.url.removeprefix(clerks.seen.base).partition("?")[0]
        await clerks.office.settle("desk_submissions", "checking")
        await clerks.through(made)
        assert GONE in await clerks.public(f"/record/{WUHU}/16")
    await clerks.at("clerk")
    with clerk.step(7, "imports a notice of repair with its number"):
        told = (
            *(first["subject"]["name"], second["subject"]["uscc"], second["decision_no"]),
            *("信修〔2026〕7号", MARKET, "2026-11-20", "准予修复"),
        )
        content = table([dict(zip(NOTICE_HEADERS, told, strict=True))])
        await clerk.sees("/reconcile", "信用修复通知")
        file = {"name": "通知.csv", "mimeType": "text/csv", "buffer": content}
        await page.get_by_label("信用修复通知").set_input_files(file)
        await page.get_by_role("button", name="导入通知").click()
        await page.get_by_text("已准备 1 条修复信息").wait_for()
        await clerks.office.settle("desk_submissions", "checking")
        link = await page.locator("p.lead a").get_attribute("href")
        assert link
        await clerks.through(link.partition("?")[0])
        assert GONE in await clerks.public(f"/record/{WUHU}/17")


async def walk(seen: Seen, counter: Counter, folder: Path) -> None:
    """Walk the day, then look at each one's pages once more on a phone."""
    clerks = Clerks(seen, counter)
    rows = rows_of(500, {}, {FINE: "两千元"}, {CLASS[0]: "待分类", **dict.fromkeys(CLASS[1:], "")})
    file = folder / "处罚.csv"
    file.write_bytes(sheet(rows))
    rows[1][FINE] = "0.2"
    place = await due_and_departments(clerks, file)
    start = await fixes_and_seals(clerks, place, folder)
    with clerks.days["clerk"].step(3, "sees that only what has a class is shown"):
        assert rows[0][NUMBER] in await clerks.public(f"/record/{WUHU}/{start}")
        assert GONE in await clerks.public(f"/record/{WUHU}/{start + 2}")
        clerk = await clerks.at("clerk")
        await clerk.sees(f"/record/{WUHU}/{start + 2}", "待分类（认定单位尚未确定类别）")
    await to_the_other_doors(clerks, place, rows)
    await across_the_border(clerks, start)
    await repaired_elsewhere(clerks)
    with clerks.days["clerk"].step(8, "handles an objection, up to the letter"):
        await dispute(seen, counter, counter.place(), axe_source())
    with clerks.days["clerk"].step(9, "withdraws what was annulled"):
        days = {"decided_on": "2026-11-23", "effective_on": "2026-11-23"}
        more = {"reason": "revoked", "publication": "public"}
        await clerks.sealed("withdrawal", start, **days, **more)
        assert GONE in await clerks.public(f"/record/{WUHU}/{start}")
    for who, departments in {"clerk": (MARKET,), "publisher": (MARKET, LABOUR)}.items():
        day = await clerks.at(who)
        with day.step(11, "finds the month's statement made"):
            await day.sees("/workbench/statement", "月度报送报表", *departments)
    for who in STAFF:
        await (await clerks.at(who)).on_a_phone()
