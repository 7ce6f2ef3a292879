"""To whom belongs what somebody keeps here: to a credential, and to the keys that replace it."""

from typing import Final

from registry.store.engine import Database

_KEY: Final = "key:"
_FIRST_KEY: Final = """
WITH RECURSIVE before (key_id, replaces) AS (
    SELECT key_id, replaces FROM access_keys WHERE key_id = $1
    UNION SELECT k.key_id, k.replaces FROM access_keys k JOIN before b ON k.key_id = b.replaces
) SELECT key_id FROM before WHERE replaces IS NULL
"""


class Owners:
    """Finds owners."""

    def __init__(self, db: Database) -> None:
        """Take the open database."""
        self._pool = db.pool

    async def of(self, who: str) -> str:
        """Return whose somebody's things are: of a rotated key, the first's."""
        if not who.startswith(_KEY):
            return who
        first = await self._pool.fetchval(_FIRST_KEY, who.removeprefix(_KEY))
        return who if first is None else f"{_KEY}{first}"
