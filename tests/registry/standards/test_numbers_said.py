"""What is said of a number that is refused, and each kind of spelling for itself."""

import time

import pytest

from registry.domain.divisions import is_known
from registry.standards.numbers import (
    NumberError,
    format_dual,
    format_number,
    identity_of,
    kind_of,
    obligation_of,
    parse,
    territory_of,
)
from registry.standards.numbers_errors import NUMBER_ERRORS
from registry.standards.numbers_foreign import body_of
from registry.standards.numbers_prefixes import FIXED, FOREIGN, REGIONS, SHORT, prefix_of

SAID = [
    ("number-empty", " ", "没有标准号", "写明标准号，如 GB/T 2260-2007"),
    ("number-too-long", "GB/T " + "9" * 400, "超过 400 个字符", "只写标准号"),
    ("number-too-long", "GB/T " + "9" * 130, "超过 120 个字符", "只写标准号"),
    ("number-is-document", "住建部令第 37 号", "住建部令第 37 号", "不作为标准登记"),
    ("number-no-prefix", "50300-2013", "没有标准代号", "在数字前写代号"),
    ("number-no-number", "JGJ/T", "只有代号", "代号后写顺序号"),
    ("number-unknown-prefix", "XYZ 1-2000", "不是已知的标准代号", "T/社团代号"),
    ("number-unknown-division", "DB99/T 1-2000", "99 不是省级", "见 GB/T 2260"),
    ("number-nature", "GBJ/Z 16-87", "“GBJ”没有 /Z", "（无）、/T"),
    ("number-malformed", "GB/T abc-2000", "不是顺序号", "部分号用点隔开"),
    ("number-zero", "GB/T 0-2000", "顺序号为零", "从 1 起"),
    ("number-year", "GB/T 1-1850", "年代号 1850", "1900 至 2099"),
    ("number-year", "GB/T 1-207", "年代号 207", "1900 至 2099"),
    ("number-range", "GB 1~3-2000", "一组标准号", "各写一个"),
    ("number-several", "GB 1-2000、GB 2-2000", "不止一个", "一次写一个"),
    ("number-dual", "GB/T 1-2000/ISO 甲", "ISO 甲", "GB/T 19001-2016/ISO 9001:2015"),
    ("number-trailing", "GB/T 1-2000#7", "多余的内容：#7", "修改单"),
    ("number-characters", "GB/T 1一2000", "“一”", "连字符"),
    ("number-group-code", "T/ 1-2000", "没有社会团体代号", "T/CAS 290-2017"),
    ("number-enterprise-code", "Q/", "没有企业代号", "Q/CSG 510001-2015"),
]


@pytest.mark.parametrize(("code", "text", "zh", "right"), SAID)
def test_a_refusal_says_what_is_wrong_and_what_is_right(code, text, zh, right):
    with pytest.raises(NumberError) as refused:
        parse(text)
    error = refused.value
    assert error.detail_code == code
    assert zh in error.zh
    assert right in error.right_zh
    assert error.right_zh in error.zh
    assert error.right_en in error.en
    assert error.status == 400


def test_every_refusal_is_said():
    assert {code for code, *_ in SAID} == NUMBER_ERRORS.keys()


@pytest.mark.parametrize("dash", list("-‐‑‒–—―⁃−﹘﹣－─━"))
def test_every_dash_is_one(dash):
    assert format_number(parse(f"GB/T 2260{dash}2007")) == "GB/T 2260-2007"
    assert format_number(parse(f"GB{dash}T 2260 {dash} 2007")) == "GB/T 2260-2007"
    assert format_number(parse(f"T/CHAS 10{dash}2{dash}1{dash}2018")) == "T/CHAS 10-2-1-2018"


@pytest.mark.parametrize("slash", list("/⁄∕╱／\\＼"))
def test_every_slash_is_one(slash):
    assert format_number(parse(f"GB{slash}T 2260-2007")) == "GB/T 2260-2007"
    assert format_number(parse(f"NB{slash}SH{slash}T 1-2017")) == "NB/SH/T 1-2017"
    assert format_number(parse(f"ISO{slash}IEC 27001:2022")) == "ISO/IEC 27001:2022"


