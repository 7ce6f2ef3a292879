"""Whatever stands in a catalogue: editions come back as they were, each row is read or named."""

import csv
import io
from datetime import date

import msgspec
from hypothesis import given, settings
from hypothesis import strategies as st

from registry.catalogues.exports import to_csv, to_json
from registry.catalogues.formats import FORMATS
from registry.catalogues.reading import Catalogue
from registry.catalogues.sts_read import read_sts
from registry.catalogues.sts_write import write_sts
from registry.standards.numbers import obligation_of, parse

NUMBERS = st.sampled_from(
    [
        *("GB/T 2260-2007", "GB 32100-2015", "DB32/T 310012-2022", "DB3201/T 7-2021", "T/CAS 290"),
        *("ISO 9001:2015", "ISO/IEC TR 10000-1:1990", "DBS32/ 013-2017", "Q/CSG 2 16 004-2019"),
        *("GB/T 1.1-2009/XG1-2010", "JJG(苏) 12-2020", "CECS 21:2000", "ASTM D1234-19a"),
        *("DIN EN ISO 9001:2015", "DBJ50/T-253-2017", "MIL-STD-810H", "GBn 223-1984"),
    ]
)
# Older than all of the above, so that each may replace them.
OLDER = st.sampled_from(["GB/T 9-1950", "ISO 9:1950", "DB32/T 9-1950", "EN 9:1950"])
NEWER = st.sampled_from(["GB/T 9-2040", "ISO 9:2040", "DB32/T 9-2040"])
WORDS = st.text("标准规范abcXYZ &<>\"'().-", min_size=1, max_size=30).map(
    lambda text: "名" + " ".join(text.split())
)
CLAUSES = st.sampled_from(["4.2", "4.2, 5", "5; 6.1", "附录A"])
DAYS = st.dates(date(2000, 1, 1), date(2029, 12, 31)).map(date.isoformat)


def related(numbers):
    part = st.fixed_dictionaries({"number": numbers, "extent": st.just("part")})
    clause = st.fixed_dictionaries(
        {"number": numbers, "extent": st.just("part"), "clauses": CLAUSES}
    )
    whole = st.fixed_dictionaries({"number": numbers, "extent": st.just("whole")})
    return st.lists(
        whole | part | clause, min_size=1, max_size=3, unique_by=lambda one: one["number"]
    )


ADOPTED = st.fixed_dictionaries(
    {
        "number": st.sampled_from(["ISO 1:2000", "IEC 2-1:2001", "EN 3:2002"]),
        "degree": st.sampled_from(["IDT", "MOD", "NEQ", "EQV"]),
    }
)
OPTIONAL = {
    "title_en": WORDS,
    "void_on": DAYS,
    "state": st.sampled_from(["upcoming", "in_force", "void"]),
    "stage": st.sampled_from(["60.60", "95.99"]),
    "replaces": related(OLDER),
    "replaced_by": related(NEWER),
    "references": st.lists(NUMBERS, min_size=1, max_size=3, unique=True),
    "adopts": st.lists(ADOPTED, min_size=1, max_size=2, unique_by=lambda one: one["number"]),
    "ics": st.lists(st.sampled_from(["35", "35.040", "35.040.10"]), min_size=1, unique=True),
    "ccs": st.lists(st.sampled_from(["A", "A24", "L80"]), min_size=1, unique=True),
    "owner": WORDS,
}


@st.composite
def editions(draw):
    number = draw(NUMBERS)
    fields = {"number": number, "title": draw(WORDS), "obligation": obligation_of(parse(number))}
    fields |= draw(st.fixed_dictionaries({}, optional=OPTIONAL))
    days = sorted([draw(DAYS), draw(DAYS)])
    if draw(st.booleans()):
        fields |= {"issued_on": days[0], "effective_on": days[1]}
    return fields


def plain(fields):
    return msgspec.json.decode(msgspec.json.encode(fields))


@settings(max_examples=60)
@given(editions())
def test_editions_come_back_from_sts(fields):
    read, told = read_sts(write_sts(fields))
    assert told.problems == []
    assert plain(read) == fields


@settings(max_examples=60)
@given(editions())
def test_editions_come_back_from_csv(fields):
    (row,) = Catalogue(to_csv([fields]), "registry").rows()
    assert {one.code for one in row.problems} <= {"unresolved"}
    assert plain(row.fields) == fields


@settings(max_examples=30)
@given(st.lists(editions(), max_size=3))
def test_json_has_all_that_is_said(several):
    lines = to_json(several).splitlines()
    assert [msgspec.json.decode(line) for line in lines] == several


CELLS = st.sampled_from(
    [
        *(
            "",
            " ",
            "GB/T 2260-2007",
            "ISO 9001:2015",
            "ISO 9001:2015;ISO 9001:2008",
            "现行",
            "废止",
        ),
        *(
            "待查",
            "True",
            "False",
            "2007-11-14",
            "2007-02-30",
            "2007",
            "95.99",
            "9",
            "A24",
            "35.040",
        ),
        *("国家标准", "法律法规", "directive", "第1号修改单", "GB 1~3-2000", '"', "x" * 600, "\0"),
    ]
) | st.text(max_size=12)


@settings(max_examples=80)
@given(st.sampled_from(sorted(FORMATS)), st.data())
def test_every_row_ends_as_a_record_or_named(name, data):
    columns = FORMATS[name].columns
    rows = data.draw(
        st.lists(st.lists(CELLS, min_size=len(columns), max_size=len(columns)), max_size=4)
    )
    text = io.StringIO(newline="")
    table = csv.writer(text)
    table.writerow(columns)
    table.writerows(rows)
    catalogue = Catalogue(text.getvalue(), name)
    read = list(catalogue.rows())
    summary = catalogue.summary
    assert len(read) == len(rows) == summary.rows
    for row in read:
        assert row.fields is not None or any(one.level == "error" for one in row.problems)
        assert all(one.line == row.line and one.column in columns for one in row.problems)
        if row.fields is not None:
            assert parse(str(row.fields["number"])).prefix
            assert row.fields["title"]
    assert summary.good == sum(row.fields is not None for row in read)
    assert summary.resolved + summary.unresolved.total() == summary.relations
