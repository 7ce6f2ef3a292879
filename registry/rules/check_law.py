"""The law a rule rests on: bases, their force and reach, targets, reviews, persons, ends.

The words of each refusal and the law it rests on stand in ``gate.toml``.
"""

from collections.abc import Iterator

from registry.rules.check_shape import tests_of
from registry.rules.defects import Path
from registry.rules.findings import (
    GATE,
    Finding,
    Named,
    cited,
    cited_zh,
    measure_name,
    name_of,
    unlawful,
)
from registry.rules.instruments import STRONG_LEVELS, UNCONFIRMED, reaches, split_citation
from registry.rules.language import Article, Book, Instrument, Measure, Rule, Use, given

COMMENT_DAYS = 30  # 国办发〔2020〕49号: draft criteria are open to comment for 30 days
_REVIEWS = {
    "fair_competition": "missing-fair-competition-review",
    "legality": "missing-legality-review",
}
_LOSS = frozenset({"bar", "restrict"})
# Which stops must be named, by kind of rule (信用修复管理办法 3, 行政处罚法 48).
_MUST_STOP = {"punishment": ("repair", "withdrawal"), "reward": ("withdrawal",)}


def _reviews(_: Book, rule: Rule, path: Path) -> Iterator[Finding]:
    """Yield missing reviews: no edition is issued without them (公平竞争审查条例 8-10, 18)."""
    here: Path = (*path, "review")
    named = Named(name_of(rule))
    for name, code in _REVIEWS.items():
        if not str(getattr(rule.review, name)).strip():
            yield unlawful(code, (*here, name), named)
    days = rule.review.public_comment_days
    if days < COMMENT_DAYS:
        named = named._replace(more=str(days))
        yield unlawful("short-public-comment", (*here, "public_comment_days"), named)


def _named(book: Book, rule: Rule, inner: Path, citation: str) -> Named:
    """Return what is to be named about a citation: what rests on it, and its title."""
    what = str(inner[0])
    if inner[0] == "measures":
        what = measure_name(book, rule.measures[int(inner[1])].use)
    return Named(name_of(rule), what, cited_zh(book, citation))


def _bases(book: Book, rule: Rule, path: Path) -> Iterator[Finding]:
    """Yield bases that cannot carry what rests on them: memoranda, reach, force, no words."""
    watched = {watch.instrument for watch in rule.watch}
    reach = rule.territory.basis_reaches
    for inner, citation in cited(rule):
        key, article = split_citation(citation)
        instrument = book.instruments.get(key)
        if instrument is None:
            continue
        here, named = (*path, *inner), _named(book, rule, inner, citation)
        if instrument.level == "memorandum":
            yield unlawful("memorandum-basis", here, named)
        lapse = _lapse(instrument, rule, watched=key in watched)
        if lapse:
            yield unlawful("basis-not-in-force", here, named._replace(more=lapse))
        quoted = instrument.articles.get(article)
        if quoted is not None and not f"{quoted.text}{quoted.gist}".strip():
            yield unlawful("empty-article", here, named)
        own = inner[0] == "measures" and inner[-1] == "basis"
        if own and not reaches(instrument.territory, reach):
            yield unlawful("basis-reach", here, named._replace(more=instrument.territory))


def _lapse(instrument: Instrument, rule: Rule, *, watched: bool) -> str:
    """Say when a basis is not in force in the year of the edition, or ends unwatched."""
    year = int(rule.edition[:4])
    start, until = instrument.in_force.start, given(instrument.in_force.until)
    if start.year > year:
        return f"自{start}起施行，晚于版次"
    if until is not None and (until.year < year or not watched):
        return f"于{until}失效"
    return ""


def _carried(book: Book, rule: Rule, path: Path) -> Iterator[Finding]:
    """Yield measures that the level of their basis, its reading or its targets do not carry."""
    for index, use in enumerate(rule.measures):
        measure = book.measures.get(use.use)
        instrument = book.instruments.get(split_citation(use.basis)[0])
        if measure is None or instrument is None:
            continue
        here: Path = (*path, "measures", index)
        named = Named(name_of(rule), measure.name, cited_zh(book, use.basis))
        if instrument.level != "memorandum":
            yield from _force(measure, instrument, here, named)
        article = instrument.articles.get(split_citation(use.basis)[1])
        if article is None:
            continue
        if measure.effect == "bar" and article.read != "full_text":
            yield unlawful("unread-basis", (*here, "basis"), named)
        wider = _wider(rule, measure, article)
        if wider:
            yield unlawful("targets-wider", (*here, "basis"), named._replace(more=wider))


def _force(measure: Measure, instrument: Instrument, here: Path, named: Named) -> Iterator[Finding]:
    """Yield that rights are taken away on less than law, regulation or Party-State policy."""
    loss = measure.family == "A" or measure.effect in _LOSS
    if loss and instrument.level not in STRONG_LEVELS:
        level = GATE.levels[instrument.level]
        yield unlawful("weak-basis", (*here, "basis"), named._replace(more=level))


def _wider(rule: Rule, measure: Measure, article: Article) -> str:
    """Return whom a rule reaches with a measure beyond those its article names."""
    targets = given(article.targets)
    if targets is None:
        return ""
    kinds = {subject.kind for subject in rule.subjects} & set(measure.subjects)
    roles = {
        role
        for subject in rule.subjects
        if subject.kind in measure.subjects
        for role in subject.roles
    }
    return "、".join(sorted((kinds - set(targets.subjects)) | (roles - set(targets.roles))))


