"""The record types of format v1, and how bytes become one of them."""

from typing import Any, Union, cast

from msgspec import Struct, ValidationError, convert
from msgspec import json as msgjson

from registry.domain.records.acts import (
    Amendment,
    ErasureOrder,
    Performance,
    ReorganisationShield,
    Repair,
    Stay,
    Withdrawal,
)
from registry.domain.records.administrative import Penalty, Permit, Registration
from registry.domain.records.base import (
    Act,
    Organ,
    Record,
    Restricted,
    Severity,
    Subject,
    Target,
)
from registry.domain.records.catalogue import FACTS, KINDS, REFERENCES, Kind, reference_of
from registry.domain.records.lists import ListEntry, ListExit
from registry.domain.records.objections import Objection, ObjectionOutcome
from registry.domain.records.region import Adoption, Rulebook
from registry.domain.records.relations import Relation

AnyRecord = Record
"""A record of any type."""

TYPES: dict[str, type[Record]] = {name: kind.record for name, kind in KINDS.items()}

TYPE_OF: dict[type[Record], str] = {kind: name for name, kind in TYPES.items()}

_MAIN: msgjson.Decoder[Record] = msgjson.Decoder(cast("Any", Union)[tuple(TYPES.values())])
_RESTRICTED = msgjson.Decoder(Restricted)
_ENCODE = msgjson.Encoder(order="sorted").encode


def decode_main(main: bytes) -> AnyRecord:
    """Decode the main part.

    Raises:
        msgspec.ValidationError: a member is missing, unknown, of the wrong type or out of bounds.
    """
    return _MAIN.decode(main)


def decode_restricted(restricted: bytes) -> Restricted:
    """Decode the restricted part; raises as :func:`decode_main`."""
    return _RESTRICTED.decode(restricted)


def read_main(main: dict[str, object]) -> AnyRecord:
    """Return the record that a main part's members make; raises as :func:`decode_main`."""
    kind = TYPES.get(str(main.get("type")))
    if kind is None:
        raise ValidationError("unknown type")
    return convert(main, kind)


def read_restricted(restricted: dict[str, object]) -> Restricted:
    """Return the restricted part that members make; raises as :func:`decode_main`."""
    return convert(restricted, Restricted)


def canonical(part: Struct) -> bytes:
    """Return the RFC 8785 form of a part.

    Keys of the record types are ASCII, numbers in them are small integers: for such values
    msgspec's sorted encoding is RFC 8785.
    """
    return _ENCODE(part)


__all__ = [
    "FACTS",
    "KINDS",
    "REFERENCES",
    "TYPES",
    "TYPE_OF",
    "Act",
    "Adoption",
    "Amendment",
    "AnyRecord",
    "ErasureOrder",
    "Kind",
    "ListEntry",
    "ListExit",
    "Objection",
    "ObjectionOutcome",
    "Organ",
    "Penalty",
    "Performance",
    "Permit",
    "Record",
    "Registration",
    "Relation",
    "ReorganisationShield",
    "Repair",
    "Restricted",
    "Rulebook",
    "Severity",
    "Stay",
    "Subject",
    "Target",
    "Withdrawal",
    "canonical",
    "decode_main",
    "decode_restricted",
    "read_main",
    "read_restricted",
    "reference_of",
]
