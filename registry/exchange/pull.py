"""One log of another node: fetched, proven, admitted through the same door, cosigned.

A run goes up to the newest checkpoint that the home shows:

1. the checkpoint: signed by the log, cosigned by its home, no smaller, no other, no earlier than
   what the home showed before (`registry.exchange.shown`);
2. lines from where the log stands here, chunk by chunk, into files (`registry.exchange.staging`),
   the next one fetched while one is admitted (`registry.exchange.ahead`). Their entries must lead
   to the root that the signed tree has at the end of the chunk: this proves every one of them, and
   that the tree continues the one stored. Nothing is stored before;
3. what is missing of a body must be ordered away by a record of the same log, which is proven, too;
4. batches end where the home's ended, so that all nodes hold the same sets, and are admitted from
   the files, block by block. What is proven beyond the last such end stays there;
5. when all is stored, what a further key has signed of the same tree is taken over, the witness is
   asked for its cosignature, and attachments are fetched.

After a crash at any point the next run goes on; what the door has admitted is not fetched again.
"""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from registry.clock import Clock
from registry.errors import Refusal, RegistryError, RootMismatchRefusal
from registry.exchange.ahead import Ahead, Taken
from registry.exchange.home import Trust
from registry.exchange.kept import KeptChunk, cut, join, nothing_at
from registry.exchange.lies import LieError, PeerError
from registry.exchange.orders import Orders
from registry.exchange.peer import PeerNode, digest_of
from registry.exchange.proven import Proven, roots_at
from registry.exchange.shown import Shown, check_shown, open_shown, peek_size
from registry.exchange.staging import Staging
from registry.ingest.admission import Followed, Spared
from registry.ingest.admit import Door
from registry.ingest.attachments import AttachmentDoor
from registry.ledger.bodies import MAX_ENTRIES, ChangedError
from registry.ledger.read import LogReader
from registry.store.following import FollowStore, Seen
from registry.store.logs import Head, LogStore, log_id_of
from signing.batch import MAX_RECORDS, MAX_UNPACKED
from signing.encoding import encode_base64
from signing.merkle import EMPTY_ROOT, CompactRange

Witness = Callable[[bytes], Awaitable[bytes]]
"""Takes a request as tlog-witness has it, and returns the cosignature line."""
ATTACHMENTS: Final = 50
"""Attachments fetched in one run at most."""


@dataclass(frozen=True, slots=True)
class PullMeans:
    """What following works with."""

    door: Door
    logs: LogStore
    ledger: LogReader
    follows: FollowStore
    attachments: AttachmentDoor
    witness: Witness
    clock: Clock


