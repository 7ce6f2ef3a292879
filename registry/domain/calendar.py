"""Working days of mainland China.

They are the weekdays, less the days off that the State Council arranges, plus the weekend days
that are worked instead. The arrangement of a year is made known late in the year before, so a
calendar always ends somewhere. Beyond it weekdays are counted, and whoever counts is told so
(`Counted.unknown_from`): a deadline must not look certain when the days off are not arranged yet.
A newer arrangement can be given as data (`Calendar.with_years`), without a new release.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, timedelta
from functools import lru_cache
from importlib.metadata import version
from typing import Final, NamedTuple

import chinese_calendar  # pyright: ignore[reportMissingTypeStubs] - plain tables of dates

DAY: Final = timedelta(days=1)
MOST: Final = 2_600
"""Working days that can be counted on: some ten years."""
_WEEK: Final = 7
_WORKED: Final = 5


class Counted(NamedTuple):
    """A day counted to, and the first year on the way that the calendar does not know, if any."""

    day: date
    unknown_from: int | None = None


class Span(NamedTuple):
    """Working days counted in a span, and the first year in it that is not known, if any."""

    days: int
    unknown_from: int | None = None


@dataclass(frozen=True, slots=True)
class YearTable:
    """The arrangement of one year: weekdays that are off, weekend days that are worked.

    Raises ValueError for a day of another year, and for one that is in the wrong half of the week.
    """

    year: int
    source: str
    off: frozenset[date]
    worked: frozenset[date]

    def __post_init__(self) -> None:
        """Refuse what cannot be an arrangement of this year."""
        for day in (*self.off, *self.worked):
            if day.year != self.year:
                raise ValueError(f"{day} 不在 {self.year} 年内 / is not in {self.year}")
        for day in self.worked:
            if day.weekday() < _WORKED or day in self.off:
                raise ValueError(f"{day} 不是调休上班的周末 / is no weekend day that is worked")


@dataclass(frozen=True, slots=True, eq=False)
class Calendar:
    """Which days are worked; compared by identity, so one object stands for one table."""

    name: str
    years: frozenset[int]
    off: frozenset[date]
    worked: frozenset[date]

    def knows(self, day: date) -> bool:
        """Say whether the arrangement of the day's year is known."""
        return day.year in self.years

    def is_working(self, day: date) -> bool:
        """Say whether a day is worked; in a year that is not known, whether it is a weekday."""
        return day in self.worked or (day.weekday() < _WORKED and day not in self.off)

    def with_years(self, tables: Iterable[YearTable]) -> "Calendar":
        """Return a calendar in which the given years are arranged so, whatever it said before."""
        given = {table.year: table for table in tables}
        kept_off = {day for day in self.off if day.year not in given}
        kept_worked = {day for day in self.worked if day.year not in given}
        return Calendar(
            name="；".join((self.name, *(table.source for table in given.values()))),
            years=self.years | given.keys(),
            off=frozenset(kept_off.union(*(table.off for table in given.values()))),
            worked=frozenset(kept_worked.union(*(table.worked for table in given.values()))),
        )


def _of_the_library() -> Calendar:
    """Return what the library `chinesecalendar` knows, checked year by year as a table is."""
    off, worked = chinese_calendar.holidays, chinese_calendar.workdays
    years = sorted({day.year for day in off})
    name = f"chinesecalendar {version('chinesecalendar')}"
    empty = Calendar(name, frozenset(), frozenset(), frozenset())
    known = empty.with_years(
        YearTable(
            year,
            str(year),
            frozenset(day for day in off if day.year == year),
            frozenset(day for day in worked if day.year == year),
        )
        for year in years
    )
    return Calendar(f"{name}（{years[0]}–{years[-1]}）", known.years, known.off, known.worked)


CHINA: Final = _of_the_library()
"""国务院办公厅关于节假日安排的通知, as far as the library has them."""


@lru_cache(maxsize=65_536)
def nth_working_day(start: date, count: int, calendar: Calendar = CHINA) -> Counted:
    """Return the ``count``-th working day after ``start``, which itself does not count.

    Source: 民法典 201, 行政处罚法 85. The last day there is stands for all days beyond it.

    Raises:
        ValueError: ``count`` is not between 1 and `MOST`.
    """
    if not 0 < count <= MOST:
        raise ValueError(f"{count} 不在 1 至 {MOST} 个工作日之间 / is not 1 to {MOST} working days")
    day, unknown = start, None
    while count and day < date.max:
        day += DAY
        if unknown is None and not calendar.knows(day):
            unknown = day.year
        count -= calendar.is_working(day)
    return Counted(day, unknown)


def next_working_day(day: date, calendar: Calendar = CHINA) -> Counted:
    """Return the day itself where it is worked, else the next one that is (民法典 203)."""
    unknown = None if calendar.knows(day) else day.year
    if calendar.is_working(day):
        return Counted(day, unknown)
    following = nth_working_day(day, 1, calendar)
    return Counted(following.day, unknown or following.unknown_from)


def working_days_between(start: date, end: date, calendar: Calendar = CHINA) -> Span:
    """Count the working days after ``start`` up to ``end``, itself in; none where that is before.

    Costs the same for any span: weeks are computed, the arranged days looked through.
    """
    if end <= start:
        return Span(0)
    days = _weekdays_to(end) - _weekdays_to(start)
    days -= sum(start < day <= end and day.weekday() < _WORKED for day in calendar.off)
    days += sum(start < day <= end for day in calendar.worked)
    first = start.year if start < date(start.year, 12, 31) else start.year + 1
    return Span(
        days, next((y for y in range(first, end.year + 1) if y not in calendar.years), None)
    )


def _weekdays_to(day: date) -> int:
    """Return how many Mondays to Fridays there are from 0001-01-01, a Monday, to the day."""
    weeks, rest = divmod(day.toordinal(), _WEEK)
    return weeks * _WORKED + min(rest, _WORKED)
