"""From the cells of one spreadsheet row to a record's parts.

Cells are read, never repaired: dates and amounts in a usual spelling get the record's spelling,
whatever cannot be read is passed on as typed, so that the checks name it.
"""

import re
import unicodedata
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from hashlib import sha256
from typing import Final

from registry.domain.identifiers import normalise_code, resident_18, resident_problems
from registry.domain.records.base import Publication
from registry.ingest.forms_columns import WORDS, Column, Form, Reading
from registry.ingest.reasons import Finding, finding
from registry.ingest.words import PLACEHOLDERS

Part = dict[str, object]

_DATE: Final = re.compile(r"([0-9]{4})[-/.年]([0-9]{1,2})[-/.月]([0-9]{1,2})日?(?:[ T].*)?")
_COMPACT_DATE: Final = re.compile(r"([0-9]{4})([0-9]{2})([0-9]{2})")
_KIND_SEPARATOR: Final = re.compile(r"[;；、,，|\n]+")
_ID_DIGITS: Final = 20


@dataclass(frozen=True, slots=True)
class FormDefaults:
    """What a file does not say about each of its rows.

    ``division`` is the member's code. Records about natural persons are shared between organs
    and not public, unless the file states a range.
    """

    division: str
    publication: Publication = "public"
    authority: str | None = None
    authority_uscc: str | None = None
    source_unit: str | None = None
    source_unit_uscc: str | None = None


def read_date(text: str) -> str:
    """Return a date cell as YYYY-MM-DD; as typed when it is in no usual spelling."""
    plain = unicodedata.normalize("NFKC", text).strip()
    match = _DATE.fullmatch(plain) or _COMPACT_DATE.fullmatch(plain)
    if match is None:
        return text
    year, month, day = match.groups()
    return f"{year}-{int(month):02}-{int(day):02}"


def read_amount(text: str) -> str:
    """Return an amount cell without thousands separators; as typed when it is not a number."""
    plain = re.sub(r"[,\s]", "", unicodedata.normalize("NFKC", text)).removesuffix("万元")
    if not re.fullmatch(r"[0-9]*\.?[0-9]*", plain) or not any(map(str.isdigit, plain)):
        return text
    whole, point, places = plain.partition(".")
    places = places.rstrip("0")
    return (whole.lstrip("0") or "0") + (point + places if places else "")


def read_kinds(text: str) -> list[object]:
    """Return the kinds of a penalty: several in one cell, by name or provincial number."""
    kinds = (part.strip() for part in _KIND_SEPARATOR.split(text))
    return [WORDS["kinds"].get(kind, kind) for kind in kinds if kind]


def _choice(table: Mapping[str, str]) -> Callable[[str], object]:
    return lambda text: table.get(text, text)


_READERS: Final[dict[Reading, Callable[[str], object]]] = {
    "text": str,
    "identity": str,
    "date": read_date,
    "amount": read_amount,
    "kinds": read_kinds,
    "subject": _choice(WORDS["subject"]),
    "state": _choice(WORDS["state"]),
    "class": _choice(WORDS["class"]),
    "range": _choice(WORDS["range"]),
    "procedure": _choice(WORDS["procedure"]),
}


def build(
    form: Form, cells: list[tuple[Column, str]], defaults: FormDefaults
) -> tuple[Part, Part | None, list[Finding]]:
    """Return (main without id and salt, restricted without salt or None, findings) of one row."""
    whole: Part = {"v": 1, "type": form}
    findings = []
    for column, cell in cells:
        text = cell.strip()
        if not text:
            continue
        if column.reading != "identity" and text in PLACEHOLDERS and not text.isdigit():
            at = column.pointer
            findings.append(finding("placeholder-left-out", at, column=column.header, value=text))
            continue
        if column.reading == "standing":
            if text not in WORDS["standing"]:
                findings.append(finding("not-standing", column.pointer, value=text))
            continue
        _put(whole, column.pointer, _READERS[column.reading](text))
    restricted = _documents(whole, _child(whole, "restricted"))
    whole.pop("restricted")
    _defaults(whole, defaults)
    return whole, restricted, findings


def _child(part: Part, name: str) -> Part:
    child = part.setdefault(name, {})
    return child if isinstance(child, dict) else {}


def _put(whole: Part, pointer: str, value: object) -> None:
    """Set a value by pointer; the lists of two columns for one place are joined."""
    *parents, last = pointer[1:].split("/")
    part = whole
    for name in parents:
        part = _child(part, name)
    before = part.get(last)
    part[last] = (
        [*before, *value] if isinstance(before, list) and isinstance(value, list) else value
    )


def _documents(main: Part, part: Part) -> Part | None:
    """Complete the documents of a row: whose they are, and the type where the number shows it."""
    subject = _child(main, "subject")
    owners = {
        "subject_document": subject.get("name"),
        "legal_representative_document": subject.get("legal_representative"),
    }
    found: Part = {}
    for place, owner in owners.items():
        document = _child(part, place)
        number = document.get("number")
        if not isinstance(number, str):
            continue  # a type without a number says nothing
        if "type" not in document and not resident_problems(resident_18(normalise_code(number))):
            document["type"] = "身份证"
        if owner is not None:
            document["name"] = owner
        found[place] = document
    return found or None


