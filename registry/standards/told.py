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
    SelfDeclaration,
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
from registry.standards.recognise import Held, all_held
from registry.standards.written import group, identity, year

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class LineView:
    """What a record says of a standard: how (a role of the index), which number, where it stands.

    ``number`` is the other one where the record relates two, else the one it is about; ``of`` is
    which edition of the standard it speaks of, as it names it (without a year: any).
    """

    role: str
    of: str
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

    ``void_on`` is as stated, else as it follows from what replaces it. ``recognised_in`` and
    ``uses``: where and for what documents in force on the day hold for it, refusals left out.
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
    recognised_in: tuple[str, ...] = ()
    uses: tuple[str, ...] = ()


Line = tuple[str, str, str, str, str, date]
"""Role, the edition spoken of, the other number, extent, title or instrument, day."""


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
    by_group: dict[str, list[Held]] = {}
    for one in all_held(known, shelf, on):
        if not one.defect and one.course == "in_force" and one.record.degree != "refused":
            by_group.setdefault(group(one.record.number), []).append(one)
    return tuple(
        _edition_of(one, shelf, on, names, by_group.get(group(one.record.number), ()))
        for one in editions
    )


def replacing(known: Known) -> tuple[str, ...]:
    """Return the identities of what editions say replaced them: those end when these begin."""
    named = (new.number for one in known.editions for new in _set(one.record.replaced_by, ()))
    return tuple(dict.fromkeys(map(identity, named)))


def _edition_of(
    one: Stated[Standard],
    shelf: Shelf,
    on: date,
    names: Mapping[str, str],
    papers: Iterable[Held],
) -> EditionView:
    """Return an edition with its state on a day, the one by which questions are answered."""
    record = one.record
    holding = [paper.record for paper in papers if paper.holds_for(record.number)]
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
        recognised_in=tuple(sorted({paper.territory for paper in holding})),
        uses=tuple(sorted({paper.use for paper in holding})),
    )


def lines_of(
    stated: Iterable[Stated[AnyRecord]], keys: Collection[str], names: Mapping[str, str]
) -> tuple[LineView, ...]:
    """Return what these records say of the identities, in order of the day."""
    lines = [
        LineView(
            *(role, of, number, extent, title),
            *(one.member, names.get(one.member, one.member)),
            day,
            one.ref.origin,
            one.ref.idx,
        )
        for one in stated
        for role, of, number, extent, title, day in _lines(one.record, keys)
    ]
    return tuple(sorted(lines, key=lambda line: (line.on, line.origin, line.idx, line.role)))


def _lines(record: AnyRecord, keys: Collection[str]) -> Iterator[Line]:
    match record:
        case Standard():
            yield from _of_edition(record, keys)
        case StandardNotice():
            of, number = record.number, record.number if record.by is UNSET else record.by
            about = "" if record.clauses is UNSET else record.clauses
            day, told = record.effective_on, record.instrument
            yield f"notice_{record.event}", of, number, about, told, day
        case StandardRecognition() | ResultAcceptance():
            role = "recognises" if isinstance(record, StandardRecognition) else "accepts"
            of, day = record.number, record.in_force_from
            yield role, of, of, record.degree, record.instrument, day
        case StandardComparison():
            of, other = (record.a, record.b) if _is(record.a, keys) else (record.b, record.a)
            yield "compares", of, other, "", record.product, record.reviewed_on
        case GroupStandardUse():
            taken = _is(record.number, keys)
            role = "taken_into" if taken else "takes_in"
            of, other = record.number, record.into
            if not taken:
                of, other = other, of
            yield role, of, other, record.extent, record.instrument, record.effective_on
        case SelfDeclaration():
            of, who = record.number, f"{record.subject.name} {record.product}"
            yield "declared", of, of, "", who, record.declared_on
        case _:
            pass


def _of_edition(record: Standard, keys: Collection[str]) -> Iterator[Line]:
    """Give how an edition is related: its own relations, and how another's lead here.

    Between two editions of one standard both are given: each is seen from the other.
    """
    day = record.decided_on if record.effective_on is UNSET else record.effective_on
    own = _is(record.number, keys)
    for role, back, number, extent in _related(record):
        if own:
            yield role, record.number, number, extent, "", day
        if _is(number, keys):
            yield back, number, record.number, extent, record.title, day


def _related(record: Standard) -> Iterator[tuple[str, str, str, str]]:
    """Give (role, the role seen from the other, the other number, extent) of each relation."""
    for one in _set(record.replaces, ()):
        yield "replaces", "replaced_by", one.number, one.extent
    for one in _set(record.replaced_by, ()):
        yield "replaced_by", "replaces", one.number, one.extent
    for adopted in _set(record.adopts, ()):
        yield "adopts", "adopted_by", adopted.number, adopted.degree
    for number in _set(record.references, ()):
        yield "references", "referenced_by", number, "undated" if year(number) is None else "dated"


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
