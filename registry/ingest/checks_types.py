"""The checks of the record types beyond the double-publicity ones: acts, conduct, uses, messages.

As in ``checks_rules`` they depend on the record's bytes and on named tables alone.
"""

import re
from collections.abc import Mapping
from datetime import date
from typing import Final

from msgspec import UNSET, UnsetType

from registry.domain.identifiers import normalise_code
from registry.domain.industries import in_classification
from registry.domain.lists import LISTS, is_honour
from registry.domain.records import KINDS, REFERENCES, TYPE_OF, Act, Record, Target
from registry.domain.records.acts import (
    Amendment,
    ErasureOrder,
    Performance,
    ReorganisationShield,
    Repair,
    Stay,
    Withdrawal,
)
from registry.domain.records.conduct import Commitment, Evaluation, Honour, PerMu
from registry.domain.records.market import (
    ClueReply,
    ClueTransfer,
    NegativeListItem,
    PenaltyPush,
    PenaltyPushReply,
    RiskAlert,
    RiskReaction,
)
from registry.domain.records.objections import Objection, ObjectionOutcome
from registry.domain.records.supervision import Compulsion, Inspection, Sampling
from registry.domain.records.uses import (
    Authorisation,
    MeasureFeedback,
    MeasureReply,
    MeasureTask,
    MeasureUse,
    ReportRequest,
)
from registry.ingest.checks_codes import (
    NONE,
    Findings,
    at,
    at_each,
    division_findings,
    organ_findings,
    uscc_findings,
)
from registry.ingest.checks_common import not_before, real_number, real_text
from registry.ingest.checks_penalty import not_sealed
from registry.ingest.checks_shape import show
from registry.ingest.reasons import finding

ORIGIN: Final = re.compile(
    r"[a-z0-9](?:[a-z0-9.-]*[a-z0-9])?(?::[0-9]{1,5})?/(?!(?:tile|checkpoint)$)[a-z0-9][a-z0-9._-]*"
)
_REPORT_YEARS: Final = 5
"""How far back a special report reaches (发改财金〔2025〕565号, second hand)."""
_IN_ORDER: Final = not_before("decided_on", "published_on", "corrected_on")


def origin_findings(target: Target) -> Findings:
    """A target's log is named as ``host/segment``."""
    if ORIGIN.fullmatch(target.origin):
        return NONE
    return (finding("bad-origin", "/origin", value=show(target.origin)),)


def target_origin(record: Act) -> Findings:
    """An act names its target's log as ``host/segment``."""
    return tuple(at("/target", origin_findings(record.target)))


def reference_origin(record: Record) -> Findings:
    """So does a message that answers or speaks of a record."""
    member = REFERENCES[type(record)]
    return tuple(at(f"/{member}", origin_findings(getattr(record, member))))


def causes_origin(record: MeasureUse) -> Findings:
    """So do the causes of a measure."""
    return tuple(at_each("/causes", map(origin_findings, record.causes)))


def causes_once(record: MeasureUse) -> Findings:
    """Each cause of a measure is named once, or a joint case would be counted by it twice."""
    entries = [cause.entry for cause in record.causes]
    return tuple(
        finding("same-cause-twice", f"/causes/{at}", value=show(record.causes[at].id))
        for at, entry in enumerate(entries)
        if entry in entries[:at]
    )


def until_of_use(record: MeasureUse) -> Findings:
    """What was not applied lasts until no day."""
    if record.until is UNSET or record.result != "not_applied":
        return NONE
    return (finding("use-until", "/until", value=record.until.isoformat()),)


def narrowed_range(record: Record) -> Findings:
    """A type that is never public stays so, whatever range the record states."""
    if record.publication != "public" or KINDS[TYPE_OF[type(record)]].audience == "open":
        return NONE
    kind = KINDS[TYPE_OF[type(record)]]
    return (finding("range-narrowed", "/publication", kind_zh=kind.zh, kind=kind.en),)


def not_its_own_replacement(record: Amendment) -> Findings:
    """What stands in the place of a record is another one."""
    if record.replacement.id != record.target.id:
        return NONE
    return (finding("replacement-itself", "/replacement/id", value=show(record.target.id)),)


