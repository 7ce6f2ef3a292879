"""Who is stricter, against a naive evaluator; rows that contradict; what a report is worth."""

from collections.abc import Iterator
from datetime import date
from decimal import Context, Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from registry.domain.records.base import Organ, Provenance, Severity, Subject
from registry.domain.records.standards import Compared, Limit, StandardComparison
from registry.standards import unit_text
from registry.standards.compare import (
    check_comparison,
    check_limit,
    check_row,
    compare_limits,
    judge,
    method_of,
    said,
    summarise,
)
from registry.standards.unit_text import UnitError

TIMES = {"mg/m³": Decimal(1), "g/m3": Decimal(1000), "μg/L": Decimal(1), "ng/L": Decimal("0.001")}
"""The naive evaluator's own table, to milligrams in a cubic metre."""


def least(value: str, unit: str = "mg/m³", **more: str) -> Limit:
    return Limit(direction="least", value=value, unit=unit, **more)


def most(value: str, unit: str = "mg/m³", **more: str) -> Limit:
    return Limit(direction="most", value=value, unit=unit, **more)


def within(value: str, upto: str, unit: str = "mg/m³", **more: str) -> Limit:
    return Limit(direction="within", value=value, upto=upto, unit=unit, **more)


def words(text: str, **more: str) -> Limit:
    return Limit(direction="words", text=text, **more)


RELATIONS = {
    "as written": (most("0.10"), most("0.1"), "same"),
    "by unit": (most("0.5", "g/m³"), most("500"), "same"),
    "most": (most("5"), most("10"), "stricter_a"),
    "least": (least("5"), least("10"), "stricter_b"),
    "a range in a bound": (within("1", "5"), most("10"), "stricter_a"),
    "a value in a range": (within("1", "5"), Limit(direction="exactly", value="3", unit="mg/L"),
                           "incomparable"),
    "the same value": (Limit(direction="exactly", value="3"), within("3", "3", ""), "same"),
    "opposite": (least("1"), most("5"), "incomparable"),
    "overlapping": (within("1", "5"), within("3", "9"), "incomparable"),
    "apart": (within("1", "2"), within("3", "9"), "incomparable"),
    "words": (words("不得有裂纹。"), words("不得 有裂纹"), "same"),
    "other words": (words("不得有裂纹"), words("无可见裂纹"), "incomparable"),
    "words and number": (words("不得检出"), most("0"), "incomparable"),
    "pH without unit": (within("6", "9", ""), within("6", "9", "pH"), "same"),
    "degrees": (most("25", "℃"), most("77", "℉"), "same"),
}  # fmt: skip


@pytest.mark.parametrize("case", RELATIONS)
def test_relations_of_limits(case: str):
    a, b, relation = RELATIONS[case]
    assert compare_limits(a, b) == relation
    swapped = {"stricter_a": "stricter_b", "stricter_b": "stricter_a"}
    assert compare_limits(b, a) == swapped.get(relation, relation)


NUMBERS = st.decimals(-50, 50, places=3).map(lambda one: f"{one:f}")


@st.composite
def limits(draw: st.DrawFn) -> Limit:
    unit = draw(st.sampled_from(sorted(TIMES)))
    direction = draw(st.sampled_from(["least", "most", "within", "exactly"]))
    value, upto = sorted((draw(NUMBERS), draw(NUMBERS)), key=Decimal)
    if direction == "within":
        return within(value, upto, unit)
    return Limit(direction=direction, value=value, unit=unit)


def permits(limit: Limit, value: Decimal) -> bool:
    """Say whether a limit permits a value in mg/m³, as a clerk would work it out."""
    times = TIMES[str(limit.unit)]
    first = Decimal(str(limit.value)) * times
    if limit.direction == "least":
        return value >= first
    if limit.direction == "most":
        return value <= first
    last = Decimal(str(limit.upto)) * times if limit.direction == "within" else first
    return first <= value <= last


def candidates(*sides: Limit) -> Iterator[Decimal]:
    """Yield values that tell any two of these limits apart: each end, and just beside it."""
    exact = Context(prec=60)
    yield from (Decimal("-1e9"), Decimal("1e9"))
    for side in sides:
        for end in (side.value, side.upto):
            if isinstance(end, str):
                value = Decimal(end) * TIMES[str(side.unit)]
                for beside in ("0", "1e-12", "-1e-12"):
                    yield exact.add(value, Decimal(beside))


def naive(a: Limit, b: Limit) -> str:
    tried = list(candidates(a, b))
    in_a = {value for value in tried if permits(a, value)}
    in_b = {value for value in tried if permits(b, value)}
    if in_a == in_b:
        return "same"
    return "stricter_a" if in_a < in_b else "stricter_b" if in_b < in_a else "incomparable"


