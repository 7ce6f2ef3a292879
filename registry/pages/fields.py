"""A record as rows of label and value, labelled as in the double-publicity templates.

Which fields are shown, and their labels, are data with their source (``labels.toml``), read once.
No number of a personal document is ever a row, and no natural person is named.
"""

from collections.abc import Iterator
from datetime import date
from importlib.resources import files
from typing import Final

import msgspec
from msgspec import UNSET

from registry.domain.lists import LISTS
from registry.domain.records import AnyRecord
from registry.domain.records.administrative import Capital, FormerName
from registry.domain.records.base import Organ
from registry.domain.records.relations import Related
from registry.pages.frame import Frame
from registry.pages.words import day, joined, list_name, word

Row = tuple[str, str]

_LABELS: Final = msgspec.toml.decode(
    files("registry.pages").joinpath("labels.toml").read_bytes(),
    type=dict[str, tuple[tuple[str, str, str], ...]],
)
_CODED: Final = frozenset({"list", "procedure", "relation", "state", "status"})


def rows(frame: Frame, record: AnyRecord) -> tuple[Row, ...]:
    """The fields of a record that are stated, in the order of the template."""
    kind = type_of(record)
    return tuple(_stated(frame, record, (*_LABELS.get(kind, ()), *_LABELS["common"]))) + _publicity(
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


def headline(frame: Frame, record: AnyRecord) -> str:
    """One line that tells a record from its neighbours."""
    lang = frame.lang
    match type_of(record):
        case "penalty":
            kinds = joined(lang, getattr(record, "kinds", ()))
            return f"{getattr(record, 'decision_no', '')} {kinds}"
        case "list_entry":
            return list_name(lang, str(getattr(record, "list", "")))
        case "permit":
            return f"{getattr(record, 'decision_name', '')}（{getattr(record, 'category', '')}）"
        case "registration":
            status = word(lang, "status", str(getattr(record, "status", "")))
            return f"{word(lang, 'type', 'registration')}（{status}）"
        case "relation":
            kind = word(lang, "relation", str(getattr(record, "relation", "")))
            return f"{kind}（{getattr(record, 'role', '')}）"
        case other:
            return word(lang, "type", other)


def _stated(
    frame: Frame, record: AnyRecord, columns: tuple[tuple[str, str, str], ...]
) -> Iterator[Row]:
    for name, zh, en in columns:
        value = getattr(record, name)
        if value is not UNSET:
            yield (zh if frame.lang == "zh" else en), _shown(frame, name, value)


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
    if name in _CODED:
        named = list_name(frame.lang, str(value)) if name == "list" else ""
        return named or word(frame.lang, name, str(value))
    if isinstance(value, tuple):
        return joined(frame.lang, [_shown(frame, "", item) for item in value])
    if isinstance(value, date):
        return day(frame.lang, value)
    if isinstance(value, Organ | FormerName):
        return value.name
    if isinstance(value, Related):
        return f"{value.subject.name}（{value.role}）"
    return value.text if isinstance(value, Capital) else str(value)
