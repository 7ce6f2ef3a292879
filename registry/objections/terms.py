"""Until when something is to be done about an objection; data are ``terms.toml``, as well as read.

Days are working days of `registry.domain.calendar`; the day from which they count does not count.
"""

from datetime import date
from importlib.resources import files
from typing import Final, Literal

import msgspec

from registry.domain.calendar import Counted, nth_working_day, working_days_between
from registry.domain.clock_book import BOOK, CLOCKS
from registry.domain.periods import parse_length, period_end

Read = Literal["full_text", "secondary", "unconfirmed"]


class Term(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A number of working days, what for, by which rule, and how well that was read."""

    days: int
    zh: str
    en: str
    basis_zh: str
    basis_en: str
    read: Read


class _Terms(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """All of ``terms.toml``."""

    accept: Term
    mark: Term
    forward: Term
    reply: Term
    decide: Term
    extend: Term
    correct: Term


def _withdrawal() -> Term:
    """Return the term of a withdrawal as the law's clocks have it."""
    clock = CLOCKS["withdrawal"][0]
    law = BOOK.instrument[clock.rule]
    return Term(
        parse_length(clock.length)[1],
        "撤回该信息的公示",
        "to withdraw the record",
        f"{law.title}（{law.number}）第{clock.article}条",
        f"{law.title_en}, article {clock.article}",
        clock.read,
    )


_FILE: Final = msgspec.toml.decode(
    files("registry.objections").joinpath("terms.toml").read_bytes(), type=_Terms
)
TERMS: Final[dict[str, Term]] = msgspec.structs.asdict(_FILE) | {"withdraw": _withdrawal()}
SOON: Final = 2
"""Working days up to which something is told as due soon."""


def until(key: str, since: date) -> Counted:
    """Return the last day of a term that counts from a day, and where the calendar ends."""
    if key == "withdraw":
        clock = CLOCKS["withdrawal"][0]
        return period_end(since, clock.length, BOOK.counting[clock.counting])
    return nth_working_day(since, TERMS[key].days)


def left(on: date, due: date) -> int:
    """Return working days from a day to another; below zero those since it was over."""
    if due >= on:
        return working_days_between(on, due).days
    return min(-1, -working_days_between(due, on).days)
