"""Who may take a report, about whom: a subject about itself, or whom its own record authorises."""

from dataclasses import replace
from typing import Final

from registry.access.asking import Asking
from registry.access.log import ANSWERED
from registry.access.purpose import for_purpose
from registry.domain.disclosure import Role
from registry.domain.grants import OF_SUBJECT
from registry.errors import NotFoundRefusal, UnauthorisedRefusal
from registry.query.file import not_found
from registry.query.reader import Reader
from registry.query.views import Viewer

REPORT: Final = "report"
"""The kind of a row of the access log about a report; its place is the report's code."""
_NAMED_MAX: Final = 20


class ReportReads(Asking):
    """The part of `registry.access.reads.Reads` that is about reports."""

    def for_report(self) -> None:
        """Make sure that the asker reads for a subject; raises as :meth:`to_report`."""
        if not self.asker.known:
            raise UnauthorisedRefusal(
                "请先登录，或出示信用主体或其授权单位的凭据。",
                "Sign in first, or show a credential of the subject or of whom it has authorised.",
                code="no-credential",
            )
        if self.asker.grant.role not in OF_SUBJECT:
            raise not_found()

    async def to_report(self, purpose: str) -> Viewer:
        """Return the eyes a report is made with, for a purpose; what is refused is written down.

        Raises:
            UnauthorisedRefusal: nobody is known to ask.
            NotFoundRefusal: he reads for no subject, or none has authorised him for this purpose:
                as for a subject that never existed.
        """
        self.asker, self._seeing = replace(self.asker, purpose=purpose), None
        try:
            self.for_report()
            return await reporting(self._reader, self.asker.viewer, purpose)
        except NotFoundRefusal as refusal:
            await self.reported(refusal.detail_code)
            raise

    async def reported(self, outcome: str = ANSWERED, code: str = "", places: str = "") -> None:
        """Write down that a report was taken, or handed out again, or refused."""
        subject = self.asker.grant.subject
        await self.write(REPORT, outcome, subject=subject, place=code, under=places)

    async def subjects(self) -> frozenset[str]:
        """Return all ids of the subject that the asker reads for; none for who reads for no one."""
        return (await self._reader.eyes(self.asker.viewer)).subjects


async def reporting(reader: Reader, viewer: Viewer, purpose: str) -> Viewer:
    """Return a viewer with what he may take a report for; raises NotFoundRefusal if nothing."""
    eyes, _ = for_purpose(await reader.eyes(viewer), purpose)
    if eyes.role is Role.THIRD_PARTY and not eyes.authorisations:
        raise not_found()
    return eyes


def places_of(viewer: Viewer) -> str:
    """Return the places of what authorises a report, as the access log has them."""
    return " ".join(one.place for one in viewer.authorisations[:_NAMED_MAX])
