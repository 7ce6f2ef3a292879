"""What the read side answers with: frozen values that pages, API and reports render.

Nothing here is decided by the renderer: what may be shown was decided before a view exists.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Final

from registry.domain.clocks import Window
from registry.domain.disclosure import Role
from registry.domain.records import AnyRecord
from registry.rules.compiled import CompiledBook
from registry.rules.model import AdoptionIndex, Decision, Fact, FactRef


@dataclass(frozen=True, slots=True)
class Authorised:
    """An authorisation in effect: its place (``<origin>/<idx>``), the types it opens, what for.

    ``name`` is that of the third party, as the record states it.
    """

    place: str
    sections: frozenset[str]
    purpose: str
    name: str = ""


@dataclass(frozen=True, slots=True)
class Viewer:
    """Who asks: role; for members' staff the member code; for a business its own subject.

    ``subject`` is also the one that a third party, ``party`` by its unified code, says it was
    authorised by; ``subjects`` are all ids of that subject, ``authorisations`` what it has really
    allowed today (both are filled in by `registry.query.eyes`). Outside these limits such a
    viewer sees what the public sees.
    """

    role: Role
    member: str = ""
    subject: str = ""
    party: str = ""
    subjects: frozenset[str] = frozenset()
    authorisations: tuple[Authorised, ...] = ()

    def own(self, subject: str) -> bool:
        """Tell whether an id is one of the subject's that he reads for."""
        return subject in self.subjects if self.subjects else subject == self.subject

    def authorised(self, section: str) -> bool:
        """Tell whether the subject lets this third party read records of a type."""
        return any(section in one.sections for one in self.authorisations)


@dataclass(frozen=True, slots=True)
class CityCoverage:
    """One log in an answer: how far it was read and how fresh it is; ``as_of`` None = never.

    ``behind_since``: since when this node could not take all that the log's home may have; None
    while it can, or is the home itself.
    ``kinds`` are the kinds of record it holds: record types, and for list entries the list codes.
    """

    code: str
    name: str
    origin: str
    size: int
    as_of: datetime | None
    kinds: frozenset[str] = frozenset()
    behind_since: datetime | None = None


@dataclass(frozen=True, slots=True)
class Coverage:
    """What an answer spans and what it does not (domain 0.1.10)."""

    at: datetime
    cities: tuple[CityCoverage, ...]
    kinds: tuple[str, ...]
    kinds_missing: tuple[str, ...]
    elsewhere: tuple[tuple[str, str], ...]
    kinds_en: tuple[str, ...] = ()
    kinds_missing_en: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class NameView:
    """A name, since when it was stated, and its last day where a registration states it."""

    name: str
    since: date
    former: bool
    until: date | None = None


@dataclass(frozen=True, slots=True)
class FoundSubject:
    """One hit: the subject, why it matched, and counts of what may be shown.

    ``spans`` are the characters of ``matched_on`` that answer, each ``[from, to)``; the counts are
    of records by city, type, class (of those that have one) and state. ``certainty`` is the chance,
    0 to 1, that this subject is meant, given the others that may be shown; ``reasons`` say why, in
    the words of `search.reasons`. ``newest``: of each log the last record that fits the question.
    """

    subject_id: str
    name: str
    code: str
    matched: str
    matched_on: str
    former_names: tuple[str, ...]
    cities: tuple[tuple[str, int], ...]
    types: tuple[tuple[str, int], ...]
    severities: tuple[tuple[str, int], ...]
    states: tuple[tuple[str, int], ...]
    spans: tuple[tuple[int, int], ...]
    score: float
    reasons: tuple[str, ...]
    certainty: float = 0.0
    newest: tuple[tuple[str, int], ...] = ()


FACETS: Final = ("cities", "types", "severities", "states")
"""By what a search can be narrowed down: counts of a `FoundSubject`."""


@dataclass(frozen=True, slots=True)
class CitySearched:
    """How a search went for one member: ``state``, ``by`` and the rest as `search.query.Part` says.

    ``by`` is '' where nobody answered: what it has stated may be missing.
    """

    code: str
    name: str
    state: str
    by: str
    commit: int | None
    as_of: datetime | None


@dataclass(frozen=True, slots=True)
class FindAnswer:
    """Answer to a search; ``total`` is exact only when ``exact``, and so are the facets.

    ``facets`` say for each of `FACETS` how many of the subjects found have a record of each value;
    ``sure``: the first of all hits is a match, not only the nearest; ``degraded`` and ``behind``
    are those of `search.query.Answer`. ``searched`` are the members that were asked for.
    """

    hits: tuple[FoundSubject, ...]
    total: int
    exact: bool
    facets: Mapping[str, tuple[tuple[str, int], ...]]
    read_as: str
    sure: bool
    engine: str
    degraded: bool
    behind: bool
    coverage: Coverage
    searched: tuple[CitySearched, ...] = ()


@dataclass(frozen=True, slots=True)
class RecordView:
    """A record that may be shown: where it stands in which log, and what it says.

    ``main`` is that as signed; empty where some of it is withheld. ``marks`` must stand beside it
    (`registry.domain.life.Mark`): an open objection, a stay. ``subject_id`` is for the access log,
    never to be shown: that of a person can be tried out.
    """

    origin: str
    idx: int
    member: str
    member_name: str
    record: AnyRecord
    entry: str
    flags: tuple[str, ...]
    main: bytes = b""
    marks: tuple[str, ...] = ()
    subject_id: str = ""


