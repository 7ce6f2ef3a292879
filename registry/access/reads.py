"""What one asker reads: with his eyes, inside his scope, for his purpose, and written down.

Pages and interface read about subjects through this alone, so none of them can forget who asks. A
read by anybody but the public becomes a row of the access log before its answer leaves, whether
what was read is public or not: a row only for the rest would tell what the rest is.
"""

import re
from collections.abc import Collection, Sequence
from dataclasses import replace
from datetime import date
from operator import attrgetter
from typing import Final, TypeVar

from registry.access.asking import AT_A_MEMBER, OF_THE_REGION
from registry.access.list_reads import ListReads
from registry.access.own import OwnFile, own_file
from registry.access.report_reads import ReportReads
from registry.access.scope import in_scope
from registry.access.standard_reads import StandardReads, in_place
from registry.access.suggest_reads import SuggestReads
from registry.access.text_reads import TextReads
from registry.domain.disclosure import Role
from registry.domain.grants import OF_MEMBER
from registry.errors import NotGrantedRefusal, UnauthorisedRefusal
from registry.query.cases import JointCases
from registry.query.desk import Board, Desk, Propagation
from registry.query.impacts import ImpactView
from registry.query.inbox import Inbox
from registry.query.standards import Standards
from registry.query.views import (
    Coverage,
    DecisionAnswer,
    FindAnswer,
    LogView,
    RecordDetail,
    Relations,
    RulebookView,
    SubjectFile,
)
from search.query import Query

T = TypeVar("T")
LOOKS_AT_WAYS: Final = AT_A_MEMBER | OF_THE_REGION  # how far a record has come in each member
_OF_DRAFTS: Final = frozenset({Role.REGION, Role.REGULATOR, Role.AUDITOR})
_ORIGIN: Final = re.compile("[a-z0-9.-]{1,200}/[a-z0-9-]{1,100}")


