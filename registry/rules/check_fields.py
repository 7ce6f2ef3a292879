"""Whether fields that go together do: counts, terms, grades and formulas, digests of quoted words.

Each check yields (path, code, Chinese, English, what would be right, file); ``check`` makes
defects of them.
"""

from collections.abc import Iterator

from registry.rules.defects import Path
from registry.rules.instruments import digest_of, split_citation
from registry.rules.language import Book, Rule, given
from registry.rules.terms import Evaluated

Found = tuple[Path, str, str, str, str, str]
_RULES, _INSTRUMENTS = "rules.yaml", "instruments.yaml"
_GRADED = frozenset({"evaluation", "per_mu"})
_PER_CENT = 100


def countings_of(rule: Rule) -> Iterator[tuple[Path, str]]:
    """Yield every counting convention a rule names, with its path inside the rule."""
    for name, term in (
        ("if_no_listed_until", given(rule.period.if_no_listed_until)),
        ("at_most", given(rule.period.at_most)),
    ):
        if term is not None:
            yield ("period", name, "counting"), term.counting
    wanted = given(rule.trigger.at_least)
    if wanted is not None:
        yield ("trigger", "at_least", "counting"), wanted.counting


def cited_by_fields(rule: Rule) -> Iterator[tuple[Path, str]]:
    """Yield the citations of the longest term and of a formula, with their path in the rule."""
    most, evaluated = given(rule.period.at_most), given(rule.evaluation)
    if most is not None:
        yield ("period", "at_most", "basis"), most.basis
    if evaluated is not None:
        yield ("evaluation", "basis"), evaluated.basis


def check_quoted(book: Book) -> Iterator[Found]:
    """Yield articles whose quoted words are not those of the digest beside them."""
    for key, instrument in book.instruments.items():
        for name, article in instrument.articles.items():
            stated, found = given(article.digest), digest_of(article)
            if stated is not None and stated != found:
                path: Path = ("instruments", key, "articles", name, "digest")
                texts = ("条文摘要值与所引文字不符", "the digest is not that of the quoted words")
                yield path, "article-digest", *texts, found, _INSTRUMENTS


def check_principles(book: Book) -> Iterator[Found]:
    """Yield principles whose key a rule has, and law that the register does not hold."""
    taken = {rule.key for rule in book.rules}
    for index, one in enumerate(book.principles):
        here: Path = ("principles", index)
        if one.key in taken:
            texts = (f"规则{one.key}重复", "rule and principle have one key")
            yield (*here, "key"), "duplicate-rule", *texts, "one of each", _RULES
        taken.add(one.key)
        for place, citation in enumerate(one.law):
            key, article = split_citation(citation)
            instrument = book.instruments.get(key)
            if instrument is None or article not in instrument.articles:
                texts = (f"引用的{citation}不存在", f"{citation} does not exist")
                yield (*here, "law", place), "dangling", *texts, "instrument#article", _RULES


def check_fields(book: Book, rule: Rule, path: Path) -> Iterator[Found]:
    """Yield what is at odds among the fields of one rule."""
    yield from _counts(book, rule, path)
    yield from _imposed(rule, path)
    yield from _graded(rule, path)


def _counts(book: Book, rule: Rule, path: Path) -> Iterator[Found]:
    """Yield counts no record can satisfy, or that would go on counting what has been repaired."""
    for inner, name in countings_of(rule):
        if name not in book.counting:
            texts = (f"引用的{name}不存在", f"{name} does not exist")
            yield (*path, *inner), "dangling", *texts, " | ".join(sorted(book.counting)), _RULES
    wanted = given(rule.trigger.at_least)
    if wanted is None:
        return
    here: Path = (*path, "trigger", "at_least")
    if wanted.cities > wanted.number:
        texts = ("城市数多于信息条数，不可能达到", "more cities than records: unreachable")
        yield (*here, "cities"), "unreachable", *texts, f"<= {wanted.number}", _RULES
    if wanted.cities > 1 and rule.trigger.stated_by.where == "here":
        texts = ("只计本地信息，不可能来自多个城市", "records of one city alone: unreachable")
        yield (*here, "cities"), "unreachable", *texts, "1", _RULES
    for index, use in enumerate(rule.measures):
        measure = book.measures.get(use.use)
        if measure is not None and not measure.ends_on_repair:
            texts = (
                "按次数触发的措施须随信用修复终止：已修复的信息不得计入",
                "a measure that counts records ends with repair: what is repaired is not counted",
            )
            yield (*path, "measures", index, "use"), "counts-repaired", *texts, "", _RULES


def _imposed(rule: Rule, path: Path) -> Iterator[Found]:
    """Yield kinds and imposed terms of what is no penalty, and imposed terms without a maximum."""
    trigger = rule.trigger
    imposed = "record.effective_until" in rule.period.until_first_of
    for there, name in (
        (bool(trigger.kinds), ("trigger", "kinds")),
        (imposed, ("period", "until_first_of")),
    ):
        if there and trigger.record != "penalty":
            texts = (
                "只有行政处罚有种类和自有期限",
                "only penalties have kinds and terms of their own",
            )
            yield (*path, *name), "penalty-only", *texts, "record: penalty", _RULES
    if imposed and given(rule.period.at_most) is None:
        # Registers write 2099-12-31 for "no end"; the law knows a longest term.
        texts = ("决定自有期限的，须写明法定最长期限", "an imposed term needs the law's maximum")
        expected = "length, counting, basis"
        yield (*path, "period", "at_most"), "missing-term", *texts, expected, _RULES


def _graded(rule: Rule, path: Path) -> Iterator[Found]:
    """Yield grades without a formula or outside its city: grades of two cities do not compare."""
    trigger, evaluated = rule.trigger, given(rule.evaluation)
    if trigger.grades and trigger.record not in _GRADED:
        texts = ("只有评价结果有等级", "only evaluations have grades")
        yield (*path, "trigger", "grades"), "grades", *texts, " | ".join(sorted(_GRADED)), _RULES
    if (trigger.record == "per_mu") != (evaluated is not None):
        texts = ("亩均效益评价须写明评价办法，其他信息不得写", "a formula goes with a per-mu grade")
        yield (*path, "evaluation"), "evaluation", *texts, "scheme, formula, indicators", _RULES
    if evaluated is not None:
        yield from _formula(rule, evaluated, path)


def _formula(rule: Rule, evaluated: Evaluated, path: Path) -> Iterator[Found]:
    if rule.trigger.stated_by.where != "here":
        texts = ("各城市评价等级不可比", "grades of different cities do not compare")
        yield (*path, "trigger", "stated_by", "where"), "grades", *texts, "here", _RULES
    for grade in sorted(set(rule.trigger.grades) - evaluated.grades.keys()):
        texts = (f"评价办法没有{grade}等级", f"the formula has no grade {grade}")
        expected = " | ".join(evaluated.grades)
        yield (*path, "trigger", "grades"), "unreachable", *texts, expected, _RULES
    weights = [given(one.weight) for one in evaluated.indicators]
    stated = [weight for weight in weights if weight is not None]
    if stated and (len(stated) < len(weights) or sum(stated) != _PER_CENT):
        texts = ("指标权重之和不是100", "the weights do not add up to 100")
        yield (*path, "evaluation", "indicators"), "weights", *texts, "100", _RULES
