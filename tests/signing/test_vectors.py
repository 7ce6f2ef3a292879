"""Vectors that others made: transparency-dev/merkle, golang/mod, C2SP, pq-crystals (FIPS 204)."""

import base64
import json
from hashlib import sha256

import pytest

from signing.algorithms import ML_DSA_44
from signing.errors import MalformedKeyError, ProofError, SigningError
from signing.keys import SigningKey, parse_vkey
from signing.merkle import (
    EMPTY_ROOT,
    CompactRange,
    consistency_proof,
    inclusion_proof,
    leaf_hash,
    verify_consistency,
    verify_inclusion,
    verify_subtree_consistency,
    verify_subtree_inclusion,
)
from signing.note import open_note, sign_note
from tests.signing.given import NaiveTree

SPEC_VKEY = "example.com/foo+530d903a+AekyeRrm56hApGFkyQR4ZCbV54Id2LKaANYcrnKv3U2k"
SPEC_SIGNATURE = (
    "Uw2QOkn8srV1yJGh2VYRlL1Tnagv1YEq6TfXppzi2ONncAlTgK7Ztg1ERYNZXsYjOBH3mFXmRKuwHjG1Yu72IneyaQM="
)


def decoded(text):
    return base64.b64decode(text)


def verify_case(case):
    proof = [decoded(item) for item in case["proof"] or []]
    if case["kind"] == "inclusion":
        leaf, root = decoded(case["leafHash"]), decoded(case["root"])
        verify_inclusion(case["leafIdx"], case["treeSize"], leaf, proof, root)
    elif case["kind"] == "consistency":
        roots = decoded(case["root1"]), decoded(case["root2"])
        verify_consistency(case["size1"], case["size2"], *roots, proof)
    elif case["kind"] == "subtreeinclusion":
        span = case["start"], case["end"]
        leaf, root = decoded(case["leafHash"]), decoded(case["root"])
        verify_subtree_inclusion(case["leafIdx"], span, leaf, proof, root)
    else:
        assert case["kind"] == "subtreeconsistency"
        span = case["start"], case["end"]
        roots = decoded(case["root1"]), decoded(case["root2"])
        verify_subtree_consistency(span, case["size"], *roots, proof)


def test_rfc6962_proof_vectors(shared_data):
    lines = (shared_data / "vectors/rfc6962_merkle/proof_vectors.ndjson").read_text().splitlines()
    assert len(lines) == 518
    wrong = []
    for case in map(json.loads, lines):
        try:
            verify_case(case)
            refused = False
        except ProofError:
            refused = True
        if refused != case["wantErr"]:
            wrong.append(case["path"])
    assert wrong == []


def test_rfc6962_reference_tree(shared_data):
    tree = json.loads((shared_data / "vectors/rfc6962_merkle/reference_tree.json").read_text())
    leaves = [leaf_hash(bytes.fromhex(item)) for item in tree["leaf_inputs_hex"]]
    roots = [bytes.fromhex(item) for item in tree["root_by_size_hex"]]
    assert roots[0] == EMPTY_ROOT
    edge = CompactRange()
    assert edge.root() == roots[0]
    for size, leaf in enumerate(leaves, 1):
        edge.extend([leaf])
        assert edge.root() == roots[size] == NaiveTree(leaves[:size]).root()
    levels = [[bytes.fromhex(h) for h in level] for level in tree["node_hashes_by_level_hex"]]
    for index, leaf in enumerate(leaves):
        proof = inclusion_proof(index, 8, lambda level, n: levels[level][n])
        verify_inclusion(index, 8, leaf, proof, roots[8])
    for old in range(1, 9):
        proof = consistency_proof(old, 8, lambda level, n: levels[level][n])
        verify_consistency(old, 8, roots[old], roots[8], proof)


