"""What a batch adds to a log's tree, computed before anything is stored.

The compact range gives the new root; beside it the hashes of tiles that become full are collected
(C2SP tlog-tiles: only full tiles hash into the level above), so that tiles above the leaves and
all proofs can be served without reading the leaves again.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from signing.merkle import CompactRange, leaf_hash, subtree_root
from signing.tiles import TILE_WIDTH


@dataclass(frozen=True, slots=True)
class TileHash:
    """The hash of full subtree number ``idx`` of 256^level leaves."""

    level: int
    idx: int
    hash: bytes


@dataclass(frozen=True, slots=True)
class Extension:
    """A tree after a batch; ``leaves`` are the leaf hashes of the batch, in order."""

    start: int
    size: int
    root: bytes
    compact_range: bytes
    leaves: tuple[bytes, ...]


def extend(start: int, compact_range: bytes, entries: Iterable[bytes]) -> Extension:
    """Extend a tree of ``start`` leaves by ``entries`` (64 bytes each)."""
    tree = CompactRange.from_bytes(start, compact_range)
    leaves = tuple(leaf_hash(entry) for entry in entries)
    tree.extend(leaves)
    return Extension(start, tree.size, tree.root(), tree.to_bytes(), leaves)


def root_at(start: int, compact_range: bytes, leaves: Sequence[bytes], size: int) -> bytes:
    """Return the root at ``size``, which lies between ``start`` and the end of ``leaves``."""
    tree = CompactRange.from_bytes(start, compact_range)
    tree.extend(leaves[: size - start])
    return tree.root()


def full_tiles(
    start: int, edges: Sequence[Sequence[bytes]], leaves: Iterable[bytes]
) -> tuple[TileHash, ...]:
    """Return the hashes of all tiles that become full when ``leaves`` follow ``start`` leaves.

    ``edges[level]`` holds the hashes of the incomplete tile at that level: ``start // 256**level``
    modulo 256 of them.
    """
    open_tiles = [list(edge) for edge in edges]
    numbers = [start // TILE_WIDTH ** (level + 1) for level in range(len(open_tiles))]
    full: list[TileHash] = []

    def add(level: int, value: bytes) -> None:
        if level == len(open_tiles):
            open_tiles.append([])
            numbers.append(0)
        open_tiles[level].append(value)
        if len(open_tiles[level]) < TILE_WIDTH:
            return
        above = TileHash(level + 1, numbers[level], subtree_root(open_tiles[level]))
        full.append(above)
        open_tiles[level].clear()
        numbers[level] += 1
        add(level + 1, above.hash)

    for leaf in leaves:
        add(0, leaf)
    return tuple(full)


def levels(size: int) -> int:
    """Return how many tile levels a tree of ``size`` leaves has a right edge on (at least 1)."""
    count = 1
    while size >= TILE_WIDTH**count:
        count += 1
    return count
