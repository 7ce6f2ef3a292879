"""The clocks: cases that a lawyer can read, what holds for every record, and the book itself."""

from datetime import date, timedelta
from importlib.resources import files
from string import Formatter
from typing import get_args

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace
from ruamel.yaml import YAML

from registry.domain.calendar import CHINA, Calendar
from registry.domain.clock_book import BOOK, CLOCKS, OF_THE_LIST, TRACKS, Kind
from registry.domain.clock_reporting import reporting_end
from registry.domain.clocks import Window, remark, repair_handling, windows
from registry.domain.lists import LISTS
from registry.domain.periods import parse_length
from registry.domain.records import AnyRecord
from tests.registry.ingest.samples import ABSENT, SAMPLES, decoded

CASES = YAML(typ="safe", pure=True).load(
    files("tests.registry.domain").joinpath("clocks.yaml").read_text(encoding="utf-8")
)
TYPES = {
    "行政处罚": "penalty",
    "行政许可": "permit",
    "列入名单": "list_entry",
    "撤回": "withdrawal",
    "跨省推送": "penalty_push",
    "信用修复": "repair",
}
CLASSES = {"轻微": "minor", "一般": "general", "严重": "serious", "待分类": "unclassified"}
PROCEDURES = {"普通": "ordinary", "简易": "simple", "未载明": ABSENT}
SUBJECTS = {"芜湖": "91340200MA00000231", "南京": "91320100MA0000015Q", "无码": ABSENT}
KINDS = {
    "公示期": "publicity",
    "最早可申请修复日": "earliest_repair",
    "列入期间": "listing",
    "最早可申请提前移出日": "early_exit",
    "删除期限": "removal",
    "报送期限": "reporting",
    "推送期限": "push",
    "登记地公示期限": "show",
    "撤回公示期限": "withdrawal",
    "受理期限": "acceptance",
    "修复决定期限": "repair_decision",
    "答复期限": "repair_answer",
    "停止公示期限": "sync",
}
RULES = {
    "ndrc-527": "527号文",
    "ndrc-58": "发改委58号令",
    "ndrc-36": "发改委36号令",
    "samr-45": "总局45号令",
    "samr-2021-3": "总局2021年3号文",
    "samr-107": "总局107号令",
    "guoban-2015-51": "国办发51号",
    "penalty-law": "行政处罚法",
    "mohrss-45": "人社部45号令",
    "samr-44": "总局44号令",
    "sta-54": "税务总局54号令",
    "mem-11": "应急部11号令",
    "nbs-2019-33": "国统字33号",
    "nbs-35": "统计局35号令",
    "mct-7": "文旅部7号令",
    "procurement-law": "政府采购法",
    "fashi-2017-7": "法释2017年7号",
    "publicity-regulation": "信息公示条例",
    OF_THE_LIST: "名单自己的规则",
}
GROUPS = {
    "发改委": {"ndrc-527", "ndrc-58", "ndrc-36"},
    "市监": {"samr-45", "samr-2021-3", "samr-107"},
    "名单": RULES.keys() - {"ndrc-527", "ndrc-58", "ndrc-36", "samr-45", "samr-2021-3", "samr-107"},
}
REPORTING = {"reporting", "push", "show"}
REPAIRING = {"acceptance", "repair_decision", "repair_answer", "sync"}
FACTS = {
    *("案", "信息", "机关", "机关区划", "机关代码", "主体", "名单", "类别", "种类", "程序", "领域"),
    *("决定", "公示", "改正", "列入", "列入至", "推送", "处罚有效期", "公示截止期", "申请"),
    *("截至", "看", "日历至", "应有"),
}
EXPECTED = {"期限", "依据", "自", "至", "自动停止", "待核实", "提示", "警示"}


