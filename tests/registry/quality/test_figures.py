"""Figures and levels of given counters; the definitions as data; days and months."""

from datetime import date
from pathlib import Path

import pytest
from msgspec import inspect
from ruamel.yaml import YAML

from registry.domain.records import KINDS, TYPES, decode_main
from registry.errors import MalformedRefusal
from registry.quality import counting
from registry.quality.counting import accepted, due_of, quarantined, subject_key
from registry.quality.definitions import DEFINITIONS, FIGURES
from registry.quality.figures import OPEN, figures_of, level_of, levels_of, value_of
from registry.quality.views import before, month_text, parse_month
from signing.record import encode_record
from tests.registry.ingest.samples import SAMPLES
from tests.registry.query.scene import firm, penalty

CASES = YAML(typ="safe").load(Path(__file__).with_name("cases.yaml").read_text(encoding="utf-8"))
COUNTERS = {
    "n",
    "checked",
    "ok",
    "warned",
    "facts",
    "matchable",
    "matched",
    "fillable",
    "filled",
} | {*("timed", "in_time", "corrections", "penalties", "repeated", "day", "repair", "objection")}


@pytest.mark.parametrize("case", CASES, ids=lambda case: case["name"])
def test_figures_of_counters(case):
    found = figures_of(case["counts"], public=False)
    for key, expected in case["figures"].items():
        one = found[key]
        assert [one.value, one.top, one.bottom] == expected, key
    if "level" in case:
        assert level_of(levels_of(case["counts"])) == case["level"]


def test_a_criterion_says_by_how_much_it_fails():
    counts = {"n": 100, "checked": 100, "ok": 98, "timed": 10, "in_time": 5, "day:9": 10}
    required, _, excellent = levels_of(counts)
    short = {one.figure: (one.bound, one.value, one.short, one.holds) for one in required.criteria}
    assert short == {"accepted": (990, 980, 10, False), "in_time": (600, 500, 100, False)}
    last = {one.figure: (one.value, one.short, one.holds) for one in excellent.criteria}
    assert last["days"] == (9, 4, False)
    assert last["matched"] == (None, 0, False)  # nothing to judge it by
    assert not any(level.reached for level in levels_of(counts))


def test_definitions_name_what_is_counted():
    assert set(FIGURES) == {one.key for one in DEFINITIONS.figure}
    for one in DEFINITIONS.figure:
        assert {one.top, one.bottom} <= COUNTERS | {""}
        assert bool(one.bottom) == (one.unit == "share")
        for text in (one.zh, one.en, one.formula_zh, one.formula_en, one.source_zh, one.source_en):
            assert text.strip() == text != ""
    # Levels are the same for everybody, so they rest on what everybody sees.
    for level in DEFINITIONS.level:
        assert all(FIGURES[key].public for key in (*level.at_least, *level.at_most))
    assert [level.key for level in DEFINITIONS.level] == ["required", "expected", "excellent"]


def test_what_acts_do_is_in_no_figure_of_the_public():
    assert all(KINDS[name].family == "fact" for name in OPEN if name)
    acts = {one.key for one in DEFINITIONS.figure if not one.public}
    assert acts == {"warned", "corrected", "repeated", "repair_days", "objection_days"}
    assert set(figures_of({"n": 1}, public=True)) == set(FIGURES) - acts


@pytest.mark.parametrize("kind", DEFINITIONS.columns)
def test_columns_are_optional_members_of_their_type(kind):
    for path in DEFINITIONS.columns[kind]:
        info = inspect.type_info(TYPES[kind])
        for name in path.split("."):
            (field,) = (one for one in info.fields if one.name == name)
            info = field.type
        assert not field.required, path


def decoded(**changes: object):
    return decode_main(encode_record(penalty(**changes)).partition(b"\t")[0])


