"""Check and admit over HTTP: packing, bounds, refusals as problems, the same receipt twice."""

import gzip
from hashlib import sha256

import pytest
import zstandard

from signing.batch import BatchHeader, encode_batch
from signing.receipt import open_receipt
from tests.registry.api.conftest import BATCH, WUHU
from tests.registry.world import ELSEWHERE, NODE, REGION, Publisher, line, log_key, node_key

URL = f"/log/{WUHU}/batch"


def problem(answer, status: int, code: str) -> dict[str, object]:
    assert answer.status_code == status, answer.text
    assert answer.headers["content-type"] == "application/problem+json"
    body = answer.json()
    assert body["status"] == status
    assert body["code"] == code
    assert body["title"]
    assert body["title_en"]
    assert body["detail"]
    assert body["detail_en"]
    assert body["type"].startswith("/problems/")
    return body


async def test_a_batch_brings_its_receipt_and_the_same_bytes_the_same_one(served):
    body = served.publisher.seal([line(0), line(1)])
    first = await served.http.post(URL, content=body, headers=BATCH)
    again = await served.http.post(URL, content=body, headers=BATCH)
    assert (first.status_code, again.status_code) == (200, 200)
    told = first.json()
    receipt = open_receipt(
        told["receipt"].encode(), [log_key(WUHU).vkey], [node_key("mirror").vkey]
    )
    assert (receipt.size, receipt.root.hex()) == (2, told["root"])
    assert (told["accepted"], told["repeated"]) == (2, False)
    assert again.json()["repeated"]
    assert again.json()["receipt"] == told["receipt"]


@pytest.mark.parametrize(
    ("encoding", "pack"),
    [
        ("gzip", gzip.compress),
        ("x-gzip", gzip.compress),
        ("zstd", zstandard.compress),
        ("identity", bytes),
    ],
)
async def test_a_batch_may_be_packed(served, encoding, pack):
    body = pack(served.publisher.seal([line(0)]))
    answer = await served.http.post(
        URL, content=body, headers=BATCH | {"Content-Encoding": encoding}
    )
    assert answer.status_code == 200, answer.text


@pytest.mark.parametrize(
    ("headers", "code"),
    [
        (BATCH | {"Content-Encoding": "br"}, "unsupported-encoding"),
        ({"Content-Type": "application/json"}, "unsupported-type"),
        ({"Content-Type": ""}, "unsupported-type"),
    ],
)
async def test_other_types_and_packings_are_named(served, headers, code):
    problem(await served.http.post(URL, content=b"x", headers=headers), 415, code)


async def test_refusals_carry_what_the_sender_needs(filled):
    late = Publisher(WUHU).seal([line(9)])
    ahead = Publisher(WUHU)
    ahead.seal([line(i) for i in range(20, 30)])
    told = problem(
        await filled.http.post(URL, content=ahead.seal([line(31)]), headers=BATCH),
        409,
        "wrong-position",
    )
    assert told["size"] == 3
    assert told["instance"] == URL
    other = await filled.http.post(URL, content=late, headers=BATCH)
    assert problem(other, 422, "root-mismatch")["size"] == 3
    elsewhere = Publisher(ELSEWHERE).seal([line(0)])
    answer = await filled.http.post(f"/log/{ELSEWHERE}/batch", content=elsewhere, headers=BATCH)
    assert problem(answer, 421, "not-home")["url"] == "https://node2.example"
    unknown = await filled.http.post("/log/no.example/log/batch", content=late, headers=BATCH)
    problem(unknown, 404, "unknown-log")
    bare = encode_batch(BatchHeader(WUHU, 3, 4, None), [line(40)])
    problem(await filled.http.post(URL, content=bare, headers=BATCH), 403, "unsigned-batch")


@pytest.mark.parametrize(
    ("body", "status", "code"),
    [
        (b"", 400, "truncated"),
        (b"{}\n", 400, "header-malformed"),
        (b"x" * 70_000, 413, "header-too-long"),
        (b"\x28\xb5\x2f\xfd", 400, "missing-last-newline"),
    ],
)
async def test_what_is_no_batch_is_told_so(served, body, status, code):
    problem(await served.http.post(URL, content=body, headers=BATCH), status, code)


async def test_an_upload_has_its_own_bound_and_nothing_is_stored(served):
    """The settings of the fixture allow 1 MiB packed."""
    header = encode_batch(BatchHeader(WUHU, 0, 0, None), [])
    answer = await served.http.post(
        f"/log/{WUHU}/check", content=header + b"x" * 2_000_000, headers=BATCH
    )
    assert answer.status_code == 413
    assert answer.json()["type"] == "/problems/too-large"
    assert (await served.http.get(f"/log/{WUHU}/size")).json()["size"] == 0


