"""What a book that follows the schema may still get wrong: references, reviews, legality.

One function per kind of defect; each yields findings, which ``check_book`` turns into defects
with file and line. Legal sources stand beside each check.
"""

from collections import Counter
from collections.abc import Iterator
from typing import NamedTuple

from registry.rules.defects import Defect, Path, pointer
from registry.rules.instruments import STRONG_LEVELS, UNCONFIRMED, reaches, split_citation
from registry.rules.language import (
    Book,
    Condition,
    Instrument,
    Measure,
    Rule,
    given,
)
from registry.rules.reader import line_of

RULES, MEASURES = "rules.yaml", "measures.yaml"
COMMENT_DAYS = 30  # days of public comment that an edition needs (公平竞争审查条例, 立法惯例)
EXCLUDED_RECORD = {
    "anomaly_directory": "anomaly_listing",
    "仅受行政处罚而未列入名单": "penalty",
}
# Which anchor or stop must be named, by kind of rule (信用修复管理办法 3, 行政处罚法 48).
_MUST_STOP = {"punishment": ("repair", "withdrawal"), "reward": ("withdrawal",)}
_PUNITIVE_LOSS = frozenset({"bar", "restrict"})


class Finding(NamedTuple):
    """A defect before its line is known."""

    path: Path
    code: str
    zh: str
    en: str
    expected: str
    file: str = RULES


def check_book(book: Book) -> list[Defect]:
    """Return every defect of a book, in no particular order."""
    findings = [*_whole(book)]
    for index, rule in enumerate(book.rules):
        path: Path = ("rules", index)
        for check in _CHECKS:
            findings += check(book, rule, path)
    return [
        Defect(
            f.file,
            line_of(book.lines.get(f.file, {}), f.path),
            pointer(f.path),
            f.code,
            f.zh,
            f.en,
            f.expected,
        )
        for f in findings
    ]


def check_successor(old: Book, new: Book) -> list[Defect]:
    """Return the editions whose text differs between two books: a published edition is fixed.

    Adoptions bind by rule and edition, so a changed text needs a new edition.
    """
    before = {(rule.key, rule.edition): rule for rule in old.rules}
    return [
        Defect(
            RULES,
            line_of(new.lines.get(RULES, {}), ("rules", index)),
            pointer(("rules", index)),
            "edition-changed",
            f"规则{rule.key}（{rule.edition}）已公布，文本不得变更",
            f"rule {rule.key} {rule.edition} is published, its text is fixed",
            "a new edition / 新版次",
        )
        for index, rule in enumerate(new.rules)
        if before.get((rule.key, rule.edition), rule) != rule
    ]


def _whole(book: Book) -> Iterator[Finding]:
    """Yield what concerns the book as a whole: duplicates, unused entries, adoptions listed."""
    seen: set[tuple[str, str]] = set()
    for index, rule in enumerate(book.rules):
        if (rule.key, rule.edition) in seen:
            texts = (f"规则{rule.key}（{rule.edition}）重复", "rule and edition occur twice")
            yield Finding(("rules", index, "key"), "duplicate-rule", *texts, "one of each")
        seen.add((rule.key, rule.edition))
    used = {use.use for rule in book.rules for use in rule.measures}
    for key in book.measures.keys() - used:
        texts = (f"没有规则使用措施{key}", f"no rule uses measure {key}")
        yield Finding(("measures", key), "unreachable", *texts, "use or remove", MEASURES)
    terms = [given(rule.period.if_no_listed_until) for rule in book.rules]
    for key in book.counting.keys() - {term.counting for term in terms if term}:
        texts = (f"没有规则使用计算方法{key}", f"no rule uses counting {key}")
        yield Finding(("counting", key), "unreachable", *texts, "use or remove", MEASURES)
    for index, line in enumerate(book.adoptions):
        here: Path = ("adoptions", index)
        if (line.rule, line.edition) not in seen:
            yield _dangling((*here, "rule"), f"{line.rule} ({line.edition})", "rule key, edition")
            continue
        uses = {
            use.use
            for rule in book.rules
            if (rule.key, rule.edition) == (line.rule, line.edition)
            for use in rule.measures
        }
        for key in sorted(set(given(line.allows) or ()) - uses):
            yield _dangling((*here, "allows"), key, " | ".join(sorted(uses)))