def _defaults(main: Part, defaults: FormDefaults) -> None:
    """Fill what the file does not say; nothing stated is changed."""
    subject, authority = _child(main, "subject"), _child(main, "authority")
    source, severity = _child(main, "source_unit"), _child(main, "severity")
    severity.setdefault("class", "unclassified")
    main.setdefault("provenance", {"kind": "original"})
    person = subject.get("kind") == "natural_person" and defaults.publication == "public"
    main.setdefault("publication", "government" if person else defaults.publication)
    authority.setdefault("division", defaults.division)
    if "name" not in authority:
        _fill(authority, defaults.authority, defaults.authority_uscc)
    if "name" not in source:
        _fill(source, defaults.source_unit, defaults.source_unit_uscc)
    if "name" not in source:
        source.update({key: authority[key] for key in ("name", "uscc") if key in authority})


def _fill(organ: Part, name: str | None, uscc: str | None) -> None:
    if name is not None:
        organ["name"] = name
        if uscc is not None:
            organ.setdefault("uscc", uscc)


_ON_TARGET: Final = ("target/origin", "target/id", "effective_on")
_NATURAL_KEYS: Final[dict[str, tuple[str, ...]]] = {
    "penalty": ("decision_no",),
    "permit": ("decision_no", "permit_no"),
    "registration": (),
    "list_entry": ("list", "decision_no", "listed_on"),
    "list_exit": _ON_TARGET,
    "repair": _ON_TARGET,
    "withdrawal": _ON_TARGET,
    "amendment": _ON_TARGET,
    "stay": (*_ON_TARGET, "ground"),
    "reorganisation_shield": _ON_TARGET,
    "objection": ("target/origin", "target/id", "received_on", "about", "measure", "territory"),
    "objection_outcome": _ON_TARGET,
    "performance": _ON_TARGET,
    "erasure_order": (*_ON_TARGET, "part"),
    "compulsion": ("decision_no",),
    "inspection": ("item", "inspected_on", "notice_no"),
    "sampling": ("product/name", "product/lot", "sampled_on", "stage", "report_no"),
    "commitment": ("commitment", "matter", "committed_on"),
    "evaluation": ("scheme", "evaluated_on"),
    "honour": ("title", "awarded_on", "decision_no"),
    "per_mu": ("scheme", "pool", "year"),
    "measure_use": ("measure", "rule", "territory", "matter_name", "handled_on"),
    "measure_task": ("cause/origin", "cause/id", "measure", "territory"),
    "measure_feedback": ("task/origin", "task/id", "result", "answered_on"),
    "authorisation": ("third_party/uscc", "purpose", "valid_from"),
    "report_request": ("requested_on", "purpose"),
    "penalty_push": ("cause/origin", "cause/id", "territory"),
    "penalty_push_reply": ("push/origin", "push/id", "answered_on"),
    "risk_alert": ("product/name", "product/model", "product/lot", "alerted_on"),
    "risk_reaction": ("alert/origin", "alert/id", "reacted_on"),
    "clue_transfer": ("transfer_no", "clue", "territory", "transferred_on"),
    "clue_reply": ("clue/origin", "clue/id", "result", "answered_on"),
    "negative_list_item": ("edition", "item_no"),
    "rulebook": ("edition",),
    "adoption": ("rule", "edition", "territory", "in_force_from"),
    "relation": (
        *("relation", "role", "decision_no", "matter", "valid_from"),
        *("others/0/subject/name", "others/0/subject/uscc"),
    ),
}


def natural_id(main: Mapping[str, object]) -> str:
    """Return the id a record has by its content: 20 hex digits, the same on every run.

    Made of type, document number, subject and authority: one document may penalise several
    parties. Identity documents have no part in it: from an id they could be guessed.
    """
    kind = str(main.get("type"))
    paths = (*_NATURAL_KEYS.get(kind, ()), "authority/name")
    parts = [kind, *_subject_key(main), *(_fold(_value(main, path)) for path in paths)]
    return sha256("\x1f".join(parts).encode(errors="replace")).hexdigest()[:_ID_DIGITS]


def _subject_key(main: Mapping[str, object]) -> Iterator[str]:
    for member in ("uscc", "registration_no", "organisation_code"):
        code = normalise_code(_value(main, f"subject/{member}"))
        if code:
            yield code
            return
    yield _fold(_value(main, "subject/name"))


def _value(main: Mapping[str, object], path: str) -> str:
    value: object = main
    for name in path.split("/"):
        if isinstance(value, list) and name.isdigit():
            value = dict(enumerate(value)).get(int(name))
        else:
            value = value.get(name) if isinstance(value, Mapping) else None
    return str(value) if isinstance(value, str | int) else ""


def _fold(text: str) -> str:
    return re.sub(r"\s+", "", unicodedata.normalize("NFKC", text))


def fill(main: Mapping[str, object], salt: str, record_id: str = "") -> Part:
    """Return a main part with its salt, and its id where it has none (default: by content)."""
    return {**main, "salt": salt, "id": main.get("id") or record_id or natural_id(main)}


def fill_restricted(restricted: Mapping[str, object], salt: str) -> Part:
    """Return a restricted part with its salt."""
    return {**restricted, "salt": salt}
