"""This node as the publisher sees it, without a way over the network.

The publisher works in a thread of its own; whatever it asks is done in the loop of the node, by the
same code that answers over HTTP, and refused by the same codes.
"""

import asyncio
from collections.abc import AsyncIterator, Coroutine
from dataclasses import dataclass
from typing import Final, TypeVar

import msgspec

from registry.errors import Refusal
from registry.exchange.errors import NodeRefusedError
from registry.exchange.home import Admission, Remark
from registry.ingest.admit import Door
from registry.ingest.dry_runs import DryRuns
from registry.ingest.reasons import Finding
from registry.ledger.read import LogReader
from signing.charter import Charter

T = TypeVar("T")
_FIRST_ROW: Final = 2
"""Lines of a batch count from 1, and the header is the first."""
_PIECE: Final = 64 * 1024


@dataclass(frozen=True, slots=True)
class Doors:
    """What answers on this node, under the charter in force."""

    charter: Charter
    door: Door
    checking: DryRuns
    ledger: LogReader


class LocalNode:
    """Implements :class:`registry.exchange.home.Node`; used from a thread beside the loop."""

    def __init__(self, doors: Doors, loop: asyncio.AbstractEventLoop) -> None:
        """Take what answers, and the loop in which it lives."""
        self._doors = doors
        self._loop = loop

    def charter(self, version: int = 0) -> bytes:
        """Return the charter in force, which is the only one that the desk works under."""
        if version not in {0, self._doors.charter.version}:
            raise NodeRefusedError(404, "not-found", ("没有该版本的章程", "no such charter"))
        return self._doors.charter.note

    def size(self, origin: str) -> int:
        """Return how many entries are stored."""
        head = self._ask(self._doors.ledger.head(origin))
        return 0 if head is None else head.size

    def checkpoint(self, origin: str) -> bytes:
        """Return the newest checkpoint note with its cosignatures."""
        return self._ask(self._doors.ledger.checkpoint(origin))

    def tile(self, origin: str, level: int, n: int, width: int) -> bytes:
        """Return ``width`` hashes of a tile."""
        return self._ask(self._doors.ledger.tile(origin, level, n, width))

    def check(self, origin: str, batch: bytes) -> tuple[Remark, ...]:
        """Have an unsigned batch checked."""
        report = self._ask(self._doors.checking(origin, _pieces(batch), "identity"))
        bad = (row for row in report.rows if not row.good)
        return tuple(Remark(row.line - _FIRST_ROW, row.findings) for row in bad)

    def admit(self, origin: str, batch: bytes) -> Admission:
        """Send a sealed batch."""
        done = self._ask(self._doors.door.admit(origin, _pieces(batch), "identity"))
        quarantined = tuple(
            Remark(idx, msgspec.json.decode(found, type=tuple[Finding, ...]))
            for idx, found in done.quarantined
        )
        return Admission(done.receipt, done.repeated, quarantined)

    def _ask(self, question: Coroutine[object, object, T]) -> T:
        """Have something done in the loop; raises NodeRefusedError where it is refused."""
        try:
            return asyncio.run_coroutine_threadsafe(question, self._loop).result()
        except Refusal as refusal:
            size = refusal.extra.get("size")
            texts = (refusal.zh, refusal.en)
            raise NodeRefusedError(
                refusal.status, refusal.detail_code, texts, size if isinstance(size, int) else None
            ) from refusal


async def _pieces(batch: bytes) -> AsyncIterator[bytes]:
    for start in range(0, len(batch), _PIECE):
        yield batch[start : start + _PIECE]