@dataclass(frozen=True, slots=True)
class SubjectFile:
    """Everything that may be shown about a subject, over all members, as of a date."""

    subject_id: str
    name: str
    names: tuple[NameView, ...]
    kind: str
    identifiers: tuple[tuple[str, str], ...]
    records: tuple[RecordView, ...]
    coverage: Coverage
    on: date


@dataclass(frozen=True, slots=True)
class DecisionAnswer:
    """措施适用提示 for one subject, with the names behind the codes and what it rests on.

    ``used`` are the places of all records it was decided from; ``basis`` is all that it takes to
    decide again, and holds nothing that the viewer may not see.
    """

    decision: Decision
    territory_name: str
    rulebook: str
    coverage: Coverage
    used: tuple[FactRef, ...] = ()
    basis: "Basis | None" = field(default=None, repr=False, compare=False)


@dataclass(frozen=True, slots=True)
class RecordDetail:
    """One record with its proof (tlog-proof bytes) and the receipted checkpoint in it.

    ``stated_at`` is when this node first gave a receipt for it.

    ``line`` is the main part as signed, enough to verify the proof by; empty where the viewer may
    not read all of it (``view.flags`` has ``persons-withheld``). ``windows`` are the record's
    periods as of the day asked about. ``public``: everybody may see it, not only this viewer.
    """

    view: RecordView
    proof: bytes
    line: bytes
    checkpoint: bytes
    signed_by: str
    stated_at: datetime
    windows: tuple[Window, ...]
    public: bool = False


@dataclass(frozen=True, slots=True)
class LogView:
    """A log as the node holds it."""

    origin: str
    member: str
    member_name: str
    size: int
    root: str
    checkpoint: str
    updated_at: datetime | None
    quarantined: int


@dataclass(frozen=True, slots=True)
class CheckpointView:
    """A checkpoint of a log that this node has cosigned, and when; ``root`` in hex."""

    size: int
    root: str
    at: datetime


@dataclass(frozen=True, slots=True)
class CaseView:
    """A worked example of a book: the facts given, the place by name, and the answer.

    ``rules`` are the keys of the rules it is about.
    """

    name: str
    facts: tuple[Fact, ...]
    place: str
    decision: Decision
    rules: frozenset[str]


@dataclass(frozen=True, slots=True)
class RulebookView:
    """The rulebook in force on a date: where its record stands, its index, and who adopted what.

    ``cases`` are the worked examples that travel with the book and come out as they expect, under
    the adoptions ``assumed`` in them: rule, place by name, first day. ``files`` is the book as it
    was published.
    """

    edition: str
    title: str
    digest: str
    effective_from: date
    origin: str
    idx: int
    book: CompiledBook
    adoptions: AdoptionIndex
    cases: tuple[CaseView, ...] = ()
    assumed: tuple[tuple[str, str, date], ...] = ()
    files: Mapping[str, bytes] = field(default_factory=dict, repr=False, compare=False)


@dataclass(frozen=True, slots=True)
class Basis:
    """What a decision was made from: facts, the records as signed, book, names, who asked.

    ``mains`` has only records that the viewer may read whole; ``subjects`` are the codes read as
    one subject's; ``erased`` are places whose body is gone, told to the auditor only.
    """

    viewer: Viewer
    facts: tuple[Fact, ...]
    mains: Mapping[FactRef, bytes]
    book: RulebookView | None
    places: Mapping[str, str]
    subjects: tuple[str, ...]
    erased: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class EndView:
    """An end of a relation as its record names it; ``subject_id`` is empty where it has no page."""

    subject_id: str
    name: str
    code: str
    role: str


@dataclass(frozen=True, slots=True)
class RelationView:
    """A relation from one end: the role there, and the other ends.

    ``until`` is the last day, itself in; ``current`` says whether it holds on the date asked about.
    """

    kind: str
    role: str
    matter: str
    since: date
    until: date | None
    current: bool
    ends: tuple[EndView, ...]
    authority: str
    member_name: str
    source: str
    origin: str
    idx: int


@dataclass(frozen=True, slots=True)
class IdentityView:
    """Another subject that is, or is not, the same, and by whose judgement.

    ``judgement``: ``same`` or ``different`` by hand, ``stated`` by the record at ``origin`` and
    ``idx``, ``organisation-code`` where the codes say so themselves. ``overruled``: it is given no
    effect, since a judgement *different* keeps the two apart.
    """

    subject_id: str
    name: str
    scheme: str
    code: str
    judgement: str
    by: str = ""
    why: str = ""
    on: date | None = None
    origin: str = ""
    idx: int = 0
    overruled: bool = False


@dataclass(frozen=True, slots=True)
class Relations:
    """Who else a subject has to do with, as of a date; ``more``: not all of them are here."""

    subject_id: str
    on: date
    relations: tuple[RelationView, ...]
    identities: tuple[IdentityView, ...]
    more: bool
