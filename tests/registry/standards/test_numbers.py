"""Numbers of standards: every usual spelling has one normal form, and what is none is named."""

import contextlib
import re
import tomllib
from pathlib import Path

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from registry.standards import numbers
from registry.standards.numbers import (
    NumberError,
    StandardNumber,
    format_dual,
    format_number,
    group_of,
    identity_of,
    kind_of,
    obligation_of,
    parse,
    suggest,
    territory_of,
)
from registry.standards.numbers_errors import NUMBER_ERRORS
from registry.standards.numbers_prefixes import FIXED, FOREIGN, prefix_of
from registry.standards.stated import read_number

SPELLINGS = tomllib.loads(Path(__file__).with_name("spellings.toml").read_text(encoding="utf-8"))
READ = [(text, normal) for normal, texts in SPELLINGS["read"].items() for text in texts]
REFUSED = [(text, code) for code, texts in SPELLINGS["refused"].items() for text in texts]


def code_of(text):
    with pytest.raises(NumberError) as refused:
        parse(text)
    return refused.value.detail_code


def parse_again(normal):
    try:
        return parse(normal)
    except NumberError as error:
        pytest.fail(f"a normal form is refused: {error}")


def test_there_are_enough_spellings():
    assert len(READ) >= 300
    assert len(REFUSED) >= 60
    assert len(set(READ)) == len(READ)


def test_every_spelling_has_its_normal_form():
    wrong = {text: got for text, normal in READ if (got := format_dual(parse(text))) != normal}
    assert wrong == {}


def test_what_is_no_number_is_refused_by_name():
    told = {
        text: code for text, code in REFUSED if code_of(text * 401 if text == "@" else text) != code
    }
    assert told == {}
    assert {code for _, code in REFUSED} == NUMBER_ERRORS.keys()


def test_normal_forms_are_read_back():
    for normal in SPELLINGS["read"]:
        number = parse(normal)
        assert format_dual(number) == normal
        assert parse(format_dual(number)) == number


CLEAR = [
    f"{head} {number}{part}{end}"
    for head, dot in {
        **dict.fromkeys(("GB", "GB/T", "GB/Z"), "."),
        **dict.fromkeys(("ISO", "IEC", "ISO/TS", "IEC TR", "IEC/TR", "ISO/R", "ISO/DIS"), "-"),
        **dict.fromkeys(("ISO/IEC", "ISO/IEC TS", "ISO/IEC FDIS", "ISO/IEC/TR", "ISO/CD"), "-"),
    }.items()
    for number in ("0", "1", "9001", "19001", "999999", "01", "2015")
    for part in ("", f"{dot}1", f"{dot}10", f"{dot}120", f"{dot}0", f"{dot}2015")
    for end in (
        *("", "-2016", ":2015", "-1899", ":1999", ":2100", "-16", "-2016/XG1-2017"),
        *(":2015/Amd 1:2018", ":2015/Cor 2:2019", ":2015/Amd 0:2018", ":2015/Amd 1", "/Amd 1:2018"),
    )
]


def test_what_is_clear_is_read_at_a_glance_as_at_length(monkeypatch):
    texts = [*CLEAR, *(text for text, _ in READ), *(text for text, _ in REFUSED)]
    glanced = {text: read(text) for text in texts}
    stated = {text: of_anew(text) for text in texts}
    clear = [text for text in texts if numbers._CLEAR.fullmatch(text)]
    assert len(clear) > 400
    assert all(format_number(parse(text)) == text for text in clear)
    monkeypatch.setattr(numbers, "_CLEAR", re.compile("(?!)"))
    assert {text: read(text) for text in texts} == glanced
    assert {text: of_anew(text) for text in texts} == stated
    read_number.cache_clear()


def of_anew(text):
    read_number.cache_clear()
    return read_number(text)


def read(text):
    try:
        return parse(text)
    except NumberError as error:
        return error.detail_code, error.suggestions


