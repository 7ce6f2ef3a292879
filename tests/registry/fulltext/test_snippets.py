"""What is shown of a record: the passages that say what was asked, and little else of them."""

import json

from hypothesis import given
from hypothesis import strategies as st

from registry.domain.records import AnyRecord, read_main
from registry.fulltext.snippets import BEFORE, PASSAGES_MAX, SHOWN, snippets_of
from search.texts.question import words_of
from tests.registry.ingest.samples import SAMPLES


def record(kind: str = "penalty", **more: object) -> AnyRecord:
    return read_main({**json.loads(json.dumps(SAMPLES[kind])), **more})


def told(one: AnyRecord, asked: str) -> list[tuple[str, list[str]]]:
    found = snippets_of(one, words_of(asked))
    return [(said.member, [said.text[a:b] for a, b in said.spans]) for said in found]


def test_what_names_a_record_is_shown_first_and_no_word_twice():
    one = record(violation_type="食品安全", facts="食品安全和餐饮服务", content="餐饮服务")
    assert told(one, "食品安全") == [("violation_type", ["食品安全"])]
    assert told(one, "餐饮服务 食品安全") == [
        ("violation_type", ["食品安全"]), ("facts", ["食品安全", "餐饮服务"]),
    ]  # fmt: skip


def test_unless_all_of_it_is_said_nothing_is_shown():
    one = record(facts="食品安全")
    assert told(one, "食品 别的语句") == []
    assert told(record("repair"), "食品") == []


def test_of_several_values_each_is_a_passage():
    one = record("sampling", failed_items=["导体电阻", "绝缘厚度"])
    assert told(one, "绝缘") == [("failed_items", ["绝缘"])]
    assert told(one, "绝缘 导体") == [("failed_items", ["导体"]), ("failed_items", ["绝缘"])]


def test_no_more_passages_than_anybody_reads():
    items = [f"不合格项目{letter}" for letter in "甲乙丙丁戊己"]
    one = record("sampling", failed_items=items)
    asked = " ".join(f"项目{letter}" for letter in "甲乙丙丁戊己")
    assert len(told(one, asked)) == PASSAGES_MAX


@given(st.integers(0, 300), st.integers(0, 300), st.integers(1, 3))
def test_however_long_a_passage_is_little_of_it_is_shown(before, after, times):
    facts = "一" * before + "食品安全" * times + "二" * after
    (said,) = snippets_of(record(facts=facts), words_of("食品安全"))
    assert [said.text[a:b] for a, b in said.spans] == ["食品安全" * times]
    assert len(said.text) <= SHOWN + 2
    assert said.text.strip("…") in facts
    assert said.text.startswith("…") == (before > BEFORE)
    assert said.text.endswith("…") == (len(facts) > max(0, before - BEFORE) + SHOWN)
