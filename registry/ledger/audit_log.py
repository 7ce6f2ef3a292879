"""Audit of one log, bottom up: bodies, entries, leaves, tiles, roots, head."""

from collections.abc import Iterable
from hashlib import sha256
from typing import Final

from registry.ledger.append import full_tiles
from registry.ledger.audit_report import AuditReport
from registry.store.audit import AuditStore, StoredBody
from registry.store.logs import Head
from signing.merkle import EMPTY_ROOT, CompactRange, leaf_hash
from signing.record import NO_RESTRICTED

_HALF: Final = len(NO_RESTRICTED)
Erased = dict[int, set[str]]
"""Positions with the parts that were erased there."""


class LogAudit:
    """Walks a log once; afterwards ``roots`` has the recomputed root at each size asked for."""

    def __init__(self, store: AuditStore, report: AuditReport, origin: str, head: Head) -> None:
        """Take where to read, where to report, and the head to arrive at."""
        self._store = store
        self._report = report
        self._origin = origin
        self._head = head
        self._tree = CompactRange()
        self._tiles: dict[tuple[int, int], bytes] = {}
        self._next = 0
        self.roots: dict[int, bytes] = {0: EMPTY_ROOT}

    async def run(self, sizes: Iterable[int]) -> None:
        """Recompute everything that follows from the bodies; ``sizes`` are those with a root."""
        wanted = set(sizes)
        erased: Erased = {}
        for erasure in await self._store.erasures(self._head.log_id):
            erased.setdefault(erasure.idx, set()).add(erasure.part)
        async for bodies in self._store.bodies(self._head.log_id, 0, self._head.size):
            for body in bodies:
                self._body(body, erased.get(body.idx, set()))
                self._leaf(body)
                if self._tree.size in wanted:
                    self.roots[self._tree.size] = self._tree.root()
        if self._next != self._head.size:
            self._gap(self._head.size)
        for table, idx in await self._store.outside(self._head.log_id, self._head.size):
            self._report.differ(f"{self._origin}/{idx}", f"{table}: the log does not reach here")
        self._compare_head()
        await self._compare_tiles()

    def _body(self, body: StoredBody, erased: set[str]) -> None:
        place = f"{self._origin}/{body.idx}"
        self._report.count("entries")
        parts = [("main", body.main, body.entry[:_HALF])]
        if body.entry[_HALF:] != NO_RESTRICTED or body.restricted is not None:
            parts.append(("restricted", body.restricted, body.entry[_HALF:]))
        for part, data, digest in parts:
            gone = not erased.isdisjoint({part, "both"})
            if data is None and not gone:
                self._report.differ(place, f"the {part} part is missing without an erasure")
            elif data is not None and gone:
                self._report.differ(place, f"the {part} part was erased by order, but is here")
            if data is not None and sha256(data).digest() != digest:
                self._report.differ(place, f"the {part} part does not have the logged digest")

    def _leaf(self, body: StoredBody) -> None:
        """Let the tree grow; it ends where an entry is missing."""
        if body.idx != self._next:
            self._gap(body.idx)
        self._next = body.idx + 1
        if body.idx != self._tree.size:
            return
        completed = self._tree.extend((leaf_hash(body.entry),))
        self._tiles |= {(t.level, t.idx): t.hash for t in full_tiles(body.idx, completed)}

    def _gap(self, end: int) -> None:
        self._report.differ(
            f"{self._origin}/{self._next}", f"no entry from {self._next} to {end - 1}"
        )

    def _compare_head(self) -> None:
        place = f"{self._origin}@{self._head.size}"
        if self._head.root != self._tree.root():
            self._report.differ(place, "the head's root does not follow from the entries")
        if self._head.compact_range != self._tree.to_bytes():
            self._report.differ(place, "the head's compact range does not follow from the entries")

    async def _compare_tiles(self) -> None:
        """Compare the hashes of full tiles at every level."""
        expected, stored = self._tiles, await self._store.tiles(self._head.log_id)
        self._report.count("tiles", len(expected))
        for level, idx in sorted(expected.keys() | stored.keys()):
            if expected.get((level, idx)) != stored.get((level, idx)):
                self._report.differ(
                    f"{self._origin} tile {level}/{idx}", "the hash does not follow"
                )
