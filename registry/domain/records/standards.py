"""Standards: their editions, what is compared, recognised and accepted, and the cases about it.

A number is written in its normal form (`registry.standards.numbers`), with its year where one
edition is meant. The subject is whoever the statement is about: the publisher of a standard, the
organ that recognises one, the laboratory, the enterprise that asks or declares.

Sources: domain 0.1.11, 8.1 to 8.3; 中华人民共和国标准化法; GB/T 20000.2 (adoption).
"""

from datetime import date
from typing import Annotated, Literal

from msgspec import UNSET, Meta, UnsetType

from registry.domain.records.base import (
    Act,
    Attachment,
    Code,
    Decimal,
    Division,
    Line,
    Name,
    Organ,
    Part,
    Record,
    Target,
    Text,
)

Number = Annotated[str, Meta(min_length=2, max_length=120)]
"""The number of a standard: `GB/T 2260-2007` one edition, `GB/T 2260` whichever is in force."""
Lines = Annotated[tuple[Line, ...], Meta(min_length=1, max_length=50)]
Evidence = Annotated[tuple[Attachment, ...], Meta(max_length=50)]
Obligation = Literal["mandatory", "voluntary", "guidance"]
Use = Literal["tender", "qualification", "certification", "funds", "supervision"]
"""What a standard is to serve for. Sale is no use of a recognition: it needs none (0.1.11)."""
Route = Literal["local_standard", "regional_310", "tender_document", "scheme"]
Degree = Literal["full", "partial", "conditional", "refused"]


class Replacement(Part, frozen=True):
    """Another edition that this one replaces, or that replaces it; ``clauses`` where in part."""

    number: Number
    extent: Literal["whole", "part"]
    clauses: Line | UnsetType = UNSET


class AdoptedFrom(Part, frozen=True):
    """The standard that this one was made from; NEQ is no adoption, EQV is of former times."""

    number: Number
    degree: Literal["IDT", "MOD", "NEQ", "EQV"]


class Standard(Record, frozen=True, tag="standard"):
    """One edition of a standard, as its publisher or a catalogue states it.

    ``state`` is what the source says on the day it was checked, for catalogues without dates.
    """

    number: Number
    title: Line
    obligation: Obligation
    title_en: Line | UnsetType = UNSET
    issued_on: date | UnsetType = UNSET
    effective_on: date | UnsetType = UNSET
    void_on: date | UnsetType = UNSET
    state: Literal["upcoming", "in_force", "void"] | UnsetType = UNSET
    stage: Code | UnsetType = UNSET
    replaces: Annotated[tuple[Replacement, ...], Meta(max_length=200)] | UnsetType = UNSET
    replaced_by: Annotated[tuple[Replacement, ...], Meta(max_length=200)] | UnsetType = UNSET
    references: Annotated[tuple[Number, ...], Meta(max_length=500)] | UnsetType = UNSET
    adopts: Annotated[tuple[AdoptedFrom, ...], Meta(max_length=20)] | UnsetType = UNSET
    ics: Annotated[tuple[Code, ...], Meta(max_length=20)] | UnsetType = UNSET
    ccs: Annotated[tuple[Code, ...], Meta(max_length=20)] | UnsetType = UNSET
    application: Text | UnsetType = UNSET
    owner: Name | UnsetType = UNSET
    drafted_by: Annotated[tuple[Name, ...], Meta(max_length=100)] | UnsetType = UNSET


class StandardNotice(Record, frozen=True, tag="standard_notice"):
    """What is announced about an edition later: that it ends, is replaced, amended or kept.

    An amendment (修改单) is ``amended`` with its number in ``by``; ``clauses`` says what of it.
    """

    number: Number
    event: Literal["void", "replaced", "replaced_in_part", "amended", "reviewed_valid"]
    effective_on: date
    instrument: Line
    by: Number | UnsetType = UNSET
    clauses: Line | UnsetType = UNSET
    text: Text | UnsetType = UNSET


class Limit(Part, frozen=True):
    """What an edition demands of an indicator: a number with its unit and direction, or words.

    ``least`` at least ``value``, ``most`` at most, ``within`` from ``value`` to ``upto``,
    ``exactly`` the value, ``words`` only ``text``. Units as `registry.standards.units` reads them.
    """

    direction: Literal["least", "most", "within", "exactly", "words"]
    value: Decimal | UnsetType = UNSET
    upto: Decimal | UnsetType = UNSET
    unit: Annotated[str, Meta(max_length=32)] | UnsetType = UNSET
    text: Line | UnsetType = UNSET
    method: Number | UnsetType = UNSET
    clause: Line | UnsetType = UNSET


class Compared(Part, frozen=True):
    """One indicator on both sides; a side that does not speak of it is absent."""

    indicator: Line
    relation: Literal["same", "stricter_a", "stricter_b", "incomparable", "only_a", "only_b"]
    a: Limit | UnsetType = UNSET
    b: Limit | UnsetType = UNSET
    note: Line | UnsetType = UNSET


class StandardComparison(Record, frozen=True, tag="standard_comparison"):
    """Two editions indicator by indicator (标准比对), reviewed by somebody with a name."""

    a: Number
    b: Number
    product: Line
    rows: Annotated[tuple[Compared, ...], Meta(min_length=1, max_length=500)]
    reviewer: Name
    reviewed_on: date
    evidence: Evidence | UnsetType = UNSET


