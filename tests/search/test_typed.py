"""What is typed so far: which beginnings it may be, and what of a subject it meets."""

import tomllib
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import pytest

from search.flow import Recalled
from search.matching import Candidate
from search.names import NameForms
from search.typed import LONGEST, NAMES_MAX, SUGGESTED, beginnings, met, suggested, typed_so_far

NAME = "南京市长江造船有限公司"
CODE = "91320104135170699F"


def test_a_name_begins_as_it_is_written_heard_and_by_first_letters():
    found = beginnings([NAME], [CODE])
    assert {"南京市长江造船有限公司", "南京长江造船有限公司", "长江造船有限公司"} <= set(found)
    assert {"NJSCJZCYXGS", "NJCJZCYXGS", "CJZCYXGS", CODE, CODE[8:17]} <= set(found)
    assert any(one.startswith("CANJIANZAOCUAN") for one in found)
    assert max(map(len, found)) <= LONGEST
    many = [f"南京第{number}商行" for number in range(NAMES_MAX + 1)]
    assert "南京第9商行" in beginnings(many, ())
    assert "南京第10商行" not in beginnings(many, ())


def cases() -> Iterator[tuple[str, str, dict[str, Any], str]]:
    text = Path(__file__).with_name("typed.toml").read_text(encoding="utf-8")
    for one in tomllib.loads(text)["enterprise"]:
        for way in ("begins", "holds"):
            for typed, on in one[way].items():
                yield way, typed, one, on


@pytest.mark.parametrize(("way", "typed", "one", "on"), list(cases()))
def test_what_is_met_and_how_well(way, typed, one, on):
    names = (one["name"], *one["former"])
    found = met(typed_so_far(typed), names, one["codes"])
    if not on:
        assert found is None
        return
    rank = 3 if way == "holds" else 0 if on == one["name"] else 2 if on in names else 1
    assert found == (rank, on)
    # The index recalls by the same beginnings.
    begun = beginnings(names, one["codes"])
    keys = typed_so_far(typed).keys
    assert any(text.startswith(keys) for text in begun) is (way == "begins")


class Scripted:
    def __init__(self, begun: int, held: int) -> None:
        self.begun = [f"{number:x}" for number in range(begun)]
        self.held = [Candidate(f"{number:x}", "x", ()) for number in range(100, 100 + held)]
        self.asked: list[str] = []

    async def by_beginning(self, keys: Sequence[str]) -> Sequence[str]:
        self.asked += keys
        return self.begun

    async def by_whole(self, asked: NameForms) -> Recalled:
        self.asked.append(f"held {asked.core}")
        return Recalled(self.held, whole=True)


@pytest.mark.parametrize(
    ("typed", "begun", "asked", "most"),
    [
        ("长江造", 1, ["长江造", "held 长江造"], SUGGESTED),
        ("长江造", SUGGESTED, ["长江造"], SUGGESTED),
        ("长江", 1, ["长江"], 1),
        ("，", 1, [], 0),
    ],
)
async def test_names_that_hold_the_text_are_asked_for_where_few_begin_with_it(
    typed, begun, asked, most
):
    engine = Scripted(begun, 50)
    assert len(await suggested(typed, engine)) == most
    assert engine.asked == asked
