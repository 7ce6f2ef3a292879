"""The question about entry into an activity, its answer, and what is said in it.

Texts, and the rules that stand beside every list, are dated data: ``access.toml``.
"""

import re
import unicodedata
from datetime import date
from pathlib import Path
from typing import Final, Literal, TypeAlias

import msgspec
from msgspec import Struct

from registry.domain.records.market import NegativeListItem
from registry.domain.tables import KEPT
from registry.errors import MalformedRefusal
from registry.standards.model import Ref

Verdict: TypeAlias = Literal[
    "prohibited", "permit_required", "in_part", "not_on_list", "no_list"
]  # fmt: skip
How: TypeAlias = Literal["exact", "broader", "narrower"]
Listed: TypeAlias = Literal["listed", "removed", "outside"]
List: TypeAlias = Literal["market_access", "area_industry"]
Note: TypeAlias = Literal["unclassed", "conflicting", "not_relayed", "area_list"]

_ACTIVITY: Final = re.compile(r"([A-Z])?([0-9]{2,4})?")


class Said(Struct, frozen=True, forbid_unknown_fields=True):
    """A text in both languages."""

    zh: str
    en: str


class General(Struct, frozen=True, forbid_unknown_fields=True):
    """A rule that applies whatever the list says, its basis, and how well that was read."""

    code: str
    zh: str
    en: str
    basis: str
    read: Literal["full_text", "secondary", "unconfirmed"]


class _File(Struct, frozen=True, forbid_unknown_fields=True):
    verdict: dict[str, Said]
    permit: dict[str, Said]
    list: dict[str, Said]
    note: dict[str, Said]
    general: tuple[General, ...]


_FILE: Final = msgspec.toml.decode(Path(__file__).with_name("access.toml").read_bytes(), type=_File)
GENERAL: Final = _FILE.general
"""The rules outside every list, as dated data."""
VERDICTS: Final = _FILE.verdict
PERMITS: Final = _FILE.permit
NOTES: Final = _FILE.note
LISTS: Final = _FILE.list


class Activity(Struct, frozen=True):
    """A class of GB/T 4754: section letter, code without it ('' for a section), names."""

    section: str
    code: str
    zh: str
    en: str


class EntryAsk(Struct, frozen=True):
    """The question: which activity, where, on which day; ``permit``: what is demanded for it."""

    activity: str
    territory: str
    on: date
    permit: str = ""


class Match(Struct, frozen=True):
    """An item that speaks of the activity, by which of its classes, and where it is stated.

    ``refs`` are all places that state it alike.
    """

    item: NegativeListItem
    list: List
    how: How
    by: str
    refs: tuple[Ref, ...]


class Demand(Struct, frozen=True):
    """Whether a permit belongs to an item in force, to one that was removed, or to none known."""

    permit: str
    listed: Listed
    items: tuple[Match, ...]
    zh: str
    en: str


class Entry(Struct, frozen=True):
    """The answer: verdict and its sentence, items in force, items removed, what stands beside.

    ``editions`` are the lists in force: which list, its edition, in force since. ``notes`` are
    codes of `NOTES` with the number that they name.
    """

    ask: EntryAsk
    activity: Activity
    verdict: Verdict
    zh: str
    en: str
    items: tuple[Match, ...]
    removed: tuple[Match, ...]
    editions: tuple[tuple[List, str, date], ...]
    demand: Demand | None
    notes: tuple[tuple[Note, int], ...]
    general: tuple[General, ...] = GENERAL


def activity_of(text: str) -> Activity:
    """Return a class of GB/T 4754 as it is written: ``C``, ``26``, ``C2614``, ``2614``.

    Names are known for sections and divisions; of groups and classes only the division is checked.

    Raises:
        MalformedRefusal: ``bad-activity``.
    """
    said = unicodedata.normalize("NFKC", text).strip().upper()
    found = _ACTIVITY.fullmatch(said)
    section, code = (found[1] or "", found[2] or "") if found is not None else ("", "")
    rows = KEPT["industries"].by_code
    row = rows.get(code[:2] or section)
    if row is None or (section and code and row.group != section):
        near = ""
        if code and row is not None:
            near = f"{row.group}{code}"
        elif section or code:
            near = "C26"
        raise MalformedRefusal(
            f"“{text[:40]}”不是国民经济行业代码（GB/T 4754），应为门类字母，或二至四位数字，例如 "
            f"{near or '2614'}。",
            f"{text[:40]!r} is no class of GB/T 4754: it should be a section letter, or two to four"
            f" digits, as {near or '2614'}.",
            code="bad-activity",
        )
    return Activity(row.group or row.code, code, row.zh, row.en)
