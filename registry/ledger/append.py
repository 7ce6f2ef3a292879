"""What a batch adds to a log's tree, computed before anything is stored.

The compact range gives the new root; the perfect subtrees that the batch completes on the way are,
at every eighth level, the hashes of tiles that become full (C2SP tlog-tiles: only full tiles hash
into the level above). They are stored, so that tiles above the leaves and all proofs can be served
without reading the leaves again.
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from signing.merkle import CompactRange, leaf_hash
from signing.tiles import TILE_HEIGHT


@dataclass(frozen=True, slots=True)
class TileHash:
    """The hash of full subtree number ``idx`` of 256^level leaves."""

    level: int
    idx: int
    hash: bytes


@dataclass(frozen=True, slots=True)
class Extension:
    """A tree after a batch: ``leaves`` are the leaf hashes of the batch, ``tiles`` what fills."""

    start: int
    size: int
    root: bytes
    compact_range: bytes
    leaves: Sequence[bytes]
    tiles: tuple[TileHash, ...]


def extend(start: int, compact_range: bytes, entries: Iterable[bytes]) -> Extension:
    """Extend a tree of ``start`` leaves by ``entries`` (64 bytes each)."""
    tree = CompactRange.from_bytes(start, compact_range)
    leaves = [leaf_hash(entry) for entry in entries]
    tiles = tuple(full_tiles(start, tree.extend(leaves)))
    return Extension(start, tree.size, tree.root(), tree.to_bytes(), leaves, tiles)


def root_at(start: int, compact_range: bytes, leaves: Sequence[bytes], size: int) -> bytes:
    """Return the root at ``size``, which lies between ``start`` and the end of ``leaves``."""
    tree = CompactRange.from_bytes(start, compact_range)
    tree.extend(leaves[: size - start])
    return tree.root()


def full_tiles(start: int, completed: Sequence[Sequence[bytes]]) -> Iterator[TileHash]:
    """Yield the tiles among the subtrees that a tree of ``start`` leaves completed as it grew."""
    for height in range(TILE_HEIGHT, len(completed), TILE_HEIGHT):
        for idx, value in enumerate(completed[height], start >> height):
            yield TileHash(height // TILE_HEIGHT, idx, value)