@given(limits(), limits())
def test_relations_are_those_of_a_naive_evaluator(a: Limit, b: Limit):
    assert compare_limits(a, b) == naive(a, b)


def test_units_that_do_not_convert_are_an_error_with_a_name():
    with pytest.raises(UnitError) as refused:
        compare_limits(most("5", "ppm"), most("5"))
    assert refused.value.detail_code == "share-of-concentration"


WRONG = {
    "no value": (Limit(direction="most", unit="mg"), "limit-incomplete"),
    "a value too many": (Limit(direction="most", value="1", upto="2"), "limit-incomplete"),
    "half a range": (Limit(direction="within", value="1"), "limit-incomplete"),
    "a range backwards": (within("5", "1"), "limit-incomplete"),
    "no words": (Limit(direction="words"), "limit-incomplete"),
    "words with a value": (Limit(direction="words", text="无", value="1"), "limit-incomplete"),
    "no unit": (most("1", "bananas"), "unit-unknown"),
    "no number": (most("1e5"), "not-a-number"),
}


@pytest.mark.parametrize("case", WRONG)
def test_limits_that_are_wrong_by_themselves(case: str):
    limit, code = WRONG[case]
    assert check_limit(limit) == (code,)
    row = Compared(indicator="甲醛", relation="same", a=limit, b=limit)
    assert check_row(row) == (code,)
    assert judge(row).relation == "incomparable"


ROWS = {
    "right": (Compared(indicator="甲", relation="stricter_a", a=most("1"), b=most("2")), ()),
    "contradicted": (
        Compared(indicator="甲", relation="same", a=most("1"), b=most("2")),
        ("relation-contradicted",),
    ),
    "called incomparable": (
        Compared(indicator="甲", relation="incomparable", a=most("1"), b=most("2")),
        ("relation-contradicted",),
    ),
    "incomparable with a note": (
        Compared(indicator="甲", relation="incomparable", a=most("1"), b=most("2"), note="取样"),
        (),
    ),
    "incomparable by method": (
        Compared(
            indicator="甲", relation="incomparable",
            a=most("1", method="GB/T 1-2020"), b=most("2", method="GB/T 9-2020"),
        ),
        (),
    ),
    "units that do not convert": (
        Compared(indicator="甲", relation="stricter_a", a=most("1", "ppm"), b=most("2")),
        ("share-of-concentration",),
    ),
    "not compared": (
        Compared(indicator="甲", relation="incomparable", a=most("1", "ppm"), b=most("2")),
        (),
    ),
    "words by a reviewer": (
        Compared(indicator="甲", relation="stricter_b", a=words("好"), b=words("很好")),
        (),
    ),
    "one side": (Compared(indicator="甲", relation="only_b", b=most("2")), ()),
    "a side missing": (Compared(indicator="甲", relation="same", b=most("2")), ("side-missing",)),
    "not alone": (
        Compared(indicator="甲", relation="only_a", a=most("1"), b=most("2")),
        ("side-not-alone",),
    ),
    "the other alone": (
        Compared(indicator="甲", relation="only_a", b=most("2")),
        ("side-not-alone",),
    ),
}  # fmt: skip


@pytest.mark.parametrize("case", ROWS)
def test_rows_and_what_is_found(case: str):
    row, codes = ROWS[case]
    assert check_row(row) == codes
    assert judge(row).findings == codes


def test_every_code_is_said_in_both_languages():
    given_codes = {code for _, codes in ROWS.values() for code in codes}
    given_codes |= {code for _, code in WRONG.values()}
    assert given_codes <= said().keys()
    assert all(one.zh and one.en for one in said().values())


def test_methods():
    pairs = {
        ("GB/T 1-2020", "GB/T 1-2020"): "same",
        ("GB/T 1-2020", "GB/T 1-2009"): "another_edition",
        ("GB/T 1", "GB/T 1-2009"): "another_edition",
        ("GB/T 1-2020", "GB/T 2-2020"): "other",
    }
    for (a, b), method in pairs.items():
        sides = {"a": most("1", method=a), "b": most("1", method=b)}
        assert method_of(Compared(indicator="甲", relation="same", **sides)) == method
        sides["b"] = most("1")
        assert method_of(Compared(indicator="甲", relation="same", **sides)) == "unstated"


