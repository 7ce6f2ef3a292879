"""What of the desk goes on: parcels, their receipts, and who did what with a submission."""

from collections.abc import Sequence
from datetime import datetime
from typing import Final, NamedTuple

from registry.store.engine import Connection, Database
from registry.store.logs import log_id_of


class KeptParcel(NamedTuple):
    """Rows that go on together."""

    parcel: int
    state: str
    rows: int
    sent_at: datetime
    reason: str
    wrong_zh: str
    wrong_en: str
    ended_at: datetime | None


class KeptReceipt(NamedTuple):
    """A receipt and the places of the log that it is for."""

    parcel: int
    start: int
    size: int
    note: bytes


class Did(NamedTuple):
    """Who did what; the number is given by the store."""

    at: datetime
    who: str
    role: str
    what: str
    row: int = 0
    parcel: int = 0
    said: str = ""


class Reviewed(NamedTuple):
    """A record that another desk of the member has drafted and approved, to be sealed here.

    ``row`` holds the members of `registry.store.workbench.KeptRow` up to its clock.
    """

    submission: str
    member: str
    department: str
    file: str
    drafted: Did
    approved: Did
    row: tuple[object, ...]


class ParcelStore:
    """Keeps and finds parcels; what belongs together is one transaction."""

    def __init__(self, db: Database) -> None:
        """Take the open database."""
        self._pool = db.pool

    async def send(self, submission: str, did: Did) -> int:
        """Send all rows that are good and go on with no parcel yet; return the new one, 0: none."""
        async with self._pool.acquire() as connection, connection.transaction():
            await connection.execute(_HOLD, submission)
            number: int = await connection.fetchval(_NEXT_PARCEL, submission)
            rows: int = await connection.fetchval(_SENT, submission, number)
            if not rows:
                return 0
            await connection.execute(_PARCEL, submission, number, rows, did.at, "in-review")
            await log(connection, submission, did._replace(parcel=number, said=str(rows)))
            return number

    async def parcels(self, submission: str) -> list[KeptParcel]:
        """Return the parcels of a submission, the newest first."""
        rows = await self._pool.fetch(_PARCELS, submission)
        return [KeptParcel(*row) for row in rows]

    async def judge(self, submission: str, parcel: int, state: str, did: Did) -> bool:
        """Approve or reject a parcel in review; rejected rows are their department's again."""
        async with self._pool.acquire() as connection, connection.transaction():
            if not await connection.fetchval(_JUDGE, submission, parcel, state, did.said):
                return False
            if state == "rejected":
                await connection.execute(_BACK, submission, parcel)
            await log(connection, submission, did)
            return True

    async def move(
        self,
        submission: str,
        parcel: int,
        states: tuple[str, str],
        wrong: tuple[str, str],
        did: Did,
    ) -> bool:
        """Bring a parcel from one state to another; False: it is not in the first."""
        async with self._pool.acquire() as connection, connection.transaction():
            moved = await connection.fetchval(_MOVE, submission, parcel, *states, *wrong)
            if moved is not None:
                await log(connection, submission, did)
            return moved is not None

    async def sealing(self) -> tuple[str, int, str] | None:
        """Return the oldest parcel that is to be sealed: submission, number, member."""
        row = await self._pool.fetchrow(_SEALING)
        return None if row is None else (row[0], row[1], row[2])

    async def admitted(
        self,
        submission: str,
        parcel: int,
        places: dict[int, int],
        receipts: Sequence[KeptReceipt],
        did: Did,
    ) -> None:
        """Note what became records, and where; what did not is to be fixed.

        ``places`` are those of the rows in the log. They lose their content here.
        """
        async with self._pool.acquire() as connection, connection.transaction():
            for one in receipts:
                await connection.execute(_RECEIPT, submission, *one)
            await connection.execute(
                _PLACED, submission, parcel, list(places), list(places.values())
            )
            await connection.execute(_BACK, submission, parcel)
            await connection.execute(_ADMITTED, submission, parcel, did.at)
            await log(connection, submission, did)

    async def refuse(self, submission: str, row: int, found: str) -> None:
        """Note what the node found about a row that had passed the desk."""
        await self._pool.execute(_REFUSE, submission, row, found)

    async def receipts(self, submission: str) -> list[KeptReceipt]:
        """Return the receipts of a submission in the order of the log."""
        rows = await self._pool.fetch(_RECEIPTS, submission)
        return [KeptReceipt(*row) for row in rows]

    async def logged(self, submission: str) -> list[Did]:
        """Return who did what, in order."""
        rows = await self._pool.fetch(_LOG, submission)
        return [Did(*row) for row in rows]

    async def prepared(self, submission: str, who: str) -> bool:
        """Tell whether somebody has had a hand in what a submission says."""
        found: bool = await self._pool.fetchval(_HAND, submission, who)
        return found

    async def note(self, submission: str, did: Did) -> None:
        """Write down what somebody did that changes nothing here."""
        async with self._pool.acquire() as connection, connection.transaction():
            await log(connection, submission, did)

    async def stated(self, origin: str, ids: Sequence[str]) -> dict[str, tuple[int, bytes]]:
        """Return of the records of a log with these ids the place and the line, by id.

        A line whose restricted part was erased is what is left of it.
        """
        log_id = log_id_of(origin)
        # Records are kept by subject and bodies by log, so the two meet apart.
        places = dict(await self._pool.fetch(_PLACES, log_id, list(ids)))
        bodies = await self._pool.fetch(_BODIES, log_id, list(places.values()))
        lines = {row[0]: row[1] if row[2] is None else row[1] + b"\t" + row[2] for row in bodies}
        return {name: (idx, lines[idx]) for name, idx in places.items() if idx in lines}


