"""The one question: may standard S serve in C for U on D, by which document, and what is nearest?

A pure function of the question, of what is known and of the statutory layer: the order of what is
known does not matter, and whoever has the same bodies gets the same bytes. The day on which the
answer changes is found by asking again on every day that something known names.
"""

from collections.abc import Iterator, Mapping
from datetime import date, timedelta
from functools import cache
from hashlib import sha256
from importlib.metadata import version
from itertools import islice
from typing import Final, TypeVar

import msgspec
from msgspec.structs import replace

from registry.domain.records.base import Record
from registry.domain.records.standards import StandardRecognition
from registry.standards.chain import chain
from registry.standards.editions import given
from registry.standards.model import Answer, Ask, Known, Stated
from registry.standards.nearest import nearest
from registry.standards.notes import first_sentence, notes
from registry.standards.statutes import STATUTES, Statutes
from registry.standards.weighing import Paper, Scale, Weighed
from registry.standards.words import place_name
from registry.standards.written import identity, issues

T = TypeVar("T", bound=Record)
DAYS_MAX: Final = 64
"""Days looked into: past them the first one not looked into is given, never later than the true."""
LINKS_MAX: Final = 64
"""Other standards worth gathering: real ones name some ten; a record may name hundreds."""

_DAY: Final = timedelta(days=1)
_DIVISIONS: Final = f"python-stdnum {version('python-stdnum')}"
"""Looked up once: it is read from files."""
_SERVES: Final = frozenset({"yes", "no_recognition_needed"})
_ENCODE: Final = msgspec.json.Encoder(order="sorted").encode


def answer(ask: Ask, known: Known, statutes: Statutes = STATUTES) -> Answer:
    """Return the answer, with the first day on which the same question has another one."""
    known = in_order(known)
    scale = Scale.of(known, statutes)
    today = _asked(scale, ask, _inputs(known, statutes))
    days = sorted({day for day in _days(known, statutes) if day > ask.on})
    for day in days[:DAYS_MAX]:
        then = _asked(scale, replace(ask, on=day), today.inputs)
        if replace(then, ask=ask) != today:
            return replace(today, changes_on=day)
    after = days[DAYS_MAX] if len(days) > DAYS_MAX else None
    return replace(today, changes_on=after)


def in_order(known: Known) -> Known:
    """Return what is known in the order of places, each record once."""
    return Known(**{field: _placed(getattr(known, field)) for field in Known.__struct_fields__})


def _placed(stated: tuple[Stated[T], ...]) -> tuple[Stated[T], ...]:
    if len(stated) < 2:  # noqa: PLR2004 - one is in order
        return stated
    by_place = {one.ref: one for one in stated}
    return tuple(by_place[ref] for ref in sorted(by_place))


def _inputs(known: Known, statutes: Statutes) -> dict[str, str]:
    """Name by digest all that an answer is a function of, the question apart."""
    places = [
        (field, one.ref.origin, one.ref.idx, one.ref.id, one.ref.entry, one.member)
        for field in Known.__struct_fields__
        for one in getattr(known, field)
    ]
    return {
        "records": sha256(_ENCODE(places)).hexdigest(),
        "statutes": statutes.digest,
        "divisions": _DIVISIONS,
    }


def _asked(scale: Scale, ask: Ask, inputs: Mapping[str, str]) -> Answer:
    """Return the answer of one day."""
    weighed = scale.weigh(ask)
    first = weighed.first
    said = first.held.record if first is not None else None
    edition = weighed.edition
    first_zh, first_en = first_sentence(ask, weighed.number, scale.statutes)
    notes_zh, notes_en = notes(scale, weighed)
    return Answer(
        ask=ask,
        verdict=weighed.verdict,
        first_zh=first_zh,
        first_en=first_en,
        statutes=tuple(row.told for row in weighed.rows),
        edition="" if edition is None else edition.number,
        edition_state=weighed.state,
        replaced_by=scale.shelf.successors(weighed.number, ask.on)[0],
        degree="" if said is None else said.degree,
        instrument="" if said is None else said.instrument,
        organ=_organ(scale, weighed, first),
        contact="" if said is None else given(said.contact) or "",
        conditions=() if said is None else given(said.conditions) or (),
        exclusions=() if said is None else given(said.exclusions) or (),
        evidence_needed=_evidence(first),
        reasons=tuple(_reasons(weighed)),
        mutual=weighed.mutual is not None,
        to_be_reviewed_by=_review_by(weighed, first),
        until=None if first is None else first.held.until,
        changes_on=None,
        chain=chain(scale, weighed),
        nearest=() if weighed.verdict in _SERVES else nearest(scale, weighed),
        notes_zh=notes_zh,
        notes_en=notes_en,
        inputs=inputs,
    )


