"""What disclosure depends on, of a record on a day: with the end of publicity that the law sets.

A record may state for how long it is published; where it does not, the clocks say.
"""

from dataclasses import replace
from datetime import date

from registry.domain.clocks import publicity_end
from registry.domain.disclosure import RecordState, State, state_of
from registry.domain.lists import LISTS
from registry.domain.records import AnyRecord, ListEntry


def _serious(record: AnyRecord) -> bool:
    """Say whether it is an entry on a serious list: those end with their term, by law."""
    kind = LISTS.get(record.list) if isinstance(record, ListEntry) else None
    return kind is not None and kind.family == "serious"


def shown_as(record: AnyRecord, state: State, on: date) -> RecordState:
    """Return what disclosure depends on, on a day."""
    stated = state_of(record, state)
    ends = stated.type == "penalty" or _serious(record)
    if stated.publicity_until is not None or not ends:
        return stated
    return replace(stated, publicity_until=publicity_end(record, on))
