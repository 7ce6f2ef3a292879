"""Why a subject concerns a territory, and until when a push is answered (``pushes.toml``).

Check where a matter is handled, push only where there is a nexus (domain 0.1.7). The periods are
the region's own arrangement, not law; every page that shows one says so.
"""

from datetime import date, timedelta
from functools import lru_cache
from pathlib import Path
from typing import Final

import msgspec
from msgspec import UNSET, Struct, UnsetType

from registry.domain.clock_book import Read
from registry.domain.periods import Counting, period_end
from registry.domain.records import AnyRecord, Permit, Relation
from registry.domain.records.conduct import Commitment


class Arrangement(Struct, frozen=True, forbid_unknown_fields=True):
    """Within how many working days a push is answered and an ended measure lifted."""

    since: date
    answer: str
    lift: str
    title_zh: str
    title_en: str
    read: Read


class Nexus(Struct, frozen=True, forbid_unknown_fields=True):
    """A reason why a subject concerns a territory; several rows may stand for one code."""

    code: str
    zh: str
    en: str
    registered: bool = False
    types: tuple[str, ...] = ()
    words: tuple[str, ...] = ()
    relations: tuple[str, ...] = ()
    days: int = 0


class _File(Struct, frozen=True, forbid_unknown_fields=True):
    arrangement: tuple[Arrangement, ...]
    nexus: tuple[Nexus, ...]


_FILE: Final = msgspec.toml.decode(
    Path(__file__).with_suffix(".toml").read_bytes(), type=_File, strict=True
)
ARRANGEMENTS: Final = tuple(sorted(_FILE.arrangement, key=lambda row: row.since, reverse=True))
"""The newest first."""
NEXUS: Final = _FILE.nexus
WORKING: Final = Counting(
    start_day_counts=False, last_day="working_day", last_day_on_holiday="as_is"
)
"""Working days; the day on which a period begins does not count (民法典 201)."""


def arrangement_on(day: date) -> Arrangement:
    """Return the arrangement of a day; before the first one, the first."""
    return next((row for row in ARRANGEMENTS if row.since <= day), ARRANGEMENTS[-1])


@lru_cache(maxsize=8192)
def answer_by(since: date) -> date:
    """Return the last day on which a push that became known on a day is answered in time."""
    begins = max(since, ARRANGEMENTS[-1].since)
    return period_end(begins, arrangement_on(begins).answer, WORKING).day


@lru_cache(maxsize=8192)
def lift_by(since: date) -> date:
    """Return the last day on which a measure that ended on a day is lifted in time."""
    begins = max(since, ARRANGEMENTS[-1].since)
    return period_end(begins, arrangement_on(begins).lift, WORKING).day


def reasons_of(record: AnyRecord, on: date) -> tuple[str, ...]:
    """Return why a record of a member's log ties its subject to that member on a day."""
    return tuple(dict.fromkeys(row.code for row in NEXUS if _ties(row, record, on)))


def _ties(row: Nexus, record: AnyRecord, on: date) -> bool:
    if record.__struct_config__.tag not in row.types:
        return False
    last: date | UnsetType
    match record:
        case Permit():
            if record.state != "valid":
                return False
            first, last = record.valid_from, record.valid_until
            said = (record.decision_name, record.content)
        case Commitment():
            first, last, said = record.committed_on, record.valid_until, (record.matter, "")
        case Relation() if record.relation in row.relations:
            first, last, said = record.valid_from, record.valid_until, ("", "")
        case _:
            return False
    end = first + timedelta(days=row.days) if last is UNSET else last
    named = not row.words or any(word in text for text in said for word in row.words)
    return first <= on <= end and named
