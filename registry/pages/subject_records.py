"""The records of a subject as its page shows them: three groups, each by city, and as periods."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Final

from msgspec import UNSET

from registry.domain.lists import LISTS
from registry.domain.records.administrative import Penalty, Permit
from registry.domain.records.conduct import Honour
from registry.domain.records.lists import ListEntry
from registry.domain.showing import publicity_of
from registry.pages.fields import headline, marks_of, notes, type_of
from registry.pages.frame import Frame
from registry.pages.measures import MeasureLines
from registry.pages.periods import publicity_text
from registry.pages.pictures import Period
from registry.pages.query_params import number_of
from registry.pages.words import day, joined, list_name, shortened, word
from registry.query.repeats import REPORTED_TWICE
from registry.query.views import RecordView

PER_GROUP: Final = 10
"""Records of a group on one page; the page stays small whatever a subject has."""
_GROUPS: Final = ("adverse", "honours", "others")
_ADVERSE: Final = frozenset({"minor", "general", "serious"})


@dataclass(frozen=True, slots=True)
class RecordGroup:
    """One group: its name, how many records it has, those of this page by city, links to others."""

    key: str
    name: str
    count: int
    cities: tuple[tuple[str, tuple[dict[str, object], ...]], ...]
    newer: str
    older: str


def group_of(view: RecordView) -> str:
    """Return ``adverse`` (untrustworthy records), ``honours``, or ``others``."""
    kind = LISTS.get(str(getattr(view.record, "list", "")))
    if isinstance(view.record, Honour):
        return "honours"
    if kind is not None:
        return "honours" if kind.family == "honour" else "adverse"
    return "adverse" if view.record.severity.level in _ADVERSE else "others"


def groups_of(frame: Frame, records: Sequence[RecordView], on: date) -> tuple[RecordGroup, ...]:
    """Untrustworthy records, honours, and all others, each with the newest first."""
    latest = sorted(records, key=lambda view: view.record.decided_on, reverse=True)
    by_group: dict[str, list[RecordView]] = {key: [] for key in _GROUPS}
    for view in latest:
        by_group[group_of(view)].append(view)
    return tuple(_group(frame, key, views, on) for key, views in by_group.items())


def _group(frame: Frame, key: str, views: Sequence[RecordView], on: date) -> RecordGroup:
    start = min(number_of(frame, key), max(len(views) - 1, 0))
    by_city: dict[str, list[dict[str, object]]] = {}
    for view in views[start : start + PER_GROUP]:
        by_city.setdefault(view.member_name, []).append(_line(frame, view, on))
    newer, older = max(start - PER_GROUP, 0), start + PER_GROUP
    return RecordGroup(
        key,
        frame.t(f"group.{key}"),
        len(views),
        tuple((city, tuple(lines)) for city, lines in by_city.items()),
        f"{frame.here(**{key: newer})}#{key}" if start else "",
        f"{frame.here(**{key: older})}#{key}" if older < len(views) else "",
    )


def _line(frame: Frame, view: RecordView, on: date) -> dict[str, object]:
    record, kind = view.record, type_of(view.record)
    relayed = record.provenance.kind == "relayed"
    source = str(record.provenance.source) if relayed else ""
    twice = REPORTED_TWICE in view.flags
    return {
        "on": day(frame.lang, record.decided_on),
        "iso": record.decided_on.isoformat(),
        "kind": word(frame.lang, "type", kind),
        "level": word(frame.lang, "severity", record.severity.level)
        if record.severity.level in _ADVERSE
        else "",
        "title": shortened(headline(frame, record)),
        "link": frame.url(f"/record/{view.origin}/{view.idx}"),
        "mood": mood_of(view),
        "publicity": publicity_text(frame, record, on),
        "note": joined(
            frame.lang,
            [
                shortened(record.authority.name),
                *([frame.t("subject.relayed", source=source)] if relayed else []),
                *marks_of(frame, view),
                *notes(frame, record),
                *([word(frame.lang, "flag", REPORTED_TWICE)] if twice else []),
            ],
        ),
    }


def mood_of(view: RecordView) -> str:
    """Return the colour of a record: honour, serious, general, or other."""
    group = group_of(view)
    if group == "adverse":
        return "serious" if view.record.severity.level == "serious" else "general"
    return "honour" if group == "honours" else "other"


def periods_of(
    frame: Frame, records: Iterable[RecordView], measures: Iterable[MeasureLines], on: date
) -> list[Period]:
    """Measures, then untrustworthy records, honours and permits by city, to be drawn as bars."""
    applies = frame.t("subject.applies")
    drawn = [
        Period(applies, one.name, one.start, one.last, one.effect, one.suspended)
        for one in measures
    ]
    by_city: dict[str, list[Period]] = {}
    for view in sorted(records, key=lambda view: _GROUPS.index(group_of(view))):
        period = _period(frame, view, on)
        if period is not None:
            by_city.setdefault(period.group, []).append(period)
    return drawn + [period for periods in by_city.values() for period in periods]


def _period(frame: Frame, view: RecordView, on: date) -> Period | None:
    """Return when a record counts; None for what has no period, as registrations."""
    record, mood = view.record, mood_of(view)
    if isinstance(record, ListEntry):
        label, start, end = (
            list_name(frame.lang, record.list),
            record.listed_on,
            record.listed_until,
        )
    elif isinstance(record, Penalty):
        kinds = joined(frame.lang, record.kinds)
        label = f"{word(frame.lang, 'type', 'penalty')}（{kinds}）"
        shown = publicity_of(record, on)
        start, end = record.decided_on, shown.last if shown and shown.last else UNSET
    elif isinstance(record, Permit):
        label, start, end = record.content, record.valid_from, record.valid_until
    else:
        return None
    last = end if isinstance(end, date) else None
    return Period(view.member_name, label, start, last, mood)
