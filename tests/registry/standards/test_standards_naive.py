"""Naive evaluators and laws beside the real ones: entry, comparisons, courses of cases."""

from collections.abc import Sequence
from datetime import date, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from registry.domain.records.market import NegativeListItem
from registry.domain.records.standards import Compared, Limit, StandardCaseStep
from registry.domain.tables import KEPT
from registry.standards.access_model import activity_of
from registry.standards.case_clock import OF_APPLICANT, may_follow, standing
from registry.standards.compare import check_row, summarise
from registry.standards.model import Stated
from registry.standards.unit_table import known
from registry.standards.units import comparable, read_quantity, read_unit, told_in
from tests.registry.standards.test_access import ask, item
from tests.registry.standards.test_case_clock import ASKED, TARGET, case, common
from tests.registry.standards.test_compare import comparison

CODES = ("C", "14", "141", "1411", "1412", "15", "A", "01", "0111")
EDITIONS = {"2022年版": date(2022, 3, 12), "2025年版": date(2025, 4, 16)}
SECTION = {row.code: row.group for row in KEPT["industries"].rows if row.group}


@st.composite
def items(draw: st.DrawFn) -> list[Stated[NegativeListItem]]:
    codes = st.lists(st.sampled_from(CODES), min_size=1, max_size=2, unique=True)
    return [
        item(
            f"{number:06d}",
            *draw(codes),
            edition=draw(st.sampled_from(sorted(EDITIONS))),
            category=draw(st.sampled_from(["prohibited", "permit_required"])),
        )
        for number in range(draw(st.integers(0, 5)))
    ]


def ancestors(code: str) -> set[str]:
    """Return a class and all that it lies in, as a clerk would look them up."""
    if code.isalpha():
        return {code}
    return {code[:length] for length in range(2, len(code) + 1)} | {SECTION[code[:2]]}


def naive(asked: str, on: date, stated: Sequence[Stated[NegativeListItem]]) -> str:
    begun = [one.record for one in stated if one.record.in_force_from <= on]
    if not begun:
        return "no_list"
    newest = max(one.in_force_from for one in begun)
    found = set()
    for one in begun:
        if one.in_force_from != newest:
            continue
        for code in one.activities:
            if code in ancestors(asked):
                found.add(one.category)
            elif asked in ancestors(code):
                found.add("in_part")
    return next(
        (v for v in ("prohibited", "permit_required", "in_part") if v in found), "not_on_list"
    )


@given(items(), st.sampled_from(CODES), st.sampled_from([2021, 2023, 2026]))
def test_entry_is_what_a_clerk_would_work_out(
    stated: list[Stated[NegativeListItem]], asked: str, year: int
):
    on = date(year, 6, 1)
    assert ask(asked, *stated, on=on).verdict == naive(asked, on, stated)
    assert ask(asked, *reversed(stated), on=on) == ask(asked, *stated, on=on)


def test_every_section_and_division_is_an_activity():
    for row in KEPT["industries"].rows:
        found = activity_of(row.code)
        assert found.zh == row.zh
        assert found.section == (row.group or row.code)


METHODS = st.sampled_from(["GB/T 1-2020", "GB/T 1-2009", "GB/T 7-2020", None])
VALUES = st.integers(1, 3).map(str)


@st.composite
def rows(draw: st.DrawFn) -> Compared:
    sides = []
    for _ in "ab":
        method = draw(METHODS)
        more = {"method": method} if method else {}
        sides.append(Limit(direction="most", value=draw(VALUES), unit="mg/L", **more))
    a, b = sides
    relation = "same" if a.value == b.value else "stricter_a" if a.value < b.value else "stricter_b"
    return Compared(indicator="甲", relation=relation, a=a, b=b)


def swapped(row: Compared) -> Compared:
    other = {"stricter_a": "stricter_b", "stricter_b": "stricter_a"}
    relation = other.get(row.relation, row.relation)
    return Compared(indicator=row.indicator, relation=relation, a=row.b, b=row.a)


@given(st.lists(rows(), min_size=1, max_size=4))
def test_a_comparison_read_from_the_other_side_says_the_same(stated: list[Compared]):
    assert [check_row(row) for row in stated] == [()] * len(stated)
    one = summarise(comparison(*stated))
    other = summarise(comparison(*map(swapped, stated)))
    assert one.a_for_b.rows == other.b_for_a.rows
    assert one.b_for_a.degree == other.a_for_b.degree
    for serves in (one.a_for_b, one.b_for_a):
        whole = {row.worth for row in serves.rows}
        assert (serves.degree == "full") == (whole == {"satisfied"})
        assert (serves.degree == "none") == (whole == {"not_satisfied"})


STEPS = (
    *("received", "incomplete", "completed", "assessing", "heard", "answered", "decided"),
    *("appealed", "appeal_decided", "withdrawn"),
)


@settings(max_examples=60)
@given(st.lists(st.tuples(st.sampled_from(STEPS), st.integers(0, 40)), max_size=6))
def test_whatever_is_logged_a_case_stands_somewhere(course: list[tuple[str, int]]):
    day, steps = ASKED, []
    for number, (name, later) in enumerate(course):
        day += timedelta(days=later)
        steps.append(
            StandardCaseStep(
                **common(f"s{number}"), case=TARGET, step=name, done_on=day, degree="full", text="x"
            )
        )
    found = standing(case(), steps, day)
    refused = {one.step for one in found.findings if one.code in {"out-of-order", "before-asked"}}
    counted = [step.step for at, step in enumerate(steps) if at not in refused]
    assert found.now == (counted[-1] if counted else "asked")
    assert found.closed == (not found.dues)
    assert all(due.last >= due.since for due in found.dues)
    organ, applicant = may_follow(found, "organ"), may_follow(found, "applicant")
    assert set(applicant) <= OF_APPLICANT
    assert not OF_APPLICANT & set(organ)
    if found.now in {"withdrawn", "appeal_decided"}:
        assert not organ
        assert not applicant


PREFIXED = {
    ("1000", "mg"): ("1", "g"),
    ("1000", "μg"): ("1", "mg"),
    ("1", "GPa"): ("1000", "MPa"),
    ("1", "MΩ"): ("1000", "kΩ"),
    ("1", "kHz"): ("1000", "Hz"),
    ("1", "吉焦"): ("1000", "MJ"),
    ("1", "毫安"): ("1000", "μA"),
    ("1", "公里"): ("1000", "m"),
    ("1", "大卡"): ("1000", "cal"),
    ("1", "hPa"): ("100", "Pa"),
    ("1", "dm"): ("10", "cm"),
}


@pytest.mark.parametrize("said", PREFIXED, ids=str)
def test_prefixes_are_what_they_say(said: tuple[str, str]):
    one, other = read_quantity(*said), read_quantity(*PREFIXED[said])
    assert one.base == other.base
    assert told_in(one, other.unit) == (other.value, True)


def test_every_unit_of_the_table_is_comparable_with_itself_and_has_names():
    for symbol, row in known().rows.items():
        unit = read_unit(symbol)
        comparable(unit, unit)
        assert unit.factor > 0
        assert all(row.name)
        assert row.read == "full_text" or row.source or row.unit.endswith("cal")
