"""What is due at a member: drafts to be reported, messages and measures to be answered.

Each by working days, with the rule its clock comes from; what is near is told early.
"""

from collections.abc import Iterator
from datetime import date
from typing import Final

from msgspec import Struct

from registry.access.reads import Reads
from registry.domain.calendar import working_days_between
from registry.domain.clock_book import BOOK
from registry.objections.desk import Objections
from registry.objections.model import term_of
from registry.objections.terms import TERMS
from registry.pages.desk_page import period_note
from registry.pages.fields import headline
from registry.pages.frame import Frame
from registry.pages.words import day, shortened
from registry.workbench.desk import AHEAD, Workbench
from registry.workbench.model import Staff

SOON: Final = 2
"""Working days up to which a thing is marked as urgent."""


class Due(Struct, frozen=True):
    """One thing that is due: what, until when, by which rule, and where it is done.

    ``left``: working days from today to the day; of what is overdue those since, below zero.
    """

    what: str
    on: date
    left: int
    said: str
    link: str

    @property
    def urgency(self) -> str:
        """How urgent it is: overdue, soon, or neither."""
        return "overdue" if self.left < 0 else "soon" if self.left <= SOON else ""


async def dues(
    frame: Frame, workbench: Workbench, staff: Staff, reads: Reads, objections: Objections
) -> list[Due]:
    """Return what is overdue or due within `AHEAD` working days, the soonest first."""
    on = reads.today()
    found = [
        _due(
            frame,
            on,
            (frame.t("workbench.due-drafts", count=count), until, ""),
            rule_of(frame, clock),
        )
        for until, clock, count in await workbench.due(staff)
    ]
    found += [
        one
        for one in [
            *await _sent(frame, reads, on),
            *await _measures(frame, reads, on),
            *await _objections(frame, objections, staff, on),
        ]
        if one.left <= AHEAD
    ]
    return sorted(found, key=lambda one: (one.on, one.what))


async def _sent(frame: Frame, reads: Reads, on: date) -> list[Due]:
    """Return messages of other members that wait for an answer."""
    box = await reads.inbox()
    return [
        _due(
            frame,
            on,
            (
                frame.t("workbench.due-message", what=shortened(headline(frame, one.view.record))),
                one.due,
                frame.url("/inbox"),
            ),
            next(
                (rule_of(frame, f"{w.rule} {w.article}") for w in one.windows if w.last == one.due),
                frame.t("workbench.rule-stated"),
            ),
        )
        for one in box.messages
        if one.waits and one.due is not None
    ]


async def _measures(frame: Frame, reads: Reads, on: date) -> Iterator[Due]:
    """Return measures that are asked to be considered, and those to be lifted."""
    desk = await reads.desk()
    rule, link = period_note(frame, desk.on), frame.url("/desk")
    waiting = [
        ("workbench.due-push", push.push.measure.name, push.push.due)
        for push in desk.pushes
        if push.state != "answered"
    ]
    waiting += [
        ("workbench.due-lift", lift.name, lift.due) for lift in desk.lifts if lift.done is None
    ]
    return (
        _due(frame, on, (frame.t(key, what=name), due, link), rule) for key, name, due in waiting
    )


async def _objections(
    frame: Frame, objections: Objections, staff: Staff, on: date
) -> Iterator[Due]:
    """Return objections in which somebody of the member has to act."""
    return (
        _due(
            frame,
            on,
            (
                frame.t(
                    "objections.due-step", number=one.number,
                    what=frame.t(f"objections.step-{stand.step}"),
                ),
                stand.due,
                frame.url(f"/objections/{one.id}"),
            ),
            rule_of_term(frame, term_of(one, stand.step)),
        )
        for one, stand in await objections.all(staff)
        if stand.due is not None
    )  # fmt: skip


def rule_of_term(frame: Frame, key: str) -> str:
    """Return the rule of a term about objections, with how well it was read."""
    term = TERMS[key]
    basis = term.basis_en if frame.lang == "en" else term.basis_zh
    return frame.t("objections.rule", basis=basis, read=frame.t(f"read.{term.read}"))


def _due(frame: Frame, on: date, about: tuple[str, date, str], rule: str) -> Due:
    what, until, link = about
    late = until < on
    left = -working_days_between(until, on).days if late else working_days_between(on, until).days
    said = frame.t(
        ("workbench.clock-late" if late else "workbench.clock")
        if not link
        else ("workbench.answer-late" if late else "workbench.answer"),
        days=abs(left),
        on=day(frame.lang, until),
        rule=rule.rstrip("。."),
    )
    return Due(what, until, left if not late else min(left, -1), said, link)


def rule_of(frame: Frame, clock: str) -> str:
    """Return a rule and article as they are cited."""
    rule, _, article = clock.partition(" ")
    law = BOOK.instrument.get(rule)
    if law is None:
        return frame.t("workbench.rule-stated")
    title = f"《{law.title}》" if frame.lang == "zh" else law.title_en
    no = article.rstrip("#")
    cited = (
        frame.t("period.item" if article.endswith("#") else "period.article", no=no) if no else ""
    )
    return (
        f"{title}（{law.number}）{cited}"
        if frame.lang == "zh"
        else f"{title}, {law.number} {cited}"
    )
