"""What a standard is related to: one order for the picture and for the list below it.

Above stands what a standard comes from, below what has come of it; what corresponds without being
adopted (NEQ) stands apart, because it is no adoption (GB/T 20000.2).
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Final

from registry.pages.frame import Frame
from registry.pages.pictures import short
from registry.pages.words import day, joined, word
from registry.query.standards_views import StandardView
from registry.standard_pages.lives import OVER, state_name
from registry.standards.courses import CourseView
from registry.standards.editions import same_edition
from registry.standards.told import LineView

NODES_MAX: Final = 6
"""Boxes of one kind that are drawn."""
_LABEL, _NOTE = 26, 30
_HEAD, _BOX, _GAP, _CENTRE = 26, 46, 8, 62
ABOVE: Final = ("replaces", "adopts", "corresponds", "references", "takes_in")
BELOW: Final = (
    *("amended", "replaced_by", "adopted_by", "corresponded", "referenced_by", "taken_into"),
    *("compares", "recognised", "declared", "other"),
)
_ROLES: Final = {
    "notice_amended": "amended",
    "notice_replaced": "replaced_by",
    "notice_replaced_in_part": "replaced_by",
    "recognises": "recognised",
    "accepts": "recognised",
}
_APART: Final = {"adopts": "corresponds", "adopted_by": "corresponded"}
_DEGREES: Final = {"adopts": "degree", "adopted_by": "degree"}


@dataclass(frozen=True, slots=True)
class Entry:
    """One relation: the other number, what is said of it, and by which record."""

    of: str
    label: str
    link: str
    note: str
    title: str
    on: str
    member: str
    record: str
    mood: str


@dataclass(frozen=True, slots=True)
class Box:
    """One drawn entry; ``x`` in percent, ``y`` in pixels; ``more``: a link to the rest."""

    label: str
    note: str
    link: str
    said: str
    mood: str
    left: bool
    y: int
    more: bool = False


@dataclass(frozen=True, slots=True)
class Linked:
    """The picture: headings as (y, text), boxes, and the standard itself in its middle."""

    height: int
    headings: tuple[tuple[int, str], ...]
    boxes: tuple[Box, ...]
    centre: int
    number: str
    title: str
    first: int
    last: int
    said: str
    apart: bool


Groups = dict[str, list[Entry]]


def groups_of(frame: Frame, view: StandardView) -> Groups:
    """Return all relations by kind, in the order in which they are shown."""
    found: Groups = {key: [] for key in (*ABOVE, *BELOW)}
    for line in view.lines:
        key = _kind(line)
        if key != "recognised":
            found[key].append(_entry(frame, line, key))
    for course in view.courses:
        if course.kind != "edition":
            found["recognised"].append(_recognised(frame, course))
    return {key: entries for key, entries in found.items() if entries}


def _kind(line: LineView) -> str:
    role = _ROLES.get(line.role, line.role)
    if line.extent == "NEQ":
        return _APART.get(role, role)
    return role if role in {*ABOVE, *BELOW} else "other"


def _entry(frame: Frame, line: LineView, key: str) -> Entry:
    return Entry(
        line.of,
        line.number,
        frame.url("/standard", number=line.number),
        _note(frame, line),
        line.title,
        day(frame.lang, line.on),
        line.member_name,
        frame.url(f"/record/{line.origin}/{line.idx}"),
        "apart" if key in _APART.values() else "cited" if "referenc" in key else "",
    )


def _note(frame: Frame, line: LineView) -> str:
    """What is said of a relation beside its kind."""
    if line.role in {"references", "referenced_by"}:
        return frame.t("link.dated" if line.extent == "dated" else "link.undated")
    if line.role in _DEGREES:
        return word(frame.lang, "degree", line.extent)
    if line.role.startswith("notice_"):
        event = word(frame.lang, "event", line.role.removeprefix("notice_"))
        return joined(frame.lang, [part for part in (event, line.extent) if part])
    if line.role == "compares":
        return line.title
    return word(frame.lang, "extent", line.extent) if line.extent else ""


def _recognised(frame: Frame, course: CourseView) -> Entry:
    lang = frame.lang
    kind = frame.t("life.results") if course.kind == "acceptance" else ""
    mutual = frame.t("standard.mutual") if course.mutual else ""
    parts = (state_name(frame, course), kind, word(lang, "degree", course.degree), mutual)
    asked = {"number": course.number, "territory": course.territory, "use": course.use}
    ended = course.state in OVER or course.state == "without_effect" or course.degree == "refused"
    held = {"suspended": "apart", "to_review": "review"}.get(course.state or "", "held")
    return Entry(
        course.number,
        f"{course.territory_name} {word(lang, 'use', course.use)}",
        frame.url("/standard", **asked),
        joined(lang, [part for part in parts if part]),
        course.instrument,
        day(lang, course.spans[0].since) if course.spans else "",
        course.member_name,
        frame.url(f"/record/{course.origin}/{course.idx}"),
        "over" if ended else held,
    )


def draw_links(frame: Frame, view: StandardView, groups: Groups) -> Linked | None:
    """Place what is related to the edition that is meant; None where nothing is."""
    meant = {key: _meant(entries, view.meant) for key, entries in groups.items() if key != "other"}
    headings: list[tuple[int, str]] = []
    boxes: list[Box] = []
    y = _placed(frame, meant, ABOVE, 0, headings, boxes)
    centre = y
    y = _placed(frame, meant, BELOW, y + _CENTRE + _GAP, headings, boxes)
    if not boxes:
        return None
    edition = next((one for one in view.editions if one.number == view.meant), None)
    above = [box.y for box in boxes if box.y < centre]
    return Linked(
        height=y,
        headings=tuple(headings),
        boxes=tuple(boxes),
        centre=centre,
        number=view.meant or view.identity,
        title="" if edition is None else short(edition.title, 44),
        first=min(above, default=centre) + (_BOX // 2 if above else 0),
        last=max(boxes[-1].y + _BOX // 2, centre),
        said=" ".join(box.said for box in boxes),
        apart=bool({"corresponds", "corresponded"} & meant.keys()),
    )


def _meant(entries: Iterable[Entry], meant: str) -> list[Entry]:
    """Return what concerns the edition that is meant and is not over, each other side once."""
    found: dict[str, Entry] = {}
    for one in entries:
        if one.mood != "over" and (not meant or same_edition(one.of, meant)):
            found.setdefault(one.label, one)
    return list(found.values())


def _placed(
    frame: Frame,
    groups: Groups,
    keys: Sequence[str],
    y: int,
    headings: list[tuple[int, str]],
    boxes: list[Box],
) -> int:
    """Put groups below each other, two boxes in a row; return where the next thing begins."""
    for key in keys:
        entries = groups.get(key)
        if not entries:
            continue
        title = frame.t(f"link.{key}")
        headings.append((y + 17, title))
        y += _HEAD
        drawn = list(_boxes(frame, entries, title, y))
        boxes += drawn
        y = drawn[-1].y + _BOX + _GAP
    return y


def _boxes(frame: Frame, entries: Sequence[Entry], title: str, y: int) -> Iterator[Box]:
    some = entries if len(entries) <= NODES_MAX else entries[: NODES_MAX - 1]
    for at, one in enumerate(some):
        said = frame.t("link.said", kind=title, label=one.label, note=one.note)
        place = (at % 2 == 0, y + at // 2 * (_BOX + _GAP))
        label, note = short(one.label, _LABEL), short(one.note, _NOTE)
        yield Box(label, note, one.link, said, one.mood, *place)
    rest = len(entries) - len(some)
    if rest:
        more = frame.t("link.more", count=rest)
        place = (len(some) % 2 == 0, y + len(some) // 2 * (_BOX + _GAP))
        yield Box(more, "", "#relations", more, "more", *place, more=True)