def _second(book: Book, rule: Rule, path: Path) -> Iterator[Finding]:
    """Yield restrictions without the basis of the organ's own field (依法依规)."""
    for index, use in enumerate(rule.measures):
        measure, second = book.measures.get(use.use), given(use.second_basis)
        here: Path = (*path, "measures", index)
        if measure is not None and measure.effect == "restrict" and second is None:
            named = Named(name_of(rule), measure.name, cited_zh(book, use.basis))
            yield unlawful("missing-second-basis", here, named)
        yield from _until_confirmed(use, here)


def _until_confirmed(use: Use, here: Path) -> Iterator[Finding]:
    """Yield a doubtful second basis that does not say what holds until it is confirmed."""
    second = given(use.second_basis)
    if second and second.cite == UNCONFIRMED and not second.until_confirmed:
        texts = ("须写明确认前如何处理", "what happens until it is confirmed is missing")
        where = (*here, "second_basis", "until_confirmed")
        yield Finding(where, "missing-field", *texts, "notice | hidden")


def _persons(_: Book, rule: Rule, path: Path) -> Iterator[Finding]:
    """Yield persons reached without the decision naming them, or without bounds."""
    for index, subject in enumerate(rule.subjects):
        here: Path = (*path, "subjects", index)
        person = subject.kind == "natural_person"
        by_decision = subject.only_if == "named_in_the_listing_decision"
        if person and (not subject.only_if or (subject.roles and not by_decision)):
            what = "、".join(subject.roles) or subject.kind
            yield unlawful("person-unnamed", here, Named(name_of(rule), what))
        elif by_decision != bool(subject.roles):
            texts = ("责任人员须写明身份", "named persons go with roles")
            yield Finding((*here, "roles"), "person-roles", *texts, "roles")
        if person and not subject.disclosure:
            yield unlawful("person-unbounded", here, Named(name_of(rule)))


def _classes(_: Book, rule: Rule, path: Path) -> Iterator[Finding]:
    """Yield classes and fields that the platform would have to infer (domain ruling 2)."""
    trigger, listed_for = rule.trigger, given(rule.trigger.listed_for)
    named, here = Named(name_of(rule)), (*path, "trigger")
    if trigger.classed_by == "platform":
        found = named._replace(what="等级 / class", more="classed_by: platform")
        yield unlawful("inferred-class", (*here, "classed_by"), found)
    if listed_for is not None and listed_for.taken_from == "platform":
        found = named._replace(what="领域 / field", more="taken_from: platform")
        yield unlawful("inferred-class", (*here, "listed_for", "taken_from"), found)
    # An anomaly listing has no class; to punish what no organ classed is to class it.
    anomaly, punishing = trigger.record == "anomaly_listing", rule.kind == "punishment"
    of_nobody = {
        severity
        for severity in trigger.severity
        if anomaly or (punishing and severity == "unclassified")
    }
    if of_nobody:
        found = named._replace(what="等级 / class", more="、".join(sorted(of_nobody)))
        yield unlawful("inferred-class", (*here, "severity"), found)


def _ends(_: Book, rule: Rule, path: Path) -> Iterator[Finding]:
    """Yield causes that could never end: a missing repair or withdrawal, no term."""
    named = Named(name_of(rule))
    anchors = {anchor.split(".")[0] for anchor in rule.period.until_first_of}
    stops = anchors | {stop.by for stop in rule.defeated_by}
    for stop in _MUST_STOP[rule.kind]:
        if stop not in stops:
            yield unlawful(f"missing-{stop}", (*path, "period", "until_first_of"), named)
    if (given(rule.period.if_no_listed_until) or given(rule.period.at_most)) is None:
        if rule.kind == "punishment":
            yield unlawful("missing-term", (*path, "period", "if_no_listed_until"), named)
        elif anchors <= {"withdrawal", "repair"}:
            yield unlawful("missing-term", (*path, "period", "until_first_of"), named)


def _ended(_: Book, rule: Rule, path: Path) -> Iterator[Finding]:
    """Yield conditions on ended records: nobody uses those (信用修复管理办法 3)."""
    conditions = given(rule.conditions)
    for index, condition in enumerate(conditions.all if conditions else ()):
        if any(not test.open for test in tests_of(condition)):
            here = (*path, "conditions", "all", index)
            yield unlawful("ended-records", here, Named(name_of(rule)))


def _adopted(book: Book, rule: Rule, path: Path) -> Iterator[Finding]:
    """Yield adoptions listed beside a rule by members that its basis does not reach."""
    del path
    reach = rule.territory.basis_reaches
    for index, line in enumerate(book.adoptions):
        mine = (line.rule, line.edition) == (rule.key, rule.edition)
        if mine and not reaches(reach, line.member):
            named = Named(name_of(rule), line.member, "", reach)
            yield unlawful("adoption-reach", ("adoptions", index, "member"), named)


OF_RULES = (
    _reviews,
    _bases,
    _carried,
    _second,
    _persons,
    _classes,
    _ends,
    _ended,
    _adopted,
)
