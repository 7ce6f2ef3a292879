"""Who asks, in one request: his eyes, his purpose, his scope, and what is written down of it."""

import re
from collections.abc import Awaitable, Callable, Sequence
from typing import Final, TypeVar

from registry.access.asker import Asker
from registry.access.log import ANSWERED, OTHER_PURPOSE, AccessLine, AccessLog, under
from registry.access.purpose import for_purpose, purpose_missing
from registry.access.scope import other_matter, other_territory
from registry.domain.disclosure import Role
from registry.domain.grants import OF_DEPARTMENT
from registry.errors import Refusal
from registry.query.reader import Reader
from registry.query.views import Viewer
from search.names import normalise
from search.query import Query

T = TypeVar("T")
AT_A_MEMBER: Final = OF_DEPARTMENT | {Role.PUBLISHER, Role.REGULATOR}
OF_THE_REGION: Final = frozenset({Role.REGION, Role.AUDITOR})
"""They look at all members."""
_OF_A_FILE: Final = frozenset({"file", "decision", "relations"})
_SUBJECT: Final = re.compile("[0-9a-f]{32}")


class Asking:
    """What every part of `registry.access.reads.Reads` rests on; made anew for each request."""

    def __init__(self, reader: Reader, asker: Asker, log: AccessLog) -> None:
        """Take what answers, who asks, and where that is written down."""
        self._reader = reader
        self._log = log
        self._written: set[str] = set()
        self._seeing: Viewer | None = None
        self.asker = asker

    async def _told(
        self,
        kind: str,
        subject: str,
        place: str,
        ask: Callable[[], Awaitable[T]],
        about: Callable[[T], str] | None = None,
    ) -> T:
        """Ask, and write down what came of it; what the public asks is nobody's business.

        ``about`` tells whom an answer is about where that is not known before.
        """
        if not self.asker.known:
            return await ask()
        try:
            answer = await ask()
        except Refusal as refusal:
            await self._write(kind, subject, place, refusal.detail_code)
            raise
        told = about(answer) if about else subject
        await self._write(kind, told, place, ANSWERED, under(answer, told, await self._eyes()))
        return answer

    async def _eyes(self) -> Viewer:
        """Return what the asker's credential is worth for his purpose, asked once for a request."""
        if self._seeing is None:
            found = await self._reader.eyes(self.asker.viewer)
            self._seeing, others = for_purpose(found, self.asker.purpose)
            if others:
                subject = found.subject
                await self.write("authorisation", OTHER_PURPOSE, subject=subject, place=others)
        return self._seeing

    async def _write(
        self, kind: str, subject: str, place: str, outcome: str, under: str = ""
    ) -> None:
        """Write a row, for a subject's file only one: a page asks for its parts one by one."""
        if kind in _OF_A_FILE and outcome == ANSWERED:
            if subject in self._written:
                return
            self._written.add(subject)
        await self.write(kind, outcome, subject=subject, place=place, under=under)

    async def write(
        self, kind: str, outcome: str, *, subject: str = "", place: str = "", under: str = ""
    ) -> None:
        """Write a row of the access log about this asker."""
        asker, grant = self.asker, self.asker.grant
        known = subject if _SUBJECT.fullmatch(subject) else ""
        asked = (asker.who, grant.role, grant.member, asker.purpose)
        await self._log.write(AccessLine(*asked, kind, known, place, outcome, under))

    def _log_text(self, query: Query) -> str:
        """Return what stands for the words of a search: enough to see that they were the same."""
        return self._log.keyed("search", normalise(query.text).exact) if self.asker.known else ""

    async def _for_a_purpose(self, subject: str = "") -> None:
        """Refuse a read that must say what it is for; one's own file has any of one's codes."""
        grant = self.asker.grant
        if self.asker.purpose:
            return
        own = (await self._eyes()).own(subject)
        if grant.needs_purpose(grant.subject if own else subject):
            raise purpose_missing()

    async def _in_scope(self, subject: str, territories: Sequence[str], matter: str) -> None:
        await self._for_a_purpose(subject)
        grant = self.asker.grant
        if not all(grant.in_place(territory) for territory in territories):
            raise other_territory(grant, self.asker.who)
        if not grant.in_matter(matter):
            raise other_matter(grant, self.asker.who)
