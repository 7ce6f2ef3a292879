"""The lists a subject can be entered on: dated data with reference (``lists.toml``), read once.

A list entry names its list by code; the code never changes, the rule behind it may. ``term`` is
what the rule is reported to say about length and early exit, for readers only: periods that have
effect stand in the rulebook with their reading level, or in the listing decision itself.
"""

from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Final, Literal

import msgspec

Family = Literal["serious", "anomaly", "debtor", "honour"]


@dataclass(frozen=True, slots=True)
class ListKind:
    """A list: its names, what family it belongs to, and the rule that sets it up.

    ``since`` is the day the named rule came into force.
    """

    code: str
    name_zh: str
    name_en: str
    family: Family
    rule: str
    term: str
    since: date


_FILE: Final = Path(__file__).with_suffix(".toml")
_ROWS: Final = msgspec.toml.decode(_FILE.read_bytes(), type=dict[str, list[ListKind]])["list"]

LISTS: Final[dict[str, ListKind]] = {row.code: row for row in _ROWS}


def is_honour(code: str | None) -> bool:
    """Say whether a list is known to be an honour list; what is not known is not an honour."""
    kind = LISTS.get(code or "")
    return kind is not None and kind.family == "honour"
