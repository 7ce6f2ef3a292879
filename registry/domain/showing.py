"""What disclosure depends on, of a record on a day: with the end of publicity that the law sets.

A record may state for how long it is published; where it does not, the clocks say. What it states
beyond the longest term of the law was found when it was admitted and stands among its flags, so
that reading it asks the clocks of nothing but such a record.
"""

from collections.abc import Collection
from dataclasses import dataclass, replace
from datetime import date
from typing import Final

from msgspec import UNSET

from registry.domain.clocks import Window, longest_publicity, publicity_end, publicity_window
from registry.domain.disclosure import RecordState, State, state_of
from registry.domain.lists import LISTS
from registry.domain.records import AnyRecord, ListEntry, Penalty

TOO_LONG: Final = "publicity-too-long"
"""The flag of a penalty that states longer publicity than the law allows."""


@dataclass(frozen=True, slots=True)
class Publicity:
    """Until when a record is published: the day that counts, the law's window, the stated day.

    ``last`` None = no end is known. The window is also there where it is not confirmed and so does
    not cut the stated day short.
    """

    last: date | None
    law: Window | None
    stated: date | None

    @property
    def by_law(self) -> bool:
        """Whether the day that counts is the law's, and not just the stated one."""
        return self.law is not None and self.law.last is not None and self.last == self.law.last


def publicity_of(record: AnyRecord, on: date) -> Publicity | None:
    """Return how long the law, as of a day, lets a penalty or entry on a serious list be published.

    The same day as disclosure has (:func:`shown_as`), from the record alone; None for other types,
    whose publicity no clock ends.
    """
    if not isinstance(record, Penalty) and not _serious(record):
        return None
    stated = record.publicity_until if isinstance(record, Penalty) else UNSET
    if stated is UNSET:
        law = publicity_window(record, on)
        return Publicity(None if law is None else law.last, law, None)
    law = longest_publicity(record)
    lawful = law.last if law is not None and law.confirmed else None
    return Publicity(stated if lawful is None else min(stated, lawful), law, stated)


def _serious(record: AnyRecord) -> bool:
    """Say whether it is an entry on a serious list: those end with their term, by law."""
    kind = LISTS.get(record.list) if isinstance(record, ListEntry) else None
    return kind is not None and kind.family == "serious"


def confirmed_end(record: AnyRecord) -> date | None:
    """Return the last day of the longest publicity by law; None where its rule is not confirmed."""
    window = longest_publicity(record)
    return window.last if window is not None and window.confirmed else None


def shown_as(record: AnyRecord, state: State, on: date, flags: Collection[str] = ()) -> RecordState:
    """Return what disclosure depends on, on a day; ``flags`` are those of its admission.

    Publicity ends on the earlier of the stated and the lawful day. Where the rule is not confirmed
    the stated one is kept: what a ministry's text says is not guessed at a subject's or an organ's
    cost, and the record says so (`registry.query.show.TERM_UNCONFIRMED`).
    """
    stated = state_of(record, state)
    ends = stated.type == "penalty" or _serious(record)
    if stated.publicity_until is not None and TOO_LONG in flags:
        lawful = confirmed_end(record) or stated.publicity_until
        return replace(stated, publicity_until=min(stated.publicity_until, lawful))
    if stated.publicity_until is not None or not ends:
        return stated
    return replace(stated, publicity_until=publicity_end(record, on))
