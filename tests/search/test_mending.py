"""A slip of one letter in pinyin: what was meant is among what it may be."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from search.keys import read
from search.matching import Candidate, match_name
from search.mending import LETTERS_MAX, mended
from search.names import normalise
from search.near import asked_keys, mended_keys, stored_keys
from search.sounds import coarse, is_pinyin, read_up_to

NAME = "南京朝阳劳动服务有限公司"
CORE = "CHAOYANGLAODONGFUWU"
SPELLED = f"NANJING{CORE}YOUXIANGONGSI"


def slips(text: str, at: int, letter: str) -> list[str]:
    """One letter wrong, missing, added, and swapped with the next."""
    before, one, behind = text[:at], text[at], text[at + 1 :]
    made = [before + letter + behind, before + behind, before + letter + one + behind]
    return [*made, before + behind[:1] + one + behind[1:]] if behind else made


@given(
    st.sampled_from([CORE, "NANJING" + CORE, SPELLED, "XINYUANSHANGMAO"]),
    st.integers(0, 40),
    st.sampled_from("AEGHINUVXZ"),
)
def test_whatever_the_slip_what_was_meant_is_found(text: str, at: int, letter: str) -> None:
    for typed in slips(text, at % len(text), letter):
        meant = {coarse(one) for one in mended(typed)} | {coarse(typed)}
        assert coarse(text) in meant, typed


@pytest.mark.parametrize(
    "typed",
    [
        "chaoynglaodongfuwu",
        "chaoyanglaodonggfuwu",
        "chaoyanglaodognfuwu",
        "chaoyanglaodongfuwi",
        "nanjngchaoyanglaodongfuwu",
        "nanjing chaoyang laodong fuwu yuxian gongsi",
        "najning chaoyang laodong fuwu youxian gongsi",
        "nanjing chaoyang laodong fuwuyouxiangongs",
        "cháo yáng láo dng fú wù",
    ],
)
def test_a_slip_in_pinyin_leaves_a_common_key(typed: str) -> None:
    asked = normalise(typed)
    assert set(asked_keys(asked)).isdisjoint(stored_keys([NAME]))
    assert not set(mended_keys(asked)).isdisjoint(stored_keys([NAME]))
    hit = match_name(asked, Candidate("1", NAME, ()))
    assert hit is not None
    assert hit.reasons[0] == "pinyin-differs-by-one-letter"
    assert ("place-missing" in hit.reasons) == (not typed.startswith(("nan", "naj")))
    assert match_name(asked, Candidate("1", "南京长江商贸有限公司", ())) is None
    assert read(typed) == "pinyin"


@pytest.mark.parametrize(
    ("typed", "stored", "score"),
    [
        ("xinyanshangmao", "南京鑫源商贸有限公司", 0.82),  # 信燕商贸 may be another one
        ("xinyuanshanmiao", "南京鑫源商贸有限公司", 0.885),
        ("xinyuanshngmao", "南京鑫源商贸有限公司", 0.895),
        ("nanjingxnyuanshangmao", "南京鑫源商贸有限公司", 0.9),
        ("yangzhouxnyuanshangmao", "南京鑫源商贸有限公司", 0.835),
        ("changhei", "长海有限公司", 0.82),
    ],
)
def test_a_slip_that_makes_another_name_weighs_less(typed: str, stored: str, score: float) -> None:
    hit = match_name(normalise(typed), Candidate("1", stored, ()))
    assert hit is not None
    assert (hit.score, hit.reasons[0]) == (score, "pinyin-differs-by-one-letter")


@pytest.mark.parametrize(
    "typed",
    ["", "AB", "NJCYLDFWYXGS", "MA2N6MUW7", "南京朝阳", "A" * (LETTERS_MAX + 1), "360SHUKE"],
)
def test_what_is_no_pinyin_even_but_for_a_slip_is_nothing(typed: str) -> None:
    assert mended(typed) == ()
    assert mended_keys(normalise(typed)) == []


def test_what_is_looked_up_is_bounded() -> None:
    longest = ("NANJINGCHAOYANG" * 9)[:LETTERS_MAX]
    assert len(mended_keys(normalise(longest))) < 30 * LETTERS_MAX
    found = mended(CORE)
    assert all(map(is_pinyin, found))
    assert len({coarse(one) for one in found}) == len(found) < 20 * len(CORE)


def test_reading_ends_where_no_syllable_begins() -> None:
    assert read_up_to("NANJNG") == 3
    assert read_up_to("NANJING") == 7
    assert read_up_to("BC") == read_up_to("") == 0
    assert not is_pinyin("")
