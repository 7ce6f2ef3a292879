"""Code tables: dated, sourced, whole, and the only place where their words stand."""

import csv
import re
from datetime import date, timedelta
from pathlib import Path
from typing import get_args

import msgspec
import pytest

from registry.domain import disclosure, identifiers, subjects
from registry.domain.catalogue import tables
from registry.domain.disclosure import MARKET_REGULATION, WARNINGS
from registry.domain.divisions import division_name, is_known
from registry.domain.lists import LISTS
from registry.domain.records.base import Procedure, SeverityClass
from registry.domain.tables import KEPT, Read, Row, Table
from registry.forms.columns import WORDS
from registry.ingest.words import PENALTY_KINDS, gloss

TABLES = tables()
EMPTY = Table("x", "甲", "A", "1", "s", "full_text", ())


@pytest.mark.parametrize("name", TABLES)
def test_every_table_says_what_it_is_and_whence(name):
    table = TABLES[name]
    assert table.name == name
    assert re.fullmatch(r"[a-z][a-z-]{2,40}", name)
    assert table.zh
    assert table.en
    assert table.version
    assert table.source
    assert table.read in get_args(Read)
    assert bool(table.note_zh) == bool(table.note_en)
    assert table.rows
    assert re.fullmatch("[0-9a-f]{64}", table.digest)
    for row in table.rows:
        assert row.code == row.code.strip() != ""
        assert row.zh
        assert row.en
        assert row.read is None or row.read in get_args(Read)
        # Not "before": the source has a code or two that ended in the year before it began.
        assert row.since is None or row.until is None or row.since <= row.until


@pytest.mark.parametrize("name", sorted(set(TABLES) - {"divisions"}))
def test_a_code_stands_once_and_a_spelling_for_one_code(name):
    table = TABLES[name]
    assert len(table.by_code) == len(table.rows)
    said = [word for row in table.rows for word in {row.code, row.zh, *row.also}]
    if name not in {"industries", "organ-kinds"}:
        assert len(said) == len(set(said))


def test_names_are_in_the_order_of_the_alphabet_and_those_the_region_asks_for_are_there():
    assert list(TABLES) == sorted(TABLES)
    assert {
        *("divisions", "development-zones", "organ-kinds", "penalty-kinds", "procedures"),
        *("penalty-kinds-provincial", "severity", "severity-jiangsu", "lists", "document-types"),
        *("industries", "counting", "permit-categories", "uscc-departments"),
    } == set(TABLES)


def test_the_digest_is_over_what_a_table_says():
    table = KEPT["procedures"]
    other = msgspec.structs.replace(table, rows=table.rows[::-1])
    assert table.digest == msgspec.structs.replace(table).digest
    assert other.digest != table.digest
    assert msgspec.structs.replace(table, version="2027-01").digest != table.digest


def test_rows_by_date_and_by_the_beginning_of_the_code():
    since, until = date(2020, 1, 1), date(2021, 1, 1)
    row = Row("12", "甲", "a", since=since, until=until)
    open_row = Row("13", "乙", "b")
    table = msgspec.structs.replace(EMPTY, rows=(row, open_row))
    assert table.chosen() == (row, open_row)
    assert table.chosen(since) == (row, open_row)
    assert table.chosen(since - timedelta(days=1)) == (open_row,)
    assert table.chosen(until) == (open_row,)
    assert table.chosen(until - timedelta(days=1), "12") == (row,)
    assert table.chosen(under="2") == ()


def test_a_group_that_nobody_is_in_is_a_slip():
    assert KEPT["penalty-kinds"].group("warning") == {"警告", "通报批评"}
    with pytest.raises(KeyError):
        KEPT["penalty-kinds"].group("warnings")


def test_codes_of_one_table_that_stand_for_those_of_another_are_in_it():
    standing = {name: table for name, table in KEPT.items() if table.stands_for}
    assert set(standing) == {"penalty-kinds-provincial", "severity-jiangsu"}
    assert not [row for t in KEPT.values() if not t.stands_for for row in t.rows if row.to]
    for table in standing.values():
        for row in table.rows:
            assert row.to
            assert set(row.to) <= KEPT[table.stands_for].by_code.keys()
    assert all(len(row.to) == 1 for row in KEPT["penalty-kinds-provincial"].rows)
    organs = {row.organ for table in KEPT.values() for row in table.rows} - {""}
    assert organs <= KEPT["organ-kinds"].by_code.keys()
    industries = KEPT["industries"].by_code
    assert {row.group for row in industries.values()} - {""} <= industries.keys()


