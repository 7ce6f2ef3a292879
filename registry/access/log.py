"""The access log of a running node: rows are written together, and before any answer leaves."""

import asyncio
import hmac
import logging
from collections.abc import AsyncIterator, Collection, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from hashlib import sha256
from typing import Final

import asyncpg

from registry.clock import Clock, today
from registry.domain.records import TYPE_OF
from registry.query.views import FindAnswer, RecordDetail, Viewer
from registry.store.access import AccessLine, AccessRow, AccessStore, Looks

__all__ = ["AccessLine", "AccessLog", "AccessRow", "Looks", "under"]
ANSWERED: Final = "answered"
OTHER_PURPOSE: Final = "other-purpose"
"""The outcome of a row about authorisations that do not count: they were given for another one."""
CREDENTIAL: Final = "credential"
"""The kind of a row about a credential that was refused before anything was read."""
ROWS_MAX: Final = 1_000
"""Rows of one answer, and of one transaction."""
LOOKS_MAX: Final = 1_000
_NAMED_MAX: Final = 20
"""Authorisations named in one row, the latest first; who has more has them for the same party."""
LOOK: Final = 60.0
"""Seconds between two looks whether a new day has begun, or whether an erasure now succeeds."""
_KEYED: Final = 32
_log = logging.getLogger(__name__)


@dataclass(eq=False, slots=True)
class _Waiting:
    at: datetime
    kept_until: datetime
    line: AccessLine
    written: bool = False


class AccessLog:
    """Writes who read what, and answers the auditor and the subject about it."""

    def __init__(self, store: AccessStore, clock: Clock, secret: bytes, days: int) -> None:
        """Take where it is kept, the time, the node's key for digests, and the days it is kept."""
        self._store = store
        self._clock = clock
        self._secret = secret
        self._kept = timedelta(days=days)
        self._waiting: list[_Waiting] = []
        self._turn = asyncio.Lock()

    def keyed(self, *parts: str) -> str:
        """Return a digest that only this node can make: equal texts are seen to be equal, no more.

        32 hex digits of HMAC-SHA256 over the parts, each with its length.
        """
        text = "".join(f"{len(part)}:{part}" for part in parts)
        return hmac.new(self._secret, text.encode(), sha256).hexdigest()[:_KEYED]

    async def write(self, line: AccessLine) -> None:
        """Write a row; when this returns it is stored, and if it cannot be this raises.

        Whoever comes first writes for all who wait meanwhile: one transaction, one link after the
        other. If that fails, the others try again themselves, and no row of theirs is lost.
        """
        now = self._clock.now()
        mine = _Waiting(now, now + self._kept, line)
        self._waiting.append(mine)
        try:
            async with self._turn:
                while not mine.written:
                    await self._write_some()
        finally:
            if not mine.written:
                self._waiting.remove(mine)

    async def _write_some(self) -> None:
        rows = self._waiting[:ROWS_MAX]
        await self._store.append([(row.at, row.kept_until, row.line) for row in rows])
        for row in rows:
            row.written = True
        self._waiting = [row for row in self._waiting if not row.written]

    async def rows(self, after: int, limit: int) -> tuple[AccessRow, ...]:
        """Return rows that follow a number, in their order, at most ``ROWS_MAX``."""
        return await self._store.after(after, min(limit, ROWS_MAX))

    async def of_subject(self, ids: Collection[str]) -> Sequence[Looks]:
        """Return who has looked at a subject: counts by role, member, purpose and month; no names.

        ``ids`` are all of the subject's, each of 32 hex digits; the latest month comes first, at
        most ``LOOKS_MAX``.
        """
        return await self._store.looks(ids, LOOKS_MAX)

    @asynccontextmanager
    async def erasing(self) -> AsyncIterator[None]:
        """Erase what is past its time while the block runs: at its beginning, and on each new day.

        No answer waits for it.
        """
        task = asyncio.create_task(self._erase_daily())
        try:
            yield
        finally:
            task.cancel()
            await asyncio.gather(task, return_exceptions=True)

    async def _erase_daily(self) -> None:
        """Erase once a day, for ever; a failure is logged and tried again at the next look."""
        erased_on: date | None = None
        while True:
            if erased_on != (day := today(self._clock)):
                try:
                    await self._store.erase_old()
                    erased_on = day
                except (OSError, asyncpg.PostgresError, asyncpg.InterfaceError) as error:
                    _log.error("rows past their time are not erased yet: %s", error)
            await asyncio.sleep(LOOK)


def under(answer: object, subject: str, viewer: Viewer) -> str:
    """Return the places of the authorisations that an answer to a third party rests on."""
    found = {hit.subject_id for hit in answer.hits} if isinstance(answer, FindAnswer) else {subject}
    if found.isdisjoint(viewer.subjects):
        return ""
    used = viewer.authorisations
    if isinstance(answer, RecordDetail):
        section = TYPE_OF[type(answer.view.record)]
        used = tuple(one for one in used if section in one.sections)
    return " ".join(one.place for one in used[:_NAMED_MAX])
