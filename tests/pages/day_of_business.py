"""The day of a business in 宣城 with a product to DB34/T and a customer in 南京, step by step."""

from registry.demo.at_work import DECLARES
from registry.demo.run import Running
from tests.pages.chromium import tab
from tests.pages.days import OFFICE, Day

NUMBER, HERE = "DB34/T 9003-2020", "320100"
FIRST = "符合强制性标准的产品可以在全国销售，无需南京市认可。"
USES = {"tender": "招标投标", "certification": "认证", "funds": "资金项目"}


async def walk(browser, running: Running) -> None:
    """Go through the whole day, then look at each of its pages on a phone."""
    async with tab(browser, running.place.url, viewport=OFFICE) as seen:
        day = Day("a business", seen)
        with day.step(1, "selling, bidding, certification, funds: four questions"):
            await four_questions(day)
        with day.step(2, "a self-declaration has its place"):
            await day.reads("企业自我声明（公开承诺执行，不是认可", DECLARES, main="#relations")
        with day.step(3, "who could recognise, by which route, with telephone"):
            await who_could_recognise(day)
        with day.step(4, "a CMA report holds nationwide, said before any record"):
            text = await day.reads("在证书附表范围内出具的检验检测报告，全国有效")
            assert text.index("全国有效") < text.index("各地区认可情况")
        with day.step(5, "mandatory local standards and DBS do not travel"):
            await what_does_not_travel(day)
        with day.step(6, "a case is opened: who, as whom, no fee, receipt, deadlines"):
            await a_case_is_opened(day, running)
        with day.step(7, "the standard is watched: replaced, and the recognition to be reviewed"):
            await the_standard_is_watched(day)
        assert (seen.errors, seen.elsewhere()) == ([], [])
        await day.on_a_phone()


async def four_questions(day: Day) -> None:
    """By clicks once, then by address: the first line is the same, the rest differs."""
    page = day.seen.page
    await day.seen.open("/standard")
    await page.get_by_label("标准编号", exact=True).fill("db34t9003—2020")
    await page.get_by_label("地区").select_option(label="南京市")
    await page.get_by_label("用途").select_option(label="销售")
    await page.get_by_role("button", name="查询", exact=True).click()
    await page.get_by_role("heading", name="DB34/T 9003", exact=True).wait_for()
    text = await day.reads(FIRST, "销售无需南京市认可")
    assert "以下只回答" not in text
    for use, name in USES.items():
        await day.sees(
            f"/standard?number={NUMBER}&territory={HERE}&use={use}",
            f"{FIRST}以下只回答：{name}中，{NUMBER}能否作为依据。",
        )


async def who_could_recognise(day: Day) -> None:
    """Nobody there has spoken of it: the answer names whom to ask, not "not allowed"."""
    await day.sees(
        f"/standard?number={NUMBER}&territory=321100&use=certification",
        "未查询到镇江市认可该标准的文件。这不表示该产品不得在镇江市销售或使用。",
        "镇江市市场监督管理局 电话0511-00000001",
        "制度文件采用",
        "公平竞争审查",
        main="#whom",
    )
    await day.sees(
        f"/standard?number={NUMBER}&territory={HERE}&use=tender",
        "南京市住房和城乡建设局 电话025-00000004",
        "招标文件采用",
        main="#whom",
    )


async def what_does_not_travel(day: Day) -> None:
    """Said plainly, whatever anybody has recorded."""
    await day.sees(
        f"/standard?number=DBS34/ 003-2021&territory={HERE}&use=supervision",
        "食品安全地方标准",
        "不跨地区认可",
    )
    await day.sees(
        f"/standard?number=DB34 9004-2019&territory={HERE}&use=supervision",
        "强制性地方标准和食品安全地方标准只在本行政区域内适用，南京市不能认可",
        "没有可行的认可途径",
    )


async def a_case_is_opened(day: Day, running: Running) -> None:
    """From the answer to the receipt; the office that must act has it on its desk, too."""
    page = day.seen.page
    await day.sees(f"/standard?number={NUMBER}&territory=321100&use=tender")
    await page.get_by_role("link", name="申请认可或者采信").click()
    await day.reads("不限登记地", "以本企业身份登录", "不收费", "5个工作日", "电话0511-00000004")
    assert await page.get_by_role("button", name="提交申请").count() == 0
    await day.signed_in(running.keys["business"])
    await page.reload()
    await page.get_by_label("产品或工程").fill("户外电器外壳")
    await page.get_by_label("理由").fill("产品执行该标准，持有CMA检测报告，拟参加镇江市公开招标")
    await page.get_by_role("button", name="提交申请").click()
    await page.get_by_role("heading", name="申请回执").wait_for()
    text = await day.reads(
        "2026年11月23日 12:00收到以下申请",
        DECLARES,
        "镇江市住房和城乡建设局 电话0511-00000004",
        "2026年11月30日",
        "不收费",
        main="#receipt",
    )
    assert "尚未登记入库" in text
    place = page.url.removeprefix(day.seen.base)
    await day.sees("/standard-cases", "已提交、待登记的申请（1）")
    await day.signed_in(running.keys["zhenjiang"])
    await page.goto(day.seen.base + place)
    assert await page.get_by_role("link", name="取得待签章的文件").count() == 1
    await day.signed_in(running.keys["business"])


async def the_standard_is_watched(day: Day) -> None:
    """From its page: the edition was replaced, and what was recognised is to be looked at again."""
    page = day.seen.page
    await day.sees(f"/standard?number={NUMBER}&territory={HERE}&use=tender", "DB34/T 9003-2026")
    await page.get_by_role("link", name="关注此标准").click()
    await day.reads("DB34/T 9003-2026", "版本被代替", "认可待复审：新版已实施", main="#events")
