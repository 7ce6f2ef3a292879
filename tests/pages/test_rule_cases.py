"""The worked examples on a rule's page, of the book that ships: whatever decides is told."""

from collections import defaultdict
from datetime import date

import pytest

from registry.demo.rulebook import rulebook_files
from registry.pages.frame import Frame, Site
from registry.pages.rule_cases import assumed_of, examples_of
from registry.query.rulebook import _read
from registry.query.views import RulebookView
from tests.fakes.reader import NOON, rulebook

READ = _read(frozenset(rulebook_files().files.items()))
BOOK = RulebookView(
    *("2026-1", "示例", "", date(2026, 5, 1), "log.example/region", 0, READ.book),
    rulebook().adoptions,
    READ.cases,
    READ.assumed,
)
SITE = Site("区域", "node", "https://example.test", (), {}, {})
ZH, EN = (Frame(SITE, lang, "/", (), NOON) for lang in ("zh", "en"))
KEYS = sorted(one.key for one in READ.book.rules)


@pytest.mark.parametrize("frame", [ZH, EN], ids=["zh", "en"])
@pytest.mark.parametrize("key", KEYS)
def test_examples_that_read_alike_are_answered_alike(frame, key):
    answers = defaultdict(set)
    for one in examples_of(frame, BOOK, key):
        answers[one.given, one.question].add(one.answer)
    assert [alike for alike, different in answers.items() if len(different) > 1] == []


def lines(key: str, name: str) -> str:
    (one,) = [one for one in examples_of(ZH, BOOK, key) if one.name == name]
    return " ".join((*one.given, one.question, *one.says))


def test_who_is_assumed_to_have_adopted_a_rule_is_said():
    assert "镇江市（2026年5月1日起）、芜湖市（2026年6月1日起）" in assumed_of(ZH, BOOK, "R02")
    assert "镇江市" in assumed_of(EN, BOOK, "R18")
    assert assumed_of(ZH, BOOK, "R99") == ""


def test_persons_terms_fields_and_reach_are_told():
    assert "决定书未载明责任人员" in lines("R02", "法定代表人未在决定书载明")
    assert "问的是自然人（法定代表人）" in lines("R02", "法定代表人未在决定书载明")
    told = " ".join(line for one in examples_of(ZH, BOOK, "R18") for line in one.given)
    for said in ("招标投标：弄虚作假骗取中标", "决定载明期限至2029年2月20日", "决定载明适用于全国"):
        assert said in told
