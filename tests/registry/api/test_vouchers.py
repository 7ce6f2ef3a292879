"""Vouchers over HTTP, for programs: issue, look up, check; every kind of bad input."""

import json

import pytest

from registry.issued import vouchers as desk
from registry.issued.vouchers import CHECK_MAX
from signing.voucher import open_voucher
from tests.fakes.reader import SUBJECT
from tests.registry.world import record, salt

API = "/api/v1/vouchers"


def body(**changes: object) -> dict[str, object]:
    asked = {
        "subject": SUBJECT,
        "territory": "340200",
        "asked_by": "镇江市示例招标代理有限公司",
        "purpose": "示例项目资格审查",
        "consent": True,
    }
    return {key: value for key, value in {**asked, **changes}.items() if value is not None}


async def test_a_program_takes_a_voucher_looks_it_up_and_checks_it(filled):
    issued = await filled.http.post(API, json=body())
    assert issued.status_code == 201
    assert issued.headers["content-type"] == "application/json"
    opened = open_voucher(issued.content, filled.node.charter)
    code = opened.voucher.code
    assert issued.headers["location"] == f"{API}/{code}"
    assert opened.voucher.question.on.isoformat() == "2026-11-23"
    found = (await filled.http.get(f"{API}/{code}")).json()
    assert (found["code"], found["digest"], found["files"]) == (code, opened.digest.hex(), True)
    assert found["issued_at"] == "2026-11-23T04:00:00Z"
    assert len(found["shown"]["records"]) == 3
    assert not {"salt", "decision"} & set(found["shown"])
    checked = await filled.http.post(f"{API}/check", content=issued.content)
    assert checked.status_code == 200
    told = checked.json()
    assert (told["digest"], told["kept"], told["node"]) == (found["digest"], True, "node.example")
    assert told["question"]["subject"] == SUBJECT
    assert "不说明此后任何时刻的情况" in told["statement_zh"]
    assert "does not speak of any later moment" in told["statement_en"]
    assert "records" not in told


async def test_the_check_tells_no_findings_and_the_look_up_only_what_may_be_shown(filled):
    issued = await filled.http.post(API, json=body())
    code = json.loads(issued.content)["voucher"]["code"]
    target = json.loads(issued.content)["voucher"]["records"][0]
    repair = record(
        77, type="repair", id="repair-77", salt=salt(77), effective_on="2026-11-23",
        decided_on="2026-11-23", severity={"class": "unclassified"},
        target={"origin": target["origin"], "id": f"p{target['idx']}", "entry": target["entry"]},
        **dict.fromkeys(("decision_no", "violation_type", "facts", "basis", "kinds", "content",
                         "fine_wan_yuan", "effective_until", "procedure")),
    )  # fmt: skip
    from_line = json.dumps(repair, ensure_ascii=False, sort_keys=True, separators=(",", ":"))
    answer = await filled.publish([from_line.encode()])
    assert answer.json()["quarantined_count"] == 0, answer.text
    found = (await filled.http.get(f"{API}/{code}")).json()
    assert (len(found["shown"]["records"]), found["shown"]["records_total"]) == (2, 2)
    assert not found["files"]
    for kind in ("json", "pdf"):
        gone = await filled.http.get(f"/voucher/{code}.{kind}")
        assert gone.status_code == 410
        assert gone.json()["detail"] == "该信息不存在或已不再公示。"
    checked = await filled.http.post(f"{API}/check", content=issued.content)
    assert target["headline"].split()[0] not in checked.text
    assert checked.json()["kept"]


@pytest.mark.parametrize(
    ("changes", "status", "code"),
    [
        ({"consent": False}, 400, "consent-missing"),
        ({"consent": None}, 400, "invalid-parameter"),
        ({"asked_by": "甲" * 81}, 400, "asker-too-long"),
        ({"purpose": "\u200b"}, 400, "purpose-not-text"),
        ({"on": "2026-11-24"}, 400, "future-date"),
        ({"on": "yesterday"}, 400, "invalid-parameter"),
        ({"territory": "'; DROP TABLE vouchers"}, 400, "unknown-territory"),
        ({"matter": "x" * 10_000}, 400, "unknown-matter"),
        ({"subject": "0" * 32}, 404, "not-found"),
        ({"subject": ["x"]}, 400, "invalid-parameter"),
        ({"more": 1}, 400, "invalid-parameter"),
        ({"purpose": "长" * 40_000}, 413, "too-large"),
    ],
)
async def test_bad_requests_are_named_in_both_languages(filled, changes, status, code):
    answer = await filled.http.post(API, json=body(**changes))
    assert (answer.status_code, answer.json()["code"]) == (status, code), answer.text
    assert answer.json()["detail"]
    assert answer.json()["detail_en"]


async def test_a_lone_surrogate_is_refused_like_any_other_thing_that_is_no_text(filled):
    raw = json.dumps(body(asked_by="甲\ud800乙")).encode()
    answer = await filled.http.post(API, content=raw, headers={"Content-Type": "application/json"})
    assert answer.status_code == 400


@pytest.mark.parametrize(
    ("data", "status", "code"),
    [
        (b"", 400, "voucher-malformed"),
        (b"{}", 400, "voucher-malformed"),
        (b"[" * 100_000, 400, "voucher-malformed"),
        (b"\x00\xff" * 1000, 400, "voucher-malformed"),
        (b"%PDF-1.7 nothing in it", 400, "voucher-missing"),
        (b" " * (CHECK_MAX + 1024 * 1024), 413, "too-large"),
        (b"x" * CHECK_MAX, 400, "voucher-malformed"),
    ],
)
async def test_what_is_no_voucher_is_refused_whatever_it_is(filled, data, status, code):
    answer = await filled.http.post(f"{API}/check", content=data)
    assert (answer.status_code, answer.json()["code"]) == (status, code), answer.text


async def test_a_forged_voucher_is_told_as_such(filled):
    issued = await filled.http.post(API, json=body())
    forged = issued.content.replace("资格审查".encode(), "资格免审".encode())
    answer = await filled.http.post(f"{API}/check", content=forged)
    assert (answer.status_code, answer.json()["code"]) == (403, "bad-signature")
    assert answer.json()["title"] == "签名无效"


async def test_too_many_are_refused_for_a_while(filled, monkeypatch):
    monkeypatch.setattr(filled.app.state["vouchers"], "_issuer", limited(filled))
    assert (await filled.http.post(API, json=body())).status_code == 201
    answer = await filled.http.post(API, json=body())
    assert (answer.status_code, answer.json()["code"]) == (503, "busy")


def limited(filled) -> desk.Issuer:
    issuer = filled.app.state["vouchers"]._issuer
    return desk.Issuer(issuer.node, issuer.public_url, issuer.mirror, 1, 10)


@pytest.mark.parametrize("code", ["0" * 16, "x", "%00", "..%2f", "a" * 5000])
async def test_unknown_codes_answer_alike(filled, code):
    answer = await filled.http.get(f"{API}/{code}")
    assert answer.status_code == 404
    assert answer.json()["code"] in {"unknown-voucher", "not-found"}
