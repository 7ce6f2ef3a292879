"""The pages as text: the agreed sentences, what is shown, and what must never be."""

import re
from dataclasses import replace
from html import unescape
from html.parser import HTMLParser

import pytest
from msgspec.structs import replace as with_

from registry.domain.catalogue import tables
from registry.domain.disclosure import Role
from registry.domain.records import decode_main
from registry.issued.bundles import STATEMENT_EN, STATEMENT_ZH
from registry.pages.texts import TEXTS, text
from registry.query.views import CitySearched, RecordDetail, Viewer
from registry.rules.model import Fact, FactRef
from search import reasons
from search.quality import Figures, Measured, Report, keep
from signing.bundle import open_bundle
from signing.record import encode_record
from tests.fakes.reader import FIRM, MAINS, NOON, SUBJECT, USCC, WITHHELD, WUHU
from tests.registry.world import ELSEWHERE, charter

RECORD = f"/record/{WUHU}"
EVERY = [
    "/",
    "/?lang=en",
    "/search?q=示例",
    "/search?q=示例&city=340200&type=penalty&date_from=2026-01-01&lang=en",
    f"/subject/{SUBJECT}",
    f"/subject/{SUBJECT}?lang=en",
    f"/subject/{SUBJECT}?territory=320100&matter=public_funds&on=2026-08-01",
    *(f"{RECORD}/{idx}" for idx in range(len(MAINS))),
    f"{RECORD}/0?lang=en",
    f"{RECORD}/4?lang=en",
    "/compare",
    f"/compare?q={FIRM}、示例&lang=en",
    f"/compare?subject={SUBJECT}&territory=320100",
    "/objection",
    f"/objection?subject={SUBJECT}&lang=en",
    "/logs",
    f"/log/{WUHU}",
    f"/log/{ELSEWHERE}?lang=en",
    "/rules",
    "/types",
    "/types/penalty",
    "/types/stay",
    "/rule/R02",
    "/rule/R10?lang=en",
    "/problems/not-found",
    "/problems/batch-error?lang=en",
    "/tables",
    "/report/check",
    "/search-quality",
    "/tables?lang=en",
    *(f"/tables/{name}" for name in tables()),
    *(f"/tables/{name}?lang=en" for name in ("divisions", "lists", "penalty-kinds")),
    "/tables/divisions?code=3402&on=2010-06-01",
]


class Outline(HTMLParser):
    """What of a page's structure the tests look at."""

    def __init__(self) -> None:
        super().__init__()
        self.open: list[str] = []
        self.tags: list[tuple[str, dict[str, str | None]]] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))
        if tag not in {"meta", "link", "input", "br", "wbr"}:
            self.open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        assert self.open, tag
        assert self.open.pop() == tag

    def count(self, tag: str) -> int:
        return sum(1 for name, _ in self.tags if name == tag)

    def values(self, attribute: str) -> list[str]:
        return [attrs[attribute] or "" for _, attrs in self.tags if attribute in attrs]


def outline(html: str) -> Outline:
    parsed = Outline()
    parsed.feed(html)
    assert parsed.open == []
    return parsed


def words(html: str) -> str:
    """The text of a page without tags, spaces squeezed."""
    body = html.split("<body>")[1]
    return re.sub(r"\s+", " ", unescape(re.sub(r"<[^>]+>", "", body)))


@pytest.mark.parametrize("path", EVERY)
def test_every_page_is_sound_html_small_and_free_of_inline_code(page, path):
    html = page(path)
    parsed = outline(html)
    assert (parsed.count("h1"), parsed.count("main"), parsed.count("footer")) == (1, 1, 1)
    assert len(html.encode()) < 60 * 1024
    scripts = [attrs for tag, attrs in parsed.tags if tag == "script"]
    suggests = ["/static/suggest.js"] if 'role="search"' in html else []
    loaded = [attrs["src"].partition("?")[0] for attrs in scripts]
    assert loaded == ["/static/site.js", *suggests]
    assert "></script>" in html
    assert not parsed.values("style")
    assert not [name for _, attrs in parsed.tags for name in attrs if name.startswith("on")]
    ids = parsed.values("id")
    assert len(ids) == len(set(ids))
    assert {"main"} <= set(ids)
    named = {attrs.get("for") for tag, attrs in parsed.tags if tag == "label"}
    assert all(
        attrs.get("id") in named or attrs["type"] in {"hidden", "checkbox", "date"}
        for tag, attrs in parsed.tags
        if tag == "input"
    )
    assert parsed.count("th") == sum("scope" in a for tag, a in parsed.tags if tag == "th")
    assert "{" not in words(html).split("检查点原文")[0].split("Checkpoint")[0]


