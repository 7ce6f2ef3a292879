"""Words that the checks know (``words.toml``), read once: data, as the texts of the reasons are."""

from pathlib import Path
from typing import Final

import msgspec

from registry.domain.records.reference import WORDS
from registry.domain.tables import KEPT


class _Words(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    placeholders: frozenset[str]
    surnames: str


_DATA: Final = msgspec.toml.decode(Path(__file__).with_suffix(".toml").read_bytes(), type=_Words)
PLACEHOLDERS: Final = _DATA.placeholders
"""Texts that stand for nothing, as they arrive in double-publicity feeds."""
_SINGLE, _DOUBLE = _DATA.surnames.strip().rsplit("\n", 1)
SURNAMES: Final = frozenset({*_SINGLE.replace("\n", ""), *_DOUBLE.split()})
"""Common surnames, of one and of two characters."""
PENALTY_KINDS: Final = tuple(KEPT["penalty-kinds"].by_code)
"""The kinds of Administrative Penalty Law art. 9 (2021)."""
_TABLES: Final = {"class": "severity", "procedure": "procedures"}
"""Members whose codes and words stand in a code table."""


def gloss(member: str, code: str) -> str:
    """Return what a code of a member means, as a clerk reads it; the code where it is its name."""
    if member in _TABLES:
        return KEPT[_TABLES[member]].by_code[code].zh
    return WORDS.get(member, {}).get(code, (code, code))[0]
