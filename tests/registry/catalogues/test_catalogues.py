"""Catalogues: good rows become records, odd ones are named by line and column, none is repaired."""

import csv
import gzip
from collections import Counter
from datetime import date

import msgspec
import pytest

from registry.catalogues import reading as catalogues
from registry.catalogues.formats import FORMATS
from registry.catalogues.problems import ODDITIES
from registry.catalogues.reading import Catalogue, in_cycles
from registry.catalogues.records import Source, record_of
from registry.domain.records.standards import Standard
from registry.errors import MalformedRefusal, TooLargeRefusal

SOURCE = Source("示例标准目录", date(2026, 6, 1))


def table(name, *rows):
    return "\n".join((",".join(FORMATS[name].columns), *rows)) + "\n"


def read(name, *rows):
    catalogue = Catalogue(table(name, *rows), name)
    return list(catalogue.rows()), catalogue.summary


def told(rows):
    return [(one.line, one.column, one.code) for row in rows for one in row.problems]


def as_record(fields):
    main = {**record_of(fields, SOURCE), "salt": "0" * 32}
    return msgspec.convert(main, Standard)


def iso(reference, obsoletes="", updates="", stage="60.60", published="2015-09"):
    first = f"{reference},A title,international-standard,{published},1,{stage}"
    return f"{first},35.040.10;03.120,TC 1,{obsoletes},{updates}"


def test_a_row_of_iso():
    (row,), summary = read("iso", iso("ISO 9001:2015", "ISO 9001:2008", "ISO 9001:2015/Amd 1:2024"))
    assert row.fields == {
        "number": "ISO 9001:2015",
        "title": "A title",
        "title_en": "A title",
        "obligation": "voluntary",
        "remark": "来源所载出版年月：2015-09。",
        "stage": "60.60",
        "state": "in_force",
        "ics": ("35.040.10", "03.120"),
        "owner": "ISO/TC 1",
        "replaces": [{"number": "ISO 9001:2008", "extent": "whole"}],
    }
    assert told([row]) == [(2, "obsoletes", "unresolved")]
    assert (summary.relations, summary.resolved) == (1, 0)
    assert summary.unresolved == {"ISO 9001:2008": 1}
    record = as_record(row.fields)
    assert record.subject.name == "国际标准组织（ISO）"
    assert record.decided_on == date(2026, 6, 1)
    assert record.remark.endswith("决定日期为目录核对日期。")


@pytest.mark.parametrize(
    ("stage", "state"),
    [
        *(("95.99", "void"), ("90.93", "in_force"), ("60.60", "in_force"), ("95.20", "in_force")),
        *(("60.00", "upcoming"), ("40.20", None), ("", None)),
    ],
)
def test_the_stage_says_the_state(stage, state):
    (row,), _ = read("iso", iso("ISO 1:2015", stage=stage))
    assert row.fields.get("state") == state


def test_odd_relations_are_left_out_and_the_edition_goes_on():
    rows, summary = read(
        "iso",
        iso("ISO 1:2015", "ISO 1:2015"),
        iso("ISO 2:2015", "ISO/AWI 2"),
        iso("ISO 3:2015", "ISO 4:2020"),
        iso("ISO 5:2015", "nothing known"),
        iso("ISO 6:2015", "ISO 7:2015"),
        iso("ISO 7:2015", "ISO 6:2015"),
        iso("ISO 8:2015", "ISO 6:2015"),
    )
    assert told(rows) == [
        (2, "obsoletes", "replaces-itself"),
        (3, "obsoletes", "replaces-project"),
        (4, "obsoletes", "replaces-later"),
        (5, "obsoletes", "relation-unread"),
        (6, "obsoletes", "replacement-cycle"),
        (7, "obsoletes", "replacement-cycle"),
    ]
    assert [row.fields.get("replaces") for row in rows[:-1]] == [None] * 6
    assert rows[-1].fields["replaces"] == [{"number": "ISO 6:2015", "extent": "whole"}]
    assert (summary.rows, summary.good) == (7, 7)
    assert (summary.relations, summary.resolved) == (7, 4)


def test_what_replaces_is_read_in_the_other_direction():
    rows, _ = read("iso", iso("ISO 1:2015", updates="ISO 1:2020;ISO 1:2008"), iso("ISO 1:2020"))
    assert rows[0].fields["replaced_by"] == [{"number": "ISO 1:2020", "extent": "whole"}]
    assert told(rows[:1]) == [(2, "updates", "replaces-later")]


