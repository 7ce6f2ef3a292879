"""What applies to everybody: counted by territory, rule and measure, or compared under two books.

Subjects come in a stream, in parts, to as many processes as there are cores; each reads the files
of its part with the statements that one question takes, so the answers are those of
`registry.query.file`, and memory does not grow with their number.
"""

import asyncio
import os
from collections import Counter
from collections.abc import AsyncIterator, Callable, Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass, field
from datetime import date
from multiprocessing import get_context
from typing import Final, NamedTuple, Self, TypeVar

from registry.query.deciding import LATER
from registry.query.facts import facts_of, lists_of, next_lists, places_of
from registry.query.show import Sight, intact, members_of
from registry.query.views import Viewer
from registry.rules.compile import compile_book
from registry.rules.decide import decide
from registry.rules.load import load_book
from registry.rules.model import Adoption, AdoptionIndex, AppliedMeasure, Ask, Decision, Fact
from registry.rules.touching import Cause
from registry.store.reading import Head, Known
from registry.store.reading_files import Loaded, Reading, Stated
from registry.store.reading_population import reading_alone, subjects_with
from registry.store.reading_terms import names_of
from signing.charter import open_charter

Told = TypeVar("Told")
WAITING: Final = 2
"""Parts that wait for each process: enough to keep it busy, few enough to hold in memory."""


@dataclass(frozen=True, slots=True)
class Book:
    """A book as it travels to another process: its files, and who adopted what."""

    files: dict[str, bytes]
    adoptions: tuple[Adoption, ...]


@dataclass(frozen=True, slots=True)
class Survey:
    """What is asked of everybody: where, in which matter ('' = all), when, as whom.

    ``known`` are the heads of the logs that bound it; ``causes`` what a record must be for its
    subject to be looked at; ``books`` one to count, two to compare.
    """

    url: str
    charter: bytes
    books: tuple[Book, ...]
    causes: frozenset[Cause]
    known: tuple[Head, ...]
    territories: tuple[str, ...]
    matter: str
    on: date
    today: date
    viewer: Viewer


class Line(NamedTuple):
    """One measure of one subject in one territory; ``book`` is the place of its book."""

    book: int
    subject_id: str
    name: str
    territory: str
    kind: str
    rule: str
    edition: str
    measure: str
    effect: str
    state: str
    last_day: date | None
    causes: tuple[str, ...]


@dataclass(slots=True)
class Part:
    """What one part of the subjects came to: how many were looked at, records read, measures."""

    subjects: int = 0
    records: int = 0
    lines: list[Line] = field(default_factory=list)


class Weigher:
    """Decides about one subject after another under one or more books."""

    def __init__(self, survey: Survey) -> None:
        """Compile the books; what is asked stays the same for all."""
        charter = open_charter(survey.charter)
        self._survey = survey
        self._later: dict[tuple[int, str, date], tuple[Fact, ...]] = {}
        self._known = Known.of(survey.known)
        self._sight = Sight(survey.viewer, survey.on, survey.today)
        self._divisions = places_of(charter)
        self._places = {c: party.name for party in members_of(charter) for c in party.territory}
        self._books = [
            (compile_book(load_book(book.files)), AdoptionIndex(book.adoptions))
            for book in survey.books
        ]

    async def part(self, ids: Sequence[bytes], reading: Reading) -> Part:
        """Decide about these subjects; one under several codes counts once, for the first."""
        files = await reading.files.load(ids, self._known)
        part = Part()
        seen = {
            one: self._sight.seen(loaded.records)
            for one, loaded in sorted(files.items())
            if one == self._first(loaded)
        }
        for one, shown in seen.items():
            loaded = files[one]
            intact(loaded.records)
            part.subjects += 1
            part.records += len(loaded.records)
            part.lines += self._lines(loaded, shown, await self._facts(loaded, shown, reading))
        return part

    def _first(self, loaded: Loaded) -> bytes | None:
        """Return the code of a subject under which it is met first, None where nothing is cause."""
        causes = self._survey.causes
        met = (o.row.subject_id for o in loaded.records if (o.row.type, o.row.list_code) in causes)
        return min(met, default=None)

    async def _facts(
        self, loaded: Loaded, shown: tuple[Stated, ...], reading: Reading
    ) -> tuple[Fact, ...]:
        own = facts_of(shown, loaded.root.subject_id.hex(), self._divisions, self._survey.on)
        later = [fact for honour in lists_of(shown) for fact in await self._next(honour, reading)]
        if not later:
            return own
        mine = {fact.ref for fact in own}
        return (*own, *(fact for fact in later if fact.ref not in mine))

    async def _next(self, honour: tuple[int, str, date], reading: Reading) -> tuple[Fact, ...]:
        """Return when a list was published again; asked once, for everybody on the list."""
        if honour not in self._later:
            entries = await reading.files.later_entries((honour,), LATER, self._known)
            self._later[honour] = next_lists(entries, self._survey.on)
        return self._later[honour]

    def _lines(
        self, loaded: Loaded, shown: tuple[Stated, ...], facts: tuple[Fact, ...]
    ) -> Iterator[Line]:
        survey, subject = self._survey, loaded.root
        name = names_of(shown)[0].name if shown else ""
        for territory in survey.territories:
            ask = Ask(subject.subject_id.hex(), subject.kind, territory, survey.matter, survey.on)
            for number, (book, adoptions) in enumerate(self._books):
                decision = decide(book, adoptions, facts, ask, self._places)
                for measure in decision.measures:
                    yield _line(number, name, decision, measure)


