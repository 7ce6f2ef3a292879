"""Objections (异议) and what came of them, as the recording organ states them.

Sources: 信用修复管理办法 and 国办发〔2025〕22号, read second hand (domain 6.5): a subject may
object to the content, the period or the repair of a record, and to a measure taken upon it.
"""

from datetime import date
from typing import Literal

from msgspec import UNSET, UnsetType

from registry.domain.records.base import Act, Code, Division, DocumentNo, Line, Text


class Objection(Act, frozen=True, tag="objection"):
    """The subject disputes the target: it is marked as disputed until the outcome.

    ``about`` the record itself, the period of its publicity, or a measure that was taken upon it;
    of a measure, ``measure`` and ``territory`` say which and where.
    """

    about: Literal["record", "period", "measure"]
    received_on: date
    grounds: Text
    received_by: Line | UnsetType = UNSET
    measure: Code | UnsetType = UNSET
    territory: Division | UnsetType = UNSET

    @property
    def begins(self) -> date:
        """The day it was received."""
        return self.received_on


class ObjectionOutcome(Act, frozen=True, tag="objection_outcome"):
    """The organ has decided on the objection that is the target.

    ``consequence`` is what becomes of the record that was objected to: ``removed`` is as if it had
    never been from that day on, ``corrected`` announces an amendment, ``none`` leaves it.
    """

    outcome: Literal["upheld", "partly_upheld", "rejected"]
    consequence: Literal["removed", "corrected", "none"]
    effective_on: date
    reasons: Text
    decision_no: DocumentNo | UnsetType = UNSET