def test_every_inner_link_leads_somewhere(client, page):
    seen: set[str] = set()
    todo = list(EVERY)
    while todo:
        path = todo.pop()
        for href in outline(page(path)).values("href"):
            link = href.partition("#")[0]
            if not link.startswith("/") or link in seen:
                continue
            seen.add(link)
            if link.startswith(("/charter", "/log/xinyong.njmetro", "/openapi")):
                continue
            if link.endswith("/checkpoint"):
                continue
            answer = client.get(link)
            assert answer.status_code == 200, (path, link)
    assert f"/record/{WUHU}/0/credit-0.record" in seen
    assert "/rule/R02?lang=en" in seen


def test_the_enterprise_page_begins_with_the_agreed_sentence(page):
    text = words(page(f"/subject/{SUBJECT}"))
    assert (
        "本页面汇集成员地区报送的信用信息，截至2026年11月23日 12:00。"
        "覆盖：芜湖市、南京市；登记注册基本信息、行政处罚信息。不含：裁判文书、欠税公告。"
        "南京市数据停留在2026年11月1日 08:00。滁州市地区暂未应答，结果不完整。"
        "全国性名单请同时查询“信用中国”、国家企业信用信息公示系统、中国执行信息公开网、中国政府采购网。"
    ) in text
    assert f"统一社会信用代码 {USCC} · 代码校验位正确（不代表主体真实存在）" in text


def test_a_measure_is_told_word_for_word(page):
    text = words(page(f"/subject/{SUBJECT}"))
    assert (
        "限制申请财政性资金项目——管理措施。承办机关：资金主管部门。"
        "依据：保障农民工工资支付条例（国务院令第724号）第48条第1款，2020年5月1日起施行。"
        "期限：2026年3月10日至2029年3月10日（含）。"
        "原因：芜湖市人力资源和社会保障局于2026年3月10日列入拖欠农民工工资失信联合惩戒对象名单。"
        "解除条件："
    ) in text
    disclaimer = "本提示由系统依规则生成，不是行政决定，不产生法律效力；"
    disclaimer += "是否适用由承办机关依法决定并告知当事人。"
    assert text.count(disclaimer) == page(f"/subject/{SUBJECT}").count("<article") >= 4
    assert "仅提示（不作为限制依据）" in text
    assert "说明：第二依据待核实" in text
    assert "依据待核实" in text


def test_without_a_territory_the_page_says_where_each_measure_applies(page):
    html = page(f"/subject/{SUBJECT}")
    funds = html.split('<h3><span lang="zh-CN">限制申请财政性资金项目')[1].split("</article>")[0]
    assert "南京市" in funds
    assert "芜湖市" in funds
    assert "南京市采纳文件：示例宁信〔2026〕1号，自2026年5月1日起" in funds
    assert "芜湖市采纳文件：示例芜信〔2026〕2号，自2026年6月1日起" in funds
    assert "原因记录来自芜湖市" in funds
    assert f'href="/record/{WUHU}/1"' in funds
    assert 'href="/rule/R02"' in funds
    tender = html.split('<h3><span lang="zh-CN">限制参加依法必须进行招标项目的投标')[1].split(
        "</article>"
    )[0]
    assert "芜湖市采纳文件" not in tender
    assert "滁州市尚未采纳该规则，不得据此采取措施。（规则 R02（2026-1））" in html
    assert "未见适用措施的地区：滁州市。" in html
    assert "限制参加政府采购活动不在芜湖市采纳的措施范围内，不适用。" in html


def test_what_applies_where_by_which_law_until_when_is_seen_at_once(page):
    """Before the form and the cards: one row for each measure, linked to its card."""
    html = page(f"/subject/{SUBJECT}")
    assert html.index('class="stack glance"') < html.index("<form") < html.index("<article")
    rows = re.findall(r"<tr class.*?</tr>", html, re.DOTALL)
    row = next(row for row in rows if "限制申请财政性资金项目" in row)
    for said in (
        "南京市",
        "芜湖市",
        "保障农民工工资支付条例第48条第1款",
        "2029年3月10日",
        "管理措施",
    ):
        assert said in row
    anchors = re.findall(r'href="#(m[0-9]+)"', html)
    assert anchors == re.findall(r'<article id="(m[0-9]+)"', html)
    assert len(anchors) == len(rows)


@pytest.mark.parametrize(
    "path", [f"/subject/{SUBJECT}", "/rules", "/rule/R02", f"/record/{WUHU}/1"]
)
def test_english_pages_say_once_that_legal_texts_are_chinese(page, path):
    said = "Legal texts are shown in Chinese, the language in force."
    assert page(path, lang="en").count(said) == 1
    assert "language in force" not in page(path)


def test_a_measure_of_the_same_city_does_not_come_from_elsewhere(page):
    assert "原因记录来自" not in page(f"/subject/{SUBJECT}", territory="340200")


