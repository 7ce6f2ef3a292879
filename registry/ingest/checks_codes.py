"""Checks of codes: subjects and organs, each by the rules of its standard.

What a code says alone is cached by code, because the same organs and enterprises come again and
again; a clean code then costs one look-up.
"""

import re
from collections.abc import Iterable
from functools import lru_cache
from typing import Final, Protocol

from msgspec import UNSET, UnsetType

from registry.domain.divisions import division_name, is_current, is_known
from registry.domain.identifiers import (
    normalise_code,
    orgcode_check,
    orgcode_of,
    orgcode_problems,
    regno_check,
    regno_problems,
    resident_18,
    resident_problems,
    uscc_check,
    uscc_problems,
)
from registry.domain.records import Organ, Record, Restricted, Subject
from registry.domain.records.base import PersonDocument
from registry.domain.subjects import RESIDENT_DOCUMENTS, stated_codes
from registry.ingest.checks_shape import show
from registry.ingest.checks_text import control_findings, name_findings
from registry.ingest.reasons import Finding, finding, moved
from registry.ingest.words import PLACEHOLDERS

Findings = tuple[Finding, ...]
NONE: Final[Findings] = ()
MAX_FINDINGS: Final = 200
"""The most findings kept for one record: a hostile line could bring tens of thousands."""

_WIDE: Final = re.compile(r"[０-９Ａ-Ｚａ-ｚ]")
_NARROW: Final = {wide: wide - 0xFEE0 for wide in range(0xFF10, 0xFF5B)}


class About(Protocol):
    """What names a subject: a record, or another end of a relation."""

    @property
    def subject(self) -> Subject:
        """The subject as stated."""
        ...


def at(pointer: str, findings: Iterable[Finding]) -> list[Finding]:
    """Return findings with a pointer put before their own."""
    return [moved(found, pointer + found.pointer) for found in findings]


def at_each(pointer: str, findings: Iterable[Iterable[Finding]]) -> list[Finding]:
    """Return the findings of the items of a list, under their numbers; stops at the limit."""
    found: list[Finding] = []
    for index, item in enumerate(findings):
        found += at(f"{pointer}/{index}", item)
        if len(found) >= MAX_FINDINGS:
            break
    return found


def stands_for_nothing(code: str) -> Findings:
    """Return the finding for a masked or placeholder code, if it is one."""
    if "*" in code or "＊" in code:
        return (finding("masked-value", "", value=show(code)),)
    if code.strip() in PLACEHOLDERS:
        return (finding("placeholder-value", "", value=show(code)),)
    return NONE


@lru_cache(maxsize=65536)
def uscc_findings(text: str) -> Findings:
    """Return what is wrong with a unified code, with an empty pointer."""
    problems = uscc_problems(text)
    if not problems and is_current(text[2:8]):
        return NONE
    if nothing := stands_for_nothing(text):
        return nothing
    code = normalise_code(text)
    found = []
    if code != text:
        problems = uscc_problems(code)
        found.append(finding("code-not-normal", "", value=show(text), expected=show(code)))
    if "length" in problems or "alphabet" in problems:
        return (finding(f"uscc-{problems[0]}", "", value=show(text), length=len(code)),)
    right = {"check": uscc_check(code), "orgcode-check": orgcode_check(code[8:16])}
    found += [
        finding(f"uscc-{problem}", "", value=code, expected=right.get(problem))
        for problem in problems
    ]
    return (*found, *division_findings(code[2:8]))


def number_findings(text: str) -> Findings:
    """Return what is wrong with a number without a standard of its own, with an empty pointer."""
    if nothing := stands_for_nothing(text):
        return nothing
    return _normal(text, text.translate(_NARROW)) if _WIDE.search(text) else NONE


def division_findings(code: str) -> Findings:
    """Return what is to be said about a division code, with an empty pointer."""
    if not is_known(code):
        return (finding("division-unknown", "", value=code),)
    if not is_current(code):
        return (finding("division-retired", "", value=code, name=division_name(code)),)
    return NONE


@lru_cache(maxsize=4096)
def regno_findings(text: str) -> Findings:
    """Return what is wrong with an old registration number, with an empty pointer."""
    if nothing := stands_for_nothing(text):
        return nothing
    code = normalise_code(text)
    problems = regno_problems(code)
    if "check" in problems:
        return (finding("regno-check", "", value=code, expected=regno_check(code)),)
    if problems:
        return (finding("regno-malformed", "", value=show(text)),)
    return _normal(text, code)


