"""The periods of a record as its page shows them: by law, which day, how counted, and why not yet.

What is not confirmed says so in words beside the day, never behind it.
"""

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from itertools import groupby
from typing import Final

from registry.domain.clocks import Remark, Window
from registry.domain.records import AnyRecord
from registry.domain.showing import publicity_of
from registry.pages.frame import Frame
from registry.pages.words import day, word

_PARTS: Final = re.compile(r"([0-9]+)([YMD])")
_DAY: Final = timedelta(days=1)
_APPLIED_FOR: Final = frozenset({"earliest_repair", "early_exit"})


@dataclass(frozen=True, slots=True)
class PeriodLine:
    """One window: what it is, when, by which article, how it was counted, what is said of it."""

    label: str
    when: str
    article: str
    counted: str
    unconfirmed: bool
    says: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class LawPeriods:
    """The windows of one law: how it is cited and was read, where to apply, what is said of all."""

    law: str
    tag: str
    where: str
    lines: tuple[PeriodLine, ...]
    says: tuple[str, ...]


def periods(frame: Frame, windows: Iterable[Window]) -> tuple[LawPeriods, ...]:
    """Put windows into words, those of one law together, in their order."""
    grouped = groupby(windows, key=lambda window: (window.rule, window.title, window.read))
    return tuple(_of_law(frame, tuple(group)) for _, group in grouped)


def publicity_text(frame: Frame, record: AnyRecord, on: date) -> str:
    """Until when a record is published, by which rule and article, and what it states otherwise.

    '' for records whose publicity no clock ends, or that no day is known for.
    """
    shown = publicity_of(record, on)
    if shown is None or shown.last is None:
        return ""
    law = shown.law
    until = frame.t("publicity.until", last=day(frame.lang, shown.last))
    if law is None or law.last is None:
        return f"{until}{frame.t('publicity.stated-alone')}"
    title = law.title if frame.lang == "zh" else law.title_en
    cited = frame.t("period.title-number", title=title, number=law.number) if law.number else title
    rule = f"{cited}{_article(frame, law)}"
    if shown.stated is None or shown.stated == law.last:
        key = "publicity.by-law" if law.confirmed else "publicity.by-law-unconfirmed"
        return f"{until}{frame.t(key, rule=rule)}"
    key = "publicity.law-first" if shown.by_law else "publicity.stated-first"
    if not shown.by_law and not law.confirmed:
        key = "publicity.stated-unconfirmed"
    days = {"stated": day(frame.lang, shown.stated), "lawful": day(frame.lang, law.last)}
    return f"{until}{frame.t(key, rule=rule, **days)}"


def _of_law(frame: Frame, windows: Sequence[Window]) -> LawPeriods:
    first, said = windows[0], [(*w.warnings, *w.doubts, *w.notes) for w in windows]
    shared = [one for one in said[0] if all(one in others for others in said)]
    articles = {window.article for window in windows}
    title, number, where = first.title, first.number, first.where_zh
    if frame.lang == "en":
        title, where = first.title_en, first.where_en
    cited = frame.t(
        "period.law",
        title=frame.t("period.title-number", title=title, number=number) if number else title,
        article=_article(frame, first) if len(articles) == 1 else "",
        since=day(frame.lang, first.since),
    )
    return LawPeriods(
        law=cited,
        tag=frame.t(f"read.{first.read}") if first.read != "full_text" else "",
        where=where if any(window.kind in _APPLIED_FOR for window in windows) else "",
        lines=tuple(
            _line(frame, window, [one for one in remarks if one not in shared], articles)
            for window, remarks in zip(windows, said, strict=True)
        ),
        says=_texts(frame, shared),
    )


def _line(
    frame: Frame, window: Window, remarks: Iterable[Remark], articles: set[str]
) -> PeriodLine:
    ends = window.kind == "automatic_end"
    kind = "listing_end" if ends and window.anchor == "listing" else window.kind
    return PeriodLine(
        label=word(frame.lang, "window", kind),
        when=_when(frame, window),
        article=_article(frame, window) if len(articles) > 1 and not ends else "",
        counted="" if ends else _counted(frame, window),
        unconfirmed=not window.confirmed,
        says=_texts(frame, remarks),
    )


def _article(frame: Frame, window: Window) -> str:
    if not window.article:
        return frame.t("measure.no-article")
    return frame.t("period.item" if window.item else "period.article", no=window.article)


def _when(frame: Frame, window: Window) -> str:
    first, last, lang = window.first, window.last, frame.lang
    if first is None:
        return frame.t("period.never") if window.confirmed else frame.t("period.no-day")
    if window.kind == "automatic_end":
        return frame.t("period.ends", last=day(lang, first - _DAY), first=day(lang, first))
    if last is None:
        return frame.t("record.publicity-from", start=day(lang, first))
    if window.kind in ("publicity", "listing"):
        return frame.t("record.publicity-period", start=day(lang, first), end=day(lang, last))
    return frame.t("period.until", last=day(lang, last))


def _counted(frame: Frame, window: Window) -> str:
    """Say from which day and how it was counted; nothing where it was not."""
    if window.anchor is None or window.anchor_on is None or not window.length:
        return ""
    anchor = word(frame.lang, "anchor", window.anchor)
    on = day(frame.lang, window.anchor_on)
    return frame.t("period.counted", anchor=anchor, on=on, length=_length(frame, window))


def _length(frame: Frame, window: Window) -> str:
    """A length in words: 3个月, 1年, 7个工作日."""
    found: list[str] = []
    for number, unit in _PARTS.findall(window.length):
        working = unit == "D" and window.counting == "cn-working-days"
        found.append(word(frame.lang, "length", "W" if working else unit).format(count=number))
    return "".join(found) if frame.lang == "zh" else " ".join(found)


def _texts(frame: Frame, remarks: Iterable[Remark]) -> tuple[str, ...]:
    return tuple(one.zh if frame.lang == "zh" else one.en for one in remarks)
