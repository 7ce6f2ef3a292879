"""The pages that put things together: several subjects, objections, pictures, examples, home."""

import re
from dataclasses import replace
from datetime import UTC, date, datetime
from functools import partial
from html import unescape

import pytest
from msgspec.structs import replace as with_

from registry.domain.disclosure import Role
from registry.domain.records.base import Subject
from registry.errors import MalformedRefusal, NotFoundRefusal
from registry.pages.applies import applies_of
from registry.pages.compare_page import SUBJECTS_MAX
from registry.pages.cover import cover_lines, matrix, top_sentence
from registry.pages.frame import Frame, Site
from registry.pages.pictures import BARS_MAX, Period, draw
from registry.pages.query_params import several
from registry.query.views import FindAnswer, RecordDetail, Viewer
from tests.fakes.reader import FIRM, NOON, SUBJECT, USCC, WUHU, coverage
from tests.pages.test_pages import outline, words

OTHER = "0" * 32
FRAME = Frame(Site("区域", "node", "https://example.test", (), {}, {}), "zh", "/", (), NOON)


def test_home_shows_member_by_kind_what_is_not_covered_and_where_to_look(page):
    html = page("/")
    rows = re.findall(r'<tr class="(\w+)"><th scope="row"><a[^>]*>(.*?)</a>', html)
    assert rows == [("fresh", "芜湖市"), ("stale", "南京市"), ("silent", "滁州市")]
    wuhu = html.split(">芜湖市</a>")[1].split("</tr>")[0]
    marks = re.findall(r'aria-label="(.)"', wuhu)
    assert marks == ["无", "无", "有", "有", "无", "无", "无"]  # penalties, and a serious list
    text = words(html)
    assert "已 22 天未更新" in text
    assert "暂未应答，结果不完整" in text
    assert "不含：裁判文书、欠税公告" in text
    assert 'href="https://www.creditchina.gov.cn/"' in html


def test_a_member_whose_home_is_away_is_named_wherever_coverage_stands():
    cover = coverage()
    away = replace(cover.cities[0], behind_since=NOON)
    cover = replace(cover, cities=(away, *cover.cities[1:]))
    since = "自2026年11月23日 12:00起"
    sentence = f"{since}未能从芜湖市的主节点取得更新，其信息可能不完整。"
    assert sentence in top_sentence(FRAME, cover)
    row = matrix(FRAME, cover).rows[0]
    assert (row.state, row.warning) == ("stale", f"{since}未能取得更新")
    lines = [city.behind for city in cover_lines(FRAME, cover).cities]
    assert lines == [f"{since}未能取得更新", "", ""]


def test_names_over_time_say_until_when_one_was_borne(page):
    text = words(page(f"/subject/{SUBJECT}"))
    assert "名称沿革" in text
    assert "芜湖示例建设厂 曾用名 使用至2014年12月31日（含当日）" in text
    assert f"{FIRM} 现用名 2014年12月31日之后使用" in text


def test_names_of_which_no_end_is_told_say_since_when_they_are_stated(page, reader):
    reader.former_until = None
    text = words(page(f"/subject/{SUBJECT}"))
    assert "芜湖示例建设厂 曾用名 2010年1月1日起载明" in text
    assert f"{FIRM} 现用名 2015年1月1日起载明" in text


def test_untrustworthy_records_stand_apart_from_honours_and_permits(page):
    html = page(f"/subject/{SUBJECT}")
    adverse, rest = html.split('<section class="group honours"')
    honours, others = rest.split('<section class="group others"')
    adverse = adverse.split('<section class="group adverse"')[1]
    assert "拖欠农民工工资失信联合惩戒对象名单" in adverse
    assert "不属于严重失信主体名单" in adverse
    assert "行政处罚信息" in adverse
    assert "A级纳税人" in honours
    assert "行政许可信息" in others
    assert "登记注册信息" in others
    assert 'class="serious"' not in honours + others
    assert "A级纳税人" not in adverse


def test_a_long_file_is_paged_by_group(page, reader):
    reader.records = (0, 1, 2, 4) * 10 + (3,)
    html = page(f"/subject/{SUBJECT}")
    assert "失信信息 40 条" in words(html)
    adverse = html.split('<section class="group adverse"')[1].split("</section>")[0]
    assert adverse.count("<time") == 10
    older = re.search(r'href="([^"]+)">更早的信息', adverse)[1]
    assert unescape(older) == f"/subject/{SUBJECT}?adverse=10#adverse"
    last = page(f"/subject/{SUBJECT}", adverse="36")
    adverse = last.split('<section class="group adverse"')[1].split("</section>")[0]
    assert adverse.count("<time") == 4
    assert "更早的信息" not in adverse
    assert "较新的信息" in adverse
    for odd in ("-1", "x", "999999", "9" * 50):
        assert "<time" in page(f"/subject/{SUBJECT}", adverse=odd)


