"""Equal inputs, equal bytes, in any order; home makes no difference; nothing outlives its end."""

import json
from datetime import date, timedelta

from hypothesis import given, settings
from hypothesis import strategies as st
from msgspec.structs import replace

from registry.rules.decide import decision_bytes
from registry.rules.model import Fact
from tests.registry.rules.books import (
    ADOPTED,
    act,
    adoption,
    answer,
    ask,
    grade_a,
    quality,
    ref,
    wages,
)

DAYS = st.dates(date(2025, 1, 1), date(2028, 12, 31))
MATTERS = ("", "public_funds", "tender", "inspection", "service", "honours")
EVERYWHERE = tuple(
    adoption(
        rule, member, allows=("i-gap-acceptance", "i-fewer-inspections") if rule == "R10" else None
    )
    for rule in ("R02", "R06", "R10")
    for member in ("320100", "321100")
)
KINDS = ("list_exit", "repair", "withdrawal", "stay", "objection", "objection_upheld")


@st.composite
def files(draw: st.DrawFn) -> list[Fact]:
    """Draw some records of a firm and acts upon them."""
    facts = []
    for idx in range(draw(st.integers(1, 4))):
        day = draw(DAYS)
        make = draw(st.sampled_from((wages, quality, grade_a)))
        facts.append(make(idx, listed_on=day, decided_on=day, published_on=day))
    for idx in range(10, 10 + draw(st.integers(0, 3))):
        day = draw(DAYS)
        until = draw(st.none() | st.just(day + timedelta(days=60)))
        target = ref(draw(st.integers(0, 4)))
        kind = draw(st.sampled_from(KINDS))
        facts.append(
            act(kind, idx, target, decided_on=day, effective_on=day, start=day, until=until)
        )
    return facts


asks = st.builds(
    ask,
    st.sampled_from(MATTERS),
    DAYS,
    territory=st.sampled_from(("320100", "321100", "341100")),
    organ_kind=st.sampled_from(("", "市场监督管理部门", "生态环境部门", "行政检查部门")),
)


@given(files(), asks, st.randoms())
@settings(max_examples=80, deadline=None)
def test_the_order_of_facts_and_adoptions_does_not_matter(facts, question, random):
    expected = decision_bytes(answer(facts, question, adopted=EVERYWHERE))
    shuffled, adopted = [*facts], [*EVERYWHERE]
    random.shuffle(shuffled)
    random.shuffle(adopted)
    assert decision_bytes(answer(shuffled, question, adopted=tuple(adopted))) == expected


@given(files(), asks, st.sampled_from(("330100", "320100", "321181", "")))
@settings(max_examples=80, deadline=None)
def test_another_home_city_gives_the_same_result(facts, question, home):
    moved = [replace(fact, home=home) for fact in facts]
    here = decision_bytes(answer(facts, question, adopted=EVERYWHERE))
    assert decision_bytes(answer(moved, question, adopted=EVERYWHERE)) == here


@given(files(), asks)
@settings(max_examples=80, deadline=None)
def test_what_is_shown_is_in_force_on_the_day_and_canonical(facts, question):
    decision = answer(facts, question, adopted=EVERYWHERE)
    for one in decision.measures:
        assert one.start <= question.on
        assert one.until is None or question.on < one.until
        assert (one.state == "suspended") == bool(one.suspended_by)
    content = decision_bytes(decision)
    again = json.dumps(
        json.loads(content), ensure_ascii=False, sort_keys=True, separators=(",", ":")
    )
    assert again.encode() == content


@given(files(), asks)
@settings(max_examples=80, deadline=None)
def test_a_withdrawn_record_is_as_if_it_had_never_been(facts, question):
    gone = facts[0]
    withdrawal = act("withdrawal", 30, gone.ref, decided_on=question.on)
    never = [fact for fact in facts[1:] if fact.target != gone.ref]
    if gone.list == "tax-grade-a":
        return  # its publication still tells when that year's list came out
    with_it = answer([*facts, withdrawal], question, adopted=EVERYWHERE)
    assert decision_bytes(with_it) == decision_bytes(answer(never, question, adopted=EVERYWHERE))


def test_the_usual_adoptions_are_what_the_cases_assume():
    assert [one.member for one in ADOPTED] == ["321100", "321100", "320100"]
