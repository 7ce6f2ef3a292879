"""Pushes of measures for programs: the desk, the region's board, the way of a cause, uses."""

from datetime import date
from typing import Annotated, Final

import msgspec
from litestar import get
from litestar.openapi.datastructures import ResponseSpec
from litestar.params import FromPath, FromQuery, PathParameter, QueryParameter

from registry.api.gate import ForAPurpose, ReadsDep
from registry.api.push_schemas import (
    AdoptedOut,
    AnswerOut,
    BoardOut,
    CasesOut,
    DeskOut,
    JointCasesOut,
    LiftOut,
    OverdueOut,
    PropagationOut,
    PushOut,
    ReachedLiftOut,
    ReachedOut,
    ReachedPushOut,
    StandingOut,
    UseDraftsOut,
)
from registry.api.render import record_out
from registry.api.schemas import ProblemOut
from registry.domain.pushes import arrangement_on
from registry.domain.records.uses import MeasureUse
from registry.query.desk import PushView, Reached
from registry.query.drafts import decision_digest, lift_draft, reply_draft, use_draft
from registry.query.pushes import Answer, Lift

_PROBLEMS: Final = {
    status: ResponseSpec(ProblemOut, description=text, media_type="application/problem+json")
    for status, text in (
        (400, "a parameter is out of bounds, or the purpose is missing"),
        (401, "no credential, or one that is not good"),
        (403, "the credential is for something else"),
        (404, "no such subject, or nothing that may be shown"),
        (410, "not public, or never existed"),
        (429, "too many requests; `Retry-After` says when to go on"),
    )
}
SubjectId = Annotated[str, PathParameter(pattern="^[0-9a-f]{32}$", description="32 hex digits")]
Index = Annotated[int, PathParameter(ge=0, le=2**53 - 1)]
Cursor = Annotated[
    str, QueryParameter(max_length=64, pattern=r"^[\d_-]*$", description="As `older` gave it")
]
Place = Annotated[str, QueryParameter(pattern="^[0-9]{6}$", description="Member code")]
Word = Annotated[str, QueryParameter(max_length=64, pattern=r"^[\w-]*$")]


@get("/desk", summary="The measures your member is asked to consider", responses=_PROBLEMS)
async def desk(reads: ReadsDep, after: FromQuery[Cursor] = "") -> DeskOut:
    """Pushes with due days and answers to fill in, what has to be lifted, and the next page."""
    found = await reads.desk(after)
    periods = arrangement_on(found.on)
    return DeskOut(
        found.member,
        found.on,
        periods.title_zh,
        periods.read,
        tuple(_push(one, found.on) for one in found.pushes),
        tuple(_lift(one, found.on) for one in found.lifts),
        found.older,
    )


@get("/board", summary="How the desks of all members stand", responses=_PROBLEMS)
async def board(reads: ReadsDep) -> BoardOut:
    """For the region office and auditors: counts by member, and what is overdue."""
    found = await reads.board()
    return BoardOut(
        found.on,
        tuple(msgspec.convert(one, StandingOut, from_attributes=True) for one in found.members),
        tuple(map(_overdue, found.overdue)),
        found.whole,
    )


@get("/joint-cases", summary="How often measures were used", responses=_PROBLEMS)
async def joint_cases(reads: ReadsDep) -> JointCasesOut:
    """By measure, matter, member and month, from the uses that members recorded alone."""
    found = await reads.joint_cases()
    cases = (msgspec.convert(one, CasesOut, from_attributes=True) for one in found.cases)
    return JointCasesOut(found.on, tuple(cases), found.whole)


@get(
    "/records/{host:str}/{segment:str}/{idx:int}/propagation",
    summary="How far a record has come in each member",
    responses=_PROBLEMS,
    operation_class=ForAPurpose,
)
async def propagation(
    reads: ReadsDep, host: FromPath[str], segment: FromPath[str], idx: Index
) -> PropagationOut:
    """Rules adopted or not, nexus, pushes, answers and lifts; for members' staff and the region."""
    found = await reads.propagation(f"{host}/{segment}", idx)
    members = tuple(_reached(one, found.on) for one in found.members)
    cause = record_out(found.cause)
    return PropagationOut(cause, found.subject_id, found.stated_on, found.on, members)


