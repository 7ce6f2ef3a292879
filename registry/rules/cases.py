"""Cases beside the rules: given these records, asked this, the answer says that, word for word.

A case is read by the same strict reader as the book. Whatever it leaves out takes the value that
lets the rule be tested: the organ that the rule wants, the day that is asked about. Every case is
decided a second time with the subject at home elsewhere: where a rule promises equal treatment,
the answer must be the same (公平竞争审查条例 9, 10).
"""

from collections.abc import Iterator, Mapping
from datetime import date
from typing import Annotated, Literal

import msgspec
from msgspec import UNSET, Meta, Struct, UnsetType
from msgspec.structs import replace

from registry.rules.compile import compile_book
from registry.rules.compiled import CompiledBook, record_of
from registry.rules.decide import decide, decision_bytes
from registry.rules.defects import Defect, RuleBookError, order, pointer
from registry.rules.given import TYPES, CaseAsk, CaseGiven, adoptions_of, ask_of, facts_of, types_of
from registry.rules.language import AdoptionLine, Book, given
from registry.rules.load import validate
from registry.rules.model import AdoptionIndex, AppliedMeasure, Ask, Decision, Fact
from registry.rules.reader import Source, line_of, read
from registry.rules.terms import Effect, MemberCode, Term, Word
from registry.rules.until import decide_until

FILE = "cases.yaml"
_ELSEWHERE = ("330100", "320100")


class Expected(Term, frozen=True):
    """A measure as it must appear; only the members that are written are compared."""

    measure: str | UnsetType = UNSET
    rule: str | UnsetType = UNSET
    effect: Effect | UnsetType = UNSET
    state: Literal["active", "suspended"] | UnsetType = UNSET
    why: str | UnsetType = UNSET
    by: str | UnsetType = UNSET
    basis: str | UnsetType = UNSET
    last_day: date | UnsetType = UNSET


class Case(Term, frozen=True):
    """One case; ``same_as`` takes over the records of another.

    ``why_not`` are sentences that must stand among those on what does not apply; ``changes_on`` is
    the day on which the answer changes.
    """

    name: Word
    ask: CaseAsk
    expect: tuple[Expected, ...]
    given: tuple[CaseGiven, ...] = ()
    same_as: str = ""
    says: str | tuple[str, ...] | UnsetType = UNSET
    why_not: tuple[Word, ...] = ()
    changes_on: date | UnsetType = UNSET
    must_not_show: tuple[Word, ...] = ()


class CasesFile(Term, frozen=True):
    """cases.yaml: names of members, adoptions as the members' logs would hold them, cases."""

    cases: Annotated[tuple[Case, ...], Meta(min_length=1)]
    adoptions: tuple[AdoptionLine, ...] = ()
    members: dict[MemberCode, Word] = msgspec.field(default_factory=dict[str, str])


class CaseResult(Struct, frozen=True):
    """What became of a case: the decision, and every way in which it was not as expected.

    ``facts`` and ``place`` (a name) are what was given and where it was asked; ``rules`` are the
    keys of the rules that the answer speaks of, or that one of the facts could set off.
    """

    name: str
    line: int
    failures: tuple[str, ...]
    decision: Decision
    facts: tuple[Fact, ...] = ()
    place: str = ""
    rules: frozenset[str] = frozenset()

    @property
    def passed(self) -> bool:
        """Tell whether nothing differed."""
        return not self.failures


def read_cases(cases_text: str | bytes, file: str = FILE) -> tuple[CasesFile, Source]:
    """Return the cases of a text and its lines; raises ``RuleBookError`` with every defect."""
    source, defects = read(file, cases_text)
    if source is not None:
        defects += validate(source, CasesFile)
    if source is None or defects:
        raise RuleBookError(sorted(defects, key=order))
    cases = msgspec.convert(source.data, CasesFile)
    defects = list(_dangling(cases, source))
    if defects:
        raise RuleBookError(sorted(defects, key=order))
    return cases, source


def _dangling(cases: CasesFile, source: Source) -> Iterator[Defect]:
    """Yield cases that repeat a name, take over an unknown one, or hold a record of no one type."""
    names: set[str] = set()
    for index, case in enumerate(cases.cases):
        path = ("cases", index)
        if case.name in names:
            texts = ("案例名称重复", "the name of the case occurs twice")
            yield _defect(source, (*path, "name"), "duplicate-case", texts, "one of each")
        if case.same_as and (case.same_as not in names or case.given):
            texts = ("所引案例须在前，且不得另写信息", "same_as names an earlier case, alone")
            yield _defect(source, (*path, "same_as"), "dangling", texts, " | ".join(names))
        names.add(case.name)
        for place, record in enumerate(case.given):
            if len(types_of(record)) != 1:
                texts = ("每条信息须且只须一种类型", "a record has exactly one type")
                where = (*path, "given", place)
                yield _defect(source, where, "case-record", texts, " | ".join(TYPES))


def _defect(
    source: Source, path: tuple[str | int, ...], code: str, texts: tuple[str, str], expected: str
) -> Defect:
    line = line_of(source.lines, path)
    return Defect(source.file, line, pointer(path), code, *texts, expected)


