"""Subjects with everything that is recorded about them, read in batches and judged by date.

A subject is met under several codes (unified code, old registration number, organisation code):
records under the same organisation code or under codes judged the same are read as one file, and
a judgement can be undone. What became of a record (repair, withdrawal, exit) follows from the acts
on it and a date; it is worked out here and stored nowhere, so it cannot be out of date.
"""

from collections.abc import AsyncIterator, Iterable, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import date

from msgspec import UNSET, ValidationError

from registry.domain.disclosure import State
from registry.domain.records import (
    Act,
    AnyRecord,
    ListEntry,
    ListExit,
    Repair,
    Withdrawal,
    decode_main,
)
from registry.store.engine import Database
from registry.store.reading import Known, LogReading, Source
from registry.store.reading_records import (
    Body,
    Link,
    Place,
    RecordReading,
    RecordRow,
    SubjectRow,
)

_ROUNDS = 4
"""Steps of following links: code to code to code; longer chains are a fault, not a subject."""
_ACT_DEPTH = 3
"""An act, what withdraws it, and what withdraws that."""
_SHARED_MAX = 20
"""Subjects that may share an organisation code; a code of more is a placeholder somebody typed."""
_SCHEMES = ("uscc", "regno", "orgcode", "record", "person")
"""Strongest first: the code a file goes by."""


@dataclass(frozen=True, slots=True)
class Stated:
    """A record as a log states it, and the acts on it; never a quarantined or erased one."""

    row: RecordRow
    origin: str
    member: str
    record: AnyRecord
    main: bytes
    entry: bytes
    has_restricted: bool
    acts: tuple["Stated", ...] = ()

    def state_on(self, day: date) -> State:
        """Return what has become of the record on a day.

        A withdrawal outweighs a repair, and either outweighs the end of a listing.
        """
        if isinstance(self.record, Act) and not self.row.competent:
            return "not-competent-act"
        ended = {type(act.record) for act in self.acts if act.counts_on(day)}
        if Withdrawal in ended:
            return "withdrawn"
        if Repair in ended:
            return "repaired"
        if not isinstance(self.record, ListEntry):
            return "standing"
        if ListExit in ended:
            return "exited"
        until = self.record.listed_until
        return "expired" if until is not UNSET and until < day else "standing"

    def counts_on(self, day: date) -> bool:
        """Tell whether this act has effect on a day: competent, begun, and not itself withdrawn."""
        record = self.record
        if not isinstance(record, Act) or not self.row.competent:
            return False
        begins = record.effective_on
        if isinstance(record, Withdrawal):  # nobody shows what its own organ has withdrawn
            begins = min(begins, record.decided_on)
        return begins <= day and self.state_on(day) != "withdrawn"


@dataclass(frozen=True, slots=True)
class Loaded:
    """A subject under all its codes; ``erased`` are places whose body the law has taken away."""

    root: SubjectRow
    subjects: tuple[SubjectRow, ...]
    records: tuple[Stated, ...]
    erased: tuple[Place, ...] = ()


