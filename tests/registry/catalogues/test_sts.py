"""NISO STS: what is written is read back; what is hostile is refused by name."""

from datetime import date

import msgspec
import pytest
from defusedxml import ElementTree
from hypothesis import given
from hypothesis import strategies as st

from registry.catalogues import sts_xml
from registry.catalogues.exports import fields_of, file_name, to_csv, to_json
from registry.catalogues.reading import Catalogue
from registry.catalogues.records import Source, record_of
from registry.catalogues.sts_read import read_sts
from registry.catalogues.sts_write import write_sts
from registry.domain.records.standards import Standard
from registry.errors import MalformedRefusal, TooLargeRefusal

WHOLE = {
    "number": "GB/T 19001-2016",
    "title": "质量管理体系 要求",
    "obligation": "voluntary",
    "title_en": "Quality management systems & <requirements>",
    "issued_on": "2016-12-30",
    "effective_on": "2017-07-01",
    "void_on": "2030-01-01",
    "state": "in_force",
    "stage": "60.60",
    "replaces": [
        {"number": "GB/T 19001-2008", "extent": "whole"},
        {"number": "GB/T 1-2000", "extent": "part", "clauses": "4.2; 5, 6"},
        {"number": "GB/T 2-2000", "extent": "part"},
    ],
    "replaced_by": [{"number": "GB/T 19001-2026", "extent": "whole"}],
    "references": ["GB/T 19000", "ISO 9000:2015"],
    "adopts": [
        {"number": "ISO 9001:2015", "degree": "IDT"},
        {"number": "EN 1-1:2004", "degree": "NEQ"},
    ],
    "ics": ["03.120.10"],
    "ccs": ["A00", "A01"],
    "owner": "国家标准化管理委员会",
}
MORE = {"application": "本标准规定了要求。", "drafted_by": ["甲研究院", "乙研究院"]}
BARE = {"number": "T/CAS 290", "title": "名称", "obligation": "voluntary"}


def back(fields):
    read, told = read_sts(write_sts(fields))
    assert told.problems == []
    return read


def as_lists(value):
    return msgspec.json.decode(msgspec.json.encode(value))


@pytest.mark.parametrize(
    ("fields", "root", "meta"),
    [
        (WHOLE | MORE, "adoption", "nat-meta"),
        (BARE, "standard", "std-meta"),
        (BARE | {"number": "DB32/T 310012-2022"}, "standard", "reg-meta"),
        (BARE | {"number": "GB 1-2000", "obligation": "mandatory"}, "standard", "nat-meta"),
        (
            BARE | {"number": "GB 1-2000/XG1-2002", "obligation": "mandatory"},
            "standard",
            "nat-meta",
        ),
        (
            BARE | {"adopts": [{"number": "ISO 1:2000", "degree": "NEQ"}]},
            "standard",
            "std-meta",
        ),
    ],
)
def test_what_is_written_is_read_back(fields, root, meta):
    document = ElementTree.fromstring(write_sts(fields))
    front = document.find("front") if root == "standard" else document.find("adoption-front")
    assert document.tag == root
    assert front[0].tag == meta
    assert as_lists(back(fields)) == fields


def test_the_adopted_standard_is_nested():
    document = ElementTree.fromstring(write_sts(WHOLE))
    assert document.findtext("standard/front/std-meta/std-ref[@type='dated']") == "ISO 9001:2015"
    meta = document.find("adoption-front/nat-meta")
    assert meta.findtext("std-ident/originator") == "GB"
    assert meta.findtext("std-ident/doc-number") == "19001"
    assert {one.get("type"): one.text for one in meta.findall("std-ref")} == {
        "dated": "GB/T 19001-2016",
        "undated": "GB/T 19001",
    }


@given(
    st.text(
        st.characters(categories=("L", "N", "P", "S", "Zs"), exclude_characters="\ufffd"),
        min_size=1,
        max_size=60,
    ),
)
def test_any_title_is_read_back(title):
    plain = " ".join(title.split())
    if plain:
        assert back(BARE | {"title": plain})["title"] == plain


def test_what_xml_cannot_hold_is_replaced():
    assert back(BARE | {"title": "a\x01b\ufffe"})["title"] == "a\ufffdb\ufffd"


def document(meta, root="standard", front="front"):
    return f"<{root}><{front}>{meta}</{front}></{root}>".encode()


def test_documents_of_others_are_read():
    read, told = read_sts(
        b"<standard xmlns='urn:x'><front><iso-meta>"
        b"<title-wrap xml:lang='en'><main-title-wrap><main>Test <b>sieves</b></main>"
        b"</main-title-wrap></title-wrap>"
        b"<std-ident><originator>ISO</originator><doc-number>3310</doc-number>"
        b"<part-number>1</part-number></std-ident>"
        b"<release-date date-type='published'>2016-08-01</release-date>"
        b"<release-date date-type='unknown'>some day</release-date>"
        b"<std-xref type='revises'><std-ref type='dated'>ISO 3310-1:2000</std-ref></std-xref>"
        b"<std-xref type='isPublishedFormatOf'><std-ref>X</std-ref></std-xref>"
        b"</iso-meta></front><body><sec>text</sec></body></standard>"
    )
    assert told.problems == []
    assert read == {
        "title": "Test sieves",
        "title_en": "Test sieves",
        "number": "ISO 3310-1",
        "obligation": "voluntary",
        "issued_on": "2016-08-01",
        "replaces": [{"number": "ISO 3310-1:2000", "extent": "whole"}],
    }


