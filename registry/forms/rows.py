"""From the cells of one spreadsheet row to a record's parts.

Cells are read, never repaired: dates and amounts in a usual spelling get the record's spelling,
whatever cannot be read is passed on as typed, so that the checks name it.
"""

import re
import unicodedata
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from hashlib import sha256
from typing import Final

from msgspec import UNSET, Struct

from registry.domain.identifiers import normalise_code, resident_18, resident_problems
from registry.domain.records import KINDS
from registry.domain.records.base import Publication
from registry.forms.column import Column, Form, Reading
from registry.forms.columns import WORDS
from registry.forms.generated import NARROWER
from registry.ingest.reasons import Finding, finding
from registry.ingest.words import PLACEHOLDERS
from registry.standards.stated import read_number

Part = dict[str, object]

_DATE: Final = re.compile(r"([0-9]{4})[-/.年]([0-9]{1,2})[-/.月]([0-9]{1,2})日?(?:[ T].*)?")
_COMPACT_DATE: Final = re.compile(r"([0-9]{4})([0-9]{2})([0-9]{2})")
_KIND_SEPARATOR: Final = re.compile(r"[;；、,，|\n]+")
_INTEGER: Final = re.compile(r"-?(?:0|[1-9][0-9]{0,14})")
_SEVERAL: Final = re.compile(r"[;；\n]+")
_TYPES: Final = {kind.zh: name for name, kind in KINDS.items()}
_ID_DIGITS: Final = 20
_OF_ONE: Final = 2
"""Steps to an object of a list; a third leads to an object inside it."""
_OWNERS: Final = {
    "subject_document": "name",
    "legal_representative_document": "legal_representative",
}
"""Whose a document is: the member of the subject that names its owner."""


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


def read_standard(text: str) -> str:
    """Return the number of a standard in its normal form; as typed when it cannot be one."""
    number = read_number(text)
    return text if number is None else number.normal


def read_standards(text: str) -> list[object]:
    """Return the numbers of a list, each in its normal form."""
    return [read_standard(said) for part in _SEVERAL.split(text) if (said := part.strip())]


def read_kinds(text: str) -> list[object]:
    """Return the kinds of a penalty: several in one cell, by name or provincial number."""
    kinds = (part.strip() for part in _KIND_SEPARATOR.split(text))
    return [WORDS["kinds"].get(kind, kind) for kind in kinds if kind]


def read_integer(text: str) -> object:
    """Return a whole number; as typed when it is none."""
    plain = unicodedata.normalize("NFKC", text)
    return int(plain) if _INTEGER.fullmatch(plain) else text


def read_words(column: Column, text: str) -> object:
    """Return the code that a choice stands for, or the texts of a list; as typed without one."""
    codes = dict(column.said)
    if column.reading == "choice":
        return codes.get(text, text)
    return [codes.get(said, said) for part in _SEVERAL.split(text) if (said := part.strip())]


def _choice(table: Mapping[str, str]) -> Callable[[str], object]:
    return lambda text: table.get(text, text)


_READERS: Final[dict[Reading, Callable[[str], object]]] = {
    "text": str,
    "identity": str,
    "standard": read_standard,
    "standards": read_standards,
    "date": read_date,
    "amount": read_amount,
    "integer": read_integer,
    "type": _choice(_TYPES),
    "kinds": read_kinds,
    "subject": _choice(WORDS["subject"]),
    "state": _choice(WORDS["state"]),
    "class": _choice(WORDS["class"]),
    "range": _choice(WORDS["range"]),
    "procedure": _choice(WORDS["procedure"]),
}


class Said(Struct, frozen=True, gc=False):
    """What one cell says: its text, its value, and what is to be said about it.

    The value is member ``name`` of the object at ``part`` (as restricted/subject_document; empty
    for the record itself), and UNSET where the cell has none. ``odd`` is about the cell, ``told``
    about a text that is no value. A Struct because a large file has millions of cells.
    """

    text: str
    part: str = ""
    name: str = ""
    value: object = UNSET
    odd: Finding | None = None
    told: Finding | None = None


