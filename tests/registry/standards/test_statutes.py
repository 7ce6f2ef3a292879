"""The statutory layer is dated, says how well it was read, and bars nothing by itself."""

from datetime import date

import pytest
from msgspec.structs import replace

from registry.standards.model import Ask
from registry.standards.statutes import STATUTES, is_own, stays_home

ON = date(2026, 1, 1)


def keys(number: str, *, use: str = "tender", place: str = "320100", binding: str = "voluntary"):
    ask = Ask(number, place, use, ON)
    return [row.key for row in STATUTES.applying(ask, binding)]


def test_every_row_has_a_key_of_its_own_both_texts_and_a_day():
    rows = STATUTES.rows
    assert len({row.key for row in rows}) == len(rows)
    assert all(row.zh.endswith("。") and row.en.endswith(".") for row in rows)
    assert all(len(row.title) == 2 and all(row.title) for row in rows)
    assert all(row.until is None or row.since < row.until for row in rows)
    assert set(STATUTES.uses) == set(STATUTES.organs)
    assert set(STATUTES.uses) == {
        "tender",
        "qualification",
        "certification",
        "funds",
        "supervision",
    }


def test_no_row_says_that_something_is_not_allowed():
    serving = [row for row in STATUTES.rows if row.serves]
    assert {row.key for row in serving} == {
        "mandatory-binds",
        "mandatory-industry",
        "voluntary-national",
        "own-local",
        "mandatory-binds-1989",
        "voluntary-1989",
        "own-local-1989",
    }
    assert all("不得使用该标准" not in row.zh for row in STATUTES.rows)


def test_what_was_not_read_is_told_beside_the_words():
    told = {row.key: row.told for row in STATUTES.rows}
    for row in STATUTES.rows:
        one = told[row.key]
        assert ("（依据待核实）" in one.zh) == (row.read == "unconfirmed")
        assert ("(not confirmed)" in one.en) == (row.read == "unconfirmed")
        assert ("（经转引）" in one.zh) == (row.read == "secondary")
        assert ("(second hand)" in one.en) == (row.read == "secondary")
    assert told["no-barrier"].zh.startswith(
        "《中华人民共和国标准化法》第22条（2018-01-01起施行）："
    )
    assert told["no-barrier"].en.startswith(
        "Standardisation Law, art. 22 (in force since 2018-01-01): "
    )
    # An article that is kept by a word has no number yet.
    assert told["cma-nationwide"].zh.startswith(
        "《检验检测机构资质认定管理办法》（2015-08-01起施行）"
    )
    assert told["cma-nationwide"].article == ""


def test_a_row_is_in_force_from_its_day_and_not_on_its_last():
    row = replace(STATUTES.rows[0], since=date(2020, 1, 1), until=date(2021, 1, 1))
    days = (date(2019, 12, 31), date(2020, 1, 1), date(2020, 12, 31), date(2021, 1, 1))
    assert [row.in_force(day) for day in days] == [False, True, True, False]
    assert replace(row, until=None).in_force(date(2999, 1, 1))


def test_the_days_on_which_law_changes():
    days = set(STATUTES.days)
    assert {date(1989, 4, 1), date(2018, 1, 1), date(2024, 8, 1)} <= days


def test_the_digest_is_that_of_what_it_says():
    assert len(STATUTES.digest) == 64
    assert replace(STATUTES, version="other").digest != STATUTES.digest
    assert replace(STATUTES).digest == STATUTES.digest


@pytest.mark.parametrize(
    ("number", "binding", "first"),
    [
        ("GB 1-2020", "mandatory", "mandatory-binds"),
        ("GB/T 1-2020", "voluntary", "voluntary-national"),
        ("GB/Z 1-2020", "guidance", "voluntary-national"),
        ("JT/T 1-2020", "voluntary", "voluntary-national"),
        ("JT 1-2020", "mandatory", "mandatory-industry"),
        ("DB32/T 1-2020", "voluntary", "own-local"),
        ("DB3201/T 1-2020", "voluntary", "own-local"),
        ("DB34/T 1-2020", "voluntary", "local-elsewhere"),
        ("DB3405/T 1-2020", "voluntary", "local-elsewhere"),
        ("DB32/T 310001-2020", "voluntary", "own-local"),
        ("DB34/T 310001-2020", "voluntary", "local-elsewhere"),
        ("DBS32/001-2020", "mandatory", "own-local"),
        ("DBS34/001-2020", "mandatory", "food-local"),
        ("T/CAS 1-2020", "voluntary", "group-agreed"),
        ("Q/ABC 1-2020", "voluntary", "enterprise-declared"),
        ("ISO 9001:2015", "voluntary", "no-barrier"),
    ],
)
def test_which_provision_comes_first(number, binding, first):
    assert keys(number, binding=binding)[0] == first


def test_use_decides_which_provisions_are_told():
    tender, funds = keys("T/CAS 1-2020"), keys("T/CAS 1-2020", use="funds")
    assert {"tender-neutral", "tender-review", "tender-names"} <= set(tender)
    assert not {"tender-neutral", "tender-review", "tender-names"} & set(funds)
    assert "sale-free" in keys("T/CAS 1-2020", use="sale")
    assert "fair-competition" not in keys("T/CAS 1-2020", use="sale")
    assert "permits-nationwide" in keys("T/CAS 1-2020", use="qualification")


def test_whose_local_standard_it_is():
    assert is_own("DB32/T 1-2020", "320115")
    assert is_own("DB3201/T 1-2020", "320100")
    assert not is_own("DB3201/T 1-2020", "320000")
    assert not is_own("DB34/T 1-2020", "320100")
    assert not is_own("GB/T 1-2020", "320100")


def test_what_stays_home():
    assert stays_home("DB34 1-2010", "mandatory")
    assert stays_home("DBS34/001-2020", "voluntary")
    assert not stays_home("DB34 1-2010", "voluntary")
    assert not stays_home("GB 1-2010", "mandatory")
    assert not stays_home("T/CAS 1-2010", "voluntary")
