"""RFC 6962 section 2.1 Merkle trees: hashing, the compact range, inclusion and consistency proofs.

Leaf: SHA-256(0x00 || entry); node: SHA-256(0x01 || left || right); no leaves: SHA-256 of nothing.

Making proofs needs only a function ``node(level, index)``: the hash of the perfect subtree of
2^level leaves that starts at leaf index*2^level (`signing.tiles.TileReader.node` is one). Verifying
uses the subtree algorithms of draft-ietf-plants-merkle-tree-certs 4.3.2 and 4.4.3, of which RFC
9162 2.1.3.2 and 2.1.4.2 are the case ``start = 0``.

The four size-zero rules (RFC 9162 2.1.4 defines consistency for 0 < old <= new only; the
transparency-dev vectors demand the rest):

1. Nothing is included in an empty tree: `verify_inclusion` with size 0 always fails.
2. Old size 0 proves nothing about the new tree, so `verify_consistency` always fails, equal roots
   and empty proof included. Who has no earlier tree has nothing to compare and must not ask.
3. The *proof* from size 0, which tlog-witness requires to be empty, is the empty list:
   `consistency_proof`.
4. An empty subtree [n, n) is part of any tree: `verify_subtree_consistency` passes if and only if
   its root is `EMPTY_ROOT` and the proof is empty.
"""

from collections.abc import Callable, Iterable, Sequence
from functools import reduce
from hashlib import sha256
from typing import Final, Self

from signing.errors import ProofError

HASH_SIZE: Final = 32
EMPTY_ROOT: Final = sha256(b"").digest()

NodeReader = Callable[[int, int], bytes]


def leaf_hash(entry: bytes) -> bytes:
    """Return SHA-256(0x00 || entry)."""
    return sha256(b"\x00" + entry).digest()


def node_hash(left: bytes, right: bytes) -> bytes:
    """Return SHA-256(0x01 || left || right)."""
    return sha256(b"\x01" + left + right).digest()


class CompactRange:
    """The right edge of a tree, one hash per 1 bit of its size: enough to grow it in place."""

    __slots__ = ("_levels", "_size")

    def __init__(self) -> None:
        """Make the range of the empty tree."""
        self._size = 0
        # [level] is the perfect subtree of 2^level leaves, if that bit of the size is set.
        self._levels: list[bytes | None] = []

    @classmethod
    def from_bytes(cls, size: int, data: bytes) -> Self:
        """Read what `to_bytes` wrote for a tree of `size` leaves; raise ProofError."""
        if size < 0 or len(data) != size.bit_count() * HASH_SIZE:
            raise _mismatch(en="the compact range does not fit the size", zh="紧凑区间与条数不符")
        hashes = [data[i : i + HASH_SIZE] for i in range(0, len(data), HASH_SIZE)]
        made = cls()
        made._size = size
        made._levels = [
            hashes.pop() if size >> level & 1 else None for level in range(size.bit_length())
        ]
        return made

    def to_bytes(self) -> bytes:
        """Return `hashes` concatenated; with the size, all there is to store."""
        return b"".join(self.hashes)

    def copy(self) -> Self:
        """Return an independent copy."""
        return self.from_bytes(self._size, self.to_bytes())

    @property
    def size(self) -> int:
        """The number of leaves."""
        return self._size

    @property
    def hashes(self) -> tuple[bytes, ...]:
        """The perfect subtrees from left (largest) to right, one per 1 bit of the size."""
        return tuple(h for h in reversed(self._levels) if h is not None)

    def extend(self, leaves: Iterable[bytes]) -> Sequence[Sequence[bytes]]:
        """Add leaf *hashes* in order; return the perfect subtrees that they complete.

        Item `level` of the answer are those of 2^level leaves, from left to right: the first one
        starts at leaf `(old_size >> level) << level`. Item 0 are the leaves themselves.
        """
        row = list(leaves)
        self._size += len(row)
        completed: list[Sequence[bytes]] = []
        while row:
            level = len(completed)
            completed.append(tuple(row))
            if level == len(self._levels):
                self._levels.append(None)
            waiting = self._levels[level]
            if waiting is not None:
                row.insert(0, waiting)
            self._levels[level] = row.pop() if len(row) % 2 else None
            row = _pair_up(row)
        return completed

    def root(self) -> bytes:
        """Return the root over all leaves; `EMPTY_ROOT` if there are none."""
        return _fold(self.hashes) if self._size else EMPTY_ROOT


