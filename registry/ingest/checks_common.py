"""Checks of meaning that every record type shares, and makers of checks that several need."""

from collections.abc import Callable
from datetime import date
from operator import attrgetter
from typing import Final

from msgspec import UNSET

from registry.domain.organs import decided_elsewhere
from registry.domain.records import Record
from registry.ingest.checks_codes import (
    NONE,
    Findings,
    at,
    at_each,
    division_findings,
    number_findings,
    organs,
    subject_can_be_joined,
    subject_names,
    subject_other_codes,
    subject_uscc,
)
from registry.ingest.checks_remark import remark_fit_to_share
from registry.ingest.checks_shape import show
from registry.ingest.reasons import Finding, finding
from registry.ingest.words import PLACEHOLDERS

Check = Callable[[Record], Findings]

_FIRST_DAY: Final = date(1949, 10, 1)
_LAST_DAY: Final = date(2999, 12, 31)
_DATES: Final = {
    "handled_on": "办理日期",
    "decided_on": "决定日期",
    "published_on": "公示日期",
    "corrected_on": "改正日期",
    "effective_until": "处罚有效期",
    "publicity_until": "公示截止期",
    "valid_from": "有效期自",
    "valid_until": "有效期至",
    "listed_on": "列入日期",
    "listed_until": "列入期限届满日",
    "effective_on": "生效日期",
    "until": "终止日期",
    "plan_approved_on": "重整计划批准日期",
    "inspected_on": "检查日期",
    "sampled_on": "抽样日期",
    "committed_on": "承诺日期",
    "evaluated_on": "评价日期",
    "awarded_on": "授予日期",
    "due_on": "办理期限",
    "requested_on": "申请日期",
    "deliver_by": "出具期限",
    "period_from": "查询期间起",
    "period_until": "查询期间止",
    "alerted_on": "预警日期",
    "transferred_on": "移送日期",
    "answer_by": "答复期限",
    "registered_on": "登记日期",
    "in_force_from": "施行日期",
    "in_force_until": "失效日期",
    "issued_on": "发布或签发日期",
    "void_on": "废止日期",
    "tested_on": "检验日期",
    "asked_on": "申请日期",
    "declared_on": "声明日期",
    "reviewed_on": "审核日期",
    "review_by": "复审日期",
    "scope.from": "适用期限起",
    "scope.until": "适用期限止",
}


def possible_date(record: Record) -> Findings:
    """The date of the document lies within the People's Republic and the calendar's use."""
    if _FIRST_DAY <= record.decided_on <= _LAST_DAY:
        return NONE
    return (finding("impossible-date", "/decided_on", value=record.decided_on),)


def severity_has_ground(record: Record) -> Findings:
    """A class is set by an organ under a named rule, never by this platform (Order 36)."""
    severity = record.severity
    if severity.level == "unclassified" or (
        severity.organ is not UNSET and severity.rule is not UNSET
    ):
        return NONE
    return (finding("severity-unfounded", "/severity"),)


def relayed_has_source(record: Record) -> Findings:
    """A relayed record says from where and when that was checked."""
    provenance = record.provenance
    if provenance.kind == "original" or (
        provenance.source is not UNSET and provenance.checked_on is not UNSET
    ):
        return NONE
    return (finding("relayed-incomplete", "/provenance"),)


def scope_in_order(record: Record) -> Findings:
    """Term and territory of the decision, where it states them."""
    scope = record.scope
    if scope is UNSET:
        return NONE
    found: list[Finding] = []
    if scope.start is not UNSET and scope.until is not UNSET and scope.until < scope.start:
        found.append(
            contradiction("/scope/until", ("scope.from", scope.start), ("scope.until", scope.until))
        )
    if scope.territory is not UNSET:
        found += at_each("/scope/territory", map(_territory_findings, scope.territory))
    return tuple(found)


def _territory_findings(code: str) -> Findings:
    return NONE if code == "CN" else division_findings(code)


COMMON: Final = (
    subject_names,
    subject_uscc,
    subject_other_codes,
    subject_can_be_joined,
    organs,
    possible_date,
    severity_has_ground,
    relayed_has_source,
    scope_in_order,
    remark_fit_to_share,
)


def contradiction(
    pointer: str,
    earlier: tuple[str, date],
    later: tuple[str, date],
    code: str = "contradicting-dates",
) -> Finding:
    """Return the finding that a later date, at the pointer, is before an earlier one."""
    return finding(
        code,
        pointer,
        earlier_zh=_DATES[earlier[0]],
        earlier=earlier[0],
        earlier_value=earlier[1],
        later_zh=_DATES[later[0]],
        later=later[0],
        later_value=later[1],
    )


def not_before(earlier: str, *later: str, code: str = "contradicting-dates") -> Check:
    """Make the check that none of the dates ``later``, where stated, is before ``earlier``."""
    read = attrgetter(earlier, *later)

    def check(record: Record) -> Findings:
        values = read(record)
        first = values[0]
        for value in values:
            if value is not UNSET and value < first:
                break
        else:
            return NONE
        return tuple(
            contradiction(f"/{name}", (earlier, first), (name, value), code)
            for name, value in zip(later, values[1:], strict=True)
            if value is not UNSET and value < first
        )

    return check


def real_text(*members: str) -> Check:
    """Make the check that none of the texts is a placeholder."""
    read = (
        attrgetter(*members) if len(members) > 1 else lambda record: (getattr(record, members[0]),)
    )

    def check(record: Record) -> Findings:
        values = read(record)
        if PLACEHOLDERS.isdisjoint(values):
            return NONE
        return tuple(
            finding("placeholder-value", f"/{member}", value=value)
            for member, value in zip(members, values, strict=True)
            if value in PLACEHOLDERS
        )

    return check


def if_any(member: str) -> Check:
    """Make the check that a text that may be left out is left out where there is nothing to say."""
    read = attrgetter(member)

    def check(record: Record) -> Findings:
        value = read(record)
        if value is UNSET or value not in PLACEHOLDERS:
            return NONE
        return (finding("placeholder-optional", f"/{member}", value=value),)

    return check


def real_number(member: str) -> Check:
    """Make the check that a number is neither masked nor a placeholder nor in wide digits."""

    def check(record: Record) -> Findings:
        value = getattr(record, member)
        if value is UNSET or not (found := number_findings(value)):
            return NONE
        return tuple(at(f"/{member}", found))

    return check


def elsewhere(record: Record, territory: tuple[str, ...]) -> Findings:
    """An organ of another territory decided, and yet the record is not stated as relayed.

    Depends on who states the record, so it is no check of its bytes: a clerk is told before he
    signs, and a reader sees it beside the record.
    """
    if not decided_elsewhere(record, territory):
        return NONE
    organ = record.authority
    places = {"value": organ.division, "name": show(organ.name)}
    return (finding("organ-elsewhere", "/authority/division", **places),)
