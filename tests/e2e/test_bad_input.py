"""Everything bad that can be sent: its own code, nothing half-stored, and the node lives on.

Each defect of a row goes once to the dry run (unsigned) and once, signed, to admission: what a
log has signed is never refused for content, so there it must end in quarantine under the same
code. Each defect of the envelope is refused alike on both ways.
"""

import base64
import gzip
import json
import re
import resource
import zlib
from collections.abc import AsyncIterator, Callable, Iterator
from dataclasses import dataclass

import httpx
import pytest
import zstandard
from pydantic import SecretStr

from registry.settings import Settings
from signing.batch import BatchHeader, encode_header
from signing.record import encode_record, entry_of, split_line
from tests.registry.api.conftest import BATCH, WUHU, Served, serve
from tests.registry.api.conftest import filled as filled  # noqa: PLC0414 - a fixture
from tests.registry.api.conftest import served as served  # noqa: PLC0414 - a fixture
from tests.registry.world import (
    ELSEWHERE,
    NANJING,
    NODE,
    Publisher,
    charter,
    line,
    log_key,
    open_node,
    record,
    salt,
)

CHECK, ADMIT = f"/log/{WUHU}/check", f"/log/{WUHU}/batch"
TABLES = ("entries", "records", "quarantine", "commits", "checkpoints", "subjects", "tile_hashes",
          "subject_names")  # fmt: skip
EMPTY = dict.fromkeys(TABLES, 0)
KIB, MIB = 1024, 1024 * 1024
UNFILLED = re.compile(r"\{[a-z_]+\}")
BOUND = 48 * MIB
"""How much the process may grow while it refuses a bomb of 256 MiB."""


def unsigned(lines: list[bytes], **header: object) -> bytes:
    fields = {"format": "registry-batch@v1", "origin": WUHU, "from": 0, "to": len(lines), **header}
    return b"\n".join((json.dumps(fields).encode(), *lines, b""))


async def send(
    served: Served, url: str, body: bytes, encoding: str = "identity", **headers: str
) -> httpx.Response:
    told = BATCH | {"Content-Encoding": encoding} | headers
    return await served.http.post(url, content=body, headers=told)


def refused(answer: httpx.Response, status: int, code: str) -> dict[str, object]:
    """Assert an RFC 9457 problem with all its members, in both languages."""
    assert answer.status_code == status, answer.text
    assert answer.headers["content-type"] == "application/problem+json"
    told: dict[str, object] = answer.json()
    assert (told["status"], told["code"]) == (status, code), told
    for member in ("title", "title_en", "detail", "detail_en"):
        text = told[member]
        assert isinstance(text, str)
        assert text.strip(), member
    assert str(told["type"]).startswith("/problems/")
    assert "Traceback" not in answer.text
    return told


def explained(found: dict[str, str]) -> None:
    """Assert that a finding says what is wrong and what would be right, in both languages."""
    for member in ("zh", "en", "expected_zh", "expected_en"):
        assert found[member].strip(), member
        assert not UNFILLED.search(found[member]), f"a place was not filled: {found}"
    assert any("\u4e00" <= char <= "\u9fff" for char in found["zh"] + found["expected_zh"])


async def counts(served: Served) -> dict[str, int]:
    pool = served.node.db.pool
    return {table: await pool.fetchval(f"SELECT count(*) FROM {table}") for table in TABLES}


async def alive(served: Served, publisher: Publisher, number: int = 900) -> None:
    """Assert that the log goes on: a good batch at its end is admitted and can be read."""
    before = (await served.http.get(f"/log/{publisher.origin}/size")).json()["size"]
    assert before == publisher.tree.size
    body = publisher.seal([line(number), line(number + 1)])
    answer = await send(served, f"/log/{publisher.origin}/batch", body)
    assert answer.status_code == 200, answer.text
    assert (answer.json()["accepted"], answer.json()["size"]) == (2, before + 2)
    proof = await served.http.get(f"/log/{publisher.origin}/proof/{before + 1}")
    assert proof.status_code == 200


