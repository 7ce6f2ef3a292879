"""Counting of periods by a named convention (民法典 201-203; the convention itself is data).

Under ``cn-default`` the start day does not count and a period of months ends with the
corresponding day, or the month's last day where there is none: 2026-05-10 + 3 months ends with
2026-08-10, 2026-11-30 + 3 months with 2027-02-28. Under ``cn-working-days`` days are working days
of `registry.domain.calendar`.
"""

import calendar
import re
from datetime import MAXYEAR, date
from functools import lru_cache
from typing import Literal

from msgspec import Struct

from registry.domain.calendar import (
    CHINA,
    DAY,
    Calendar,
    Counted,
    next_working_day,
    nth_working_day,
)

_PARTS = re.compile(r"P(?:([0-9]+)Y)?(?:([0-9]+)M)?(?:([0-9]+)D)?")


class Counting(Struct, frozen=True, forbid_unknown_fields=True):
    """How periods are counted (民法典 201-203)."""

    start_day_counts: bool
    last_day: Literal["corresponding_day_or_month_end", "working_day"]
    last_day_on_holiday: Literal["as_is", "next_working_day"]
    note: str = ""


@lru_cache(maxsize=64)
def parse_length(length: str) -> tuple[int, int]:
    """Return (months, days) of an ISO 8601 length such as ``P3Y`` or ``P1Y6M``.

    Raises ValueError on any other form.
    """
    found = _PARTS.fullmatch(length)
    if found is None or length == "P":
        message = f"not a length: {length!r}"
        raise ValueError(message)
    years, months, days = (int(part or 0) for part in found.groups())
    return years * 12 + months, days


def last_day(start: date, length: str, counting: Counting) -> date:
    """Return the last day (inclusive) of a period of calendar days that begins with ``start``."""
    months, days = parse_length(length)
    index = start.month - 1 + months
    year, month = start.year + index // 12, index % 12 + 1
    if year >= MAXYEAR:  # "9999-12-31" is how registers write "without end"
        return date.max
    month_end = calendar.monthrange(year, month)[1]
    day = date(year, month, min(start.day, month_end)) + days * DAY
    # Where the start day counts, the period ends a day earlier, unless it already ends with the
    # month for want of a corresponding day.
    clamped = start.day > month_end and not days
    return day - DAY if counting.start_day_counts and not clamped else day


def period_end(start: date, length: str, counting: Counting, working: Calendar = CHINA) -> Counted:
    """Return the last day (inclusive) of a period under its convention, by a calendar.

    Raises:
        ValueError: the length is none, or has months or years where working days are counted.
    """
    if counting.last_day == "working_day":
        months, days = parse_length(length)
        if months:
            raise ValueError(f"{length!r} is no number of working days / 不是工作日数")
        counts = counting.start_day_counts and start > date.min
        return nth_working_day(start - DAY if counts else start, days, working)
    day = last_day(start, length, counting)
    if counting.last_day_on_holiday == "next_working_day":
        return next_working_day(day, working)
    return Counted(day)


class Term(Struct, frozen=True, eq=False):
    """A length under a convention; compared by identity, so one object stands for one term."""

    length: str
    counting: Counting


@lru_cache(maxsize=65_536)
def term_end(start: date, term: Term) -> date | None:
    """Return the first day after a term that begins with ``start``, None for no end.

    A pure function, remembered because the same few terms and days recur for every record.
    """
    return next_day(last_day(start, term.length, term.counting))


def next_day(day: date) -> date | None:
    """Return the day after, None for the last day there is (no end)."""
    return None if day == date.max else day + DAY
