"""The checks of the record types about standards: editions, recognitions, results, cases.

As in ``checks_rules`` they depend on the record's bytes and on named tables alone: that an edition
is void by now, that replacements run in a circle, or that a laboratory's licence was over, is said
by the answer to a question, which sees all records.

Sources: domain 0.1.11 and 8.1 to 8.3; 标准化法 10 to 13, 18, 21; GB/T 20000.2.
"""

from collections.abc import Mapping
from itertools import combinations
from operator import attrgetter
from typing import Final

from msgspec import UNSET, UnsetType

from registry.domain.divisions import division_name
from registry.domain.records import Record
from registry.domain.records.base import Target
from registry.domain.records.standards import (
    ConformityResult,
    GroupStandardUse,
    LaboratoryScope,
    RecognitionChange,
    ResultAcceptance,
    SelfDeclaration,
    Standard,
    StandardCase,
    StandardCaseStep,
    StandardComparison,
    StandardNotice,
    StandardRecognition,
)
from registry.ingest.checks_codes import (
    NONE,
    Findings,
    at,
    at_each,
    division_findings,
    organ_findings,
    uscc_findings,
)
from registry.ingest.checks_common import Check, contradiction, not_before, real_number, real_text
from registry.ingest.checks_compared import compared_rows, two_standards
from registry.ingest.checks_editions import (
    adoptions,
    event_of_notice,
    group_and_public,
    obligation_of_number,
    replacements,
    state_and_dates,
    year_of_issue,
)
from registry.ingest.checks_numbers import editions, number_said, numbers, same_number
from registry.ingest.checks_shape import show
from registry.ingest.checks_types import (
    narrowed_range,
    origin_findings,
    reference_origin,
    target_origin,
)
from registry.ingest.reasons import Finding, finding
from registry.ingest.words import PLACEHOLDERS, gloss
from registry.standards.competence import MARKS, Lack, competent

_IN_ORDER: Final = not_before("decided_on", "published_on", "corrected_on")
_PLACES: Final[Mapping[Lack, str]] = {
    "competence-unknown": "/authority/division",
    "competence-territory": "/territory",
    "route-level": "/route",
    "route-organ": "/authority/kind",
    "route-number": "/number",
    "route-use": "/use",
    "route-unnamed": "/instrument",
    "standard-does-not-travel": "/territory",
}
"""Where a recognition says what its authority may not."""


def in_order(*members: str) -> Check:
    """Make the check that dates, as far as they are stated, are in this order."""
    read = [(member, attrgetter(member)) for member in members]

    def check(record: Record) -> Findings:
        dates = [(name, day) for name, of in read if (day := of(record)) is not UNSET]
        if len(dates) < 2:  # noqa: PLR2004 - one is in order
            return NONE
        return tuple(
            contradiction(f"/{later[0]}", earlier, later)
            for earlier, later in combinations(dates, 2)
            if later[1] < earlier[1]
        )

    return check


def real_items(member: str) -> Check:
    """Make the check that no line of a list, where there is one, is a placeholder."""

    def check(record: Record) -> Findings:
        lines = getattr(record, member)
        return tuple(
            finding("placeholder-value", f"/{member}/{index}", value=text)
            for index, text in enumerate(() if lines is UNSET else lines)
            if text in PLACEHOLDERS
        )

    return check


# ------------------------------------------------------------------ recognition and acceptance


def may_recognise(record: StandardRecognition | ResultAcceptance) -> Findings:
    """Its authority may do so there, by that route (``standards/competence.toml``)."""
    said = {
        "organ": show(record.authority.name),
        "territory": f"{division_name(record.territory) or ''}{record.territory}",
        "number": show(record.number),
        "day": record.decided_on.isoformat(),
    }
    found = (finding(lack, _PLACES[lack], **said) for lack in competent(record))
    return (*found, *at("/territory", division_findings(record.territory)))


