"""Every case of the case files passes; a case that expects something else fails by name."""

from pathlib import Path

import pytest

from registry.rules.reader import read
from registry.standards.cases import run_cases

CASES = sorted((Path(__file__).parent / "cases").glob("*.yaml"))


def plain(text: str) -> object:
    """Read a case file with the strict reader of the rulebooks: no aliases, no duplicate keys."""
    source, defects = read("cases.yaml", text)
    assert (defects, source is not None) == ([], True)
    return source.data


@pytest.mark.parametrize("file", CASES, ids=lambda file: file.stem)
def test_every_case_passes(file):
    results = run_cases(plain(file.read_text(encoding="utf-8")))
    assert [(one.name, one.failures) for one in results if one.failures] == []


def test_there_are_many_cases_and_no_two_of_one_name():
    names = [case["name"] for file in CASES for case in plain(file.read_text())["cases"]]
    assert len(names) >= 100
    assert len(set(names)) == len(names)
