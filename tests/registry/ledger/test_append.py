"""What a batch adds to a tree: roots, and the hashes of tiles that become full, at every level."""

import pytest

from registry.ledger.append import extend, root_at
from signing.merkle import leaf_hash, subtree_root
from signing.tiles import TILE_WIDTH

ENTRIES = [number.to_bytes(64) for number in range(2 * TILE_WIDTH + 1)]


def test_tiles_of_two_levels_fill_from_an_empty_tree():
    entries = [number.to_bytes(64) for number in range(TILE_WIDTH**2 + 1)]
    full = extend(0, b"", entries).tiles
    assert [(t.level, t.idx) for t in full if t.level == 2] == [(2, 0)]
    assert [t.idx for t in full if t.level == 1] == list(range(TILE_WIDTH))
    assert full[-1].hash == subtree_root([leaf_hash(entry) for entry in entries[:-1]])
    first = [leaf_hash(entry) for entry in entries[:TILE_WIDTH]]
    assert full[0].hash == subtree_root(first)


@pytest.mark.parametrize("start", [0, 1, 200, 255, 256, 257, 300, 511, 512])
def test_what_fills_does_not_depend_on_where_a_batch_begins(start):
    before = extend(0, b"", ENTRIES[:start])
    later = extend(start, before.compact_range, ENTRIES[start:])
    whole = extend(0, b"", ENTRIES)
    assert (*before.tiles, *later.tiles) == whole.tiles
    assert [(t.level, t.idx) for t in whole.tiles] == [(1, 0), (1, 1)]


def test_roots_on_the_way_are_those_of_the_shorter_trees():
    entries = [number.to_bytes(64) for number in range(10)]
    whole = extend(0, b"", entries)
    for size in range(1, 11):
        assert root_at(0, b"", whole.leaves, size) == extend(0, b"", entries[:size]).root
