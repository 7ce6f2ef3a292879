"""Versions of the charter as signed."""

from datetime import datetime

from registry.store.engine import Database
from registry.store.tables import CharterVersion


class CharterStore:
    """Keeps every version of the charter that this node has accepted."""

    def __init__(self, db: Database) -> None:
        """Take the open database, to which the tables are bound."""
        self._db = db

    async def all(self) -> tuple[bytes, ...]:
        """Return the signed notes in order of version."""
        rows = await CharterVersion.select(CharterVersion.note).order_by(CharterVersion.version)
        return tuple(bytes(row["note"]) for row in rows)

    async def add(self, version: int, note: bytes, digest: bytes, at: datetime) -> None:
        """Keep a verified version; the same version again changes nothing."""
        row = CharterVersion(version=version, note=note, digest=digest, added_at=at)
        await CharterVersion.insert(row).on_conflict(
            target=CharterVersion.version, action="DO NOTHING"
        )
