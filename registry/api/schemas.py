"""The bodies of the answers, written by hand: what programs may rely on.

Times are RFC 3339 in UTC, dates are calendar dates in Asia/Shanghai, digests and roots are hex.
Texts come in Chinese (``zh``) and English (``en``). Members may be added, never renamed.
"""

from datetime import date, datetime

from msgspec import Struct

from registry.api.window_schemas import WindowOut
from registry.rules.model import Decision, FactRef


class FindingOut(Struct):
    """What is wrong with a row: place (JSON Pointer), reason, and what would be right."""

    code: str
    level: str
    pointer: str
    zh: str
    en: str
    expected_zh: str
    expected_en: str


class RowOut(Struct):
    """The findings of one line of a batch; the header is line 1."""

    line: int
    findings: tuple[FindingOut, ...]


class CheckOut(Struct):
    """Result of a dry run: ``bad`` rows must not be signed, ``warned`` ones may."""

    total: int
    good: int
    bad: tuple[RowOut, ...]
    warned: tuple[RowOut, ...]
    counts: dict[str, int]


class QuarantinedOut(Struct):
    """A record that was signed and logged but has no effect, and why."""

    idx: int
    findings: tuple[FindingOut, ...]


class AdmittedOut(Struct):
    """The answer to a publisher; ``receipt`` is the checkpoint note with the mirror's line.

    ``awaiting`` names the nodes whose cosignature may still make the charter's quorum whole: until
    then the log awaits witnesses. It is empty once the quorum has seen the tree.
    """

    origin: str
    size: int
    root: str
    receipt: str
    accepted: int
    repeated: bool
    quarantined: tuple[QuarantinedOut, ...]
    quarantined_count: int
    warnings: dict[str, int]
    awaiting: tuple[str, ...]


class SizeOut(Struct):
    """Where a log stands on this node; ``receipt`` is empty while nothing was admitted.

    ``awaiting`` as in the answer to a publisher.
    """

    origin: str
    size: int
    root: str
    receipt: str
    awaiting: tuple[str, ...] = ()


class AttachmentOut(Struct):
    """An attachment that is stored."""

    sha256: str
    size: int


class CityOut(Struct):
    """How far one member's log was read; ``as_of`` null means that it never answered.

    ``behind_since``: since when its home node may have more than could be taken from there.
    """

    code: str
    name: str
    origin: str
    size: int
    as_of: datetime | None
    behind_since: datetime | None


class SiteOut(Struct):
    """Another place where one has to look."""

    name: str
    url: str


class CoverageOut(Struct):
    """What an answer spans, by city and kind of record, and what it does not."""

    at: datetime
    cities: tuple[CityOut, ...]
    kinds: tuple[str, ...]
    kinds_missing: tuple[str, ...]
    kinds_en: tuple[str, ...]
    kinds_missing_en: tuple[str, ...]
    elsewhere: tuple[SiteOut, ...]


class RecordOut(Struct):
    """A record: where it stands, and its main part in record format v1 under ``record``.

    That is the very text that was signed, unless something of it is withheld. ``marks`` must be
    shown beside it: an open objection, a stay, a statement in reorganisation, how a commitment was
    kept.
    """

    origin: str
    idx: int
    member: str
    member_name: str
    entry: str
    flags: tuple[str, ...]
    marks: tuple[str, ...]
    record: dict[str, object]


class NameOut(Struct):
    """A name, since when it was stated, and its last day where a registration states it."""

    name: str
    since: date
    former: bool
    until: date | None = None


class CodeOut(Struct):
    """A code of a subject: ``uscc``, ``regno`` or ``orgcode``."""

    scheme: str
    code: str


class DecidedOut(Struct):
    """措施适用提示 beside a file, of the same moment; not an administrative decision."""

    territory_name: str
    rulebook: str
    disclaimer_zh: str
    disclaimer_en: str
    decision: Decision
    used: tuple[FactRef, ...]


