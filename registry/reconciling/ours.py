"""What this node shows of a member's records on a day, streamed: some hundred subjects at a time.

Judged by the same functions as pages and endpoints, with the eyes of the public, so that "shown"
here means what anybody is shown. However many records there are, memory stays the same, and no
statement is about one record.
"""

from collections.abc import AsyncIterator, Collection, Sequence
from datetime import date
from typing import Final, Literal

from registry.domain.disclosure import Role, State, may_show
from registry.domain.life import begins_upon, marks_on
from registry.domain.records import Act, ListEntry, ListExit, Repair, Withdrawal
from registry.domain.showing import shown_as
from registry.domain.subjects import subject_id
from registry.reconciling.keys import TYPES, Key, key_of
from registry.reconciling.model import Ours
from registry.store.engine import Connection
from registry.store.reading import Head, Known
from registry.store.reading_files import FileReading, Stated
from registry.store.reading_records import RecordReading
from registry.store.reconciling_staging import subjects_after

_ENDED: Final = frozenset({"repaired", "withdrawn", "expired", "exited"})
_ACTS: Final[dict[str, type[Act]]] = {
    "repaired": Repair,
    "withdrawn": Withdrawal,
    "exited": ListExit,
}


class OwnRecords:
    """Reads what one member states of subjects that have a unified code."""

    def __init__(self, connection: Connection, head: Head, known: Known) -> None:
        """Take what the statements run on, the member's log, and the known set."""
        self._connection = connection
        self._head = head
        self._known = known
        self._records = RecordReading(connection)
        self._files = FileReading(connection)

    async def pages(self) -> AsyncIterator[list[Stated]]:
        """Yield penalties and list entries, those of some hundred subjects at a time."""
        after = b""
        while subjects := await subjects_after(self._connection, self._head.log_id, TYPES, after):
            after = subjects[-1]
            yield await self.of_subjects(subjects)

    async def of_subjects(self, subjects: Sequence[bytes]) -> list[Stated]:
        """Return penalties and list entries that the member states of these subjects."""
        rows = await self._records.of_subjects(subjects)
        mine = [r for r in rows if r.log_id == self._head.log_id and r.type in TYPES]
        stated = await self._files.stated(mine, self._known)
        return [stated[row.place] for row in mine if row.place in stated]


def compared(page: Sequence[Stated], day: date) -> tuple[int, list[Ours]]:
    """Return how many of these records are looked at, and how those stand that are compared.

    One that was amended is looked at, and the one in its place compared.
    """
    keyed = [(one, key) for one in page if (key := key_of(one.record)) is not None]
    found = [ours for one, key in keyed if (ours := _ours(one, key, day)) is not None]
    return len(keyed), found


def _ours(one: Stated, key: Key, day: date) -> Ours | None:
    """Return how a record stands on a day; None for one that was amended."""
    state = one.state_on(day)
    if state == "amended":
        return None
    shown, last = _standing(one, state, day)
    how: Literal["shown", "held", "ended"] = "shown" if shown else "held"
    ending = state if state in _ENDED else "expired" if last is not None and last < day else ""
    return Ours(
        *(one.row.idx, *key, "ended" if ending else how, ending, _since(one, state, day)),
        *(one.record.severity.level, one.record.decided_on, last),
        *("objected" in marks_on(one, day), one.row.type),
    )


def _standing(one: Stated, state: State, day: date) -> tuple[bool, date | None]:
    """Return whether the public is shown a record on a day, and the last day of publicity."""
    record = one.record
    seen = shown_as(record, state, day, one.row.flags)
    last = seen.publicity_until
    if last is None and isinstance(record, ListEntry) and isinstance(record.listed_until, date):
        last = record.listed_until
    return record.decided_on <= day and may_show(Role.PUBLIC, seen, day), last


def _since(one: Stated, state: str, day: date) -> date | None:
    """Return the day from which acts have ended a record as its state says."""
    kind = _ACTS.get(state)
    days = [
        begins_upon(act.record, one.record)
        for act in one.acts
        if kind is not None and isinstance(act.record, kind) and act.counts_on(day)
    ]
    return min(days, default=None)


async def holders(
    connection: Connection, known: Known, but: int, keys: Collection[Key], day: date
) -> dict[Key, str]:
    """Return which of these records the public is shown as another member's, and whose: its code.

    What may not be shown to everybody is told no other member's staff either.
    """
    subjects = {subject_id("uscc", key.code) for key in keys}
    rows = await RecordReading(connection).of_subjects(subjects) if subjects else ()
    theirs = [row for row in rows if row.log_id != but and row.type in TYPES]
    found: dict[Key, str] = {}
    for one in (await FileReading(connection).stated(theirs, known)).values():
        for ours in compared([one], day)[1]:
            key = Key(ours.code, ours.number, ours.organ)
            if key in keys and ours.state == "shown":
                found[key] = one.member
    return found
