"""Certainty: higher for better scores, shared by rivals, whole for codes and numbers."""

from dataclasses import dataclass

from hypothesis import given
from hypothesis import strategies as st

from search.certainty import SURE, certainties


@dataclass
class Scored:
    score: float
    matched: str = "name"


SCORES = st.lists(st.floats(0, 1), max_size=30)


@given(SCORES)
def test_chances_are_chances_and_in_the_order_of_scores(scores: list[float]) -> None:
    found = certainties([Scored(score) for score in scores])
    assert all(0 <= chance <= 1 for chance in found)
    assert sum(sorted(found)[-10:]) <= 1.01
    ordered = [chance for _, chance in sorted(zip(scores, found, strict=True))]
    assert ordered == sorted(ordered)


def test_of_two_equal_hits_none_is_certain() -> None:
    assert certainties([Scored(1.0)])[0] > 0.99
    assert max(certainties([Scored(1.0), Scored(1.0)])) < SURE
    assert certainties([Scored(1.0), Scored(0.9)])[0] > SURE
    assert certainties([Scored(0.82)])[0] < SURE < certainties([Scored(0.88)])[0]
    assert certainties([]) == []


def test_a_code_or_number_is_met_or_not() -> None:
    assert certainties([Scored(1.0, "code"), Scored(1.0, "code")]) == [1.0, 1.0]
    assert certainties([Scored(1.0, "number")]) == [1.0]
    assert certainties([Scored(0.93, "code")])[0] < 1
