"""All that goes on by itself between this node and the others of its charter.

It follows their logs, has its own trees cosigned by their witnesses, and hears what they have seen.
"""

from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass

from registry.exchange.following import Following, following_of
from registry.exchange.gathering import Gathering
from registry.exchange.gossip import EVERY, Gossip, Witnessed
from registry.exchange.peer import open_asking
from registry.exchange.pull import PullMeans
from registry.exchange.rhythm import Rhythm
from registry.ingest.admit import Door
from registry.settings import Settings
from registry.store.engine import Database
from signing.charter import Charter
from signing.keys import SigningKey


@dataclass(frozen=True, slots=True)
class Neighbours:
    """What goes on between this node and the others."""

    following: Following
    gathering: Gathering
    gossip: Gossip

    def under(self, charter: Charter, door: Door) -> None:
        """Go on with the nodes of a later charter, through its door."""
        self.following.under(charter, door)
        self.gathering.under(charter)
        self.gossip.under(charter)

    @asynccontextmanager
    async def running(self, seconds: float) -> AsyncIterator[None]:
        """Ask the others every so many seconds while the block runs; 0 is never."""
        async with AsyncExitStack() as stack:
            if seconds:
                rhythm = Rhythm(seconds)
                await stack.enter_async_context(self.following.running(rhythm))
                await stack.enter_async_context(self.gathering.running(rhythm))
                rarely = Rhythm(EVERY * seconds)
                await stack.enter_async_context(self.gossip.running(rarely))
            yield


@asynccontextmanager
async def open_neighbours(
    settings: Settings,
    charter: Charter,
    db: Database,
    mirror: SigningKey,
    means: PullMeans,
    witnessed: Witnessed,
) -> AsyncIterator[Neighbours]:
    """Open connections to the other nodes of the charter; nothing is asked yet."""
    async with open_asking(mirror, means.clock) as asking:
        yield Neighbours(
            following_of(settings, charter, asking, means),
            Gathering(charter, settings.node_name, asking, db),
            Gossip(charter, settings.node_name, asking, db, witnessed),
        )
