"""Codes one slip away from the one typed: each of them, few others, and never itself."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from search.codes import LENGTHS, is_like_code, slips

CODE = "91320104135170699F"


@pytest.mark.parametrize(
    ("typed", "meant"),
    [
        ("91320104135170698F", CODE),
        ("9132010413517069F", CODE),
        ("913201041351706999F", CODE),
        ("91320104131570699F", CODE),
        ("91320104135170699E", CODE),
        ("340200000001438", "340200000001439"),
        ("34020000001439", "340200000001439"),
        ("3402000000014399", "340200000001439"),
        ("135170698", "135170699"),
        ("MA2N6MUW8", "MA2N6MUW7"),
    ],
)
def test_one_slip_is_undone(typed: str, meant: str) -> None:
    assert meant in slips(typed)


@given(st.text("0123456789ABCDEFGH", max_size=24))
def test_slips_are_bounded_and_have_the_length_of_a_code(key: str) -> None:
    found = slips(key)
    assert len(found) <= 1_200
    assert {len(one) for one in found} <= LENGTHS
    assert key not in found


def test_what_is_like_a_code() -> None:
    assert is_like_code("9132010413517069F")
    assert is_like_code("34020000000143")
    assert not is_like_code("ABCDEFGHJKLMNPQRT")
    assert not is_like_code("1234567")
    assert not is_like_code("1" * 20)
