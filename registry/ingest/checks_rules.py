"""The table of checks for each record type, and the checks that one type alone has.

All checks depend on the record's bytes and on named tables only: no clock, no other record. A
date in the future is therefore no defect here; a contradiction between two dates is.
"""

from collections.abc import Mapping
from datetime import date, timedelta
from functools import lru_cache
from typing import Final, cast

from msgspec import UNSET

from registry.domain.clock_reporting import reporting_end
from registry.domain.disclosure import of_market_regulation
from registry.domain.industries import in_classification
from registry.domain.lists import LISTS
from registry.domain.records import (
    Adoption,
    ListEntry,
    ListExit,
    Penalty,
    Permit,
    Record,
    Registration,
    Relation,
    Rulebook,
)
from registry.domain.subjects import stated_codes
from registry.domain.tables import KEPT
from registry.ingest.checks_codes import (
    NONE,
    Findings,
    at,
    at_each,
    division_findings,
    subject_can_be_joined,
    subject_names,
    subject_other_codes,
    subject_uscc,
)
from registry.ingest.checks_common import (
    COMMON,
    Check,
    if_any,
    not_before,
    real_number,
    real_text,
)
from registry.ingest.checks_penalty import (
    amount_unit,
    fine_and_kind,
    known_kinds,
    licence_named,
    not_sealed,
)
from registry.ingest.checks_publicity import publicity_within_term
from registry.ingest.checks_shape import show
from registry.ingest.checks_standards import TABLE as STANDARDS
from registry.ingest.checks_text import name_findings
from registry.ingest.checks_types import TABLE, target_origin
from registry.ingest.reasons import Finding, finding
from registry.ingest.words import PLACEHOLDERS, gloss

_CATEGORIES: Final = frozenset(KEPT["permit-categories"].by_code)


def known_category(record: Permit) -> Findings:
    """The category of a permit is one of the template's, or begins with 其他."""
    category = record.category
    if category in _CATEGORIES or category.startswith("其他") or category in PLACEHOLDERS:
        return NONE
    return (finding("unknown-category", "/category", value=show(category)),)


_NO_DAYS: Final = timedelta(0)
_ALWAYS_IN_TIME: Final = timedelta(7)
"""No seven working days are fewer days than these, so most records need no calendar."""
_DAYS_OFF: Final = timedelta(9)
"""The longest run of days off that was ever arranged (国务院办公厅关于节假日安排的通知)."""


def in_time(record: Penalty | Permit) -> Findings:
    """It was published in time, by the dates it states itself and the calendar of working days.

    A market regulator's penalty has the longer time of its own rule. Where the days off are not
    arranged yet, a record is late only when it would be with the longest that ever were.
    """
    published = record.published_on
    if published is UNSET or published - record.decided_on <= _ALWAYS_IN_TIME:
        return NONE
    organ = record.authority
    market = (
        isinstance(record, Penalty)
        and record.procedure != "simple"
        and of_market_regulation("" if organ.kind is UNSET else organ.kind, organ.name)
    )
    return _late(record.decided_on, published, market=market)


@lru_cache(maxsize=65_536)
def _late(decided_on: date, published: date, *, market: bool) -> Findings:
    """Say that it was published late, if so; remembered because the same few days recur."""
    due = reporting_end(decided_on, market=market)
    if due is None or published - due.day <= (_DAYS_OFF if due.unknown_from else _NO_DAYS):
        return NONE
    return (finding("late-report", "/published_on", value=published, due=due.day),)


def known_list(record: ListEntry | ListExit) -> Findings:
    """The list is one of ``registry.domain.lists``; another one is kept and flagged."""
    if record.list in LISTS:
        return NONE
    return (finding("unknown-list", "/list", value=record.list),)


def named_persons(record: ListEntry) -> Findings:
    """Names of the persons whom a listing decision names."""
    if record.named_persons is UNSET:
        return NONE
    names = (name_findings(person.name) for person in record.named_persons)
    return tuple(at_each("/named_persons", (at("/name", found) for found in names)))


def former_names(record: Registration) -> Findings:
    """Former names are names."""
    if record.former_names is UNSET:
        return NONE
    names = (name_findings(former.name) for former in record.former_names)
    return tuple(at_each("/former_names", (at("/name", found) for found in names)))


