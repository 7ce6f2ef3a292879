"""What became of each edition, recognition and acceptance of a standard: lives, ready to show."""

from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Final, Literal

from registry.domain.divisions import division_name
from registry.standards.editions import Shelf
from registry.standards.model import Known
from registry.standards.recognise import Held, all_held, is_recognition, mutual_with
from registry.standards.spans import Span, SpanState, edition_spans, held_spans, state_of
from registry.standards.written import group, identity, year

COURSES_MAX: Final = 200
"""Editions and documents of one standard whose lives are told, the newest of each."""


@dataclass(frozen=True, slots=True)
class CourseView:
    """The life of an edition, a recognition or an acceptance, and its state on the day asked for.

    ``state`` None: not begun, or not known. Of an edition there is no territory, use or degree, and
    ``instrument`` is its title. ``mutual``: on that day the other side recognises in return.
    """

    kind: Literal["edition", "recognition", "acceptance"]
    number: str
    territory: str
    territory_name: str
    use: str
    degree: str
    instrument: str
    state: SpanState | None
    spans: tuple[Span, ...]
    mutual: bool
    member: str
    member_name: str
    origin: str
    idx: int


def courses_of(
    known: Known, keys: Collection[str], on: date, names: Mapping[str, str]
) -> tuple[CourseView, ...]:
    """Return the lives of a standard's editions, then of what recognises and accepts it.

    The newest first. ``known`` has what replaces it, too; ``names`` are of members and places.
    """
    shelf = Shelf.of(known)
    editions = sorted(
        (one for one in shelf.editions.values() if _is(one.number, keys)),
        key=lambda one: (year(one.number) or 0, one.number),
        reverse=True,
    )
    then = all_held(known, shelf, on)
    documents = [one for one in all_held(known, shelf, date.max) if _is(one.record.number, keys)]
    documents.sort(key=lambda one: (one.record.in_force_from, one.stated.ref), reverse=True)
    found = [
        *_editions(shelf, [one.number for one in editions[:COURSES_MAX]], on, names),
        *(
            _document(one, shelf, on, names, mutual=_is_mutual(one, then))
            for one in documents[:COURSES_MAX]
        ),
    ]
    return tuple(found)


def _is(number: str, keys: Collection[str]) -> bool:
    return identity(number) in keys or group(number) in keys


def _editions(
    shelf: Shelf, numbers: Collection[str], on: date, names: Mapping[str, str]
) -> Iterator[CourseView]:
    for number in numbers:
        edition = shelf.editions[number]
        source, spans = edition.sources[0], edition_spans(shelf, edition)
        yield CourseView(
            *("edition", number, "", "", "", "", edition.first.title),
            *(state_of(spans, on), spans, False),
            *(source.member, names.get(source.member, source.member)),
            *(source.ref.origin, source.ref.idx),
        )


def _is_mutual(one: Held, then: Collection[Held]) -> bool:
    """Tell whether a document is in force on the day, and one of the other side in return."""
    here = next(held for held in then if held.stated.ref == one.stated.ref)
    if here.defect or here.course != "in_force":
        return False
    return mutual_with(here, then, one.record.number) is not None


def _document(
    one: Held, shelf: Shelf, on: date, names: Mapping[str, str], *, mutual: bool
) -> CourseView:
    record, ref, member = one.record, one.stated.ref, one.stated.member
    spans = held_spans(one, shelf)
    return CourseView(
        "recognition" if is_recognition(one.stated) else "acceptance",
        record.number,
        record.territory,
        names.get(record.territory) or division_name(record.territory, on) or record.territory,
        *(record.use, record.degree, record.instrument),
        state_of(spans, on),
        spans,
        mutual,
        *(member, names.get(member, member)),
        ref.origin,
        ref.idx,
    )
