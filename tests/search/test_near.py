"""Keys that a slip leaves whole: whatever the slip, name and question share one."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from search.names import normalise
from search.near import NAMES_MAX, SLIPS_MAX, asked_keys, exact_keys, stored_keys

NAME = "南京朝阳劳动服务有限公司"


def meets(asked: str, *names: str) -> bool:
    return not set(asked_keys(normalise(asked))).isdisjoint(stored_keys(names))


@given(st.integers(0, len(NAME) - 1), st.sampled_from("甲乙丙限京有"), st.data())
def test_any_one_slip_leaves_a_common_key(at: int, other: str, data: st.DataObject) -> None:
    wrong = NAME[:at] + other + NAME[at + 1 :]
    missing = NAME[:at] + NAME[at + 1 :]
    added = NAME[:at] + other + NAME[at:]
    swapped = NAME[:at] + NAME[at + 1 : at + 2] + NAME[at] + NAME[at + 2 :]
    asked = data.draw(st.sampled_from([wrong, missing, added, swapped]))
    assert meets(asked, NAME)


@pytest.mark.parametrize(
    "asked",
    [
        "中国工商银行鼓份有限公司南京卫岗支行",
        "中国工商银行股份有全公司南京卫岗支行",
        "中国工商银行股份限公司南京卫岗支行",
        "中国工商银行股份有限公司南京卫冈支行",
        "中国工商银行南京卫岗支",
        "zhongguo gongshang yinhang nanjing weigang zhihang",
    ],
)
def test_a_slip_in_a_legal_form_inside_a_name_does_no_harm(asked: str) -> None:
    assert meets(asked, "中国工商银行股份有限公司南京卫岗支行")


@pytest.mark.parametrize("asked", ["南京长", "长海", "南京海", "南京长河", "京南长海"])
def test_a_trade_name_alone_is_met_with_its_place(asked: str) -> None:
    assert meets(asked, "南京长海有限公司")
    assert not meets(asked, "苏州山水有限公司", "南京山水有限公司")


def test_other_names_share_no_key() -> None:
    for other in ("南京日升劳动服务有限公司", "南京朝阳劳动服饰设计有限公司", "江苏长江船厂"):
        assert not meets(NAME, other)


def test_keys_are_bounded() -> None:
    long = "".join(chr(0x4E00 + at) for at in range(1500))
    assert len(stored_keys([long])) <= SLIPS_MAX + 20
    assert len(asked_keys(normalise(long[:200]))) <= 3 * SLIPS_MAX
    many = [f"甲乙丙丁{at}" for at in range(NAMES_MAX * 4)]
    assert len(stored_keys(many)) < len(stored_keys(many[:NAMES_MAX])) + 3 * NAMES_MAX * 3 + 1
    assert stored_keys(["！", ""]) == []


def test_a_question_has_its_own_keys_among_all() -> None:
    asked = normalise(NAME)
    assert set(exact_keys(asked)) <= set(asked_keys(asked)) & set(stored_keys([NAME]))