def registered_division(record: Registration) -> Findings:
    """The division of registration, where stated."""
    if record.division is UNSET or not (found := division_findings(record.division)):
        return NONE
    return tuple(at("/division", found))


def known_industry(record: Registration) -> Findings:
    """The industry is one of the classification; another one is kept and flagged."""
    if record.industry is UNSET or in_classification(record.industry):
        return NONE
    return (finding("industry-unknown", "/industry", value=show(record.industry)),)


def adopted_territory(record: Adoption) -> Findings:
    """An adoption's territory is a division."""
    return tuple(at("/territory", division_findings(record.territory)))


def related_ends(record: Relation) -> Findings:
    """Names and codes of the other ends; which kinds of subject the relation can tie, how many.

    A natural person stands alone at the end the record is about, so that nobody who may not see
    persons is shown one.
    """
    checks = (subject_names, subject_uscc, subject_other_codes, subject_can_be_joined)
    found = at_each(
        "/others", ([hit for check in checks for hit in check(end)] for end in record.others)
    )
    kinds = [end.subject.kind for end in record.others]
    person = record.subject.kind == "natural_person"
    many = record.relation == "consortium"
    if (
        person != (record.relation == "person_enterprise")
        or "natural_person" in kinds
        or not (many or len(kinds) == 1)
    ):
        found.append(_ends_finding(record.relation))
    subjects = (record.subject, *(end.subject for end in record.others))
    codes = [code for subject in subjects for code in stated_codes(subject)[:1]]
    if len(set(codes)) != len(codes):
        found.append(finding("relation-to-itself", "/others"))
    return tuple(found)


def _ends_finding(relation: str) -> Finding:
    said = gloss("relation", relation)
    return finding("relation-ends", "/others", relation_zh=said, relation=relation)


_TABLE: Mapping[type[Record], tuple[object, ...]] = {
    Registration: (
        not_before("decided_on", "published_on", "corrected_on"),
        not_before("registered_on", "decided_on", code="suspicious-dates"),
        former_names,
        registered_division,
        known_industry,
    ),
    Permit: (
        not_before("decided_on", "published_on", "corrected_on", "valid_until"),
        not_before("valid_from", "valid_until"),
        not_before("decided_on", "valid_from", code="suspicious-dates"),
        in_time,
        real_text("decision_name", "category", "content"),
        if_any("certificate_name"),
        known_category,
        real_number("decision_no"),
        real_number("permit_no"),
    ),
    Penalty: (
        not_before(
            "decided_on", "published_on", "corrected_on", "effective_until", "publicity_until"
        ),
        in_time,
        real_text("violation_type", "facts", "basis", "content"),
        real_number("decision_no"),
        publicity_within_term,
        known_kinds,
        fine_and_kind,
        amount_unit,
        licence_named,
        not_sealed,
    ),
    ListEntry: (
        not_before("decided_on", "published_on", "corrected_on"),
        not_before("listed_on", "listed_until"),
        not_before("decided_on", "listed_on", code="suspicious-dates"),
        real_text("reason", "basis"),
        real_number("decision_no"),
        known_list,
        named_persons,
        not_sealed,
    ),
    ListExit: (
        not_before("decided_on", "published_on", "corrected_on"),
        real_number("decision_no"),
        known_list,
        target_origin,
    ),
    Rulebook: (
        not_before("decided_on", "published_on", "corrected_on"),
        real_text("title"),
    ),
    Adoption: (
        not_before("decided_on", "published_on", "corrected_on"),
        not_before("in_force_from", "in_force_until"),
        real_text("instrument"),
        adopted_territory,
    ),
    Relation: (
        not_before("decided_on", "published_on", "corrected_on"),
        not_before("valid_from", "valid_until"),
        real_text("role", "matter"),
        real_number("decision_no"),
        related_ends,
    ),
}

# A check is only ever given records of the type it stands under, which a type cannot express.
CHECKS: Final = {
    kind: cast("tuple[Check, ...]", (*COMMON, *checks))
    for kind, checks in (*_TABLE.items(), *TABLE.items(), *STANDARDS.items())
}
"""The checks of each record type, in the order in which they are made."""
