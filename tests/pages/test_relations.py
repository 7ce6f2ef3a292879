"""Related subjects and other identities on the enterprise page, in words and with links."""

from datetime import date
from pathlib import Path

from registry.pages.frame import Frame
from registry.pages.relations import relation_lines
from registry.parts import site_of
from registry.query.views import EndView, IdentityView, Relations, RelationView
from registry.settings import Settings
from tests.fakes.reader import SUBJECT
from tests.pages.test_pages import outline, words
from tests.registry.world import NANJING, NODE, NOON, charter

SITE = site_of(charter(), Settings(node_name=NODE, data_dir=Path("unused")), ())
OTHER = "ab" * 16
BRANCH = RelationView(
    kind="parent_branch",
    role="分支机构",
    matter="",
    since=date(2024, 1, 1),
    until=None,
    current=True,
    ends=(EndView(OTHER, "芜湖示例总公司", "91340200MA00000231", "总公司"),),
    authority="南京市市场监督管理局",
    member_name="南京市",
    source="",
    origin=NANJING,
    idx=7,
)
CONSORTIUM = RelationView(
    kind="consortium",
    role="牵头人",
    matter="<示例>路改造",
    since=date(2025, 1, 1),
    until=date(2025, 12, 31),
    current=False,
    ends=(EndView("", "甲示例公司", "", "成员"), EndView(OTHER, "乙示例公司", "", "成员")),
    authority="示例住建局",
    member_name="南京市",
    source="示例平台",
    origin=NANJING,
    idx=8,
)
WHO = (OTHER, "芜湖示例旧厂", "regno", "340200000012345")
JUDGED = {"by": "示例市场监管局", "why": "同一住所", "on": date(2026, 11, 20)}


def of(*relations: RelationView, identities: tuple[IdentityView, ...] = (), more: bool = False):
    return Relations(SUBJECT, date(2026, 11, 23), relations, identities, more)


def test_without_any_there_is_no_heading(page):
    assert 'id="relations"' not in page(f"/subject/{SUBJECT}")


def test_relations_in_words_with_links_to_the_other_end_and_to_the_record(page, reader):
    reader.ties = of(BRANCH, CONSORTIUM, more=True)
    html = page(f"/subject/{SUBJECT}")
    text = words(html)
    for said in (
        "关联主体", "分支机构与总公司 芜湖示例总公司 91340200MA00000231（总公司）",
        "本主体身份：分支机构 · 自2024年1月1日起 · 南京市市场监督管理局载明，南京市报送",
        "联合体 已结束", "甲示例公司（成员） 、 乙示例公司（成员）",
        "自2025年1月1日至2025年12月31日（含当日） · <示例>路改造", "转载自示例平台",
        "一方的信用信息不因此成为另一方的信用信息", "此处只列出一部分",
    ):  # fmt: skip
        assert said.replace(" ", "") in text.replace(" ", ""), said
    links = outline(html).values("href")
    assert links.count(f"/subject/{OTHER}") == 2
    assert {f"/record/{NANJING}/7", f"/record/{NANJING}/8"} <= set(links)
    assert "&lt;示例&gt;" in html


def test_identities_say_who_judged_and_why(page, reader):
    reader.ties = of(
        identities=(
            IdentityView(*WHO, "same", **JUDGED),
            IdentityView(*WHO, "stated", origin=NANJING, idx=3),
            IdentityView(*WHO, "organisation-code"),
            IdentityView(*WHO, "different", **JUDGED),
            IdentityView(*WHO, "same", **JUDGED, overruled=True),
        )
    )
    html = page(f"/subject/{SUBJECT}")
    text = words(html)
    for said in (
        "经判断为同一主体 · 由示例市场监管局于2026年11月20日判断：同一住所",
        "同一条信息同时载明两个代码 · 载明该代码的信息",
        "组织机构代码相同", "经判断不是同一主体", "判断相互矛盾：二者未合并显示",
    ):  # fmt: skip
        assert said in text
    assert "一方的信用信息不因此" not in text
    links = outline(html).values("href")
    assert links.count(f"/subject/{OTHER}") == 2  # those that have a page of their own
    assert f"/record/{NANJING}/3" in links


def test_in_english(page, reader):
    reader.ties = of(BRANCH, CONSORTIUM, identities=(IdentityView(*WHO, "different", **JUDGED),))
    text = words(page(f"/subject/{SUBJECT}", lang="en"))
    for said in (
        "Related subjects",
        "branch and parent",
        "from 2024-01-01",
        "ended",
        "judged not to be the same",
        "judged by 示例市场监管局 on 2026-11-20",
    ):
        assert said in text


def test_former_names_say_until_when(page):
    assert "使用至2014年12月31日（含当日）" in words(page(f"/subject/{SUBJECT}"))


def test_pages_keep_their_language():
    lines = relation_lines(Frame(SITE, "en", "/", (), NOON), of(BRANCH))
    (line,) = lines.relations
    assert line.ends[0].link == f"/subject/{OTHER}?lang=en"
    assert line.link == f"/record/{NANJING}/7?lang=en"
    assert lines.comma == ", "
    assert not relation_lines(Frame(SITE, "zh", "/", (), NOON), of()).any