@pytest.mark.parametrize("space", ["", " ", "  ", "\u3000", "\u00a0", "\t", "\u200b", "_"])
def test_every_space_is_one_or_none(space):
    assert format_number(parse(f"GB/T{space}2260-2007")) == "GB/T 2260-2007"
    assert format_number(parse(f"{space}DB32/T{space}1234-2019{space}")) == "DB32/T 1234-2019"


@pytest.mark.parametrize("marks", ["《》", "〈〉", "「」", "【】", "[]", "“”", "()", "（）", "''"])
def test_every_bracket_is_passed_over(marks):
    before, after = marks
    assert format_number(parse(f"{before}GB/T 2260-2007{after}")) == "GB/T 2260-2007"
    assert format_number(parse(f"代码{before}GB/T 2260-2007{after}")) == "GB/T 2260-2007"


@pytest.mark.parametrize(
    "ending", ["pdf", "PDF", "doc", "docx", "xml", "zip", "html", "ofd", "caj"]
)
def test_the_ending_of_a_file_is_passed_over(ending):
    assert format_number(parse(f"GB-T 50353-2013.{ending}")) == "GB/T 50353-2013"


@pytest.mark.parametrize("year", [1949, 1965, 1988, 1997, 1999])
def test_two_digits_are_a_year_of_the_last_century(year):
    assert parse(f"GB 1-{year % 100}").year == year
    assert parse(f"GBJ 1-{year % 100}《名称》").year == year


@pytest.mark.parametrize("digits", ["00", "05", "13", "48", "7", "123", "12345"])
def test_other_digits_are_no_year(digits):
    with pytest.raises(NumberError) as refused:
        parse(f"GB 1-{digits}")
    assert refused.value.detail_code == "number-year"
    assert refused.value.facts["year"] == digits


@pytest.mark.parametrize(
    "said",
    [
        "/XG1-2018",
        " XG1-2018",
        "／XG1—2018",
        " 第1号修改单（2018）",
        " 第一号修改单(2018)",
        " Amd 1:2018",
    ],
)
def test_every_spelling_of_an_amendment(said):
    number = parse(f"GB 4706.1-2005{said}")
    assert number.amendment == "/XG1-2018"
    assert number.year == 2005
    assert identity_of(number) == "GB 4706.1"


@pytest.mark.parametrize(
    "said",
    [
        "/ISO 9001:2015",
        " / ISO 9001:2015",
        " idt ISO 9001:2015",
        " IDT ISO 9001:2015",
        "(idt ISO 9001:2015)",
        " (ISO 9001:2015, IDT)",
        " 等同采用 ISO 9001:2015",
        "/ISO 9001:2015(E)",
    ],
)
def test_every_spelling_of_a_dual_number(said):
    number = parse(f"GB/T 19001-2016{said}")
    assert number.also == "ISO 9001:2015"
    assert format_number(number) == "GB/T 19001-2016"
    assert parse(format_dual(number)) == number


@pytest.mark.parametrize(
    "said",
    [
        "（ISO 9001:2015，MOD）",
        " (ISO 9001:2015, NEQ)",
        " mod ISO 9001:2015",
        "(neq ISO 9001:2015)",
        " 修改采用 ISO 9001:2015",
        " eqv ISO 9001:2015",
    ],
)
def test_what_is_not_identical_has_no_dual_number(said):
    number = parse(f"GB/T 19001-2016{said}")
    assert number.also == ""
    assert format_dual(number) == "GB/T 19001-2016"


def test_only_a_slash_tells_guidance_from_occupational_health():
    assert parse("GB/Z 2.1-2019").prefix == "GB"
    assert parse("GBZ 2.1-2019").prefix == "GBZ"
    assert obligation_of(parse("GB/Z 2.1-2019")) == "guidance"
    assert obligation_of(parse("GBZ 2.1-2019")) == "mandatory"


def test_zeros_in_front_count():
    assert identity_of(parse("DBS32/ 013-2017")) != identity_of(parse("DBS32/ 13-2017"))
    assert identity_of(parse("YY 0505-2012")) != identity_of(parse("YY 505-2012"))


