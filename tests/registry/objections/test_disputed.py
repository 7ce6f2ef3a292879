"""The records that an objection comes to: sound, of the same subject and organ, saying no more."""

from datetime import date
from hashlib import sha256
from typing import Any

import msgspec
import pytest

from registry.domain.records import decode_main
from registry.domain.records.objections import Objection
from registry.ingest.checks import check_line
from registry.objections import records
from registry.objections.model import ABOUTS
from registry.objections.records import Stated, said
from signing.record import encode_record
from tests.registry.ingest.samples import main
from tests.registry.objections.samples import NEW, like
from tests.registry.objections.test_wishes import table, why

ON = date(2026, 11, 27)
BY = "芜湖市"
COMMON = ("subject", "authority", "source_unit", "publication", "severity")


def stated(value: dict[str, Any], idx: int = 3) -> Stated:
    line = encode_record(value, None)
    return Stated(NEW.origin, idx, sha256(line).digest() + bytes(32), line)


def plain(value: dict[str, Any]) -> dict[str, Any]:
    """A record of a case: days in YAML are dates."""
    return msgspec.to_builtins(value)


def disputed(case: dict[str, Any]) -> Stated:
    return stated(main(case["type"], **plain(case.get("given", {}))))


def errors(made: records.Main) -> list[str]:
    line = encode_record(made, None)
    return [one.code for one in check_line(line, set()).findings if one.level == "error"]


@pytest.mark.parametrize("case", table("disputed"), ids=why)
def test_each_act_passes_the_checks_and_is_of_the_same_subject_and_organ(case):
    before, one = disputed(case), like(about=case["about"])
    marked = records.mark(one, before, said(case["about"]), BY, ON)
    came = records.outcome(
        one, stated(marked, 7), ("partly_upheld", "corrected"), "罚款金额有误。", ON
    )
    right = records.replacement(one, before)
    acts = {
        "objection": marked,
        "objection_outcome": came,
        "withdrawal": records.withdrawal(one, before, ON),
        "amendment": records.amendment(one, before, stated(right, 8), ON),
    }
    for kind, made in acts.items():
        assert errors(made) == [], kind
        assert made["type"] == kind
        assert {name: made[name] for name in COMMON} == {name: before.main[name] for name in COMMON}
        assert made["provenance"] == {"kind": "original"}, "the desk states it itself"
        assert made["decided_on"] == "2026-11-27"
        upon = stated(marked, 7) if kind == "objection_outcome" else before
        assert made["target"] == upon.target
    assert marked["about"] == case["said"]
    for name, value in plain(case.get("same", {})).items():
        assert marked[name] == value
    assert len({made["salt"] for made in acts.values()} | {before.main["salt"]}) == 5
    assert len({made["id"] for made in (marked, came, acts["withdrawal"], right)}) == 4
    assert acts["withdrawal"]["id"] == acts["amendment"]["id"], "either of them ends it"


def test_what_the_subject_wrote_never_goes_into_a_log():
    before = stated(main("penalty"))
    marked = records.mark(NEW, before, said("record"), BY, ON)
    text = encode_record(marked, None).decode()
    assert NEW.subject not in text
    assert NEW.filed_by not in text
    assert "经办人" not in text
    record = decode_main(encode_record(marked, None))
    assert isinstance(record, Objection)
    assert record.begins == NEW.received_on, "it is disputed from the day it was received"
    assert record.received_by == BY


def test_the_outcome_says_number_and_reasons_and_from_when():
    before = stated(main("penalty"))
    marked = stated(records.mark(NEW, before, "不服。", BY, ON), 7)
    made = records.outcome(NEW, marked, ("rejected", "none"), "事实清楚。", ON)
    assert (made["outcome"], made["consequence"]) == ("rejected", "none")
    assert (made["decision_no"], made["reasons"]) == (NEW.number, "事实清楚。")
    assert made["effective_on"] == "2026-11-27"
    assert made["target"] == {
        "origin": NEW.origin, "id": f"objection-{NEW.id}", "entry": marked.entry.hex(),
    }  # fmt: skip


def test_what_is_right_is_the_record_as_it_was_under_another_id():
    value = main("penalty")
    right = records.replacement(NEW, stated(value))
    assert right["id"] == f"objection-new-{NEW.id}"
    assert right["salt"] != value["salt"]
    assert {**right, "id": "", "salt": ""} == {**value, "id": "", "salt": ""}
    changed = records.amendment(NEW, stated(value), stated(right, 9), ON)
    entry = stated(right, 9).entry.hex()
    assert changed["replacement"] == {"id": right["id"], "entry": entry}
    assert NEW.number in str(changed["changed"])
    assert errors(right) == []


def test_a_withdrawal_names_the_objection():
    made = records.withdrawal(NEW, stated(main("penalty")), date(2026, 12, 31))
    assert made["text"] == f"异议成立（{NEW.number}）"
    assert (made["effective_on"], made["reason"]) == ("2026-12-31", "revoked")


@pytest.mark.parametrize("about", ABOUTS)
def test_the_log_says_of_grounds_only_what_is_disputed(about):
    text = said(about)
    assert text == "" if about == "measure" else text.startswith("信用主体对")
    assert "黑名单" not in text
    assert not said("something else")


def test_the_longest_reason_is_still_a_record():
    marked = records.mark(NEW, stated(main("penalty")), "理" * 2_000, BY * 30, ON)
    assert errors(marked) == []
    came = records.outcome(NEW, stated(marked), ("upheld", "removed"), "由\n" * 1_000, ON)
    assert errors(came) == []


@pytest.mark.parametrize(
    ("typed", "kept"),
    [
        ("一、事实清楚。\n二、程序合法。", "一、事实清楚。 二、程序合法。"),
        ("\t一、\n\n\n二、", "一、 二、"),
        ("甲\u2028乙\x0b丙\x0c丁", "甲 乙 丙 丁"),
        ("罚款　2　万元", "罚款 2 万元"),
    ],
)
def test_what_was_written_in_paragraphs_is_one_line_of_the_log(typed, kept):
    marked = records.mark(NEW, stated(main("penalty")), typed, BY, ON)
    came = records.outcome(NEW, stated(marked), ("rejected", "none"), typed, ON)
    assert (marked["grounds"], came["reasons"]) == (kept, kept)
    assert errors(marked) == errors(came) == []
