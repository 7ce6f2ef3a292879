"""The objection desk as it is kept: objections, what was written and sent, letters, a log."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from typing import Final, NamedTuple, TypedDict

from registry.store.engine import Connection, Database
from registry.store.logs import log_id_of
from registry.store.workbench_parcels import Reviewed, put_reviewed

LISTED_MAX: Final = 50
"""Objections that are listed at once."""
FILES_MAX: Final = 5
"""Files of one objection."""
OWN_A_DAY: Final = 20
"""Objections that a subject may file in a day; a counter files for many."""
COUNTER_A_DAY: Final = 200
_FILED: Final = 0x6F62_6A65  # "obje": one is filed at a time, so that bounds and numbers hold


@dataclass(frozen=True, slots=True)
class KeptObjection:
    """An objection as stored; see the table for its members."""

    id: str
    number: str
    member: str
    department: str
    subject: str
    name: str
    origin: str
    idx: int
    record_id: str
    headline: str
    organ: str
    about: str
    measure: str
    territory: str
    received_on: date
    filed_at: datetime
    filed_by: str
    counter: bool
    version: int
    stage: str
    pending: str
    draft: str
    accept_by: date
    decide_by: date
    extended: bool
    forwarded: str
    reply_by: date | None
    reply: str
    mark_by: date | None
    mark_idx: int | None
    mark_at: str
    outcome: str
    consequence: str
    decided_on: date | None
    outcome_idx: int | None
    outcome_at: str
    correct_by: date | None
    correct_idx: int | None
    correct_at: str
    closed_on: date | None
    kept_until: datetime | None


class Changes(TypedDict, total=False):
    """Columns that change; those before ``stage`` say what an objection is about, and stay."""

    stage: str
    pending: str
    draft: str
    decide_by: date
    extended: bool
    forwarded: str
    reply_by: date | None
    reply: str
    mark_by: date | None
    mark_idx: int | None
    mark_at: str
    outcome: str
    consequence: str
    decided_on: date | None
    outcome_idx: int | None
    outcome_at: str
    correct_by: date | None
    correct_idx: int | None
    correct_at: str
    closed_on: date | None
    kept_until: datetime | None


class Contents(NamedTuple):
    """What the subject wrote; all empty once it was erased."""

    person: str
    contact: str
    grounds: str


class KeptFile(NamedTuple):
    """A file that was sent; the content is None once it was erased."""

    number: int
    name: str
    media_type: str
    size: int
    content: bytes | None


class KeptLetter(NamedTuple):
    """A letter as it was given; the text is '' once it was erased by order."""

    number: int
    kind: str
    given_at: datetime
    text: str


class Done(NamedTuple):
    """Who did what; the number is given by the store."""

    at: datetime
    who: str
    role: str
    what: str
    said: str = ""


Numbered = Callable[[int], tuple[str, KeptLetter]]
"""Gives the number and the letter of the n-th objection of a member in a year."""


class Filing(NamedTuple):
    """What became of filing: the objection, and whether it is one that was running already."""

    one: KeptObjection
    before: bool


class ObjectionStore:
    """Keeps and finds objections; what belongs together is one transaction."""

    def __init__(self, db: Database) -> None:
        """Take the open database."""
        self._pool = db.pool

    async def file(
        self, one: KeptObjection, contents: Contents, numbered: Numbered, done: Done
    ) -> Filing | None:
        """Keep a new objection, with the number and letter for its place in the year.

        The same again while one runs is that one; None: too many for a day.
        """
        most = COUNTER_A_DAY if one.counter else OWN_A_DAY
        async with self._pool.acquire() as connection, connection.transaction():
            await connection.execute("SELECT pg_advisory_xact_lock($1)", _FILED)
            same = (one.subject, one.origin, one.idx, one.about, one.measure, one.territory)
            row = await connection.fetchrow(_SAME, *same)
            if row is not None:
                return Filing(KeptObjection(*row), before=True)
            day = (one.member, one.subject, one.counter, one.received_on)
            if await connection.fetchval(_TODAY, *day) >= most:
                return None
            year: int = await connection.fetchval(_YEAR, one.member, one.received_on.year)
            number, letter = numbered(year + 1)
            one = replace(one, number=number)
            values = [getattr(one, name) for name in KeptObjection.__slots__]
            await connection.execute(_ADD, *values)
            await connection.execute(_CONTENTS, one.id, *contents)
            await connection.execute(_LETTER, one.id, *letter[1:])
            await _log(connection, one.id, done)
            return Filing(one, before=False)

    async def find(self, objection: str) -> KeptObjection | None:
        """Return an objection, whosever it is."""
        if not objection.isalnum():  # NUL is no text to the database
            return None
        row = await self._pool.fetchrow(f"{_SELECT} WHERE id = $1", objection)
        return None if row is None else KeptObjection(*row)

    async def of_member(
        self, member: str, department: str | None, *, closed: bool, behind: int
    ) -> list[KeptObjection]:
        """Return a page of a member's, of all departments where it is None, the oldest first.

        Those that are closed, but for a correction that is due, are listed apart, newest first.
        """
        asked = (member, department, closed, LISTED_MAX, behind)
        return [KeptObjection(*row) for row in await self._pool.fetch(_OF_MEMBER, *asked)]

    async def of_subject(self, subjects: Sequence[str]) -> list[KeptObjection]:
        """Return the latest of a subject, by all its ids."""
        rows = await self._pool.fetch(_OF_SUBJECT, list(subjects), LISTED_MAX)
        return [KeptObjection(*row) for row in rows]

    async def overdue(self, on: date) -> list[KeptObjection]:
        """Return those of which any term is over on a day, of all members; bounded."""
        return [KeptObjection(*row) for row in await self._pool.fetch(_OVERDUE, on, LISTED_MAX)]

    async def unsettled(self) -> list[KeptObjection]:
        """Return those that wait for a record of theirs to be admitted."""
        return [KeptObjection(*row) for row in await self._pool.fetch(_UNSETTLED)]

    async def change(
        self,
        one: KeptObjection,
        changes: Changes,
        done: Done,
        letter: KeptLetter | None = None,
        reviewed: Reviewed | None = None,
    ) -> bool:
        """Change what is still as it was seen; with it go a letter and a record to be sealed.

        False: somebody else has changed it meanwhile; nothing was done.
        """
        named = [name for name in Changes.__annotations__ if name in changes]
        put = "".join(f", {name} = ${at}" for at, name in enumerate(named, start=3))
        statement = _CHANGE.replace("{put}", put)
        async with self._pool.acquire() as connection, connection.transaction():
            values = [changes.get(name) for name in named]
            if await connection.fetchval(statement, one.id, one.version, *values) is None:
                return False
            if letter is not None:
                await connection.execute(_LETTER, one.id, *letter[1:])
            if reviewed is not None:
                await put_reviewed(connection, reviewed)
            await _log(connection, one.id, done)
            return True

    async def add_file(self, one: KeptObjection, file: KeptFile, done: Done) -> bool:
        """Keep a file; False: there are so many already."""
        async with self._pool.acquire() as connection, connection.transaction():
            await connection.execute(_HOLD, one.id)
            added = await connection.fetchval(_FILE, one.id, *file[1:], FILES_MAX)
            if added is not None:
                await _log(connection, one.id, done)
            return added is not None

    async def contents(self, objection: str) -> Contents:
        """Return what the subject wrote."""
        row = await self._pool.fetchrow(_READ_CONTENTS, objection)
        return Contents("", "", "") if row is None else Contents(*row)

    async def files(self, objection: str) -> list[KeptFile]:
        """Return what was sent, without the bytes."""
        return [KeptFile(*row) for row in await self._pool.fetch(_FILES, objection)]

    async def file_of(self, objection: str, number: int) -> KeptFile | None:
        """Return one file with its bytes."""
        row = await self._pool.fetchrow(_ONE_FILE, objection, number)
        return None if row is None else KeptFile(*row)

    async def letters(self, objection: str) -> list[KeptLetter]:
        """Return the letters in the order in which they were given."""
        return [KeptLetter(*row) for row in await self._pool.fetch(_LETTERS, objection)]

    async def stated(self, origin: str, record_id: str) -> tuple[int, bytes, bytes] | None:
        """Return place, entry and main part of the record of a log with an id, if it is there."""
        log_id = log_id_of(origin)
        # Records are kept by subject and bodies by log, so the two meet apart.
        idx = await self._pool.fetchval(_PLACE, log_id, record_id)
        row = None if idx is None else await self._pool.fetchrow(_BODY, log_id, idx)
        return None if row is None else (row[0], row[1], row[2])

    async def logged(self, objection: str) -> list[Done]:
        """Return who did what, in order."""
        return [Done(*row) for row in await self._pool.fetch(_LOG, objection)]

    async def drafted(self, objection: str, who: str, what: str) -> bool:
        """Tell whether somebody has had a hand in a draft of a kind."""
        found: bool = await self._pool.fetchval(_DRAFTED, objection, who, f"drafted-{what}")
        return found

    async def figures(
        self, member: str, department: str | None, since: date, until: date, on: date
    ) -> dict[str, int]:
        """Return what a monthly statement counts of a span, and what is overdue on a day."""
        row = await self._pool.fetchrow(_FIGURES, member, department, since, until, on)
        return dict(row.items())

    async def erase(self) -> int:
        """Erase what is to go by rule or by order; return of how many objections."""
        erased: int = await self._pool.fetchval("SELECT erase_old_objections()")
        return erased


async def _log(connection: Connection, objection: str, done: Done) -> None:
    """Write down what somebody did; the objection is held, so that numbers have no gap."""
    await connection.execute(_HOLD, objection)
    await connection.execute(_DONE, objection, *done)


_COLUMNS: Final = ", ".join(KeptObjection.__slots__)
_SELECT: Final = f"SELECT {_COLUMNS} FROM objections"  # noqa: S608 - constants
_PLACES: Final = ", ".join(f"${at}" for at in range(1, len(KeptObjection.__slots__) + 1))
_ADD: Final = f"INSERT INTO objections ({_COLUMNS}) VALUES ({_PLACES})"  # noqa: S608 - constants
_SAME: Final = f"""
{_SELECT} WHERE subject = $1 AND origin = $2 AND idx = $3 AND about = $4 AND measure = $5
    AND territory = $6 AND stage <> 'closed'
