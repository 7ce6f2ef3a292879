"""The worked examples of a rule, as sentences: what was given, what was asked, what came out."""

from dataclasses import dataclass
from datetime import date

from registry.pages.frame import Frame
from registry.pages.words import day, list_name, word
from registry.query.views import CaseView, RulebookView
from registry.rules.model import AppliedMeasure, Fact

_WHEN = ("listed_on", "published_on", "effective_on", "start")
"""The dates of a fact, the one that says most about its kind first."""


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
    return tuple(_example(frame, case) for case in book.cases if rule in case.rules)


def _example(frame: Frame, case: CaseView) -> Example:
    ask, decision = case.decision.ask, case.decision
    matter = word(frame.lang, "matter", ask.matter) if ask.matter else frame.t("case.any-matter")
    who = f"{ask.organ_kind}：" if ask.organ_kind else ""
    question = frame.t(
        "case.asked", who=who, place=case.place, matter=matter, on=_day(frame, ask.on)
    )
    return Example(
        case.name,
        tuple(_given(frame, fact) for fact in case.facts),
        question,
        tuple(_answered(frame, one) for one in decision.measures),
        decision.says,
    )


def _given(frame: Frame, fact: Fact) -> str:
    what = list_name(frame.lang, fact.list) if fact.list else word(frame.lang, "type", fact.type)
    stated = (getattr(fact, name) for name in _WHEN)
    on = next((value for value in stated if isinstance(value, date)), fact.decided_on)
    key = "case.listed" if fact.list else "case.acted"
    who = fact.subject_name or frame.t("case.same")
    return frame.t(key, who=who, what=what, on=_day(frame, on))


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
