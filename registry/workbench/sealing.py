"""What was reviewed is sealed with the member's own signer and sent: by the publisher, as ever.

The node has no member's private key. Where the settings name a signing service for a member, the
desk keeps a working folder for it as the publisher's tool does, and runs the very steps of
`registry.exchange.publisher`: so the sealed bytes are on disk before they leave, and a run that was
killed is finished by the next one, which takes rows that are sealed already for what they are.
"""

import asyncio
from collections.abc import Iterator, Mapping, Sequence
from contextlib import closing, contextmanager
from dataclasses import dataclass
from pathlib import Path

from registry.clock import Clock
from registry.errors import RegistryError
from registry.exchange import flow
from registry.exchange.client import HttpNode
from registry.exchange.errors import NodeRefusedError, PublishError
from registry.exchange.home import Delivered, Node, Trust
from registry.exchange.publisher import Publisher
from registry.exchange.rows import Known, Row, RowChecker
from registry.exchange.sealed import LogSigner, SealedLog
from registry.exchange.socket_signer import SocketSigner
from registry.exchange.workdir import Workdir
from registry.settings import DeskSigner
from registry.store.workbench import KeptRow
from registry.workbench.node import Doors, LocalNode
from registry.workbench.rows import forms_to_seal, new_salt
from signing.charter import Party
from signing.errors import SigningError


@dataclass(frozen=True, slots=True)
class Sealed:
    """What a run did: the place of each row in the log, those refused after all, and receipts."""

    places: Mapping[int, int]
    refused: tuple[Row, ...]
    delivered: tuple[Delivered, ...]


class SealingError(RegistryError):
    """The run stopped; what was sealed stays sealed, and goes with the next one."""

    def __init__(self, zh: str, en: str) -> None:
        """Take both texts."""
        super().__init__(f"{zh} / {en}")
        self.zh = zh
        self.en = en


class Sealing:
    """Seals and sends for the members that have a signing service."""

    def __init__(
        self, signers: Sequence[DeskSigner], folder: Path, node_name: str, clock: Clock
    ) -> None:
        """Take the services by member, where working folders are, and which node this is."""
        self._sockets = {one.member: one.socket for one in signers}
        self._folder = folder
        self._node_name = node_name
        self._clock = clock

    def can(self, member: str) -> bool:
        """Tell whether a member's parcels can be sealed here."""
        return member in self._sockets

    async def seal(self, doors: Doors, party: Party, rows: Sequence[KeptRow]) -> Sealed:
        """Seal and send rows that passed; raises SealingError.

        The same rows again are found where they are: nothing is sealed twice.
        """
        if not self.can(party.code):
            raise SealingError("签名服务未配置。", "No signing service is set up.")
        loop = asyncio.get_running_loop()
        try:
            return await asyncio.to_thread(self._run, doors, party, rows, loop)
        except (PublishError, NodeRefusedError) as error:
            raise SealingError(error.zh, error.en) from error
        except SigningError as error:
            raise SealingError(error.zh, str(error)) from error

    def _run(
        self,
        doors: Doors,
        party: Party,
        rows: Sequence[KeptRow],
        loop: asyncio.AbstractEventLoop,
    ) -> Sealed:
        signer = SocketSigner(self._sockets[party.code])
        workdir = Workdir(self._folder / party.code)
        trust = Trust(doors.charter, party.origin)
        with self._home(doors, trust, loop) as node, workdir.locked():
            if not workdir.vkeys():
                workdir.attach(self._sockets[party.code])
            log = workdir.log(party.origin)
            publisher = Publisher(log, trust, self._clock, node)
            work = flow.Work(publisher, lambda: LogSigner(signer), party.origin, node)
            finished = flow.resume(work)
            checker = RowChecker(new_salt, Known(log), party.territory)
            outcome = flow.publish(work, forms_to_seal(rows), checker)
            return Sealed(
                _places(outcome, log),
                tuple(outcome.to_fix),
                (*_earlier(outcome, finished, log, trust), *outcome.delivered),
            )

    @contextmanager
    def _home(self, doors: Doors, trust: Trust, loop: asyncio.AbstractEventLoop) -> Iterator[Node]:
        """Give the log's home: this node itself, or another over the network."""
        if trust.home.name == self._node_name:
            yield LocalNode(doors, loop)
            return
        with closing(HttpNode(trust.home.url)) as node:
            yield node


def _places(outcome: flow.Outcome, log: SealedLog) -> dict[int, int]:
    """Return where in the log each row stands: sealed now, or by a run that was killed."""
    indexes = (idx for start, end in outcome.sealed for idx in range(start, end))
    places = dict(zip(outcome.placed, indexes, strict=True))
    if outcome.again:
        known = {name: batch.start + at for batch, at, name in log.ids() if batch is not None}
        places |= {row: known[name] for row, name in outcome.again.items()}
    return places


def _earlier(
    outcome: flow.Outcome, finished: Sequence[Delivered], log: SealedLog, trust: Trust
) -> list[Delivered]:
    """Return the receipts of what a killed run had sealed: of this run's beginning, or kept."""
    if not outcome.again:
        return []
    places = _places(outcome, log)
    again = {places[row] for row in outcome.again}
    found = list(finished)
    for batch in log.batches():
        note = log.receipt(batch)
        if note is None or any(one.start == batch.start for one in found):
            continue
        if not again.isdisjoint(range(batch.start, batch.end)):
            found.append(Delivered(batch.start, batch.end, trust.open(note), ()))
    return [one for one in found if not again.isdisjoint(range(one.start, one.end))]
