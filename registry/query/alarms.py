"""The alarms of a node: what contradicted what is signed, who has taken note of it, and why.

That there is an alarm, about which log, of which kind and since when, is for everybody: whoever
relies on a log has to know. What shows it, and the words in which people took note of it, are for
those who look into it: auditor, region office, operator.
"""

from dataclasses import dataclass
from datetime import datetime
from typing import Final

from registry.domain.disclosure import Role
from registry.store.alarms import AlarmRow, AlarmStore
from registry.store.engine import Database
from registry.store.logs import log_id_of
from signing.charter import Charter

LOOK_INTO: Final = frozenset({Role.AUDITOR, Role.REGION, Role.OPERATOR})
"""Roles that see evidence and reasons."""


@dataclass(frozen=True, slots=True)
class AlarmView:
    """An alarm; ``detail``, ``evidence`` and ``reason`` are empty for who may not look into it."""

    id: str
    origin: str
    kind: str
    home: str
    at: datetime
    noted_at: datetime | None
    detail: str = ""
    evidence: str = ""
    reason: str = ""
    noted_by: str = ""


class Alarms:
    """Answers about them."""

    def __init__(self, db: Database, charter: Charter) -> None:
        """Take the open database and the charter that names the logs."""
        self._store = AlarmStore(db)
        self._origins = {log_id_of(party.origin): party.origin for party in charter.parties}

    async def all(
        self, role: Role, origin: str = "", kind: str = "", *, open_only: bool = False
    ) -> tuple[AlarmView, ...]:
        """Return alarms, the latest first, at most 200: all, or of a log, a kind, still open."""
        if "\0" in kind:  # which the database has no text for
            return ()
        log_id = log_id_of(origin) if origin else None
        rows = await self._store.all(log_id, kind, open_only=open_only)
        return tuple(self._view(row, whole=role in LOOK_INTO) for row in rows)

    async def open(self) -> dict[tuple[str, str], int]:
        """Return how many nobody has taken note of, by log and kind."""
        counts = await self._store.open()
        return {(self._origin(log_id), kind): n for (log_id, kind), n in counts.items()}

    def _origin(self, log_id: int) -> str:
        """Return the name of a log; of one that has left the charter its number."""
        return self._origins.get(log_id, str(log_id))

    def _view(self, row: AlarmRow, *, whole: bool) -> AlarmView:
        origin = self._origin(row.log_id)
        shown = (row.id, origin, row.kind, row.node, row.at, row.noted_at)
        if not whole:
            return AlarmView(*shown)
        evidence = row.evidence.decode(errors="replace")
        return AlarmView(*shown, row.detail, evidence, row.reason or "", row.noted_by or "")
