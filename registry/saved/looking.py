"""A look at a saved search: what it shows now, and what of that was not seen before.

Everything is read through `registry.access.reads`, so a look is a read like any other: with the
asker's eyes, inside his scope, for his purpose, and written down.
"""

from collections.abc import Iterable
from datetime import datetime
from hashlib import sha256
from typing import Final

import msgspec

from registry.access.reads import Reads
from registry.domain.records import TYPE_OF
from registry.errors import MalformedRefusal
from registry.query.views import Coverage, DecisionAnswer, FoundSubject, RecordView
from registry.saved.model import Alert, Saved, State, Told
from search.errors import InvalidQueryError
from search.query import LIMIT_MAX, Query

TOLD_MAX: Final = 100
"""Alerts of one look: who has missed more looks at the thing itself."""
_DIGEST: Final = 32


async def look(reads: Reads, asked: Saved, seen: State | None, at: datetime) -> tuple[State, Told]:
    """Return what is there now, and what is new since ``seen``; nothing is, the first time.

    Raises as the reads do: a subject that may not be shown answers like one that never was.
    """
    looks = {"subject": _subject, "search": _search, "standard": _standard}
    state, told = await looks[asked.kind](reads, asked, seen or State(at, {}), at)
    if seen is None:
        return state, Told(told.title, (), told.whole)
    many = len(told.alerts) > TOLD_MAX
    return state, Told(told.title, told.alerts[:TOLD_MAX], told.whole and not many)


async def _subject(reads: Reads, asked: Saved, seen: State, at: datetime) -> tuple[State, Told]:
    """Compare records by their places in the logs, and all that was seen of them by a digest."""
    places = (asked.territory,) if asked.territory else ()
    file, answers = await reads.decided_file(asked.subject, places, asked.matter, "", reads.today())
    known = _sizes(file.coverage)
    state = State(at, known, _shown(file.records, known), _applying(answers))
    alerts = [
        Alert(
            "record",
            *(file.name, "", file.subject_id, TYPE_OF[type(view.record)]),
            *(view.origin, view.idx, view.member, view.record.decided_on),
        )
        for view in file.records
        if view.idx >= seen.known.get(view.origin, 0)
    ]
    if state.applies != seen.applies:
        alerts.append(Alert("applies", file.name, subject=file.subject_id))
    if _shown(file.records, seen.known) != seen.digest:
        alerts.append(Alert("changed", file.name, subject=file.subject_id))
    return state, Told(file.name, tuple(alerts), whole=True)


def _shown(records: Iterable[RecordView], known: dict[str, int]) -> str:
    """Digest what is shown of the logs up to these sizes, and how it is marked."""
    shown = sorted(
        (view.origin, view.idx, *view.flags, *view.marks)
        for view in records
        if view.idx < known.get(view.origin, 0)
    )
    return _digest(shown)


def _applying(answers: Iterable[DecisionAnswer]) -> str:
    measures = sorted(
        (one.rule, one.measure, one.effect, one.matter, one.state, one.start, str(one.last_day))
        for answer in answers
        for one in answer.decision.measures
    )
    return _digest(measures)


def _digest(value: object) -> str:
    return sha256(msgspec.json.encode(value)).hexdigest()[:_DIGEST]


def _sizes(coverage: Coverage) -> dict[str, int]:
    return {city.origin: city.size for city in coverage.cities}


def query_of(asked: Saved) -> Query:
    """Return a saved search as a question; raises MalformedRefusal where it is out of bounds."""
    try:
        return Query(
            text=asked.text,
            cities=asked.cities,
            types=asked.types,
            severities=asked.severities,
            date_from=asked.since,
            date_to=asked.until,
            limit=LIMIT_MAX,
        )
    except InvalidQueryError as error:
        raise MalformedRefusal(error.zh, error.en, code=error.detail_code) from error


async def _search(reads: Reads, asked: Saved, seen: State, at: datetime) -> tuple[State, Told]:
    """Compare the first hits by their ids, and their records by their places in the logs."""
    answer = await reads.find(query_of(asked), asked.states)
    ids = {hit.subject_id for hit in answer.hits}
    missing = set(seen.ids) - ids
    alerts = [alert for hit in answer.hits if (alert := _hit(hit, seen))]
    # An index that is behind may miss hits for a while: what was seen before stays seen.
    kept = tuple(sorted(ids | missing)) if answer.behind else tuple(sorted(ids))
    whole = answer.exact and answer.total <= LIMIT_MAX
    if missing and whole and not answer.behind:
        alerts.append(Alert("changed"))
    state = State(at, _sizes(answer.coverage), ids=kept[: 2 * LIMIT_MAX])
    return state, Told(asked.text, tuple(alerts), whole)


def _hit(hit: FoundSubject, seen: State) -> Alert | None:
    newer = any(idx >= seen.known.get(origin, 0) for origin, idx in hit.newest)
    if hit.subject_id not in seen.ids:
        return Alert("hit", hit.name, hit.code, hit.subject_id)
    return Alert("records", hit.name, hit.code, hit.subject_id) if newer else None


async def _standard(reads: Reads, asked: Saved, seen: State, at: datetime) -> tuple[State, Told]:
    """Compare what happened by the names of events, which are for good."""
    view = await reads.standards.watch([asked.text], reads.today())
    alerts = tuple(
        Alert(
            "event",
            *(one.identity, "", "", one.kind, one.origin, one.idx, one.member, one.at.date()),
            one.said,
        )
        for one in view.events
        if one.key not in seen.ids
    )
    keys = tuple(one.key for one in view.events)
    return State(at, _sizes(view.coverage), ids=keys), Told(asked.text, alerts, view.whole)
