"""A procurer's day on the demonstration region, in a real Chromium; the README's pictures of it.

An afternoon's work as `days` tells it: several bidders by former name and code, a person who is not
shown, nothing found with what that spans, what applies to this matter here, what has been repaired,
and evidence to take along. The pictures are taken on the way, and only when they are asked for.
"""

import asyncio
import io
import json
import os
import re
import subprocess
import sys
from pathlib import Path

from PIL import Image, PngImagePlugin

from registry.demo.job import _not_for_the_public
from registry.demo.run import Running
from tests.conftest import ROOT
from tests.pages.chromium import HTML_MAX, PAGE_MAX, PHONE, Seen, tab
from tests.pages.days import OFFICE, Day

SCREENSHOTS = ROOT / "tests" / "pages" / "screenshots"
UPDATE = os.environ.get("UPDATE_SCREENSHOTS") == "1"
HERE, MATTER = "321100", "public_funds"
GONE = "该信息不存在或已不再公示。"


async def walk(browser, running: Running, folder: Path) -> None:
    """Go through the whole day."""
    async with tab(browser, running.place.url, viewport=OFFICE, accept_downloads=True) as seen:
        day = Day("a procurer", seen)
        with day.step("1, 2", "several bidders by former name and code"):
            await several_bidders_by_former_name_and_code(seen, running)
        with day.step(3, "nothing found says what it spans"):
            await nothing_found_says_what_it_spans(seen)
        with day.step(4, "what applies to his matter here"):
            await what_applies_to_his_matter_here(seen, running)
        with day.step(5, "nothing tells of what was repaired"):
            await nothing_tells_of_what_was_repaired(seen, running)
        with day.step(7, "evidence to take along"):
            await evidence_to_take_along(seen, folder)
        assert seen.elsewhere() == []


async def several_bidders_by_former_name_and_code(seen: Seen, running: Running) -> None:
    """Steps 1 and 2: a consortium of three in one box; nobody is named who may not be."""
    page, region = seen.page, running.region
    first, second, third = region.enterprises[:3]
    former = first.former[0][0]
    await seen.open("/")
    await page.get_by_role("combobox").fill(f"{former}、{second.uscc}、{third.name}")
    await page.get_by_role("button", name="查询", exact=True).click()
    table = page.get_by_role("table").first
    for firm in (first, second, third):
        assert await table.get_by_role("link", name=firm.name).count() == 1
    text = await page.inner_text("main")
    assert "没有唯一对应的主体" not in text
    assert text.count("限制申请财政性资金项目：管理措施") == 1
    for firm in (first, second, third):
        assert firm.representative not in text
    await page.get_by_label("办理地区").dispatch_event("pointerdown")
    await page.get_by_label("办理地区").select_option(HERE)
    await page.wait_for_url(f"**territory={HERE}**")
    assert await page.locator("input[name=subject]").count() == 3
    await page.get_by_label("办理事项").dispatch_event("pointerdown")
    await page.get_by_label("办理事项").select_option(MATTER)
    await page.wait_for_url(f"**matter={MATTER}**")
    rows = page.locator("table.sides tbody tr")
    told = [await rows.nth(at).inner_text() for at in range(await rows.count())]
    assert [("限制申请财政性资金项目" in row) for row in told] == [True, False, False]
    assert "依已采纳的规则，未见适用的措施。" in told[2]


async def nothing_found_says_what_it_spans(seen: Seen) -> None:
    """Step 3: cities and kinds that were searched, those that were not, and the national sites."""
    await seen.open("/search?q=没有这样一家公司")
    text = await seen.page.inner_text("main")
    assert "截至2026年11月23日 12:00，在覆盖范围内未查询到公开的失信信息。" in text
    assert "南京市（" in text
    assert "行政处罚信息" in text
    assert "裁判文书" in text
    for site in ("信用中国", "国家企业信用信息公示系统", "中国执行信息公开网", "中国政府采购网"):
        assert await seen.page.get_by_role("link", name=site).count() == 1
    assert "信用良好" not in text


async def what_applies_to_his_matter_here(seen: Seen, running: Running) -> None:
    """Step 4: a ban, a factor or only a notice; by which law; by which organ; until when."""
    page = seen.page
    await seen.open(f"/subject/{running.subject_id}?territory={HERE}&matter={MATTER}")
    assert (await page.inner_text("main")).count("本页面汇集成员地区报送的信用信息，截至") == 1
    cards = page.locator("article")
    assert await cards.count() == 1
    card = await cards.first.inner_text()
    for said in (
        "限制申请财政性资金项目——管理措施。承办机关：资金主管部门。",
        "依据：保障农民工工资支付条例（国务院令第724号）第48条第1款，2020年5月1日起施行。",
        "期限：2026年3月10日至2029年3月10日（含）。",
        "列入拖欠农民工工资失信联合惩戒对象名单",
        "原因记录来自芜湖市",
        "本提示由系统依规则生成，不是行政决定，不产生法律效力",
    ):
        assert said in card, said
    await seen.open(f"/subject/{running.subject_id}?territory={HERE}&matter=tender")
    assert "仅提示（不作为限制依据）" in await cards.first.inner_text()
    assert "第二依据待核实" in await cards.first.inner_text()
    await seen.open(f"/subject/{running.subject_id}?territory=341100&matter={MATTER}")
    assert await cards.count() == 0
    assert "滁州市尚未采纳该规则，不得据此采取措施。" in await page.inner_text("main")