def _dangling(path: Path, what: str, expected: str) -> Finding:
    texts = (f"引用的{what}不存在", f"{what} does not exist")
    return Finding(path, "dangling", *texts, expected)


def _cited(rule: Rule) -> Iterator[tuple[Path, str]]:
    """Yield every citation of a rule with its path inside the rule."""
    term, display = given(rule.period.if_no_listed_until), given(rule.period.display)
    if term:
        yield ("period", "if_no_listed_until", "basis"), term.basis
    if display:
        yield ("period", "display", "rule"), display.rule
    for index, use in enumerate(rule.measures):
        yield ("measures", index, "basis"), use.basis
        second = given(use.second_basis)
        if second and second.cite != UNCONFIRMED:
            yield ("measures", index, "second_basis", "cite"), second.cite
    for index, stop in enumerate(rule.defeated_by):
        basis = given(stop.basis)
        if basis:
            yield ("defeated_by", index, "basis"), basis


def _references(book: Book, rule: Rule, path: Path) -> Iterator[Finding]:
    """Yield references that lead nowhere: measure, instrument, article, counting, watch."""
    for index, use in enumerate(rule.measures):
        if use.use not in book.measures:
            expected = " | ".join(sorted(book.measures))
            yield _dangling((*path, "measures", index, "use"), use.use, expected)
    term = given(rule.period.if_no_listed_until)
    if term and term.counting not in book.counting:
        here = (*path, "period", "if_no_listed_until", "counting")
        yield _dangling(here, term.counting, " | ".join(sorted(book.counting)))
    for index, watch in enumerate(rule.watch):
        if watch.instrument not in book.instruments:
            here = (*path, "watch", index, "instrument")
            yield _dangling(here, watch.instrument, " | ".join(sorted(book.instruments)))
    for inner, citation in _cited(rule):
        key, article = split_citation(citation)
        instrument = book.instruments.get(key)
        if instrument is None:
            yield _dangling((*path, *inner), citation, " | ".join(sorted(book.instruments)))
        elif article not in instrument.articles and (article or inner[0] == "measures"):
            expected = " | ".join(f"{key}#{name}" for name in sorted(instrument.articles))
            yield _dangling((*path, *inner), citation, expected)


def _reviews(_: Book, rule: Rule, path: Path) -> Iterator[Finding]:
    """Yield missing reviews: no edition is issued without them (公平竞争审查条例 8-10, 18)."""
    review: Path = (*path, "review")
    names = {"fair_competition": "公平竞争审查", "legality": "合法性审核"}
    for name, zh in names.items():
        if not str(getattr(rule.review, name)).strip():
            texts = (f"缺少{zh}文号", f"no document number of the {name} review")
            yield Finding((*review, name), "missing-review", *texts, "document number / 文号")
    if rule.review.public_comment_days < COMMENT_DAYS:
        texts = ("公开征求意见不足30日", "less than 30 days of public comment")
        here = (*review, "public_comment_days")
        yield Finding(here, "missing-review", *texts, f">= {COMMENT_DAYS}")


def _bases(book: Book, rule: Rule, path: Path) -> Iterator[Finding]:
    """Yield bases that cannot carry what rests on them: memoranda, levels, reach, force."""
    watched = {watch.instrument for watch in rule.watch}
    for inner, citation in _cited(rule):
        key = split_citation(citation)[0]
        instrument = book.instruments.get(key)
        if instrument is None:
            continue
        here = (*path, *inner)
        if instrument.level == "memorandum":
            texts = ("备忘录不得作为依据", "a memorandum is a basis for nothing")
            yield Finding(here, "memorandum-basis", *texts, " | ".join(sorted(STRONG_LEVELS)))
        yield from _in_force(instrument, rule, here, watched=key in watched)
        if inner[0] == "measures" and inner[-1] == "basis":
            reach = rule.territory.basis_reaches
            if not reaches(instrument.territory, reach):
                texts = ("依据的地域效力不及于此", "the basis does not reach that far")
                yield Finding(here, "basis-reach", *texts, instrument.territory)


