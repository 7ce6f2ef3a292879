"""The demonstration region: fictional, equal each time but for salts, right by every check."""

import json
import re
from collections import Counter
from datetime import date
from hashlib import sha256

import pytest

from registry.demo.facts import ADOPTIONS, BY_CODE, MEMBERS, PARTIES, REGION
from registry.demo.region import (
    LAST_DAY,
    TOUR_DAY,
    DemoRegion,
    RulebookFiles,
    build,
)
from registry.demo.rulebook import rulebook_files
from registry.domain.divisions import division_name, is_current
from registry.domain.identifiers import resident_problems, uscc_problems
from registry.domain.records import decode_main, decode_restricted
from registry.ingest.checks import check_line
from signing.record import entry_of, parse_record_line

FILES = RulebookFiles("示例规则汇编", "ab" * 32, {"rules.yaml": b"rules: []\n"})


@pytest.fixture(scope="module")
def region() -> DemoRegion:
    return build(FILES)


def statements(region: DemoRegion, kind: str) -> list:
    return [s for log in region.logs.values() for s in log if s.type == kind]


def test_size_and_kinds(region):
    counts = region.counts()
    assert counts["registration"] == len(region.enterprises) == 500
    assert 2_950 <= counts.total() <= 3_050
    assert set(counts) == {
        *("registration", "permit", "penalty", "list_entry", "list_exit", "repair"),
        *("withdrawal", "rulebook", "adoption", "relation", "stay", "objection", "amendment"),
        *("measure_use", "measure_reply", "standard", "standard_comparison"),
        *("standard_recognition", "result_acceptance", "self_declaration"),
    }
    assert set(region.logs) == {party.origin for party in PARTIES}
    assert all(region.logs.values())


def test_members_have_real_codes_and_hosts_of_no_one():
    assert len(MEMBERS) == 10
    for member in MEMBERS:
        assert division_name(member.code) == member.name
        assert all(is_current(code) for code in member.counties)
    assert all(party.origin.partition("/")[0].endswith(".example") for party in PARTIES)
    assert len({party.origin for party in PARTIES}) == 11


def test_enterprises_are_plainly_fictional_and_well_formed(region):
    assert len({e.name for e in region.enterprises}) == 500
    assert len({e.uscc for e in region.enterprises}) == 500
    for enterprise in region.enterprises:
        assert re.search("示例|虚构", enterprise.name)
        assert enterprise.uscc[8:10] == "XN"
        assert uscc_problems(enterprise.uscc) == ()
        assert enterprise.uscc[2:8] in enterprise.home.counties
        assert uscc_problems(enterprise.uscc[:17] + "?") == ("alphabet",)
    assert Counter(e.kind for e in region.enterprises)["sole_trader"] == 20
    with_former = [e for e in region.enterprises if e.former]
    assert len(with_former) >= 30
    assert all("示例" in name for e in with_former for name, _ in e.former)


def test_every_record_passes_every_check_but_those_that_must_not(region):
    for origin, log in region.logs.items():
        salts: set[str] = set()
        for statement in log:
            checked = check_line(statement.line, salts)
            codes = [found.code for found in checked.findings]
            expected = ["contradicting-dates"] if statement.flawed else []
            assert codes == expected, (origin, statement.main)
    assert region.flawed == 3


def test_only_the_salts_differ_between_two_builds(region):
    def bare(one: DemoRegion) -> dict:
        return {
            origin: [re.sub(r'"(salt|entry)":"[0-9a-f]+"', "", s.line.decode()) for s in statements]
            for origin, statements in one.logs.items()
        }

    again = build(FILES)
    assert bare(again) == bare(region)
    salts = [
        re.findall(r'"salt":"([0-9a-f]{32})"', s.line.decode()) for s in again.logs[REGION.origin]
    ]
    assert salts != [
        re.findall(r'"salt":"([0-9a-f]{32})"', s.line.decode()) for s in region.logs[REGION.origin]
    ]
    assert bare(build(FILES, seed=7)) != bare(region)


def test_equal_salts_give_equal_bytes():
    def counting():
        numbers = iter(range(20_000))
        return lambda: f"{next(numbers):032x}"

    one, other = build(FILES, salt=counting()), build(FILES, salt=counting())
    for origin, log in one.logs.items():
        assert [s.line for s in log] == [s.line for s in other.logs[origin]]


def test_records_are_in_canonical_form_and_decode(region):
    for log in region.logs.values():
        for statement in log:
            parsed = parse_record_line(statement.line)
            decode_main(parsed.main)
            if parsed.restricted is not None:
                decode_restricted(parsed.restricted)