def record_of(case: dict) -> AnyRecord:
    """The record a case tells of: the clean sample of its type, with the facts stated."""
    kind = TYPES[case.get("信息", "行政处罚")]
    organ = {
        "name": case.get("机关", "芜湖市生态环境局"),
        "division": case.get("机关区划", "340200"),
        "uscc": case.get("机关代码"),
    }
    organ = {name: value for name, value in organ.items() if value not in (None, "未载明")}
    level = CLASSES[case.get("类别", "一般")]
    grounds = {} if level == "unclassified" else {"organ": organ["name"], "rule": "示例"}
    changes = {
        "authority": organ,
        "subject__uscc": SUBJECTS[case.get("主体", "芜湖")],
        "severity": {"class": level, **grounds},
        "decided_on": str(case["决定"]),
        "published_on": str(case["公示"]) if "公示" in case else ABSENT,
        **({"corrected_on": str(case["改正"])} if "改正" in case else {}),
        **({"pushed_on": str(case["推送"])} if "推送" in case else {}),
    }
    if kind != "penalty" and "公示" not in case:
        del changes["published_on"]
    if kind == "penalty":
        changes |= {
            "procedure": PROCEDURES[case.get("程序", "普通")],
            "kinds": case.get("种类", ["罚款", "没收违法所得"]),
            "effective_until": str(case.get("处罚有效期", case["决定"])),
            "publicity_until": str(case["公示截止期"]) if "公示截止期" in case else ABSENT,
            "field": case.get("领域", ABSENT),
        }
    if kind == "list_entry":
        changes |= {
            "list": case["名单"],
            "listed_on": str(case["列入"]),
            "listed_until": str(case["列入至"]) if "列入至" in case else ABSENT,
        }
    return decoded(kind, **changes)


def calendar_of(case: dict) -> Calendar:
    """The library's calendar; where a case asks, cut off after a year, whatever it knows by now."""
    last = case.get("日历至", max(CHINA.years))
    kept = (frozenset(d for d in days if d.year <= last) for days in (CHINA.off, CHINA.worked))
    return Calendar("test", frozenset(y for y in CHINA.years if y <= last), *kept)


def looked_at(window: Window, groups: list[str]) -> bool:
    if window.kind in REPORTING:
        return "报送" in groups
    if window.kind == "withdrawal":
        return "撤回" in groups
    if window.kind in REPAIRING:
        return "办理" in groups
    return any(window.rule in GROUPS[group] for group in groups if group in GROUPS)


def basis(window: Window) -> str:
    if not window.article:
        return RULES[window.rule]
    return f"{RULES[window.rule]}第{window.article}{'项' if window.item else '条'}"


def said_alike(remarks, words: list[str]) -> bool:
    """Each remark is the one that is expected in its place, and there is no other."""
    return len(remarks) == len(words) and all(
        word in remark.zh for remark, word in zip(remarks, words, strict=True)
    )


@pytest.mark.parametrize("case", CASES, ids=[case["案"] for case in CASES])
def test_case(case):
    assert case.keys() <= FACTS
    record, calendar = record_of(case), calendar_of(case)
    made = (
        repair_handling(record, case["申请"], calendar)
        if "申请" in case
        else windows(record, case["截至"], calendar)
    )
    found = [window for window in made if looked_at(window, case["看"])]
    ends = [window for window in found if window.kind == "automatic_end"]
    told = [window for window in found if window.kind != "automatic_end"]
    assert [(w.kind, basis(w)) for w in told] == [
        (KINDS[row["期限"]], row["依据"]) for row in case["应有"]
    ]
    for window, row in zip(told, case["应有"], strict=True):
        assert row.keys() <= EXPECTED
        assert (window.first, window.last) == (row.get("自"), row.get("至")), row
        assert window.confirmed == ("待核实" not in row), (row, window.doubts)
        assert said_alike(window.doubts, row.get("待核实", [])), (row, window.doubts)
        assert said_alike(window.notes, row.get("提示", [])), (row, window.notes)
        assert said_alike(window.warnings, row.get("警示", [])), (row, window.warnings)
        assert (window.anchor_on is not None) == (window.first is not None)
        if "自动停止" in row:
            end = ends.pop(0)
            assert (end.first, end.last) == (row["自动停止"], None)
            assert (end.rule, end.confirmed) == (window.rule, window.confirmed)
    assert ends == []


