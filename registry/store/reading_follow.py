"""What followers read and the one thing they write: commits in order, and their cursors.

``commits.seq`` is taken under a lock as the last statement of an admission, so whoever sees commit
n sees every commit before it: a cursor that has passed n has missed nothing.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

import msgspec

from registry.store.reading import Source
from registry.store.reading_records import Body, RecordReading, RecordRow

_CURSOR = "SELECT seq FROM cursors WHERE name = $1"
_AFTER = """
SELECT seq, log_id, start_idx, end_idx, committed_at FROM commits
WHERE seq > $1 ORDER BY seq LIMIT $2
"""
_SINCE = "SELECT committed_at FROM commits WHERE seq > $1 ORDER BY seq LIMIT 1"
_COMMITTED = "SELECT committed_at FROM commits WHERE seq = $1"
_LAST = "SELECT coalesce(max(seq), 0) FROM commits"
_MOVE = """
INSERT INTO cursors AS c (name, seq) VALUES ($1, $3)
ON CONFLICT (name) DO UPDATE SET seq = excluded.seq WHERE c.seq = $2
"""
_RESET = """
INSERT INTO cursors (name, seq) VALUES ($1, 0) ON CONFLICT (name) DO UPDATE SET seq = 0
"""
_RESET_ALL = "UPDATE cursors SET seq = 0 WHERE starts_with(name, $1)"

_ACT_DEPTH = 8
"""An objection, its outcome, what withdraws that, what withdraws that, and so on."""


@dataclass(frozen=True, slots=True)
class Commit:
    """One admitted batch: entries ``start <= idx < end`` of a log."""

    seq: int
    log_id: int
    start: int
    end: int
    committed_at: datetime


class _Named(msgspec.Struct):
    id: str


class FollowReading:
    """Commits and cursors."""

    def __init__(self, source: Source) -> None:
        """Take what the statements run on."""
        self._source = source
        self._records = RecordReading(source)

    async def cursor(self, name: str) -> int:
        """Return the last commit this follower has worked off, 0 for none."""
        seq: int | None = await self._source.fetchval(_CURSOR, name)
        return seq or 0

    async def after(self, seq: int, limit: int) -> tuple[Commit, ...]:
        """Return the next commits after ``seq``, in commit order."""
        return tuple(Commit(*row) for row in await self._source.fetch(_AFTER, seq, limit))

    async def last(self) -> int:
        """Return the newest commit, 0 for none."""
        seq: int = await self._source.fetchval(_LAST)
        return seq

    async def waiting_since(self, seq: int) -> datetime | None:
        """Return when the first commit after ``seq`` was made, None if there is none."""
        since: datetime | None = await self._source.fetchval(_SINCE, seq)
        return since

    async def committed_at(self, seq: int) -> datetime | None:
        """Return when a commit was made, None if there is none such."""
        at: datetime | None = await self._source.fetchval(_COMMITTED, seq)
        return at

    async def move(self, name: str, old: int, new: int) -> None:
        """Move a cursor from ``old``; where it is no longer there (a reset), it stays."""
        await self._source.execute(_MOVE, name, old, new)

    async def reset(self, name: str) -> None:
        """Set a cursor back to the beginning."""
        await self._source.execute(_RESET, name)

    async def reset_all(self, beginning: str) -> None:
        """Set back all cursors whose names begin so, those that nobody moves any more included."""
        await self._source.execute(_RESET_ALL, beginning)

    async def subjects_between(self, log_id: int, start: int, end: int) -> frozenset[bytes]:
        """Return whom the records in a range of a log are about, and whom the acts in it are upon.

        Records are kept by subject, so the range is read from the bodies, and the records are
        looked up by their ids. Quarantined ones are about nobody. Of an act on an act the record
        at the end counts, too: without a code each of them is about a subject of its own.
        """
        rows: list[RecordRow] = []
        while bodies := await self._records.bodies_between(log_id, start, end):
            rows += await self._rows(bodies)
            start = bodies[-1].idx + 1
        subjects = {row.subject_id for row in rows}
        for _ in range(_ACT_DEPTH):
            targets = {
                (row.target_log, row.target_id)
                for row in rows
                if row.target_log is not None and row.target_id is not None
            }
            if not targets:
                break
            rows = list(await self._records.by_ids(sorted(targets)))
            subjects |= {row.subject_id for row in rows}
        return frozenset(subjects)

    async def _rows(self, bodies: Iterable[Body]) -> tuple[RecordRow, ...]:
        named = [
            (body.log_id, msgspec.json.decode(body.main, type=_Named).id)
            for body in bodies
            if body.main is not None and not body.quarantined
        ]
        return await self._records.by_ids(named)