class FileReading:
    """Reads whole files of subjects: five statements, however many subjects are asked for."""

    def __init__(self, source: Source) -> None:
        """Take what the statements run on."""
        self._reading = RecordReading(source)

    async def load(self, ids: Iterable[bytes], known: Known) -> dict[bytes, Loaded]:
        """Return the file of each id with all codes of the same subject; unknown ids are absent."""
        asked = set(ids)
        rows, links = await self._closure(asked)
        groups = _components(rows, links)
        return await self._files({one: groups[one] for one in asked if one in groups}, known)

    async def load_alone(self, ids: Iterable[bytes], known: Known) -> dict[bytes, Loaded]:
        """Return the file of each id by itself, without the records under other codes."""
        asked = set(ids)
        rows = {row.subject_id: row for row in await self._reading.subjects(asked)}
        return await self._files({one: (rows[one],) for one in asked if one in rows}, known)

    async def stated(self, rows: Iterable[RecordRow], known: Known) -> dict[Place, Stated]:
        """Return these records with bodies and acts; quarantined and erased ones are absent."""
        found, _ = await self._stated(rows, known)
        return found

    async def _closure(
        self, ids: Iterable[bytes]
    ) -> tuple[dict[bytes, SubjectRow], dict[tuple[bytes, bytes], str]]:
        rows: dict[bytes, SubjectRow] = {}
        links: dict[tuple[bytes, bytes], str] = {}
        frontier = set(ids)
        for _ in range(_ROUNDS):
            found = {row.subject_id: row for row in await self._reading.subjects(frontier)}
            fresh = found.keys() - rows.keys()
            rows.update(found)
            judged = await self._reading.links(fresh) if fresh else ()
            links.update({(link.one, link.other): link.judgement for link in judged})
            frontier = {one for link in judged for one in _ends(link)} - rows.keys()
            if not frontier:
                break
        return rows, links

    async def _files(
        self, groups: Mapping[bytes, tuple[SubjectRow, ...]], known: Known
    ) -> dict[bytes, Loaded]:
        members = {row.subject_id for group in groups.values() for row in group}
        stated, erased = await self._stated(await self._reading.of_subjects(members), known)
        of: dict[bytes, list[Stated]] = {one: [] for one in members}
        for one in stated.values():
            if one.row.subject_id in of:
                of[one.row.subject_id].append(one)
        gaps: dict[bytes, list[Place]] = {one: [] for one in members}
        for row in erased:
            gaps.setdefault(row.subject_id, []).append(row.place)
        return {asked: _loaded(group, of, gaps) for asked, group in groups.items()}

    async def _stated(
        self, rows: Iterable[RecordRow], known: Known
    ) -> tuple[dict[Place, Stated], list[RecordRow]]:
        all_rows = {row.place: row for row in rows if known.holds(*row.place)}
        fresh = list(all_rows.values())
        while fresh:
            acts = await self._reading.acts_on([(row.log_id, row.record_id) for row in fresh])
            fresh = [a for a in acts if a.place not in all_rows and known.holds(*a.place)]
            all_rows.update({row.place: row for row in fresh})
        bodies = await self._reading.bodies(list(all_rows))
        plain: dict[Place, Stated] = {}
        erased: list[RecordRow] = []
        for at, row in all_rows.items():
            body = bodies[at]
            if body.quarantined:
                continue
            if body.main is None:
                erased.append(row)
            elif (one := _decoded(row, body, body.main, known)) is not None:
                plain[at] = one
        return _with_acts(plain), erased


@dataclass(frozen=True, slots=True)
class Reading:
    """Everything one question reads with, on one connection."""

    logs: LogReading
    records: RecordReading
    files: FileReading


@asynccontextmanager
async def open_reading(db: Database) -> AsyncIterator[Reading]:
    """Lend one connection for a question.

    Never wait for anything else that takes a connection inside (a search, a proof): as many
    questions at once as the pool has connections would wait for each other for ever.
    """
    async with db.pool.acquire() as connection:
        yield Reading(LogReading(connection), RecordReading(connection), FileReading(connection))


def _decoded(row: RecordRow, body: Body, main: bytes, known: Known) -> Stated | None:
    """Decode a body; one that this version cannot read is treated like a quarantined one."""
    try:
        record = decode_main(main)
    except ValidationError:
        return None
    head = known.by_id[row.log_id]
    return Stated(row, head.origin, head.party_code, record, main, body.entry, body.has_restricted)


def _with_acts(plain: Mapping[Place, Stated]) -> dict[Place, Stated]:
    acts: dict[tuple[int, str], list[Stated]] = {}
    for one in plain.values():
        if one.row.target_log is not None and one.row.target_id is not None:
            acts.setdefault((one.row.target_log, one.row.target_id), []).append(one)

    def joined(one: Stated, depth: int) -> Stated:
        named = acts.get((one.row.log_id, one.row.record_id), ()) if depth else ()
        found = [act for act in named if _acts_on(act, one)]
        if not found:
            return one
        found.sort(key=lambda act: act.row.place)
        nested = tuple(joined(act, depth - 1) for act in found)
        return Stated(
            one.row, one.origin, one.member, one.record, one.main, one.entry,
            one.has_restricted, nested,
        )  # fmt: skip

    return {at: joined(one, _ACT_DEPTH) for at, one in plain.items()}


