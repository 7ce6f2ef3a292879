"""What other members have sent to one: penalties across provinces, clues, tasks, warnings.

A message is a record of the sender's log; the answer is a record of the receiver's. Nothing here is
kept: what waits, and until when, follows from both logs and the day.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Final

from msgspec import UNSET

from registry.clock import Clock, today
from registry.domain.clocks import Window, windows
from registry.domain.disclosure import Role
from registry.domain.divisions import city_of
from registry.domain.records import AnyRecord, reference_of
from registry.domain.records.market import ClueTransfer, RiskAlert
from registry.domain.records.uses import MeasureTask
from registry.query.record import targets_around
from registry.query.show import Sight, intact, members_of
from registry.query.standard_cases import CaseView
from registry.query.views import RecordView, Viewer
from registry.store.engine import Database
from registry.store.reading_files import Stated, open_reading
from registry.store.reading_records import MESSAGES
from signing.charter import Charter

SEEN_MAX: Final = 2_000
"""Messages looked at, the newest first; older ones have long been answered or are overdue."""


@dataclass(frozen=True, slots=True)
class Message:
    """A message to a member, the answers to it (oldest first), its clocks, and until when to act.

    ``due`` None: neither the message nor a rule says until when.
    """

    view: RecordView
    answers: tuple[RecordView, ...]
    windows: tuple[Window, ...]
    due: date | None

    @property
    def waits(self) -> bool:
        """Whether nobody has answered yet."""
        return not self.answers


@dataclass(frozen=True, slots=True)
class Inbox:
    """What was sent to a member, what waits first, soonest due first; ``whole``: that is all.

    ``cases`` are those about standards in which its organs have to act, overdue ones first.
    """

    member: str
    messages: tuple[Message, ...]
    whole: bool
    cases: tuple[CaseView, ...] = ()


class Inboxes:
    """Reads what was sent to whom."""

    def __init__(self, db: Database, charter: Charter, clock: Clock) -> None:
        """Take an open database, the charter that says who has which territory, and a clock."""
        self._db = db
        self._charter = charter
        self._clock = clock
        self._territory = {party.code: frozenset(party.territory) for party in members_of(charter)}

    async def of(self, member: str) -> Inbox:
        """Return the inbox of a member as of today; empty for who is none."""
        (found,) = await self._read((member,))
        return found

    async def all(self) -> tuple[Inbox, ...]:
        """Return the inboxes of all members as of today, from one look at the messages."""
        return await self._read(tuple(self._territory))

    async def _read(self, members: Sequence[str]) -> tuple[Inbox, ...]:
        day = today(self._clock)
        async with open_reading(self._db) as reading:
            known = await reading.logs.known()
            rows = await reading.records.messages(SEEN_MAX)
            stated = await reading.files.stated(rows, known)
            reached = [
                (one, whose)
                for one in stated.values()
                if (whose := {code for code in members if self._reaches(one.record, code)})
            ]
            ours = [one for one, _ in reached]
            named = [(one.row.log_id, one.row.record_id) for one in ours]
            replies = await reading.files.stated(await reading.records.acts_on(named), known)
            around = await targets_around(ours, reading)
        intact(ours)
        # Who is written to reads like an organ that shares, whatever his desk.
        sight = Sight(Viewer(Role.REGULATOR), day, day)
        told = {id(one) for one in sight.seen((*ours, *around, *replies.values()))}
        answers = [reply for reply in replies.values() if id(reply) in told]
        made = [
            (self._message(one, answers, sight, day), whose)
            for one, whose in reached
            if id(one) in told
        ]
        made.sort(key=lambda pair: _order(pair[0]))
        whole = len(rows) < SEEN_MAX
        return tuple(
            Inbox(code, tuple(one for one, whose in made if code in whose), whole)
            for code in members
        )

    def _message(self, one: Stated, replies: Iterable[Stated], sight: Sight, day: date) -> Message:
        answers = [reply for reply in replies if _answers(reply, one)]
        answers.sort(key=lambda reply: (reply.record.decided_on, reply.row.place))
        periods = windows(one.record, day)
        return Message(
            sight.view(one, self._charter),
            tuple(sight.view(reply, self._charter) for reply in answers),
            periods,
            _due(one.record, periods),
        )

    def _reaches(self, record: AnyRecord, member: str) -> bool:
        """Say whether a message names the member, or a division of its territory."""
        own = {member, *self._territory.get(member, ())} if member in self._territory else set()
        if isinstance(record, RiskAlert):
            places = () if record.territories is UNSET else record.territories
        else:
            places = (getattr(record, "territory", ""),)
        return any(place in own or city_of(place) in own for place in places)


def _answers(reply: Stated, one: Stated) -> bool:
    """Say whether a record answers a message: it names its log, id and entry."""
    target = reference_of(reply.record)
    if target is None or reply.row.type in MESSAGES:
        return False
    return (target.origin, target.entry) == (one.origin, one.entry.hex())


def _due(record: AnyRecord, periods: Iterable[Window]) -> date | None:
    """Return the last day on which to answer: as the message states it, else by its clock."""
    if isinstance(record, MeasureTask):
        return record.due_on
    if isinstance(record, ClueTransfer | RiskAlert):
        return None if record.answer_by is UNSET else record.answer_by
    return next((one.last for one in periods if one.kind == "show" and one.last), None)


def _order(message: Message) -> tuple[bool, date, int]:
    """What waits first, soonest due; then what is answered, the newest first."""
    decided = message.view.record.decided_on.toordinal()
    return not message.waits, message.due or date.max, -decided
