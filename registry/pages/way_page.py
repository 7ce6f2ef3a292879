"""How far a record has come: from its statement to each member, what it did, and what it lifted."""

from datetime import date
from typing import Annotated

from litestar import Response, get
from litestar.di import NamedDependency
from litestar.params import FromPath, PathParameter, SkipValidation

from registry.pages.desk_page import STATES, answer_line, push_line
from registry.pages.fields import headline, type_of
from registry.pages.frame import Frame, ReadsDep
from registry.pages.words import day, joined, nexus_name, shortened, word
from registry.query.desk import Reached


@get("/propagation/{host:str}/{segment:str}/{idx:int}", include_in_schema=False)
async def way(
    host: FromPath[str],
    segment: FromPath[str],
    idx: Annotated[int, PathParameter(ge=0, le=2**53 - 1)],
    frame: NamedDependency[SkipValidation[Frame]],
    reads: ReadsDep,
) -> Response[str]:
    """The way of one cause, for organs and the region office."""
    found = await reads.propagation(f"{host}/{segment}", idx)
    view = found.cause
    record = view.record
    return frame.page(
        "way.html",
        title=shortened(headline(frame, record)),
        kind=word(frame.lang, "type", type_of(record)),
        subject=record.subject.name,
        subject_link=frame.url(f"/subject/{found.subject_id}"),
        organ=record.authority.name,
        member=view.member_name,
        decided=day(frame.lang, record.decided_on),
        stated=day(frame.lang, found.stated_on),
        link=frame.url(f"/record/{view.origin}/{view.idx}"),
        flags=joined(frame.lang, [word(frame.lang, "flag", flag) for flag in view.flags]),
        members=[_member(frame, one, found.on) for one in found.members],
    )


def _member(frame: Frame, one: Reached, on: date) -> dict[str, object]:
    lang = frame.lang
    pushes = [push_line(frame, push) for push in one.pushes]
    return {
        "name": one.member_name,
        "adopted": [
            frame.t(
                "way.adopted", rule=act.rule, on=day(lang, act.start), instrument=act.instrument
            )
            for act in one.adopted
        ],
        "not_adopted": joined(lang, one.not_adopted),
        "nexus": joined(lang, [nexus_name(lang, code) for code in one.nexus]),
        "pushes": pushes,
        "uses": [answer_line(frame, answer) for answer in one.uses],
        "lifts": [
            (lift.name, frame.t(STATES[lift.state(on)]), day(lang, lift.due)) for lift in one.lifts
        ],
        "late": any(push["state"] == "overdue" for push in pushes),
    }
