"""A voucher in words: labels and values in both languages, and nothing else."""

import msgspec
import pytest

from registry.pages.texts import TEXTS
from registry.pages.voucher_lines import COLUMNS, RecordLine, nothing_found, voucher_lines
from tests.signing import given

DIGEST = "ab" * 32
SAID = given.voucher()


def replaced(**changes: object):
    return msgspec.structs.replace(SAID, **changes)


def test_issue_and_question_in_chinese():
    lines = voucher_lines("zh", SAID, DIGEST)
    assert lines.title == "示范都市圈公共信用信息查询凭证"
    assert lines.issue == (
        ("凭证编号", "0123-4567-89AB-CDEF"),
        ("查询单位", "镇江市示范招标代理有限公司"),
        ("查询用途", "示范项目（二标段）投标人资格审查"),
        ("出具时刻", "2026年5月29日 04:26"),
        ("出具节点", "node-a.example"),
        ("摘要（SHA-256）", DIGEST),
    )
    assert lines.asked == (
        ("信用主体", "芜湖市示范船舶有限公司（统一社会信用代码 91340200MA2TEST00X）"),
        ("办理地区", "镇江市"),
        ("办理事项", "招标投标"),
        ("适用日期", "2026年5月29日"),
    )


def test_issue_and_question_in_english():
    lines = voucher_lines("en", SAID, DIGEST)
    assert lines.title == "Query voucher of 示范都市圈: public credit information"
    assert [label for label, _ in lines.issue] == [
        "Code",
        "Who asks",
        "Purpose",
        "Issued at",
        "Issued by",
        "Digest of the voucher (SHA-256)",
    ]
    assert dict(lines.issue)["Issued at"] == "2026-05-29 04:26"
    assert dict(lines.asked)["Date"] == "2026-05-29"
    assert lines.statement == "Not of any later moment."
    assert lines.disclaimer == "Not an administrative decision."


def test_a_question_about_every_matter_and_a_firm_without_code_say_so():
    question = msgspec.structs.replace(SAID.question, matter="", codes=())
    asked = dict(voucher_lines("zh", replaced(question=question), DIGEST).asked)
    assert asked["办理事项"] == "全部事项"
    assert asked["信用主体"] == "芜湖市示范船舶有限公司"


def test_a_record_is_one_row_with_date_kind_class_organ_and_place():
    (record,) = voucher_lines("zh", SAID, DIGEST).records
    assert record == RecordLine(
        on="2026年5月10日",
        what="行政处罚信息（一般失信信息）",
        headline="〔2026〕1号 罚款",
        authority="芜湖市示范局（芜湖市）",
        place="registry.example/wuhu/1",
    )
    assert list(RecordLine.__slots__) == list(COLUMNS)
    plain = msgspec.structs.replace(
        SAID.records[0], type="registration", severity="unclassified", headline=""
    )
    (record,) = voucher_lines("zh", replaced(records=(plain,)), DIGEST).records
    assert (record.what, record.headline) == ("登记注册信息", "—")


def test_how_many_are_listed_is_said_only_where_some_are_not():
    assert voucher_lines("zh", SAID, DIGEST).records_note == ""
    note = voucher_lines("zh", replaced(records_total=201), DIGEST).records_note
    assert note == "共 201 条，以下列出最近的 1 条。"


@pytest.mark.parametrize(
    ("changes", "until", "suspended", "force"),
    [
        ({}, "解除条件成就时", False, "法定限制（承办机关应当执行）"),
        ({"last_day": SAID.question.on}, "2026年5月29日", False, "法定限制（承办机关应当执行）"),
        ({"state": "suspended"}, "解除条件成就时", True, "法定限制（承办机关应当执行）"),
        ({"effect": "notice"}, "解除条件成就时", False, "仅提示（不作为限制依据）"),
        ({"effect": "favour"}, "解除条件成就时", False, "守信激励措施"),
    ],
)
def test_a_measure_says_its_force_its_end_and_whether_it_rests(changes, until, suspended, force):
    measure = msgspec.structs.replace(SAID.measures[0], **changes)
    (line,) = voucher_lines("zh", replaced(measures=(measure,)), DIGEST).measures
    assert (line.until, line.suspended, line.force) == (until, suspended, force)
    assert line.sentence == "示范句子。"