def test_territory_and_matter_narrow_the_answer(page):
    html = page(f"/subject/{SUBJECT}", territory="320100", matter="public_funds", on="2026-08-01")
    assert html.count("<article") == 1
    assert '<option value="320100" selected>' in html
    assert '<option value="public_funds" selected>' in html
    assert "以下为2026年8月1日在南京市的措施适用提示。" in html
    early = page(f"/subject/{SUBJECT}", territory="320100", on="2026-04-30")
    assert "依已采纳的规则，未见适用的措施。" in early
    assert "南京市尚未采纳该规则，不得据此采取措施。" in early


def test_what_is_suspended_says_so_once_and_why(page, reader):
    stay = Fact(
        ref=FactRef(WUHU, 8, "s1", "00"),
        type="stay",
        subject_id=SUBJECT,
        subject_kind="organisation",
        decided_on=reader.known[0].decided_on,
        start=reader.known[0].decided_on,
        target=reader.known[0].ref,
    )
    reader.known.append(stay)
    html = page(f"/subject/{SUBJECT}", territory="320100", matter="public_funds")
    assert "暂停适用" in html
    assert html.count("暂停原因：停止执行") == 1
    assert "说明：停止执行" not in html


def test_an_open_end_and_an_organ_that_only_gets_a_notice_are_told(page, reader):
    text = words(page(f"/subject/{SUBJECT}", lang="en", territory="320100"))
    assert "Green" not in text
    assert "守信激励" not in text.split("What applies")[0]
    assert "Term: 2026-03-10 to 2029-03-10 (inclusive)" in text
    assert "article 48.1, in force since 2020-05-01" in text
    assert "not an administrative decision" in text
    reader.known = reader.known[1:]
    favour = words(page(f"/subject/{SUBJECT}", lang="en", territory="320100"))
    assert "incentive" in favour
    assert "until the exit from the list" in favour


def test_a_subject_without_measures_or_records(page, reader):
    reader.known, reader.records, reader.identifiers = [], (), (("regno", "320000000021080"),)
    text = words(page(f"/subject/{SUBJECT}"))
    assert "依各成员地区已采纳的规则，未见适用于该主体的措施。" in text
    assert "无可公示的信用信息。" in text
    assert "在覆盖范围内未查询到公开的失信信息。" in text
    assert "工商注册号" in text
    assert "代码校验位正确" not in text


def test_without_a_rulebook_the_pages_still_stand(page, reader):
    reader.book, reader.known = None, []
    text = words(page(f"/subject/{SUBJECT}"))
    assert "规则汇编版本" not in text
    assert "本区域在该日期没有可用的规则汇编，无法给出措施适用提示。" in text
    assert "未见适用" not in text
    assert "尚未发布规则汇编。" in page("/rules")
    assert "现行规则汇编中没有这条规则。" in page("/rule/R02", 404)


def test_the_records_stand_by_city_newest_first(page):
    html = page(f"/subject/{SUBJECT}").split('id="records"')[1]
    dates = re.findall(r'<time datetime="([^"]+)"', html)
    assert dates == sorted(dates, reverse=True)
    assert len(dates) == len(MAINS)
    assert "不属于严重失信主体名单" in html
    assert "转载自中国执行信息公开网" in html
    assert "全国有效" in html
    assert "仅在芜湖市、南京市有效" in html
    assert 'class="honour"' in html
    assert 'class="serious"' in html
    assert "黑名单" not in html
    assert "红名单" not in html


def test_the_record_page_has_fields_provenance_class_and_signature(page):
    text = words(page(f"{RECORD}/0"))
    for expected in (
        "行政处罚决定书文号芜市监罚〔2026〕0号",
        "罚款金额（万元）0.2",
        "一般失信信息（由芜湖市市场监督管理局认定）",
        "认定规则示例分类标准",
        "由认定单位直接报送",
        "公示期自2026年5月12日起至2027年5月12日止（含当日）",
        "处罚程序普通程序",
        "备注<b>附注</b> & 说明",
        "签名核验通过：芜湖市于2026年11月23日 12:00报送，内容未被改动；不代表该信息当前仍有效。",
        (
            "本证明仅表明该信息于2026年11月23日 12:00由芜湖市报送且未被改动，不代表其当前状态。"
            f"请于使用前核验最新状态：https://example.test{RECORD}/0。信用修复后，任何单位不得继续使用。"
        ),
        "python -m signing verify credit-0.tlog-proof --charter charter",
        "报送时的提醒：late",
    ):
        assert expected in text, expected
    assert "<b>附注" not in page(f"{RECORD}/0")
    assert "转载自中国执行信息公开网，核对时间2026年11月1日" in words(page(f"{RECORD}/4"))
    assert "公示期自2026年1月6日起" in words(page(f"{RECORD}/4"))
    assert "转载自—，核对时间—" in words(page(f"{RECORD}/9"))
    assert "严重失信信息（由芜湖市人力资源和社会保障局认定）" in words(page(f"{RECORD}/1"))
    assert "失信信息" not in words(page(f"{RECORD}/5"))
    assert "曾用名芜湖示例建设厂" in words(page(f"{RECORD}/7"))
    assert "注册资本壹仟万元" in words(page(f"{RECORD}/7"))


