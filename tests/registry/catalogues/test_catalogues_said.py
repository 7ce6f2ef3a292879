"""What is said of each odd cell: the words, what would be right, and whether the row goes on."""

import pytest

from registry.catalogues.formats import FORMATS
from registry.catalogues.problems import MAX_SHOWN, ODDITIES, Told
from registry.catalogues.reading import Catalogue
from registry.catalogues.sts_read import read_sts
from registry.standards.numbers import NumberError, parse

# Format, rows, and what is said of the last of them: column, code, words, what would be right.
GB = "现行,A24,35.040,2007-11-14,2008-02-01,标准委,技术委员会,"
CASES = [
    ("iso", ["ISO 1:2015,x,y"], "reference", "cells-count", "有 3 个单元格", "10 个"),
    (
        "iso",
        [",,directive,,2,,,,,"],
        "type",
        "not-a-standard",
        "directive",
        "不作为标准导入",
    ),
    ("iso", ["ISO 1:2015,,i,2015,1,60.60,,,,"], "title_en", "title-missing", "没有", "写明"),
    (
        "iso",
        [f"ISO 1:2015,{'x' * 501},i,2015,1,60.60,,,,"],
        "title_en",
        "title-too-long",
        "501",
        "不超过 500",
    ),
    (
        "gb",
        ["GB/T 1-2007,名,N,现行,A24,35.040,2007-11-14,2008-02-01,2008-02-01,标准委,x"],
        "competent_dept",
        "column-shifted",
        "“2008-02-01”是日期",
        "“标准委”",
    ),
    (
        "gb",
        [f"GB/T 1-2007,名,N,{GB}", f"GB/T 1-2007,名,N,{GB}"],
        "standard_no",
        "repeated-row",
        "与第 2 行完全相同",
        "一行",
    ),
    (
        "gb",
        [f"GB/T 1-2007,名,N,{GB}", f"GB/T 1-2007,另一名,N,{GB}"],
        "standard_no",
        "repeated-differs",
        "不同的列：title_zh",
        "一行",
    ),
    (
        "iso",
        ["ISO 1:2015,x,i,2013-01,1,60.60,,,,"],
        "published",
        "year-differs",
        "年份 2013",
        "2015",
    ),
    (
        "construction",
        ["GB/T 1-2007,2007,名,国家标准,现行,,,类,True"],
        "type",
        "nature-differs",
        "“国家标准”与标准号不符",
        "以标准号为准",
    ),
    (
        "construction",
        ["GB 1-2007,2007,名,国家标准,待查,,,类,True"],
        "status",
        "status-unknown",
        "“待查”",
        "现行、即将实施",
    ),
    (
        "construction",
        ["GB 1-2007,2007,名,国家标准,现行,,,类,False"],
        "verified",
        "unverified",
        "未核实",
        "核实后",
    ),
    (
        "gb",
        ["GB/T 1-2007,名,N,现行,A24,35.040,2007-02-30,,标准委,,"],
        "issued",
        "date-unread",
        "2007-02-30",
        "如 2007-11-14",
    ),
    (
        "gb",
        ["GB/T 1-2007,名,N,现行,A24,35.040,2008-02-01,2007-11-14,标准委,,"],
        "effective",
        "dates-order",
        "早于发布日期 2008-02-01",
        "不早于",
    ),
    (
        "gb",
        ["GB/T 1-2007,名,N,现行,24A,35.040,,,标准委,,"],
        "ccs",
        "class-unread",
        "“24A”",
        "CCS 如 A24",
    ),
    (
        "registry",
        ["GB/T 1-2007,名,,voluntary,,,,perhaps,,,,,,,,"],
        "state",
        "word-unknown",
        "“perhaps”",
        "upcoming, in_force, void",
    ),
    ("iso", ["ISO 1:2015,x,i,,1,6060,,,,"], "stage", "stage-unknown", "“6060”", "如 60.60"),
    (
        "gb",
        [f"GB/T 1-2007,名,N,{GB}第1号修改单"],
        "note",
        "amendment-named",
        "单独的信息",
        "标准公告",
    ),
    (
        "iso",
        ["ISO 1:2015,x,i,,1,60.60,,,what it was,"],
        "obsoletes",
        "relation-unread",
        "“what it was”",
        "代号",
    ),
    (
        "iso",
        ["ISO 1:2015,x,i,,1,60.60,,,ISO 1:2015,"],
        "obsoletes",
        "replaces-itself",
        "代替自己",
        "另一版本",
    ),
    (
        "iso",
        ["ISO 1:2015,x,i,,1,60.60,,,ISO 1:2020,"],
        "obsoletes",
        "replaces-later",
        "ISO 1:2015 不可能代替后来的 ISO 1:2020",
        "由新版本指向旧版本",
    ),
    (
        "iso",
        ["ISO 1:2015,x,i,,1,60.60,,,ISO 2:2015,", "ISO 2:2015,x,i,,1,60.60,,,ISO 1:2015,"],
        "obsoletes",
        "replacement-cycle",
        "ISO 2:2015 与 ISO 1:2015 循环代替",
        "不循环",
    ),
    (
        "iso",
        ["ISO 1:2015,x,i,,1,60.60,,,ISO/CD 1,"],
        "obsoletes",
        "replaces-project",
        "ISO/CD 1 是在编项目",
        "已发布版本",
    ),
    (
        "iso",
        ["ISO 1:2015,x,i,,1,60.60,,,ISO 1:2000,"],
        "obsoletes",
        "unresolved",
        "没有 ISO 1:2000",
        "目录中应有",
    ),
]