def _in_force(
    instrument: Instrument, rule: Rule, here: Path, *, watched: bool
) -> Iterator[Finding]:
    """Yield a basis not in force in the year of the edition, or ending unwatched."""
    year = int(rule.edition[:4])
    start, until = instrument.in_force.start, given(instrument.in_force.until)
    if start.year > year:
        texts = (f"依据自{start}起施行，晚于版次", f"the basis is in force only from {start}")
        yield Finding(here, "basis-not-in-force", *texts, f"in force in {year}")
    elif until is not None and (until.year < year or not watched):
        texts = (f"依据于{until}失效", f"the basis ceases to be in force on {until}")
        yield Finding(here, "basis-not-in-force", *texts, "its successor, or a watch on it")


def _force(book: Book, rule: Rule, path: Path) -> Iterator[Finding]:
    """Yield measures that the level of their basis, or its reading, does not support."""
    for index, use in enumerate(rule.measures):
        measure = book.measures.get(use.use)
        instrument = book.instruments.get(split_citation(use.basis)[0])
        if measure is None or instrument is None:
            continue
        here: Path = (*path, "measures", index)
        loss = measure.family == "A" or measure.effect in _PUNITIVE_LOSS
        if loss and instrument.level not in STRONG_LEVELS:
            texts = (
                f"“{measure.name}”减损权益，{instrument.level}不足以支持",
                f"{measure.effect} of family {measure.family} rests on a {instrument.level}",
            )
            yield Finding((*here, "basis"), "weak-basis", *texts, " | ".join(sorted(STRONG_LEVELS)))
        article = instrument.articles.get(split_citation(use.basis)[1])
        if measure.effect == "bar" and article is not None and article.read != "full_text":
            texts = ("法定限制的条文须已通读原文", "the article of a bar must have been read")
            yield Finding((*here, "basis"), "unread-basis", *texts, "full_text")
        second = given(use.second_basis)
        if second and second.cite == UNCONFIRMED and not second.until_confirmed:
            texts = ("须写明确认前如何处理", "what happens until it is confirmed is missing")
            where = (*here, "second_basis", "until_confirmed")
            yield Finding(where, "missing-field", *texts, "notice | hidden")


def _kinds(book: Book, rule: Rule, path: Path) -> Iterator[Finding]:
    """Yield measures of the wrong kind and incentives that treat other cities' firms unlike."""
    reward = rule.kind == "reward"
    for index, use in enumerate(rule.measures):
        measure = book.measures.get(use.use)
        if measure is not None and _favours(measure) != reward:
            texts = (f"措施{use.use}与规则性质不符", f"{use.use} does not fit a {rule.kind}")
            here = (*path, "measures", index, "use")
            yield Finding(here, "kind-mismatch", *texts, "incentive" if reward else "A | B | C")
    if reward and given(rule.territory.equal_treatment) is None:
        texts = ("激励规则须承诺同等对待", "a reward must promise equal treatment")
        here = (*path, "territory", "equal_treatment")
        yield Finding(here, "missing-equal-treatment", *texts, "home: any_member")
    same = rule.conflict.same_measure_from_other_rules
    if same != "by_measure" and (same == "best_once") != reward:
        texts = ("冲突处理与规则性质不符", "the conflict policy does not fit the kind of rule")
        here = (*path, "conflict", "same_measure_from_other_rules")
        yield Finding(here, "conflict-policy", *texts, "by_measure")


def _favours(measure: Measure) -> bool:
    return measure.family == "incentive" and measure.effect in {"favour", "notice"}


def _stops(_: Book, rule: Rule, path: Path) -> Iterator[Finding]:
    """Yield causes that could never end: a missing repair or withdrawal, no term."""
    named = {anchor.split(".")[0] for anchor in rule.period.until_first_of}
    named |= {stop.by for stop in rule.defeated_by}
    for stop in _MUST_STOP[rule.kind]:
        if stop not in named:
            texts = (f"未写明{stop}时终止", f"{stop} does not stop the rule")
            here = (*path, "period", "until_first_of")
            yield Finding(here, "missing-stop", *texts, f"{stop}.*")
    term = given(rule.period.if_no_listed_until)
    if rule.kind == "punishment" and term is None:
        texts = ("未写明期限：措施不得无期限", "no term: a measure may not last for ever")
        here = (*path, "period", "if_no_listed_until")
        yield Finding(here, "missing-term", *texts, "length, counting, basis")
    for name, values in _enumerations(rule):
        doubled = sorted(str(value) for value, count in Counter(values).items() if count > 1)
        if doubled:
            texts = (f"{doubled[0]}重复，后者不起作用", f"{doubled[0]} twice: unreachable")
            yield Finding((*path, *name), "unreachable", *texts, "one of each")


