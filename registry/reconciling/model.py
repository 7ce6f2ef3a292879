"""What a reconcile tells: how a record stands on either side, differences by kind, what is done.

The source wins: what has ended on the national side is shown first and prepared to be ended here.
What has ended here and still shows there is reported back.
"""

from datetime import date
from functools import lru_cache
from typing import Final, Literal, NamedTuple

from msgspec import Struct
from msgspec.structs import replace

from registry.domain.calendar import CHINA
from registry.domain.clock_book import TRACKS
from registry.domain.clock_facts import Facts
from registry.domain.clocks import Window, track_windows

Kind = Literal[
    "ended-there",
    "ended-here",
    "held-here",
    "missing-here",
    "missing-there",
    "differs",
    "twice-there",
    "twice-here",
    "unreadable",
]
KINDS: Final[tuple[Kind, ...]] = (
    "ended-there",  # standing here, ended there: to be ended here, within working days
    "ended-here",  # ended here, shown there: to be reported back
    "held-here",  # not for the public here (class, range, shield), shown there
    "missing-here",  # shown there, in no record of ours
    "missing-there",  # shown here, in no row of theirs
    "differs",  # on both sides, with another day, class, organ or mark
    "twice-there",  # the same decision of the same organ on the same subject in two rows
    "twice-here",  # in two records of ours that both stand
    "unreadable",  # a row that cannot be compared
)
"""In the order in which they are acted on, which is that of their numbers in a run."""
REPORTED: Final = frozenset({"ended-here", "missing-there", "twice-there"})
"""Kinds that the national side is told of."""
ACTS: Final = {"repaired": "repair", "withdrawn": "withdrawal"}
"""The record that ends here what has ended there; a list that ran out has an exit of its own."""
Act = Literal["", "repair", "withdrawal", "list_exit"]


class Theirs(NamedTuple):
    """A row of the national status; '' and None are what it does not say."""

    row: int
    line: int
    code: str
    number: str
    organ: str
    state: str
    since: date | None
    severity: str
    decided_on: date | None
    until: date | None
    typed: str
    """Number, organ and sheet as typed, as JSON; to be shown where we have no record."""


class Ours(NamedTuple):
    """A record of ours on a day; ``ending`` is how it ended, ``since`` when, where an act says."""

    idx: int
    code: str
    number: str
    organ: str
    state: Literal["shown", "held", "ended"]
    ending: str
    since: date | None
    severity: str
    decided_on: date
    until: date | None
    disputed: bool
    type: str


class Said(Struct, frozen=True, omit_defaults=True):
    """What a row of theirs says, as it is kept; number, code and organ only where we have none."""

    state: str = ""
    since: date | None = None
    severity: str = ""
    decided_on: date | None = None
    until: date | None = None
    code: str = ""
    number: str = ""
    organ: str = ""
    sheet: str = ""


class Problem(Struct, frozen=True):
    """What is wrong with a row of a file, in which column and cell; never what the cell says.

    A column of codes may hold a person's number, so that nothing of a bad row is kept.
    """

    code: str
    column: str
    cell: str = ""


def act_for(kind: str, ending: str) -> Act:
    """Return the type of the record that ends a record of a type as it ended there; '' for none."""
    if ending == "expired":
        return "list_exit" if kind == "list_entry" else ""
    return "repair" if ending == "repaired" else "withdrawal"


@lru_cache(maxsize=4096)
def limit_of(act: Act, since: date) -> Window | None:
    """Return within what time an act of the national side's day has to follow here.

    A withdrawal by the rule for withdrawals, anything else by the one for taking repairs over.
    """
    kind = "withdrawal" if act == "withdrawal" else "repair"
    facts = Facts(type=kind, decided_on=since, severity=None, market=False)
    found = [
        window
        for steps in TRACKS.values()
        for window in track_windows(steps, facts, since, CHINA)
        if window.kind in {"sync", "withdrawal"} and window.last is not None
    ]
    return min(found, key=lambda window: window.last or date.max, default=None)


def placed(said: Said, *, organ: bool) -> Said:
    """Return what is kept of a row that has a record of ours: what that says is read from it.

    The organ stays where it is what differs.
    """
    return replace(said, code="", number="", organ=said.organ if organ else "")