async def log(connection: Connection, submission: str, did: Did) -> None:
    """Write down what somebody did; the submission is held, so that numbers have no gap."""
    await connection.execute(_HOLD, submission)
    await connection.execute(_DID, submission, *did)


async def put_reviewed(connection: Connection, one: Reviewed) -> None:
    """Keep a submission of one row that is reviewed already, with who drafted and who approved."""
    at, who = one.approved.at, one.drafted.who
    await connection.execute(_DONE, one.submission, one.member, one.department, one.file, at, who)
    await connection.execute(_ONE_ROW, one.submission, *one.row)
    await connection.execute(_PARCEL, one.submission, 1, 1, at, "reviewed")
    for did in (one.drafted, one.approved):
        await log(connection, one.submission, did)


_DONE: Final = """
INSERT INTO desk_submissions VALUES ($1, $2, $3, $4, $5, $6, 'prepared', 1, 1, 0, '', '')
"""
_ONE_ROW: Final = """
INSERT INTO desk_rows VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, 1, NULL)
"""
_HOLD: Final = "SELECT FROM desk_submissions WHERE id = $1 FOR UPDATE"
_NEXT_PARCEL: Final = "SELECT count(*) + 1 FROM desk_parcels WHERE submission = $1"
_SENT: Final = """
WITH sent AS (UPDATE desk_rows SET parcel = $2
              WHERE submission = $1 AND state = 'good' AND parcel = 0 RETURNING row)
SELECT count(*) FROM sent
"""
_PARCEL: Final = "INSERT INTO desk_parcels VALUES ($1, $2, $5, $3, $4, '', '', '', NULL)"
_PARCELS: Final = """
SELECT parcel, state, rows, sent_at, reason, wrong_zh, wrong_en, ended_at FROM desk_parcels
WHERE submission = $1 ORDER BY parcel DESC
"""
_JUDGE: Final = """
UPDATE desk_parcels SET state = $3, reason = $4
WHERE submission = $1 AND parcel = $2 AND state = 'in-review' RETURNING parcel
"""
_BACK: Final = """
UPDATE desk_rows SET parcel = 0 WHERE submission = $1 AND parcel = $2 AND state <> 'admitted'
"""
_MOVE: Final = """
UPDATE desk_parcels SET state = $4, wrong_zh = $5, wrong_en = $6
WHERE submission = $1 AND parcel = $2 AND state = $3 RETURNING parcel
"""
_SEALING: Final = """
SELECT p.submission, p.parcel, s.member
FROM desk_parcels p JOIN desk_submissions s ON s.id = p.submission
WHERE p.state = 'sealing' ORDER BY p.sent_at LIMIT 1
"""
_RECEIPT: Final = "INSERT INTO desk_receipts VALUES ($1, $2, $3, $4, $5) ON CONFLICT DO NOTHING"
_PLACED: Final = """
UPDATE desk_rows r SET state = 'admitted', idx = t.idx, about = '', cells = '[]', found = '[]',
    record = '', version = version + 1
FROM unnest($3::int[], $4::bigint[]) AS t (row, idx)
WHERE r.submission = $1 AND r.parcel = $2 AND r.row = t.row
"""
_ADMITTED: Final = """
UPDATE desk_parcels SET state = 'admitted', ended_at = $3, wrong_zh = '', wrong_en = ''
WHERE submission = $1 AND parcel = $2
"""
_REFUSE: Final = """
UPDATE desk_rows SET state = 'to-fix', found = $3, record = '', version = version + 1
WHERE submission = $1 AND row = $2 AND state = 'good'
"""
_RECEIPTS: Final = """
SELECT parcel, start, size, note FROM desk_receipts WHERE submission = $1 ORDER BY start
"""
_LOG: Final = """
SELECT at, who, role, what, row, parcel, said FROM desk_log WHERE submission = $1 ORDER BY number
"""
_DID: Final = """
INSERT INTO desk_log SELECT $1, count(*) + 1, $2, $3, $4, $5, $6, $7, $8 FROM desk_log
WHERE submission = $1
"""
_HAND: Final = """
SELECT EXISTS (SELECT FROM desk_log WHERE submission = $1 AND who = $2
               AND what IN ('uploaded', 'changed', 'deleted', 'sent'))
"""
_PLACES: Final = "SELECT record_id, idx FROM records WHERE log_id = $1 AND record_id = ANY($2)"
_BODIES: Final = """
SELECT idx, main, restricted FROM entries
WHERE log_id = $1 AND idx = ANY($2) AND main IS NOT NULL
"""