def test_what_names_persons_offers_no_record_line(client, page):
    html = page(f"{RECORD}/{WITHHELD}")
    assert ".record" not in html
    assert "决定书载明的责任人员仅向有权限的机关展示" in html
    assert "内容由有权限的机关核验" in html
    assert client.get(f"{RECORD}/{WITHHELD}/credit-{WITHHELD}.record").status_code == 410


async def test_a_record_of_another_kind_or_about_a_person_still_has_a_page(
    page, reader, monkeypatch
):
    """Other roles than the public may see acts and persons; the page must not break for them."""
    repair = decode_main(
        encode_record(
            {
                key: MAINS[0][key]
                for key in ("v", "id", "salt", "authority", "source_unit", "decided_on")
            }
            | {
                "type": "repair",
                "subject": {"kind": "natural_person", "name": "示例甲"},
                "publication": "public",
                "severity": {"class": "unclassified"},
                "provenance": {"kind": "original"},
                "target": {"origin": WUHU, "id": "p0", "entry": "0" * 128},
                "effective_on": "2026-06-01",
            }
        )
    )
    detail = await reader.record(WUHU, 0, Viewer(Role.PUBLIC), NOON.date())
    other = replace(detail, view=replace(detail.view, record=repair))

    async def record(*_: object) -> RecordDetail:
        return other

    monkeypatch.setattr(reader, "record", record)
    html = page(f"{RECORD}/0")
    assert "<h1>信用修复</h1>" in html
    assert "/subject/" not in html


def test_a_record_can_be_taken_away(client):
    line = client.get(f"{RECORD}/0/credit-0.record")
    proof = client.get(f"{RECORD}/0/credit-0.tlog-proof")
    assert line.headers["content-disposition"] == 'attachment; filename="credit-0.record"'
    assert line.content.startswith(b'{"authority"')
    assert proof.content.startswith(b"c2sp.org/tlog-proof@v1")
    assert client.get(f"{RECORD}/0/other.record").status_code == 410


def test_a_record_can_be_taken_away_in_one_file(client, page):
    seen = page(f"{RECORD}/0")
    assert f'href="{RECORD}/0/credit-0.bundle" download' in seen
    assert "记录证明包 .bundle" in words(seen)
    file = client.get(f"{RECORD}/0/credit-0.bundle")
    assert file.headers["content-disposition"] == 'attachment; filename="credit-0.bundle"'
    assert file.headers["cache-control"] == "no-store"
    opened = open_bundle(file.content, charter())
    assert opened.record.main == client.get(f"{RECORD}/0/credit-0.record").content
    assert opened.cover.statement.zh.startswith("本证明仅表明该信息于")
    assert opened.cover.url == f"https://example.test{RECORD}/0"
    assert client.get(f"{RECORD}/{WITHHELD}/credit-{WITHHELD}.bundle").status_code == 410
    assert ".bundle" not in page(f"{RECORD}/{WITHHELD}")


def test_the_notice_of_a_bundle_is_the_regions_wording():
    for lang, notice in (("zh", STATEMENT_ZH), ("en", STATEMENT_EN)):
        said = {"at": "{at}", "who": "{who}", "url": "{url}"}
        assert notice.startswith(text(lang, "proof.old", **said))


def test_gone_is_one_sentence_and_the_same_for_what_never_existed(client, page):
    pages = [page(path, 410) for path in (f"{RECORD}/99", "/record/no.example/log/0")]
    texts = [words(html) for html in pages]
    assert texts[0] == texts[1]
    assert "该信息不存在或已不再公示。" in texts[0]
    client.headers["Accept"] = "application/json"
    bodies = {client.get(path).content for path in (f"{RECORD}/99", "/record/no.example/log/0")}
    assert len(bodies) == 1


@pytest.mark.parametrize(
    ("read_as", "matched", "expected"),
    [
        ("code", "code", ("按代码查询：示例", "代码一致")),
        ("number", "number", ("按文书号查询：示例", "文书号一致：芜湖示例建设厂")),
        ("name", "name", ("按名称查询：示例", "名称相符")),
        ("name", "former_name", ("按名称查询：示例", "曾用名相符：芜湖示例建设厂")),
        ("pinyin", "name", ("按拼音查询：示例", "名称相符：一方未写组织形式 · 对应把握 98%")),
        ("initials", "name", ("按拼音首字母查询：示例",)),
        ("standard", "name", ("按标准编号查询：示例", "到标准查询中查找该编号")),
    ],
)
def test_results_say_how_the_query_was_read_and_why_a_hit_matched(
    page, reader, read_as, matched, expected
):
    reader.read_as, reader.matched = read_as, matched
    text = words(page("/search", q="示例"))
    assert all(words_ in text for words_ in expected)
    assert "芜湖市 4" in text
    assert "行政处罚信息 1" in text
    assert FIRM in text


