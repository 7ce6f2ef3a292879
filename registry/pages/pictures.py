"""Periods drawn as bars: numbers for the SVG that ``pictures.html`` writes.

Across everything is a percentage and down everything is a pixel, so that the same picture is as
readable on a phone as on paper. What it shows also stands in its description, as text.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Final

from registry.pages.frame import Frame
from registry.pages.words import day

YEARS_BACK: Final = 5
YEARS_AHEAD: Final = 5
"""How far from today the axis reaches at most; what goes beyond is cut and gets an arrow."""
BARS_MAX: Final = 12
_LABEL_WIDTH: Final = 48
"""Half-width characters of a label that fit a phone."""
_TOP, _HEAD, _ROW = 26, 26, 36
_TICKS_MAX: Final = 7


@dataclass(frozen=True, slots=True)
class Period:
    """What is drawn: ``end`` is the last day, None = no end is known; ``group`` is a heading.

    ``paused`` is what is suspended on the day asked about.
    """

    group: str
    label: str
    start: date
    end: date | None
    mood: str
    paused: bool = False


@dataclass(frozen=True, slots=True)
class Bar:
    """One bar: ``x`` and ``width`` in percent, ``y`` in pixels from the top of the picture."""

    label: str
    when: str
    mood: str
    x: str
    width: str
    y: int
    cut_left: bool
    cut_right: bool


@dataclass(frozen=True, slots=True)
class Drawn:
    """A picture: headings as (y, text), ticks as (x, year), and what it says in words."""

    height: int
    bars: tuple[Bar, ...]
    headings: tuple[tuple[int, str], ...]
    ticks: tuple[tuple[str, int], ...]
    today: str
    said: str
    left_out: int
    moods: tuple[str, ...]
    paused: bool


@dataclass(frozen=True, slots=True)
class Axis:
    """Whole years from left to right, today among them."""

    first: date
    last: date

    @classmethod
    def over(cls, days: Iterable[date], today: date, back: int, ahead: int) -> "Axis":
        """Span these days, at most so many years around today."""
        years = [today.year, *(day.year for day in days)]
        first = max(min(years), today.year - back, date.min.year)
        last = min(max(years), today.year + ahead)
        end = date.max if last >= date.max.year else date(last + 1, 1, 1)
        return cls(date(first, 1, 1), end)

    def at(self, when: date) -> float:
        """Percent from the left, inside the axis."""
        inside = min(max(when, self.first), self.last)
        return 100 * (inside - self.first).days / (self.last - self.first).days

    def ticks(self) -> tuple[tuple[str, int], ...]:
        """Where years begin, some of them where there are many: (x, year)."""
        years = range(self.first.year, max(self.last.year, self.first.year + 1))
        step = -(-len(years) // _TICKS_MAX)
        return tuple((percent(self.at(date(year, 1, 1))), year) for year in years[::step])


def draw(frame: Frame, periods: Sequence[Period], today: date) -> Drawn | None:
    """Place periods under the headings of their groups; None where there is nothing to draw."""
    shown = periods[:BARS_MAX]
    if not shown:
        return None
    axis = _axis(shown, today)
    bars: list[Bar] = []
    headings: list[tuple[int, str]] = []
    y, group = _TOP, ""
    for period in shown:
        if period.group != group:
            group = period.group
            headings.append((y + 18, group))
            y += _HEAD
        bars.append(_bar(frame, period, axis, y))
        y += _ROW
    return Drawn(
        height=y + 4,
        bars=tuple(bars),
        headings=tuple(headings),
        ticks=axis.ticks(),
        today=percent(axis.at(today)),
        said=" ".join(_said(frame, period) for period in shown),
        left_out=len(periods) - len(shown),
        moods=tuple(dict.fromkeys(period.mood for period in shown if not period.paused)),
        paused=any(period.paused for period in shown),
    )


def _axis(periods: Iterable[Period], today: date) -> Axis:
    days = [day for period in periods for day in (period.start, period.end or period.start)]
    return Axis.over(days, today, YEARS_BACK, YEARS_AHEAD)


def _bar(frame: Frame, period: Period, axis: Axis, y: int) -> Bar:
    left = axis.at(period.start)
    right = 100.0 if period.end is None else axis.at(period.end)
    left = min(left, 99.0)  # what begins after the axis is still to be seen at its edge
    return Bar(
        label=short(period.label),
        when=_when(frame, period),
        mood=f"{period.mood} paused" if period.paused else period.mood,
        x=percent(left),
        width=percent(max(right - left, 1.0)),
        y=y,
        cut_left=period.start < axis.first,
        cut_right=period.end is None or period.end > axis.last,
    )


def _when(frame: Frame, period: Period) -> str:
    if period.end is None:
        return frame.t("picture.from", start=period.start.isoformat())
    return f"{period.start.isoformat()} – {period.end.isoformat()}"


def _said(frame: Frame, period: Period) -> str:
    start = day(frame.lang, period.start)
    end = frame.t("picture.no-end") if period.end is None else day(frame.lang, period.end)
    label = frame.t("picture.paused-one", label=period.label) if period.paused else period.label
    return frame.t("picture.said", group=period.group, label=label, start=start, end=end)


def short(label: str, room: int = _LABEL_WIDTH) -> str:
    """Return a label that fits: a Chinese character is as wide as two Latin ones."""
    width = 0
    for at, sign in enumerate(label):
        width += 1 if sign.isascii() else 2
        if width > room:
            return f"{label[: at - 1]}…"
    return label


def percent(value: float) -> str:
    """Return a place across the picture as SVG has it."""
    return f"{value:.1f}%"
