"""Taking objections in: from a subject to its own records, or from a clerk at the counter."""

import secrets
from collections.abc import Collection
from dataclasses import replace
from datetime import date, datetime, timedelta
from typing import Final

from registry.access.asker import Asker
from registry.clock import SHANGHAI, Clock, today
from registry.domain.disclosure import Role
from registry.domain.records import KINDS, TYPE_OF, AnyRecord
from registry.domain.records.titles import title_of
from registry.errors import NotGrantedRefusal, TooManyRefusal, UnauthorisedRefusal
from registry.objections import letters
from registry.objections.model import (
    Wish,
    checked,
    contents_of,
    file_of,
    no_such,
    not_now,
    not_own,
)
from registry.objections.terms import until
from registry.query.views import RecordView
from registry.store.engine import Database
from registry.store.objections import (
    COUNTER_A_DAY,
    FILES_MAX,
    OWN_A_DAY,
    Changes,
    Done,
    Filing,
    KeptLetter,
    KeptObjection,
    ObjectionStore,
)
from registry.workbench.desk import Workbench
from registry.workbench.model import Staff

_HEADLINE_MAX: Final = 200
KEPT_DAYS: Final = 184
"""Days after the end for which what was written and sent is kept: as long as somebody may sue over
the answer (行政诉讼法 46: six months, read second hand)."""
_DAY: Final = 86_400


class Intake:
    """What is done before anybody handles an objection; of others nobody learns anything."""

    def __init__(self, db: Database, bench: Workbench, clock: Clock) -> None:
        """Take the database, the web desk that seals, and the time."""
        self.store = ObjectionStore(db)
        self._bench = bench
        self._clock = clock

    async def file_own(self, asker: Asker, view: RecordView, wish: Wish) -> Filing:
        """Take an objection of a subject to one of its own records.

        Raises:
            UnauthorisedRefusal: nobody is known to ask.
            NotGrantedRefusal: he reads for no subject of his own (``not-a-subject``).
            MalformedRefusal: the form is not whole (``objection-incomplete``), or it is nothing
                that can be disputed (``not-disputable``).
            TooManyRefusal: so many were filed today.
        """
        return await self._file(own_subject(asker), asker.who, view, wish, counter=False)

    async def file_at_counter(self, staff: Staff, view: RecordView, wish: Wish) -> Filing:
        """Take an objection that a subject brings to the counter of its record's member.

        Raises:
            NotGrantedRefusal: ``other-role``.
            GoneRefusal: another member's record; of a measure another's territory.
            Refusal: as :meth:`file_own`.
        """
        staff.must(Role.CLERK, Role.REVIEWER)
        theirs = wish.territory.strip() if wish.about == "measure" else view.member
        if theirs != staff.member:
            raise not_own()
        return await self._file(view.subject_id, staff.who, view, wish, counter=True)

    async def of_subject(self, asker: Asker, subjects: Collection[str]) -> list[KeptObjection]:
        """Return the objections of whoever asks for his own; raises as :meth:`file_own`."""
        return await self.store.of_subject(sorted({own_subject(asker), *subjects}))

    async def own(self, asker: Asker, subjects: Collection[str], objection: str) -> KeptObjection:
        """Return one of his own; raises NotFoundRefusal, also for one of others."""
        one = await self.store.find(objection)
        if one is None or one.subject not in {own_subject(asker), *subjects}:
            raise no_such()
        return one

    async def give_up(self, asker: Asker, one: KeptObjection, seen: int) -> None:
        """Let a subject take its objection back, as long as nobody has decided to accept it.

        Raises:
            MalformedRefusal: it was accepted meanwhile (``gone-on``).
        """
        changes = self.closing()
        changes |= {"outcome": "given_up", "pending": "", "draft": ""}
        done = Done(self._clock.now(), asker.who, asker.grant.role.value, "given-up")
        fits = one.stage == "received" and one.version == seen
        if not fits or not await self.store.change(one, changes, done):
            raise not_now(
                "该异议已在办理，请与受理单位联系。",
                "It is being handled by now: turn to whoever handles it.",
                "gone-on",
            )

    async def add_file(
        self, who: tuple[str, str], one: KeptObjection, name: str, body: bytes
    ) -> None:
        """Take a file for an objection that is not decided; ``who`` is name and role for the log.

        Raises:
            MalformedRefusal: it is none of the kinds (``file-unfit``), there are so many already
                (``too-many-files``), or it is decided (``gone-on``).
        """
        file = file_of(name, body)
        if one.stage not in {"received", "accepted"}:
            raise not_now("该异议已作出处理。", "It has been decided by now.", "gone-on")
        done = Done(self._clock.now(), *who, "file-added")  # not its name: the log is kept
        if not await self.store.add_file(one, file, done):
            raise not_now(
                f"附件最多 {FILES_MAX} 个。", f"At most {FILES_MAX} files.", "too-many-files"
            )

    def closing(self) -> Changes:
        """Return what changes when an objection is closed today."""
        on = today(self._clock)
        until_when = self._clock.now() + timedelta(days=KEPT_DAYS)
        return {"stage": "closed", "closed_on": on, "kept_until": until_when}

    def names(self, one: KeptObjection) -> tuple[str, str]:
        """Return the names of the member that handles it and of the measure's place."""
        return self._name(one.member), self._name(one.territory) if one.territory else ""

    def _name(self, member: str) -> str:
        """Return a member's name; the code of one that has left the region."""
        return {one.code: one.name for one in self._bench.charter.parties}.get(member, member)

    async def _file(
        self, subject: str, who: str, view: RecordView, wish: Wish, *, counter: bool
    ) -> Filing:
        wish = checked(wish, frozenset(party.code for party in self._bench.charter.parties))
        if KINDS[TYPE_OF[type(view.record)]].family != "fact":
            raise not_now(
                "对该信息不能提出异议；请对其所依据的信息提出。",
                "This cannot be disputed by itself: object to the record that it is about.",
                "not-disputable",
            )
        on, now = today(self._clock), self._clock.now()
        one = replace(_about(view, wish, on, now), subject=subject, filed_by=who, counter=counter)

        def numbered(count: int) -> tuple[str, KeptLetter]:
            number = letters.number_of(on.year, one.member, count)
            given = replace(one, number=number)
            return number, letters.write("filed", given, self.names(one), (now, on))

        role = Role.CLERK if counter else Role.BUSINESS
        done = Done(now, who, role.value, "filed")
        filing = await self.store.file(one, contents_of(wish), numbered, done)
        if filing is None:
            most = COUNTER_A_DAY if counter else OWN_A_DAY
            raise TooManyRefusal(
                f"今日提出的异议已达 {most} 件，请明日再提。",
                f"{most} objections were filed today: go on tomorrow.",
                _left_of_the_day(now),
                code="too-many-objections",
            )
        return filing


