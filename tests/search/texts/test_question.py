"""How a question for texts is read, where a text says it, and what is refused by name."""

import tomllib
from datetime import date
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from search.errors import InvalidQueryError
from search.texts.letters import BETWEEN, LETTERS_MAX, joined, letters, pairs, spans_of
from search.texts.question import LIMIT_MAX, TEXT_MAX, WORDS_MAX, Question, words_of
from search.texts.text import LEADING, Text

CASES = tomllib.loads(Path(__file__).with_name("cases.toml").read_text("utf-8"))


@pytest.mark.parametrize("case", CASES["question"], ids=lambda case: case["asked"])
def test_what_is_typed_is_words(case):
    assert list(words_of(case["asked"])) == case["words"]


@pytest.mark.parametrize("case", CASES["met"], ids=lambda case: f"{case['asked']}:{case['text']}")
def test_a_text_says_where(case):
    text = case["text"]
    spans = spans_of(words_of(case["asked"]), text)
    assert [text[begins:ends] for begins, ends in spans] == case["met"]


REFUSED = {
    "query-empty": {"text": " \n"},
    "query-too-long": {"text": "食" * (TEXT_MAX + 1)},
    "query-no-words": {"text": "，。"},
    "query-too-short": {"text": "食 品"},
    "query-too-many-words": {"text": " ".join(f"词{n:02}" for n in range(WORDS_MAX + 1))},
    "query-filter": {"text": "食品", "types": ("",)},
    "query-dates": {
        "text": "食品",
        "date_from": date(2026, 1, 2),
        "date_to": date(2026, 1, 1),
    },
    "query-page": {"text": "食品", "limit": LIMIT_MAX + 1},
}


@pytest.mark.parametrize("code", REFUSED)
def test_what_is_out_of_bounds_is_refused_by_name(code):
    with pytest.raises(InvalidQueryError) as refused:
        Question(**REFUSED[code])
    assert refused.value.detail_code == code
    assert refused.value.zh != refused.value.en


ANY = st.text(max_size=TEXT_MAX)


@given(ANY)
def test_any_text_is_words_or_refused(text):
    try:
        asked = Question(text=text)
    except InvalidQueryError:
        return
    assert 1 <= len(asked.words) <= WORDS_MAX
    for word in asked.words:
        assert word == letters(word)
        assert word.isalnum()
    assert all(-(2**31) <= key < 2**31 for key in asked.recalls())


@given(st.lists(st.text(min_size=2, max_size=12), min_size=1, max_size=3), ANY)
def test_what_was_written_is_met_by_its_pairs_and_its_words(written, other):
    text = Text(
        place=(0, 0), about="0", day=date(2026, 1, 1), lead=joined(written), rest=letters(other)
    )
    for part in written:
        try:
            asked = Question(text=f'"{part.replace(chr(34), "")}"')
        except InvalidQueryError:
            continue
        if set("“”„‟＂「」『』") & set(part):
            continue
        assert asked.meets(text)
        assert set(asked.recalls()) <= set(text.recalled_by())
        assert set(asked.recalls(LEADING)) <= set(text.recalled_by())


def test_nothing_is_met_across_two_passages():
    text = Text(
        place=(0, 0), about="0", day=date(2026, 1, 1), lead=joined(("食品", "安全")), rest="监管"
    )
    assert text.form == "食品\n安全\n监管"
    for across in ("食品安全", "安全监管"):
        asked = Question(text=across)
        assert not asked.meets(text)
        assert not set(asked.recalls()) <= set(text.recalled_by())
    assert not any(BETWEEN in pair for pair in (letters("食\n品"), letters("\n")))
    assert pairs("食") == pairs("") == set()


def test_a_text_that_is_longer_than_any_is_found_by_its_beginning():
    form = joined(["食品安全" * LETTERS_MAX])
    assert len(form) == LETTERS_MAX
