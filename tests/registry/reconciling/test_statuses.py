"""The national status as rows: what each says, or the first thing that is wrong with it."""

import csv
import io
import json
from typing import Any

import msgspec
import pytest

from registry.reconciling.model import Problem
from registry.reconciling.reasons import REASONS
from registry.reconciling.statuses import AT_ONCE, Statuses
from tests.registry.reconciling.scene import HEADERS, row, sheet
from tests.registry.reconciling.test_keys import cases, why

PLAIN = ("91340200MA00000231", "芜市监罚〔2026〕1号", "芜湖市市场监督管理局", "公示中")


def whole(text: object) -> object:
    """A text of a case; 局*500 stands for so many of it."""
    if isinstance(text, str) and "*" in text:
        one, _, times = text.partition("*")
        return one * int(times)
    return text


def csv_of(given: dict[str, Any]) -> bytes:
    out = io.StringIO(newline="")
    writer = csv.DictWriter(out, HEADERS, restval="")
    writer.writeheader()
    said = {name: str(whole(text)) for name, text in given.items()}
    writer.writerow({**dict(zip(HEADERS, PLAIN, strict=False)), **said})
    return out.getvalue().encode()


def jsonl_of(given: dict[str, Any]) -> bytes:
    said = {name: str(whole(text)) for name, text in given.items()}
    one = {**dict.fromkeys(HEADERS, ""), **dict(zip(HEADERS, PLAIN, strict=False)), **said}
    return json.dumps(one).encode()


@pytest.mark.parametrize("make", [csv_of, jsonl_of])
@pytest.mark.parametrize("case", cases("statuses.yaml"), ids=why)
def test_a_row_is_read_or_the_first_thing_wrong_is_named(case, make):
    read, wrong = Statuses(make(case.get("given", {}))).next()
    if "read" in case:
        ((one,), found) = read, wrong
        assert found == []
        wanted = {name: whole(value) for name, value in case["read"].items()}
        assert {name: getattr(one, name) for name in wanted} == wanted
        assert (one.row, one.line) == (1, 1 if make is jsonl_of else 2)
        return
    assert read == []
    ((line, problem),) = wrong
    assert line == (1 if make is jsonl_of else 2)
    assert [problem.code, problem.column] == case["wrong"]
    assert problem.code in REASONS
    assert problem.cell == ("" if make is jsonl_of else f"{'ABCDEFGH'[place(problem)]}2")


def place(problem: Problem) -> int:
    return HEADERS.index(problem.column)


def test_nothing_of_a_bad_row_is_kept():
    """A column of codes may hold a person's number, and so may any other."""
    number = "11010519491231002X"
    _, ((_, problem),) = Statuses(csv_of(dict.fromkeys(HEADERS, number))).next()
    assert number not in msgspec.json.encode(problem).decode()


def test_a_file_is_read_some_rows_at_a_time_and_counted_through():
    rows = [row(serial) for serial in range(1, AT_ONCE + 3)]
    rows[0] = {**rows[0], "状态": "?"}
    reading = Statuses(sheet(rows))
    first, wrong = reading.next()
    assert (len(first), len(wrong), reading.done) == (AT_ONCE - 1, 1, AT_ONCE)
    assert (wrong[0][0], first[0].row, first[0].line) == (2, 2, 3)
    rest, none = reading.next()
    assert ([one.row for one in rest], none) == ([AT_ONCE + 1, AT_ONCE + 2], [])
    assert reading.next() == ([], [])
    assert reading.done == len(rows)


def test_lines_are_those_of_the_file_also_where_cells_have_line_breaks():
    rows = [row(1) | {"认定单位": "芜湖市\n市场监督管理局"}, row(2), {**row(3), "状态": ""}]
    read, wrong = Statuses(sheet(rows)).next()
    assert [one.line for one in read] == [3, 4]
    assert [line for line, _ in wrong] == [5]
    assert read[0].organ == read[1].organ
