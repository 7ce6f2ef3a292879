"""Gossip of checkpoints: nodes tell each other the newest trees they have seen of every log.

A home that shows different nodes different trees is found out by nobody who asks it alone. So every
node gives out the notes it has verified, and compares what others give out with what it holds: the
same size has one root; of different sizes the smaller must be a prefix of the larger, which the
stored tree shows, or else the log's home has to prove it. Only notes that the log itself has signed
count; all else that a peer says is passed over, and raises no alarm about anybody.
"""

import asyncio
import logging
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from hashlib import sha256
from time import monotonic
from typing import Final

import msgspec

from registry.clock import Clock, unix
from registry.errors import NotFoundRefusal
from registry.exchange.following import raise_alarm
from registry.exchange.fork import Fork
from registry.exchange.gathering import cosigned
from registry.exchange.home import Trust
from registry.exchange.lies import LieError, PeerError
from registry.exchange.peer import Asking, Pace, PeerNode
from registry.exchange.proven import Proven
from registry.exchange.rhythm import Rhythm, Rounds
from registry.exchange.shown import Shown, open_shown
from registry.ingest.admit import own_lines
from registry.ledger.quorum import cosigners
from registry.ledger.read import LogReader
from registry.store.cosignatures import CosignatureStore
from registry.store.engine import Database
from registry.store.following import FollowStore
from registry.store.logs import LogStore, log_id_of
from signing.charter import Charter
from signing.checkpoint import SignedCheckpoint, peek_checkpoint
from signing.errors import SigningError
from signing.merkle import EMPTY_ROOT
from signing.note import MAX_NOTE

PER_LOG: Final = 3
"""Notes about one log that are taken from one answer."""
REQUESTS: Final = 10.0
"""Requests a second to one node at most."""
FRESH: Final = 2.0
"""Seconds for which an answer to others is kept: asking often costs nothing."""
EVERY: Final = 10
"""Rounds of following for one of gossip."""
Witnessed = Callable[[str], Awaitable[bytes]]
"""Gives what the own witness cosigned last, by the SHA-256 of an origin; raises NotFoundRefusal."""
_log = logging.getLogger(__name__)


class GossipOut(msgspec.Struct, frozen=True):
    """Checkpoint notes that a node has verified, as signed: the newest of each log."""

    checkpoints: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class _Told:
    """A note about a log that another node gave out; the log has signed it."""

    trust: Trust
    log_id: int
    signed: SignedCheckpoint
    note: bytes
    by: str

    @property
    def size(self) -> int:
        return self.signed.checkpoint.size

    @property
    def root(self) -> bytes:
        return self.signed.checkpoint.root


