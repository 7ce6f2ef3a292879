"""The bodies of the answers about standards; rules as in ``registry.api.schemas``."""

from datetime import date, datetime

from msgspec import Struct

from registry.api.schemas import CoverageOut
from registry.query.standards_file import StandardFile
from registry.standards.model import Answer
from registry.standards.spans import Span


class UsableOut(Struct):
    """May it serve: the answer, what it spans, and with ``bundle`` all to make it again offline.

    ``logs`` are size and root of each log that was read; not ``whole``: more is recorded than was
    read. ``known_on``: as known at the end of that day; null: now.
    """

    answer: Answer
    known_on: date | None
    logs: dict[str, str]
    whole: bool
    coverage: CoverageOut
    bundle: StandardFile | None


class EditionOut(Struct):
    """An edition as its record states it; ``state`` on the day asked for.

    ``recognised_in`` and ``uses``: by documents in force that day; of refusals nothing.
    """

    number: str
    title: str
    title_en: str
    kind: str
    territory: str
    obligation: str
    state: str
    issued_on: date | None
    effective_on: date | None
    void_on: date | None
    ics: tuple[str, ...]
    ccs: tuple[str, ...]
    member: str
    member_name: str
    origin: str
    idx: int
    recognised_in: tuple[str, ...]
    uses: tuple[str, ...]


class LineOut(Struct):
    """What a record says of the standard, and its place.

    ``role``: replaces, replaced_by, adopts, adopted_by, references, referenced_by, recognises,
    accepts, compares, takes_in, taken_into, declared, or ``notice_`` with what is announced.
    ``of``: which edition it speaks of. ``extent`` of a reference: dated or undated (whichever is
    in force).
    """

    role: str
    of: str
    number: str
    extent: str
    title: str
    member: str
    member_name: str
    on: date
    origin: str
    idx: int


class CourseOut(Struct):
    """The life of an edition, recognition or acceptance; ``state`` on the day asked for.

    States of editions: draft, published, upcoming, in_force, partly_replaced, replaced, void; of
    documents: in_force, suspended, to_review, ended, expired, without_effect. Half-open dates.
    """

    kind: str
    number: str
    territory: str
    territory_name: str
    use: str
    degree: str
    instrument: str
    state: str | None
    spans: tuple[Span, ...]
    mutual: bool
    member: str
    member_name: str
    origin: str
    idx: int


class StandardOut(Struct):
    """All that is stated of a standard: editions, the newest first, and relations both ways.

    ``meant``: the edition that the number asked for means on the day.
    """

    identity: str
    group: str
    kind: str
    territory: str
    on: date
    meant: str
    editions: tuple[EditionOut, ...]
    courses: tuple[CourseOut, ...]
    lines: tuple[LineOut, ...]
    whole: bool
    coverage: CoverageOut


class CellOut(Struct):
    """What the question is answered with for one territory and use.

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


class MatrixOut(Struct):
    """Every member by every use."""

    number: str
    on: date
    cells: tuple[CellOut, ...]
    coverage: CoverageOut


class StandardsFoundOut(Struct):
    """Editions found, each once; ``facets`` count all of them, by value.

    Not ``whole``: there are more than were looked at for total and facets.
    """

    editions: tuple[EditionOut, ...]
    total: int
    whole: bool
    facets: dict[str, dict[str, int]]
    coverage: CoverageOut


class StandardChangeOut(Struct):
    """That a record about a number came; ``ask_again``: an act on one, which is not told of.

    ``event``: new_edition, replacing, recognised, accepted, refused, suspended, resumed, ended,
    extended, reviewed, related, ask_again, or ``notice_`` with what is announced.
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


class StandardChangesOut(Struct):
    """Changes in the order of commits; ask again with ``cursor``, at once if there are ``more``."""

    changes: tuple[StandardChangeOut, ...]
    cursor: int
    more: bool
    coverage: CoverageOut
