"""The second half of an audit: derive every row again from the bodies, and compare.

Each log is walked commit by commit, since equal salts and ids are looked for inside a batch and an
act sees only what stood before the end of its own. A body that is gone, or is not what was logged
(which the audit of the log names), can say nothing: its rows are let stand, and counted.
"""

from collections.abc import AsyncIterator, Collection, Sequence
from dataclasses import dataclass, field
from hashlib import sha256

import msgspec

from registry.domain.records import decode_main
from registry.ingest.acts import resolve_acts
from registry.ingest.prepare import PendingAct, Preparer
from registry.ingest.recheck_subjects import Derived
from registry.ledger.audit_report import AuditReport
from registry.store.admission import RecordRow, TargetRow
from registry.store.audit import AuditStore, StoredBody, StoredCommit, StoredLog, open_audit
from registry.store.engine import Database
from signing.charter import Party
from signing.errors import UnknownKeyError
from signing.record import NO_RESTRICTED, entry_of

_JUDGED = 9
"""Columns of a record row before those in which an act is judged."""
Rows = dict[int, set[RecordRow]]


async def audit_records(db: Database, report: AuditReport) -> None:
    """Compare records, quarantine, subjects, names, links and namings with what the bodies say.

    ``report`` is that of the audit of the logs: it has the charters to judge acts by.
    """
    async with open_audit(db) as store:
        origins = {log.log_id: log.origin for log in await store.logs()}
        derived = Derived(lambda log_id, idx: f"{origins.get(log_id, f'log {log_id}')}/{idx}")
        commits = await store.commits()
        for log in await store.logs():
            recheck = _LogRecheck(store, report, derived, log)
            await recheck.run([commit for commit in commits if commit.log_id == log.log_id])
        await derived.compare(store, report)
        for log_id, kind, code, missing in await store.kinds_amiss():
            what = "is missing" if missing else "is of no record"
            place = origins.get(log_id, f"log {log_id}")
            report.differ(place, f"the kind {kind} {code}".rstrip() + f" {what}")


@dataclass(slots=True)
class _Found:
    """The stored rows of one chunk, and what its bodies say.

    ``silent`` are positions whose body cannot say anything; of acts that are ``unsettled`` only
    what does not need the target can be compared.
    """

    stored: Rows
    records: Rows = field(default_factory=dict)
    codes: dict[int, list[str]] = field(default_factory=dict)
    acts: list[PendingAct] = field(default_factory=list)
    silent: set[int] = field(default_factory=set)
    unsettled: set[int] = field(default_factory=set)

    def add(self, rows: Sequence[RecordRow]) -> None:
        for row in rows:
            self.records.setdefault(row[2], set()).add((*row[:-1], tuple(row[-1])))