def test_what_is_odd_in_a_document_is_named():
    title = "<title-wrap><main>x</main></title-wrap>"
    custom = "".join(
        f"<custom-meta><meta-name>{name}</meta-name><meta-value>{value}</meta-value></custom-meta>"
        for name, value in [("state", "lost"), ("adopts", "ISO 9001:2015 SOSO"), ("ccs", "?")]
    )
    cases = {
        f"{title}<std-ref>GD/T 1-2000</std-ref>": ["number-unknown-prefix"],
        "<std-ref>GB/T 1-2000</std-ref>": ["title-missing"],
        f"{title}<std-ref>GB/T 1-2000</std-ref><ics>3.1</ics>": ["class-unread"],
        f"{title}<std-ref>GB/T 1-2000</std-ref><release-date date-type='effective'>soon"
        "</release-date>": ["date-unread"],
        f"{title}<std-ref>GB/T 1-2000</std-ref><std-xref type='supersedes'><std-ref>GB/T 1-2000"
        "</std-ref></std-xref>": ["replaces-itself"],
        f"{title}<std-ref>GB/T 1-2000</std-ref><std-xref type='supersedes'><std-ref>old"
        "</std-ref></std-xref>": ["number-unknown-prefix"],
        f"{title}<std-ref>GB/T 1-2000</std-ref><custom-meta-group>{custom}</custom-meta-group>": [
            "word-unknown",
            "word-unknown",
            "class-unread",
        ],
    }
    for meta, codes in cases.items():
        _, told = read_sts(document(f"<std-meta>{meta}</std-meta>"))
        assert {one.code for one in told.problems} == set(codes), meta


def test_an_adoption_without_a_degree_is_not_guessed():
    meta = "<title-wrap><main>x</main></title-wrap><std-ref>GB/T 1-2000</std-ref>"
    inner = "<standard><front><std-meta><std-ref>ISO 1:1999</std-ref></std-meta></front></standard>"
    data = (
        f"<adoption><adoption-front><nat-meta>{meta}</nat-meta></adoption-front>{inner}</adoption>"
    )
    read, told = read_sts(data.encode())
    assert "adopts" not in read
    assert [one.code for one in told.problems] == ["degree-unstated"]
    assert "ISO 1:1999" in told.problems[0].zh


ENTITY = b"<!DOCTYPE s [<!ENTITY a 'x'><!ENTITY b '&a;&a;'>]><standard>&b;</standard>"


@pytest.mark.parametrize(
    ("data", "code"),
    [
        (ENTITY, "xml-dtd"),
        (b"<!DOCTYPE s SYSTEM 'file:///etc/passwd'><standard/>", "xml-dtd"),
        (b"<!DOCTYPE standard><standard/>", "xml-dtd"),
        (b"<standard>&undefined;</standard>", "xml-broken"),
        (b"<standard>", "xml-broken"),
        (b"", "xml-broken"),
        (b"\xff\xfe\x00", "xml-broken"),
        (b"<?xml version='1.0' encoding='no-such'?><standard/>", "xml-broken"),
        (b"<html><body/></html>", "no-sts"),
        (b"<standard><front/></standard>", "no-sts"),
        (b"<standard/>", "no-sts"),
    ],
)
def test_what_is_hostile_or_no_document_is_refused(data, code):
    with pytest.raises(MalformedRefusal) as refused:
        read_sts(data)
    assert refused.value.detail_code == code


@pytest.mark.parametrize(
    ("data", "code"),
    [
        (b"<a>" * 61 + b"</a>" * 61, "xml-too-deep"),
        (b"<a>" * 500_000, "xml-too-deep"),
        (b"<standard>" + b"<a/>" * 1_001 + b"</standard>", "xml-too-large"),
        (b" " * (sts_xml.MAX_BYTES + 1), "xml-too-large"),
    ],
)
def test_what_is_too_deep_or_large_is_refused(monkeypatch, data, code):
    monkeypatch.setattr(sts_xml, "MAX_ELEMENTS", 1_000)
    with pytest.raises(TooLargeRefusal) as refused:
        read_sts(data)
    assert refused.value.detail_code == code


def test_csv_is_read_back():
    editions = [WHOLE, BARE, BARE | {"number": "GB 3-2000", "title": "=1+1"}]
    catalogue = Catalogue(to_csv(editions), "registry")
    rows = list(catalogue.rows())
    assert [as_lists(row.fields) for row in rows[:2]] == [WHOLE, BARE]
    assert rows[2].fields["title"] == "'=1+1"
    assert {one.code for row in rows for one in row.problems} == {"unresolved"}


def test_odd_cells_of_our_own_format_are_named():
    header = to_csv([]).strip()
    row = "GB/T 1-2000,x,,perhaps,2000-02-30,,,gone,,,,nothing,ISO 9001:2015,,,"
    (read,) = Catalogue(f"{header}\n{row}\n", "registry").rows()
    assert [(one.column, one.code) for one in read.problems] == [
        ("obligation", "word-unknown"),
        ("state", "word-unknown"),
        ("issued_on", "date-unread"),
        ("adopts", "word-unknown"),
        ("references", "number-unknown-prefix"),
    ]
    assert read.fields is None


def test_a_record_is_given_out_as_what_it_says():
    main = {**record_of(WHOLE | MORE, Source("来源", date(2026, 6, 1))), "salt": "0" * 32}
    record = msgspec.convert(main, Standard)
    assert as_lists(fields_of(record)) == WHOLE | MORE
    assert msgspec.json.decode(to_json([fields_of(record)])) == WHOLE | MORE
    assert file_name(WHOLE) == "GB_T_19001-2016"
    assert file_name({"number": "Q/../../x 1-2000"}) == "Q_.._.._x_1-2000"