@lru_cache(maxsize=4096)
def orgcode_findings(text: str) -> Findings:
    """Return what is wrong with an organisation code; it may be printed with its hyphen."""
    if nothing := stands_for_nothing(text):
        return nothing
    code = normalise_code(text)
    problems = orgcode_problems(code)
    if "check" in problems:
        return (finding("orgcode-check", "", value=code, expected=orgcode_check(code)),)
    if problems:
        return (finding("orgcode-malformed", "", value=show(text)),)
    return NONE if text == f"{code[:8]}-{code[8]}" else _normal(text, code)


def _normal(text: str, code: str) -> Findings:
    if text == code:
        return NONE
    return (finding("code-not-normal", "", value=show(text), expected=code),)


def subject_names(record: About) -> Findings:
    """Masked, placeholder or invisible characters in the subject's names."""
    subject = record.subject
    found = name_findings(subject.name)
    representative = subject.legal_representative
    other = NONE if representative is UNSET else name_findings(representative)
    if not (found or other):
        return NONE
    return (*at("/subject/name", found), *at("/subject/legal_representative", other))


def subject_uscc(record: About) -> Findings:
    """The unified code of the subject, alone."""
    code = record.subject.uscc
    if code is UNSET or not (found := uscc_findings(code)):
        return NONE
    return tuple(at("/subject/uscc", found))


def subject_other_codes(record: About) -> Findings:
    """The older codes of the subject, alone and against the unified code."""
    subject = record.subject
    if (
        subject.registration_no
        is subject.organisation_code
        is subject.tax_no
        is subject.institution_no
        is subject.social_org_no
        is UNSET
    ):
        return NONE
    found = []
    if subject.registration_no is not UNSET:
        found += at("/subject/registration_no", regno_findings(subject.registration_no))
    if subject.organisation_code is not UNSET:
        found += at("/subject/organisation_code", orgcode_findings(subject.organisation_code))
        found += _contradiction(subject.organisation_code, subject.uscc)
    for member in ("tax_no", "institution_no", "social_org_no"):
        code = getattr(subject, member)
        if code is not UNSET:
            found += at(f"/subject/{member}", number_findings(code))
    return tuple(found)


def _contradiction(orgcode: str, uscc: str | UnsetType) -> list[Finding]:
    if uscc is UNSET or orgcode_problems(code := normalise_code(orgcode)):
        return []
    unified = normalise_code(uscc)
    if uscc_problems(unified) or orgcode_of(unified) == code:
        return []
    places = {"value": code, "expected": orgcode_of(unified)}
    return [finding("code-contradiction", "/subject/organisation_code", **places)]


def subject_can_be_joined(record: About) -> Findings:
    """An organisation without any usable code; a trader's document may stand in for one."""
    subject = record.subject
    if subject.kind != "organisation" or subject.uscc is not UNSET or stated_codes(subject):
        return NONE
    return (finding("subject-without-code", "/subject"),)


@lru_cache(maxsize=8192)
def organ_findings(organ: Organ) -> Findings:
    """Return what is wrong with an organ: name, unified code, division."""
    found = at("/name", name_findings(organ.name))
    if organ.uscc is not UNSET:
        found += at("/uscc", uscc_findings(organ.uscc))
    if organ.division is not UNSET:
        found += at("/division", division_findings(organ.division))
    return tuple(found)


def organs(record: Record) -> Findings:
    """The recording authority and the source unit."""
    authority, source = organ_findings(record.authority), organ_findings(record.source_unit)
    if not (authority or source):
        return NONE
    return (*at("/authority", authority), *at("/source_unit", source))


def deciding_organ_code(record: Record) -> Findings:
    """The unified code of an organ that penalises or permits begins with 1 (template column)."""
    code = record.authority.uscc
    if code is UNSET or code.startswith("1") or uscc_problems(code):
        return NONE
    return (finding("organ-code-kind", "/authority/uscc", value=code),)


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


def document_findings(document: PersonDocument) -> list[Finding]:
    """Return what is wrong with an identity document; the number itself is never repeated."""
    found = at("/name", name_findings(document.name))
    found += control_findings("/number", "number", document.number)
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
