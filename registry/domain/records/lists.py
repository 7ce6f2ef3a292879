"""Entry into and exit from a list.

One pair of types for every list, for good: serious lists, the anomaly directory, judgment debtors
and honour lists differ by their list code (``registry.domain.lists``), not by their format.
"""

from datetime import date
from typing import Annotated, Literal

from msgspec import UNSET, Meta, UnsetType

from registry.domain.records.base import (
    Act,
    Code,
    Line,
    ListCode,
    Name,
    NamedPerson,
    Record,
    Text,
)


class ListEntry(Record, frozen=True, tag="list_entry"):
    """A subject is put on a list (列入); ``listed_until`` only where the decision states it.

    Persons whom the decision names and the list publishes stand here; persons who are named but
    not published stand in the restricted part, so that the public can still verify the main part.
    """

    list: ListCode
    listed_on: date
    reason: Text
    basis: Text
    listed_until: date | UnsetType = UNSET
    field: Code | UnsetType = UNSET
    grade: Name | UnsetType = UNSET
    decision_no: Annotated[str, Meta(min_length=1, max_length=128)] | UnsetType = UNSET
    exit_conditions: Text | UnsetType = UNSET
    named_persons: Annotated[tuple[NamedPerson, ...], Meta(max_length=50)] | UnsetType = UNSET


class ListExit(Act, frozen=True, tag="list_exit"):
    """A subject leaves a list (移出) from ``effective_on`` on."""

    list: ListCode
    effective_on: date
    reason: Literal[
        "term_ended", "early_removal", "performed", "corrected", "grade_changed", "revoked"
    ]
    text: Line | UnsetType = UNSET
    decision_no: Annotated[str, Meta(min_length=1, max_length=128)] | UnsetType = UNSET
