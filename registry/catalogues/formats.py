"""The formats of catalogues: which columns they have, and what a row says in fields of a record.

``iso``: the deliverables of ISO as relaton-data-iso lists them (ISO open data, ODC-By 1.0).
``construction``: Chinese construction standards with an own word for each status, partly
unverified. ``gb``: national standards with classes and days, cells shifted in places. ``registry``:
what this registry exports.
"""

import re
from collections.abc import Callable, Mapping
from typing import Final, Literal

from msgspec import Struct

from registry.catalogues.cells import (
    Cells,
    Fields,
    Index,
    amends,
    is_day,
    number_in,
    read_classes,
    read_day,
    read_relations,
    read_stage,
    read_title,
    split_relations,
)
from registry.catalogues.problems import Told
from registry.standards.numbers import StandardNumber
from registry.standards.numbers_foreign import body_of
from registry.standards.stated import StatedNumber, of_parsed

FormatName = Literal["iso", "construction", "gb", "registry"]
Reading = Callable[[Cells, Index, Told], Fields]


class Format(Struct, frozen=True):
    """A format: its columns, that of the number, that of what is replaced, and how it is read.

    ``rank`` names the column by whose larger cell a repeated number is decided.
    """

    columns: tuple[str, ...]
    number: str
    replaced: str
    read: Reading
    rank: str = ""


_STATUS: Final = {
    "现行": "in_force",
    "即将实施": "upcoming",
    "废止": "void",
    "作废": "void",
    "已替代": "void",
    "被代替": "void",
}
_LAW: Final = frozenset({"法律法规", "部门规章"})
_NATURES: Final = {
    "推荐性国标": ("national", "voluntary"),
    "推荐性行标": ("industry", "voluntary"),
    "国家标准": ("national", "mandatory"),
    "行业标准": ("industry", "mandatory"),
    "企业标准": ("enterprise", "voluntary"),
    "协会标准": ("group", "voluntary"),
}
_PUBLISHED: Final = "60.60"
_WITHDRAWN: Final = "95.99"
_UNDER_PUBLICATION: Final = "60.00"
_NONE: Final = of_parsed(StandardNumber("", "", ""))
_MONTH: Final = re.compile(r"([0-9]{4})(?:-[0-9]{2})?")


def _begin(cells: Cells, columns: tuple[str, str], told: Told) -> tuple[StatedNumber, Fields]:
    """Return number and first fields of a row; a number that is none is told and stands empty."""
    number = number_in(cells, columns[0], told) or _NONE
    title = read_title(cells, columns[1], told)
    return number, {"number": number.normal, "title": title, "obligation": number.obligation}


def _set(fields: Fields, **values: object) -> None:
    """Set what is not empty."""
    for name, value in values.items():
        if value:
            fields[name] = value


def _years_of(number: StandardNumber) -> list[str]:
    """Return the years that a number states: that of the edition, those of its amendments."""
    years = [str(number.year)] if number.year else []
    return years + re.findall(r"[:-]([0-9]{4})(?![0-9])", number.amendment)


def _tell_year(cells: Cells, column: str, number: StandardNumber, told: Told) -> None:
    said = cells[column].strip()
    if said.startswith(str(number.year)):
        return
    match, mine = _MONTH.fullmatch(said), _years_of(number)
    if match and mine and match[1] not in mine:
        told.tell(column, "year-differs", match[1], mine[-1])


def _iso(cells: Cells, index: Index, told: Told) -> Fields:
    if cells["type"].strip() == "directive":
        told.tell("type", "not-a-standard", cells["reference"].strip() or "directive")
        return {}
    number, fields = _begin(cells, ("reference", "title_en"), told)
    stage = read_stage(cells, "stage", told)
    if published := cells["published"].strip():
        _tell_year(cells, "published", number.parsed, told)
        fields["remark"] = f"来源所载出版年月：{published}。"
    committee = cells["committee"].strip()
    _set(
        fields,
        title_en=fields["title"],
        stage=stage,
        state=_state_of(stage),
        ics=read_classes(cells, "ics", told),
        owner=f"{body_of(number.parsed.prefix)}/{committee}" if committee else "",
        replaces=read_relations(cells, "obsoletes", number, index, told),
    )
    # "updates" names amendments of the same edition as well: they are rows of their own.
    if updates := cells["updates"]:
        texts = split_relations(updates)
        later = ";".join(text for text in texts if not amends(number.parsed, text))
        newer = read_relations({"updates": later}, "updates", number, index, told)
        _set(fields, replaced_by=newer)
    return fields


def _state_of(stage: str) -> str:
    """Return what an ISO stage says: below publication nothing; deleted is never published."""
    if stage == _WITHDRAWN:
        return "void"
    if stage == _UNDER_PUBLICATION:
        return "upcoming"
    return "in_force" if stage >= _PUBLISHED else ""


