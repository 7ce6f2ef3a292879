"""Which step of a case about a standard is next, who must act, and by when.

A case is a record and its steps are records; how it stands on a day follows from them and from the
arrangement in force when it was asked (`case_terms.toml`), so nothing here is stored. The times are
the region's own arrangement, not law, and are said to be.

Source: wish of domain 8.3 (Regulation (EU) 2019/515 as a model); counting: 民法典 201-203.
"""

from collections.abc import Sequence
from datetime import date
from pathlib import Path
from typing import Final, Literal, TypeAlias

import msgspec
from msgspec import UNSET, Struct

from registry.domain.calendar import CHINA, Calendar
from registry.domain.periods import Counting, next_day, period_end
from registry.domain.records.standards import RecognitionChange, StandardCase, StandardCaseStep

Who: TypeAlias = Literal["organ", "applicant", "appeal_organ"]
Step: TypeAlias = Literal[
    "asked", "received", "incomplete", "completed", "assessing", "heard", "answered", "decided",
    "appealed", "appeal_decided", "withdrawn",
]  # fmt: skip
Finding: TypeAlias = Literal[
    "before-asked", "out-of-order", "decided-without-hearing", "decided-too-early", "no-reasons",
    "no-degree", "late",
]  # fmt: skip
Read: TypeAlias = Literal["full_text", "secondary", "unconfirmed"]

_FOLLOWS: Final[dict[str, frozenset[str]]] = {
    "asked": frozenset({"received", "incomplete", "withdrawn"}),
    "received": frozenset({"assessing", "incomplete", "heard", "decided", "withdrawn"}),
    "incomplete": frozenset({"completed", "withdrawn"}),
    "completed": frozenset({"assessing", "incomplete", "heard", "decided", "withdrawn"}),
    "assessing": frozenset({"incomplete", "heard", "decided", "withdrawn"}),
    "heard": frozenset({"answered", "decided", "withdrawn"}),
    "answered": frozenset({"heard", "decided", "withdrawn"}),
    "decided": frozenset({"appealed"}),
    "appealed": frozenset({"appeal_decided", "withdrawn"}),
    "appeal_decided": frozenset(),
    "withdrawn": frozenset(),
}
OF_APPLICANT: Final = frozenset({"completed", "answered", "appealed", "withdrawn"})
"""The steps that the applicant takes; all others are an organ's."""
_COUNTING: Final = {
    "working": Counting(
        start_day_counts=False, last_day="working_day", last_day_on_holiday="as_is"
    ),
    "calendar": Counting(
        start_day_counts=False,
        last_day="corresponding_day_or_month_end",
        last_day_on_holiday="next_working_day",
    ),
}


class Term(Struct, frozen=True, forbid_unknown_fields=True):
    """A time within which somebody acts; ``least``: it is what he is given, at the least."""

    code: str
    after: Step
    who: Who
    next: tuple[Step, ...]
    length: str
    counting: Literal["working", "calendar"]
    zh: str
    en: str
    basis_zh: str
    basis_en: str
    least: bool = False


class Arrangement(Struct, frozen=True, forbid_unknown_fields=True):
    """The times of cases that were asked from a day on, and how well their source was read."""

    since: date
    title_zh: str
    title_en: str
    read: Read
    term: tuple[Term, ...]

    def named(self, code: str) -> Term:
        """Return a term; KeyError for a code that it does not have."""
        return {term.code: term for term in self.term}[code]


class Said(Struct, frozen=True, forbid_unknown_fields=True):
    """A text in both languages."""

    zh: str
    en: str


class _File(Struct, frozen=True, forbid_unknown_fields=True):
    arrangement: tuple[Arrangement, ...]
    finding: dict[str, Said]


_FILE: Final = msgspec.toml.decode(
    Path(__file__).with_name("case_terms.toml").read_bytes(), type=_File
)
ARRANGEMENTS: Final = tuple(sorted(_FILE.arrangement, key=lambda row: row.since, reverse=True))
"""The newest first."""
FINDINGS: Final = _FILE.finding
"""What is out of order, by code."""


class Due(Struct, frozen=True):
    """What somebody must (or, to appeal, may) do, counted from a day until its last day, itself in.

    ``unknown_from``: the first year on the way whose days off are not arranged yet, if any.
    """

    term: Term
    since: date
    last: date
    overdue: bool
    unknown_from: int | None = None


class OutOfOrder(Struct, frozen=True):
    """A step of the case, by its place in the order of steps, and what is wrong with it."""

    step: int
    code: Finding


class Standing(Struct, frozen=True):
    """How a case stands on a day.

    ``now`` is the last step that counted, ``dues`` what waits, the soonest first; ``decide_from``
    the first day on which a decision other than recognition in full may be made, None before the
    applicant was told the reasons. ``closed``: nothing more is to come of it.
    """

    now: Step
    on: date
    arrangement: Arrangement
    dues: tuple[Due, ...]
    findings: tuple[OutOfOrder, ...]
    decide_from: date | None
    closed: bool

    @property
    def silent(self) -> bool:
        """Whether nobody has said in time that the request is taken in, so that it counts so."""
        return self.now == "asked" and all(due.term.code != "receive" for due in self.dues)

    @property
    def overdue(self) -> tuple[Due, ...]:
        """Return what should have been done by now; who let the time for an appeal pass did not."""
        return tuple(due for due in self.dues if due.overdue)


def arrangement_on(day: date) -> Arrangement:
    """Return the arrangement of a day; before the first one, the first."""
    return next((row for row in ARRANGEMENTS if row.since <= day), ARRANGEMENTS[-1])


