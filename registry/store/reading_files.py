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

from msgspec import ValidationError

from registry.domain import life
from registry.domain.disclosure import State
from registry.domain.records import Act, Amendment, AnyRecord, decode_main
from registry.store.engine import Database
from registry.store.joining import Conflict, Joined, Pair, joined, standing
from registry.store.reading import Known, LatestKnown, LogReading, Source
from registry.store.reading_records import (
    Body,
    Link,
    Place,
    PlainFile,
    RecordReading,
    RecordRow,
    SubjectRow,
)
from registry.store.reading_standards import StandardReading

_ROUNDS = 4
"""Steps of following links: code to code to code; longer chains are a fault, not a subject."""
_ACT_DEPTH = 8
"""An objection, its outcome, what withdraws that, what withdraws that, and so on."""


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

    @property
    def competent(self) -> bool:
        """Whether an act may take effect."""
        return self.row.competent

    def state_on(self, day: date) -> State:
        """Return what has become of the record on a day."""
        return life.state_on(self, day)

    def counts_on(self, day: date) -> bool:
        """Tell whether this act has effect on a day."""
        return life.counts_on(self, day)


@dataclass(frozen=True, slots=True)
class Loaded:
    """A subject under all its codes; ``erased`` are places whose body the law has taken away.

    ``links`` are the judgements that stand about any of its codes, ``conflicts`` those that could
    not be given effect.
    """

    root: SubjectRow
    subjects: tuple[SubjectRow, ...]
    records: tuple[Stated, ...]
    erased: tuple[Place, ...] = ()
    links: tuple[Link, ...] = ()
    conflicts: tuple[Conflict, ...] = ()


class FileReading:
    """Reads whole files of subjects: five statements, however many subjects are asked for."""

    def __init__(self, source: Source) -> None:
        """Take what the statements run on."""
        self._reading = RecordReading(source)

    async def load(self, ids: Iterable[bytes], known: Known) -> dict[bytes, Loaded]:
        """Return the file of each id with all codes of the same subject; unknown ids are absent."""
        asked = set(ids)
        rows, links = await self._closure(asked)
        groups = joined(rows, links)
        return await self._files({one: groups[one] for one in asked if one in groups}, known)

    async def load_alone(self, ids: Iterable[bytes], known: Known) -> dict[bytes, Loaded]:
        """Return the file of each id by itself, without the records under other codes."""
        asked = set(ids)
        rows = {row.subject_id: row for row in await self._reading.subjects(asked)}
        alone = {one: Joined((rows[one],)) for one in asked if one in rows}
        return await self._files(alone, known)

    async def located(
        self, asked: Iterable[tuple[bytes, Place]], known: Known
    ) -> dict[Place, Loaded]:
        """Return records by (subject, place), each as a file with all codes and no other record."""
        asked = list(asked)
        groups = joined(*await self._closure({subject for subject, _ in asked}))
        found = await self.stated(await self._reading.of_places(asked), known)
        subjects = ((at, groups[subject].subjects) for subject, at in asked if at in found)
        return {at: Loaded(group[0], group, (found[at],)) for at, group in subjects}

    async def load_group(self, root: bytes, ids: Iterable[bytes], known: Known) -> Loaded | None:
        """Return the file of a subject as of a known set, under just these codes of it.

        None where a code is unknown: what is named was never one subject here.
        """
        rows = {row.subject_id: row for row in await self._reading.subjects({root, *ids})}
        others = sorted({*ids} - {root})
        if root not in rows or any(one not in rows for one in others):
            return None
        group = Joined((rows[root], *(rows[one] for one in others)))
        return (await self._files({root: group}, known))[root]

    async def stated(self, rows: Iterable[RecordRow], known: Known) -> dict[Place, Stated]:
        """Return these records with bodies and acts; quarantined and erased ones are absent."""
        found, _ = await self._stated(rows, known)
        return found

    async def later_entries(
        self, asked: Iterable[tuple[int, str, date]], limit: int, known: Known
    ) -> tuple[Stated, ...]:
        """Return the first entries into a list, whoever about, for each (log, list, since)."""
        found = await self._reading.later_entries(asked, limit)
        return tuple((await self.bodied(found, known)).values())

    async def bodied(
        self, found: Iterable[tuple[RecordRow, Body, bool]], known: Known
    ) -> dict[Place, Stated]:
        """Return records that were read with their bodies; only acts on them (True) are read now.

        Quarantined and erased ones are absent; acts are there as records of their own, too.
        """
        held = [one for one in found if known.holds(*one[0].place)]
        plain, _ = _read(((row, body) for row, body, acted in held if not acted), known)
        acted_on = [row for row, _, acted in held if acted]
        return plain | (await self.stated(acted_on, known) if acted_on else {})

    async def _closure(
        self, ids: Iterable[bytes]
    ) -> tuple[dict[bytes, SubjectRow], dict[Pair, Link]]:
        rows: dict[bytes, SubjectRow] = {}
        links: dict[Pair, Link] = {}
        frontier = set(ids)
        for _ in range(_ROUNDS):
            found = {row.subject_id: row for row in await self._reading.subjects(frontier)}
            fresh = found.keys() - rows.keys()
            rows.update(found)
            judged = standing(await self._reading.links(fresh)) if fresh else {}
            links.update(judged)
            same = (pair for pair, link in judged.items() if link.judgement == "same")
            frontier = {one for pair in same for one in pair} - rows.keys()
            if not frontier:
                break
        return rows, links

    async def _files(self, groups: Mapping[bytes, Joined], known: Known) -> dict[bytes, Loaded]:
        members = {row.subject_id for group in groups.values() for row in group.subjects}
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
        return _read(((row, bodies[at]) for at, row in all_rows.items()), known)


