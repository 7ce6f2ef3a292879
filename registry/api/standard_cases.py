"""Cases about standards: their steps, who must act by when, and what was late or out of order."""

from datetime import date
from typing import Final

from litestar import get
from litestar.openapi.datastructures import ResponseSpec
from msgspec import Struct

from registry.api.gate import ReadsDep
from registry.api.render import record_out
from registry.api.schemas import ProblemOut, RecordOut
from registry.query.standard_cases import CaseView
from registry.standards.case_clock import FINDINGS, Arrangement, Due

_PROBLEMS: Final = {
    status: ResponseSpec(ProblemOut, description=text, media_type="application/problem+json")
    for status, text in (
        (401, "no credential, or one that is not good"),
        (403, "`no-standard-cases`: the credential is of nobody who has to do with cases"),
        (429, "too many requests; `Retry-After` says when to go on"),
    )
}


class DueOut(Struct):
    """What somebody must (to comment or appeal: may) do until its last day, itself in.

    ``who``: organ, applicant or appeal_organ; ``next`` are the steps by which he does. ``least``:
    until it is over, or he has answered, nothing but recognition in full is decided.
    ``unknown_from``: the first year on the way whose days off are not arranged yet.
    """

    code: str
    who: str
    next: tuple[str, ...]
    since: date
    last: date
    overdue: bool
    least: bool
    zh: str
    en: str
    basis_zh: str
    basis_en: str
    unknown_from: int | None


class CaseFindingOut(Struct):
    """A step, by its place in ``steps``, and what is wrong with it."""

    step: int
    code: str
    zh: str
    en: str


class TermsOut(Struct):
    """The arrangement that the times are of: it is no law, and ``read`` says so."""

    title_zh: str
    title_en: str
    since: date
    read: str


class StandardCaseOut(Struct):
    """A case: the request, its steps in order, those that count for nothing, and how it stands.

    ``silent``: nobody has said in time that it is taken in, so that it counts as taken in.
    """

    case: RecordOut
    steps: tuple[RecordOut, ...]
    ignored: tuple[RecordOut, ...]
    now: str
    silent: bool
    closed: bool
    dues: tuple[DueOut, ...]
    findings: tuple[CaseFindingOut, ...]
    decide_from: date | None
    terms: TermsOut


class StandardCasesOut(Struct):
    """What is overdue first, then soonest due; ``whole`` false: older cases were not looked at."""

    on: date
    cases: tuple[StandardCaseOut, ...]
    whole: bool


@get("/standard-cases", summary="Cases about standards", responses=_PROBLEMS)
async def standard_cases(reads: ReadsDep) -> StandardCasesOut:
    """Those of your member, of the region, or your own, with who must act by when."""
    found = await reads.standard_cases()
    return StandardCasesOut(found.on, tuple(map(case_out, found.cases)), found.whole)


def case_out(one: CaseView) -> StandardCaseOut:
    """Return a case as the interface has it."""
    stands = one.standing
    return StandardCaseOut(
        record_out(one.view),
        tuple(map(record_out, one.steps)),
        tuple(map(record_out, one.ignored)),
        stands.now,
        stands.silent,
        stands.closed,
        tuple(map(_due, stands.dues)),
        tuple(
            CaseFindingOut(found.step, found.code, FINDINGS[found.code].zh, FINDINGS[found.code].en)
            for found in stands.findings
        ),
        stands.decide_from,
        _terms(stands.arrangement),
    )


def _due(due: Due) -> DueOut:
    term = due.term
    return DueOut(
        code=term.code,
        who=term.who,
        next=term.next,
        since=due.since,
        last=due.last,
        overdue=due.overdue,
        least=term.least,
        zh=term.zh,
        en=term.en,
        basis_zh=term.basis_zh,
        basis_en=term.basis_en,
        unknown_from=due.unknown_from,
    )


def _terms(one: Arrangement) -> TermsOut:
    return TermsOut(one.title_zh, one.title_en, one.since, one.read)
