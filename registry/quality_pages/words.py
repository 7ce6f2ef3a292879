"""Figures in words: a share in percent with one decimal, days, counts; few records told as few."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Final

from registry.domain.records import KINDS
from registry.pages.frame import Frame
from registry.pages.texts import Lang
from registry.pages.words import joined, word
from registry.quality.counting import ERASED
from registry.quality.definitions import DEFINITIONS, FIGURES, Figure, Level
from registry.quality.figures import Criterion, Judged, Value
from registry.quality.views import Line, Position

NONE: Final = "—"
_NEXT: Final = 2
"""Criteria named in one cell of a table."""


@dataclass(frozen=True, slots=True)
class Column:
    """A figure as the heading of a column."""

    key: str
    name: str


def columns(lang: Lang, *, whole: bool) -> list[Column]:
    """Return the figures that somebody sees, in their order."""
    return [
        Column(key, name_of(lang, figure))
        for key, figure in FIGURES.items()
        if whole or figure.public
    ]


def name_of(lang: Lang, row: Figure | Level) -> str:
    """Return the name of a figure or level."""
    return row.zh if lang == "zh" else row.en


def level_name(frame: Frame, key: str) -> str:
    """Return the name of a level; '' is none."""
    found = next((one for one in DEFINITIONS.level if one.key == key), None)
    return frame.t("quality.no-level") if found is None else name_of(frame.lang, found)


def value_text(value: Value | None) -> str:
    """Return a figure as it is read."""
    if value is None or value.value is None:
        return NONE
    if FIGURES[value.key].unit == "share":
        return f"{value.value / 10:.1f}%"
    return f"{value.value:,}"


def cells(line: Line, shown: Iterable[Column], few: str) -> list[tuple[str, str, str]]:
    """Return (column, text, what it was divided from) of a line."""
    found: list[tuple[str, str, str]] = []
    for column in shown:
        value = line.values.get(column.key)
        told = few if line.few and column.key == "volume" else value_text(value)
        share = value is not None and value.value is not None and value.bottom
        found.append((column.name, told, _rests_on(value) if share and value else ""))
    return found


def _rests_on(value: Value) -> str:
    """Say what a figure was made from: 197/200, or of how many records."""
    unit = FIGURES[value.key].unit
    return f"{value.top:,}/{value.bottom:,}" if unit == "share" else f"n={value.bottom:,}"


def few_text(frame: Frame) -> str:
    """Return how a small number is told to the public."""
    return frame.t("quality.few", least=DEFINITIONS.shown.least)


def type_name(frame: Frame, key: str) -> str:
    """Return the name of a record type, or of what has none any more."""
    if key in KINDS:
        return KINDS[key].zh if frame.lang == "zh" else KINDS[key].en
    return frame.t("quality.erased" if key == ERASED else "quality.unreadable")


def code_name(lang: Lang, code: str) -> str:
    """Return what a finding of the checks is called on pages, else its code."""
    return word(lang, "flag", code)


def judged_lines(frame: Frame, judged: Sequence[Judged]) -> list[dict[str, object]]:
    """Return levels with their criteria: bound, what there is, by how much it fails."""
    return [
        {
            "name": level_name(frame, one.key),
            "reached": one.reached,
            "criteria": [
                {
                    "name": name_of(frame.lang, FIGURES[criterion.figure]),
                    "bound": ("≤ " if criterion.at_most else "≥ ")
                    + value_text(Value(criterion.figure, 0, 0, criterion.bound)),
                    "value": value_text(Value(criterion.figure, 0, 0, criterion.value)),
                    "short": short_text(frame, criterion),
                }
                for criterion in one.criteria
            ],
        }
        for one in judged
    ]


def short_text(frame: Frame, one: Criterion) -> str:
    """Say by how much a criterion fails; '' if it holds."""
    if one.holds:
        return ""
    if one.value is None:
        return frame.t("quality.too-few")
    if FIGURES[one.figure].unit == "share":
        return frame.t("quality.short-share", by=f"{one.short / 10:.1f}")
    return frame.t("quality.short-days", by=one.short)


def next_level(frame: Frame, judged: Sequence[Judged]) -> str:
    """Say what the next level is short of; '' at the highest."""
    first = next((one for one in judged if not one.reached), None)
    if first is None:
        return ""
    said = [
        f"{name_of(frame.lang, FIGURES[one.figure])} {short_text(frame, one)}"
        for one in first.criteria
        if not one.holds
    ]
    return joined(frame.lang, [*said[:_NEXT], *(["…"] if len(said) > _NEXT else [])])


def definitions(frame: Frame) -> list[dict[str, str]]:
    """Return what every figure is."""
    zh = frame.lang == "zh"
    return [
        {
            "name": name_of(frame.lang, one),
            "formula": one.formula_zh if zh else one.formula_en,
            "source": one.source_zh if zh else one.source_en,
            "public": frame.t("quality.for-all" if one.public else "quality.for-some"),
        }
        for one in DEFINITIONS.figure
    ]


def positions(found: Sequence[Position]) -> list[Mapping[str, object]]:
    """Return up to where logs were counted."""
    return [
        {
            "origin": one.origin,
            "size": f"{one.size:,}",
            "root": one.root,
            "waiting": one.holds - one.size,
        }
        for one in found
    ]


@dataclass(frozen=True, slots=True)
class Chart:
    """Bars for the records of each month and a line for a share; percent across, pixels down.

    ``bars`` are (x, width, y, height, said), ``points`` (x, y) of the share, ``said`` all of it.
    """

    bars: tuple[tuple[str, str, float, float, str], ...]
    points: tuple[tuple[str, float], ...]
    said: str


def chart(frame: Frame, months: Sequence[Line], share: str, height: int) -> Chart:
    """Draw months side by side; what the public is not told is not drawn."""
    few, name = few_text(frame), name_of(frame.lang, FIGURES[share])
    volumes = [one.values["volume"].top if one.values else 0 for one in months]
    most, step = max([*volumes, 1]), 100 / max(len(months), 1)
    bars, points, said = [], [], []
    for number, (one, volume) in enumerate(zip(months, volumes, strict=True)):
        tall = round((height - 2) * volume / most, 1)
        told = few if one.few else f"{volume:,}"
        value = one.values.get(share)
        words = f"{one.key} {told}"
        if value is not None and value.value is not None:
            points.append(
                (
                    f"{(number + 0.5) * step:.2f}%",
                    round((height - 2) * (1 - value.value / 1000) + 1, 1),
                )
            )
            words += f" {name} {value_text(value)}"
        bars.append(
            (f"{number * step + step / 8:.2f}%", f"{step * 0.75:.2f}%", height - tall, tall, words)
        )
        said.append(words)
    return Chart(tuple(bars), tuple(points), "；".join(said))


def month_name(lang: Lang, month: date) -> str:
    """Return a month as documents write it."""
    return f"{month.year}年{month.month}月" if lang == "zh" else f"{month:%Y-%m}"