PREFIXES = st.sampled_from(sorted(name for name in FIXED if name not in {"DBJ", "DB"}))
LOCAL = st.sampled_from(["DB32", "DB34", "DB3201", "DB3411", "DBS32", "JJG(苏)"])
GROUPS = st.from_regex(r"T/[A-Z]{2,8}", fullmatch=True)
ENTERPRISES = st.from_regex(r"Q/[A-Z]{2,6}", fullmatch=True)
YEARS = st.none() | st.integers(1949, 2040)
COUNTED = st.integers(1, 999_999).map(str)


@st.composite
def chinese(draw):
    prefix = draw(PREFIXES | LOCAL | GROUPS | ENTERPRISES)
    known = prefix_of(prefix)
    nature = draw(st.sampled_from(known.natures))
    parted = known.kind != "enterprise" and draw(st.booleans())
    return StandardNumber(
        prefix,
        nature,
        draw(COUNTED),
        draw(st.from_regex(r"[1-9][0-9]?(\.[1-9])?", fullmatch=True)) if parted else "",
        draw(YEARS),
        draw(st.sampled_from(["", "/XG1", "/XG2-2019"])) if parted else "",
    )


@given(chinese())
@example(StandardNumber("GB", "T", "19001", "", 2016, "", "ISO 9001:2015"))
@example(StandardNumber("DB", "T", "29-229", "", 2014))
def test_parse_and_format_are_inverse(number):
    assert parse(format_dual(number)) == number
    assert parse(format_number(number).replace("/", "／").replace("-", "—")).year == number.year


@given(
    st.sampled_from(["ISO", "IEC", "ISO/IEC", "ISO/TS", "ISO/IEC TR", "ISO/DIS", "ISO Guide"]),
    COUNTED,
    st.from_regex(r"([1-9][0-9]?(-[1-9])?)?", fullmatch=True),
    YEARS,
    st.sampled_from(["", "/Amd 1:2013", "/Cor 2", "/Amd 1:1999/Cor 1:2001"]),
)
def test_international_numbers_are_read_back(prefix, number, part, year, amendment):
    stated = StandardNumber(prefix, "", number, part, year, amendment)
    assert parse(format_number(stated)) == stated


@given(st.text(max_size=60) | st.from_regex(r"\A[A-Z/]{0,6}[ 0-9.:~一()-]{0,20}\Z"))
def test_whatever_is_typed_is_read_or_refused(text):
    with contextlib.suppress(NumberError):
        number = parse(text)
        assert parse_again(format_dual(number)) == number


@pytest.mark.parametrize(
    ("text", "kind", "territory", "obligation"),
    [
        ("GB 175-2007", "national", None, "mandatory"),
        ("GB/T 2260-2007", "national", None, "voluntary"),
        ("GB/Z 20000-2010", "national", None, "guidance"),
        ("GBZ 2.1-2019", "national", None, "mandatory"),
        ("JJF 1059.1-2012", "national", None, "guidance"),
        ("JGJ 46-2005", "industry", None, "mandatory"),
        ("DB/T 10-2000", "industry", None, "voluntary"),
        ("DB32/T 1234-2019", "province", "320000", "voluntary"),
        ("DBS32/ 013-2017", "province", "320000", "mandatory"),
        ("DGJ32/TJ 78-2009", "province", "320000", "voluntary"),
        ("DBJ/T 15-31-2016", "province", "440000", "voluntary"),
        ("DB/T 29-229-2014", "province", "120000", "voluntary"),
        ("JJG(苏) 12-2020", "province", "320000", "mandatory"),
        ("DB3201/T 1234-2022", "city", "320100", "voluntary"),
        ("DB32/T 310012-2022", "regional", "320000", "voluntary"),
        ("DB32/T 3100-2016", "province", "320000", "voluntary"),
        ("DB44/T 310012-2022", "province", "440000", "voluntary"),
        ("T/CAS 290-2017", "group", None, "voluntary"),
        ("CECS 21:2000", "group", None, "voluntary"),
        ("Q/CSG 510001-2015", "enterprise", None, "voluntary"),
        ("ISO 9001:2015", "international", None, "voluntary"),
        ("OIML R 76-1:2006", "international", None, "voluntary"),
        ("DIN EN ISO 9001:2015", "foreign", None, "voluntary"),
    ],
)
def test_what_a_number_says(text, kind, territory, obligation):
    number = parse(text)
    assert (kind_of(number), territory_of(number), obligation_of(number)) == (
        kind,
        territory,
        obligation,
    )


