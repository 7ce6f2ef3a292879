"""What is typed so far: which beginnings it may be, and what of a subject it meets."""

from collections.abc import Sequence

import pytest

from search.flow import Recalled
from search.matching import Candidate
from search.names import NameForms
from search.typed import LONGEST, NAMES_MAX, SUGGESTED, beginnings, met, suggested, typed_so_far

NAME, FORMER = "南京市长江造船有限公司", "南京航务工程处"
CODE = "91320104135170699F"


def test_a_name_begins_as_it_is_written_heard_and_by_first_letters():
    found = beginnings([NAME], [CODE])
    assert {"南京市长江造船有限公司", "南京长江造船", "长江造船"} <= set(found)
    assert {"NJSCJZCYXGS", "NJCJZC", "CJZC", CODE, CODE[8:17]} <= set(found)
    assert any(one.startswith("CANJIANZAOCUAN") for one in found)
    assert max(map(len, found)) <= LONGEST
    many = [f"南京第{number}商行" for number in range(NAMES_MAX + 1)]
    assert "南京第9商行" in beginnings(many, ())
    assert "南京第10商行" not in beginnings(many, ())


@pytest.mark.parametrize(
    ("typed", "wanted"),
    [
        ("南京长", (0, NAME)), ("南京市长", (0, NAME)), ("changjiang", (0, NAME)),
        ("njcj", (0, NAME)), ("南京航", (2, FORMER)), ("njhw", (2, FORMER)),
        ("9132 0104", (1, CODE)), ("13517", (1, CODE)), ("江造船", (3, NAME)),
        ("务工程", (3, FORMER)), ("造船", None), ("扬州", None), ("。", None),
    ],
)  # fmt: skip
def test_what_is_met_and_how_well(typed, wanted):
    assert met(typed_so_far(typed), [NAME, FORMER], [CODE]) == wanted


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
