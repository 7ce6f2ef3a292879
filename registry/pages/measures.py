"""措施适用提示 as pages show it: one sentence, its law, its reasons, and where it applies.

The Chinese sentence comes from the rules themselves; nothing here weighs, adds or leaves out.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import date

from registry.clock import SHANGHAI
from registry.pages.frame import Frame
from registry.pages.words import day, joined, word
from registry.rules.instruments import UNCONFIRMED, article_zh
from registry.rules.model import AppliedMeasure, BasisView, FactRef
from registry.rules.wording import explain_zh

QUOTED = "full_text"
MEASURE_WAY = 3
"""Which way of `objection.toml` is the one against a measure, from 1."""


@dataclass(frozen=True, slots=True)
class BasisLines:
    """A legal basis: how it is cited, and its words or gist."""

    cited: str
    text: str
    how: str
    unconfirmed: bool
    anchor: str = ""


@dataclass(frozen=True, slots=True)
class MeasureLines:
    """One measure, once for all the territories in which it applies alike.

    ``law`` and ``until`` are for the eye; ``sentence`` says the same in full. ``start`` and
    ``last`` bound its bar in the picture. The words of ``basis`` stand once on the page, where
    its anchor leads.
    """

    anchor: str
    name: str
    start: date
    last: date | None
    law: str
    until: str
    sentence: str
    effect: str
    effect_name: str
    force: str
    matter: str
    suspended: bool
    organ: str
    places: str
    from_elsewhere: tuple[str, ...]
    reasons: tuple[str, ...]
    reads: str
    basis: BasisLines
    second_basis: BasisLines | None
    adopted: tuple[str, ...]
    limits: tuple[str, ...]
    causes: tuple[str, ...]
    rule: str
    rule_link: str
    contest: str
    contest_at: tuple[str, ...]
    contest_link: str


def basis_lines(frame: Frame, basis: BasisView) -> BasisLines:
    """A basis in words; one that nobody has confirmed is shown as such, never hidden."""
    unconfirmed = basis.read == UNCONFIRMED
    if not basis.title:
        return BasisLines(basis.text, "", "", unconfirmed)
    how = frame.t("measure.quoted" if basis.read == QUOTED else "measure.gist")
    return BasisLines(cited(frame, basis), basis.text, how, unconfirmed)


def cited(frame: Frame, basis: BasisView) -> str:
    """Title, number, article and the day the instrument came into force, as far as known."""
    zh = frame.lang == "zh"
    known = article_zh(basis.article)
    article = known if zh or not known else frame.t("measure.article", article=basis.article)
    since = basis.in_force_from
    return frame.t(
        "measure.basis",
        title=basis.title,
        number=basis.number,
        article=article or frame.t("measure.no-article"),
        since=frame.t("measure.since-unknown") if since is None else day(frame.lang, since),
    )


def sentence(frame: Frame, measure: AppliedMeasure) -> str:
    """The sentence that stands for a measure, word for word in Chinese."""
    if frame.lang == "zh":
        return explain_zh(measure)
    start = day("en", measure.start)
    last = measure.last_day
    return frame.t(
        "measure.sentence",
        name=measure.name,
        effect=frame.t(f"effect.{measure.effect}"),
        organ=measure.organ,
        basis=cited(frame, measure.basis),
        period=frame.t("measure.period-open", start=start)
        if last is None
        else frame.t("measure.period", start=start, end=day("en", last)),
        cause=measure.cause_text,
        ends="; ".join(measure.lift_conditions),
    )


def measure_lines(
    frame: Frame, found: Iterable[tuple[str, AppliedMeasure]], most: int
) -> tuple[tuple[MeasureLines, ...], tuple[BasisLines, ...]]:
    """Group what applies alike in several territories, in the order it was found.

    ``found`` are pairs of territory code and measure. Beside the groups stands the law of the first
    ``most`` of them, each basis once.
    """
    groups: dict[tuple[object, ...], list[tuple[str, AppliedMeasure]]] = {}
    for territory, measure in found:
        groups.setdefault(_alike(measure), []).append((territory, measure))
    told = [group[0][1] for group in groups.values()][:most]
    views = dict.fromkeys(
        basis for one in told for basis in (one.basis, one.second_basis) if basis is not None
    )
    laws = {
        view: replace(basis_lines(frame, view), anchor=f"law{at}")
        for at, view in enumerate(views, 1)
    }
    lines = (_lines(frame, f"m{at}", group, laws) for at, group in enumerate(groups.values(), 1))
    return tuple(lines), tuple(laws.values())


def _alike(measure: AppliedMeasure) -> tuple[object, ...]:
    return (
        measure.rule,
        measure.edition,
        measure.measure,
        measure.effect,
        measure.state,
        measure.start,
        measure.last_day,
        measure.causes,
        measure.why,
        measure.suspended_by,
    )


def _lines(
    frame: Frame,
    anchor: str,
    group: list[tuple[str, AppliedMeasure]],
    laws: Mapping[BasisView, BasisLines],
) -> MeasureLines:
    measure = group[0][1]
    second = measure.second_basis
    return MeasureLines(
        anchor=anchor,
        name=measure.name,
        start=measure.start,
        last=measure.last_day,
        law=_law(measure.basis),
        until=frame.t("measure.until-lifted")
        if measure.last_day is None
        else day(frame.lang, measure.last_day),
        sentence=sentence(frame, measure),
        effect=measure.effect,
        effect_name=frame.t(f"effect.{measure.effect}"),
        force=frame.t(f"effect.{measure.effect}-long"),
        matter=word(frame.lang, "matter", measure.matter),
        suspended=measure.state == "suspended",
        organ=measure.organ,
        places=joined(frame.lang, [frame.site.name_of(territory) for territory, _ in group]),
        from_elsewhere=_elsewhere(frame, measure.causes, {territory for territory, _ in group}),
        reasons=_reasons(frame, measure),
        reads=measure.reads,
        basis=laws.get(measure.basis) or basis_lines(frame, measure.basis),
        second_basis=None if second is None else laws.get(second) or basis_lines(frame, second),
        adopted=tuple(_adopted(frame, territory, one) for territory, one in group),
        limits=measure.limits,
        causes=tuple(frame.url(f"/record/{ref.origin}/{ref.idx}") for ref in measure.causes),
        rule=frame.t("measure.rule", key=measure.rule, edition=measure.edition),
        rule_link=frame.url(f"/rule/{measure.rule}"),
        contest=frame.t("measure.contest", organ=measure.organ),
        contest_at=_offices(frame, measure, [territory for territory, _ in group]),
        contest_link=f"{frame.url('/objection')}#way{MEASURE_WAY}",
    )


def _offices(frame: Frame, measure: AppliedMeasure, territories: Iterable[str]) -> tuple[str, ...]:
    """Return what the competent organ is called in each territory that says so, and its number."""
    on, offices = frame.at.astimezone(SHANGHAI).date(), frame.site.offices
    found = (
        offices.for_organ(place, measure.organ, "", on)
        or offices.for_matter(place, measure.matter, on)
        for place in territories
    )
    return tuple(
        f"{one.name} {frame.t('standard.phone', number=one.phone)}" if one.phone else one.name
        for one in found
        if one is not None
    )


def _law(basis: BasisView) -> str:
    """Return a basis as short as it can still be found by: title and article."""
    return f"{basis.title}{article_zh(basis.article)}" if basis.title else basis.text


def _elsewhere(frame: Frame, causes: tuple[FactRef, ...], territories: set[str]) -> tuple[str, ...]:
    codes = dict.fromkeys(frame.site.origins.get(ref.origin, "") for ref in causes)
    return tuple(frame.site.name_of(code) for code in codes if code and {code} != territories)


def _reasons(frame: Frame, measure: AppliedMeasure) -> tuple[str, ...]:
    stops = [stop.why for stop in measure.suspended_by]
    return (
        *(frame.t("measure.reason", why=why) for why in measure.why if why not in stops),
        *(frame.t("measure.suspended-why", why=why) for why in stops),
        *([measure.notice] if measure.notice else []),
    )


def _adopted(frame: Frame, territory: str, measure: AppliedMeasure) -> str:
    return frame.t(
        "measure.adopted",
        city=frame.site.name_of(territory),
        instrument=measure.adoption.instrument,
        on=day(frame.lang, measure.adoption.start),
    )
