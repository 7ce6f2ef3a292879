"""Trees and proofs against a naive reference, and every way in which a proof fails."""

from hashlib import sha256

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from signing.errors import MalformedTileError, ProofError
from signing.merkle import (
    EMPTY_ROOT,
    CompactRange,
    consistency_proof,
    inclusion_proof,
    node_hash,
    subtree_root,
    verify_consistency,
    verify_inclusion,
    verify_subtree_consistency,
    verify_subtree_inclusion,
)
from signing.tiles import TileReader, available_width
from tests.signing.given import NaiveTree

LEAVES = [sha256(b"leaf %d" % number).digest() for number in range(600)]
sizes = st.integers(1, 70)


def read_tile(level, n, width):
    """Hashes of a tile of the naive tree, computed from the leaves."""
    span = 256**level
    tree = NaiveTree(LEAVES)
    starts = [(n * 256 + i) * span for i in range(width)]
    return b"".join(tree.root(start, start + span) for start in starts)


@given(st.lists(st.integers(0, 40), max_size=5))
def test_extending_in_any_steps_gives_the_naive_root(steps):
    edge, size = CompactRange(), 0
    for step in steps:
        edge.extend(LEAVES[size : size + step])
        size += step
        assert edge.size == size
        assert edge.root() == NaiveTree(LEAVES[:size]).root()
        assert len(edge.hashes) == size.bit_count()


@given(st.integers(0, 300), st.integers(0, 40))
def test_a_compact_range_survives_storage_and_copies_are_apart(size, more):
    edge = CompactRange()
    edge.extend(LEAVES[:size])
    stored = CompactRange.from_bytes(size, edge.to_bytes())
    copied = edge.copy()
    stored.extend(LEAVES[size : size + more])
    assert stored.root() == subtree_root(LEAVES[: size + more])
    assert (edge.size, edge.root()) == (copied.size, copied.root())
    assert edge.root() == subtree_root(LEAVES[:size])


@pytest.mark.parametrize(("size", "length"), [(-1, 0), (0, 32), (1, 0), (3, 32), (4, 33), (5, 96)])
def test_stored_range_of_another_size_is_refused(size, length):
    with pytest.raises(ProofError):
        CompactRange.from_bytes(size, bytes(length))


@given(st.data(), sizes)
def test_inclusion_proofs_are_path_of_the_rfc_and_verify(data, size):
    index = data.draw(st.integers(0, size - 1))
    tree = NaiveTree(LEAVES[:size])
    proof = inclusion_proof(index, size, tree.node)
    assert proof == tree.path(index, 0, size)
    verify_inclusion(index, size, LEAVES[index], proof, tree.root())
    verify_subtree_inclusion(index, (0, size), LEAVES[index], proof, tree.root())
    with pytest.raises(ProofError):
        verify_inclusion(index, size, LEAVES[index + 1], proof, tree.root())


@given(st.data(), sizes)
def test_consistency_proofs_are_proof_of_the_rfc_and_verify(data, new):
    old = data.draw(st.integers(1, new))
    tree = NaiveTree(LEAVES[:new])
    old_root = tree.root(0, old)
    proof = consistency_proof(old, new, tree.node)
    assert proof == tree.subproof(old, 0, new, whole=True)
    verify_consistency(old, new, old_root, tree.root(), proof)
    with pytest.raises(ProofError):
        verify_consistency(old, new, old_root, sha256(old_root).digest(), proof)
    with pytest.raises(ProofError):
        verify_consistency(old, new, old_root, tree.root(), [*proof, old_root])


@given(st.data(), st.integers(1, 40))
def test_a_changed_bit_spoils_a_proof(data, size):
    index = data.draw(st.integers(0, size - 1))
    tree = NaiveTree(LEAVES[:size])
    proof = inclusion_proof(index, size, tree.node)
    if not proof:
        return
    at, bit = data.draw(st.integers(0, len(proof) - 1)), data.draw(st.integers(0, 255))
    flipped = int.from_bytes(proof[at]) ^ 1 << bit
    proof[at] = flipped.to_bytes(32)
    with pytest.raises(ProofError):
        verify_inclusion(index, size, LEAVES[index], proof, tree.root())


