"""Market supervision acting together: pushes across provinces, product risks, clues, access.

Messages between organs are records too, so that both sides have the same clock and a receipt.
"""

from datetime import date
from typing import Annotated, Literal

from msgspec import UNSET, Meta, UnsetType

from registry.domain.records.base import (
    Attachment,
    Code,
    Division,
    DocumentNo,
    Line,
    Name,
    Organ,
    Record,
    Target,
    Text,
)
from registry.domain.records.supervision import Product

Divisions = Annotated[tuple[Division, ...], Meta(min_length=1, max_length=50)]


class PenaltyPush(Record, frozen=True, tag="penalty_push"):
    """A penalty goes to the organ at the place of registration in another province.

    Source: SAMR Order 45 art. 10: 10 working days to push it, 10 more there to show it.
    """

    cause: Target
    receiver: Organ
    territory: Division
    pushed_on: date


class PenaltyPushReply(Record, frozen=True, tag="penalty_push_reply"):
    """The organ at the place of registration shows the penalty, or says why it does not."""

    push: Target
    result: Literal["shown", "returned"]
    answered_on: date
    text: Line | UnsetType = UNSET


class RiskAlert(Record, frozen=True, tag="risk_alert"):
    """A product-safety warning about a product of the subject (产品质量安全风险预警)."""

    product: Product
    level: Literal["serious", "high", "medium", "low"]
    risk: Text
    measures: Text
    alerted_on: date
    standards: Line | UnsetType = UNSET
    territories: Divisions | UnsetType = UNSET
    answer_by: date | UnsetType = UNSET


class RiskReaction(Record, frozen=True, tag="risk_reaction"):
    """What a member found and did after an alert."""

    alert: Target
    result: Literal["not_found", "found_and_recalled", "other_measures"]
    reacted_on: date
    text: Text


class ClueTransfer(Record, frozen=True, tag="clue_transfer"):
    """A case clue goes to the organ that has jurisdiction (案件线索移送); only between organs."""

    receiver: Organ
    territory: Division
    clue: Literal["trademark", "patent", "product_quality", "food", "advertising", "other"]
    facts: Text
    basis: Text
    transferred_on: date
    answer_by: date | UnsetType = UNSET
    right_holder: Name | UnsetType = UNSET
    goods: Line | UnsetType = UNSET
    transfer_no: DocumentNo | UnsetType = UNSET
    evidence: Annotated[tuple[Attachment, ...], Meta(max_length=50)] | UnsetType = UNSET


class ClueReply(Record, frozen=True, tag="clue_reply"):
    """The receiving organ takes a clue, or says why not, and later what came of it."""

    clue: Target
    result: Literal["accepted", "refused", "case_opened", "penalty_decided", "closed"]
    answered_on: date
    reasons: Text | UnsetType = UNSET
    case_no: DocumentNo | UnsetType = UNSET


class NegativeListItem(Record, frozen=True, tag="negative_list_item"):
    """An item of a negative list as in force; the subject is who publishes it.

    ``category`` is whether nobody may enter, or only with a permit (市场准入负面清单). Without
    ``list`` it is the national one; the area's own is about industries. ``activities`` are the
    classes of GB/T 4754 that it speaks of.
    """

    edition: Line
    item_no: Code
    category: Literal["prohibited", "permit_required"]
    item: Text
    measures: Text
    organ: Name
    in_force_from: date
    in_force_until: date | UnsetType = UNSET
    permit_category: Name | UnsetType = UNSET
    list: Literal["market_access", "area_industry"] | UnsetType = UNSET
    activities: Annotated[tuple[Code, ...], Meta(max_length=200)] | UnsetType = UNSET
