"""Column by column (``cells.toml``): what a cell says, what keeps a record from its template."""

import tomllib
from pathlib import Path
from typing import Any

import pytest

from registry.exports.templates import COLUMNS, KINDS, TEMPLATES
from tests.registry.exports.test_read_back import SUBJECTS, made

CASES = tomllib.loads(Path(__file__).with_name("cells.toml").read_text(encoding="utf-8"))["case"]


def name_of(case: dict[str, Any]) -> str:
    return f"{case['kind']}-{case['column']}-{str(case.get('says', case.get('wrong')))[:20]}"


def filled(text: str) -> str:
    """Return a text; one of many equal characters is stated as that character and a number."""
    character, star, number = text.partition("*")
    return character * int(number) if star and number.isdigit() else text


@pytest.mark.parametrize("case", CASES, ids=name_of)
def test_a_column_says_what_the_record_says(case):
    changes = dict(case.get("change", {}))
    if "long" in case:
        member, length = case["long"]
        changes[member] = "违" * length
    subject = changes.pop("subject", SUBJECTS[case["about"]])
    for style, said in (("sheet", "says"), ("message", "message")):
        form, row, _, _ = made(case["kind"], subject, style, **changes)
        places = [place.code for place in TEMPLATES[case["kind"]].of(form)]
        cell = row.cells[places.index(case["column"])]
        wrong = [one.code for one in row.problems if one.column == case["column"] and one.stops]
        if "wrong" in case:
            assert (cell, wrong, row.fits) == ("", [case["wrong"]], False)
        else:
            expected = case.get(said, case["says"])
            assert (cell, wrong) == (filled(expected), [])


@pytest.mark.parametrize("kind", KINDS)
def test_every_column_has_a_case(kind):
    """Those of the two templates that are filled from the same place of a record share theirs."""
    tried = {COLUMNS[one["kind"]][one["column"]].pointer for one in CASES}
    left = [
        place.code
        for place in TEMPLATES[kind].columns
        if COLUMNS[kind][place.code].pointer not in tried
    ]
    assert left == []