@given(st.data(), st.integers(1, 64))
@settings(max_examples=60)
def test_any_subtree_is_proven_part_of_the_tree(data, size):
    """Subtree proofs are made here by the definition: the path of a leaf, cut below the subtree."""
    width = data.draw(st.sampled_from([1, 2, 4, 8]))
    start = data.draw(st.integers(0, (size - 1) // width)) * width
    if start + width > size:
        return
    tree = NaiveTree(LEAVES[:size])
    proof = tree.path(start, 0, size)[width.bit_length() - 1 :]
    subtree = tree.root(start, start + width)
    verify_subtree_consistency((start, start + width), size, subtree, tree.root(), proof)
    for index in range(start, start + width):
        path = tree.path(index, start, start + width)
        verify_subtree_inclusion(index, (start, start + width), LEAVES[index], path, subtree)


ROOT_4 = NaiveTree(LEAVES[:4]).root()
ROOT_6 = NaiveTree(LEAVES[:6]).root()
PROOF_3_6 = NaiveTree(LEAVES[:6]).subproof(3, 0, 6, whole=True)
ROOT_3 = NaiveTree(LEAVES[:3]).root()

BAD_CONSISTENCY = {
    "old-size-zero-even-with-equal-roots": (0, 0, EMPTY_ROOT, EMPTY_ROOT, []),
    "old-size-zero-to-a-tree": (0, 4, EMPTY_ROOT, ROOT_4, []),
    "negative-old-size": (-1, 4, EMPTY_ROOT, ROOT_4, []),
    "shrinking": (6, 4, ROOT_6, ROOT_4, []),
    "same-size-other-root": (4, 4, ROOT_4, ROOT_6, []),
    "same-size-with-a-proof": (4, 4, ROOT_4, ROOT_4, [ROOT_4]),
    "proof-empty": (3, 6, ROOT_3, ROOT_6, []),
    "proof-cut-off": (3, 6, ROOT_3, ROOT_6, PROOF_3_6[:-1]),
    "proof-continued": (3, 6, ROOT_3, ROOT_6, [*PROOF_3_6, ROOT_3]),
    "hash-of-31-bytes": (3, 6, ROOT_3, ROOT_6, [PROOF_3_6[0][:-1], *PROOF_3_6[1:]]),
    "old-root-of-31-bytes": (3, 6, ROOT_3[:-1], ROOT_6, PROOF_3_6),
    "old-root-wrong": (3, 6, ROOT_4, ROOT_6, PROOF_3_6),
}


@pytest.mark.parametrize("defect", BAD_CONSISTENCY)
def test_bad_consistency(defect):
    verify_consistency(3, 6, ROOT_3, ROOT_6, PROOF_3_6)
    with pytest.raises(ProofError) as raised:
        verify_consistency(*BAD_CONSISTENCY[defect])
    assert raised.value.code == "proof-mismatch"


BAD_INCLUSION = {
    "empty-tree": (0, 0, LEAVES[0], [], EMPTY_ROOT),
    "index-beyond-the-tree": (4, 4, LEAVES[4], [], ROOT_4),
    "negative-index": (-1, 4, LEAVES[0], [], ROOT_4),
    "proof-too-long": (0, 1, LEAVES[0], [LEAVES[0]], LEAVES[0]),
    "proof-too-short": (0, 4, LEAVES[0], [LEAVES[1]], node_hash(LEAVES[0], LEAVES[1])),
    "leaf-of-31-bytes": (0, 1, LEAVES[0][:-1], [], LEAVES[0][:-1]),
}


@pytest.mark.parametrize("defect", BAD_INCLUSION)
def test_bad_inclusion(defect):
    with pytest.raises(ProofError):
        verify_inclusion(*BAD_INCLUSION[defect])


@pytest.mark.parametrize("span", [(1, 3), (2, 5), (-1, 1), (3, 2)])
def test_spans_that_are_not_subtrees(span):
    with pytest.raises(ProofError):
        verify_subtree_inclusion(2, span, LEAVES[2], [], LEAVES[2])


def test_size_zero_rules():
    """The four rules of the module's docstring; the first two are in the tables above."""
    assert consistency_proof(0, 9, NaiveTree(LEAVES[:9]).node) == []
    verify_subtree_consistency((3, 3), 9, EMPTY_ROOT, ROOT_4, [])
    for subtree, proof in ((ROOT_4, []), (EMPTY_ROOT, [ROOT_4])):
        with pytest.raises(ProofError):
            verify_subtree_consistency((3, 3), 9, subtree, ROOT_4, proof)
    with pytest.raises(ProofError):
        verify_subtree_consistency((8, 10), 9, ROOT_4, ROOT_4, [])


@pytest.mark.parametrize(("index", "size"), [(0, 0), (5, 5), (-1, 5)])
def test_no_proof_for_a_leaf_that_is_not_there(index, size):
    with pytest.raises(ProofError):
        inclusion_proof(index, size, NaiveTree(LEAVES).node)


@pytest.mark.parametrize(("old", "new"), [(-1, 5), (6, 5)])
def test_no_proof_for_a_shrinking_tree(old, new):
    with pytest.raises(ProofError):
        consistency_proof(old, new, NaiveTree(LEAVES).node)


@pytest.mark.parametrize("size", [1, 255, 256, 257, 300, 512, 600])
def test_proofs_read_from_tiles_verify(size):
    reads = []

    def read(level, n, width):
        reads.append((level, n))
        assert width == available_width(level, n, size)
        return read_tile(level, n, width)

    reader = TileReader(read, size)
    root = NaiveTree(LEAVES[:size]).root()
    for index in {0, size // 2, size - 1}:
        proof = inclusion_proof(index, size, reader.node)
        verify_inclusion(index, size, LEAVES[index], proof, root)
    for old in {1, size // 3 + 1, size}:
        proof = consistency_proof(old, size, reader.node)
        verify_consistency(old, size, NaiveTree(LEAVES[:old]).root(), root, proof)
    assert len(reads) == len(set(reads))


@pytest.mark.parametrize(("level", "index"), [(0, 300), (8, 1), (-1, 0), (0, -1), (9, 0)])
def test_nodes_outside_the_tree(level, index):
    with pytest.raises(ProofError):
        TileReader(read_tile, 300).node(level, index)


def test_a_tile_of_the_wrong_length():
    with pytest.raises(MalformedTileError):
        TileReader(lambda _level, _n, _width: bytes(31), 300).node(0, 0)


def test_widths_of_the_specification():
    """Size 70,000: 273 full tiles and one of 112; above, one and one of 17; then one of 1."""
    last = ((0, 273), (1, 1), (2, 0), (3, 0))
    assert [available_width(level, n, 70_000) for level, n in last] == [112, 17, 1, 0]
    assert [available_width(level, 0, 256) for level in range(3)] == [256, 1, 0]
    assert [available_width(0, n, 70_000) for n in (0, 272, 273, 274)] == [256, 256, 112, 0]
