"""Versions of the charter as signed."""

from datetime import datetime

from registry.store.engine import Database


class CharterStore:
    """Keeps every version of the charter that this node has accepted."""

    def __init__(self, db: Database) -> None:
        """Take the open database."""
        self._db = db

    async def all(self) -> tuple[bytes, ...]:
        """Return the signed notes in order of version."""
        rows = await self._db.pool.fetch("SELECT note FROM charters ORDER BY version")
        return tuple(row[0] for row in rows)

    async def note(self, version: int) -> bytes | None:
        """Return the signed note of one version, or None where it is not here."""
        note: bytes | None = await self._db.pool.fetchval(
            "SELECT note FROM charters WHERE version = $1", version
        )
        return note

    async def newest(self) -> int:
        """Return the number of the latest version; 0 where there is none."""
        newest: int | None = await self._db.pool.fetchval("SELECT max(version) FROM charters")
        return newest or 0

    async def add(self, version: int, note: bytes, digest: bytes, at: datetime) -> bytes:
        """Keep a verified version; return the digest that is stored: that of the first given."""
        async with self._db.transaction() as connection:
            await connection.execute(_ADD, version, note, digest, at)
            kept: bytes = await connection.fetchval(
                "SELECT digest FROM charters WHERE version = $1", version
            )
        return kept


_ADD = (
    "INSERT INTO charters (version, note, digest, added_at) VALUES ($1, $2, $3, $4) "
    "ON CONFLICT (version) DO NOTHING"
)