def test_the_picture_says_in_words_what_it_shows(page):
    html = page(f"/subject/{SUBJECT}")
    svg = html.split("<figure")[1].split("</figure>")[0]
    title, said = (
        re.search(rf'<{tag} id="[^"]+">(.*?)</{tag}>', svg)[1] for tag in ("title", "desc")
    )
    assert title == "时间轴：信息与措施的期限"
    assert "措施适用提示：限制申请财政性资金项目，2026年3月10日至2029年3月10日。" in said
    assert "芜湖市：拖欠农民工工资失信联合惩戒对象名单，2026年3月10日至未定。" in said
    assert 'role="img" aria-labelledby="pic-title pic-desc"' in svg
    assert "style=" not in svg


def test_what_is_suspended_is_drawn_as_such_and_said(page):
    svg = page(f"/subject/{SUBJECT}", territory="320100").split("<figure")[1].split("</figure>")[0]
    said = re.search(r"<desc[^>]*>(.*?)</desc>", svg)[1]
    assert "绿色通道、优先办理（暂停适用）" in said
    assert 'class="favour paused"' in svg
    assert "暂停适用</li>" in svg
    assert 'class="manage"' in svg


def test_no_periods_no_picture(page, reader):
    reader.known, reader.records = [], (7,)
    assert "<figure" not in page(f"/subject/{SUBJECT}")
    assert draw(FRAME, [], NOON.date()) is None


def test_bars_stay_inside_the_picture_whatever_the_dates():
    today = date(2026, 11, 23)
    periods = [
        Period("甲", "古", date(1, 1, 1), date(1900, 1, 1), "other"),
        Period("甲", "来", date(9999, 12, 31), None, "bar"),
        Period("乙", "长" * 100, date(2026, 1, 1), date(9999, 12, 31), "serious"),
        Period("乙", "反", date(2026, 6, 1), date(2026, 1, 1), "general"),
    ]
    drawn = draw(FRAME, periods, today)
    for bar in drawn.bars:
        left, width = (float(value.rstrip("%")) for value in (bar.x, bar.width))
        assert 0 <= left <= 99
        assert width > 0
        assert left + width <= 100.05
    assert [(bar.cut_left, bar.cut_right) for bar in drawn.bars] == [
        (True, False),
        (False, True),
        (False, True),
        (False, False),
    ]
    assert drawn.bars[2].label.endswith("…")
    assert len(drawn.bars[2].label) <= 25
    assert [text for _, text in drawn.headings] == ["甲", "乙"]
    assert 1 <= len(drawn.ticks) <= 7
    assert draw(FRAME, periods * 10, today).left_out == 40 - BARS_MAX


def test_the_last_years_of_the_calendar_can_be_drawn():
    last = date(9999, 12, 31)
    drawn = draw(FRAME, [Period("甲", "末", last, None, "other")], last)
    assert drawn.ticks


@pytest.mark.parametrize(
    ("text", "parts"),
    [
        ("甲、乙；丙", ("甲", "乙", "丙")),
        ("甲\r\n\n  乙 \r甲", ("甲", "乙")),
        ("甲公司", ("甲公司",)),
        (" 、\n；", ()),
        ("a;b,c", ("a;b,c",)),
    ],
)
def test_several_names_are_told_apart(text, parts):
    assert several(text) == parts


def test_a_consortium_stands_on_one_page(page, reader):
    html = page(
        "/compare", q=f"{FIRM}、芜湖示例建设厂\n示例", territory="320100", matter="public_funds"
    )
    assert [query.text for query in reader.asked] == [FIRM, "芜湖示例建设厂", "示例"]
    text = words(html)
    assert html.count("</section>") == 3  # the firm once, the open question, coverage
    assert "以下为2026年11月23日在南京市的措施适用提示。办理事项：财政性资金项目申报。" in text
    assert "限制申请财政性资金项目：管理措施" in text
    assert "“示例”没有唯一对应的主体" in text
    link = next(
        h for h in outline(html).values("href") if f"subject={SUBJECT}&subject={SUBJECT}" in h
    )
    assert "territory=320100&matter=public_funds&on=2026-11-23" in link
    assert text.count("本页面汇集成员地区报送的信用信息") == 1
    assert text.count("本提示由系统依规则生成，不是行政决定，不产生法律效力") == 1
    assert f'<input type="hidden" name="subject" value="{SUBJECT}">' in html
    assert "资金主管部门" in html
    assert "2029年3月10日" in html


def test_a_name_of_two_subjects_is_never_settled_for_the_person(page, reader):
    reader.found = 2
    html = page("/compare", q=FIRM)
    assert "没有唯一对应的主体" in html
    assert html.count(f"subject={SUBJECT}") >= 2
    assert "各主体一览" not in html


