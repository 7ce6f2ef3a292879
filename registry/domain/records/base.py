"""What every record has, whatever its type (record format v1, part *main*).

Records are decoded into these structs from exactly the bytes that were signed. Optional members
are absent, never ``null``; amounts are decimal strings in 10,000 yuan (万元), the unit of the
double-publicity templates; dates are calendar dates in Asia/Shanghai. A member that is not named
here is refused: a typing slip must not become a silent loss.
"""

from datetime import date
from typing import Annotated, Literal

from msgspec import UNSET, Meta, Struct, UnsetType

Name = Annotated[str, Meta(min_length=1, max_length=200)]
Code = Annotated[str, Meta(min_length=1, max_length=64)]
Line = Annotated[str, Meta(min_length=1, max_length=500)]
Text = Annotated[str, Meta(min_length=1, max_length=20_000)]
WanYuan = Annotated[str, Meta(pattern=r"^(0|[1-9][0-9]{0,13})(\.[0-9]{1,6})?$")]
Decimal = Annotated[str, Meta(pattern=r"^-?(0|[1-9][0-9]{0,13})(\.[0-9]{1,6})?$")]
DocumentNo = Annotated[str, Meta(min_length=1, max_length=128)]
ListCode = Annotated[str, Meta(pattern=r"^[a-z][a-z0-9-]{1,63}$")]
Division = Annotated[str, Meta(pattern=r"^[0-9]{6}$")]
Digest = Annotated[str, Meta(pattern=r"^[0-9a-f]{64}$")]

Publication = Literal["public", "government", "authorised"]
SeverityClass = Literal["minor", "general", "serious", "unclassified"]
Procedure = Literal["simple", "ordinary"]
SubjectKind = Literal["organisation", "sole_trader", "natural_person"]


class Part(
    Struct, frozen=True, forbid_unknown_fields=True, kw_only=True, omit_defaults=True, gc=False
):
    """A member object of a record."""


class Subject(Part, frozen=True):
    """Whom the record is about, by the names and codes the recording authority stated.

    The codes are those of the templates: unified social credit code (GB 32100), old registration
    number, organisation code (GB 11714), tax number, institution and social-organisation numbers.
    """

    kind: SubjectKind
    name: Name
    uscc: Code | UnsetType = UNSET
    registration_no: Code | UnsetType = UNSET
    organisation_code: Code | UnsetType = UNSET
    tax_no: Code | UnsetType = UNSET
    institution_no: Annotated[str, Meta(min_length=1, max_length=120)] | UnsetType = UNSET
    social_org_no: Code | UnsetType = UNSET
    legal_representative: Name | UnsetType = UNSET


class Organ(Part, frozen=True):
    """An organ: name, unified code, kind (as 市场监督管理部门) and the division it acts for."""

    name: Name
    uscc: Code | UnsetType = UNSET
    kind: Name | UnsetType = UNSET
    division: Division | UnsetType = UNSET


class Severity(Part, frozen=True, rename={"level": "class"}):
    """The class of a record, always set by an organ under a named rule, never by this platform."""

    level: SeverityClass
    organ: Name | UnsetType = UNSET
    rule: Line | UnsetType = UNSET


class Provenance(Part, frozen=True):
    """Stated by the authority itself, or relayed from a named source checked on a date."""

    kind: Literal["original", "relayed"]
    source: Name | UnsetType = UNSET
    checked_on: date | UnsetType = UNSET


class Scope(Part, frozen=True, rename={"start": "from"}):
    """Territory and term as the decision states them; ``CN`` in territory means nationwide."""

    territory: tuple[Annotated[str, Meta(pattern=r"^(CN|[0-9]{6})$")], ...] | UnsetType = UNSET
    start: date | UnsetType = UNSET
    until: date | UnsetType = UNSET
    text: Line | UnsetType = UNSET


class Target(Part, frozen=True):
    """The record an act is about: log, id inside it, and its 64-byte entry in hex."""

    origin: Annotated[str, Meta(min_length=3, max_length=200)]
    id: Code
    entry: Annotated[str, Meta(pattern=r"^[0-9a-f]{128}$")]


class InLog(Part, frozen=True):
    """Another record of the same log: its id, and its 64-byte entry in hex."""

    id: Code
    entry: Annotated[str, Meta(pattern=r"^[0-9a-f]{128}$")]


class Attachment(Part, frozen=True):
    """A file named by digest; its bytes are kept beside the log like a body."""

    name: Name
    sha256: Digest
    size: Annotated[int, Meta(ge=0, le=16 * 1024 * 1024)]
    media_type: Annotated[str, Meta(min_length=3, max_length=100)]


class Record(
    Struct,
    frozen=True,
    forbid_unknown_fields=True,
    kw_only=True,
    omit_defaults=True,
    gc=False,
    tag_field="type",
):
    """The members common to all types; ``decided_on`` is the date of the authority's document.

    ``corrected_on`` is the day on which the subject had put right what it had done (改正之日), from
    which some terms run (MOHRSS Order 45).
    """

    v: Literal[1]
    id: Code
    salt: Annotated[str, Meta(pattern=r"^[0-9a-f]{32}$")]
    subject: Subject
    authority: Organ
    source_unit: Organ
    decided_on: date
    publication: Publication
    severity: Severity
    provenance: Provenance
    published_on: date | UnsetType = UNSET
    corrected_on: date | UnsetType = UNSET
    procedure: Procedure | UnsetType = UNSET
    scope: Scope | UnsetType = UNSET
    remark: Text | UnsetType = UNSET


class Act(Record, frozen=True):
    """What all acts on another record have; most take effect on ``effective_on``."""

    target: Target

    @property
    def begins(self) -> date:
        """The first day of its effect."""
        day: date = getattr(self, "effective_on")  # noqa: B009 - of the classes below
        return day


class NamedPerson(Part, frozen=True):
    """A person named in a decision, with the role stated there (MOHRSS Order 45 art. 5)."""

    name: Name
    role: Name


class PersonDocument(Part, frozen=True):
    """An identity document; only ever in the restricted part and never shown on any page."""

    name: Name
    type: Name
    number: Code
    role: Name | UnsetType = UNSET


class Restricted(Part, frozen=True):
    """The second part of a record, for authorised readers only (PIPL 28-29, domain 1.5)."""

    salt: Annotated[str, Meta(pattern=r"^[0-9a-f]{32}$")]
    subject_document: PersonDocument | UnsetType = UNSET
    legal_representative_document: PersonDocument | UnsetType = UNSET
    named_persons: tuple[NamedPerson, ...] | UnsetType = UNSET
    named_person_documents: tuple[PersonDocument, ...] | UnsetType = UNSET
    evidence: tuple[Attachment, ...] | UnsetType = UNSET
    remark: Text | UnsetType = UNSET