def comparison(*rows: Compared, b: str = "DB34/T 2-2021") -> StandardComparison:
    organ = Organ(name="南京市市场监督管理局")
    return StandardComparison(
        v=1, id="c1", salt="0" * 32, subject=Subject(kind="organisation", name="示例院"),
        authority=organ, source_unit=organ, decided_on=date(2026, 5, 1), publication="public",
        severity=Severity(level="unclassified"), provenance=Provenance(kind="original"),
        a="DB32/T 1-2020", b=b, product="建筑用砂", rows=rows, reviewer="示例审核人",
        reviewed_on=date(2026, 5, 1),
    )  # fmt: skip


def row(a: str, b: str, relation: str = "same", **methods: str) -> Compared:
    sides = (most(a, **{k: v for k, v in methods.items() if k == "method"}),)
    other = methods.get("other", methods.get("method"))
    mine = most(b, method=other) if other else most(b)
    return Compared(indicator=f"{a}{b}{other}", relation=relation, a=sides[0], b=mine)


M = "GB/T 1-2020"


def test_summary_full_one_way_and_none_the_other():
    summed = summarise(comparison(row("1", "2", "stricter_a", method=M)))
    assert summed.a_for_b.degree == "full"
    assert summed.a_for_b.under == "DB32/T 1-2020"
    assert summed.b_for_a.degree == "none"
    assert [one.code for one in summed.b_for_a.rows] == ["stricter-there"]


def test_summary_is_conditional_where_methods_must_be_looked_at():
    rows = (row("1", "1", method=M), row("2", "2", method=M, other="GB/T 1-2009"), row("3", "3"))
    summed = summarise(comparison(*rows))
    assert summed.a_for_b.degree == "conditional"
    codes = [one.code for one in summed.a_for_b.rows]
    assert codes == ["as-strict", "another-edition", "method-unstated"]
    assert len(summed.a_for_b.of("on_condition")) == 2


def test_another_method_is_never_accepted():
    summed = summarise(comparison(row("1", "9", "stricter_a", method=M, other="GB/T 7-2020")))
    assert summed.a_for_b.degree == "none"
    assert summed.a_for_b.rows[0].code == "other-method"


def test_summary_is_partial_and_tells_why_not():
    rows = (
        row("1", "1", method=M),
        row("5", "2", "stricter_b", method=M),
        Compared(indicator="仅乙", relation="only_b", b=most("2")),
        Compared(indicator="仅甲", relation="only_a", a=most("2")),
        Compared(indicator="外观", relation="same", a=words("无裂纹"), b=words("无裂纹")),
        Compared(indicator="气味", relation="stricter_a", a=words("无"), b=words("轻微")),
        Compared(indicator="浓度", relation="incomparable", a=most("1", "ppm"), b=most("1")),
        Compared(indicator="矛盾", relation="stricter_a", a=most("2"), b=most("1")),
    )
    summed = summarise(comparison(*rows))
    assert summed.a_for_b.degree == "partial"
    assert [(one.worth, one.code) for one in summed.a_for_b.rows] == [
        ("satisfied", "as-strict"),
        ("not_satisfied", "stricter-there"),
        ("not_satisfied", "only-there"),
        ("not_asked", "not-asked"),
        ("satisfied", "in-words"),
        ("on_condition", "by-reviewer"),
        ("not_satisfied", "share-of-concentration"),
        ("not_satisfied", "relation-contradicted"),
    ]
    assert all(one.code in said() for one in (*summed.a_for_b.rows, *summed.b_for_a.rows))
    assert summed.b_for_a.rows[3].code == "only-there"


def test_nothing_asked_is_nothing_served():
    summed = summarise(comparison(Compared(indicator="仅甲", relation="only_a", a=most("2"))))
    assert summed.a_for_b.degree == "none"
    assert summed.b_for_a.degree == "none"


def test_a_comparison_is_of_two_editions_and_names_an_indicator_once():
    rows = (row("1", "1", method=M), row("1", "1", method=M))
    assert check_comparison(comparison(*rows)) == ((1, "indicator-twice"),)
    assert check_comparison(comparison(rows[0], b="DB32/T 1-2020")) == ((-1, "same-edition"),)
    assert check_comparison(comparison(ROWS["contradicted"][0])) == ((0, "relation-contradicted"),)


def test_what_a_hostile_sender_writes_is_refused_without_looking_for_what_was_meant(
    monkeypatch: pytest.MonkeyPatch,
):
    monkeypatch.setattr(unit_text, "get_close_matches", None)  # a millisecond for each unit
    rows = [Compared(indicator="甲", relation="only_a", a=most("1", f"mg{n}x")) for n in range(500)]
    assert {check_row(one) for one in rows} == {("unit-unknown",)}