@dataclass(frozen=True, slots=True)
class Moment:
    """A subject's file (None: there is none), the known set it is of, and what checks passed."""

    known: Known
    checks: int
    loaded: Loaded | None


@dataclass(frozen=True, slots=True)
class Reading:
    """Everything one question reads with, on one connection."""

    logs: LogReading
    records: RecordReading
    files: FileReading
    standards: StandardReading

    async def subject(self, asked: bytes, latest: LatestKnown) -> Moment:
        """Return the file of one subject as of now.

        In one statement where the subject stands for itself and nothing was admitted since the
        last question; else the known set first, then step by step.
        """
        plain = await self.records.plain_file(asked)
        known = latest.at(plain.newest) if plain is not None else None
        if plain is not None and known is not None:
            return Moment(known, plain.checks, _plain(plain, known))
        known = await latest.read(self.logs)
        loaded = await self.files.load((asked,), known)
        return Moment(known, await self.logs.checked_with(), loaded.get(asked))


@asynccontextmanager
async def open_reading(db: Database) -> AsyncIterator[Reading]:
    """Lend one connection for a question.

    Never wait for anything else that takes a connection inside (a search, a proof): as many
    questions at once as the pool has connections would wait for each other for ever.
    """
    async with db.pool.acquire() as connection:
        yield reading_on(connection)


def reading_on(connection: Source) -> Reading:
    """Return what reads on one connection."""
    return Reading(
        LogReading(connection),
        RecordReading(connection),
        FileReading(connection),
        StandardReading(connection),
    )


def _plain(plain: PlainFile, known: Known) -> Loaded:
    held = (one for one in plain.records if known.holds(*one[0].place))
    stated, erased = _read(held, known)
    records = tuple(sorted(stated.values(), key=_order))
    gaps = tuple(sorted(row.place for row in erased))
    return Loaded(plain.subject, (plain.subject,), records, gaps)


def _read(
    held: Iterable[tuple[RecordRow, Body]], known: Known
) -> tuple[dict[Place, Stated], list[RecordRow]]:
    """Decode what is there to be read, with acts; return what was erased apart."""
    plain: dict[Place, Stated] = {}
    erased: list[RecordRow] = []
    for row, body in held:
        if body.quarantined:
            continue
        if body.main is None:
            erased.append(row)
        elif (one := _decoded(row, body, body.main, known)) is not None:
            plain[row.place] = one
    return _with_acts(plain), erased


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
    without, former = _amendments(plain)

    def upon(one: Stated) -> list[Stated]:
        named = acts.get((one.row.log_id, one.row.record_id), ())
        return [act for act in named if act.row.place not in without and _acts_on(act, one)]

    def joined(one: Stated, depth: int) -> Stated:
        found = upon(one) if depth else []
        seen = one
        for _ in range(
            _ACT_DEPTH if depth else 0
        ):  # what is upon the former versions stays upon it
            before = former.get((seen.row.log_id, seen.entry))
            if before is None:
                break
            seen = before
            found += [act for act in upon(seen) if not isinstance(act.record, Amendment)]
        if not found:
            return one
        found.sort(key=lambda act: act.row.place)
        nested = tuple(joined(act, depth - 1) for act in found)
        return Stated(
            one.row, one.origin, one.member, one.record, one.main, one.entry,
            one.has_restricted, nested,
        )  # fmt: skip

    return {at: joined(one, _ACT_DEPTH) for at, one in plain.items()}


def _amendments(
    plain: Mapping[Place, Stated],
) -> tuple[set[Place], dict[tuple[int, bytes], Stated]]:
    """Return the amendments that count for nothing, and by (log, entry) what each replaced.

    In the order of the log: what was amended already is not amended again, and cannot come back
    in the place of another, so that no two amendments make a record vanish.
    """
    idle: set[Place] = set()
    former: dict[tuple[int, bytes], Stated] = {}
    made = [at for at, one in plain.items() if isinstance(one.record, Amendment)]
    if not made:
        return idle, former
    by_entry = {(one.row.log_id, one.entry): one for one in plain.values()}
    amended: set[bytes] = set()
    for place in sorted(made):
        one = plain[place]
        record = one.record
        if not isinstance(record, Amendment) or not one.row.competent:
            continue
        target = bytes.fromhex(record.target.entry)
        replacement = bytes.fromhex(record.replacement.entry)
        if target in amended or replacement in amended:
            idle.add(place)
            continue
        amended.add(target)
        before = by_entry.get((one.row.log_id, target))
        if before is not None:
            former[one.row.log_id, replacement] = before
    return idle, former


def _acts_on(act: Stated, one: Stated) -> bool:
    """Say whether an act that names this record's id means it: same entry, same subject.

    Inside one log admission has compared the subjects, also of those without a code.
    """
    if not isinstance(act.record, Act) or act.record.target.entry != one.entry.hex():
        return False
    return act.row.log_id == one.row.log_id or act.row.subject_id == one.row.subject_id


def _loaded(
    group: Joined,
    of: Mapping[bytes, Sequence[Stated]],
    gaps: Mapping[bytes, Sequence[Place]],
) -> Loaded:
    subjects = group.subjects
    records = sorted((one for row in subjects for one in of[row.subject_id]), key=_order)
    erased = sorted(place for row in subjects for place in gaps[row.subject_id])
    return Loaded(
        subjects[0], subjects, tuple(records), tuple(erased), group.links, group.conflicts
    )


def _order(one: Stated) -> tuple[int, str, int]:
    return -one.record.decided_on.toordinal(), one.origin, one.row.idx
