"""What a question recalls, and how it is written for an engine."""

from search.names import distinctive, normalise
from search.recall import GRAMS_MAX, LEADING, recall
from search.schema import TSQUERY


def test_few_pairs_recall_alone_and_more_only_together() -> None:
    few = recall(normalise("长江厂"))
    assert few.pairs == (("长江", ()), ("江厂", ()))
    assert few.near == (("长江", ("江厂",)),)
    more = recall(normalise("甲乙丙丁"))
    assert more.pairs == (
        ("甲乙", ("乙丙", "丙丁")), ("乙丙", ("甲乙", "丙丁")), ("丙丁", ("甲乙", "乙丙")),
    )  # fmt: skip
    assert more.near == (("甲乙", ("乙丙", "丙丁")), ("乙丙", ("丙丁",)))
    assert more.core == ("甲乙", "乙丙", "丙丁")


def test_as_written_for_postgresql() -> None:
    more = recall(normalise("甲乙丙丁"))
    assert TSQUERY.every(more.core) == "'甲乙' & '乙丙' & '丙丁'"
    assert TSQUERY.any_clause(more.near) == "'甲乙' & ('乙丙' | '丙丁') | '乙丙' & ('丙丁')"
    assert TSQUERY.any_clause(recall(normalise("长江厂")).pairs) == "'长江' | '江厂'"
    assert TSQUERY.every(["it's", "\\"]) == "'it''s' & '\\\\'"


def test_place_and_core_are_asked_for_apart() -> None:
    found = recall(normalise("南京长江"))
    assert (found.core, found.placed) == (("长江",), ("长江", "南京"))
    assert found.pairs == (("京长", ()), ("长江", ()))


def test_a_place_in_brackets_leads_nowhere() -> None:
    assert distinctive(normalise("华能(南京)电力")) == ("华能", "能电", "电力")
    assert distinctive(normalise("南京")) == ("南京",)
    assert distinctive(normalise("长")) == ("^长",)


def test_a_single_character_is_a_beginning() -> None:
    single = recall(normalise("长"))
    assert single.core == ("^长",)
    assert single.near == single.pairs == (("^长", ()),)


def test_a_long_question_is_bounded() -> None:
    long = recall(normalise("".join(chr(0x4E00 + index) for index in range(200))))
    assert len(long.core) == GRAMS_MAX
    assert [len(others) for _, others in long.pairs] == [GRAMS_MAX - 1] * LEADING