def test_no_sure_match_is_said_before_what_only_comes_near(page, reader):
    said = "没有可以确定的对应主体。以下仅为相近结果，请核对名称和代码，不得据此认定为同一主体。"
    assert said not in page("/search", q="示例")
    reader.sure = False
    html = page("/search", q="示例")
    assert html.index(said) < html.index('class="hits"')
    assert "No sure match." in page("/search", q="示例", lang="en")
    reader.found = 0
    assert said not in page("/search", q="示例")


def test_what_comes_near_is_not_called_the_same(page, reader):
    reader.certainty = 0.4
    assert "名称相近：一方未写组织形式 · 对应把握 40%" in words(page("/search", q="示例"))
    reader.matched, reader.reasons = "code", ("code-differs-by-one-slip",)
    reader.certainty = 0.98
    assert "代码相近：与所输代码有一处不同 · 对应把握 98%" in words(page("/search", q="示例"))


def test_every_reason_of_a_hit_has_words():
    words_of = {value for name, value in vars(reasons).items() if name.isupper()}
    assert {f"why.{word}" for word in words_of} <= TEXTS.keys()


def test_nothing_found_is_never_good_credit(page, reader):
    reader.found = reader.total = 0
    text = words(page("/search", q="没有"))
    assert "截至2026年11月23日 12:00，在覆盖范围内未查询到公开的失信信息。" in text
    assert "不含裁判文书、欠税公告" in text
    assert "信用良好" not in text
    assert "No public" not in text
    english = words(page("/search", q="没有", lang="en"))
    assert "no public untrustworthy record was found" in english


def test_a_degraded_answer_says_so(page, reader):
    reader.degraded = True
    assert "主检索引擎暂未应答" in page("/search", q="示例")
    reader.degraded, reader.behind = False, True
    behind = page("/search", q="示例")
    assert "主检索引擎暂未应答" not in behind
    assert "最近公布的信息可能尚未列入" in behind


def city(code: str, name: str, state: str, by: str) -> CitySearched:
    return CitySearched(code, name, state, by, 7 if by else None, NOON if by else None)


def test_a_city_whose_engine_is_away_is_named_with_who_answered_for_it(page, reader):
    here = city("320100", "南京市", "answered", "meilisearch")
    away = city("340200", "芜湖市", "late", "postgresql")
    reader.degraded, reader.searched = True, (here, away)
    html = page("/search", q="示例")
    assert "芜湖市的检索引擎暂未应答，其结果来自备用检索" in html
    assert "主检索引擎" not in html
    assert "结果不完整" not in html
    rows = words(html).replace(" ", "")
    assert "南京市已应答meilisearch2026年11月23日12:00" in rows
    assert "芜湖市未在规定时间内应答postgresql2026年11月23日12:00" in rows
    reader.searched = (away,)
    assert "主检索引擎暂未应答" in page("/search", q="示例")
    reader.searched, reader.found = (here, city("341100", "滁州市", "failed", "")), 0
    html = page("/search", q="示例")
    assert "滁州市地区暂未应答，结果不完整。" in html
    assert "备用检索" not in html
    assert "滁州市未应答暂未应答，结果不完整" in words(html).replace(" ", "")
    assert "在覆盖范围内未查询到" in html
    assert "has not answered yet: the result is incomplete" in page("/search", q="x", lang="en")


def test_how_well_names_are_found_is_shown_as_it_was_measured(client, page, tmp_path):
    assert "尚未测算" in page("/search-quality")
    kinds = {
        "slip in pinyin": Figures(1_200, 900, 1_000, 1_188, 800),
        "absent": Figures(200, 0, 0, 0, 198),
    }
    engines = (Measured("postgresql", 3, kinds), Measured("meilisearch", 4, {}))
    about = ("演示区域的虚构企业名称", "names of the fictional region")
    keep(Report(NOON, *about, 5_000, whole=True, engines=engines), tmp_path)
    client.app.state["measured_in"] = tmp_path
    text = words(page("/search-quality")).replace(" ", "")
    assert "样本：演示区域的虚构企业名称，抽取5,000个。" in text
    assert "测算时间：2026年11月23日12:00" in text
    assert "检索引擎postgresql，索引版式第3版" in text
    assert "检索引擎meilisearch，索引版式第4版" in text
    assert "拼音错一个字母1,2000.9900.750确定且正确0.667" in text
    assert "库中没有的真实名称200未误认0.990" in text
    assert "时间用尽" not in text
    keep(Report(NOON, *about, 1, whole=False, engines=engines[:1]), tmp_path)
    english = page("/search-quality", lang="en")
    assert "Time was up before everything was asked" in english
    assert "pinyin with one slip" in english
    for path in ("/search?q=x", "/tables"):
        assert 'href="/search-quality"' in page(path)


