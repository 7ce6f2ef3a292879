"""What one entry of a log adds to the counters of its month, department and record type. Pure.

A counter is a name and a whole number; counters of any cells can be added, and every figure is made
of such sums. Days are counted one counter for each number of days, so that a median needs no rows.
"""

from collections import Counter
from datetime import date
from functools import lru_cache
from hashlib import sha256
from typing import Final

import msgspec
from msgspec import UNSET, Struct

from registry.domain.calendar import working_days_between
from registry.domain.clock_book import BOOK, CLOCKS
from registry.domain.clock_reporting import reporting_end
from registry.domain.disclosure import of_market_regulation
from registry.domain.periods import period_end
from registry.domain.records import (
    FACTS,
    KINDS,
    TYPE_OF,
    Amendment,
    AnyRecord,
    Objection,
    ObjectionOutcome,
    Penalty,
    Permit,
    Registration,
    Repair,
    Withdrawal,
)
from registry.domain.records.base import Subject
from registry.domain.subjects import stated_codes
from registry.quality.definitions import DEFINITIONS

DAYS_MAX: Final = 400
"""Working days that are told apart; more count as so many."""
UNIT_MAX: Final = 200
"""Characters of a department's name, as the format allows."""
ERASED: Final = "erased"
"""Stands for the type of an entry whose body the law has taken away; '' for one nobody can read."""
_COLUMNS: Final = {
    kind: tuple(tuple(path.split(".")) for path in paths)
    for kind, paths in DEFINITIONS.columns.items()
}


class Cell(Struct, frozen=True):
    """Where something is counted: the first day of a month, a department ('' = unknown), a type."""

    month: date
    unit: str
    type: str


class _Unit(Struct):
    name: str


class _Loose(Struct):
    """What can be read of a record in quarantine."""

    type: str
    source_unit: _Unit


def month_of(day: date) -> date:
    """Return the first day of the day's month."""
    return day.replace(day=1)


def quarantined(main: bytes | None, on: date, codes: frozenset[str]) -> tuple[Cell, Counter[str]]:
    """Count an entry in quarantine; its type and department as far as they can be read."""
    unit, kind = "", ""
    try:
        read = msgspec.json.decode(main or b"", type=_Loose)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        pass
    else:
        kind = read.type if read.type in KINDS else ""
        unit = read.source_unit.name[:UNIT_MAX]
    found = Counter({"n": 1, "checked": 1})
    found.update({f"error:{code}": 1 for code in codes})
    return Cell(month_of(on), unit, kind), found


def erased(on: date) -> tuple[Cell, Counter[str]]:
    """Count an entry whose main part is gone: that it was there, and nothing else."""
    return Cell(month_of(on), "", ERASED), Counter({"n": 1})


def accepted(
    record: AnyRecord, on: date, began: date, flags: frozenset[str], objected: date | None
) -> tuple[Cell, Counter[str]]:
    """Count an accepted record.

    Args:
        record: as decoded.
        on: the day of its first receipt, in Asia/Shanghai.
        began: that of the log's first entry: what was decided before it is a backlog.
        flags: codes of the warnings it was admitted with.
        objected: for the outcome of an objection, the day on which that was received.
    """
    kind = TYPE_OF[type(record)]
    found = Counter({"n": 1, "checked": 1, "ok": 1})
    if flags:
        found["warned"] = 1
        found.update({f"warning:{flag}": 1 for flag in flags})
    if kind in FACTS:
        found["facts"] = 1
        if is_matchable(record):
            found["matchable"] = 1
    for path in _COLUMNS.get(kind, ()):
        found["fillable"] += 1
        found["filled"] += _stated(record, path)
    _time(record, on, began, found)
    match record:
        case Amendment() | Withdrawal():
            found["corrections"] = 1
        case Repair():
            found[_days("repair", record.decided_on, on)] = 1
        case ObjectionOutcome() if objected is not None:
            found[_days("objection", objected, record.decided_on)] = 1
        case Penalty() if record.provenance.kind == "original":
            found["penalties"] = 1
        case _:
            pass
    return Cell(month_of(on), record.source_unit.name, kind), +found


def _stated(record: object, path: tuple[str, ...]) -> bool:
    for name in path:
        record = getattr(record, name)
    return record is not UNSET


def _time(record: AnyRecord, on: date, began: date, found: Counter[str]) -> None:
    due = due_of(record)
    if due is None or record.decided_on < began:
        return
    found["timed"] = 1
    found["in_time"] = int(on <= due)
    found[_days("day", record.decided_on, on)] = 1


@lru_cache(maxsize=65_536)
def _days(what: str, start: date, end: date) -> str:
    days = min(working_days_between(start, end).days, DAYS_MAX)
    return f"{what}:{days}"


def due_of(record: AnyRecord) -> date | None:
    """Return the last day on which a record should be in the log, None where no clock says so.

    The clock is the one that the check ``late-report`` reads; a copy relayed from elsewhere has
    none of its own.
    """
    if record.provenance.kind != "original":
        return None
    if isinstance(record, Withdrawal):
        return _withdrawn_by(record.decided_on)
    if not isinstance(record, Penalty | Permit):
        return None
    organ = record.authority
    market = (
        isinstance(record, Penalty)
        and record.procedure != "simple"
        and of_market_regulation("" if organ.kind is UNSET else organ.kind, organ.name)
    )
    return _reported_by(record.decided_on, market=market)


@lru_cache(maxsize=65_536)
def _reported_by(decided_on: date, *, market: bool) -> date | None:
    counted = reporting_end(decided_on, market=market)
    return None if counted is None else counted.day


@lru_cache(maxsize=65_536)
def _withdrawn_by(decided_on: date) -> date:
    clock = CLOCKS["withdrawal"][0]
    return period_end(decided_on, clock.length, BOOK.counting[clock.counting]).day


def is_matchable(record: AnyRecord) -> bool:
    """Tell whether a registration of a fact's subject is to be expected."""
    return not isinstance(record, Registration) and record.subject.kind != "natural_person"


def subject_key(subject: Subject) -> bytes | None:
    """Return 16 bytes that stand for a subject: by its organisation code, else its first code.

    So a record under a unified code is met by one under the organisation code inside it. None
    without any code.
    """
    codes = stated_codes(subject)
    if not codes:
        return None
    by_scheme = dict(codes)
    scheme = "orgcode" if "orgcode" in by_scheme else codes[0][0]
    return sha256(f"{scheme}:{by_scheme[scheme]}".encode()).digest()[:16]


def received_on(record: AnyRecord | None) -> date | None:
    """Return the day on which an objection was received; None for anything else."""
    return record.received_on if isinstance(record, Objection) else None
