"""What applies, put together for pages: the question as chosen, the measures, what else is said."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Final

from registry.errors import MalformedRefusal
from registry.pages.frame import Frame
from registry.pages.measures import BasisLines, MeasureLines, measure_lines
from registry.pages.query_params import day_of, one
from registry.pages.rule_pages import uses_of
from registry.pages.words import day, joined, word
from registry.query.views import DecisionAnswer, RulebookView

NOT_ADOPTED: Final = "not-adopted"
MEASURES_MAX: Final = 7
"""Measures told in full on one page; the rest is named by number and reached by choosing."""


@dataclass(frozen=True, slots=True)
class Chosen:
    """Territory, matter and day of the question; empty territory or matter means all."""

    territory: str
    matter: str
    on: date


@dataclass(frozen=True, slots=True)
class Applies:
    """What applies: the measures, their law once each, and the sentences for where none does.

    ``rules`` are (rule, link, its one sentence); ``left_out`` counts measures that are not told.
    """

    measures: tuple[MeasureLines, ...]
    says: tuple[str, ...]
    nothing: tuple[str, ...] = ()
    laws: tuple[BasisLines, ...] = ()
    rules: tuple[tuple[str, str, str], ...] = ()
    left_out: int = 0


def matters_of(book: RulebookView | None) -> tuple[str, ...]:
    """Return the matters that the rulebook knows, in its order."""
    if book is None:
        return ()
    uses = (use for rule in book.book.rules if rule.latest for use in uses_of(rule))
    return tuple(dict.fromkeys(use.matter for use in uses))


def date_asked(frame: Frame, today: date) -> date:
    """The day of the question, today if none is given; raises MalformedRefusal."""
    return day_of(one(frame, "on")) or today


def chosen_of(frame: Frame, on: date, book: RulebookView | None) -> Chosen:
    """Read territory and matter from the query string; raises MalformedRefusal for unknown ones.

    Whoever may ask about some territories or matters only, and names none, asks about the first.
    """
    territory, matter = one(frame, "territory"), one(frame, "matter")
    if territory and territory not in dict(frame.site.members):
        raise MalformedRefusal(
            "办理地区不在成员地区之内，请从列表中选择。",
            "The territory is none of the members: choose one from the list.",
            code="unknown-territory",
        )
    if matter and matter not in matters_of(book):
        raise MalformedRefusal(
            "没有这个办理事项，请从列表中选择。",
            "There is no such matter: choose one from the list.",
            code="unknown-matter",
        )
    grant = frame.asker.grant
    if not territory and not grant.in_place(""):
        territory = next((code for code, _ in frame.site.members if grant.in_place(code)), "")
    if not matter and not grant.in_matter(""):
        matter = next((code for code in matters_of(book) if grant.in_matter(code)), "")
    return Chosen(territory, matter, on)


def choosing(frame: Frame, chosen: Chosen, book: RulebookView | None) -> dict[str, object]:
    """What the form for territory, matter and day offers and holds, inside the asker's scope."""
    grant = frame.asker.grant
    matters = [code for code in matters_of(book) if grant.in_matter(code)]
    return {
        "chosen": chosen,
        "territories": tuple(pair for pair in frame.site.members if grant.in_place(pair[0])),
        "matters": [(code, word(frame.lang, "matter", code)) for code in matters],
    }


def places_of(frame: Frame, chosen: Chosen) -> list[str]:
    """Return the territories that are asked about."""
    return [chosen.territory] if chosen.territory else [code for code, _ in frame.site.members]


def lead_of(frame: Frame, chosen: Chosen) -> str:
    """The line that says for which day, territory and matter the answer is."""
    on = day(frame.lang, chosen.on)
    where = frame.site.name_of(chosen.territory)
    lead = (
        frame.t("subject.applies-in", on=on, city=where)
        if chosen.territory
        else frame.t("subject.applies-lead", on=on)
    )
    if not chosen.matter:
        return lead
    matter = frame.t("subject.applies-to", matter=word(frame.lang, "matter", chosen.matter))
    return f"{lead}{'' if frame.lang == 'zh' else ' '}{matter}"


def applies_of(
    frame: Frame, answers: Sequence[DecisionAnswer], chosen: Chosen, most: int = MEASURES_MAX
) -> Applies:
    """Put the answers for one subject together; at most ``most`` measures are told."""
    if all(not answer.rulebook for answer in answers):
        return Applies((), (), (frame.t("subject.no-rulebook"),))
    found = [
        (answer.decision.ask.territory, measure)
        for answer in answers
        for measure in answer.decision.measures
    ]
    measures, laws = measure_lines(frame, found, most)
    says = _says(frame, answers)
    if not measures:
        key = "subject.no-measure" if chosen.territory else "subject.no-measure-any"
        return Applies((), says, (frame.t(key),))
    none = [answer.territory_name for answer in answers if not answer.decision.measures]
    text = frame.t("subject.none-in", cities=joined(frame.lang, none))
    told = measures[:most]
    rules = dict.fromkeys((one.rule, one.rule_link, one.reads) for one in told)
    left_out = len(measures) - len(told)
    return Applies(told, says, (text,) if none else (), laws, tuple(rules), left_out)


def _says(frame: Frame, answers: Iterable[DecisionAnswer]) -> tuple[str, ...]:
    """Where a rule with an open cause was not adopted, and what else does not apply and why."""
    missing: dict[str, list[str]] = {}
    said: dict[str, None] = {}
    for answer in answers:
        for reason in answer.decision.not_applied:
            if reason.code == NOT_ADOPTED:
                rule = frame.t("measure.rule", key=reason.rule, edition=reason.edition)
                missing.setdefault(rule, []).append(answer.territory_name)
            else:
                said[_not_here(frame, answer.territory_name, reason.zh)] = None
    adopted = [
        f"{frame.t('rule.not-adopted', city=joined(frame.lang, cities))}（{rule}）"
        for rule, cities in missing.items()
    ]
    law = [frame.t("rule.not-adopted-law")] if adopted else []
    return (*adopted, *law, *said)


def _not_here(frame: Frame, city: str, why: str) -> str:
    return frame.t("subject.says-here" if city in why else "subject.says", city=city, why=why)
