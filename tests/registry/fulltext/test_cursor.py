"""A cursor says where a page begins, for its question alone; of a bad one nothing is made."""

from base64 import urlsafe_b64decode, urlsafe_b64encode
from dataclasses import replace
from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from registry.errors import MalformedRefusal
from registry.fulltext.cursor import CURSOR_MAX, Cursor, read_cursor
from registry.fulltext.views import TextAsk

ASK = TextAsk("食品安全", cities=("340200",), order="newest")
KEYS = st.tuples(
    st.integers(0, 1),
    st.dates(),
    st.tuples(st.integers(-(2**63), 2**63 - 1), st.integers(0, 2**53 - 1)),
)
OTHERS = (
    {"text": "食品"},
    {"cities": ()},
    {"cities": ("340200", "320100")},
    {"types": ("penalty",)},
    {"severities": ("serious",)},
    {"states": ("objected",)},
    {"organs": ("示例局",)},
    {"date_from": date(2026, 1, 1)},
    {"date_to": date(2026, 1, 1)},
    {"order": "oldest"},
)


@given(st.integers(0, 2**63 - 1), KEYS)
def test_what_is_written_is_read(seq, key):
    cursor = Cursor(seq, key)
    written = cursor.written(ASK)
    assert len(written) <= CURSOR_MAX
    assert read_cursor(replace(ASK, cursor=written)) == cursor
    assert read_cursor(replace(ASK, cursor=written, limit=7)) == cursor  # a page may be longer


def test_the_first_page_has_none():
    assert read_cursor(ASK) is None


@pytest.mark.parametrize("other", OTHERS, ids=lambda other: next(iter(other)))
def test_it_is_of_no_other_question(other):
    written = Cursor(5, (0, date(2026, 5, 10), (7, 3))).written(ASK)
    with pytest.raises(MalformedRefusal) as refused:
        read_cursor(replace(ASK, **other, cursor=written))
    assert refused.value.detail_code == "bad-cursor"


@given(st.integers(0, 35), st.integers(1, 255))
def test_a_byte_that_differs_is_noticed(place, by):
    held = bytearray(urlsafe_b64decode(Cursor(5, (0, date(2026, 5, 10), (7, 3))).written(ASK)))
    held[place] ^= by
    with pytest.raises(MalformedRefusal):
        read_cursor(replace(ASK, cursor=urlsafe_b64encode(bytes(held)).decode()))


@given(st.text(min_size=1, max_size=80) | st.binary(min_size=1).map(lambda b: b.decode("latin-1")))
def test_what_is_no_cursor_is_refused(text):
    with pytest.raises(MalformedRefusal):
        read_cursor(replace(ASK, cursor=text))
