"""The stored golden vectors: what the generator makes, and verified from the files alone."""

import base64
import hashlib
import json

import pytest

from signing.algorithms import ED25519, ML_DSA_44
from signing.batch import parse_batch
from signing.bundle import open_bundle
from signing.charter import open_charter
from signing.checkpoint import open_checkpoint
from signing.errors import MalformedKeyError, PolicyError, SignatureError
from signing.keys import VerifierKey, parse_vkey
from signing.merkle import leaf_hash, verify_consistency, verify_inclusion
from signing.note import open_note, parse_signature
from signing.policy import parse_policy
from signing.proof import verify_proof
from signing.quorum import open_by_policy
from signing.receipt import open_receipt
from signing.record import entry_of, parse_record_line, split_line
from signing.report import open_report
from signing.status import open_status, set_bits
from signing.voucher import open_voucher
from tests.signing.vectors.generate import FOLDER, MAKERS, differences


def stored(name):
    return json.loads((FOLDER / f"{name}.json").read_text(encoding="utf-8"))


def test_the_generator_makes_exactly_the_stored_files():
    assert differences() == []
    assert len(list(FOLDER.glob("*.json"))) == len(MAKERS)


def test_keys():
    for case in stored("keys"):
        known = parse_vkey(case["vkey"])
        assert (known.name, known.type_byte) == (case["name"], case["type_byte"])
        known.verify(case["message"].encode(), base64.b64decode(case["signature_b64"]))


def test_notes():
    vectors = stored("notes")
    known = [parse_vkey(vkey) for vkey in vectors["keys"]]
    for case in vectors["good"]:
        opened = open_note(case["note"].encode(), known)
        assert opened.text == case["text"]
        assert [str(key) for key in opened.keys] == case["verified"]


def test_algorithms():
    vectors = stored("algorithms")
    text = vectors["checkpoint"]
    for case in vectors["good"]:
        known = parse_vkey(case["vkey"])
        identifier = base64.b64decode(case["identifier_b64"])
        assert base64.b64decode(case["vkey"].split("+", 2)[2]).startswith(identifier)
        known.verify(case["message"].encode(), base64.b64decode(case["signature_b64"]))
        line = parse_signature(case["line"])
        assert (known.verify_note(text.encode(), line.payload) or 0) == case["time"]
        raw = line.payload[8:] if case["time"] or case["type_byte"] == ML_DSA_44 else line.payload
        known.verify(base64.b64decode(case["signed_b64"]), raw)
    for case in vectors["bad"]:
        with pytest.raises(SignatureError):
            open_note(base64.b64decode(case["input_b64"]), [parse_vkey(case["vkey"])])


def test_ed25519_edges():
    outcomes = set()
    for case in stored("ed25519_edges")["signatures"]:
        outcome = "accepted"
        try:
            known = VerifierKey("a", ED25519, bytes.fromhex(case["public"]))
            known.verify(bytes.fromhex(case["message"]), bytes.fromhex(case["signature"]))
        except MalformedKeyError:
            outcome = "weak key"
        except SignatureError:
            outcome = "refused"
        assert outcome == case["outcome"], case["name"]
        outcomes.add(outcome)
    assert len(outcomes) == 3


def test_policies():
    vectors = stored("policies")
    policy = parse_policy(vectors["policy"].encode())
    assert policy.encode().decode() == vectors["canonical"]
    verdict = open_by_policy(vectors["checkpoint"].encode(), policy).verdict
    assert verdict.time == vectors["time"]
    for who in ("by", "missing", "others"):
        assert list(getattr(verdict, who)) == vectors[who]
    with pytest.raises(PolicyError, match=", ".join(vectors["short"]["missing"])):
        open_by_policy(vectors["short"]["checkpoint"].encode(), policy)


def test_records():
    for case in stored("records")["good"]:
        record = parse_record_line(case["line"].encode())
        assert (record.entry.hex(), list(record.salts)) == (case["entry"], case["salts"])


