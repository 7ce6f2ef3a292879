"""The last part of an audit: build all that an index should hold again, and compare.

An index is built as of a day, and records end without a commit (a listing expires, publicity is
over). So a document may be as on any day since the last commit that touched its subject; the read
side decides by the present day for each hit.
"""

from bisect import bisect_right
from collections.abc import (
    AsyncIterator,
    Awaitable,
    Callable,
    Iterable,
    Iterator,
    Mapping,
    Sequence,
)
from dataclasses import dataclass
from datetime import date, timedelta
from itertools import chain
from operator import attrgetter
from typing import Final, Generic, TypeVar

import msgspec

from registry.clock import SHANGHAI, Clock, today
from registry.ledger.audit_report import AuditReport, Problem
from registry.projections.search import NAME, document_of, is_of
from registry.projections.served import Served
from registry.projections.texts import NAME as TEXTS
from registry.projections.texts import texts_of
from registry.store.audit import AuditStore, StoredCommit, open_audit
from registry.store.engine import Database
from registry.store.reading import Known, LogReading
from registry.store.reading_files import FileReading, Loaded, Stated
from registry.store.reading_follow import FollowReading
from search.documents import Document
from search.engine import Engine
from search.errors import SearchError
from search.texts.engine import TextEngine
from search.texts.text import Text

AT_ONCE: Final = 500
"""Subjects, and documents, compared at once."""
D = TypeVar("D")


@dataclass(frozen=True, slots=True)
class Index(Generic[D]):
    """An index as an audit sees it: the cursor it is kept under, what the report calls its content.

    ``read`` gives what it holds about the next subjects after an id, ``about`` whom a part of that
    is about. ``wanted`` says what there should be of a subject on a day, beside what was found.
    """

    name: str
    one: str
    counted: str
    read: Callable[[str, int], Awaitable[list[D]]]
    about: Callable[[D], str]
    wanted: Callable[[Loaded, date, Sequence[D]], Sequence[D]]
    version: Callable[[D], int] = lambda _: 0


async def audit_index(
    db: Database,
    engine: Engine,
    clock: Clock,
    report: AuditReport,
    served: Served | None = None,
) -> None:
    """Compare an index of names, PostgreSQL's or a ``served`` one, with what the records say."""
    name = NAME if served is None else served.name
    members = frozenset[str]() if served is None else served.members
    counted = "documents" if name == NAME else f"documents {name}"

    def wanted(loaded: Loaded, day: date, found: Sequence[Document]) -> Sequence[Document]:
        built = document_of(loaded, day, found[0].version if found else 0)
        return [built] if built is not None and is_of(built, members) else []

    about, version = attrgetter("id"), attrgetter("version")
    index = Index(name, "document", counted, engine.documents, about, wanted, version)
    await _audit(db, index, clock, report)


async def audit_texts(
    db: Database, engine: TextEngine, clock: Clock, report: AuditReport, name: str = TEXTS
) -> None:
    """Compare an index of texts, kept under the cursor ``name``, with what the records say."""
    counted = "texts" if name == TEXTS else f"texts {name}"

    def wanted(loaded: Loaded, day: date, _: Sequence[Text]) -> Sequence[Text]:
        return texts_of(loaded, day)

    index = Index(name, "texts about", counted, engine.texts, attrgetter("about"), wanted)
    await _audit(db, index, clock, report)


async def _audit(db: Database, index: Index[D], clock: Clock, report: AuditReport) -> None:
    """Compare an index with what the current state gives.

    Only an index that has followed every commit, and still has at the end, can be compared; else
    the count ``index lag`` says how many commits are to come.
    """
    async with open_audit(db) as store:
        commits = await store.commits()
        audit = _IndexAudit(store, commits, today(clock), index)
        last = commits[-1].seq if commits else 0
        lag = last - await FollowReading(store.connection).cursor(index.name)
        if lag == 0:
            try:
                await audit.run()
            except SearchError as error:
                report.differ(f"index {index.name}", f"{error.code}: {error}")
                return
    if lag < 0:
        report.differ(f"cursor {index.name}", f"{-lag} commits ahead of the last one")
    elif lag := lag or await FollowReading(db.pool).last() - last:
        report.count("index lag", lag)
    else:
        report.count(index.counted, audit.documents)
        report.problems += audit.problems


class _IndexAudit(Generic[D]):
    def __init__(
        self, store: AuditStore, commits: Sequence[StoredCommit], day: date, index: Index[D]
    ) -> None:
        self._index = index
        self._store = store
        self._files = FileReading(store.connection)
        self._today = day
        self._last = commits[-1].seq if commits else 0
        self._days_of = _by_log(commits)
        self.documents = 0
        self.problems: list[Problem] = []

    async def run(self) -> None:
        """Walk subjects and documents together, both in the order of their ids."""
        known = await LogReading(self._store.connection).known()
        indexed = _Indexed(self._index)
        chunk: list[bytes] = []
        async for subject in self._store.subjects():
            chunk.append(subject[0])
            if len(chunk) == AT_ONCE:
                await self._compare(chunk, known, await indexed.upto(chunk[-1].hex()))
                chunk = []
        await self._compare(chunk, known, await indexed.upto(None))

    async def _compare(
        self, subjects: Sequence[bytes], known: Known, found: Mapping[str, Sequence[D]]
    ) -> None:
        for loaded in (await self._load(subjects, known)).values():
            self._document(loaded, found.get(loaded.root.subject_id.hex(), ()))
        for one in sorted(found.keys() - {subject.hex() for subject in subjects}):
            self._differ(one, "is about no subject")
        for document in chain.from_iterable(found.values()):
            self.documents += 1
            if (version := self._index.version(document)) > self._last:
                about = self._index.about(document)
                self._differ(about, f"is of commit {version}, which is not here")

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

    def _document(self, loaded: Loaded, found: Sequence[D]) -> None:
        wanted = (self._index.wanted(loaded, day, found) for day in self._days(loaded))
        if all([*one] != [*found] for one in wanted):
            what = "is not what the records of its subject say" if found else "is missing"
            self._differ(loaded.root.subject_id.hex(), what)

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
        self.problems.append(Problem(f"{self._index.one} {document}", what))


class _Indexed(Generic[D]):
    """What an index holds in the order of whom it is about, taken piece by piece."""

    def __init__(self, index: Index[D]) -> None:
        self._about = index.about
        self._documents = _all_documents(index)
        self._waiting: D | None = None

    async def upto(self, last: str | None) -> dict[str, list[D]]:
        """Take everything about those up to an id, or all that is left."""
        found: dict[str, list[D]] = {}
        while True:
            self._waiting = self._waiting or await anext(self._documents, None)
            if self._waiting is None or (last is not None and self._about(self._waiting) > last):
                return found
            found.setdefault(self._about(self._waiting), []).append(self._waiting)
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


async def _all_documents(index: Index[D]) -> AsyncIterator[D]:
    after = ""
    while page := await index.read(after, AT_ONCE):
        for document in page:
            yield document
        after = index.about(page[-1])