class Gossip:
    """What this node tells others of checkpoints, and what it makes of what they tell."""

    def __init__(
        self, charter: Charter, node_name: str, asking: Asking, db: Database, witnessed: Witnessed
    ) -> None:
        """Take the charter, whom to ask and how, what is held, and the own witness."""
        self._node_name = node_name
        self._asking = asking
        self._witnessed = witnessed
        self._ledger = LogReader(db)
        self._logs = LogStore(db)
        self._follows = FollowStore(db)
        self._cosignatures = CosignatureStore(db)
        self._charter = charter
        self._peers = self._asked(charter)
        self._rounds = Rounds("gossip of", self.round)
        self._rounds.about(self._peers)
        self._out: tuple[float, GossipOut] | None = None

    def _asked(self, charter: Charter) -> dict[str, PeerNode]:
        return {
            node.name: PeerNode(node.url, self._asking, Pace(REQUESTS))
            for node in charter.nodes
            if node.name != self._node_name
        }

    @property
    def _clock(self) -> Clock:
        return self._asking.clock

    def under(self, charter: Charter) -> None:
        """Talk to the nodes of a later charter from now on."""
        self._charter, self._peers, self._out = charter, self._asked(charter), None
        self._rounds.about(self._peers)

    # --- what others are told ---

    async def told(self) -> GossipOut:
        """Return what this node has verified: at most three notes a log, some seconds old."""
        now = monotonic()
        if self._out is None or self._out[0] < now - FRESH:
            found: list[str] = []
            for party in self._charter.parties:
                notes = await self._held(party.origin)
                found += dict.fromkeys(note.decode() for note in notes)
            self._out = now, GossipOut(tuple(found))
        return self._out[1]

    async def _held(self, origin: str) -> list[bytes]:
        """Return the tree that is stored, the one that the home has shown, the one witnessed."""
        notes = []
        try:
            notes.append(await self._ledger.checkpoint(origin))
        except NotFoundRefusal:
            _log.debug("nothing of %s is stored", origin)
        size = peek_checkpoint(notes[0]).size if notes else 0
        seen = await self._follows.seen(log_id_of(origin))
        if seen is not None and seen.note and seen.size > size:
            notes.append(seen.note)
        try:
            last = await self._witnessed(sha256(origin.encode()).hexdigest())
        except NotFoundRefusal:
            return notes
        known = {parsed.text() for parsed in map(peek_checkpoint, notes)}
        return notes if peek_checkpoint(last).text() in known else [*notes, last]

    # --- what others tell ---

    async def once(self) -> bool:
        """Hear every node once; tell whether all went well."""
        return all(await asyncio.gather(*map(self.round, self._peers)))

    async def round(self, name: str) -> bool:
        """Hear one node; tell whether it gave a usable answer and nothing contradicts it."""
        try:
            notes = self._read(await self._peers[name].gossip())
        except (LieError, PeerError) as error:
            _log.warning("gossip of %s: %s", name, error)
            return False
        good = True
        for told in self._signed(name, notes):
            try:
                await self._compare(told)
            except LieError as lie:
                await self._keep(told, lie)
                good = False
            except PeerError as error:
                _log.warning("gossip of %s about %s: %s", name, told.trust.origin, error)
                good = False
        return good

    def _read(self, answer: bytes | None) -> Sequence[bytes]:
        """Return the notes of an answer; raise LieError ``malformed``. A node may have none."""
        if answer is None:
            return ()
        try:
            found = msgspec.json.decode(answer, type=GossipOut)
        except msgspec.DecodeError as error:
            raise LieError("malformed", str(error)) from error
        return [note.encode() for note in found.checkpoints if len(note) <= MAX_NOTE]

    def _signed(self, by: str, notes: Sequence[bytes]) -> list[_Told]:
        """Return those that a log of the charter has signed with a key that counts."""
        found: list[_Told] = []
        for note in notes:
            try:
                told = self._open(by, note)
            except SigningError as error:
                _log.info("gossip of %s: passed over: %s", by, error)
                continue
            if sum(one.log_id == told.log_id for one in found) < PER_LOG:
                found.append(told)
        return found

    def _open(self, by: str, note: bytes) -> _Told:
        origin = peek_checkpoint(note).origin
        party = self._charter.party(origin)
        signed = own_lines(party, note)
        times = [one.time for one in cosigners(self._charter, note)]
        party.check_key(signed.basic, min(times, default=unix(self._clock)))
        return _Told(Trust(self._charter, origin), log_id_of(origin), signed, note, by)

    async def _compare(self, told: _Told) -> None:
        """Raise LieError where a note contradicts what is held here, or what the home shows."""
        head = await self._logs.head(told.log_id)
        if head is not None and told.size <= head.size:
            await self._within(told, head.size)
            return
        seen = await self._follows.seen(told.log_id)
        if seen is not None and seen.size == told.size:
            if seen.root != told.root:
                raise self._fork(told, Fork(told.note, seen.note, seen.root))
        elif told.trust.home.name != self._node_name:
            await self._demand(told)

    async def _within(self, told: _Told, size: int) -> None:
        """Compare with the stored tree, which is at least as large."""
        origin = told.trust.origin
        root = await self._ledger.root(origin, told.size) if told.size else EMPTY_ROOT
        if root == told.root:
            if told.size == size and self._charter.quorum > 1:
                await self._keep_cosignatures(told)
            return
        own = await self._ledger.checkpoint(origin)
        proof = await self._ledger.consistency(origin, told.size, size) if told.size else []
        raise self._fork(told, Fork(told.note, own, root, tuple(proof)))

    async def _keep_cosignatures(self, told: _Told) -> None:
        """Keep what other nodes have cosigned of the newest tree: it counts, whoever brings it."""
        found = [cosigned(one) for one in cosigners(self._charter, told.note)]
        await self._cosignatures.keep(told.log_id, told.size, told.root, found)

    async def _demand(self, told: _Told) -> None:
        """Have the home prove that its newest tree continues the one that was told of."""
        peer, origin = self._peers[told.trust.home.name], told.trust.origin
        note = await peer.checkpoint(origin)
        newest = None if note is None else open_shown(told.trust, note)
        if newest is None or newest.size < told.size:
            self._withheld(told, newest)
            return
        proven = Proven(peer, origin, newest)
        root = await proven.root(told.size)
        if root != told.root:
            proof = tuple(await proven.consistency(told.size))
            raise self._fork(told, Fork(told.note, newest.note, root, proof))

    def _withheld(self, told: _Told, newest: Shown | None) -> None:
        """Raise LieError if the home itself has cosigned what it does not show to this node."""
        try:
            open_shown(told.trust, told.note)
        except LieError:
            return  # the log has signed it, and may not have sent it yet
        shown = 0 if newest is None else newest.size
        detail = f"{told.size} was shown to {told.by}, here {shown}"
        raise LieError("withheld-tree", detail, told.note)

    def _fork(self, told: _Told, fork: Fork) -> LieError:
        detail = f"another root at {told.size} than {told.by} has seen"
        return LieError("fork", detail, fork.encode())

    async def _keep(self, told: _Told, lie: LieError) -> None:
        now = self._clock.now()
        if lie.kind == "fork":
            await self._logs.save_evidence(told.log_id, "fork", told.note, told.size, now)
        await raise_alarm(self._follows, told.trust, lie, now)

    @asynccontextmanager
    async def running(self, rhythm: Rhythm) -> AsyncIterator[None]:
        """Ask while the block runs."""
        async with self._rounds.running(rhythm):
            yield
