"""Judgements that two subjects are the same or not: added, never changed; the latest counts.

An undoing is a further row. Who judged and why stand beside it, for everybody who may see both.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final, Literal

from registry.domain.identifiers import normalise_code
from registry.domain.subjects import Scheme, subject_id
from registry.errors import NodeError
from registry.store.engine import Connection, Database
from registry.store.reading_records import SubjectRow

Judgement = Literal["same", "different", "undone"]
HISTORY_MAX: Final = 1000
_SCHEMES: Final[tuple[Scheme, ...]] = ("uscc", "regno", "orgcode")
_LOCK: Final = 0x6C69_6E6B  # "link"


@dataclass(frozen=True, slots=True)
class Judged:
    """One judgement by hand, as it was added."""

    one: bytes
    other: bytes
    judgement: str
    reason: str
    judged_by: str
    judged_at: datetime


class Links:
    """Adds and lists judgements."""

    def __init__(self, db: Database) -> None:
        """Take an open database."""
        self._pool = db.pool

    async def subject(self, text: str) -> SubjectRow:
        """Return the subject of an id (32 hex digits) or a code as records state it.

        Raises:
            NodeError: no record is about such a subject, or more than one is.
        """
        ids = [subject_id(scheme, normalise_code(text)) for scheme in _SCHEMES]
        if len(text) == 2 * len(ids[0]) and set(text) <= set("0123456789abcdef"):
            ids.append(bytes.fromhex(text))
        rows = await self._pool.fetch(_SUBJECTS, ids)
        if len(rows) != 1:
            message = (
                f"“{text}”对应 {len(rows)} 个主体；应为一个主体的代码或其页面地址中的32位编号 / "
                f"{text!r} is {len(rows)} subjects here; it should be the code of one, or the 32 "
                "digits in the address of its page"
            )
            raise NodeError(message)
        return SubjectRow(*rows[0])

    async def judge(
        self, pair: tuple[bytes, bytes], judgement: Judgement, by: str, reason: str, at: datetime
    ) -> None:
        """Add a judgement on two subjects; ``undone`` takes the latest by hand out of effect.

        Raises:
            NodeError: both are one, who or why is missing, or there is nothing to undo.
        """
        one, other = min(pair), max(pair)
        if one == other:
            message = "两个代码是同一主体 / both codes are the same subject already"
            raise NodeError(message)
        if not by.strip() or not reason.strip():
            message = "须写明由谁判断、为何 / say who judges and why"
            raise NodeError(message)
        async with self._pool.acquire() as connection, connection.transaction():
            await connection.execute("SELECT pg_advisory_xact_lock($1)", _LOCK)
            if judgement == "undone" and not await _stands(connection, one, other):
                message = (
                    "没有可以撤销的人工判断 / there is no judgement by hand that could be undone"
                )
                raise NodeError(message)
            await connection.execute(_ADD, one, other, judgement, reason.strip(), at, by.strip())

    async def history(self, ids: Sequence[bytes] = ()) -> tuple[Judged, ...]:
        """Return the judgements by hand, the latest first; about these subjects where named."""
        rows = await self._pool.fetch(_HISTORY, list(ids), HISTORY_MAX)
        return tuple(Judged(*row) for row in rows)


async def _stands(connection: Connection, one: bytes, other: bytes) -> bool:
    latest: str | None = await connection.fetchval(_LATEST, one, other)
    return latest in {"same", "different"}


_SUBJECTS: Final = (
    "SELECT subject_id, scheme, identifier, kind, orgcode FROM subjects "
    "WHERE subject_id = ANY($1::bytea[])"
)
_PAIR: Final = (
    "FROM subject_links WHERE (subject_id = $1 AND other_id = $2 "
    "OR subject_id = $2 AND other_id = $1)"
)
_LATEST: Final = f"SELECT judgement {_PAIR} AND log_id IS NULL ORDER BY judged_at DESC LIMIT 1"
# A moment of its own for each: of two at the same moment neither would be the latest.
_ADD: Final = f"""
INSERT INTO subject_links
SELECT $1, $2, $3, $4, NULL, NULL,
       greatest($5::timestamptz, (SELECT max(judged_at) + interval '1 microsecond' {_PAIR})), $6
"""
_HISTORY: Final = """
SELECT subject_id, other_id, judgement, reason, judged_by, judged_at FROM subject_links
WHERE log_id IS NULL AND (cardinality($1::bytea[]) = 0
    OR subject_id = ANY($1::bytea[]) OR other_id = ANY($1::bytea[]))
ORDER BY judged_at DESC, subject_id, other_id LIMIT $2
"""
