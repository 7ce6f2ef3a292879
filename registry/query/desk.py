"""A member's desk, the region's view of all desks, and the way of one cause through the region.

Derived at each look from the logs, the rules in force and the day, like an inbox: what a late
message changes is changed at once. Bounded by the newest records of each type that counts.
"""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime
from typing import Final, Literal

from registry.clock import SHANGHAI, Clock, today
from registry.query.facts import lists_of, next_lists
from registry.query.pushes import (
    Answer,
    Lift,
    Push,
    Scene,
    answers_of,
    lifts_of,
    nexus_of,
    pushes_of,
    sight_of,
)
from registry.query.record import shown_record
from registry.query.rulebook import Rulebooks
from registry.query.show import Sight, intact, member_name, members_of
from registry.query.views import RecordView, RulebookView, Viewer
from registry.rules.model import Adoption, Fact
from registry.store.engine import Database
from registry.store.reading import Known
from registry.store.reading_files import Loaded, Reading, Stated, open_reading
from registry.store.reading_records import ANSWERS, CAUSES, Place
from signing.charter import Charter

SEEN_MAX: Final = 2_000
"""Records of each type looked at, the newest first."""
OVERDUE_MAX: Final = 200
"""Overdue pushes listed for the region office; beyond it they are counted."""
_LATER: Final = 20


@dataclass(frozen=True, slots=True)
class PushView:
    """A push as an organ may see it: its cause, and what came of it."""

    push: Push
    cause: RecordView
    member_name: str
    state: Literal["open", "overdue", "answered"]


@dataclass(frozen=True, slots=True)
class Desk:
    """A member's pushes, what waits first and soonest due first; and what it has to lift.

    ``whole`` false: older causes or answers were not looked at.
    """

    member: str
    on: date
    pushes: tuple[PushView, ...]
    lifts: tuple[Lift, ...]
    whole: bool


@dataclass(frozen=True, slots=True)
class Standing:
    """How a member's desk stands, in counts."""

    member: str
    member_name: str
    open: int
    overdue: int
    answered: int
    to_lift: int
    lift_overdue: int


@dataclass(frozen=True, slots=True)
class Board:
    """All desks in counts, and what is overdue; ``whole`` as of :class:`Desk`."""

    on: date
    members: tuple[Standing, ...]
    overdue: tuple[PushView, ...]
    whole: bool


@dataclass(frozen=True, slots=True)
class Reached:
    """How far a cause has come in one member: rules adopted or not, nexus, pushes, lifts."""

    member: str
    member_name: str
    adopted: tuple[Adoption, ...]
    not_adopted: tuple[str, ...]
    nexus: tuple[str, ...]
    pushes: tuple[PushView, ...]
    uses: tuple[Answer, ...]
    lifts: tuple[Lift, ...]


@dataclass(frozen=True, slots=True)
class Propagation:
    """The way of one cause: when it was stated, and how far it has come in each member."""

    cause: RecordView
    subject_id: str
    stated_on: date
    on: date
    members: tuple[Reached, ...]


