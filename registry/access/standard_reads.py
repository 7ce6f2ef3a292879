"""What one asker reads about standards beside the one question: entry, cases, comparisons."""

from dataclasses import dataclass
from typing import TypeVar

from registry.access.asking import AT_A_MEMBER, OF_THE_REGION, Asking
from registry.domain.disclosure import Role
from registry.domain.divisions import city_of
from registry.domain.grants import Grant
from registry.domain.records.standards import StandardComparison
from registry.errors import GoneRefusal, NotGrantedRefusal, UnauthorisedRefusal
from registry.query.entry import EntryAnswer
from registry.query.standard_cases import Cases, CaseView
from registry.query.views import RecordDetail
from registry.standards.access_model import Demand, EntryAsk
from registry.standards.compare import Summary, summarise

T = TypeVar("T")


class StandardReads(Asking):
    """The part of `registry.access.reads.Reads` that is about standards."""

    async def entry(self, ask: EntryAsk) -> EntryAnswer:
        """Return whether an activity may be entered; raises MalformedRefusal ``bad-activity``."""

        async def asked() -> EntryAnswer:
            return await self._reader.entries.of(ask, await self._eyes())

        return await self._told("entry", "", ask.territory, asked)

    async def permit(self, detail: RecordDetail) -> Demand | None:
        """Return the item that a permit record belongs to; None for a record of another type.

        The record is one that this asker has just read.
        """
        return await self._reader.entries.permit(detail.view, await self._eyes())

    async def standard_cases(self) -> Cases:
        """Return the cases the asker has to do with: his member's, the region's, or his own.

        Raises:
            UnauthorisedRefusal: nobody is known to ask.
            NotGrantedRefusal: he works at no member, and reads for no subject of his own.
        """
        asker = self.asker
        if not asker.known:
            raise UnauthorisedRefusal(
                "请先登录，或出示凭据。",
                "Sign in first, or show a credential.",
                code="no-credential",
            )
        grant = asker.grant
        if grant.role in OF_THE_REGION:
            return await self._told("standard-cases", "", "", self._all_cases)
        if grant.role is Role.BUSINESS:
            return await self._told("standard-cases", grant.subject, "", self._own_cases)
        if grant.role not in AT_A_MEMBER:
            raise NotGrantedRefusal(
                "标准认可办理事项仅供成员地区工作人员、区域办公室、审计人员和申请人查阅。",
                "Cases about standards are for members' staff, the region office, auditors and"
                " whoever asked.",
                code="no-standard-cases",
                who=asker.who,
            )
        found = await self._told("standard-cases", "", grant.member, self._cases_at)
        return Cases(found.on, in_place(found.cases, grant), found.whole)

    async def _cases_at(self) -> Cases:
        return await self._reader.standard_cases.at(self.asker.grant.member)

    async def _all_cases(self) -> Cases:
        return await self._reader.standard_cases.all(await self._eyes())

    async def _own_cases(self) -> Cases:
        return await self._reader.standard_cases.own(await self._eyes())


@dataclass(frozen=True, slots=True)
class Compared:
    """A comparison as it was stated, and as it computes."""

    record: StandardComparison
    summary: Summary


def compared(detail: RecordDetail) -> Compared:
    """Return a comparison that was read, computed.

    Raises:
        GoneRefusal: the record is no comparison.
    """
    record = detail.view.record
    if not isinstance(record, StandardComparison):
        raise GoneRefusal(
            "该信息不是标准比对。",
            "This record is no comparison of standards.",
            code="no-comparison",
        )
    return Compared(record, summarise(record))


def in_place(cases: tuple[CaseView, ...], grant: Grant) -> tuple[CaseView, ...]:
    """Keep what lies in the territories that somebody acts in; a district lies in its city."""
    return tuple(
        one
        for one in cases
        if grant.in_place(one.case.territory) or grant.in_place(city_of(one.case.territory))
    )
