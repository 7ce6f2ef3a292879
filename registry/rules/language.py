"""The rule language: what the four files of a book may say, as types.

The JSON Schemas of the files are generated from these types, so there is one source of truth.
Words are those of the law; each field is honoured by ``decide`` or demanded by ``check``.
"""

from datetime import date
from typing import Annotated, Literal, TypeVar

import msgspec
from msgspec import Meta, Struct

from registry.domain import periods
from registry.rules.lawful import Catalogue
from registry.rules.terms import (
    AtLeast,
    Citation,
    Digest,
    Edition,
    Effect,
    EndAnchor,
    Evaluated,
    Exclusion,
    Family,
    Favour,
    InForce,
    Key,
    Length,
    Level,
    MemberCode,
    Nexus,
    Policy,
    Principle,
    Reach,
    Read,
    Sentence,
    Severity,
    StartAnchor,
    StopBy,
    StopEffect,
    SubjectKind,
    Term,
    Trigger_,
    Word,
)

T = TypeVar("T")


class Checked(Term, frozen=True):
    """Who compared the quoted words with the original, and when."""

    on: date
    source: Word


class Targets(Term, frozen=True):
    """Whom an article names: kinds of subject, and persons by the role a decision gives them."""

    subjects: tuple[SubjectKind, ...]
    roles: tuple[Word, ...] = ()


class Article(Term, frozen=True):
    """A quoted article: its words or their gist, how well they were read, whom it names.

    ``digest`` is the SHA-256 (hex) of the UTF-8 words as quoted, without blanks at either end;
    where it is written, nobody changes the words without saying so.
    """

    read: Read
    text: str = ""
    gist: str = ""
    digest: Digest | msgspec.UnsetType = msgspec.UNSET
    checked: Checked | msgspec.UnsetType = msgspec.UNSET
    targets: Targets | msgspec.UnsetType = msgspec.UNSET


class UnderRevision(Term, frozen=True):
    """A draft is out: the text may change soon."""

    since: date
    note: Sentence


class Instrument(Term, frozen=True):
    """An entry of the law register."""

    title: Word
    number: Word
    level: Level
    territory: Reach
    in_force: InForce
    articles: dict[str, Article]
    under_revision: UnderRevision | msgspec.UnsetType = msgspec.UNSET
    replaces: Key | msgspec.UnsetType = msgspec.UNSET


class InstrumentsFile(Term, frozen=True):
    """instruments.yaml."""

    instruments: dict[Key, Instrument]


class Measure(Term, frozen=True):
    """What may be done, by whom, with what force; ``short`` names it inside a sentence.

    ``national_item`` is what the catalogue of lawful measures calls it; ``gives`` is the kind of
    favour an incentive is.
    """

    name: Word
    family: Family
    effect: Effect
    matter: Word
    organ: Word
    subjects: Annotated[tuple[SubjectKind, ...], Meta(min_length=1)]
    conflict: Policy
    national_item: Word | None = None
    ends_on_repair: bool = True
    never_for: tuple[Sentence, ...] = ()
    short: str = ""
    gives: Favour = ""


