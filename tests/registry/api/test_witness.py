"""The witness as C2SP tlog-witness wants it: statuses, bodies, and no step back."""

import asyncio
import os
from base64 import b64encode
from dataclasses import dataclass
from hashlib import sha256

import pytest

from registry.api.witness import WitnessDoor, parse_request
from registry.clock import FixedClock
from registry.errors import Refusal
from registry.ledger.cosigned import CosignedFiles
from signing.algorithms import ML_DSA_44
from signing.checkpoint import Checkpoint, open_checkpoint, sign_checkpoint
from signing.cosign import cosign, verify_cosignature
from signing.keys import SigningKey
from signing.merkle import EMPTY_ROOT, CompactRange, consistency_proof, leaf_hash, node_hash
from signing.note import Note, Signature, open_note, parse_note
from tests.registry.world import NANJING, NOON, WUHU, charter, log_key, node_key

LEAVES = [leaf_hash(bytes([i])) for i in range(8)]


def root(size: int) -> bytes:
    tree = CompactRange()
    tree.extend(LEAVES[:size])
    return tree.root()


def node(level: int, index: int) -> bytes:
    if level == 0:
        return LEAVES[index]
    return node_hash(node(level - 1, 2 * index), node(level - 1, 2 * index + 1))


def note(size: int, other: bytes | None = None) -> bytes:
    return sign_checkpoint(Checkpoint(WUHU, size, other or root(size)), log_key(WUHU))


def request(old: int, size: int, signed: bytes | None = None, proof: list[bytes] | None = None):
    path = consistency_proof(old, size, node) if proof is None and 0 < old < size else proof or []
    lines = [f"old {old}", *(b64encode(item).decode() for item in path)]
    return "\n".join(lines).encode() + b"\n\n" + (signed or note(size))


@dataclass
class Witness:
    door: WitnessDoor
    files: CosignedFiles


@pytest.fixture
def witness(tmp_path) -> Witness:
    files = CosignedFiles(tmp_path, "node.example/witness")
    return Witness(WitnessDoor(charter(), node_key("witness"), files, FixedClock(NOON)), files)


async def refused(door: WitnessDoor, body: bytes) -> tuple[int, str]:
    with pytest.raises(Refusal) as caught:
        await door.add_checkpoint(body)
    return caught.value.status, caught.value.detail_code


async def test_a_growing_log_is_cosigned_and_remembered_first(witness):
    for old, size in ((0, 3), (3, 8), (8, 8)):
        line = await witness.door.add_checkpoint(request(old, size))
        text = Checkpoint(WUHU, size, root(size)).text()
        [signature] = parse_note(note(size) + line).signatures[1:]
        seen = verify_cosignature(node_key("witness").vkey, signature, text)
        assert seen.time == int(NOON.timestamp())
        last = witness.files.read(WUHU)
        assert last is not None
        assert (last.size, last.root) == (size, root(size))


async def test_a_witness_may_cosign_with_ml_dsa(tmp_path):
    """tlog-cosignature: the algorithm that should be used for new deployments."""
    key = SigningKey.from_seed("node.example/witness", bytes(32), ML_DSA_44)
    files = CosignedFiles(tmp_path, key.name)
    door = WitnessDoor(charter(), key, files, FixedClock(NOON))
    line = await door.add_checkpoint(request(0, 3))
    [signature] = parse_note(note(3) + line).signatures[1:]
    seen = verify_cosignature(key.vkey, signature, Checkpoint(WUHU, 3, root(3)).text())
    assert seen.time == int(NOON.timestamp())


async def test_two_at_once_are_one_after_the_other(witness):
    bodies = [request(0, 3), request(0, 8)]
    told = await asyncio.gather(
        *(witness.door.add_checkpoint(body) for body in bodies), return_exceptions=True
    )
    assert sum(isinstance(answer, bytes) for answer in told) == 1
    assert sum(isinstance(answer, Refusal) and answer.status == 409 for answer in told) == 1