@pytest.mark.parametrize(
    ("changes", "due"),
    [
        ({}, date(2026, 6, 5)),  # 20 working days of a market regulator
        ({"procedure": "simple"}, date(2026, 5, 19)),
        ({"authority": {"name": "芜湖市税务局"}}, date(2026, 5, 19)),
        (
            {"provenance": {"kind": "relayed", "source": "信用中国", "checked_on": "2026-05-11"}},
            None,
        ),
        ({"decided_on": "2015-01-05"}, None),  # before the first rule
    ],
)
def test_the_clock_of_a_penalty(changes, due):
    assert due_of(decoded(**changes)) == due


@pytest.mark.parametrize("kind", sorted(SAMPLES))
def test_every_type_is_counted_where_it_belongs(kind):
    record = decode_main(encode_record(SAMPLES[kind]).partition(b"\t")[0])
    on = date(2026, 11, 20)
    cell, found = accepted(record, on, date(2020, 1, 1), frozenset(), date(2026, 11, 2))
    assert (cell.month, cell.type, cell.unit) == (date(2026, 11, 1), kind, record.source_unit.name)
    assert found["n"] == found["checked"] == found["ok"] == 1
    assert found["facts"] == (KINDS[kind].family == "fact")
    assert found["corrections"] == (kind in {"amendment", "withdrawal"})
    assert found["timed"] == (kind in {"penalty", "permit", "withdrawal"})
    assert {name.partition(":")[0] for name in found} <= COUNTERS | {"warning", "error"}
    days = {name.partition(":")[0] for name in found if ":" in name}
    assert days <= {"day", "repair", "objection"}
    assert ("objection" in days) == (kind == "objection_outcome")


def test_days_beyond_the_last_that_is_told_apart():
    _, found = accepted(decoded(), date(2029, 1, 1), date(2020, 1, 1), frozenset(), None)
    assert found[f"day:{counting.DAYS_MAX}"] == 1
    assert value_of(FIGURES["days"], found).value == counting.DAYS_MAX


@pytest.mark.parametrize(
    ("main", "unit", "kind"),
    [
        (None, "", ""),
        (b"\xff", "", ""),
        (b"[" * 9_999, "", ""),
        (b'{"type":5}', "", ""),
        ('{"type":"penalty","source_unit":{"name":"某单位"}}'.encode(), "某单位", "penalty"),
        (b'{"type":"x","source_unit":{"name":"' + b"u" * 900 + b'"}}', "u" * 200, ""),
    ],
)
def test_what_can_be_read_of_a_record_in_quarantine(main, unit, kind):
    cell, found = quarantined(main, date(2026, 7, 9), frozenset({"bad", "worse"}))
    assert (cell.unit, cell.type) == (unit, kind)
    assert found == {"n": 1, "checked": 1, "error:bad": 1, "error:worse": 1}


def test_a_subject_is_met_under_each_of_its_codes():
    whole = decoded(subject=firm(3)).subject
    code = firm(3)["uscc"][8:17]
    bare = decoded(
        subject={"kind": "organisation", "name": "示例", "organisation_code": code}
    ).subject
    assert subject_key(whole) == subject_key(bare) != subject_key(decoded(subject=firm(4)).subject)
    assert subject_key(decoded(subject={"kind": "organisation", "name": "示例"}).subject) is None
    number = "340200000000019"
    old = decoded(
        subject={"kind": "organisation", "name": "示例", "registration_no": number}
    ).subject
    assert len(subject_key(old)) == 16


@pytest.mark.parametrize(
    "text", ["", "2026", "2026-13", "2026-1", "1999-01", "２０２６-01", "2026-01\n"]
)
def test_what_is_no_month(text):
    with pytest.raises(MalformedRefusal):
        parse_month(text)


@pytest.mark.parametrize(
    ("month", "number", "earlier"),
    [
        ("2026-01", 1, "2025-12"),
        ("2026-12", 11, "2026-01"),
        ("2026-03", 12, "2025-03"),
        ("2026-05", 0, "2026-05"),
    ],
)
def test_months_before(month, number, earlier):
    assert month_text(before(parse_month(month), number)) == earlier
