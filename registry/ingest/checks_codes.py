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
    uscc_check,
    uscc_problems,
)
from registry.domain.records import Organ, Record, Subject
from registry.domain.subjects import stated_codes
from registry.domain.tables import KEPT
from registry.ingest.checks_shape import show
from registry.ingest.checks_text import looks_like_a_person, name_findings
from registry.ingest.reasons import Finding, finding, moved
from registry.ingest.words import PLACEHOLDERS, gloss

Findings = tuple[Finding, ...]
NONE: Final[Findings] = ()
MAX_FINDINGS: Final = 200
"""The most findings kept for one record: a hostile line could bring tens of thousands."""

_ZONES: Final = KEPT["development-zones"].by_code
_DEPARTMENTS: Final = KEPT["uscc-departments"].by_code
_ORGANS: Final = KEPT["uscc-departments"].group("organ")
_FIT: Final = {"organisation": "sole_trader", "sole_trader": "enterprise"}
"""A kind of subject, and the group of codes that contradicts it."""
_WORDS: Final = re.compile(r"[\u4e00-\u9fff()（）：]")
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
    if not problems and (is_current(text[2:8]) or text[2:8] in _ZONES):
        return NONE
    if nothing := stands_for_nothing(text):
        return nothing
    code = normalise_code(text)
    found = [*_normal(text, code)]
    if code != text:
        problems = uscc_problems(code)
    if "length" in problems or "alphabet" in problems:
        if _WORDS.search(code):
            return (finding("words-in-code", "", value=show(text)),)
        return (finding(f"uscc-{problems[0]}", "", value=show(text), length=len(code)),)
    right = {"check": uscc_check(code), "orgcode-check": orgcode_check(code[8:16])}
    found += [
        finding(f"uscc-{problem}", "", value=code, expected=right.get(problem))
        for problem in problems
    ]
    return (*found, *(NONE if code[2:8] in _ZONES else division_findings(code[2:8])))


def number_findings(text: str) -> Findings:
    """Return what is wrong with a number without a standard of its own, with an empty pointer."""
    if nothing := stands_for_nothing(text):
        return nothing
    return _normal(text, text.translate(_NARROW)) if _WIDE.search(text) else NONE


def division_findings(code: str) -> Findings:
    """Return what is to be said about a division code, with an empty pointer."""
    if (zone := _ZONES.get(code)) is not None:
        return (finding("division-zone", "", value=code, name=zone.zh, expected=zone.group),)
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
    reason = "full-width" if _WIDE.search(text) else "code-not-normal"
    return (finding(reason, "", value=show(text), expected=show(code)),)


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
    """The unified code of the subject, alone and against the kind of subject."""
    subject = record.subject
    return NONE if subject.uscc is UNSET else _stated_uscc(subject.kind, subject.uscc)


@lru_cache(maxsize=65536)
def _stated_uscc(kind: str, text: str) -> Findings:
    found = at("/subject/uscc", uscc_findings(text))
    row = _DEPARTMENTS.get(normalise_code(text)[:2])
    if kind == "natural_person":
        found.append(finding("person-with-code", "/subject/uscc", value=show(text)))
    elif row is not None and row.group and row.group == _FIT.get(kind):
        said = {"kind_zh": gloss("kind", kind), "kind": kind.replace("_", " ")}
        names = {"belongs_zh": row.zh, "belongs": row.en}
        found.append(finding("kind-and-code", "/subject/kind", value=show(text), **said, **names))
    return tuple(found)


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


_WITHOUT_CODE: Final = (finding("subject-without-code", "/subject"),)
"""It says nothing of the record itself: whole catalogues have it in every row."""


def subject_can_be_joined(record: About) -> Findings:
    """An organisation without any usable code; a trader's document may stand in for one."""
    subject = record.subject
    if subject.kind != "organisation" or subject.uscc is not UNSET or stated_codes(subject):
        return NONE
    if not looks_like_a_person(subject.name):
        return _WITHOUT_CODE
    return (
        *_WITHOUT_CODE,
        finding("person-as-organisation", "/subject/name", value=show(subject.name)),
    )


@lru_cache(maxsize=8192)
def organ_findings(organ: Organ) -> Findings:
    """Return what is wrong with an organ: name, unified code, division."""
    found = at("/name", name_findings(organ.name))
    if organ.uscc is not UNSET:
        found += at("/uscc", uscc_findings(organ.uscc))
    if organ.division is not UNSET:
        found += at("/division", division_findings(organ.division))
    return tuple(found)


@lru_cache(maxsize=8192)
def authority_findings(organ: Organ) -> Findings:
    """Return what is wrong with a recording authority: as any organ, and the kind of its code.

    Organs and public institutions have codes that begin with 11 and 12 (template column CF_CFJGDM).
    """
    found = organ_findings(organ)
    code = organ.uscc
    if code is UNSET or uscc_problems(code) or code[:2] in _ORGANS:
        return found
    return (*found, finding("organ-code-kind", "/uscc", value=code))


def organs(record: Record) -> Findings:
    """The recording authority and the source unit."""
    authority, source = authority_findings(record.authority), organ_findings(record.source_unit)
    if not (authority or source):
        return NONE
    return (*at("/authority", authority), *at("/source_unit", source))