def measure_objected_to(record: Objection) -> Findings:
    """An objection to a measure says which and where; one to a record does not."""
    stated = record.measure is not UNSET and record.territory is not UNSET
    neither = record.measure is UNSET and record.territory is UNSET
    found = NONE
    if not (stated if record.about == "measure" else neither):
        found += (finding("objection-measure", "/measure"),)
    return found + _division("/territory", record.territory)


def outcome_and_consequence(record: ObjectionOutcome) -> Findings:
    """A rejected objection changes nothing; one that is upheld says what is changed."""
    if (record.outcome == "rejected") is (record.consequence == "none"):
        return NONE
    return (finding("outcome-consequence", "/consequence", value=record.consequence),)


def no_grades_for_persons(record: Evaluation | PerMu) -> Findings:
    """Natural persons are not graded (domain 11, guidance of 2021)."""
    if record.subject.kind != "natural_person":
        return NONE
    return (finding("person-graded", "/subject/kind"),)


def honour_list(record: Honour) -> Findings:
    """The list that an honour leads to is a list of honours."""
    if record.list is UNSET or is_honour(record.list):
        return NONE
    choices = ", ".join(code for code in LISTS if is_honour(code))
    return (finding("unknown-list", "/list", value=record.list, choices=choices),)


def failed_items(record: Sampling) -> Findings:
    """A sample that failed names the items, one that passed has none."""
    if (record.result == "failed") is (record.failed_items is not UNSET):
        return NONE
    return (finding("failed-items", "/failed_items"),)


def third_party(record: Authorisation) -> Findings:
    """Whom the subject lets read is not the subject itself."""
    party = record.third_party
    found = tuple(at("/third_party/uscc", uscc_findings(party.uscc)))
    own = record.subject.uscc
    if own is not UNSET and normalise_code(own) == normalise_code(party.uscc):
        found += (finding("authorised-itself", "/third_party/uscc"),)
    return found


def known_sections(record: Authorisation | ReportRequest) -> Findings:
    """Sections are record types."""
    return tuple(
        finding("unknown-section", f"/sections/{at}", value=show(name), choices=", ".join(KINDS))
        for at, name in enumerate(record.sections)
        if name not in KINDS
    )


def report_period(record: ReportRequest) -> Findings:
    """A special report reaches five years back at most."""
    first = record.period_from
    if first.year > date.max.year - _REPORT_YEARS:
        return NONE  # the common checks say that such a date is none
    latest = date(first.year + _REPORT_YEARS, first.month, min(first.day, 28))
    if record.period_until <= latest:
        return NONE
    return (finding("report-period", "/period_from", years=_REPORT_YEARS),)


def receiver(record: PenaltyPush | ClueTransfer) -> Findings:
    """The organ that receives, and its territory."""
    found = at("/receiver", organ_findings(record.receiver))
    return (*found, *_division("/territory", record.territory))


def territory(record: MeasureUse | MeasureTask | MeasureReply) -> Findings:
    """The territory of a measure is a division."""
    return _division("/territory", record.territory)


def territories(record: RiskAlert) -> Findings:
    """So are those that an alert goes to."""
    places = () if record.territories is UNSET else record.territories
    return tuple(at_each("/territories", map(division_findings, places)))


def pool(record: PerMu) -> Findings:
    """Grades are compared within a division."""
    return _division("/pool", record.pool)


def known_activities(record: NegativeListItem) -> Findings:
    """The industries that an item of a negative list speaks of are sections, divisions or classes.

    The table holds sections and divisions alone; a class is known by its division, in its section.
    """
    codes = () if record.activities is UNSET else record.activities
    return tuple(
        finding("unknown-activity", f"/activities/{index}", value=show(code))
        for index, code in enumerate(codes)
        if not in_classification(code)
    )


def _division(pointer: str, code: str | UnsetType) -> Findings:
    return NONE if code is UNSET else tuple(at(pointer, division_findings(code)))


_ACT: Final = (_IN_ORDER, target_origin)
_MESSAGE: Final = (_IN_ORDER, narrowed_range)

