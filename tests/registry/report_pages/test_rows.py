"""Rows and sentences of a report one by one: class, number, publicity, the question, the check."""

from datetime import UTC, datetime
from pathlib import Path
from typing import Any, cast

import msgspec
import pytest

from registry.errors import MalformedRefusal
from registry.pages.frame import Frame, Site
from registry.pages.texts import text
from registry.report_pages.lines import COLUMNS, RecordLine, _record, asked_rows, report_lines
from registry.report_pages.pages import _told, _wish
from registry.reports.model import ReportView
from registry.reports.sections import SECTIONS, UNTRUSTWORTHY
from signing.report import Asked, Listed
from signing.voucher import Words
from tests.registry.report_pages.test_lines import DIGEST, SAID, asked, of

SITE = Site("示例", "node.example", "http://node.example", (), {}, {})
AT = datetime(2026, 11, 23, 4, tzinfo=UTC)


def table(name: str) -> list[dict[str, Any]]:
    read = Path(__file__).with_name(f"{name}.yaml").read_bytes()
    return msgspec.yaml.decode(read, type=list[dict[str, Any]])


def listed(**changes: Any) -> Listed:
    plain = {**msgspec.to_builtins(of()), **msgspec.to_builtins(changes)}
    return msgspec.convert(plain, Listed)


def why(case: dict[str, Any]) -> str:
    return case["why"]


@pytest.mark.parametrize("case", table("rows"), ids=why)
def test_a_record_in_a_row(case):
    one = listed(**case.get("given", {}))
    zh, en = _record("zh", one), _record("en", one)
    for name in ("what", "content", "published"):
        if name in case:
            assert getattr(zh, name) == case[name]
    if "en" in case:
        assert en.published == case["en"]
    assert zh.place == en.place == f"{one.origin}/{one.idx}"
    assert zh.authority == "芜湖市示范局（芜湖市）"
    same = en.content.replace(", ", "、")
    assert zh.content == same, "what an organ wrote is not translated"
    for word in ("黑名单", "信用良好", "不良记录", "判定"):
        assert word not in f"{zh.what}{zh.published}"


@pytest.mark.parametrize("case", table("asked"), ids=why)
def test_what_was_asked_in_rows(case):
    base = msgspec.to_builtins(asked().asked)
    one = msgspec.convert({**base, **msgspec.to_builtins(case["given"])}, Asked)
    rows = dict(asked_rows("zh", one, ("registry.example/wuhu/9",)))
    for name, value in case["rows"].items():
        assert rows.get(name) == value
    assert (rows.get("授权记录") is not None) is (one.types is not None)
    assert len(asked_rows("en", one, ())) == len(rows), "both languages say as much"


def test_columns_are_those_of_a_row():
    assert RecordLine.__slots__ == COLUMNS
    for name in COLUMNS:
        assert text("zh", f"report.column-{name}") != text("en", f"report.column-{name}")


@pytest.mark.parametrize("section", SECTIONS)
def test_a_section_holds_its_own_records_and_says_what_it_does_not_hold(section):
    one = listed(section=section)
    for records in ((), (one,), (one, one)):
        said = msgspec.structs.replace(asked(), records=records)
        by_name = {found.name: found for found in report_lines("zh", said, DIGEST).sections}
        here = by_name[text("zh", f"report.section-{section}")]
        assert len(here.records) == len(records)
        assert ("未查询到此栏目的信息" in here.note) is (not records)
        assert ("裁判文书" in here.note) is (section == "judicial")
        anomaly = section == "anomaly" and bool(records)
        assert ("不属于严重失信主体名单" in here.note) is anomaly
        others = [found for name, found in by_name.items() if name != here.name]
        assert not any(found.records for found in others)


@pytest.mark.parametrize("left_out", sorted(UNTRUSTWORTHY))
def test_nothing_found_is_never_said_where_a_section_was_left_out(left_out):
    sections = tuple(one for one in SECTIONS if one != left_out)
    empty = msgspec.structs.replace(asked(sections=sections), records=())
    for lang in ("zh", "en"):
        assert report_lines(cast("Any", lang), empty, DIGEST).nothing == ""


@pytest.mark.parametrize("severity", ["minor", "general", "serious", "unclassified", ""])
def test_nothing_found_is_said_beside_records_without_a_class_alone(severity):
    said = msgspec.structs.replace(asked(), records=(listed(severity=severity),))
    told = report_lines("zh", said, DIGEST).nothing
    assert bool(told) is (severity == "")
    assert "信用良好" not in told


# ------------------------------------------------------------------ the form and the check


@pytest.mark.parametrize(
    ("form", "wish"),
    [
        ({}, ("", None, None, ())),
        ({"purpose": " 示例 ", "honest": "yes"}, (" 示例 ", None, None, ("honest",))),
        ({"other": "on", "administrative": "1"}, ("", None, None, ("administrative", "other"))),
        ({"penalty": "yes", "honest": ""}, ("", None, None, ())),
        ({"since": "2024-02-29"}, ("", "2024-02-29", None, ())),
    ],
)
def test_a_form_is_read_as_it_was_ticked(form, wish):
    found = _wish(form)
    since = None if found.since is None else found.since.isoformat()
    assert (found.purpose, since, found.until, found.sections) == wish


@pytest.mark.parametrize(
    "day", ["2026-02-29", "2026年3月10日", "10/03/2026", "2026-3-1", "２０２６-03-10", "today"]
)
def test_a_day_that_is_none_is_refused(day):
    for name in ("since", "until"):
        with pytest.raises(MalformedRefusal) as refused:
            _wish({name: day})
        assert refused.value.detail_code == "bad-date"


def told(lang: str, digest: str, state: str) -> dict[str, Any]:
    query = (("code", SAID.code), ("digest", digest))
    frame = Frame(SITE, cast("Any", lang), "/report/check", query, AT)
    said = SAID if state == "same" else None
    words = Words("不代表其当前状态。", "Not of its present state.")
    view = ReportView(SAID.code, DIGEST, AT, AT, words, cast("Any", state), said)
    return _told(frame, view)


@pytest.mark.parametrize(
    ("digest", "compared"),
    [
        ("", ""),
        (DIGEST, "same"),
        (DIGEST[:8], "same"),
        (DIGEST.upper(), "same"),
        (f" {DIGEST[:4]} {DIGEST[4:12]}\n", "same"),
        (DIGEST[:7], "differs"),
        (DIGEST[1:], "differs"),
        (f"{DIGEST}0", "differs"),
        ("0" * 64, "differs"),
        ("　", ""),
    ],
)
def test_a_digest_is_compared_as_people_type_it(digest, compared):
    assert told("zh", digest, "same")["compared"] == compared


@pytest.mark.parametrize("state", ["same", "changed", "past"])
def test_whoever_has_the_code_is_told_no_more_than_how_it_stands(state):
    for lang in ("zh", "en"):
        found = told(lang, "", state)
        assert found["changed"] is (state != "same")
        assert bool(found["asked"]) is (state == "same"), "what was asked only while it holds"
        said = f"{found['state']}{found['words']}{found['genuine']}"
        for word in ("修复", "撤回", "repair", "withdraw", SAID.purpose, SAID.taken_by.name):
            assert word not in said
        assert found["digest"] == DIGEST
        assert found["code"] == "0123-4567-89AB-CDEF"