def read_text(column: Column, cell: str, odd: Finding | None = None) -> Said:
    """Return what a cell of a known column says."""
    text = cell.strip()
    if not text:
        return Said(cell, odd=odd)
    part, _, name = column.pointer[1:].rpartition("/")
    if column.reading in {"choice", "texts"} and (column.said or text not in PLACEHOLDERS):
        return Said(cell, part, name, read_words(column, text), odd)
    if column.reading != "identity" and text in PLACEHOLDERS and not text.isdigit():
        places = {"column": column.header, "value": text}
        left_out = finding("placeholder-left-out", column.pointer, **places)
        return Said(cell, odd=odd, told=left_out)
    if column.reading == "standing":
        stands = text in WORDS["standing"]
        told = None if stands else finding("not-standing", column.pointer, value=text)
        return Said(cell, odd=odd, told=told)
    return Said(cell, part, name, _READERS[column.reading](text), odd)


def build(
    form: Form, cells: Iterable[Said], defaults: FormDefaults
) -> tuple[Part, Part | None, list[Finding]]:
    """Return (main without id and salt, restricted without salt or None, findings) of one row."""
    main: Part = {"v": 1, "type": form}
    parts = {"": main}
    findings = []
    for cell in cells:
        value = cell.value
        if value is UNSET:
            if cell.told is not None:
                findings.append(cell.told)
            continue
        part = parts.get(cell.part)
        if part is None:
            part = parts[cell.part] = {}
        if isinstance(value, list) and isinstance(before := part.get(cell.name), list):
            value = [*before, *value]  # two columns for one place
        part[cell.name] = value
    restricted = _documents(parts)
    _defaults(main, parts, defaults)
    del parts[""]
    for name, part in parts.items():
        _place(main, name.split("/"), part)
    return main, restricted, findings


def _place(main: Part, path: list[str], part: Part) -> None:
    """Put an object where it belongs: a member, one of a list, or a member of one of a list.

    An object of a list that has no cell filled before one that has is empty: the checks name it.
    """
    if len(path) == 1:
        main[path[0]] = part
        return
    listed = main.setdefault(path[0], [])
    if isinstance(listed, list):
        at = int(path[1])
        listed += [{} for _ in range(at + 1 - len(listed))]
        (listed[at] if len(path) == _OF_ONE else listed[at].setdefault(path[2], {})).update(part)


def _documents(parts: dict[str, Part]) -> Part | None:
    """Take out and complete the documents of a row: whose, and the type where the number shows."""
    subject = parts.setdefault("subject", {})
    found: Part = {}
    for place, owner in _OWNERS.items():
        document = parts.pop(f"restricted/{place}", None)
        if document is None or not isinstance(number := document.get("number"), str):
            continue  # a type without a number says nothing
        if "type" not in document and not resident_problems(resident_18(normalise_code(number))):
            document["type"] = "身份证"
        if owner in subject:
            document["name"] = subject[owner]
        found[place] = document
    return found or None


def _defaults(main: Part, parts: dict[str, Part], defaults: FormDefaults) -> None:
    """Fill what the file does not say; nothing stated is changed."""
    authority, source = parts.setdefault("authority", {}), parts.setdefault("source_unit", {})
    parts.setdefault("severity", {}).setdefault("class", "unclassified")
    main["provenance"] = {"kind": "original"}
    if "publication" not in main:
        main["publication"] = _publication(main, parts["subject"], defaults.publication)
    authority.setdefault("division", defaults.division)
    if "name" not in authority:
        _fill(authority, defaults.authority, defaults.authority_uscc)
    if "name" not in source:
        _fill(source, defaults.source_unit, defaults.source_unit_uscc)
    if "name" not in source:
        source.update({key: authority[key] for key in ("name", "uscc") if key in authority})


def _publication(main: Part, subject: Part, stated: Publication) -> str:
    """Return the range of a row that states none: never wider than its type can be."""
    if stated != "public":
        return stated
    kind = KINDS.get(str(main["type"]))
    narrower = NARROWER.get(kind.audience) if kind is not None else None
    return narrower or ("government" if subject.get("kind") == "natural_person" else stated)