# --- defects of a row -------------------------------------------------------------------------


@dataclass(frozen=True)
class Bad:
    """A defective row, and the finding that must name it."""

    name: str
    line: bytes
    code: str
    pointer: str

    def __str__(self) -> str:
        return self.name


def swapped(old: bytes, new: bytes) -> bytes:
    clean = line(1)
    assert old in clean
    return clean.replace(old, new, 1)


def firm(**changes: object) -> dict[str, object]:
    known = {"kind": "organisation", "name": "芜湖示例建设有限公司", "uscc": "91340200MA00000231"}
    return known | changes


def restricted(**members: object) -> bytes:
    part = {"salt": salt(77), **members}
    return line(1) + b"\t" + json.dumps(part, sort_keys=True, separators=(",", ":")).encode()


ONE = b'"v":1'
SALT = f'"salt":"{salt(1)}",'.encode()
ROWS = [
    Bad("invalid UTF-8", swapped("芜湖".encode(), b"\xff\xfe"), "invalid-utf8", ""),
    Bad("cut UTF-8", swapped("芜湖".encode(), "芜湖".encode()[:-1]), "invalid-utf8", ""),
    Bad("duplicate key", swapped(ONE, ONE + b"," + ONE), "duplicate-key", ""),
    Bad("space", swapped(ONE, b'"v": 1'), "not-canonical", ""),
    Bad("escaped letter", swapped(b'"p1"', b'"\\u00701"'), "not-canonical", ""),
    Bad("NaN", swapped(ONE, b'"v":NaN'), "number-not-finite", ""),
    Bad("Infinity", swapped(ONE, b'"v":-Infinity'), "number-not-finite", ""),
    Bad("not JSON", b"penalty;1;2", "malformed-json", ""),
    Bad("cut JSON", line(1)[:-1], "malformed-json", ""),
    Bad("empty line", b"", "malformed-json", ""),
    Bad("list", b"[1]", "not-an-object", ""),
    Bad("float", swapped(ONE, b'"v":1.0'), "float-not-allowed", "/v"),
    Bad("exponent", swapped(ONE, b'"v":1e0'), "float-not-allowed", "/v"),
    Bad("large integer", swapped(ONE, b'"v":9007199254740993'), "integer-too-large", "/v"),
    Bad("U+0000", swapped("罚款两千元".encode(), b"\\u0000"), "null-character", "/content"),
    Bad("nesting", swapped(ONE, b'"v":' + b"[" * 40 + b"]" * 40), "nesting-too-deep",
        "/v" + "/0" * 31),
    Bad("abyss", swapped(ONE, b'"v":' + b"[" * 90_000 + b"]" * 90_000), "nesting-too-deep", ""),
    Bad("CR LF", line(1) + b"\r", "carriage-return", ""),
    Bad("unknown type", line(1, type="gossip"), "unknown-type", "/type"),
    Bad("no type", line(1, type=None), "missing-field", "/type"),
    Bad("unknown field", line(1, surprise=1), "unknown-field", "/surprise"),
    Bad("unknown field inside", line(1, subject=firm(x="y")), "unknown-field", "/subject/x"),
    Bad("unknown restricted field", restricted(x="y"), "unknown-field", "/restricted/x"),
    Bad("missing field", line(1, facts=None), "missing-field", "/facts"),
    Bad("no date", line(1, decided_on="2026-02-30"), "bad-date", "/decided_on"),
    Bad("published before decided", line(1, published_on="2026-05-09"), "contradicting-dates",
        "/published_on"),
    Bad("ended before decided", line(1, effective_until="2026-05-09"), "contradicting-dates",
        "/effective_until"),
    Bad("masked name", line(1, subject=firm(name="芜湖***公司")), "masked-value", "/subject/name"),
    Bad("placeholder name", line(1, subject=firm(name="无")), "placeholder-value", "/subject/name"),
    Bad("placeholder text", line(1, facts="无"), "placeholder-value", "/facts"),
    Bad("no salt", swapped(SALT, b""), "missing-salt", ""),
    Bad("short salt", swapped(SALT, b'"salt":"ab",'), "bad-salt", "/salt"),
    Bad("salt of the batch", line(1, salt=salt(0)), "salt-reused", "/salt"),
    Bad("salt of the record", restricted(salt=salt(1)), "salt-reused", "/restricted/salt"),
    Bad("restricted salt of the batch", restricted(salt=salt(0)), "salt-reused",
        "/restricted/salt"),
]  # fmt: skip


