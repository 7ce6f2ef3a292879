from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from registry.domain.clock_book import BOOK
from registry.domain.periods import (
    Counting,
    Term,
    last_day,
    next_day,
    parse_length,
    period_end,
    term_end,
)

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


@pytest.mark.parametrize(
    ("start", "length", "convention", "ends"),
    [
        (date(2026, 5, 10), "P3M", "cn-default", date(2026, 8, 10)),
        # 2026-07-01 + 3 months is National Day: as it is, or the first working day after it.
        (date(2026, 7, 1), "P3M", "cn-default", date(2026, 10, 1)),
        (date(2026, 7, 1), "P3M", "cn-203", date(2026, 10, 8)),
        (date(2026, 7, 10), "P3M", "cn-203", date(2026, 10, 10)),  # a Saturday that is worked
        (date(2026, 4, 25), "P10D", "cn-203", date(2026, 5, 6)),
        (date(2026, 3, 10), "P7D", "cn-working-days", date(2026, 3, 19)),
        (date(2026, 9, 30), "P3D", "cn-working-days", date(2026, 10, 10)),
    ],
)
def test_a_period_ends_as_its_convention_says(start, length, convention, ends):
    assert period_end(start, length, BOOK.counting[convention]) == (ends, None)


def test_where_the_start_day_counts_it_is_the_first_working_day():
    counting = Counting(start_day_counts=True, last_day="working_day", last_day_on_holiday="as_is")
    assert period_end(date(2026, 3, 10), "P1D", counting).day == date(2026, 3, 10)
    assert period_end(date(2026, 3, 14), "P1D", counting).day == date(2026, 3, 16)


def test_a_last_day_in_a_year_without_a_table_is_said():
    assert period_end(date(2998, 11, 1), "P3M", BOOK.counting["cn-203"]).unknown_from == 2999


@pytest.mark.parametrize("length", ["P1M", "P1Y2D", "P0D"])
def test_working_days_are_days(length):
    with pytest.raises(ValueError, match="working days"):
        period_end(date(2026, 3, 10), length, BOOK.counting["cn-working-days"])
