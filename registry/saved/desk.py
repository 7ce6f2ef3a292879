"""Saved searches as their owners have to do with them: save, list, look, mark as seen, remove."""

import secrets
from datetime import timedelta
from typing import Final

import msgspec

from registry.access.log import ANSWERED
from registry.access.reads import Reads
from registry.clock import Clock
from registry.errors import (
    MalformedRefusal,
    NotFoundRefusal,
    Refusal,
    TooLargeRefusal,
    UnauthorisedRefusal,
)
from registry.saved.looking import look
from registry.saved.model import Saved, SavedView, State, Told
from registry.standards.asked import number_of
from registry.standards.numbers import identity_of
from registry.store.engine import Database
from registry.store.owners import Owners
from registry.store.saved import KEPT_DAYS, KEPT_MAX, KeptSearch, SavedStore

KIND: Final = "saved"
"""The kind of a row of the access log about a saved search; its place is the search's id."""
PER_PAGE: Final = 20
"""Saved searches looked at for one page of the list."""
NAME_MAX: Final = 100
ASKED_MAX: Final = 10_000
"""Characters of a question with all its filters."""


class SavedSearches:
    """All that can be done with saved searches, each by its owner alone."""

    def __init__(self, db: Database, clock: Clock) -> None:
        """Take the open database, and the time."""
        self._clock = clock
        self._store = SavedStore(db)
        self._owners = Owners(db)

    async def save(self, reads: Reads, asked: Saved) -> SavedView:
        """Keep a question whose answer counts as seen; the same again is kept once.

        Raises:
            UnauthorisedRefusal: nobody is known to ask.
            TooLargeRefusal: the asker keeps too many (``too-many-searches``).
            Refusal: as the question itself, asked now.
        """
        owner, now = await self._owner(reads), self._clock.now()
        if len(asked.name) > NAME_MAX or not asked.name.isprintable():
            raise MalformedRefusal(
                f"名称最多 {NAME_MAX} 个字，且不含控制字符。",
                f"A name has at most {NAME_MAX} characters, and no control characters.",
                code="bad-name",
            )
        if asked.kind == "standard":  # however it is spelled, it is kept once
            asked = msgspec.structs.replace(asked, text=identity_of(number_of(asked.text)))
        text = msgspec.json.encode(asked).decode()
        if len(text) > ASKED_MAX:
            raise MalformedRefusal(
                "筛选条件过多或有误。", "Too many or malformed filters.", code="query-filter"
            )
        state, told = await look(reads, asked, None, now)
        seen = msgspec.json.encode(state).decode()
        until = now + timedelta(days=KEPT_DAYS)
        new = KeptSearch(secrets.token_hex(16), owner, text, now, until, 0, seen, seen)
        kept = await self._store.add(new)
        if kept is None:
            raise TooLargeRefusal(
                f"最多保存 {KEPT_MAX} 项关注，请先删除一些。",
                f"At most {KEPT_MAX} searches are saved: remove some first.",
                code="too-many-searches",
            )
        await reads.write(KIND, "saved", place=kept.id)
        return _view(kept, told=told)

    async def all(self, reads: Reads, page: int = 0) -> tuple[tuple[SavedView, ...], int]:
        """Return a page of the asker's searches, the newest first, and how many there are in all.

        Each is looked at; one that cannot be says why. Nothing is marked as seen.
        """
        owner, now = await self._owner(reads), self._clock.now()
        found = await self._store.of_owner(owner, now)
        some = found[page * PER_PAGE : (page + 1) * PER_PAGE]
        views = []
        for kept in some:
            asked, seen = _asked(kept)
            try:
                _, told = await look(reads, asked, seen, now)
                views.append(_view(kept, told=told))
            except Refusal as refusal:
                views.append(_view(kept, refusal=refusal))
        await self._store.used([kept.id for kept in some], now)
        await reads.write(KIND, ANSWERED)
        return tuple(views), len(found)

    async def view(self, reads: Reads, search: str) -> SavedView:
        """Return what is new since the asker marked it as seen.

        Raises:
            NotFoundRefusal: it is not the asker's, or never was; or nothing may be shown.
            Refusal: as the question itself.
        """
        kept, now = await self._kept(reads, search), self._clock.now()
        asked, seen = _asked(kept)
        state, told = await look(reads, asked, seen, now)
        number = await self._store.looked(kept.id, msgspec.json.encode(state).decode(), now)
        await reads.write(KIND, ANSWERED, place=kept.id)
        return _view(kept, told=told, look=number)

    async def mark(self, reads: Reads, search: str, number: int) -> None:
        """Count as seen what a look has told; what came after that look stays new.

        Raises:
            NotFoundRefusal: as :meth:`view`.
            MalformedRefusal: it has been looked at again since (``looked-again``).
        """
        kept = await self._kept(reads, search)
        if not await self._store.mark(kept.id, number, self._clock.now()):
            raise MalformedRefusal(
                "此后又查看过，请以最近一次查看为准再标记。",
                "It has been looked at again since: mark the latest look.",
                code="looked-again",
            )
        await reads.write(KIND, "seen", place=kept.id)

    async def remove(self, reads: Reads, search: str) -> None:
        """Remove a saved search; raises NotFoundRefusal as :meth:`view`."""
        kept = await self._kept(reads, search)
        await self._store.remove(kept.id)
        await reads.write(KIND, "removed", place=kept.id)

    async def _owner(self, reads: Reads) -> str:
        if not reads.asker.known:
            raise UnauthorisedRefusal(
                "保存查询须先登录，或出示凭据；查询本身无需登录。",
                "Sign in or show a credential to save a search; to search needs neither.",
                code="no-credential",
            )
        return await self._owners.of(reads.asker.who)

    async def _kept(self, reads: Reads, search: str) -> KeptSearch:
        """Return a saved search of the asker's; of another's he learns nothing."""
        owner = await self._owner(reads)
        kept = await self._store.find(search, self._clock.now())
        if kept is None or kept.owner != owner:
            raise NotFoundRefusal(
                "没有这项关注，或已过保存期。",
                "There is no such saved search, or its time is over.",
                code="no-saved-search",
            )
        return kept


def _asked(kept: KeptSearch) -> tuple[Saved, State]:
    asked = msgspec.json.decode(kept.asked, type=Saved)
    return asked, msgspec.json.decode(kept.seen, type=State)


def _view(
    kept: KeptSearch, told: Told | None = None, refusal: Refusal | None = None, look: int = 0
) -> SavedView:
    asked, seen = _asked(kept)
    about = (kept.id, asked, kept.made_at, kept.kept_until, seen.at)
    return SavedView(*about, told, refusal, look)


__all__ = ["KEPT_DAYS", "KEPT_MAX", "NAME_MAX", "PER_PAGE", "SavedSearches"]
