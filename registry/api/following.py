"""How the logs of other nodes are followed here, for whoever watches the node."""

from datetime import datetime

from litestar import get
from litestar.di import NamedDependency
from litestar.params import SkipValidation
from msgspec import Struct

from registry.exchange.following import Following


class FollowedOut(Struct):
    """A log whose home is another node: ``held`` records are here, its home has shown ``seen``.

    ``failure`` is the code of what fails since ``failing_since``, empty while it goes well.
    ``alarms`` counts by kind what contradicted what is signed; it never shrinks.
    """

    origin: str
    held: int
    seen: int
    seen_at: datetime | None
    failing_since: datetime | None
    failure: str
    alarms: dict[str, int]


class FollowingOut(Struct):
    """The logs that this node follows, by origin."""

    logs: tuple[FollowedOut, ...]


@get("/following", tags=["about"], summary="How the logs of other nodes are followed")
async def followed(following: NamedDependency[SkipValidation[Following]]) -> FollowingOut:
    """Freshness, failures and alarms of each log whose home is another node."""
    states = await following.states()
    return FollowingOut(
        tuple(
            FollowedOut(
                one.origin,
                one.held,
                one.seen,
                one.seen_at,
                one.failing_since,
                one.failure,
                dict(one.alarms),
            )
            for one in states
        )
    )
