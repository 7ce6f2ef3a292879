"""What a saved search asks, what a look at it has seen, and what is told."""

from dataclasses import dataclass
from datetime import date, datetime
from typing import Final, Literal

from msgspec import Struct

from registry.errors import Refusal

Kind = Literal["search", "subject", "standard"]
AlertKind = Literal["record", "hit", "records", "event", "applies", "changed"]
ALERTS: Final[tuple[AlertKind, ...]] = (
    *("record", "hit", "records", "event", "applies", "changed"),
)
"""A new record of a subject; a new hit; new records of a hit; something that happened to a
standard; other measures; and that something else is not as it was, which says no more."""


class Saved(Struct, frozen=True, omit_defaults=True):
    """A question: words and filters, a subject by its id, or a standard by its number.

    ``text`` holds the words, or the number without year in its normal form; ``states``, ``since``
    and ``until`` filter as in a search. With a ``territory`` what applies there, in a ``matter`` or
    in all, is watched, too. ``name`` is what its owner calls it.
    """

    kind: Kind
    text: str = ""
    subject: str = ""
    cities: tuple[str, ...] = ()
    types: tuple[str, ...] = ()
    severities: tuple[str, ...] = ()
    states: tuple[str, ...] = ()
    since: date | None = None
    until: date | None = None
    territory: str = ""
    matter: str = ""
    name: str = ""


class State(Struct, frozen=True, omit_defaults=True):
    """What a look has seen, with nothing that tells of it.

    ``known``: the size of each log up to which it has; ``digest``: of what was shown of that;
    ``applies``: of the measures; ``ids``: of hits or events.
    """

    at: datetime
    known: dict[str, int]
    digest: str = ""
    applies: str = ""
    ids: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Alert:
    """One thing that is new; which members are filled in depends on its kind.

    ``name`` and ``code`` are the subject's or the standard's; ``type`` is a record's type or what
    happened to a standard, ``said`` what a document says.
    """

    kind: AlertKind
    name: str = ""
    code: str = ""
    subject: str = ""
    type: str = ""
    origin: str = ""
    idx: int = 0
    member: str = ""
    on: date | None = None
    said: str = ""


@dataclass(frozen=True, slots=True)
class Told:
    """What a look tells; ``title`` is whom or what it is about, by what may be seen today.

    Not ``whole``: there is more than is watched (the first hits of a search, the latest events).
    """

    title: str
    alerts: tuple[Alert, ...]
    whole: bool


@dataclass(frozen=True, slots=True)
class SavedView:
    """A saved search as it stands; ``seen_at``: when what counts as seen was looked at.

    ``told`` is None where it could not be looked at now, and ``refusal`` says why. ``look`` is the
    number to mark as seen, 0 where nothing was looked at for that.
    """

    id: str
    asked: Saved
    made_at: datetime
    kept_until: datetime
    seen_at: datetime
    told: Told | None = None
    refusal: Refusal | None = None
    look: int = 0