"""
_TODAY: Final = """
SELECT count(*) FROM objections WHERE member = $1 AND ($3 OR subject = $2) AND counter = $3
    AND received_on = $4
"""
_YEAR: Final = """
SELECT count(*) FROM objections WHERE member = $1 AND extract(year FROM received_on) = $2
"""
_DUE_OPEN: Final = "(stage <> 'closed' OR correct_by IS NOT NULL AND correct_idx IS NULL)"
_OF_MEMBER: Final = f"""
{_SELECT} WHERE member = $1 AND ($2::text IS NULL OR $2 IN (department, forwarded))
    AND {_DUE_OPEN} <> $3
ORDER BY CASE WHEN $3 THEN -extract(epoch FROM filed_at) ELSE extract(epoch FROM filed_at) END, id
LIMIT $4 OFFSET $5
"""
_OF_SUBJECT: Final = f"{_SELECT} WHERE subject = ANY($1) ORDER BY filed_at DESC, id LIMIT $2"
_LATE: Final = """
(stage = 'received' AND accept_by < $1 OR stage = 'accepted' AND decide_by < $1
 OR stage IN ('accepted', 'decided') AND mark_by < $1 AND (mark_idx IS NULL OR stage = 'decided')
 OR stage = 'accepted' AND reply = '' AND reply_by < $1
 OR correct_by < $1 AND correct_idx IS NULL)
