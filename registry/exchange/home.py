"""What the home node says about a log, believed only as far as it verifies.

Trust comes from the charter alone: the log's own key and the home node's mirror key must both have
signed. The right edge of the tree and the consistency proof are built from the node's tiles and
compared with the signed root, so tiles need no trust of their own.
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Final, Protocol, Self, TypeVar

from registry.clock import SHANGHAI
from registry.exchange.errors import NodeRefusedError, PublishError
from registry.exchange.sealed import START, Position
from registry.ingest.reasons import Finding
from registry.ledger.quorum import seen_by
from signing.charter import Charter
from signing.encoding import utc_text
from signing.errors import (
    ExpiredKeyError,
    ProofError,
    RevokedKeyError,
    SigningError,
    UnknownKeyError,
)
from signing.keys import VerifierKey
from signing.merkle import CompactRange, consistency_proof, verify_consistency
from signing.receipt import Receipt, open_receipt
from signing.tiles import TileReader

Made = TypeVar("Made")
_NO_SUCH_THING: Final = 404


@dataclass(frozen=True, slots=True)
class Remark:
    """What the node found about one row of a batch (counted from 0)."""

    row: int
    findings: tuple[Finding, ...]


@dataclass(frozen=True, slots=True)
class Admission:
    """The answer to a batch: the receipt as received, and the rows that have no effect."""

    receipt: bytes
    repeated: bool
    quarantined: tuple[Remark, ...]


@dataclass(frozen=True, slots=True)
class Delivered:
    """A batch with its verified receipt; ``quarantined`` rows are stored but have no effect.

    ``awaiting`` names the nodes that may still make the charter's quorum whole.
    """

    start: int
    end: int
    receipt: Receipt
    quarantined: tuple[Remark, ...]
    awaiting: tuple[str, ...] = ()


class Node(Protocol):
    """A node as the publisher sees it; :class:`registry.exchange.client.HttpNode` is the real one.

    Every method raises ``PublishError`` (``node-unreachable``, ``node-answer``) when no usable
    answer came within its bounds, and ``NodeRefusedError`` when the node refused. Nothing that is
    returned is verified.
    """

    def charter(self, version: int = 0) -> bytes:
        """Return the charter note: the one in force, or that of a version."""
        ...

    def size(self, origin: str) -> int:
        """Return how many entries of the log are stored; 0 for a log that has none yet."""
        ...

    def checkpoint(self, origin: str) -> bytes:
        """Return the newest checkpoint note with its cosignatures."""
        ...

    def tile(self, origin: str, level: int, n: int, width: int) -> bytes:
        """Return ``width`` hashes of a tile."""
        ...

    def check(self, origin: str, batch: bytes) -> tuple[Remark, ...]:
        """Have an unsigned batch checked; return what is wrong with it. Stores nothing."""
        ...

    def admit(self, origin: str, batch: bytes) -> Admission:
        """Send a sealed batch; safe to repeat with the same bytes."""
        ...


class Trust:
    """What counts as proof for one log, by one charter."""

    def __init__(self, charter: Charter, origin: str) -> None:
        """Look up the log.

        Raises:
            PublishError: ``charter-unknown``.
        """
        self.charter = charter
        self.origin = origin
        try:
            self.party = charter.party(origin)
            self.home = charter.node(self.party.home)
        except UnknownKeyError as error:
            raise PublishError("charter-unknown", origin=origin) from error

    @property
    def keys(self) -> tuple[VerifierKey, ...]:
        """All keys the log has or had."""
        return tuple(window.key for window in self.party.keys)

    def require_key(self, key: VerifierKey, at: int) -> None:
        """Refuse to sign with a key that the charter does not name for this moment (POSIX).

        Raises:
            PublishError: ``key-not-in-charter``.
            RevokedKeyError: it is revoked; the text says since when.
            CharterError: ``charter-expired``.
        """
        self.charter.check_current(datetime.fromtimestamp(at, SHANGHAI).date())
        try:
            self.party.check_key((key,), at)
        except RevokedKeyError:
            raise
        except ExpiredKeyError as error:
            raise PublishError("key-not-in-charter", origin=self.origin) from error

    def open(self, note: bytes) -> Receipt:
        """Verify a checkpoint that the home node's mirror has cosigned.

        The log's key must have been valid at the time of that cosignature.

        Raises:
            SigningError: it does not verify, or is of another log.
        """
        mirrors = self.home.mirrors
        # The log's keys are named like the log, so no other log's checkpoint verifies with them.
        seen = open_receipt(note, self.keys, mirrors).cosignature
        if not self.charter.counts(seen.key, seen.time):
            moment = utc_text(seen.time)
            raise ExpiredKeyError(
                en=f"the home node had laid down the key that cosigned before {moment}",
                zh=f"联署所用的节点密钥在 {moment} 之前已停用",
            )
        return open_receipt(note, self.charter.log_keys(self.origin, seen.time), mirrors)

    def awaiting(self, receipt: Receipt) -> tuple[str, ...]:
        """Return the nodes that may still make the charter's quorum whole, by a verified note."""
        return seen_by(self.charter, receipt.note).awaiting


class Remote:
    """The log as the home node has it at one signed size; proofs are fetched when asked for."""

    def __init__(self, node: Node, trust: Trust, receipt: Receipt | None) -> None:
        """Start from a verified receipt; None is the log without entries."""
        self._origin = trust.origin
        self.size = receipt.size if receipt else START.size
        self.root = receipt.root if receipt else START.root
        self._tiles = TileReader(
            lambda level, n, width: node.tile(trust.origin, level, n, width), self.size
        )

    @classmethod
    def newest(cls, node: Node, trust: Trust) -> Self:
        """Fetch and verify the newest checkpoint.

        Raises:
            PublishError: ``bad-state``, ``no-receipt-there``, or what :class:`Node` raises.
        """
        size = node.size(trust.origin)
        if not size:
            return cls(node, trust, None)
        try:
            return cls(node, trust, trust.open(node.checkpoint(trust.origin)))
        except SigningError as error:
            raise PublishError("bad-state", origin=trust.origin, reason=error) from error
        except NodeRefusedError as error:
            if error.status != _NO_SUCH_THING:
                raise
            raise PublishError("no-receipt-there", origin=trust.origin, size=size) from error

    def position(self) -> Position:
        """Fetch the right edge and verify it against the signed root.

        Raises:
            PublishError: ``bad-state``.
        """
        edge = self._verified(lambda: CompactRange.from_bytes(self.size, b"".join(self._edge())))
        if edge.root() != self.root:
            raise PublishError(
                "bad-state", origin=self._origin, reason="tiles do not lead to the signed root"
            )
        return Position.of(edge)

    def includes(self, size: int, root: bytes) -> bool:
        """Tell whether the signed tree continues the tree of ``size`` entries with ``root``.

        A negative answer is safe to act on: it only ever stops the publisher.
        """
        if size == 0:
            return True
        if size > self.size:
            return False
        proof = self._verified(lambda: consistency_proof(size, self.size, self._tiles.node))
        try:
            verify_consistency(size, self.size, root, self.root, proof)
        except ProofError:
            return False
        return True

    def _edge(self) -> list[bytes]:
        hashes = []
        start = 0
        for level in reversed(range(self.size.bit_length())):
            if self.size >> level & 1:
                hashes.append(self._tiles.node(level, start >> level))
                start += 1 << level
        return hashes

    def _verified(self, make: Callable[[], Made]) -> Made:
        try:
            return make()
        except SigningError as error:
            raise PublishError("bad-state", origin=self._origin, reason=error) from error
