"""Compulsion, inspection and sampling: what supervising organs did and found.

Sources: 行政强制法 (2012) 9 and 12; 双随机、一公开 inspections (国办发〔2019〕5号) as believed;
sampling of products: 产品质量法 15, with the columns of sampling publicity (domain 10.2).
"""

from datetime import date
from typing import Annotated, Literal

from msgspec import UNSET, Meta, UnsetType

from registry.domain.records.base import Code, DocumentNo, Line, Name, Part, Record, Text


class Compulsion(Record, frozen=True, tag="compulsion"):
    """Administrative compulsion (行政强制): a measure, or the execution of a decision."""

    decision_no: DocumentNo
    compulsion: Literal["measure", "execution"]
    kind: Name
    facts: Text
    basis: Text
    object: Line | UnsetType = UNSET
    valid_from: date | UnsetType = UNSET
    valid_until: date | UnsetType = UNSET


class Inspection(Record, frozen=True, tag="inspection"):
    """The result of an inspection (行政检查); ``result`` is the organ's own conclusion."""

    inspection: Literal["random", "special", "key", "other"]
    item: Line
    inspected_on: date
    result: Literal["no_problem", "problem", "corrected_on_site", "not_found", "not_cooperating"]
    found: Text | UnsetType = UNSET
    handling: Text | UnsetType = UNSET
    notice_no: DocumentNo | UnsetType = UNSET
    field: Code | UnsetType = UNSET


class Product(Part, frozen=True):
    """What was sampled: name, model, lot, and who is named as its producer."""

    name: Name
    brand: Name | UnsetType = UNSET
    model: Name | UnsetType = UNSET
    lot: Name | UnsetType = UNSET
    producer: Name | UnsetType = UNSET


class Sampling(Record, frozen=True, tag="sampling"):
    """The result of a sampling test (抽检), of the first test or of the re-test."""

    product: Product
    sampled_on: date
    result: Literal["passed", "failed"]
    stage: Literal["first", "retest"]
    test_body: Name
    report_no: DocumentNo | UnsetType = UNSET
    standard: Line | UnsetType = UNSET
    failed_items: Annotated[tuple[Line, ...], Meta(min_length=1, max_length=100)] | UnsetType = (
        UNSET
    )
    sampled_at: Line | UnsetType = UNSET
    handling: Text | UnsetType = UNSET