class Reads(StandardReads, ListReads, TextReads, SuggestReads, ReportReads):
    """The read side for one request; made anew for each."""

    @property
    def standards(self) -> Standards:
        """What is asked about standards: answered as to the public, so nothing is written down."""
        return self._reader.standards

    def today(self) -> date:
        """Return the day that is asked about where no other is named."""
        return self._reader.today()

    async def find(self, query: Query, states: Collection[str] = ()) -> FindAnswer:
        """Find subjects; raises as :meth:`registry.query.reader.Reader.find`, and as below."""

        async def ask() -> FindAnswer:
            await self._for_a_purpose()
            return await self._reader.find(query, await self._eyes(), states)

        return await self._told("search", "", self._log_text(query), ask)

    async def subject_file(self, subject_id: str, on: date) -> SubjectFile:
        """Return a subject's file as of a date.

        Raises:
            NotFoundRefusal: nothing about it may be shown to this asker, or it never existed.
            PurposeRefusal: his role must say what it reads for.
        """

        async def ask() -> SubjectFile:
            await self._for_a_purpose(subject_id)
            return await self._reader.subject_file(subject_id, await self._eyes(), on)

        return await self._told("file", subject_id, "", ask)

    async def relations(self, subject_id: str, on: date) -> Relations:
        """Return who else a subject has to do with; raises as :meth:`subject_file`."""

        async def ask() -> Relations:
            await self._for_a_purpose(subject_id)
            return await self._reader.relations(subject_id, await self._eyes(), on)

        return await self._told("relations", subject_id, "", ask)

    async def decide(
        self,
        subject_id: str,
        territory: str,
        matter: str,
        organ_kind: str,
        on: date,
        *,
        known_on: date | None = None,
    ) -> DecisionAnswer:
        """Return 措施适用提示; raises as :meth:`decided_file`."""

        async def ask() -> DecisionAnswer:
            await self._in_scope(subject_id, (territory,), matter)
            asked = (subject_id, territory, matter, organ_kind, on)
            return await self._reader.decide(*asked, await self._eyes(), known_on=known_on)

        return await self._told("decision", subject_id, "", ask)

    async def decision_file(self, answer: DecisionAnswer) -> bytes:
        """Return the file of an answer that was just given to this asker."""
        return await self._reader.decision_file(answer)

    async def decided_file(
        self, subject_id: str, territories: Sequence[str], matter: str, organ_kind: str, on: date
    ) -> tuple[SubjectFile, tuple[DecisionAnswer, ...]]:
        """Return a subject's file and a decision for each territory, of one moment.

        Raises:
            NotGrantedRefusal: a territory or the matter is outside the asker's scope.
            Refusal: as :meth:`subject_file` and :meth:`registry.query.reader.Reader.decide`.
        """

        async def ask() -> tuple[SubjectFile, tuple[DecisionAnswer, ...]]:
            await self._in_scope(subject_id, territories, matter)
            asked = (subject_id, territories, matter, organ_kind, on)
            return await self._reader.decided_file(*asked, await self._eyes())

        return await self._told("file", subject_id, "", ask)

    async def record(self, origin: str, idx: int, on: date) -> RecordDetail:
        """Return a record with its proof; raises GoneRefusal for all that may not be shown.

        A business reads its own records without a purpose: whose a record is, is known only when it
        was found, so it is asked for afterwards, and what is hidden stays as if it never were.
        """

        async def ask() -> RecordDetail:
            own = self.asker.grant.role is Role.BUSINESS
            if not own:
                await self._for_a_purpose()
            detail = await self._reader.record(origin, idx, await self._eyes(), on)
            if own:
                await self._for_a_purpose(detail.view.subject_id)
            return detail

        place = f"{origin}/{idx}" if _ORIGIN.fullmatch(origin) else ""
        return await self._told("record", "", place, ask, attrgetter("view.subject_id"))

    async def own(self) -> OwnFile:
        """Return the asker's own file as of today, with who has looked.

        Raises:
            UnauthorisedRefusal: nobody is known to ask.
            NotGrantedRefusal: he reads for no subject of his own.
            NotFoundRefusal: nothing is recorded about it.
        """
        asker = self.asker
        if not asker.known:
            raise UnauthorisedRefusal(
                "请先登录，或出示本企业的凭据。",
                "Sign in first, or show the credential of your own enterprise.",
                code="no-credential",
            )
        if asker.grant.role is not Role.BUSINESS:
            raise NotGrantedRefusal(
                "本页仅供信用主体查阅自己的信息。",
                "A subject's own file is for the subject.",
                code="not-a-subject",
                who=asker.who,
            )
        subject, on = asker.grant.subject, self.today()
        file = await self.subject_file(subject, on)
        ids = (await self._eyes()).subjects
        return own_file(file, on, await self._log.of_subject(ids), ids)

    async def own_ids(self) -> frozenset[str]:
        """Return all ids of the subject that the asker reads for; none where he reads for none."""
        return (await self._eyes()).subjects if self.asker.known else frozenset()

    async def inbox(self) -> Inbox:
        """Return what was sent to the asker's member; of cases those in his territories.

        Raises:
            UnauthorisedRefusal: nobody is known to ask.
            NotGrantedRefusal: he works at no member, or only handles tenders and purchases.
        """
        member = self._at_work(
            AT_A_MEMBER,
            "收件箱仅供成员地区的报送、审核和监管人员查阅。",
            "An inbox is for the clerks, reviewers and regulators of its member.",
            "no-inbox",
        )
        box = await self._told("inbox", "", member, lambda: self._reader.inbox(member))
        return replace(box, cases=in_place(box.cases, self.asker.grant))

    async def desk(self, after: str = "") -> Desk:
        """Return a page of what the asker's member is asked to consider and has to lift.

        Whoever acts in territories and matters sees his own; raises as :meth:`inbox`, and
        MalformedRefusal for what is no cursor.
        """
        member = self._at_work(
            AT_A_MEMBER,
            "措施工作台仅供成员地区的报送、审核和监管人员查阅。",
            "The desk of measures is for the clerks, reviewers and regulators of its member.",
            "no-desk",
        )
        desk = await self._told("desk", "", member, lambda: self._reader.desk(member, after))
        return in_scope(desk, self.asker.grant)

    async def board(self) -> Board:
        """Return how all desks stand; raises UnauthorisedRefusal and NotGrantedRefusal."""
        self._for_the_region()
        return await self._told("board", "", "", self._reader.board)

    async def inboxes(self) -> tuple[Inbox, ...]:
        """Return the inboxes of all members, without cases; raises as :meth:`board`."""
        self._for_the_region()
        return await self._told("inboxes", "", "", self._reader.inboxes)

    async def joint_cases(self) -> JointCases:
        """Return how often measures were used; raises as :meth:`board`."""
        self._for_the_region()
        return await self._told("joint-cases", "", "", self._reader.joint_cases)

    async def propagation(self, origin: str, idx: int) -> Propagation:
        """Return the way of one cause through the region.

        Raises:
            GoneRefusal: the cause may not be shown, or never was.
            Refusal: as :meth:`inbox`; the region office and the auditor may look too.
        """
        self._at_work(
            LOOKS_AT_WAYS,
            "信息的联动情况仅供成员地区工作人员、区域办公室和审计人员查阅。",
            "How far a record has come is for members' staff, the region office and auditors.",
            "no-propagation",
        )

        async def ask() -> Propagation:
            await self._for_a_purpose()
            return await self._reader.propagation(origin, idx, self.asker.viewer)

        place = f"{origin}/{idx}" if _ORIGIN.fullmatch(origin) else ""
        return await self._told("propagation", "", place, ask, lambda found: found.subject_id)

    async def using(
        self, subject_id: str, territory: str, matter: str, organ_kind: str, on: date
    ) -> tuple[SubjectFile, DecisionAnswer]:
        """Return the file and the decision that the use of a measure is recorded by.

        Raises as :meth:`decided_file`, and NotGrantedRefusal for who handles no matters.
        """
        self._at_work(
            OF_MEMBER,
            "措施使用情况由成员地区的办理机关记录。",
            "The use of a measure is recorded by the organs of the members.",
            "no-use",
        )
        asked = (subject_id, (territory,), matter, organ_kind, on)
        file, (decided,) = await self.decided_file(*asked)
        return file, decided

    def _for_the_region(self) -> None:
        self._at_work(
            OF_THE_REGION,
            "区域总览仅供区域办公室和审计人员查阅。",
            "The region's view is for the region office and auditors.",
            "no-board",
        )

    def _at_work(self, roles: Collection[Role], zh: str, en: str, code: str) -> str:
        """Return the asker's member, if he has one of these roles.

        Raises:
            UnauthorisedRefusal: nobody is known to ask.
            NotGrantedRefusal: he has none of them.
        """
        asker = self.asker
        if not asker.known:
            raise UnauthorisedRefusal(
                "请先登录，或出示本成员地区的凭据。",
                "Sign in first, or show a credential of your member.",
                code="no-credential",
            )
        if asker.grant.role not in roles:
            raise NotGrantedRefusal(zh, en, code=code, who=asker.who)
        return asker.grant.member

    def at_work(self) -> str:
        """Return the member whose acts the asker prepares; raises as :meth:`inbox`."""
        return self._at_work(
            AT_A_MEMBER,
            "采纳和暂停规则由成员地区的工作人员办理。",
            "Rules are adopted and suspended by the staff of members.",
            "no-acts",
        )

    async def drafting(self) -> RulebookView | None:
        """Return the rulebook in force to who prepares the next; raises as :meth:`impact`."""
        self._for_drafts()
        return await self._told("drafting", "", "", self._reader.rulebook)

    def _for_drafts(self) -> None:
        self._at_work(
            _OF_DRAFTS,
            "本页仅供区域合作办公室和成员地区机关查阅。",
            "This page is for the region office and the organs of members.",
            "no-impact",
        )

    async def impact(self) -> ImpactView | None:
        """Return what a draft would change, and for whom.

        Raises:
            UnauthorisedRefusal: nobody is known to ask.
            NotGrantedRefusal: he is neither of the region office nor of an organ.
        """
        self._for_drafts()
        viewer = self.asker.viewer
        return await self._told("impact", "", "", lambda: self._reader.impact(viewer))

    async def logs(self) -> tuple[LogView, ...]:
        """Return the logs this node holds; they are public, as are the two below."""
        return await self._reader.logs()

    async def coverage(self) -> Coverage:
        """Return what an answer would span now."""
        return await self._reader.coverage()

    async def rulebook(self, on: date | None = None) -> RulebookView | None:
        """Return the rulebook in force on a date."""
        return await self._reader.rulebook(on)
