from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from registry.rules.counting import Term, last_day, next_day, parse_length, term_end
from registry.rules.language import Counting

CN = Counting(
    start_day_counts=False, last_day="corresponding_day_or_month_end", last_day_on_holiday="as_is"
)
WITH_START = Counting(
    start_day_counts=True, last_day="corresponding_day_or_month_end", last_day_on_holiday="as_is"
)


@pytest.mark.parametrize(
    ("start", "length", "ends"),
    [
        # The worked clocks of the repair rules: the start day does not count.
        (date(2026, 5, 10), "P3M", date(2026, 8, 10)),
        (date(2026, 5, 10), "P1Y", date(2027, 5, 10)),
        (date(2026, 5, 10), "P3Y", date(2029, 5, 10)),
        # No corresponding day: the month's last day.
        (date(2026, 11, 30), "P3M", date(2027, 2, 28)),
        (date(2027, 11, 30), "P3M", date(2028, 2, 29)),
        (date(2024, 2, 29), "P1Y", date(2025, 2, 28)),
        (date(2024, 2, 29), "P4Y", date(2028, 2, 29)),
        (date(2026, 8, 31), "P1Y6M", date(2028, 2, 29)),
        (date(2026, 12, 31), "P2M", date(2027, 2, 28)),
        (date(2026, 5, 10), "P30D", date(2026, 6, 9)),
        (date(2026, 1, 31), "P1M1D", date(2026, 3, 1)),
    ],
)
def test_the_last_day_is_the_corresponding_day_or_the_month_end(start, length, ends):
    assert last_day(start, length, CN) == ends


@pytest.mark.parametrize(
    ("start", "length", "ends"),
    [
        (date(2026, 5, 10), "P3M", date(2026, 8, 9)),
        (date(2026, 3, 1), "P1M", date(2026, 3, 31)),
        (date(2026, 11, 30), "P3M", date(2027, 2, 28)),  # ends with the month, not a day before
        (date(2026, 5, 10), "P1D", date(2026, 5, 10)),
    ],
)
def test_where_the_start_day_counts_the_period_ends_a_day_earlier(start, length, ends):
    assert last_day(start, length, WITH_START) == ends


def test_repair_opens_on_the_day_after_the_last_day():
    assert term_end(date(2026, 5, 10), Term("P3M", CN)) == date(2026, 8, 11)


def test_without_end_stays_without_end():
    assert next_day(date.max) is None
    assert last_day(date(9998, 1, 1), "P3Y", CN) == date.max
    assert term_end(date(9998, 1, 1), Term("P3Y", CN)) is None


@pytest.mark.parametrize("wrong", ["", "P", "3Y", "P3", "P-1Y", "PT3H", "P1.5Y"])
def test_other_lengths_are_refused(wrong):
    with pytest.raises(ValueError, match="not a length"):
        parse_length(wrong)


@given(
    st.dates(date(1990, 1, 1), date(2100, 1, 1)),
    st.integers(1, 40),
    st.integers(1, 40),
)
def test_a_longer_period_never_ends_earlier(start, months, more):
    short, long = last_day(start, f"P{months}M", CN), last_day(start, f"P{months + more}M", CN)
    assert start < short < long


@given(st.dates(date(1990, 1, 1), date(2100, 1, 1)), st.integers(1, 400))
def test_days_are_days(start, days):
    assert last_day(start, f"P{days}D", CN) == start + timedelta(days=days)