class Counting(periods.Counting, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """How periods are counted in a rule (民法典 201-203): by calendar days, none moved on."""

    last_day: Literal["corresponding_day_or_month_end"]
    last_day_on_holiday: Literal["as_is"]


class MeasuresFile(Term, frozen=True):
    """measures.yaml."""

    measures: dict[Key, Measure]
    counting: dict[Key, Counting]


class StatedBy(Term, frozen=True):
    """Which organs' records count: the kind of organ, and where it stands."""

    organ_kind: Word
    where: Literal["anywhere_in_CN", "here"]


class ListedFor(Term, frozen=True):
    """The field of the listing or penalty, taken from the decision, never inferred."""

    field: Word | Annotated[tuple[Word, ...], Meta(min_length=2, max_length=50)]
    taken_from: Literal["decision", "platform"] = "decision"

    @property
    def fields(self) -> tuple[str, ...]:
        """The fields, however many are written."""
        return (self.field,) if isinstance(self.field, str) else self.field


class Trigger(Term, frozen=True):
    """Which record brings the rule into play; its class is the organ's, never the platform's.

    ``kinds``: at least one of the penalties of the decision; ``grades``: those of an evaluation.
    How the organ evaluates stands in ``evaluation`` of the rule.
    """

    record: Trigger_
    stated_by: StatedBy
    origin: Annotated[tuple[Literal["original", "relayed"], ...], Meta(min_length=1)]
    list: str = ""
    listed_for: ListedFor | msgspec.UnsetType = msgspec.UNSET
    severity: tuple[Severity, ...] = ()
    kinds: tuple[Word, ...] = ()
    grades: tuple[Word, ...] = ()
    at_least: AtLeast | msgspec.UnsetType = msgspec.UNSET
    excludes: tuple[Exclusion, ...] = ()
    classed_by: Literal["organ", "platform"] = "organ"


class RuleSubject(Term, frozen=True):
    """Whom the rule reaches; persons only as the decision names them."""

    kind: SubjectKind
    only_if: Literal["named_in_the_listing_decision", "is_the_listed_party", ""] = ""
    roles: tuple[Word, ...] = ()
    disclosure: Literal["authorised_only", ""] = ""


class EqualTreatment(Term, frozen=True):
    """The promise that another city's firm is treated alike; run as a test on every case."""

    home: Literal["any_member"]
    test: Sentence


class Territory(Term, frozen=True):
    """How far the basis reaches, where the rule applies, and why it matters there.

    ``decision_reaches: as_it_states``: only where the territory named by the decision itself
    contains the place; a decision that names none holds where it was made.
    """

    basis_reaches: Reach
    applies_in: Literal["members_that_adopted", "members_whose_incentive_list_names_this_honour"]
    nexus: Nexus | Annotated[tuple[Nexus, ...], Meta(min_length=1)]
    decision_reaches: Literal["wherever_adopted", "as_it_states"] = "wherever_adopted"
    equal_treatment: EqualTreatment | msgspec.UnsetType = msgspec.UNSET


class DefaultTerm(Term, frozen=True):
    """The term where the record states none."""

    length: Length
    counting: Key
    basis: Citation


class Display(Term, frozen=True):
    """The separate clock of the record's publicity."""

    rule: Citation
    clock_starts: Literal["publicity_date", "document_date"]


class Period(Term, frozen=True, rename={"start": "from"}):
    """From one anchor until the first of several, and never longer than the law allows."""

    start: StartAnchor
    until_first_of: Annotated[tuple[EndAnchor, ...], Meta(min_length=1)]
    if_no_listed_until: DefaultTerm | msgspec.UnsetType = msgspec.UNSET
    at_most: DefaultTerm | msgspec.UnsetType = msgspec.UNSET
    display: Display | msgspec.UnsetType = msgspec.UNSET


class OpenTest(Term, frozen=True):
    """A test for an open record; ``field`` empty = any; a list entry says which list or any."""

    record: Trigger_
    severity: Severity | tuple[Severity, ...] = ()
    field: str = ""
    list: str = ""
    any_list: bool = False
    open: bool = True


class Condition(Term, frozen=True, rename={"not_": "not"}):
    """Exactly one of: no such record open; not such a record."""

    none_open: OpenTest | msgspec.UnsetType = msgspec.UNSET
    not_: OpenTest | msgspec.UnsetType = msgspec.UNSET


class Conditions(Term, frozen=True):
    """All of them must hold."""

    all: Annotated[tuple[Condition, ...], Meta(min_length=1)]


class SecondBasis(Term, frozen=True):
    """Why this organ may act in this matter (依法依规); ``unconfirmed`` until somebody read it."""

    cite: Citation
    gist: str = ""
    until_confirmed: Literal["notice", "hidden", ""] = ""


class Use(Term, frozen=True):
    """A measure of this rule with its basis."""

    use: Key
    basis: Citation
    second_basis: SecondBasis | msgspec.UnsetType = msgspec.UNSET
    local_basis: Literal["required", ""] = ""


class OtherOrgans(Term, frozen=True):
    """What an organ sees that none of the measures belongs to."""

    effect: Literal["notice"]
    text: Sentence


class Stop(Term, frozen=True):
    """What defeats a cause, and how: end, suspend, as if never, hidden, or only a mark."""

    by: StopBy
    effect: StopEffect
    basis: Citation | msgspec.UnsetType = msgspec.UNSET
    read: Read | msgspec.UnsetType = msgspec.UNSET
    mark: str = ""


class Conflict(Term, frozen=True):
    """What happens where rules meet."""

    same_measure_from_other_rules: Policy | Literal["by_measure"]
    with_incentives: Literal["suspend_incentive_in_same_matter", "none"] = "none"
    with_punishment: Literal["yield_in_same_matter", "none"] = "none"
    different_severity_stated_by_two_organs: Literal[
        "each_record_keeps_its_own_organs_class", ""
    ] = ""


class Notify(Term, frozen=True):
    """The letter to the subject."""

    letter: Word
    tells: Annotated[tuple[Word, ...], Meta(min_length=1)]
    opt_out: bool = False


class Review(Term, frozen=True):
    """Document numbers of the reviews that an edition needs before it may be published."""

    fair_competition: str = ""
    legality: str = ""
    public_comment_days: int = 0


class Watch(Term, frozen=True):
    """An instrument under revision: when it stops, the rule waits to be rechecked."""

    instrument: Key
    why: Sentence
    if_replaced: Literal["suspend_rule_until_rechecked"]


class Rule(Term, frozen=True):
    """One edition of one rule, in the order a lawyer reads it."""

    key: Key
    edition: Edition
    kind: Literal["punishment", "reward"]
    title: Word
    reads: Sentence
    trigger: Trigger
    subjects: Annotated[tuple[RuleSubject, ...], Meta(min_length=1)]
    territory: Territory
    period: Period
    measures: Annotated[tuple[Use, ...], Meta(min_length=1)]
    not_from_this_rule: Annotated[tuple[Sentence, ...], Meta(min_length=1)]
    conflict: Conflict
    notify_subject: Notify
    review: Review = Review()
    conditions: Conditions | msgspec.UnsetType = msgspec.UNSET
    evaluation: Evaluated | msgspec.UnsetType = msgspec.UNSET
    suspended_while: tuple[Literal["condition_fails"], ...] = ()
    for_other_organs: OtherOrgans | msgspec.UnsetType = msgspec.UNSET
    defeated_by: tuple[Stop, ...] = ()
    watch: tuple[Watch, ...] = ()


class AdoptionLine(Term, frozen=True, rename={"start": "from"}):
    """An adoption written beside the rules or cases, for reading and for the cases only."""

    rule: Key
    edition: Edition
    member: MemberCode
    instrument: Word
    organ_code: Word
    start: date
    until: date | msgspec.UnsetType = msgspec.UNSET
    allows: tuple[Key, ...] | msgspec.UnsetType = msgspec.UNSET


class RulesFile(Term, frozen=True):
    """rules.yaml; adoptions may be listed for the reader, in force only as members' records."""

    rules: Annotated[tuple[Rule, ...], Meta(min_length=1)]
    principles: tuple[Principle, ...] = ()
    adoptions: tuple[AdoptionLine, ...] = ()


class Book(Struct, frozen=True):
    """A loaded and checked book; ``lines`` maps file and path to the line, for messages only."""

    instruments: dict[str, Instrument]
    measures: dict[str, Measure]
    counting: dict[str, Counting]
    rules: tuple[Rule, ...]
    adoptions: tuple[AdoptionLine, ...] = ()
    lines: dict[str, dict[tuple[str | int, ...], int]] = {}
    catalogues: tuple[Catalogue, ...] = ()
    principles: tuple[Principle, ...] = ()


def given(value: T | msgspec.UnsetType) -> T | None:
    """Return an optional member of the language, None where it was left out."""
    return None if isinstance(value, msgspec.UnsetType) else value


def schema(file: type[Term]) -> dict[str, object]:
    """Return the JSON Schema (2020-12) of one of the four files."""
    return msgspec.json.schema(file)
