"""A record as rows of label and value, labelled as in the double-publicity templates.

Which members are shown, and their labels, are data with their source (``labels.toml``).
No number of a personal document is ever a row, and no natural person is named.
"""

from collections.abc import Iterator
from datetime import date

from msgspec import UNSET, UnsetType

from registry.domain.divisions import division_name
from registry.domain.lists import LISTS
from registry.domain.records import AnyRecord, ListEntry, ListExit, Registration, Relation
from registry.domain.records.administrative import Capital, FormerName
from registry.domain.records.base import InLog, Organ, Target
from registry.domain.records.conduct import Adjustment, Input
from registry.domain.records.reference import LABELS
from registry.domain.records.relations import Related
from registry.domain.records.standards import AdoptedFrom, Compared, Replacement, ScopeItem
from registry.domain.records.supervision import Product
from registry.domain.records.titles import title_of
from registry.domain.records.uses import ThirdParty
from registry.pages.frame import Frame
from registry.pages.standard_fields import in_words
from registry.pages.words import day, joined, list_name, word
from registry.query.views import RecordView

Row = tuple[str, str]
_DIVISIONS = frozenset({"territory", "counterpart_territory", "territories", "origins"})
"""Members that hold the code of a division, which is shown by its name."""


def rows(frame: Frame, record: AnyRecord) -> tuple[Row, ...]:
    """The fields of a record that are stated, in the order of the template."""
    kind = type_of(record)
    return tuple(_stated(frame, record, (*LABELS.get(kind, ()), *LABELS["common"]))) + _publicity(
        frame, record
    )


def type_of(record: AnyRecord) -> str:
    """The type of a record by its name in the format."""
    return str(record.__struct_config__.tag)


def notes(frame: Frame, record: AnyRecord) -> tuple[str, ...]:
    """What must stand beside a record: an anomaly is not a serious list; where a permit holds."""
    kind = LISTS.get(str(getattr(record, "list", "")))
    if kind is not None and kind.family == "anomaly":
        return (frame.t("anomaly.not-serious"),)
    if type_of(record) != "permit" or record.scope is UNSET:
        return ()
    if record.scope.territory is UNSET:
        return ()
    places = record.scope.territory
    if "CN" in places:
        return (frame.t("permit.nationwide"),)
    names = joined(frame.lang, [frame.site.name_of(place) for place in places])
    return (frame.t("permit.only-in", places=names),)


def marks_of(frame: Frame, view: RecordView) -> tuple[str, ...]:
    """What must stand beside a record as long as it lasts: an open objection, a stay."""
    return tuple(word(frame.lang, "mark", mark) for mark in view.marks)


def headline(frame: Frame, record: AnyRecord) -> str:
    """One line that tells a record from its neighbours."""
    lang = frame.lang
    kind = type_of(record)
    if isinstance(record, ListEntry | ListExit):
        return list_name(lang, record.list)
    if isinstance(record, Registration):
        return f"{word(lang, 'type', kind)}（{word(lang, 'status', record.status)}）"
    if isinstance(record, Relation):
        return f"{word(lang, 'relation', record.relation)}（{record.role}）"
    return title_of(record) or word(lang, "type", kind)


def _stated(
    frame: Frame, record: AnyRecord, columns: tuple[tuple[str, str, str], ...]
) -> Iterator[Row]:
    for name, zh, en in columns:
        value, label = getattr(record, name), zh if frame.lang == "zh" else en
        if isinstance(value, tuple) and value and isinstance(value[0], Compared | ScopeItem):
            for number, item in enumerate(value, 1):
                yield f"{label} {number}", in_words(frame.lang, item)
        elif value is not UNSET and value != ():
            yield label, _shown(frame, name, value)


def _publicity(frame: Frame, record: AnyRecord) -> tuple[Row, ...]:
    start, end = record.published_on, getattr(record, "publicity_until", UNSET)
    label = frame.t("record.publicity")
    if isinstance(start, date) and isinstance(end, date):
        period = frame.t(
            "record.publicity-period", start=day(frame.lang, start), end=day(frame.lang, end)
        )
        return ((label, period),)
    if isinstance(start, date):
        since = frame.t("record.publicity-from", start=day(frame.lang, start))
        return ((label, since),)
    return ()


def _shown(frame: Frame, name: str, value: object) -> str:
    if isinstance(value, str) and name in _DIVISIONS:
        named = frame.site.name_of(value)  # of members; the rest have their official names
        return named if named != value else division_name(value) or value
    if isinstance(value, str):
        listed = name == "list" and value in LISTS
        return list_name(frame.lang, value) if listed else word(frame.lang, name, value)
    if isinstance(value, Replacement | AdoptedFrom):
        return in_words(frame.lang, value)
    if isinstance(value, tuple):
        return joined(frame.lang, [_shown(frame, name, item) for item in value])
    return day(frame.lang, value) if isinstance(value, date) else _part(value)


def _part(value: object) -> str:
    """A number, or a member object, in one line."""
    stated: tuple[str | UnsetType, ...]
    match value:
        case Organ() | FormerName():
            stated = (value.name,)
        case Related():
            stated = (f"{value.subject.name}（{value.role}）",)
        case Capital():
            stated = (value.text,)
        case Product():
            stated = (value.name, value.brand, value.model, value.lot, value.producer)
        case Input():
            stated = (value.indicator, value.value, value.unit)
        case Adjustment():
            stated = (value.points, value.reason, value.organ)
        case Target():
            stated = (f"{value.origin}/{value.id}",)
        case ThirdParty():
            stated = (value.name, value.uscc)
        case _:
            stated = (value.id if isinstance(value, InLog) else str(value),)
    return " ".join(text for text in stated if text is not UNSET)
