"""What a decision is made from and what it says: facts, adoptions, the question, the answer.

All values are frozen. Periods are half-open ``[start, until)`` in Asia/Shanghai dates, except
``listed_until``, which is the last day as the organ's decision states it (列入至该日，含当日).
Facts that act on another record (``target``) must be competent: same log and authority, or named
by the charter. Whoever gathers the facts leaves the others out.
"""

import hashlib
from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import date
from functools import cached_property
from typing import overload

import msgspec
from msgspec import UNSET, Struct, UnsetType


class FactRef(Struct, frozen=True, gc=False):
    """Where a record stands: log, index in it, its id, and its 64-byte entry in hex."""

    origin: str
    idx: int
    id: str
    entry: str


class NamedPerson(Struct, frozen=True, gc=False):
    """A natural person named by a decision, with the role stated there."""

    name: str
    role: str
    subject_id: str


class Fact(Struct, frozen=True, kw_only=True, gc=False):
    """One effective record about a subject, in the words the rules use.

    ``type``: list_entry, list_exit, penalty, permit, registration, evaluation, per_mu, repair,
    withdrawal, stay, objection, objection_upheld, reorganisation_shield. ``list_family``: serious,
    anomaly, debtor, honour or empty. ``start`` and ``until`` bound a stay, shield or objection; for
    other records ``until`` is the first day on which the record must no longer be used, where
    known, and ``effective_until`` the last day of what the decision itself imposes. ``kinds`` are
    those of a penalty, ``grade`` that of an evaluation under its ``scheme``. ``reach`` are the
    territories in which the decision says that it holds (codes, CN), empty where it says nothing.
    ``shown_until`` is the first day on which publicity is over for whoever asked, where it ends.
    """

    ref: FactRef
    type: str
    subject_id: str
    subject_kind: str
    decided_on: date
    subject_name: str = ""
    home: str = ""
    authority: str = ""
    organ_kind: str = ""
    member: str = ""
    provenance: str = "original"
    source: str = ""
    checked_on: date | None = None
    published_on: date | None = None
    corrected_on: date | None = None
    severity: str = "unclassified"
    kinds: tuple[str, ...] = ()
    grade: str = ""
    scheme: str = ""
    reach: tuple[str, ...] = ()
    list: str = ""
    list_name: str = ""
    list_family: str = ""
    field: str = ""
    listed_on: date | None = None
    listed_until: date | None = None
    effective_on: date | None = None
    effective_until: date | None = None
    start: date | None = None
    until: date | None = None
    decision_no: str = ""
    named_persons: tuple[NamedPerson, ...] = ()
    target: FactRef | None = None
    shown_until: date | UnsetType = UNSET


class Stayed(Struct, frozen=True, gc=False):
    """That a member suspends a rule in its own territory; ``until`` None = until further notice."""

    start: date
    until: date | None
    ref: FactRef

    def covers(self, on: date) -> bool:
        """Say whether the rule stands suspended on a day."""
        return self.start <= on and (self.until is None or on < self.until)


class Adoption(Struct, frozen=True, gc=False):
    """A member's own act that puts one rule of one edition in force in its territory.

    It binds by rule and edition, whose text never changes (``check.check_successor``);
    ``book_digest`` says which book the member had before it. ``allows`` None = every measure;
    ``stays`` are when the member has suspended it.
    """

    rule: str
    edition: str
    member: str
    organ: str
    instrument: str
    start: date
    until: date | None = None
    allows: tuple[str, ...] | None = None
    ref: FactRef | None = None
    book_digest: str = ""
    stays: tuple[Stayed, ...] = ()


class Ask(Struct, frozen=True, gc=False):
    """The question: what applies to this subject here, in this matter, on this date.

    ``matter`` empty = every matter, ``organ_kind`` empty = whichever organ is competent.
    ``nexus`` empty = somebody handles the matter here now; otherwise the reasons why the subject
    concerns this territory (as ``registered_here``), and only rules that name one of them apply.
    """

    subject_id: str
    subject_kind: str
    territory: str
    matter: str
    on: date
    organ_kind: str = ""
    nexus: tuple[str, ...] = ()


