"""Acts on another record: what becomes of it.

An act names its target by log, id and entry, and takes effect only from the same log and the same
authority, or from one that the charter names as competent. What an act does to what is shown is
said in ``registry.domain.life``.
"""

from datetime import date
from typing import Literal

from msgspec import UNSET, UnsetType

from registry.domain.records.base import Act, DocumentNo, InLog, Line, Text


class Repair(Act, frozen=True, tag="repair"):
    """Credit repair (信用修复): nobody displays, shares or uses the target from then on.

    Source: 信用修复管理办法 (NDRC Order 36, in force 2026-04-01) art. 3.
    """

    effective_on: date
    decision_no: DocumentNo | UnsetType = UNSET
    text: Line | UnsetType = UNSET


class Withdrawal(Act, frozen=True, tag="withdrawal"):
    """A published decision was changed, revoked, found unlawful or void (行政处罚法 48).

    Of an act, of an authorisation, a stay: it is taken back.
    """

    effective_on: date
    reason: Literal["changed", "revoked", "unlawful", "void"]
    text: Line | UnsetType = UNSET


class Amendment(Act, frozen=True, tag="amendment"):
    """The target was stated wrongly; ``replacement``, of the same log, stands in its place.

    The correction is a whole record of its own, so each version has its signature, entry and
    proof; the former one is history for the subject and those who recorded it.
    """

    replacement: InLog
    effective_on: date
    changed: Line
    decision_no: DocumentNo | UnsetType = UNSET


class Stay(Act, frozen=True, tag="stay"):
    """Execution of the target is stayed (停止执行); an appeal alone stays nothing.

    ``until`` is the last day, itself in; without it the stay lasts until it is withdrawn.
    Sources: 行政复议法 42, 行政诉讼法 56, as summarised in domain 0.1.13 and 0.3.
    """

    ground: Literal["reconsideration", "litigation", "authority"]
    effective_on: date
    until: date | UnsetType = UNSET
    ordered_by: Line | UnsetType = UNSET
    decision_no: DocumentNo | UnsetType = UNSET


class ReorganisationShield(Act, frozen=True, tag="reorganisation_shield"):
    """During reorganisation under a plan that a court approved, the target is not held against it.

    ``mode`` says whether it is not displayed (暂时屏蔽) or a statement is added (附加声明);
    ``until`` is the last day, itself in. Source: NDRC Order 36, read second hand (domain 6.1).
    """

    mode: Literal["hidden", "statement"]
    court: Line
    plan_approved_on: date
    effective_on: date
    until: date | UnsetType = UNSET
    decision_no: DocumentNo | UnsetType = UNSET


class ErasureOrder(Act, frozen=True, tag="erasure_order"):
    """By order of law the body of the target is destroyed; its entry, and so every proof, stays.

    ``part`` says whether *main*, *restricted* or both go. Sources: PIPL 47, 行政处罚法 48.
    """

    part: Literal["main", "restricted", "both"]
    basis: Text
    effective_on: date
    decision_no: DocumentNo | UnsetType = UNSET


class Performance(Act, frozen=True, tag="performance"):
    """What became of a commitment (信用承诺履行状态), the target."""

    result: Literal["kept", "partly_kept", "broken"]
    effective_on: date
    facts: Text
    decision_no: DocumentNo | UnsetType = UNSET
