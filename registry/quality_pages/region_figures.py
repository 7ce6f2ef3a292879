"""The figures of the region, counted once: each of its three levels shows a part of the same.

Everybody may ask; what somebody may not see (desks, inboxes, cases, feeds) is None, never zero.
"""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Final

from registry.access.reads import Reads
from registry.domain.disclosure import Role
from registry.domain.divisions import city_of
from registry.exchange.feeds import Feeds, FeedState
from registry.ledger.quorum import Quorum
from registry.ledger.read import LogReader
from registry.quality.views import MemberQuality, Quality
from registry.query.alarms import Alarms
from registry.query.desk import Board, PushView, Standing
from registry.query.inbox import Message
from registry.query.standard_cases import CaseView
from registry.query.standards import LISTED
from registry.query.views import LogView, RulebookView
from registry.rules.model import in_force
from registry.standards.courses import CourseView
from signing.charter import Charter

RECOGNISED_MAX: Final = 200
"""Standards whose recognitions are looked at, so many at a time as a watch list holds."""
OF_THE_OFFICE: Final = frozenset({Role.REGION, Role.AUDITOR})
_LOOK_AGAIN: Final = frozenset({"to_review", "suspended"})


@dataclass(frozen=True, slots=True)
class Late:
    """What a member is late with, by kind; ``all`` is the one number of it."""

    pushes: int
    lifts: int
    messages: int
    cases: int

    @property
    def all(self) -> int:
        """Everything that is overdue."""
        return self.pushes + self.lifts + self.messages + self.cases


@dataclass(frozen=True, slots=True)
class Figures:
    """One member: its log and who has seen it, its rules, its data, and what it is late with."""

    log: LogView
    home: str
    quorum: Quorum | None
    adopted: int
    quality: MemberQuality | None
    reviews: int
    alarms: int
    desk: Standing | None
    late: Late | None


@dataclass(frozen=True, slots=True)
class Whole:
    """All of it: members in the order of their logs, and the items that the figures count."""

    members: tuple[Figures, ...]
    book: RulebookView | None
    agenda: tuple[CourseView, ...]
    looked_at: int
    """How many standards the agenda was made from; 0: from all of them."""
    alarms: Mapping[tuple[str, str], int]
    pushes: tuple[PushView, ...] = ()
    messages: tuple[tuple[str, Message], ...] = ()
    cases: tuple[CaseView, ...] = ()
    feeds: tuple[FeedState, ...] = ()
    whole: bool = True

    @property
    def late(self) -> int | None:
        """What all members together are late with; None for who may not see it."""
        known = [one.late.all for one in self.members if one.late is not None]
        return sum(known) if known else None

    @property
    def open_alarms(self) -> int:
        """Alarms that nobody has taken note of."""
        return sum(self.alarms.values())


@dataclass(frozen=True, slots=True)
class Sources:
    """What the figures are read from."""

    charter: Charter
    ledger: LogReader
    quality: Quality
    alarms: Alarms
    feeds: Feeds


async def whole_of(reads: Reads, sources: Sources) -> Whole:
    """Return all figures and items that the asker may see."""
    book, on = await reads.rulebook(), reads.today()
    agenda, looked = await agenda_of(reads, sources.quality)
    alarms = await sources.alarms.open()
    if reads.asker.grant.role not in OF_THE_OFFICE:
        members = await _members(reads, sources, book, (agenda, alarms, None))
        return Whole(members, book, agenda, looked, alarms)
    board, boxes = await reads.board(), await reads.inboxes()
    cases = await reads.standard_cases()
    messages = tuple(
        (box.member, one)
        for box in boxes
        for one in box.messages
        if one.waits and one.due is not None and one.due < on
    )
    late = tuple(one for one in cases.cases if one.standing.overdue and one.awaits_organ)
    lists = _Lists(board, messages, late)
    return Whole(
        await _members(reads, sources, book, (agenda, alarms, lists)),
        book,
        agenda,
        looked,
        alarms,
        board.overdue,
        messages,
        late,
        tuple(one for one in await sources.feeds.states() if one.counts.unconfirmed),
        board.whole and cases.whole and all(box.whole for box in boxes),
    )


@dataclass(frozen=True, slots=True)
class _Lists:
    board: Board
    messages: Sequence[tuple[str, Message]]
    cases: Sequence[CaseView]

    def of(self, member: str) -> tuple[Standing | None, Late]:
        """Return how a member's desk stands and what it is late with."""
        desk = next((one for one in self.board.members if one.member == member), None)
        codes = {member, *(one.member for one in self.board.members)}
        return desk, Late(
            0 if desk is None else desk.overdue,
            0 if desk is None else desk.lift_overdue,
            sum(code == member for code, _ in self.messages),
            sum(member_of(one.case.territory, codes) == member for one in self.cases),
        )


async def _members(
    reads: Reads,
    sources: Sources,
    book: RulebookView | None,
    found: tuple[Iterable[CourseView], Mapping[tuple[str, str], int], _Lists | None],
) -> tuple[Figures, ...]:
    agenda, alarms, lists = found
    agenda = tuple(agenda)
    homes = {party.code: party.home for party in sources.charter.parties}
    judged = {one.member: one for one in (await sources.quality.region()).members}
    members: list[Figures] = []
    logs = await reads.logs()
    codes = {log.member for log in logs}
    for log in logs:
        desk, late = (None, None) if lists is None else lists.of(log.member)
        members.append(
            Figures(
                log,
                homes.get(log.member, ""),
                await sources.ledger.quorum(log.origin),
                adopted(book, log.member, reads.today()),
                judged.get(log.member),
                sum(member_of(one.territory, codes) == log.member for one in agenda),
                sum(number for (origin, _), number in alarms.items() if origin == log.origin),
                desk if log.member in judged else None,
                late if log.member in judged else None,
            )
        )
    return tuple(members)


def member_of(place: str, members: Collection[str]) -> str:
    """Return which of these members a place belongs to, '' for none."""
    return next((code for code in (place, city_of(place)) if code in members), "")


def adopted(book: RulebookView | None, member: str, on: date) -> int:
    """Count the rules that a member's adoptions put in force on a day."""
    if book is None:
        return 0
    rules = book.adoptions.of_member(member)
    return sum(in_force(some, on) is not None for some in rules.values())


async def agenda_of(reads: Reads, quality: Quality) -> tuple[tuple[CourseView, ...], int]:
    """Return the recognitions that were overtaken, are due for review, or stand suspended.

    And of how many standards they are, where only the first so many were looked at.
    """
    numbers = await quality.recognised(RECOGNISED_MAX + 1)
    looked, found = numbers[:RECOGNISED_MAX], []
    for start in range(0, len(looked), LISTED):
        view = await reads.standards.watch(looked[start : start + LISTED], reads.today())
        found += [
            course
            for one in view.watched
            for course in one.courses
            if course.kind == "recognition" and course.state in _LOOK_AGAIN
        ]
    return tuple(found), len(looked) if len(numbers) > len(looked) else 0
