"""A member's desk, the region's view of all desks, and the way of one cause through the region.

Derived at each look from the logs, the rules in force and the day, like an inbox: what a late
message changes is changed at once. Each look at a desk is bounded: it takes the records that count
page by page, the newest first, and the cursor to the next page leads on until all were looked at.
What follows from one record stands on one page. The region's view goes through the pages itself.
"""

import re
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime
from typing import Final, Literal, Self

from registry.clock import SHANGHAI, Clock, today
from registry.errors import MalformedRefusal
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
from registry.store.reading_records import ANSWERS, CAUSES, FIRST, Cursor, Place, RecordRow
from signing.charter import Charter

SEEN_MAX: Final = 2_000
"""Records looked at for one page."""
PAGES_MAX: Final = 50
"""Pages that the region's view goes through."""
OVERDUE_MAX: Final = 200
"""Overdue pushes listed for the region office; beyond it they are counted."""
_LATER: Final = 20
_LOGS: Final = 2**63
_CURSOR: Final = re.compile(r"(\d{4}-\d{2}-\d{2})_(-?\d{1,19})_(\d{1,16})", re.ASCII)


@dataclass(frozen=True, slots=True)
class PushView:
    """A push as an organ may see it: its cause, and what came of it."""

    push: Push
    cause: RecordView
    member_name: str
    state: Literal["open", "overdue", "answered"]


@dataclass(frozen=True, slots=True)
class Desk:
    """A page of a member's pushes, what waits first and soonest due first; and what it has to lift.

    ``older`` is the cursor to the next page, '' on the last.
    """

    member: str
    on: date
    pushes: tuple[PushView, ...]
    lifts: tuple[Lift, ...]
    older: str


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
    """All desks in counts, and what is overdue; ``whole`` false: there were too many pages."""

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


@dataclass(frozen=True, slots=True)
class _Page:
    """What follows for all members from a page of records; ``older`` None on the last."""

    pushes: tuple[Push, ...]
    lifts: tuple[Lift, ...]
    older: Cursor | None


class Desks:
    """Reads what measures members are asked to consider and to lift."""

    def __init__(self, db: Database, charter: Charter, clock: Clock, rulebooks: Rulebooks) -> None:
        """Take an open database, the charter, a clock and the rulebooks."""
        self._db = db
        self._charter = charter
        self._clock = clock
        self._rulebooks = rulebooks

    async def of(self, member: str, after: str = "") -> Desk:
        """Return a page of the desk of a member as of today, the first or one that a cursor names.

        Empty for who is none, or without rules; raises MalformedRefusal ``bad-cursor``.
        """
        on = today(self._clock)
        page = await self._page(_cursor_of(after))
        mine = [self._view(one, on) for one in page.pushes if one.member == member]
        mine.sort(key=_waiting)
        due = sorted(
            (one for one in page.lifts if one.member == member and one.done is None),
            key=lambda one: (one.due, one.subject_id, one.applied.measure),
        )
        return Desk(member, on, tuple(mine), tuple(due), _text_of(page.older))

    async def board(self) -> Board:
        """Return how all desks stand; of what is to be lifted there are counts and nothing else."""
        on = today(self._clock)
        states: Counter[tuple[str, str]] = Counter()
        lifting: Counter[tuple[str, str]] = Counter()
        late: list[PushView] = []
        after: Cursor | None = FIRST
        for _ in range(PAGES_MAX):
            if after is None:
                break
            page = await self._page(after)
            after = page.older
            states.update((one.member, one.state(on)) for one in page.pushes)
            lifting.update((one.member, one.state(on)) for one in page.lifts)
            late += [self._view(one, on) for one in page.pushes if one.state(on) == "overdue"]
            late = sorted(late, key=_waiting)[:OVERDUE_MAX]
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
        return Board(on, standings, tuple(late), after is None)

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

    async def _page(self, after: Cursor) -> _Page:
        """Derive the pushes and lifts of all members that follow from a page of records."""
        on = today(self._clock)
        async with open_reading(self._db) as reading:
            known = await reading.logs.known()
            book = await self._rulebooks.in_force(on, known, reading)
            if book is None:
                return _Page((), (), None)
            counts = _Counts.of(book)
            rows, older = await _rows(counts, after, reading)
            ids = {row.subject_id for row in rows if counts.leads(row)}
            files = await reading.files.load(ids, known)
            subjects = {one.root.subject_id: one for one in files.values()}.values()
            places = [r.row.place for one in subjects for r in one.records]
            stated = await reading.records.stated_at(places)
            lists = await _next_lists(tuple(subjects), on, known, reading)
        scene = Scene(book, self._charter, on, _days(stated), lists)
        here = {row.place for row in rows}
        pushes: list[Push] = []
        lifts: list[Lift] = []
        for one in subjects:
            intact(one.records)
            pushes += [p for p in pushes_of(one, scene) if counts.place_of(p, one) in here]
            lifts += [lift for lift in lifts_of(one, scene) if lift.applied.one.row.place in here]
        return _Page(tuple(pushes), tuple(lifts), older)


@dataclass(frozen=True, slots=True)
class _Counts:
    """Which records count: the types looked at, and of list entries those of these lists."""

    kinds: tuple[str, ...]
    lists: frozenset[str]

    @classmethod
    def of(cls, book: RulebookView) -> Self:
        triggers = {record for record, _, _ in book.book.index}
        causes = [kind for kind in CAUSES if kind != "penalty" or kind in triggers]
        listed = frozenset(listed for _, listed, _ in book.book.index if listed)
        return cls((*causes, *ANSWERS), listed)

    def leads(self, row: RecordRow) -> bool:
        """Tell whether a record of a page leads to its subject."""
        return row.type in self.kinds and (row.type != "list_entry" or row.list_code in self.lists)

    def place_of(self, push: Push, loaded: Loaded) -> Place:
        """Return on which record's page a push stands: its cause's.

        Where the cause is of a type that is not looked at, the newest record that leads here.
        """
        if self.leads(push.cause.row):
            return push.cause.row.place
        rows = (one.row for one in loaded.records if self.leads(one.row))
        return min(rows, key=_newest_first).place


async def _rows(
    counts: _Counts, after: Cursor, reading: Reading
) -> tuple[Sequence[RecordRow], Cursor | None]:
    """Return the records of a page, newest first, and where the next one begins."""
    found: list[RecordRow] = []
    for kind in counts.kinds:
        found += await reading.records.newest(kind, SEEN_MAX + 1, after)
    found.sort(key=_newest_first)
    rows = found[:SEEN_MAX]
    last = rows[-1] if len(found) > SEEN_MAX else None
    return rows, None if last is None else (last.decided_on, *last.place)


def _newest_first(row: RecordRow) -> tuple[int, Place]:
    return -row.decided_on.toordinal(), row.place


def _text_of(cursor: Cursor | None) -> str:
    return "" if cursor is None else "{}_{}_{}".format(*cursor)


def _cursor_of(text: str) -> Cursor:
    """Read a cursor as it was given; the first page for none."""
    if not text:
        return FIRST
    found = _CURSOR.fullmatch(text)
    try:
        if found is not None and abs(log_id := int(found[2])) < _LOGS:
            return date.fromisoformat(found[1]), log_id, int(found[3])
    except ValueError as error:
        raise _bad_cursor() from error
    raise _bad_cursor()


def _bad_cursor() -> MalformedRefusal:
    return MalformedRefusal(
        "after 应为上一页给出的游标，原样传回。",
        "after is the cursor that the page before gave, as it was given.",
        code="bad-cursor",
    )


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
