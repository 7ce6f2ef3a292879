"""The worked examples of a rule, as sentences: what was given, what was asked, what came out.

Whatever decides an answer is told with what was given: two examples that read alike and are
answered differently teach nobody anything.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date

from registry.pages.frame import Frame
from registry.pages.words import day, joined, list_name, nexus_name, word
from registry.query.views import CaseView, RulebookView
from registry.rules.model import AppliedMeasure, Fact
from registry.rules.stops import ACTS

_WHEN = ("listed_on", "published_on", "effective_on", "start")
"""The dates of a fact, the one that says most about its kind first."""
_LAST = (
    ("listed_until", "case.listed-until"),
    ("effective_until", "case.in-effect-until"),
    ("until", "case.until"),
)


@dataclass(frozen=True, slots=True)
class Example:
    """One worked example; ``answer`` are (effect, name of its force, sentence)."""

    name: str
    given: tuple[str, ...]
    question: str
    answer: tuple[tuple[str, str, str], ...]
    says: tuple[str, ...]


def examples_of(frame: Frame, book: RulebookView, rule: str) -> tuple[Example, ...]:
    """Return the examples that are about a rule, in the order of the book."""
    return tuple(_example(frame, case, rule) for case in book.cases if rule in case.rules)


def assumed_of(frame: Frame, book: RulebookView, rule: str) -> str:
    """Say who is assumed in the examples to have adopted a rule, and since when."""
    since = frame.t("case.since")
    said = [
        f"{place}（{_day(frame, on)}{since}）" for key, place, on in book.assumed if key == rule
    ]
    return frame.t("case.assumed", places=joined(frame.lang, said)) if said else ""


def _example(frame: Frame, case: CaseView, rule: str) -> Example:
    decision = case.decision
    return Example(
        case.name,
        tuple(_given(frame, fact, case) for fact in case.facts),
        _question(frame, case),
        tuple(_answered(frame, one) for one in decision.measures),
        decision.says if decision.measures else tuple(_why_not(frame, case, rule)),
    )


def _why_not(frame: Frame, case: CaseView, rule: str) -> Iterator[str]:
    """Yield why nothing applies: an answer without a reason reads as if there were nothing."""
    decision = case.decision
    refused = [one for one in decision.not_applied if one.rule == rule]
    said = dict.fromkeys((*decision.says, *(one.zh for one in refused)))
    yield from said
    if any(one.code == "not-adopted" for one in refused):
        yield frame.t("rule.not-adopted-law")
    if not said:
        yield _nothing_open(frame, case)


def _nothing_open(frame: Frame, case: CaseView) -> str:
    """Say why no record has an effect on the day, as far as the records themselves tell it."""
    on = case.decision.ask.on
    acts = [fact for fact in case.facts if fact.type in ACTS]
    causes = [fact for fact in case.facts if fact.type not in ACTS]
    begun = [act for act in acts if (act.effective_on or act.decided_on) <= on]
    if causes and all((fact.listed_on or fact.decided_on) > on for fact in causes):
        return frame.t("case.not-yet")
    if begun:
        return frame.t("case.ended", what=word(frame.lang, "type", begun[-1].type))
    last = [fact.listed_until or fact.effective_until for fact in causes]
    if last and all(day is not None and day < on for day in last):
        return frame.t("case.over")
    return frame.t("case.not-met")


def _question(frame: Frame, case: CaseView) -> str:
    ask = case.decision.ask
    matter = word(frame.lang, "matter", ask.matter) if ask.matter else frame.t("case.any-matter")
    who = [ask.organ_kind] if ask.organ_kind else []
    if ask.subject_kind == "natural_person":
        who.append(frame.t("case.person", who=ask.subject_id.removeprefix("person:")))
    elif ask.subject_kind != "organisation":
        who.append(frame.t("case.about", who=word(frame.lang, "kind", ask.subject_kind)))
    if ask.nexus:
        why = joined(frame.lang, [nexus_name(frame.lang, code) for code in ask.nexus])
        who.append(frame.t("case.nexus", why=why))
    return frame.t(
        "case.asked",
        who="".join(f"{one}：" for one in who),
        place=case.place,
        matter=matter,
        on=_day(frame, ask.on),
    )


def _given(frame: Frame, fact: Fact, case: CaseView) -> str:
    what = list_name(frame.lang, fact.list) if fact.list else word(frame.lang, "type", fact.type)
    stated = (getattr(fact, name) for name in _WHEN)
    on = next((value for value in stated if isinstance(value, date)), fact.decided_on)
    key = "case.listed" if fact.list else "case.acted"
    who = fact.subject_name or frame.t("case.same")
    said = frame.t(key, who=who, what=what, on=_day(frame, on))
    nobody = fact.list and not fact.named_persons
    asked = case.decision.ask.subject_kind == "natural_person"
    particulars = joined(
        frame.lang,
        [
            *_particulars(frame, fact, case),
            *([frame.t("case.no-persons")] if nobody and asked else []),
        ],
    )
    return frame.t("case.with", said=said, particulars=particulars) if particulars else said


def _particulars(frame: Frame, fact: Fact, case: CaseView) -> Iterator[str]:
    """Yield what else a record states, as far as an answer can hang on it."""
    if fact.authority or fact.organ_kind:
        yield frame.t("case.by", who=fact.authority or fact.organ_kind)
    if fact.provenance == "relayed":
        yield frame.t("case.relayed", source=fact.source)
    yield from _classed(frame, fact)
    for name, key in _LAST:
        if (last := getattr(fact, name)) is not None:
            yield frame.t(key, on=_day(frame, last))
    if fact.reach:
        places = [frame.t("case.nationwide") if one == "CN" else one for one in fact.reach]
        yield frame.t("case.reach", places=joined(frame.lang, map(frame.site.name_of, places)))
    if fact.named_persons:
        persons = [one.name or one.role for one in fact.named_persons]
        yield frame.t("case.persons", persons=joined(frame.lang, persons))
    if fact.target is not None and (upon := _upon(frame, fact, case)):
        yield frame.t("case.upon", what=upon)


def _classed(frame: Frame, fact: Fact) -> Iterator[str]:
    yield from fact.kinds
    if fact.type == "penalty":
        yield word(frame.lang, "severity", fact.severity)
    if fact.grade:
        yield f"{fact.scheme} {fact.grade}".strip()
        if fact.member:
            yield frame.t("case.stated-in", place=frame.site.name_of(fact.member))
    if fact.field:
        yield word(frame.lang, "field", fact.field)


def _upon(frame: Frame, fact: Fact, case: CaseView) -> str:
    """Name the record that an act is upon, where there are several."""
    others = [one for one in case.facts if one.ref != fact.ref]
    for one in others:
        if one.ref == fact.target and len(others) > 1:
            kind = word(frame.lang, "type", one.type)
            return list_name(frame.lang, one.list) if one.list else kind
    return ""


def _answered(frame: Frame, measure: AppliedMeasure) -> tuple[str, str, str]:
    last = measure.last_day
    until = frame.t("measure.until-lifted") if last is None else _day(frame, last)
    said = frame.t("case.measure", name=measure.name, organ=measure.organ, until=until)
    stopped = "；".join(stop.why for stop in measure.suspended_by) or "；".join(measure.why)
    if measure.state == "suspended":
        said = frame.t("case.suspended", said=said, why=stopped)
    elif stopped:
        said = f"{said}（{stopped}）"
    return measure.effect, frame.t(f"effect.{measure.effect}"), said


def _day(frame: Frame, value: date) -> str:
    return day(frame.lang, value)