def subtree_root(leaves: Sequence[bytes]) -> bytes:
    """Return the root over these leaf (or node) hashes, as MTH of RFC 6962 2.1 combines them."""
    edge = CompactRange()
    edge.extend(leaves)
    return edge.root()


def inclusion_proof(index: int, size: int, node: NodeReader) -> list[bytes]:
    """Return PATH(index, D[size]) of RFC 6962 2.1.1, siblings from the leaf upwards.

    Raises ProofError.
    """
    if not 0 <= index < size:
        raise _mismatch(en=f"no leaf {index} in a tree of {size}", zh="条目不在该树中")
    low, high = 0, size
    proof: list[bytes] = []
    while high - low > 1:
        middle = low + _split(high - low)
        if index < middle:
            proof.append(_range_root(middle, high, node))
            high = middle
        else:
            proof.append(_range_root(low, middle, node))
            low = middle
    return proof[::-1]


def consistency_proof(old: int, new: int, node: NodeReader) -> list[bytes]:
    """Return PROOF(old, D[new]) of RFC 6962 2.1.2; empty for old = 0 and for old = new.

    Raises ProofError.
    """
    if not 0 <= old <= new:
        raise _mismatch(
            en=f"a tree of {new} is not a later state of one of {old}", zh="新树比旧树小"
        )
    if old in {0, new}:
        return []
    low, high = 0, new
    proof: list[bytes] = []
    while old != high:
        middle = low + _split(high - low)
        if old <= middle:
            proof.append(_range_root(middle, high, node))
            high = middle
        else:
            proof.append(_range_root(low, middle, node))
            low = middle
    if low > 0:
        # When [0, old) is itself a subtree of the new tree, the verifier starts from its root.
        proof.append(_range_root(low, high, node))
    return proof[::-1]


def verify_inclusion(
    index: int, size: int, leaf: bytes, proof: Sequence[bytes], root: bytes
) -> None:
    """Raise ProofError unless `leaf` (a hash) is number `index` under `root`: RFC 9162 2.1.3.2."""
    if not 0 <= index < size:
        raise _mismatch(en=f"no leaf {index} in a tree of {size}", zh="条目不在该树中")
    _check_hashes(leaf, root, *proof)
    here, last, computed = index, size - 1, leaf
    for sibling in proof:
        if last == 0:
            raise _mismatch(en="the proof is too long", zh="证明过长")
        if here & 1 or here == last:
            computed = node_hash(sibling, computed)
            while not here & 1:
                here, last = here >> 1, last >> 1
        else:
            computed = node_hash(computed, sibling)
        here, last = here >> 1, last >> 1
    if last != 0 or computed != root:
        raise _mismatch(en="the proof does not lead to the root", zh="证明与根哈希不一致")


def verify_subtree_inclusion(
    index: int, span: tuple[int, int], leaf: bytes, proof: Sequence[bytes], root: bytes
) -> None:
    """Raise ProofError unless leaf `index` lies in the subtree [start, end) with this root."""
    start, end = _check_span(span)
    verify_inclusion(index - start, end - start, leaf, proof, root)


def verify_consistency(
    old: int, new: int, old_root: bytes, new_root: bytes, proof: Sequence[bytes]
) -> None:
    """Raise ProofError unless the tree of `new` leaves continues that of `old`: 9162 2.1.4.2."""
    if not 0 < old <= new:
        raise _mismatch(
            en=f"nothing can be proven from size {old} to {new}", zh="无法证明一致性：条数无效"
        )
    verify_subtree_consistency((0, old), new, old_root, new_root, proof)


