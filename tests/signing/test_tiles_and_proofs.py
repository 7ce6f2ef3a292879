"""tlog-tiles paths and bundles, and tlog-proof files."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from signing.encoding import MAX_INT63
from signing.errors import (
    MalformedCheckpointError,
    MalformedError,
    MalformedNoteError,
    MalformedTileError,
    ProofError,
    SignatureError,
    UnknownKeyError,
)
from signing.merkle import inclusion_proof, leaf_hash
from signing.note import sign_note
from signing.proof import MAX_PROOF, TlogProof, encode_proof, parse_proof, verify_proof
from signing.receipt import make_receipt
from signing.record import entry_of, entry_with_digest, parse_record_line, split_line
from signing.tiles import (
    MAX_ENTRY,
    TileRef,
    entries_path,
    entry_bundle,
    parse_entry_bundle,
    parse_tile_path,
    tile_path,
)
from tests.signing.given import (
    LOG,
    MIRROR,
    OTHER_LOG,
    TIME,
    WITNESS,
    NaiveTree,
    checkpoint_note,
    code_of,
    record_line,
)

LINES = [record_line(number, restricted=number % 2 == 0) for number in range(11)]
ENTRIES = [entry_of(*split_line(line)) for line in LINES]
LEAVES = [leaf_hash(entry) for entry in ENTRIES]
RECEIPT = make_receipt(checkpoint_note(LINES), MIRROR, TIME).note
HASHES = tuple(inclusion_proof(4, 11, NaiveTree(LEAVES).node))


@given(st.none() | st.integers(0, 63), st.integers(0, MAX_INT63), st.integers(1, 256))
def test_tile_paths_survive(level, n, width):
    ref = TileRef(level, n, width)
    assert parse_tile_path(ref.path) == ref


def test_tile_paths_of_the_specification():
    assert tile_path(0, 1_234_067) == "0/x001/x234/067"
    assert tile_path(0, 67, 112) == "0/067.p/112"
    assert tile_path(0, 1067) == "0/x001/067"
    assert entries_path(0) == "entries/000"
    assert parse_tile_path("entries/x001/067.p/1") == TileRef(None, 1067, 1)


@pytest.mark.parametrize(
    "path",
    [
        "", "0", "0/", "0/67", "0/0067", "0/x067", "0/x000/067", "00/067", "64/000", "-1/000",
        "0/001/067", "0/x1/067", "0/067.p", "0/067.p/", "0/067.p/0", "0/067.p/01", "0/067.p/256",
        "0/067.p/1000", "0/067/", "/0/067", "0/../067", "x/067", "Entries/000", "entries/000.p/257",
        "0/x009/x223/x372/x036/x854/x775/808", "0/" + "x999/" * 9 + "999", "0/067\n", "0/０６７",
    ],
)  # fmt: skip
def test_other_spellings_of_tile_paths(path):
    with pytest.raises(MalformedTileError):
        parse_tile_path(path)


@pytest.mark.parametrize(
    ("level", "n", "width"), [(64, 0, 1), (-1, 0, 1), (0, -1, 1), (0, 0, 0), (0, 0, 257)]
)
def test_tiles_out_of_range(level, n, width):
    with pytest.raises(MalformedTileError):
        tile_path(level, n, width)


@given(st.lists(st.binary(max_size=300), min_size=1, max_size=256))
def test_entry_bundles_survive(entries):
    assert parse_entry_bundle(entry_bundle(entries)) == entries


@pytest.mark.parametrize("data", [b"", b"\x00", b"\x00\x01", b"\x00\x02a", b"\x00\x00" * 257])
def test_bad_entry_bundles(data):
    with pytest.raises(MalformedTileError):
        parse_entry_bundle(data)


def test_an_entry_has_a_16_bit_length():
    longest = bytes(MAX_ENTRY)
    assert parse_entry_bundle(entry_bundle([longest])) == [longest]
    with pytest.raises(MalformedTileError):
        entry_bundle([longest + b"x"])


hashes = st.lists(st.binary(min_size=32, max_size=32), max_size=63).map(tuple)


@given(st.integers(0, MAX_INT63), hashes, st.none() | st.binary(max_size=50), st.binary())
def test_proof_files_survive(index, path, extra, note):
    proof = TlogProof(index, path, note, extra)
    assert parse_proof(encode_proof(proof)) == proof


PROOF = encode_proof(TlogProof(4, HASHES, RECEIPT))


def test_a_proof_file_reads_like_the_specification():
    lines = PROOF.decode().split("\n")
    assert lines[:2] == ["c2sp.org/tlog-proof@v1", "index 4"]
    assert lines[2 + len(HASHES)] == ""
    assert PROOF.endswith(b"\n\n" + RECEIPT)
    with_extra = encode_proof(TlogProof(4, HASHES, RECEIPT, b"x"))
    assert with_extra.decode().split("\n")[1] == "extra eA=="


def test_a_proof_verifies():
    proven = verify_proof(PROOF, ENTRIES[4], LOG.vkey, [MIRROR.vkey, WITNESS.vkey])
    assert (proven.index, proven.checkpoint.size) == (4, 11)
    assert [(item.key, item.time) for item in proven.cosignatures] == [(MIRROR.vkey, TIME)]
    assert verify_proof(PROOF, ENTRIES[4], LOG.vkey, []).cosignatures == ()


def test_the_digest_of_the_restricted_part_is_enough():
    record = parse_record_line(LINES[4])
    entry = entry_with_digest(record.main, record.entry[32:])
    assert verify_proof(PROOF, entry, LOG.vkey, []).index == 4


BAD_PROOFS = {
    "empty": b"",
    "header-of-another-version": PROOF.replace(b"@v1", b"@v2"),
    "no-empty-line": PROOF.partition(b"\n\n")[0],
    "no-index": PROOF.replace(b"index 4\n", b""),
    "header-only": b"c2sp.org/tlog-proof@v1\n\n" + RECEIPT,
    "index-negative": PROOF.replace(b"index 4", b"index -4"),
    "index-with-leading-zero": PROOF.replace(b"index 4", b"index 04"),
    "index-before-extra": PROOF.replace(b"index 4\n", b"index 4\nextra eA==\n"),
    "extra-not-base64": PROOF.replace(b"index", b"extra ?\nindex"),
    "extra-too-long": PROOF.replace(b"index", b"extra " + b"AAAA" * 1366 + b"\nindex"),
    "hash-of-31-bytes": PROOF.replace(b"index 4\n", b"index 4\n" + b"AAAA" * 10 + b"AA==\n"),
    "64-hashes": PROOF.replace(b"index 4\n", b"index 4\n" + (b"A" * 43 + b"=\n") * 60),
    "carriage-returns": PROOF.replace(b"\nindex 4\n", b"\r\nindex 4\r\n"),
    "not-ascii": PROOF.replace(b"index 4", "index ４".encode()),
    "too-long": PROOF + bytes(MAX_PROOF),
}


@pytest.mark.parametrize("defect", BAD_PROOFS)
def test_bad_proof_files(defect):
    with pytest.raises(MalformedError) as raised:
        verify_proof(BAD_PROOFS[defect], ENTRIES[4], LOG.vkey, [])
    assert raised.value.code == code_of(defect, "malformed-proof")


def test_proofs_that_do_not_hold():
    for entry, proof in (
        (ENTRIES[5], PROOF),
        (ENTRIES[4], PROOF.replace(b"index 4", b"index 5")),
        (ENTRIES[4], PROOF.replace(b"index 4", b"index 11")),
        (ENTRIES[4], encode_proof(TlogProof(4, HASHES[:-1], RECEIPT))),
    ):
        with pytest.raises(ProofError):
            verify_proof(proof, entry, LOG.vkey, [])
    with pytest.raises(UnknownKeyError):
        verify_proof(PROOF, ENTRIES[4], OTHER_LOG.vkey, [])
    with pytest.raises(SignatureError):
        verify_proof(PROOF.replace(b"\n11\n", b"\n12\n"), ENTRIES[4], LOG.vkey, [])
    with pytest.raises(MalformedNoteError):
        verify_proof(PROOF[:-1], ENTRIES[4], LOG.vkey, [])
    text = encode_proof(TlogProof(4, HASHES, sign_note("text\n", [LOG])))
    with pytest.raises(MalformedCheckpointError):
        verify_proof(text, ENTRIES[4], LOG.vkey, [])
