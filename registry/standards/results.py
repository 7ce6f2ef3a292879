"""Whether a result serves under an acceptance, and what group standards and declarations are.

采信 has two meanings: results of testing and certification, and group standards taken into public
ones. A result serves only if everything that can be checked holds; each failure is named. A
self-declaration is what the enterprise says, never proof of conformity.
"""

from collections.abc import Iterable, Iterator, Sequence
from datetime import date
from typing import Final

from msgspec import Struct

from registry.domain.periods import Counting, last_day
from registry.domain.records.standards import (
    ConformityResult,
    GroupStandardUse,
    LaboratoryScope,
    ResultAcceptance,
    SelfDeclaration,
)
from registry.standards.editions import given, same_edition
from registry.standards.model import Stated
from registry.standards.recognise import names_product
from registry.standards.written import covers, identity

_MONTHS: Final = Counting(
    start_day_counts=False,
    last_day="corresponding_day_or_month_end",
    last_day_on_holiday="as_is",
)
"""The age of a result is counted as law counts months (民法典 201, 202)."""


class Reason(Struct, frozen=True, gc=False):
    """Why a result does not serve: a stable code, and both texts."""

    code: str
    zh: str
    en: str


def may_serve(
    acceptance: ResultAcceptance,
    result: ConformityResult,
    scopes: Iterable[LaboratoryScope],
    on: date,
    product: str = "",
) -> tuple[Reason, ...]:
    """Return every reason for which a result does not serve under an acceptance on a day.

    None: it serves. That the acceptance itself is in force is `recognise.held`'s to say.
    ``scopes`` are those known of any laboratory; ``product`` is what is asked about, empty: the
    product of the result.
    """
    found = (
        *_of_kind(acceptance, result, product or result.product),
        *_of_days(acceptance, result, on),
        *_of_laboratory(acceptance, result, tuple(scopes)),
    )
    return tuple(found)


def _of_kind(
    acceptance: ResultAcceptance, result: ConformityResult, product: str
) -> Iterator[Reason]:
    """Yield what is wrong with what was tested, by which standard, with which conclusion."""
    if acceptance.degree == "refused":
        yield Reason("acceptance-refused", "该机关不采信此类结果", "the organ refuses such results")
    if acceptance.results not in {"either", result.kind}:
        wanted = _KINDS[acceptance.results]
        yield Reason("other-kind", f"只采信{wanted[0]}", f"only {wanted[1]} are accepted")
    if not same_edition(acceptance.number, result.number):
        yield Reason(
            "other-edition",
            f"依据{result.number}，所采信的是{acceptance.number}",
            f"against {result.number}, accepted is {acceptance.number}",
        )
    if not names_product(acceptance.products, product):
        listed = "、".join(acceptance.products)
        yield Reason("other-product", f"只采信：{listed}", f"accepted only for: {listed}")
    if names_product(given(acceptance.exclusions) or (), product):
        yield Reason("excluded", f"明确不含{product}", f"expressly not for {product}")
    if not names_product((result.product,), product):
        tested = result.product
        yield Reason("other-sample", f"所检产品为{tested}", f"the product tested is {tested}")
    if result.conclusion != "conforms":
        yield Reason("not-conforming", "结论不是符合", "the conclusion is not that it conforms")


_KINDS: Final = {
    "test": ("检验检测报告", "test reports"),
    "certificate": ("认证证书", "certificates"),
    "either": ("检验检测报告、认证证书", "test reports and certificates"),
}


def _of_days(acceptance: ResultAcceptance, result: ConformityResult, on: date) -> Iterator[Reason]:
    """Yield what is wrong with the days: order, age, and the last day."""
    order = (given(result.sampled_on), given(result.tested_on), result.issued_on)
    stated = [day for day in order if day is not None]
    if stated != sorted(stated):
        yield Reason(
            "days-out-of-order",
            "抽样、检测、签发日期先后不符",
            "sampling, test and issue are not in this order",
        )
    if on < result.issued_on:
        yield Reason(
            "not-yet-issued",
            f"{result.issued_on}才签发",
            f"issued only on {result.issued_on}",
        )
    months = given(acceptance.months)
    if months is not None:
        last = last_day(result.issued_on, f"P{months}M", _MONTHS)
        if last < on:
            yield Reason(
                "too-old",
                f"签发已满{months}个月（至{last}）",
                f"older than {months} months (until {last})",
            )
    until = given(result.valid_until)
    if until is not None and until < on:
        yield Reason("run-out", f"有效期至{until}", f"valid until {until}")