@pytest.mark.parametrize("bad", ROWS, ids=str)
async def test_a_bad_row_is_named_when_checked_and_quarantined_when_signed(served, bad):
    lines = [line(0), bad.line, line(2)]
    answer = await send(served, CHECK, unsigned(lines))
    assert answer.status_code == 200, answer.text
    told = answer.json()
    assert (told["total"], told["good"]) == (3, 2)
    assert [row["line"] for row in told["bad"]] == [3]
    findings = told["bad"][0]["findings"]
    assert (bad.code, bad.pointer) in {(one["code"], one["pointer"]) for one in findings}, findings
    assert findings[0]["level"] == "error"
    for one in findings:
        explained(one)
    assert told["counts"][bad.code] == 1
    assert await counts(served) == EMPTY

    answer = await served.publish(lines)
    assert answer.status_code == 200, answer.text
    told = answer.json()
    assert (told["size"], told["accepted"]) == (3, 2)
    assert [row["idx"] for row in told["quarantined"]] == [1]
    assert bad.code in {one["code"] for one in told["quarantined"][0]["findings"]}
    stored = await counts(served)
    assert [stored[t] for t in ("entries", "records", "quarantine", "commits")] == [3, 2, 1, 1]
    row = await served.node.db.pool.fetchrow("SELECT idx, codes FROM quarantine")
    assert row["idx"] == 1
    assert bad.code in row["codes"]
    hidden = await served.http.get(f"/api/v1/records/{WUHU}/1")
    never = await served.http.get(f"/api/v1/records/{WUHU}/99")
    assert (hidden.status_code, hidden.content) == (410, never.content)
    assert (await served.http.get(f"/api/v1/records/{WUHU}/2")).status_code == 200
    await alive(served, served.publisher)


async def test_a_document_number_is_not_repeated_by_any_answer(served):
    number = "11010519491231002X"
    lines = [line(0, facts=f"当事人证件号{number}。"), line(1) + b"\t" + encode_record(
        {"salt": salt(50), number: "x"}
    )]  # fmt: skip
    checked = await send(served, CHECK, unsigned(lines))
    signed = await served.publish(lines)
    assert [row["line"] for row in checked.json()["bad"]] == [2, 3]
    assert [row["idx"] for row in signed.json()["quarantined"]] == [0, 1]
    assert number not in checked.text + signed.text


# --- defects of the envelope ------------------------------------------------------------------


def headed(**changes: object) -> Callable[[bytes], bytes]:
    """Return what rewrites the header: members replaced, or taken away by None."""

    def rewrite(batch: bytes) -> bytes:
        first, _, rest = batch.partition(b"\n")
        fields = {k: v for k, v in (json.loads(first) | changes).items() if v is not None}
        return json.dumps(fields).encode() + b"\n" + rest

    return rewrite


def first_line(text: bytes) -> Callable[[bytes], bytes]:
    return lambda batch: text + batch[batch.index(b"\n") :]