def _enumerations(rule: Rule) -> Iterator[tuple[Path, tuple[str, ...]]]:
    """Yield the lists of a rule in which no value may occur twice."""
    nexus = rule.territory.nexus
    yield ("trigger", "origin"), rule.trigger.origin
    yield ("trigger", "severity"), rule.trigger.severity
    yield ("trigger", "excludes"), rule.trigger.excludes
    yield ("territory", "nexus"), () if isinstance(nexus, str) else nexus
    yield ("period", "until_first_of"), rule.period.until_first_of
    yield ("measures",), tuple(use.use for use in rule.measures)
    yield ("subjects",), tuple(subject.kind for subject in rule.subjects)
    yield ("defeated_by",), tuple(stop.by for stop in rule.defeated_by)


def _triggers(book: Book, rule: Rule, path: Path) -> Iterator[Finding]:
    """Yield triggers that contradict themselves and subjects that nothing can reach."""
    trigger = rule.trigger
    listing = trigger.record in {"list_entry", "honour", "anomaly_listing"}
    if listing != bool(trigger.list):
        texts = ("名单类信息须写明名单代码，其他信息不得写", "a list code is for listings only")
        yield Finding((*path, "trigger", "list"), "trigger-list", *texts, "a list code")
    if any(EXCLUDED_RECORD[name] == trigger.record for name in trigger.excludes):
        texts = ("排除了触发信息本身", "the trigger excludes itself")
        yield Finding((*path, "trigger", "excludes"), "unreachable", *texts, "another exclusion")
    admitted = {
        kind
        for use in rule.measures
        if use.use in book.measures
        for kind in book.measures[use.use].subjects
    }
    for index, subject in enumerate(rule.subjects):
        here: Path = (*path, "subjects", index)
        if subject.kind not in admitted:
            texts = (f"没有措施适用于{subject.kind}", f"no measure is for {subject.kind}")
            yield Finding((*here, "kind"), "unreachable", *texts, " | ".join(sorted(admitted)))
        person = subject.kind == "natural_person"
        if person and not (subject.only_if and subject.disclosure):
            texts = ("自然人须写明条件和披露范围", "persons need only_if and disclosure")
            yield Finding(here, "person-unbounded", *texts, "only_if, disclosure")
        if (subject.only_if == "named_in_the_listing_decision") != bool(subject.roles):
            texts = ("责任人员须写明身份", "named persons go with roles")
            yield Finding((*here, "roles"), "person-roles", *texts, "roles")


def _conditions(_: Book, rule: Rule, path: Path) -> Iterator[Finding]:
    """Yield conditions without a single meaning, or that would use ended records."""
    conditions = given(rule.conditions)
    if rule.suspended_while and conditions is None:
        texts = ("没有条件，暂停无从发生", "no condition can fail")
        yield Finding((*path, "suspended_while"), "unreachable", *texts, "conditions")
    for index, condition in enumerate(conditions.all if conditions else ()):
        here: Path = (*path, "conditions", "all", index)
        yield from _condition(condition, here)


def _condition(condition: Condition, here: Path) -> Iterator[Finding]:
    """Yield what is wrong with one condition."""
    tests = [test for test in (given(condition.none_open), given(condition.not_)) if test]
    if len(tests) != 1:
        texts = ("须且只须写一项", "exactly one of the two")
        yield Finding(here, "condition-form", *texts, "none_open | not")
        return
    test = tests[0]
    if not test.open:
        # Whoever uses an ended record uses what the law says nobody uses (信用修复管理办法 3).
        texts = ("不得使用已终止的信息", "ended records must not be used")
        yield Finding(here, "ended-records", *texts, "open: true")
    if test.record == "list_entry" and test.any_list == bool(test.list):
        texts = ("须写明名单或任一名单", "one list, or any list")
        yield Finding(here, "condition-list", *texts, "list | any_list: true")


_CHECKS = (_references, _reviews, _bases, _force, _kinds, _stops, _triggers, _conditions)
