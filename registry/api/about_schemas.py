"""What the node says about itself: its health, and the charter in force."""

from datetime import date, datetime

from msgspec import Struct


class CharterOut(Struct):
    """The charter in force, and how long it will be; ``notice`` is empty until 60 days before."""

    version: int
    digest: str
    state: str
    """in-force, ends-soon, grace, or ended: then nothing is admitted or cosigned."""
    expires_on: date
    last_day: date
    """The last of the days of grace."""
    days: int
    """Left of the state it is in; since it ended."""
    notice: str
    notice_en: str
    waiting: int
    """A later version that the node can only take over at a restart; 0 if there is none."""


class HealthOut(Struct):
    """Whether the node can answer."""

    status: str
    region: str
    logs: int
    index_lag: int
    """Commits that the search index has not taken up yet."""
    at: datetime
    charter: CharterOut
    alarms: int
    """Contradictions met that nobody has taken note of yet: see /alarms."""