def test_what_answers_is_marked_and_facets_narrow_down(page, reader):
    html = page("/search?q=示例&type=penalty&state=standing&offset=20")
    assert "芜湖<mark>示例</mark>建设厂" in html
    assert f">{FIRM}</a>" in html  # the current name is not what answered
    assert (reader.asked[-1].types, reader.states) == (("penalty",), ("standing",))
    links = outline(html).values("href")
    assert "/search?q=%E7%A4%BA%E4%BE%8B&type=penalty&state=standing&severity=serious" not in links
    assert "/search?q=%E7%A4%BA%E4%BE%8B&state=standing&type=list_entry" in links
    assert "/search?q=%E7%A4%BA%E4%BE%8B&state=standing" in links  # takes the kind away again
    narrowed = page("/search?q=示例&severity=serious&severity=general&lang=en")
    assert reader.asked[-1].severities == ("serious", "general")
    assert 'aria-current="true" title="Take this away">serious 1 ×' in narrowed
    assert 'aria-current="true" title="Take this away">general 0 ×' in narrowed


def test_filters_and_pages_reach_the_query(page, reader):
    reader.total, reader.exact, reader.found = 100, False, 2
    html = page(
        "/search?q=示例&city=340200&city=&type=penalty&date_from=2026-01-01&date_to=&offset=20"
    )
    asked = reader.asked[-1]
    assert (asked.cities, asked.types, asked.offset) == (("340200",), ("penalty",), 20)
    assert (str(asked.date_from), asked.date_to) == ("2026-01-01", None)
    assert "<details open>" in html
    assert "至少 100 个主体" in html
    assert "无代码" in html
    links = outline(html).values("href")
    assert any("offset=0" in link for link in links)
    assert any("offset=40" in link and "city=340200" in link for link in links)


@pytest.mark.parametrize(
    ("query", "status", "expected"),
    [
        ("q=", 400, "请输入名称、代码或文号"),
        ("q=%20%20", 400, "请输入名称、代码或文号"),
        ("", 400, "请输入名称、代码或文号"),
        ("q=" + "长" * 201, 400, "查询内容超过 200 字"),
        ("q=" + "w " * 10_000, 400, "查询内容超过"),
        ("q=a&date_from=yesterday", 400, "日期应写作 2026-03-10"),
        ("q=a&date_from=2026-03-02&date_to=2026-03-01", 400, "起始日期晚于截止日期"),
        ("q=a&offset=-1", 200, ""),
        ("q=a&offset=99999999999", 200, ""),
        ("q=a&offset=99999", 400, "最多翻到"),
        ("q=a&city=" + "x" * 65, 400, "筛选条件过多或有误"),
        ("q=%00%01%ff%F0%9F", 200, ""),
        ("q=<script>alert(1)</script>", 200, ""),
        ("q=a%22%20OR%201=1;--&lang=de&lang=%00", 200, ""),
        ("q=%7B%7B7*7%7D%7D", 200, "{{7*7}}"),
    ],
)
def test_any_query_string_is_bounded_and_never_an_error_of_ours(page, query, status, expected):
    html = page(f"/search?{query}", status)
    assert expected in unescape(html)
    assert html.count("<script") == html.count('<script src="/static/') == 1 + (status < 400)


HOSTILE = (
    "a=" + "%20" * 2_000,
    "q=%00%01%1f%7f&subject=%00&territory=%00&on=%00&matter=%00",
    "q=%F0%9F%98%80%ED%A0%80%FF&subject=%FF",
    "&&&===&;;q&=q",
    "adverse=-1&honours=1e9&others=%D9%A3&offset=0x10",
    "q='; DROP TABLE records; --&subject=' OR 1=1",
    "q=%7B%7B7*7%7D%7D%7B%25 raise %25%7D",
    "on=9999-12-31",
    "on=0001-01-01",
    "lang=en&lang=zh&lang[]=x",
)


@pytest.mark.parametrize("path", sorted({path.partition("?")[0] for path in EVERY}))
@pytest.mark.parametrize("query", HOSTILE)
def test_no_page_breaks_whatever_is_asked_of_it(client, reader, path, query):
    reader.known = []  # rules have days of their own; here only the pages are asked
    answer = client.get(f"{path}?{query}")
    assert answer.status_code in {200, 400, 404, 410}, answer.text[:300]
    assert len(answer.content) < 60 * 1024
    assert answer.text.count("<script") == answer.text.count('<script src="/static/')