class StandardRecognition(Record, frozen=True, tag="standard_recognition"):
    """A competent organ takes an edition as a basis for one use in its territory, or refuses to.

    ``stands_for`` is the standard of its own for which it may serve. ``counterpart`` is what the
    other side recognises in return, and by whom: it is *mutual* once that side has logged it, too.
    """

    number: Number
    use: Use
    territory: Division
    route: Route
    degree: Degree
    instrument: Line
    products: Lines
    in_force_from: date
    in_force_until: date | UnsetType = UNSET
    review_by: date | UnsetType = UNSET
    conditions: Lines | UnsetType = UNSET
    exclusions: Lines | UnsetType = UNSET
    evidence_needed: Lines | UnsetType = UNSET
    reasons: Text | UnsetType = UNSET
    stands_for: Number | UnsetType = UNSET
    counterpart: Number | UnsetType = UNSET
    counterpart_territory: Division | UnsetType = UNSET
    comparison: Target | UnsetType = UNSET
    contact: Line | UnsetType = UNSET


class RecognitionChange(Act, frozen=True, tag="recognition_change"):
    """What becomes of a recognition or an acceptance: stopped for a time, resumed, ended, kept.

    ``reviewed`` says that it holds for the new edition in ``number``, too; otherwise ``number`` is
    that of the recognition. A suspension names the day on which it is looked at again.
    """

    number: Number
    change: Literal["suspended", "resumed", "ended", "extended", "reviewed"]
    effective_on: date
    instrument: Line
    reasons: Text
    review_by: date | UnsetType = UNSET
    until: date | UnsetType = UNSET


class ResultAcceptance(Record, frozen=True, tag="result_acceptance"):
    """An organ takes results of testing or certification against an edition (结果采信) for one use.

    The marks name what the laboratory's licence must be (CMA, CNAS, CCC); ``months`` bounds the age
    of a result on the day it is used.
    """

    number: Number
    use: Use
    territory: Division
    results: Literal["test", "certificate", "either"]
    degree: Degree
    instrument: Line
    products: Lines
    in_force_from: date
    in_force_until: date | UnsetType = UNSET
    marks: Annotated[tuple[Code, ...], Meta(max_length=10)] | UnsetType = UNSET
    months: Annotated[int, Meta(ge=1, le=120)] | UnsetType = UNSET
    origins: Annotated[tuple[Division, ...], Meta(max_length=100)] | UnsetType = UNSET
    conditions: Lines | UnsetType = UNSET
    exclusions: Lines | UnsetType = UNSET
    reasons: Text | UnsetType = UNSET
    contact: Line | UnsetType = UNSET


class ScopeItem(Part, frozen=True):
    """What a laboratory may test: object, parameter, and the method in its edition."""

    item: Line
    method: Number
    parameter: Line | UnsetType = UNSET
    limits: Line | UnsetType = UNSET


class LaboratoryScope(Record, frozen=True, tag="laboratory_scope"):
    """A laboratory's licence and what it covers; the subject is the laboratory."""

    mark: Code
    certificate_no: Code
    valid_from: date
    valid_until: date
    items: Annotated[tuple[ScopeItem, ...], Meta(min_length=1, max_length=500)]


class ConformityResult(Record, frozen=True, tag="conformity_result"):
    """A test report or certificate, as its issuer states it; the subject is whose product it is.

    ``laboratory`` and ``licence_no`` name who tested under which licence; ``methods`` the editions
    tested by. For a certificate ``valid_until`` is its last day.
    """

    kind: Literal["test", "certificate"]
    report_no: Code
    number: Number
    product: Line
    laboratory: Name
    laboratory_uscc: Code
    licence_no: Code
    issued_on: date
    conclusion: Literal["conforms", "does_not_conform", "no_conclusion"]
    methods: Annotated[tuple[Number, ...], Meta(max_length=200)] | UnsetType = UNSET
    sample: Line | UnsetType = UNSET
    sampled_on: date | UnsetType = UNSET
    tested_on: date | UnsetType = UNSET
    valid_until: date | UnsetType = UNSET
    evidence: Evidence | UnsetType = UNSET


class GroupStandardUse(Record, frozen=True, tag="group_standard_use"):
    """A group standard is taken into a public one (团体标准采信): the other meaning of 采信."""

    number: Number
    into: Number
    extent: Literal["whole", "part"]
    instrument: Line
    effective_on: date
    clauses: Line | UnsetType = UNSET


class SelfDeclaration(Record, frozen=True, tag="self_declaration"):
    """An enterprise declares which standard its product follows (自我声明公开)."""

    number: Number
    product: Line
    declared_on: date
    valid_until: date | UnsetType = UNSET
    results: Annotated[tuple[Code, ...], Meta(max_length=50)] | UnsetType = UNSET


class StandardCase(Record, frozen=True, tag="standard_case"):
    """Somebody asks an organ to recognise a standard or to accept results; the subject asks."""

    about: Literal["recognition", "acceptance", "group_standard", "declaration"]
    number: Number
    territory: Division
    receiver: Organ
    asked_on: date
    reasons: Text
    use: Use | UnsetType = UNSET
    product: Line | UnsetType = UNSET
    evidence: Evidence | UnsetType = UNSET


class StandardCaseStep(Record, frozen=True, tag="standard_case_step"):
    """What happens in a case, step by step; the result of a decision is a record of its own."""

    case: Target
    step: Literal[
        "received",
        "incomplete",
        "completed",
        "assessing",
        "heard",
        "answered",
        "decided",
        "appealed",
        "appeal_decided",
        "withdrawn",
    ]
    done_on: date
    text: Text | UnsetType = UNSET
    degree: Degree | UnsetType = UNSET
    result: Target | UnsetType = UNSET
