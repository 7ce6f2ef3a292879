"""The lives of a standard's editions, and of what recognises it, as bars over the years.

Each row is one edition or document; its segments are what it was from when to when. The same stands
beside it as text: in the description of the picture, and in the tables of the page.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Final

from registry.pages.frame import Frame
from registry.pages.pictures import Axis, percent, short
from registry.pages.words import day, joined, word
from registry.standards.courses import CourseView
from registry.standards.spans import Span

ROWS_MAX: Final = 8
"""Editions, and documents, that are drawn: the newest of each."""
YEARS_BACK: Final = 20
YEARS_AHEAD: Final = 5
_TOP, _HEAD, _ROW = 26, 28, 38
_LABEL: Final = 34
"""Half-width characters that fit a phone beside the state."""
_DAY: Final = timedelta(days=1)
OVER: Final = frozenset({"replaced", "void", "ended", "expired"})
"""States after the end, which are told and drawn as a thin line."""


@dataclass(frozen=True, slots=True)
class Segment:
    """One state: ``x`` and ``width`` in percent; cut where it reaches beyond the picture."""

    state: str
    x: str
    width: str
    cut_left: bool
    cut_right: bool


@dataclass(frozen=True, slots=True)
class Life:
    """One row: ``y`` in pixels from the top."""

    label: str
    state: str
    link: str
    y: int
    segments: tuple[Segment, ...]


@dataclass(frozen=True, slots=True)
class Lives:
    """The picture: headings as (y, text), ticks as (x, year), its text, and what is not drawn."""

    height: int
    rows: tuple[Life, ...]
    headings: tuple[tuple[int, str], ...]
    ticks: tuple[tuple[str, int], ...]
    today: str
    said: str
    left_out: int
    states: tuple[str, ...]


def draw_lives(frame: Frame, courses: Sequence[CourseView], on: date) -> Lives | None:
    """Place lives under two headings, editions first; None where none has a date."""
    dated = [course for course in courses if course.spans]
    editions = [course for course in dated if course.kind == "edition"]
    documents = [course for course in dated if course.kind != "edition"]
    groups = [("life.editions", editions[:ROWS_MAX]), ("life.documents", documents[:ROWS_MAX])]
    shown = [course for _, some in groups for course in some]
    if not shown:
        return None
    days = [one for course in shown for span in course.spans for one in _days(span)]
    axis = Axis.over(days, on, YEARS_BACK, YEARS_AHEAD)
    rows: list[Life] = []
    headings: list[tuple[int, str]] = []
    y = _TOP
    for key, some in groups:
        if some:
            headings.append((y + 18, frame.t(key)))
            y += _HEAD
        for course in some:
            rows.append(_life(frame, course, axis, y))
            y += _ROW
    return Lives(
        height=y + 4,
        rows=tuple(rows),
        headings=tuple(headings),
        ticks=axis.ticks(),
        today=percent(axis.at(on)),
        said=" ".join(told(frame, course) for course in shown),
        left_out=len(dated) - len(shown),
        states=tuple(dict.fromkeys(s.state for row in rows for s in row.segments)),
    )


def _days(span: Span) -> Iterator[date]:
    yield span.since
    if span.until is not None:
        yield span.until


def _life(frame: Frame, course: CourseView, axis: Axis, y: int) -> Life:
    return Life(
        short(name_of(frame, course), _LABEL),
        state_name(frame, course),
        course_link(frame, course),
        y,
        tuple(_segment(span, _drawn(course, span.state), axis) for span in course.spans),
    )


def _drawn(course: CourseView, state: str) -> str:
    """Return as what a state is drawn and told: a refusal that stands is no recognition."""
    return "refusal" if state == "in_force" and course.degree == "refused" else state


def _segment(span: Span, state: str, axis: Axis) -> Segment:
    left = min(axis.at(span.since), 99.0)  # what begins after the axis is to be seen at its edge
    right = 100.0 if span.until is None else axis.at(span.until)
    return Segment(
        state,
        percent(left),
        percent(max(right - left, 0.6)),
        cut_left=span.since < axis.first,
        cut_right=span.state not in OVER and (span.until is None or span.until > axis.last),
    )


def name_of(frame: Frame, course: CourseView) -> str:
    """What a row is about: an edition by its number, a document by place, use and degree."""
    if course.kind == "edition":
        return course.number
    lang = frame.lang
    kind = frame.t("life.results") if course.kind == "acceptance" else ""
    use, degree = word(lang, "use", course.use), word(lang, "degree", course.degree)
    return joined(lang, [part for part in (course.territory_name, use, kind, degree) if part])


def state_name(frame: Frame, course: CourseView) -> str:
    """The state on the day in words; one that is yet to begin, and unknown ones, say so."""
    if course.state is not None:
        return frame.t(f"life.{_drawn(course, course.state)}")
    return frame.t("life.none")


def course_link(frame: Frame, course: CourseView) -> str:
    """Where more is said: the page of the edition, or the record of the document."""
    if course.kind == "edition":
        return frame.url("/standard", number=course.number)
    return frame.url(f"/record/{course.origin}/{course.idx}")


def told(frame: Frame, course: CourseView) -> str:
    """The life in one sentence: each state with its days, the last day itself in."""
    parts = [_said(frame, span, _drawn(course, span.state)) for span in course.spans]
    comma = "，" if frame.lang == "zh" else ", "
    return frame.t("life.said", name=name_of(frame, course), spans=comma.join(parts))


def _said(frame: Frame, span: Span, drawn: str) -> str:
    state, since = frame.t(f"life.{drawn}"), day(frame.lang, span.since)
    if span.until is None:
        return frame.t("life.from", state=state, since=since)
    return frame.t(
        "life.between", state=state, since=since, until=day(frame.lang, span.until - _DAY)
    )
