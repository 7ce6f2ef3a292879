"""Floors of branch coverage, read from what ``make test`` measured just before."""

import json
from pathlib import Path

import pytest

from tests.conftest import ROOT, absent

MEASURED = Path(".cache/covered.json")
COMPLETE = ("signing", "registry/ledger", "registry/rules")
OVERALL = 95.0


@pytest.fixture(scope="module")
def measured() -> dict:
    path = ROOT / MEASURED
    if not path.is_file():
        absent("nothing was measured yet: `make test` measures, then looks here")
    return json.loads(path.read_text(encoding="utf-8"))


@pytest.mark.parametrize("package", COMPLETE)
def test_every_line_and_branch(measured, package):
    files = {
        path: (report["missing_lines"], report["missing_branches"])
        for path, report in measured["files"].items()
        if path.startswith(f"{package}/")
    }
    assert files, f"nothing of {package} was measured"
    assert {path: missing for path, missing in files.items() if any(missing)} == {}


def test_overall(measured):
    assert measured["meta"]["branch_coverage"] is True
    assert measured["totals"]["percent_covered"] >= OVERALL


def test_every_file_was_measured(measured):
    expected = {
        path.relative_to(ROOT).as_posix()
        for package in ("signing", "search", "registry")
        for path in (ROOT / package).rglob("*.py")
    }
    assert expected - set(measured["files"]) == set()
