"""Registration, administrative permit and administrative penalty.

Sources: the double-publicity templates of 发改办财金〔2018〕424号 (columns CF_* and XK_*), the
Administrative Penalty Law (2021) and the Administrative Licensing Law.
"""

from datetime import date
from typing import Annotated, Literal

from msgspec import UNSET, Meta, UnsetType

from registry.domain.records.base import (
    Code,
    Division,
    Line,
    Name,
    Part,
    Record,
    Text,
    WanYuan,
)


class FormerName(Part, frozen=True):
    """A name the subject bore before, and the last day it did where known."""

    name: Name
    until: date | UnsetType = UNSET


class Capital(Part, frozen=True):
    """Registered capital as typed in the register, and the amount where it can be read."""

    text: Line
    wan_yuan: WanYuan | UnsetType = UNSET


class Registration(Record, frozen=True, tag="registration"):
    """Basic registration of an enterprise or other organisation (登记注册基本信息)."""

    registered_on: date
    status: Literal["active", "revoked", "cancelled", "moved_out", "unknown"]
    division: Division | UnsetType = UNSET
    entity_type: Line | UnsetType = UNSET
    capital: Capital | UnsetType = UNSET
    address: Line | UnsetType = UNSET
    industry: Code | UnsetType = UNSET
    business_scope: Text | UnsetType = UNSET
    former_names: tuple[FormerName, ...] | UnsetType = UNSET


class Permit(Record, frozen=True, tag="permit"):
    """Administrative permit (行政许可); ``decision_no`` is the document number of the decision."""

    decision_name: Line
    decision_no: Annotated[str, Meta(min_length=1, max_length=128)]
    category: Name
    content: Text
    valid_from: date
    valid_until: date
    state: Literal["valid", "invalid"]
    certificate_name: Line | UnsetType = UNSET
    permit_no: Annotated[str, Meta(min_length=1, max_length=128)] | UnsetType = UNSET


class Penalty(Record, frozen=True, tag="penalty"):
    """Administrative penalty (行政处罚).

    ``kinds`` are the kinds of Penalty Law art. 9; ``field`` is the field of supervision as the
    authority names it (``tax``, ``product_quality`` …); amounts are in 10,000 yuan.
    """

    decision_no: Annotated[str, Meta(min_length=1, max_length=128)]
    violation_type: Text
    facts: Text
    basis: Text
    kinds: Annotated[tuple[Name, ...], Meta(min_length=1, max_length=20)]
    content: Text
    effective_until: date
    fine_wan_yuan: WanYuan | UnsetType = UNSET
    confiscated_wan_yuan: WanYuan | UnsetType = UNSET
    licence: Line | UnsetType = UNSET
    publicity_until: date | UnsetType = UNSET
    field: Code | UnsetType = UNSET
