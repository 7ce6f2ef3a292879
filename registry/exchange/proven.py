"""What the tiles of a signed tree prove; they need no trust of their own."""

from collections.abc import Callable, Sequence
from typing import Final, TypeVar

from registry.exchange.lies import LieError
from registry.exchange.peer import PeerNode
from registry.exchange.shown import Shown
from registry.ledger.bodies import Chunk, ChunkError
from registry.ledger.read import root_of, with_tiles
from signing.errors import ProofError
from signing.merkle import (
    CompactRange,
    NodeReader,
    consistency_proof,
    inclusion_proof,
    leaf_hash,
    verify_consistency,
    verify_inclusion,
)

T = TypeVar("T")
_TILES_MAX: Final = 256


class Proven:
    """A signed tree, as far as its tiles show it."""

    def __init__(self, peer: PeerNode, origin: str, shown: Shown) -> None:
        """Take whom to ask for tiles, and the tree."""
        self.shown = shown
        self._peer = peer
        self._origin = origin
        self._tiles: dict[tuple[int, int], bytes] = {}

    async def root(self, size: int) -> bytes:
        """Return the root that the tree has over its first ``size`` entries, proven.

        Raises:
            LieError: ``tiles-differ``.
        """
        whole = self.shown
        if size == whole.size:
            return whole.root
        root = await self._compute(lambda node: root_of(size, node))
        proof = await self._compute(lambda node: consistency_proof(size, whole.size, node))
        try:
            verify_consistency(size, whole.size, root, whole.root, proof)
        except ProofError as error:
            raise self._differ(f"{size} of {whole.size}") from error
        return root

    async def consistency(self, size: int) -> list[bytes]:
        """Return the proof that the tree continues its first ``size`` entries, none of all."""
        if not 0 < size < self.shown.size:
            return []
        return await self._compute(lambda node: consistency_proof(size, self.shown.size, node))

    async def include(self, idx: int, entry: bytes) -> bool:
        """Tell whether an entry stands at a position; raises LieError ``tiles-differ``."""
        size = self.shown.size
        path = await self._compute(lambda node: inclusion_proof(idx, size, node))
        own = await self._compute(lambda node: node(0, idx))
        try:
            verify_inclusion(idx, size, own, path, self.shown.root)
        except ProofError as error:
            raise self._differ(f"entry {idx} of {size}") from error
        return own == leaf_hash(entry)

    async def _compute(self, compute: Callable[[NodeReader], T]) -> T:
        if len(self._tiles) > _TILES_MAX:
            self._tiles.clear()
        return await with_tiles(self.shown.size, self._fetch, compute, self._tiles)

    async def _fetch(self, level: int, n: int, width: int) -> bytes:
        return await self._peer.tile(self._origin, level, n, width)

    def _differ(self, what: str) -> LieError:
        return LieError("tiles-differ", f"{self._origin}: {what}", self.shown.note)


def roots_at(edge: CompactRange, chunk: Chunk, sizes: Sequence[int]) -> dict[int, bytes]:
    """Return the roots at sizes, in ascending order, of a tree to which a chunk is added.

    ``edge`` is that of the tree before, and afterwards that of the tree at the last size.

    Raises:
        LieError: ``bodies-differ``: what is left of an erased line is not what was logged.
    """
    leaves, roots = _leaves(chunk), {}
    for size in sizes:
        edge.extend(leaves[edge.size - chunk.start : size - chunk.start])
        roots[size] = edge.root()
    return roots


def _leaves(chunk: Chunk) -> list[bytes]:
    try:
        return [leaf_hash(entry) for entry in chunk.entries()]
    except ChunkError as error:
        raise LieError("bodies-differ", str(error)) from error
