"""Gathers what is known of standards, for an answer: by two indexed queries, however many ask.

Standards are public, and an answer is to be the same for everybody: so what is gathered is what the
public may see today, whoever asks. Whether it held on another day is for the answer to say.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import date
from typing import Final, TypeVar, cast

from registry.domain.disclosure import Role
from registry.domain.records import AnyRecord
from registry.domain.records.standards import (
    GroupStandardUse,
    RecognitionChange,
    ResultAcceptance,
    Standard,
    StandardComparison,
    StandardNotice,
    StandardRecognition,
)
from registry.query.show import Sight, intact
from registry.query.standards_views import Gathered
from registry.query.views import Viewer
from registry.standards.model import Known as Records
from registry.standards.model import Ref
from registry.standards.model import Stated as Said
from registry.standards.told import replacing
from registry.standards.written import identity as identity_of
from registry.store.reading import Known
from registry.store.reading_files import Reading, Stated
from registry.store.reading_records import Place
from registry.store.reading_standards import EACH, Spoken

R = TypeVar("R", bound=AnyRecord)
PUBLIC: Final = Viewer(Role.PUBLIC)
_DATING: Final = ("is", "notice", "replaces", "replaced_by", "recognises", "accepts")
"""The roles of records that say from when to when an edition is in force, and recognised."""


class Gathering:
    """What is known of the standards that are asked about, at one moment, on one connection."""

    def __init__(
        self, reading: Reading, known: Known, today: date, then: Known | None = None
    ) -> None:
        """Read up to a known set; ``then``: only what an earlier one holds, too."""
        self._reading = reading
        self._sight = Sight(PUBLIC, today, today)
        self._then = then
        self._places: dict[str, tuple[Place, ...]] = {}
        self._full: set[str] = set()
        self._shown: dict[Place, Stated] = {}
        self.known = known

    async def read(self, identities: Iterable[str]) -> None:
        """Read all that is said of these identities and was not read yet."""
        fresh = [one for one in dict.fromkeys(identities) if one not in self._places]
        if not fresh:
            return
        await self.keep(await self._reading.standards.of(fresh))

    async def keep(self, found: Mapping[str, Sequence[Spoken]]) -> None:
        """Take all that is said of some identities, which was read at a moment of the known set."""
        await self._take([one for spoken in found.values() for one in spoken])
        for identity, spoken in found.items():
            self._places[identity] = tuple(dict.fromkeys(one.row.place for one in spoken))
            if len(spoken) >= EACH:
                self._full.add(identity)

    async def others(
        self, identities: Sequence[str], roles: Sequence[str], each: int = EACH
    ) -> tuple[Stated, ...]:
        """Return what speaks of identities in certain roles, other than the question's perhaps."""
        found = await self._reading.standards.of(identities, roles, each)
        return await self.shown([one for spoken in found.values() for one in spoken])

    async def dated(self, stated: Sequence[Stated]) -> Records:
        """Return what tells the states of these editions, and what recognises them, with changes.

        Two queries for however many, so that they have the states by which questions are answered.
        """
        numbers = (one.record.number for one in stated if isinstance(one.record, Standard))
        own = await self.others(tuple(dict.fromkeys(map(identity_of, numbers))), _DATING)
        records = records_of(said_of(one, one.record) for one in own)
        newer = await self.others(replacing(records), ("is",))
        every = (*stated, *own, *newer, *self._acts(own))
        return records_of(said_of(one, one.record) for one in every)

    def _acts(self, stated: Iterable[Stated]) -> Iterator[Stated]:
        """Yield the acts on these that stand."""
        for one in stated:
            yield from (act for act in one.acts if self._sight.state(act) == "standing")

    async def named(self, words: Sequence[str], limit: int) -> tuple[tuple[Stated, ...], bool]:
        """Return the first editions whose words hold all of these, and whether that is all."""
        spoken = await self._reading.standards.named(words, limit + 1)
        return await self.shown(spoken[:limit]), len(spoken) <= limit

    async def laboratories(
        self, name: str, method: str, limit: int
    ) -> tuple[tuple[Stated, ...], bool]:
        """Return the first licences of laboratories that answer, and whether these are all."""
        spoken = await self._reading.standards.laboratories(name, method, limit + 1)
        return await self.shown(spoken[:limit]), len(spoken) <= limit

    async def shown(self, spoken: Sequence[Spoken]) -> tuple[Stated, ...]:
        """Return those records that may be shown, each once, in their order."""
        await self._take(spoken)
        places = dict.fromkeys(one.row.place for one in spoken)
        return tuple(self._shown[place] for place in places if place in self._shown)

    async def _take(self, spoken: Sequence[Spoken]) -> None:
        """Keep of these records what may be shown today, and was known then."""
        rows = {one.row.place: one for one in spoken if one.row.place not in self._shown}
        held = [(one.row, one.body, one.acted) for one in rows.values()]
        stated = await self._reading.files.bodied(held, self.known)
        shown = self._standing(stated, rows)
        if self._then is not None:
            before = await self._reading.files.bodied(held, self._then)
            kept = self._standing(before, rows)
            shown = {place: one for place, one in kept.items() if place in shown}
        intact(each for one in shown.values() for each in (one, *one.acts))
        self._shown |= shown

    def _standing(
        self, stated: Mapping[Place, Stated], asked: Iterable[Place]
    ) -> dict[Place, Stated]:
        """Return those that were asked for, stand, and may be shown."""
        some = [stated[place] for place in asked if place in stated]
        return {
            one.row.place: one
            for one in self._sight.seen(some)
            if self._sight.state(one) == "standing"
        }

    def gathered(self, identities: Iterable[str]) -> Gathered:
        """Return what is known of these identities, which were read."""
        wanted = list(identities)
        places = dict.fromkeys(place for one in wanted for place in self._places.get(one, ()))
        stated = tuple(self._shown[place] for place in places if place in self._shown)
        used = (*stated, *self._acts(stated))
        records = records_of(said_of(one, one.record) for one in used)
        known = self._then or self.known
        return Gathered(records, used, known, self._full.isdisjoint(wanted))


def records_of(said: Iterable[Said[AnyRecord]]) -> Records:
    """Return records by type, as answers take them."""
    some: dict[type[AnyRecord], list[Said[AnyRecord]]] = {}
    for one in said:
        some.setdefault(type(one.record), []).append(one)
    return Records(
        editions=_of(Standard, some),
        notices=_of(StandardNotice, some),
        recognitions=_of(StandardRecognition, some),
        acceptances=_of(ResultAcceptance, some),
        changes=_of(RecognitionChange, some),
        comparisons=_of(StandardComparison, some),
        group_uses=_of(GroupStandardUse, some),
    )


def _of(
    kind: type[R], some: Mapping[type[AnyRecord], Sequence[Said[AnyRecord]]]
) -> tuple[Said[R], ...]:
    return cast("tuple[Said[R], ...]", tuple(some.get(kind, ())))


def said_of(one: Stated, record: R) -> Said[R]:
    """Return the record of one that is stated, with its place, as answers name it."""
    ref = Ref(one.origin, one.row.idx, record.id, one.entry.hex())
    return Said(ref, one.member, record)
