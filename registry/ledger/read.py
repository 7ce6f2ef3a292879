"""Reads a log as others may see it: checkpoint, tiles, entries, proofs (C2SP tlog-tiles paths).

What is served is computed from entries and the hashes of full tiles; every proof is verified here
against the signed root before it leaves.
"""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Final, TypeVar

from registry.errors import NotFoundRefusal
from registry.ledger.quorum import Quorum, seen_by
from registry.store.cosignatures import CosignatureStore
from registry.store.engine import Database
from registry.store.logs import Body, Head, LogStore, log_id_of
from signing.charter import Charter
from signing.checkpoint import peek_checkpoint
from signing.merkle import (
    CompactRange,
    NodeReader,
    consistency_proof,
    inclusion_proof,
    leaf_hash,
    verify_consistency,
    verify_inclusion,
)
from signing.note import append_signatures, parse_note
from signing.proof import TlogProof, encode_proof
from signing.record import NO_RESTRICTED
from signing.tiles import (
    TILE_WIDTH,
    TileReader,
    available_width,
    entry_bundle,
)

T = TypeVar("T")
LOOK_BACK: Final = 8
"""Sizes at which a tree that the quorum has seen is looked for, behind the newest."""


@dataclass(frozen=True, slots=True)
class LogSize:
    """Where a log stands on this node; ``receipt`` is the newest receipt."""

    origin: str
    size: int
    root: bytes
    receipt: bytes


class LogReader:
    """The read side of all logs of a node.

    With a charter, proofs stand under the newest tree that its quorum has seen, where one covers
    the entry; while none does, under the newest.
    """

    def __init__(self, db: Database, charter: Charter | None = None) -> None:
        """Take the open database, and the charter whose quorum counts."""
        self._store = LogStore(db)
        self._cosignatures = CosignatureStore(db)
        self._charter = charter

    async def head(self, origin: str) -> Head | None:
        """Return the head of a log, or None where nothing was admitted."""
        return await self._store.head(log_id_of(origin))

    async def size(self, origin: str) -> LogSize:
        """Return size, root and newest receipt; raises NotFoundRefusal for an unknown log."""
        head = await self._head(origin)
        stored = await self._store.covering(head.log_id, head.size)
        return LogSize(
            origin, head.size, head.root, (stored.receipt or b"") if stored is not None else b""
        )

    async def checkpoint(self, origin: str) -> bytes:
        """Return the newest receipted checkpoint with every valid signature known for it."""
        head = await self._head(origin)
        return await self._note(origin, head.log_id, head.size)

    async def _note(self, origin: str, log_id: int, size: int) -> bytes:
        notes = await self._store.checkpoints(log_id, size)
        receipts = [stored.receipt for stored in notes if stored.receipt is not None]
        if not receipts:
            raise _unknown(origin)
        # The latest one is whole: the mirror's second must lie in the window of a key that signed,
        # and one that was cosigned earlier may be by a key that is revoked since.
        note = receipts[-1]
        for other in receipts[-2::-1]:
            known = {(line.name, line.key_id) for line in parse_note(note).signatures}
            more = parse_note(other).signatures
            lines = [line for line in more if (line.name, line.key_id) not in known]
            note = append_signatures(note, lines) if lines else note
        root = notes[-1].root
        note += (await self._store.witnessed(log_id, size, root)).encode()
        known = {(line.name, line.key_id) for line in parse_note(note).signatures}
        others = await self._cosignatures.of(log_id, size, root)
        more_lines = (one.line for one in others if (one.cosigner, one.key_id) not in known)
        return note + "".join(more_lines).encode()

    async def quorum(self, origin: str) -> Quorum | None:
        """Return which nodes have seen the newest tree of a log.

        None where this node alone is the quorum, or has no receipt for the log.
        """
        if self._charter is None or self._charter.quorum == 1:
            return None
        try:
            return seen_by(self._charter, await self.checkpoint(origin))
        except NotFoundRefusal:
            return None

    async def awaiting(self, origin: str) -> tuple[str, ...]:
        """Return for which nodes a log waits until its quorum has seen it; none once it has."""
        quorum = await self.quorum(origin)
        return () if quorum is None else quorum.awaiting

    async def _proving(self, origin: str, idx: int) -> bytes:
        """Return the checkpoint under which an entry is proven."""
        newest = await self.checkpoint(origin)
        charter = self._charter
        if charter is None or charter.quorum == 1 or seen_by(charter, newest).met:
            return newest
        log_id = log_id_of(origin)
        for size in await self._cosignatures.sizes(log_id, LOOK_BACK):
            if size <= idx:
                break
            note = await self._note(origin, log_id, size)
            if seen_by(charter, note).met:
                return note
        return newest

    async def tile(self, origin: str, level: int, n: int, width: int) -> bytes:
        """Return ``width`` hashes of tile ``n``; raises NotFoundRefusal beyond the log's size."""
        head = await self._head(origin)
        if width > available_width(level, n, head.size):
            raise _unknown(f"{origin} tile {level}/{n}")
        return await self._tile(head.log_id, level, n, width)

    async def entry_bundle(self, origin: str, n: int, width: int) -> bytes:
        """Return ``width`` entries of bundle ``n`` with their length prefixes."""
        head = await self._head(origin)
        if width > available_width(0, n, head.size):
            raise _unknown(f"{origin} entries {n}")
        start = n * TILE_WIDTH
        return entry_bundle(await self._store.entries(head.log_id, start, start + width))

    async def root(self, origin: str, size: int) -> bytes:
        """Return the root of the first ``size`` entries, which the log must have."""
        return await self._with_tiles(log_id_of(origin), size, lambda node: root_of(size, node))

    async def inclusion(self, origin: str, idx: int, size: int) -> list[bytes]:
        """Return the inclusion path of entry ``idx`` at ``size``, leaf sibling first."""
        head = await self._head(origin)
        if not 0 <= idx < size <= head.size:
            raise _unknown(f"{origin}/{idx}")
        return await self._with_tiles(
            head.log_id, size, lambda node: inclusion_proof(idx, size, node)
        )

    async def consistency(self, origin: str, old: int, new: int) -> list[bytes]:
        """Return the consistency proof between two sizes of the log, verified."""
        head = await self._head(origin)
        if not 0 < old <= new <= head.size:
            raise _unknown(f"{origin} {old}..{new}")
        proof = await self._with_tiles(
            head.log_id, new, lambda node: consistency_proof(old, new, node)
        )
        verify_consistency(
            old, new, await self.root(origin, old), await self.root(origin, new), proof
        )
        return proof

    async def proof(self, origin: str, idx: int) -> bytes:
        """Return the ``.tlog-proof`` of an entry, verified; for the checkpoint see the class.

        ``extra`` carries the digest of the restricted part, for readers of the main part only.
        """
        body = await self.body(origin, idx)
        note = await self._proving(origin, idx)
        checkpoint = peek_checkpoint(note)
        path = await self.inclusion(origin, idx, checkpoint.size)
        verify_inclusion(idx, checkpoint.size, leaf_hash(body.entry), path, checkpoint.root)
        digest = body.entry[len(NO_RESTRICTED) :]
        return encode_proof(TlogProof(idx, tuple(path), note, digest))

    async def stated_at(self, origin: str, idx: int) -> int:
        """Return the POSIX second of the first receipt that covers an entry."""
        head = await self._head(origin)
        first = await self._store.covering(head.log_id, idx + 1)
        if first is None:
            raise _unknown(f"{origin}/{idx}")
        return first.cosigned_at

    async def body(self, origin: str, idx: int) -> Body:
        """Return entry and body at a position; raises NotFoundRefusal beyond the log's size."""
        head = await self._head(origin)
        bodies = await self._store.bodies(head.log_id, idx, idx + 1)
        if not bodies or idx >= head.size:
            raise _unknown(f"{origin}/{idx}")
        return bodies[0]

    async def _head(self, origin: str) -> Head:
        head = await self._store.head(log_id_of(origin))
        if head is None:
            raise _unknown(origin)
        return head

    async def _tile(self, log_id: int, level: int, n: int, width: int) -> bytes:
        start = n * TILE_WIDTH
        if level == 0:
            entries = await self._store.entries(log_id, start, start + width)
            return b"".join(leaf_hash(entry) for entry in entries)
        return b"".join(await self._store.tile_hashes(log_id, level, start, start + width))

    async def _with_tiles(self, log_id: int, size: int, compute: Callable[[NodeReader], T]) -> T:
        """Run a computation over subtree hashes of a stored log."""
        return await with_tiles(
            size, lambda level, n, width: self._tile(log_id, level, n, width), compute, {}
        )


