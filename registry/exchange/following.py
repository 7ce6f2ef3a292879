"""Follows the logs of all other nodes: each node in a task of its own, so that none waits for one.

What fails is tried again, more slowly each time and at moments that no two nodes share; what
contradicts itself is kept as an alarm, and tried again like the rest: an honest home goes on.
"""

import asyncio
import logging
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import replace
from datetime import datetime
from pathlib import Path
from typing import Final

from registry.clock import Clock
from registry.errors import Refusal
from registry.exchange.home import Trust
from registry.exchange.lies import ALARMS, LieError, PeerError
from registry.exchange.peer import Asking, Pace, PeerNode, open_asking
from registry.exchange.pull import LogPull, PullMeans, Witness
from registry.exchange.rhythm import Rhythm, Rounds
from registry.exchange.staging import Staging
from registry.ingest.admit import Door
from registry.ingest.attachments import AttachmentDoor
from registry.ledger.read import LogReader
from registry.settings import Settings
from registry.store.engine import Database
from registry.store.following import Alarm, FollowState, FollowStore
from registry.store.logs import LogStore, log_id_of
from signing.charter import Charter
from signing.keys import SigningKey
from signing.merkle import EMPTY_ROOT

REQUESTS: Final = 50.0
"""Requests a second to one node at most; its own bound is not the first to be met."""
_log = logging.getLogger(__name__)


class Following:
    """Everything that this node follows."""

    def __init__(
        self, charter: Charter, node_name: str, asking: Asking, means: PullMeans, folder: Path
    ) -> None:
        """Take the charter, which says whose home is where, and where to stage what is proven."""
        self._node_name = node_name
        self._asking = asking
        self._means = means
        self._folder = folder
        self.peers: Mapping[str, Sequence[LogPull]] = self._pulls(charter)
        self._rounds = Rounds("following", self.round)
        self._rounds.about(self.peers)

    def _pulls(self, charter: Charter) -> dict[str, tuple[LogPull, ...]]:
        pulls: dict[str, tuple[LogPull, ...]] = {}
        for node in charter.nodes:
            peer = PeerNode(node.url, self._asking, Pace(REQUESTS))
            logs = [p.origin for p in charter.parties if p.home == node.name != self._node_name]
            if logs:
                pulls[node.name] = tuple(
                    LogPull(
                        Trust(charter, origin), peer, self._means, Staging(self._folder, origin)
                    )
                    for origin in logs
                )
        return pulls

    def under(self, charter: Charter, door: Door) -> None:
        """Follow the nodes of a later charter from now on, through its door.

        A round under way is finished as it was begun, unless its node is no longer followed.
        """
        self._means = replace(self._means, door=door)
        self.peers = self._pulls(charter)
        self._rounds.about(self.peers)

    async def states(self) -> tuple[FollowState, ...]:
        """Return how it goes with each log, by origin."""
        pulls = [pull for pulls in self.peers.values() for pull in pulls]
        logs = sorted((pull.trust.origin, pull.log_id) for pull in pulls)
        return await self._means.follows.states([(log_id, origin) for origin, log_id in logs])

    async def once(self) -> bool:
        """Take what there is from every node; tell whether all went well."""
        return all(await asyncio.gather(*map(self.round, self.peers)))

    async def round(self, name: str) -> bool:
        """Take what there is from one node, log by log; tell whether all went well."""
        good, away = True, False
        for pull in self.peers[name]:
            # Where one log is not answered the next would not be, either: it fails, too, unasked.
            failure = PeerError.code if away else await self._pull(pull)
            now = self._means.clock.now()
            await self._means.follows.went(pull.log_id, failure, now, EMPTY_ROOT)
            good, away = good and not failure, failure == PeerError.code
        return good

    async def _pull(self, pull: LogPull) -> str:
        """Run one log; return the code of what failed, empty if nothing did."""
        try:
            await pull.run()
        except LieError as lie:
            await self._keep(pull, lie)
            return lie.kind
        except PeerError as error:
            _log.warning("following %s: %s", pull.trust.origin, error)
            return error.reason
        except Refusal as refusal:
            _log.warning("following %s: %s", pull.trust.origin, refusal)
            return refusal.detail_code
        return ""

    async def _keep(self, pull: LogPull, lie: LieError) -> None:
        means, now = self._means, self._means.clock.now()
        if lie.kind == "fork":
            head = await means.logs.head(pull.log_id)
            size = 0 if head is None else head.size
            await means.logs.save_evidence(pull.log_id, "fork", lie.evidence, size, now)
        await raise_alarm(means.follows, pull.trust, lie, now)

    @asynccontextmanager
    async def running(self, rhythm: Rhythm) -> AsyncIterator[None]:
        """Follow while the block runs; what is under way at its end is begun again later."""
        async with self._rounds.running(rhythm):
            yield


async def raise_alarm(follows: FollowStore, trust: Trust, lie: LieError, now: datetime) -> None:
    """Keep what contradicts itself about a log, and tell it once in the node's own log."""
    home = trust.home.name
    alarm = Alarm(log_id_of(trust.origin), lie.kind, home, lie.detail, lie.evidence, now)
    if await follows.alarm(alarm):
        zh, en = ALARMS[lie.kind]
        text = "ALARM %s: %s of %s: %s / %s: %s"
        _log.error(text, lie.kind, trust.origin, home, zh, en, lie.detail)


@asynccontextmanager
async def open_following(
    settings: Settings, charter: Charter, mirror: SigningKey, means: PullMeans
) -> AsyncIterator[Following]:
    """Open what follows the other nodes of the charter; nothing is asked yet."""
    async with open_asking(mirror, means.clock) as asking:
        yield following_of(settings, charter, asking, means)


def following_of(
    settings: Settings, charter: Charter, asking: Asking, means: PullMeans
) -> Following:
    """Return what follows the other nodes of the charter over connections that are open."""
    return Following(charter, settings.node_name, asking, means, settings.following_dir)


def pull_means(db: Database, door: Door, witness: Witness, clock: Clock) -> PullMeans:
    """Return what following works with, over an open database."""
    attachments = AttachmentDoor(db)
    stores = (LogStore(db), LogReader(db), FollowStore(db))
    return PullMeans(door, *stores, attachments, witness, clock)
