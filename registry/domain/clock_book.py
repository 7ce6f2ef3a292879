"""The law's clocks as data (``clocks.toml``), read once: instruments, steps, periods, remarks.

What the words mean is said at the head of that file. Nothing here computes a day.
"""

from datetime import date
from pathlib import Path
from typing import Final, Literal

import msgspec
from msgspec import Struct

from registry.domain.periods import Counting
from registry.domain.records.base import Procedure, SeverityClass

Read = Literal["full_text", "secondary", "unconfirmed"]
Kind = Literal[
    "publicity",
    "earliest_repair",
    "automatic_end",
    "listing",
    "early_exit",
    "removal",
    "reporting",
    "push",
    "show",
    "withdrawal",
    "acceptance",
    "repair_decision",
    "repair_answer",
    "sync",
]
Anchor = Literal[
    "document",
    "publicity",
    "listing",
    "correction",
    "performance",
    "push",
    "application",
    "acceptance",
]
OF_THE_LIST: Final = "of-the-list"
"""The rule of a clock that stands for whatever rule ``lists.toml`` names."""
APPLICATION: Final = "repair_application"
"""What a clock names as its type that runs from an application for repair; no record is one."""


class _Row(Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """A table of the file; unknown members are refused."""


class Instrument(_Row, frozen=True):
    """A law as cited, and through which door an application under it goes."""

    title: str
    title_en: str
    number: str
    since: date
    where_zh: str = ""
    where_en: str = ""


class Passage(_Row, frozen=True):
    """What becomes of records that were decided under the step before."""

    read: Read
    zh: str
    en: str


class Step(_Row, frozen=True):
    """The rules of one track from a day on."""

    key: str
    track: str
    since: date
    reaches_back: bool = True
    passage: Passage | None = None


class Clock(_Row, frozen=True):
    """One period, and for which records it is."""

    step: str
    rule: str
    kind: Kind
    read: Read
    article: str = ""
    item: bool = False
    anchor: Anchor = "document"
    length: str = ""
    counting: str = "cn-default"
    types: tuple[str, ...] = ()
    lists: tuple[str, ...] = ()
    families: tuple[str, ...] = ()
    classes: tuple[SeverityClass, ...] = ()
    fields: tuple[str, ...] = ()
    market: bool = False
    procedures: tuple[Procedure, ...] = ()
    only_kinds: tuple[str, ...] = ()
    any_kinds: tuple[str, ...] = ()
    not_only_kinds: tuple[str, ...] = ()
    provinces: Literal["", "same", "other"] = ""
    never: bool = False
    alone: bool = False
    by_itself: bool = False
    next_list: bool = False
    until_restriction: Read | None = None
    assumes: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()
    end_notes: tuple[str, ...] = ()


class Caution(_Row, frozen=True):
    """What makes windows of a step doubtful; ``below`` = only where the class stated is lower."""

    step: str
    any_kinds: tuple[str, ...]
    doubt: str
    below: SeverityClass | None = None
    kinds: tuple[Kind, ...] = ()


class Said(_Row, frozen=True):
    """A sentence in both languages, with ``{named}`` places."""

    zh: str
    en: str


class Book(_Row, frozen=True):
    """The whole file."""

    restriction_kinds: tuple[str, ...]
    counting: dict[str, Counting]
    instrument: dict[str, Instrument]
    step: tuple[Step, ...]
    clock: tuple[Clock, ...]
    caution: tuple[Caution, ...]
    remark: dict[str, Said]

    def tracks(self) -> dict[str, tuple[Step, ...]]:
        """Return the steps of each track, oldest first, in the file's order of tracks."""
        found: dict[str, list[Step]] = {}
        for step in sorted(self.step, key=lambda step: step.since):
            found.setdefault(step.track, []).append(step)
        order = dict.fromkeys(step.track for step in self.step)
        return {track: tuple(found[track]) for track in order}

    def clocks(self) -> dict[str, tuple[Clock, ...]]:
        """Return the clocks of each step, in the file's order."""
        return {
            step.key: tuple(clock for clock in self.clock if clock.step == step.key)
            for step in self.step
        }


BOOK: Final = msgspec.toml.decode(Path(__file__).with_name("clocks.toml").read_bytes(), type=Book)
TRACKS: Final = BOOK.tracks()
CLOCKS: Final = BOOK.clocks()
