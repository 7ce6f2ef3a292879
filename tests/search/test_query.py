"""Questions are bounded before any engine sees them."""

from datetime import date

import pytest

from search.errors import InvalidQueryError
from search.query import FILTER_MAX, FILTER_VALUE_MAX, LIMIT_MAX, RECALL_MAX, TEXT_MAX, Query


@pytest.mark.parametrize(
    ("code", "fields"),
    [
        ("query-empty", {"text": ""}),
        ("query-empty", {"text": " \u3000\n"}),
        ("query-too-long", {"text": "长" * (TEXT_MAX + 1)}),
        ("query-page", {"limit": 0}),
        ("query-page", {"limit": LIMIT_MAX + 1}),
        ("query-page", {"offset": -1}),
        ("query-page", {"offset": RECALL_MAX + 1}),
        ("query-filter", {"cities": ("320100",) * (FILTER_MAX + 1)}),
        ("query-filter", {"cities": ("",)}),
        ("query-filter", {"types": ("x" * (FILTER_VALUE_MAX + 1),)}),
        ("query-filter", {"types": ("a\x00",)}),
        ("query-filter", {"types": ("\udfff",)}),
        ("query-dates", {"date_from": date(2024, 1, 2), "date_to": date(2024, 1, 1)}),
    ],
)
def test_a_question_out_of_bounds_is_refused_with_its_code(
    code: str, fields: dict[str, object]
) -> None:
    with pytest.raises(InvalidQueryError) as refused:
        Query(**({"text": "长江"} | fields))
    assert refused.value.detail_code == code
    assert refused.value.status == 400


def test_the_bounds_themselves_are_allowed() -> None:
    day = date(2024, 1, 1)
    query = Query(
        text="长" * TEXT_MAX,
        limit=LIMIT_MAX,
        offset=RECALL_MAX,
        cities=("c" * FILTER_VALUE_MAX,) * FILTER_MAX,
        date_from=day,
        date_to=day,
    )
    assert query.types == ()
