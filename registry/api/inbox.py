"""What was sent to a member, for its systems."""

from datetime import date
from typing import Final

import msgspec
from litestar import get
from litestar.openapi.datastructures import ResponseSpec
from msgspec import Struct

from registry.api.gate import ReadsDep
from registry.api.render import record_out
from registry.api.schemas import ProblemOut, RecordOut
from registry.api.standard_cases import StandardCaseOut, case_out
from registry.api.window_schemas import WindowOut
from registry.query.inbox import Message

_PROBLEMS: Final = {
    status: ResponseSpec(ProblemOut, description=text, media_type="application/problem+json")
    for status, text in (
        (401, "no credential, or one that is not good"),
        (403, "the credential is of no clerk, reviewer or regulator"),
        (429, "too many requests; `Retry-After` says when to go on"),
    )
}


class MessageOut(Struct):
    """A message, the answers to it, its clocks, and the last day to act (null: none is set)."""

    message: RecordOut
    answers: tuple[RecordOut, ...]
    windows: tuple[WindowOut, ...]
    due: date | None
    waits: bool


class InboxOut(Struct):
    """What waits first, soonest due first; ``whole`` false: older messages were not looked at.

    ``cases``: those about standards in which your organs have to act, the overdue ones first.
    """

    member: str
    messages: tuple[MessageOut, ...]
    cases: tuple[StandardCaseOut, ...]
    whole: bool


@get("/inbox", summary="What other members have sent to yours", responses=_PROBLEMS)
async def inbox(reads: ReadsDep) -> InboxOut:
    """Penalties sent across provinces, clues, tasks and product warnings, with both clocks."""
    found = await reads.inbox()
    messages, cases = tuple(map(_message, found.messages)), tuple(map(case_out, found.cases))
    return InboxOut(found.member, messages, cases, found.whole)


def _message(one: Message) -> MessageOut:
    return MessageOut(
        record_out(one.view),
        tuple(map(record_out, one.answers)),
        tuple(msgspec.convert(window, WindowOut, from_attributes=True) for window in one.windows),
        one.due,
        one.waits,
    )
