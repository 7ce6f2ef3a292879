"""The explained score: the ladder's order, and why each hit is one."""

import itertools

import pytest
from hypothesis import given
from hypothesis import strategies as st

from search.matching import FOUND, Candidate, match_code, match_name, match_number, page, score_name
from search.names import normalise
from search.query import Hit, Query

LADDER = [
    "南京长江船厂有限公司",
    "南京長江船廠有限公司",
    "南京长江船厂",
    "南京长江船厂股份有限公司",
    "南京长江船所有限公司",
    "南京长航船厂有限公司",
    "南京长江船厂机修有限公司",
    "芜湖长江船厂有限公司",
    "南京金长江船厂机修有限公司",
]


def test_each_rung_scores_below_the_one_before() -> None:
    asked = normalise(LADDER[0])
    scored = [score_name(asked, name) for name in LADDER]
    scores = [found[0] for found in scored if found]
    assert len(scores) == len(LADDER)
    assert all(upper > lower for upper, lower in itertools.pairwise(scores))


@pytest.mark.parametrize(
    ("asked", "stored", "reasons"),
    [
        ("安康食品", "南京安康食品有限公司", ("legal-form-missing", "place-missing")),
        ("长江船厂", "南京长江船厂有限公司", ("legal-form-missing", "place-missing")),
        ("江苏南京长江船厂有限公司", "南京长江船厂有限公司", ()),
        ("芜湖长江", "南京长江船厂", ("beginning-of-name", "place-differs")),
        ("芜湖江船", "南京长江船厂", ("part-of-name", "place-differs")),
        ("南京江船", "南京长江船厂", ("part-of-name",)),
        ("南京江船厂", "南京长江船厂", ("character-missing",)),
        ("芜湖长江船业", "南京长江船厂", ("character-differs", "place-differs")),
        ("芜湖长江船业", "南京长江造船厂", ("shared-characters", "place-differs")),
    ],
)
def test_a_hit_says_what_it_needed(asked: str, stored: str, reasons: tuple[str, ...]) -> None:
    found = score_name(normalise(asked), stored)
    assert found is not None
    assert found[1] == reasons


def test_nothing_shared_is_no_match() -> None:
    assert score_name(normalise("甲乙丙"), "南京长江船厂") is None
    assert score_name(normalise("！"), "！") is None
    assert match_name(normalise("长江甲乙丙丁戊己庚辛"), Candidate("1", "长江", ())) is None


def test_the_best_of_all_names_is_the_reason() -> None:
    candidate = Candidate("1", "南京长江船厂机修有限公司", ["南京长江船厂", "上海无关"])
    hit = match_name(normalise("南京长江船厂"), candidate)
    assert hit == Hit(
        id="1",
        score=0.97,
        matched="former_name",
        on="南京长江船厂",
        reasons=("exact-name", "former-name"),
    )
    current = match_name(normalise("南京长江船厂机修有限公司"), candidate)
    assert current is not None
    assert (current.matched, current.score) == ("name", 1.0)


def test_a_code_itself_goes_before_one_that_holds_it() -> None:
    codes = ["91320104135170699F", "13517069-9"]
    assert match_code("135170699", "1", codes).on == "13517069-9"
    assert match_code("135170699", "1", codes[:1]).reasons == ("organisation-code-inside",)
    assert (
        match_number("宁罚(2024)1号", "1", ["宁罚〔2023〕1号", "宁罚〔2024〕第1号"]).on
        == "宁罚〔2024〕第1号"
    )


def test_a_page_orders_by_score_name_and_id() -> None:
    def hit(one: str, score: float) -> Hit:
        return Hit(id=one, score=score, matched="name", on="", reasons=())

    found = [
        ("乙", hit("1", 0.5)),
        ("甲", hit("3", 0.5)),
        ("乙", hit("0", 0.5)),
        ("丙", hit("9", 0.9)),
    ]
    answer = page(Query(text="x", limit=3, offset=1), found, "name", "e", whole=False)
    assert [one.id for one in answer.hits] == ["0", "1", "3"]
    assert (answer.total, answer.total_is_exact, answer.engine) == (4, False, "e")


NAMES = st.text("南京长江船厂机修有限公司甲乙()", min_size=1, max_size=14)


@given(NAMES, NAMES)
def test_scores_stay_in_bounds_and_only_the_same_name_is_certain(one: str, other: str) -> None:
    found = score_name(normalise(one), other)
    if found is None:
        return
    assert 0 < found[0] <= 1
    assert (found[0] == 1) == (normalise(one).exact == normalise(other).exact)


@given(NAMES)
def test_a_name_finds_itself(name: str) -> None:
    found = score_name(normalise(name), name)
    assert found is None or found[0] >= FOUND
    assert (found is None) == (not normalise(name).body)
