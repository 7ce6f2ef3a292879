"""The record types, final in format v1, and how bytes become one of them."""

from msgspec import Struct
from msgspec import json as msgjson

from registry.domain.records.acts import Repair, Withdrawal
from registry.domain.records.administrative import Penalty, Permit, Registration
from registry.domain.records.base import Organ, Record, Restricted, Severity, Subject, Target
from registry.domain.records.lists import ListEntry, ListExit
from registry.domain.records.region import Adoption, Rulebook
from registry.domain.records.relations import Relation

AnyRecord = (
    Registration
    | Permit
    | Penalty
    | ListEntry
    | ListExit
    | Repair
    | Withdrawal
    | Rulebook
    | Adoption
    | Relation
)
Act = ListExit | Repair | Withdrawal

TYPES: dict[str, type[Record]] = {
    "registration": Registration,
    "permit": Permit,
    "penalty": Penalty,
    "list_entry": ListEntry,
    "list_exit": ListExit,
    "repair": Repair,
    "withdrawal": Withdrawal,
    "rulebook": Rulebook,
    "adoption": Adoption,
    "relation": Relation,
}

TYPE_OF: dict[type[Record], str] = {kind: name for name, kind in TYPES.items()}

_MAIN = msgjson.Decoder(AnyRecord)
_RESTRICTED = msgjson.Decoder(Restricted)
_ENCODE = msgjson.Encoder(order="sorted").encode


def decode_main(main: bytes) -> AnyRecord:
    """Decode the main part.

    Raises:
        msgspec.ValidationError: a member is missing, unknown, of the wrong type or out of bounds.
    """
    record: AnyRecord = _MAIN.decode(main)
    return record


def decode_restricted(restricted: bytes) -> Restricted:
    """Decode the restricted part; raises as :func:`decode_main`."""
    return _RESTRICTED.decode(restricted)


def canonical(part: Struct) -> bytes:
    """Return the RFC 8785 form of a part.

    Keys of the record types are ASCII, numbers in them are small integers: for such values
    msgspec's sorted encoding is RFC 8785.
    """
    return _ENCODE(part)


__all__ = [
    "TYPES",
    "TYPE_OF",
    "Act",
    "Adoption",
    "AnyRecord",
    "ListEntry",
    "ListExit",
    "Organ",
    "Penalty",
    "Permit",
    "Record",
    "Registration",
    "Relation",
    "Repair",
    "Restricted",
    "Rulebook",
    "Severity",
    "Subject",
    "Target",
    "Withdrawal",
    "canonical",
    "decode_main",
    "decode_restricted",
]
