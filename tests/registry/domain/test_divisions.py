"""Divisions with their years: the traps of the region's own codes."""

import csv
from datetime import date

import pytest

from registry.domain.divisions import (
    city_of,
    division_name,
    is_current,
    is_known,
    tenures,
)


@pytest.mark.parametrize(
    ("code", "on", "name"),
    [
        ("340203", date(2010, 6, 1), "弋江区"),
        ("340203", date(1990, 6, 1), "马塘区"),
        ("340203", None, "弋江区"),
        ("340209", date(2021, 1, 1), "弋江区"),
        ("340209", date(2010, 1, 1), None),
        ("320882", date(1995, 1, 1), "淮安市"),
        ("320413", None, "金坛区"),
        ("320481", date(2026, 1, 1), "溧阳市"),
        ("320000", None, "江苏省"),
        ("320100", date(2026, 1, 1), "南京市"),
        ("320191", None, None),
    ],
)
def test_names_by_date(code, on, name):
    assert division_name(code, on) == name


def test_retired_codes_stay_known():
    assert is_known("340203")
    assert not is_current("340203")
    assert is_current("340209")
    assert not is_known("320191")
    assert not is_current("320191")
    assert tenures("320191") == ()


def test_parents():
    assert city_of("320481") == "320400"


def test_all_divisions_of_2020_are_known(shared_data):
    with (shared_data / "codes/mca_admin_divisions_202012.csv").open(encoding="utf-8-sig") as file:
        rows = list(csv.reader(file))
    codes = {cell for row in rows for cell in row if len(cell) == 6 and cell.isdigit()}
    region = {code for code in codes if code[:2] in {"32", "34"}}
    assert len(region) > 200
    assert not {code for code in region if not is_current(code)}
