"""From checked rows to receipts: how a member's log grows and why it cannot fork.

The numbered order, and what a crash at each number leaves behind:

1. Lock the working folder. The lock dies with the process.
2. Load the state, compare it with the home node, finish what an earlier run began. Nothing is
   signed below the node's size or beside its root.
3. Read and check the rows; what does not pass goes to a to-fix file. Nothing is kept yet.
4. Stage: the rows of one batch are on disk, unsigned. The next run seals exactly these bytes.
5. Seal: sign the root that follows, and store batch and signature together, once for this
   position, before a byte leaves. Signing is deterministic, so a repeated step 5 signs the same.
6. Send. Whether the answer was lost or never given, a retry sends the same bytes.
7. Verify the receipt by the charter, then store it. Without it the next run sends again.
8. Advance the state. The next run would do so from the receipt.

Recovery is the normal path: every run starts with steps 5 to 8 for whatever it finds.
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from registry.clock import Clock, unix
from registry.exchange.durable import Observer, unobserved
from registry.exchange.errors import NodeRefusedError, PublishError
from registry.exchange.home import Admission, Delivered, Node, Remote, Trust
from registry.exchange.sealed import START, LogSigner, Position, SealedBatch, SealedLog
from signing.errors import SigningError
from signing.merkle import EMPTY_ROOT
from signing.note import parse_note
from signing.receipt import Receipt

MAX_ROUNDS: Final = 4
"""How often a moved log is looked at anew before the run gives up."""
_CONFLICT: Final = 409
_NOT_WHOLE: Final = frozenset({"hand-over-needed", "not-whole"})


@dataclass(frozen=True, slots=True)
class SetAside:
    """A sealed batch that lost its position: where it is now, and its rows to publish again."""

    start: int
    end: int
    path: Path
    rows: Path


class Publisher:
    """One member's log in one installation. Use it under the lock of the working folder.

    ``node`` None is an installation without network: it can seal, not send. ``observe`` is told
    each step as it is done; a step that never returns is a crash there.
    """

    def __init__(
        self,
        log: SealedLog,
        trust: Trust,
        clock: Clock,
        node: Node | None = None,
        observe: Observer = unobserved,
    ) -> None:
        """Take the parts; nothing is read yet."""
        self._log = log
        self._trust = trust
        self._clock = clock
        self._node = node
        self._observe = observe
        self._state = START
        self._head = START

    @property
    def state(self) -> Position:
        """How far the node has confirmed the log."""
        return self._state

    @property
    def head(self) -> Position:
        """Where the next batch starts: after everything sealed."""
        return self._head

    @property
    def unfinished(self) -> bool:
        """Whether a killed run has left rows that are staged and not sealed."""
        return bool(self._log.staged())

    def open(self, *, new_log: bool = False) -> Position:
        """(2) Load the state and compare it with the home node; return where the next batch starts.

        A node that has nothing is believed only where the key was made in this folder, or where a
        person says with ``new_log`` that the log was never published: an emptied or wrong node must
        not make a second installation begin the log anew.

        Raises:
            PublishError: ``no-state``, ``unknown-history``, ``damaged``, or one of the codes that
                stop a fork.
        """
        self._log.sweep()
        state = self._log.state()
        if self._node is not None:
            remote = Remote.newest(self._node, self._trust)
            if state is None:
                if remote.size == 0 and not (new_log or self._log.begins_here):
                    raise PublishError("unknown-history", origin=self._log.origin)
                state = self._adopt(remote)
                self._log.begun()
            self._follow(state)
            self._agree(remote)
        elif state is None:
            raise PublishError("no-state", origin=self._log.origin)
        else:
            self._follow(state)
        self._observe("opened")
        return self._head

    def seal(self, lines: Sequence[bytes], key: LogSigner) -> SealedBatch:
        """(4, 5) Stage the rows, sign the root that follows, store the batch.

        Raises:
            PublishError: ``key-not-in-charter``, ``position-taken``, ``file-exists``, or one of the
                codes that stop a fork: another installation may have published meanwhile.
        """
        if self._node is not None:
            self._agree(Remote.newest(self._node, self._trust))
        self._trust.require_key(key.vkey, unix(self._clock))
        self._log.stage(lines)
        self._observe("staged")
        return self._seal_staged(key)

    def finish_sealing(self, key: LogSigner) -> SealedBatch | None:
        """(5) Seal the rows that a killed run had staged, if there are any."""
        if not self._log.staged():
            return None
        if self._staged_is_sealed():
            self._log.unstage()
            return None
        self._trust.require_key(key.vkey, unix(self._clock))
        return self._seal_staged(key)

    def deliver(self) -> Iterator[Delivered]:
        """(6, 7, 8) Send whatever is sealed and not confirmed, oldest first; yields each receipt.

        Raises:
            PublishError: ``no-progress``, ``bad-receipt``, or a code that stops a fork.
            NodeRefusedError: the node refused for good.
        """
        node = self._require_node()
        size = self._state.size
        for _ in range(MAX_ROUNDS):
            remote = Remote.newest(node, self._trust)
            size = remote.size
            self._agree(remote)
            try:
                for batch in self._unsent(remote):
                    yield self._deliver(node, batch)
            except NodeRefusedError as error:
                if error.status != _CONFLICT or error.detail_code in _NOT_WHOLE:
                    raise
            else:
                return
        raise PublishError("no-progress", origin=self._log.origin, size=size)

    def sign_again(self, key: LogSigner) -> None:
        """Sign what is sealed and not confirmed anew: its key was no longer valid when it came.

        Raises:
            PublishError: ``key-not-in-charter``: this key is not valid now either.
        """
        self._trust.require_key(key.vkey, unix(self._clock))
        for batch in self._log.batches():
            if self._log.receipt(batch) is None:
                self._log.sign_again(batch, key)

    def resign(self, key: LogSigner) -> Delivered:
        """Have the node take this key's signature on the tree that it has confirmed.

        An empty batch: the log stays what it is, and has one more signature. A run killed at any
        step leaves the tree with the old signature or with both, and is repeated to the same bytes.

        Raises:
            PublishError: ``nothing-to-resign``, ``unsent-first``, ``key-not-in-charter``,
                ``bad-receipt``, or a code that stops a fork.
            NodeRefusedError: the node refused.
        """
        node = self._require_node()
        self._agree(Remote.newest(node, self._trust))
        if self._state.size == 0:
            raise PublishError("nothing-to-resign", origin=self._log.origin)
        if self._head != self._state:
            raise PublishError("unsent-first", origin=self._log.origin)
        self._trust.require_key(key.vkey, unix(self._clock))
        batch = self._log.resign(self._state, key)
        self._observe("resigned")
        self._observe("sending")
        answer = node.admit(self._log.origin, batch.read())
        self._observe("answered")
        receipt = self._verify(node, batch, answer)
        if not any(line.is_by(key.vkey) for line in parse_note(receipt.note).signatures):
            raise self._bad_receipt(batch, f"no signature of {key.vkey}")
        self._log.store_receipt(batch, receipt.note)
        self._observe("receipt stored")
        awaiting = self._trust.awaiting(receipt)
        return Delivered(batch.start, batch.end, receipt, answer.quarantined, awaiting)

    def hand_over(self) -> Delivered:
        """Give the log's new home the last receipt of the one before, as an empty batch.

        It answers with one of its own if it holds exactly that tree, and admits from then on.

        Raises:
            PublishError: ``no-receipt``, ``bad-receipt``.
            NodeRefusedError: the node does not hold the whole log, or is not its home.
        """
        node, state = self._require_node(), self._log.state() or START
        found = self._log.last_receipt(state)
        if found is None:
            raise PublishError("no-receipt", origin=self._log.origin, size=state.size)
        answer = node.admit(self._log.origin, found.read())
        receipt = self._verify(node, found, answer)
        return Delivered(found.start, found.end, receipt, answer.quarantined)

    def set_aside(self) -> list[SetAside]:
        """Move away sealed batches whose positions the node has proven to hold other records.

        Only when the node's signed tree excludes them; they must never be sent.

        Raises:
            PublishError: ``nothing-to-set-aside``, ``different-root``, ``node-behind``.
        """
        node = self._require_node()
        self._log.sweep()
        remote = Remote.newest(node, self._trust)
        self._state = state = self._log.state() or START
        if remote.size < state.size:
            raise self._behind(remote)
        if not remote.includes(state.size, state.root):
            raise self._different(remote)
        lost = [
            batch
            for batch in self._log.batches()
            if batch.start < remote.size and not remote.includes(batch.end, batch.root)
        ]
        if not lost:
            raise PublishError("nothing-to-set-aside", origin=self._log.origin)
        # What was built on a lost batch is lost with it.
        lost = [batch for batch in self._log.batches() if batch.start >= lost[0].start]
        moved = [
            SetAside(batch.start, batch.end, *self._log.set_aside(batch))
            for batch in reversed(lost)
        ]
        self._adopt(remote)
        return moved[::-1]

    # --- step 2: what we know, and whether the node agrees ---

    def _follow(self, state: Position) -> None:
        """Walk the sealed batches from the confirmed position, recomputing every root."""
        self._state = self._head = state
        for batch in self._log.batches():
            if batch.end <= self._head.size:
                continue
            if batch.start < self._head.size:
                raise self._conflict(batch, self._head.size)
            if batch.start > self._head.size:
                reason = f"the batch at {self._head.size} is missing"
                raise PublishError("damaged", path=batch.path, reason=reason)
            self._head = self._log.follow(self._head, batch, self._trust.keys)
            if self._log.receipt(batch) is not None:
                self._advance(self._head)

    def _agree(self, remote: Remote) -> None:
        """Compare the node's signed tree with everything known here; take over what it has more.

        Raises:
            PublishError: ``different-root``, ``node-behind``, ``sealed-conflict``.
        """
        known = self._known()
        if known.get(remote.size) == remote.root:
            if remote.size < self._state.size and not self._can_refill(remote.size):
                raise self._behind(remote)
            return
        if remote.size < self._state.size and remote.size not in known:
            raise self._behind(remote)
        if remote.size <= self._state.size or not remote.includes(
            self._state.size, self._state.root
        ):
            raise self._different(remote)
        # Another installation has published with this key, and the log goes on from our state.
        if not remote.includes(self._head.size, self._head.root):
            unsent = [batch for batch in self._log.batches() if batch.end > self._state.size]
            raise self._conflict(unsent[0], remote.size)
        self._head = self._adopt(remote)

    def _known(self) -> dict[int, bytes]:
        """Return the root at each size that this installation has seen or sealed."""
        sealed = {batch.end: batch.root for batch in self._log.batches()}
        return {0: EMPTY_ROOT} | sealed | {self._state.size: self._state.root}

    def _can_refill(self, size: int) -> bool:
        """Tell whether the sealed batches lead from the node's size to ours without a gap."""
        for batch in self._log.batches():
            if batch.start == size:
                size = batch.end
        return size >= self._state.size

    def _adopt(self, remote: Remote) -> Position:
        """Take the node's verified state as ours."""
        position = remote.position()
        self._log.save_state(position)
        self._state = position
        return position

    # --- steps 4 to 8 ---

    def _staged_is_sealed(self) -> bool:
        """Tell whether the run was killed after sealing: the last batch holds these rows."""
        batches = self._log.batches()
        return bool(batches) and batches[-1].lines() == self._log.staged()

    def _seal_staged(self, key: LogSigner) -> SealedBatch:
        batch = self._log.seal(self._head, key)
        self._head = self._log.follow(self._head, batch, self._trust.keys)
        self._observe("sealed")
        return batch

    def _unsent(self, remote: Remote) -> Iterable[SealedBatch]:
        """Give what the node lacks and what lacks a receipt, never what its tree excludes."""
        for batch in self._log.batches():
            if batch.start >= remote.size:
                yield batch
            elif self._log.receipt(batch) is None:
                if not remote.includes(batch.end, batch.root):
                    raise self._conflict(batch, remote.size)
                yield batch

    def _deliver(self, node: Node, batch: SealedBatch) -> Delivered:
        self._observe("sending")
        answer = node.admit(self._log.origin, batch.read())  # (6)
        self._observe("answered")
        receipt = self._verify(node, batch, answer)  # (7)
        self._log.store_receipt(batch, receipt.note)
        self._observe("receipt stored")
        if batch.start == self._state.size:  # (8)
            self._advance(self._state.after(batch.lines()))
        awaiting = self._trust.awaiting(receipt)
        return Delivered(batch.start, batch.end, receipt, answer.quarantined, awaiting)

    def _verify(self, node: Node, batch: SealedBatch, answer: Admission) -> Receipt:
        """(7) Believe a receipt only if it proves that this batch is stored."""
        try:
            receipt = self._trust.open(answer.receipt)
        except SigningError as error:
            raise self._bad_receipt(batch, error) from error
        exact = (receipt.size, receipt.root) == (batch.end, batch.root)
        # A node refilled from a backup may only have a receipt for a later size.
        if not exact and (
            receipt.size <= batch.end
            or not Remote(node, self._trust, receipt).includes(batch.end, batch.root)
        ):
            raise self._bad_receipt(batch, f"size {receipt.size}, root {receipt.root.hex()}")
        return receipt

    def _advance(self, position: Position) -> None:
        self._log.save_state(position)
        self._state = position
        self._observe("advanced")

    def _require_node(self) -> Node:
        if self._node is None:
            raise PublishError("no-node")
        return self._node

    # --- refusals ---

    def _bad_receipt(self, batch: SealedBatch, reason: object) -> PublishError:
        return PublishError("bad-receipt", start=batch.start, end=batch.end, reason=reason)

    def _conflict(self, batch: SealedBatch, size: int) -> PublishError:
        return PublishError(
            "sealed-conflict", origin=self._log.origin, start=batch.start, end=batch.end, size=size
        )

    def _different(self, remote: Remote) -> PublishError:
        return PublishError("different-root", origin=self._log.origin, size=remote.size)

    def _behind(self, remote: Remote) -> PublishError:
        return PublishError(
            "node-behind", origin=self._log.origin, size=remote.size, known=self._state.size
        )
