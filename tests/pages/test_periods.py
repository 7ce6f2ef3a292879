"""The periods on the page of a record: by law, with article, how counted, and why not yet."""

from dataclasses import replace
from datetime import date
from typing import get_args

import pytest

from registry.domain.clock_book import BOOK, Anchor, Kind
from registry.domain.clocks import windows
from registry.pages.frame import Frame, Site
from registry.pages.periods import LawPeriods, periods, publicity_text
from registry.pages.texts import TEXTS
from tests.fakes.reader import NOON
from tests.pages.test_pages import RECORD, words
from tests.registry.ingest.samples import ABSENT, decoded

ZH = Frame(Site("区域", "node", "https://example.test", (), {}, {}), "zh", "/", (), NOON)
EN = replace(ZH, lang="en")


def told(kind: str = "penalty", on: date = date(2026, 6, 1), frame: Frame = ZH, **changes):
    return periods(frame, windows(decoded(kind, **changes), on))


def of_law(found: tuple[LawPeriods, ...], law: str) -> LawPeriods:
    return next(group for group in found if law in group.law)


def test_a_record_page_says_each_period_by_its_law(page):
    html = page(f"{RECORD}/0")
    text = words(html)
    for expected in (
        "以下期限由系统依规则计算，不是行政决定；以认定单位的决定为准。",
        "信用修复管理办法（国家发展和改革委员会令第36号）（条号待核实），2026年4月1日起施行",
        "据摘要，未读到原文",
        "公示期自2026年5月10日起至2027年5月10日止（含当日）",
        "自决定之日（2026年5月10日）起1年，当日不计入",
        "记录载明的公示截止期为2027年5月12日",
        "最长公示期届满日2027年5月10日（2027年5月11日起自动停止）",
        "最早可申请修复日自2026年8月11日起",
        "自公示之日（2026年5月12日）起3个月，当日不计入",
        "本记录同时受另一规则约束，两个期限分别计算",
        "受理国家企业信用信息公示系统",
        "自决定之日（2026年5月10日）起7个工作日，当日不计入",
        "（国家市场监督管理总局令第45号）第9条，2021年9月1日起施行",
        "报送（公示）期限至2026年6月5日止（含当日）",
    ):
        assert expected in text, expected
    assert html.count('href="#periods"') == 1


ORDER_36 = "信用修复管理办法（国家发展和改革委员会令第36号）（条号待核实）"
LONGER = "记录载明的公示截止期为2029年5月10日，长于法定期限，以法定期限为准"
DOUBTFUL = "该期限待核实，暂以记录所载为准"


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        ({"publicity_until": ABSENT}, f"公示至2027年5月10日（含当日），依{ORDER_36}"),
        ({"publicity_until": "2027-05-10"}, f"公示至2027年5月10日（含当日），依{ORDER_36}"),
        (
            {"publicity_until": "2029-05-10"},
            f"公示至2027年5月10日（含当日），依{ORDER_36}；{LONGER}",
        ),
        (
            {"publicity_until": "2026-12-31"},
            f"公示至2026年12月31日（含当日），依记录所载；法定最长至2027年5月10日（{ORDER_36}）",
        ),
        (
            {"publicity_until": "2029-05-10", "kinds": ["罚款", "暂扣许可证件"]},
            f"公示至2029年5月10日（含当日），依记录所载；依{ORDER_36}为2027年5月10日，{DOUBTFUL}",
        ),
        (
            {"publicity_until": ABSENT, "kinds": ["罚款", "暂扣许可证件"]},
            f"公示至2027年5月10日（含当日），依{ORDER_36}，期限待核实",
        ),
        (
            {"publicity_until": "2029-05-10", "severity": {"class": "unclassified"}},
            "公示至2029年5月10日（含当日），依记录所载；法定期限待确定",
        ),
        ({"publicity_until": ABSENT, "severity": {"class": "unclassified"}}, ""),
    ],
)
def test_until_when_a_penalty_is_published_names_law_and_record(changes, expected):
    general = {"class": "general", "organ": "芜湖市生态环境局", "rule": "示例"}
    members = {
        "severity": general, "decided_on": "2026-05-10", "published_on": "2026-05-10",
        "effective_until": "2026-12-31", "authority": {"name": "芜湖市生态环境局"},
    }  # fmt: skip
    record = decoded("penalty", **{**members, **changes})
    assert publicity_text(ZH, record, date(2026, 6, 1)) == expected
    assert bool(publicity_text(EN, record, date(2026, 6, 1))) == bool(expected)
    assert publicity_text(ZH, decoded("permit"), date(2026, 6, 1)) == ""


