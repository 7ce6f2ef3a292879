"""The one place that reads the time.

Everything that needs the time takes a :class:`Clock`, so that tests and replays can name the
moment. Dates of law are dates in Asia/Shanghai (Civil Code 200-204 count in days there).
"""

from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from typing import Protocol
from zoneinfo import ZoneInfo

SHANGHAI = ZoneInfo("Asia/Shanghai")


class Clock(Protocol):
    """Gives the present moment."""

    def now(self) -> datetime:
        """Return the present moment, aware, in UTC."""
        ...


class SystemClock:
    """The machine's clock."""

    def now(self) -> datetime:
        """Return the present moment, aware, in UTC."""
        return datetime.now(UTC)


@dataclass(frozen=True, slots=True)
class FixedClock:
    """A clock that stands still, for tests and replays."""

    moment: datetime

    def now(self) -> datetime:
        """Return the moment it was made with."""
        return self.moment


def unix(clock: Clock) -> int:
    """Return whole POSIX seconds, the unit of cosignature/v1."""
    return int(clock.now().timestamp())


def today(clock: Clock) -> date:
    """Return the present date in Asia/Shanghai, the calendar of every legal date here."""
    return clock.now().astimezone(SHANGHAI).date()


def end_of(day: date) -> datetime:
    """Return the moment at which a day is over in Asia/Shanghai; not for the last day there is."""
    return datetime.combine(day + timedelta(days=1), time(), SHANGHAI)
