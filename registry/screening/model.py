"""What a screening is asked, and what it answers: frozen values that others render."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Final, Literal

from msgspec import Struct

from registry.domain.disclosure import Role
from registry.query.views import Viewer
from registry.rules.model import Decision
from registry.store.screening_judgements import Judgement
from registry.store.screenings import KeptRow

Kind = Literal["found", "uncertain", "not_found", "bad"]
KINDS: Final[tuple[Kind, ...]] = ("found", "uncertain", "not_found", "bad")
EFFECTS: Final = ("bar", "restrict", "consider", "manage", "notice", "autonomous", "favour")
"""Effects of measures, the one to look at first in front."""
Judged = Literal["same", "different", "unsure", "undone"]
JUDGED: Final[tuple[Judged, ...]] = ("same", "different", "unsure", "undone")


class Asking(Struct, frozen=True):
    """Who has a list screened, with what he may read, and what for."""

    who: str
    role: str
    purpose: str = ""
    member: str = ""
    subject: str = ""
    party: str = ""

    @property
    def viewer(self) -> Viewer:
        """The eyes the work is done with; what a subject allows is asked of them each time."""
        return Viewer(Role(self.role), self.member, self.subject, party=self.party)


class Question(Struct, frozen=True):
    """What is asked about all rows; ``known`` is (size, root in hex) by log, as of commit ``seq``.

    ``file`` is what the list was called, ``header`` the line of its headers (0: none was found),
    ``left_out`` the sheets that were not read, ``like`` the screening that this one repeats.
    """

    asking: Asking
    territory: str
    matter: str
    organ_kind: str
    on: date
    known: dict[str, tuple[int, str]]
    seq: int
    file: str = ""
    header: int = 0
    left_out: tuple[str, ...] = ()
    like: str = ""


@dataclass(frozen=True, slots=True)
class Match:
    """A subject that a row may be, how certain (0 to 1) and why, as this asker may see it.

    ``reasons`` begin with one of this package (`registry.screening.matching`); words of
    `search.matching` say how names differ. ``judged``: what the owner has said before.
    """

    subject_id: str
    name: str
    code: str
    former_names: tuple[str, ...]
    cities: tuple[str, ...]
    certainty: float
    sure: bool
    reasons: tuple[str, ...]
    judged: Judgement | None = None


@dataclass(frozen=True, slots=True)
class Outcome:
    """What came of a row: its kind, the first reason, who it is or may be, what applies to whom.

    ``apart`` are subjects its owner has called others; ``candidates`` are the ids of all of them.
    """

    kind: Kind
    reason: str
    matches: tuple[Match, ...] = ()
    apart: tuple[Match, ...] = ()
    decision: Decision | None = None
    candidates: tuple[str, ...] = ()

    @property
    def effect(self) -> str:
        """The effect to look at first, '' if nothing applies."""
        found = {one.effect for one in self.decision.measures} if self.decision else set()
        return next((effect for effect in EFFECTS if effect in found), "")


@dataclass(frozen=True, slots=True)
class RowView:
    """A row as asked, and its outcome."""

    asked: KeptRow
    outcome: Outcome


@dataclass(frozen=True, slots=True)
class Counts:
    """Rows that are worked off, by kind, by (kind, reason), and of those found by effect."""

    kinds: Mapping[str, int]
    reasons: Mapping[tuple[str, str], int]
    effects: Mapping[str, int]


@dataclass(frozen=True, slots=True)
class ScreeningView:
    """A screening and how it stands; ``same`` of ``compared`` rows say what ``like`` said."""

    id: str
    question: Question
    made_at: datetime
    kept_until: datetime
    state: str
    lines: int
    done: int
    degraded: bool
    counts: Counts
    same: int = 0
    compared: int = 0


@dataclass(frozen=True, slots=True)
class Page:
    """Rows of a screening; ``after`` is where the next page begins, 0 for none."""

    rows: Sequence[RowView]
    after: int