def test_a_prefix_nobody_knows_is_somebody_elses():
    odd = StandardNumber("XYZ", "", "1")
    assert (kind_of(odd), territory_of(odd), obligation_of(odd)) == ("foreign", None, "voluntary")
    assert prefix_of("JJG(国)") is None


def test_one_identity_for_all_editions_and_amendments():
    editions = ["GB/T 1.1-2009", "GB/T 1.1-2020", "GBT1.1", "GB/T 1.1-2009/XG1-2010"]
    assert {identity_of(parse(text)) for text in editions} == {"GB/T 1.1"}
    dual = parse("GB/T 19001-2016/ISO 9001:2015")
    assert identity_of(dual) == "GB/T 19001"
    assert format_number(dual) == "GB/T 19001-2016"
    others = ["GB 1.1", "GB/Z 1.1", "GB/T 1.2", "GB/T 1"]
    assert not {identity_of(parse(text)) for text in others} & {"GB/T 1.1"}


def test_the_provincial_issues_of_a_regional_standard_are_one_group():
    issues = [f"DB{province}/T 310012-2022" for province in (31, 32, 33, 34)]
    assert {group_of(parse(text)) for text in issues} == {"DB3x/T 310012"}
    assert len({identity_of(parse(text)) for text in issues}) == 4
    assert group_of(parse("DB44/T 310012-2022")) == "DB44/T 310012"
    assert group_of(parse("GB/T 2260-2007")) == "GB/T 2260"


@pytest.mark.parametrize(
    ("text", "meant"),
    [
        ("GB/T 226O-2O07", "GB/T 2260-2007"),
        ("GВ/T 2260-2007", "GB/T 2260-2007"),
        ("GB/T 2260一2007", "GB/T 2260-2007"),
        ("GD/T 2260-2007", "GB/T 2260-2007"),
        ("GTB 2260-2007", "GB 2260-2007"),
        ("JJG/T 12-2000", "JJG 12-2000"),
        ("TCAS 290-2017", "T/CAS 290-2017"),
        ("GB 50254~50256-96", "GB 50255-1996"),
        ("GB/T 1.1~1.3-2000", "GB/T 1.2-2000"),
    ],
)
def test_a_refusal_says_what_may_be_meant(text, meant):
    with pytest.raises(NumberError) as refused:
        parse(text)
    assert meant in refused.value.suggestions
    assert meant in refused.value.zh
    assert refused.value.extra["suggestions"] == list(refused.value.suggestions)


def test_nothing_is_made_up_where_nothing_is_near():
    for text in ("ZZZ 12-2000", "建质〔2009〕87 号", "GB/T 2260-1807", "GB 1~99999"):
        with pytest.raises(NumberError) as refused:
            parse(text)
        assert refused.value.suggestions == ()


def test_a_long_text_is_not_repeated():
    assert code_of("GB/T " + "1" * 200) == "number-too-long"
    with pytest.raises(NumberError) as refused:
        parse("甲" * 400)
    assert "甲" * 61 not in refused.value.zh


def test_did_you_mean():
    known = ["GB/T 2260-2007", "GB/T 2260-2002", "GB/T 2261-2003", "GB 2260-1986", "JGJ 46-2005"]
    assert suggest("GB 2260", known)[:2] == ("GB 2260-1986", "GB/T 2260-2007")
    assert suggest("GBT2260-2007", known)[0] == "GB/T 2260-2002"
    assert suggest("GB/T 226O-2O07", known)[0] == "GB/T 2260-2007"
    assert suggest("JGJ 45", known) == ("JGJ 46-2005",)
    assert suggest("ISO 14001:2015", known) == ()
    assert suggest("no number at all", known) == ()


def test_prefixes_are_what_they_say():
    industries = [
        one for one in FIXED.values() if one.source == "relaton" and one.kind == "industry"
    ]
    assert len(industries) == 63
    for name, one in FIXED.items():
        assert re.fullmatch(r"[A-Za-z0-9/()]+", name)
        assert one.zh
        assert one.en
    assert not FIXED.keys() & FOREIGN.keys()