def test_acts_name_an_earlier_record_of_the_same_log_and_authority(region):
    for origin, log in region.logs.items():
        before = {}
        for statement in log:
            target = statement.main.get("target")
            if target:
                aimed = before[target["id"]]
                main, _, restricted = aimed.line.partition(b"\t")
                assert target["entry"] == entry_of(main, restricted or None).hex()
                assert target["origin"] == origin
                assert statement.main["authority"] == aimed.main["authority"]
                assert statement.main["decided_on"] >= aimed.main["decided_on"]
            before[statement.main["id"]] = statement


def test_all_that_the_rules_of_disclosure_tell_apart_occurs(region):
    penalties = [s.main for s in statements(region, "penalty")]
    classes = Counter(p["severity"]["class"] for p in penalties)
    assert set(classes) == {"minor", "general", "serious", "unclassified"}
    assert {p["publication"] for p in penalties} == {"public", "government"}
    assert {p["procedure"] for p in penalties} == {"simple", "ordinary"}
    assert {p["subject"]["kind"] for p in penalties} == {
        "organisation",
        "sole_trader",
        "natural_person",
    }
    assert any(
        "uscc" not in p["subject"] and "organisation_code" in p["subject"] for p in penalties
    )
    lists = Counter(s.main["list"] for s in statements(region, "list_entry"))
    assert set(lists) == {
        *("wage-arrears", "samr-serious", "court-debtors", "anomaly-directory", "tax-grade-a"),
        "procurement-serious",
    }
    relayed = [s for s in statements(region, "list_entry") if s.main["list"] == "court-debtors"]
    assert {s.main["provenance"]["kind"] for s in relayed} == {"relayed"}
    assert {s.main["reason"] for s in statements(region, "list_exit")} >= {"performed", "corrected"}


def test_documents_are_nobodys_and_only_in_the_restricted_part(region):
    numbers = []
    for log in region.logs.values():
        for statement in log:
            text = json.dumps(statement.restricted or {})
            found = re.findall(r'"number": "(\w+)"', text)
            assert all(n[6:12] == "190001" and resident_problems(n) == () for n in found)
            assert not any(n in json.dumps(statement.main) for n in found)
            numbers += found
    assert len(numbers) > 100


def test_the_story_of_the_tour(region):
    assert region.wage_arrears.name == "芜湖示例建设有限公司"
    assert region.grade_a.name == "宣城示例电器有限公司"
    about = [
        s.main
        for log in region.logs.values()
        for s in log
        if s.main["subject"].get("uscc") == region.wage_arrears.uscc
    ]
    listed = [m for m in about if m["type"] == "list_entry"]
    assert [(m["list"], m["listed_on"]) for m in listed] == [("wage-arrears", "2026-03-10")]
    assert listed[0]["authority"]["name"] == "芜湖市人力资源和社会保障局"
    assert listed[0]["authority"]["kind"] == "人力资源社会保障行政部门"
    assert not any(m["type"] in {"repair", "list_exit", "withdrawal"} for m in about)
    other = [
        (s.main["list"], s.main["listed_on"])
        for s in statements(region, "list_entry")
        if s.main["subject"].get("uscc") == region.grade_a.uscc
    ]
    assert other == [("tax-grade-a", "2026-04-28"), ("samr-serious", "2026-05-20")]


def test_every_member_but_one_has_adopted_more_than_the_law_orders():
    adopted = {adoption.member for adoption in ADOPTIONS}
    assert adopted == {m.code for m in MEMBERS}
    assert {a.rule for a in ADOPTIONS if a.member == "341100"} == {"R15"}  # by law anyway
    zhenjiang = {(a.rule, a.start) for a in ADOPTIONS if a.member == "321100"}
    assert ("R02", date(2026, 5, 1)) in zhenjiang
    for adoption in ADOPTIONS:
        assert BY_CODE[adoption.member].origin
        assert adoption.start <= LAST_DAY < TOUR_DAY


def test_the_rulebook_travels_with_its_attachments():
    files = rulebook_files()
    assert set(files.files) == {
        *("instruments.yaml", "measures.yaml", "rules.yaml", "cases.yaml", "catalogues.yaml"),
    }
    region = build(files)
    (rulebook,) = statements(region, "rulebook")
    assert rulebook.main["book_digest"] == files.digest
    for attachment in rulebook.main["attachments"]:
        body = region.attachments[attachment["sha256"]]
        assert sha256(body).hexdigest() == attachment["sha256"]
        assert len(body) == attachment["size"]
    assert len(region.attachments) == 5


def test_every_adopted_rule_is_in_the_book():
    book = rulebook_files().files
    rules, measures = book["rules.yaml"].decode(), book["measures.yaml"].decode()
    for adoption in ADOPTIONS:
        assert f"key: {adoption.rule}\n" in rules
        assert all(f"  {key}:\n" in measures for key in adoption.allows)