@pytest.mark.parametrize(
    "path",
    [
        *("/subject/%00", "/subject/" + "f" * 5_000, "/rule/%F0%9F%98%80", "/rule/%3Cscript%3E"),
        *("/record/a/b/99999999999999999999", "/record/%00/%00/0", "/log/%2e%2e/%2e%2e", "/%00"),
        *(
            "/static/%2e%2e%2fsite.css",
            "/problems/%22%3E%3Cscript%3E",
            "/compare/x",
            "/objection/x",
        ),
    ],
)
def test_no_address_breaks_a_page(client, path):
    answer = client.get(path)
    assert answer.status_code in {400, 404, 410}, answer.text[:300]
    assert answer.text.count("<script") == answer.text.count('<script src="/static/')


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        ("territory=999999", "办理地区不在成员地区之内"),
        ("matter=nonsense", "没有这个办理事项"),
        ("on=2026-02-30", "日期应写作"),
    ],
)
def test_a_question_that_cannot_be_asked_is_told(page, query, expected):
    assert expected in page(f"/subject/{SUBJECT}?{query}", 400)


@pytest.mark.parametrize(
    ("path", "status"),
    [
        ("/nowhere", 404),
        ("/subject/ffffffffffffffffffffffffffffffff", 404),
        ("/log/no.example/log", 404),
        ("/rule/R99", 404),
        ("/static/../app.py", 404),
        ("/static/no.css", 404),
        ("/problems/no-such", 404),
        (f"{RECORD}/-1", 400),
        (f"{RECORD}/x", 404),
    ],
)
def test_errors_are_pages_for_browsers(page, path, status):
    for lang in ("zh", "en"):
        html = page(path, status, lang=lang)
        assert outline(html).count("h1") == 1
        assert "/problems/" in html


@pytest.mark.parametrize("start", ["//", "///", "/%5C", "/%5c/", "/%09/", "/%0A%2F", "/%0d%5C"])
def test_no_link_of_an_odd_address_leads_off_this_site(client, start):
    for query in ("", "?lang=en", "?q=a"):
        answer = client.get(f"http://testserver{start}evil.example/x{query}")
        assert answer.status_code == 404
        links = [unescape(link) for link in re.findall(r'(?:href|action)="([^"]*)"', answer.text)]
        about = [link for link in links if "evil.example" in link]
        assert about, "the other language is of the same address"
        assert all(link.startswith("/evil.example/x") for link in about), about


def test_a_defect_of_ours_says_nothing_about_the_inside(page, reader, monkeypatch, caplog):
    def broken():
        raise ZeroDivisionError("secret-detail")

    monkeypatch.setattr(reader, "logs", broken)
    html = page("/logs", 500)
    assert "系统内部错误" in html
    assert "secret-detail" not in html
    assert "unforeseen error at /logs" in caplog.text


def test_rules_show_who_adopted_and_what_does_not_follow(page):
    rows = dict(
        re.findall(
            r"<th scope=\"row\"[^>]*>(R\d\d) [^<]*</th>(.*?)</tr>", page("/rules"), re.DOTALL
        )
    )
    adopted, not_adopted = re.findall(r"<td[^>]*>\s*([^<]*)</td>", rows["R02"])
    assert "芜湖市" in adopted
    assert "滁州市" in not_adopted
    assert len(rows) > 10
    text = words(page("/rule/R02"))
    for expected in (
        "用人单位被有管辖权的人力资源社会保障行政部门列入",
        "交通出行：无本领域法律依据，不适用",
        "保障农民工工资支付条例（国务院令第724号）第48条第1款，2020年5月1日起施行",
        "滁州市尚未采纳该规则，不得据此采取措施。",
        "示例芜信〔2026〕2号仅限：限制申请财政性资金项目",
        "依据待核实",
    ):
        assert expected in text, expected
    assert "原文" in text


def test_an_unconfirmed_basis_without_a_title_stands_as_its_gist(page):
    html = page("/rule/R02")
    assert re.search(r"<strong>[^<]*信誉条件[^<]*</strong> <span class=\"tag\">依据待核实", html)


def test_logs_show_size_root_checkpoint_and_silence(page):
    text = words(page("/logs"))
    assert "滁州市" in text
    assert "尚未报送" in text
    assert WUHU in words(page(f"/log/{WUHU}"))
    assert "node.example/mirror" in page(f"/log/{WUHU}")
    assert "nothing stated yet" in page(f"/log/{ELSEWHERE}", lang="en")


def test_the_language_is_kept_by_links_and_can_be_changed(page):
    html = page("/search?q=示例&type=penalty&lang=en")
    parsed = outline(html)
    inner = [link for link in parsed.values("href") if link.startswith(("/subject", "/rules"))]
    assert inner
    assert all(link.endswith("lang=en") for link in inner)
    assert "/search?q=%E7%A4%BA%E4%BE%8B&type=penalty" in parsed.values("href")
    assert 'name="lang" value="en"' in html
    assert 'hreflang="en"' in page("/")


