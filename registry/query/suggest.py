"""What may be meant by a text typed so far: an engine recalls, the current state decides.

As with a hit (`registry.query.find`), only what this viewer may see is suggested, by a name or code
that he may see: of what is hidden nothing is told, not even by a beginning. Nothing of this is
worth an error: where no engine answers, there are no suggestions.
"""

from collections.abc import Iterable, Mapping
from contextlib import suppress
from dataclasses import dataclass
from typing import Final, Literal

from registry.clock import Clock, today
from registry.domain.records import FACTS
from registry.domain.records.standards import Standard
from registry.query.show import Sight
from registry.query.standards_gather import Gathering
from registry.query.views import Viewer
from registry.standards.numbers import NumberError, identity_of, parse
from registry.store.engine import Database
from registry.store.reading_files import Loaded, Reading, open_reading
from registry.store.reading_terms import codes_of, names_of
from search.engine import Searcher
from search.errors import SearchError
from search.typed import Typed, met, typed_so_far

MOST: Final = 8
"""Suggestions of one answer: as many as are taken in at a glance."""
_EDITIONS: Final = 64
"""Editions looked at for the numbers that begin with a text."""


@dataclass(frozen=True, slots=True)
class Suggestion:
    """One thing that may be meant: a subject by ``id`` with its code, or a standard by its number.

    ``text`` is its name or number; ``on`` what begins with or holds the text that was typed, of a
    standard the number; ``title`` is the standard's.
    """

    kind: Literal["subject", "standard"]
    text: str
    on: str
    id: str = ""
    code: str = ""
    title: str = ""


class Suggester:
    """Suggests, for one viewer at a time."""

    def __init__(self, db: Database, search: Searcher, clock: Clock) -> None:
        """Take the database that holds the current state and the engine that recalls."""
        self._db = db
        self._search = search
        self._clock = clock

    async def of(self, text: str, viewer: Viewer) -> tuple[Suggestion, ...]:
        """Return at most `MOST` suggestions, the likeliest first; standards before subjects."""
        ids: tuple[str, ...] = ()
        with suppress(SearchError):
            ids = await self._search.suggest(text)
        async with open_reading(self._db) as reading:
            found = await self._standards(text, reading)
            known = await reading.logs.known()
            files = await reading.files.load(map(bytes.fromhex, ids), known)
        day = today(self._clock)
        subjects = _met(typed_so_far(text), files, Sight(viewer, day, day))
        return (*found, *subjects)[:MOST]

    async def _standards(self, text: str, reading: Reading) -> tuple[Suggestion, ...]:
        """Return standards whose number begins so, in any usual spelling of it."""
        try:
            begun = identity_of(parse(text))
        except NumberError:
            return ()
        numbers = await reading.standards.beginning(begun, _EDITIONS)
        if not numbers:
            return ()
        gathering = Gathering(reading, await reading.logs.known(), today(self._clock))
        shown = await gathering.others(numbers, ("is",), _EDITIONS)
        titles: dict[str, str] = {}
        for one in shown:
            if isinstance(one.record, Standard):
                titles[identity_of(parse(one.record.number))] = one.record.title
        order = sorted(titles, key=lambda number: (len(number), number))
        return tuple(Suggestion("standard", one, one, title=titles[one]) for one in order)


def _met(typed: Typed, files: Mapping[bytes, Loaded], sight: Sight) -> Iterable[Suggestion]:
    """Return the subjects that are met by what may be seen of them, each once."""
    found: dict[str, tuple[tuple[int, int, str], Suggestion]] = {}
    for asked, loaded in files.items():
        if not sight.exists(loaded, asked):
            continue
        seen = [one for one in sight.seen(loaded.records) if one.row.type in FACTS]
        names = [one.name for one in names_of(seen)]
        codes = codes_of(seen)
        how = met(typed, names, codes)
        if how is not None:
            subject = loaded.root.subject_id.hex()
            code = codes[0] if codes else ""
            one = Suggestion("subject", names[0], how[1], subject, code)
            found[subject] = (how[0], len(names[0]), names[0]), one
    return (one for _, one in sorted(found.values(), key=lambda pair: pair[0]))