def test_cycles_are_found_whatever_hangs_on_them():
    chain = {("c", "b"), ("b", "a")}
    ring = {("x", "y"), ("y", "z"), ("z", "x")}
    assert in_cycles(chain) == frozenset()
    assert in_cycles(chain | ring | {("x", "c"), ("q", "x")}) == ring


def test_of_a_repeated_number_the_furthest_stage_is_taken():
    rows, summary = read(
        "iso",
        iso("ISO 1:2015", stage="60.60"),
        iso("ISO 1:2015", stage="90.93"),
        iso("ISO  1:2015", stage="90.93"),
        iso("ISO 2:2015"),
        iso("ISO 2:2015"),
    )
    assert [row.fields is not None for row in rows] == [False, True, False, True, False]
    assert told(rows) == [
        (2, "reference", "repeated-differs"),
        (4, "reference", "repeated-differs"),
        (6, "reference", "repeated-row"),
    ]
    assert "stage" in rows[0].problems[0].zh
    assert summary.good == 2


def test_rows_of_iso_that_are_odd():
    rows, _ = read(
        "iso",
        ",,directive,,2,,,,,",
        "ISO 1:2015,,international-standard,2015,1,60.60,,,,",
        f"ISO 2:2015,{'x' * 501},international-standard,2015,1,60.60,,,,",
        iso("ISO 3:2015", published="2013-01", stage="sixty").replace("35.040.10", "35-040"),
        iso("ISO 1:2009/Amd 1:2015"),
        "ISO 4:2015,three cells,short",
    )
    assert told(rows) == [
        (2, "type", "not-a-standard"),
        (3, "title_en", "title-missing"),
        (4, "title_en", "title-too-long"),
        (5, "stage", "stage-unknown"),
        (5, "published", "year-differs"),
        (5, "ics", "class-unread"),
        (7, "reference", "cells-count"),
    ]
    assert rows[3].fields["ics"] == ("03.120",)
    assert rows[4].problems == ()


def test_rows_of_construction_standards():
    rows, summary = read(
        "construction",
        ",2021,中华人民共和国安全生产法,法律法规,现行,,,通用,True",
        "GB 50300-2013,2013,验收统一标准,国家标准,现行,GB 50300-2001,,通用,True",
        "GB 50300-2001,2001,验收统一标准,国家标准,已替代,,GB 50300-2013,通用,True",
        "GB/T 8923.1-2011,2012,涂装,国家标准,待查,GB 8923-88,,通用,True",
        "GB 50026-2007,2007,测量,国家标准,现行,,,通用,False",
        "GB 50254~50255-96,1996,电气,国家标准,现行,,,通用,True",
        ",,工作指引,企业标准,现行,,,通用,True",
        "Q/CSG 2 16 004-2019,2019,安全生产禁令,企业标准,现行,,,通用,True",
    )
    assert told(rows) == [
        (2, "type", "not-a-standard"),
        (5, "version_year", "year-differs"),
        (5, "type", "nature-differs"),
        (5, "status", "status-unknown"),
        (5, "replaces", "unresolved"),
        (6, "verified", "unverified"),
        (7, "standard_number", "number-range"),
        (8, "standard_number", "number-empty"),
    ]
    assert rows[2].fields["state"] == "void"
    assert rows[3].fields["replaces"] == [{"number": "GB 8923-1988", "extent": "whole"}]
    assert "state" not in rows[4].fields
    assert (summary.good, summary.relations, summary.resolved) == (5, 2, 1)
    assert as_record(rows[1].fields).authority.name == "标准发布机关（来源未载明）"
    assert as_record(rows[7].fields).subject.name == "企业（Q/CSG）"


def test_rows_of_national_standards():
    rows, _ = read(
        "gb",
        "GB/T 1-2007,代码,Codes,现行,A24,35.040,2007-11-14,2008-02-01,标准委,技术委员会,",
        "GB 2-2015,规则,Rules,现行,A24,35.040,2015-09-17,2015-10-01,标准委,技术委员会,第1号修改单",
        "GB/T 3-2020,算法,SM9,现行,L80,35.040,2020-04-28,2020-11-01,2020-11-01,标准委,总局",
        "GB/T 4-2020,算法,SM9,现行,l8,35.040,2020-13-28,20201101,标准委,,备考",
        "GB/T 5-2020,算法,SM9,现行,L80,35.040,2020-04-28,2020-04-27,标准委,,",
    )
    assert told(rows) == [
        (3, "note", "amendment-named"),
        (4, "competent_dept", "column-shifted"),
        (5, "issued", "date-unread"),
        (5, "effective", "date-unread"),
        (5, "ccs", "class-unread"),
        (6, "effective", "dates-order"),
    ]
    shifted = rows[2].problems[0]
    assert shifted.right_zh == "本列应为“标准委”，其后各列左移一格"
    first = as_record(rows[0].fields)
    assert (first.issued_on, first.decided_on) == (date(2007, 11, 14), date(2007, 11, 14))
    assert (first.owner, first.authority.name) == ("标准委", "标准委")
    assert [row.fields is not None for row in rows] == [True, True, False, False, False]


