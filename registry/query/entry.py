"""Entry into an activity, answered from the negative-list items that may be shown.

All items of all logs are decoded once for a known set and kept until any log grows: a list has
some hundred items, and a new edition comes once in a few years.
"""

from dataclasses import dataclass
from datetime import date
from typing import Final, TypeAlias

from registry.clock import Clock, today
from registry.domain.disclosure import Role
from registry.domain.records import Permit
from registry.domain.records.market import NegativeListItem
from registry.query.show import Sight, intact
from registry.query.views import RecordView, Viewer
from registry.standards import model
from registry.standards.access import entry, permit_of
from registry.standards.access_model import Demand, Entry, EntryAsk
from registry.store.engine import Database
from registry.store.reading_files import Stated, open_reading
from signing.charter import Charter

ITEMS_MAX: Final = 5_000
"""Items looked at, those decided last first: some thirty editions of a list."""

_Shown: TypeAlias = tuple[model.Stated[NegativeListItem], ...]
_PUBLIC: Final = Viewer(Role.PUBLIC)


@dataclass(frozen=True, slots=True)
class EntryAnswer:
    """An answer; ``whole`` false: there were more items than are looked at."""

    entry: Entry
    whole: bool


@dataclass(frozen=True, slots=True)
class _Items:
    sizes: tuple[tuple[int, int], ...]
    stated: tuple[Stated, ...]
    whole: bool


class Entries:
    """Reads negative lists."""

    def __init__(self, db: Database, charter: Charter, clock: Clock) -> None:
        """Take an open database, the charter that says who has which territory, and a clock."""
        self._db = db
        self._clock = clock
        self._territories = {party.code: tuple(party.territory) for party in charter.parties}
        self._items: _Items | None = None
        self._public: tuple[tuple[tuple[int, int], ...], date, _Shown] | None = None

    async def of(self, ask: EntryAsk, viewer: Viewer) -> EntryAnswer:
        """Return the answer for a viewer; raises MalformedRefusal ``bad-activity``."""
        items = await self._read()
        return EntryAnswer(entry(ask, self._seen(items, viewer), self._territories), items.whole)

    async def permit(self, view: RecordView, viewer: Viewer) -> Demand | None:
        """Return the item that a permit record belonged to when it was decided; None for others."""
        if not isinstance(view.record, Permit):
            return None
        items = self._seen(await self._read(), viewer)
        return permit_of(view.record, view.member, items, self._territories)

    def _seen(self, items: _Items, viewer: Viewer) -> _Shown:
        """Return what may be shown today: a list is asked about any day by what is known now.

        What the public sees is kept: it is asked by everybody, and the same for all.
        """
        day = today(self._clock)
        if viewer != _PUBLIC:
            return _shown(items, viewer, day)
        if self._public is None or self._public[:2] != (items.sizes, day):
            self._public = (items.sizes, day, _shown(items, viewer, day))
        return self._public[2]

    async def _read(self) -> _Items:
        async with open_reading(self._db) as reading:
            known = await reading.logs.known()
            if self._items is not None and self._items.sizes == known.sizes:
                return self._items
            rows = await reading.records.handled("negative_list_item", ITEMS_MAX)
            stated = tuple((await reading.files.stated(rows, known)).values())
        intact(stated)
        self._items = _Items(known.sizes, stated, len(rows) < ITEMS_MAX)
        return self._items


def _shown(items: _Items, viewer: Viewer, day: date) -> _Shown:
    return tuple(
        model.Stated(ref_of(one), one.member, one.record)
        for one in Sight(viewer, day, day).seen(items.stated)
        if isinstance(one.record, NegativeListItem)
    )


def ref_of(one: Stated) -> model.Ref:
    """Return where a record stands, as answers about standards name it."""
    return model.Ref(one.origin, one.row.idx, one.record.id, one.entry.hex())