def by_law(given: Answer) -> bool:
    """Tell whether a standard serves by law alone: every other verdict but "none" has its paper."""
    return given.verdict in {"yes", "partly", "conditionally"} and not given.instrument


def _organ(scale: Scale, weighed: Weighed, first: Paper | None) -> str:
    """Return whose document it is; where none is found, whom to ask."""
    if first is not None:
        return first.held.record.authority.name
    ask = weighed.ask
    if ask.use == "sale" or weighed.verdict == "yes":
        return ""
    return f"{place_name(ask.territory)[0]}：{scale.statutes.organs[ask.use][0]}"


def _evidence(first: Paper | None) -> tuple[str, ...]:
    record = None if first is None else first.held.record
    if isinstance(record, StandardRecognition):
        return given(record.evidence_needed) or ()
    return ()


def _reasons(weighed: Weighed) -> Iterator[str]:
    """Yield the reasons that organs gave for what counts, each with its organ and changes."""
    for paper in weighed.counted:
        record, name = paper.held.record, paper.held.record.authority.name
        reasons = given(record.reasons)
        if reasons is not None:
            yield f"{name}：{reasons}"
        yield from (f"{name}：{change.record.reasons}" for change in paper.held.changes)


def _review_by(weighed: Weighed, first: Paper | None) -> date | None:
    """Return by when it is looked at again: what counts, else what may be carried over."""
    if first is not None:
        return first.held.review_by
    waiting = [paper.held for paper in weighed.papers if paper.code == "to-be-reviewed"]
    return min((one.review_by for one in waiting if one.review_by is not None), default=None)


def _days(known: Known, statutes: Statutes) -> Iterator[date]:
    """Yield every day on which an answer could change: those that something known names."""
    yield from statutes.days
    for field in Known.__struct_fields__:
        for one in getattr(known, field):
            record = one.record
            yield record.decided_on
            mine = record.__struct_fields__
            for name in _among(mine, _FIRST_DAYS):
                day = getattr(record, name)
                if isinstance(day, date):
                    yield day
            for name in _among(mine, _LAST_DAYS):
                day = getattr(record, name)
                if isinstance(day, date) and day < date.max:
                    yield day + _DAY
            checked = record.provenance.checked_on
            if isinstance(checked, date):
                yield checked


_FIRST_DAYS: Final = (
    "issued_on",
    "effective_on",
    "void_on",
    "in_force_from",
    "reviewed_on",
)
_LAST_DAYS: Final = ("in_force_until", "review_by", "until")
_NUMBERS: Final = ("number", "a", "b", "by", "into", "stands_for", "counterpart")
_NUMBERED: Final = ("replaces", "replaced_by", "adopts")


@cache
def _among(members: tuple[str, ...], names: tuple[str, ...]) -> tuple[str, ...]:
    """Return those names that are among the members of a type of record."""
    return tuple(name for name in names if name in members)


def links(known: Known) -> tuple[str, ...]:
    """Return the identities of standards that what is known names, in order, bounded.

    Whoever gathers asks for those it has not asked for yet: they are what `nearest` weighs.
    """
    named = {number for field in Known.__struct_fields__ for number in _named(known, field)}
    found = {identity(number) for number in named}
    found |= {issue for number in named for issue in issues(number)}
    return tuple(islice(sorted(found), LINKS_MAX))


def _named(known: Known, field: str) -> Iterator[str]:
    for one in getattr(known, field):
        mine = one.record.__struct_fields__
        for name in _among(mine, _NUMBERS):
            value = getattr(one.record, name)
            if isinstance(value, str):
                yield value
        for name in _among(mine, _NUMBERED):
            value = getattr(one.record, name)
            if isinstance(value, tuple):
                yield from (part.number for part in value)