def test_who_is_not_there_is_said_and_the_others_are_shown(page):
    html = page(f"/compare?subject={OTHER}&subject={SUBJECT}&subject=nonsense&subject={SUBJECT}")
    assert "2 个主体未找到，或没有可以公开的信息。" in html
    assert html.count('id="s1"') == 1
    assert 'id="s2"' not in html


def test_a_subject_without_measures_beside_others(page, reader):
    reader.known, reader.records = [], (7,)
    text = words(page("/compare", subject=SUBJECT, lang="en"))
    assert "No measure applies to this subject under the rules adopted by the members." in text
    assert "no public untrustworthy record was found within the coverage" in text


def test_more_measures_than_fit_are_counted_and_reachable(page, monkeypatch):
    monkeypatch.setattr("registry.pages.compare_page.MEASURES_MAX", 1)
    html = page("/compare", subject=SUBJECT)
    assert re.search(r"另有 [1-9] 项提示未在本页列出", html)


def test_an_enterprise_page_counts_what_it_does_not_tell(page, monkeypatch):
    few = partial(applies_of, most=2)
    monkeypatch.setattr("registry.pages.subject_page.applies_of", few)
    html = page(f"/subject/{SUBJECT}")
    assert html.count("<article") == html.count('<tr class="') == 2
    left = int(re.search(r"另有 (\d+) 项提示未在本页列出", html)[1])
    assert f'<a href="#applies"><strong>{left + 2}</strong>' in html


@pytest.mark.parametrize(
    ("query", "status", "expected"),
    [
        ("", 200, "每行一个"),
        ("q=", 200, "每行一个"),
        ("q=" + "、".join(str(n) for n in range(SUBJECTS_MAX + 1)), 400, "一次最多查询 10 个主体"),
        ("subject=" + "&subject=".join(str(n) for n in range(11)), 400, "一次最多查询 10 个主体"),
        ("q=" + "长" * 3_000, 200, "没有唯一对应的主体"),
        ("q=" + "w%20" * 10_000, 200, "没有唯一对应的主体"),
        ("q=%00%01%ff%F0%9F", 200, ""),
        ("q=<script>alert(1)</script>", 200, ""),
        ("q=%2D%2D%2D%0A%22%20OR%201=1;--", 200, ""),
        ("subject=%00&subject=..%2F..", 200, "未找到"),
        ("territory=999999", 400, "办理地区不在成员地区之内"),
        ("matter=nonsense", 400, "没有这个办理事项"),
        ("on=tomorrow", 400, "日期应写作"),
    ],
)
def test_any_question_about_several_is_bounded(page, query, status, expected):
    html = page(f"/compare?{query}", status)
    assert expected in unescape(html)
    assert html.count("<script") == 1
    assert len(html.encode()) < 60 * 1024


def test_the_search_box_takes_several_names(client):
    answer = client.get(
        "/search", params={"q": f"{FIRM}、示例", "lang": "en"}, follow_redirects=False
    )
    assert answer.status_code == 302
    assert answer.headers["location"].startswith("/compare?q=")
    assert answer.headers["location"].endswith("lang=en")
    long = client.get("/search", params={"q": "长、" * 101}, follow_redirects=False)
    assert long.status_code == 400


def test_the_objection_page_says_where_with_what_and_by_when(page):
    text = words(page("/objection"))
    for expected in (
        "作出该信息的认定单位",
        "申请复议：自知道或者应当知道该决定之日起六十日内",
        "申请复议或起诉本身不停止执行",
        "依据待核实",
        "异议处理中",
        "信用修复管理办法（国家发展和改革委员会令第36号）",
        "全程免费",
    ):
        assert expected in text, expected
    assert FIRM not in text
    assert "Where" in words(page("/objection", lang="en"))


def test_the_objection_page_of_a_subject_names_the_organ_of_each_record(page):
    html = page("/objection", subject=SUBJECT)
    rows = re.findall(
        r'<tr><th scope="row"><a href="([^"]+)">(.*?)</a></th><td[^>]*>(.*?)</td>', html
    )
    assert len(rows) == 10
    assert rows[0][0].startswith(f"/record/{WUHU}/")
    assert {organ for _, _, organ in rows} >= {"芜湖市市场监督管理局"}
    assert f'href="/subject/{SUBJECT}"' in html
    for odd in (OTHER, "nonsense", "\x00"):
        page("/objection", 404, subject=odd)


def test_every_record_and_enterprise_leads_to_the_objection_page(page):
    for path in (f"/subject/{SUBJECT}", f"/record/{WUHU}/0"):
        assert f'href="/objection?subject={SUBJECT}">我要提出异议</a>' in page(path)