async def nothing_tells_of_what_was_repaired(seen: Seen, running: Running) -> None:
    """Step 5: a repaired record answers like one that never was, and its subject does not tell."""
    repaired = [
        (origin, idx)
        for kind, origin, idx in _not_for_the_public(running.region)
        if kind == "repaired"
    ]
    said = set()
    for origin, idx in [*repaired[:3], (repaired[0][0], 999_999)]:
        answer = await seen.page.goto(f"{seen.base}/record/{origin}/{idx}")
        assert answer is not None
        assert answer.status == 410
        said.add(await seen.page.inner_text("main"))
    assert len(said) == 1
    assert GONE in said.pop()
    seen.errors.clear()  # the browser notes each 410
    await seen.open(f"/subject/{running.subject_id}")
    records = await seen.page.locator("section.group").all_inner_texts()
    # The law that says for how long the rest is published has the word in its name.
    assert "修复" not in "".join(records).replace("信用修复管理办法", "")


async def evidence_to_take_along(seen: Seen, folder: Path) -> None:
    """Step 7: record, proof and charter, verified without the site; the paper says when it was."""
    page = seen.page
    await page.get_by_role("link", name="查看原因记录与证明").first.click()
    assert "不代表其当前状态。请于使用前核验最新状态" in await page.inner_text("main")
    links = page.get_by_role("link", name=re.compile(r"\.record|\.tlog-proof|章程 charter"))
    names = []
    for at in range(await links.count()):
        async with page.expect_download() as waiting:
            await links.nth(at).click()
        download = await waiting.value
        names.append(download.suggested_filename)
        await download.save_as(folder / download.suggested_filename)
    command = await page.locator("pre").first.inner_text()
    assert len(names) == 3, names
    assert "charter.txt" in names, names
    assert command.split()[4] in names
    ran = await asyncio.create_subprocess_exec(
        sys.executable,
        *command.split()[1:],
        cwd=folder,
        env={**os.environ, "PYTHONPATH": str(ROOT)},
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
    )
    output, _ = await ran.communicate()
    assert ran.returncode == 0, output.decode()
    assert "签名核验通过" in output.decode()
    await page.emulate_media(media="print")
    assert "2026年11月23日 12:00（北京时间）" in await page.inner_text(".printed")
    await page.emulate_media(media="screen")


async def every_page_stays_small(browser, running: Running) -> None:
    """The region in full: ten members, all rules, the subjects with the most records."""
    counts: dict[str, int] = {}
    for statements in running.region.logs.values():
        for statement in statements:
            subject = statement.main["subject"]
            if isinstance(subject, dict) and "uscc" in subject:
                counts[subject["uscc"]] = counts.get(subject["uscc"], 0) + 1
    most = sorted(counts, key=lambda code: -counts[code])[:3]
    async with tab(browser, running.place.url, viewport=PHONE) as seen:
        for code in most:
            await seen.open(f"/search?q={code}")
            path = await seen.page.locator(".hits a").first.get_attribute("href")
            await weighed(seen, path.removeprefix(seen.base))
        for path in ("/", "/logs", "/rules", "/rule/R02", "/search?q=示例", "/objection"):
            await weighed(seen, path)
        names = "、".join(firm.name for firm in running.region.enterprises[:10])
        await weighed(seen, f"/compare?q={names}")


async def weighed(seen: Seen, path: str) -> None:
    for lang in ("", "&lang=en" if "?" in path else "?lang=en"):
        await seen.page.goto("about:blank")  # what came late of the page before is not weighed
        await seen.open(path + lang)
        html, whole = await seen.weight()
        assert html < HTML_MAX, path
        assert whole < PAGE_MAX, path
        assert await seen.sideways() == 0, path
        assert (seen.errors, seen.elsewhere()) == ([], []), path


SHOTS = {
    "home.png": ("/", {"viewport": {"width": 1200, "height": 900}}),
    "enterprise.png": (
        "/subject/{subject}?territory=321100&matter=public_funds",
        {"viewport": {"width": 1200, "height": 1000}},
    ),
    "timeline.png": (
        "/subject/{subject}",
        {"viewport": {"width": 1200, "height": 720}, "color_scheme": "dark"},
    ),
    "phone.png": (
        "/subject/{subject}",
        {"viewport": {"width": 390, "height": 844}, "is_mobile": True},
    ),
}
"""Each picture: the page, and the window it is seen through."""
HEADINGS = "[...document.querySelectorAll('h1, h2')].map(h => h.innerText)"


async def pictures(browser, running: Running) -> None:
    """Take the pictures when asked; else see that those there are of these very pages.

    Pixels differ with fonts and versions, so what is compared is what a picture was taken of: the
    headings of the page, kept inside the picture.
    """
    for name, (path, how) in SHOTS.items():
        async with tab(browser, running.place.url, **how) as seen:
            await seen.open(path.format(subject=running.subject_id))
            headings = json.dumps(await seen.page.evaluate(HEADINGS), ensure_ascii=True)
            if UPDATE:
                if name == "timeline.png":
                    await seen.page.locator("#periods").scroll_into_view_if_needed()
                    await seen.page.evaluate("document.getElementById('periods').scrollIntoView()")
                kept(name, await seen.page.screenshot(), headings)
        with Image.open(SCREENSHOTS / name) as picture:
            assert picture.format == "PNG"
            assert picture.size == (how["viewport"]["width"], how["viewport"]["height"])
            assert json.loads(picture.text["headings"]) == json.loads(headings), (
                f"{name} shows an older page: UPDATE_SCREENSHOTS=1 takes it again"
            )


def kept(name: str, body: bytes, headings: str) -> None:
    """Write a picture with few colours, and what it was taken of."""
    noted = PngImagePlugin.PngInfo()
    noted.add_text("headings", headings)
    SCREENSHOTS.mkdir(exist_ok=True)
    with Image.open(io.BytesIO(body)) as taken:
        few = taken.convert("RGB").quantize(128, dither=Image.Dither.NONE)
        few.save(SCREENSHOTS / name, optimize=True, pnginfo=noted)
