"""The logs as this node holds them."""

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Final

from registry.query.show import member_name
from registry.query.views import CheckpointView, LogView
from registry.store.reading import Head, Latest, LogReading
from signing.charter import Charter
from signing.merkle import EMPTY_ROOT

EARLIER_MAX: Final = 12
"""Checkpoints that an answer about a log looks back."""
_NOTHING = Latest(b"", 0)


class Logs:
    """Answers about logs as wholes."""

    def __init__(self, reading: LogReading, charter: Charter) -> None:
        """Take what reads them and the charter that names their owners."""
        self._reading = reading
        self._charter = charter

    async def views(self) -> tuple[LogView, ...]:
        """Return every log of the charter in its order, then those whose owner has left it."""
        known = await self._reading.known()
        latest = await self._reading.latest()
        charted = [(party.origin, party.code) for party in self._charter.parties]
        origins = {origin for origin, _ in charted}
        left = [(h.origin, h.party_code) for h in known.heads if h.origin not in origins]
        return tuple(
            self._view(origin, code, known.by_origin.get(origin), latest)
            for origin, code in (*charted, *left)
        )

    async def checkpoints(self, origin: str) -> tuple[CheckpointView, ...]:
        """Return the latest checkpoints of a log that this node gave a receipt for."""
        return tuple(
            CheckpointView(size, root.hex(), datetime.fromtimestamp(at, UTC))
            for size, root, at in await self._reading.earlier(origin, EARLIER_MAX)
        )

    def _view(
        self, origin: str, code: str, head: Head | None, latest: Mapping[int, Latest]
    ) -> LogView:
        newest = latest.get(head.log_id, _NOTHING) if head else _NOTHING
        return LogView(
            origin=origin,
            member=code,
            member_name=member_name(self._charter, code),
            size=head.size if head else 0,
            root=head.root.hex() if head else EMPTY_ROOT.hex(),
            checkpoint=newest.note.decode(),
            updated_at=head.updated_at if head else None,
            quarantined=newest.quarantined,
        )
