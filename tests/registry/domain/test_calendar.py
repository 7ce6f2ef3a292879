"""Working days: against the State Council's arrangements, a second way to count, and bad tables."""

from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from registry.domain.calendar import (
    CHINA,
    MOST,
    Calendar,
    YearTable,
    next_working_day,
    nth_working_day,
    working_days_between,
)

DAY = timedelta(1)
DAYS = st.dates(date(2003, 1, 1), date(2032, 12, 31))
BARE = Calendar("none", frozenset(), frozenset(), frozenset())
SPRING_2027 = YearTable(
    2027,
    "示例：2027年放假安排",
    off=frozenset(date(2027, 2, 5) + DAY * n for n in range(7)),
    worked=frozenset({date(2027, 1, 31), date(2027, 2, 14)}),
)


@pytest.mark.parametrize(
    ("day", "worked"),
    [
        (date(2026, 2, 14), True),  # a Saturday before the Spring Festival
        (date(2026, 2, 16), False),
        (date(2026, 2, 23), False),
        (date(2026, 2, 24), True),
        (date(2026, 5, 9), True),
        (date(2026, 5, 10), False),
        (date(2026, 10, 7), False),
        (date(2026, 10, 10), True),
        (date(2025, 1, 26), True),
        (date(2024, 2, 9), True),  # the eve was no day off that year
        (date(2020, 1, 31), False),  # the Spring Festival that was lengthened
        (date(2015, 9, 3), False),
    ],
)
def test_days_as_they_were_arranged(day, worked):
    assert CHINA.is_working(day) is worked
    assert CHINA.knows(day)


def test_the_library_is_named_and_covers_the_years_that_records_are_from():
    assert "chinesecalendar" in CHINA.name
    assert {*range(2015, 2027)} <= CHINA.years


@given(DAYS, st.integers(1, 60))
def test_the_nth_working_day_is_worked_and_nth(start, count):
    counted = nth_working_day(start, count)
    assert CHINA.is_working(counted.day)
    assert working_days_between(start, counted.day).days == count
    assert working_days_between(start, counted.day - DAY).days == count - 1


@given(DAYS, DAYS)
def test_counting_between_agrees_with_looking_at_every_day(one, other):
    start, end = sorted((one, other))
    span = working_days_between(start, end)
    every = [start + DAY * n for n in range(1, (end - start).days + 1)]
    assert span.days == sum(CHINA.is_working(day) for day in every)
    unknown = sorted({day.year for day in every if day.year not in CHINA.years})
    assert span.unknown_from == (unknown[0] if unknown else None)
    assert working_days_between(end, start) == (0, None)


@given(DAYS, st.integers(1, 60))
def test_without_a_table_weekdays_are_counted_and_it_is_said(start, count):
    counted = nth_working_day(start, count, BARE)
    assert counted.day.weekday() < 5
    assert counted.unknown_from == (start + DAY).year


@given(DAYS)
def test_a_day_off_moves_to_the_next_that_is_worked(day):
    moved = next_working_day(day)
    assert CHINA.is_working(moved.day)
    assert not any(CHINA.is_working(day + DAY * n) for n in range((moved.day - day).days))


def test_beyond_its_last_year_a_calendar_says_so():
    kept = CHINA.with_years(())
    last = max(kept.years)
    assert nth_working_day(date(last, 12, 1), 1).unknown_from is None
    assert nth_working_day(date(last, 12, 31), 1).unknown_from == last + 1
    assert next_working_day(date(last + 1, 1, 2)).unknown_from == last + 1


def test_a_table_given_as_data_fills_the_year():
    known = CHINA.with_years((SPRING_2027,))
    assert 2027 in known.years
    assert SPRING_2027.source in known.name
    day = date(2027, 2, 4)
    assert nth_working_day(day, 1, known) == (date(2027, 2, 12), None)
    assert nth_working_day(day, 2, known).day == date(2027, 2, 14)  # a Sunday
    assert known.is_working(date(2026, 5, 9))  # other years stay


def test_a_table_replaces_what_was_known_of_its_year():
    again = CHINA.with_years((YearTable(2026, "示例", frozenset(), frozenset()),))
    assert again.is_working(date(2026, 10, 1))
    assert not again.is_working(date(2026, 5, 9))


@pytest.mark.parametrize(
    ("off", "worked"),
    [
        ({date(2026, 1, 1)}, set()),
        (set(), {date(2028, 1, 1)}),
        (set(), {date(2027, 1, 4)}),  # a Monday is worked anyway
        ({date(2027, 1, 3)}, {date(2027, 1, 3)}),
    ],
)
def test_what_cannot_be_an_arrangement_is_refused(off, worked):
    with pytest.raises(ValueError, match="/ is"):
        YearTable(2027, "示例", frozenset(off), frozenset(worked))


@pytest.mark.parametrize("count", [0, -1, MOST + 1])
def test_counts_are_bounded(count):
    with pytest.raises(ValueError, match=str(MOST)):
        nth_working_day(date(2026, 1, 1), count)


def test_the_last_day_there_is_ends_it():
    assert nth_working_day(date.max - DAY, 7).day == date.max
    assert nth_working_day(date.max, 1).day == date.max
