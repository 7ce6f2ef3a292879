"""References that lead nowhere, rows that nothing can reach, statements without one meaning."""

from collections import Counter
from collections.abc import Iterator

from registry.rules.check_fields import countings_of
from registry.rules.defects import Path
from registry.rules.findings import CATALOGUES, INSTRUMENTS, MEASURES, Finding, cited, dangling
from registry.rules.instruments import split_citation
from registry.rules.language import Book, Condition, Measure, OpenTest, Rule, given

EXCLUDED_RECORD = {
    "anomaly_directory": "anomaly_listing",
    "仅受行政处罚而未列入名单": "penalty",
}
_LISTINGS = frozenset({"list_entry", "honour", "anomaly_listing"})
# Ends that only a listing can have: nobody is taken off a list he never stood on.
_OF_LISTINGS = frozenset({"list_exit", "grade_change", "next_years_list"})
_YEARLY = frozenset({"evaluation", "per_mu"})  # the next year's result ends the last one


def _whole(book: Book) -> Iterator[Finding]:
    """Yield what concerns the book as a whole: duplicates and entries nobody uses."""
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
    counted = {key for rule in book.rules for _, key in countings_of(rule)}
    for key in book.counting.keys() - counted:
        texts = (f"没有规则使用计算方法{key}", f"no rule uses counting {key}")
        yield Finding(("counting", key), "unreachable", *texts, "use or remove", MEASURES)


def _registers(book: Book) -> Iterator[Finding]:
    """Yield instruments and adoptions that name what is not there."""
    known = " | ".join(sorted(book.instruments))
    for key, instrument in book.instruments.items():
        replaced = given(instrument.replaces)
        if replaced is not None and replaced not in book.instruments:
            yield dangling(("instruments", key, "replaces"), replaced, known, INSTRUMENTS)
    for index, catalogue in enumerate(book.catalogues):
        if catalogue.instrument not in book.instruments:
            here: Path = ("catalogues", index, "instrument")
            yield dangling(here, catalogue.instrument, known, CATALOGUES)
    rules = {(rule.key, rule.edition): rule for rule in book.rules}
    for index, line in enumerate(book.adoptions):
        here = ("adoptions", index)
        adopted = rules.get((line.rule, line.edition))
        if adopted is None:
            what = f"{line.rule} ({line.edition})"
            yield dangling((*here, "rule"), what, "rule key, edition")
            continue
        uses = {use.use for use in adopted.measures}
        for key in sorted(set(given(line.allows) or ()) - uses):
            yield dangling((*here, "allows"), key, " | ".join(sorted(uses)))


def _references(book: Book, rule: Rule, path: Path) -> Iterator[Finding]:
    """Yield references that lead nowhere: measure, instrument, article, counting, watch."""
    for index, use in enumerate(rule.measures):
        if use.use not in book.measures:
            expected = " | ".join(sorted(book.measures))
            yield dangling((*path, "measures", index, "use"), use.use, expected)
    for index, watch in enumerate(rule.watch):
        if watch.instrument not in book.instruments:
            here = (*path, "watch", index, "instrument")
            yield dangling(here, watch.instrument, " | ".join(sorted(book.instruments)))
    for inner, citation in cited(rule):
        key, article = split_citation(citation)
        instrument = book.instruments.get(key)
        if instrument is None:
            yield dangling((*path, *inner), citation, " | ".join(sorted(book.instruments)))
        elif article not in instrument.articles and (article or inner[0] == "measures"):
            expected = " | ".join(f"{key}#{name}" for name in sorted(instrument.articles))
            yield dangling((*path, *inner), citation, expected)


def _kinds(book: Book, rule: Rule, path: Path) -> Iterator[Finding]:
    """Yield measures and policies of the wrong kind of rule."""
    reward = rule.kind == "reward"
    for index, use in enumerate(rule.measures):
        measure = book.measures.get(use.use)
        if measure is not None and _favours(measure) != reward:
            texts = (f"措施{use.use}与规则性质不符", f"{use.use} does not fit a {rule.kind}")
            here = (*path, "measures", index, "use")
            yield Finding(here, "kind-mismatch", *texts, "incentive" if reward else "A | B | C")
    same = rule.conflict.same_measure_from_other_rules
    if same != "by_measure" and (same == "best_once") != reward:
        texts = ("冲突处理与规则性质不符", "the conflict policy does not fit the kind of rule")
        here = (*path, "conflict", "same_measure_from_other_rules")
        yield Finding(here, "conflict-policy", *texts, "by_measure")


def _favours(measure: Measure) -> bool:
    return measure.family == "incentive" and measure.effect in {"favour", "notice"}


def _twice(_: Book, rule: Rule, path: Path) -> Iterator[Finding]:
    """Yield lists in which a value stands twice: the second does nothing."""
    for name, values in _enumerations(rule):
        doubled = sorted(str(value) for value, count in Counter(values).items() if count > 1)
        if doubled:
            texts = (f"{doubled[0]}重复，后者不起作用", f"{doubled[0]} twice: unreachable")
            yield Finding((*path, *name), "unreachable", *texts, "one of each")