def _construction(cells: Cells, index: Index, told: Told) -> Fields:
    if cells["type"].strip() in _LAW:
        told.tell("type", "not-a-standard", cells["title"].strip())
        return {}
    number, fields = _begin(cells, ("standard_number", "title"), told)
    _tell_year(cells, "version_year", number.parsed, told)
    said = cells["type"].strip()
    expected = (number.kind, number.obligation)
    if number.parsed.prefix and _NATURES.get(said, expected) != expected:
        told.tell("type", "nature-differs", said, "、".join(expected))
    if cells["verified"].strip() != "True":
        told.tell("verified", "unverified", cells["verified"].strip())
    else:
        _set(fields, state=_status(cells, told))
    _set(fields, replaces=read_relations(cells, "replaces", number, index, told))
    _set(fields, replaced_by=read_relations(cells, "replaced_by", number, index, told))
    return fields


def _status(cells: Cells, told: Told) -> str:
    said = cells["status"].strip()
    if said not in _STATUS:
        told.tell("status", "status-unknown", said)
    return _STATUS.get(said, "")


def _gb(cells: Cells, index: Index, told: Told) -> Fields:
    del index  # names no relations
    _, fields = _begin(cells, ("standard_no", "title_zh"), told)
    department = cells["competent_dept"].strip()
    if is_day(department):
        told.tell("competent_dept", "column-shifted", department, cells["committee"].strip())
    if "修改单" in (note := cells["note"].strip()):
        told.tell("note", "amendment-named", note)
    elif note:
        fields["remark"] = note
    _set(fields, title_en=" ".join(cells["title_en"].split()), state=_status(cells, told))
    _days(fields, cells, ("issued", "effective"), told)
    _set(fields, ics=read_classes(cells, "ics", told), ccs=read_classes(cells, "ccs", told))
    _set(fields, owner=department)
    return fields


def _days(fields: Fields, cells: Cells, columns: tuple[str, str], told: Told) -> None:
    issued, effective = (read_day(cells, column, told) for column in columns)
    if issued and effective and effective < issued:
        told.tell(columns[1], "dates-order", effective, issued)
    _set(fields, issued_on=issued, effective_on=effective)


_OWN_WORDS: Final[Mapping[str, tuple[str, ...]]] = {
    "obligation": ("mandatory", "voluntary", "guidance"),
    "state": ("", "upcoming", "in_force", "void"),
}
_ADOPTS: Final = re.compile(r"(.+) (IDT|MOD|NEQ|EQV)")


def _registry(cells: Cells, index: Index, told: Told) -> Fields:
    number, fields = _begin(cells, ("number", "title"), told)
    for column, words in _OWN_WORDS.items():
        if cells[column] not in words:
            told.tell(column, "word-unknown", cells[column], ", ".join(filter(None, words)))
        _set(fields, **{column: cells[column]})
    _days(fields, cells, ("issued_on", "effective_on"), told)
    _set(fields, title_en=cells["title_en"].strip(), void_on=read_day(cells, "void_on", told))
    _set(fields, stage=read_stage(cells, "stage", told), owner=cells["owner"].strip())
    for column in ("replaces", "replaced_by"):
        _set(fields, **{column: read_relations(cells, column, number, index, told)})
    _set(fields, adopts=_adopted(cells, told), references=_references(cells, told))
    _set(fields, ics=read_classes(cells, "ics", told), ccs=read_classes(cells, "ccs", told))
    return fields


def _adopted(cells: Cells, told: Told) -> list[Fields]:
    found: list[Fields] = []
    for text in filter(None, map(str.strip, cells["adopts"].split(";"))):
        match = _ADOPTS.fullmatch(text)
        if match and (number := number_in({"adopts": match[1]}, "adopts", told)):
            found.append({"number": number.normal, "degree": match[2]})
        elif not match:
            told.tell("adopts", "word-unknown", text, "ISO 9001:2015 IDT")
    return found[:20]


def _references(cells: Cells, told: Told) -> list[str]:
    texts = filter(None, map(str.strip, cells["references"].split(";")))
    read = (number_in({"references": text}, "references", told) for text in texts)
    return [number.normal for number in read if number][:500]


OWN_COLUMNS: Final = (
    *("number", "title", "title_en", "obligation", "issued_on", "effective_on", "void_on"),
    *("state", "stage", "replaces", "replaced_by", "references", "adopts", "ics", "ccs", "owner"),
)
FORMATS: Final[Mapping[FormatName, Format]] = {
    "iso": Format(
        (
            *("reference", "title_en", "type", "published", "edition", "stage", "ics"),
            *("committee", "obsoletes", "updates"),
        ),
        "reference",
        "obsoletes",
        _iso,
        "stage",
    ),
    "construction": Format(
        (
            *("standard_number", "version_year", "title", "type", "status", "replaces"),
            *("replaced_by", "category", "verified"),
        ),
        "standard_number",
        "replaces",
        _construction,
    ),
    "gb": Format(
        (
            *("standard_no", "title_zh", "title_en", "status", "ccs", "ics", "issued"),
            *("effective", "competent_dept", "committee", "note"),
        ),
        "standard_no",
        "",
        _gb,
    ),
    "registry": Format(OWN_COLUMNS, "number", "replaces", _registry),
}
