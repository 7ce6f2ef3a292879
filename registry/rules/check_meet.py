"""Where rules meet: two policies for one measure, rewards that wait for each other, shadows."""

from collections.abc import Iterable, Iterator, Sequence
from itertools import combinations

from registry.rules.check_shape import meets_trigger, tests_of
from registry.rules.conflicts import BURDENS
from registry.rules.defects import Path
from registry.rules.findings import Finding, measure_name
from registry.rules.language import Book, Rule, given
from registry.rules.terms import SubjectKind

# What makes two rules the same cause for the same subjects in the same places.
_CAUSE = ("kind", "trigger", "subjects", "territory", "period", "conditions")


def _pairs(groups: Iterable[Sequence[int]], book: Book) -> Iterator[tuple[int, int]]:
    """Yield every two rules of a group that may meet, the earlier first, each pair once.

    Editions of one rule never do: a member has one of them.
    """
    found = {pair for group in groups for pair in combinations(group, 2)}
    for one, other in sorted(found):
        if book.rules[one].key != book.rules[other].key:
            yield one, other


def _at(index: int, *members: str) -> Path:
    return ("rules", index, *members)


def _policy(book: Book, rule: Rule, use: str) -> str:
    """Return what becomes of a measure that several rules draw, as a rule says."""
    same = rule.conflict.same_measure_from_other_rules
    return book.measures[use].conflict if same == "by_measure" else same


def _kinds(rule: Rule, book: Book, use: str) -> set[SubjectKind]:
    reached = book.measures[use].subjects
    return {subject.kind for subject in rule.subjects if subject.kind in reached}


def _uses(book: Book, rule: Rule) -> list[str]:
    return [use.use for use in rule.measures if use.use in book.measures]


def _policies(book: Book) -> Iterator[Finding]:
    """Yield measures that two rules draw for one subject under contradictory policies."""
    drawn: dict[str, list[int]] = {}
    for at, rule in enumerate(book.rules):
        for use in _uses(book, rule):
            drawn.setdefault(use, []).append(at)
    for use, group in drawn.items():
        for before, after in _pairs([group], book):
            one, other = book.rules[before], book.rules[after]
            mine, theirs = _policy(book, other, use), _policy(book, one, use)
            if mine != theirs and _kinds(one, book, use) & _kinds(other, book, use):
                name = measure_name(book, use)
                texts = (
                    f"规则{other.key}与{one.key}对“{name}”的冲突处理不一致（{mine}，{theirs}）",
                    f"{other.key} and {one.key} treat {name} as {mine} and as {theirs}",
                )
                here = _at(after, "conflict", "same_measure_from_other_rules")
                yield Finding(here, "overlap-policy", *texts, "by_measure")


def _rewards(book: Book) -> Iterator[Finding]:
    """Yield a reward and a punishment in one matter of which neither says who yields."""
    there: dict[tuple[str, str], list[int]] = {}
    for at, rule in enumerate(book.rules):
        for place in _matters(book, rule):
            there.setdefault(place, []).append(at)
    for pair in _pairs(there.values(), book):
        kinds = {book.rules[at].kind: at for at in pair}
        if len(kinds) == 1:
            continue
        at = kinds["reward"]
        reward, punishment = book.rules[at], book.rules[kinds["punishment"]]
        said = (reward.conflict.with_punishment, punishment.conflict.with_incentives)
        matters = _matters(book, reward) & _matters(book, punishment)
        if set(said) == {"none"}:
            matter = "、".join(sorted({matter for matter, _ in matters}))
            texts = (
                f"规则{reward.key}与{punishment.key}在同一事项（{matter}）并存，未写明何者让位",
                f"{reward.key} and {punishment.key} meet in {matter}; neither says which yields",
            )
            here = _at(at, "conflict", "with_punishment")
            yield Finding(here, "overlap-reward", *texts, "yield_in_same_matter")


def _matters(book: Book, rule: Rule) -> set[tuple[str, str]]:
    """Return matters and kinds of subject in which a rule favours or burdens."""
    return {
        (book.measures[use].matter, kind)
        for use in _uses(book, rule)
        if rule.kind == "reward" or book.measures[use].effect in BURDENS
        for kind in _kinds(rule, book, use)
    }


def _shadows(book: Book) -> Iterator[Finding]:
    """Yield rules that say nothing an earlier one does not say: nobody would notice them."""
    alike: dict[tuple[object, ...], list[int]] = {}
    for at, rule in enumerate(book.rules):
        alike.setdefault(tuple(getattr(rule, name) for name in _CAUSE), []).append(at)
    for before, after in _pairs(alike.values(), book):
        one, other = book.rules[before], book.rules[after]
        if {(u.use, u.basis) for u in other.measures} <= {(u.use, u.basis) for u in one.measures}:
            texts = (f"规则{other.key}为{one.key}所涵盖", f"{one.key} already says {other.key}")
            yield Finding(
                _at(after, "trigger"), "unreachable", *texts, "another trigger or measure"
            )


def _cycles(book: Book) -> Iterator[Finding]:
    """Yield rules that are suspended by each other's cause: neither could ever be relied on."""
    waits = [_awaited(book, rule) for rule in book.rules]
    for index, rule in enumerate(book.rules):
        reached: set[int] = set()
        ahead = set(waits[index])
        while ahead:
            reached |= ahead
            ahead = {at for known in ahead for at in waits[known]} - reached
        if index in reached:
            ring = [o.key for at, o in enumerate(book.rules) if at in reached]
            names = "、".join(dict.fromkeys(ring))
            texts = (f"规则{names}的暂停互为条件", f"{names} suspend each other in a circle")
            yield Finding(
                _at(index, "conditions"),
                "suspension-cycle",
                *texts,
                f"{rule.key}: other conditions",
            )


def _awaited(book: Book, rule: Rule) -> set[int]:
    """Return the rules whose cause makes a condition of a rule fail."""
    conditions = given(rule.conditions)
    tests = [test for one in (conditions.all if conditions else ()) for test in tests_of(one)]
    return {
        at
        for at, other in enumerate(book.rules if tests else ())
        if other.key != rule.key and any(meets_trigger(test, other) for test in tests)
    }


OF_BOOKS = (_policies, _rewards, _shadows, _cycles)
