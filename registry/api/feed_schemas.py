"""Bodies of the answers about feeds."""

from datetime import date, datetime
from typing import Literal

from msgspec import Struct


class FeedRecordOut(Struct, tag="record", tag_field="line"):
    """A record as it may be shown now: keep it in the place of what was held at its place.

    ``flags`` and ``marks`` are as with a record that is asked for.
    """

    origin: str
    idx: int
    id: str
    entry: str
    member: str
    subject_id: str
    flags: tuple[str, ...]
    marks: tuple[str, ...]
    record: dict[str, object]


class FeedStopOut(Struct, tag="stop", tag_field="line"):
    """A record that must no longer be shown, shared or used from now on.

    Confirm ``stop`` until the end of ``due``. ``ended``: by law, for nobody to know by which act;
    ``out-of-scope``: the approval no longer spans it.
    """

    stop: int
    origin: str
    idx: int
    id: str
    entry: str
    reason: Literal["ended", "out-of-scope"]
    due: date


class FeedPageOut(Struct, rename={"start": "from"}):
    """What has changed after ``from``; go on after ``cursor``, at once where there is ``more``."""

    start: str
    cursor: str
    more: bool
    lines: tuple[FeedRecordOut | FeedStopOut, ...]


class FeedStopsOut(Struct):
    """Stops that wait for confirmation, in order; ``late``: how many are past their day."""

    stops: tuple[FeedStopOut, ...]
    unconfirmed: int
    late: int


class FeedConfirm(Struct, forbid_unknown_fields=True):
    """The numbers of the stops that are confirmed: the record is no longer used anywhere."""

    stops: tuple[int, ...]


class FeedConfirmedOut(Struct):
    """How many were confirmed, and how many still wait."""

    confirmed: int
    unconfirmed: int


class FeedOut(Struct):
    """A consumer: what it is approved for, and how it stands.

    ``standing`` is good, cut-off, suspended, expired or ended. ``lag`` counts commits that it was
    not given yet. ``hook_failure`` is the code of what fails at its webhook, empty while it goes
    well; ``dead`` counts the batches that it did not take.
    """

    consumer: str
    name: str
    standing: str
    purpose: str
    onward: str
    cities: tuple[str, ...]
    types: tuple[str, ...]
    ranges: tuple[str, ...]
    valid_until: date
    days: int
    newest: str
    read: str
    read_at: datetime | None
    lag: int | None
    held: int
    stops: int
    unconfirmed: int
    late: int
    oldest_due: date | None
    address: str
    hook_failure: str
    hook_failures: int
    dead: int


class FeedsOut(Struct):
    """Every consumer, by code."""

    consumers: tuple[FeedOut, ...]
