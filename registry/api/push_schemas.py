"""What the interface says of pushes, lifts, propagation and joint cases."""

from datetime import date
from typing import Literal

from msgspec import Struct

from registry.api.schemas import RecordOut

OpenState = Literal["open", "overdue", "answered"]
LiftState = Literal["to-lift", "lift-overdue", "lifted"]


class AnswerOut(Struct):
    """What a member recorded of a measure: where, when, and what it did; ``type`` of the record."""

    origin: str
    idx: int
    type: str
    on: date
    result: str
    reasons: str


class PushOut(Struct):
    """A measure that an organ of a member is asked to consider; ``draft`` is its answer to fill in.

    ``draft`` lacks ``result`` (applied, not_applicable, refused), ``reasons``, ``authority`` and
    ``source_unit``; the member's tool adds ``id`` and ``salt``, signs and publishes.
    """

    state: OpenState
    territory: str
    subject_id: str
    subject: str
    measure: str
    name: str
    effect: str
    matter: str
    organ: str
    rule: str
    edition: str
    nexus: tuple[str, ...]
    since: date
    due: date
    cause: RecordOut
    answer: AnswerOut | None
    draft: dict[str, object]


class LiftOut(Struct):
    """A measure to be lifted: whose, what, where, and the member's own record of applying it.

    Nothing tells of the cause. ``decision`` is the digest of the answer the organ had recorded.
    """

    state: LiftState
    territory: str
    subject: str
    measure: str
    name: str
    matter: str
    applied_on: date
    organ: str
    matter_name: str
    decision: str
    since: date
    due: date
    draft: dict[str, object]


class DeskOut(Struct):
    """A page of a member's desk; ``older`` (to be given as ``after``) leads to the next.

    What is due may follow from an old record: a desk is worked through once ``older`` is ''.
    ``periods`` names the arrangement by which days are counted and how well it was read.
    """

    member: str
    on: date
    periods: str
    periods_read: str
    pushes: tuple[PushOut, ...]
    lifts: tuple[LiftOut, ...]
    older: str


class StandingOut(Struct):
    """How the desk of a member stands, in counts."""

    member: str
    member_name: str
    open: int
    overdue: int
    answered: int
    to_lift: int
    lift_overdue: int


class OverdueOut(Struct):
    """A push that a member has let pass its day."""

    member: str
    member_name: str
    subject_id: str
    subject: str
    measure: str
    name: str
    organ: str
    since: date
    due: date
    cause: RecordOut


class BoardOut(Struct):
    """All desks in counts, and what is overdue (``whole`` false: not all); lifts are counted."""

    on: date
    members: tuple[StandingOut, ...]
    overdue: tuple[OverdueOut, ...]
    whole: bool


class AdoptedOut(Struct):
    """A rule that a member has adopted, by which act, since when."""

    rule: str
    edition: str
    organ: str
    instrument: str
    since: date


class ReachedPushOut(Struct):
    """A push of the cause to a member, and what came of it."""

    state: OpenState
    territory: str
    measure: str
    name: str
    organ: str
    since: date
    due: date
    answer: AnswerOut | None


class ReachedLiftOut(Struct):
    """A lift that the end of the cause asks of a member."""

    state: LiftState
    territory: str
    measure: str
    name: str
    due: date


class ReachedOut(Struct):
    """How far a cause has come in one member; ``uses`` are answers without a push."""

    member: str
    member_name: str
    adopted: tuple[AdoptedOut, ...]
    not_adopted: tuple[str, ...]
    nexus: tuple[str, ...]
    pushes: tuple[ReachedPushOut, ...]
    uses: tuple[AnswerOut, ...]
    lifts: tuple[ReachedLiftOut, ...]


class PropagationOut(Struct):
    """The way of one cause through the region, from its first receipt to each member."""

    cause: RecordOut
    subject_id: str
    stated_on: date
    on: date
    members: tuple[ReachedOut, ...]


class CasesOut(Struct):
    """Cases by measure, matter, member and month; ``joint`` rest on a record of another member."""

    measure: str
    name: str
    matter: str
    member: str
    member_name: str
    month: str
    applied: int
    partly_applied: int
    not_applied: int
    joint: int


class JointCasesOut(Struct):
    """All counts, the newest month first; ``whole`` false: older uses were not counted."""

    on: date
    cases: tuple[CasesOut, ...]
    whole: bool


class UseDraftsOut(Struct):
    """Uses to fill in, one for each measure that the decision shows.

    Each lacks ``matter_name``, ``handled_on``, ``result`` (applied, partly_applied, not_applied),
    ``reasons``, ``authority`` and ``source_unit``, and where known ``until`` and ``decision_no``.
    """

    subject_id: str
    territory: str
    territory_name: str
    decision: str
    drafts: tuple[dict[str, object], ...]
