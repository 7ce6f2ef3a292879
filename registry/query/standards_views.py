"""What the read side answers about standards: frozen values that API, pages and files render."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Final

from registry.query.views import Coverage
from registry.standards.courses import CourseView
from registry.standards.model import Answer
from registry.standards.model import Known as Records
from registry.standards.told import EditionView, LineView
from registry.store.reading import Known
from registry.store.reading_files import Stated

USES: Final = ("tender", "qualification", "certification", "funds", "supervision")


@dataclass(frozen=True, slots=True)
class Gathered:
    """What is known of some numbers: for the answer, as stated (with acts), of which known set.

    ``whole``: not more was found than is read.
    """

    records: Records
    stated: tuple[Stated, ...]
    known: Known
    whole: bool


@dataclass(frozen=True, slots=True)
class UsableView:
    """The answer to the one question, what it spans, and what it was made from.

    ``known_on``: as known at the end of that day; None: as known now.
    """

    answer: Answer
    gathered: Gathered
    coverage: Coverage
    known_on: date | None = None


@dataclass(frozen=True, slots=True)
class RowView:
    """The answer to one row of many; ``wrong`` (code, Chinese, English) where there is none."""

    row: int
    asked: str
    answer: Answer | None
    wrong: tuple[str, str, str] | None = None
    suggestions: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class StandardView:
    """All that is stated of a standard: editions (newest first), and what records say of it.

    ``meant`` is the edition that the number asked for means on the day; '' if none is known.
    """

    identity: str
    group: str
    kind: str
    territory: str
    on: date
    meant: str
    editions: tuple[EditionView, ...]
    courses: tuple[CourseView, ...]
    lines: tuple[LineView, ...]
    whole: bool
    coverage: Coverage


@dataclass(frozen=True, slots=True)
class CellView:
    """What the question is answered with for one territory and one use.

    ``by_law``: there it needs no recognition, so no instrument is named.
    """

    territory: str
    territory_name: str
    use: str
    verdict: str
    edition: str
    instrument: str
    conditions: int
    mutual: bool
    until: date | None
    by_law: bool


@dataclass(frozen=True, slots=True)
class MatrixView:
    """Who recognises a standard for what: every member by every use."""

    number: str
    on: date
    cells: tuple[CellView, ...]
    coverage: Coverage


@dataclass(frozen=True, slots=True)
class FoundView:
    """Editions found; ``whole``: there are no more than were looked at, so facets are exact."""

    editions: tuple[EditionView, ...]
    total: int
    whole: bool
    facets: Mapping[str, tuple[tuple[str, int], ...]]
    coverage: Coverage


@dataclass(frozen=True, slots=True)
class ChangeView:
    """That a record about a watched number came; ``seq`` is its commit.

    ``event``: what it means to whoever watches, as :func:`registry.standards.happened.event_of`.
    """

    seq: int
    at: datetime
    identity: str
    event: str
    role: str
    type: str
    summary: str
    origin: str
    idx: int


@dataclass(frozen=True, slots=True)
class ChangesView:
    """What came about some numbers after a commit; ask again from ``cursor`` on."""

    changes: tuple[ChangeView, ...]
    cursor: int
    more: bool
    coverage: Coverage


@dataclass(frozen=True, slots=True)
class WatchedView:
    """A standard that is watched, as it stands today; no editions: nothing public is recorded."""

    identity: str
    meant: str
    editions: tuple[EditionView, ...]
    courses: tuple[CourseView, ...]


@dataclass(frozen=True, slots=True)
class EventView:
    """Something that happened to a watched standard, by a record or on a day.

    ``key`` is the same on every node and for good, but for ``ask_again``, which is told by commit;
    ``seq`` is the commit, 0 where a day came.
    """

    key: str
    at: datetime
    seq: int
    kind: str
    identity: str
    said: str
    member: str
    origin: str
    idx: int


@dataclass(frozen=True, slots=True)
class WatchView:
    """What is watched, and what happened to it, the newest first; ``whole``: that is all."""

    on: date
    watched: tuple[WatchedView, ...]
    events: tuple[EventView, ...]
    whole: bool
    coverage: Coverage
