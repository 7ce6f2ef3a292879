"""What is typed at the desk, over real holidays and with real typing: kept, refused, counted."""

from dataclasses import replace
from datetime import date
from pathlib import Path
from typing import Any

import msgspec
import pytest

from registry.errors import MalformedRefusal
from registry.objections.model import (
    ABOUTS,
    CONSEQUENCES,
    OUTCOMES,
    Wish,
    changed_meanwhile,
    checked,
    file_of,
    line_of,
    no_such,
    not_own,
    reason_of,
)
from registry.objections.terms import TERMS, left, until
from registry.query.record import GONE_ZH

MEMBERS = frozenset({"340200", "320100"})
GOOD = Wish("record", "理由", "示例甲", "025-00000000")


def table(name: str) -> list[dict[str, Any]]:
    read = Path(__file__).with_name(f"{name}.yaml").read_bytes()
    return msgspec.yaml.decode(read, type=list[dict[str, Any]])


def day(value: object) -> date:
    return date.fromisoformat(str(value))


def typed(case: dict[str, Any]) -> Wish:
    nul = {name: text.replace("0", "\0") for name, text in case.get("nul", {}).items()}
    long = {name: text * times for name, (text, times) in case.get("long", {}).items()}
    return replace(GOOD, **case.get("given", {}), **nul, **long)


def why(case: dict[str, Any]) -> str:
    return case["why"]


@pytest.mark.parametrize("case", table("wishes"), ids=why)
def test_an_objection_is_kept_as_meant_or_refused_whole(case):
    wish = typed(case)
    if "refused" in case:
        with pytest.raises(MalformedRefusal) as refused:
            checked(wish, MEMBERS)
        assert refused.value.detail_code == "objection-incomplete"
        return
    long = {name: getattr(wish, name) for name in case.get("long", {})}
    made = checked(wish, MEMBERS)
    assert made == replace(GOOD, **{**long, **case["kept"]})
    assert checked(made, MEMBERS) == made, "what was kept is kept so again"


@pytest.mark.parametrize("case", table("terms"), ids=why)
def test_a_term_ends_on_the_day_that_the_holidays_leave(case):
    found = until(case["term"], day(case["since"]))
    assert (found.day, found.unknown_from) == (day(case["last"]), case.get("ends"))
    assert left(day(case["since"]), found.day) == TERMS[case["term"]].days
    assert left(found.day, found.day) == 0, "its last day is still in time"


@pytest.mark.parametrize("case", table("left"), ids=why)
def test_days_left_are_working_days(case):
    assert left(day(case["at"]), day(case["due"])) == case["left"]


def test_every_term_is_told_in_both_languages_with_how_well_it_was_read():
    assert set(TERMS) == {
        *("accept", "mark", "forward", "reply", "decide", "extend", "correct", "withdraw")
    }
    for key, term in TERMS.items():
        assert term.days > 0, key
        assert all((term.zh, term.en, term.basis_zh, term.basis_en)), key
        assert term.en.isascii() or "〔" in term.en, key
        if "未见" in term.basis_zh or "待核实" in term.basis_zh:
            assert term.read == "unconfirmed", f"{key}: nothing was read, so it says so"
    assert TERMS["decide"].days + TERMS["extend"].days == 15, "fifteen working days in all"
    assert TERMS["forward"].days + TERMS["reply"].days <= TERMS["decide"].days


@pytest.mark.parametrize(
    ("name", "shown"),
    [
        ("处罚决定书（2026）1号.pdf", "处罚决定书（2026）1号.pdf"),
        ("C:\\文件\\a.pdf", "C:\\文件\\a.pdf"),
        ("../../etc/passwd", "../../etc/passwd"),
        ("gpj.\u202e证明.pdf", "gpj.证明.pdf"),
        ("a\x00\x1b[2Jb.pdf", "a[2Jb.pdf"),
        ("图\ufeff\u200b片.png", "图片.png"),
        ("长" * 150 + ".pdf", "长" * 96 + ".pdf"),
        ("", "pdf"),
        ("\u200b\n", "pdf"),
    ],
)
def test_a_file_is_shown_by_a_name_that_can_be_read(name, shown):
    assert file_of(name, b"%PDF-1.7").name == shown


@pytest.mark.parametrize(
    ("content", "why"),
    [
        (b"\xef\xbb\xbf%PDF-1.7", "a mark of byte order before it"),
        (b"%pdf-1.7", "small letters"),
        (b"GIF89a", "a picture of another kind"),
        (b"\xff\xd8", "a picture that breaks off"),
        (b"\x89PNG\n\x1a\n", "a picture whose line ends were changed on the way"),
        (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", "an old document of an office"),
        (b"<html>%PDF-", "a page that names it"),
    ],
)
def test_what_only_looks_like_a_file_is_refused(content, why):
    with pytest.raises(MalformedRefusal, match="MiB") as refused:
        file_of("证明.pdf", content)
    assert refused.value.detail_code == "file-unfit", why


@pytest.mark.parametrize(
    ("text", "kept"),
    [
        ("　事实清楚　", "事实清楚"),
        ("一\r\n\r\n二\r\n", "一\n\n二"),
        ("\0因为\0", "因为"),
        ("理" * 2_000, "理" * 2_000),
        (" " * 3_000 + "短", "短"),
    ],
)
def test_a_reason_is_kept_without_what_nobody_reads(text, kept):
    assert reason_of(text) == kept


@pytest.mark.parametrize(
    ("text", "kept"),
    [
        ("滁州市市场监督管理局（知识产权局）\n", "滁州市市场监督管理局（知识产权局）"),
        ("　某局", "某局"),
        ("某局\0", "某局"),
        ("局" * 100, "局" * 100),
        ("某局\r\n另一局", None),
        ("\0\0", None),
    ],
)
def test_the_name_of_an_organ_is_one_line(text, kept):
    if kept is not None:
        assert line_of(text) == kept
        return
    with pytest.raises(MalformedRefusal) as refused:
        line_of(text)
    assert refused.value.detail_code == "organ-missing"


def test_what_is_not_one_s_own_answers_as_what_never_was():
    assert (not_own().zh, not_own().status) == (GONE_ZH, 410)
    assert GONE_ZH == "该信息不存在或已不再公示。"
    assert (no_such().status, no_such().detail_code) == (404, "no-objection")
    assert changed_meanwhile().status == 409
    assert set(OUTCOMES) & set(CONSEQUENCES) == set()
    assert len(set(ABOUTS)) == len(ABOUTS)