@get(
    "/subjects/{subject_id:str}/use-drafts",
    summary="Uses of measures to fill in, sign and publish",
    responses=_PROBLEMS,
    operation_class=ForAPurpose,
)
async def use_drafts(
    *,
    reads: ReadsDep,
    subject_id: SubjectId,
    territory: Place,
    matter: Word = "",
    organ_kind: Word = "",
    on: FromQuery[date | None] = None,
) -> UseDraftsOut:
    """One for each measure that the decision shows; this node signs nothing in a member's place."""
    day = reads.today()
    asked = (subject_id, territory, matter, organ_kind, on or day)
    file, answer = await reads.using(*asked)
    measures = [one for one in answer.decision.measures if one.measure]
    return UseDraftsOut(
        file.subject_id,
        territory,
        answer.territory_name,
        decision_digest(answer),
        tuple(use_draft(file, answer, one, day) for one in measures),
    )


def _answer(one: Answer) -> AnswerOut:
    record = one.record
    kind = str(record.__struct_config__.tag)
    return AnswerOut(one.one.origin, one.one.row.idx, kind, one.on, record.result, record.reasons)


def _push(view: PushView, on: date) -> PushOut:
    push, measure = view.push, view.push.measure
    return PushOut(
        state=view.state,
        territory=push.territory,
        subject_id=push.subject_id,
        subject=push.subject.name,
        measure=measure.measure,
        name=measure.name,
        effect=measure.effect,
        matter=measure.matter,
        organ=measure.organ,
        rule=measure.rule,
        edition=measure.edition,
        nexus=push.nexus,
        since=push.since,
        due=push.due,
        cause=record_out(view.cause),
        answer=None if push.answer is None else _answer(push.answer),
        draft=reply_draft(push, on),
    )


def _lift(lift: Lift, on: date) -> LiftOut:
    record = lift.applied.record
    use = record if isinstance(record, MeasureUse) else None
    return LiftOut(
        state=lift.state(on),
        territory=lift.applied.territory,
        subject=lift.subject.name,
        measure=lift.applied.measure,
        name=lift.name,
        matter=lift.matter,
        applied_on=lift.applied.on,
        organ=record.authority.name,
        matter_name=use.matter_name if use else "",
        decision=use.decision if use and use.decision is not msgspec.UNSET else "",
        since=lift.since,
        due=lift.due,
        draft=lift_draft(lift, on),
    )


def _overdue(view: PushView) -> OverdueOut:
    push = view.push
    return OverdueOut(
        push.member,
        view.member_name,
        push.subject_id,
        push.subject.name,
        push.measure.measure,
        push.measure.name,
        push.measure.organ,
        push.since,
        push.due,
        record_out(view.cause),
    )


def _reached(one: Reached, on: date) -> ReachedOut:
    return ReachedOut(
        one.member,
        one.member_name,
        tuple(
            AdoptedOut(act.rule, act.edition, act.organ, act.instrument, act.start)
            for act in one.adopted
        ),
        one.not_adopted,
        one.nexus,
        tuple(map(_reached_push, one.pushes)),
        tuple(map(_answer, one.uses)),
        tuple(
            ReachedLiftOut(
                lift.state(on), lift.applied.territory, lift.applied.measure, lift.name, lift.due
            )
            for lift in one.lifts
        ),
    )


def _reached_push(view: PushView) -> ReachedPushOut:
    push = view.push
    return ReachedPushOut(
        view.state,
        push.territory,
        push.measure.measure,
        push.measure.name,
        push.measure.organ,
        push.since,
        push.due,
        None if push.answer is None else _answer(push.answer),
    )
