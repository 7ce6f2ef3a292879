"""Names for codes, and dates and lists as they are written: Chinese first, English beside."""

from collections.abc import Iterable
from datetime import date, datetime
from typing import Final

from registry.clock import SHANGHAI
from registry.domain.lists import LISTS
from registry.domain.pushes import NEXUS
from registry.domain.records import KINDS
from registry.domain.records.reference import WORDS
from registry.pages.texts import TEXTS, Lang, text

LINE_MAX: Final = 80
TYPES: Final = ("registration", "permit", "penalty", "list_entry")
"""The record types that can be asked for; acts and rules are not about what a subject did."""


def word(lang: Lang, group: str, code: str) -> str:
    """The name of a code; one without a name here is shown as it stands, never hidden."""
    if group == "type" and (kind := KINDS.get(code)) is not None:
        return kind.zh if lang == "zh" else kind.en
    if (both := TEXTS.get(f"{group}.{code}")) is not None:
        return both.zh if lang == "zh" else both.en
    zh, en = WORDS.get(group, {}).get(code, (code, code))
    return zh if lang == "zh" else en


def nexus_name(lang: Lang, code: str) -> str:
    """The name of a reason why a subject concerns a territory."""
    row = next((row for row in NEXUS if row.code == code), None)
    if row is None:
        return word(lang, "nexus", code)
    return row.zh if lang == "zh" else row.en


def list_name(lang: Lang, code: str) -> str:
    """The name of a list."""
    kind = LISTS.get(code)
    if kind is None:
        return code
    return kind.name_zh if lang == "zh" else kind.name_en


def day(lang: Lang, value: date) -> str:
    """A date as documents write it: 2026年3月10日."""
    return f"{value.year}年{value.month}月{value.day}日" if lang == "zh" else value.isoformat()


def moment(lang: Lang, value: datetime) -> str:
    """A moment in Asia/Shanghai to the minute: 2026年3月10日 09:05."""
    local = value.astimezone(SHANGHAI)
    return f"{day(lang, local.date())} {local:%H:%M}"


def joined(lang: Lang, items: Iterable[str]) -> str:
    """Items of a sentence: 、in Chinese, commas in English."""
    return ("、" if lang == "zh" else ", ").join(items)


def pieces(text: str, spans: Iterable[tuple[int, int]]) -> list[tuple[str, bool]]:
    """Cut a text into pieces: those that answer a question, and those between them."""
    cut, at = [], 0
    for begins, ends in spans:
        cut += [(text[at:begins], False), (text[begins:ends], True)]
        at = ends
    return [piece for piece in (*cut, (text[at:], False)) if piece[0]]


def shortened(text: str) -> str:
    """A line of a list: what is longer than anybody reads there is cut; its own page has it all."""
    return text if len(text) <= LINE_MAX else f"{text[: LINE_MAX - 1]}…"


def report_taker(lang: Lang, role: str) -> str:
    """In which role somebody took a report."""
    return text(lang, "report.by-subject") if role == "business" else word(lang, "role", role)


def report_period(lang: Lang, since: date | None, until: date | None) -> str:
    """The days of decision that a report spans, both in."""
    if since is None and until is None:
        return text(lang, "report.all-time")
    days = [text(lang, "report.open") if one is None else day(lang, one) for one in (since, until)]
    return text(lang, "report.from-to", start=days[0], end=days[1])


def report_sections(lang: Lang, sections: Iterable[str]) -> str:
    """The sections of a report by their names."""
    return joined(lang, [text(lang, f"report.section-{name}") for name in sections])
