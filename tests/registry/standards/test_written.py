"""What the answer asks of a written number."""

import pytest

from registry.standards.written import (
    covers,
    group,
    identity,
    is_food,
    issues,
    kind,
    obligation,
    territory,
    year,
)

KINDS = {
    "GB 18401-2010": "national",
    "GB/T 2260-2007": "national",
    "GB/Z 1-2020": "national",
    "JT/T 808-2019": "industry",
    "CJJ 2-2008": "industry",
    "DB32/T 4000-2021": "province",
    "DB34 1-2010": "province",
    "DBS32/001-2016": "province",
    "DB3201/T 1001-2020": "city",
    "DB32/T 310012-2023": "regional",
    "T/CAS 290-2017": "group",
    "Q/ABC 12-2020": "enterprise",
    "ISO 9001:2015": "international",
    "IEC 60335-1:2020": "international",
}


@pytest.mark.parametrize(("number", "whose"), KINDS.items())
def test_whose_it_is(number, whose):
    assert kind(number) == whose
    assert kind(identity(number)) == whose


def test_what_nobody_knows_is_foreign():
    assert kind("DIN-Fachbericht 1") == "foreign"


@pytest.mark.parametrize(
    ("number", "before", "when"),
    [
        ("GB/T 2260-2007", "GB/T 2260", 2007),
        ("GB/T 2260", "GB/T 2260", None),
        ("ISO 9001:2015", "ISO 9001", 2015),
        ("GB/T 20000.2-2009", "GB/T 20000.2", 2009),
        ("T/X 1-22", "T/X 1-22", None),
        ("IEC 60335-1:2020", "IEC 60335-1", 2020),
    ],
)
def test_identity_and_year(number, before, when):
    assert (identity(number), year(number)) == (before, when)


def test_the_issues_of_a_regional_standard():
    assert issues("DB34/T 310012-2023") == tuple(f"DB3{place}/T 310012" for place in (1, 2, 3, 4))
    assert issues("DB34/T 31001-2023") == issues("DB35/T 310012-2023") == ()
    assert group("DB34/T 310012-2023") == group("DB31/T 310012") == "DB3x/T 310012"
    assert group("DB34/T 4000-2021") == "DB34/T 4000"


def test_whose_territory_and_how_binding():
    assert territory("DB32/T 1-2020") == "320000"
    assert territory("DB3201/T 1-2020") == "320100"
    assert territory("DBS34/001-2020") == "340000"
    assert territory("GB/T 1-2020") is None
    assert is_food("DBS34/001-2020")
    assert not is_food("DB34/T 1-2020")
    found = {number: obligation(number) for number in KINDS}
    assert {number for number, how in found.items() if how == "mandatory"} == {
        "GB 18401-2010",
        "CJJ 2-2008",
        "DB34 1-2010",
        "DBS32/001-2016",
    }
    assert {number for number, how in found.items() if how == "guidance"} == {"GB/Z 1-2020"}


@pytest.mark.parametrize(
    ("reach", "place", "inside"),
    [
        ("320100", "320100", True),
        ("320100", "320115", True),
        ("320100", "320000", False),
        ("320100", "320200", False),
        ("320000", "320100", True),
        ("320000", "320000", True),
        ("320000", "340500", False),
        ("320115", "320115", True),
        ("320115", "320116", False),
        ("320115", "320100", False),
        ("CN", "320100", True),
        ("100000", "320100", True),
        ("000000", "CN", True),
        ("320000", "CN", False),
    ],
)
def test_which_places_a_territory_covers(reach, place, inside):
    assert covers(reach, place) is inside