def test_signed_note_vectors(shared_data):
    cases = json.loads((shared_data / "vectors/c2sp_signed_note/notes.json").read_text())
    assert len(cases["notes"]) == 15
    codes = {
        "malformed": "malformed-note",
        "no verifiable signatures": "unknown-key",
        "ambiguous key": "ambiguous-key",
        "invalid signature": "bad-signature",
    }
    for case in cases["notes"]:
        data = case["note"].encode() if "note" in case else decoded(case["note_b64"])
        keys = [parse_vkey(vkey) for vkey in case["vkeys"]]
        expected = case["expect"]
        if expected["ok"]:
            opened = open_note(data, keys)
            assert [known.name for known in opened.keys] == expected["verified"], case["name"]
            assert [s.name for s in opened.unverified] == expected["unverified"], case["name"]
        else:
            with pytest.raises(SigningError) as raised:
                open_note(data, keys)
            reason = next(code for text, code in codes.items() if text in expected["error"])
            assert raised.value.code == reason, case["name"]


def test_vkeys_of_the_vectors(shared_data):
    cases = json.loads((shared_data / "vectors/c2sp_signed_note/notes.json").read_text())
    for text in cases["vkeys_valid"]:
        assert str(parse_vkey(text)) == text
        parts = {text[i:j] for i in range(len(text)) for j in range(i + 1, len(text) + 1)} - {text}
        bumped = {text[:i] + chr(ord(text[i]) + 1) + text[i + 1 :] for i in range(len(text))}
        for bad in parts | bumped:
            with pytest.raises(MalformedKeyError):
                parse_vkey(bad)
    for case in cases["vkeys_invalid"]:
        if "vkey" in case:
            with pytest.raises(MalformedKeyError):
                parse_vkey(case["vkey"])


def test_deterministic_signing_vector(shared_data):
    cases = json.loads((shared_data / "vectors/c2sp_signed_note/notes.json").read_text())
    case = cases["deterministic_signing"]
    _, _, name, _, encoded = case["skey"].split("+", 4)
    signer = SigningKey.from_seed(name, decoded(encoded)[1:])
    assert sign_note(case["text"], [signer]).decode() == case["expected_note"]


def test_the_example_of_the_signed_note_specification():
    known = parse_vkey(SPEC_VKEY)
    note = f"This is an example message.\n\n— example.com/foo {SPEC_SIGNATURE}\n".encode()
    assert known.key_id.hex() == "530d903a"
    assert open_note(note, [known]).keys == (known,)


# Of the 100 known answers that come with the reference implementation of FIPS 204 (pq-crystals,
# kat_MLDSA_44_det_pure.rsp), and the first of Wycheproof's ML-DSA-44 seeds: the seed, and the
# SHA-256 of the public key. Their signatures are made with contexts, and ours have none.
ML_DSA_KEYS = {
    "f696484048ec21f96cf50a56d0759c448f3779752f0383d37449690694cf7a68": (
        "18288249b90bcbd48d473d2a507cc3c1e95e040f639ac3333a8ed1891de14552"
    ),
    "6de62e3465a55c9c78a07d265be8540b3e58b0801a124d07ff12b438d5202ea0": (
        "8d91b9927e331d039df029d6960679e87f4f8411231ef874ec4ba85ec780d18e"
    ),
    "79ef39b4c660ad5ef9be80c2de1f81941c7e82f620de9964104d3446573c8435": (
        "d18845fc6a7260058baf88c20b02abc9cc0f45cb25a75b876ddb408a9b28819f"
    ),
    "757249d617ffe21cb99c7af47efcd1909e40dc9a95010c2361f071f60a44ecec": (
        "f1e4070650911dcfa3f68ee5d27057d3450d477cbb2a2aada083b1babddcb670"
    ),
    "2a" * 32: "d87f8ca136ac1aa55e2d6c4521680efb3a378cbb9bc0bfb446e9c60893931ea3",
}


@pytest.mark.parametrize("seed", ML_DSA_KEYS)
def test_ml_dsa_keys_are_those_of_the_reference(seed):
    made = SigningKey("a", bytes.fromhex(seed), ML_DSA_44)
    assert sha256(made.vkey.public).hexdigest() == ML_DSA_KEYS[seed]
