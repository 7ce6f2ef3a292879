"""A month on paper and for a spreadsheet: long ones, odd names, nothing at all."""

import re
from dataclasses import replace
from datetime import UTC, date, datetime

import pytest

from registry.pages.fonts import find_fonts
from registry.pages.frame import Frame, Site
from registry.quality.views import Position, Statement, line
from registry.quality_pages.statement import csv_rows, statement_pdf
from tests.conftest import absent

SITE = Site("示例", "node.example", "http://node.example", (), {}, {})
FRAME = Frame(SITE, "zh", "/", (), datetime(2026, 8, 1, tzinfo=UTC))
COUNTS = {"n": 10, "checked": 10, "ok": 9, "error:bad": 1, "timed": 2, "in_time": 1, "day:3": 2}
FOUND = Statement(
    member="340200",
    name="芜湖市",
    month=date(2026, 7, 1),
    unit="",
    whole=True,
    total=line("", COUNTS, whole=True),
    types=(line("penalty", COUNTS, whole=True),),
    units=tuple(line(f"示例单位{number}", COUNTS, whole=True) for number in range(16)),
    codes=(("bad", "error", 1),),
    positions=(Position("xinyong.wuhu.example/credit", 10, "ab" * 32, 10),),
)


@pytest.fixture(scope="module")
def fonts():
    found = find_fonts(None)
    if not found:
        absent("no Chinese font on this machine (make font, or Debian's fonts-noto-cjk)")
    return found


def pages_of(pdf: bytes) -> int:
    return int(re.search(rb"/Count (\d+)", pdf)[1])


def test_a_long_statement_goes_on_over_pages(fonts):
    whole, short = (
        statement_pdf(fonts, FRAME, found) for found in (FOUND, replace(FOUND, units=()))
    )
    assert pages_of(whole) > pages_of(short) == 1
    assert statement_pdf(fonts, FRAME, replace(FOUND, units=())) == short


def test_the_public_part_on_paper_has_neither_departments_nor_findings(fonts):
    few = line("permit", {"n": 2}, whole=False)
    public = replace(FOUND, whole=False, units=(), codes=(), types=(few,), total=few)
    assert pages_of(statement_pdf(fonts, replace(FRAME, lang="en"), public)) == 1


def test_rows_for_a_spreadsheet():
    rows = csv_rows(FRAME, FOUND)
    assert len(rows) == 1 + 1 + 1 + 16 + 1 + 1
    head, total = rows[:2]
    value = dict(zip(head[2::3], total[2::3], strict=True))
    assert (value["合格率"], value["按期报送率"], value["报送用时"]) == ("0.900", "0.500", "3")
    assert value["异议办理用时"] == ""
    assert rows[-2] == ["错误（已隔离）", "bad bad", "1"]
    assert rows[-1] == ["日志位置", "xinyong.wuhu.example/credit", "10", "ab" * 32]
    english = csv_rows(replace(FRAME, lang="en"), replace(FOUND, unit="某单位"))
    assert english[1][:2] == ["In all", "某单位"]
    assert english[2][:2] == ["Record type", "Administrative penalty"]


def test_few_records_in_a_spreadsheet():
    few = line("permit", {"n": 2}, whole=False)
    rows = csv_rows(FRAME, replace(FOUND, whole=False, units=(), codes=(), types=(few,), total=few))
    assert rows[1][2:5] == ["少于5", "", ""]
    assert len(rows[0]) == 2 + 3 * 6
