"""Every member of a report: what the format takes, what it refuses whoever signed it."""

import json
from pathlib import Path
from typing import Any

import msgspec
import pytest

from signing.errors import SigningError
from signing.report import MAX_REPORT, Report, open_report, parse_report
from tests.signing import given

CASES: list[dict[str, Any]] = msgspec.yaml.decode(
    Path(__file__).with_name("report_fields.yaml").read_bytes(), type=list[dict[str, Any]]
)
CHARTER = given.charter()
GOOD = given.report_file()


def changed(case: dict[str, Any]) -> bytes:
    change = dict(case.get("change", {}))
    if "long" in case:
        name, number = case["long"]
        change[name] = "长" * number
    return given.report_file(**msgspec.to_builtins(change))


@pytest.mark.parametrize("case", CASES, ids=lambda case: case["why"])
def test_each_member_is_as_the_format_says_or_it_is_no_report(case):
    data = changed(case)
    if case.get("ok"):
        opened = open_report(data, CHARTER)
        assert opened.report == parse_report(data)[0]
        assert len(opened.records) == len(opened.report.records)
        return
    with pytest.raises(SigningError) as refused:
        open_report(data, CHARTER)
    assert refused.value.code == "report-malformed"
    assert refused.value.zh


def test_every_member_has_a_case_or_is_compared_elsewhere():
    named = {key.partition("__")[0] for case in CASES for key in case.get("change", {})}
    named |= {case["long"][0] for case in CASES if "long" in case}
    told = {"not_applied", "says", "check_url", "measures", "book"}
    assert {field.name for field in msgspec.structs.fields(Report)} - named <= told


@pytest.mark.parametrize("member", sorted(given.report_fields()))
def test_no_member_may_be_left_out(member):
    fields = {name: value for name, value in given.report_fields().items() if name != member}
    file = {**json.loads(GOOD), "report": fields}
    if member == "v":
        assert parse_report(given.json_line(file).encode())[0].v == 1
        return
    with pytest.raises(SigningError) as refused:
        parse_report(given.json_line(file).encode())
    assert refused.value.code == "report-malformed"


@pytest.mark.parametrize("member", ["format", "proven", "report", "signatures"])
def test_a_file_has_these_four_and_no_more(member):
    file = json.loads(GOOD)
    less = {name: value for name, value in file.items() if name != member}
    for wrong in (less, {**file, member: None}, {**file, "more": 1}, {**file, member: [[]]}):
        with pytest.raises(SigningError):
            parse_report(given.json_line(wrong).encode())


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"\n",
        b"null",
        b"[]",
        b"\xef\xbb\xbf" + GOOD,
        GOOD + b"\n\n",
        GOOD + b"\r\n",
        GOOD.decode().encode("gb18030"),
        GOOD.decode().encode("utf-16"),
        GOOD.replace("镇江市".encode(), "镇江市".encode().decode("latin-1").encode()),
        GOOD.replace(b'"v":1', b'"v":1.0'),
        GOOD.replace(b'"v":1', b'"v":1,"v":1'),
        GOOD.replace(b'"role":"business"', b'"role":"bus\\u0069ness"'),
        GOOD.replace(b'"role":"business"', b'"role":"\\ud800"'),
        b"registry-report@v1\n" + GOOD,
    ],
    ids=[
        *("nothing", "a-line-end", "null", "a-list", "mark-of-byte-order", "two-line-ends"),
        *("line-end-of-windows", "gb18030", "utf-16", "read-wrong", "a-fraction", "a-member-twice"),
        *("an-escape", "half-a-character", "the-text-before-it"),
    ],
)
def test_what_an_editor_or_a_mail_made_of_a_file_is_refused(data):
    with pytest.raises(SigningError):
        open_report(data, CHARTER)


def test_a_file_may_be_as_long_as_its_bound_and_no_longer():
    room = MAX_REPORT - len(GOOD)
    for number, code in ((room, "report-malformed"), (room + 2, "report-malformed")):
        with pytest.raises(SigningError) as refused:
            parse_report(GOOD + b" " * number)
        assert refused.value.code == code
    said = "4 MiB"
    with pytest.raises(SigningError, match=said):
        parse_report(GOOD + b" " * (room + 1))
    with pytest.raises(SigningError) as refused:
        parse_report(GOOD + b" " * room)
    assert said not in str(refused.value), "that one is only not canonical"


def test_a_report_without_records_proves_nothing_and_opens():
    opened = open_report(given.report_file(held=[], records=[]), CHARTER)
    assert opened.records == ()
    assert opened.report.coverage.cities, "what it spans is said all the same"


@pytest.mark.parametrize(
    ("issued", "time"),
    [
        ("1970-01-01T00:00:00Z", 0),
        ("2024-02-29T23:59:59Z", 1_709_251_199),
        ("2026-12-31T16:00:00Z", 1_798_732_800),
    ],
)
def test_the_moment_is_read_in_utc(issued, time):
    assert given.report(issued=issued).time == time


def test_two_records_of_one_place_need_two_proofs():
    one = given.proven(1)[0]
    twice = given.report_file(held=[one, one], records=[given.listed_fields(1)] * 2)
    first = open_report(GOOD, CHARTER).records[0].record
    assert [found.record for found in open_report(twice, CHARTER).records] == [first] * 2
    with pytest.raises(SigningError):
        open_report(given.report_file(held=[one], records=[given.listed_fields(1)] * 2), CHARTER)