def _line(book: int, name: str, decision: Decision, measure: AppliedMeasure) -> Line:
    return Line(
        book,
        decision.ask.subject_id,
        name,
        decision.ask.territory,
        measure.kind,
        measure.rule,
        measure.edition,
        measure.measure,
        measure.effect,
        measure.state,
        measure.last_day,
        tuple(ref.entry for ref in measure.causes),
    )


async def parts(survey: Survey, workers: int, told: Callable[[Part], Told]) -> AsyncIterator[Told]:
    """Decide about everybody who has a cause, and yield what each part came to, in their order.

    Each of the processes (with 0 ``workers`` as many as there are cores) has a connection of its
    own. What is ``told`` of a part is worked out there: of millions of measures only that travels.
    """
    workers = workers or os.cpu_count() or 1
    start = get_context("spawn")
    with ProcessPoolExecutor(workers, start, _begin, (survey,)) as pool:
        waiting: list[asyncio.Future[Told]] = []
        async for ids in subjects_with(survey.url, survey.causes):
            waiting.append(asyncio.wrap_future(pool.submit(_work, ids, told)))
            if len(waiting) > workers * WAITING:
                yield await waiting.pop(0)
        for future in waiting:
            yield await future


@dataclass(frozen=True, slots=True)
class _Worker:
    """What one process keeps between its parts."""

    runner: asyncio.Runner
    weigher: Weigher
    url: str

    async def part(self, ids: Sequence[bytes]) -> Part:
        """Read and decide on a connection of this process."""
        async with reading_alone(self.url) as reading:
            return await self.weigher.part(ids, reading)


_WORKERS: list[_Worker] = []
"""The one of this process."""


def _begin(survey: Survey) -> None:
    _WORKERS.append(_Worker(asyncio.Runner(), Weigher(survey), survey.url))


def _work(ids: list[bytes], told: Callable[[Part], Told]) -> Told:
    (worker,) = _WORKERS
    return told(worker.runner.run(worker.part(ids)))


@dataclass(slots=True)
class Count:
    """Subjects looked at, those with a measure, records read, and measures by what they are.

    ``measures`` by (territory, rule, edition, measure, effect, state).
    """

    subjects: int = 0
    with_measure: int = 0
    records: int = 0
    measures: Counter[tuple[str, str, str, str, str, str]] = field(default_factory=Counter)

    @classmethod
    def of(cls, part: Part) -> Self:
        """Count what a part came to."""
        measures = Counter(
            (line.territory, line.rule, line.edition, line.measure, line.effect, line.state)
            for line in part.lines
        )
        with_measure = len({line.subject_id for line in part.lines})
        return cls(part.subjects, with_measure, part.records, measures)

    def add(self, other: Self) -> None:
        """Add what another part came to."""
        self.subjects += other.subjects
        self.records += other.records
        self.with_measure += other.with_measure
        self.measures.update(other.measures)
