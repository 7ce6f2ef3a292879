"""The compiled form of a book: what a decision needs of each rule, worked out once.

Immutable by convention of frozen structs; mappings are filled once by ``compile_book`` and read
only. Identity is equality here (``eq=False``): a compiled book is made once and shared.
"""

from collections.abc import Mapping, Sequence
from datetime import date
from typing import NamedTuple

from msgspec import Struct

from registry.domain.periods import Term
from registry.rules.catalogue import Listing
from registry.rules.language import Rule, given
from registry.rules.model import BasisView, Fact
from registry.rules.terms import Principle

IndexKey = tuple[str, str, str]  # record, list, kind of organ


class Said(NamedTuple):
    """What an answer says of a measure whatever its cause: the head of ``AppliedMeasure``."""

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


class SecondForce(Struct, frozen=True, eq=False):
    """When the second basis of a restriction is in force, and what the measure is without it."""

    start: date
    until: date | None
    without: "CompiledUse"


class CompiledUse(Struct, frozen=True, eq=False):
    """A measure with the force its bases give it; ``order`` is its place in the book.

    ``said`` has the words for each kind of subject. ``group`` is what hits on the same measure
    share; ``key`` is empty for the notice that organs see to whom none of the measures belongs.
    ``listed``: where and when a list of lawful measures has it (None = no list need have it).
    """

    order: int
    group: str
    key: str
    name: str
    short: str
    effect: str
    matter: str
    organ: str
    why: tuple[str, ...]
    hidden: bool
    organs: frozenset[str]
    subjects: frozenset[str]
    ends_on_repair: bool
    basis: BasisView
    policy: str
    local_basis: bool
    in_force_from: date
    in_force_until: date | None
    said: Mapping[str, Said]
    listed: tuple[Listing, ...] | None
    second: SecondForce | None = None

    def on(self, day: date) -> "CompiledUse":
        """Return the measure as its second basis carries it on a day."""
        second = self.second
        if second is None or second.start <= day < (second.until or date.max):
            return self
        return second.without


class CompiledTest(Struct, frozen=True, eq=False):
    """A condition: the open record that makes it fail, and what is said then."""

    record: str
    severities: frozenset[str]
    field: str
    list: str
    why: str


class CompiledCount(Struct, frozen=True, eq=False):
    """How many open records of the trigger it takes, from how many cities, within which term."""

    number: int
    cities: int
    within: Term


class CompiledStop(Struct, frozen=True, eq=False):
    """What an act upon the cause does, from which of its dates, and the words for it."""

    effect: str
    dated: str
    words: str


class Clock(Struct, frozen=True, eq=False):
    """When a cause begins and ends; rules that count alike share one, so a life is found once."""

    start: str
    own_end: bool
    imposed: bool
    next_list: bool
    term: Term | None
    at_most: Term | None
    stops: Mapping[str, CompiledStop]


class CompiledRule(Struct, frozen=True, eq=False):
    """One rule, ready to be weighed against a fact.

    ``traits``: pairs of provenance and severity it takes; ``parties``: kinds of subject it
    reaches as the listed party; ``roles``: kinds with the roles in which a decision names them;
    ``kinds``, ``grades`` and ``scheme``: of a penalty or an evaluation, empty = any (``any_kind``:
    all three);
    ``stated_reach``: it holds only where the decision says that it does;
    ``hushed``: matters in which it hides a measure, so that nothing is said of it there;
    ``plain``: it applies to any record in any member as soon as a matter is handled there;
    ``listed``: some measure must be looked up in the catalogue of the member and the day.
    """

    rule: Rule
    key: str
    edition: str
    latest: bool
    reward: bool
    traits: frozenset[tuple[str, str]]
    parties: frozenset[str]
    roles: frozenset[tuple[str, str]]
    kinds: frozenset[str]
    grades: frozenset[str]
    scheme: str
    any_kind: bool
    count: CompiledCount | None
    plain: bool
    here_only: bool
    stated_reach: bool
    reach: str
    nexus: frozenset[str]
    handled: bool
    clock: Clock
    tests: tuple[CompiledTest, ...]
    suspends: bool
    by_matter: Mapping[tuple[str, str], tuple[CompiledUse, ...]]
    hushed: frozenset[str]
    organs: frozenset[str]
    notice: CompiledUse | None
    in_force_from: date
    in_force_until: date | None
    local: bool
    listed: bool
    paused_from: date | None

    def hushes(self, code: str, matter: str) -> bool:
        """Tell whether nothing is said in a matter; a hidden measure is never called absent."""
        return matter in self.hushed or (code == "no-measure" and not matter and bool(self.hushed))


class CompiledPrinciple(Struct, frozen=True, eq=False):
    """What holds for every rule, with its law as shown."""

    principle: Principle
    law: tuple[BasisView, ...]


class CompiledBook(Struct, frozen=True, eq=False):
    """The index of a book; ``digest`` (hex) names its content.

    ``index`` leads from the equality columns over the field of the listing (empty = any field
    no rule names) to the rules in the order of the book; ``editions`` are those of each rule's key
    that the book holds; ``terms`` gives the longest term the
    book knows for a list whose record states none.
    """

    digest: str
    rules: tuple[CompiledRule, ...]
    editions: Mapping[str, frozenset[str]]
    index: Mapping[IndexKey, Mapping[str, tuple[CompiledRule, ...]]]
    terms: Mapping[tuple[str, str], Term]
    matters: frozenset[str]
    principles: tuple[CompiledPrinciple, ...] = ()


def record_of(fact: Fact) -> str:
    """Return the record word of the language for a fact: honours and anomalies are listings."""
    if fact.type != "list_entry":
        return fact.type
    if fact.list_family == "honour":
        return "honour"
    return "anomaly_listing" if fact.list_family == "anomaly" else "list_entry"


def severity_of(fact: Fact) -> str:
    """Return the class of a record; every entry into a serious list is serious by that list."""
    return "serious" if fact.list_family == "serious" else fact.severity


def _fields(rule: CompiledRule) -> tuple[str, ...]:
    listed_for = given(rule.rule.trigger.listed_for)
    return listed_for.fields if listed_for else ("",)


def by_field(bucket: Sequence[CompiledRule]) -> Mapping[str, tuple[CompiledRule, ...]]:
    """Index the rules of a bucket by the field of the listing; rules for any field join each."""
    fields = {"", *(field for rule in bucket for field in _fields(rule))}
    return {
        field: tuple(rule for rule in bucket if not {"", field}.isdisjoint(_fields(rule)))
        for field in fields
    }
