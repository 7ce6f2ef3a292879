"""Attachments: kept beside the logs by digest, like bodies."""

from dataclasses import dataclass

from registry.store.engine import Database


@dataclass(frozen=True, slots=True)
class Named:
    """An attachment as records of a log name it; ``restricted``: in restricted parts only.

    Records may state different ``sizes`` for one digest; the bytes show which are right.
    """

    sizes: tuple[int, ...]
    media_type: str
    restricted: bool


class AttachmentStore:
    """Reads and keeps attachments."""

    def __init__(self, db: Database) -> None:
        """Take the open database."""
        self._db = db

    async def named(self, log_id: int, digest: bytes) -> Named | None:
        """Return how admitted records of a log name an attachment; public naming wins.

        What only an erased part named is named no longer.
        """
        row = await self._db.pool.fetchrow(
            "SELECT array_agg(DISTINCT size), "
            "(array_agg(media_type ORDER BY restricted, idx))[1], bool_and(restricted) "
            "FROM attachments_named WHERE sha256 = $1 AND log_id = $2 HAVING count(*) > 0",
            digest,
            log_id,
        )
        return Named(tuple(row[0]), row[1], row[2]) if row else None

    async def stored(self, digest: bytes) -> int | None:
        """Return the size of an attachment that came before and is here, or None."""
        size: int | None = await self._db.pool.fetchval(
            "SELECT size FROM attachments WHERE sha256 = $1 AND body IS NOT NULL", digest
        )
        return size

    async def body(self, digest: bytes) -> bytes | None:
        """Return the bytes, or None where they never came or were erased."""
        body: bytes | None = await self._db.pool.fetchval(
            "SELECT body FROM attachments WHERE sha256 = $1", digest
        )
        return body

    async def put(self, digest: bytes, body: bytes) -> bool:
        """Keep the bytes; the same again changes nothing.

        False: no record names them, or not any more; what was erased comes back only for another.
        """
        kept: bool = await self._db.pool.fetchval("SELECT keep_attachment($1, $2)", digest, body)
        return kept