def test_the_table_is_as_wide_as_it_claims():
    assert len(CASES) >= 80
    assert len({case["案"] for case in CASES}) == len(CASES)
    shown = {row["期限"] for case in CASES for row in case["应有"]}
    assert shown == KINDS.keys()
    rules = {row["依据"].split("第")[0] for case in CASES for row in case["应有"]}
    assert rules == set(RULES.values())


# --- the book ------------------------------------------------------------------------------------


def test_every_reference_of_the_book_leads_somewhere():
    for clock in BOOK.clock:
        assert clock.rule in BOOK.instrument or clock.rule == OF_THE_LIST
        assert clock.counting in BOOK.counting
        assert set(clock.lists) <= LISTS.keys()
        assert set(clock.families) <= {"serious", "anomaly", "debtor", "honour"}
        assert {*clock.assumes, *clock.notes, *clock.end_notes} <= BOOK.remark.keys()
        assert not clock.length or parse_length(clock.length) != (0, 0)
        assert clock.never or clock.length or clock.kind in {"listing", "early_exit"} or clock.notes
    for caution in BOOK.caution:
        assert caution.doubt in BOOK.remark
        assert caution.step in CLOCKS
    assert {clock.step for clock in BOOK.clock} == CLOCKS.keys()
    assert {clock.rule for clock in BOOK.clock} - {OF_THE_LIST} == BOOK.instrument.keys()
    assert {clock.kind for clock in BOOK.clock} == set(get_args(Kind)) - {"automatic_end"}


def test_an_instrument_governs_nothing_before_it_is_in_force():
    since = {step.key: step.since for step in BOOK.step}
    for clock in BOOK.clock:
        if clock.rule != OF_THE_LIST:
            assert BOOK.instrument[clock.rule].since <= since[clock.step]


def test_every_passage_to_a_new_rule_is_said_and_told_how_well_it_was_read():
    for steps in TRACKS.values():
        assert steps[0].passage is None
        for step in steps[1:]:
            assert step.passage is not None
            assert step.passage.zh
            assert step.passage.en


def test_a_passage_whose_text_was_read_is_no_doubt(monkeypatch):
    first, second, last = TRACKS["ndrc"]
    read = replace(last, passage=replace(last.passage, read="full_text"))
    monkeypatch.setitem(TRACKS, "ndrc", (first, second, read))
    record = decoded("penalty", decided_on="2025-10-01", authority={"name": "芜湖市生态环境局"})
    repairs = [w for w in windows(record, date(2026, 5, 1)) if w.kind == "earliest_repair"]
    assert [(w.first, w.confirmed) for w in repairs] == [(date(2026, 1, 2), True)]
    assert [note.code for note in repairs[0].notes] == ["passage"]


def test_what_is_counted_in_working_days_names_its_calendar():
    named = {w.kind: w.calendar for w in windows(decoded("penalty"), date(2026, 5, 1))}
    assert named["reporting"] == CHINA.name
    assert named["publicity"] == ""


def test_every_remark_is_used_and_says_the_same_in_both_languages():
    source = "".join(
        files("registry.domain").joinpath(name).read_text(encoding="utf-8")
        for name in ("clocks.py", "clock_match.py")
    )
    by_data = {code for c in BOOK.clock for code in (*c.assumes, *c.notes, *c.end_notes)}
    by_data |= {caution.doubt for caution in BOOK.caution}
    for code, said in BOOK.remark.items():
        assert code in by_data or f'"{code}"' in source, code
        zh, en = (
            {name for _, name, _, _ in Formatter().parse(t) if name} for t in (said.zh, said.en)
        )
        assert zh == en
    with pytest.raises(KeyError):
        remark("no-such-remark")
    assert "2026年4月1日" in remark("before-rule", day=date(2026, 4, 1)).zh
    assert "2026-04-01" in remark("before-rule", day=date(2026, 4, 1)).en


