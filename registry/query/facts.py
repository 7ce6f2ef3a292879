"""Records put into the words of the rules, and the names of everything a decision rests on.

Only what the viewer may see becomes a fact: reasons must not tell what disclosure hides, and what
has been repaired is not used any more (Order 36 art. 3). Quarantined records and acts that are not
competent never reach this place as effective.
"""

from collections.abc import Iterable, Iterator, Mapping
from datetime import date
from typing import Final

import msgspec
from msgspec import UNSET, UnsetType

from registry.domain.divisions import city_of
from registry.domain.life import outcomes_of
from registry.domain.lists import LISTS, is_honour
from registry.domain.periods import next_day
from registry.domain.records import (
    KINDS,
    Act,
    Amendment,
    AnyRecord,
    ListEntry,
    Objection,
    ObjectionOutcome,
    Penalty,
    Permit,
    Registration,
    ReorganisationShield,
    Stay,
)
from registry.domain.records.conduct import Evaluation, PerMu
from registry.domain.showing import publicity_of
from registry.domain.subjects import usable_uscc
from registry.query.show import members_of
from registry.rules.model import Fact, FactRef, NamedPerson
from registry.store.reading_files import Stated
from signing.charter import Charter

_UNPLACED: Final = -1
"""The index of a target: acts name it by id and entry, and its place is not needed."""
_FACTS: Final = frozenset(
    name
    for name, kind in KINDS.items()
    if kind.family in {"fact", "act"}
    and name
    not in {"relation", "performance", "objection_outcome", "erasure_order", "recognition_change"}
)
"""The types that rules can speak of; an outcome counts with the objection it is about."""


def facts_of(
    records: Iterable[Stated], subject_id: str, places: Mapping[str, str], on: date
) -> tuple[Fact, ...]:
    """Return the facts about one subject: the records given, and the competent acts on them.

    Records under other codes of the subject become facts about ``subject_id``; ``on`` is the day
    whose law says how long a record is published.
    """
    given = [one for one in records if one.row.type in _FACTS]
    home = home_of(given, places)
    facts: dict[FactRef, Fact] = {}
    for one in given:
        if isinstance(one.record, Act) and not one.row.competent:
            continue
        for fact in (fact_of(one, subject_id, home, on), *_acts(one, subject_id, home, on)):
            facts[fact.ref] = fact
    return tuple(facts.values())


def lists_of(records: Iterable[Stated]) -> frozenset[tuple[int, str, date]]:
    """Return (log, list, first day of the next year) of each honour: where the next list may be."""
    return frozenset(
        (one.row.log_id, record.list, date(record.published_on.year + 1, 1, 1))
        for one in records
        if isinstance(record := one.record, ListEntry)
        and is_honour(record.list)
        and record.published_on is not UNSET
        and record.published_on.year < date.max.year
    )


def next_lists(entries: Iterable[Stated], on: date) -> tuple[Fact, ...]:
    """Return facts that say when lists were published again, and nothing of whom they are about."""
    standing = (one for one in entries if one.state_on(on) != "withdrawn")
    return tuple(
        msgspec.structs.replace(
            fact_of(one, "", "", on), subject_name="", named_persons=(), decision_no=""
        )
        for one in standing
    )


def places_of(charter: Charter) -> Mapping[str, str]:
    """Return the member in whose territory each division lies."""
    return {code: party.code for party in members_of(charter) for code in party.territory}


def home_of(records: Iterable[Stated], places: Mapping[str, str]) -> str:
    """Return the member in whose territory the subject is registered; '' if none or not known.

    The latest registration says so, else the division inside the unified code, which is that of
    the first registrar and stays when the enterprise moves.
    """
    newest: tuple[date, str] | None = None
    for one in records:
        registered = isinstance(one.record, Registration)
        if newest is not None and not registered:
            continue  # only a registration says more than the code met first
        division = _division(one.record)
        moment = one.record.decided_on if registered else date.min
        if division and (newest is None or moment > newest[0]):
            newest = (moment, division)
    division = newest[1] if newest else ""
    return places.get(division) or places.get(city_of(division), "")


def _acts(one: Stated, subject_id: str, home: str, on: date) -> Iterator[Fact]:
    for act in one.acts:
        if act.row.competent and act.row.type in _FACTS:
            yield fact_of(act, subject_id, home, on)
            yield from _acts(act, subject_id, home, on)


