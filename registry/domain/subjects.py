"""Who a record is about: one identity per subject, equal on every node.

A subject is found by unified code, else old registration number, else organisation code; a
natural person by the identity document in the restricted part. A name alone never joins two
records: without any of these a record has a subject of its own.
"""

import re
from functools import lru_cache
from hashlib import sha256
from typing import Final, Literal, NamedTuple

from msgspec import UNSET, UnsetType

from registry.domain.identifiers import (
    USCC_ALPHABET,
    normalise_code,
    orgcode_of,
    orgcode_problems,
    regno_problems,
    resident_18,
    uscc_problems,
)
from registry.domain.records import Restricted, Subject
from registry.domain.records.base import PersonDocument
from registry.domain.tables import KEPT

Scheme = Literal["uscc", "regno", "orgcode", "person", "record"]

_RESIDENT: Final = KEPT["document-types"].by_code["111"]
RESIDENT_DOCUMENTS: Final = frozenset({_RESIDENT.code, _RESIDENT.zh, *_RESIDENT.also})
"""How templates and feeds name the resident identity card; 111 is the code of the feeds."""

_is_plain_uscc: Final = re.compile(f"[{USCC_ALPHABET}]{{18}}").fullmatch
_UNUSABLE: Final = frozenset({"length", "alphabet"})


class Identity(NamedTuple):
    """Whom a record is about.

    ``subject_id`` is the first 16 bytes of SHA-256 over ``scheme ":" identifier``. ``orgcode`` is
    the organisation code that is the identifier or part of it, so that all records say the same;
    else it is empty. ``also`` are further identifiers that the record itself states.
    """

    scheme: Scheme
    identifier: str
    subject_id: bytes
    orgcode: str
    also: tuple[tuple[Scheme, str], ...]


def subject_id(scheme: Scheme, identifier: str) -> bytes:
    """Return the 16 bytes that stand for a subject in every table and address."""
    return sha256(f"{scheme}:{identifier}".encode()).digest()[:16]


def usable_uscc(text: str | UnsetType) -> str | None:
    """Return the normal form of a unified code fit to identify; a wrong check digit does not bar.

    Real codes with wrong check characters exist: they identify as they are printed.
    """
    if text is UNSET:
        return None
    code = normalise_code(text)
    return None if _UNUSABLE.intersection(uscc_problems(code)) else code


def _usable_regno(text: str | UnsetType) -> str | None:
    if text is UNSET:
        return None
    code = normalise_code(text)
    return None if _UNUSABLE.intersection(regno_problems(code)) else code


def _usable_orgcode(text: str | UnsetType) -> str | None:
    if text is UNSET:
        return None
    code = normalise_code(text)
    return None if _UNUSABLE.intersection(orgcode_problems(code)) else code


def stated_codes(subject: Subject) -> tuple[tuple[Scheme, str], ...]:
    """Return the identifying codes a subject states, strongest first.

    The organisation code is taken from the unified code where there is one: a separately stated
    one that contradicts it must not tie two subjects together.
    """
    if subject.uscc is subject.registration_no is subject.organisation_code is UNSET:
        return ()
    codes: list[tuple[Scheme, str]] = []
    uscc = usable_uscc(subject.uscc)
    if uscc is not None:
        codes.append(("uscc", uscc))
    if (regno := _usable_regno(subject.registration_no)) is not None:
        codes.append(("regno", regno))
    orgcode = _usable_orgcode(subject.organisation_code) if uscc is None else orgcode_of(uscc)
    if orgcode is not None:
        codes.append(("orgcode", orgcode))
    return tuple(codes)


def document_key(document: PersonDocument) -> str | None:
    """Return ``type:number`` of an identity document in normal form, or None for a masked one.

    Resident numbers of 15 digits become 18; all names of the resident card are one type.
    """
    number = normalise_code(document.number)
    if "*" in number:
        return None
    kind = normalise_code(document.type)
    if kind in RESIDENT_DOCUMENTS:
        return f"resident:{resident_18(number)}"
    return f"{kind}:{number}"


def identity(
    subject: Subject, origin: str, record_id: str, restricted: Restricted | None = None
) -> Identity:
    """Return whom a record is about.

    Args:
        subject: as stated in the record.
        origin: name of the log the record stands in.
        record_id: id of the record inside that log.
        restricted: the restricted part, for the document of a natural person.
    """
    uscc = subject.uscc
    if (
        uscc is not UNSET
        and subject.registration_no is UNSET
        and subject.kind != "natural_person"
        and (known := _of_plain_uscc(uscc)) is not None
    ):  # what nearly every record states, without the detours
        return known
    if subject.kind != "natural_person" and (codes := stated_codes(subject)):
        return _of_codes(codes)
    if subject.kind != "organisation" and restricted is not None:
        document = restricted.subject_document
        if document is not UNSET and (key := document_key(document)) is not None:
            return Identity("person", key, subject_id("person", key), "", ())
    key = f"{origin}/{record_id}"
    return Identity("record", key, subject_id("record", key), "", ())


def _of_codes(codes: tuple[tuple[Scheme, str], ...]) -> Identity:
    """Return the identity by the strongest code; the others are further identifiers."""
    scheme, identifier = codes[0]
    also, orgcode = codes[1:], identifier if scheme == "orgcode" else ""
    if scheme == "uscc":
        also, orgcode = also[:-1], also[-1][1]  # the organisation code inside it
    return Identity(scheme, identifier, subject_id(scheme, identifier), orgcode, also)


@lru_cache(maxsize=65536)
def _of_plain_uscc(uscc: str) -> Identity | None:
    """Return the identity by a unified code in normal form, or None for another text."""
    if not _is_plain_uscc(uscc):
        return None
    return Identity("uscc", uscc, subject_id("uscc", uscc), orgcode_of(uscc), ())