def degree_has_ground(record: StandardRecognition | ResultAcceptance) -> Findings:
    """Who refuses gives reasons; conditions and what is left out stand in their own members."""
    limited = record.conditions is not UNSET or record.exclusions is not UNSET
    lacking = {
        "full": None,
        "partial": None if limited else "/exclusions",
        "conditional": "/conditions" if record.conditions is UNSET else None,
        "refused": "/reasons" if record.reasons is UNSET else None,
    }.get(record.degree)
    said = {"value_zh": gloss("degree", record.degree), "value": record.degree}
    if lacking is not None:
        return (finding("degree-unfounded", lacking, **said),)
    if record.degree == "full" and limited:
        return (finding("degree-limited", "/degree", **said),)
    return NONE


def other_side(record: StandardRecognition) -> Findings:
    """What is recognised in return is named with its territory, which is another one."""
    stated = (record.counterpart is not UNSET, record.counterpart_territory is not UNSET)
    if stated == (False, False):
        return NONE
    if stated != (True, True):
        lacking = "/counterpart_territory" if stated[0] else "/counterpart"
        return (finding("counterpart-incomplete", lacking),)
    place = str(record.counterpart_territory)
    found = tuple(at("/counterpart_territory", division_findings(place)))
    if place == record.territory:
        found += (finding("counterpart-own", "/counterpart_territory", value=place),)
    return found


def stands_for_another(record: StandardRecognition) -> Findings:
    """What it may stand for is another standard; a comparison is named by its log."""
    found = NONE
    if record.stands_for is not UNSET and same_number(record.stands_for, record.number):
        found = (finding("stands-for-itself", "/stands_for", value=show(record.stands_for)),)
    return found + _origin("/comparison", record.comparison)


def _origin(pointer: str, target: Target | UnsetType) -> Findings:
    return NONE if target is UNSET else tuple(at(pointer, origin_findings(target)))


def change_has_days(record: RecognitionChange) -> Findings:
    """A suspension names the day on which it is looked at again, an extension its last day."""
    if record.change == "suspended" and record.review_by is UNSET:
        return (finding("suspension-open", "/review_by"),)
    if record.change == "extended" and record.until is UNSET:
        return (finding("extension-open", "/until"),)
    return NONE


def known_marks(record: ResultAcceptance) -> Findings:
    """The marks are known ones, and such as these results can bear."""
    marks = () if record.marks is UNSET else record.marks
    found: list[Finding] = []
    for index, code in enumerate(marks):
        found += at(f"/marks/{index}", _mark(code))
        mark = MARKS.get(code)
        if mark is not None and record.results != "either" and record.results not in mark.results:
            said = {"value_zh": gloss("results", record.results), "value": record.results}
            found.append(finding("mark-and-result", f"/marks/{index}", mark=code, **said))
    return tuple(found)


def known_mark(record: LaboratoryScope) -> Findings:
    """So is that of a laboratory's licence."""
    return tuple(at("/mark", _mark(record.mark)))


def _mark(code: str) -> Findings:
    if code in MARKS:
        return NONE
    return (finding("unknown-mark", "", value=show(code), choices=", ".join(MARKS)),)


def result_origins(record: ResultAcceptance) -> Findings:
    """Results come from divisions."""
    places = () if record.origins is UNSET else record.origins
    return tuple(at_each("/origins", map(division_findings, places)))


# ------------------------------------------------------------------ results and cases


def methods_of_scope(record: LaboratoryScope) -> Findings:
    """A scope names each method in its edition: another one is not in it."""
    methods = (number_said(item.method, dated=True) for item in record.items)
    return tuple(
        finding_
        for index, found in enumerate(methods)
        for finding_ in at(f"/items/{index}/method", found)
    )


def issuer_of_result(record: ConformityResult) -> Findings:
    """Who issued a result, and what whoever accepts it will ask for."""
    found = at("/laboratory_uscc", uscc_findings(record.laboratory_uscc))
    needed = ("methods", "sample", "tested_on") if record.kind == "test" else ("valid_until",)
    for member in needed:
        if getattr(record, member) is UNSET:
            found.append(finding("result-incomplete", f"/{member}"))
    if record.kind == "certificate" and record.conclusion != "conforms":
        said = {"value_zh": gloss("conclusion", record.conclusion), "value": record.conclusion}
        found.append(finding("certificate-conclusion", "/conclusion", **said))
    return tuple(found)


