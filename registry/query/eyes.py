"""The eyes of somebody who reads for one subject: an enterprise, or whom it has authorised.

A subject is recorded under several codes, and is itself under each of them. What a third party
says it was authorised to read counts for nothing; the subject's own authorisation does, while it is
in effect (Order 36 and PIPL 23: with consent alone; general knowledge, not checked). For which
purpose it was given comes with it; what is read for is compared by whoever knows it.
"""

from collections.abc import Iterator
from dataclasses import replace
from datetime import date

from registry.clock import Clock, today
from registry.domain.disclosure import Role
from registry.domain.grants import OF_SUBJECT
from registry.domain.records.uses import Authorisation
from registry.domain.subjects import usable_uscc
from registry.query.show import intact
from registry.query.views import Authorised, Viewer
from registry.store.engine import Database
from registry.store.reading_files import Loaded, open_reading


class Eyes:
    """Says what the credential of somebody who reads for one subject is worth today."""

    def __init__(self, db: Database, clock: Clock) -> None:
        """Take an open database and the time."""
        self._db = db
        self._clock = clock

    async def of(self, viewer: Viewer) -> Viewer:
        """Return a viewer with all ids of his subject, and what it has authorised him to read.

        Others come back as they are. What is in effect is asked of today, whatever day is read of.

        Raises:
            UnavailableRefusal: an authorisation as stored is not what was logged.
        """
        if viewer.role not in OF_SUBJECT:
            return viewer
        asked = bytes.fromhex(viewer.subject)
        async with open_reading(self._db) as reading:
            known = await reading.logs.known()
            loaded = (await reading.files.load((asked,), known)).get(asked)
        if loaded is None:
            return viewer
        ids = frozenset(row.subject_id.hex() for row in loaded.subjects)
        if viewer.role is not Role.THIRD_PARTY:
            return replace(viewer, subjects=ids)
        allowed = tuple(_in_effect(loaded, viewer.party, today(self._clock)))
        return replace(viewer, subjects=ids, authorisations=allowed)


def _in_effect(loaded: Loaded, party: str, day: date) -> Iterator[Authorised]:
    """Yield the authorisations of a party that count on a day, the latest decided first."""
    for one in loaded.records:
        record = one.record
        if (
            isinstance(record, Authorisation)
            and party
            and usable_uscc(record.third_party.uscc) == party
            and record.valid_from <= day <= record.valid_until
            and one.state_on(day) == "standing"
        ):
            intact((one,))
            place = f"{one.origin}/{one.row.idx}"
            sections, name = frozenset(record.sections), record.third_party.name
            yield Authorised(place, sections, record.purpose, name)
