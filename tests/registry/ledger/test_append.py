"""What a batch adds to a tree: roots, and the hashes of tiles that become full, at every level."""

import pytest

from registry.ledger.append import extend, full_tiles, levels, root_at
from signing.merkle import leaf_hash, subtree_root
from signing.tiles import TILE_WIDTH, partial_width

LEAVES = [leaf_hash(number.to_bytes(8)) for number in range(2 * TILE_WIDTH)]


def test_tiles_of_two_levels_fill_from_an_empty_tree():
    leaves = [leaf_hash(number.to_bytes(8)) for number in range(TILE_WIDTH**2 + 1)]
    full = full_tiles(0, [[]], leaves)
    assert [(t.level, t.idx) for t in full if t.level == 2] == [(2, 0)]
    assert sum(t.level == 1 for t in full) == TILE_WIDTH
    assert full[-1].hash == subtree_root(leaves[:-1])


@pytest.mark.parametrize("start", [0, 1, 200, 255, 256, 257, 300, 511])
def test_what_fills_does_not_depend_on_where_a_batch_begins(start):
    edges = [LEAVES[start - partial_width(0, start) : start]]
    if start >= TILE_WIDTH:
        edges.append([subtree_root(LEAVES[:TILE_WIDTH])])
    later = full_tiles(start, edges, LEAVES[start:])
    whole = full_tiles(0, [[]], LEAVES)
    assert later == tuple(tile for tile in whole if (tile.idx + 1) * TILE_WIDTH > start)


def test_roots_on_the_way_are_those_of_the_shorter_trees():
    entries = [number.to_bytes(64) for number in range(10)]
    whole = extend(0, b"", entries)
    for size in range(1, 11):
        assert root_at(0, b"", whole.leaves, size) == extend(0, b"", entries[:size]).root


@pytest.mark.parametrize(("size", "count"), [(0, 1), (255, 1), (256, 2), (65_535, 2), (65_536, 3)])
def test_levels_with_a_right_edge(size, count):
    assert levels(size) == count