async def test_nothing_but_growth_is_cosigned(witness):
    await witness.door.add_checkpoint(request(0, 3))
    before = witness.files.read(WUHU)
    wrong = [bytes(32)] * len(consistency_proof(3, 8, node))
    refusals = {
        "another old size": (request(2, 8), (409, "old-size")),
        "a proof that does not hold": (request(3, 8, proof=wrong), (422, "root-mismatch")),
        "no proof": (request(3, 8, proof=[]), (422, "root-mismatch")),
        "same size, other root": (request(3, 3, note(3, bytes(32))), (422, "root-mismatch")),
        "same size with a proof": (request(3, 3, proof=wrong), (422, "root-mismatch")),
        "smaller than the old size": (request(3, 2), (400, "shrinks")),
    }
    for name, (body, expected) in refusals.items():
        assert await refused(witness.door, body) == expected, name
    assert witness.files.read(WUHU) == before


async def test_the_first_checkpoint_needs_no_proof_and_an_empty_tree_its_root(witness):
    assert (await refused(witness.door, request(0, 3, proof=[bytes(32)])))[0] == 422
    assert (await refused(witness.door, request(0, 0, note(0, bytes(32)))))[0] == 422
    assert await witness.door.add_checkpoint(request(0, 0, note(0, EMPTY_ROOT)))


async def test_whose_checkpoint_it_is_decides(witness):
    unknown = sign_checkpoint(Checkpoint("no.example/log", 3, root(3)), log_key("no.example/log"))
    assert await refused(witness.door, request(0, 3, unknown)) == (404, "unknown-log")
    forged = sign_checkpoint(Checkpoint(WUHU, 3, root(3)), log_key(WUHU, 7))
    assert (await refused(witness.door, request(0, 3, forged)))[0] == 403
    assert (await refused(witness.door, request(0, 3, b"no note")))[0] == 400


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"old 1",
        b"new 1\n\nx",
        b"old 01\n\nx",
        b"old -1\n\nx",
        b"old 1\nnot base64\n\nx",
        b"old 1\n\xff\n\nx",
        b"old 1\n" + b"AAAA\n" * 64 + b"\nx",
    ],
)
def test_what_is_no_request_is_malformed(body):
    with pytest.raises(Refusal) as caught:
        parse_request(body)
    assert caught.value.status == 400


async def test_over_http_the_size_comes_in_the_form_of_the_spec(served):
    url = "/witness/add-checkpoint"
    good = await served.http.post(url, content=request(0, 3))
    assert good.status_code == 200
    assert good.text.startswith("— node.example/witness ")
    stale = await served.http.post(url, content=request(0, 8))
    assert (stale.status_code, stale.text) == (409, "3\n")
    assert stale.headers["content-type"] == "text/x.tlog.size"
    bad = await served.http.post(url, content=b"nonsense")
    assert bad.json()["code"] == "malformed-request"


# --- the table of the specification (C2SP tlog-witness, add-checkpoint), in its order, over HTTP

URL = "/witness/add-checkpoint"
MONITOR = f"/witness/{sha256(WUHU.encode()).hexdigest()}/checkpoint"
PROBLEM = "application/problem+json"
SIZE = "text/x.tlog.size"
WRONG = [bytes(32)] * len(consistency_proof(3, 8, node))


def signed_by(key, size: int, more: tuple[Signature, ...] = (), text: str = "") -> bytes:
    """A note made by hand: any text, any lines."""
    text = text or Checkpoint(key.name, size, root(size)).text()
    own = Signature(key.name, key.vkey.key_id, key.sign(text.encode()))
    return Note(text, (*more, own)).encode()


def spoilt(note_: bytes) -> bytes:
    """A note whose last signature is wrong, of a key that is known."""
    parsed = parse_note(note_)
    *others, last = parsed.signatures
    bad = Signature(last.name, last.key_id, last.payload[:-1] + bytes([last.payload[-1] ^ 1]))
    return Note(parsed.text, (*others, bad)).encode()


