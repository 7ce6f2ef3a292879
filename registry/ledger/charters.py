"""The charter of a node: the versions that it has accepted, and how it takes over a later one.

What is stored is verified as a chain from the first version at each start, and what is added must
go on from it. A version that is there is never replaced: an older one given again changes nothing,
another one of the same number is a fork, and refused by its name.
"""

import asyncio
import logging
from collections.abc import AsyncIterator, Callable, Iterable
from contextlib import asynccontextmanager
from datetime import datetime
from typing import Final

import asyncpg

from registry.clock import Clock, today
from registry.errors import CharterEndedRefusal, NodeError
from registry.store.charters import CharterStore
from registry.store.engine import Database
from signing.charter import Charter
from signing.charters import Chain, open_chain
from signing.errors import CharterError, SigningError

LOOK_EVERY: Final = 2.0
"""Seconds between two looks whether another process has adopted a version."""
Take = Callable[[Chain], None]

_log = logging.getLogger(__name__)


def check_in_force(charter: Charter, clock: Clock) -> None:
    """Raise CharterEndedRefusal after the last of the charter's days of grace in Asia/Shanghai."""
    standing = charter.standing(today(clock))
    if standing.state == "ended":
        extra = {
            "version": standing.version,
            "expires_on": standing.expires_on.isoformat(),
            "last_day": standing.last_day.isoformat(),
        }
        raise CharterEndedRefusal(standing.zh, standing.en, extra=extra)


class Charters:
    """The chain of versions that a node has accepted."""

    def __init__(self, db: Database, pinned: bytes = b"") -> None:
        """Take the open database, and the digest with which the chain must begin, if one is set."""
        self._store = CharterStore(db)
        self._pinned = pinned
        self.waiting = 0
        """The version that is stored, but that this process could not take over; 0 if none."""

    async def chain(self) -> Chain:
        """Return what is stored, verified from its first version on; raises SigningError."""
        return open_chain((), self._pinned, open_chain(await self._store.all()))

    async def note(self, version: int) -> bytes | None:
        """Return a stored version as it was signed, or None."""
        return await self._store.note(version)

    async def adopt(self, notes: Iterable[bytes], at: datetime) -> tuple[Chain, Chain]:
        """Verify charters as the continuation of what is stored, and store what is new.

        Returns the chain before and after; they are equal where nothing was new.

        Raises:
            SigningError: see ``signing.charters``; nothing was stored then.
        """
        before = await self.chain()
        after = open_chain(notes, self._pinned, before)
        for charter in after[len(before) :]:
            kept = await self._store.add(charter.version, charter.note, charter.digest, at)
            if kept != charter.digest:  # another process was faster, with another one
                detail = f"{charter.version}: {kept.hex()}, {charter.digest.hex()}"
                raise CharterError(code="charter-forked", detail=detail)
        return before, after

    @asynccontextmanager
    async def following(
        self, version: int, take: Take, every: float | None = None
    ) -> AsyncIterator[None]:
        """Hand later versions to ``take`` while the block runs, soon after they are adopted.

        ``take`` raises NodeError for one that this process cannot be run under.
        """
        task = asyncio.create_task(self._follow(version, take, every or LOOK_EVERY))
        task.add_done_callback(_ended)
        try:
            yield
        finally:
            task.cancel()
            await asyncio.gather(task, return_exceptions=True)

    async def _follow(self, version: int, take: Take, every: float) -> None:
        while True:
            await asyncio.sleep(every)
            try:
                newest = await self._store.newest()
                if newest > version:
                    version = newest  # said once, whatever comes of it
                    self.waiting = newest
                    take(await self.chain())
                    self.waiting = 0
                    _log.warning("charter version %d is in force", newest)
            except (SigningError, NodeError) as error:
                _log.error("charter version %d is not taken over: %s", version, error)
            except (OSError, asyncpg.PostgresError, asyncpg.InterfaceError) as error:
                _log.warning("whether there is a later charter is not known now: %s", error)


def _ended(task: asyncio.Task[None]) -> None:
    """Log what ended the watch, if it was not the end of the block: nothing looks at the task."""
    if not task.cancelled() and (error := task.exception()) is not None:
        _log.error("later charters are not looked for any more", exc_info=error)