def test_rules_are_read_with_their_examples(page):
    text = words(page("/rule/R02"))
    assert "案例：这条规则怎样适用" in text
    assert "已知芜湖示例建设有限公司：拖欠农民工工资失信联合惩戒对象名单，2026年3月10日" in text
    assert "问2026年6月1日在镇江市办理招标投标，适用什么？" in text
    assert (
        "仅提示 限制参加依法必须进行招标项目的投标；承办机关：招标投标行政监督部门；至2029年3月10日"
        in text
    )
    assert "滁州市尚未采纳规则R02（2026-1），不得据此适用；名单信息仍可查询" in text
    assert "停止执行，2026年7月1日" in text
    assert "现在暂停适用（停止执行）：" in text
    suspended = words(page("/rule/R10"))
    assert "至解除条件成就时" in suspended
    assert "生态环境部门：2026年10月1日在镇江市" in words(page("/rule/R06", lang="zh"))
    assert "Worked examples" in page("/rule/R06", lang="en")


def test_a_book_without_examples_still_reads(page, reader):
    reader.book = replace(reader.book, cases=())
    assert "案例" not in page("/rule/R02")


def test_a_log_page_says_who_signed_and_looks_back(page):
    text = words(page(f"/log/{WUHU}"))
    assert "谁签了名" in text
    assert f"{WUHU}" in text
    assert "node.example/mirror" in text
    assert "此前的检查点" in text
    assert "此前的检查点" not in page("/log/xinyong.chuzhou.example/credit")


def test_what_is_printed_says_where_and_when(page):
    html = page(f"/subject/{SUBJECT}", territory="320100")
    where = f"https://example.test/subject/{SUBJECT}?territory=320100"
    assert f"打印自 {where}，2026年11月23日 12:00（北京时间）" in unescape(html)
    assert "打印自" not in page("/nowhere", 404)


def test_links_do_not_repeat_what_no_page_can_use(page):
    html = page("/rules?" + "&".join(f"x{n}=" + "长" * 300 for n in range(20)))
    assert len(html.encode()) < 32 * 1024


async def test_coverage_of_old_readers_without_kinds_is_shown_as_none(page, reader, monkeypatch):
    bare = coverage()
    cities = tuple(replace(city, kinds=frozenset()) for city in bare.cities)

    async def plain():
        return replace(bare, at=datetime(2026, 11, 23, 4, tzinfo=UTC), cities=cities)

    monkeypatch.setattr(reader, "coverage", plain)
    assert 'aria-label="有"' not in page("/")


def test_a_hit_by_number_or_code_settles_the_subject(page, reader):
    reader.matched = "code"
    assert 'id="s1"' in page("/compare", q=USCC)
    reader.reasons = ("code-differs-by-one-slip",)  # that is another's code: to be chosen by hand
    assert 'id="s1"' not in page("/compare", q=USCC)


def test_a_subject_that_vanished_meanwhile_is_missing_not_an_error(page, reader, monkeypatch):
    async def gone(*_: object) -> None:
        raise NotFoundRefusal("未找到。", "Not found.")

    monkeypatch.setattr(reader, "decide_many", gone)
    assert "1 个主体未找到" in page("/compare", subject=SUBJECT)


async def test_what_search_refuses_is_a_name_without_candidates(page, reader, monkeypatch):
    async def refused(*_: object) -> FindAnswer:
        raise MalformedRefusal("不能查询。", "It cannot be asked.", code="query-empty")

    monkeypatch.setattr(reader, "find", refused)
    assert "“---”没有唯一对应的主体" in page("/compare", q="---")


async def test_a_trader_known_only_by_a_document_has_no_page_to_go_to(page, reader, monkeypatch):
    detail = await reader.record(WUHU, 0, Viewer(Role.PUBLIC), NOON.date())
    trader = Subject(kind="sole_trader", name="示例杂货店")
    view = replace(detail.view, record=with_(detail.view.record, subject=trader))

    async def record(*_: object) -> RecordDetail:
        return replace(detail, view=view)

    monkeypatch.setattr(reader, "record", record)
    html = page(f"/record/{WUHU}/0")
    assert "示例杂货店" in html
    assert "/subject/" not in html
    assert "/objection?" not in html


async def test_what_search_cannot_read_is_a_name_without_candidates(page, reader, monkeypatch):
    async def none(*_: object) -> FindAnswer:
        return FindAnswer(
            (), 0, exact=True, facets={}, read_as="name", sure=False, engine="x", degraded=False,
            behind=False, coverage=coverage(),
        )  # fmt: skip

    monkeypatch.setattr(reader, "find", none)
    assert "未查询到不等于信用状况的任何评价" in page("/compare", q="没有的公司")
