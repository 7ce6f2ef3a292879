"""Figures as they are read: percent, days, few records, gaps to a level, bars of months."""

from datetime import UTC, date, datetime

import pytest

from registry.pages.frame import Frame, Site
from registry.quality.definitions import FIGURES
from registry.quality.figures import Value, figures_of, levels_of
from registry.quality.views import Line, Position, line
from registry.quality_pages.words import (
    cells,
    chart,
    code_name,
    columns,
    definitions,
    few_text,
    judged_lines,
    level_name,
    month_name,
    next_level,
    positions,
    type_name,
    value_text,
)

AT = datetime(2026, 7, 9, tzinfo=UTC)
SITE = Site("示例", "node.example", "http://node.example", (), {}, {})
ZH, EN = (Frame(SITE, lang, "/quality", (), AT) for lang in ("zh", "en"))
GOOD = {
    "n": 100,
    "checked": 100,
    "ok": 100,
    "timed": 100,
    "in_time": 100,
    "day:1": 100,
    "matchable": 100,
    "matched": 100,
    "fillable": 10,
    "filled": 10,
}


@pytest.mark.parametrize(
    ("key", "value", "told"),
    [
        ("accepted", 1000, "100.0%"),
        ("accepted", 999, "99.9%"),
        ("accepted", 0, "0.0%"),
        ("accepted", None, "—"),
        ("days", 7, "7"),
        ("days", 0, "0"),
        ("days", None, "—"),
        ("volume", 1234567, "1,234,567"),
    ],
)
def test_a_figure_is_told_exactly(key, value, told):
    assert value_text(Value(key, 1, 1, value)) == told


def test_no_figure_is_a_dash():
    assert value_text(None) == "—"


def test_a_line_tells_what_figures_were_made_from():
    shown = columns("zh", whole=True)
    told = {
        name: (text, parts) for name, text, parts in cells(line("", GOOD, whole=True), shown, "")
    }
    assert told["入库条数"] == ("100", "")
    assert told["合格率"] == ("100.0%", "100/100")
    assert told["报送用时"] == ("1", "n=100")
    assert told["异议办理用时"] == ("—", "")
    assert list(told) == [figure.zh for figure in FIGURES.values()]


def test_few_records_are_told_as_few_and_nothing_more():
    few = line("", {"n": 4, "checked": 4, "ok": 3}, whole=False)
    assert few == Line("", few=True, values={})
    told = [text for _, text, _ in cells(few, columns("zh", whole=False), few_text(ZH))]
    assert told == ["少于5", *["—"] * 5]
    assert few_text(EN) == "fewer than 5"
    # None is no small number, five are enough, and who sees all sees four.
    assert not line("", {}, whole=False).few
    assert not line("", {"n": 5}, whole=False).few
    assert line("", {"n": 4}, whole=True).values["volume"].top == 4


def test_levels_say_what_they_ask_for_and_by_how_much_it_is_missed():
    short = GOOD | {"in_time": 55, "matched": 77, "day:1": 10, "day:9": 90}
    required, expected, excellent = judged_lines(ZH, levels_of(short))
    assert (required["name"], required["reached"]) == ("必备级", False)
    told = {one["name"]: one for one in required["criteria"]}
    assert told["合格率"] == {"name": "合格率", "bound": "≥ 99.0%", "value": "100.0%", "short": ""}
    assert told["按期报送率"]["short"] == "差5.0个百分点"
    told = {one["name"]: one for one in excellent["criteria"]}
    assert told["报送用时"] == {
        "name": "报送用时", "bound": "≤ 5", "value": "9", "short": "多4个工作日",
    }  # fmt: skip
    assert expected["reached"] is False
    assert next_level(ZH, levels_of(short)) == "按期报送率 差5.0个百分点"
    assert next_level(EN, levels_of(short)) == "Reported in time 5.0 percentage points short"
    nothing = next_level(ZH, levels_of({}))
    assert nothing == "合格率 条数不足，未评、按期报送率 条数不足，未评"
    many = levels_of(GOOD | {"ok": 99, "in_time": 80, "filled": 1, "matched": 7})
    assert next_level(ZH, many).endswith("、…")
    assert next_level(ZH, levels_of(GOOD)) == ""


def test_names():
    assert [level_name(ZH, key) for key in ("required", "")] == ["必备级", "未定级"]
    assert [level_name(EN, key) for key in ("excellent", "")] == ["Excellent", "none yet"]
    assert [type_name(ZH, key) for key in ("penalty", "erased", "")] == [
        *("行政处罚信息", "依法删除的信息", "无法识别"),
    ]
    assert type_name(EN, "penalty") == "Administrative penalty"
    assert code_name("zh", "no-such-code") == "no-such-code"
    assert code_name("zh", "late-report") != "late-report"
    assert [month_name(lang, date(2026, 7, 1)) for lang in ("zh", "en")] == ["2026年7月", "2026-07"]


def test_definitions_are_told_with_formula_source_and_who_sees_them():
    for frame, public in ((ZH, "公开"), (EN, "everybody")):
        told = definitions(frame)
        assert len(told) == len(FIGURES)
        assert all(all(one.values()) for one in told)
        open_to_all = [one["public"] == public for one in told]
        assert open_to_all == [figure.public for figure in FIGURES.values()]


def test_positions_say_what_is_still_to_be_counted():
    (told,) = positions([Position("a.example/b", 12_345, "ab" * 32, 12_350)])
    assert told == {"origin": "a.example/b", "size": "12,345", "root": "ab" * 32, "waiting": 5}


def month(key: str, counts: dict[str, int], *, whole: bool = True) -> Line:
    return line(key, counts, whole=whole)


def test_months_are_drawn_beside_each_other():
    """The largest fills the height; a share of all is at the top, of none at the bottom."""
    drawn = chart(
        ZH,
        [
            month("2026-05", {"n": 10, "timed": 2, "in_time": 2}),
            month("2026-06", {"n": 5, "timed": 4, "in_time": 0}),
            month("2026-07", {}),
            month("2026-08", {"n": 3}, whole=False),
        ],
        "in_time",
        102,
    )
    assert [(x, width) for x, width, *_ in drawn.bars] == [
        *(("3.12%", "18.75%"), ("28.12%", "18.75%"), ("53.12%", "18.75%"), ("78.12%", "18.75%")),
    ]
    assert [(y, tall) for _, _, y, tall, _ in drawn.bars] == [
        *((2.0, 100.0), (52.0, 50.0), (102.0, 0.0), (102.0, 0.0)),
    ]
    assert drawn.points == (("12.50%", 1.0), ("37.50%", 101.0))
    assert drawn.said == (
        "2026-05 10 按期报送率 100.0%；2026-06 5 按期报送率 0.0%；2026-07 0；2026-08 少于5"
    )


def test_nothing_to_draw():
    drawn = chart(EN, [], "in_time", 28)
    assert (drawn.bars, drawn.points, drawn.said) == ((), (), "")
    blank = chart(EN, [month("2026-05", {})], "in_time", 28)
    assert [tall for *_, tall, _ in blank.bars] == [0.0]


def test_the_values_are_those_of_the_figures():
    """What a page shows is what the interface gives: both are made of the same line."""
    whole = line("x", GOOD, whole=True)
    assert whole.values == figures_of(GOOD, public=False)