def verify_subtree_consistency(
    span: tuple[int, int], size: int, subtree: bytes, root: bytes, proof: Sequence[bytes]
) -> None:
    """Raise ProofError unless the subtree [start, end) is part of the tree of `size` leaves."""
    start, end = _check_span(span)
    if end > size:
        raise _mismatch(en="the subtree ends beyond the tree", zh="子树超出整棵树")
    if start == end:
        if proof or subtree != EMPTY_ROOT:
            raise _mismatch(
                en="an empty subtree has the empty root and no proof", zh="空子树必须为空根且无证明"
            )
        return
    if proof:  # else nothing is hashed, and only equality counts
        _check_hashes(subtree, root, *proof)
    first, last, tree_last = start, end - 1, size - 1
    while first != last and (last == tree_last or last & 1):
        first, last, tree_last = first >> 1, last >> 1, tree_last >> 1
    if first != last and not proof:
        raise _mismatch(en="the proof is too short", zh="证明过短")
    seed, siblings = (subtree, proof) if first == last else (proof[0], proof[1:])
    if _climb((first, last, tree_last), seed, siblings) != (subtree, root):
        raise _mismatch(en="the proof does not lead to the roots", zh="证明与根哈希不一致")


def _climb(at: tuple[int, int, int], seed: bytes, siblings: Sequence[bytes]) -> tuple[bytes, bytes]:
    """Return (subtree root, tree root) that the siblings lead to from `seed`.

    `at` = first and last node of the subtree and last node of the tree, at the level of `seed`
    (draft-ietf-plants-merkle-tree-certs 4.4.3, step 5).
    """
    first, last, tree_last = at
    subtree = root = seed
    for sibling in siblings:
        if tree_last == 0:
            raise _mismatch(en="the proof is too long", zh="证明过长")
        if last & 1 or last == tree_last:
            if first < last:
                subtree = node_hash(sibling, subtree)
            root = node_hash(sibling, root)
            while not last & 1:
                first, last, tree_last = first >> 1, last >> 1, tree_last >> 1
        else:
            root = node_hash(root, sibling)
        first, last, tree_last = first >> 1, last >> 1, tree_last >> 1
    if tree_last != 0:
        raise _mismatch(en="the proof is too short", zh="证明过短")
    return subtree, root


def _check_span(span: tuple[int, int]) -> tuple[int, int]:
    """Return [start, end) if start is a multiple of the power of two that holds its width."""
    start, end = span
    if not 0 <= start <= end or (start != end and start % (1 << (end - start - 1).bit_length())):
        raise _mismatch(en=f"[{start}, {end}) is not a subtree", zh="子树区间无效")
    return span


def _check_hashes(*hashes: bytes) -> None:
    if any(len(item) != HASH_SIZE for item in hashes):
        raise _mismatch(en="a hash has 32 bytes", zh="哈希必须是 32 字节")


def _split(width: int) -> int:
    """Return the largest power of two below `width` (RFC 6962 2.1: the k of MTH)."""
    return 1 << (width - 1).bit_length() - 1


def _range_root(low: int, high: int, node: NodeReader) -> bytes:
    """Return the root over leaves [low, high), a valid subtree, from its perfect subtrees."""
    subtrees: list[bytes] = []
    while low < high:
        level = (high - low).bit_length() - 1
        subtrees.append(node(level, low >> level))
        low += 1 << level
    return _fold(subtrees)


def _fold(subtrees: Sequence[bytes]) -> bytes:
    """Return the root over perfect subtrees, given from left (largest) to right."""
    return reduce(lambda right, left: node_hash(left, right), reversed(subtrees))


def _pair_up(row: list[bytes]) -> list[bytes]:
    pairs = iter(row)
    return [
        sha256(b"\x01" + left + right).digest() for left, right in zip(pairs, pairs, strict=True)
    ]


def _mismatch(*, en: str, zh: str) -> ProofError:
    return ProofError(en=f"proof: {en}", zh=f"证明无效：{zh}")
