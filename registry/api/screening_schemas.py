"""The bodies of answers about screenings."""

from datetime import date, datetime
from typing import Annotated, Literal

from msgspec import Meta, Struct

from registry.api.schemas import CoverageOut
from registry.rules.model import Decision


class ScreeningCountsOut(Struct):
    """Rows worked off so far: by kind, by kind and reason (``kind/reason``), found ones by effect.

    The effect ``""`` is that nothing applies.
    """

    kinds: dict[str, int]
    reasons: dict[str, int]
    effects: dict[str, int]


class ScreeningOut(Struct):
    """A screening: what was asked, how far it has come, and of which known set its answers are.

    ``known`` names size and root of each log. While ``state`` is ``checking`` the counts are being
    brought up to what may be shown today. ``same`` of ``compared`` rows say what the screening that
    it repeats (``like``) says.
    """

    id: str
    state: str
    lines: int
    done: int
    made_at: datetime
    kept_until: datetime
    territory: str
    matter: str
    organ_kind: str
    on: date
    purpose: str
    file: str
    header: int
    left_out: tuple[str, ...]
    known: dict[str, str]
    counts: ScreeningCountsOut
    degraded: bool
    like: str
    same: int
    compared: int


class ScreeningsOut(Struct):
    """The screenings of whoever asks, the newest first."""

    screenings: tuple[ScreeningOut, ...]


class JudgedOut(Struct):
    """What was judged about a row and a subject before, by whom and when."""

    judgement: str
    by: str
    reason: str
    at: datetime


class MatchOut(Struct):
    """A subject that a row is or may be; ``reasons`` say why, the main one first."""

    subject_id: str
    name: str
    code: str
    former_names: tuple[str, ...]
    cities: tuple[str, ...]
    certainty: float
    sure: bool
    reasons: tuple[str, ...]
    judged: JudgedOut | None


class ScreenedRowOut(Struct):
    """A row as it was asked, and what came of it.

    ``kind`` is found, uncertain, not_found or bad. ``decision`` is what applies to whom was found,
    as in the answer about one subject. Of ``apart`` its owner has said that they are others.
    ``same_as`` is the earlier row that says the same, 0 for none.
    """

    row: int
    line: int
    name: str
    code: str
    note: str
    same_as: int
    kind: str
    reason: str
    effect: str
    matches: tuple[MatchOut, ...]
    apart: tuple[MatchOut, ...]
    decision: Decision | None


class ScreenedRowsOut(Struct):
    """A page; ``after`` is where the next begins, 0 at the end.

    What was not found is neither proven not to exist nor without records elsewhere.
    """

    rows: tuple[ScreenedRowOut, ...]
    after: int
    not_found: str
    not_found_en: str
    disclaimer: str
    coverage: CoverageOut


class ScreeningJudgement(Struct, forbid_unknown_fields=True):
    """What is judged: the row, the subject, and why (may be empty); ``undone`` takes it back."""

    row: Annotated[int, Meta(ge=1, le=50_000)]
    subject: Annotated[str, Meta(max_length=64)]
    judgement: Literal["same", "different", "unsure", "undone"]
    reason: Annotated[str, Meta(max_length=2_000)] = ""
