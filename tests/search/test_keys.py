"""Keys of codes and numbers, and how a question is read."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from search.keys import (
    code_key,
    code_keys,
    grams,
    has_digit,
    number_key,
    number_keys,
    read,
)
from search.query import TEXT_MAX


@pytest.mark.parametrize(
    ("text", "read_as"),
    [
        ("91320104135170699F", "code"),
        ("91320104-135170699f", "code"),
        ("320113000001439", "code"),
        ("3201130000014", "code"),
        ("13517069-9", "code"),
        ("MA2N6MUW7", "code"),
        ("ABCDEFGHX", "initials"),
        ("宁市监罚〔2024〕12号", "number"),
        ("苏建罚字[2023]第5-1号", "number"),
        ("(2008)南京", "name"),
        ("南京8号仓库", "name"),
        ("中山路88号", "name"),
        ("360", "name"),
        ("南京长江船厂", "name"),
        ("9132010413517069F", "code"),
        ("32011300000143", "code"),
        ("JY13201040012345", "name"),
        ("GB/T 2260-2007", "standard"),
        ("ＤＢ３２／Ｔ 310012—2023", "standard"),
        ("T/CAS 115", "standard"),
        ("ISO/IEC 27001:2022", "standard"),
        ("ISO9001认证", "name"),
        ("changjiang zaochuan", "pinyin"),
        ("Chángjiāng", "pinyin"),
        ("lǜyuán", "pinyin"),
        ("njcjzcyxgs", "initials"),
        ("AB", "name"),
    ],
)
def test_a_question_is_read_by_its_shape(text: str, read_as: str) -> None:
    assert read(text) == read_as


def test_a_unified_code_is_also_met_by_the_organisation_code_inside() -> None:
    assert code_keys(["91320104135170699F"]) == ["135170699", "91320104135170699F"]
    assert code_keys(["320113000001439"]) == ["320113000001439"]
    assert code_keys(["(外)12", "（外） 12", " "]) == ["(外)12"]


def test_long_values_make_bounded_keys() -> None:
    long = "1" * 1999
    assert {len(key) for key in code_keys([long]) + number_keys([long])} == {TEXT_MAX}
    assert grams(["！"]) == []


def test_a_number_keeps_what_distinguishes_it() -> None:
    assert number_key("宁市监罚字［2024］第 12 号") == "宁市监罚字(2024)12号"
    assert number_key("宁罚(2024)1号") != number_key("宁罚(2024)11号")


def test_grams_hold_pairs_and_beginnings_with_and_without_place() -> None:
    assert grams(["南京长江有限公司"]) == ["^南", "^长", "京长", "南京", "长江"]


def test_only_a_text_with_a_digit_can_be_a_code() -> None:
    assert has_digit("Ａ１")
    assert not has_digit("一二三")


@given(st.text("0123456789ABCDEFGHJKLMNPQRTUWXY", min_size=9, max_size=20), st.data())
def test_spaces_dashes_and_case_never_change_a_code(code: str, data: st.DataObject) -> None:
    cut = data.draw(st.integers(1, len(code) - 1))
    sign = data.draw(st.sampled_from([" ", "-", "－", "—", "\u3000", "."]))
    assert code_key(code[:cut].lower() + sign + code[cut:]) == code