HUGE = b'{"facts":"' + b"a" * (256 * KIB) + b'"}'
ENVELOPES: dict[str, tuple[Callable[[bytes], bytes], int, str]] = {
    "nothing": (lambda _: b"", 400, "truncated"),
    "cut in the header": (lambda batch: batch[:20], 400, "missing-last-newline"),
    "header alone": (lambda batch: batch[: batch.index(b"\n") + 1], 400, "truncated"),
    "a line is missing": (lambda batch: batch[: batch.index(line(2))], 400, "truncated"),
    "a line too many": (lambda batch: batch + line(3) + b"\n", 400, "truncated"),
    "cut in a line": (lambda batch: batch[:-9], 400, "missing-last-newline"),
    "no last LF": (lambda batch: batch[:-1], 400, "missing-last-newline"),
    "huge line": (lambda batch: batch.replace(line(2), HUGE), 413, "line-too-long"),
    "huge last line": (lambda batch: batch[:-1] + b" " * 256 * KIB, 413, "line-too-long"),
    "header no JSON": (first_line(b"registry-batch@v1"), 400, "header-malformed"),
    "header a list": (first_line(b"[]"), 400, "header-malformed"),
    "header not UTF-8": (first_line(b'{"format":"\xff"}'), 400, "header-malformed"),
    "header nested": (first_line(b"[" * 30_000), 400, "header-malformed"),
    "header too long": (first_line(b" " * 65 * KIB), 413, "header-too-long"),
    "header doubled": (
        lambda batch: batch.replace(b"{", b'{"to":3,', 1), 400, "header-malformed"),
    "other format": (headed(format="registry-batch@v2"), 400, "header-malformed"),
    "no origin": (headed(origin=None), 400, "header-malformed"),
    "origin a number": (headed(origin=7), 400, "header-malformed"),
    "lone surrogate": (headed(origin="\ud800"), 400, "header-malformed"),
    "unknown member": (headed(extra=1), 400, "header-malformed"),
    "from a float": (headed(**{"from": 0.0}), 400, "wrong-range"),
    "from a truth value": (headed(**{"from": False}), 400, "wrong-range"),
    "from a text": (headed(**{"from": "0"}), 400, "wrong-range"),
    "from below nought": (headed(**{"from": -1}), 400, "wrong-range"),
    "from after to": (headed(**{"from": 9}), 400, "wrong-range"),
    "beyond 63 bits": (headed(to=2**63), 400, "wrong-range"),
    "too many": (headed(to=50_001), 413, "too-many-records"),
}  # fmt: skip


@pytest.mark.parametrize("kind", ENVELOPES)
async def test_a_bad_envelope_is_refused_whole_and_leaves_nothing(served, kind):
    spoil, status, code = ENVELOPES[kind]
    lines = [line(0), line(1), line(2)]
    for url, body in ((CHECK, unsigned(lines)), (ADMIT, Publisher(WUHU).seal(lines))):
        answer = await send(served, url, spoil(body))
        assert refused(answer, status, code)["instance"] == url
    assert await counts(served) == EMPTY
    await alive(served, served.publisher)


PACKED: dict[str, tuple[str, Callable[[bytes], bytes], str]] = {
    "gzip cut": ("gzip", lambda b: gzip.compress(b)[:-9], "truncated-compression"),
    "zstd cut": ("zstd", lambda b: zstandard.compress(b)[:-5], "truncated-compression"),
    "gzip that is none": ("gzip", lambda b: b, "bad-compression"),
    "zstd that is none": ("zstd", lambda b: b, "bad-compression"),
    "zstd called gzip": ("gzip", zstandard.compress, "bad-compression"),
    "raw deflate": ("gzip", zlib.compress, "bad-compression"),
    "gzip and more": ("gzip", lambda b: gzip.compress(b) + b"more", "bad-compression"),
    "zstd and more": ("zstd", lambda b: zstandard.compress(b) + b"more", "bad-compression"),
    "gzip damaged": ("gzip", lambda b: gzip.compress(b)[:-8] + bytes(8), "bad-compression"),
}


