"""What the read side asks about standards: records by the numbers they speak of.

One statement for many numbers: a list of places by the index, then the rows, bodies and whether
there are acts on each. What has become of a record is worked out when it is read (decision 0003).
"""

from collections.abc import Collection, Sequence
from datetime import datetime
from typing import Final, NamedTuple

from registry.store.reading import Source
from registry.store.reading_records import Body, RecordRow

ASKED: Final = (
    *("is", "notice", "replaces", "replaced_by", "adopts", "recognises", "accepts", "compares"),
    *("stands_for", "counterpart", "takes_in"),
)
"""The roles that answer a question; who refers to a standard or tests by it is asked for apart."""
EACH: Final = 1_000
"""Places of one number; the answer says where there are more."""

_RECORD: Final = """
r.subject_id, r.log_id, r.idx, r.type, r.record_id, r.decided_on, r.list_code,
r.target_log, r.target_id, r.competent, r.flags
"""
_BODY: Final = f"""
e.log_id, e.idx, e.entry, e.main, e.restricted IS NOT NULL, q.log_id IS NOT NULL,
EXISTS (SELECT FROM records a WHERE a.target_log = r.log_id AND a.target_id = r.record_id),
{_RECORD}
"""
# Place by place: a plan made while tables were small would else walk a whole log for each.
_JOINED: Final = """
CROSS JOIN LATERAL (SELECT * FROM records WHERE subject_id = s.about AND log_id = s.log_id
    AND idx = s.idx LIMIT 1) r
JOIN entries e ON e.log_id = s.log_id AND e.idx = s.idx
LEFT JOIN quarantine q ON q.log_id = e.log_id AND q.idx = e.idx
"""


def _speaking(roles: str, each: str) -> str:
    """Return the statement of what speaks of the identities ($1) in certain roles."""
    return f"""
WITH s AS MATERIALIZED (
    SELECT a.identity AS asked, f.* FROM unnest((SELECT $1::text[])) AS a (identity)
    CROSS JOIN LATERAL (
        SELECT role, year, about, log_id, idx FROM standard_index
        WHERE identity = a.identity AND role = ANY({roles})
        UNION ALL
        SELECT role, year, about, log_id, idx FROM standard_index
        WHERE grp = a.identity AND grp <> '' AND role = ANY({roles})
        LIMIT {each}) f)
SELECT s.asked, s.role, s.year, {_BODY} FROM s {_JOINED}
"""  # noqa: S608 - constants


# Each argument behind a SELECT, so that none is worth a plan of its own: making one took longer
# than all else together.
_OF: Final = _speaking("(SELECT $2::text[])::text[]", "(SELECT $3::bigint)")
_OF_NOW: Final = f"""
SELECT n.newest, f.* FROM (SELECT max(seq) AS newest FROM commits) n
LEFT JOIN LATERAL ({_speaking(f"'{{{','.join(ASKED)}}}'::text[]", str(EACH))}) f ON true
"""  # noqa: S608 - constants
_NAMED: Final = f"""
WITH s AS MATERIALIZED (
    SELECT log_id, idx, about, identity, year FROM standard_words
    WHERE words LIKE ALL($1::text[]) ORDER BY identity, year DESC, log_id, idx LIMIT $2)
SELECT s.identity, 'is', s.year, {_BODY} FROM s {_JOINED}
"""  # noqa: S608 - constants
_BEGINNING: Final = """
SELECT DISTINCT identity FROM (
    SELECT identity FROM standard_words
    WHERE identity >= $1 AND identity < ($1 || chr(1114111)) ORDER BY identity LIMIT $2) s
"""
_SINCE: Final = f"""
WITH s AS MATERIALIZED (
    SELECT c.seq, c.committed_at, i.identity, i.role, i.year, i.about, i.log_id, i.idx
    FROM standard_index i
    CROSS JOIN LATERAL (SELECT seq, committed_at FROM commits WHERE log_id = i.log_id
        AND end_idx > i.idx ORDER BY end_idx, seq LIMIT 1) c
    WHERE i.identity = ANY($1::text[]) AND i.role <> 'references' AND c.seq > $2 AND c.seq <= $3
    ORDER BY c.seq %s, i.log_id, i.idx, i.identity, i.role LIMIT $4)
SELECT s.seq, s.committed_at, s.identity, s.role, s.year, {_BODY} FROM s {_JOINED}
ORDER BY s.seq, s.log_id, s.idx, s.identity, s.role
"""  # noqa: S608 - constants
_ACTED_SINCE: Final = """
WITH s AS MATERIALIZED (
    SELECT DISTINCT identity, about, log_id, idx FROM standard_index
    WHERE identity = ANY($1::text[]) AND role <> 'references')
SELECT DISTINCT c.seq, c.committed_at, s.identity
FROM s CROSS JOIN LATERAL (SELECT log_id, record_id FROM records WHERE subject_id = s.about
    AND log_id = s.log_id AND idx = s.idx LIMIT 1) r
JOIN records a ON a.target_log = r.log_id AND a.target_id = r.record_id AND a.competent
    AND a.type <> 'recognition_change'
CROSS JOIN LATERAL (SELECT seq, committed_at FROM commits WHERE log_id = a.log_id
    AND end_idx > a.idx ORDER BY end_idx, seq LIMIT 1) c
WHERE c.seq > $2 AND c.seq <= $3 ORDER BY c.seq %s, s.identity LIMIT $4
"""
_LABORATORIES: Final = f"""
WITH s AS MATERIALIZED (
    SELECT r.subject_id AS about, r.log_id, r.idx FROM records r
    WHERE r.type = 'laboratory_scope'
    AND ($1 = '%%' OR EXISTS (SELECT FROM subject_names n
        WHERE n.subject_id = r.subject_id AND n.name LIKE $1))
    AND ($2 = '' OR EXISTS (SELECT FROM standard_index i
        WHERE i.log_id = r.log_id AND i.idx = r.idx AND i.identity = $2 AND i.role = 'method'))
    ORDER BY r.decided_on DESC, r.log_id, r.idx LIMIT $3)
SELECT '', 'method', 0::smallint, {_BODY} FROM s {_JOINED}
"""  # noqa: S608 - constants
_ORDERS: Final = {way: (_SINCE % way, _ACTED_SINCE % way) for way in ("ASC", "DESC")}
"""From the oldest on, or the newest of all."""


