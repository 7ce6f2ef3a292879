"""Days, words of closed lists and headers of the national side: known, or asked back."""

from pathlib import Path
from typing import Any

import msgspec
import pytest

from registry.reconciling.files import (
    CLASSES,
    COLUMNS,
    RESULTS,
    STATES,
    day_of,
    plain,
    read_rows,
    word_of,
)
from tests.registry.reconciling.test_keys import cases

HERE = Path(__file__).parent
WORDS: dict[str, dict[str, list[str]]] = msgspec.yaml.decode((HERE / "words.yaml").read_bytes())
HEADERS: dict[str, dict[str, list[str]]] = msgspec.yaml.decode(
    (HERE / "headings.yaml").read_bytes()
)
LISTS = {"states": STATES, "classes": CLASSES, "results": RESULTS}


def pairs(table: dict[str, dict[str, list[str]]]) -> list[Any]:
    return [
        pytest.param(name, wanted, text, id=f"{name}-{wanted or 'none'}-{at}")
        for name, words in table.items()
        for wanted, texts in words.items()
        for at, text in enumerate(texts)
    ]


@pytest.mark.parametrize("case", cases("days.yaml"), ids=lambda case: case["why"])
def test_a_day_is_read_in_every_usual_form_and_never_guessed(case):
    assert day_of(case["typed"]) == case["day"]


@pytest.mark.parametrize(("name", "wanted", "text"), pairs(WORDS))
def test_a_word_is_known_or_it_is_none(name, wanted, text):
    assert word_of(LISTS[name], text) == wanted


@pytest.mark.parametrize("name", LISTS)
def test_every_word_of_a_list_is_known_for_itself_alone(name):
    stated: dict[str, list[str]] = getattr(COLUMNS, name)
    said = [(plain(word), code) for code, words in stated.items() for word in words]
    assert len({word for word, _ in said}) == len(said), "no word stands for two things"
    assert all(
        word_of(LISTS[name], word) == code for code, words in stated.items() for word in words
    )


@pytest.mark.parametrize(("kind", "wanted", "text"), pairs(HEADERS))
def test_a_column_is_known_by_how_it_is_headed(kind, wanted, text):
    needed = {
        column: names[0]
        for column, names in getattr(COLUMNS, kind).items()
        if column in COLUMNS.needed[kind] and column != wanted
    }
    quoted = ",".join(f'"{header}"' for header in (text, *needed.values()))
    cells = ",".join(["甲", *needed])
    (row,) = read_rows(f"{quoted}\n{cells}\n".encode(), kind)
    assert row.cells == {column: column for column in needed} | ({wanted: "甲"} if wanted else {})


@pytest.mark.parametrize("kind", ["notice", "status"])
def test_no_header_names_two_columns_of_a_file(kind):
    said = [plain(header) for headers in getattr(COLUMNS, kind).values() for header in headers]
    assert sorted(set(said)) == sorted(said)
    assert set(COLUMNS.needed[kind]) <= getattr(COLUMNS, kind).keys()
