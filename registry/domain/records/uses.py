"""Uses of records, and who may ask for them: measures taken, authorisations, special reports.

Each use of a record is itself a record (domain 0.1.7): that is how joint cases are counted.
"""

from datetime import date
from typing import Annotated, Literal

from msgspec import UNSET, Meta, UnsetType

from registry.domain.records.base import (
    Code,
    Digest,
    Division,
    DocumentNo,
    Line,
    Name,
    Part,
    Record,
    Target,
    Text,
)

Sections = Annotated[tuple[Code, ...], Meta(min_length=1, max_length=40)]


class MeasureUse(Record, frozen=True, tag="measure_use"):
    """An organ considered a measure in a matter it handled: what it did, and why.

    ``causes`` are the records it rests on, ``decision`` the digest of the answer it was shown.
    """

    measure: Code
    rule: Code
    edition: Code
    territory: Division
    matter: Code
    matter_name: Line
    handled_on: date
    result: Literal["applied", "partly_applied", "not_applied"]
    reasons: Text
    causes: Annotated[tuple[Target, ...], Meta(min_length=1, max_length=50)]
    decision: Digest | UnsetType = UNSET
    decision_no: DocumentNo | UnsetType = UNSET
    until: date | UnsetType = UNSET


class MeasureTask(Record, frozen=True, tag="measure_task"):
    """A member asks another to consider a measure, because of a named nexus, until a day."""

    cause: Target
    measure: Code
    rule: Code
    edition: Code
    territory: Division
    nexus: Code
    due_on: date
    text: Text | UnsetType = UNSET


class MeasureFeedback(Record, frozen=True, tag="measure_feedback"):
    """The answer to a task of another log: applied, not applicable, or refused with reasons."""

    task: Target
    result: Literal["applied", "not_applicable", "refused", "lifted"]
    answered_on: date
    reasons: Text
    use: Target | UnsetType = UNSET


class MeasureReply(Record, frozen=True, tag="measure_reply"):
    """The answer to a push that follows from a record and a rule alone (domain 0.1.7, 7.2).

    ``about`` is the record that a measure rests on; of a measure that was lifted it is the
    receiver's own record of having applied it, so that nothing tells of a cause that has ended.
    """

    about: Target
    measure: Code
    rule: Code
    edition: Code
    territory: Division
    result: Literal["applied", "not_applicable", "refused", "lifted"]
    answered_on: date
    reasons: Text


class ThirdParty(Part, frozen=True):
    """Whom a subject lets read: an organisation, never a natural person."""

    name: Name
    uscc: Code


class Authorisation(Record, frozen=True, tag="authorisation"):
    """The subject lets a third party read what is given on authorisation (授权查询), for a purpose.

    ``sections`` are record types, ``valid_until`` the last day; it ends early by its withdrawal.
    """

    third_party: ThirdParty
    purpose: Line
    sections: Sections
    valid_from: date
    valid_until: date
    onward: Literal["none", "same_purpose"] = "none"


class ReportRequest(Record, frozen=True, tag="report_request"):
    """A subject asks for its special report (专项信用报告): period and sections are its choice.

    Source: 发改财金〔2025〕565号, read second hand (domain 5.4): at most five years back.
    """

    requested_on: date
    purpose: Line
    period_from: date
    period_until: date
    sections: Sections
    recipient: Line | UnsetType = UNSET
    deliver_by: date | UnsetType = UNSET
