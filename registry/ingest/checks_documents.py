"""Checks of identity documents, which stand in the restricted part and are never repeated."""

from typing import Final

from msgspec import UNSET

from registry.domain.identifiers import normalise_code, resident_18, resident_problems
from registry.domain.records import Record, Restricted, Subject
from registry.domain.records.base import PersonDocument
from registry.domain.subjects import RESIDENT_DOCUMENTS, stated_codes
from registry.domain.tables import KEPT
from registry.ingest.checks_codes import NONE, Findings, at, at_each
from registry.ingest.checks_text import control_findings, name_findings
from registry.ingest.reasons import Finding, finding
from registry.ingest.words import PLACEHOLDERS

_TYPES: Final = KEPT["document-types"]
_SPELLINGS: Final = _TYPES.spellings
_OF_ORGANISATIONS: Final = _TYPES.group("organisation")
_OTHER: Final = "其他"


def restricted_content(record: Record, restricted: Restricted | None) -> Findings:
    """Documents in the restricted part; and a natural person who has none there."""
    document = UNSET if restricted is None else restricted.subject_document
    found: list[Finding] = []
    if document is UNSET and _needs_document(record.subject):
        found.append(finding("person-without-document", "/subject"))
    if restricted is None:
        return tuple(found)
    representative, named = (
        restricted.legal_representative_document,
        restricted.named_person_documents,
    )
    if document is not UNSET:
        found += at("/restricted/subject_document", document_findings(document))
        found += _repeats(document, record.subject)
    if representative is not UNSET:
        place = "/restricted/legal_representative_document"
        found += at(place, document_findings(representative))
    if restricted.named_persons is not UNSET:
        names = (name_findings(person.name) for person in restricted.named_persons)
        found += at_each("/restricted/named_persons", (at("/name", one) for one in names))
    if named is not UNSET:
        found += at_each("/restricted/named_person_documents", map(document_findings, named))
    return tuple(found)


def _needs_document(subject: Subject) -> bool:
    """Say whether only a document can tell the subject from its namesakes."""
    if subject.kind == "sole_trader":
        return not stated_codes(subject)
    return subject.kind == "natural_person"


def _repeats(document: PersonDocument, subject: Subject) -> Findings:
    """A number that only repeats the name or the unified code, as feeds have them."""
    if document.number.strip() not in {document.name, subject.name, subject.uscc}:
        return NONE
    return (finding("document-repeats", "/restricted/subject_document/number"),)


def _type_findings(kind: str) -> Findings:
    """The type of an identity document is one of the table, and identifies a person."""
    code = _SPELLINGS.get(kind.strip())
    if code is None and not kind.startswith(_OTHER):
        return (finding("unknown-document-type", "/type"),)
    if code in _OF_ORGANISATIONS:
        return (finding("document-of-organisation", "/type"),)
    return NONE


def document_findings(document: PersonDocument) -> list[Finding]:
    """Return what is wrong with an identity document; the number itself is never repeated."""
    found = at("/name", name_findings(document.name))
    found += control_findings("/number", "number", document.number)
    found += _type_findings(document.type)
    number = normalise_code(document.number)
    if "*" in number:
        found.append(finding("masked-value", "/number", value="…*"))
    elif document.number.strip() in PLACEHOLDERS:
        found.append(finding("placeholder-value", "/number", value=document.number.strip()))
    elif normalise_code(document.type) in RESIDENT_DOCUMENTS:
        if resident_problems(resident_18(number)):
            found.append(finding("document-check", "/number"))
        elif resident_18(number) != number:
            found.append(finding("document-15", "/number"))
    return found