def test_trees_over_the_stored_batch():
    lines = stored("batches")["good"]["lines"]
    leaves = [leaf_hash(entry_of(*split_line(line.encode()))) for line in lines]
    vectors = stored("merkle")
    roots = {int(size): bytes.fromhex(root) for size, root in vectors["roots"].items()}
    for case in vectors["inclusion"]:
        proof = [bytes.fromhex(item) for item in case["proof"]]
        size = case["size"]
        verify_inclusion(case["index"], size, leaves[case["index"]], proof, roots[size])
    for case in vectors["consistency"]:
        proof = [bytes.fromhex(item) for item in case["proof"]]
        old, new = case["old"], case["new"]
        verify_consistency(old, new, roots[old], roots[new], proof)


def test_batches():
    good = stored("batches")["good"]
    header, lines = parse_batch([good["text"].encode()])
    assert (header.origin, header.start, header.end) == (good["origin"], 0, 3)
    assert [line.decode() for line in lines] == good["lines"][:3]


def test_checkpoints_and_receipts():
    vectors = stored("checkpoints")
    log, mirror = parse_vkey(vectors["log"]), parse_vkey(vectors["mirror"])
    checkpoint = open_checkpoint(vectors["checkpoint"].encode(), [log]).checkpoint
    assert (checkpoint.origin, checkpoint.size) == (vectors["origin"], vectors["size"])
    assert checkpoint.root.hex() == vectors["root"]
    assert open_receipt(vectors["receipt"].encode(), [log], [mirror]).time == vectors["time"]


def test_proofs():
    vectors = stored("proofs")
    log = parse_vkey(vectors["log"])
    for case in vectors["good"]:
        proven = verify_proof(case["proof"].encode(), bytes.fromhex(case["entry"]), log, [])
        assert proven.index == case["index"]


def test_charters():
    vectors = stored("charters")
    assert open_charter(vectors["note"].encode()).digest.hex() == vectors["digest"]


def test_vouchers():
    vectors = stored("vouchers")
    opened = open_voucher(vectors["file"].encode(), open_charter(vectors["charter"].encode()))
    assert (opened.digest.hex(), opened.time, opened.key) == (
        vectors["digest"],
        vectors["time"],
        vectors["key"],
    )
    assert hashlib.sha256(vectors["text"].encode()).hexdigest() == vectors["digest"]


def test_reports():
    vectors = stored("reports")
    opened = open_report(vectors["file"].encode(), open_charter(vectors["charter"].encode()))
    assert (opened.digest.hex(), opened.time, opened.key) == (
        vectors["digest"],
        vectors["time"],
        vectors["key"],
    )
    assert [one.record.entry.hex() for one in opened.records] == vectors["entries"]


def test_bundles():
    vectors = stored("bundles")
    opened = open_bundle(vectors["file"].encode(), open_charter(vectors["charter"].encode()))
    assert (opened.digest.hex(), opened.time, opened.key) == (
        vectors["digest"],
        vectors["time"],
        vectors["key"],
    )
    assert (opened.record.entry.hex(), opened.index) == (vectors["entry"], vectors["index"])


def test_status_lists():
    vectors = stored("statuses")
    opened = open_status(vectors["file"].encode(), open_charter(vectors["charter"].encode()))
    assert (opened.time, opened.until, opened.key) == (
        vectors["time"],
        vectors["until"],
        vectors["key"],
    )
    assert opened.bits == set_bits(set(vectors["standing"]))


@pytest.mark.parametrize(
    "name",
    [
        "algorithms", "policies",
        "notes", "records", "batches", "checkpoints", "proofs", "charters", "vouchers", "bundles",
        "reports",
        "statuses",
    ],
)  # fmt: skip
def test_each_format_has_bad_vectors_named_by_their_defect(name):
    names = [case["name"] for case in stored(name)["bad"]]
    assert len(names) >= 9
    assert len(set(names)) == len(names)