TABLE: Final[Mapping[type[Record], tuple[object, ...]]] = {
    Repair: (
        not_before("decided_on", "effective_on", "published_on", "corrected_on"),
        real_number("decision_no"),
        target_origin,
    ),
    Withdrawal: _ACT,
    Amendment: (
        *_ACT,
        real_text("changed"),
        real_number("decision_no"),
        not_its_own_replacement,
    ),
    Stay: (*_ACT, not_before("effective_on", "until"), real_number("decision_no")),
    ReorganisationShield: (
        *_ACT,
        not_before("plan_approved_on", "effective_on"),
        not_before("effective_on", "until"),
        real_text("court"),
        real_number("decision_no"),
    ),
    ErasureOrder: (
        *_ACT,
        not_before("effective_on", "decided_on", code="erasure-later"),
        real_text("basis"),
        real_number("decision_no"),
    ),
    Performance: (*_ACT, real_text("facts"), real_number("decision_no")),
    Objection: (*_ACT, real_text("grounds"), measure_objected_to),
    ObjectionOutcome: (
        *_ACT,
        real_text("reasons"),
        real_number("decision_no"),
        outcome_and_consequence,
    ),
    Compulsion: (
        _IN_ORDER,
        not_before("valid_from", "valid_until"),
        real_text("kind", "facts", "basis"),
        real_number("decision_no"),
        not_sealed,
    ),
    Inspection: (
        _IN_ORDER,
        not_before("inspected_on", "decided_on", code="suspicious-dates"),
        real_text("item"),
        real_number("notice_no"),
    ),
    Sampling: (
        _IN_ORDER,
        not_before("sampled_on", "decided_on", code="suspicious-dates"),
        real_number("report_no"),
        failed_items,
    ),
    Commitment: (
        _IN_ORDER,
        not_before("committed_on", "valid_until"),
        real_text("matter", "content"),
    ),
    Evaluation: (
        *_MESSAGE,
        not_before("evaluated_on", "valid_until"),
        real_text("scheme"),
        no_grades_for_persons,
    ),
    Honour: (
        _IN_ORDER,
        not_before("awarded_on", "valid_until"),
        real_text("title"),
        real_number("decision_no"),
        honour_list,
    ),
    PerMu: (*_MESSAGE, real_text("scheme", "grade"), no_grades_for_persons, pool),
    MeasureUse: (
        *_MESSAGE,
        real_text("matter_name", "reasons"),
        real_number("decision_no"),
        not_before("handled_on", "until"),
        until_of_use,
        causes_origin,
        causes_once,
        territory,
    ),
    MeasureTask: (*_MESSAGE, not_before("decided_on", "due_on"), reference_origin, territory),
    MeasureFeedback: (*_MESSAGE, real_text("reasons"), reference_origin),
    MeasureReply: (*_MESSAGE, real_text("reasons"), reference_origin, territory),
    Authorisation: (
        *_MESSAGE,
        not_before("valid_from", "valid_until"),
        real_text("purpose"),
        third_party,
        known_sections,
    ),
    ReportRequest: (
        *_MESSAGE,
        not_before("period_from", "period_until"),
        not_before("requested_on", "deliver_by"),
        real_text("purpose"),
        known_sections,
        report_period,
    ),
    PenaltyPush: (*_MESSAGE, receiver, reference_origin),
    PenaltyPushReply: (*_MESSAGE, reference_origin),
    RiskAlert: (
        _IN_ORDER,
        not_before("alerted_on", "answer_by"),
        real_text("risk", "measures"),
        territories,
    ),
    RiskReaction: (*_MESSAGE, real_text("text"), reference_origin),
    ClueTransfer: (
        *_MESSAGE,
        not_before("transferred_on", "answer_by"),
        real_text("facts", "basis"),
        real_number("transfer_no"),
        receiver,
    ),
    ClueReply: (*_MESSAGE, real_number("case_no"), reference_origin),
    NegativeListItem: (
        _IN_ORDER,
        not_before("in_force_from", "in_force_until"),
        real_text("edition", "item", "measures", "organ"),
        known_activities,
    ),
}
"""The checks of each of these types beside the common ones, in the order in which they are made."""