def _of_laboratory(
    acceptance: ResultAcceptance, result: ConformityResult, scopes: Sequence[LaboratoryScope]
) -> Iterator[Reason]:
    """Yield what is wrong with the laboratory: where it is, its licence, and its scope."""
    origins = given(acceptance.origins)
    home = result.laboratory_uscc[2:8]
    if origins is not None and not any(covers(origin, home) for origin in origins):
        listed = "、".join(origins)
        yield Reason("other-origin", f"只采信这些地区机构的结果：{listed}", f"only from: {listed}")
    licences = [one for one in scopes if _is_licence(one, result)]
    if not licences:
        yield Reason(
            "licence-unknown",
            f"本库没有{result.laboratory}的证书{result.licence_no}",
            f"licence {result.licence_no} of {result.laboratory} is not on record",
        )
        return
    marks = given(acceptance.marks)
    marked = [one for one in licences if marks is None or one.mark in marks]
    if not marked:
        listed = "、".join(marks or ())
        yield Reason("other-mark", f"须有资质：{listed}", f"a licence is needed: {listed}")
        return
    yield from _of_licence(result, marked)


def _is_licence(scope: LaboratoryScope, result: ConformityResult) -> bool:
    same = scope.certificate_no == result.licence_no
    return same and given(scope.subject.uscc) == result.laboratory_uscc


def _of_licence(result: ConformityResult, licences: Sequence[LaboratoryScope]) -> Iterator[Reason]:
    """Yield what is wrong on the day of the test: the licence, the methods, the sample."""
    tested = given(result.tested_on)
    if result.kind == "test" and tested is None:
        yield Reason(
            "test-day-not-stated",
            "未载明检测日期，无法核对资质",
            "the day of the test is not stated, so the licence cannot be checked",
        )
    if result.kind == "test" and given(result.sample) is None:
        yield Reason("sample-not-stated", "未载明样品", "the sample is not stated")
    day = tested or result.issued_on
    valid = [one for one in licences if one.valid_from <= day <= one.valid_until]
    if not valid:
        yield Reason(
            "licence-not-valid",
            f"{day}该证书不在有效期内",
            f"the licence was not valid on {day}",
        )
        return
    methods = given(result.methods) or ()
    if result.kind == "test" and not methods:
        yield Reason("method-not-stated", "未载明检测方法", "the method is not stated")
    listed = [item.method for one in valid for item in one.items]
    for method in methods:
        yield from _of_method(method, listed)


def _of_method(method: str, listed: Sequence[str]) -> Iterator[Reason]:
    """Yield what is wrong with one method: the licence names it, in this very edition."""
    if method in listed:
        return
    others = sorted({one for one in listed if identity(one) == identity(method)})
    if others:
        named = "、".join(others)
        yield Reason(
            "method-edition",
            f"资质范围内是{named}，不是{method}",
            f"in scope is {named}, not {method}",
        )
    else:
        yield Reason(
            "method-not-in-scope",
            f"{method}不在资质范围内",
            f"{method} is not in the licence's scope",
        )


def taken_into(
    uses: Iterable[Stated[GroupStandardUse]], number: str, on: date
) -> tuple[Stated[GroupStandardUse], ...]:
    """Return where a group standard has been taken into a public one by a day, the oldest first."""
    found = [
        one
        for one in uses
        if same_edition(one.record.number, number) and one.record.effective_on <= on
    ]
    return tuple(sorted(found, key=lambda one: (one.record.effective_on, one.ref)))


def declared(
    declarations: Iterable[Stated[SelfDeclaration]], number: str, product: str, on: date
) -> tuple[tuple[Stated[SelfDeclaration], Reason], ...]:
    """Return the declarations in effect for a standard and a product, each with what it is."""
    found = [
        one
        for one in declarations
        if same_edition(one.record.number, number)
        and names_product((one.record.product,), product)
        and one.record.declared_on <= on <= (given(one.record.valid_until) or on)
    ]
    return tuple((one, _said(one.record)) for one in sorted(found, key=lambda one: one.ref))


def _said(record: SelfDeclaration) -> Reason:
    name, results = record.subject.name, given(record.results) or ()
    named = "、".join(results)
    return Reason(
        "self-declared",
        f"{name}于{record.declared_on}自我声明其产品执行{record.number}，不是合格证明"
        + (f"；所引报告：{named}" if results else ""),
        f"{name} declared on {record.declared_on} that its product follows {record.number}; that"
        " is no proof of conformity" + (f"; it names {named}" if results else ""),
    )
