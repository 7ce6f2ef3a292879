"""Labelled questions: each is what its kind says, of one that is there, and none is empty."""

from collections import Counter
from random import Random

import pytest

from search.query import TEXT_MAX
from search.questions import PLAIN, Named, Slips, questions, short, without_form

NAMES = (
    "南京示例朝阳劳动服务有限公司", "芜湖虚构造船厂", "扬州示例商贸有限责任公司",
    "滁州行远物流有限公司",
)  # fmt: skip
CODE = "91320104MA1A00001X"
ODD = ("甲", "甲甲", "ABC", "示", "Ａ公司", "示例" * 80)


def named(*names: str, **more: object) -> list[Named]:
    return [
        Named(f"{number:032x}", name, **{"code": "", **more}) for number, name in enumerate(names)
    ]


def distance_of_one(one: str, other: str) -> bool:
    """Tell whether one slip makes one text of the other."""
    if len(one) == len(other):
        spots = [at for at, sign in enumerate(one) if sign != other[at]]
        swapped = len(spots) == 2 and sorted(one) == sorted(other) and spots[1] - spots[0] == 1
        return len(spots) == 1 or swapped
    longer, shorter = sorted((one, other), key=len, reverse=True)
    return any(longer[:at] + longer[at + 1 :] == shorter for at in range(len(longer)))


@pytest.mark.parametrize("kind", ["homophone", "dropped", "swapped", "wrong"])
@pytest.mark.parametrize("name", NAMES)
def test_a_slip_is_one_slip(kind, name):
    slips = Slips(NAMES, Random(1))
    for _ in range(20):
        typed = getattr(slips, kind)(name)
        assert not typed or distance_of_one(typed, name)
        assert len(name) - len(typed) == (kind == "dropped") or not typed


@pytest.mark.parametrize("name", NAMES)
def test_a_slip_in_pinyin_is_of_one_letter_and_one_in_a_code_of_one_sign(name):
    slips = Slips(NAMES, Random(2))
    for _ in range(40):
        assert distance_of_one(slips.in_pinyin(name), PLAIN["pinyin"](name))
        digit = slips.code_digit(CODE)
        assert sum(one != other for one, other in zip(digit, CODE, strict=True)) == 1
    assert slips.code_digit("ABC") == slips.code_digit("") == ""


def test_what_cannot_be_typed_wrong_is_not():
    slips = Slips(["甲甲"], Random(3))
    assert slips.swapped("甲甲") == slips.wrong("甲甲") == slips.homophone("甲甲") == ""
    assert slips.in_pinyin("示") == ""
    for one in questions(named(*ODD), (), 20, Random(3)):
        assert 0 < len(one.text) <= TEXT_MAX


def test_every_kind_is_asked_of_those_that_are_there():
    there = [*named(*NAMES, code=CODE), Named("f" * 32, "宣城虚构水泥厂", CODE, ("宣城旧名厂",))]
    asked = list(questions(there, ["镇江真名乳业有限公司"], 3, Random(4)))
    counts = Counter(one.kind for one in asked)
    assert counts.keys() == {
        *PLAIN, "homophone", "dropped", "swapped", "wrong", "slip in pinyin", "code digit",
        "former", "absent", "absent, put together",
    }  # fmt: skip
    assert all(count <= 3 for count in counts.values())
    assert counts["former"] == 1
    known = {one.name for one in there}
    for one in asked:
        assert (one.target is None) == one.kind.startswith("absent")
        assert one.target is not None or one.text not in known
    assert list(questions([], (), 3, Random(4))) == []
    of_its_own = {one.kind for one in questions(there, (), 9, Random(4))}
    assert "absent, put together" in of_its_own
    assert "absent" not in of_its_own


def test_places_and_forms_are_left_out_where_that_leaves_a_name():
    assert short("江苏南京市行远物流有限公司") == "行远物流"
    assert short("南京有限公司") == "南京"
    assert without_form("行远物流股份有限公司") == "行远物流"