def fact_of(one: Stated, subject_id: str, home: str, on: date) -> Fact:
    """Return what a record says in the words of the rules, about the subject named.

    Publicity of a penalty ends on the day the law sets as of ``on``, if that is before the stated.
    """
    record = one.record
    common = Fact(
        ref=FactRef(one.origin, one.row.idx, record.id, one.entry.hex()),
        type=one.row.type,
        subject_id=subject_id,
        subject_kind=record.subject.kind,
        decided_on=record.decided_on,
        subject_name=record.subject.name,
        home=home,
        authority=record.authority.name,
        organ_kind=_text(record.authority.kind),
        member=one.member,
        provenance=record.provenance.kind,
        source=_text(record.provenance.source),
        checked_on=_day(record.provenance.checked_on),
        published_on=_day(record.published_on),
        corrected_on=_day(record.corrected_on),
        severity=record.severity.level,
        effective_on=record.begins if isinstance(record, Act) else None,
        reach=_reach(record),
        target=_target(one),
    )
    if isinstance(record, Act):
        return _act(common, one, record)
    return _stated(common, record, on)


def _stated(common: Fact, record: AnyRecord, on: date) -> Fact:
    """Add what only records of one type say."""
    change = msgspec.structs.replace
    match record:
        case ListEntry():
            return _listing(common, record)
        case Penalty():
            shown = publicity_of(record, on)
            return change(
                common,
                field=_text(record.field),
                kinds=record.kinds,
                decision_no=record.decision_no,
                effective_until=record.effective_until,
                until=_after(shown.last if shown and shown.last else UNSET),
            )
        case Permit():
            until = _after(record.valid_until)
            return change(common, decision_no=record.decision_no, until=until)
        case Evaluation():
            until = _after(record.valid_until)
            return change(common, grade=record.grade, scheme=record.scheme, until=until)
        case PerMu():
            return change(common, grade=record.grade, scheme=record.scheme)
    return common


def _act(common: Fact, one: Stated, record: Act) -> Fact:
    """Say in the words of the rules what an act is: an amended record is as if it had never been.

    An objection is open until its outcome, and from then on, where the record goes, upheld.
    """
    change = msgspec.structs.replace
    match record:
        case Amendment():
            return change(common, type="withdrawal")
        case Stay() | ReorganisationShield():
            return change(common, start=record.begins, until=_after(record.until))
        case Objection():
            return _objection(common, one, record)
    return common


def _objection(common: Fact, one: Stated, record: Objection) -> Fact:
    change = msgspec.structs.replace
    outcomes = sorted(outcomes_of(one, date.max), key=_effective_on)
    if not outcomes:
        return change(common, start=record.received_on)
    removing = (outcome for outcome in outcomes if outcome.consequence == "removed")
    removed = next(removing, None) if record.about == "record" else None
    if removed is not None:
        return change(common, type="objection_upheld", effective_on=removed.effective_on)
    return change(common, start=record.received_on, until=outcomes[0].effective_on)


def _effective_on(outcome: ObjectionOutcome) -> date:
    return outcome.effective_on


def _listing(common: Fact, record: ListEntry) -> Fact:
    kind = LISTS.get(record.list)
    persons = () if record.named_persons is UNSET else record.named_persons
    return msgspec.structs.replace(
        common,
        list=record.list,
        list_name=kind.name_zh if kind else record.list,
        list_family=kind.family if kind else "",
        field=_text(record.field),
        listed_on=record.listed_on,
        listed_until=_day(record.listed_until),
        decision_no=_text(record.decision_no),
        named_persons=tuple(NamedPerson(person.name, person.role, "") for person in persons),
    )


def _target(one: Stated) -> FactRef | None:
    if not isinstance(one.record, Act):
        return None
    target = one.record.target
    return FactRef(target.origin, _UNPLACED, target.id, target.entry)


def _reach(record: AnyRecord) -> tuple[str, ...]:
    """Return where the decision says that it holds; empty where it says nothing."""
    if record.scope is UNSET or record.scope.territory is UNSET:
        return ()
    return record.scope.territory


def _division(record: AnyRecord) -> str:
    if isinstance(record, Registration) and record.division is not UNSET:
        return record.division
    code = usable_uscc(record.subject.uscc)
    return code[2:8] if code else ""


def _text(value: str | UnsetType) -> str:
    return "" if value is UNSET else value


def _after(last_day: date | UnsetType) -> date | None:
    """Return the first day after a last day as decisions state it (含当日)."""
    return None if last_day is UNSET else next_day(last_day)


def _day(value: date | UnsetType) -> date | None:
    return None if value is UNSET else value