def _fill(organ: Part, name: str | None, uscc: str | None) -> None:
    if name is not None:
        organ["name"] = name
        if uscc is not None:
            organ.setdefault("uscc", uscc)


_ON_TARGET: Final = ("target/origin", "target/id", "effective_on")
_KEYS: Final[dict[str, tuple[str, ...]]] = {
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
    "measure_reply": ("about/origin", "about/id", "measure", "territory", "result", "answered_on"),
    "authorisation": ("third_party/uscc", "purpose", "valid_from"),
    "report_request": ("requested_on", "purpose"),
    "penalty_push": ("cause/origin", "cause/id", "territory"),
    "penalty_push_reply": ("push/origin", "push/id", "answered_on"),
    "risk_alert": ("product/name", "product/model", "product/lot", "alerted_on"),
    "risk_reaction": ("alert/origin", "alert/id", "reacted_on"),
    "clue_transfer": ("transfer_no", "clue", "territory", "transferred_on"),
    "clue_reply": ("clue/origin", "clue/id", "result", "answered_on"),
    "negative_list_item": ("edition", "item_no"),
    "standard": ("number",),
    "standard_notice": ("number", "event", "effective_on", "by", "instrument"),
    "standard_comparison": ("a", "b", "product", "reviewed_on"),
    "standard_recognition": ("number", "use", "territory", "route", "instrument", "in_force_from"),
    "recognition_change": (*_ON_TARGET, "number", "change"),
    "result_acceptance": ("number", "use", "territory", "results", "instrument", "in_force_from"),
    "laboratory_scope": ("mark", "certificate_no", "valid_from"),
    "conformity_result": ("kind", "report_no", "number", "laboratory_uscc", "issued_on"),
    "group_standard_use": ("number", "into", "effective_on"),
    "self_declaration": ("number", "product", "declared_on"),
    "standard_case": ("about", "number", "use", "territory", "product", "asked_on"),
    "standard_case_step": ("case/origin", "case/id", "step", "done_on"),
    "rulebook": ("edition",),
    "adoption": ("rule", "edition", "territory", "in_force_from"),
    "relation": (
        *("relation", "role", "decision_no", "matter", "valid_from"),
        *("others/0/subject/name", "others/0/subject/uscc"),
    ),
}
_NATURAL_KEYS: Final = {
    kind: tuple(tuple(path.split("/")) for path in (*paths, "authority/name"))
    for kind, paths in _KEYS.items()
}
_OTHER_KEYS: Final = (("authority", "name"),)


def natural_id(main: Part) -> str:
    """Return the id a record has by its content: 20 hex digits, the same on every run.

    Made of type, document number, subject and authority: one document may penalise several
    parties. Identity documents have no part in it: from an id they could be guessed.
    """
    kind = str(main.get("type"))
    values = [_fold(_value(main, path)) for path in _NATURAL_KEYS.get(kind, _OTHER_KEYS)]
    parts = "\x1f".join((kind, _subject_key(main), *values))
    return sha256(parts.encode(errors="replace")).hexdigest()[:_ID_DIGITS]


def _subject_key(main: Part) -> str:
    for member in ("uscc", "registration_no", "organisation_code"):
        if code := normalise_code(_value(main, ("subject", member))):
            return code
    return _fold(_value(main, ("subject", "name")))


def _value(main: Part, path: Iterable[str]) -> str:
    value: object = main
    for name in path:
        if isinstance(value, dict):
            value = value.get(name)
        elif isinstance(value, list) and name.isdigit():
            value = dict(enumerate(value)).get(int(name))
        else:
            return ""
    return str(value) if isinstance(value, str | int) else ""


def _fold(text: str) -> str:
    """Return a text for comparison: NFKC, without spaces."""
    return "".join(unicodedata.normalize("NFKC", text).split())


def fill(main: Part, salt: str, record_id: str = "") -> Part:
    """Return a main part with its salt, and its id where it has none (default: by content)."""
    return {**main, "salt": salt, "id": main.get("id") or record_id or natural_id(main)}


def fill_restricted(restricted: Mapping[str, object], salt: str) -> Part:
    """Return a restricted part with its salt."""
    return {**restricted, "salt": salt}