def asked_of(record: StandardCase) -> Findings:
    """Whom it is asked of and where; to recognise or accept is always for some use."""
    found = [
        *at("/receiver", organ_findings(record.receiver)),
        *at("/territory", division_findings(record.territory)),
    ]
    if record.use is UNSET and record.about in {"recognition", "acceptance"}:
        found.append(finding("case-without-use", "/use"))
    return tuple(found)


def step_says_enough(record: StandardCaseStep) -> Findings:
    """A decision has its degree, and nothing else has; what is wanting or refused is said."""
    found = NONE
    decision = record.step in {"decided", "appeal_decided"}
    if decision is (record.degree is UNSET):
        said = {"value_zh": gloss("step", record.step), "value": record.step}
        found += (finding("step-degree", "/degree", **said),)
    if record.text is UNSET and (record.step == "incomplete" or record.degree == "refused"):
        found += (finding("step-unexplained", "/text"),)
    return found + _origin("/result", record.result)


_PERIOD: Final = (in_order("in_force_from", "in_force_until"),)

TABLE: Final[Mapping[type[Record], tuple[object, ...]]] = {
    Standard: (
        _IN_ORDER,
        editions("number"),
        numbers("references"),
        in_order("issued_on", "effective_on", "void_on"),
        real_text("title"),
        obligation_of_number,
        year_of_issue,
        state_and_dates,
        replacements,
        adoptions,
    ),
    StandardNotice: (
        _IN_ORDER,
        editions("number"),
        numbers("by"),
        real_text("instrument"),
        event_of_notice,
    ),
    StandardComparison: (
        _IN_ORDER,
        editions("a", "b"),
        not_before("reviewed_on", "decided_on", code="suspicious-dates"),
        real_text("product", "reviewer"),
        two_standards,
        compared_rows,
    ),
    StandardRecognition: (
        _IN_ORDER,
        editions("number"),
        numbers("stands_for", "counterpart"),
        *_PERIOD,
        in_order("in_force_from", "review_by"),
        not_before("decided_on", "in_force_from", code="suspicious-dates"),
        real_text("instrument"),
        real_items("products"),
        may_recognise,
        degree_has_ground,
        other_side,
        stands_for_another,
    ),
    RecognitionChange: (
        _IN_ORDER,
        target_origin,
        editions("number"),
        in_order("effective_on", "review_by"),
        in_order("effective_on", "until"),
        real_text("instrument", "reasons"),
        change_has_days,
    ),
    ResultAcceptance: (
        _IN_ORDER,
        editions("number"),
        *_PERIOD,
        not_before("decided_on", "in_force_from", code="suspicious-dates"),
        real_text("instrument"),
        real_items("products"),
        may_recognise,
        degree_has_ground,
        known_marks,
        result_origins,
    ),
    LaboratoryScope: (
        _IN_ORDER,
        not_before("valid_from", "valid_until"),
        real_number("certificate_no"),
        known_mark,
        methods_of_scope,
    ),
    ConformityResult: (
        _IN_ORDER,
        editions("number", "methods"),
        in_order("sampled_on", "tested_on", "issued_on", "valid_until"),
        real_number("report_no"),
        real_number("licence_no"),
        real_text("product", "laboratory"),
        issuer_of_result,
    ),
    GroupStandardUse: (
        _IN_ORDER,
        editions("number", "into"),
        real_text("instrument"),
        group_and_public,
    ),
    SelfDeclaration: (
        _IN_ORDER,
        editions("number"),
        in_order("declared_on", "valid_until"),
        real_text("product"),
    ),
    StandardCase: (
        _IN_ORDER,
        narrowed_range,
        numbers("number"),
        not_before("asked_on", "decided_on", code="suspicious-dates"),
        real_text("reasons"),
        asked_of,
    ),
    StandardCaseStep: (_IN_ORDER, narrowed_range, reference_origin, step_says_enough),
}
"""The checks of each of these types beside the common ones, in the order in which they are made."""