def run_cases(
    book: Book, cases_text: str | bytes, members: Mapping[str, str] | None = None
) -> list[CaseResult]:
    """Run every case and return what became of each.

    Adoptions come from the cases and, where listed for the reader, from the book's rules file;
    names of members from the cases and ``members``. Raises ``RuleBookError`` if the text itself
    is defective.
    """
    cases, source = read_cases(cases_text)
    run = _Cases(
        book,
        compile_book(book),
        adoptions_of((*book.adoptions, *cases.adoptions)),
        {**(members or {}), **cases.members},
    )
    named = {case.name: case for case in cases.cases}
    results: list[CaseResult] = []
    for index, case in enumerate(cases.cases):
        records = named[case.same_as].given if case.same_as else case.given
        line = line_of(source.lines, ("cases", index))
        results.append(run.result(case, records, line))
    return results


class _Cases(Struct, frozen=True):
    """What all cases of a text have in common."""

    book: Book
    compiled: CompiledBook
    adoptions: AdoptionIndex
    members: dict[str, str]

    def result(self, case: Case, records: tuple[CaseGiven, ...], line: int) -> CaseResult:
        """Decide a case and note every difference."""
        ask, facts = ask_of(case.ask, records), facts_of(self.book, case.ask, records)
        decision = decide_until(self.compiled, self.adoptions, facts, ask, self.members)
        failures = (*_differences(case, decision), *self._unequal(facts, ask, decision))
        place = self.members.get(ask.territory, ask.territory)
        rules = frozenset(_spoken_of(decision)) | frozenset(self._set_off(facts))
        return CaseResult(case.name, line, failures, decision, tuple(facts), place, rules)

    def _set_off(self, facts: list[Fact]) -> Iterator[str]:
        """Yield the rules whose trigger one of the facts is: of their list, and in their field."""
        for fact in facts:
            for rule in self.book.rules:
                trigger, named = rule.trigger, given(rule.trigger.listed_for)
                listed = (record_of(fact), fact.list) == (trigger.record, trigger.list)
                if listed and (named is None or fact.field in named.fields):
                    yield rule.key

    def decide(self, facts: list[Fact], ask: Ask) -> Decision:
        return decide(self.compiled, self.adoptions, facts, ask, self.members)

    def _unequal(self, facts: list[Fact], ask: Ask, decision: Decision) -> Iterator[str]:
        """Yield rules that promise equal treatment and answer otherwise for another home."""
        promised = {
            (rule.key, rule.edition)
            for rule in self.book.rules
            if given(rule.territory.equal_treatment)
        }
        for home in (*_ELSEWHERE, ask.territory):
            moved = self.decide([replace(fact, home=home) for fact in facts], ask)
            for rule, edition in sorted(promised):
                if _of(moved, rule, edition) != _of(decision, rule, edition):
                    yield f"{rule}（{edition}）：注册地为{home}时结果不同 / differs by home"


def _spoken_of(decision: Decision) -> Iterator[str]:
    yield from (one.rule for one in decision.measures)
    yield from (one.rule for one in decision.not_applied)


def _of(decision: Decision, rule: str, edition: str) -> list[AppliedMeasure]:
    """Return the measures of one rule."""
    return [one for one in decision.measures if (one.rule, one.edition) == (rule, edition)]


def _differences(case: Case, decision: Decision) -> Iterator[str]:
    """Yield every way in which a decision is not as the case expects."""
    left = list(decision.measures)
    for expected in case.expect:
        found = next((one for one in left if _meets(expected, one)), None)
        if found is None:
            wanted = msgspec.json.encode(expected).decode()
            yield f"未得出 / missing: {wanted}"
        else:
            left.remove(found)
    for one in left:
        yield f"多出 / not expected: {one.rule} {one.measure} {one.effect} {one.state}"
    says = given(case.says)
    wanted_says = (says,) if isinstance(says, str) else says
    if wanted_says is not None and wanted_says != decision.says:
        yield f"用语不符 / says: {decision.says}，应为 / expected: {wanted_says}"
    told = {one.zh for one in decision.not_applied}
    yield from (f"未说明 / not said: {one}" for one in case.why_not if one not in told)
    if case.changes_on not in {UNSET, decision.changes_on}:
        yield f"变动日不符 / changes on {decision.changes_on}，应为 / expected: {case.changes_on}"
    shown = decision_bytes(decision).decode()
    for word in case.must_not_show:
        if word in shown:
            yield f"不得显示 / shown: {word}"


def _meets(expected: Expected, one: AppliedMeasure) -> bool:
    """Tell whether a measure is as expected in every member that is written."""
    pairs = (
        (expected.measure, {one.measure}),
        (expected.rule, {one.rule}),
        (expected.effect, {one.effect}),
        (expected.state, {one.state}),
        (expected.why, set(one.why)),
        (expected.by, {suspension.by for suspension in one.suspended_by}),
        (expected.basis, {one.basis.key}),
        (expected.last_day, {one.last_day}),
    )
    return all(wanted is UNSET or wanted in found for wanted, found in pairs)
