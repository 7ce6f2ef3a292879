"""What is asked of a report, and what is kept of who took one."""

from dataclasses import dataclass
from datetime import date, datetime
from typing import Literal

from msgspec import Struct

from registry.reports.sections import SECTIONS
from signing.report import Report
from signing.voucher import Words

State = Literal["same", "changed", "past"]
"""Of a report today: asked again it says the same; it does not; its content is kept no longer."""


@dataclass(frozen=True, slots=True)
class Wish:
    """What somebody wants a report for: days of decision (both in), sections, where measures.

    Without days: all time; without a territory: no measures. ``matter`` empty is every matter.
    """

    purpose: str
    since: date | None = None
    until: date | None = None
    sections: tuple[str, ...] = SECTIONS
    territory: str = ""
    matter: str = ""


class Taken(Struct, frozen=True, forbid_unknown_fields=True):
    """Who took a report, for what, and what it spans: what the subject is told."""

    role: str
    code: str
    name: str
    purpose: str
    since: date | None
    until: date | None
    sections: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class TakenView:
    """A report about a subject, as its own page lists it; ``digest`` in hex."""

    code: str
    digest: str
    issued_at: datetime
    taken: Taken


@dataclass(frozen=True, slots=True)
class Issued:
    """A report that was just signed: its file, and the code by which it is found."""

    code: str
    digest: str
    file: bytes


@dataclass(frozen=True, slots=True)
class ReportView:
    """What anybody who has its code is told of a report; ``said`` only while it says the same.

    ``words`` must stand beside it: that it is of then, and how to ask again.
    """

    code: str
    digest: str
    issued_at: datetime
    at: datetime
    words: Words
    state: State
    said: Report | None = None
