"""Words that the checks know (``words.toml``), read once: data, as the texts of the reasons are."""

from pathlib import Path
from typing import Final

import msgspec


class _Words(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    placeholders: frozenset[str]
    penalty_kinds: tuple[str, ...]
    glosses: dict[str, str]


_DATA: Final = msgspec.toml.decode(Path(__file__).with_suffix(".toml").read_bytes(), type=_Words)
PLACEHOLDERS: Final = _DATA.placeholders
"""Texts that stand for nothing, as they arrive in double-publicity feeds."""
PENALTY_KINDS: Final = _DATA.penalty_kinds
"""The kinds of Administrative Penalty Law art. 9 (2021)."""
GLOSSES: Final = _DATA.glosses
"""What a code of the record format means, as a clerk reads it."""