def test_a_note_that_is_no_amendment_is_a_remark():
    (row,), _ = read("gb", "GB/T 4-2020,算法,SM9,现行,L80,35.040,,,标准委,,备考")
    assert as_record(row.fields).remark.startswith("备考")


def test_a_record_has_the_same_id_on_every_run():
    (row,), _ = read("iso", iso("ISO 1:2015"))
    (other,), _ = read("iso", iso("ISO 1:2015", stage="95.99"))
    assert record_of(row.fields, SOURCE)["id"] == record_of(row.fields, SOURCE)["id"]
    assert record_of(row.fields, SOURCE)["id"] != record_of(other.fields, SOURCE)["id"]


def test_what_is_no_catalogue_is_refused():
    with pytest.raises(MalformedRefusal, match="committee"):
        Catalogue("reference,title_en\n", "iso")
    with pytest.raises(MalformedRefusal) as broken:
        Catalogue(table("iso", 'ISO 1:2015,"no end'), "iso")
    assert broken.value.detail_code == "catalogue-no-csv"
    with pytest.raises(MalformedRefusal):
        Catalogue("", "gb")


def test_a_catalogue_is_bounded(monkeypatch):
    with pytest.raises(TooLargeRefusal, match="第 2 行"):
        Catalogue(table("iso", f"ISO 1:2015,{'x' * 20_001}"), "iso")
    monkeypatch.setattr(catalogues, "MAX_ROWS", 2)
    with pytest.raises(TooLargeRefusal, match="2 行"):
        Catalogue(table("iso", iso("ISO 1:2015"), iso("ISO 2:2015"), iso("ISO 3:2015")), "iso")
    monkeypatch.setattr(catalogues, "MAX_CHARACTERS", 50)
    with pytest.raises(TooLargeRefusal) as refused:
        Catalogue(table("iso"), "iso")
    assert refused.value.detail_code == "catalogue-too-large"


def test_every_oddity_says_what_would_be_right():
    for code, texts in ODDITIES.items():
        assert code == code.lower()
        assert texts.zh
        assert texts.en
        assert texts.right_zh
        assert texts.right_en


def references(shared_data):
    with gzip.open(
        shared_data / "standards/iso_deliverables.csv.gz", "rt", encoding="utf-8"
    ) as file:
        return [row["reference"] for row in csv.DictReader(file)]


@pytest.mark.shared_data
def test_the_whole_catalogue_of_iso(shared_data):
    with gzip.open(
        shared_data / "standards/iso_deliverables.csv.gz", "rt", encoding="utf-8"
    ) as file:
        catalogue = Catalogue(file.read(), "iso")
    good = [row for row in catalogue.rows() if row.fields is not None]
    summary = catalogue.summary
    assert (summary.rows, summary.good) == (71_267, 61_612)
    assert (summary.relations, summary.resolved) == (37_441, 35_936)
    assert summary.unresolved.total() == 37_441 - 35_936
    assert summary.codes["replaces-itself"] == 87
    assert summary.codes["not-a-standard"] == 19
    assert summary.rows - summary.good == 7_398 + 2_231 + 19 + 7
    # No two spellings of ISO's own are one number, and each is its own normal form.
    assert len({row.fields["number"] for row in good}) == len(good)
    stated = set(references(shared_data))
    assert all(row.fields["number"] in stated for row in good)
    states = Counter(row.fields.get("state") for row in good)
    assert states["void"] > 25_000
    for row in good[::50]:
        assert as_record(row.fields).number == row.fields["number"]


@pytest.mark.shared_data
@pytest.mark.parametrize(
    ("name", "file", "rows", "good"),
    [
        ("construction", "cn_construction_standards_84.csv", 84, 69),
        ("gb", "cn_gb_identifier_standards_6.csv", 6, 4),
    ],
)
def test_the_chinese_catalogues(shared_data, name, file, rows, good):
    catalogue = Catalogue((shared_data / "standards" / file).read_text(encoding="utf-8"), name)
    records = [as_record(row.fields) for row in catalogue.rows() if row.fields is not None]
    assert (catalogue.summary.rows, catalogue.summary.good, len(records)) == (rows, good, good)
