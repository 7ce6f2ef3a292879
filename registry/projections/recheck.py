"""The last part of an audit: build every search document again, and compare with the index.

An index is built as of a day, and records end without a commit (a listing expires, publicity is
over). So a document may be as on any day since the last commit that touched its subject; the read
side decides by the present day for each hit.
"""

from bisect import bisect_right
from collections.abc import AsyncIterator, Iterable, Iterator, Mapping, Sequence
from datetime import date, timedelta
from typing import Final

import msgspec

from registry.clock import SHANGHAI, Clock, today
from registry.ledger.audit_report import AuditReport, Problem
from registry.projections.search import NAME, document_of, is_of
from registry.projections.served import Served
from registry.store.audit import AuditStore, StoredCommit, open_audit
from registry.store.engine import Database
from registry.store.reading import Known, LogReading
from registry.store.reading_files import FileReading, Loaded, Stated
from registry.store.reading_follow import FollowReading
from search.documents import Document
from search.engine import Engine
from search.errors import SearchError

AT_ONCE: Final = 500
"""Subjects, and documents, compared at once."""


async def audit_index(
    db: Database,
    engine: Engine,
    clock: Clock,
    report: AuditReport,
    served: Served | None = None,
) -> None:
    """Compare a search index, PostgreSQL's or a ``served`` one, with what the current state gives.

    Only an index that has followed every commit, and still has at the end, can be compared; else
    the count ``index lag`` says how many commits are to come.
    """
    name = NAME if served is None else served.name
    async with open_audit(db) as store:
        commits = await store.commits()
        members = frozenset[str]() if served is None else served.members
        audit = _IndexAudit(store, commits, today(clock), members)
        last = commits[-1].seq if commits else 0
        lag = last - await FollowReading(store.connection).cursor(name)
        if lag == 0:
            try:
                await audit.run(engine)
            except SearchError as error:
                report.differ(f"index {name}", f"{error.code}: {error}")
                return
    if lag < 0:
        report.differ(f"cursor {name}", f"{-lag} commits ahead of the last one")
    elif lag := lag or await FollowReading(db.pool).last() - last:
        report.count("index lag", lag)
    else:
        report.count("documents" if name == NAME else f"documents {name}", audit.documents)
        report.problems += audit.problems


class _IndexAudit:
    def __init__(
        self,
        store: AuditStore,
        commits: Sequence[StoredCommit],
        day: date,
        members: frozenset[str],
    ) -> None:
        self._store = store
        self._members = members
        self._files = FileReading(store.connection)
        self._today = day
        self._last = commits[-1].seq if commits else 0
        self._days_of = _by_log(commits)
        self.documents = 0
        self.problems: list[Problem] = []

    async def run(self, engine: Engine) -> None:
        """Walk subjects and documents together, both in the order of their ids."""
        known = await LogReading(self._store.connection).known()
        indexed = _Indexed(engine)
        chunk: list[bytes] = []
        async for subject in self._store.subjects():
            chunk.append(subject[0])
            if len(chunk) == AT_ONCE:
                await self._compare(chunk, known, await indexed.upto(chunk[-1].hex()))
                chunk = []
        await self._compare(chunk, known, await indexed.upto(None))

    async def _compare(
        self, subjects: Sequence[bytes], known: Known, found: Mapping[str, Document]
    ) -> None:
        for loaded in (await self._load(subjects, known)).values():
            self._document(loaded, found.get(loaded.root.subject_id.hex()))
        for one in sorted(found.keys() - {subject.hex() for subject in subjects}):
            self._differ(one, "is about no subject")
        for document in found.values():
            self.documents += 1
            if document.version > self._last:
                self._differ(document.id, f"is of commit {document.version}, which is not here")

    async def _load(self, subjects: Sequence[bytes], known: Known) -> dict[bytes, Loaded]:
        """Load files together; where damaged rows make one unreadable, find out which."""
        try:
            return await self._files.load_alone(subjects, known)
        except (LookupError, ValueError, msgspec.DecodeError):
            if len(subjects) == 1:
                self._differ(subjects[0].hex(), "cannot be built from what is stored")
                return {}
        half = len(subjects) // 2
        return await self._load(subjects[:half], known) | await self._load(subjects[half:], known)

    def _document(self, loaded: Loaded, found: Document | None) -> None:
        version = 0 if found is None else found.version
        if all(self._made(loaded, day, version) != found for day in self._days(loaded)):
            what = "is missing" if found is None else "is not what the records of its subject say"
            self._differ(loaded.root.subject_id.hex(), what)

    def _made(self, loaded: Loaded, day: date, version: int) -> Document | None:
        made = document_of(loaded, day, version)
        return made if made is not None and is_of(made, self._members) else None

    def _days(self, loaded: Loaded) -> Iterator[date]:
        """Yield the days on which the document may have been built, the likeliest first."""
        yield self._today
        touched = (
            self._days_of[one.row.log_id].at(one.row.idx)
            for one in _with_acts(loaded.records)
            if one.row.log_id in self._days_of
        )
        first = max(touched, default=self._today)
        for ahead in range((self._today - first).days):
            yield first + timedelta(days=ahead)

    def _differ(self, document: str, what: str) -> None:
        self.problems.append(Problem(f"document {document}", what))


class _Indexed:
    """The documents of an engine in the order of their ids, taken piece by piece."""

    def __init__(self, engine: Engine) -> None:
        self._documents = _all_documents(engine)
        self._waiting: Document | None = None

    async def upto(self, last: str | None) -> dict[str, Document]:
        """Take all documents up to an id, or all that are left."""
        found: dict[str, Document] = {}
        while True:
            self._waiting = self._waiting or await anext(self._documents, None)
            if self._waiting is None or (last is not None and self._waiting.id > last):
                return found
            found[self._waiting.id] = self._waiting
            self._waiting = None


class _CommitDays:
    """When each part of a log was committed."""

    def __init__(self) -> None:
        self._ends: list[int] = []
        self._days: list[date] = []

    def add(self, commit: StoredCommit) -> None:
        self._ends.append(commit.end)
        self._days.append(commit.committed_at.astimezone(SHANGHAI).date())

    def at(self, idx: int) -> date:
        """Return the day on which a position was committed; beyond the last, that of the last."""
        return self._days[min(bisect_right(self._ends, idx), len(self._days) - 1)]


def _by_log(commits: Iterable[StoredCommit]) -> dict[int, _CommitDays]:
    days: dict[int, _CommitDays] = {}
    for commit in commits:
        days.setdefault(commit.log_id, _CommitDays()).add(commit)
    return days


def _with_acts(records: Iterable[Stated]) -> Iterator[Stated]:
    for one in records:
        yield one
        yield from _with_acts(one.acts)


async def _all_documents(engine: Engine) -> AsyncIterator[Document]:
    after = ""
    while page := await engine.documents(after, AT_ONCE):
        for document in page:
            yield document
        after = page[-1].id