class BasisView(Struct, frozen=True, gc=False):
    """A legal basis as shown: instrument, article, in force since, words, how well it was read."""

    key: str
    title: str
    number: str
    article: str
    in_force_from: date | None
    text: str
    read: str
    digest: str = ""
    under_revision: str = ""


class Suspension(Struct, frozen=True, gc=False):
    """What suspends a measure: the kind of record or watch, its place if a record, and words."""

    by: str
    why: str
    ref: FactRef | None = None
    until: date | None = None


class AppliedMeasure(Struct, frozen=True, gc=False):
    """One measure of 措施适用提示 with everything that must be said beside it.

    ``effect`` is the force it has here and now (a restrict without its second basis is a notice);
    ``start`` to ``last_day`` inclusive; ``last_day`` and ``until`` None = no end is known yet.
    """

    rule: str
    edition: str
    kind: str
    measure: str
    name: str
    family: str
    effect: str
    organ: str
    matter: str
    basis: BasisView
    second_basis: BasisView | None
    lift_conditions: tuple[str, ...]
    notice: str
    reads: str
    not_from_this_rule: tuple[str, ...]
    limits: tuple[str, ...]
    disclosure: str
    state: str
    why: tuple[str, ...]
    adoption: Adoption
    start: date
    last_day: date | None
    until: date | None
    causes: tuple[FactRef, ...]
    cause_text: str
    suspended_by: tuple[Suspension, ...]


class NotApplied(Struct, frozen=True, gc=False):
    """A rule or measure that has an open cause but does not apply here, and why."""

    rule: str
    edition: str
    measure: str
    code: str
    zh: str


class Decision(Struct, frozen=True, gc=False):
    """The answer; ``inputs`` names by digest everything it is a function of.

    ``changes_on`` is the first day after the one asked about on which the same question has another
    answer by what is known today (``until.decide_until`` finds it), None if there is none.
    """

    ask: Ask
    measures: tuple[AppliedMeasure, ...]
    not_applied: tuple[NotApplied, ...]
    says: tuple[str, ...]
    inputs: dict[str, str]
    changes_on: date | None = None


def _adoption_order(adoption: Adoption) -> tuple[str, str, date, int, str, bytes]:
    # Editions of one day by their number: 2026-10 is newer than 2026-9.
    return (
        adoption.rule,
        adoption.member,
        adoption.start,
        len(adoption.edition),
        adoption.edition,
        msgspec.json.encode(adoption),
    )


class AdoptionIndex(Sequence[Adoption]):
    """Adoptions by rule and member; build it once for many decisions."""

    def __init__(self, adoptions: Iterable[Adoption]) -> None:
        """Sort (so that the digest does not depend on order) and index the adoptions."""
        self._all = tuple(sorted(adoptions, key=_adoption_order))
        index: dict[str, dict[str, tuple[Adoption, ...]]] = {}
        for adoption in self._all:
            rules = index.setdefault(adoption.member, {})
            # The newest first: a later edition adopted by a member replaces the earlier one.
            rules[adoption.rule] = (adoption, *rules.get(adoption.rule, ()))
        self._index = index

    @overload
    def __getitem__(self, index: int) -> Adoption: ...

    @overload
    def __getitem__(self, index: slice) -> tuple[Adoption, ...]: ...

    def __getitem__(self, index: int | slice) -> Adoption | tuple[Adoption, ...]:
        """Return the adoptions in their fixed order."""
        return self._all[index]

    def __len__(self) -> int:
        """Return how many adoptions there are."""
        return len(self._all)

    def __iter__(self) -> Iterator[Adoption]:
        """Iterate in the fixed order."""
        return iter(self._all)

    @cached_property
    def digest(self) -> str:
        """SHA-256 (hex) over the canonical JSON of all adoptions."""
        return hashlib.sha256(msgspec.json.encode(self._all, order="sorted")).hexdigest()

    def of_member(self, member: str) -> Mapping[str, tuple[Adoption, ...]]:
        """Return a member's adoptions by rule, the newest first."""
        return self._index.get(member, {})


def in_force(adoptions: tuple[Adoption, ...], on: date) -> Adoption | None:
    """Return the first of a member's adoptions of a rule that is in force on a day."""
    for adoption in adoptions:
        if adoption.start <= on and (adoption.until is None or on < adoption.until):
            return adoption
    return None
