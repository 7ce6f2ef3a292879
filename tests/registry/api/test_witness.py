"""The witness as C2SP tlog-witness wants it: statuses, bodies, and no step back."""

import asyncio
from base64 import b64encode
from dataclasses import dataclass

import pytest

from registry.api.witness import WitnessDoor, parse_request
from registry.clock import FixedClock
from registry.errors import Refusal
from registry.ledger.cosigned import CosignedFiles
from signing.checkpoint import Checkpoint, sign_checkpoint
from signing.cosign import verify_cosignature
from signing.merkle import EMPTY_ROOT, CompactRange, consistency_proof, leaf_hash, node_hash
from signing.note import parse_note
from tests.registry.world import NOON, WUHU, charter, log_key, node_key

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
