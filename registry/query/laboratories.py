"""Test laboratories: who has a licence on a day, and for which methods it stands.

A licence names its methods in their editions: another edition of the same standard is told apart,
because a report by it is not in scope. That nothing is found is not that there is no licence.
"""

import unicodedata
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Final, Literal

from msgspec import UNSET

from registry.domain.records.standards import LaboratoryScope, ScopeItem
from registry.errors import MalformedRefusal
from registry.query.views import Coverage
from registry.standards.asked import number_of
from registry.standards.numbers import identity_of
from registry.standards.written import identity
from registry.store.reading_files import Stated

LABORATORIES: Final = 100
"""Licences of one answer."""
ITEMS: Final = 40
"""Items of a scope that are told; its record has all of them."""
NAME_MAX: Final = 100
LicenceState = Literal["not_yet", "valid", "expired"]


@dataclass(frozen=True, slots=True)
class ScopeView:
    """What may be tested: object and method, and where they are stated parameter and limits."""

    item: str
    method: str
    parameter: str
    limits: str


@dataclass(frozen=True, slots=True)
class LicenceView:
    """One licence on a day: whose, from the first to the last day, and what it covers.

    ``items`` are the first of ``count``; where a method is asked for only those of that standard.
    """

    name: str
    uscc: str
    mark: str
    certificate_no: str
    valid_from: date
    valid_until: date
    state: LicenceState
    items: tuple[ScopeView, ...]
    count: int
    member: str
    member_name: str
    origin: str
    idx: int


@dataclass(frozen=True, slots=True)
class LaboratoriesView:
    """Licences that answer, valid ones first; ``whole``: there are no more."""

    on: date
    method: str
    licences: tuple[LicenceView, ...]
    whole: bool
    coverage: Coverage


def asked_laboratories(name: str, method: str) -> tuple[str, str]:
    """Return a part of a name as names are kept, and the identity of a method.

    Raises:
        MalformedRefusal: neither is there, or the name is too long (``nothing-asked``), or the
            method cannot be a number.
    """
    part = unicodedata.normalize("NFKC", name).strip().replace("\0", "")
    if not (part or method.strip()) or len(part) > NAME_MAX:
        raise MalformedRefusal(
            f"请填写机构名称（不超过 {NAME_MAX} 字）或者检测方法的标准编号。",
            f"Give a part of a name (up to {NAME_MAX} characters) or the number of a method.",
            code="nothing-asked",
        )
    return part, identity_of(number_of(method)) if method.strip() else ""


def licences_of(
    stated: Iterable[Stated], method: str, on: date, names: Mapping[str, str]
) -> tuple[LicenceView, ...]:
    """Return these licences as of a day, valid ones first, then by name."""
    views = [
        _licence(one, one.record, method, on, names)
        for one in stated
        if isinstance(one.record, LaboratoryScope)
    ]
    return tuple(sorted(views, key=lambda view: (view.state != "valid", view.name, view.idx)))


def _scope(item: ScopeItem) -> ScopeView:
    parameter = "" if item.parameter is UNSET else item.parameter
    return ScopeView(item.item, item.method, parameter, "" if item.limits is UNSET else item.limits)


def _licence(
    one: Stated, record: LaboratoryScope, method: str, on: date, names: Mapping[str, str]
) -> LicenceView:
    items = [item for item in record.items if not method or identity(item.method) == method]
    state: LicenceState = "valid" if record.valid_from <= on <= record.valid_until else "expired"
    return LicenceView(
        name=record.subject.name,
        uscc="" if record.subject.uscc is UNSET else record.subject.uscc,
        mark=record.mark,
        certificate_no=record.certificate_no,
        valid_from=record.valid_from,
        valid_until=record.valid_until,
        state="not_yet" if on < record.valid_from else state,
        items=tuple(map(_scope, items[:ITEMS])),
        count=len(items),
        member=one.member,
        member_name=names.get(one.member, one.member),
        origin=one.origin,
        idx=one.row.idx,
    )