def test_the_organ_s_class_alone_decides():
    """No clock with a class holds for a record without one, whatever its kinds say."""
    for kinds in (["吊销许可证件"], ["暂扣许可证件"], ["警告"], ["罚款"]):
        record = decoded(
            "penalty", severity={"class": "unclassified"}, decided_on="2026-05-10", kinds=kinds,
            authority={"name": "芜湖市生态环境局"}, published_on=ABSENT, publicity_until=ABSENT,
            effective_until="2027-05-10",
        )  # fmt: skip
        for window in windows(record, date(2026, 6, 1)):
            if window.rule == "ndrc-36":
                assert (window.first, window.last, window.anchor) == (None, None, None)
                assert [doubt.code for doubt in window.doubts] == ["no-class"]


# The sample of a repair was decided before any rule that set a time for what follows it.
WITH_CLOCKS = {"penalty", "permit", "list_entry", "withdrawal", "penalty_push"}


def test_of_records_that_no_clock_is_for_nothing_is_said():
    for kind in SAMPLES:
        assert bool(windows(decoded(kind), date(2026, 11, 25))) == (kind in WITH_CLOCKS), kind


# --- what holds for every record ---------------------------------------------------------------

DAYS = st.dates(date(1949, 10, 1), date(2999, 12, 31))
PENALTIES = st.fixed_dictionaries(
    {
        "decided_on": DAYS.map(str),
        "published_on": st.one_of(st.just(ABSENT), DAYS.map(str)),
        "effective_until": DAYS.map(str),
        "severity": st.sampled_from(["minor", "general", "serious", "unclassified"]).map(
            lambda level: {"class": level}
        ),
        "kinds": st.lists(
            st.sampled_from(
                ["警告", "通报批评", "罚款", "责令停产停业", "降低资质等级", "吊销许可证件"]
            ),
            min_size=1,
            unique=True,
        ),
        "procedure": st.sampled_from([ABSENT, "simple", "ordinary"]),
        "authority__name": st.sampled_from(["芜湖市市场监督管理局", "芜湖市生态环境局"]),
        "authority__kind": st.just(ABSENT),
    }
)


@given(PENALTIES, DAYS)
def test_windows_are_in_order_and_what_has_no_day_says_why(changes, on):
    found = windows(decoded("penalty", **changes), on)
    assert found == windows(decoded("penalty", **changes), on)
    for window in found:
        if window.first is not None and window.last is not None:
            assert window.first <= window.last
        if window.first is None:
            assert window.doubts or window.notes
        assert window.since <= max(on, date.fromisoformat(changes["decided_on"]))
        assert window.title
        assert window.title_en
        assert window.confirmed or all(doubt.zh and doubt.en for doubt in window.doubts)
    per_law = {}
    for window in found:
        per_law.setdefault((window.kind, window.rule), []).append(window)
    assert all(len(same) == 1 for same in per_law.values())


@given(PENALTIES, DAYS)
def test_nothing_can_be_repaired_after_it_has_ended_by_itself(changes, on):
    found = windows(decoded("penalty", **changes), on)
    by = {(window.rule, window.kind): window.first for window in found}
    for (rule, kind), first in by.items():
        end = by.get((rule, "automatic_end"))
        if kind == "earliest_repair" and first is not None and end is not None:
            assert first <= end


@given(DAYS)
def test_market_regulation_never_has_less_time_to_publish(decided_on):
    short, long = (reporting_end(decided_on, market=market) for market in (False, True))
    if short is not None:
        assert short.day >= decided_on + timedelta(7)
    if long is not None:
        assert short is not None
        assert long.day > short.day


@pytest.mark.parametrize("day", [date(9999, 12, 31), date(9998, 12, 31), date(9997, 1, 1)])
def test_the_last_days_there_are_break_nothing(day):
    for kind in ("penalty", "permit", "list_entry", "withdrawal"):
        dates = {"decided_on": str(day)}
        if kind == "list_entry":
            dates |= {"listed_on": str(day), "listed_until": str(date.max)}
        if kind == "penalty":
            dates |= {"published_on": str(day), "effective_until": str(date.max)}
        found = windows(decoded(kind, **dates), day)
        assert found
        assert all(window.last is None or window.last >= day for window in found)