FORGED = Signature("node.example/witness", node_key("witness").vkey.key_id, bytes(71) + b"\1")
STRANGER = Signature("stranger.example", b"abcd", bytes(64))
UNKNOWN = log_key("no.example/log")
EXTENDED = Checkpoint(WUHU, 3, root(3)).text() + "an extension line\n"

TABLE = [
    # each row: what it is, the request, status, type of the answer, its body (None: a problem)
    ("size 0 with another root", request(0, 0, note(0, bytes(32))), 422, PROBLEM, None),
    ("a proof, though old is 0", request(0, 3, proof=[bytes(32)]), 422, PROBLEM, None),
    ("old is what was never cosigned", request(2, 3), 409, SIZE, "0\n"),
    ("an unknown origin", request(0, 3, signed_by(UNKNOWN, 3)), 404, PROBLEM, None),
    ("of a stranger", request(0, 3, signed_by(log_key(WUHU, 7), 3)), 403, PROBLEM, None),
    ("a known key whose line fails", request(0, 3, spoilt(note(3))), 403, PROBLEM, None),
    ("known, fails, beside a good one", request(0, 3, signed_by(
        log_key(WUHU), 3, (parse_note(spoilt(note(3))).signatures[0],))), 403, PROBLEM, None),
    ("an extension line", request(0, 3, signed_by(log_key(WUHU), 3, (), EXTENDED)), 400, PROBLEM,
     None),
    ("of another log's key", request(0, 3, signed_by(log_key(NANJING), 3, (), note(3).decode()
        .partition("\n\n")[0] + "\n")), 403, PROBLEM, None),
    ("a first one, with forged lines", request(0, 3, signed_by(log_key(WUHU), 3,
        (FORGED, STRANGER))), 200, "text/plain; charset=utf-8", 3),
    ("the same again", request(3, 3), 200, "text/plain; charset=utf-8", 3),
    ("same size, another root", request(3, 3, note(3, bytes(32))), 422, PROBLEM, None),
    ("same size with a proof", request(3, 3, proof=[bytes(32)]), 422, PROBLEM, None),
    ("old above the size", request(3, 2), 400, PROBLEM, None),
    ("without what is known", request(0, 8), 409, SIZE, "3\n"),
    ("an old size between", request(2, 8), 409, SIZE, "3\n"),
    ("old above what is known", request(5, 8), 409, SIZE, "3\n"),
    ("without a proof", request(3, 8, proof=[]), 422, PROBLEM, None),
    ("a wrong proof", request(3, 8, proof=WRONG), 422, PROBLEM, None),
    ("a proof that goes on", request(3, 8, proof=[*consistency_proof(3, 8, node), bytes(32)]), 422,
     PROBLEM, None),
    ("hashes of another length", request(3, 8, proof=[b"short"]), 422, PROBLEM, None),
    ("another root with a good proof", request(3, 8, note(8, bytes(32))), 422, PROBLEM, None),
    ("63 lines of proof, none right", request(3, 8, proof=[bytes(32)] * 63), 422, PROBLEM, None),
    ("64 lines of proof", request(3, 8, proof=[bytes(32)] * 64), 400, PROBLEM, None),
    ("no request at all", b"nonsense", 400, PROBLEM, None),
    ("growth", request(3, 8), 200, "text/plain; charset=utf-8", 8),
    ("what was known before", request(3, 8), 409, SIZE, "8\n"),
    ("back to the smaller tree", request(3, 3), 409, SIZE, "8\n"),
]  # fmt: skip


