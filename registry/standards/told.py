"""What is stated of a standard, put in order: its editions over time, and relations both ways."""

from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from typing import TypeVar

from msgspec import UNSET, UnsetType

from registry.domain.records import AnyRecord
from registry.domain.records.standards import (
    GroupStandardUse,
    ResultAcceptance,
    Standard,
    StandardComparison,
    StandardNotice,
    StandardRecognition,
)
from registry.standards.editions import Shelf
from registry.standards.model import Known, Stated
from registry.standards.numbers import (
    NumberError,
    format_number,
    group_of,
    identity_of,
    kind_of,
    parse,
    territory_of,
)
from registry.standards.written import identity

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class LineView:
    """What a record says of a standard: how (a role of the index), which number, where it stands.

    ``number`` is the other one where the record relates two, else the one it is about.
    """

    role: str
    number: str
    extent: str
    title: str
    member: str
    member_name: str
    on: date
    origin: str
    idx: int


@dataclass(frozen=True, slots=True)
class EditionView:
    """An edition as one record states it, and its state on the day asked for.

    ``void_on`` is as stated, else as it follows from what replaces it.
    """

    number: str
    title: str
    title_en: str
    kind: str
    territory: str
    obligation: str
    state: str
    issued_on: date | None
    effective_on: date | None
    void_on: date | None
    ics: tuple[str, ...]
    ccs: tuple[str, ...]
    member: str
    member_name: str
    origin: str
    idx: int


Line = tuple[str, str, str, str, date]
"""Role, the other number, extent, title or instrument, day."""


def editions_of(
    known: Known, keys: Collection[str], on: date, names: Mapping[str, str]
) -> tuple[EditionView, ...]:
    """Return the editions of these identities, the newest first, each as of a day."""
    own = [one for one in known.editions if _is(one.record.number, keys)]
    views = views_of(own, known, on, names)
    return tuple(sorted(views, key=lambda view: (_year(view.number), view.number), reverse=True))


def views_of(
    editions: Iterable[Stated[Standard]], known: Known, on: date, names: Mapping[str, str]
) -> tuple[EditionView, ...]:
    """Return these editions in their order; ``known`` has them, too, and what dates them."""
    shelf = Shelf.of(known)
    return tuple(_edition_of(one, shelf, on, names) for one in editions)


def replacing(known: Known) -> tuple[str, ...]:
    """Return the identities of what editions say replaced them: those end when these begin."""
    named = (new.number for one in known.editions for new in _set(one.record.replaced_by, ()))
    return tuple(dict.fromkeys(map(identity, named)))


def _edition_of(
    one: Stated[Standard], shelf: Shelf, on: date, names: Mapping[str, str]
) -> EditionView:
    """Return an edition with its state on a day, the one by which questions are answered."""
    record = one.record
    number, edition = parse(record.number), shelf.editions[record.number]
    return EditionView(
        number=format_number(number),
        title=record.title,
        title_en=_set(record.title_en, ""),
        kind=kind_of(number),
        territory=territory_of(number) or "",
        obligation=record.obligation,
        state=shelf.state_on(edition, on),
        issued_on=_set(record.issued_on, None),
        effective_on=_set(record.effective_on, None),
        void_on=_set(record.void_on, shelf.void_day(edition)),
        ics=_set(record.ics, ()),
        ccs=_set(record.ccs, ()),
        member=one.member,
        member_name=names.get(one.member, one.member),
        origin=one.ref.origin,
        idx=one.ref.idx,
    )


def lines_of(
    stated: Iterable[Stated[AnyRecord]], keys: Collection[str], names: Mapping[str, str]
) -> tuple[LineView, ...]:
    """Return what these records say of the identities, in order of the day."""
    lines = [
        LineView(
            *(role, number, extent, title),
            *(one.member, names.get(one.member, one.member)),
            day,
            one.ref.origin,
            one.ref.idx,
        )
        for one in stated
        for role, number, extent, title, day in _lines(one.record, keys)
    ]
    return tuple(sorted(lines, key=lambda line: (line.on, line.origin, line.idx, line.role)))


def _lines(record: AnyRecord, keys: Collection[str]) -> Iterator[Line]:
    match record:
        case Standard():
            yield from _of_edition(record, keys)
        case StandardNotice():
            number = record.number if record.by is UNSET else record.by
            about = "" if record.clauses is UNSET else record.clauses
            yield f"notice_{record.event}", number, about, record.instrument, record.effective_on
        case StandardRecognition():
            yield (
                "recognises",
                record.number,
                record.degree,
                record.instrument,
                record.in_force_from,
            )
        case ResultAcceptance():
            yield "accepts", record.number, record.degree, record.instrument, record.in_force_from
        case StandardComparison():
            other = record.b if _is(record.a, keys) else record.a
            yield "compares", other, "", record.product, record.reviewed_on
        case GroupStandardUse():
            taken = _is(record.number, keys)
            role, other = ("taken_into", record.into) if taken else ("takes_in", record.number)
            yield role, other, record.extent, record.instrument, record.effective_on
        case _:
            pass


def _of_edition(record: Standard, keys: Collection[str]) -> Iterator[Line]:
    """Give how an edition is related: its own relations, or how another's lead here."""
    day = record.decided_on if record.effective_on is UNSET else record.effective_on
    own = _is(record.number, keys)
    for role, back, name, number, extent in _related(record):
        if own:
            yield role, number, extent, name, day
        elif _is(number, keys):
            yield back, record.number, extent, record.title, day


def _related(record: Standard) -> Iterator[tuple[str, str, str, str, str]]:
    """Give (role, the role seen from the other, title, number, extent) of each relation."""
    for one in _set(record.replaces, ()):
        yield "replaces", "replaced_by", "", one.number, one.extent
    for one in _set(record.replaced_by, ()):
        yield "replaced_by", "replaces", "", one.number, one.extent
    for adopted in _set(record.adopts, ()):
        yield "adopts", "adopted_by", "", adopted.number, adopted.degree
    for number in _set(record.references, ()):
        yield "references", "referenced_by", "", number, ""


def _is(number: str, keys: Collection[str]) -> bool:
    try:
        read = parse(number)
    except NumberError:
        return False
    return identity_of(read) in keys or group_of(read) in keys


def _year(number: str) -> int:
    return parse(number).year or 0


def _set(value: T | UnsetType, default: T) -> T:
    return default if value is UNSET else value
