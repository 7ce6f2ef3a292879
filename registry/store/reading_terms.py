"""By what a subject can be found: its names over time, its codes, the numbers of its decisions.

Worked out from the records that are given, so that whoever leaves out what may not be shown has
left out the names and numbers only such records state.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from typing import Final

from msgspec import UNSET

from registry.domain.records import Registration
from registry.domain.subjects import stated_codes
from registry.store.reading_files import Stated

_NUMBERS: Final = ("decision_no", "permit_no")


@dataclass(frozen=True, slots=True)
class StatedName:
    """A name, the first day it was stated for, whether it is a former one, and its last day.

    ``until`` is that day as a registration states it, itself in; None where none does.
    """

    name: str
    since: date
    former: bool
    until: date | None = None


def names_of(records: Iterable[Stated]) -> tuple[StatedName, ...]:
    """Return the names these records state, the current one first, then the latest first.

    Current is the name in the latest registration, else the name stated last. A name that only
    differs is former if a registration says so or if it was last stated before the current one.
    """
    ordered = sorted(records, key=lambda one: (one.record.decided_on, one.row.place))
    if not ordered:
        return ()
    registered = [one for one in ordered if one.row.type == "registration"]
    holder = (registered or ordered)[-1]
    current = holder.record.subject.name
    first: dict[str, date] = {}
    last: dict[str, date] = {}
    former: dict[str, date | None] = {}
    for one in ordered:
        name, day = one.record.subject.name, one.record.decided_on
        first.setdefault(name, day)
        last[name] = day
        for name, until in _former_names(one):
            first[name] = min(until or day, first.get(name, until or day))
            former[name] = until or former.get(name)
    border = holder.record.decided_on
    names = (
        StatedName(name, day, name in former or last[name] < border, former.get(name))
        for name, day in first.items()
        if name != current
    )
    rest = sorted(names, key=lambda name: (name.former, -name.since.toordinal(), name.name))
    return (StatedName(current, first[current], former=False), *rest)


def _former_names(one: Stated) -> tuple[tuple[str, date | None], ...]:
    if not isinstance(one.record, Registration) or one.record.former_names is UNSET:
        return ()
    return tuple(
        (part.name, None if part.until is UNSET else part.until) for part in one.record.former_names
    )


def codes_of(records: Iterable[Stated]) -> tuple[str, ...]:
    """Return the codes these records state, the strongest kind first."""
    kinds = ("uscc", "regno", "orgcode")
    stated = {code for one in records for code in stated_codes(one.record.subject)}
    return tuple(code for _, code in sorted(stated, key=lambda c: (kinds.index(c[0]), c[1])))


def numbers_of(records: Iterable[Stated]) -> tuple[str, ...]:
    """Return the numbers of the decisions and permits these records state."""
    stated = (getattr(one.record, name, UNSET) for one in records for name in _NUMBERS)
    return tuple(dict.fromkeys(number for number in stated if isinstance(number, str)))
