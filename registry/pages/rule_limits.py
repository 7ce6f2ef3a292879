"""What bounds a rule besides its measures: counts, longest terms, places, formulas, revisions."""

from collections.abc import Iterable, Iterator

from registry.domain.periods import parse_length
from registry.pages.frame import Frame
from registry.pages.words import joined
from registry.rules.compiled import CompiledPrinciple, CompiledRule
from registry.rules.language import given
from registry.rules.model import BasisView
from registry.rules.terms import Evaluated

_YEAR = 12
_UNITS = {"zh": ("{}年", "{}个月", "{}天"), "en": ("{} years", "{} months", "{} days")}


def limits_of(frame: Frame, rule: CompiledRule, bases: Iterable[BasisView]) -> tuple[str, ...]:
    """Return one sentence for each bound that a rule sets, in the order a lawyer asks."""
    return tuple(_limits(frame, rule, bases))


def _limits(frame: Frame, rule: CompiledRule, bases: Iterable[BasisView]) -> Iterator[str]:
    count, most = given(rule.rule.trigger.at_least), given(rule.rule.period.at_most)
    term = given(rule.rule.period.if_no_listed_until)
    evaluated = given(rule.rule.evaluation)
    if count is not None:
        within = _length(frame, count.within)
        yield frame.t("rule.counts", number=count.number, within=within, cities=count.cities)
    if term is not None:
        yield frame.t("rule.term", length=_length(frame, term.length))
    if most is not None:
        yield frame.t("rule.at-most", length=_length(frame, most.length))
    if rule.stated_reach:
        yield frame.t("rule.as-it-states")
    if evaluated is not None:
        yield from _evaluated(frame, evaluated, rule.reach)
    if any(use.effect == "bar" for uses in rule.by_matter.values() for use in uses):
        yield frame.t("rule.bar-anyway")
    for basis in bases:
        if basis.under_revision:
            yield frame.t("rule.under-revision", title=basis.title, note=basis.under_revision)


def _evaluated(frame: Frame, evaluated: Evaluated, reach: str) -> Iterator[str]:
    grades = [f"{grade}（{share}）" for grade, share in evaluated.grades.items()]
    yield frame.t(
        "rule.evaluated",
        scheme=evaluated.scheme,
        formula=evaluated.formula,
        grades=joined(frame.lang, grades),
        place=frame.site.name_of(reach),
    )
    names = [
        one.name if (weight := given(one.weight)) is None else f"{one.name} {weight}%"
        for one in evaluated.indicators
    ]
    yield frame.t("rule.indicators", names=joined(frame.lang, names))


def _length(frame: Frame, length: str) -> str:
    """Return a length of the rule language in words: 2年, 1 years 6 months."""
    months, days = parse_length(length)
    amounts = (months // _YEAR, months % _YEAR, days)
    words = zip(_UNITS[frame.lang], amounts, strict=True)
    between = "" if frame.lang == "zh" else " "
    return between.join(unit.format(amount) for unit, amount in words if amount)


def principle_lines(one: CompiledPrinciple) -> dict[str, object]:
    """Return what holds for every rule, as the list of rules shows it."""
    law = [f"{basis.title}（{basis.number}）" for basis in one.law]
    return {
        "title": f"{one.principle.key} {one.principle.title}",
        "reads": one.principle.reads,
        "not_from": one.principle.not_from_this_rule,
        "law": "；".join(dict.fromkeys(law)),
    }
