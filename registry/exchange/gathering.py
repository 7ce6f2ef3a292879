"""Has the trees of this node's own logs cosigned by other nodes, until the quorum has seen them.

An admission does not wait for it: the batch is stored and receipted, and its log *awaits witnesses*
until enough nodes have cosigned the newest tree. Each witness is asked in a task of its own, so
that one that is away delays no other, and more slowly each time it fails. Where this node alone is
the quorum nobody is asked.
"""

import asyncio
import logging
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from functools import partial

from registry.errors import NotFoundRefusal
from registry.exchange.asking_witness import AskedWitness, Tree, WitnessError
from registry.exchange.peer import Asking
from registry.exchange.rhythm import Rhythm, Rounds
from registry.ledger.quorum import seen_by
from registry.ledger.read import LogReader
from registry.store.cosignatures import CosignatureStore, Cosigned
from registry.store.engine import Database
from registry.store.logs import log_id_of
from signing.charter import Charter
from signing.checkpoint import peek_checkpoint
from signing.cosign import Cosignature
from signing.note import Note, parse_note

_log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Failing:
    """What a witness does not do: for which log, and why (`asking_witness.REASONS`)."""

    node: str
    origin: str
    reason: str


class Gathering:
    """The witnesses of other nodes, and how it goes with each."""

    def __init__(self, charter: Charter, node_name: str, asking: Asking, db: Database) -> None:
        """Take the charter, which says how many must have seen a tree, and whom to ask."""
        self._node_name = node_name
        self._asking = asking
        self._ledger = LogReader(db)
        self._store = CosignatureStore(db)
        self._failing: dict[tuple[str, str], str] = {}
        self._charter = charter
        self._witnesses = self._asked(charter)
        self._rounds = Rounds("witness of", self.round)
        self._rounds.about(self._witnesses)

    def _asked(self, charter: Charter) -> dict[str, AskedWitness]:
        if charter.quorum == 1:
            return {}
        others = (node for node in charter.nodes if node.name != self._node_name)
        return {node.name: AskedWitness(node, self._asking) for node in others}

    @property
    def failing(self) -> tuple[Failing, ...]:
        """What fails now, by node and log."""
        found = sorted(self._failing.items())
        return tuple(Failing(*place, reason) for place, reason in found)

    def under(self, charter: Charter) -> None:
        """Ask the witnesses of a later charter from now on."""
        self._charter, self._witnesses = charter, self._asked(charter)
        self._failing.clear()
        self._rounds.about(self._witnesses)

    async def once(self) -> bool:
        """Ask every witness for what is missing; tell whether all went well."""
        return all(await asyncio.gather(*map(self.round, self._witnesses)))

    async def round(self, name: str) -> bool:
        """Ask one witness for what is missing of every log; tell whether all went well."""
        witness, good = self._witnesses[name], True
        for party in self._charter.parties:
            if party.home == self._node_name:
                good = await self._gather(witness, party.origin) and good
        return good

    async def _gather(self, witness: AskedWitness, origin: str) -> bool:
        place = witness.node.name, origin
        try:
            await self._ask(witness, origin)
        except WitnessError as error:
            if self._failing.get(place) != error.reason:  # once: it is asked again and again
                _log.warning("awaiting witnesses of %s: %s", origin, error)
            self._failing[place] = error.reason
            return False
        self._failing.pop(place, None)
        return True

    async def _ask(self, witness: AskedWitness, origin: str) -> None:
        try:
            note = await self._ledger.checkpoint(origin)
        except NotFoundRefusal:
            return  # nothing was admitted yet, or a refill is going on
        if witness.node.name not in seen_by(self._charter, note).awaiting:
            return
        checkpoint = peek_checkpoint(note)
        proofs = partial(self._proof, origin, checkpoint.size)
        tree = Tree(_own_lines(note, origin), checkpoint.size)
        found = await witness.cosign(tree, proofs)
        kept = (cosigned(found),)
        await self._store.keep(log_id_of(origin), checkpoint.size, checkpoint.root, kept)

    async def _proof(self, origin: str, new: int, old: int) -> list[bytes]:
        return await self._ledger.consistency(origin, old, new)

    @asynccontextmanager
    async def running(self, rhythm: Rhythm) -> AsyncIterator[None]:
        """Ask while the block runs."""
        async with self._rounds.running(rhythm):
            yield


def cosigned(found: Cosignature) -> Cosigned:
    """Return a verified cosignature as it is kept."""
    line = found.signature
    return Cosigned(line.name, line.key_id, line.line(), found.time)


def _own_lines(note: bytes, origin: str) -> bytes:
    """Return the note with the log's own lines: cosignatures of others are nothing to a witness."""
    parsed = parse_note(note)
    return Note(parsed.text, tuple(s for s in parsed.signatures if s.name == origin)).encode()
