"""What pages accept in a query string: bounded, and forgiving about what a form leaves empty."""

import re
from dataclasses import dataclass
from datetime import date
from typing import Final

from registry.errors import MalformedRefusal
from registry.pages.frame import Frame
from registry.pages.words import TYPES, word
from search.query import LIMIT_MAX, RECALL_MAX, Query

PER_PAGE: Final = 20
_DIGITS_MAX: Final = 6
_BETWEEN: Final = re.compile(r"[\r\n、；]+")


@dataclass(frozen=True, slots=True)
class Ask:
    """What the search form holds, as typed."""

    text: str = ""
    cities: tuple[str, ...] = ()
    types: tuple[str, ...] = ()
    severities: tuple[str, ...] = ()
    states: tuple[str, ...] = ()
    date_from: str = ""
    date_to: str = ""
    offset: int = 0

    @property
    def filtered(self) -> bool:
        """Tell whether a filter is set, so that the form opens them."""
        chosen = (self.cities, self.types, self.severities, self.states)
        return any(chosen) or bool(self.date_from or self.date_to)

    def query(self) -> Query:
        """The bounded question; raises Refusal or InvalidQueryError, both told to the person."""
        return Query(
            text=self.text,
            cities=self.cities,
            types=self.types,
            severities=self.severities,
            date_from=day_of(self.date_from),
            date_to=day_of(self.date_to),
            limit=PER_PAGE,
            offset=self.offset,
        )


@dataclass(frozen=True, slots=True)
class Choices:
    """What the filters of the search form offer."""

    lang: str
    cities: tuple[tuple[str, str], ...]
    types: tuple[tuple[str, str], ...]


def ask_of(frame: Frame) -> Ask:
    """Read the search form from the query string."""
    return Ask(
        one(frame, "q").strip(),
        every(frame, "city"),
        every(frame, "type"),
        every(frame, "severity"),
        every(frame, "state"),
        one(frame, "date_from"),
        one(frame, "date_to"),
        min(number_of(frame, "offset"), RECALL_MAX + LIMIT_MAX),
    )


def choices_of(frame: Frame) -> Choices:
    """The members and record types one can filter by."""
    types = tuple((code, word(frame.lang, "type", code)) for code in TYPES)
    return Choices(frame.lang, frame.site.members, types)


def one(frame: Frame, name: str) -> str:
    """The first value of a parameter, or nothing."""
    return next((value for key, value in frame.query if key == name), "")


def number_of(frame: Frame, name: str) -> int:
    """A count from the query string; anything that is none is 0."""
    return _number(one(frame, name))


def several(text: str) -> tuple[str, ...]:
    """Return the names or codes that a person writes one to a line, or with 、 or ； between."""
    return tuple(dict.fromkeys(part.strip() for part in _BETWEEN.split(text) if part.strip()))


def every(frame: Frame, name: str) -> tuple[str, ...]:
    """All non-empty values of a parameter, each once, as they came."""
    return tuple(dict.fromkeys(value for key, value in frame.query if key == name and value))


def day_of(text: str) -> date | None:
    """A day, or None for an empty field; raises MalformedRefusal for anything else."""
    if not text:
        return None
    try:
        return date.fromisoformat(text)
    except ValueError as error:
        raise MalformedRefusal(
            "日期应写作 2026-03-10。", "Write dates as 2026-03-10.", code="bad-date"
        ) from error


def _number(text: str) -> int:
    if text.isascii() and text.isdigit() and len(text) <= _DIGITS_MAX:
        return int(text)
    return 0