class Spoken(NamedTuple):
    """That a record speaks of a standard: as what, of which edition (0: any), and the record.

    ``acted``: there are acts on it, which have to be read before it is used.
    """

    role: str
    year: int
    row: RecordRow
    body: Body
    acted: bool


class Moved(NamedTuple):
    """That a commit brought a record that speaks of a standard.

    ``spoken`` None: it brought an act on one, which is not told of.
    """

    seq: int
    at: datetime
    identity: str
    spoken: Spoken | None


class StandardReading:
    """Reads by numbers of standards; answers come in no promised order."""

    def __init__(self, source: Source) -> None:
        """Take what the statements run on."""
        self._source = source

    async def of(
        self, identities: Sequence[str], roles: Collection[str] = ASKED, each: int = EACH
    ) -> dict[str, tuple[Spoken, ...]]:
        """Return all records that speak of these identities (or groups of them) in these roles.

        At most ``each`` of one identity, so that one that comes back full may have more.
        """
        found: dict[str, list[Spoken]] = {one: [] for one in identities}
        rows = await self._source.fetch(_OF, list(found), list(roles), each)
        for row in rows:
            found[row[0]].append(_spoken(row))
        return {one: tuple(spoken) for one, spoken in found.items()}

    async def of_now(self, identities: Sequence[str]) -> tuple[int, dict[str, tuple[Spoken, ...]]]:
        """Return the same for the roles of a question, and of which commit it is; 0: there is none.

        In one journey: who remembers the known set of that commit needs no other.
        """
        found: dict[str, list[Spoken]] = {one: [] for one in identities}
        rows = await self._source.fetch(_OF_NOW, list(found))
        for row in rows:
            if row[1] is not None:
                found[row[1]].append(_spoken((*row,)[1:]))
        return rows[0][0] or 0, {one: tuple(spoken) for one, spoken in found.items()}

    async def named(self, words: Sequence[str], limit: int) -> tuple[Spoken, ...]:
        """Return the first editions, by number, whose words hold all of these."""
        patterns = [f"%{_plain(word)}%" for word in words]
        return tuple(_spoken(row) for row in await self._source.fetch(_NAMED, patterns, limit))

    async def beginning(self, text: str, looked_at: int) -> tuple[str, ...]:
        """Return the first numbers, without year, that begin so; of at most so many editions."""
        return tuple(row[0] for row in await self._source.fetch(_BEGINNING, text, looked_at))

    async def laboratories(self, name: str, method: str, limit: int) -> tuple[Spoken, ...]:
        """Return the newest licences of laboratories with a part of a name, and a method in scope.

        Either may be empty; ``method`` is the identity of a standard.
        """
        asked = (f"%{_plain(name)}%", method, limit)
        return tuple(_spoken(row) for row in await self._source.fetch(_LABORATORIES, *asked))

    async def since(
        self, identities: Sequence[str], after: int, upto: int, limit: int
    ) -> tuple[Moved, ...]:
        """Return the first of what later commits, up to one, brought about these identities."""
        return (await self._moved("ASC", identities, after, upto, limit))[:limit]

    async def latest(self, identities: Sequence[str], upto: int, limit: int) -> tuple[Moved, ...]:
        """Return the last of what commits up to one brought about these identities, in order."""
        return (await self._moved("DESC", identities, 0, upto, limit))[-limit:]

    async def _moved(
        self, way: str, identities: Sequence[str], after: int, upto: int, limit: int
    ) -> tuple[Moved, ...]:
        """Return what commits brought, in their order."""
        since, acted_since = _ORDERS[way]
        asked = (list(identities), after, upto, limit)
        rows = await self._source.fetch(since, *asked)
        acted = await self._source.fetch(acted_since, *asked)
        moved = [Moved(row[0], row[1], row[2], _spoken((*row,)[2:])) for row in rows]
        moved += [Moved(row[0], row[1], row[2], None) for row in acted]
        moved.sort(key=lambda one: (one.seq, one.spoken is None))
        return tuple(moved)


def _spoken(row: Sequence[object]) -> Spoken:
    """Make a row of: asked, role, year, six columns of the body, acted, those of the record."""
    _, role, year, *rest = row
    return Spoken(role, year, RecordRow(*rest[7:]), Body(*rest[:6]), rest[6])  # type: ignore[arg-type]


def _plain(word: str) -> str:
    """Return a word in which nothing stands for any character."""
    return word.replace("\\", "\\\\").replace("%", "\\%").replace("_", "\\_")
