"""What a subject promised, how it was rated, and what it was honoured for.

Sources: commitments as in the Credit China report (domain 3); grades A to D of GB/T 45255-2025;
per-mu evaluation as in the rules of two member cities (domain 9): only its inputs can be compared
between cities, so they travel with the grade.
"""

from datetime import date
from typing import Annotated, Literal

from msgspec import UNSET, Meta, UnsetType

from registry.domain.records.base import (
    Code,
    Decimal,
    Division,
    DocumentNo,
    Line,
    ListCode,
    Name,
    Part,
    Record,
    Text,
)

Year = Annotated[int, Meta(ge=1990, le=2200)]


class Commitment(Record, frozen=True, tag="commitment"):
    """A credit commitment (信用承诺) that an organ received; its performance is an act upon it."""

    commitment: Literal["approval", "repair", "deferred_documents", "self_discipline", "other"]
    matter: Line
    committed_on: date
    content: Text
    valid_until: date | UnsetType = UNSET


class Evaluation(Record, frozen=True, tag="evaluation"):
    """A public-credit evaluation: for government and the subject, never a public label."""

    scheme: Line
    grade: Literal["A", "B", "C", "D"]
    evaluated_on: date
    valid_until: date | UnsetType = UNSET
    period: Line | UnsetType = UNSET
    note: Text | UnsetType = UNSET


class Honour(Record, frozen=True, tag="honour"):
    """A single honour (as a quality award); places on honour lists are list entries.

    ``list`` names the list where the honour also leads to one.
    """

    title: Line
    level: Literal["national", "provincial", "municipal", "county", "industry"]
    awarded_on: date
    reason: Text | UnsetType = UNSET
    valid_until: date | UnsetType = UNSET
    decision_no: DocumentNo | UnsetType = UNSET
    list: ListCode | UnsetType = UNSET
    field: Code | UnsetType = UNSET


class Input(Part, frozen=True):
    """One input of an evaluation: what, how much, in which unit, and its weight in per cent."""

    indicator: Name
    value: Decimal
    unit: Annotated[str, Meta(min_length=1, max_length=40)]
    base: Decimal | UnsetType = UNSET
    weight: Decimal | UnsetType = UNSET


class Adjustment(Part, frozen=True):
    """Points given or taken by an organ, and why."""

    points: Decimal
    reason: Line
    organ: Name


class PerMu(Record, frozen=True, tag="per_mu"):
    """A per-mu evaluation (亩均效益评价) with its inputs; grades hold within ``pool`` alone."""

    year: Year
    scheme: Line
    pool: Division
    inputs: Annotated[tuple[Input, ...], Meta(min_length=1, max_length=40)]
    grade: Name
    score: Decimal | UnsetType = UNSET
    rank: Annotated[int, Meta(ge=1, le=10_000_000)] | UnsetType = UNSET
    pool_size: Annotated[int, Meta(ge=1, le=10_000_000)] | UnsetType = UNSET
    adjustments: Annotated[tuple[Adjustment, ...], Meta(max_length=40)] | UnsetType = UNSET
    direct_reason: Line | UnsetType = UNSET
