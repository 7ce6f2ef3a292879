"""Who may take a standard as a basis where: by territory, route, organ and day."""

from datetime import date
from typing import get_args

import pytest

from registry.domain.records.standards import Route, Use
from registry.domain.tables import KEPT
from registry.standards.competence import COMPETENCES, MARKS, competent, level_of
from registry.standards.written import covers
from tests.registry.ingest.samples import ABSENT, decoded

PROVINCE = {"authority__division": "340000", "authority__name": "安徽省市场监督管理局"}
COUNTY = {"authority__division": "340202", "territory": "340202"}
TENDER = {"route": "tender_document", "use": "tender"}
LOCAL = "DB3201 9902-2025"


@pytest.mark.parametrize(
    ("changes", "lacks"),
    [
        ({}, ()),
        (PROVINCE, ()),
        ({**PROVINCE, "territory": "340000"}, ()),
        ({"territory": "340202"}, ()),
        ({"territory": "340000"}, ("competence-territory",)),
        ({"territory": "320100"}, ("competence-territory",)),
        ({**PROVINCE, "territory": "320100"}, ("competence-territory",)),
        ({"authority__division": ABSENT}, ("competence-unknown",)),
        (COUNTY, ("route-level",)),
        ({**COUNTY, **TENDER}, ()),
        ({"decided_on": "2017-12-31"}, ("route-level",)),
        ({"decided_on": "2018-01-01"}, ()),
        ({**PROVINCE, "decided_on": "2017-12-31"}, ()),
        ({"authority__name": "芜湖市交通运输局", "authority__kind": ABSENT}, ("route-organ",)),
        ({"authority__name": "芜湖市知识产权局", "authority__kind": ABSENT}, ("route-organ",)),
        ({"authority__name": "芜湖市质量技术监督局", "authority__kind": ABSENT}, ()),
        ({"route": "regional_310"}, ("route-number",)),
        ({"route": "regional_310", "number": "DB32/T 310012-2024"}, ()),
        ({"route": "tender_document"}, ("route-use",)),
        (TENDER, ()),
        ({**TENDER, "authority__name": "芜湖市交通运输局"}, ()),
        ({"route": "scheme"}, ("route-unnamed",)),
        ({"route": "scheme", "instrument": "《示例管理办法》（芜政〔2026〕1号）"}, ()),
        ({"number": LOCAL}, ("standard-does-not-travel",)),
        ({"number": "DB34 9902-2025"}, ()),
        ({"number": "DB3402 9902-2025"}, ()),
        ({"number": "DBS32 001-2022"}, ("standard-does-not-travel",)),
        ({"number": "DBS34 001-2022"}, ()),
        ({"number": LOCAL, "degree": "refused", "reasons": "只在南京适用。"}, ()),
        ({"number": "GB 4943.1-2022"}, ()),
        ({"number": "某标准"}, ()),
        (
            {"territory": "340000", "number": LOCAL},
            ("competence-territory", "standard-does-not-travel"),
        ),
    ],
)  # fmt: skip
def test_recognitions(changes, lacks):
    assert competent(decoded("standard_recognition", **changes)) == lacks


@pytest.mark.parametrize(
    ("changes", "lacks"),
    [
        ({}, ()),
        ({"authority__name": "芜湖市交通运输局"}, ()),
        ({"territory": "320100"}, ("competence-territory",)),
        ({"number": LOCAL}, ("standard-does-not-travel",)),
    ],
)
def test_acceptances_have_no_route(changes, lacks):
    assert competent(decoded("result_acceptance", **changes)) == lacks


@pytest.mark.parametrize(
    ("division", "level", "inside", "outside"),
    [
        ("000000", "country", ("340000", "320100", "340202"), ()),
        ("340000", "province", ("340000", "340200", "340202"), ("320000", "000000")),
        ("340200", "prefecture", ("340200", "340202"), ("340000", "340100")),
        ("340202", "county", ("340202",), ("340200", "340203")),
    ],
)
def test_levels(division, level, inside, outside):
    assert level_of(division) == level
    assert all(covers(division, place) for place in inside)
    assert not any(covers(division, place) for place in outside)


def test_the_table_is_whole_and_each_row_has_its_source():
    routes, day = COMPETENCES.routes, date(2026, 1, 1)
    assert sorted(one.code for one in routes if one.in_force(day)) == sorted(get_args(Route))
    for row in (*routes, *COMPETENCES.marks):
        assert row.zh
        assert row.en
        assert row.source
        assert row.until is None or row.since < row.until
    organs = {kind for route in routes for kind in route.organs}
    assert organs <= KEPT["organ-kinds"].by_code.keys()
    assert all(set(route.uses) <= set(get_args(Use)) for route in routes)
    assert set(MARKS) == {"CMA", "CNAS", "CCC"}