async def with_tiles(
    size: int,
    fetch: Callable[[int, int, int], Awaitable[bytes]],
    compute: Callable[[NodeReader], T],
    tiles: dict[tuple[int, int], bytes],
) -> T:
    """Run a computation over subtree hashes, fetching each tile it turns out to need.

    ``fetch(level, n, width)`` is called once for a tile that is not in ``tiles``, which are of the
    same ``size``, and are added to.
    """

    def read(level: int, n: int, width: int) -> bytes:
        if (level, n) not in tiles:
            raise _TileNeededError(level, n, width)
        return tiles[level, n]

    while True:
        try:
            return compute(TileReader(read, size).node)
        except _TileNeededError as needed:
            tiles[needed.level, needed.n] = await fetch(needed.level, needed.n, needed.width)


class _TileNeededError(Exception):
    """Carries which tile a computation asked for."""

    def __init__(self, level: int, n: int, width: int) -> None:
        super().__init__(level, n, width)
        self.level = level
        self.n = n
        self.width = width


def root_of(size: int, node: NodeReader) -> bytes:
    """Fold the perfect subtrees below ``size``, largest first, into the root."""
    hashes = []
    start = 0
    for level in reversed(range(size.bit_length())):
        if size >> level & 1:
            hashes.append(node(level, start >> level))
            start += 1 << level
    return CompactRange.from_bytes(size, b"".join(hashes)).root()


def _unknown(what: str) -> NotFoundRefusal:
    return NotFoundRefusal(f"没有“{what}”", f"there is no {what!r}")