def test_pages_may_load_the_style_sheet_and_nothing_else(client):
    headers = client.get("/").headers
    assert headers["content-security-policy"].startswith("default-src 'none'; style-src 'self'")
    assert "unsafe" not in headers["content-security-policy"]
    assert headers["x-content-type-options"] == "nosniff"
    assert headers["referrer-policy"] == "no-referrer"
    assert headers["cache-control"] == "no-store"
    sheet = outline(client.get("/").text).values("href")[0]
    css = client.get(sheet)
    assert "immutable" in css.headers["cache-control"]
    assert css.headers["content-type"].startswith("text/css")
    assert "http" not in css.text
    assert len(css.content) < 22 * 1024


def test_no_number_of_a_personal_document_is_on_any_page(page):
    for path in EVERY:
        assert not re.search(r"\b\d{17}[\dX]\b", words(page(path)).replace(USCC, ""))


def test_an_answer_about_another_day_is_about_that_day(page, reader):
    reader.known = [with_(reader.known[0], listed_until=reader.known[0].decided_on)]
    assert "<article" not in page(f"/subject/{SUBJECT}", on="2026-09-01")


def test_the_code_tables_say_whence_they_are(page):
    text = words(page("/tables"))
    for name, table in tables().items():
        assert f'href="/tables/{name}"' in page("/tables")
        assert table.zh in text
        assert table.source in text
    assert "已核对原文" in text
    assert "待核实" in text
    assert 'href="/tables"' in page("/")
    english = words(page("/tables", lang="en"))
    assert "Kinds of administrative penalty" in english
    assert "not yet confirmed" in english


def test_a_table_shows_its_rows_with_names_time_and_remark(page):
    text = words(page("/tables/penalty-kinds"))
    assert "行政处罚法（2021年修订）第九条" in text
    assert "2021年7月15日起" in text
    assert tables()["penalty-kinds"].digest in text
    assert words(page("/tables/severity-jiangsu")).count("本平台不据此换算") == 1
    assert "一般、严重" in words(page("/tables/severity-jiangsu"))
    assert "General, Serious" in words(page("/tables/severity-jiangsu", lang="en"))
    assert "守信激励对象名单" in words(page("/tables/lists"))
    assert "制造业" in words(page("/tables/industries", code="13"))
    assert "南京市" in words(page("/tables/development-zones"))
    lists = words(page("/tables/lists", lang="en"))
    assert "拖欠农民工工资失信联合惩戒对象名单" in lists
    assert "Arrears of migrant workers" in lists
    assert "Other spellings" not in lists


def test_divisions_are_those_of_the_region_unless_a_code_is_asked_for(page):
    own = page("/tables/divisions")
    assert "320102" in own
    assert "110101" not in own
    assert "填写代码开头可查全国" in own
    beijing = page("/tables/divisions?code=1101")
    assert "110101" in beijing
    assert "320102" not in beijing
    assert "填写代码开头可查全国" not in beijing
    first = page("/tables/divisions?code=32")
    assert 'href="/tables/divisions?code=32&amp;offset=60"' in first
    second = page("/tables/divisions?code=32&offset=60")
    assert 'href="/tables/divisions?code=32&amp;offset=0"' in second
    assert "320102" in first
    assert "320102" not in second


def test_a_table_on_a_date_and_beyond_its_end(page):
    then = words(page("/tables/divisions", code="340203", on="2010-06-01"))
    assert "弋江区" in then
    assert "2005年至2020年（含）" in then
    assert "马塘区" not in then
    assert "共 0 行。" in words(page("/tables/divisions", code="no-such", offset="999999"))
    assert "没有这张代码表" in page("/tables/no-such", 404)
    assert "2026-03-10" in page("/tables/divisions", 400, on="yesterday")
    assert "至1983年（含）" in words(page("/tables/divisions", code="340120"))


def test_a_type_says_how_its_template_is_written_or_why_there_is_none(page):
    for kind in ("per_mu", "relation"):
        assert f"registry template {kind} {kind}.xlsx" in words(page(f"/types/{kind}"))
    text = words(page("/types/rulebook"))
    assert "没有表格模板：“附件”是随记录另行报送的文件" in text
    assert "registry publish" in text
    assert "No workbook template" in words(page("/types/rulebook", lang="en"))
    text = words(page("/types/standard_comparison"))
    assert "没有表格模板：“比对指标”是一组多栏的内容" in text
    assert "列表，至多500项" in text
    assert "rows[].a.direction" in text
    assert "least (不小于)" in text
    assert "“Item of the scope” are lists" in words(page("/types/laboratory_scope", lang="en"))
    assert "规则、清单和标准" in words(page("/types"))