async def test_a_dry_run_names_every_bad_row_and_stores_nothing(served):
    lines = [line(0), line(1, decided_on="2026-13-01"), line(2, surprise=1), line(3, id="p0")]
    batch = encode_batch(BatchHeader(WUHU, 0, 4, None), lines)
    answer = await served.http.post(f"/log/{WUHU}/check", content=batch, headers=BATCH)
    told = answer.json()
    assert answer.status_code == 200
    assert told["total"] == 4
    assert [row["line"] for row in told["bad"]][:2] == [3, 4]
    finding = told["bad"][0]["findings"][0]
    assert finding["pointer"] == "/decided_on"
    assert finding["zh"]
    assert finding["expected_en"]
    assert sum(told["counts"].values()) >= 2
    assert (await served.http.get(f"/log/{WUHU}/size")).json()["size"] == 0
    unknown = await served.http.post("/log/no.example/log/check", content=batch, headers=BATCH)
    problem(unknown, 404, "unknown-log")


async def test_what_was_signed_in_spite_of_errors_is_listed_as_quarantined(served):
    answer = await served.publish([line(0), line(1, surprise=1)])
    told = answer.json()
    assert (told["accepted"], told["size"]) == (1, 2)
    assert [row["idx"] for row in told["quarantined"]] == [1]
    assert told["quarantined"][0]["findings"][0]["level"] == "error"


async def test_an_attachment_comes_after_the_record_that_names_it(served):
    body = b"rules: []\n"
    digest = sha256(body).hexdigest()
    office = Publisher(REGION)
    rulebook = line(
        0,
        type="rulebook",
        edition="2026-1",
        title="示例规则汇编",
        book_digest=digest,
        effective_from="2026-05-01",
        attachments=[
            {"name": "rules.yaml", "sha256": digest, "size": len(body), "media_type": "text/yaml"}
        ],
        **dict.fromkeys(
            (
                "decision_no",
                "violation_type",
                "facts",
                "basis",
                "kinds",
                "content",
                "fine_wan_yuan",
                "effective_until",
                "procedure",
            )
        ),
    )
    url = f"/log/{REGION}/attachment/{digest}"
    problem(await served.http.put(url, content=body), 404, "not-found")
    sent = await served.http.post(
        f"/log/{REGION}/batch", content=office.seal([rulebook]), headers=BATCH
    )
    assert sent.json()["quarantined"] == []
    problem(await served.http.put(url, content=b"other"), 400, "attachment-differs")
    problem(await served.http.put(url, content=body * 9), 413, "attachment-differs")
    stored = await served.http.put(url, content=body)
    assert stored.json() == {"sha256": digest, "size": len(body)}
    got = await served.http.get(url)
    assert got.content == body
    assert "immutable" in got.headers["cache-control"]
    assert got.headers["content-disposition"].startswith("attachment")
    problem(await served.http.put(f"/log/{REGION}/attachment/xyz"), 400, "invalid-parameter")
    assert NODE in (await served.http.get(f"/log/{REGION}/checkpoint")).text


async def test_no_route_of_a_log_knows_one_that_the_charter_does_not(served):
    log, batch = "/log/no.example/log", encode_batch(BatchHeader("no.example/log", 0, 0, None), [])
    digest = "0" * 64
    gets = ("checkpoint", "tile/0/000", "tile/entries/000", "proof/0", "size")
    for path in (*gets, f"attachment/{digest}"):
        problem(await served.http.get(f"{log}/{path}"), 404, "unknown-log")
    for path in ("batch", "check"):
        answer = await served.http.post(f"{log}/{path}", content=batch, headers=BATCH)
        problem(answer, 404, "unknown-log")
    problem(await served.http.put(f"{log}/attachment/{digest}", content=b"x"), 404, "unknown-log")


async def test_a_method_that_is_not_allowed_is_told_with_those_that_are(served):
    for answer, allowed in (
        (await served.http.get(URL), {"POST"}),
        (await served.http.delete(f"/log/{WUHU}/size"), {"GET", "HEAD"}),
        (await served.http.post("/logs", headers={"Accept": "text/html"}), {"GET", "HEAD"}),
    ):
        assert answer.status_code == 405
        assert allowed <= {name.strip() for name in answer.headers["allow"].split(",")}