def own_subject(asker: Asker) -> str:
    """Return the subject that somebody reads for.

    Raises:
        UnauthorisedRefusal: nobody is known to ask.
        NotGrantedRefusal: he reads for no subject of his own (``not-a-subject``).
    """
    if not asker.known:
        raise UnauthorisedRefusal(
            "请先登录，或出示凭据。", "Sign in first, or show a credential.", code="no-credential"
        )
    if asker.grant.role is not Role.BUSINESS:
        raise NotGrantedRefusal(
            "异议由信用主体本人提出，或者在受理窗口登记。",
            "An objection is filed by the subject itself, or at the counter.",
            code="not-a-subject",
            who=asker.who,
        )
    return asker.grant.subject


def _about(view: RecordView, wish: Wish, on: date, now: datetime) -> KeptObjection:
    """Return a new objection to a record, with its first two terms."""
    record, measure = view.record, wish.about == "measure"
    return KeptObjection(
        id=secrets.token_hex(16),
        number="",
        member=wish.territory if measure else view.member,
        department="" if measure else record.authority.name,
        subject="",
        name=record.subject.name,
        origin=view.origin,
        idx=view.idx,
        record_id=record.id,
        headline=_headline(record),
        organ=record.authority.name,
        about=wish.about,
        measure=wish.measure,
        territory=wish.territory,
        received_on=on,
        filed_at=now,
        filed_by="",
        counter=False,
        accept_by=until("accept", on).day,
        decide_by=until("decide", on).day,
        version=1,
        stage="received",
        pending="",
        draft="",
        extended=False,
        forwarded="",
        reply_by=None,
        reply="",
        mark_by=None,
        mark_idx=None,
        mark_at="",
        outcome="",
        consequence="",
        decided_on=None,
        outcome_idx=None,
        outcome_at="",
        correct_by=None,
        correct_idx=None,
        correct_at="",
        closed_on=None,
        kept_until=None,
    )


def _headline(record: AnyRecord) -> str:
    kind = KINDS[TYPE_OF[type(record)]].zh
    title = title_of(record)
    return (f"{kind}（{title}）" if title else kind)[:_HEADLINE_MAX]


def _left_of_the_day(now: datetime) -> int:
    local = now.astimezone(SHANGHAI)
    return _DAY - (local.hour * 3_600 + local.minute * 60 + local.second)
