"""A subject's own file: each record with its periods and the acts on it, and who has looked.

What is hidden from everybody else the subject sees with its state; records between organs about a
clue are the one exception (they stand under ``between`` in the catalogue).
"""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date

from registry.access.log import Looks
from registry.domain.clocks import Window, repair_handling, windows
from registry.domain.disclosure import ENDED, Role
from registry.domain.records import KINDS, TYPE_OF, Act
from registry.query.views import RecordView, SubjectFile


@dataclass(frozen=True, slots=True)
class OwnRecord:
    """A record about the subject, its periods as of the day, and the acts on it, oldest first.

    ``handling`` is until when the organ answers, if repair is asked for on ``applied_on``: the
    first day on which it may be, or the day of reading. Both are empty where there is no such day.
    """

    view: RecordView
    windows: tuple[Window, ...]
    acts: tuple[RecordView, ...]
    applied_on: date | None = None
    handling: tuple[Window, ...] = ()


@dataclass(frozen=True, slots=True)
class OwnFile:
    """The file, its records with what belongs to each, and reads by others, counted by month.

    ``ids`` are all ids of the subject.
    """

    file: SubjectFile
    records: tuple[OwnRecord, ...]
    others: tuple[RecordView, ...]
    looks: Sequence[Looks]
    ids: frozenset[str]


def own_file(file: SubjectFile, on: date, looks: Sequence[Looks], ids: frozenset[str]) -> OwnFile:
    """Put a file together: facts with their acts, and beside them what is handled."""
    acts: dict[str, list[RecordView]] = {}
    for view in file.records:
        if isinstance(view.record, Act):
            acts.setdefault(view.record.target.entry, []).append(view)
    facts = [view for view in file.records if _family(view) == "fact"]
    return OwnFile(
        file,
        tuple(_own(view, tuple(_upon(view, acts)), on) for view in facts),
        tuple(view for view in file.records if _family(view) == "message"),
        _others(looks),
        ids,
    )


def _own(view: RecordView, acts: tuple[RecordView, ...], on: date) -> OwnRecord:
    periods = windows(view.record, on)
    doors = (window.first for window in periods if window.kind == "earliest_repair")
    first = next((day for day in doors if day is not None), None)
    if first is None or not ENDED.isdisjoint(view.flags):
        return OwnRecord(view, periods, acts)
    applied_on = max(first, on)
    return OwnRecord(view, periods, acts, applied_on, repair_handling(view.record, applied_on))


def _others(looks: Sequence[Looks]) -> tuple[Looks, ...]:
    """Return who else has looked; what a supervising organ reads for is not told."""
    counted: Counter[Looks] = Counter()
    for look in looks:
        if look.role != Role.BUSINESS:
            told = replace(look, purpose="") if look.role == Role.REGULATOR else look
            counted[replace(told, count=0)] += look.count
    return tuple(replace(look, count=count) for look, count in counted.items())


def _upon(view: RecordView, acts: dict[str, list[RecordView]]) -> Sequence[RecordView]:
    """Return the acts on a record and on those acts, oldest first."""
    found: list[RecordView] = []
    waiting = [view.entry]
    while waiting:
        entry = waiting.pop()
        found += acts.get(entry, ())
        waiting += [act.entry for act in acts.pop(entry, ())]
    return sorted(found, key=lambda act: (act.record.decided_on, act.origin, act.idx))


def _family(view: RecordView) -> str:
    return KINDS[TYPE_OF[type(view.record)]].family
