"""What is watched: how each standard stands today, and what has happened to it, newest first."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import date, datetime, time
from typing import Final

from registry.clock import SHANGHAI
from registry.query.standards_found import change_of
from registry.query.standards_gather import Gathering
from registry.query.standards_views import ChangeView, EventView, WatchedView
from registry.standards.courses import courses_of
from registry.standards.editions import Shelf
from registry.standards.happened import Began, began
from registry.standards.told import editions_of, replacing
from registry.store.reading_files import Reading, Stated
from registry.store.reading_standards import Moved

EVENTS: Final = 100
"""Events that are told of a list: the newest."""
_FIRST: Final = ("ask_again", "related", "replacing")
"""What is told of a record that says more than one thing about a standard: rather anything else."""
Names = Mapping[str, str]


async def watched_of(
    gathering: Gathering, identities: Sequence[str], on: date, names: Names
) -> tuple[WatchedView, ...]:
    """Return how these standards stand on a day, in their order; two queries for all."""
    await gathering.read(identities)
    newer = {one: replacing(gathering.gathered([one]).records) for one in identities}
    await gathering.read(key for some in newer.values() for key in some)
    return tuple(_watched(gathering, one, newer[one], on, names) for one in identities)


def _watched(
    gathering: Gathering, identity: str, newer: Sequence[str], on: date, names: Names
) -> WatchedView:
    known = gathering.gathered((identity, *newer)).records
    meant = Shelf.of(known).meant(identity, on)
    return WatchedView(
        identity,
        "" if meant is None else meant.number,
        editions_of(known, (identity,), on, names),
        courses_of(known, (identity,), on, names),
    )


async def shown_of(gathering: Gathering, moved: Sequence[Moved]) -> tuple[Stated, ...]:
    """Return what of this may be shown; a change of a recognition goes with the recognition."""
    shown = await gathering.shown([one.spoken for one in moved if one.spoken])
    changed = {one.identity for one in moved if one.spoken and one.spoken.role == "changes"}
    await gathering.read(changed)
    return (*shown, *gathering.gathered(changed).stated)


async def events_of(
    reading: Reading, gathering: Gathering, watched: Sequence[WatchedView], on: date, names: Names
) -> tuple[tuple[EventView, ...], bool]:
    """Return the newest events by records and by dates, and whether that is all."""
    identities = [one.identity for one in watched]
    moved = await reading.standards.latest(identities, gathering.known.newest, EVENTS * 3)
    shown = await shown_of(gathering, moved)
    by_place = {one.row.place: one for one in shown}
    logs = {one.origin: names.get(one.member, one.member) for one in shown}
    logged = _logged((change_of(one, by_place) for one in moved), logs)
    events = [*logged, *(_began(w, one) for w in watched for one in began(w.courses, on))]
    events.sort(key=lambda one: (one.at, one.seq, one.idx, one.key), reverse=True)
    return tuple(events[:EVENTS]), len(moved) < EVENTS * 3 and len(events) <= EVENTS


def _logged(changes: Iterable[ChangeView], logs: Names) -> Iterator[EventView]:
    """Yield one event for each record and standard, the one that says most."""
    best: dict[tuple[str, str, int, int], ChangeView] = {}
    for one in changes:
        place = (one.identity, one.origin, one.idx, 0 if one.origin else one.seq)
        before = best.get(place)
        if before is None or before.event in _FIRST:
            best[place] = one
    for one in best.values():
        key = f"{one.origin}/{one.idx}" if one.origin else f"commit/{one.seq}"
        said = (one.summary, logs.get(one.origin, ""), one.origin, one.idx)
        yield EventView(f"{key}/{one.identity}", one.at, one.seq, one.event, one.identity, *said)


def _began(watched: WatchedView, one: Began) -> EventView:
    course = one.course
    place = " ".join(part for part in (course.territory_name, course.instrument) if part)
    return EventView(
        f"{course.origin}/{course.idx}/{watched.identity}/{one.state}/{one.on}",
        datetime.combine(one.on, time(), SHANGHAI),
        0,
        one.state,
        watched.identity,
        f"{course.number} {place}",
        course.member_name,
        course.origin,
        course.idx,
    )