class _LogRecheck:
    """The rows of one log."""

    def __init__(
        self, store: AuditStore, report: AuditReport, derived: Derived, log: StoredLog
    ) -> None:
        self._store = store
        self._report = report
        self._derived = derived
        self._log = log
        self._known: set[str] = set()
        self._rows = _Stream(store.records(log.log_id))

    async def run(self, commits: Sequence[StoredCommit]) -> None:
        for commit in commits:
            await self._commit(commit)
        for idx, rows in (await self._rows.below(None)).items():
            self._differ(idx, f"rows of what no commit holds: {_shown(rows)}")

    async def _commit(self, commit: StoredCommit) -> None:
        preparer = Preparer(self._log.origin, self._log.log_id, commit.start)
        position = commit.start
        log_id = self._log.log_id
        mute = await self._store.beside_erased(log_id, commit.start, commit.end)
        async for bodies in self._store.bodies(log_id, commit.start, commit.end):
            found = _Found(await self._rows.below(bodies[-1].idx + 1))
            for body in bodies:
                if body.idx != position:  # a gap, which the audit of the log names
                    self._derived.add(commit.seq, self._log.log_id, preparer)
                    preparer = Preparer(self._log.origin, self._log.log_id, body.idx)
                self._derive(preparer, body, found, mute)
                position = body.idx + 1
            await self._acts(commit, found)
            await self._compare(found, bodies[0].idx, position)
        self._derived.add(commit.seq, self._log.log_id, preparer)

    def _derive(
        self, preparer: Preparer, body: StoredBody, found: _Found, mute: Collection[int]
    ) -> None:
        """Take what a body says; of those ``mute`` it hangs on another one that was erased."""
        line = None if body.idx in mute else line_of(body)
        if line is None:
            preparer.skip()
            found.silent.add(body.idx)
            self._known.update(row[4] for row in found.stored.get(body.idx, ()))
            return
        self._report.count("records")
        prepared = preparer.rows(preparer.check([line]), self._known)
        found.add(prepared.records)
        found.acts += prepared.acts
        for idx, findings in prepared.quarantined:
            found.codes[idx] = sorted({one.code for one in findings})
        self._known.update(row[4] for row in prepared.records)
        self._known.update(act.record.id for act in prepared.acts)

    async def _acts(self, commit: StoredCommit, found: _Found) -> None:
        party = self._party(commit.charter_version)
        if party is None:  # which the audit of the commits names
            found.silent.update(act.idx for act in found.acts)
            return
        targets = _Targets(self._store, commit.end)
        log = self._log
        found.add(await resolve_acts(targets, found.acts, log.origin, log.log_id, party))
        found.unsettled.update(
            act.idx
            for act in found.acts
            if act.record.target.origin == log.origin and act.record.target.id in targets.unsettled
        )

    def _party(self, version: int) -> Party | None:
        charter = self._report.charters.get(version)
        try:
            return None if charter is None else charter.party(self._log.origin)
        except UnknownKeyError:
            return None

    async def _compare(self, found: _Found, start: int, end: int) -> None:
        held = await self._store.quarantined(self._log.log_id, start, end)
        everywhere = found.stored.keys() | found.records.keys() | found.codes.keys() | held.keys()
        for idx in sorted(everywhere - found.silent):
            rows, derived = found.stored.get(idx, set()), found.records.get(idx, set())
            same = rows == derived
            if idx in found.unsettled:
                same = _unjudged(rows) == _unjudged(derived)
            if not same:
                self._differ(idx, f"its rows say {_shown(rows)}, its body {_shown(derived)}")
            if held.get(idx) != found.codes.get(idx):
                self._differ(
                    idx, f"quarantine says {held.get(idx)}, its body {found.codes.get(idx)}"
                )
        for idx in sorted(found.silent):
            rows = found.stored.get(idx, set())
            self._report.count("records without a body")
            self._derived.forget(self._log.log_id, idx, rows)
            if len(rows) + (idx in held) != 1:
                self._differ(idx, f"neither one row nor in quarantine: {_shown(rows)}")

    def _differ(self, idx: int, what: str) -> None:
        self._report.differ(f"{self._log.origin}/{idx}", what)


class _Targets:
    """Targets as the admission of a batch saw them: none that came after it.

    Those whose body is gone by now, or damaged, leave their acts ``unsettled``: it could be
    compared with the act then, and cannot now.
    """

    def __init__(self, store: AuditStore, before: int) -> None:
        self._store = store
        self._before = before
        self.unsettled: set[str] = set()

    async def targets(self, log_id: int, ids: Sequence[str]) -> tuple[TargetRow, ...]:
        sound = []
        for row in await self._store.targets(log_id, ids, self._before):
            if _decodes(row):
                sound.append(row)
            else:
                self.unsettled.add(row.record_id)
        return tuple(sound)

    async def quarantined_entry(self, log_id: int, entry: bytes) -> int | None:
        return await self._store.quarantined_entry(log_id, entry)


class _Stream:
    """Rows of a log in the order of their positions, taken piece by piece."""

    def __init__(self, rows: AsyncIterator[RecordRow]) -> None:
        self._rows = rows
        self._waiting: RecordRow | None = None

    async def below(self, end: int | None) -> Rows:
        """Take all rows up to a position, or all that are left."""
        found: Rows = {}
        while True:
            self._waiting = self._waiting or await anext(self._rows, None)
            if self._waiting is None or (end is not None and self._waiting[2] >= end):
                return found
            found.setdefault(self._waiting[2], set()).add(self._waiting)
            self._waiting = None


def line_of(body: StoredBody) -> bytes | None:
    """Return the record line, or None where the body is not, or no longer, what was logged."""
    if body.main is None or entry_of(body.main, body.restricted) != body.entry:
        return None
    return body.main if body.restricted is None else b"\t".join((body.main, body.restricted))


def _decodes(row: TargetRow) -> bool:
    if row.main is None or sha256(row.main).digest() != row.entry[: len(NO_RESTRICTED)]:
        return False
    try:
        decode_main(row.main)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        return False
    return True


def _unjudged(rows: set[RecordRow]) -> set[tuple[object, ...]]:
    return {row[:_JUDGED] for row in rows}


def _shown(rows: set[RecordRow]) -> str:
    return "; ".join(
        f"{row[0].hex()} {' '.join(str(value) for value in row[3:])}" for row in sorted(rows)
    )
