"""A bundle replays offline, and whatever is altered in it is named."""

import json
from datetime import date
from hashlib import sha256

import msgspec
import pytest
from msgspec.structs import replace

from registry.standards import bundle as module
from registry.standards.answer import answer
from registry.standards.bundle import ReplayRefusal, encode_bundle, replay
from registry.standards.cases import known_of, records_of
from registry.standards.model import Ask
from registry.standards.statutes import STATUTES

ASK = Ask("T/CAS 290-2017", "320100", "tender", date(2024, 9, 1))
GIVEN = [
    {"standard": {"id": "s", "number": "T/CAS 290-2017", "effective_on": "2017-10-01"}},
    {
        "standard_recognition": {
            "id": "r",
            "number": "T/CAS 290-2017",
            "in_force_from": "2020-01-01",
            "conditions": ["附“检验报告”"],
        }
    },
    {
        "recognition_change": {
            "id": "c",
            "of": "r",
            "change": "suspended",
            "effective_on": "2025-01-01",
        }
    },
]
KNOWN = known_of(records_of(GIVEN))
ANSWER = answer(ASK, KNOWN)


@pytest.fixture
def saved() -> dict:
    return json.loads(encode_bundle(ASK, KNOWN, ANSWER))


def refused(saved: object, **arguments: object) -> ReplayRefusal:
    data = saved if isinstance(saved, bytes) else json.dumps(saved, ensure_ascii=False).encode()
    with pytest.raises(ReplayRefusal) as caught:
        replay(data, **arguments)
    return caught.value


def test_it_replays_and_is_canonical(saved):
    data = encode_bundle(ASK, KNOWN, ANSWER)
    assert replay(data) == ANSWER
    assert ANSWER.verdict == "conditionally"
    assert (
        data
        == json.dumps(saved, ensure_ascii=False, sort_keys=True, separators=(",", ":")).encode()
    )
    assert [one["id"] for one in saved["records"]] == ["s", "r", "c"]
    assert all(
        one["entry"][:64] == sha256(one["main"].encode()).hexdigest() for one in saved["records"]
    )


def test_an_answer_to_another_question_is_not_written():
    with pytest.raises(ReplayRefusal, match="the answer is to another question") as caught:
        encode_bundle(replace(ASK, use="funds"), KNOWN, ANSWER)
    assert caught.value.what == "ask"


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"{}",
        b"[]",
        b"\xff\xfe",
        b'{"v":2,"answer":null,"records":[]}',
        b"[" * 100_000,
    ],
)
def test_what_is_no_bundle_is_refused(data):
    refusal = refused(data)
    assert (refusal.what, refusal.code, refusal.status) == (
        "format",
        "standard-replay-differs",
        422,
    )
    assert refusal.zh == "不是标准答复文件（format）。"
    assert refusal.en == "not such a file (format)."
    assert refusal.detail_code == "differs:format"


def test_a_file_that_is_too_large_is_not_read(monkeypatch, saved):
    data = json.dumps(saved).encode()
    monkeypatch.setattr(module, "BYTES_MAX", len(data))
    assert replay(data) == ANSWER
    monkeypatch.setattr(module, "BYTES_MAX", len(data) - 1)
    assert refused(data).what == "size"


def test_a_member_that_is_not_known_is_refused(saved):
    assert refused({**saved, "more": 1}).what == "format"


def test_an_altered_body_is_named_by_its_place(saved):
    one = saved["records"][1]
    one["main"] = one["main"].replace("附“检验报告”", "无条件")
    refusal = refused(saved)
    assert refusal.what == "logs.example/320100/1"
    assert "信息内容已被改动" in refusal.zh


def test_a_body_that_is_no_record_is_named(saved):
    one = saved["records"][0]
    one["main"] = '{"type":"nonsense"}'
    one["entry"] = sha256(one["main"].encode()).hexdigest() + "0" * 64
    refusal = refused(saved)
    assert (refusal.what, "信息无法读取" in refusal.zh) == ("logs.example/320100/0", True)


def test_a_record_under_another_id_is_refused(saved):
    saved["records"][0]["id"] = "other"
    assert "不是关于标准的信息" in refused(saved).zh


def test_a_record_of_another_kind_is_refused(saved):
    main = json.loads(saved["records"][0]["main"])
    for name in ("number", "title", "obligation", "effective_on"):
        main.pop(name)
    main["type"], main["content"] = "self_declaration", ""
    main.pop("content")
    main.update({"number": "T/CAS 290-2017", "product": "锂电池", "declared_on": "2024-01-01"})
    text = json.dumps(main, ensure_ascii=False, sort_keys=True, separators=(",", ":"))
    saved["records"][0]["main"] = text
    saved["records"][0]["entry"] = sha256(text.encode()).hexdigest() + "0" * 64
    assert "不是关于标准的信息" in refused(saved).zh


def test_a_place_that_occurs_twice_is_refused(saved):
    saved["records"].append(saved["records"][0])
    assert refused(saved).zh == "同一位置出现两次（logs.example/320100/0）。"


def test_a_record_left_out_is_noticed(saved):
    saved["records"].pop()
    assert refused(saved).what == "inputs.records, changes_on"


def test_an_altered_answer_is_named_by_its_members(saved):
    saved["answer"]["verdict"] = "yes"
    saved["answer"]["conditions"] = []
    assert refused(saved).what == "verdict, conditions"


def test_another_place_of_a_record_is_noticed(saved):
    saved["records"][1]["idx"] = 7
    assert refused(saved).what == "inputs.records, chain"


def test_another_edition_of_the_law_is_named(saved):
    law = replace(STATUTES, rows=STATUTES.rows[:3])
    assert refused(saved, statutes=law).what == "inputs.statutes, statutes"


def test_an_answer_of_nothing_replays():
    known = known_of([])
    got = answer(ASK, known)
    assert replay(encode_bundle(ASK, known, got)) == got
    assert msgspec.json.decode(encode_bundle(ASK, known, got))["records"] == []
