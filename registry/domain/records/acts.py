"""Acts on another record: repair and withdrawal.

An act names its target by log, id and entry, and takes effect only from the same log and the same
authority, or from one that the charter names as competent.
"""

from datetime import date
from typing import Annotated, Literal

from msgspec import UNSET, Meta, UnsetType

from registry.domain.records.base import Line, Record, Target


class Repair(Record, frozen=True, tag="repair"):
    """Credit repair (信用修复): nobody displays, shares or uses the target from then on.

    Source: 信用修复管理办法 (NDRC Order 36, in force 2026-04-01) art. 3.
    """

    target: Target
    effective_on: date
    decision_no: Annotated[str, Meta(min_length=1, max_length=128)] | UnsetType = UNSET
    text: Line | UnsetType = UNSET


class Withdrawal(Record, frozen=True, tag="withdrawal"):
    """A published decision was changed, revoked, found unlawful or void (行政处罚法 48)."""

    target: Target
    effective_on: date
    reason: Literal["changed", "revoked", "unlawful", "void"]
    text: Line | UnsetType = UNSET
