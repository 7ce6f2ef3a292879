"""The checks of editions of standards, of notices about them, and of what they take in.

Sources: domain 8.1 and 8.2; 标准化法 2, 10 to 13, 18; GB/T 20000.2 (adoption).
"""

from datetime import date
from typing import Final

from msgspec import UNSET, UnsetType

from registry.domain.records.standards import (
    GroupStandardUse,
    Replacement,
    Standard,
    StandardNotice,
)
from registry.ingest.checks_codes import NONE, Findings, at, at_each
from registry.ingest.checks_numbers import number_said, same_number
from registry.ingest.checks_shape import show
from registry.ingest.reasons import Finding, finding
from registry.ingest.words import gloss
from registry.standards.stated import read_number

_NO_EQV_SINCE: Final = 2002
"""The year from which GB/T 20000.2-2001 knows IDT and MOD alone."""
_PUBLIC_KINDS: Final = frozenset({"national", "industry", "province", "city", "regional"})
_BY_NUMBER: Final = frozenset({"national", "province", "city", "regional", "group"})
"""Kinds whose number says what binds; of industry standards without T some never did."""
_ABROAD: Final = frozenset({"international", "foreign"})


def obligation_of_number(record: Standard) -> Findings:
    """GB binds, GB/T does not: the number says so itself (Standardization Law 2, 10, 11)."""
    number = read_number(record.number)
    if number is None or number.kind not in _BY_NUMBER or number.obligation == record.obligation:
        return NONE
    said = {
        "said_zh": gloss("obligation", record.obligation),
        "said": record.obligation,
        "right_zh": gloss("obligation", number.obligation),
        "right": number.obligation,
    }
    return (finding("obligation-and-number", "/obligation", value=show(record.number), **said),)


def year_of_issue(record: Standard) -> Findings:
    """The year in a number is that of its issue."""
    number = read_number(record.number)
    if number is None or number.year is None or record.issued_on is UNSET:
        return NONE
    if number.year == record.issued_on.year:
        return NONE
    said = {"value": show(record.number), "day": record.issued_on.isoformat()}
    return (finding("year-and-issue", "/issued_on", **said),)


def state_and_dates(record: Standard) -> Findings:
    """What a catalogue says of the state agrees with its dates on the day it was looked at."""
    if record.state is UNSET:
        return NONE
    checked = record.provenance.checked_on
    day = record.decided_on if checked is UNSET else checked
    begun, over = _by(record.effective_on, day), _by(record.void_on, day)
    agree = {
        "upcoming": begun is not True and over is not True,
        "in_force": begun is not False and over is not True,
        "void": over is not False,
    }.get(record.state, True)
    if agree:
        return NONE
    said = {"value_zh": gloss("state", record.state), "value": record.state, "day": day.isoformat()}
    return (finding("state-and-dates", "/state", **said),)


def _by(stated: date | UnsetType, day: date) -> bool | None:
    """Say whether a date was reached on a day; None for one that is not stated."""
    return None if stated is UNSET else stated <= day


def replacements(record: Standard) -> Findings:
    """An edition replaces others: not itself, not a later one, and none that replaces it."""
    before = () if record.replaces is UNSET else record.replaces
    after = () if record.replaced_by is UNSET else record.replaced_by
    if not (before or after):
        return NONE
    said = (
        ("/replaces", [_replacement(record, one) for one in before]),
        ("/replaced_by", [_replacement(record, one) for one in after]),
        ("/replaces", [_later(record.number, one.number) for one in before]),
        ("/replaced_by", [_later(one.number, record.number) for one in after]),
    )
    found = [hit for pointer, hits in said if any(hits) for hit in at_each(pointer, hits)]
    whole = {one.number for one in after if one.extent == "whole"}
    for index, one in enumerate(before):
        if one.number in whole:
            pointer = f"/replaces/{index}/number"
            found.append(finding("replaces-each-other", pointer, value=show(one.number)))
    return tuple(found)


def _replacement(record: Standard, one: Replacement) -> Findings:
    said = number_said(one.number)
    found = tuple(at("/number", said)) if said else NONE
    number = read_number(one.number)
    if same_number(one.number, record.number):
        found += (finding("replaces-itself", "/number", value=show(one.number)),)
    elif number is not None and number.year is None:
        found += (finding("replacement-undated", "/number", value=show(one.number)),)
    if one.extent == "part" and one.clauses is UNSET:
        found += (finding("part-without-clauses", "/extent"),)
    return found


def _later(new: str, old: str) -> Findings:
    """Of one standard the edition that is replaced is the older one."""
    after, before = read_number(new), read_number(old)
    if after is None or before is None or after.identity != before.identity:
        return NONE
    if after.year is None or before.year is None or before.year <= after.year:
        return NONE
    return (finding("replaces-later", "/number", value=show(new), other=show(old)),)


def adoptions(record: Standard) -> Findings:
    """What is adopted is an international or foreign standard; NEQ adopts nothing."""
    listed = () if record.adopts is UNSET else record.adopts
    number = read_number(record.number)
    found: list[Finding] = []
    for index, one in enumerate(listed):
        pointer = f"/adopts/{index}"
        found += at(f"{pointer}/number", number_said(one.number))
        other = read_number(one.number)
        if other is not None and other.kind not in _ABROAD:
            found.append(finding("adopted-not-foreign", f"{pointer}/number", value=one.number))
        if one.degree == "NEQ":
            found.append(finding("neq-no-adoption", f"{pointer}/degree", value=show(one.number)))
        if one.degree == "EQV" and number is not None and (number.year or 0) >= _NO_EQV_SINCE:
            found.append(finding("eqv-obsolete", f"{pointer}/degree", value=show(record.number)))
    return tuple(found)


def event_of_notice(record: StandardNotice) -> Findings:
    """What replaces or amends an edition is named, and is another document; an end names none."""
    found = NONE
    needed = record.event in {"replaced", "replaced_in_part", "amended"}
    if needed is (record.by is UNSET):
        said = {"value_zh": gloss("event", record.event), "value": record.event}
        found += (finding("notice-by", "/by", **said),)
    if record.by is not UNSET and same_number(record.by, record.number):
        found += (finding("replaces-itself", "/by", value=show(record.by)),)
    if record.event == "replaced_in_part" and record.clauses is UNSET:
        found += (finding("part-without-clauses", "/clauses"),)
    return found


def group_and_public(record: GroupStandardUse) -> Findings:
    """A group standard is taken into a public one."""
    found = NONE
    number, into = read_number(record.number), read_number(record.into)
    if number is not None and number.kind != "group":
        found += (finding("not-a-group-standard", "/number", value=show(record.number)),)
    if into is not None and into.kind not in _PUBLIC_KINDS:
        found += (finding("into-not-public", "/into", value=show(record.into)),)
    if record.extent == "part" and record.clauses is UNSET:
        found += (finding("part-without-clauses", "/extent"),)
    return found