@pytest.mark.parametrize("kind", PACKED)
async def test_bad_packing_is_refused(served, kind):
    encoding, pack, code = PACKED[kind]
    lines = [line(0), line(1), line(2)]
    for url, body in ((CHECK, unsigned(lines)), (ADMIT, Publisher(WUHU).seal(lines))):
        refused(await send(served, url, pack(body), encoding), 400, code)
    assert await counts(served) == EMPTY
    await alive(served, served.publisher)


def bomb(encoding: str, head: bytes, piece: bytes) -> bytes:
    """Return a small upload that unpacks to ``head`` and 256 MiB of ``piece``; never held whole."""
    packer = (
        zlib.compressobj(1, wbits=31)
        if encoding == "gzip"
        else zstandard.ZstdCompressor().compressobj()
    )
    packed = [packer.compress(head)]
    packed += [packer.compress(piece) for _ in range(256 * MIB // len(piece))]
    return b"".join((*packed, packer.flush()))


def pieces() -> Iterator[tuple[bytes, bytes, str]]:
    """Yield a bomb in the header, in one line, and in lines of allowed length; and what is told."""
    head = unsigned([], to=50_000)
    yield b"", b" " * MIB, "header-too-long"
    yield head, b" " * MIB, "line-too-long"
    yield head, b"a" * (128 * KIB - 1) + b"\n", "batch-too-large"


@pytest.mark.parametrize("encoding", ["gzip", "zstd"])
async def test_a_bomb_is_refused_within_bounded_memory(database, tmp_path, encoding):
    limit = Settings(
        node_name=NODE, data_dir=tmp_path, max_upload_bytes=4 * MIB, key_password=SecretStr("x")
    )
    async with open_node(database.service_url, tmp_path) as node, serve(node, limit) as served:
        for head, piece, code in pieces():
            body = bomb(encoding, head, piece)
            assert len(body) < 4 * MIB
            before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
            refused(await send(served, CHECK, body, encoding), 413, code)
            grown = (resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before) * KIB
            assert grown < BOUND, f"{code}: grown by {grown / MIB:.0f} MiB"
        note = json.loads(Publisher(WUHU).seal([line(0)]).split(b"\n")[0])["checkpoint"]
        head = encode_header(BatchHeader(WUHU, 0, 1, note.encode())) + b"\n"
        body = bomb(encoding, head, b" " * MIB)
        refused(await send(served, ADMIT, body, encoding), 413, "line-too-long")
        assert await counts(served) == EMPTY
        await alive(served, served.publisher)


async def test_a_signed_bomb_of_allowed_lines_is_refused(served):
    lines = [b"a" * (256 * KIB)] * 300
    packed = zstandard.compress(Publisher(WUHU).seal(lines))
    refused(await send(served, ADMIT, packed, "zstd"), 413, "batch-too-large")
    assert await counts(served) == EMPTY
    await alive(served, served.publisher)


async def test_cr_lf_added_on_the_way_is_told_from_a_fork(served):
    body = Publisher(WUHU).seal([line(0), line(1)]).replace(b"\n", b"\r\n")
    refused(await send(served, ADMIT, body), 400, "carriage-return")
    assert await counts(served) == EMPTY
    assert await served.node.db.pool.fetchval("SELECT count(*) FROM evidence") == 0
    told = (await send(served, CHECK, unsigned([line(0), line(1)]).replace(b"\n", b"\r\n"))).json()
    assert [row["findings"][0]["code"] for row in told["bad"]] == ["carriage-return"] * 2
    await alive(served, served.publisher)


# --- who signed, and what ---------------------------------------------------------------------


def resigned(spoil: Callable[[bytes], bytes]) -> Callable[[bytes], bytes]:
    """Return what replaces the 68 bytes (key id, signature) of the checkpoint's last line."""

    def rewrite(batch: bytes) -> bytes:
        note = json.loads(batch.split(b"\n", 1)[0])["checkpoint"]
        kept, _, last = note.rstrip("\n").rpartition(" ")
        text = spoil(last.encode()).decode()
        return headed(checkpoint=f"{kept} {text}\n")(batch)

    return rewrite


def loose_bits(text: bytes) -> bytes:
    """Return base64 of the same bytes whose unused last bits are not zero."""
    alphabet = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/"
    assert text.endswith(b"=")
    place = len(text.rstrip(b"=")) - 1
    other = alphabet[alphabet.index(text[place]) | 1]
    loose = text[:place] + bytes([other]) + text[place + 1 :]
    assert loose != text
    assert base64.b64decode(loose) == base64.b64decode(text)
    return loose


def flipped(text: bytes) -> bytes:
    raw = bytearray(base64.b64decode(text))
    raw[-40] ^= 1
    return base64.b64encode(raw)


SIGNATURES: dict[str, tuple[Callable[[bytes], bytes], int, str]] = {
    "loose base64": (resigned(loose_bits), 400, "malformed-base64"),
    "base64 without padding": (resigned(lambda t: t.rstrip(b"=")), 400, "malformed-base64"),
    "URL base64": (resigned(lambda t: b"-_" + t[2:]), 400, "malformed-base64"),
    "a bit flipped": (resigned(flipped), 403, "bad-signature"),
    "not a note": (headed(checkpoint="hello"), 400, "malformed-note"),
    "none": (headed(checkpoint=None), 403, "unsigned-batch"),
    "other to": (headed(to=4), 403, "header-differs"),
    "other from": (
        lambda batch: headed(**{"from": 1})(batch.replace(line(0) + b"\n", b"")),
        409,
        "wrong-position",
    ),
    "other origin": (headed(origin=NANJING), 403, "wrong-origin"),
}


@pytest.mark.parametrize("kind", SIGNATURES)
async def test_a_bad_signature_is_refused_before_anything_is_stored(served, kind):
    spoil, status, code = SIGNATURES[kind]
    body = Publisher(WUHU).seal([line(0), line(1), line(2)])
    told = refused(await send(served, ADMIT, spoil(body)), status, code)
    if code == "wrong-position":
        assert told["size"] == 0
    assert await counts(served) == EMPTY
    await alive(served, served.publisher)


async def test_a_key_that_the_charter_does_not_name_is_unknown(served):
    body = Publisher(WUHU, generation=7).seal([line(0)])
    refused(await send(served, ADMIT, body), 403, "unknown-key")
    other = Publisher(NANJING).seal([line(0)])  # a good key, of another log
    refused(await send(served, ADMIT, headed(origin=WUHU)(other)), 403, "unknown-key")
    assert await counts(served) == EMPTY
    await alive(served, served.publisher)


@pytest.fixture
async def rotated(database, tmp_path) -> AsyncIterator[Served]:
    """A node whose charter has an ended, a valid and a future key of one log."""
    windows = [
        {"from": "2026-01-01T00:00:00Z", "until": "2026-06-01T00:00:00Z"},
        {"from": "2026-05-01T00:00:00Z"},
        {"from": "2028-01-01T00:00:00Z"},
    ]
    keys = [{"vkey": str(log_key(WUHU, n).vkey), **window} for n, window in enumerate(windows)]
    settings = Settings(node_name=NODE, data_dir=tmp_path, key_password=SecretStr("x"))
    async with open_node(database.service_url, tmp_path) as node:
        node.charter = charter(2, {WUHU: keys})
        async with serve(node, settings) as whole:
            yield whole


@pytest.mark.parametrize("generation", [0, 2], ids=["ended", "not yet"])
async def test_a_key_outside_its_window_is_refused(rotated, generation):
    body = Publisher(WUHU, generation=generation).seal([line(0)])
    refused(await send(rotated, ADMIT, body), 403, "expired-key")
    assert await counts(rotated) == EMPTY
    await alive(rotated, Publisher(WUHU, generation=1))


async def test_a_root_that_does_not_follow_is_kept_as_evidence_only(filled):
    before = await counts(filled)
    other = Publisher(WUHU)
    other.seal([line(i) for i in (7, 8, 9)])
    told = refused(await send(filled, ADMIT, other.seal([line(3)])), 422, "root-mismatch")
    assert (told["size"], told["fork"]) == (3, False)
    same = Publisher(WUHU).seal([line(i) for i in (7, 8, 9)])
    assert refused(await send(filled, ADMIT, same), 422, "root-mismatch")["fork"]
    swapped_line = Publisher(WUHU)
    swapped_line.tree = filled.publisher.tree.copy()
    body = swapped_line.seal([line(3)]).replace(line(3), line(4))
    refused(await send(filled, ADMIT, body), 422, "root-mismatch")
    assert await counts(filled) == before
    kinds = await filled.node.db.pool.fetch("SELECT kind FROM evidence ORDER BY kind")
    assert [row["kind"] for row in kinds] == ["fork", "root-mismatch", "root-mismatch"]
    await alive(filled, filled.publisher)


async def test_a_batch_from_another_place_is_told_where_to_resume(filled):
    before = await counts(filled)
    ahead = Publisher(WUHU)
    ahead.seal([line(i) for i in range(5)])
    told = refused(await send(filled, ADMIT, ahead.seal([line(5)])), 409, "wrong-position")
    assert told["size"] == 3
    assert await counts(filled) == before
    await alive(filled, filled.publisher)


# --- acts on what is not one's own ------------------------------------------------------------

PENALTY = ("decision_no", "violation_type", "facts", "basis", "kinds", "content", "procedure",
           "fine_wan_yuan", "effective_until")  # fmt: skip


def repair(number: int, aim: dict[str, str] | None = None, **changes: object) -> bytes:
    """Return a repair of the penalty p0; what changes makes it somebody else's, or of nothing."""
    target = {"origin": WUHU, "id": "p0", "entry": entry_of(*split_line(line(0))).hex()}
    stated = dict.fromkeys(PENALTY) | {
        "type": "repair",
        "decided_on": "2026-09-01",
        "effective_on": "2026-09-02",
        "severity": {"class": "unclassified"},
        "target": target | (aim or {}),
    }
    return encode_record(record(number, **(stated | changes)))


FOREIGN: dict[str, tuple[str, bytes, str]] = {
    "other log": (NANJING, repair(40), "not-competent"),
    "other organ": (WUHU, repair(40, authority={"name": "芜湖市生态环境局"}), "not-competent"),
    "other subject": (
        WUHU, repair(40, subject={"kind": "organisation", "name": "另一家示例公司"}),
        "not-competent"),
    "no such record": (WUHU, repair(40, {"id": "p99"}), "unknown-target"),
    "other bytes": (WUHU, repair(40, {"entry": "ab" * 64}), "target-differs"),
}  # fmt: skip


@pytest.mark.parametrize("kind", FOREIGN)
async def test_a_foreign_repair_is_stored_flagged_and_without_effect(filled, kind):
    origin, act, flag = FOREIGN[kind]
    url = f"/api/v1/records/{WUHU}/0"
    before = (await filled.http.get(url)).json()["view"]
    publisher = filled.publisher if origin == WUHU else Publisher(origin)
    answer = await send(filled, f"/log/{origin}/batch", publisher.seal([act]))
    assert answer.status_code == 200, answer.text
    assert answer.json()["quarantined"] == []
    row = await filled.node.db.pool.fetchrow(
        "SELECT competent, flags FROM records WHERE record_id = 'p40'"
    )
    assert row["competent"] is False
    assert flag in row["flags"]
    after = await filled.http.get(url)
    assert (after.status_code, after.json()["view"]) == (200, before)
    await alive(filled, publisher)


async def hidden_by_its_own_repair(served: Served) -> None:
    answer = await served.publish([repair(40)])
    assert answer.status_code == 200, answer.text
    row = await served.node.db.pool.fetchrow(
        "SELECT competent, flags FROM records WHERE record_id = 'p40'"
    )
    assert (row["competent"], row["flags"]) == (True, [])


async def test_hidden_and_never_existing_are_the_same_bytes(filled):
    await hidden_by_its_own_repair(filled)
    quarantined = await filled.publish([line(41, surprise=1)])
    assert quarantined.json()["accepted"] == 0
    places = (f"{WUHU}/0", f"{WUHU}/3", f"{WUHU}/4", f"{WUHU}/777", "no.example/log/0")
    for form, accept in (("/api/v1/records/", "application/json"), ("/record/", "text/html")):
        answers = [
            await filled.http.get(f"{form}{place}", headers={"Accept": accept}) for place in places
        ]
        assert {answer.status_code for answer in answers} == {410}
        # A page links to itself in the other language: the address that was asked for, no more.
        bodies = {
            answer.text.replace(f"{form}{place}?", "?")
            for place, answer in zip(places, answers, strict=True)
        }
        assert len(bodies) == 1
        if accept == "application/json":
            assert len({answer.content for answer in answers}) == 1
        told = [{k: v for k, v in a.headers.items() if k not in UNEQUAL} for a in answers]
        assert all(headers == told[0] for headers in told)
    assert (await filled.http.get(f"/api/v1/records/{WUHU}/1")).status_code == 200


UNEQUAL = frozenset({"date", "x-request-id", "content-length"})

# --- addresses, types, parameters -------------------------------------------------------------


@pytest.mark.parametrize("act", ["batch", "check"])
async def test_other_types_packings_and_logs_are_refused(served, act):
    body, url = Publisher(WUHU).seal([line(0)]), f"/log/{WUHU}/{act}"
    for media_type in ("application/json", "text/plain", "multipart/form-data", ""):
        answer = await send(served, url, body, **{"Content-Type": media_type})
        refused(answer, 415, "unsupported-type")
    for encoding in ("br", "deflate", "gzip, zstd", "GZIP2"):
        refused(await send(served, url, body, encoding), 415, "unsupported-encoding")
    refused(await send(served, f"/log/no.example/log/{act}", body), 404, "unknown-log")
    assert await counts(served) == EMPTY
    await alive(served, served.publisher)


async def test_another_home_is_named_with_its_address(served):
    body = Publisher(ELSEWHERE).seal([line(0)])
    told = refused(await send(served, f"/log/{ELSEWHERE}/batch", body), 421, "not-home")
    assert (told["home"], told["url"]) == ("node2.example", "https://node2.example")
    assert await counts(served) == EMPTY


@pytest.mark.parametrize(
    ("query", "name"),
    [
        ("", "q"),
        ("q=", "q"),
        ("q=" + "长" * 201, "q"),
        ("q=a&limit=0", "limit"),
        ("q=a&limit=101", "limit"),
        ("q=a&limit=1e9", "limit"),
        ("q=a&limit=" + "9" * 5000, "limit"),
        ("q=a&offset=-1", "offset"),
        ("q=a&offset=99999999", "offset"),
        ("q=a&city=34020", "city"),
        ("q=a&city=%00", "city"),
        ("q=a&type=gossip", "type"),
        ("q=a&date_from=2026-02-30", "date_from"),
        ("q=a&date_to=yesterday", "date_to"),
    ],
)
async def test_parameters_of_a_search_have_limits(served, query, name):
    answer = await served.http.get(f"/api/v1/search?{query}")
    told = refused(answer, 400, "invalid-parameter")
    assert any(name in f"{one['name']}{one['message']}" for one in told["errors"]), told


@pytest.mark.parametrize("text", ["%00", "a%00b", "%FF%FE", "%ED%A0%80", "'%3B--", "%25", "%5C"])
async def test_odd_texts_of_a_search_are_answered_or_refused_never_failed(filled, text):
    answer = await filled.http.get(f"/api/v1/search?q={text}")
    assert answer.status_code in {200, 400}, answer.text
    if answer.status_code == 200:
        assert answer.json()["hits"] == []
    await alive(filled, filled.publisher)