@pytest.mark.parametrize(
    ("name", "lines", "column", "code", "zh", "right"), CASES, ids=[case[3] for case in CASES]
)
def test_each_oddity_is_said(name, lines, column, code, zh, right):
    text = "\n".join((",".join(FORMATS[name].columns), *lines))
    row = list(Catalogue(text, name).rows())[-1]
    found = [one for one in row.problems if one.code == code]
    assert [one.column for one in found] == [column]
    assert zh in found[0].zh
    assert right in found[0].right_zh
    assert found[0].line == len(lines) + 1
    assert found[0].level == ODDITIES[code].level
    assert found[0].en.isascii() or found[0].en.count("'") >= 2
    assert (row.fields is None) == any(one.level == "error" for one in row.problems)


def test_all_oddities_are_said():
    assert {case[3] for case in CASES} | {"degree-unstated"} == ODDITIES.keys()


def test_a_long_cell_is_not_repeated():
    told = Told(7)
    told.tell("status", "status-unknown", "x" * 1_000)
    assert "x" * MAX_SHOWN in told.problems[0].zh
    assert "x" * (MAX_SHOWN + 1) not in told.problems[0].zh
    assert not told.stops


def test_a_refused_number_is_said_in_the_words_of_the_parser():
    with pytest.raises(NumberError) as refused:
        parse("GB 1~3-2000")
    told = Told(7)
    told.refuse("number", refused.value)
    (problem,) = told.problems
    assert told.stops
    assert (problem.line, problem.code, problem.zh) == (7, "number-range", refused.value.zh)


META = "<title-wrap><main>名称</main></title-wrap><std-ref>GB/T 1-2000</std-ref>"


@pytest.mark.parametrize("meta", ["std-meta", "nat-meta", "reg-meta", "iso-meta", "std-doc-meta"])
def test_every_block_of_metadata_is_read(meta):
    data = f"<standard><front><{meta}>{META}</{meta}></front></standard>"
    read, told = read_sts(data.encode())
    assert told.problems == []
    assert read == {"title": "名称", "number": "GB/T 1-2000", "obligation": "voluntary"}


@pytest.mark.parametrize(
    ("kind", "name"),
    [
        ("supersedes", "replaces"),
        ("replaces", "replaces"),
        ("revises", "replaces"),
        ("isSupersededBy", "replaced_by"),
        ("isReplacedBy", "replaced_by"),
    ],
)
def test_every_kind_of_replacement_is_read(kind, name):
    xref = f"<std-xref type='{kind}'><std-ref>GB/T 2-1999</std-ref></std-xref>"
    data = f"<standard><front><std-meta>{META}{xref}</std-meta></front></standard>"
    read, _ = read_sts(data.encode())
    assert read[name] == [{"number": "GB/T 2-1999", "extent": "whole"}]


@pytest.mark.parametrize(
    ("kind", "name"),
    [("published", "issued_on"), ("effective", "effective_on"), ("withdrawn", "void_on")],
)
@pytest.mark.parametrize("attribute", [True, False])
def test_every_date_is_read(kind, name, attribute):
    dated = " iso-8601-date='2001-02-03'>3 February" if attribute else ">2001-02-03"
    day = f"<release-date date-type='{kind}'{dated}</release-date>"
    data = f"<standard><front><std-meta>{META}{day}</std-meta></front></standard>"
    read, told = read_sts(data.encode())
    assert told.problems == []
    assert read[name] == "2001-02-03"