class LogPull:
    """Follows one log."""

    def __init__(self, trust: Trust, peer: PeerNode, means: PullMeans, staging: Staging) -> None:
        """Take what counts as proof, whom to ask, where to put it."""
        self.trust = trust
        self.log_id = log_id_of(trust.origin)
        self._peer = peer
        self._means = means
        self._staging = staging
        self._ahead = Ahead()
        self._held: tuple[KeptChunk, CompactRange] | None = None
        self._orders = Orders(peer, trust.origin, self._newest_again)
        self._witnessed = 0
        self._signed = b""

    async def run(self) -> int:
        """Take what there is; return how many records that were.

        Raises:
            LieError: what was shown or given contradicts what is signed.
            PeerError: no usable answer came.
            Refusal: this node cannot admit now.
        """
        newest = await self._newest()
        if newest is None:
            return 0
        self._orders = Orders(self._peer, self.trust.origin, self._newest_again)
        taken, proven = 0, Proven(self._peer, self.trust.origin, newest)
        try:
            while (head := await self._head()).size < newest.size:
                taken += await self._advance(head, proven)
        finally:
            await self._ahead.end()
        await asyncio.to_thread(self._staging.clear)
        await self._signed_anew(newest)
        await self._witness(newest)
        await self._attachments()
        return taken

    async def _signed_anew(self, newest: Shown) -> None:
        """Take over a tree that is stored and was signed with another key since: no records."""
        signed = newest.signed
        if self._signed != signed.note:
            if await self._means.door.signed_anew(self.trust.origin, signed):
                start = newest.size
                batch = Followed(self.trust.party, start, signed, newest.note, (), {})
                await self._follow(batch)
            self._signed = signed.note

    async def _head(self) -> Head:
        head = await self._means.logs.head(self.log_id)
        return head or Head(self.log_id, 0, EMPTY_ROOT, b"", 0)

    async def _newest(self) -> Shown | None:
        """Fetch and judge the newest checkpoint; None where the log has none yet."""
        means, origin = self._means, self.trust.origin
        seen = await means.follows.seen(self.log_id)
        head = await self._head()
        note = await self._peer.checkpoint(origin)
        if note is None:
            if head.size or seen is not None:
                raise LieError("rollback", "the home has no checkpoint any more")
            return None
        shown = open_shown(self.trust, note)
        if shown.size <= head.size and shown.root != await means.ledger.root(origin, shown.size):
            raise LieError("fork", f"another root at {shown.size} than is stored", shown.note)
        check_shown(shown, seen, means.clock)
        if seen is not None and head.size < seen.size < shown.size:
            proven = Proven(self._peer, origin, shown)
            if await proven.root(seen.size) != seen.root:  # signed, and never fetched
                raise LieError("fork", f"another root at {seen.size} than was shown", seen.note)
        if shown.size < head.size:
            raise LieError("rollback", f"{shown.size} after {head.size}", shown.note)
        now = means.clock.now()
        latest = Seen(shown.size, shown.root, shown.note, shown.time, now)
        await means.follows.see(self.log_id, latest)
        return shown

    async def _advance(self, head: Head, proven: Proven) -> int:
        """Fetch, prove and admit, or stage, one chunk; return how many records were admitted."""
        held, edge = self._proven_before(head)

        async def take(start: int) -> Taken:
            return await self._take(start, proven.shown)

        chunk, kept = await self._ahead.take(held.end, take)
        try:
            whole, ends, spared = await self._prove(head, proven, (held, chunk), edge)
        except LieError as lie:
            anew = await self._begin_anew(lie.detail)
            raise (anew if kept else lie) from lie  # a damaged file is never an alarm
        except ChangedError as error:
            raise await self._begin_anew(str(error)) from error
        if whole.end < proven.shown.size:
            self._ahead.go_on(whole.end, take)
        taken = await self._admit(whole, ends, spared)
        self._held = (cut(whole, whole.start + taken, whole.end), edge)
        return taken

    async def _prove(
        self, head: Head, proven: Proven, lines: tuple[KeptChunk, KeptChunk], edge: CompactRange
    ) -> tuple[KeptChunk, Sequence[Shown], Mapping[int, Spared]]:
        """Return all lines beyond the head, where batches end in them, what is spared of them.

        ``lines`` are those proven before, of which ``edge`` is the right edge, and those to prove;
        afterwards it is the edge of them all. Raises LieError.
        """
        held, chunk = lines
        whole, ends = join(held, chunk), self._ends(chunk, proven.shown)
        sizes = sorted({chunk.start, whole.end, *(end.size for end in ends)})
        roots = await asyncio.to_thread(roots_at, edge, chunk, sizes)
        if await proven.root(whole.end) != roots[whole.end]:
            raise await self._diagnose(head, proven, chunk, roots)
        for end in ends:
            if end.root != roots[end.size]:
                detail = f"another root at {end.size} than in the tree of {proven.shown.size}"
                raise LieError("fork", detail, end.note)
        return whole, ends, await self._orders.check(whole, proven)

    def _proven_before(self, head: Head) -> tuple[KeptChunk, CompactRange]:
        """Return what this run has proven beyond the head, and the tree's edge at its end."""
        if self._held is not None and self._held[0].start == head.size:
            held, edge = self._held
            return held, edge.copy()
        edge = CompactRange.from_bytes(head.size, head.compact_range)
        return nothing_at(self.trust.origin, head.size), edge

    async def _newest_again(self) -> Proven:
        newest = await self._newest()
        if newest is None:  # pragma: no cover - it was there, or this would have raised
            raise PeerError("peer-unreachable", "the checkpoint is gone")
        return Proven(self._peer, self.trust.origin, newest)

    async def _take(self, start: int, newest: Shown) -> Taken:
        """Return the chunk from a position, as it was kept by one that died, or fetched."""
        kept = await asyncio.to_thread(self._staging.load, start, newest.size)
        if kept is not None:
            return kept, True
        count = min(MAX_ENTRIES, newest.size - start)
        with self._staging.writing() as write:
            chunk = await self._peer.bodies(self.trust.origin, start, count, write)
        if chunk is None or chunk[0].end == start:
            raise LieError("bodies-withheld", f"nothing from {start} of {newest.size}", newest.note)
        return self._staging.keep(chunk), False

    def _ends(self, chunk: KeptChunk, newest: Shown) -> list[Shown]:
        """Return the checkpoints at which batches ended inside a chunk, in order.

        One that the home did not cosign, of a batch it was refilled with, is no end: nobody says
        when it was signed. The next one covers it.
        """
        last = max((peek_size(note) for note in chunk.notes), default=0)
        if last < chunk.end:
            raise LieError("checkpoints-withheld", f"none is given at or beyond {chunk.end}")
        found = {newest.size: newest} if newest.size == chunk.end else {}
        for note in chunk.notes:
            try:
                shown = open_shown(self.trust, note)
            except LieError as lie:
                if lie.kind in {"unknown-key", "expired-key"}:
                    continue
                raise
            if chunk.start < shown.size <= chunk.end:
                found.setdefault(shown.size, shown)
        return [found[size] for size in sorted(found)]

    async def _diagnose(
        self, head: Head, proven: Proven, chunk: KeptChunk, roots: Mapping[int, bytes]
    ) -> RegistryError:
        """Say why lines do not lead to the signed root: the tree is another, or they are."""
        size, note = proven.shown.size, proven.shown.note
        if head.size and await proven.root(head.size) != head.root:
            detail = f"the tree of {size} does not continue the one stored, {head.size}"
            return LieError("fork", detail, note)
        if head.size < chunk.start and await proven.root(chunk.start) != roots[chunk.start]:
            return await self._begin_anew(f"lines from {head.size}")
        return LieError("bodies-differ", f"lines {chunk.start} to {chunk.end}", note)

    async def _begin_anew(self, what: str) -> PeerError:
        """Forget what is kept: it is not what was proven."""
        self._held = None
        await self._ahead.end()
        await asyncio.to_thread(self._staging.clear)
        return PeerError("staged-damaged", f"{what}: fetched anew")

    async def _admit(
        self, whole: KeptChunk, ends: Sequence[Shown], spared: Mapping[int, Spared]
    ) -> int:
        done = whole.start
        for end in ends:
            part = cut(whole, done, end.size)
            gone = {idx - done: spared[idx] for idx in part.gone}
            batch = Followed(self.trust.party, done, end.signed, end.note, part.lines, gone)
            await self._follow(batch)
            done = end.size
        if done > whole.start:
            await asyncio.to_thread(self._staging.drop, done)
        rest = whole.lines[done - whole.start :]
        if len(rest) > MAX_RECORDS or rest.size > MAX_UNPACKED:  # no honest batch is larger
            detail = f"no batch ends from {done} to {whole.end}"
            await self._begin_anew(detail)
            raise LieError("checkpoints-withheld", detail)
        return done - whole.start

    async def _follow(self, batch: Followed) -> None:
        try:
            admitted = await self._means.door.follow(batch)
        except RootMismatchRefusal as refusal:
            if refusal.extra["fork"]:
                detail = "not what this node has cosigned"
                raise LieError("fork", detail, batch.receipt) from refusal
            raise await self._begin_anew(f"lines from {batch.start}") from refusal
        except ChangedError as error:
            raise await self._begin_anew(str(error)) from error
        if admitted is None:
            raise PeerError("moved-on", f"the log stands at {batch.start} no longer")

    async def _witness(self, newest: Shown) -> None:
        """Have the own witness cosign the tree; one that knows a later one has done so already."""
        old = self._witnessed
        if old == newest.size:
            return
        for _ in range(2):  # the first time it says where it stands
            if old > newest.size:
                return
            try:
                line = await self._ask_witness(newest, old)
            except Refusal as refusal:
                old = _stands_at(refusal, newest)
            else:
                seen = (newest.size, newest.root, line.decode())
                await self._means.follows.witnessed(self.log_id, *seen)
                self._witnessed = newest.size
                return

    async def _ask_witness(self, newest: Shown, old: int) -> bytes:
        proof: list[bytes] = []
        if 0 < old < newest.size:
            proof = await self._means.ledger.consistency(self.trust.origin, old, newest.size)
        lines = [f"old {old}", *map(encode_base64, proof)]
        return await self._means.witness("\n".join(lines).encode() + b"\n\n" + newest.signed.note)

    async def _attachments(self) -> None:
        """Fetch what records name and is not here; what the home has not got yet comes later."""
        origin = self.trust.origin
        for key in await self._means.follows.attachments_missing(self.log_id, ATTACHMENTS):
            body = await self._peer.attachment(origin, key.hex())
            if body is not None:
                try:
                    await self._means.attachments.put(origin, key.hex(), _once(body))
                except Refusal as refusal:
                    if refusal.detail_code != "attachment-differs":
                        raise
                    raise LieError("attachment-differs", key.hex(), digest_of(body)) from refusal


def _stands_at(refusal: Refusal, newest: Shown) -> int:
    """Return the size at which a witness that refuses stands; beyond the tree: let it be.

    Raises:
        LieError: ``fork``: it has cosigned another tree.
    """
    if refusal.detail_code == "root-mismatch":
        raise LieError("fork", "not what the witness has cosigned", newest.note) from refusal
    old = refusal.extra.get("size")
    return old if refusal.detail_code == "old-size" and isinstance(old, int) else newest.size + 1


async def _once(body: bytes) -> AsyncIterator[bytes]:
    yield body