@pytest.mark.parametrize(("short", "territory"), sorted(SHORT.items()))
def test_every_province_has_a_character(short, territory):
    number = parse(f"JJG（{short}）7-2020")
    assert territory_of(number) == territory
    assert is_known(territory)
    province = parse(f"DB{territory[:2]}/T 7-2020")
    assert territory_of(province) == territory
    assert kind_of(province) == "province"


# Not DB, seismology: with digits glued to it it would be that of a province.
INDUSTRIES = sorted(name for name, one in FIXED.items() if one.kind == "industry" and name != "DB")


@pytest.mark.parametrize("name", INDUSTRIES)
def test_every_industry_has_its_natures(name):
    said = {"": "mandatory", "T": "voluntary", "Z": "guidance"}
    for nature, obligation in said.items():
        head = f"{name}/{nature}" if nature else name
        for text in (f"{head} 12.1-2005", f"{head}12.1—2005", f"{name}{nature}12.1-2005"):
            number = parse(text)
            assert (number.prefix, number.nature) == (name, nature), text
            assert kind_of(number) == "industry"
            assert obligation_of(number) == obligation


LOCAL = [name for name, one in FIXED.items() if one.territory]


@pytest.mark.parametrize("name", LOCAL)
def test_local_construction_standards(name):
    known = prefix_of(name)
    assert is_known(known.territory)
    for nature in known.natures:
        head = f"{name}/{nature}" if nature else name
        number = parse(f"{head}{known.joint}12-2005")
        assert format_number(number) == f"{head}{known.joint}12-2005"
        assert territory_of(number) == known.territory
        assert kind_of(number) == known.kind


@pytest.mark.parametrize(("region", "territory"), sorted(REGIONS.items()))
def test_the_region_in_the_number(region, territory):
    prefix, digits = region.split()
    number = parse(f"{prefix}/T {digits}-236-2016")
    assert (kind_of(number), territory_of(number)) == ("province", territory)
    assert format_number(number) == f"{prefix}/T {digits}-236-2016"


@pytest.mark.parametrize("name", sorted(FOREIGN))
def test_foreign_numbers_are_kept(name):
    known = FOREIGN[name]
    year = "19" if known.short else "2019"
    text = f"{name}{known.joint}A 123{known.mark}{year}"
    number = parse(text)
    assert format_number(number) == text
    assert (number.prefix, number.year) == (name, 2019)
    assert kind_of(number) == known.kind
    assert obligation_of(number) == "voluntary"


@pytest.mark.parametrize(
    ("prefix", "body"),
    [
        ("ISO", "ISO"),
        ("ISO/TS", "ISO"),
        ("ISO/DIS", "ISO"),
        ("ISO Guide", "ISO"),
        ("ISO/IEC TR", "ISO/IEC"),
        ("ISO/IEC/IEEE", "ISO/IEC/IEEE"),
        ("ISO/ASTM TS", "ISO/ASTM"),
        ("IEC/TR", "IEC"),
        ("IWA", "ISO"),
        ("CD IWA", "ISO"),
        ("BS EN", "BS EN"),
        ("ISOX", "ISOX"),
    ],
)
def test_whose_an_international_number_is(prefix, body):
    assert body_of(prefix) == body


@pytest.mark.parametrize(
    "text",
    [
        "GB/T " + "1." * 190,
        "T/CAS " + "1-" * 190,
        "Q/CSG " + "1 " * 190,
        "ISO " + "1-" * 190,
        "UL " + "1 " * 190,
        "ASTM " + "A1/" * 130,
        "ISO 1:2000" + "/Amd 1" * 60,
        "GB 1-2000" + " XG1" * 90,
        "甲GB" * 130,
        "(" * 399 + "1",
        "DB32" * 100,
        "EN " + "1 " * 150 + "+A1" * 20,
        "1O" * 199,
        "GB 1-2000" + " (" * 190,
    ],
)
def test_no_text_takes_long(text):
    """Patterns that backtrack would take seconds; the bound is wide, for slow machines."""
    began = time.process_time()
    try:
        format_dual(parse(text))
    except NumberError as error:
        assert error.detail_code in NUMBER_ERRORS  # noqa: PT017 - either end is right
    assert time.process_time() - began < 0.5
