"""From when to when an edition, a recognition or an acceptance was what: its life in spans.

A span is looked up by the same rules as an answer of its first day: nothing is decided here, so a
timeline and an answer cannot differ. Periods are half-open dates in Asia/Shanghai.
"""

from collections.abc import Iterable, Iterator
from datetime import date, timedelta
from itertools import pairwise
from typing import Final, Literal

from msgspec import Struct

from registry.standards.editions import USABLE, Edition, Shelf, given
from registry.standards.recognise import Held, held
from registry.standards.written import identity, year

SpanState = Literal[
    "draft",
    "published",
    "upcoming",
    "in_force",
    "partly_replaced",
    "replaced",
    "void",
    "suspended",
    "to_review",
    "ended",
    "expired",
    "without_effect",
]
"""``published``: issued and yet to begin; ``upcoming``: to begin, and not known when issued;
``to_review``: a newer edition is in force for which the organ has not said that it holds."""
PUBLISHED_STAGE: Final = "60"
"""The ISO stage at which a project has become a standard (ISO Guide 69)."""
SPANS_MAX: Final = 64
"""Days looked at of one document, the last ones: real ones have some five."""
_DAY: Final = timedelta(days=1)


class Span(Struct, frozen=True, gc=False):
    """What something was from a day on, until the day before another; None: no end is known."""

    state: SpanState
    since: date
    until: date | None


def edition_spans(shelf: Shelf, edition: Edition) -> tuple[Span, ...]:
    """Return the life of an edition in order; days of which no state is known are left out."""
    first, links = edition.first, shelf.links.get(edition.number, ())
    days = {
        first.decided_on,
        given(first.issued_on),
        given(first.provenance.checked_on),
        edition.effective_on,
        shelf.void_day(edition),
        *(link.since for link in links),
    }
    known = sorted(day for day in days if day is not None)[-SPANS_MAX:]
    return _joined((day, _edition_state(shelf, edition, day)) for day in known)


def _edition_state(shelf: Shelf, edition: Edition, on: date) -> SpanState | None:
    state, first = shelf.state_on(edition, on), edition.first
    issued, stage = given(first.issued_on), given(first.stage)
    match state:
        case "void":
            return "replaced" if _is_replaced(shelf, edition, on) else "void"
        case "in_force" | "partly_replaced":
            return state
        case _ if issued is not None and issued <= on:
            return "published" if state == "upcoming" else None
        case _ if stage is not None and stage < PUBLISHED_STAGE and first.decided_on <= on:
            return "draft"
        case _:
            return "upcoming" if state == "upcoming" and issued is None else None


def _is_replaced(shelf: Shelf, edition: Edition, on: date) -> bool:
    """Tell whether another edition has taken the place of one that is void."""
    if any(link.whole for link in shelf.links.get(edition.number, ())):
        return True
    return any(
        (year(other.number) or 0) > (year(edition.number) or 0)
        and shelf.state_on(other, on) in USABLE
        for other in shelf.by_identity[edition.identity]
    )


def held_spans(now: Held, shelf: Shelf) -> tuple[Span, ...]:
    """Return the life of a recognition or acceptance from its first day, as its organ has it.

    ``now`` is as it stands after all that is known. One that never had effect is that all along.
    """
    record = now.record
    if now.defect:
        return (Span("without_effect", record.in_force_from, None),)
    changes = [*now.changes, *(one.change for one in now.ignored)]
    ends = [given(record.in_force_until), *(given(one.record.until) for one in changes)]
    days = {record.in_force_from, *(one.record.effective_on for one in changes)}
    days |= {end + _DAY for end in ends if end is not None and end < date.max}
    days |= {day for one in _editions(now, shelf) for day in _days_of(one, shelf)}
    known = sorted(day for day in days if day >= record.in_force_from)[-SPANS_MAX:]
    lives = ((day, held(now.stated, changes, shelf, day)) for day in known)
    return _joined((day, _held_state(one, shelf, day)) for day, one in lives)


def _editions(now: Held, shelf: Shelf) -> Iterator[Edition]:
    """Yield the editions of the standard that a document is about."""
    for one in sorted(set(map(identity, now.numbers))):
        yield from shelf.by_identity.get(one, ())


def _days_of(edition: Edition, shelf: Shelf) -> tuple[date, ...]:
    return tuple(day for day in (edition.effective_on, shelf.void_day(edition)) if day is not None)


def _held_state(one: Held, shelf: Shelf, on: date) -> SpanState | None:
    match one.course:
        case "not_yet":
            return None
        case "in_force":
            return "to_review" if _outdated(one, shelf, on) else "in_force"
        case _:
            return one.course


def _outdated(one: Held, shelf: Shelf, on: date) -> bool:
    """Tell whether an edition newer than all it names is in force, and is not held for."""
    years = [year(number) for number in one.numbers]
    if None in years:
        return False
    newest = max(each or 0 for each in years)
    return any(
        (year(edition.number) or 0) > newest and shelf.state_on(edition, on) in USABLE
        for edition in _editions(one, shelf)
    )


def state_of(spans: Iterable[Span], on: date) -> SpanState | None:
    """Return what something is on a day; None before its first, and while nothing is known."""
    return next(
        (one.state for one in spans if one.since <= on and (one.until is None or on < one.until)),
        None,
    )


def _joined(states: Iterable[tuple[date, SpanState | None]]) -> tuple[Span, ...]:
    """Return spans from the states on their first days; equal neighbours are one."""
    told: list[tuple[date, SpanState | None]] = []
    for day, state in states:
        if not told or told[-1][1] != state:
            told.append((day, state))
    ends = [*(after for (_, _), (after, _) in pairwise(told)), None]
    spans = [
        Span(state, since, end)
        for (since, state), end in zip(told, ends, strict=True)
        if state is not None
    ]
    return tuple(spans)