def _acts_on(act: Stated, one: Stated) -> bool:
    """Say whether an act that names this record's id means it: same entry, same subject.

    Inside one log admission has compared the subjects, also of those without a code.
    """
    if not isinstance(act.record, Act) or act.record.target.entry != one.entry.hex():
        return False
    return act.row.log_id == one.row.log_id or act.row.subject_id == one.row.subject_id


def _components(
    rows: Mapping[bytes, SubjectRow], links: Mapping[tuple[bytes, bytes], str]
) -> dict[bytes, tuple[SubjectRow, ...]]:
    """Group subjects that are the same; a judgement *different* keeps equal codes apart.

    Organisation codes and judgements between two unified codes bind. A weaker code (an old
    registration number) follows the one file it belongs to; if it is claimed by two files with
    unified codes it stays alone, since a false merger puts one firm's record on another's page.
    """
    group_of = {one: {one} for one in rows}
    for one, other in _same_orgcode(rows, links):
        _join(group_of, (one, other))
    weak: dict[bytes, list[bytes]] = {}
    for (one, other), judgement in sorted(links.items()):
        if judgement != "same" or one not in rows or other not in rows:
            continue
        if rows[one].scheme == rows[other].scheme == "uscc":
            _join(group_of, (one, other))
            continue
        for end, far in ((one, other), (other, one)):
            if rows[end].scheme != "uscc":
                weak.setdefault(end, []).append(far)
    for end, far_ends in weak.items():
        groups = {id(group_of[member]): group_of[member] for member in (end, *far_ends)}
        coded = [g for g in groups.values() if any(rows[m].scheme == "uscc" for m in g)]
        if len(coded) <= 1:
            _join(group_of, (end, *far_ends))
    return {one: tuple(rows[member] for member in group) for one, group in group_of.items()}


def _join(group_of: dict[bytes, set[bytes]], members: Sequence[bytes]) -> None:
    joined = set().union(*(group_of[member] for member in members))
    for member in joined:
        group_of[member] = joined


def _same_orgcode(
    rows: Mapping[bytes, SubjectRow], links: Mapping[tuple[bytes, bytes], str]
) -> list[tuple[bytes, bytes]]:
    by_orgcode: dict[str, list[bytes]] = {}
    for row in rows.values():
        if row.orgcode:
            by_orgcode.setdefault(row.orgcode, []).append(row.subject_id)
    return [
        pair
        for same in by_orgcode.values()
        if len(same) <= _SHARED_MAX
        for i, a in enumerate(same)
        for b in same[i + 1 :]
        if links.get(pair := (min(a, b), max(a, b))) != "different"
    ]


def _loaded(
    group: Iterable[SubjectRow],
    of: Mapping[bytes, Sequence[Stated]],
    gaps: Mapping[bytes, Sequence[Place]],
) -> Loaded:
    subjects = tuple(sorted(group, key=_strength))
    records = sorted((one for row in subjects for one in of[row.subject_id]), key=_order)
    erased = sorted(place for row in subjects for place in gaps[row.subject_id])
    return Loaded(subjects[0], subjects, tuple(records), tuple(erased))


def _ends(link: Link) -> Sequence[bytes]:
    return (link.one, link.other) if link.judgement == "same" else ()


def _strength(row: SubjectRow) -> tuple[int, bytes]:
    return _SCHEMES.index(row.scheme), row.subject_id


def _order(one: Stated) -> tuple[int, str, int]:
    return -one.record.decided_on.toordinal(), one.origin, one.row.idx
