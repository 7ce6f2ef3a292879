"""A report in words and on paper: what stands there, what is said where nothing was found."""

import re
from datetime import date

import msgspec
import pytest

from registry.pages.fonts import Font, find_fonts
from registry.pages.sheet_pdf import Sheet
from registry.report_pages.lines import report_lines
from registry.report_pages.pdf import make_pdf
from registry.reports.sections import SECTIONS
from signing.report import Listed, Report, seal_report
from signing.voucher import voucher_in
from tests.conftest import absent
from tests.pages.test_voucher_pdf import text_of, tool
from tests.signing import given

DIGEST = "0123456789abcdef" * 4
SAID = given.report(
    statement={
        "zh": "本证明仅表明该信息于某时由某地报送且未被改动，不代表其当前状态。",
        "en": "It does not speak of its present state.",
    }
)
FILE = seal_report(SAID, given.proven(1, 2), given.MIRROR)
NOTHING = "截至2026年5月29日 04:26，在覆盖范围内未查询到公开的失信信息。"


def asked(said: Report = SAID, /, **changes: object) -> Report:
    wish = msgspec.structs.replace(said.asked, **{"sections": SECTIONS, "until": None, **changes})
    return msgspec.structs.replace(said, asked=wish)


def of(**changes: object) -> Listed:
    return msgspec.structs.replace(SAID.records[0], **changes)


def row(**changes: object) -> tuple[str, ...]:
    said = msgspec.structs.replace(SAID, records=(of(**changes),))
    (one,) = report_lines("zh", said, DIGEST).sections[0].records
    return one.what, one.content, one.published


def test_who_took_it_and_what_was_asked():
    lines = report_lines("zh", SAID, DIGEST)
    assert lines.title == "都市圈信用信息查询报告"
    assert (
        dict(lines.issue)["取得人"] == "芜湖市示范船舶有限公司（信用主体本人，91340200MA2TEST00X）"
    )
    rows = dict(lines.asked)
    assert rows["作出日期"] == "自不限至2026年5月28日（含当日）"
    assert rows["所选栏目"] == "行政管理、严重失信主体名单"
    assert rows["未选栏目"] == "诚实守信、经营异常、信用承诺、信用评价、司法判决、其他"
    assert rows["措施适用提示"] == "镇江市、招标投标"
    assert [section.name for section in lines.sections] == ["行政管理", "严重失信主体名单"]
    assert lines.sections[1].note == "各成员地区尚未报送此栏目的信息，不在覆盖范围内。"
    place = f"{given.ORIGIN}/3"
    third = msgspec.structs.replace(asked(types=("penalty",)), authorisations=(place,))
    rows = dict(report_lines("zh", third, DIGEST).asked)
    assert rows["授权查询的信息种类"] == "行政处罚信息"
    assert (rows["授权记录"], rows["作出日期"]) == (place, "全部时间")
    assert "未选栏目" not in rows
    rows = dict(report_lines("en", asked(matter="", since=date(2026, 1, 1)), DIGEST).asked)
    assert rows["Days of decision"] == "from 2026-01-01 to any day (inclusive)"
    assert rows["Measures indicated for"].startswith("镇江市, ")


def test_a_record_with_its_class_number_publicity_and_marks():
    assert row() == (
        "行政处罚信息（一般失信信息，由芜湖市示范局认定）",
        "〔2026〕1号 罚款",
        "公示期自2026年5月11日起至2027年5月11日止（含当日）",
    )
    bare = {"classed_by": "", "headline": "", "published_until": None, "marks": ("objected",)}
    assert row(**bare) == (
        "行政处罚信息（一般失信信息）",
        "〔2026〕1号",
        "自2026年5月11日起公示、异议处理中",
    )
    hidden = {"severity": "unclassified", "publication": "authorised", "decision_no": ""}
    assert row(**hidden) == (
        "行政处罚信息（待分类：认定单位尚未确定类别）",
        "〔2026〕1号 罚款",
        "授权查询",
    )
    plain = {"type": "permit", "severity": "", "published_from": None, "headline": ""}
    assert row(**plain, decision_no="") == ("行政许可信息", "—", "—")