def _enumerations(rule: Rule) -> Iterator[tuple[Path, tuple[str, ...]]]:
    """Yield the lists of a rule in which no value may occur twice."""
    nexus, listed_for = rule.territory.nexus, given(rule.trigger.listed_for)
    yield ("trigger", "origin"), rule.trigger.origin
    yield ("trigger", "severity"), rule.trigger.severity
    yield ("trigger", "kinds"), rule.trigger.kinds
    yield ("trigger", "grades"), rule.trigger.grades
    yield ("trigger", "listed_for"), listed_for.fields if listed_for else ()
    yield ("trigger", "excludes"), rule.trigger.excludes
    yield ("territory", "nexus"), () if isinstance(nexus, str) else nexus
    yield ("period", "until_first_of"), rule.period.until_first_of
    yield ("measures",), tuple(use.use for use in rule.measures)
    yield ("subjects",), tuple(subject.kind for subject in rule.subjects)
    yield ("defeated_by",), tuple(stop.by for stop in rule.defeated_by)


def _triggers(_: Book, rule: Rule, path: Path) -> Iterator[Finding]:
    """Yield triggers that contradict themselves, and ends that their records cannot have."""
    trigger = rule.trigger
    listing = trigger.record in _LISTINGS
    if listing != bool(trigger.list):
        texts = ("名单类信息须写明名单代码，其他信息不得写", "a list code is for listings only")
        yield Finding((*path, "trigger", "list"), "trigger-list", *texts, "a list code")
    if any(EXCLUDED_RECORD[name] == trigger.record for name in trigger.excludes):
        texts = ("排除了触发信息本身", "the trigger excludes itself")
        yield Finding((*path, "trigger", "excludes"), "unreachable", *texts, "another exclusion")
    ends: list[tuple[Path, str]] = [
        ((*path, "period", "until_first_of", index), anchor.split(".")[0])
        for index, anchor in enumerate(rule.period.until_first_of)
    ]
    ends += [
        ((*path, "defeated_by", index, "by"), stop.by)
        for index, stop in enumerate(rule.defeated_by)
    ]
    for here, end in ends:
        yearly = trigger.record in _YEARLY and end == "next_years_list"
        if not listing and end in _OF_LISTINGS and not yearly:
            texts = (f"{trigger.record}不会因{end}终止", f"{end} never ends a {trigger.record}")
            yield Finding(here, "unreachable", *texts, "repair | withdrawal | record.listed_until")


def _rows(book: Book, rule: Rule, path: Path) -> Iterator[Finding]:
    """Yield subjects no measure is for, and measures none of the rule's subjects may meet."""
    uses = [
        (index, book.measures[use.use])
        for index, use in enumerate(rule.measures)
        if use.use in book.measures
    ]
    admitted = {kind for _, measure in uses for kind in measure.subjects}
    reached = {subject.kind for subject in rule.subjects}
    for index, subject in enumerate(rule.subjects):
        if subject.kind not in admitted:
            texts = (f"没有措施适用于{subject.kind}", f"no measure is for {subject.kind}")
            here = (*path, "subjects", index, "kind")
            yield Finding(here, "unreachable", *texts, " | ".join(sorted(admitted)))
    for index, measure in uses:
        if reached.isdisjoint(measure.subjects):
            texts = (f"“{measure.name}”不适用于本规则的任何对象", "no subject of the rule meets it")
            expected = " | ".join(measure.subjects)
            yield Finding((*path, "measures", index, "use"), "unreachable", *texts, expected)


def _conditions(_: Book, rule: Rule, path: Path) -> Iterator[Finding]:
    """Yield conditions without a single meaning, and those that can never hold."""
    conditions = given(rule.conditions)
    if rule.suspended_while and conditions is None:
        texts = ("没有条件，暂停无从发生", "no condition can fail")
        yield Finding((*path, "suspended_while"), "unreachable", *texts, "conditions")
    for index, condition in enumerate(conditions.all if conditions else ()):
        here: Path = (*path, "conditions", "all", index)
        tests = tests_of(condition)
        if len(tests) != 1:
            texts = ("须且只须写一项", "exactly one of the two")
            yield Finding(here, "condition-form", *texts, "none_open | not")
            continue
        test = tests[0]
        if test.record == "list_entry" and test.any_list == bool(test.list):
            texts = ("须写明名单或任一名单", "one list, or any list")
            yield Finding(here, "condition-list", *texts, "list | any_list: true")
        elif meets_trigger(test, rule):
            texts = ("触发信息本身即使条件不成立，规则永不适用", "the trigger itself fails it")
            yield Finding(here, "unreachable", *texts, "another record or list")


def tests_of(condition: Condition) -> list[OpenTest]:
    """Return the tests a condition states; there should be exactly one."""
    return [test for test in (given(condition.none_open), given(condition.not_)) if test]


def meets_trigger(test: OpenTest, rule: Rule) -> bool:
    """Tell whether every record that brings a rule into play makes a test fail."""
    trigger, listed_for = rule.trigger, given(rule.trigger.listed_for)
    severities = {test.severity} if isinstance(test.severity, str) else set(test.severity)
    return (
        test.record == trigger.record
        and test.list in {"", trigger.list}
        and (not test.field or (listed_for is not None and {*listed_for.fields} == {test.field}))
        and (not severities or (bool(trigger.severity) and severities >= set(trigger.severity)))
    )


OF_BOOKS = (_whole, _registers)
OF_RULES = (_references, _kinds, _twice, _triggers, _rows, _conditions)
