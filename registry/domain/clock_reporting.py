"""Until when a decision has to be reported: by the rule of its sector, else by the general one."""

from datetime import date
from functools import lru_cache
from typing import Final

from registry.domain.calendar import CHINA, Counted
from registry.domain.clock_book import BOOK, CLOCKS, TRACKS
from registry.domain.clock_facts import Facts, facts_of
from registry.domain.clocks import Window, track_windows
from registry.domain.periods import period_end
from registry.domain.records import AnyRecord

_REPORTED: Final = frozenset({"reporting", "push"})


def reporting_end(decided_on: date, *, market: bool) -> Counted | None:
    """Return the last day for reporting a permit or penalty; None where no rule was in force yet.

    ``market``: it is a penalty that is published under the longer clock of market regulation.
    """
    step = TRACKS["samr-reporting" if market else "reporting"][0]
    clock = CLOCKS[step.key][0]
    if decided_on < step.since:
        return None
    return period_end(decided_on, clock.length, BOOK.counting[clock.counting])


def reporting_window(record: AnyRecord) -> Window | None:
    """Return the first window in which a decision has to be reported, or pushed elsewhere.

    By the rule of its sector, where that has one, else by the general one.
    """
    return _reporting_window(facts_of(record))


@lru_cache(maxsize=65_536)
def _reporting_window(facts: Facts) -> Window | None:
    for track in ("samr-reporting", "reporting"):
        made = track_windows(TRACKS[track], facts, facts.decided_on, CHINA)
        ends = [one for one in made if one.kind in _REPORTED and one.last is not None]
        if ends:
            return min(ends, key=lambda one: one.last or date.max)
    return None
