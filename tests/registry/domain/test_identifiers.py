"""Codes against the standards' own examples, real codes, and python-stdnum where it is right."""

import csv

import pytest
from hypothesis import given
from hypothesis import strategies as st
from stdnum.cn import ric, uscc
from stdnum.iso7064 import mod_11_10

from registry.domain.identifiers import (
    USCC_ALPHABET,
    birth_date,
    normalise_code,
    orgcode_check,
    orgcode_of,
    orgcode_problems,
    regno_check,
    regno_problems,
    resident_18,
    resident_check,
    resident_problems,
    uscc_check,
    uscc_problems,
)

VALID = [
    "91330100799655058B",
    "9144030071526726XG",
    "91110000802100433B",
    "91350100M000100Y43",
    "91230500MA1B3N1N2M",
    "91320100MA0000015Q",
    "91340200MA00000231",
    "11320100MA2320178R",
    "12340200MA23402750",
    "31321000MA23210744",
    "52321100MA2321170D",
    "92340500MA23405745",
    "93341800MA2341876C",
    "81320800MA2320872U",
    "N2341100MA2341171N",
]


@pytest.mark.parametrize("code", VALID)
def test_valid_codes_have_no_problems(code):
    assert uscc_problems(code) == ()
    assert uscc_check(code) == code[17]
    assert orgcode_check(orgcode_of(code)) == code[16]


@pytest.mark.parametrize(
    ("code", "problems"),
    [
        ("91350100M000100Y4Z", ("alphabet",)),
        ("91310115MA1H8R7C6D", ("check", "orgcode-check")),
        ("91320211MA1GXXXXX", ("length",)),
        ("", ("length",)),
        ("91330100799655058L", ("check",)),  # forgets "31 minus"
        ("91230500MA1B3N1N29", ("check",)),  # letters by ASCII offset
        ("9135010OM000100Y43", ("alphabet",)),
        ("913501A0M000100Y43", ("alphabet",)),
        ("９１３５０１００Ｍ０００１００Ｙ４３", ("alphabet",)),
        ("91350100M000100Y43\n", ("length",)),
    ],
)
def test_wrong_codes_are_named(code, problems):
    assert uscc_problems(code) == problems


def test_department_is_judged_alone():
    body = "95340200MA0000023"
    code = body + uscc_check(body)
    assert uscc_problems(code) == ("department",)


def test_organisation_code_letters_are_base_36():
    assert orgcode_check("MA1B3N1N") == "2"  # the unified code's own alphabet would give 4
    assert orgcode_problems("MA1B3N1N2") == ()
    assert orgcode_problems("MA1B3N1N4") == ("check",)
    assert orgcode_problems("SVZIO0001") in {(), ("check",)}  # letters of the older standard
    assert orgcode_problems("MA1B3N1N") == ("length",)
    assert orgcode_problems("MA1B3N1NA") == ("alphabet",)
    assert orgcode_problems("71526726X") == ()


def test_all_adjacent_transpositions_are_found():
    code = "91350100M000100Y43"
    for place in range(17):
        swapped = code[:place] + code[place + 1] + code[place] + code[place + 2 :]
        if swapped != code:
            assert uscc_problems(swapped) != ()


@given(
    st.text("0123456789", min_size=8, max_size=8), st.text(USCC_ALPHABET, min_size=9, max_size=9)
)
def test_check_character_equals_python_stdnum(head, tail):
    body = head + tail
    assert uscc_check(body) == uscc.calc_check_digit(body)
    code = body + uscc_check(body)
    assert "check" not in uscc_problems(code)
    assert uscc.is_valid(code)


@given(st.text("0123456789", min_size=14, max_size=14))
def test_registration_number_equals_python_stdnum(digits):
    assert mod_11_10.is_valid(digits + regno_check(digits))
    assert regno_problems(digits + regno_check(digits)) == ()


@given(st.text("0123456789", min_size=17, max_size=17))
def test_resident_check_equals_python_stdnum(digits):
    assert resident_check(digits) == ric.calc_check_digit(f"{digits}0")


@pytest.mark.parametrize(
    ("number", "problems"),
    [
        ("110108000000016", ()),
        ("440301103097413", ()),
        ("320000000021080", ()),
        ("320000000021087", ("check",)),
        ("3200002108019", ()),  # 13 digits carry no check
        ("32000021080", ("length",)),
        ("32000000002108X", ("alphabet",)),
        ("３２００００００００２１０８０", ("alphabet",)),
    ],
)
def test_registration_numbers(number, problems):
    assert regno_problems(number) == problems


@pytest.mark.parametrize(
    ("number", "problems"),
    [
        ("11010519491231002X", ()),
        ("440524188001010014", ()),  # the standard's example with an abolished division
        ("110105194912310021", ("check",)),
        ("11010519491331002X", ("birth-date",)),
        ("1101051949123100", ("length",)),
        ("11010519491231002x", ("alphabet",)),
    ],
)
def test_resident_numbers(number, problems):
    assert resident_problems(number) == problems


def test_old_resident_numbers_get_century_and_check():
    assert resident_18("110105491231002") == "11010519491231002X"
    assert resident_18("11010519491231002X") == "11010519491231002X"
    assert resident_18("11010549123100X") == "11010549123100X"
    assert birth_date("11010519491231002X").isoformat() == "1949-12-31"


@pytest.mark.parametrize(
    "typed",
    [
        "91350100m000100y43",
        " 9135 0100 M000 100Y43 ",
        "91350100-M000100Y4-3",
        "９１３５０１００Ｍ０００１００Ｙ４３",
        "\ufeff91350100M000100Y43",
        "91350100‐M000100Y4–3",
    ],
)
def test_normal_form(typed):
    assert normalise_code(typed) == "91350100M000100Y43"


@given(st.text())
def test_normal_form_is_stable(text):
    once = normalise_code(text)
    assert normalise_code(once) == once
    assert " " not in once


def test_shared_validator_vectors(shared_data):
    with (shared_data / "uscc/validator_vectors.csv").open(encoding="utf-8-sig") as file:
        rows = list(csv.DictReader(file))
    assert len(rows) == 61
    for row in rows:
        problems = uscc_problems(row["code"])
        match row["expect"]:
            case "valid":
                assert problems == (), row
            case "valid_after_normalisation":
                assert problems != (), row
                assert uscc_problems(normalise_code(row["code"])) == (), row
            case "issued_but_check_fails":
                assert problems == ("check",), row
            case "check_ok_but_implausible":
                assert problems == ("orgcode-check",), row
            case _:
                assert problems != (), row


def test_real_codes_that_do_not_conform(shared_data):
    with (shared_data / "uscc/nonconforming_18char.csv").open(encoding="utf-8-sig") as file:
        rows = list(csv.DictReader(file))
    assert len(rows) == 465
    wrong = 0
    for row in rows:
        code = normalise_code(row["code_as_found"])
        problems = uscc_problems(code)
        if {"length", "alphabet"} & set(problems):
            assert row["upper_check_ok"] == "0", row
        else:
            assert ("check" in problems) is (row["upper_check_ok"] == "0"), row
            assert uscc_check(code) == row["expected_check_char"], row
            wrong += "check" in problems
    assert wrong > 150


def test_real_codes_whose_inner_check_fails(shared_data):
    path = shared_data / "uscc/valid_uscc_but_orgcode_check_fails.csv"
    with path.open(encoding="utf-8-sig") as file:
        codes = [row["code"] for row in csv.DictReader(file)]
    assert len(codes) == 189
    assert {problems for code in codes for problems in [uscc_problems(code)]} <= {
        ("orgcode-check",),
        ("orgcode-check", "department"),
    }
