"""What other nodes have cosigned of each log, kept beside its checkpoints; never changed."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from registry.store.engine import Database

LINES_MAX: Final = 40
"""Lines given out of one tree: with the log's own they fit into a note (C2SP: at least 16)."""


@dataclass(frozen=True, slots=True)
class Cosigned:
    """A verified signature line, with its end; ``cosigned_at`` POSIX seconds."""

    cosigner: str
    key_id: bytes
    line: str
    cosigned_at: int


class CosignatureStore:
    """Keeps them; every method is one statement."""

    def __init__(self, db: Database) -> None:
        """Take the open database."""
        self._db = db

    async def keep(self, log_id: int, size: int, root: bytes, found: Sequence[Cosigned]) -> None:
        """Keep cosignatures of a tree; of the same key the first one stays."""
        rows = [(log_id, size, root, *_columns(one)) for one in found]
        await self._db.pool.executemany(_KEEP, rows)

    async def of(self, log_id: int, size: int, root: bytes) -> tuple[Cosigned, ...]:
        """Return what is kept of a tree, earliest first."""
        rows = await self._db.pool.fetch(_OF, log_id, size, root, LINES_MAX)
        return tuple(Cosigned(*row) for row in rows)

    async def sizes(self, log_id: int, limit: int) -> tuple[int, ...]:
        """Return the largest sizes of which something is kept, the largest first."""
        rows = await self._db.pool.fetch(_SIZES, log_id, limit)
        return tuple(row[0] for row in rows)


def _columns(one: Cosigned) -> tuple[str, bytes, str, int]:
    return one.cosigner, one.key_id, one.line, one.cosigned_at


_KEEP = "INSERT INTO cosignatures VALUES ($1, $2, $3, $4, $5, $6, $7) ON CONFLICT DO NOTHING"
_OF = (
    "SELECT cosigner, key_id, line, cosigned_at FROM cosignatures "
    "WHERE log_id = $1 AND size = $2 AND root = $3 ORDER BY cosigned_at, cosigner, key_id LIMIT $4"
)
_SIZES = "SELECT DISTINCT size FROM cosignatures WHERE log_id = $1 ORDER BY size DESC LIMIT $2"
