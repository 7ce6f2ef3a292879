"""How names sound: readings by the word, what is confused, and texts that are pinyin."""

import time

import pytest

from search.near import spellings
from search.sounds import ALTERNATIVES_MAX, initials, is_pinyin, readings, sounds, spelled


@pytest.mark.parametrize(
    ("text", "sound"),
    [
        ("长江银行", "CANJIANYINHAN"),
        ("校长", "XIAOZAN"),
        ("乾升", "QIANSEN"),
        ("干升", "GANSEN"),
        ("绿源", "LUYUAN"),
        ("360数科", "360SUKE"),
        ("甲A\ue000", "JIAA\ue000"),
    ],
)
def test_a_name_is_read_by_its_words(text: str, sound: str) -> None:
    assert sounds(text)[0] == sound


def test_other_readings_are_alternatives_and_bounded() -> None:
    assert {"CANXIN", "ZANHAN", "ZANXIN"} <= set(sounds("长行"))
    assert {"CX", "ZH", "ZX"} <= set(initials("长行"))
    assert len(readings("长" * 50)) == ALTERNATIVES_MAX + 1
    assert readings("") == ((),)


@pytest.mark.parametrize(
    ("letters", "is_one"),
    [
        ("CHANGJIANG", True),
        ("XIANXIAN", True),
        ("NVER", True),
        ("XIERYUE", True),
        ("NJCJ", False),
        ("IBM", False),
        ("CHANGJIANGX", False),
    ],
)
def test_pinyin_is_told_from_first_letters(letters: str, is_one: bool) -> None:  # noqa: FBT001
    assert is_pinyin(letters) is is_one


def test_no_text_takes_long_to_tell() -> None:
    begin = time.perf_counter()
    assert not is_pinyin("XIAN" * 49 + "Q")
    assert len(spellings("JIANGSU" * 28)) < 10
    assert time.perf_counter() - begin < 1.0


def test_tone_marks_are_dropped() -> None:
    assert spelled("LǙYUÁN".upper()) == "LUYUAN"


@pytest.mark.parametrize(
    ("typed", "means"),
    [
        ("NANJINGCHANGJIANGYOUXIANGONGSI", "CANJIAN"),
        ("JIANGDUQUXIAOJIGONGSI", "XIAOJI"),
        ("JIANGSUSHENGNANJINGSHILISHUIQUCHANGJIANG", "CANJIAN"),
        ("XINYUANYOUXIANZERENGONGSIDIERJINGYINGBU", "XINYUANDIERJINYINBU"),
        ("XINYUANYOUXIANGONGSINANJINGFENGONGSI", "XINYUANNANJINFENONSI"),
        ("QINGHEZHONGXINYOUXIANHEHUO", "QINHEZONXIN"),
    ],
)
def test_place_and_legal_form_are_left_out_as_in_names(typed: str, means: str) -> None:
    assert spellings(typed)[0] != means
    assert means in spellings(typed)
