"""What is to be done next; what is taken in and what is not; who sees what."""

from datetime import date
from pathlib import Path
from typing import Any

import msgspec
import pytest

from registry.access.asker import Asker
from registry.domain.disclosure import Role
from registry.domain.grants import Grant
from registry.errors import MalformedRefusal
from registry.objections.job import awaited
from registry.objections.model import (
    FILE_MAX,
    GROUNDS_MAX,
    LINE_MAX,
    REASON_MAX,
    Draft,
    Wish,
    checked,
    contents_of,
    draft_of,
    file_of,
    handles,
    line_of,
    reason_of,
    sees,
    standing,
    term_of,
)
from registry.workbench.model import Staff
from registry.workbench.rows import Member, drafted_row
from tests.registry.objections.samples import NEW, like
from tests.registry.world import WUHU, charter, record

CASES: list[dict[str, Any]] = msgspec.yaml.decode(
    Path(__file__).with_name("standing.yaml").read_bytes(), type=list[dict[str, Any]]
)
MEMBERS = frozenset({"340200", "320100"})
GOOD = Wish("record", "理由", "示例甲", "025-00000000")


@pytest.mark.parametrize("case", CASES, ids=lambda case: case["why"])
def test_what_is_to_be_done_next(case):
    on = date.fromisoformat(str(case["day"]))
    found = standing(like(**case.get("given", {})), on)
    step, who, due, days = case["next"]
    wanted = None if due is None else date.fromisoformat(str(due))
    assert (found.step, found.who, found.due, found.left) == (step, who, wanted, days)
    assert found.late is (days < 0)


def refused(code: str):
    return pytest.raises(MalformedRefusal, check=lambda error: error.detail_code == code)


def test_what_was_typed_is_kept_without_blanks_and_apart():
    made = checked(Wish("record", " a\r\nb\0 ", " 甲 ", " 电话 ", "x", "320100"), MEMBERS)
    assert made == Wish("record", "a\nb", "甲", "电话")
    assert contents_of(made) == ("甲", "电话", "a\nb")
    of_measure = Wish("measure", "理由", "甲", "电话", " 限制投标 ", " 320100 ")
    assert checked(of_measure, MEMBERS).measure == "限制投标"
    assert checked(of_measure, MEMBERS).territory == "320100"


@pytest.mark.parametrize(
    "wish",
    [
        Wish("", "理由", "甲", "电话"),
        Wish("price", "理由", "甲", "电话"),
        Wish("record", "  ", "甲", "电话"),
        Wish("record", "长" * (GROUNDS_MAX + 1), "甲", "电话"),
        Wish("record", "理由", "", "电话"),
        Wish("record", "理由", "甲", ""),
        Wish("record", "理由", "甲" * (LINE_MAX + 1), "电话"),
        Wish("record", "理由", "甲", "1" * (LINE_MAX + 1)),
        Wish("measure", "理由", "甲", "电话", "", "320100"),
        Wish("measure", "理由", "甲", "电话", "限制投标", ""),
        Wish("measure", "理由", "甲", "电话", "限制投标", "110000"),
    ],
)
def test_what_is_missing_or_too_long_is_refused(wish):
    with refused("objection-incomplete"):
        checked(wish, MEMBERS)


@pytest.mark.parametrize(
    ("content", "kind"),
    [
        (b"%PDF-1.7\n", "application/pdf"),
        (b"\xff\xd8\xff\xe0\x00\x10JFIF", "image/jpeg"),
        (b"\x89PNG\r\n\x1a\n....", "image/png"),
    ],
)
def test_a_file_is_what_it_begins_with(content, kind):
    file = file_of("证明\n材料.exe", content)
    assert (file.name, file.media_type, file.size) == ("证明材料.exe", kind, len(content))


@pytest.mark.parametrize("content", [b"", b"<svg/>", b"MZ", b"PK\x03\x04", b" %PDF-1.7"])
def test_other_files_are_refused(content):
    with refused("file-unfit"):
        file_of("材料.pdf", content)


def test_a_file_that_is_too_large_is_refused():
    assert file_of("a.pdf", b"%PDF-" + bytes(FILE_MAX - 5)).size == FILE_MAX
    with refused("file-unfit"):
        file_of("a.pdf", b"%PDF-" + bytes(FILE_MAX - 4))


def test_reasons_and_names_are_bounded():
    assert reason_of(" 因为\r\n如此 ") == "因为\n如此"
    assert line_of(" 某局 ") == "某局"
    for text in ("", "  ", "长" * (REASON_MAX + 1)):
        with refused("reason-missing"):
            reason_of(text)
    for text in ("", "某\n局", "长" * (LINE_MAX + 1)):
        with refused("organ-missing"):
            line_of(text)


def staff(department: str | None, member: str = "340200") -> Staff:
    return Staff(Asker(Grant(Role.CLERK, member)), "key:a", member, department)


@pytest.mark.parametrize(
    ("department", "member", "may_see", "may_handle"),
    [
        (None, "340200", True, True),
        ("", "340200", True, True),
        ("芜湖市市场监督管理局", "340200", True, True),
        ("芜湖市人力资源和社会保障局", "340200", True, False),
        ("芜湖市税务局", "340200", False, False),
        (None, "320100", False, True),
        ("芜湖市市场监督管理局", "320100", False, True),
    ],
)
def test_who_sees_an_objection_and_who_handles_it(department, member, may_see, may_handle):
    one = like(forwarded="芜湖市人力资源和社会保障局")
    who = staff(department, member)
    assert (sees(who, one), handles(who, one)) == (may_see, may_handle)


@pytest.mark.parametrize(
    ("step", "given", "term"),
    [
        ("accept", {}, "accept"),
        ("review", {}, "accept"),
        ("review", {"stage": "accepted"}, "decide"),
        ("decide", {"stage": "accepted"}, "decide"),
        ("decide", {"stage": "accepted", "extended": True}, "extend"),
        ("reply", {"stage": "accepted"}, "reply"),
        ("mark", {"stage": "accepted"}, "mark"),
        ("unmark", {"stage": "decided"}, "mark"),
        ("correct", {"stage": "closed", "consequence": "removed"}, "withdraw"),
        ("correct", {"stage": "closed", "consequence": "corrected"}, "correct"),
    ],
)
def test_by_which_term_a_step_is_to_be_done(step, given, term):
    assert term_of(like(**given), step) == term


def test_a_draft_is_there_while_it_waits():
    text = msgspec.json.encode(Draft("accept", "理由", by="key:a")).decode()
    assert draft_of(like(pending="accept", draft=text)) == Draft("accept", "理由", by="key:a")
    assert draft_of(NEW) is None


def test_what_each_stage_waits_for_in_the_log():
    assert awaited(like(stage="accepted")) == f"objection-{NEW.id}"
    assert awaited(like(stage="decided")) == f"objection-outcome-{NEW.id}"
    assert awaited(like(stage="closed")) == f"objection-act-{NEW.id}"
    assert checked(GOOD, MEMBERS) == GOOD


def test_a_draft_that_would_not_pass_is_told_why():
    here = charter()
    member = Member(here, here.party(WUHU), "芜湖市市场监督管理局")
    assert drafted_row(record(1), member).state == "good"
    with pytest.raises(MalformedRefusal) as refusal:
        drafted_row(record(1, decided_on="2027-13-01"), member)
    assert refusal.value.detail_code == "draft-unsound"
    assert "未通过校验" in refusal.value.zh