@pytest.mark.parametrize("lang", ["zh", "en"])
@pytest.mark.parametrize(
    "effect", ["bar", "restrict", "consider", "manage", "autonomous", "favour", "notice"]
)
def test_every_effect_of_the_rules_has_its_words(lang, effect):
    measure = msgspec.structs.replace(SAID.measures[0], effect=effect)
    (line,) = voucher_lines(lang, replaced(measures=(measure,)), DIGEST).measures
    assert line.force
    assert line.force != effect


def test_silence_and_old_data_are_named_and_fresh_data_are_not():
    lines = voucher_lines("zh", SAID, DIGEST)
    assert lines.stale == "滁州市地区暂未应答，结果不完整。"
    fresh, silent = SAID.coverage.cities
    old = msgspec.structs.replace(fresh, stale=True)
    cover = msgspec.structs.replace(SAID.coverage, cities=(fresh, old, silent))
    lines = voucher_lines("zh", replaced(coverage=cover), DIGEST)
    assert lines.stale == "芜湖市数据停留在2026年5月28日 10:00。滁州市地区暂未应答，结果不完整。"
    english = voucher_lines("en", replaced(coverage=cover), DIGEST).stale
    assert english.startswith("Data of 芜湖市 stop at 2026-05-28 10:00. 滁州市 has not answered")


def test_coverage_by_city_and_kind_with_what_is_missing_and_where_else_to_look():
    rows = dict(voucher_lines("zh", SAID, DIGEST).coverage)
    assert rows == {
        "地区": "芜湖市（2026年5月28日 10:00）、滁州市（尚未报送）",
        "种类": "行政处罚信息",
        "不含": "裁判文书",
        "另请查询": "信用中国 https://www.creditchina.example/",
    }
    english = dict(voucher_lines("en", SAID, DIGEST).coverage)
    assert english["Kinds"] == "administrative penalties"
    bare = msgspec.structs.replace(SAID.coverage, kinds=())
    assert dict(voucher_lines("zh", replaced(coverage=bare), DIGEST).coverage)["种类"] == "无"


def test_what_it_rests_on_is_named_by_digest():
    rows = voucher_lines("zh", SAID, DIGEST).rests_on
    assert [label for label, _ in rows] == [
        "章程",
        "规则汇编",
        "采纳记录摘要",
        given.ORIGIN,
        "措施适用提示摘要",
    ]
    assert rows[0][1] == f"第 1 版，{SAID.charter}"
    assert rows[3][1] == f"3 条，根哈希 {SAID.known[0].root}"
    shorter = voucher_lines("zh", replaced(book=None, decision=""), DIGEST).rests_on
    assert [label for label, _ in shorter] == ["章程", given.ORIGIN]


def test_nothing_found_is_said_in_the_agreed_words_and_never_beside_something_found():
    assert nothing_found("zh", SAID) == ""
    for severity in ("minor", "serious"):
        record = msgspec.structs.replace(SAID.records[0], severity=severity)
        assert nothing_found("zh", replaced(records=(record,))) == ""
    for records in ((), (msgspec.structs.replace(SAID.records[0], severity="unclassified"),)):
        said = nothing_found("zh", replaced(records=records))
        assert said == "截至2026年5月29日 04:26，在覆盖范围内未查询到公开的失信信息。"


def test_no_sentence_of_a_voucher_speaks_of_a_repair_that_happened():
    mine = {key: both for key, both in TEXTS.items() if key.startswith("voucher.")}
    assert len(mine) > 50
    for key, both in mine.items():
        assert "修复" not in both.zh, key
        assert "repair" not in both.en.lower(), key
        assert "撤" not in both.zh, key