async def test_the_table_of_the_specification_in_its_order(served):
    size = None
    for name, body, status, kind, said in TABLE:
        answer = await served.http.post(URL, content=body)
        assert (answer.status_code, answer.headers["content-type"]) == (status, kind), name
        if status == 200:
            size = said
            (line,) = answer.text.splitlines(keepends=True)  # this witness's line and no other
            text = Checkpoint(WUHU, size, root(size)).text()
            whole = Note(text, ()).encode() + answer.content
            (seen,) = open_note(whole, [node_key("witness").vkey]).verified
            assert seen[1].line() == line
            assert verify_cosignature(*seen, text).time == int(NOON.timestamp()), name
        elif said is not None:
            assert answer.text == said, name
        else:
            assert answer.json()["status"] == status, name
        monitored = await served.http.get(MONITOR)
        assert monitored.status_code == (404 if size is None else 200), name
        if size is not None:
            keys = [log_key(WUHU).vkey, node_key("witness").vkey]
            opened = open_checkpoint(monitored.content, keys)
            assert (opened.checkpoint.size, set(opened.verified)) == (size, set(keys)), name
            assert len(parse_note(monitored.content).signatures) == 2, name


async def test_monitors_ask_by_the_digest_of_the_origin(served):
    assert (await served.http.post(URL, content=request(0, 3))).status_code == 200
    answer = await served.http.get(MONITOR)
    assert answer.headers["content-type"] == "text/plain; charset=utf-8"
    assert answer.headers["cache-control"] == "public, max-age=2"
    assert answer.content.startswith(note(3))
    for other in (MONITOR.upper(), WUHU, sha256(NANJING.encode()).hexdigest(), "0" * 64, "x"):
        digest = other.removeprefix("/witness/").removesuffix("/checkpoint")
        assert (await served.http.get(f"/witness/{digest}/checkpoint")).status_code == 404


async def test_a_second_line_of_the_log_that_is_wrong_is_not_given_out(witness):
    body = note(3) + parse_note(spoilt(note(3))).signatures[0].line().encode()
    await witness.door.add_checkpoint(request(0, 3, body))
    kept = await witness.door.checkpoint(sha256(WUHU.encode()).hexdigest())
    good, ours = parse_note(kept).signatures
    assert good == parse_note(note(3)).signatures[0]
    assert ours.name == "node.example/witness"


async def test_nothing_leaves_that_was_not_stored(witness, monkeypatch):
    """What is answered first and stored later can be rolled back: the specification lists how."""
    await witness.door.add_checkpoint(request(0, 3))
    before = witness.files.read(WUHU)

    def full(_: int) -> None:
        raise OSError(28, "no space left on device")

    with monkeypatch.context() as patch:
        patch.setattr(os, "fsync", full)
        with pytest.raises(OSError, match="no space"):
            await witness.door.add_checkpoint(request(3, 8))
    assert witness.files.read(WUHU) == before
    assert await witness.door.add_checkpoint(request(3, 8))


async def test_of_many_at_once_one_goes_through_and_nothing_is_rolled_back(served):
    """All start from the same size: whoever is first wins, all others are told his size."""
    assert (await served.http.post(URL, content=request(0, 3))).status_code == 200
    sizes = [4, 5, 6, 7, 8] * 4
    asked = (served.http.post(URL, content=request(3, size)) for size in sizes)
    answers = await asyncio.gather(*asked)
    won = [size for size, answer in zip(sizes, answers, strict=True) if answer.status_code == 200]
    assert len(won) == 1
    refused_ = [answer for answer in answers if answer.status_code != 200]
    assert {(answer.status_code, answer.text) for answer in refused_} == {(409, f"{won[0]}\n")}
    monitored = open_checkpoint((await served.http.get(MONITOR)).content, [log_key(WUHU).vkey])
    assert monitored.checkpoint.size == won[0]


async def test_logs_do_not_wait_for_each_other(witness):
    other = Checkpoint(NANJING, 3, root(3))
    bodies = [request(0, 3), request(0, 3, sign_checkpoint(other, log_key(NANJING)))]
    lines = await asyncio.gather(*map(witness.door.add_checkpoint, bodies))
    assert lines[0] != lines[1]
    assert cosign(node_key("witness"), other.text(), int(NOON.timestamp())).line() in {
        line.decode() for line in lines
    }
