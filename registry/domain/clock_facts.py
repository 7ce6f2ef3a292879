"""What the clocks need to know of a record: its days, class, kinds, organ and provinces.

All of it is stated by the record. The place of registration alone is read from the subject's code,
which names the registrar at first registration; whoever uses it says so.
"""

from datetime import date
from typing import Final

from msgspec import UNSET, Struct, UnsetType
from msgspec.structs import replace

from registry.domain.clock_book import BOOK
from registry.domain.disclosure import class_of, of_market_regulation
from registry.domain.divisions import province_of
from registry.domain.lists import LISTS
from registry.domain.records import TYPE_OF, AnyRecord, ListEntry, Penalty
from registry.domain.records.base import Organ, Procedure, SeverityClass, Subject
from registry.domain.records.market import PenaltyPush

_REGISTRAR: Final = slice(2, 8)
"""Where a unified code holds the registrar's division (GB 32100)."""
_RESTRICTIONS: Final = frozenset(BOOK.restriction_kinds)


class Facts(Struct, frozen=True):
    """A record as the clocks see it; None = not stated, or not a thing such a record has.

    ``applied_on`` is when repair was asked for, which no record states: whoever asks says it.
    ``restricted_until`` is the last day of a restriction the penalty imposes; ``stated_until`` the
    end of publicity as stated.
    """

    type: str
    decided_on: date
    severity: SeverityClass | None
    market: bool
    published_on: date | None = None
    corrected_on: date | None = None
    pushed_on: date | None = None
    applied_on: date | None = None
    listed_on: date | None = None
    listed_until: date | None = None
    kinds: frozenset[str] = frozenset()
    field: str | None = None
    procedure: Procedure | None = None
    list: str | None = None
    family: str | None = None
    same_province: bool | None = None
    restricted_until: date | None = None
    stated_until: date | None = None


def facts_of(record: AnyRecord) -> Facts:
    """Return what a decoded record states."""
    organ = record.authority
    common = Facts(
        type=TYPE_OF[type(record)],
        decided_on=record.decided_on,
        severity=class_of(record),
        market=of_market_regulation("" if organ.kind is UNSET else organ.kind, organ.name),
        published_on=_day(record.published_on),
        corrected_on=_day(record.corrected_on),
        procedure=None if record.procedure is UNSET else record.procedure,
        same_province=_same(_province_of_organ(organ), _province_of_subject(record.subject)),
    )
    if isinstance(record, ListEntry):
        return _listing(common, record)
    if isinstance(record, PenaltyPush):
        return replace(common, pushed_on=record.pushed_on)
    return _penalty(common, record) if isinstance(record, Penalty) else common


def _listing(common: Facts, record: ListEntry) -> Facts:
    known = LISTS.get(record.list)
    return replace(
        common,
        list=record.list,
        family=known.family if known else None,
        listed_on=record.listed_on,
        listed_until=_day(record.listed_until),
    )


def _penalty(common: Facts, record: Penalty) -> Facts:
    scope = UNSET if record.scope is UNSET else record.scope.until
    ends = record.effective_until if scope is UNSET else max(record.effective_until, scope)
    return replace(
        common,
        kinds=frozenset(record.kinds),
        field=None if record.field is UNSET else record.field,
        restricted_until=None if _RESTRICTIONS.isdisjoint(record.kinds) else ends,
        stated_until=_day(record.publicity_until),
    )


def _province_of_organ(organ: Organ) -> str | None:
    if organ.division is not UNSET:
        return province_of(organ.division)
    return None if organ.uscc is UNSET else province_of(organ.uscc[_REGISTRAR])


def _province_of_subject(subject: Subject) -> str | None:
    if subject.uscc is not UNSET:
        return province_of(subject.uscc[_REGISTRAR])
    return None if subject.registration_no is UNSET else province_of(subject.registration_no)


def _same(one: str | None, other: str | None) -> bool | None:
    return None if one is None or other is None else one == other


def _day(day: date | UnsetType) -> date | None:
    return None if day is UNSET else day