def standing(
    case: StandardCase, steps: Sequence[StandardCaseStep], on: date, calendar: Calendar = CHINA
) -> Standing:
    """Return how a case stands at the end of a day, from the steps done by then.

    ``steps`` in the order in which they were logged; those of one day count in that order. A step
    that cannot follow the one before counts for nothing, and is named.
    """
    return _Course(case, on, calendar).through(
        sorted((step for step in steps if step.done_on <= on), key=lambda step: step.done_on)
    )


def may_follow(stands: Standing, who: Literal["organ", "applicant"]) -> tuple[str, ...]:
    """Return the steps by which somebody may go on, in the order of a case."""
    follow = _FOLLOWS[stands.now]
    if stands.silent:
        follow |= _FOLLOWS["received"]
    own = follow & OF_APPLICANT if who == "applicant" else follow - OF_APPLICANT
    return tuple(step for step in _FOLLOWS if step in own)


def check_suspension(change: RecognitionChange) -> tuple[str, ...]:
    """Return ``suspension-without-review`` for one that does not say when it is looked at again."""
    if change.change != "suspended":
        return ()
    reviewed = change.review_by is not UNSET and change.review_by >= change.effective_on
    return () if reviewed else ("suspension-without-review",)


class _Course:
    """Goes through the steps of a case."""

    def __init__(self, case: StandardCase, on: date, calendar: Calendar) -> None:
        self._case = case
        self._on = on
        self._calendar = calendar
        self._terms = arrangement_on(case.asked_on)
        self._now: Step = "asked"
        self._since = case.asked_on
        self._received: date | None = None
        self._decide_from: date | None = None
        self._decided: StandardCaseStep | None = None
        self._findings: list[OutOfOrder] = []

    def through(self, steps: Sequence[StandardCaseStep]) -> Standing:
        for number, step in enumerate(steps):
            wrong = self._refused(step)
            if wrong is not None:
                self._findings.append(OutOfOrder(number, wrong))
                continue
            late: list[Finding] = ["late"] if self._late(step) else []
            self._findings += [OutOfOrder(number, code) for code in (*self._faults(step), *late)]
            self._take(step)
        dues = sorted(self._dues(), key=lambda due: (due.last, due.term.code))
        return Standing(
            self._now,
            self._on,
            self._terms,
            tuple(dues),
            tuple(self._findings),
            self._decide_from,
            closed=not dues,
        )

    def _refused(self, step: StandardCaseStep) -> Finding | None:
        """Say why a step counts for nothing; None where it does."""
        if step.done_on < self._case.asked_on:
            return "before-asked"
        now = self._now
        if now == "asked" and self._silent(step.done_on):
            now = "received"
        return None if step.step in _FOLLOWS[now] | _FOLLOWS[self._now] else "out-of-order"

    def _late(self, step: StandardCaseStep) -> bool:
        """Say whether a step came after its term; of taking in, also where it had been too late."""
        asked = self._now == "asked"
        dues = [self._due("receive", self._since)] if asked else self._must()
        return any(step.step in due.term.next and step.done_on > due.last for due in dues)

    def _silent(self, day: date) -> bool:
        """Say whether nothing was said in time, so that the request counts as taken in."""
        return day > self._due("receive", self._case.asked_on).last

    def _faults(self, step: StandardCaseStep) -> list[Finding]:
        """Name what a decision lacks."""
        if step.step not in {"decided", "appeal_decided"}:
            return []
        found: list[Finding] = []
        if step.text is UNSET:
            found.append("no-reasons")
        if step.degree is UNSET:
            found.append("no-degree")
        if step.step == "decided" and step.degree not in {"full", UNSET}:
            if self._decide_from is None:
                found.append("decided-without-hearing")
            elif step.done_on < self._decide_from:
                found.append("decided-too-early")
        return found

    def _take(self, step: StandardCaseStep) -> None:
        self._now, self._since = step.step, step.done_on
        match step.step:
            case "received" | "completed":
                self._received = step.done_on
            case "incomplete":
                self._received = None
            case "heard":
                last = self._due("comment", step.done_on).last
                self._decide_from = next_day(last)
            case "answered":
                self._decide_from = step.done_on
            case "decided":
                self._decided = step
            case _:
                pass

    def _must(self) -> list[Due]:
        """Return what is due now, whether or not the day it is due has come."""
        now = self._now
        if now == "asked" and not self._silent(self._on):
            return [self._due("receive", self._since)]
        if now in {"asked", "received", "completed", "assessing", "heard", "answered"}:
            since = self._received or self._case.asked_on
            comment = [self._due("comment", self._since)] if now == "heard" else []
            return [self._due("decide", since), *comment]
        if now == "decided" and self._decided is not None:
            publish = self._decided.result is UNSET and self._decided.degree != "refused"
            logged = [self._due("publish", self._since)] if publish else []
            return [*logged, self._due("appeal", self._since)]
        codes = {"incomplete": "complete", "appealed": "appeal-decide"}
        return [self._due(codes[now], self._since)] if now in codes else []

    def _dues(self) -> list[Due]:
        """Return what waits: a right that was not used in time waits no longer."""
        return [due for due in self._must() if not (due.overdue and due.term.code in _RIGHTS)]

    def _due(self, code: str, since: date) -> Due:
        term = self._terms.named(code)
        end = period_end(since, term.length, _COUNTING[term.counting], self._calendar)
        return Due(term, since, end.day, end.day < self._on, end.unknown_from)


_RIGHTS: Final = frozenset({"comment", "appeal"})
"""Terms in which somebody may act, and need not."""