class Desks:
    """Reads what measures members are asked to consider and to lift."""

    def __init__(self, db: Database, charter: Charter, clock: Clock, rulebooks: Rulebooks) -> None:
        """Take an open database, the charter, a clock and the rulebooks."""
        self._db = db
        self._charter = charter
        self._clock = clock
        self._rulebooks = rulebooks

    async def of(self, member: str) -> Desk:
        """Return the desk of a member as of today; empty for who is none, or without rules."""
        pushes, lifts, whole = await self._all()
        on = today(self._clock)
        mine = [self._view(one, on) for one in pushes if one.member == member]
        mine.sort(key=_waiting)
        due = sorted(
            (one for one in lifts if one.member == member and one.done is None),
            key=lambda one: (one.due, one.subject_id, one.applied.measure),
        )
        return Desk(member, on, tuple(mine), tuple(due), whole)

    async def board(self) -> Board:
        """Return how all desks stand; of what is to be lifted there are counts and nothing else."""
        pushes, lifts, whole = await self._all()
        on = today(self._clock)
        states = Counter((one.member, one.state(on)) for one in pushes)
        lifting = Counter((one.member, one.state(on)) for one in lifts)
        late = sorted(
            (self._view(one, on) for one in pushes if one.state(on) == "overdue"), key=_waiting
        )
        standings = tuple(
            Standing(
                party.code,
                party.name,
                states[party.code, "open"],
                states[party.code, "overdue"],
                states[party.code, "answered"],
                lifting[party.code, "to-lift"],
                lifting[party.code, "lift-overdue"],
            )
            for party in members_of(self._charter)
        )
        return Board(on, standings, tuple(late[:OVERDUE_MAX]), whole)

    async def propagation(self, origin: str, idx: int, viewer: Viewer) -> Propagation:
        """Return the way of one cause; raises GoneRefusal for one the viewer may not see.

        Who may see it although it has ended (its own member, the auditor) sees what was lifted.
        """
        on = today(self._clock)
        sight = Sight(viewer, on, on)
        async with open_reading(self._db) as reading:
            one = await shown_record(origin, idx, sight, reading)
            known = await reading.logs.known()
            book = await self._rulebooks.in_force(on, known, reading)
            files = await reading.files.load((one.row.subject_id,), known)
            loaded = files[one.row.subject_id]
            intact(loaded.records)
            stated = await reading.records.stated_at([r.row.place for r in loaded.records])
            lists = await _next_lists((loaded,), on, known, reading)
        scene = None if book is None else Scene(book, self._charter, on, _days(stated), lists)
        cause = next((r for r in loaded.records if r.entry == one.entry), one)
        return Propagation(
            sight.view(cause, self._charter),
            loaded.root.subject_id.hex(),
            _days(stated).get(one.row.place, one.record.decided_on),
            on,
            () if scene is None else self._reached(cause, loaded, scene),
        )

    def _reached(self, cause: Stated, loaded: Loaded, scene: Scene) -> tuple[Reached, ...]:
        entry = cause.entry.hex()
        pushes = [p for p in pushes_of(loaded, scene) if p.cause.entry == cause.entry]
        lifts = [lift for lift in lifts_of(loaded, scene) if entry in lift.applied.causes]
        seen = sight_of(scene.on).seen(loaded.records)
        facts = scene.facts((cause,), loaded)
        answers = tuple(answers_of(loaded, scene.on))
        reached: list[Reached] = []
        for party in members_of(self._charter):
            code = party.code
            decided = [scene.decided(facts, loaded, place, scene.on) for place in party.territory]
            adopted = {
                measure.rule: measure.adoption for one in decided for measure in one.measures
            }
            refused = {
                no.rule for one in decided for no in one.not_applied if no.code == "not-adopted"
            }
            mine = [self._view(one, scene.on) for one in pushes if one.member == code]
            told = {one.push.answer.one.entry for one in mine if one.push.answer is not None}
            reached.append(
                Reached(
                    code,
                    party.name,
                    tuple(adopted[rule] for rule in sorted(adopted)),
                    tuple(sorted(refused - adopted.keys())),
                    tuple(nexus_of(seen, code, scene)),
                    tuple(mine),
                    tuple(
                        one
                        for one in answers
                        if one.one.member == code
                        and entry in one.causes
                        and one.one.entry not in told
                    ),
                    tuple(lift for lift in lifts if lift.member == code),
                )
            )
        return tuple(reached)

    def _view(self, push: Push, on: date) -> PushView:
        # Who is pushed to reads like an organ that shares, whatever his desk.
        cause = sight_of(on).view(push.cause, self._charter)
        name = member_name(self._charter, push.member)
        return PushView(push, cause, name, push.state(on))

    async def _all(self) -> tuple[tuple[Push, ...], tuple[Lift, ...], bool]:
        """Derive every push and every lift of all members, of one moment."""
        on = today(self._clock)
        async with open_reading(self._db) as reading:
            known = await reading.logs.known()
            book = await self._rulebooks.in_force(on, known, reading)
            if book is None:
                return (), (), True
            ids, whole = await _subjects(book, reading)
            files = await reading.files.load(ids, known)
            subjects = {one.root.subject_id: one for one in files.values()}.values()
            places = [r.row.place for one in subjects for r in one.records]
            stated = await reading.records.stated_at(places)
            lists = await _next_lists(tuple(subjects), on, known, reading)
        scene = Scene(book, self._charter, on, _days(stated), lists)
        for one in subjects:
            intact(one.records)
        pushes = tuple(push for one in subjects for push in pushes_of(one, scene))
        return pushes, tuple(lift for one in subjects for lift in lifts_of(one, scene)), whole


async def _subjects(book: RulebookView, reading: Reading) -> tuple[set[bytes], bool]:
    """Return whom the newest causes of rules and the newest answers are about; whether all."""
    wanted = {listed for _, listed, _ in book.book.index if listed}
    triggers = {record for record, _, _ in book.book.index}
    ids: set[bytes] = set()
    whole = True
    for kind in (*CAUSES, *ANSWERS):
        if kind == "penalty" and kind not in triggers:
            continue
        rows = await reading.records.newest(kind, SEEN_MAX)
        whole &= len(rows) < SEEN_MAX
        ids |= {r.subject_id for r in rows if kind != "list_entry" or r.list_code in wanted}
    return ids, whole


async def _next_lists(
    subjects: Sequence[Loaded], on: date, known: Known, reading: Reading
) -> tuple[Fact, ...]:
    """Return when the lists were published again that the subjects are honoured by."""
    honours = frozenset(place for one in subjects for place in lists_of(one.records))
    if not honours:
        return ()
    return next_lists(await reading.files.later_entries(honours, _LATER, known), on)


def _days(stated: Mapping[Place, int]) -> dict[Place, date]:
    return {
        place: datetime.fromtimestamp(second, UTC).astimezone(SHANGHAI).date()
        for place, second in stated.items()
    }


def _waiting(one: PushView) -> tuple[bool, date, str, str, str]:
    """What waits first, soonest due."""
    push = one.push
    answered = one.state == "answered"
    return answered, push.due, push.subject_id, push.measure.measure, push.cause.entry.hex()