class SubjectOut(Struct):
    """Everything about a subject that may be shown, as of a date.

    ``decided`` is what applies in the territory asked for, null where none was.
    """

    subject_id: str
    name: str
    kind: str
    on: date
    names: tuple[NameOut, ...]
    codes: tuple[CodeOut, ...]
    records: tuple[RecordOut, ...]
    coverage: CoverageOut
    decided: DecidedOut | None = None


class EndOut(Struct):
    """Another end of a relation; ``subject_id`` is empty where nothing about it may be shown."""

    subject_id: str
    name: str
    code: str
    role: str


class RelationOut(Struct):
    """A relation from this subject's end; the record at ``origin`` and ``idx`` states it."""

    kind: str
    role: str
    matter: str
    since: date
    until: date | None
    current: bool
    ends: tuple[EndOut, ...]
    authority: str
    member_name: str
    source: str
    origin: str
    idx: int


class IdentityOut(Struct):
    """Another subject that is, or is not, the same: ``judgement``, by whom, why and when.

    ``overruled``: it is given no effect, since a judgement *different* keeps the two apart.
    """

    subject_id: str
    name: str
    scheme: str
    code: str
    judgement: str
    by: str
    why: str
    on: date | None
    origin: str
    idx: int
    overruled: bool


class RelationsOut(Struct):
    """Who else a subject has to do with, as of a date; ``more``: not all of them are here."""

    subject_id: str
    on: date
    relations: tuple[RelationOut, ...]
    identities: tuple[IdentityOut, ...]
    more: bool


class DecisionOut(Struct):
    """措施适用提示 for a subject in a territory; not an administrative decision.

    ``used``: log, index, id and entry of every record that it rests on.
    """

    territory_name: str
    rulebook: str
    disclaimer_zh: str
    disclaimer_en: str
    decision: Decision
    used: tuple[FactRef, ...]
    coverage: CoverageOut


class RecordDetailOut(Struct):
    """A record with what verifies it, and its periods; ``line`` is empty where it names persons."""

    view: RecordOut
    line: str
    proof: str
    checkpoint: str
    signed_by: str
    stated_at: datetime
    windows: tuple[WindowOut, ...]


class LogOut(Struct):
    """A log as this node holds it."""

    origin: str
    member: str
    member_name: str
    size: int
    root: str
    updated_at: datetime | None
    quarantined: int


class LogsOut(Struct):
    """Every log of the charter."""

    logs: tuple[LogOut, ...]


class MeasureOut(Struct):
    """A measure of a rule."""

    key: str
    name: str
    effect: str
    matter: str
    organ: str
    basis: str


class RuleOut(Struct):
    """A rule of the rulebook in force."""

    key: str
    edition: str
    title: str
    reads: str
    measures: tuple[MeasureOut, ...]
    not_from_this_rule: tuple[str, ...]


class AdoptionOut(Struct):
    """A member's act that puts a rule in force in its territory."""

    rule: str
    edition: str
    member: str
    organ: str
    instrument: str
    in_force_from: date
    in_force_until: date | None
    allows: tuple[str, ...] | None


class RulebookOut(Struct):
    """The rulebook in force with its adoptions; ``edition`` is empty where there is none."""

    edition: str
    title: str
    digest: str
    origin: str
    idx: int
    rules: tuple[RuleOut, ...]
    adoptions: tuple[AdoptionOut, ...]


class ParameterOut(Struct):
    """A parameter that is out of bounds."""

    name: str
    source: str
    message: str


class ProblemOut(Struct):
    """An RFC 9457 problem (application/problem+json); further members depend on the type."""

    type: str
    title: str
    title_en: str
    status: int
    detail: str
    detail_en: str
    code: str
    instance: str = ""
    errors: tuple[ParameterOut, ...] = ()


class ProblemKindOut(Struct):
    """What a problem type means, with its exact codes."""

    type: str
    status: int
    title: str
    title_en: str
    meaning: str
    codes: dict[str, tuple[str, str]]