@pytest.mark.parametrize("name", TABLES)
def test_every_group_has_a_name(name):
    table = TABLES[name]
    groups = {row.group for row in table.rows} - {""}
    named = table.groups.keys() | table.by_code.keys() | TABLES["divisions"].by_code.keys()
    assert groups <= named
    assert table.groups.keys() <= groups
    assert all(zh and en for zh, en in table.groups.values())


def test_the_older_classes_of_jiangsu_are_compared_and_never_read():
    """较重 has no single class that it stands for, so no form may take it for one."""
    spellings = KEPT["severity-jiangsu"].spellings
    assert len(KEPT["severity-jiangsu"].by_code["较重失信"].to) > 1
    assert spellings.keys().isdisjoint(WORDS["class"])
    assert KEPT["severity-jiangsu"].read == "unconfirmed"


def test_what_the_record_format_can_say_is_in_its_table():
    assert KEPT["severity"].by_code.keys() == set(get_args(SeverityClass))
    assert KEPT["procedures"].by_code.keys() == set(get_args(Procedure))
    assert {gloss("class", code) for code in get_args(SeverityClass)} == {
        "轻微",
        "一般",
        "严重",
        "待分类",
    }


def test_words_of_the_law_stand_in_their_tables_alone():
    assert set(KEPT["penalty-kinds"].by_code) == set(PENALTY_KINDS) > WARNINGS
    assert WORDS["kinds"]["12"] == "限制开展生产经营活动"
    assert WORDS["class"]["严重"] == "serious"
    assert WORDS["procedure"]["02"] == "ordinary"
    assert "市场监管" in MARKET_REGULATION
    assert "身份证" in subjects.RESIDENT_DOCUMENTS
    for module in (disclosure, subjects, identifiers):
        source = Path(module.__file__).read_text(encoding="utf-8")
        assert not re.search('"(警告|通报批评|工商行政管理|居民身份证|12349)"', source)


def test_divisions_keep_every_name_with_its_years():
    table = TABLES["divisions"]
    names = [(row.zh, row.in_force(date(2019, 6, 1))) for row in table.chosen(under="340203")]
    assert names == [("马塘区", False), ("弋江区", True)]
    (retired,) = table.chosen(date(1995, 6, 1), "320882")
    assert retired.zh == division_name("320882", date(1995, 6, 1)) == "淮安市"
    assert (retired.since, retired.until) == (date(1989, 1, 1), date(2001, 1, 1))
    assert table.chosen(under="320100")[0].group == "320000"
    assert table.chosen(under="320000")[0].group == ""


def test_zones_are_in_no_edition_of_the_divisions():
    for row in KEPT["development-zones"].rows:
        assert not is_known(row.code)
        assert is_known(row.group)
        assert row.code[:4] == row.group[:4]


def test_lists_are_those_of_the_records():
    assert [row.code for row in TABLES["lists"].rows] == list(LISTS)
    assert TABLES["lists"].by_code["wage-arrears"].since == LISTS["wage-arrears"].since
    fields = ("social-insurance", "medical-insurance", "research", "fire-service", "water")
    fields += ("construction-market", "bidding", "energy", "marriage")
    assert {f"{field}-serious" for field in fields} < LISTS.keys()


def test_industries_are_those_of_the_standard(shared_data):
    with (shared_data / "codes/gbt4754_2017.csv").open(encoding="utf-8-sig") as file:
        rows = list(csv.DictReader(file))
    stated = {row["code"]: (row["name_zh"], row["parent"]) for row in rows if row["level"] in "12"}
    kept = {row.code: (row.zh, row.group) for row in KEPT["industries"].rows}
    assert kept == stated


def test_zones_are_those_of_real_codes(shared_data):
    with (shared_data / "uscc/enterprises.csv").open(encoding="utf-8-sig") as file:
        found = {row["admin_code"] for row in csv.DictReader(file)}
    assert KEPT["development-zones"].by_code.keys() <= found