def test_the_same_in_english(page):
    text = words(page(f"{RECORD}/0", lang="en"))
    for expected in (
        "Earliest repair",
        "from 2026-08-11",
        "3 month(s) from the decision (2026-05-10), that day not counted",
        "Measures for credit repair (国家发展和改革委员会令第36号) article to be confirmed",
        "from reports, its text not read",
        "item 17, in force since 2015-06-24",
        "Credit China",
    ):
        assert expected in text, expected


def test_what_is_not_confirmed_says_so_and_why_beside_the_day(page):
    text = words(page(f"{RECORD}/2"))  # an entry whose authority has set no class
    assert "公示期暂无法确定 期限待核实" in text
    assert "认定单位尚未确定类别（轻微、一般或者严重），期限无法确定；本平台不代为分类" in text
    assert "期限自改正之日起算，记录未载明改正日期" in text


def test_a_record_that_no_clock_is_for_has_no_such_section(page):
    html = page(f"{RECORD}/7")
    assert 'id="periods"' not in html
    assert "#periods" not in html


def test_what_can_never_be_says_so_with_its_article():
    samr = of_law(
        told(
            decided_on="2022-03-01", published_on="2022-03-10", on=date(2023, 1, 3),
            kinds=["吊销许可证件"], publicity_until=ABSENT, field=ABSENT,
        ),
        "令第45号",
    )  # fmt: skip
    by_label = {line.label: line for line in samr.lines}
    repair = by_label["最早可申请修复日"]
    assert (repair.when, repair.article, repair.counted) == ("不适用", "第14条", "")
    assert "此类处罚不得提前停止公示" in repair.says
    assert by_label["公示期"].article == "第13条"
    assert not repair.unconfirmed
    assert samr.tag == ""


def test_what_all_windows_of_a_law_share_is_said_once():
    ndrc = of_law(told(decided_on="2026-03-10"), "令第36号")
    assert [said for said in ndrc.says if "衔接规定未读到原文" in said]
    assert not any("衔接" in said for line in ndrc.lines for said in line.says)
    assert all(line.unconfirmed for line in ndrc.lines)


def test_a_listing_ends_as_a_listing_and_its_door_is_named():
    wages = of_law(told("list_entry", corrected_on="2026-03-31"), "拖欠农民工工资")
    by_label = {line.label: line for line in wages.lines}
    assert by_label["列入期限届满日"].when == "2029年3月10日（2029年3月11日起自动停止）"
    assert by_label["列入期间"].says == ("期限以决定载明的为准",)
    assert by_label["最早可申请提前移出日"].when == "自2026年10月1日起"
    assert wages.where == "作出列入决定的人力资源社会保障行政部门"


@pytest.mark.parametrize("frame", [ZH, EN])
def test_a_law_without_a_number_is_cited_by_its_name(frame):
    (honour,) = told(
        "list_entry", frame=frame, list="tax-grade-a", severity={"class": "unclassified"}
    )
    assert "（）" not in honour.law
    assert "()" not in honour.law
    assert honour.where == ""


def test_a_year_without_a_calendar_is_warned_of_first():
    found = told(
        "permit", decided_on="2998-12-28", valid_from="2998-12-29", valid_until="2999-12-31"
    )
    assert "放假调休安排不在本库日历之内" in found[0].says[0]


def test_there_are_words_for_every_kind_anchor_and_reading():
    assert {f"window.{kind}" for kind in get_args(Kind)} <= TEXTS.keys()
    assert {f"anchor.{anchor}" for anchor in get_args(Anchor)} <= TEXTS.keys()
    read = {clock.read for clock in BOOK.clock} - {"full_text"}
    assert {f"read.{one}" for one in read} <= TEXTS.keys()