"""
_OVERDUE: Final = f"{_SELECT} WHERE {_LATE} ORDER BY member, filed_at, id LIMIT $2"
_UNSETTLED: Final = f"""
{_SELECT} WHERE stage IN ('accepted', 'decided') AND about <> 'measure'
    AND (mark_idx IS NULL OR stage = 'decided') OR correct_at <> '' AND correct_idx IS NULL
ORDER BY filed_at LIMIT 500
"""
_CHANGE: Final = """
UPDATE objections SET version = version + 1{put} WHERE id = $1 AND version = $2 RETURNING id
"""
_HOLD: Final = "SELECT FROM objections WHERE id = $1 FOR UPDATE"
_CONTENTS: Final = "INSERT INTO objection_contents VALUES ($1, $2, $3, $4)"
_READ_CONTENTS: Final = """
SELECT person, contact, grounds FROM objection_contents WHERE objection = $1
"""
_FILE: Final = """
INSERT INTO objection_files SELECT $1, count(*) + 1, $2, $3, $4, $5 FROM objection_files
WHERE objection = $1 HAVING count(*) < $6 RETURNING number
"""
_FILES: Final = """
SELECT number, name, media_type, size, NULL::bytea FROM objection_files WHERE objection = $1
ORDER BY number
"""
_ONE_FILE: Final = """
SELECT number, name, media_type, size, content FROM objection_files
WHERE objection = $1 AND number = $2
"""
_LETTER: Final = """
INSERT INTO objection_letters SELECT $1, count(*) + 1, $2, $3, $4 FROM objection_letters
WHERE objection = $1
"""
_LETTERS: Final = """
SELECT number, kind, given_at, text FROM objection_letters WHERE objection = $1 ORDER BY number
"""
_PLACE: Final = "SELECT idx FROM records WHERE log_id = $1 AND record_id = $2 LIMIT 1"
_BODY: Final = """
SELECT idx, entry, main FROM entries WHERE log_id = $1 AND idx = $2 AND main IS NOT NULL
"""
_DONE: Final = """
INSERT INTO objection_log SELECT $1, count(*) + 1, $2, $3, $4, $5, $6 FROM objection_log
WHERE objection = $1
"""
_LOG: Final = """
SELECT at, who, role, what, said FROM objection_log WHERE objection = $1 ORDER BY number
"""
_DRAFTED: Final = """
SELECT EXISTS (SELECT FROM objection_log WHERE objection = $1 AND who = $2 AND what = $3)
"""
_FIGURES: Final = f"""
SELECT count(*) FILTER (WHERE received_on >= $3 AND received_on < $4) AS received,
    count(*) FILTER (WHERE outcome = 'declined' AND decided_on >= $3 AND decided_on < $4)
        AS declined,
    count(*) FILTER (WHERE outcome IN ('upheld', 'partly_upheld') AND decided_on >= $3
                     AND decided_on < $4) AS upheld,
    count(*) FILTER (WHERE outcome = 'rejected' AND decided_on >= $3 AND decided_on < $4)
        AS rejected,
    count(*) FILTER (WHERE decided_on > decide_by AND decided_on >= $3 AND decided_on < $4)
        AS decided_late,
    count(*) FILTER (WHERE {_LATE.replace("$1", "$5")}) AS overdue
FROM objections WHERE member = $1 AND ($2::text IS NULL OR department = $2)
"""  # noqa: S608 - constants