@pytest.mark.parametrize(
    ("said", "expected"),
    [
        (asked(), NOTHING),
        (asked(until=date(2026, 5, 28)), f"{NOTHING}以上只就所选的作出日期和信息种类而言。"),
        (
            asked(types=("list_entry", "penalty")),
            f"{NOTHING}以上只就所选的作出日期和信息种类而言。",
        ),
        (asked(types=("penalty",)), ""),
        (asked(sections=("administrative", "serious", "anomaly")), ""),
    ],
)
def test_nothing_found_is_said_word_for_word_and_only_where_it_was_looked_for(said, expected):
    empty = msgspec.structs.replace(said, records=())
    assert report_lines("zh", empty, DIGEST).nothing == expected
    assert report_lines("zh", said, DIGEST).nothing == ""
    assert "信用良好" not in repr(report_lines("zh", empty, DIGEST))
    told = report_lines("en", empty, DIGEST).nothing
    assert told.startswith("As of") if expected else told == ""


def test_what_is_not_covered_is_told_from_what_was_not_found():
    empty = msgspec.structs.replace(asked(), records=())
    notes = [one.note for one in report_lines("zh", empty, DIGEST).sections]
    assert notes[0] == "在覆盖范围内未查询到此栏目的信息。"  # penalties are covered
    assert all("不在覆盖范围内" in note for note in (*notes[1:5], *notes[6:]))
    assert notes[5] == notes[0]  # evaluations are for organs: no coverage speaks of them
    sections = {one.name: one.note for one in report_lines("zh", asked(), DIGEST).sections}
    assert "裁判文书和执行信息不在覆盖范围内" in sections["司法判决"]
    assert list(sections) == [
        *("行政管理", "诚实守信", "严重失信主体名单", "经营异常", "信用承诺", "信用评价"),
        *("司法判决", "其他"),
    ]


@pytest.fixture(scope="module")
def here() -> tuple[Font, ...]:
    found = find_fonts(None)
    if not found:
        absent("no Chinese font on this machine (make font, or Debian's fonts-noto-cjk)")
    return found


def test_on_paper_stand_sections_coverage_and_code_and_digest_on_every_page(
    here, tmp_path, monkeypatch
):
    squares: list[tuple[int, str]] = []
    draw = Sheet.code_square

    def note(sheet: Sheet, url: str, *place: float) -> None:
        squares.append((sheet.page_no(), url))
        draw(sheet, url, *place)

    monkeypatch.setattr(Sheet, "code_square", note)
    plain = {"type": "permit", "severity": "", "published_from": None}
    many = tuple(of(**plain, idx=idx, headline=f"〔2026〕{idx}号 \ue123") for idx in range(40))
    said = msgspec.structs.replace(asked(), records=many)
    pdf = make_pdf(here, FILE, said, DIGEST)
    assert voucher_in(pdf) == FILE
    text = text_of(pdf, tmp_path)
    pages = tool("pdftotext", "-raw", tmp_path / "v.pdf", "-").split("\f")[:-1]
    assert squares == [(number, said.check_url) for number in range(1, len(pages) + 1)]
    assert len(pages) > 2
    for number, page in enumerate(pages, 1):
        assert "0123-4567-89AB-CDEF" in page
        assert f"SHA-256 {DIGEST}" in page
        assert f"{number} / {len(pages)}" in page
        assert "都市圈信用信息查询报告" in page
    for expected in (
        *(
            "行政管理",
            "诚实守信",
            "严重失信主体名单",
            "经营异常",
            "信用承诺",
            "信用评价",
            "司法判决",
        ),
        "不是省级信用平台出具的专项信用报告",
        "查询用途示范项目（二标段）投标人资格审查",
        "芜湖市（2026年5月28日10:00）、滁州市（尚未报送）",
        "滁州市地区暂未应答，结果不完整。",
        NOTHING.replace(" ", ""),
        "裁判文书",
        "限制参加依法必须进行招标的项目的投标：法定限制（承办机关应当执行）",
        "示范句子。不是行政决定。",
        "不代表其当前状态。",
        "Itdoesnotspeakofitspresentstate.",
        "字库未收录的字",
        SAID.known[0].root,
    ):
        assert expected in text, expected
    for line in tool("pdffonts", tmp_path / "v.pdf").splitlines()[2:]:
        assert re.search(r"\byes yes yes\b", line), line
