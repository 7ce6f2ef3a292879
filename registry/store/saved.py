"""Saved searches as they are kept: what is asked, and up to where its owner has seen it."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from registry.store.engine import Database

KEPT_MAX: Final = 100
"""Saved searches of one owner."""
KEPT_DAYS: Final = 365
"""For which one is kept that nobody looks at."""
_ADDED: Final = 0x7361_7665  # "save": one is added at a time, so that the bound holds
_COLUMNS: Final = "id, owner, asked, made_at, kept_until, looks, looked, seen"


@dataclass(frozen=True, slots=True)
class KeptSearch:
    """A saved search as stored; the last two and ``asked`` are JSON of `registry.saved.model`.

    ``looked`` is what look number ``looks`` has seen, ``seen`` what counts as seen.
    """

    id: str
    owner: str
    asked: str
    made_at: datetime
    kept_until: datetime
    looks: int
    looked: str
    seen: str


class SavedStore:
    """Keeps and finds saved searches."""

    def __init__(self, db: Database) -> None:
        """Take the open database."""
        self._pool = db.pool

    async def add(self, one: KeptSearch) -> KeptSearch | None:
        """Keep a search that is new; return it, or that which asks the same; None: too many."""
        async with self._pool.acquire() as connection, connection.transaction():
            await connection.execute("SELECT pg_advisory_xact_lock($1)", _ADDED)
            row = await connection.fetchrow(_SAME, one.owner, one.asked, one.made_at)
            if row is not None:
                return KeptSearch(*row)
            if await connection.fetchval(_COUNT, one.owner, one.made_at) >= KEPT_MAX:
                return None
            values = (getattr(one, name) for name in KeptSearch.__slots__)
            await connection.execute(_ADD, *values)
            return one

    async def find(self, search: str, at: datetime) -> KeptSearch | None:
        """Return a saved search whose time is not over."""
        row = await self._pool.fetchrow(f"{_SELECT} WHERE id = $1 AND kept_until > $2", search, at)
        return None if row is None else KeptSearch(*row)

    async def of_owner(self, owner: str, at: datetime) -> tuple[KeptSearch, ...]:
        """Return the saved searches of an owner, the newest first."""
        rows = await self._pool.fetch(_OF_OWNER, owner, at, KEPT_MAX)
        return tuple(KeptSearch(*row) for row in rows)

    async def looked(self, search: str, looked: str, at: datetime) -> int:
        """Keep what a look has seen; return the number of the look."""
        looks: int = await self._pool.fetchval(_LOOKED, search, looked, at + _KEPT)
        return looks

    async def mark(self, search: str, look: int, at: datetime) -> bool:
        """Count as seen what a look has seen; False: somebody has looked again since."""
        done = await self._pool.execute(_MARK, search, look, at + _KEPT)
        return bool(done == "UPDATE 1")

    async def used(self, searches: Collection[str], at: datetime) -> None:
        """Put off the end of these, at most once a day."""
        until = at + _KEPT
        await self._pool.execute(_USED, list(searches), until, until - timedelta(days=1))

    async def remove(self, search: str) -> None:
        """Let a search's time be over, and remove whatever is past its time."""
        await self._pool.execute(
            "UPDATE saved_searches SET kept_until = 'epoch' WHERE id = $1", search
        )
        await self.erase_old()

    async def erase_old(self) -> int:
        """Remove the saved searches whose time is over; return how many there were."""
        erased: int = await self._pool.fetchval("SELECT erase_old_saved_searches()")
        return erased


_KEPT: Final = timedelta(days=KEPT_DAYS)
_SELECT: Final = f"SELECT {_COLUMNS} FROM saved_searches"  # noqa: S608 - constants
_SAME: Final = f"{_SELECT} WHERE owner = $1 AND asked = $2 AND kept_until > $3"
_COUNT: Final = "SELECT count(*) FROM saved_searches WHERE owner = $1 AND kept_until > $2"
_ADD: Final = f"""
INSERT INTO saved_searches ({_COLUMNS}) VALUES ($1, $2, $3, $4, $5, $6, $7, $8)
"""  # noqa: S608 - constants
_OF_OWNER: Final = (
    f"{_SELECT} WHERE owner = $1 AND kept_until > $2 ORDER BY made_at DESC, id LIMIT $3"
)
_LOOKED: Final = """
UPDATE saved_searches SET looks = looks + 1, looked = $2, kept_until = $3 WHERE id = $1
RETURNING looks
"""
_MARK: Final = """
UPDATE saved_searches SET seen = looked, kept_until = $3 WHERE id = $1 AND looks = $2
"""
_USED: Final = """
UPDATE saved_searches SET kept_until = $2 WHERE id = ANY($1::text[]) AND kept_until < $3
"""
